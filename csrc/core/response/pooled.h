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

/* Of the likelihood methods without moderators; with them, and by inverse variance, it is Wald's. */
#define IMR_POOLED_INTERVAL_LIST(X)                                                                \
    X(IMR_POOLED_PROFILE, "profile")                                                               \
    X(IMR_POOLED_WALD, "wald")

/* Degrees of freedom of t for the next series, k being the series; one less a moderator */
#define IMR_POOLED_PREDICTION_LIST(X)                                                              \
    X(IMR_POOLED_K_LESS_2, "k-2")                                                                  \
    X(IMR_POOLED_K_LESS_1, "k-1")                                                                  \
    X(IMR_POOLED_NORMAL, "normal")

typedef enum { IMR_POOLED_METHOD_LIST(IMR_ENUM_OF_CHOICE) } imr_pooled_method_t;
typedef enum { IMR_POOLED_TAU2_LIST(IMR_ENUM_OF_CHOICE) } imr_pooled_tau2_t;
typedef enum { IMR_POOLED_INTERVAL_LIST(IMR_ENUM_OF_CHOICE) } imr_pooled_interval_t;
typedef enum { IMR_POOLED_PREDICTION_LIST(IMR_ENUM_OF_CHOICE) } imr_pooled_prediction_t;

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
    imr_pooled_interval_t interval;
    imr_pooled_prediction_t prediction;
    int knapp_hartung;
    int nodes; /* of the adaptive Gauss-Hermite rule of the mixed model; 0: to the last digits */
    double level;
} imr_pooled_options_t;

/* Coefficients are on the scale of the method: log-odds, arcsine, double arcsine or rate; the rates
 * are those at a moderator of 0. NaN for what a method does not have. */
typedef struct {
    double coef[IMR_POOLED_MOST_TERMS], std_error[IMR_POOLED_MOST_TERMS];
    double low[IMR_POOLED_MOST_TERMS], high[IMR_POOLED_MOST_TERMS];
    double covariance[IMR_POOLED_MOST_TERMS * IMR_POOLED_MOST_TERMS];
    double rate, rate_low, rate_high, mean_rate, prediction_low, prediction_high;
    double tau2, tau2_low, tau2_high, q, q_pvalue, i2, correlation, loglik;
    double score_norm; /* largest slope of the likelihood at its peak */
} imr_pooled_t;

/* y, v and weight (in per cent, of a model without moderators) have room for k values each: the
 * transformed rates, their variances, and the weights; NaN for the likelihood methods. */
int IMR_MUST_CHECK imr_pooled(const imr_series_t *series, const imr_pooled_options_t *options,
    imr_pooled_t *result, double *y, double *v, double *weight, imr_fault_t *fault);

/* The inverse of the leading p x p block of a matrix of row length IMR_POOLED_MOST_TERMS + 1, and the
 * logarithm of the block's determinant, unless that is NULL; 0 unless it is positive definite. */
int imr_pooled_invert(const double *matrix, size_t p, double *inverse, double *log_determinant);

#endif
