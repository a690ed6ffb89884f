/* The distribution of an event time known only to lie between two visits: the nonparametric maximum
 * likelihood estimate of interval-censored data. Formulas, sources and edge cases:
 * docs/methods/survival/turnbull.md.
 *
 * The event of a row lies in (left, right]; right is infinite where no event was seen, and
 * left == right is an event at that very time. Mass can lie only in the maximal intersections of
 * the rows, here called cells; each row holds a range of them, and has as probability P their mass.
 * The gradient of a cell is the sum of weight / P over the rows that hold it: at the maximum none
 * exceeds the number of rows, and where there is mass it equals it. */
#ifndef IMR_TURNBULL_H
#define IMR_TURNBULL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/stop.h"

/* The largest kkt_gap of an answer that is given. */
#define IMR_TURNBULL_CERTIFIED 1e-8

/* --- the end points of all rows ---------------------------------------------------------------- */

typedef struct {
    size_t n;
    size_t n_values; /* distinct finite end points; on whole days, days */
    size_t merged; /* end points that were merged into an earlier one */
    double *value; /* ascending */
    uint32_t *left; /* the rank of each row's left end among the values */
    uint32_t *right; /* that of its right end, n_values where it is infinite */
    uint32_t *entry; /* NULL without entries; else how many values are not after that of each row */
} imr_turnbull_ends_t;

/* IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_LEFT_INFINITE, IMR_ERR_RIGHT_MISSING,
 * IMR_ERR_LEFT_AFTER_RIGHT. */
int IMR_MUST_CHECK imr_turnbull_check_row(
    double left, double right, size_t row, imr_fault_t *fault);

/* Reads, checks and ranks the end points; with fix_ties those of all rows that differ by rounding
 * alone become one (base/order.h). Fails naming `left` or `right`: IMR_ERR_NO_ROWS, IMR_ERR_TOO_MANY_ENDS,
 * IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_LEFT_INFINITE, IMR_ERR_RIGHT_MISSING,
 * IMR_ERR_LEFT_AFTER_RIGHT, IMR_ERR_INTERVAL_TIED. */
int IMR_MUST_CHECK imr_turnbull_ends_init(imr_turnbull_ends_t *self, const double *left,
    const double *right, size_t n, int fix_ties, imr_fault_t *fault);
/* As above, of rows that are seen only as the event comes after `entry` (or NULL), which is -infinity
 * where it is so anyway. Also naming `entry`: IMR_ERR_ENTRY_AFTER_LEFT, IMR_ERR_ENTRY_ORDER. */
int IMR_MUST_CHECK imr_turnbull_ends_init_entry(imr_turnbull_ends_t *self, const double *left,
    const double *right, const double *entry, size_t n, int fix_ties, imr_fault_t *fault);
void imr_turnbull_ends_free(imr_turnbull_ends_t *self); /* safe after a failed init, and twice */

/* --- the maximisation for one group ------------------------------------------------------------ */

typedef struct {
    size_t rows;
    double total; /* their weight */
    size_t n_cells;
    size_t n_distinct; /* rows that hold different cells */
    uint32_t *first; /* distinct rows first[j]..first[j + 1] - 1 begin with cell j */
    uint32_t *end; /* one past the last cell of each distinct row */
    double *weight; /* how many rows it stands for */
    double *left, *right; /* of each cell; equal where the cell is one time */

    double *mass; /* of each cell; sums to 1 */
    double *sum; /* the mass before each cell, and in the end of all */
    double *gradient; /* of each cell */
    double *trial_mass, *trial_sum, *trial_gradient;
    double *target; /* the masses that a step aims at */
    double *curvature; /* minus the second derivative in each sum */
    /* NULL but for left-truncated rows (survival/turnbull_truncation.h), whose unknowns are no masses */
    double *cost, *cover;
    double excess; /* the largest gradient less the total: 0 at the maximum */

    /* pools of the convex minorant; on the support, Newton's unknowns */
    double *level, *level_weight, *change;
    uint32_t *size, *place, *reach;
    size_t *entry;
    double *matrix;
    size_t matrix_room;

    int64_t iterations; /* evaluations of the gradient */
    double work, newton_work; /* done so far, in visits of a row */
    double least_excess;
    int rounds_since_less;
    int newton_wait, newton_pause; /* rounds until Newton's method is tried, and after a failure */
    void *block; /* what the arrays above are in, but for the matrix */
} imr_turnbull_t;

