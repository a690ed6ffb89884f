/* The maximum of a Cox likelihood with a gamma frailty of given variance. */
#ifndef IMR_COX_FRAILTY_CLIMB_H
#define IMR_COX_FRAILTY_CLIMB_H

#include "base/compensated.h"
#include "survival/cox_likelihood.h"

/* The penalised partial likelihood at variance theta, in the coefficients of z and the logarithms of
 * the frailties. Groups are the clusters of the rows. */
typedef struct {
    imr_cox_rows_t
        *rows; /* its offset is that of the input plus the log frailty of the row's group */
    imr_cox_likelihood_t likelihood;
    imr_cox_trace_t trace;
    size_t groups;
    double theta;
    double *known; /* n: the offset of the input */
    double *events; /* groups */
    double *coef; /* width */
    double *log_frailty; /* groups */
    double *expected; /* groups: events that are expected, frailty included */
    double value; /* penalised */
    double norm; /* of the score, each direction in units of its standard error */
    double *schur; /* p x p: the factor of the information on the coefficients; then */
    double *mixed, *solved; /* p x groups: the mixed information; the inverse of that of the log
                               frailties times it */
    int64_t iterations;

    double *trial_coef, *trial_log; /* width, groups */
    double *score, *step, *slope, *along; /* p, p, groups, groups */
    double *unfactored; /* p x p */
    double *diagonal; /* groups: of the information on the log frailties, sums at risk left out */
    double *residual; /* groups: of the last equation solved */
    double *scaled, *direction, *image; /* groups: of the conjugate gradients */
    double *curve, *tied_curve, *tied_tied; /* sets: see cox_frailty_climb.c */
    double *pull, *tied_pull; /* sets */
    imr_sum_t *missed; /* n: of the pull, before a row entered; NULL without delayed entry */
    void *block;
} imr_cox_frailty_climb_t;

/* rows: with clusters and an offset, and without weights. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_cox_frailty_climb_init(imr_cox_frailty_climb_t *self, imr_cox_rows_t *rows,
    imr_cox_ties_t ties, imr_stop_t *stop, imr_fault_t *fault);
void imr_cox_frailty_climb_free(imr_cox_frailty_climb_t *self);

/* Evaluates at coef and no frailty, as if theta were 0. IMR_ERR_COX_FRAILTY_SPREAD where hazard ratios
 * are out of range; IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_cox_frailty_climb_flat(imr_cox_frailty_climb_t *self, imr_fault_t *fault);

/* Climbs from coef and log_frailty to the maximum at theta > 0, until norm is at most `wanted` or
 * rounding ends it. IMR_ERR_NOCONV, IMR_ERR_COX_FRAILTY_SPREAD, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_cox_frailty_climb(
    imr_cox_frailty_climb_t *self, double theta, double wanted, imr_fault_t *fault);

/* schur, mixed and solved to the last digits, where the climb has ended.
 * IMR_ERR_COX_FRAILTY_HOLLOW, IMR_ERR_NOCONV, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_cox_frailty_inform(imr_cox_frailty_climb_t *self, imr_fault_t *fault);

/* solution: the inverse of the information on the log frailties, where the climb has ended, times
 * right; both of `groups` numbers, and solution holds a guess. The sum of squares of what is left of
 * the right hand side, each divided by `diagonal`, is at most `enough`. IMR_ERR_NOCONV,
 * IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_cox_frailty_solve(imr_cox_frailty_climb_t *self, const double *right,
    double enough, double *solution, imr_fault_t *fault);

#endif
