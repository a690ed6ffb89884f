#include "survival/cox_frailty_profile.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/solve.h"

#define LEAST 1e-10 /* a smaller variance counts as 0 */
#define RATIO 4.0 /* of neighbours in the grid */
#define ROUGH 1e-4 /* norms of the score that will do: for a sign, */
#define FINE 1e-7 /* for a height, */
#define EXACT 1e-10 /* for a root */
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

/* --- equations ---------------------------------------------------------------------------------- */

typedef struct {
    imr_cox_frailty_profile_t *profile;
    double level; /* NaN: the slope is wanted, else the height above it */
    int *status;
    imr_fault_t *fault;
} equation_t;

static double
side_of(double theta, const void *context)
{
    const equation_t *self = context;
    int slope = isnan(self->level);

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
solve(imr_cox_frailty_profile_t *self, double level, double low, double high, double *theta,
    imr_fault_t *fault)
{
    int inner = IMR_OK;
    equation_t equation = { self, level, &inner, fault };
    double tolerance = (isnan(level) ? 1e-12 : 1e-9) * high;
    int status = imr_solve_bracketed(side_of, &equation, low, high, tolerance, theta);

    if (inner != IMR_OK) {
        return inner;
    }
    return status == IMR_OK ? status : imr_fault(fault, status, "cluster", -1, NAN);
}

/* --- the maximum -------------------------------------------------------------------------------- */

/* The grid: 0, then from well below the reciprocal of the events of a group to where no maximum can be.
 * The penalised likelihood is at most 0, so the marginal one is at most what the integral adds. */
static int
walk(imr_cox_frailty_profile_t *self, imr_fault_t *fault)
{
    double theta = 0.125, highest = self->flat_value;

    while (theta * (double) self->most_events > 0.25) {
        theta /= RATIO;
    }
    self->grid[0] = 0;
    self->height[0] = self->flat_value;
    self->rise[0] = self->flat_slope;
    for (self->points = 1; self->points < IMR_COX_FRAILTY_GRID; theta *= RATIO) {
        size_t k = self->points;
        int status = imr_cox_frailty_profile_at(self, theta, ROUGH, fault);

        if (status != IMR_OK) {
            return status;
        }
        self->grid[k] = theta;
        self->height[k] = self->value;
        self->rise[k] = self->slope;
        self->points++;
        highest = fmax(highest, self->value);
        if (!(self->slope > 0)
            && (theta > IMR_COX_FRAILTY_MOST || integral(self, theta) < highest)) {
            return IMR_OK;
        }
        if (theta > IMR_COX_FRAILTY_MOST) {
            return imr_fault(fault, IMR_ERR_COX_FRAILTY_LARGE, "cluster", -1, NAN);
        }
    }
    return imr_fault(fault, IMR_ERR_NOCONV, "cluster", -1, NAN);
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
    int status = walk(self, fault);

    self->theta = 0;
    self->top = self->flat_slope > 0 ? -INFINITY : self->flat_value;
    for (size_t k = 0; status == IMR_OK && k + 1 < self->points; k++) {
        double theta;

        if (!(self->rise[k] > 0 && self->rise[k + 1] <= 0)) {
            continue;
        }
        status = solve(self, NAN, self->grid[k], self->grid[k + 1], &theta, fault);
        if (status == IMR_OK) {
            status = imr_cox_frailty_profile_at(self, theta, FINE, fault);
        }
        if (status == IMR_OK && self->value > self->top) {
            self->theta = theta > LEAST ? theta : 0;
            self->top = self->value;
        }
    }
    return status == IMR_OK ? settle(self, fault) : status;
}

int
imr_cox_frailty_limits(
    imr_cox_frailty_profile_t *self, double quantile, double *low, double *high, imr_fault_t *fault)
{
    double level = self->top - 0.5 * quantile, inside, outside;
    size_t k;
    int status = IMR_OK;

    *low = 0;
    if (self->height[0] < level) {
        for (k = 1; k < self->points && self->grid[k] < self->theta && self->height[k] < level;
            k++) {
        }
        inside = k < self->points ? fmin(self->grid[k], self->theta) : self->theta;
        status = solve(self, level, self->grid[k - 1], inside, low, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    for (k = self->points; k > 1 && self->grid[k - 1] > self->theta && self->height[k - 1] < level;
        k--) {
    }
    inside = fmax(self->theta, self->grid[k - 1]);
    outside = k < self->points ? self->grid[k] : RATIO * inside;
    for (; k >= self->points; outside *= RATIO) {
        status = imr_cox_frailty_profile_at(self, outside, FINE, fault);
        if (status != IMR_OK || self->value < level) {
            break;
        }
        inside = outside;
        if (outside > IMR_COX_FRAILTY_MOST) {
            *high = INFINITY;
            return IMR_OK;
        }
    }
    return status == IMR_OK ? solve(self, level, inside, outside, high, fault) : status;
}
