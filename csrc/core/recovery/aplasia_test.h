/* A permutation test of two groups' durations. A patient's score is the derivative of the log-likelihood
 * in the logarithm of the patient's hazard, at the nonparametric estimate of both groups together with
 * uniform onsets: above 0 for shorter durations. */
#ifndef IMR_APLASIA_TEST_H
#define IMR_APLASIA_TEST_H

#include "base/alternative.h"
#include "recovery/aplasia_npmle.h"
#include "survival/logrank_exact.h"

typedef struct {
    imr_logrank_scores_t scores; /* one stratum, two groups: what the exact distribution takes */
    double statistic; /* the sum of scores of the second group */
    double z; /* over its standard deviation under permutation; NaN where all scores are equal */
} imr_aplasia_test_t;

/* label: 0 or 1 a row; the estimate has been fitted. IMR_ERR_TWO_GROUPS naming group; IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_aplasia_test_init(imr_aplasia_test_t *self, const imr_aplasia_npmle_t *npmle,
    const int64_t *label, imr_fault_t *fault);
void imr_aplasia_test_free(imr_aplasia_test_t *self); /* safe after a failed init, and twice */

/* With the normal distribution; 1 where z is NaN. */
int IMR_MUST_CHECK imr_aplasia_test_normal(const imr_aplasia_test_t *self,
    imr_alternative_t alternative, double *pvalue, imr_fault_t *fault);

#endif
