/* The greatest probability of a set of 2 x 2 tables over the common rate of the two groups.
 *
 * With `events` the number of responders in both groups, the probability is the sum over events of
 * share[events] C(N, events) p^events (1 - p)^(N - events), share[events] being the probability of
 * the set given the events: N + 1 numbers, however many tables. */
#ifndef IMR_EXACT_TEST_SUPREMUM_H
#define IMR_EXACT_TEST_SUPREMUM_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* A growing set: its shares, and its probability on a grid of rates. */
typedef struct {
    int64_t n; /* patients in both groups */
    size_t points;
    double *rates; /* the grid */
    double *probability; /* of the set, at each rate of the grid */
    double *share; /* given each number of events */
    double *basis; /* P(events) at each rate of the grid, a row a number of events */
    double *rise, *fall, *terms;
    double
        nearly; /* a point of the grid this share below the highest may lie beside the supremum */
} imr_supremum_t;

int IMR_MUST_CHECK imr_supremum_init(imr_supremum_t *self, int64_t n);
void imr_supremum_free(imr_supremum_t *self); /* safe after a failed init, and twice */

/* Back to the empty set. */
void imr_supremum_clear(imr_supremum_t *self);

/* Adds tables of so many events, whose probability given the events is `more`. */
void imr_supremum_add(imr_supremum_t *self, int64_t events, double more);

/* The greatest probability among rates from low to high, and a rate that has it. */
double imr_supremum_find(const imr_supremum_t *self, double low, double high, double *rate);

#endif
