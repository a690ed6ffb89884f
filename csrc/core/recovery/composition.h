/* B cell subsets as compositions: shares that sum to one, of which only ratios carry information.
 * Formulas, sources and edge cases: docs/methods/recovery/composition.md. */
#ifndef IMR_COMPOSITION_H
#define IMR_COMPOSITION_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* What a zero is replaced by, in units of the limit of its subset (Martin-Fernandez, Barcelo-Vidal
 * and Pawlowsky-Glahn 2003). */
#define IMR_COMPOSITION_OF_LIMIT 0.65
/* How far a row may sum from the total, in units of the total: what rounding to whole per cent does. */
#define IMR_COMPOSITION_TOLERANCE 0.01

typedef struct {
    const double *value; /* n x parts */
    size_t n, parts;
    double total; /* what each row sums to; NaN: whatever it does */
    const double *limit; /* parts, or n x parts when limits_by_row; NULL: no zeros allowed */
    int limits_by_row;
    const char *name; /* of the argument, for a fault */
} imr_composition_rows_t;

typedef struct {
    size_t n, parts;
    double *share; /* n x parts: closed, zeros replaced */
    double *clr; /* n x parts: log(share) less its mean over the row */
    int64_t *replaced; /* n: zeros of the row */
    double *centre; /* parts: the geometric means, closed */
    double *variation; /* parts x parts: variance of log(share_j / share_k); NaN of one row */
    double total_variance;
    void *block;
} imr_composition_t;

/* Fails naming rows->name: IMR_ERR_NO_PATIENT, IMR_ERR_COMPOSITION_PARTS (fewer than two),
 * IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_COMPOSITION_EMPTY (a row of zeros),
 * IMR_ERR_COMPOSITION_SUM, IMR_ERR_COMPOSITION_ZERO, IMR_ERR_COMPOSITION_RANGE, IMR_ERR_NOMEM; or naming
 * `limit`: IMR_ERR_NOT_POSITIVE, IMR_ERR_COMPOSITION_LIMIT; or `total`: IMR_ERR_NOT_POSITIVE. */
int IMR_MUST_CHECK imr_composition_init(
    imr_composition_t *self, const imr_composition_rows_t *rows, imr_fault_t *fault);
void imr_composition_free(imr_composition_t *self); /* safe after a failed init, and twice */

/* --- the share of some subsets ------------------------------------------------------------------ */

typedef struct {
    double *share; /* n: of the subsets chosen together */
    double mean, low, high; /* back from the mean on the logit scale, with Student's limits */
    double median, median_low, median_high; /* with the limits of the sign test */
    double achieved_level; /* of those: at least the level, unless the limits are 0 and 1 */
    void *block;
} imr_composition_share_t;

/* chosen: 0 or 1 a part, at least one of each. One patient has limits 0 and 1.
 * Fails with IMR_ERR_LEVEL naming `level`, IMR_ERR_COMPOSITION_CHOICE naming `parts`, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_composition_share_init(imr_composition_share_t *self,
    const imr_composition_t *composition, const uint8_t *chosen, double level, imr_fault_t *fault);
void imr_composition_share_free(imr_composition_share_t *self); /* as above */

#endif
