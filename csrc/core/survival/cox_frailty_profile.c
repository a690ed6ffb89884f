#include "survival/cox_frailty_profile.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/solve.h"

#define LEAST 1e-10 /* a smaller variance counts as 0 */
#define RATIO 4.0 /* of neighbours in the grid */
#define NEAR 1.1 /* ratio of points between which one maximum at most is looked for */
#define GAIN 1e-9 /* of the likelihood, in proportion, that is not looked for */
#define FINE 1e-7 /* norms of the score that will do: for a height, */
#define EXACT 1e-10 /* for a slope */
#define DIFFERENCE 1e-3 /* of log theta, for a second derivative */

int
imr_cox_frailty_profile_init(
    imr_cox_frailty_profile_t *self, imr_cox_frailty_climb_t *climb, imr_fault_t *fault)
{
    size_t width = climb->rows->width;
    int status;

    memset(self, 0, sizeof(*self));
    self->climb = climb;
    for (size_t g = 0; g < climb->groups; g++) {
        self->most_events =
            (size_t) fmax((double) self->most_events, climb->events[g]); /* a whole number */
    }
    self->block = self->flat_coef = imr_calloc(width + self->most_events + 1, sizeof(double));
    if (self->block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->at_least = self->flat_coef + width;
    for (size_t g = 0; g < climb->groups; g++) {
        for (size_t j = 0; j < (size_t) climb->events[g]; j++) {
            self->at_least[j]++;
        }
    }
    memcpy(self->flat_coef, climb->coef, width * sizeof(double));
    status = imr_cox_frailty_climb_flat(climb, fault);
    self->flat_value = climb->value;
    for (size_t g = 0; g < climb->groups; g++) {
        double d = climb->events[g], away = d - climb->expected[g];

        self->flat_slope += 0.5 * (away * away - d);
        self->flat_square += 0.5 * away * away;
        self->flat_cube += 0.5 * pow(fmax(-away, 0), 3);
        self->flat_most = fmax(self->flat_most, -away);
    }
    return status;
}

void
imr_cox_frailty_profile_free(imr_cox_frailty_profile_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- the likelihood ----------------------------------------------------------------------------- */

/* What integrating the frailties out adds to the penalised likelihood at its maximum: a group of d
 * events adds sum over j < d of log(1 + j theta), and d - (d + 1 / theta) log(1 + d theta). At most 0. */
static double
integral(const imr_cox_frailty_profile_t *self, double theta)
{
    double sum = 0;

    for (size_t j = 0; j < self->most_events; j++) {
        double d = (double) (j + 1), groups = self->at_least[j] - self->at_least[j + 1];

        sum += self->at_least[j] * log1p((double) j * theta);
        sum += groups * (d - (d + 1 / theta) * log1p(d * theta));
    }
    return sum;
}

/* (log(1 + x) - x / (1 + x)) / x^2, for x >= 0 */
static double
remainder_of(double x)
{
    double sum = 0, power = 1;

    if (x > 0.05) {
        return (log1p(x) - x / (1 + x)) / x / x;
    }
    for (int k = 2; k < 16; k++, power *= -x) {
        sum += power * (k - 1) / k;
    }
    return sum;
}

/* The derivative in theta, all else fixed, which at their best is that of the profile. */
static double
slope_at(const imr_cox_frailty_profile_t *self, double theta)
{
    const imr_cox_frailty_climb_t *climb = self->climb;
    double sum = 0;

    for (size_t j = 1; j < self->most_events; j++) {
        sum += self->at_least[j] * (double) j / (1 + (double) j * theta);
    }
    for (size_t g = 0; g < climb->groups; g++) {
        double hazard = climb->expected[g] * exp(-climb->log_frailty[g]), x = theta * hazard;

        sum += hazard * hazard * remainder_of(x) - climb->events[g] * hazard / (1 + x);
    }
    return sum;
}

int
imr_cox_frailty_profile_at(
    imr_cox_frailty_profile_t *self, double theta, double wanted, imr_fault_t *fault)
{
    int status;

    if (!(theta > LEAST)) {
        self->value = self->flat_value;
        self->slope = self->flat_slope;
        return IMR_OK;
    }
    status = imr_cox_frailty_climb(self->climb, theta, wanted, fault);
    self->value = self->climb->value + integral(self, theta);
    self->slope = slope_at(self, theta);
    return status;
}

/* --- bounds ------------------------------------------------------------------------------------- */

int
imr_cox_frailty_point(imr_cox_frailty_profile_t *self, double theta, double wanted,
    imr_cox_frailty_point_t *point, imr_fault_t *fault)
{
    const imr_cox_frailty_climb_t *climb = self->climb;
    int status = imr_cox_frailty_profile_at(self, theta, wanted, fault);

    *point = (imr_cox_frailty_point_t) {
        .theta = theta, .value = self->value, .slope = self->slope, .penalised = self->value
    };
    if (!(theta > LEAST)) {
        return status;
    }
    point->penalised =
        climb->value + climb->norm * climb->norm; /* what is left to climb, and more */
    for (size_t g = 0; g < climb->groups; g++) {
        point->penalised_slope -= expm1(climb->log_frailty[g]) - climb->log_frailty[g];
    }
    point->integral = integral(self, theta);
    for (size_t j = 0; j < self->most_events; j++) {
        double d = (double) (j + 1), groups = self->at_least[j] - self->at_least[j + 1];

        point->integral_slope += self->at_least[j] * theta / (1 + (double) j * theta);
        point->integral_slope -= groups * log1p(d * theta);
    }
    return status;
}

/* Of variances from 0 to theta. The partial likelihood is concave, so that it lies below its tangent at no
 * frailty; with s events more than expected in a group and x = theta s, what a group can gain on that is
 * theta s^2 q(x) for q = ((1 + x) log(1 + x) - x) / x^2, which falls from 1 at -1 by 1/2 at 0, and is
 * convex. What the integral adds grows more slowly than theta falls. */
static double
bound_from_0(const imr_cox_frailty_profile_t *self, double theta)
{
    double slope = self->flat_square + theta * self->flat_cube + integral(self, theta) / theta;

    return theta * self->flat_most <= 1 ? self->flat_value + theta * fmax(slope, 0) : INFINITY;
}

/* In 1 / theta the penalised likelihood at its maximum is the highest of straight lines, hence convex and
 * below its chord; the integral is concave and below its tangents. */
double
imr_cox_frailty_bound(const imr_cox_frailty_profile_t *self, const imr_cox_frailty_point_t *low,
    const imr_cox_frailty_point_t *high)
{
    double ends = fmax(low->penalised + low->integral, high->penalised + high->integral);
    double width, chord, rise, fall, meet;

    if (low->theta == 0) {
        return bound_from_0(self, high->theta);
    }
    width = 1 / low->theta - 1 / high->theta;
    chord = (low->penalised - high->penalised) / width;
    rise = chord + high->integral_slope;
    fall = chord + low->integral_slope;
    if (!(rise > 0 && fall < 0)) {
        return ends;
    }
    meet = (low->penalised + low->integral - high->penalised - high->integral - fall * width)
        / (rise - fall);
    return fmax(ends, high->penalised + high->integral + rise * fmax(0, fmin(meet, width)));
}

/* The penalised likelihood is at most 0. */
double
imr_cox_frailty_bound_beyond(const imr_cox_frailty_point_t *point)
{
    double rise = -point->penalised - point->integral_slope / point->theta;

    return fmin(point->integral, point->penalised + point->integral + fmax(rise, 0));
}

static int
is_narrow(const imr_cox_frailty_point_t *low, const imr_cox_frailty_point_t *high)
{
    return !(high->theta > fmax(LEAST, NEAR * low->theta));
}

static double
between(double low, double high)
{
    return low == 0 ? high / RATIO : sqrt(low * high);
}

/* --- equations ---------------------------------------------------------------------------------- */

typedef struct {
    imr_cox_frailty_profile_t *profile;
    const imr_cox_frailty_point_t *from, *to; /* known, with the signs that are told */
    double level; /* NaN: the slope is wanted, else the height above it */
    int *status;
    imr_fault_t *fault;
} equation_t;

static double
side_of(double theta, const void *context)
{
    const equation_t *self = context;
    const imr_cox_frailty_point_t *end =
        theta == self->from->theta ? self->from : (theta == self->to->theta ? self->to : NULL);
    int slope = isnan(self->level);

    if (end != NULL) {
        return slope ? end->slope : end->value - self->level;
    }
    if (*self->status == IMR_OK) {
        *self->status =
            imr_cox_frailty_profile_at(self->profile, theta, slope ? EXACT : FINE, self->fault);
    }
    if (*self->status != IMR_OK) {
        return NAN;
    }
    return slope ? self->profile->slope : self->profile->value - self->level;
}

static int
solve(imr_cox_frailty_profile_t *self, double level, const imr_cox_frailty_point_t *from,
    const imr_cox_frailty_point_t *to, double *theta, imr_fault_t *fault)
{
    int inner = IMR_OK;
    equation_t equation = { self, from, to, level, &inner, fault };
    double tolerance = (isnan(level) ? 1e-12 : 1e-9) * fmax(from->theta, to->theta);
    int status = imr_solve_bracketed(side_of, &equation, from->theta, to->theta, tolerance, theta);

    if (inner != IMR_OK) {
        return inner;
    }
    return status == IMR_OK ? status : imr_fault(fault, status, "cluster", -1, NAN);
}

/* --- the maximum -------------------------------------------------------------------------------- */

/* The grid: 0, then from well below the reciprocal of the events of a group to where no maximum can be. */
static int
walk(imr_cox_frailty_profile_t *self, imr_fault_t *fault)
{
    double theta = 0.125, highest = self->flat_value;
    int status;

    while (theta * (double) self->most_events > 0.25) {
        theta /= RATIO;
    }
    status = imr_cox_frailty_point(self, 0, EXACT, &self->grid[0], fault);
    for (self->points = 1; status == IMR_OK && self->points < IMR_COX_FRAILTY_GRID;
        theta *= RATIO) {
        imr_cox_frailty_point_t *point = &self->grid[self->points];

        status = imr_cox_frailty_point(self, theta, EXACT, point, fault);
        if (status != IMR_OK) {
            return status;
        }
        self->points++;
        highest = fmax(highest, point->value);
        if (!(point->slope > 0) && (theta > IMR_COX_FRAILTY_MOST || point->integral < highest)) {
            return IMR_OK;
        }
        if (theta > IMR_COX_FRAILTY_MOST) {
            return imr_fault(fault, IMR_ERR_COX_FRAILTY_LARGE, "cluster", -1, NAN);
        }
    }
    return status == IMR_OK ? imr_fault(fault, IMR_ERR_NOCONV, "cluster", -1, NAN) : status;
}

/* The maximum that the slopes at two points show to lie between them. */
static int
peak(imr_cox_frailty_profile_t *self, const imr_cox_frailty_point_t *low,
    const imr_cox_frailty_point_t *high, imr_fault_t *fault)
{
    double theta;
    int status;

    if (!(low->slope > 0 && high->slope <= 0)) {
        return IMR_OK;
    }
    status = solve(self, NAN, low, high, &theta, fault);
    if (status == IMR_OK) {
        status = imr_cox_frailty_profile_at(self, theta, FINE, fault);
    }
    if (status == IMR_OK && self->value > self->top) {
        self->theta = theta > LEAST ? theta : 0;
        self->top = self->value;
    }
    return status;
}

/* The maxima that hide between two points: both ways of the slope may be missed there. */
static int
search(imr_cox_frailty_profile_t *self, const imr_cox_frailty_point_t *low,
    const imr_cox_frailty_point_t *high, imr_fault_t *fault)
{
    imr_cox_frailty_point_t middle;
    int status;

    if (is_narrow(low, high)
        || imr_cox_frailty_bound(self, low, high) <= self->top + GAIN * (1 + fabs(self->top))) {
        return IMR_OK;
    }
    status = imr_cox_frailty_point(self, between(low->theta, high->theta), EXACT, &middle, fault);
    if (status == IMR_OK) {
        status = peak(self, low, &middle, fault);
    }
    if (status == IMR_OK) {
        status = peak(self, &middle, high, fault);
    }
    if (status == IMR_OK) {
        status = search(self, low, &middle, fault);
    }
    return status == IMR_OK ? search(self, &middle, high, fault) : status;
}

/* Stands at the maximum, with its certificate. */
static int
settle(imr_cox_frailty_profile_t *self, imr_fault_t *fault)
{
    double theta = self->theta, bend;
    int status;

    self->theta_norm = 0;
    if (theta == 0) {
        memcpy(self->climb->coef, self->flat_coef, self->climb->rows->width * sizeof(double));
        return imr_cox_frailty_climb_flat(self->climb, fault);
    }
    status = imr_cox_frailty_profile_at(self, theta * (1 + DIFFERENCE), EXACT, fault);
    bend = self->slope;
    if (status == IMR_OK) {
        status = imr_cox_frailty_profile_at(self, theta, EXACT, fault);
    }
    if (status == IMR_OK) {
        status = imr_cox_frailty_inform(self->climb, fault);
    }
    if (status == IMR_OK) {
        bend = (self->slope - bend) / (theta * DIFFERENCE);
        self->theta_norm = fabs(self->slope) / sqrt(fmax(bend, 1e-300));
    }
    return status;
}

int
imr_cox_frailty_maximise(imr_cox_frailty_profile_t *self, imr_fault_t *fault)
{
    imr_cox_frailty_point_t best;
    int status = walk(self, fault);

    self->theta = 0;
    self->top = self->flat_slope > 0 ? -INFINITY : self->flat_value;
    for (size_t k = 0; status == IMR_OK && k + 1 < self->points; k++) {
        status = peak(self, &self->grid[k], &self->grid[k + 1], fault);
    }
    if (status == IMR_OK) {
        status = imr_cox_frailty_point(self, self->theta, FINE, &best, fault);
        best.slope = NAN;
    }
    for (size_t k = 0; status == IMR_OK && k + 1 < self->points; k++) {
        const imr_cox_frailty_point_t *low = &self->grid[k], *high = low + 1;

        if (low->theta < best.theta && best.theta < high->theta) {
            status = search(self, low, &best, fault);
            low = &best;
        }
        if (status == IMR_OK) {
            status = search(self, low, high, fault);
        }
    }
    return status == IMR_OK ? settle(self, fault) : status;
}

/* --- limits ------------------------------------------------------------------------------------- */

/* Does the likelihood rise all the way from one point to another? By the slopes of its two parts, of which one
 * falls with 1 / theta and one rises. */
static int
rises(const imr_cox_frailty_point_t *from, const imr_cox_frailty_point_t *to)
{
    return from->theta < to->theta ? from->penalised_slope + to->integral_slope < 0
                                   : from->penalised_slope + to->integral_slope > 0;
}

/* The crossing of the level that is nearest to `outer`, which is below it; *end stays where there is
 * none. */
static int
cross(imr_cox_frailty_profile_t *self, double level, const imr_cox_frailty_point_t *outer,
    const imr_cox_frailty_point_t *inner, double *end, imr_fault_t *fault)
{
    int upward = outer->theta < inner->theta, across = inner->value >= level;
    const imr_cox_frailty_point_t *low = upward ? outer : inner, *high = upward ? inner : outer;
    imr_cox_frailty_point_t middle;
    int status;

    if (across && (is_narrow(low, high) || rises(outer, inner))) {
        return solve(self, level, outer, inner, end, fault);
    }
    if (!across && (is_narrow(low, high) || imr_cox_frailty_bound(self, low, high) < level)) {
        return IMR_OK;
    }
    status = imr_cox_frailty_point(self, between(low->theta, high->theta), FINE, &middle, fault);
    if (status == IMR_OK) {
        status = cross(self, level, outer, &middle, end, fault);
    }
    return status == IMR_OK && isnan(*end) ? cross(self, level, &middle, inner, end, fault)
                                           : status;
}

/* From the last point of the grid on, as far as the likelihood may reach the level. */
static int
walk_on(imr_cox_frailty_profile_t *self, double level, imr_fault_t *fault)
{
    int status = IMR_OK;

    while (status == IMR_OK && self->points < IMR_COX_FRAILTY_GRID) {
        const imr_cox_frailty_point_t *last = &self->grid[self->points - 1];

        if (last->theta > IMR_COX_FRAILTY_MOST
            || (last->value < level && imr_cox_frailty_bound_beyond(last) < level)) {
            break;
        }
        status = imr_cox_frailty_point(
            self, RATIO * last->theta, FINE, &self->grid[self->points++], fault);
    }
    return status;
}

int
imr_cox_frailty_limits(
    imr_cox_frailty_profile_t *self, double quantile, double *low, double *high, imr_fault_t *fault)
{
    double level = self->top - 0.5 * quantile;
    imr_cox_frailty_point_t best;
    const imr_cox_frailty_point_t *outer = self->grid, *inner;
    int status = imr_cox_frailty_point(self, self->theta, FINE, &best, fault);

    best.value = self->top;
    *low = outer->value < level ? NAN : 0;
    for (size_t k = 1; status == IMR_OK && isnan(*low); k++, outer = inner) {
        inner = self->grid[k].theta < best.theta ? &self->grid[k] : &best;
        status = cross(self, level, outer, inner, low, fault);
    }
    if (status == IMR_OK) {
        status = walk_on(self, level, fault);
    }
    outer = &self->grid[self->points - 1];
    *high = outer->value < level ? NAN : INFINITY;
    for (size_t k = self->points - 1; status == IMR_OK && isnan(*high); outer = inner) {
        k--;
        inner = self->grid[k].theta > best.theta ? &self->grid[k] : &best;
        status = cross(self, level, outer, inner, high, fault);
    }
    return status;
}
