/* Pseudo-observations: what each patient adds to an estimate, by leaving each out in turn (exactly).
 * Formulas, sources and edge cases: docs/methods/survival/pseudo_observations.md. */
#ifndef IMR_PSEUDO_OBSERVATIONS_H
#define IMR_PSEUDO_OBSERVATIONS_H

#include "survival/kaplan_meier.h"

#define IMR_PSEUDO_OBSERVATIONS_LIST(X)                                                            \
    X(IMR_PSEUDO_SURVIVAL, "survival")                                                             \
    X(IMR_PSEUDO_RMST, "rmst")                                                                     \
    X(IMR_PSEUDO_INCIDENCE, "incidence") /* of the cause of interest, the other competing */

typedef enum { IMR_PSEUDO_OBSERVATIONS_LIST(IMR_ENUM_OF_CHOICE) } imr_pseudo_observations_of_t;

/* The curve of all patients, and of all but one as far as it does not matter which. */
typedef struct {
    imr_kaplan_meier_t curve;
    int fix_ties;
    size_t n;
    double *kept; /* per row: survival without a patient who is there at the row, just before it */
    double *area; /* per row: the area under that up to the row */
    double
        *incidence; /* per row: that of interest before the row, without a patient who is there */
    int64_t *of_interest; /* per row: events of the cause of interest */
    double
        *without; /* per row, scratch: the estimate without a patient censored at it, with the event
                        of interest, or with another */
    uint32_t *row; /* of each patient */
    uint8_t *event; /* of each patient: 0, 1 of interest, or 2 */
} imr_pseudo_observations_t;

/* event: 0 censored, 1, and with causes 2 also 2: another cause. What imr_kaplan_meier fails with; *self is
 * then empty. Tied times are merged before anybody is left out. */
int IMR_MUST_CHECK imr_pseudo_observations_init(imr_pseudo_observations_t *self, const double *time,
    const uint8_t *event, size_t n, int causes, int fix_ties, imr_fault_t *fault);
void imr_pseudo_observations_free(imr_pseudo_observations_t *self); /* safe after a failed init */

/* value[i * step], for patient i: n times the estimate less n - 1 times that without i, at time t (for
 * "rmst" the horizon). A curve without its last patient is carried on as it was. Linear in n.
 * `argument` and `row` name t in a fault: IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_NOT_POSITIVE, and
 * IMR_ERR_TAU beyond the last follow-up where survival is above 0. */
int IMR_MUST_CHECK imr_pseudo_observations(imr_pseudo_observations_t *self,
    imr_pseudo_observations_of_t of, double t, const char *argument, int64_t row, double *estimate,
    double *value, size_t step, imr_fault_t *fault);

#endif
