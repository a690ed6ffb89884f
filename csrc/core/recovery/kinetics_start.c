#include <math.h>
#include <string.h>

#include "recovery/kinetics_climb.h"

#define LN2 0.693147180559945309417232121458
#define BELOW_WEIGHT 0.1 /* of rows below their limit, taken as the limit: for a start alone */

/* --- lines ------------------------------------------------------------------------------------- */

typedef struct {
    double weight, x, y, xx, xy;
} line_t;

static void
line_add(line_t *self, double weight, double x, double y)
{
    if (isfinite(y)) {
        self->weight += weight;
        self->x += weight * x;
        self->y += weight * y;
        self->xx += weight * x * x;
        self->xy += weight * x * y;
    }
}

/* 0 where the points do not give a slope. */
static int
line_fit(const line_t *self, double *intercept, double *slope)
{
    double spread = self->weight * self->xx - self->x * self->x;

    *slope = (self->weight * self->xy - self->x * self->y) / spread;
    *intercept = (self->y - *slope * self->x) / self->weight;
    return spread > 1e-12 * self->weight * self->xx && isfinite(*slope) && isfinite(*intercept);
}

/* --- keeping the best -------------------------------------------------------------------------- */

typedef struct {
    imr_kinetics_climb_t *climb;
    imr_kinetics_start_t *starts;
    size_t count;
    double largest, first_day, last_day; /* of the rows */
} starts_t;

/* How far rows lie from the curve on the scale of the error; a row below its limit only where the curve is
 * above it. */
static double
misfit(const starts_t *self, const double *theta)
{
    imr_kinetics_climb_t *climb = self->climb;
    double sum = 0, r;
    int in_logs = climb->error != IMR_KINETICS_ADDITIVE;

    imr_kinetics_curve(
        climb->model, theta, climb->origin, climb->day, climb->n, in_logs, climb->level, NULL);
    for (size_t i = 0; i < climb->n; i++) {
        r = (climb->error == IMR_KINETICS_PROPORTIONAL ? log(climb->count[i]) : climb->value[i])
            - climb->level[i];
        if (!climb->below[i] || r < 0) {
            sum += r * r;
        }
    }
    return sum;
}

static void
keep(starts_t *self, const double *theta)
{
    imr_kinetics_start_t start = { .misfit = misfit(self, theta) };
    size_t i;

    if (!isfinite(start.misfit)) {
        return;
    }
    memcpy(start.theta, theta, sizeof(start.theta));
    start.h = self->climb->joint
        ? sqrt((double) self->climb->n / fmax(start.misfit, 1e-12 * (double) self->climb->n))
        : 1;
    i = self->count < IMR_KINETICS_STARTS ? self->count++ : IMR_KINETICS_STARTS - 1;
    for (; i > 0 && self->starts[i - 1].misfit > start.misfit; i--) {
        self->starts[i] = self->starts[i - 1];
    }
    self->starts[i] = start;
}

/* --- models ------------------------------------------------------------------------------------ */

/* For a plateau guessed, x = (midpoint - t) / scale is a line of t. */
static void
start_rises(starts_t *self, double floor, double factor)
{
    const imr_kinetics_climb_t *climb = self->climb;
    double plateau = factor * (self->largest - floor), intercept, slope;
    double theta[IMR_KINETICS_MOST] = { 0 };
    line_t line = { 0 };

    for (size_t i = 0; i < climb->n; i++) {
        double share = (climb->count[i] - floor) / plateau, x, weight;
        double t = climb->model == IMR_KINETICS_EMAX ? log(climb->day[i]) : climb->day[i];

        if (!(share > 0)) {
            continue;
        }
        x = climb->model == IMR_KINETICS_GOMPERTZ ? log(-log(share) / LN2) : log(1 / share - 1);
        weight = (1 - share) * (1 - share) * (climb->below[i] ? BELOW_WEIGHT : 1);
        line_add(
            &line, climb->error == IMR_KINETICS_ADDITIVE ? weight * share * share : weight, t, x);
    }
    if (!line_fit(&line, &intercept, &slope) || !(slope < 0)) {
        return;
    }
    if (climb->model == IMR_KINETICS_LOGISTIC4) {
        theta[0] = floor;
        theta[1] = floor + plateau;
        theta[2] = -intercept / slope;
        theta[3] = log(-1 / slope);
    } else {
        theta[0] = log(plateau);
        theta[1] = -intercept / slope;
        theta[2] = climb->model == IMR_KINETICS_EMAX ? log(-slope) : log(-1 / slope);
    }
    keep(self, theta);
}

/* Where no line rises, or rows are few: midpoints and scales over the span of the days. */
static void
start_on_a_grid(starts_t *self, double floor)
{
    static const double midpoints[] = { 0.1, 0.3, 0.5, 0.8 }, scales[] = { 0.04, 0.15 };
    const imr_kinetics_climb_t *climb = self->climb;
    double span = self->last_day - self->first_day, theta[IMR_KINETICS_MOST] = { 0 };
    size_t at = climb->model == IMR_KINETICS_LOGISTIC4 ? 2 : 1;

    for (size_t m = 0; m < 4; m++) {
        for (size_t s = 0; s < 2; s++) {
            double midpoint = self->first_day + midpoints[m] * span, scale = scales[s] * span;

            theta[0] = at == 2 ? floor : log(self->largest);
            theta[1] = self->largest;
            theta[at] = climb->model == IMR_KINETICS_EMAX ? log(midpoint) : midpoint;
            theta[at + 1] = climb->model == IMR_KINETICS_EMAX ? log(midpoint / scale) : log(scale);
            keep(self, theta);
        }
    }
}

