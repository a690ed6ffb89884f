/* From counts to the curve: estimate, variances, limits. */
#ifndef IMR_KAPLAN_MEIER_CURVE_H
#define IMR_KAPLAN_MEIER_CURVE_H

#include "survival/kaplan_meier.h"
#include "survival/kaplan_meier_beta.h"

/* Fills the other columns out of time, at_risk, events, censored and, with sampling weights, the
 * weighted ones. For the robust variance std_error holds the robust standard error of log S (of H in
 * the exponential forms) and cumulative_hazard_std_error its own on entry.
 * The limits of the beta product are left to imr_kaplan_meier_beta_limits. IMR_ERR_LEVEL. */
int IMR_MUST_CHECK imr_kaplan_meier_fill(
    imr_kaplan_meier_t *self, const imr_kaplan_meier_options_t *options, imr_fault_t *fault);

/* Beta product limits of rows begin..end - 1, after those of the rows before: about a microsecond a
 * row, so the caller may take them in turns. begin is 0 in the first turn, which sets up state. */
int IMR_MUST_CHECK imr_kaplan_meier_beta_limits(imr_kaplan_meier_t *self,
    const imr_kaplan_meier_options_t *options, imr_kaplan_meier_beta_t *state, size_t begin,
    size_t end, imr_fault_t *fault);

/* One step of the hazard by Fleming and Harrington: d of n leave one after the other. *hazard
 * receives sum 1/(n - k) and *variance sum 1/(n - k)^2 over k < d; whole 0 <= d <= n < 2^53. */
void imr_fleming_harrington_step(double n, double d, double *hazard, double *variance);

/* Whether the interval is one of the beta product. */
static inline int
imr_kaplan_meier_is_beta(imr_kaplan_meier_interval_t interval)
{
    return interval == IMR_KM_BETA_PRODUCT || interval == IMR_KM_BETA_PRODUCT_MID_P;
}

#endif
