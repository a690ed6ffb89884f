/* Residuals of a Cox regression (Breslow or Efron ties), and the robust covariance. */
#ifndef IMR_COX_RESIDUALS_H
#define IMR_COX_RESIDUALS_H

#include "survival/cox_likelihood.h"

#define IMR_COX_RESIDUAL_LIST(X)                                                                   \
    X(IMR_COX_MARTINGALE, "martingale")                                                            \
    X(IMR_COX_DEVIANCE, "deviance")                                                                \
    X(IMR_COX_SCORE, "score")                                                                      \
    X(IMR_COX_DFBETA, "dfbeta")                                                                    \
    X(IMR_COX_SCHOENFELD, "schoenfeld")                                                            \
    X(IMR_COX_SCALED_SCHOENFELD, "scaled-schoenfeld")

typedef enum { IMR_COX_RESIDUAL_LIST(IMR_ENUM_OF_CHOICE) } imr_cox_residual_t;

/* Does the kind have one row an event, rather than one a row of the data? */
static inline int
imr_cox_is_of_events(imr_cox_residual_t kind)
{
    return kind == IMR_COX_SCHOENFELD || kind == IMR_COX_SCALED_SCHOENFELD;
}

/* Numbers in a row of the residuals: 1, or one a covariate. */
static inline size_t
imr_cox_residual_width(const imr_cox_rows_t *rows, imr_cox_residual_t kind)
{
    return kind == IMR_COX_MARTINGALE || kind == IMR_COX_DEVIANCE ? 1 : rows->p;
}

/* How many rows of the data have the event. */
size_t imr_cox_event_rows(const imr_cox_rows_t *rows);

/* The residuals at coef (of the covariates as given), with `covariance` (p x p) that of a unit of
 * influence: the inverse information. Of one unit of a row's weight, but for "dfbeta" with sampling
 * weights. Residuals of rows stand in the
 * order of the input, NaN where a row has weight 0; those of events by stratum and time, and then
 * event_row and event_time (imr_cox_event_rows of them) say whose they are. IMR_ERR_COX_EXACT for the
 * exact likelihoods, IMR_ERR_COX_SPREAD, IMR_ERR_NOMEM, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_cox_residuals(const imr_cox_rows_t *rows, imr_cox_ties_t ties,
    const double *coef, const double *covariance, imr_cox_residual_t kind, double *residual,
    int64_t *event_row, double *event_time, imr_stop_t *stop, imr_fault_t *fault);

/* Evaluates the likelihood at coef (of the covariates as given), keeping the trace. */
int IMR_MUST_CHECK imr_cox_trace_at(imr_cox_likelihood_t *likelihood, imr_cox_trace_t *trace,
    const imr_cox_rows_t *rows, imr_cox_ties_t ties, const double *coef, imr_stop_t *stop,
    imr_fault_t *fault);

/* The room of a trace, in one block; imr_free(trace->total) frees it. */
int IMR_MUST_CHECK imr_cox_trace_init(
    imr_cox_trace_t *self, const imr_cox_rows_t *rows, imr_fault_t *fault);

/* Sums over the terms of a set, in the coordinates z; width numbers each. */
typedef struct {
    double *mean; /* of the covariates at risk, over the terms: what the events are compared with */
    double *pull; /* the same times the terms' shares of the hazard */
    double *tied_pull; /* of that, what does not concern the events themselves */
    double variance; /* of the set's share of the hazard */
} imr_cox_terms_t;

void imr_cox_sum_terms(const imr_cox_rows_t *rows, imr_cox_ties_t ties,
    const imr_cox_trace_t *trace, size_t k, imr_cox_terms_t *sums);

/* score: n rows of p, in the order and the coordinates of z: each row's share of the score, of one
 * unit of its weight. The likelihood was evaluated with a trace. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_cox_score_residuals(
    const imr_cox_likelihood_t *likelihood, double *score, imr_fault_t *fault);

/* robust (p x p): covariance times the sum of squares of the score residuals times covariance, over
 * rows or clusters. All in the coordinates z. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_cox_robust(const imr_cox_likelihood_t *likelihood, const double *covariance,
    double *robust, imr_fault_t *fault);

#endif
