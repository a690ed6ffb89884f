/* The bootstrap of the NPMLE of interval-censored times. What it is worth:
 * docs/methods/survival/turnbull.md. */
#ifndef IMR_TURNBULL_BOOTSTRAP_H
#define IMR_TURNBULL_BOOTSTRAP_H

#include "base/stop.h"
#include "survival/turnbull.h"

typedef struct {
    imr_turnbull_ends_t ends; /* of the data */
    imr_turnbull_ends_t drawn; /* of a resample; its values are lent */
    uint32_t *counts;
    int fix_ties;
    imr_stop_t *stop; /* or NULL */
} imr_turnbull_bootstrap_t;

/* Fails as imr_turnbull_ends_init does. */
int IMR_MUST_CHECK imr_turnbull_bootstrap_init(imr_turnbull_bootstrap_t *self, const double *left,
    const double *right, size_t n, int fix_ties, imr_stop_t *stop, imr_fault_t *fault);
void imr_turnbull_bootstrap_free(
    imr_turnbull_bootstrap_t *self); /* safe after failed init, twice */

/* Replicate i is stream i of the key. low[a * (end - begin) + i - begin] and high are the least and
 * the largest probability of no event up to asked[a] that are as likely or, with shares, the ends of
 * the interval in which the time lies by which a share asked[a] has had the event.
 * IMR_ERR_NONFINITE, IMR_ERR_PROBABILITY, IMR_ERR_UNCERTIFIED, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_turnbull_bootstrap(imr_turnbull_bootstrap_t *self, const uint64_t key[2],
    uint32_t begin, uint32_t end, const double *asked, size_t n_asked, int shares, double *low,
    double *high, imr_fault_t *fault);

#endif
