/* Likelihood ratio limits of the NPMLE of interval-censored times: all curves whose log-likelihood is
 * within half a chi-squared quantile of the maximum. Method: docs/methods/survival/turnbull.md. */
#ifndef IMR_TURNBULL_LIMITS_H
#define IMR_TURNBULL_LIMITS_H

#include "base/stop.h"
#include "survival/turnbull.h"

typedef struct {
    imr_turnbull_ends_t ends;
    int fix_ties;
    double drop; /* by so much may twice the log-likelihood be less */
    double loglik;
    uint32_t first_entry; /* how many values are not after the first entry: 0 without entries */
    int exact_zero; /* is a time 0 among the rows? */
    imr_stop_t *stop; /* or NULL */
} imr_turnbull_limits_t;

/* Reads the rows of one group, with entries or NULL, and finds the maximum. Fails as
 * imr_turnbull_ends_init_entry does, and with IMR_ERR_LEVEL, IMR_ERR_UNCERTIFIED, IMR_ERR_STOPPED,
 * IMR_ERR_TURNBULL_UNLINKED. */
int IMR_MUST_CHECK imr_turnbull_limits_init(imr_turnbull_limits_t *self, const double *left,
    const double *right, const double *entry, size_t n, int fix_ties, double level,
    imr_stop_t *stop, imr_fault_t *fault);
void imr_turnbull_limits_free(
    imr_turnbull_limits_t *self); /* safe after a failed init, and twice */

/* Of the probability of no event up to `time`, which is any number but NaN. A limit below 1e-5 is
 * given as 0, one as close to 1 as 1. IMR_ERR_UNCERTIFIED, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_turnbull_survival_limits(
    imr_turnbull_limits_t *self, double time, double *low, double *high, imr_fault_t *fault);

/* Of the time by which a share p has had the event; *high is infinite where it may never be. Fails as
 * the above, and with IMR_ERR_PROBABILITY. */
int IMR_MUST_CHECK imr_turnbull_quantile_limits(
    imr_turnbull_limits_t *self, double p, double *low, double *high, imr_fault_t *fault);

#endif
