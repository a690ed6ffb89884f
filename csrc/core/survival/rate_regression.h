/* Regression of event counts on covariates, with exposure: Poisson, quasi-Poisson, negative binomial.
 * Formulas, sources and edge cases: docs/methods/survival/rate_regression.md. */
#ifndef IMR_RATE_REGRESSION_H
#define IMR_RATE_REGRESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"
#include "base/stop.h"

#define IMR_RATE_FAMILY_LIST(X)                                                                    \
    X(IMR_RATE_POISSON, "poisson")                                                                 \
    X(IMR_RATE_QUASI_POISSON, "quasi-poisson")                                                     \
    X(IMR_RATE_NEGATIVE_BINOMIAL, "negative-binomial")

#define IMR_RATE_VARIANCE_LIST(X)                                                                  \
    X(IMR_RATE_MODEL, "model")                                                                     \
    X(IMR_RATE_HC0, "HC0")                                                                         \
    X(IMR_RATE_HC1, "HC1")

#define IMR_RATE_INFORMATION_LIST(X)                                                               \
    X(IMR_RATE_EXPECTED, "expected")                                                               \
    X(IMR_RATE_OBSERVED, "observed")

#define IMR_RATE_INTERVAL_LIST(X)                                                                  \
    X(IMR_RATE_PROFILE, "profile")                                                                 \
    X(IMR_RATE_PROFILE_FIXED_THETA, "profile-fixed-theta")                                         \
    X(IMR_RATE_WALD, "wald")

typedef enum { IMR_RATE_FAMILY_LIST(IMR_ENUM_OF_CHOICE) } imr_rate_family_t;
typedef enum { IMR_RATE_VARIANCE_LIST(IMR_ENUM_OF_CHOICE) } imr_rate_variance_t;
typedef enum { IMR_RATE_INFORMATION_LIST(IMR_ENUM_OF_CHOICE) } imr_rate_information_t;
typedef enum { IMR_RATE_INTERVAL_LIST(IMR_ENUM_OF_CHOICE) } imr_rate_interval_t;

/* Of one row. */
#define IMR_RATE_MOST_EVENTS 1000000

#define IMR_RATE_LONGEST_RUN 8

/* Rows next to each other with the same count, at most IMR_RATE_LONGEST_RUN. */
typedef struct {
    size_t from, end;
} imr_rate_run_t;

typedef struct {
    const int64_t *events;
    const double *exposure; /* NULL: 1 a row */
    const double *columns; /* n rows of k values */
    const int64_t *cluster; /* NULL: each row its own; else codes below `clusters` */
    size_t n, k, clusters;
} imr_rate_data_t;

typedef struct {
    imr_rate_family_t family;
    imr_rate_variance_t variance;
    imr_rate_information_t information;
    imr_rate_interval_t interval;
    double level;
} imr_rate_options_t;

/* Coefficient 0 is the intercept, coefficient j belongs to column j - 1. Inside, alpha is 1 / theta,
 * and 0 for Poisson. */
typedef struct {
    size_t n, p;
    size_t patterns; /* of covariates; rows with one are next to each other, by their counts */
    imr_rate_options_t options;
    double *block; /* all that follows, in one piece */
    double *coef, *std_error, *covariance; /* p, p, p p; -inf, inf or NaN without a maximum */
    double *near; /* p: finite, where the climb ended */
    double *direction; /* p: the sign of an infinite coefficient, NaN if that is open, else 0 */
    double *count; /* n */
    double *share; /* n: exposure as a part of the longest of the pattern */
    double *offset, *events, *shares; /* patterns: log of the longest exposure, and sums */
    double *design; /* p columns of patterns, times the root of their rows */
    double *basis, *triangle; /* p columns of patterns, orthonormal over all rows; p p */
    double *widest; /* p: no value of the column of the basis is larger */
    size_t made; /* the basis is that whose last column is the one before this; 0: there is none */
    double *above; /* most: rows with more than j events */
    double *work;
    double *active; /* patterns: 1, or 0 of one whose means go to 0 */
    size_t *start; /* patterns + 1: the first row of each */
    size_t *row; /* n: which of the input it was */
    imr_rate_run_t *run; /* in order of their counts */
    size_t runs;
    size_t most; /* events of one row */
    double alpha;
    double alpha_std_error;
    double constant; /* of the log-likelihood */
    double within; /* the sum of counts times log of their shares */
    double maximum; /* the log-likelihood less its constant */
    double poisson,
        poisson_least; /* bounds of the same of Poisson, where the family is negative binomial */
    double elsewhere; /* more than it may be at other alphas; infinite where that is not known */
    double dispersion, pearson, deviance, null_deviance;
    double total_events, total_exposure;
    double score_norm; /* of the score, each direction in units of its standard error */
    double quantile; /* of the likelihood ratio statistic */
    int64_t iterations;
    int boundary; /* negative binomial, and the likelihood is highest at theta = infinity */
    int infinite; /* some coefficients are */
    imr_stop_t *stop;
} imr_rate_regression_t;

/* *self keeps no pointer to the input but stop, which may be NULL. */
int IMR_MUST_CHECK imr_rate_regression_fit(imr_rate_regression_t *self, const imr_rate_data_t *data,
    const imr_rate_options_t *options, imr_stop_t *stop, imr_fault_t *fault);
void imr_rate_regression_free(imr_rate_regression_t *self); /* safe after a failed fit, and twice */

/* Limits of coefficient j, and the p-value of coefficient = 0. A limit that the likelihood leaves open
 * is infinite. Wald's p-value of an infinite coefficient is NaN. */
int IMR_MUST_CHECK imr_rate_regression_limits(imr_rate_regression_t *self, size_t j, double *low,
    double *high, double *pvalue, imr_fault_t *fault);

/* Limits of theta by the profile of the likelihood: for family negative binomial. The upper one is
 * infinite where Poisson is not refuted. */
int IMR_MUST_CHECK imr_rate_regression_theta(
    imr_rate_regression_t *self, double *low, double *high, imr_fault_t *fault);

#endif
