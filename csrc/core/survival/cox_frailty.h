/* Cox regression with a shared gamma frailty. Formulas, sources and edge cases:
 * docs/methods/survival/cox_frailty.md. */
#ifndef IMR_COX_FRAILTY_H
#define IMR_COX_FRAILTY_H

#include "survival/cox.h"

/* Arrays of p belong to the covariates as they were given, those of `groups` to the clusters. */
typedef struct {
    size_t p, groups;
    double *coef, *std_error, *low, *high, *pvalue, *hazard_ratio, *z; /* p */
    double *covariance; /* p x p: with theta taken as known */
    int64_t *events; /* groups */
    double *expected; /* groups: the events expected at a frailty of 1 */
    double *frailty, *frailty_std_error, *frailty_low, *frailty_high; /* groups: given all else */
    double theta, theta_low, theta_high; /* the variance of the frailty and its profile limits */
    double loglik; /* marginal, at the maximum */
    double loglik_flat; /* with theta 0: that of the Cox regression */
    double loglik_partial; /* of the maximum, with the frailties taken as known */
    double df; /* effective parameters, frailties included */
    imr_cox_test_t test; /* theta = 0, on the boundary */
    double score_norm; /* of all parameters, in units of standard errors */
    int64_t iterations, patients, events_total, merged;
    void *block;
} imr_cox_frailty_t;

/* data: with clusters, without weights (IMR_ERR_COX_FRAILTY_CLUSTER). options: ties by Efron's or Breslow's rule
 * (IMR_ERR_COX_FRAILTY_TIES), level and fix_ties; the rest is ignored. stop may be NULL. Fails as
 * imr_cox_fit does, with IMR_ERR_COX_FRAILTY_MONOTONE, IMR_ERR_COX_FRAILTY_HOLLOW,
 * IMR_ERR_COX_FRAILTY_SPREAD or IMR_ERR_COX_FRAILTY_LARGE. On failure nothing is left to free. */
int IMR_MUST_CHECK imr_cox_frailty_fit(imr_cox_frailty_t *self, const imr_cox_data_t *data,
    const imr_cox_options_t *options, imr_stop_t *stop, imr_fault_t *fault);
void imr_cox_frailty_free(imr_cox_frailty_t *self); /* safe after a failed fit, and twice */

#endif
