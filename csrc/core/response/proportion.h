/* One response rate: estimate and limits for `events` responders of `n` patients.
 * Formulas, sources and edge cases: docs/methods/response/proportion.md. */
#ifndef IMR_PROPORTION_H
#define IMR_PROPORTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_PROPORTION_METHOD_LIST(X)                                                              \
    X(IMR_PROPORTION_CLOPPER_PEARSON, "clopper-pearson")                                           \
    X(IMR_PROPORTION_MID_P, "mid-p")                                                               \
    X(IMR_PROPORTION_BLAKER, "blaker")                                                             \
    X(IMR_PROPORTION_MINLIKE, "minlike")                                                           \
    X(IMR_PROPORTION_WILSON, "wilson")                                                             \
    X(IMR_PROPORTION_WILSON_CC, "wilson-cc")                                                       \
    X(IMR_PROPORTION_AGRESTI_COULL, "agresti-coull")                                               \
    X(IMR_PROPORTION_JEFFREYS, "jeffreys")                                                         \
    X(IMR_PROPORTION_LIKELIHOOD, "likelihood")                                                     \
    X(IMR_PROPORTION_LOGIT, "logit")                                                               \
    X(IMR_PROPORTION_ARCSINE, "arcsine")                                                           \
    X(IMR_PROPORTION_WALD, "wald")

typedef enum { IMR_PROPORTION_METHOD_LIST(IMR_ENUM_OF_CHOICE) } imr_proportion_method_t;

typedef struct {
    imr_proportion_method_t method;
    imr_alternative_t alternative;
    double level;
} imr_proportion_options_t;

/* Remembers the limits of (events, n) pairs that came before: tables of small trials repeat. */
typedef struct {
    int64_t largest_n;
    double *limits; /* low and high of each pair with n <= largest_n; low is NaN while unknown */
} imr_proportion_memo_t;

/* A memo for `rows` rows; without effect, but valid, when remembering would not pay. */
int IMR_MUST_CHECK imr_proportion_memo_init(
    imr_proportion_memo_t *self, const int64_t *n, size_t n_step, size_t rows);
void imr_proportion_memo_free(
    imr_proportion_memo_t *self); /* safe after a failed init, and twice */

/* Estimates and limits for rows begin..end - 1 of events[i * events_step] of n[i * n_step]; a step
 * of 0 repeats one value. n = 0 gives the estimate NaN and the interval (0, 1). */
int IMR_MUST_CHECK imr_proportion(const int64_t *events, size_t events_step, const int64_t *n,
    size_t n_step, size_t begin, size_t end, const imr_proportion_options_t *options,
    imr_proportion_memo_t *memo, double *estimate, double *low, double *high, imr_fault_t *fault);

#endif
