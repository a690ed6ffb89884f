/* Maximum likelihood for a duration whose logarithm is mu + sigma * W, with limits by the likelihood
 * ratio. */
#ifndef IMR_APLASIA_PARAMETRIC_H
#define IMR_APLASIA_PARAMETRIC_H

#include "base/alternative.h"
#include "recovery/aplasia.h"

/* W: the smallest-value, normal, logistic distribution. */
#define IMR_APLASIA_DISTRIBUTION_LIST(X)                                                           \
    X(IMR_APLASIA_WEIBULL, "weibull")                                                              \
    X(IMR_APLASIA_LOGNORMAL, "lognormal")                                                          \
    X(IMR_APLASIA_LOGLOGISTIC, "loglogistic")

#define IMR_APLASIA_QUANTITY_LIST(X)                                                               \
    X(IMR_APLASIA_QUANTILE, "quantile")                                                            \
    X(IMR_APLASIA_MEAN, "mean")                                                                    \
    X(IMR_APLASIA_RESTRICTED_MEAN, "restricted-mean")                                              \
    X(IMR_APLASIA_SURVIVAL, "survival")

typedef enum { IMR_APLASIA_DISTRIBUTION_LIST(IMR_ENUM_OF_CHOICE) } imr_aplasia_distribution_t;
typedef enum { IMR_APLASIA_QUANTITY_LIST(IMR_ENUM_OF_CHOICE) } imr_aplasia_quantity_t;

/* sigma is kept within these: the likelihood of a few wide intervals has its supremum at 0. */
#define IMR_APLASIA_LEAST_SIGMA 0.1
#define IMR_APLASIA_MOST_SIGMA 4.0

/* The log-likelihood at (mu, tau = log sigma), and its derivatives. */
typedef struct {
    double value; /* -infinity where a row has no probability */
    double mu, tau, mu_mu, mu_tau, tau_tau;
} imr_aplasia_loglik_t;

imr_aplasia_loglik_t imr_aplasia_loglik(
    const imr_aplasia_rows_t *rows, imr_aplasia_distribution_t distribution, double mu, double tau);

typedef struct {
    imr_aplasia_distribution_t distribution;
    double mu; /* infinite when nobody has recovered */
    double sigma;
    double loglik;
    double score; /* the largest derivative in mu, and in tau inside its bounds, over the rows */
    int at_bound; /* sigma is at its least (-1) or its most (1), else 0 */
} imr_aplasia_fit_t;

/* IMR_ERR_NOCONV naming score when it stays above 1e-8. */
int IMR_MUST_CHECK imr_aplasia_fit(imr_aplasia_fit_t *self, const imr_aplasia_rows_t *rows,
    imr_aplasia_distribution_t distribution, imr_fault_t *fault);

typedef struct {
    double estimate, low, high;
} imr_aplasia_limits_t;

/* A quantity and its limits, which hold all values whose largest log-likelihood is less than
 * `drop` below the maximum. `argument` is the share of a quantile, the horizon of a restricted mean,
 * the time of a survival probability. IMR_ERR_PROBABILITY, IMR_ERR_NOT_POSITIVE naming argument. */
int IMR_MUST_CHECK imr_aplasia_limits(imr_aplasia_limits_t *self, const imr_aplasia_fit_t *fit,
    const imr_aplasia_rows_t *rows, imr_aplasia_quantity_t quantity, double argument, double drop,
    imr_fault_t *fault);

/* The drop of the log-likelihood at the limits: half the quantile of chi squared with 1 df.
 * IMR_ERR_LEVEL. */
int IMR_MUST_CHECK imr_aplasia_drop(double level, double *drop, imr_fault_t *fault);

#endif
