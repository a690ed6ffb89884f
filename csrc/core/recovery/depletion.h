/* Episodes of B cell depletion out of irregular series of counts: one row for each patient, series
 * and infusion.
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
    X(IMR_DEPLETION_NO_SAMPLES, "no-samples")                                                      \
    X(IMR_DEPLETION_UNDECIDED, "undecided")

/* What several counts of one patient, series and day stand for. */
#define IMR_DUPLICATES_LIST(X)                                                                     \
    X(IMR_DUPLICATES_ERROR, "error")                                                               \
    X(IMR_DUPLICATES_FIRST, "first")                                                               \
    X(IMR_DUPLICATES_LAST, "last")                                                                 \
    X(IMR_DUPLICATES_MEAN, "mean")                                                                 \
    X(IMR_DUPLICATES_MIN, "min")                                                                   \
    X(IMR_DUPLICATES_MAX, "max")

/* The columns of the answer; NaN (0 for a flag) where there is nothing to say. */
#define IMR_DEPLETION_NUMBER_LIST(X)                                                               \
    X(infusion_day)                                                                                \
    X(next_infusion_day)                                                                           \
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
    X(patient)                                                                                     \
    X(series)                                                                                      \
    X(episode)                                                                                     \
    X(samples)                                                                                     \
    X(rows_combined)                                                                               \
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
typedef enum { IMR_DUPLICATES_LIST(IMR_ENUM_OF_CHOICE) } imr_duplicates_t;

/* Samples in any order. A count below its limit is one that is less than it or flagged; all that is
 * known of it is that it lies from 0 up to the limit. All days are of one clock. */
typedef struct {
    const int64_t *patient; /* codes, 0 to patients - 1 */
    const int64_t *series; /* codes, 0 to n_series - 1; NULL: all of series 0 */
    const double *day;
    const double *count;
    const double *lloq; /* NULL: no limits */
    size_t lloq_step; /* 0: one limit for all */
    const uint8_t *below; /* NULL: no flags */
    size_t n;
    size_t patients;
    size_t n_series; /* at least 1 */
    imr_duplicates_t duplicates;
    /* The infusions of patient p are infusion_start[p] to infusion_start[p + 1] - 1, in order of
     * day; NULL: one on day 0 for each patient. */
    const int64_t *infusion_start;
    const double *infusion_day;
    const double *lymphodepletion_day; /* one an infusion, NaN: not known; or NULL: of none */
    const double *end_day; /* one a patient, or NULL: later samples do not count */
} imr_count_series_t;

typedef struct {
    double threshold; /* depleted: less than this; NaN: below the limit of its own sample */
    double recovery; /* recovered: at least this; NaN: not below the limit */
    double baseline_fraction; /* or at least this share of the baseline; NaN: no such rule */
    int64_t confirm;
    double min_separation;
    int undecided; /* a count whose limit exceeds a threshold: 0 a fault, 1 the status of its row */
} imr_depletion_options_t;

#define IMR_DOUBLE_COLUMN(name) double *name;
#define IMR_INT64_COLUMN(name) int64_t *name;
#define IMR_FLAG_COLUMN(name) uint8_t *name;
typedef struct {
    size_t rows;
    void *block; /* holds all columns */
    IMR_DEPLETION_NUMBER_LIST(IMR_DOUBLE_COLUMN)
    IMR_DEPLETION_COUNT_LIST(IMR_INT64_COLUMN)
    IMR_DEPLETION_FLAG_LIST(IMR_FLAG_COLUMN)
    int64_t other_row; /* after IMR_ERR_DUPLICATE_DAY: the earlier row of that patient and day */
} imr_depletion_t;
#undef IMR_DOUBLE_COLUMN
#undef IMR_INT64_COLUMN
#undef IMR_FLAG_COLUMN

/* Rows in order of patient, series and infusion; days are counted from the infusion of the row. An
 * episode has the samples after the infusion before it up to the next one, or to the end of
 * observation. A sample on the day of lymphodepletion, infusion or end counts as drawn before it.
 * options[s] holds for series s. Each row of the input is checked as it is copied. On failure *self
 * holds no block; the fault names patient, series, day, count or lloq with its row, infusion_day,
 * lymphodepletion_day or end_day with its patient, or an option with its series. */
int IMR_MUST_CHECK imr_depletion(imr_depletion_t *self, const imr_count_series_t *series,
    const imr_depletion_options_t *options, imr_fault_t *fault);
void imr_depletion_free(imr_depletion_t *self); /* safe after a failed call, and twice */

#endif
