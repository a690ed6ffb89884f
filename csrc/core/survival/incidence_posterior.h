/* Gamma posteriors of rates of events per person-time: Gamma(shape, rate) after `events` during
 * `exposure` and a gamma prior. Formulas: docs/methods/survival/incidence.md.
 *
 * Rows begin..end - 1; a step of 0 repeats one value. Rates are per unit of exposure. */
#ifndef IMR_INCIDENCE_POSTERIOR_H
#define IMR_INCIDENCE_POSTERIOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define IMR_MOST_FUTURE_EVENTS 10000000

typedef struct {
    const double *shape, *rate;
    size_t shape_step, rate_step;
} imr_gamma_rows_t;

int IMR_MUST_CHECK imr_incidence_posterior(const int64_t *events, size_t events_step,
    const double *exposure, size_t exposure_step, const imr_gamma_rows_t *prior, size_t begin,
    size_t end, double *shape, double *rate, double *mean, double *median, imr_fault_t *fault);

/* Equal-tailed limits. */
int IMR_MUST_CHECK imr_incidence_posterior_interval(const imr_gamma_rows_t *posterior, size_t begin,
    size_t end, double level, double *low, double *high, imr_fault_t *fault);

/* P(rate > threshold) */
int IMR_MUST_CHECK imr_incidence_posterior_above(const imr_gamma_rows_t *posterior,
    const double *threshold, size_t threshold_step, size_t begin, size_t end, double *probability,
    imr_fault_t *fault);

/* P(y events during a future exposure), y = 0..m: m + 1 values a row, row i at i * (m + 1) */
int IMR_MUST_CHECK imr_incidence_posterior_predictive(const imr_gamma_rows_t *posterior,
    const double *exposure, size_t exposure_step, int64_t m, size_t begin, size_t end,
    double *probability, imr_fault_t *fault);

#endif
