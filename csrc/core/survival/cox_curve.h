/* Cumulative hazard and survival curves of a Cox regression (Breslow or Efron ties). */
#ifndef IMR_COX_CURVE_H
#define IMR_COX_CURVE_H

#include "survival/cox.h"

#define IMR_COX_CURVE_LIST(X)                                                                      \
    X(IMR_COX_CURVE_LOG_LOG, "log-log")                                                            \
    X(IMR_COX_CURVE_LOG, "log")                                                                    \
    X(IMR_COX_CURVE_PLAIN, "plain")

typedef enum { IMR_COX_CURVE_LIST(IMR_ENUM_OF_CHOICE) } imr_cox_curve_interval_t;

/* One row a set, by stratum, then time. */
typedef struct {
    size_t n; /* sets */
    double *time, *cumulative_hazard, *std_error;
    int64_t *stratum;
    double *at_risk, *events; /* sums of weights */
    double *block;
} imr_cox_baseline_t;

/* The cumulative hazard of a patient with covariates x (p). coef and covariance belong to the
 * covariates as given. IMR_ERR_COX_EXACT, IMR_ERR_NOMEM, IMR_ERR_STOPPED; *self is then empty. */
int IMR_MUST_CHECK imr_cox_baseline(imr_cox_baseline_t *self, const imr_cox_rows_t *rows,
    imr_cox_ties_t ties, const double *coef, const double *covariance, const double *x,
    imr_stop_t *stop, imr_fault_t *fault);
void imr_cox_baseline_free(imr_cox_baseline_t *self);

/* What is asked of imr_cox_predict: m patients at n_times times each. */
typedef struct {
    size_t m, n_times;
    const double *x; /* m rows of p */
    const int64_t *stratum; /* m, or NULL: all in stratum 0 */
    const double *times; /* n_times, in any order */
    imr_cox_curve_interval_t interval;
    double level;
    int fix_ties; /* a time within rounding of an event's time is that time */
} imr_cox_asked_t;

/* Survival, its cumulative hazard, the standard error of that and limits of survival: m rows of n_times
 * each. NaN after the last follow-up of the stratum, where nothing is known. Fails naming `X`, `times`,
 * `strata` or `level`: IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_CODE, IMR_ERR_LEVEL; and as
 * imr_cox_baseline. */
int IMR_MUST_CHECK imr_cox_predict(const imr_cox_rows_t *rows, imr_cox_ties_t ties,
    const double *coef, const double *covariance, const imr_cox_asked_t *asked, double *survival,
    double *cumulative_hazard, double *std_error, double *low, double *high, imr_stop_t *stop,
    imr_fault_t *fault);

#endif
