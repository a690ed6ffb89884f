/* Exact unconditional inference on the difference of two rates, ordered by the score statistic (Chan
 * and Zhang 1999). Both groups have patients. */
#ifndef IMR_CONTRAST_UNCONDITIONAL_H
#define IMR_CONTRAST_UNCONDITIONAL_H

#include "response/contrast.h"

#define IMR_UNCONDITIONAL_MOST_PATIENTS 1000 /* in one group */

/* The greatest probability, over rates whose difference is the margin, of a score statistic at least
 * as large as the one seen. */
int IMR_MUST_CHECK imr_unconditional_pvalue(
    const imr_two_groups_t *groups, double margin, double *pvalue);

/* The smallest difference whose p-value exceeds tail. */
int IMR_MUST_CHECK imr_unconditional_limit(
    const imr_two_groups_t *groups, double tail, double *limit);

#endif
