/* The bootstrap distribution of a quantile of the Kaplan-Meier curve.
 * Formulas, sources and edge cases: docs/methods/survival/kaplan_meier_bootstrap.md. */
#ifndef IMR_KAPLAN_MEIER_BOOTSTRAP_H
#define IMR_KAPLAN_MEIER_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* The patients in order of time: those of row r are first[r] .. first[r + 1] - 1, the ones with the
 * event in front, up to but not including censored_from[r]. A replicate is a multiplicity for each
 * patient. */
typedef struct {
    size_t n;
    size_t rows; /* distinct times, ties merged */
    double *time; /* of each row; the block that holds all three */
    uint32_t *first;
    uint32_t *censored_from;
} imr_kaplan_meier_bootstrap_t;

/* event[i] is 1 for an event at time[i], 0 for censoring. Times are tied by the rule of base/order.
 * IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_EVENT, IMR_ERR_NO_PATIENT, IMR_ERR_TOO_MANY_ROWS,
 * IMR_ERR_NOMEM; *self is then empty. */
int IMR_MUST_CHECK imr_kaplan_meier_bootstrap_init(imr_kaplan_meier_bootstrap_t *self,
    const double *time, const uint8_t *event, size_t n, imr_fault_t *fault);
/* Safe after a failed init, and twice. */
void imr_kaplan_meier_bootstrap_free(imr_kaplan_meier_bootstrap_t *self);

/* The quantile at p of the data themselves, by the rule of kaplan_meier_quantile.h: infinity where
 * the curve does not come down so far. IMR_ERR_PROBABILITY, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_kaplan_meier_bootstrap_estimate(
    const imr_kaplan_meier_bootstrap_t *self, double p, double *quantile, imr_fault_t *fault);

/* quantile[0 .. end - begin - 1]: replicates begin .. end - 1, replicate i out of stream i of the
 * key, so that the digits do not depend on how the replicates are divided into calls.
 * IMR_ERR_PROBABILITY, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_kaplan_meier_bootstrap_replicates(const imr_kaplan_meier_bootstrap_t *self,
    double p, const uint64_t key[2], uint32_t begin, uint32_t end, double *quantile,
    imr_fault_t *fault);

#endif
