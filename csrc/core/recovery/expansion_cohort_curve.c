#include "recovery/expansion_cohort_curve.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "base/mem.h"
#include "base/order.h"
#include "base/rng.h"

enum { M = IMR_EXPANSION_PARAMETERS, DRAWS = 4000, AREA_DAYS = 28 };

#define LOG_2 0.69314718055994530942
#define DIFFERENCE 1e-5

/* --- quantities -------------------------------------------------------------------------------- */

static double
log_area(imr_expansion_decline_t decline, const double *theta)
{
    double phi[IMR_STEIN_UNKNOWNS] = { 0 };

    phi[IMR_STEIN_PEAK] = theta[IMR_EXPANSION_CMAX];
    phi[IMR_STEIN_DAY] = exp(theta[IMR_EXPANSION_TMAX]);
    phi[IMR_STEIN_RISE] = log(theta[IMR_EXPANSION_FOLD]) - theta[IMR_EXPANSION_TMAX];
    phi[IMR_STEIN_FAST] = theta[IMR_EXPANSION_ALPHA];
    phi[IMR_STEIN_SHARE] = theta[IMR_EXPANSION_SHARE];
    phi[IMR_STEIN_SLOW] = theta[IMR_EXPANSION_BETA];
    return log(imr_stein_area(decline, phi, AREA_DAYS));
}

/* The log of a quantity, or its logit, with its derivatives by theta. */
static double
log_quantity(imr_expansion_decline_t decline, imr_expansion_cohort_quantity_t which,
    const double *theta, double *gradient)
{
    double moved[M], up;

    memset(gradient, 0, M * sizeof(*gradient));
    switch (which) {
        case IMR_COHORT_CMAX:
            gradient[IMR_EXPANSION_CMAX] = 1;
            return theta[IMR_EXPANSION_CMAX];
        case IMR_COHORT_TMAX:
            gradient[IMR_EXPANSION_TMAX] = 1;
            return theta[IMR_EXPANSION_TMAX];
        case IMR_COHORT_FOLD:
            gradient[IMR_EXPANSION_FOLD] = 1;
            return theta[IMR_EXPANSION_FOLD];
        case IMR_COHORT_DOUBLING_TIME:
            gradient[IMR_EXPANSION_TMAX] = 1;
            gradient[IMR_EXPANSION_FOLD] = -1 / theta[IMR_EXPANSION_FOLD];
            return theta[IMR_EXPANSION_FOLD] > 0
                ? log(LOG_2) + theta[IMR_EXPANSION_TMAX] - log(theta[IMR_EXPANSION_FOLD])
                : INFINITY;
        case IMR_COHORT_HALF_LIFE:
            gradient[IMR_EXPANSION_ALPHA] = -1;
            return log(LOG_2) - theta[IMR_EXPANSION_ALPHA];
        case IMR_COHORT_INITIAL:
            gradient[IMR_EXPANSION_CMAX] = 1;
            gradient[IMR_EXPANSION_FOLD] = -1;
            return theta[IMR_EXPANSION_CMAX] - theta[IMR_EXPANSION_FOLD];
        case IMR_COHORT_AUC_0_28:
            memcpy(moved, theta, sizeof(moved));
            for (size_t c = 0; c < imr_expansion_parameters(decline); c++) {
                moved[c] = theta[c] + DIFFERENCE;
                up = log_area(decline, moved);
                moved[c] = theta[c] - DIFFERENCE;
                gradient[c] = (up - log_area(decline, moved)) / (2 * DIFFERENCE);
                moved[c] = theta[c];
            }
            return log_area(decline, theta);
        case IMR_COHORT_SLOW_SHARE:
            gradient[IMR_EXPANSION_SHARE] = 1;
            return theta[IMR_EXPANSION_SHARE];
        case IMR_COHORT_SLOW_HALF_LIFE:
        default:
            gradient[IMR_EXPANSION_BETA] = -1;
            return log(LOG_2) - theta[IMR_EXPANSION_BETA];
    }
}

