/* Visits, read and checked once: intervals between them, equal ones counted together. */
#ifndef IMR_PANEL_MARKOV_ROWS_H
#define IMR_PANEL_MARKOV_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "survival/panel_markov_matrix.h"

#define IMR_PANEL_MOST_SETS 16
#define IMR_PANEL_MOST_COVARIATES 16
#define IMR_PANEL_MOST_EFFECTS 64

/* n rows in any order. state: a code below chain.states, or chain.states + i for "one of the states in
 * set[i]". Sets of states have a bit a state. */
typedef struct {
    const int64_t *patient; /* any numbers */
    const double *day;
    const int64_t *state;
    const double *columns; /* n rows of k, or NULL with k = 0 */
    size_t n, k;
    imr_panel_chain_t chain;
    uint32_t exact; /* states whose day of entry is known */
    size_t sets;
    uint32_t set[IMR_PANEL_MOST_SETS];
} imr_panel_data_t;

typedef struct {
    double gap;
    uint32_t pattern; /* of covariates, at its start */
    uint32_t target; /* the set of states seen at its end */
    uint32_t row; /* as given, of its end */
    uint32_t count;
    uint8_t start;
    uint8_t exact; /* the target was entered on that very day */
} imr_panel_interval_t;

typedef struct {
    imr_panel_chain_t chain;
    uint32_t exact;
    size_t patients, intervals; /* intervals: different ones */
    imr_panel_interval_t *interval; /* in order of pattern, start, gap */
    size_t k, patterns;
    double *pattern; /* patterns x k: covariates less their mean, over their scale */
    double *mean, *scale, *range; /* k; the range in units of the scale */
    double shortest, longest, total; /* gaps */
    int64_t *first; /* patients + 1: where the rows of each begin */
    double *day; /* n, in order of patient, then day */
    int64_t *state; /* likewise */
    double *initial; /* patients x k: covariates of the first row */
    int64_t *seen; /* states x (states + sets): consecutive rows of a patient */
    size_t columns_of_seen;
    int64_t other_row; /* after a failure: the row that the one at fault contradicts, or -1 */
    void *block;
} imr_panel_rows_t;

/* The states that can be reached from each one, itself included, by transitions whose bit is set. */
void imr_panel_reach(const imr_panel_chain_t *chain, uint64_t transitions, uint32_t *reach);

/* IMR_ERR_NO_PATIENT, IMR_ERR_TOO_MANY_ROWS, IMR_ERR_NONFINITE, IMR_ERR_CODE, IMR_ERR_PANEL_SIZE,
 * IMR_ERR_PANEL_EXACT_LEFT, IMR_ERR_PANEL_TWO_STATES, IMR_ERR_PANEL_AFTER_DEATH, IMR_ERR_PANEL_IMPOSSIBLE,
 * IMR_ERR_PANEL_SET, IMR_ERR_PANEL_NO_INTERVAL, IMR_ERR_COLLINEAR, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_panel_rows(
    const imr_panel_data_t *data, imr_panel_rows_t *self, imr_fault_t *fault);
void imr_panel_rows_free(imr_panel_rows_t *self); /* safe after a failure, and twice */

#endif
