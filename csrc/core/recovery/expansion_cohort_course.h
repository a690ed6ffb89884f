/* The samples of one patient about an expansion curve whose peak lies on a known day: the log-likelihood
 * and its derivatives by the other parameters. Formulas: docs/methods/recovery/expansion_cohort.md. */
#ifndef IMR_EXPANSION_COHORT_COURSE_H
#define IMR_EXPANSION_COHORT_COURSE_H

#include <stddef.h>
#include <stdint.h>

#include "recovery/expansion_model.h"

/* Parameters of the curve: logarithms, but the logit of the share. Fold is the peak over the curve on the
 * day of infusion. */
#define IMR_EXPANSION_PARAMETER_LIST(X)                                                            \
    X(IMR_EXPANSION_CMAX, "cmax")                                                                  \
    X(IMR_EXPANSION_TMAX, "tmax")                                                                  \
    X(IMR_EXPANSION_FOLD, "fold")                                                                  \
    X(IMR_EXPANSION_ALPHA, "alpha")                                                                \
    X(IMR_EXPANSION_SHARE, "slow_share")                                                           \
    X(IMR_EXPANSION_BETA, "beta")

enum { IMR_EXPANSION_PARAMETER_LIST(IMR_ENUM_OF_CHOICE) };
enum { IMR_EXPANSION_PARAMETERS = 0 IMR_EXPANSION_PARAMETER_LIST(IMR_ONE_OF_CHOICE) };
enum { IMR_EXPANSION_SQUARE = IMR_EXPANSION_PARAMETERS * IMR_EXPANSION_PARAMETERS };

/* How many parameters the curve has: the first so many. */
static inline size_t
imr_expansion_parameters(imr_expansion_decline_t decline)
{
    return decline == IMR_DECLINE_EXPONENTIAL ? IMR_EXPANSION_SHARE : IMR_EXPANSION_PARAMETERS;
}

typedef struct {
    imr_expansion_decline_t decline;
    size_t n, quantified;
    const double *day; /* above 0, ascending */
    const double *log_copies; /* or the log of the limit of a sample below it */
    const uint8_t *below;
} imr_course_t;

/* The log-likelihood at theta and log h, where h is 1 / sd of log copies; gradient and hessian (both
 * halves), by the parameters but the day of the peak, whose entries are 0; or NULL, hessian alone or both. */
double imr_course_loglik(
    const imr_course_t *self, const double *theta, double log_h, double *gradient, double *hessian);

/* The sum of squares of what the quantified samples are above the log of the curve, and that distance of the
 * log limit of each of the others, n - quantified of them. */
double imr_course_squares(const imr_course_t *self, const double *theta, double *under_limit);

/* The log of the curve on a day, 0 or later. */
double imr_course_log_curve(imr_expansion_decline_t decline, const double *theta, double day);

#endif
