/* The restricted mean as a sum of beta variables: the beta product of a curve, integrated. */
#ifndef IMR_RMST_BETA_H
#define IMR_RMST_BETA_H

#include "survival/kaplan_meier.h"
#include "survival/kaplan_meier_beta.h"

/* The distributions of the area up to tau over tau, out of the first `rows` rows of the curve (those
 * before tau) and the number at risk after them; by their first two moments. Linear in rows. */
void imr_rmst_beta_parts(const imr_kaplan_meier_t *curve, size_t rows, int64_t at_risk, double tau,
    imr_beta_part_t *minus, imr_beta_part_t *plus);

#endif
