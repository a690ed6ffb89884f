/* The NPMLE of interval-censored rows that are left-truncated: a row is seen only because its event
 * comes after its entry. In the increments of the cumulative hazard over the cells the log-likelihood
 *     sum of log(1 - exp(-increments in (left, right])) - increments in (entry, left]
 * is concave. Method: docs/methods/survival/turnbull.md. */
#ifndef IMR_TURNBULL_TRUNCATION_H
#define IMR_TURNBULL_TRUNCATION_H

#include "survival/turnbull.h"

typedef struct {
    size_t rows;
    size_t begin; /* cells before it lie before all entries */
    size_t n_cells; /* the last takes what is left: its increment is infinite */
    double *left, *right; /* of each cell */
    double *cost; /* how many rows are known to pass each cell */
    uint32_t *place; /* n_cells: which unknown of `npmle` a cell belongs to, or UINT32_MAX */
    uint32_t *chosen; /* the cell that stands for each unknown: the first of the least cost */
    imr_turnbull_t npmle; /* its masses are increments */
    void *block; /* what the arrays above are in */
} imr_turnbull_truncation_t;

/* A press on the cumulative hazard up to a cut, as in imr_turnbull_cut_t: so much is added to the cost of
 * each cell before it. */
typedef struct {
    imr_turnbull_cut_t cut;
    double cost;
    double
        least; /* the least cost of a cell before the cut, without the press; less than that may be
                     taken off */
} imr_turnbull_pressure_t;

/* Finds the cells of the rows whose group is `code` (group NULL: of all rows) and guesses the
 * increments; ends must have entries. pressure may be NULL. Fails with IMR_ERR_NO_ROWS, and naming
 * `entry` with IMR_ERR_TURNBULL_UNLINKED. */
int IMR_MUST_CHECK imr_turnbull_truncation_init(imr_turnbull_truncation_t *self,
    const imr_turnbull_ends_t *ends, const int64_t *group, int64_t code,
    imr_turnbull_pressure_t *pressure, imr_fault_t *fault);
void imr_turnbull_truncation_free(
    imr_turnbull_truncation_t *self); /* safe after a failed init, and twice */

/* As imr_turnbull_advance. */
int IMR_MUST_CHECK imr_turnbull_truncation_advance(
    imr_turnbull_truncation_t *self, int *done, imr_fault_t *fault);

/* The log-likelihood at the end, and its certificate: no other curve has one that is larger by more than
 * kkt_gap times the rows. A press is part of it. IMR_ERR_UNCERTIFIED. */
int IMR_MUST_CHECK imr_turnbull_truncation_certify(
    imr_turnbull_truncation_t *self, double *loglik, double *kkt_gap, imr_fault_t *fault);

/* As imr_turnbull_finish. */
int IMR_MUST_CHECK imr_turnbull_truncation_finish(
    imr_turnbull_truncation_t *self, imr_turnbull_estimate_t *estimate, imr_fault_t *fault);

#endif
