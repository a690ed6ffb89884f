/* Two groups' mean cumulative functions compared, with a robust variance or by permutation of patients.
 * Formulas and sources: docs/methods/survival/recurrent.md. */
#ifndef IMR_RECURRENT_TEST_H
#define IMR_RECURRENT_TEST_H

#include "survival/logrank_scores.h"
#include "survival/recurrent_rows.h"

#define IMR_RECURRENT_WEIGHT_LIST(X)                                                               \
    X(IMR_RECURRENT_WEIGHT_LOGRANK, "logrank")                                                     \
    X(IMR_RECURRENT_WEIGHT_GEHAN, "gehan")

typedef enum { IMR_RECURRENT_WEIGHT_LIST(IMR_ENUM_OF_CHOICE) } imr_recurrent_weight_t;

typedef struct {
    size_t patients;
    int64_t count[2], events[2];
    double excess; /* of the second group: the weighted difference of the means */
    double variance; /* robust; 0 where the patients of a group do not differ */
    double z; /* NaN where that is 0 and the excess is not */
    double *score; /* each patient's part of the permuted sum */
    double size; /* what the scores are made of is no larger */
    void *block;
} imr_recurrent_test_t;

/* Linear in rows. IMR_ERR_TWO_GROUPS, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_recurrent_test(const imr_recurrent_rows_t *rows,
    imr_recurrent_weight_t weight, imr_recurrent_test_t *self, imr_fault_t *fault);
void imr_recurrent_test_free(imr_recurrent_test_t *self); /* safe after a failure, and twice */

/* From the robust z, which must not be NaN: IMR_ERR_RECURRENT_ALIKE. */
int IMR_MUST_CHECK imr_recurrent_test_pvalue(const imr_recurrent_test_t *self,
    imr_alternative_t alternative, double *pvalue, imr_fault_t *fault);

/* The scores for a permutation test; to be freed. IMR_ERR_TOO_MANY_PERMUTED, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_recurrent_test_deal(const imr_recurrent_test_t *self,
    const imr_recurrent_rows_t *rows, imr_logrank_scores_t *scores, imr_fault_t *fault);

#endif
