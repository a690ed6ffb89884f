/* Likelihood-ratio limits of the probability of return up to a time, and of the day by which a share
 * has returned. Method: docs/methods/recovery/reconstitution.md. */
#ifndef IMR_RECONSTITUTION_LIMITS_H
#define IMR_RECONSTITUTION_LIMITS_H

#include "base/stop.h"
#include "recovery/reconstitution.h"

/* One group of rows at its maximum, and how far below it a curve is still compatible. */
typedef struct {
    const imr_reconstitution_rows_t *rows;
    const int64_t *group;
    int64_t code;
    double loglik;
    double quantile; /* of twice the log-likelihood ratio */
    imr_stop_t *stop; /* NULL: never */
} imr_reconstitution_limits_t;

/* Maximises the likelihood of the rows whose group is `code` (group NULL: all). IMR_ERR_LEVEL, and as
 * imr_reconstitution_init; IMR_ERR_UNCERTIFIED. */
int IMR_MUST_CHECK imr_reconstitution_limits_init(imr_reconstitution_limits_t *self,
    const imr_reconstitution_rows_t *rows, const int64_t *group, int64_t code, double level,
    imr_stop_t *stop, imr_fault_t *fault);

/* The least and the largest probability of return up to `time`, 0 or more, among the curves whose
 * likelihood ratio is compatible. IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE;
 * IMR_ERR_UNCERTIFIED; IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_reconstitution_limits_at(const imr_reconstitution_limits_t *self,
    double time, double *low, double *high, imr_fault_t *fault);

/* The first and the last day at which a probability of return of p is compatible; infinite where that
 * day is after all rows. IMR_ERR_PROBABILITY; and as above. */
int IMR_MUST_CHECK imr_reconstitution_limits_quantile(const imr_reconstitution_limits_t *self,
    double p, double *low, double *high, imr_fault_t *fault);

#endif
