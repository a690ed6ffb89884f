/* What is read off the masses: the certificate and the estimate. */
#include <math.h>
#include <string.h>

#include "base/compensated.h"
#include "base/mem.h"
#include "survival/turnbull_steps.h"

/* No P is below 1 / total at the maximum: so much of that, in all, is what the iteration has not yet
 * taken from cells without mass. */
#define LEFTOVER 1e-11

/* --- the certificate --------------------------------------------------------------------------- */

static void
add_to(double *high, double *low, double x)
{
    imr_sum_t sum = { *high, *low };

    sum = imr_sum_add(sum, x);
    *high = sum.high;
    *low = sum.low;
}

/* The gradient and the log-likelihood at the masses, with sums of twice the precision. Returns the
 * largest gradient over the rows, less 1. */
double
imr_turnbull_certify(imr_turnbull_t *self, double *loglik)
{
    size_t m = self->n_cells;
    double *low = self->trial_sum, *step = self->curvature, *step_low = self->change;
    imr_sum_t sum = { 0, 0 };
    double most = 0, slack = 0, above = 0;

    for (size_t j = 0; j <= m; j++) {
        self->sum[j] = sum.high;
        low[j] = sum.low;
        sum = j < m ? imr_sum_add(sum, self->mass[j]) : sum;
        step[j] = step_low[j] = 0;
    }
    *loglik = 0;
    for (size_t j = 0; j < m; j++) {
        for (size_t i = self->first[j]; i < self->first[j + 1]; i++) {
            size_t end = self->end[i];
            double p = (self->sum[end] - self->sum[j]) + (low[end] - low[j]);
            double slope = self->weight[i] * imr_turnbull_slope(p, self->cost != NULL);

            if (!(self->weight[i] > 0)) {
                continue;
            }
            *loglik += self->weight[i] * (self->cost == NULL ? log(p) : log(-expm1(-p)));
            add_to(&step[j], &step_low[j], slope);
            add_to(&step[end], &step_low[end], -slope);
        }
    }
    sum = (imr_sum_t) { 0, 0 };
    for (size_t j = 0; j < m; j++) {
        sum = imr_sum_plus(sum, (imr_sum_t) { step[j], step_low[j] });
        self->gradient[j] = sum.high;
        most = fmax(most, sum.high / imr_turnbull_cost(self, j));
        if (self->cost != NULL) {
            *loglik -= self->cost[j] * self->mass[j];
            slack += self->mass[j] * (self->cost[j] - sum.high);
        }
    }
    if (self->cost == NULL) {
        return most - 1;
    }
    most = fmax(most, 1);
    for (size_t j = 0; j < m; j++) {
        for (size_t i = self->first[j]; i < self->first[j + 1]; i++) {
            size_t end = self->end[i];
            double p = (self->sum[end] - self->sum[j]) + (low[end] - low[j]);
            double slope = imr_turnbull_slope(p, 1);

            above += slope > 0 ? self->weight[i] * slope * log1p(most / slope) : 0;
        }
    }
    return ((1 - 1 / most) * above + slack) / (double) self->rows;
}

/* --- the estimate ------------------------------------------------------------------------------ */

void
imr_turnbull_drop_leftovers(imr_turnbull_t *self)
{
    double room = LEFTOVER / self->total, total = 0;

    for (size_t j = 0; j < self->n_cells; j++) {
        if (self->mass[j] <= room) {
            room -= self->mass[j];
            self->mass[j] = 0;
        }
        total += self->mass[j];
    }
    for (size_t j = 0; j < self->n_cells && self->cost == NULL; j++) {
        self->mass[j] /= total;
    }
}

int
imr_turnbull_estimate_room(
    imr_turnbull_estimate_t *estimate, size_t s, size_t m, imr_fault_t *fault)
{
    estimate->n_support = s;
    estimate->n_cells = m;
    estimate->block = imr_malloc(4 * s + 5 * m, sizeof(double));
    if (estimate->block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    estimate->left = estimate->block;
    estimate->right = estimate->left + s;
    estimate->mass = estimate->right + s;
    estimate->estimate = estimate->mass + s;
    estimate->cell_left = estimate->estimate + s;
    estimate->cell_right = estimate->cell_left + m;
    estimate->cell_mass = estimate->cell_right + m;
    estimate->cell_least = estimate->cell_mass + m;
    estimate->cell_most = estimate->cell_least + m;
    return IMR_OK;
}

void
imr_turnbull_read_support(imr_turnbull_estimate_t *estimate)
{
    size_t s = estimate->n_support;
    imr_sum_t after = { 0, 0 };

    /* from the last, so that small probabilities are not what 1 leaves of a sum */
    for (size_t j = estimate->n_cells; j-- > 0;) {
        estimate->cell_least[j] = estimate->cell_most[j] = after.high;
        if (estimate->cell_mass[j] > 0) {
            s--;
            estimate->left[s] = estimate->cell_left[j];
            estimate->right[s] = estimate->cell_right[j];
            estimate->mass[s] = estimate->cell_mass[j];
            estimate->estimate[s] = after.high;
            after = imr_sum_add(after, estimate->mass[s]);
        }
    }
}

int
imr_turnbull_finish(imr_turnbull_t *self, imr_turnbull_estimate_t *estimate, imr_fault_t *fault)
{
    size_t m = self->n_cells, s = 0;
    int status;

    memset(estimate, 0, sizeof(*estimate));
    imr_turnbull_drop_leftovers(self);
    estimate->kkt_gap = imr_turnbull_certify(self, &estimate->loglik);
    if (!(estimate->kkt_gap <= IMR_TURNBULL_CERTIFIED)) {
        return imr_fault(fault, IMR_ERR_UNCERTIFIED, "kkt_gap", -1, estimate->kkt_gap);
    }
    estimate->kkt_gap = fmax(0, estimate->kkt_gap);
    for (size_t j = 0; j < m; j++) {
        s += self->mass[j] > 0;
    }
    status = imr_turnbull_estimate_room(estimate, s, m, fault);
    if (status != IMR_OK) {
        return status;
    }
    memcpy(estimate->cell_left, self->left, m * sizeof(*self->left));
    memcpy(estimate->cell_right, self->right, m * sizeof(*self->right));
    memcpy(estimate->cell_mass, self->mass, m * sizeof(*self->mass));
    estimate->rank = s;
    imr_turnbull_read_support(estimate);
    return IMR_OK;
}

int
imr_turnbull_maximise(
    imr_turnbull_t *self, imr_turnbull_estimate_t *estimate, imr_stop_t *stop, imr_fault_t *fault)
{
    int done = 0;

    while (!done) {
        double before = self->work;
        int status = imr_turnbull_advance(self, &done, fault);

        if (status != IMR_OK) {
            return status;
        }
        /* the visits of this turn, in multiplications */
        if (imr_stop_asked(stop, 8 * (self->work - before))) {
            return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
    }
    return imr_turnbull_finish(self, estimate, fault);
}
