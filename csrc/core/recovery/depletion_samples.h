/* The samples of a count series: read, checked, ordered, one a day.
 * Definitions, conventions and edge cases: docs/methods/recovery/depletion.md. */
#ifndef IMR_DEPLETION_SAMPLES_H
#define IMR_DEPLETION_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "recovery/depletion.h"

/* The count of one day lies from `low` to `high`, and below `high` where `open`. */
typedef struct {
    double day;
    double low;
    double high;
    uint32_t row; /* of the input; of several, one that is below its limit if there is any */
    uint32_t rows; /* how many were combined */
    uint8_t open;
    uint8_t unseen; /* below the limit of its own sample */
} imr_sample_t;

/* The samples of patient p and series s are start[c] to start[c + 1] - 1, where
 * c = p * n_series + s. */
typedef struct {
    imr_sample_t *sample;
    size_t *start;
} imr_samples_t;

/* On failure *self holds nothing, and *other_row is the earlier row of that day after
 * IMR_ERR_DUPLICATE_DAY. */
int IMR_MUST_CHECK imr_depletion_samples(
    imr_samples_t *self, const imr_count_series_t *series, int64_t *other_row, imr_fault_t *fault);
void imr_depletion_samples_free(imr_samples_t *self);

/* The days given for patients and their infusions: infusion_start, infusion_day, lymphodepletion_day and
 * end_day, of which each may be NULL. The fault names one of the last three with its patient. */
int IMR_MUST_CHECK imr_check_infusions(const imr_count_series_t *series, imr_fault_t *fault);

#endif
