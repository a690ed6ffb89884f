/* Beta posteriors of response rates: Beta(alpha, beta) after `events` of `n` and a beta prior.
 * Formulas, sources and edge cases: docs/methods/response/posterior.md.
 *
 * Every function works on rows begin..end - 1; a step of 0 repeats one value. Shapes lie between
 * IMR_PRIOR_MIN and 1e16, else IMR_ERR_PRIOR. */
#ifndef IMR_POSTERIOR_H
#define IMR_POSTERIOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_POSTERIOR_KIND_LIST(X)                                                                 \
    X(IMR_POSTERIOR_EQUAL_TAILED, "equal-tailed")                                                  \
    X(IMR_POSTERIOR_HIGHEST_DENSITY, "highest-density")

typedef enum { IMR_POSTERIOR_KIND_LIST(IMR_ENUM_OF_CHOICE) } imr_posterior_kind_t;

/* Below 0.1 the mass near 0 lies below the smallest double. */
#define IMR_PRIOR_MIN 0.1
#define IMR_PRIOR_MAX 1e6
#define IMR_MOST_FUTURE_PATIENTS 10000000

typedef struct {
    const double *alpha;
    size_t alpha_step;
    const double *beta;
    size_t beta_step;
} imr_shapes_t;

int IMR_MUST_CHECK imr_posterior(const int64_t *events, size_t events_step, const int64_t *n,
    size_t n_step, const imr_shapes_t *prior, size_t begin, size_t end, double *alpha, double *beta,
    double *mean, double *median, imr_fault_t *fault);

/* The shortest interval for highest density; a density without a single peak inside (no patient
 * and a prior with both shapes at most 1) gets the equal-tailed one. */
int IMR_MUST_CHECK imr_posterior_interval(const imr_shapes_t *shapes, size_t begin, size_t end,
    imr_posterior_kind_t kind, double level, double *low, double *high, imr_fault_t *fault);

/* P(rate > p0) */
int IMR_MUST_CHECK imr_posterior_above(const imr_shapes_t *shapes, const double *p0, size_t p0_step,
    size_t begin, size_t end, double *probability, imr_fault_t *fault);

/* P(rate > other rate + margin) */
int IMR_MUST_CHECK imr_posterior_greater(const imr_shapes_t *shapes, const imr_shapes_t *other,
    double margin, size_t begin, size_t end, double *probability, imr_fault_t *fault);

/* P(y of m future patients respond), y = 0..m: m + 1 values a row, row i at i * (m + 1) */
int IMR_MUST_CHECK imr_posterior_predictive(const imr_shapes_t *shapes, int64_t m, size_t begin,
    size_t end, double *probability, imr_fault_t *fault);

/* The predictive probability that P(rate > p0) will exceed threshold after m more patients */
int IMR_MUST_CHECK imr_posterior_success(const imr_shapes_t *shapes, int64_t m, double p0,
    double threshold, size_t begin, size_t end, double *probability, imr_fault_t *fault);

#endif
