/* What a row of CAR T kinetics is read from: the samples of a patient from one infusion to the next. */
#ifndef IMR_EXPANSION_VISITS_H
#define IMR_EXPANSION_VISITS_H

#include "recovery/depletion_samples.h"

/* Beyond this a day would overflow an area or a slope; and so would copies outside 1e-100 to 1e100. */
#define IMR_EXPANSION_MOST_DAYS 1e9

/* Samples in order of day: those from the infusion to the next one, and the one before it. */
typedef struct {
    const imr_sample_t *sample;
    size_t n;
    const imr_sample_t *before; /* the last one since the infusion before, or NULL */
    double infusion;
} imr_visits_t;

/* Reads and checks the samples of one series, and the infusions; the words of faults are those of copies.
 * After IMR_ERR_DUPLICATE_SAMPLE *other_row is the earlier row of that day. */
int IMR_MUST_CHECK imr_expansion_samples(
    imr_samples_t *self, const imr_count_series_t *series, int64_t *other_row, imr_fault_t *fault);

/* The visits of one infusion among the n samples of a patient; before is the infusion before it, or
 * -infinity, and next the one after it, or infinity. */
imr_visits_t imr_expansion_visits(
    const imr_sample_t *sample, size_t n, double before, double infusion, double next);

/* What a model of log copies is given: the samples after the day of infusion, days counted from it, and the
 * log of each value or of the limit of one below it. Room for visits->n of each; returns how many. */
size_t imr_expansion_log_rows(
    const imr_visits_t *visits, double *day, double *log_copies, uint8_t *below);

/* Each of n samples must have a logarithm, or a limit that has: IMR_ERR_ZERO_COPIES. */
int IMR_MUST_CHECK imr_expansion_check_logs(
    const imr_sample_t *sample, size_t n, imr_fault_t *fault);

/* 0 copies are never quantified, with a limit or without one */
static inline int
imr_is_quantified(const imr_sample_t *sample)
{
    return !sample->unseen && sample->high > 0;
}

#endif
