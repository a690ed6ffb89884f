/* Pointwise limits of the Kaplan-Meier curve by the beta product confidence procedure (Fay,
 * Brittain and Proschan 2013) and its mid-P form (Fay and Brittain 2016): they hold before the
 * first event, after the last patient, and for one patient.
 * Formulas, sources and edge cases: docs/methods/survival/kaplan_meier_beta.md. */
#ifndef IMR_KAPLAN_MEIER_BETA_H
#define IMR_KAPLAN_MEIER_BETA_H

#include <stdint.h>

#include "base/status.h"

/* The product W of independent betas, one an event time, by its first two moments. Sums of
 * logarithms, since the moments themselves would cancel (b and 1 - E(W) of large samples). */
typedef struct {
    double log_mean; /* log E(W) */
    double log_moment; /* log E(W^2) / E(W) */
    double log_spread; /* log E(W^2) / E(W)^2 */
} imr_beta_product_t;

/* A beta distribution on [0, 1], or a point at one of its ends. Shapes out of range belong to a W next
 * to 0; Beta(0, 1), a factor of nobody at risk, is 0 for certain, a product without factors 1. */
typedef struct {
    enum { IMR_BETA_AT_ZERO, IMR_BETA_AT_ONE, IMR_BETA_SPREAD } kind;
    double a, b;
} imr_beta_part_t;

/* What one curve has told so far: the caller feeds its rows in order of time. It holds no memory,
 * so a long curve can be fed in pieces, and a copy is a place to go on from. */
typedef struct {
    double tail; /* the probability left out on each side */
    int mid_p;
    int64_t fewest; /* at risk since the last event, or since the start */
    imr_beta_product_t product;
    double high; /* of the row before */
} imr_kaplan_meier_beta_t;

/* Starts a curve; with mid_p the mid-P form. Two-sided at the level given. IMR_ERR_LEVEL. */
int IMR_MUST_CHECK imr_kaplan_meier_beta_init(
    imr_kaplan_meier_beta_t *self, int mid_p, double level, imr_fault_t *fault);

/* The limits from the start to the first row, where S = 1: *high is 1, *low lies below 1. at_risk
 * is the number of patients just after the start: all of them, unless some enter late. To be called
 * before the first row, or not at all: then nobody enters before the first row.
 * IMR_ERR_NEGATIVE, IMR_ERR_COUNT. */
int IMR_MUST_CHECK imr_kaplan_meier_beta_start(
    imr_kaplan_meier_beta_t *self, int64_t at_risk, double *low, double *high, imr_fault_t *fault);

/* The next row, at time t: at_risk patients just before t, of whom `events` have the event and
 * `censored` leave at t, after the events. Counts may be sums of frequency weights, and may rise
 * from row to row (delayed entry: the method page says what holds then).
 * The limits hold for S on [t, time of the next row), t included: one pair a row is the curve.
 * When nobody is left *low is 0; once an event was seen *high lies below 1, and above 0 even where
 * S = 0 (limits below about 1e-24, which late entries alone can bring about, are 0).
 * `row` is named in a fault: IMR_ERR_NEGATIVE, IMR_ERR_COUNT above 2^53, and IMR_ERR_EVENTS_EXCEED
 * when events and censored are more than at_risk. */
int IMR_MUST_CHECK imr_kaplan_meier_beta_row(imr_kaplan_meier_beta_t *self, int64_t at_risk,
    int64_t events, int64_t censored, int64_t row, double *low, double *high, imr_fault_t *fault);

/* The same row without its limits, for whoever wants those of a later row alone. */
int IMR_MUST_CHECK imr_kaplan_meier_beta_feed(imr_kaplan_meier_beta_t *self, int64_t at_risk,
    int64_t events, int64_t censored, int64_t row, imr_fault_t *fault);

/* --- the two distributions that the limits are quantiles of ------------------------------------ */

/* W as if the next event came at once (for lower limits), and W itself (for upper ones). */
void imr_kaplan_meier_beta_parts(
    const imr_kaplan_meier_beta_t *self, imr_beta_part_t *minus, imr_beta_part_t *plus);

/* The beta distribution with these moments; a point where the mean is 0 or 1. */
imr_beta_part_t imr_beta_part(double mean, double variance);

/* Limits that leave out `tail` (0 < tail < 1/2) on their side: quantiles of minus and of plus, or with
 * mid_p both of their mixture in halves. What base/quantile fails with. */
int IMR_MUST_CHECK imr_beta_parts_low(
    const imr_beta_part_t *minus, const imr_beta_part_t *plus, int mid_p, double tail, double *low);
int IMR_MUST_CHECK imr_beta_parts_high(const imr_beta_part_t *minus, const imr_beta_part_t *plus,
    int mid_p, double tail, double *high);

#endif
