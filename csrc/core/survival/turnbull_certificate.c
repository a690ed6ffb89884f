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
static double
certify(imr_turnbull_t *self, double *loglik)
{
    size_t m = self->n_cells;
    double *low = self->trial_sum, *step = self->curvature, *step_low = self->change;
    imr_sum_t sum = { 0, 0 };
    double most = 0;

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
            double slope = self->weight[i] / p;

            if (!(self->weight[i] > 0)) {
                continue;
            }
            *loglik += self->weight[i] * log(p);
            add_to(&step[j], &step_low[j], slope);
            add_to(&step[end], &step_low[end], -slope);
        }
    }
    sum = (imr_sum_t) { 0, 0 };
    for (size_t j = 0; j < m; j++) {
        sum = imr_sum_plus(sum, (imr_sum_t) { step[j], step_low[j] });
        self->gradient[j] = sum.high;
        most = fmax(most, sum.high);
    }
    return most / self->total - 1;
}

/* --- the estimate ------------------------------------------------------------------------------ */

static void
drop_leftovers(imr_turnbull_t *self)
{
    double room = LEFTOVER / self->total, total = 0;

    for (size_t j = 0; j < self->n_cells; j++) {
        if (self->mass[j] <= room) {
            room -= self->mass[j];
            self->mass[j] = 0;
        }
        total += self->mass[j];
    }
    for (size_t j = 0; j < self->n_cells; j++) {
        self->mass[j] /= total;
    }
}

static void
read_off(const imr_turnbull_t *self, imr_turnbull_estimate_t *estimate)
{
    size_t m = self->n_cells, s = 0;
    imr_sum_t after = { 0, 0 };

    memcpy(estimate->cell_left, self->left, m * sizeof(*self->left));
    memcpy(estimate->cell_right, self->right, m * sizeof(*self->right));
    memcpy(estimate->cell_mass, self->mass, m * sizeof(*self->mass));
    for (size_t j = 0; j < m; j++) {
        if (self->mass[j] > 0) {
            estimate->left[s] = self->left[j];
            estimate->right[s] = self->right[j];
            estimate->mass[s++] = self->mass[j];
        }
    }
    /* from the last, so that small probabilities are not what 1 leaves of a sum */
    for (; s > 0; s--) {
        estimate->estimate[s - 1] = after.high;
        after = imr_sum_add(after, estimate->mass[s - 1]);
    }
}

int
imr_turnbull_finish(imr_turnbull_t *self, imr_turnbull_estimate_t *estimate, imr_fault_t *fault)
{
    size_t m = self->n_cells, s = 0;

    memset(estimate, 0, sizeof(*estimate));
    drop_leftovers(self);
    estimate->kkt_gap = certify(self, &estimate->loglik);
    if (!(estimate->kkt_gap <= IMR_TURNBULL_CERTIFIED)) {
        return imr_fault(fault, IMR_ERR_UNCERTIFIED, "kkt_gap", -1, estimate->kkt_gap);
    }
    estimate->kkt_gap = fmax(0, estimate->kkt_gap);
    for (size_t j = 0; j < m; j++) {
        s += self->mass[j] > 0;
    }
    estimate->n_support = s;
    estimate->n_cells = m;
    estimate->block = imr_malloc(4 * s + 3 * m, sizeof(double));
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
    read_off(self, estimate);
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
