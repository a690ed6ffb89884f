/* Groups compared with values below a limit: rank tests of the flipped values, and the likelihood ratio
 * test of log-normal values. Formulas: docs/methods/recovery/detection_limit.md. */
#ifndef IMR_DETECTION_LIMIT_GROUPS_H
#define IMR_DETECTION_LIMIT_GROUPS_H

#include "recovery/detection_limit.h"
#include "survival/logrank.h"

/* The flipped rows of all groups, as the log-rank tests take them. */
typedef struct {
    imr_detection_rows_t rows;
    imr_logrank_data_t data;
    double *time;
    void *block;
} imr_detection_groups_t;

/* group: codes below `groups`. Also fails as imr_detection_rows_init does; with IMR_ERR_ONE_GROUP,
 * IMR_ERR_MANY_GROUPS, IMR_ERR_CODE. */
int IMR_MUST_CHECK imr_detection_groups_init(imr_detection_groups_t *self, const double *value,
    const uint8_t *below, const uint8_t *above, const int64_t *group, size_t n, size_t groups,
    imr_detection_distribution_t distribution, imr_fault_t *fault);
void imr_detection_groups_free(
    imr_detection_groups_t *self); /* safe after a failed init, and twice */

/* Flips the rows, which the rank tests need. IMR_ERR_NO_CURVE where an upper limit lies below another
 * value or limit, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_detection_groups_flip(imr_detection_groups_t *self, imr_fault_t *fault);

/* Of flipped rows: the log-rank test with these weights; z > 0: the later of two groups has higher
 * values. */
int IMR_MUST_CHECK imr_detection_rank_test(const imr_detection_groups_t *self,
    const imr_logrank_weights_t *weights, imr_logrank_test_t *test, imr_fault_t *fault);

/* The likelihood ratio test of log-normal (or normal) values of one sd, with the ratio of the medians of
 * two groups (normal: their difference), the second over the first, and its profile limits. Where a
 * group lies below, or above, its limits altogether the effect is infinite or 0, with one limit. */
typedef struct {
    double statistic;
    int64_t df;
    double pvalue;
    double effect, low, high; /* NaN of more than two groups */
    double loglik, loglik_null;
} imr_detection_ratio_t;

/* IMR_ERR_NOTHING_DETECTED, IMR_ERR_TOBIT_PERFECT, IMR_ERR_NOCONV, IMR_ERR_LEVEL, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_detection_ratio_test(const imr_detection_groups_t *self,
    imr_detection_distribution_t distribution, double level, imr_detection_ratio_t *test,
    imr_fault_t *fault);

#endif
