/* Titres in rows: the logarithm of each as an interval, in order of patient and day, without the samples
 * drawn after an infusion of immunoglobulin. Definitions: docs/methods/recovery/titre.md. */
#ifndef IMR_TITRE_ROWS_H
#define IMR_TITRE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define IMR_TITRE_MOST_DAYS 1e6

/* What limits a value: NULL where there is none; a step of 0 is one limit for all rows. */
typedef struct {
    const double *lloq, *uloq;
    size_t lloq_step, uloq_step;
    double dilution; /* the factor between two steps; NaN: values are known exactly */
} imr_titre_limits_t;

/* Infusions of immunoglobulin, in any order: a sample drawn up to `window` days after one is left out. */
typedef struct {
    const int64_t *patient;
    const double *day;
    size_t n;
    double window;
} imr_titre_infusions_t;

typedef struct {
    const int64_t *patient; /* codes, 0 to patients - 1 */
    const double *day;
    const double *value; /* NULL: the order is all that is wanted */
    const uint8_t *below; /* flags values below their limit; NULL: none */
    imr_titre_limits_t limits;
    imr_titre_infusions_t infusions;
    size_t n, patients;
} imr_titre_rows_t;

typedef struct {
    double day, low, high; /* of log(value): equal where it is known, infinite where it is open */
    uint32_t row;
} imr_titre_sample_t;

typedef struct {
    size_t patients;
    imr_titre_sample_t *sample; /* by patient, then by day, then by row */
    size_t *start; /* those of patient p stand from start[p] to start[p + 1] */
    int64_t *left_out; /* patients: samples within a window */
    void *block;
} imr_titre_samples_t;

/* The logarithm of row i of values: below its limit when it is less than lloq or flagged (the value is the
 * limit where there is no other), above when it is uloq or more, and between two steps of a dilution.
 * Fails naming `argument`: IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_TITRE_ZERO, IMR_ERR_NOT_POSITIVE
 * (beyond 1e100), IMR_ERR_COUNT_ABOVE_LIMIT; or naming `lloq`, `uloq`: IMR_ERR_NOT_POSITIVE,
 * IMR_ERR_TITRE_LIMITS. */
int IMR_MUST_CHECK imr_titre_interval(const imr_titre_limits_t *limits, const double *value,
    const uint8_t *below, size_t i, const char *argument, double *low, double *high,
    imr_fault_t *fault);

/* IMR_ERR_TITRE_DILUTION. */
int IMR_MUST_CHECK imr_titre_check_dilution(double dilution, imr_fault_t *fault);

/* As imr_titre_interval; IMR_ERR_PATIENT_CODE naming `patient`, IMR_ERR_NONFINITE and IMR_ERR_TITRE_DAY
 * naming `day`, `ivig_day` or `ivig_window`, IMR_ERR_TITRE_DILUTION, IMR_ERR_TOO_MANY_ROWS, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_titre_samples_init(
    imr_titre_samples_t *self, const imr_titre_rows_t *rows, imr_fault_t *fault);
void imr_titre_samples_free(imr_titre_samples_t *self); /* safe after a failed init, and twice */

#endif
