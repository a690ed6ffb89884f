/* The restricted mean of the nonparametric estimate, with limits by the likelihood ratio.
 *
 * Of all masses f with a mean m the log-likelihood is largest where f is in proportion to y / k, with
 * costs k of the cells that are linear in their times, and y the masses at the maximum where each cell
 * counts for 1 / k (as in empirical likelihood; docs/methods/recovery/aplasia.md). So the slope of k is
 * searched for, and m is what comes out. */
#include "recovery/aplasia_npmle_limits.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/solve.h"

/* The cost of the cell that is free in the end goes down to exp of minus this. */
#define MOST_TILT 16.0

typedef struct {
    const imr_aplasia_ratio_t *ratio;
    imr_aplasia_npmle_t npmle; /* cells at the least times, or at the greatest */
    double horizon;
    int is_upper;
    double *scale;
    double mean, loglik; /* of what was found last */
    int status;
    imr_fault_t *fault;
} search_t;

static double
time_of(const search_t *self, size_t j)
{
    return fmin(self->horizon, self->npmle.left[j]);
}

/* Finds the masses for a tilt from 0 on: how far their log-likelihood is above the cut, in square roots,
 * which are nearly straight lines. */
static double
above_cut(double tilt, const void *context)
{
    search_t *self = (search_t *) (uintptr_t) context;
    imr_aplasia_npmle_t *npmle = &self->npmle;
    double sum = 0, total = 0;

    if (self->status != IMR_OK) {
        return -1e300;
    }
    for (size_t j = 0; j < npmle->n_cells; j++) {
        double part = time_of(self, j) / self->horizon;

        /* 1 at one end of the range of times, exp(-tilt) at the other */
        self->scale[j] = 1 / (1 + expm1(-tilt) * (self->is_upper ? part : 1 - part));
        npmle->mass[j] = 1 / (double) npmle->n_cells;
    }
    self->status = imr_aplasia_npmle_climb(npmle, 0, 0, self->ratio->stop, self->fault);
    for (size_t j = 0; j < npmle->n_cells; j++) {
        total += npmle->mass[j] * self->scale[j];
        sum += npmle->mass[j] * self->scale[j] * time_of(self, j);
    }
    self->mean = sum / total;
    self->loglik = imr_aplasia_npmle_loglik(npmle) - (double) npmle->rows * log(total);
    if (isinf(npmle->excess) || !isfinite(self->loglik)) {
        return -1e300;
    }
    return sqrt(self->ratio->drop) - sqrt(fmax(0, self->ratio->loglik - self->loglik));
}

/* At the largest tilt a mass may lie at the end of the range that no row needs, for which the others make
 * room: of two masses 1 - e and e the log-likelihood is lower by -n log(1 - e). */
static double
with_free_mass(const search_t *self)
{
    double spare = self->ratio->drop - (self->ratio->loglik - self->loglik);
    double free = -expm1(-spare / (double) self->npmle.rows);

    return (1 - free) * self->mean + free * (self->is_upper ? self->horizon : 0);
}

static int
search(search_t *self, double *limit)
{
    double low = 0, high = 0.25, root = 0;
    int status;

    while (above_cut(high, self) >= 0 && self->status == IMR_OK) {
        if (high >= MOST_TILT) {
            *limit = with_free_mass(self);
            return IMR_OK;
        }
        low = high;
        high *= 4;
    }
    if (self->status == IMR_OK) {
        status = imr_solve_bracketed(above_cut, self, low, high, 1e-9, &root);
        if (status == IMR_OK) {
            (void) above_cut(root, self);
            *limit = self->mean;
        } else if (self->status == IMR_OK) { /* else its fault is given already */
            self->status = imr_fault(self->fault, status, "limit", -1, NAN);
        }
    }
    return self->status;
}

static int
find_limit(const imr_aplasia_ratio_t *ratio, double horizon, int is_upper, double *limit,
    imr_fault_t *fault)
{
    search_t self = { .ratio = ratio, .horizon = horizon, .is_upper = is_upper, .fault = fault };
    int status = imr_aplasia_npmle_init_ends(&self.npmle, ratio->rows, is_upper, fault);

    if (status == IMR_OK) {
        self.scale = imr_malloc(self.npmle.n_cells, sizeof(*self.scale));
        self.npmle.scale = self.scale;
        status = self.scale == NULL ? imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN)
                                    : search(&self, limit);
    }
    imr_free(self.scale);
    imr_aplasia_npmle_free(&self.npmle);
    return status;
}

int
imr_aplasia_npmle_mean(imr_aplasia_between_t *answer, const imr_aplasia_ratio_t *ratio,
    double horizon, imr_fault_t *fault)
{
    const imr_aplasia_npmle_t *npmle = ratio->npmle;
    int status;

    *answer = (imr_aplasia_between_t) { 0, 0, NAN, NAN };
    if (!(horizon > 0 && isfinite(horizon))) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "horizon", -1, horizon);
    }
    for (size_t j = 0; j < npmle->n_cells; j++) {
        if (npmle->mass[j] > 0) {
            answer->left += npmle->mass[j] * fmin(horizon, npmle->left[j]);
            answer->right += npmle->mass[j] * fmin(horizon, npmle->right[j]);
        }
    }
    answer->left = fmin(horizon, answer->left); /* masses sum to 1 but for rounding */
    answer->right = fmin(horizon, answer->right);
    if (!npmle->is_uniform) {
        return IMR_OK;
    }
    status = find_limit(ratio, horizon, 0, &answer->low, fault);
    if (status == IMR_OK) {
        status = find_limit(ratio, horizon, 1, &answer->high, fault);
    }
    if (status == IMR_OK) { /* they enclose the estimate to the last digit too */
        answer->low = fmin(answer->low, answer->left);
        answer->high = fmin(horizon, fmax(answer->high, answer->right));
    }
    return status;
}
