/* Two survival curves compared at fixed times.
 * Formulas, sources and edge cases: docs/methods/survival/curve_difference.md. */
#ifndef IMR_CURVE_DIFFERENCE_H
#define IMR_CURVE_DIFFERENCE_H

#include "survival/kaplan_meier.h"

typedef struct {
    imr_kaplan_meier_interval_t transform;
    double level;
    size_t reference; /* 0 or 1: the group that is subtracted */
    int fix_ties;
} imr_curve_difference_options_t;

/* One row a time. Where a group's survival is not known at the time (after its last follow-up) all but
 * what concerns the other group is NaN. Where a survival is 0 or 1 no transform has a variance: limits,
 * statistic and p-value are NaN, except those of the beta product, which has no statistic. */
typedef struct {
    double *survival, *reference_survival;
    int64_t *at_risk, *reference_at_risk;
    double *estimate; /* survival less reference_survival */
    double *std_error; /* by Greenwood; NaN where a survival is 0 */
    double *low, *high;
    double *statistic; /* standard normal; of the sign of the estimate */
    double *pvalue; /* two-sided */
} imr_curve_difference_t;

/* Fills `count` rows of *self. data has two groups. IMR_ERR_TWO_GROUPS, IMR_ERR_NONFINITE and
 * IMR_ERR_NEGATIVE naming `at`, and what imr_kaplan_meier fails with. */
int IMR_MUST_CHECK imr_curve_difference(const imr_kaplan_meier_data_t *data,
    const imr_curve_difference_options_t *options, const double *at, size_t count,
    imr_curve_difference_t *self, imr_fault_t *fault);

#endif
