/* Meta-analysis of response rates of small series.
 * Formulas, sources and edge cases: docs/methods/response/pooled.md. */
#ifndef IMR_POOLED_H
#define IMR_POOLED_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_POOLED_METHOD_LIST(X)                                                                  \
    X(IMR_POOLED_GLMM, "glmm")                                                                     \
    X(IMR_POOLED_BETA_BINOMIAL, "beta-binomial")                                                   \
    X(IMR_POOLED_LOGIT, "logit")                                                                   \
    X(IMR_POOLED_ARCSINE, "arcsine")                                                               \
    X(IMR_POOLED_FREEMAN_TUKEY, "freeman-tukey")                                                   \
    X(IMR_POOLED_RAW, "raw")

#define IMR_POOLED_TAU2_LIST(X)                                                                    \
    X(IMR_POOLED_REML, "REML")                                                                     \
    X(IMR_POOLED_ML, "ML")                                                                         \
    X(IMR_POOLED_DL, "DL")                                                                         \
    X(IMR_POOLED_PM, "PM")                                                                         \
    X(IMR_POOLED_SJ, "SJ")                                                                         \
    X(IMR_POOLED_EB, "EB")

typedef enum { IMR_POOLED_METHOD_LIST(IMR_ENUM_OF_CHOICE) } imr_pooled_method_t;
typedef enum { IMR_POOLED_TAU2_LIST(IMR_ENUM_OF_CHOICE) } imr_pooled_tau2_t;

/* Columns of a design, the intercept among them; nodes of a quadrature. */
enum { IMR_POOLED_MOST_TERMS = 8, IMR_POOLED_MOST_NODES = 64 };

typedef struct {
    const int64_t *events, *n;
    const double *design; /* k rows of p values */
    size_t k, p;
} imr_series_t;

typedef struct {
    imr_pooled_method_t method;
    imr_pooled_tau2_t tau2;
    int knapp_hartung;
    int nodes; /* of the adaptive quadrature of the mixed model */
    double level;
} imr_pooled_options_t;

/* Everything on the scale of the method: log-odds, arcsine, double arcsine or rate. NaN for what a
 * method does not have. */
typedef struct {
    double coef[IMR_POOLED_MOST_TERMS], std_error[IMR_POOLED_MOST_TERMS];
    double low[IMR_POOLED_MOST_TERMS], high[IMR_POOLED_MOST_TERMS];
    double covariance[IMR_POOLED_MOST_TERMS * IMR_POOLED_MOST_TERMS];
    double tau2, tau2_low, tau2_high, q, q_pvalue, i2, correlation, loglik;
    double prediction_low, prediction_high; /* of the first term */
} imr_pooled_t;

/* y, v and weight (in per cent, of a model without moderators) have room for k values each: the
 * transformed rates, their variances, and the weights; NaN for the likelihood methods. */
int IMR_MUST_CHECK imr_pooled(const imr_series_t *series, const imr_pooled_options_t *options,
    imr_pooled_t *result, double *y, double *v, double *weight, imr_fault_t *fault);

/* Cholesky of the leading p x p block of a matrix of row length IMR_POOLED_MOST_TERMS + 1, its
 * inverse into `inverse`; 0 unless positive definite. */
int imr_pooled_invert(const double *matrix, size_t p, double *inverse);

#endif
