/* The duration between two interval-censored times, the onset and the end of B cell aplasia.
 * Formulas, sources and edge cases: docs/methods/recovery/aplasia.md.
 *
 * The onset lies in (onset_left, onset_right], the recovery in (recovery_left, recovery_right]. With an
 * onset at onset_right - width * s the duration lies in
 * (least + width * s, least + width * s + gap]; s is uniform on (0, 1). */
#ifndef IMR_APLASIA_H
#define IMR_APLASIA_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct {
    size_t n;
    size_t recovered; /* rows with a finite gap */
    double *least; /* from the last possible onset to the last visit without recovery */
    double *width; /* of the onset interval; 0: exact */
    double *gap; /* of the recovery interval; 0: exact; infinite: not recovered */
    double longest; /* the longest finite duration that a row names */
    void *block;
} imr_aplasia_rows_t;

/* Reads and checks the rows whose group is `code` (group NULL: all). Fails naming onset_left,
 * onset_right, recovery_left, recovery_right: IMR_ERR_NO_PATIENT, IMR_ERR_NONFINITE,
 * IMR_ERR_LEFT_AFTER_RIGHT, IMR_ERR_RECOVERY_BEFORE_ONSET, IMR_ERR_NO_DURATION,
 * IMR_ERR_RIGHT_MISSING. */
int IMR_MUST_CHECK imr_aplasia_rows_init(imr_aplasia_rows_t *self, const double *onset_left,
    const double *onset_right, const double *recovery_left, const double *recovery_right, size_t n,
    const int64_t *group, int64_t code, imr_fault_t *fault);
void imr_aplasia_rows_free(imr_aplasia_rows_t *self); /* safe after a failed init, and twice */

#endif
