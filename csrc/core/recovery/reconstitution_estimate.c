/* From masses at the maximum to the estimate. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "recovery/reconstitution.h"

/* What the iteration has not yet taken from cells without mass, in all, of 1 / rows. */
#define LEFTOVER 1e-11

double
imr_reconstitution_loglik(const imr_reconstitution_t *self)
{
    const double *of_block = self->p + self->n_distinct, *of_class = of_block + self->blocks;
    double total = 0, loglik = 0;

    for (size_t j = 0; j < self->n_cells; j++) {
        total += self->mass[j];
    }
    for (size_t i = 0; i < self->n_distinct; i++) {
        loglik += self->weight[i] * log(self->p[i] / total);
    }
    for (size_t i = 0; i < self->n_points; i++) {
        const imr_reconstitution_point_t *point = &self->point[i];
        double share = point->patients / self->block_weight[point->block];

        loglik += point->patients * log(share * of_block[point->block] / total);
    }
    for (size_t k = 0; k < self->n_classes; k++) {
        loglik += self->class_weight[k] * log(of_class[k] / total);
    }
    return loglik;
}

static void
drop_leftovers(imr_reconstitution_t *self)
{
    double room = LEFTOVER / (double) self->rows, total = 0;

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
fill(imr_reconstitution_estimate_t *e, const imr_reconstitution_t *self)
{
    size_t s = 0;
    double total = 0;

    for (size_t j = 0; j < self->returns; j++) {
        e->innermost_left[j] = self->left[j];
        e->innermost_right[j] = self->right[j];
        e->innermost_mass[j] = self->mass[j];
        if (self->mass[j] > 0) {
            total += self->mass[j];
            e->left[s] = self->left[j];
            e->right[s] = self->right[j];
            e->mass[s] = self->mass[j];
            e->estimate[s++] = fmin(1, total);
        }
    }
    for (size_t i = 0; i < self->n_points; i++) {
        const imr_reconstitution_point_t *point = &self->point[i];

        e->time[i] = point->time;
        e->cause[i] = (double) point->cause;
        e->point_mass[i] = self->mass[self->returns + point->block] * point->patients
            / self->block_weight[point->block];
    }
}

int
imr_reconstitution_finish(
    imr_reconstitution_t *self, imr_reconstitution_estimate_t *e, imr_fault_t *fault)
{
    double *next;

    memset(e, 0, sizeof(*e));
    drop_leftovers(self);
    e->kkt_gap = imr_reconstitution_certify(self);
    if (!(e->kkt_gap <= IMR_RECONSTITUTION_CERTIFIED)) {
        return imr_fault(fault, IMR_ERR_UNCERTIFIED, "kkt_gap", -1, e->kkt_gap);
    }
    for (size_t j = 0; j < self->returns; j++) {
        e->n_support += self->mass[j] > 0;
    }
    e->n_innermost = self->returns;
    e->n_points = self->n_points;
    e->rest = self->has_rest ? self->mass[self->n_cells - 1] : 0;
    e->last_censored = self->last_censored;
    e->loglik = imr_reconstitution_loglik(self);
    e->block = imr_malloc(4 * e->n_support + 3 * e->n_innermost + 3 * e->n_points, sizeof(double));
    if (e->block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    next = e->block;
    e->left = next;
    e->right = e->left + e->n_support;
    e->mass = e->right + e->n_support;
    e->estimate = e->mass + e->n_support;
    e->innermost_left = e->estimate + e->n_support;
    e->innermost_right = e->innermost_left + e->n_innermost;
    e->innermost_mass = e->innermost_right + e->n_innermost;
    e->time = e->innermost_mass + e->n_innermost;
    e->cause = e->time + e->n_points;
    e->point_mass = e->cause + e->n_points;
    fill(e, self);
    return IMR_OK;
}
