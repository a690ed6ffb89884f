/* What is said of an expansion curve whose parameters are known with a covariance: quantities with limits, and
 * the curve with the band that holds it. */
#ifndef IMR_EXPANSION_COHORT_CURVE_H
#define IMR_EXPANSION_COHORT_CURVE_H

#include "base/status.h"
#include "recovery/expansion_cohort_course.h"

#define IMR_EXPANSION_COHORT_QUANTITY_LIST(X)                                                      \
    X(IMR_COHORT_CMAX, "cmax")                                                                     \
    X(IMR_COHORT_TMAX, "tmax")                                                                     \
    X(IMR_COHORT_FOLD, "fold")                                                                     \
    X(IMR_COHORT_DOUBLING_TIME, "doubling_time")                                                   \
    X(IMR_COHORT_HALF_LIFE, "half_life")                                                           \
    X(IMR_COHORT_INITIAL, "initial")                                                               \
    X(IMR_COHORT_AUC_0_28, "auc_0_28")                                                             \
    X(IMR_COHORT_SLOW_SHARE, "slow_share")                                                         \
    X(IMR_COHORT_SLOW_HALF_LIFE, "slow_half_life")

typedef enum {
    IMR_EXPANSION_COHORT_QUANTITY_LIST(IMR_ENUM_OF_CHOICE)
} imr_expansion_cohort_quantity_t;
enum { IMR_COHORT_QUANTITIES = 0 IMR_EXPANSION_COHORT_QUANTITY_LIST(IMR_ONE_OF_CHOICE) };

/* How many quantities a curve has: the first so many. */
static inline size_t
imr_expansion_cohort_quantities(imr_expansion_decline_t decline)
{
    return decline == IMR_DECLINE_EXPONENTIAL ? IMR_COHORT_SLOW_SHARE : IMR_COHORT_QUANTITIES;
}

typedef struct {
    double estimate, std_error, low, high;
} imr_expansion_quantity_value_t;

/* Limits so many standard errors away on the scale of logarithms, or of the logit. Of a curve that does not
 * rise the doubling time is infinite and the area NaN, without limits. */
imr_expansion_quantity_value_t imr_expansion_cohort_quantity(imr_expansion_decline_t decline,
    imr_expansion_cohort_quantity_t which, const double *theta, const double *covariance,
    double quantile);

/* The curve on n days (0 or later) and, of curves whose parameters are drawn about theta with this
 * covariance, the quantiles (1 - level) / 2 and (1 + level) / 2 on each day: those of a t distribution with df
 * degrees of freedom, or of a normal one where df is infinite. IMR_ERR_NOMEM, IMR_ERR_LEVEL, and
 * IMR_ERR_NONFINITE or IMR_ERR_NEGATIVE naming `days`. */
int IMR_MUST_CHECK imr_expansion_cohort_curve(imr_expansion_decline_t decline, const double *theta,
    const double *covariance, double df, const double *day, size_t n, double level, double *curve,
    double *low, double *high, imr_fault_t *fault);

#endif
