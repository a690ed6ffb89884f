/* Limits and tests for a contrast by formula: Newcombe, Agresti-Caffo, Wald, Katz, Woolf. Both groups
 * have patients. */
#ifndef IMR_CONTRAST_FORMULA_H
#define IMR_CONTRAST_FORMULA_H

#include "response/contrast.h"

/* The lower limit for z > 0, the upper one for z < 0: z is the normal quantile. */
double imr_contrast_formula_limit(
    imr_contrast_method_t method, const imr_two_groups_t *groups, double z);

/* The z whose limit is the margin; infinite where no limit reaches it, 0 where the table says
 * nothing. */
double imr_contrast_formula_statistic(
    imr_contrast_method_t method, const imr_two_groups_t *groups, double margin);

#endif
