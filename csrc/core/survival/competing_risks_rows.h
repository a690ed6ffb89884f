/* Rows of competing risks, read and checked once, and put in order of time: what the cumulative
 * incidence and Gray's test are computed from. */
#ifndef IMR_COMPETING_RISKS_ROWS_H
#define IMR_COMPETING_RISKS_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define IMR_MOST_CAUSES 63

/* n rows. Where weight is 0 the row is as if it were not there. A row is at risk on (entry, time]. */
typedef struct {
    size_t n;
    const double *time;
    const uint8_t *cause; /* 0 censored, 1..causes */
    size_t causes; /* at most IMR_MOST_CAUSES */
    const double *entry; /* NULL: at risk from the start, time 0 included */
    const double *weight; /* NULL: 1. Frequency weights: whole numbers */
    const int64_t *group; /* codes below groups, or NULL: one group */
    size_t groups; /* at most 2^25 */
} imr_competing_risks_data_t;

/* n records in order of time, those of one time in any order: so many patients of a group who leave
 * at that time with that cause. */
typedef struct {
    size_t n;
    double *time; /* after ties are merged */
    uint32_t *label; /* group << cause_bits | cause */
    int cause_bits;
    int64_t *count; /* NULL: 1 each */
    size_t entries; /* records of those who enter, in order of time; 0 without entry */
    double *entry_time;
    uint32_t *entry_group;
    int64_t *entry_count; /* NULL: 1 each */
    int64_t *patients; /* of each group */
    int64_t merged; /* distinct times that were merged into an earlier one */
    void *block;
} imr_cause_records_t;

/* Linear in n: whole days are counted, other times sorted. *self is zeroed on failure.
 * IMR_ERR_NO_PATIENT, IMR_ERR_TOO_MANY_ROWS, IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_CAUSE,
 * IMR_ERR_CODE, IMR_ERR_INTERVAL, IMR_ERR_INTERVAL_TIED, IMR_ERR_FREQUENCY, IMR_ERR_COUNT,
 * IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_cause_records(const imr_competing_risks_data_t *data, int fix_ties,
    imr_cause_records_t *self, imr_fault_t *fault);
void imr_cause_records_free(imr_cause_records_t *self); /* safe after a failure, and twice */

/* IMR_OK if each group has a patient: otherwise IMR_ERR_NO_PATIENT where no row is in it, or
 * IMR_ERR_NO_WEIGHT where all of them weigh 0. */
int IMR_MUST_CHECK imr_cause_records_fill_groups(
    const imr_competing_risks_data_t *data, const imr_cause_records_t *self, imr_fault_t *fault);

/* Numbers the causes of n rows: code is 0 where the cause is `censored`, otherwise the place of the
 * cause among the labels, from 1. With *causes = 0 the labels are those found, ascending, and *causes
 * their number; labels has room for IMR_MOST_CAUSES. Otherwise the first *causes labels are given,
 * and another one is refused: IMR_ERR_UNKNOWN_CAUSE. IMR_ERR_TOO_MANY_CAUSES. */
int IMR_MUST_CHECK imr_cause_codes(const int64_t *cause, size_t n, int64_t censored,
    int64_t *labels, size_t *causes, uint8_t *code, imr_fault_t *fault);

#endif