/* Finds the cells of the rows whose group is `code` (group NULL: of all rows) and guesses their
 * masses. IMR_ERR_NO_ROWS when there is no such row. */
int IMR_MUST_CHECK imr_turnbull_init(imr_turnbull_t *self, const imr_turnbull_ends_t *ends,
    const int64_t *group, int64_t code, imr_fault_t *fault);
/* A cut of the line: just after value cut / 2 - 1 and before value cut / 2 where it is even, else right
 * after value cut / 2 itself; from 0 to 2 * n_values. */
typedef struct {
    size_t at;
    size_t cells; /* how many cells lie before it: at least one, and one after it */
    size_t row[2]; /* the distinct rows that hold all cells before it, and after it */
    double weight[2]; /* of these, of rows of the data */
} imr_turnbull_cut_t;

/* As imr_turnbull_init for all rows, of the problem in which the mass before cut->at is under a
 * constraint: no cell crosses the cut, and two more rows, of no weight yet, hold all before it and all
 * after it. With a weight on one of them the maximum has more mass on that side, and is the maximum of
 * the likelihood among all curves with so much. Each cell gets some mass. */
int IMR_MUST_CHECK imr_turnbull_init_cut(imr_turnbull_t *self, const imr_turnbull_ends_t *ends,
    imr_turnbull_cut_t *cut, imr_fault_t *fault);
/* Puts weight on the row of side 0 or 1, none on that of the other, and begins anew from the masses. */
void imr_turnbull_press(
    imr_turnbull_t *self, const imr_turnbull_cut_t *cut, int side, double weight);

/* closed[v]: how many cells end at value v or before, and closed[n_values] how many there are, for
 * n_values + 1 places. A row that was taken holds the cells closed[left] (one before where it is an
 * exact time) to closed[right] - 1. */
void imr_turnbull_closed(
    const imr_turnbull_t *self, const imr_turnbull_ends_t *ends, uint32_t *closed);
void imr_turnbull_free(imr_turnbull_t *self); /* safe after a failed init, and twice */

/* Goes on with the maximisation for some tens of milliseconds; *done when it has come to its end. The
 * log-likelihood never falls. */
int IMR_MUST_CHECK imr_turnbull_advance(imr_turnbull_t *self, int *done, imr_fault_t *fault);

/* --- the estimate ------------------------------------------------------------------------------ */

typedef struct {
    size_t n_support; /* cells with mass */
    double *left, *right, *mass;
    double *estimate; /* the probability of an event after `right` */
    size_t n_cells;
    double *cell_left, *cell_right, *cell_mass;
    double *cell_least, *cell_most; /* the probability after it, among curves of this likelihood */
    size_t rank; /* of the equations of the rows for the masses of n_support */

    double loglik;
    double kkt_gap; /* the largest gradient over all cells, over the rows, less 1, at least 0 */
    void *block; /* what the arrays are in; imr_free it */
} imr_turnbull_estimate_t;

/* Reads off the estimate, and certifies it anew from rows and masses. Fails with
 * IMR_ERR_UNCERTIFIED, naming kkt_gap, when that is above IMR_TURNBULL_CERTIFIED; there is then no
 * block. */
int IMR_MUST_CHECK imr_turnbull_finish(
    imr_turnbull_t *self, imr_turnbull_estimate_t *estimate, imr_fault_t *fault);

/* All turns, and the estimate. Also IMR_ERR_STOPPED, when `stop` (or NULL) says so. */
int IMR_MUST_CHECK imr_turnbull_maximise(
    imr_turnbull_t *self, imr_turnbull_estimate_t *estimate, imr_stop_t *stop, imr_fault_t *fault);

#endif
