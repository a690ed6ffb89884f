/* The duration between two interval-censored times, the onset and the end of B cell aplasia.
 * Formulas, sources and edge cases: docs/methods/recovery/aplasia.md.
 *
 * The onset lies in (onset_left, onset_right], the recovery in (recovery_left, recovery_right]; equal
 * ends are exact times, and an infinite recovery_right is a recovery not yet seen. */
#ifndef IMR_APLASIA_H
#define IMR_APLASIA_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define IMR_APLASIA_MOST_COVARIATES 20

typedef struct {
    size_t n;
    size_t recovered; /* rows with a finite recovery_right */
    double *onset_left, *onset_right, *recovery_left, *recovery_right;
    size_t p; /* covariates */
    double *covariate; /* n x p, by rows */
    void *block;
} imr_aplasia_rows_t;

/* Reads and checks the rows whose group is `code` (group NULL: all). covariate is n x p by rows, or
 * NULL with p of 0. Fails naming onset_left, onset_right, recovery_left, recovery_right, X:
 * IMR_ERR_NO_PATIENT, IMR_ERR_NONFINITE, IMR_ERR_LEFT_AFTER_RIGHT, IMR_ERR_RECOVERY_BEFORE_ONSET,
 * IMR_ERR_NO_DURATION, IMR_ERR_RIGHT_MISSING, IMR_ERR_APLASIA_COVARIATES. */
int IMR_MUST_CHECK imr_aplasia_rows_init(imr_aplasia_rows_t *self, const double *onset_left,
    const double *onset_right, const double *recovery_left, const double *recovery_right,
    const double *covariate, size_t p, size_t n, const int64_t *group, int64_t code,
    imr_fault_t *fault);
void imr_aplasia_rows_free(imr_aplasia_rows_t *self); /* safe after a failed init, and twice */

#endif
