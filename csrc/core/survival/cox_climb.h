/* The way to the maximum of a Cox likelihood, or of its profile in one coefficient. */
#ifndef IMR_COX_CLIMB_H
#define IMR_COX_CLIMB_H

#include "survival/cox_likelihood.h"

/* The largest score norm of an answer that is given. */
#define IMR_COX_CERTIFIED 1e-8

typedef enum {
    IMR_COX_AT_MAXIMUM,
    IMR_COX_SUSPECT /* the steps do not become short: the maximum may lie at infinity */
} imr_cox_ending_t;

/* All in the coordinates z. */
typedef struct {
    imr_cox_likelihood_t *likelihood;
    size_t fixed; /* the coefficient that stays where it is; p for none */
    int watch; /* end a climb that looks endless as a suspect */
    int loose; /* end when nothing more is to be gained, however long the steps still are */
    double *coef, *trial; /* width */
    double *score; /* p: at coef */
    double *information; /* p x p: at coef */
    double *step; /* p */
    double *matrix,
        *plain; /* p x p: the matrix of the step; the factor of the information, free part */
    double value; /* the (penalised) log-likelihood at coef */
    double loglik; /* without the penalty */
    double norm; /* of the free part of the score, in units of its standard error */
    double reach; /* no log hazard ratio changes by more along the step */
    int64_t iterations;
    imr_cox_ending_t ending;
    void *block;
} imr_cox_climb_t;

int IMR_MUST_CHECK imr_cox_climb_init(
    imr_cox_climb_t *self, imr_cox_likelihood_t *likelihood, imr_fault_t *fault);
void imr_cox_climb_free(imr_cox_climb_t *self);

/* Evaluates at coef. */
int IMR_MUST_CHECK imr_cox_climb_start(imr_cox_climb_t *self, imr_fault_t *fault);

/* Climbs from the coefficients at hand, which imr_cox_climb_start need not have seen. Fails with
 * IMR_ERR_NOCONV, IMR_ERR_STOPPED or IMR_ERR_NOMEM. Where these are out of range, value is minus
 * infinity and the climb ends at once. */
int IMR_MUST_CHECK imr_cox_climb(imr_cox_climb_t *self, imr_fault_t *fault);

/* The same from where imr_cox_climb_start has just evaluated. */
int IMR_MUST_CHECK imr_cox_climb_on(imr_cox_climb_t *self, imr_fault_t *fault);

#endif
