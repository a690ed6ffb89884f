/* Gray's test that the cumulative incidence of a cause is the same in all groups.
 * Formulas, sources and edge cases: docs/methods/survival/gray_test.md. */
#ifndef IMR_GRAY_TEST_H
#define IMR_GRAY_TEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/stop.h"
#include "survival/competing_risks_rows.h"

#define IMR_GRAY_MOST_GROUPS 50

/* n patients, followed from the start. */
typedef struct {
    size_t n;
    const double *time;
    const uint8_t *cause; /* 0 censored, 1..causes */
    size_t causes; /* at most IMR_MOST_CAUSES */
    const int64_t *group; /* codes below groups */
    size_t groups;
    const int64_t *stratum; /* codes below strata, or NULL: one stratum */
    size_t strata;
    double rho; /* events at t weigh (1 - F)^rho, F that of all groups before t */
    int fix_ties;
} imr_gray_data_t;

/* For each cause: the statistic, how many independent scores it is made of, and its p-value. Where no
 * score varies (no event of the cause while two groups are at risk) they are 0, 0 and 1.
 * observed and expected, causes times groups, receive the events of each group and how many the
 * hypothesis expects of it, unweighted. Linear in n; causes groups^3 times the number of times.
 * What imr_cause_records fails with, IMR_ERR_ONE_GROUP, IMR_ERR_MANY_GROUPS, IMR_ERR_RHO,
 * IMR_ERR_NOMEM, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_gray_test(const imr_gray_data_t *data, double *statistic, int64_t *df,
    double *pvalue, int64_t *observed, double *expected, imr_stop_t *stop, imr_fault_t *fault);

#endif
