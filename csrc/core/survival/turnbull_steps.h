/* Shared by the files of turnbull alone. */
#ifndef IMR_TURNBULL_STEPS_H
#define IMR_TURNBULL_STEPS_H

#include <math.h>

#include "survival/turnbull.h"

/* Does only rounding tell a time from an end (base/order.h)? */
static inline int
imr_turnbull_same_time(double time, double end)
{
    return isfinite(end) && fabs(time - end) <= 0x1p-26 + 0x1p-26 * fabs(end);
}

/* The probability of a row that holds the cells j to end - 1. */
static inline double
imr_turnbull_p(const double *mass, const double *sum, size_t j, size_t end)
{
    return end == j + 1 ? mass[j] : sum[end] - sum[j];
}

/* What ends at a value. */
enum { IMR_IS_EXACT = 1, IMR_IS_RIGHT_END = 2, IMR_IS_LEFT_END = 4 };

static inline int
imr_turnbull_is_exact(const imr_turnbull_ends_t *ends, size_t row)
{
    return ends->left[row] == ends->right[row];
}

/* The slope of the log-likelihood of one row in p, of log p or with left truncation of log(1 - exp(-p));
 * and minus the slope of that, for rows whose slope is that of one row times their weight. */
static inline double
imr_turnbull_slope(double p, int truncated)
{
    return truncated ? 1 / expm1(p) : 1 / p;
}

static inline double
imr_turnbull_bend(double slope, double of_one, int truncated)
{
    return slope * (truncated ? 1 + of_one : of_one);
}

static inline double
imr_turnbull_cost(const imr_turnbull_t *self, size_t j)
{
    return self->cost == NULL ? self->total : self->cost[j];
}

/* Writes the ends of the cells and returns how many they are; closed[v] becomes how many end at
 * value v or before. kinds and closed have n_values + 1 places. */
size_t imr_turnbull_find_cells(const imr_turnbull_ends_t *ends, const uint8_t *kinds, double *left,
    double *right, imr_turnbull_cut_t *cut, uint32_t *closed);
/* Room for n rows and m cells; 0 where there is none. */
int imr_turnbull_make_room(imr_turnbull_t *self, size_t n, size_t m);
/* Rows of one first and last cell, in a key, become one. */
void imr_turnbull_gather(
    imr_turnbull_t *self, uint64_t *keys, uint64_t *scratch, size_t n, int end_bits);

/* Takes away what the iteration has not yet taken from cells without mass. */
void imr_turnbull_drop_leftovers(imr_turnbull_t *self);
/* The certificate, over the rows, and the log-likelihood at the masses, with sums of twice the
 * precision. */
double imr_turnbull_certify(imr_turnbull_t *self, double *loglik);
/* Room for an estimate of s cells with mass among m, or IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_turnbull_estimate_room(
    imr_turnbull_estimate_t *estimate, size_t s, size_t m, imr_fault_t *fault);
/* Reads the cells with mass off all cells of the estimate. */
void imr_turnbull_read_support(imr_turnbull_estimate_t *estimate);

/* Goes from the masses to the target, or as far towards it as the log-likelihood rises, in at most so
 * many tries. */
void imr_turnbull_step_to_target(imr_turnbull_t *self, int tries);

/* Newton's step for the masses of the support, unless it leads nowhere or takes more work. */
int IMR_MUST_CHECK imr_turnbull_newton_step(
    imr_turnbull_t *self, double most_work, imr_fault_t *fault);

#endif
