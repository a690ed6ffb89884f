#include "survival/cox_profile.h"

#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "base/solve.h"

#define MOST_STEPS 60 /* towards a limit, each 1.5 times as long as the one before */

typedef struct {
    imr_cox_climb_t *climb;
    double highest, quantile;
    const double *start, *tangent; /* where a climb starts: at start + (value - start_j) tangent, so
                                      that the profile is a function of the value alone; NULL: where
                                      the last one ended */
    int *status;
    imr_fault_t *fault;
} profile_t;

static int
climb_at(const profile_t *profile, double value, const double *tangent)
{
    imr_cox_climb_t *climb = profile->climb;
    size_t p = climb->likelihood->rows->p;

    for (size_t c = 0; profile->start != NULL && c < p; c++) {
        climb->coef[c] = profile->start[c];
        if (tangent != NULL) {
            climb->coef[c] += (value - profile->start[climb->fixed]) * tangent[c];
        }
    }
    climb->coef[climb->fixed] = value;
    return p == 1 ? imr_cox_climb_start(climb, profile->fault)
                  : imr_cox_climb(climb, profile->fault);
}

/* How much the likelihood ratio statistic of coefficient = value exceeds the quantile. */
static double
excess(double value, const void *context)
{
    const profile_t *profile = context;
    imr_cox_climb_t *climb = profile->climb;

    if (*profile->status != IMR_OK) {
        return NAN; /* the first failure is told */
    }
    *profile->status = climb_at(profile, value, profile->tangent);
    if (*profile->status == IMR_OK && profile->tangent != NULL && !isfinite(climb->value)) {
        *profile->status = climb_at(profile, value, NULL); /* the tangent led out of range */
    }
    if (*profile->status != IMR_OK) {
        return NAN;
    }
    return fmax(-1e300, fmin(1e300, 2 * (profile->highest - climb->value) - profile->quantile));
}

/* Walks from `inside` towards side * infinity until the statistic exceeds the quantile. */
static int
find_limit(profile_t *profile, double inside, double side, double width, double *limit)
{
    double tolerance = 1e-11 * width;
    int status;

    for (int step = 0; step < MOST_STEPS; step++, width *= 1.5) {
        double outside = inside + side * width, above = excess(outside, profile);

        if (isnan(above)) {
            return *profile->status;
        }
        if (above > 0) {
            status = imr_solve_bracketed(excess, profile, inside, outside, tolerance, limit);
            return *profile->status == IMR_OK ? status : *profile->status;
        }
        inside = outside;
    }
    *limit = side * INFINITY;
    return IMR_OK;
}

int
imr_cox_profile(imr_cox_climb_t *climb, size_t j, const imr_cox_summit_t *summit, double level,
    double *low, double *high, double *pvalue, imr_fault_t *fault)
{
    size_t p = climb->likelihood->rows->p;
    int inner = IMR_OK, status;
    profile_t profile = { climb, summit->height, 0, summit->coef, summit->work, &inner, fault };
    double coef = summit->coef[j], variance = summit->covariance[j * p + j], above;
    double std_error = sqrt(variance);

    for (size_t c = 0; c < p; c++) {
        summit->work[c] = summit->covariance[j * p + c] / variance;
    }

    climb->fixed = j;
    status = imr_quantile_chi_squared(level, 1, &profile.quantile);
    if (status == IMR_OK) {
        status = find_limit(&profile, coef, -1, std_error, low);
    }
    if (status == IMR_OK) {
        status = find_limit(&profile, coef, 1, std_error, high);
    }
    if (status == IMR_OK) {
        above = excess(0, &profile);
        status = isnan(above)
            ? inner
            : imr_chi_squared_cdf_upper(fmax(above + profile.quantile, 0), 1, pvalue);
    }
    climb->fixed = p;
    if (status == IMR_ERR_NOCONV && climb->likelihood->firth) {
        status = IMR_ERR_COX_FIRTH_PROFILE;
    }
    return status == IMR_OK || inner == IMR_ERR_STOPPED
        ? status
        : imr_fault(fault, status, "X column", (int64_t) j, NAN);
}

int
imr_cox_profile_open(
    imr_cox_climb_t *climb, size_t j, double sign, double level, double *limit, imr_fault_t *fault)
{
    int inner = IMR_OK, status;
    profile_t profile = { climb, 0, 0, NULL, NULL, &inner, fault };

    climb->loose = 1;
    climb->watch = 0;
    status = imr_quantile_chi_squared(level, 1, &profile.quantile);
    if (status == IMR_OK) {
        status = imr_cox_climb(climb, fault); /* to the supremum */
    }
    if (status == IMR_OK) {
        profile.highest = climb->value;
        climb->fixed = j;
        status = find_limit(&profile, climb->coef[j], -sign, 1, limit);
    }
    climb->fixed = climb->likelihood->rows->p;
    climb->loose = 0;
    return status == IMR_OK || status == IMR_ERR_STOPPED
        ? status
        : imr_fault(fault, status, "X column", (int64_t) j, NAN);
}
