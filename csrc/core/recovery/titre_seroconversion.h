/* Loss of an autoantibody: from positive before the start to negative on samples in a row, whose day is
 * known only to lie between two samples. Definitions: docs/methods/recovery/titre.md. */
#ifndef IMR_TITRE_SEROCONVERSION_H
#define IMR_TITRE_SEROCONVERSION_H

#include "recovery/titre_rows.h"

#define IMR_SEROCONVERSION_STATUS_LIST(X)                                                          \
    X(IMR_SEROCONVERSION_CONVERTED, "converted", "")                                               \
    X(IMR_SEROCONVERSION_UNCONFIRMED, "unconfirmed",                                               \
        "the last samples are negative, but too few in a row")                                     \
    X(IMR_SEROCONVERSION_POSITIVE, "positive", "still positive at the last sample")                \
    X(IMR_SEROCONVERSION_NEGATIVE_BEFORE, "negative-at-baseline",                                  \
        "not above the upper limit of normal at the start, so there is nothing to lose")           \
    X(IMR_SEROCONVERSION_NO_BASELINE, "no-baseline", "no sample up to the start")                  \
    X(IMR_SEROCONVERSION_NO_FOLLOW_UP, "no-follow-up", "no sample after the start")

#define IMR_SEROCONVERSION_ENUM(name, words, reason) name,
#define IMR_SEROCONVERSION_ONE(name, words, reason) +1
typedef enum {
    IMR_SEROCONVERSION_STATUS_LIST(IMR_SEROCONVERSION_ENUM)
} imr_seroconversion_status_t;
enum { IMR_SEROCONVERSION_STATUSES = 0 IMR_SEROCONVERSION_STATUS_LIST(IMR_SEROCONVERSION_ONE) };

typedef struct {
    const int64_t *patient; /* codes, 0 to patients - 1 */
    const double *day, *value;
    const double *uln; /* upper limit of normal: positive above it, negative up to it */
    size_t uln_step; /* 0: one for all */
    const int64_t *assay; /* codes; NULL: one assay */
    imr_titre_infusions_t infusions;
    double start_day;
    int64_t confirm;
    size_t n, patients;
} imr_seroconversion_rows_t;

#define IMR_SEROCONVERSION_NUMBER_LIST(X)                                                          \
    X(left)                                                                                        \
    X(right)                                                                                       \
    X(baseline)                                                                                    \
    X(baseline_day)                                                                                \
    X(last_day)                                                                                    \
    X(positive_again_day)

#define IMR_SEROCONVERSION_COUNT_LIST(X)                                                           \
    X(status)                                                                                      \
    X(samples)                                                                                     \
    X(left_out)

#define IMR_DOUBLE_COLUMN(name) double *name;
#define IMR_INT64_COLUMN(name) int64_t *name;
typedef struct {
    size_t patients;
    void *block; /* holds all columns */
    IMR_SEROCONVERSION_NUMBER_LIST(IMR_DOUBLE_COLUMN)
    IMR_SEROCONVERSION_COUNT_LIST(IMR_INT64_COLUMN)
} imr_seroconversion_t;
#undef IMR_DOUBLE_COLUMN
#undef IMR_INT64_COLUMN

/* One row a patient; days are counted from the start. Seroconversion, dated by the first of `confirm`
 * negative samples in a row, lies in (left, right]; right is infinite where it was not seen, and both are
 * NaN where there is nothing to lose or to see. Faults of imr_titre_samples_init (a value may be 0), and
 * IMR_ERR_NOT_POSITIVE naming `uln`, IMR_ERR_TITRE_ASSAY naming `assay`, IMR_ERR_TITRE_DUPLICATE naming
 * `day`, IMR_ERR_TITRE_CONFIRM naming `confirm`. */
int IMR_MUST_CHECK imr_seroconversion(
    imr_seroconversion_t *self, const imr_seroconversion_rows_t *rows, imr_fault_t *fault);
void imr_seroconversion_free(imr_seroconversion_t *self); /* safe after a failed call, and twice */

#endif
