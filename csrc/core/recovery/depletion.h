/* Episodes of B cell depletion out of irregular series of counts: one row a patient.
 * Definitions, conventions and edge cases: docs/methods/recovery/depletion.md. */
#ifndef IMR_DEPLETION_H
#define IMR_DEPLETION_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

/* How the depletion seen after infusion began. */
#define IMR_DEPLETION_ONSET_LIST(X)                                                                \
    X(IMR_ONSET_AFTER_INFUSION, "after-infusion")                                                  \
    X(IMR_ONSET_LYMPHODEPLETION, "lymphodepletion")                                                \
    X(IMR_ONSET_DEPLETED_BEFORE, "depleted-before")                                                \
    X(IMR_ONSET_NO_EARLIER_SAMPLE, "no-earlier-sample")                                            \
    X(IMR_ONSET_NONE, "none")

/* How it ended. */
#define IMR_DEPLETION_STATUS_LIST(X)                                                               \
    X(IMR_DEPLETION_RECOVERED, "recovered")                                                        \
    X(IMR_DEPLETION_UNCONFIRMED, "unconfirmed")                                                    \
    X(IMR_DEPLETION_NOT_RECOVERED, "not-recovered")                                                \
    X(IMR_DEPLETION_NEVER_DEPLETED, "never-depleted")                                              \
    X(IMR_DEPLETION_NO_BASELINE, "no-baseline")                                                    \
    X(IMR_DEPLETION_NO_SAMPLES, "no-samples")

/* The columns of the answer; NaN (0 for a flag) where there is nothing to say. */
#define IMR_DEPLETION_NUMBER_LIST(X)                                                               \
    X(baseline)                                                                                    \
    X(baseline_day)                                                                                \
    X(pre_infusion)                                                                                \
    X(pre_infusion_day)                                                                            \
    X(nadir)                                                                                       \
    X(nadir_day)                                                                                   \
    X(depth)                                                                                       \
    X(onset_left)                                                                                  \
    X(onset_right)                                                                                 \
    X(recovery_left)                                                                               \
    X(recovery_right)                                                                              \
    X(duration_left)                                                                               \
    X(duration_right)                                                                              \
    X(unconfirmed_day)                                                                             \
    X(deficit_low)                                                                                 \
    X(deficit_high)                                                                                \
    X(last_day)

#define IMR_DEPLETION_COUNT_LIST(X)                                                                \
    X(samples)                                                                                     \
    X(samples_after_end)                                                                           \
    X(blips)                                                                                       \
    X(onset)                                                                                       \
    X(status)

#define IMR_DEPLETION_FLAG_LIST(X)                                                                 \
    X(baseline_below)                                                                              \
    X(pre_infusion_below)                                                                          \
    X(nadir_below)

typedef enum { IMR_DEPLETION_ONSET_LIST(IMR_ENUM_OF_CHOICE) } imr_onset_t;
typedef enum { IMR_DEPLETION_STATUS_LIST(IMR_ENUM_OF_CHOICE) } imr_depletion_status_t;

/* Samples in any order. A count below its limit is one that is less than it or flagged; all that is
 * known of it is that it lies from 0 up to the limit. */
typedef struct {
    const int64_t *patient; /* codes, 0 to patients - 1 */
    const double *day; /* from infusion */
    const double *count;
    const double *lloq; /* NULL: no limits */
    size_t lloq_step; /* 0: one limit for all */
    const uint8_t *below; /* NULL: no flags */
    size_t n;
    size_t patients;
    const double *lymphodepletion_day; /* one a patient, NaN: not known; or NULL: of nobody */
    const double *end_day; /* one a patient, or NULL: later samples do not count */
} imr_count_series_t;

typedef struct {
    double threshold; /* depleted: less than this; NaN: below the limit of its own sample */
    double recovery; /* recovered: at least this; NaN: not below the limit */
    double baseline_fraction; /* or at least this share of the baseline; NaN: no such rule */
    int64_t confirm;
    double min_separation;
} imr_depletion_options_t;

#define IMR_DOUBLE_COLUMN(name) double *name;
#define IMR_INT64_COLUMN(name) int64_t *name;
#define IMR_FLAG_COLUMN(name) uint8_t *name;
typedef struct {
    size_t patients;
    void *block; /* holds all columns */
    IMR_DEPLETION_NUMBER_LIST(IMR_DOUBLE_COLUMN)
    IMR_DEPLETION_COUNT_LIST(IMR_INT64_COLUMN)
    IMR_DEPLETION_FLAG_LIST(IMR_FLAG_COLUMN)
    int64_t other_row; /* after IMR_ERR_DUPLICATE_DAY: the earlier row of that patient and day */
} imr_depletion_t;
#undef IMR_DOUBLE_COLUMN
#undef IMR_INT64_COLUMN
#undef IMR_FLAG_COLUMN

/* One row for each of the patients. A sample on the day of lymphodepletion, infusion or end counts
 * as drawn before it. Each row of the input is checked as it is copied. On failure *self holds no
 * block; the fault names patient, day, count, lloq, lymphodepletion_day or end_day with its row, or
 * an option. */
int IMR_MUST_CHECK imr_depletion(imr_depletion_t *self, const imr_count_series_t *series,
    const imr_depletion_options_t *options, imr_fault_t *fault);
void imr_depletion_free(imr_depletion_t *self); /* safe after a failed call, and twice */

#endif
