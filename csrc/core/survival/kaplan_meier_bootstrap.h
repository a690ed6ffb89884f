/* The bootstrap distribution of a quantile of the Kaplan-Meier curve.
 * Formulas, sources and edge cases: docs/methods/survival/kaplan_meier_bootstrap.md. */
#ifndef IMR_KAPLAN_MEIER_BOOTSTRAP_H
#define IMR_KAPLAN_MEIER_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Patients sorted by time once; each replicate is a multiplicity a patient. */
typedef struct {
    size_t n;
    size_t rows;         /* distinct times, ties merged */
    double *time;        /* of each row */
    uint32_t *row_end;   /* [2 * row]: events end before this patient, [2 * row + 1]: the row does */
} imr_kaplan_meier_bootstrap_t;

/* event[i] is 1 for an event at time[i], 0 for censoring. Times follow the tie rule of base/order.
 * n >= 1. IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_EVENT, IMR_ERR_NO_PATIENT, IMR_ERR_TOO_MANY_ROWS,
 * IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_kaplan_meier_bootstrap_init(imr_kaplan_meier_bootstrap_t *self,
    const double *time, const uint8_t *event, size_t n, imr_fault_t *fault);
void imr_kaplan_meier_bootstrap_free(imr_kaplan_meier_bootstrap_t *self); /* also after a failed
                                                                             init, and twice */

/* The quantile at p of the data themselves; infinity when not reached. */
int IMR_MUST_CHECK imr_kaplan_meier_bootstrap_estimate(
    const imr_kaplan_meier_bootstrap_t *self, double p, double *quantile, imr_fault_t *fault);

/* quantile[0..end - begin - 1]: replicates begin..end - 1, replicate i out of stream i of the key,
 * whatever the division into calls. Infinity when not reached. IMR_ERR_PROBABILITY, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_kaplan_meier_bootstrap_replicates(const imr_kaplan_meier_bootstrap_t *self,
    double p, const uint64_t key[2], uint32_t begin, uint32_t end, double *quantile,
    imr_fault_t *fault);

#endif
