/* Autoantibody and immunoglobulin titres: the decay of each patient's, and what of it stays.
 * Formulas, sources and edge cases: docs/methods/recovery/titre.md. */
#ifndef IMR_TITRE_H
#define IMR_TITRE_H

#include "base/stop.h"
#include "recovery/titre_decay.h"
#include "recovery/titre_rows.h"

typedef struct {
    double start_day; /* on which decay begins: samples up to it are of the steady state before */
    double half_life; /* NaN: estimated, of each patient */
    double sd; /* of log titres; NaN: estimated, of each patient or of all */
    int is_common; /* sd is estimated of all patients together, by imr_titre_pool */
    double level;
} imr_titre_options_t;

/* The columns of the answer, one row a patient; NaN where there is nothing to say. */
#define IMR_TITRE_NUMBER_LIST(X)                                                                   \
    X(share)                                                                                       \
    X(share_low)                                                                                   \
    X(share_high)                                                                                  \
    X(half_life)                                                                                   \
    X(half_life_low)                                                                               \
    X(half_life_high)                                                                              \
    X(short_lived)                                                                                 \
    X(long_lived)                                                                                  \
    X(sd)                                                                                          \
    X(loglik)                                                                                      \
    X(df)                                                                                          \
    X(score_norm)                                                                                  \
    X(first_day)                                                                                   \
    X(last_day)

#define IMR_TITRE_COUNT_LIST(X)                                                                    \
    X(status)                                                                                      \
    X(samples)                                                                                     \
    X(below)                                                                                       \
    X(above)                                                                                       \
    X(left_out)

#define IMR_DOUBLE_COLUMN(name) double *name;
#define IMR_INT64_COLUMN(name) int64_t *name;
typedef struct {
    imr_titre_options_t options;
    size_t patients;
    imr_titre_status_t pooled; /* IMR_TITRE_FITTED, or why there is no common scatter */
    double sd_df; /* with which sd was estimated of all patients; infinite where it is given */
    imr_titre_samples_t samples_of;
    double *scratch; /* 7 for each sample of the longest patient */
    void *block; /* holds all columns */
    IMR_TITRE_NUMBER_LIST(IMR_DOUBLE_COLUMN)
    IMR_TITRE_COUNT_LIST(IMR_INT64_COLUMN)
} imr_titre_t;
#undef IMR_DOUBLE_COLUMN
#undef IMR_INT64_COLUMN

/* Reads and checks the rows: faults of imr_titre_samples_init, and IMR_ERR_LEVEL,
 * IMR_ERR_TITRE_HALF_LIFE, IMR_ERR_TITRE_SD, IMR_ERR_NONFINITE and IMR_ERR_TITRE_DAY naming `level`,
 * `half_life`, `sd`, `start_day`. */
int IMR_MUST_CHECK imr_titre_init(imr_titre_t *self, const imr_titre_rows_t *rows,
    const imr_titre_options_t *options, imr_fault_t *fault);

/* Estimates the scatter that all patients have in common, before imr_titre_fit. IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_titre_pool(imr_titre_t *self, imr_stop_t *stop, imr_fault_t *fault);

/* Fits all patients: every one of them gets a status, none fails the call. IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_titre_fit(imr_titre_t *self, imr_stop_t *stop, imr_fault_t *fault);

void imr_titre_free(imr_titre_t *self); /* safe after a failed init, and twice */

#endif
