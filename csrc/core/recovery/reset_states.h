/* The state of each patient on each day, and the share of patients in it where follow-up is censored:
 * Aalen and Johansen's estimate, with limits by the jackknife. Formulas: docs/methods/recovery/reset.md. */
#ifndef IMR_RESET_STATES_H
#define IMR_RESET_STATES_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"
#include "base/stop.h"

#define IMR_RESET_STATE_LIST(X)                                                                    \
    X(IMR_RESET_ACTIVE, "active") /* not yet depleted */                                           \
    X(IMR_RESET_APLASTIC, "aplastic")                                                              \
    X(IMR_RESET_DRUG_FREE, "recovered, drug-free") /* B cells back, in drug-free remission */      \
    X(IMR_RESET_ON_DRUGS, "recovered, not drug-free")                                              \
    X(IMR_RESET_RELAPSE_STATE, "relapsed")                                                         \
    X(IMR_RESET_DEAD, "dead")

typedef enum { IMR_RESET_STATE_LIST(IMR_ENUM_OF_CHOICE) IMR_RESET_STATES } imr_reset_state_t;

/* Days from infusion, infinite for what was not seen; the two of the return may be NaN for that. The
 * columns of drug_free and dead may be NULL. */
typedef struct {
    size_t n;
    const double *onset; /* of depletion */
    const double *return_left, *return_right; /* B cells came back in (left, right] */
    const double *followed, *relapse;
    const double *drug_free_from, *drug_free_to;
    const double *dead; /* 1: followed ends in death */
    double
        turn; /* from 0, the left end of the return, to 1, its right end: where it is taken to be */
} imr_reset_state_rows_t;

typedef struct {
    size_t n, days;
    double *share, *low, *high; /* days x states */
    int64_t *known; /* days: patients followed up to it, or dead */
    int64_t *complete; /* days: 1 where nobody was censored before it, so that limits are exact */
    int64_t *present; /* days x states: patients under observation in it */
    double *time, *time_low, *time_high; /* states: expected days in it up to tau */
    void *block;
} imr_reset_states_t;

/* at is ascending. Fails naming a column, `at`, `tau` or `level`: IMR_ERR_NO_PATIENT, IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE,
 * IMR_ERR_RESET_DAY, IMR_ERR_RESET_FLAG, IMR_ERR_RESET_ORDER, IMR_ERR_RESET_AFTER_END, IMR_ERR_TAU (beyond the
 * last follow-up), IMR_ERR_NOT_POSITIVE (tau), IMR_ERR_LEVEL, IMR_ERR_NOMEM, IMR_ERR_STOPPED. Quadratic in n. */
int IMR_MUST_CHECK imr_reset_states_init(imr_reset_states_t *self,
    const imr_reset_state_rows_t *rows, const double *at, size_t days, double tau, double level,
    imr_stop_t *stop, imr_fault_t *fault);
void imr_reset_states_free(imr_reset_states_t *self); /* safe after a failed init, and twice */

#endif
