/* The cumulative incidence of B cell return, known only to lie between two visits, where death, rescue
 * therapy or a second infusion at an exact time may come first: nonparametric maximum likelihood.
 * Formulas, conventions, sources and edge cases: docs/methods/recovery/reconstitution.md.
 *
 * What can hold mass are the cells: innermost intervals of return; blocks of competing times between
 * which nobody is censored; and the rest, what comes after the last censoring. A row of return holds a
 * range of the first, a competing row its block, and a censored row all that begins at its time or
 * later: its `class`. The gradient of a cell is the sum of weight / P over the rows that hold it; at
 * the maximum none exceeds the rows, and where there is mass it equals them. */
#ifndef IMR_RECONSTITUTION_H
#define IMR_RECONSTITUTION_H

#include "survival/turnbull.h"

/* The largest kkt_gap of an answer that is given. */
#define IMR_RECONSTITUTION_CERTIFIED 1e-8
/* The matrix of so many cells takes 18 MB, and a step some tenths of a second. */
#define IMR_RECONSTITUTION_MOST_CELLS 1500

/* --- the rows of all groups -------------------------------------------------------------------- */

enum { IMR_RECONSTITUTION_CENSORED, IMR_RECONSTITUTION_RETURN, IMR_RECONSTITUTION_COMPETING };

typedef struct {
    imr_turnbull_ends_t ends; /* of what came first: a competing event is one time */
    uint8_t *kind;
    uint8_t *unseen; /* 1 where B cells may have returned unseen before a competing event */
    const int64_t *cause;
    size_t merged; /* times that were merged into an earlier one */
} imr_reconstitution_rows_t;

/* Reads and checks the rows and finds what came first in each: the return in (left, right] where
 * right <= competing, else the competing event, which is infinite where there was none (competing NULL:
 * nowhere). With unseen_returns an event after the last visit without B cells counts as a return
 * since that visit. cause, codes from 0 to causes - 1, or NULL, is not copied; it is read where a
 * competing event came first.
 *
 * Fails naming `left`, `right` or `competing` as imr_turnbull_ends_init does, and with
 * IMR_ERR_COMPETING_MISSING, IMR_ERR_COMPETING_CAUSE. */
int IMR_MUST_CHECK imr_reconstitution_rows_init(imr_reconstitution_rows_t *self, const double *left,
    const double *right, const double *competing, const int64_t *cause, int64_t causes, size_t n,
    int unseen_returns, int fix_ties, imr_fault_t *fault);
void imr_reconstitution_rows_free(
    imr_reconstitution_rows_t *self); /* safe after failed init, twice */

/* --- the maximisation for one group ------------------------------------------------------------ */

typedef struct {
    double time;
    int64_t cause;
    double patients;
    size_t block;
} imr_reconstitution_point_t;

typedef struct {
    size_t rows, n_returned, n_competing, n_unseen;
    size_t returns, blocks, n_cells; /* cells: returns, blocks, and perhaps the rest */
    int has_rest;
    double last_censored;
    double *left, *right; /* of the cells of return */
    size_t n_distinct; /* rows of return that hold different cells */
    uint32_t *begin, *end;
    double *weight;
    double *block_weight;
    size_t n_classes;
    double *class_weight;
    uint32_t *reach; /* of each cell: how many of the classes, in order of time, hold it */
    size_t n_points;
    imr_reconstitution_point_t *point; /* competing times by time and cause */

    double *mass, *gradient, *trial_mass, *trial_gradient, *target;
    double *sum; /* of the masses of return before each */
    double *p, *trial_p; /* of distinct rows of return, blocks, classes */
    double *bucket;
    double excess; /* the largest gradient over the total weight, less 1 */
    double total; /* the rows, and the pull */
    size_t cut_cells; /* how many cells of return end at the cut or before it */
    double
        pull; /* the weight of a row more, which holds the cells from pull_begin to pull_end - 1 */
    size_t pull_begin, pull_end;
    uint32_t *candidate;
    uint8_t *passive;
    double *matrix, *factor, *solution, *at;
    size_t matrix_room;
    int64_t iterations;
    double least_excess;
    int rounds_since_less;
    void *block;
} imr_reconstitution_t;

/* Finds the cells of the rows whose group is `code` (group NULL: all).
 * IMR_ERR_NO_ROWS; IMR_ERR_RECONSTITUTION_SIZE. */
int IMR_MUST_CHECK imr_reconstitution_init(imr_reconstitution_t *self,
    const imr_reconstitution_rows_t *rows, const int64_t *group, int64_t code, imr_fault_t *fault);
void imr_reconstitution_free(imr_reconstitution_t *self); /* safe after a failed init, and twice */

/* Further ends of cells at the time `cut`, so that return up to then and return after it are cells of their
 * own, and always a rest; it has no weight. */
int IMR_MUST_CHECK imr_reconstitution_init_cut(imr_reconstitution_t *self,
    const imr_reconstitution_rows_t *rows, const int64_t *group, int64_t code, double cut,
    imr_fault_t *fault);

/* One round of the maximisation; *done when it has come to its end. */
int IMR_MUST_CHECK imr_reconstitution_advance(
    imr_reconstitution_t *self, int *done, imr_fault_t *fault);

/* The excess at the masses, with all that it is made of computed anew. */
double imr_reconstitution_certify(imr_reconstitution_t *self);

/* The log-likelihood of the rows at the masses over their sum. */
double imr_reconstitution_loglik(const imr_reconstitution_t *self);

/* --- the estimate ------------------------------------------------------------------------------ */

typedef struct {
    size_t n_support; /* innermost intervals with mass */
    double *left, *right, *mass;
    double *estimate; /* the probability of return up to `right` */
    size_t n_innermost;
    double *innermost_left, *innermost_right, *innermost_mass;
    size_t n_points;
    double *time, *cause, *point_mass; /* of competing events */
    double rest; /* the probability of neither up to the last censoring, and what comes after */
    double last_censored;
    double loglik, kkt_gap;
    void *block; /* what the arrays are in; imr_free it */
} imr_reconstitution_estimate_t;

/* Reads off the estimate, and certifies it anew from rows and masses. IMR_ERR_UNCERTIFIED naming
 * kkt_gap, when that is above IMR_RECONSTITUTION_CERTIFIED; there is then no block. */
int IMR_MUST_CHECK imr_reconstitution_finish(
    imr_reconstitution_t *self, imr_reconstitution_estimate_t *estimate, imr_fault_t *fault);

#endif