imr_expansion_quantity_value_t
imr_expansion_cohort_quantity(imr_expansion_decline_t decline,
    imr_expansion_cohort_quantity_t which, const double *theta, const double *covariance,
    double quantile)
{
    double gradient[M], variance = 0, middle, far;
    imr_expansion_quantity_value_t value;

    middle = log_quantity(decline, which, theta, gradient);
    for (size_t r = 0; r < M; r++) {
        for (size_t c = 0; c < M; c++) {
            variance += gradient[r] * covariance[r * M + c] * gradient[c];
        }
    }
    value.std_error = isfinite(middle) ? sqrt(fmax(variance, 0)) : NAN;
    far = quantile * value.std_error;
    if (which == IMR_COHORT_SLOW_SHARE) {
        value.estimate = 1 / (1 + exp(-middle));
        value.low = 1 / (1 + exp(far - middle));
        value.high = 1 / (1 + exp(-middle - far));
        value.std_error *= value.estimate * (1 - value.estimate);
    } else {
        value.estimate = exp(middle);
        value.low = exp(middle - far);
        value.high = exp(middle + far);
        value.std_error *= value.estimate;
    }
    return value;
}

/* --- the curve --------------------------------------------------------------------------------- */

/* The lower factor of a covariance in which some variances are 0. */
static void
root_of(const double *covariance, double *root)
{
    memset(root, 0, IMR_EXPANSION_SQUARE * sizeof(*root));
    for (size_t c = 0; c < M; c++) {
        double pivot = covariance[c * M + c];

        for (size_t k = 0; k < c; k++) {
            pivot -= root[c * M + k] * root[c * M + k];
        }
        if (!(pivot > 1e-12 * covariance[c * M + c])) {
            continue;
        }
        root[c * M + c] = sqrt(pivot);
        for (size_t r = c + 1; r < M; r++) {
            double sum = covariance[r * M + c];

            for (size_t k = 0; k < c; k++) {
                sum -= root[r * M + k] * root[c * M + k];
            }
            root[r * M + c] = sum / root[c * M + c];
        }
    }
}

/* The same draws in every call, in pairs opposite each other. */
static void
draw_parameters(const double *theta, const double *covariance, double df, double *draws)
{
    static const uint64_t key[2] = { 0x53746569, 28 };
    double root[IMR_EXPANSION_SQUARE];
    imr_rng_t rng;
    gsl_rng view;

    root_of(covariance, root);
    imr_rng_init(&rng, key, 0);
    view = imr_rng_gsl(&rng);
    for (size_t k = 0; k < DRAWS; k += 2) {
        double z[M], scale;

        for (size_t c = 0; c < M; c++) {
            z[c] = imr_rng_normal(&rng);
        }
        scale = isfinite(df) ? sqrt(df / gsl_ran_chisq(&view, df)) : 1;
        for (size_t r = 0; r < M; r++) {
            double off = 0;

            for (size_t c = 0; c <= r; c++) {
                off += root[r * M + c] * z[c];
            }
            draws[k * M + r] = theta[r] + scale * off;
            draws[(k + 1) * M + r] = theta[r] - scale * off;
        }
    }
}

/* Between the two order statistics that the quantile lies between. */
static double
quantile_of(const uint64_t *sorted, double p)
{
    double place = p * (DRAWS - 1);
    size_t lower = (size_t) place;
    double share = place - (double) lower, value = imr_key_value(sorted[lower]);

    return lower + 1 < DRAWS ? value + share * (imr_key_value(sorted[lower + 1]) - value) : value;
}

int
imr_expansion_cohort_curve(imr_expansion_decline_t decline, const double *theta,
    const double *covariance, double df, const double *day, size_t n, double level, double *curve,
    double *low, double *high, imr_fault_t *fault)
{
    double *draws;
    uint64_t *keys;

    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(day[i]) || day[i] < 0) {
            return imr_fault(fault, isfinite(day[i]) ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE, "days",
                (int64_t) i, day[i]);
        }
    }
    draws = imr_malloc(DRAWS * (size_t) (M + 2), sizeof(double));
    if (draws == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    keys = (uint64_t *) (draws + (size_t) DRAWS * M);
    draw_parameters(theta, covariance, df, draws);
    for (size_t i = 0; i < n; i++) {
        const uint64_t *sorted;

        for (size_t k = 0; k < DRAWS; k++) {
            double value = imr_course_log_curve(decline, draws + k * M, day[i]);

            keys[k] = imr_key(isnan(value) ? -INFINITY : value);
        }
        sorted = imr_sort_keys(keys, keys + DRAWS, DRAWS);
        curve[i] = exp(imr_course_log_curve(decline, theta, day[i]));
        low[i] = exp(quantile_of(sorted, 0.5 - 0.5 * level));
        high[i] = exp(quantile_of(sorted, 0.5 + 0.5 * level));
    }
    imr_free(draws);
    return IMR_OK;
}
