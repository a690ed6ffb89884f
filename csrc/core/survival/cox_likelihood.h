/* The partial likelihood of a Cox regression, with its score and information. */
#ifndef IMR_COX_LIKELIHOOD_H
#define IMR_COX_LIKELIHOOD_H

#include "survival/cox.h"

/* Vectors whose outer products are taken off the information together. */
#define IMR_COX_BATCH 64

/* What is at risk while the sets are passed. */
typedef struct {
    size_t first; /* the first row of the stratum */
    size_t present; /* rows */
    double level; /* sums and risks are in units of exp(level), so that none is out of range */
    double total, *sum; /* of risk, and of risk times z */
    double peak; /* the largest total since the sums were last taken afresh */
    double tied_total, *tied_sum; /* the same of the rows with the event */
} imr_cox_at_risk_t;

/* The sums at risk of each set as they were in the last evaluation, its own events included. */
typedef struct {
    double *total, *tied_total; /* sets */
    double *sum, *tied_sum; /* sets x width */
} imr_cox_trace_t;

/* Everything is a function of the coefficients of the columns z; the arrays hold what the last
 * evaluation left. */
typedef struct {
    const imr_cox_rows_t *rows;
    imr_cox_ties_t ties;
    int firth;
    imr_stop_t *stop;
    imr_cox_trace_t *trace; /* filled by each evaluation unless NULL */
    double loglik, penalized; /* minus infinity where a hazard ratio is out of range */
    double *score; /* width; of the penalised likelihood under Firth's penalty */
    double *event_sum; /* width: of the covariates of the events, of which the score begins */
    double *information; /* p x p */
    double *magnitude; /* p: of what the diagonal is a difference of */
    double *drawn_size; /* p: the same of the sets of the exact partial likelihood */
    double *eta, *risk; /* n: log hazard ratio; hazard ratio times weight, in units of
                           exp(level) of the set in which the row comes in */
    double *hazard,
        *excess; /* of each set: what it adds to a row's hazard, and of that what it does
                                not add to the rows with the event; in units of exp(-level) */
    double *level; /* of each set; 0 with a trace and under the penalty */

    imr_cox_at_risk_t at_risk;
    double product; /* of totals whose logarithm is yet to be taken off loglik */
    double *mean; /* width: of the covariates at risk at the set at hand */
    double *batch, *gram, *batch_gram, *direct; /* see cox_likelihood.c */
    size_t batched;
    double *out; /* n: risk times the hazard that a row has; before, that it lacks, being late */
    double *out_low; /* n: its rounding error; NULL without delayed entry, as is gone */
    uint8_t *gone; /* n: has not yet entered */
    double *ones; /* IMR_COX_BATCH */
    void *block;
} imr_cox_likelihood_t;

int IMR_MUST_CHECK imr_cox_likelihood_init(imr_cox_likelihood_t *self, const imr_cox_rows_t *rows,
    imr_cox_ties_t ties, int firth, imr_stop_t *stop, imr_fault_t *fault);
void imr_cox_likelihood_free(imr_cox_likelihood_t *self); /* safe after a failed init, and twice */

/* coef: width numbers, a last one for padding 0. IMR_ERR_STOPPED, or IMR_ERR_NOMEM (exact ties). */
int IMR_MUST_CHECK imr_cox_evaluate(
    imr_cox_likelihood_t *self, const double *coef, imr_fault_t *fault);

/* --- for the parts ------------------------------------------------------------------------------ */

/* gram (width x width) += sum over rows of weight[i] row_i row_i', its upper half. */
void imr_cox_add_gram(double *restrict gram, size_t width, const double *restrict row,
    const double *restrict weight, size_t rows);

/* Takes root^2 times the vector's outer product off the information. */
void imr_cox_batch(imr_cox_likelihood_t *self, const double *vector, double root);

/* Set k by the exact partial likelihood: adds to loglik, score and direct. */
int IMR_MUST_CHECK imr_cox_exact_set(imr_cox_likelihood_t *self, size_t k, imr_fault_t *fault);

/* Set k by the marginal likelihood, before its events are added to those at risk. */
int IMR_MUST_CHECK imr_cox_marginal_set(imr_cox_likelihood_t *self, size_t k, imr_fault_t *fault);

/* The cumulative hazard of each row times its risk into `out`, and the sum of that times z z' into gram. */
int IMR_MUST_CHECK imr_cox_exposure(imr_cox_likelihood_t *self, imr_fault_t *fault);

/* Adds Firth's penalty to score and penalized, at the coefficients of the last evaluation. */
int IMR_MUST_CHECK imr_cox_firth(imr_cox_likelihood_t *self, imr_fault_t *fault);

/* Sums over the terms l < terms of powers of r = 1 / (1 - f t), with f = l / terms, and of -log r. */
typedef struct {
    double r, fr, rr, frr, ffrr, log;
} imr_cox_powers_t;

imr_cox_powers_t imr_cox_powers(double terms, double t);

/* The terms of set k under Efron's rule: how many, and how many events each stands for. */
void imr_cox_terms(const imr_cox_rows_t *rows, imr_cox_ties_t ties, size_t k, double *terms,
    double *events_a_term);

#endif