static void
start_exponential(starts_t *self)
{
    const imr_kinetics_climb_t *climb = self->climb;
    double theta[IMR_KINETICS_MOST] = { 0 };
    line_t line = { 0 };

    for (size_t i = 0; i < climb->n; i++) {
        double y = climb->count[i], weight = climb->below[i] ? BELOW_WEIGHT : 1;

        line_add(&line, climb->error == IMR_KINETICS_ADDITIVE ? weight * y * y : weight,
            climb->day[i] - climb->origin, log(y));
    }
    if (line_fit(&line, &theta[0], &theta[1])) {
        keep(self, theta);
    }
}

/* For a plateau guessed, log(plateau - count) is a line of t. */
static void
start_approach(starts_t *self, double factor)
{
    const imr_kinetics_climb_t *climb = self->climb;
    double plateau = factor * self->largest, intercept, slope, initial;
    double theta[IMR_KINETICS_MOST] = { log(plateau) };
    line_t line = { 0 };

    for (size_t i = 0; i < climb->n; i++) {
        double left = plateau - climb->count[i];

        if (left > 0) {
            line_add(&line, left * left * (climb->below[i] ? BELOW_WEIGHT : 1),
                climb->day[i] - climb->origin, log(left));
        }
    }
    if (!line_fit(&line, &intercept, &slope) || !(slope < 0)) {
        return;
    }
    initial = plateau - exp(intercept);
    theta[1] = log(fmax(initial, 1e-2 * climb->count[0]));
    theta[2] = log(-slope);
    keep(self, theta);
}

/* Peeling: the terminal line from row `from` on, and the line of what lies above it before. */
static void
start_biexponential(starts_t *self, size_t from)
{
    const imr_kinetics_climb_t *climb = self->climb;
    line_t early = { 0 }, late = { 0 };
    double theta[IMR_KINETICS_MOST], a, k;

    for (size_t i = from; i < climb->n; i++) {
        if (climb->count[i] > 0) {
            line_add(
                &late, climb->below[i] ? BELOW_WEIGHT : 1, climb->day[i], log(climb->count[i]));
        }
    }
    if (!line_fit(&late, &a, &k)) {
        return;
    }
    k = fmin(k, -0.1 / (self->last_day - self->first_day));
    theta[2] = a;
    theta[3] = log(-k);
    for (size_t i = 0; i < from; i++) {
        double above = climb->count[i] - exp(a + k * climb->day[i]);

        if (above > 0) {
            line_add(&early, 1, climb->day[i], log(above));
        }
    }
    if (line_fit(&early, &a, &k) && k < 0) {
        theta[0] = a;
        theta[1] = log(-k);
        keep(self, theta);
    }
}

/* The influx to a return day and a loss fits the counts after it in the mean. */
static void
start_turnover(starts_t *self, double day, double loss)
{
    const imr_kinetics_climb_t *climb = self->climb;
    double theta[IMR_KINETICS_MOST] = { 0, log(loss), day, 0 }, sum = 0;
    size_t count = 0;

    for (size_t i = 0; i < climb->n; i++) {
        double x = loss * (climb->day[i] - day);

        if (!climb->below[i] && climb->count[i] > 0 && x > 0) {
            sum += log(climb->count[i] * loss / -expm1(-x));
            count++;
        }
    }
    if (count > 0) {
        theta[0] = sum / (double) count;
        keep(self, theta);
    }
}

static void
start_turnovers(starts_t *self)
{
    static const double losses[] = { 0.3, 2, 8 };
    const imr_kinetics_climb_t *climb = self->climb;
    double span = self->last_day - self->first_day, seen = self->last_day, start;
    size_t first = 0;

    while (first < climb->n && (climb->below[first] || !(climb->count[first] > 0))) {
        first++;
    }
    if (first < climb->n) {
        seen = climb->day[first];
    }
    start = first == 0 ? seen - 0.3 * span : fmax(climb->day[first - 1], seen - 0.3 * span);
    for (size_t i = 0; i < 3; i++) {
        start_turnover(self, start, losses[i] / span);
        start_turnover(self, seen - 0.3 * (seen - start), losses[i] / span);
        start_turnover(self, seen - 0.02 * span, losses[i] / span);
    }
}

size_t
imr_kinetics_starts(imr_kinetics_climb_t *climb, imr_kinetics_start_t *starts)
{
    static const double factors[] = { 1.02, 1.2, 2, 6 };
    starts_t self = { climb, starts, 0, 0, climb->day[0], climb->day[climb->n - 1] };
    double least = INFINITY, floor;

    for (size_t i = 0; i < climb->n; i++) {
        self.largest = fmax(self.largest, climb->count[i]);
        least = fmin(least, climb->count[i]);
    }
    floor = climb->model == IMR_KINETICS_LOGISTIC4 ? least - 0.02 * (self.largest - least) : 0;
    if (climb->model == IMR_KINETICS_LOGISTIC4 && climb->error != IMR_KINETICS_ADDITIVE) {
        floor = 0.9 * least;
    }
    switch (climb->model) {
        case IMR_KINETICS_EXPONENTIAL:
            start_exponential(&self);
            break;
        case IMR_KINETICS_APPROACH:
            for (size_t i = 0; i < 4; i++) {
                start_approach(&self, factors[i]);
            }
            break;
        case IMR_KINETICS_BIEXPONENTIAL:
            for (size_t i = 2; i + 2 <= climb->n && i < 10; i++) {
                start_biexponential(&self, i);
            }
            break;
        case IMR_KINETICS_TURNOVER:
            start_turnovers(&self);
            break;
        default:
            for (size_t i = 0; i < 4; i++) {
                start_rises(&self, floor, factors[i]);
            }
            if (self.count == 0) {
                start_on_a_grid(&self, floor);
            }
            break;
    }
    return self.count;
}
