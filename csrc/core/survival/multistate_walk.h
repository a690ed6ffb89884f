/* Aalen and Johansen's product over the times of transitions, from a distribution over the states at one
 * row of the counts, with its variance, and the time spent in each state. */
#ifndef IMR_MULTISTATE_WALK_H
#define IMR_MULTISTATE_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"
#include "base/stop.h"
#include "survival/multistate_rows.h"

#define IMR_MULTISTATE_VARIANCE_LIST(X)                                                            \
    X(IMR_MULTISTATE_JACKKNIFE, "jackknife") /* infinitesimal, of patients */                      \
    X(IMR_MULTISTATE_GREENWOOD, "greenwood") /* of independent transitions */

typedef enum { IMR_MULTISTATE_VARIANCE_LIST(IMR_ENUM_OF_CHOICE) } imr_multistate_variance_t;

/* What has been seen: n rows, one a distinct time; columns of a state or a transition are one after the
 * other. Stretches, in order of patient, then time, have their own axis, rows of which are where one ends. */
typedef struct {
    size_t n, states, transitions, spans;
    double *time;
    int64_t *at_risk; /* states x n: just before the time */
    int64_t *events; /* transitions x n */
    int64_t *from, *to; /* of each transition, ascending */
    const imr_multistate_stretch_t *span; /* borrowed */
    size_t places;
    uint32_t *before; /* rows before each place, and n */
} imr_multistate_counts_t;

/* The first place with at least so many rows before it. */
static inline size_t
imr_multistate_place(const imr_multistate_counts_t *counts, size_t rows)
{
    size_t low = 0, high = counts->places;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (counts->before[middle] < rows) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

typedef struct {
    imr_multistate_variance_t variance;
    size_t first; /* the row of the first transition that counts */
    const double *start; /* the distribution before it */
    /* start is the share of so many patients, those at risk at or before row `until`; 0: it is given */
    int64_t counted;
    size_t until;
    double since, tau; /* time in a state is that of (since, tau], of no earlier row than first */
} imr_multistate_walk_t;

typedef struct {
    double *estimate, *variance; /* (n - first) x states, after each row; variance may be NULL */
    double *time, *time_variance; /* states, or NULL */
    /* The first row and state where patients change who are in a state of estimate 0; -1: none. */
    int64_t lost_row, lost_state;
} imr_multistate_path_t;

/* Linear in rows; with the jackknife the stretches times the logarithm of rows. IMR_ERR_NOMEM,
 * IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_multistate_walk(const imr_multistate_counts_t *counts,
    const imr_multistate_walk_t *walk, imr_multistate_path_t *path, imr_stop_t *stop,
    imr_fault_t *fault);

#endif
