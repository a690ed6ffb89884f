/* The infinitesimal jackknife: how far the curve moves with the weight of each patient or cluster. */
#ifndef IMR_KAPLAN_MEIER_ROBUST_H
#define IMR_KAPLAN_MEIER_ROBUST_H

#include "survival/kaplan_meier.h"

/* Fills std_error with the robust standard error of log S (of H in the exponential forms) and
 * cumulative_hazard_std_error with that of H, out of the counts and the members, whose clusters are
 * codes below `clusters`. Linear in members and rows. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_kaplan_meier_robust_errors(
    imr_kaplan_meier_t *self, imr_kaplan_meier_form_t form, size_t clusters, imr_fault_t *fault);

/* The robust standard error of the area under the curve up to tau; area[j] is that from time[j] to
 * tau, 0 for rows at or after tau. The columns are those of a robust fit. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_kaplan_meier_robust_area(const imr_kaplan_meier_t *self,
    imr_kaplan_meier_form_t form, size_t clusters, const double *area, double *std_error,
    imr_fault_t *fault);

#endif
