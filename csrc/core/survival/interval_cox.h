/* Proportional hazards regression of event times known only to lie between two visits, with a baseline
 * of any shape. Formulas, sources and edge cases: docs/methods/survival/interval_cox.md. */
#ifndef IMR_INTERVAL_COX_H
#define IMR_INTERVAL_COX_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"
#include "base/stop.h"

#define IMR_INTERVAL_COX_INTERVAL_LIST(X)                                                          \
    X(IMR_INTERVAL_COX_PROFILE, "profile")                                                         \
    X(IMR_INTERVAL_COX_WALD, "wald")

typedef enum { IMR_INTERVAL_COX_INTERVAL_LIST(IMR_ENUM_OF_CHOICE) } imr_interval_cox_interval_t;

/* The largest score_norm and kkt_gap of an answer that is given. */
#define IMR_INTERVAL_COX_CERTIFIED 1e-8

/* The event of a row lies in (left, right], as in survival/turnbull.h. */
typedef struct {
    size_t n, p;
    const double *left, *right; /* n */
    const double *x; /* n rows of p */
} imr_interval_cox_data_t;

typedef struct {
    imr_interval_cox_interval_t interval;
    double level;
    int fix_ties;
} imr_interval_cox_options_t;

typedef struct {
    size_t p;
    double *coef, *std_error, *hazard_ratio, *low, *high, *z, *pvalue; /* p */
    double *center; /* p: the means of the covariates */

    size_t n_support; /* innermost intervals with mass */
    double *left, *right; /* of each */
    double *
        cumulative_hazard; /* after each, where the covariates are at their means; the last infinite */

    int64_t events, merged; /* rows with a finite right end; end points merged into earlier ones */
    double loglik, loglik_null;
    double ratio_statistic, ratio_pvalue; /* that all coefficients are 0 */
    double score_norm; /* of coefficients and baseline, in units of their standard errors */
    double kkt_gap; /* given the coefficients, no baseline gains more than this times events */
    int64_t iterations; /* Newton steps to the maximum */

    int64_t monotone; /* the column whose coefficient is infinite, or -1 */
    double monotone_sign;
    double monotone_limit; /* the one profile limit, infinite if none, NaN if out of reach */
    void *block;
} imr_interval_cox_t;

/* IMR_ERR_INTERVAL_COX_MONOTONE names the column in the fault, and *self then says what is known of
 * it. stop may be NULL. On failure there is nothing left to free. */
int IMR_MUST_CHECK imr_interval_cox_fit(imr_interval_cox_t *self,
    const imr_interval_cox_data_t *data, const imr_interval_cox_options_t *options,
    imr_stop_t *stop, imr_fault_t *fault);
void imr_interval_cox_free(imr_interval_cox_t *self); /* safe after a failed fit, and twice */

/* survival[i * n_support + j]: of covariates row i of x, the probability of an event after the support
 * interval j, out of the hazards at `center`. IMR_ERR_NONFINITE or IMR_ERR_COX_RANGE naming X. */
int IMR_MUST_CHECK imr_interval_cox_survival(const double *coef, const double *center, size_t p,
    const double *cumulative_hazard, size_t n_support, const double *x, size_t n, double *survival,
    imr_fault_t *fault);

#endif
