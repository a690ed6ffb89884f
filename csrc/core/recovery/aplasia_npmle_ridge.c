/* Newton's method in all masses at once, near the end of a climb: along a ridge, where moving the cells
 * and the onset days in turn is slow. */
#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/mem.h"
#include "recovery/aplasia_npmle_steps.h"

/* The unknowns: masses of s cells and then of r onset days, those above 0. */
typedef struct {
    size_t s, r;
    uint32_t *member; /* cells, then days */
    uint32_t *place; /* of each cell: how many of the s are before it; of each day: which, or r */
    double *gradient, *matrix, *factor, *step;
    double *give; /* of one row: what a unit of mass of each unknown adds to P */
    void *block;
} ridge_t;

static int
ridge_init(ridge_t *self, const imr_aplasia_npmle_t *npmle, imr_fault_t *fault)
{
    size_t m = npmle->n_cells, k = npmle->n_days, u;

    memset(self, 0, sizeof(*self));
    for (size_t j = 0; j < m; j++) {
        self->s += npmle->mass[j] > 0;
    }
    for (size_t j = 0; j < k; j++) {
        self->r += npmle->start[j] > 0;
    }
    u = self->s + self->r;
    self->block =
        imr_malloc((2 * u * u + 3 * u) * sizeof(double) + (u + m + 1 + k) * sizeof(uint32_t), 1);
    if (self->block == NULL) {
        (void) imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    self->matrix = self->block;
    self->factor = self->matrix + u * u;
    self->gradient = self->factor + u * u;
    self->step = self->gradient + u;
    self->give = self->step + u;
    self->member = (uint32_t *) (self->give + u);
    self->place = self->member + u;
    u = 0;
    for (size_t j = 0; j < m; j++) {
        self->place[j] = (uint32_t) u;
        if (npmle->mass[j] > 0) {
            self->member[u++] = (uint32_t) j;
        }
    }
    self->place[m] = (uint32_t) u;
    for (size_t j = 0; j < k; j++) {
        self->place[m + 1 + j] = (uint32_t) (npmle->start[j] > 0 ? u - self->s : self->r);
        if (npmle->start[j] > 0) {
            self->member[u++] = (uint32_t) j;
        }
    }
    return IMR_OK;
}

/* The log-likelihood less rows times both sums of masses: its gradient, and minus its second
 * derivatives, of which the lower half. */
static void
fill_system(ridge_t *self, const imr_aplasia_npmle_t *npmle)
{
    size_t u = self->s + self->r, m = npmle->n_cells;
    double *h = self->matrix;

    memset(h, 0, u * u * sizeof(*h));
    for (size_t j = 0; j < u; j++) {
        self->gradient[j] = -(double) npmle->rows;
    }
    for (size_t i = 0; i < npmle->rows; i++) {
        double p = npmle->p[i];

        memset(self->give, 0, u * sizeof(*self->give));
        for (size_t k = npmle->first[i]; k < npmle->first[i + 1]; k++) {
            size_t begin = self->place[npmle->begin[k]], end = self->place[npmle->end[k]];
            size_t day = self->place[m + 1 + npmle->onset[k]];

            for (size_t j = begin; j < end && day < self->r; j++) {
                self->give[j] += npmle->start[npmle->onset[k]];
                self->give[self->s + day] += npmle->mass[self->member[j]];
                h[(self->s + day) * u + j] -= 1 / p;
            }
        }
        for (size_t j = 0; j < u; j++) {
            double factor = self->give[j] / (p * p);

            self->gradient[j] += self->give[j] / p;
            for (size_t e = 0; e <= j && factor > 0; e++) {
                h[j * u + e] += factor * self->give[e];
            }
        }
    }
}

/* The step, with as much of a ridge as makes the matrix positive definite. 0 where none does. */
static int
solve_system(ridge_t *self)
{
    size_t u = self->s + self->r;

    for (double ridge = 1e-12; ridge < 10; ridge *= 10) {
        memcpy(self->factor, self->matrix, u * u * sizeof(*self->factor));
        for (size_t j = 0; j < u; j++) {
            self->factor[j * u + j] *= 1 + ridge;
        }
        if (imr_cholesky(self->factor, u, NULL) == u) {
            memcpy(self->step, self->gradient, u * sizeof(*self->step));
            imr_solve_lower(self->factor, u, self->step);
            imr_solve_upper(self->factor, u, self->step);
            return 1;
        }
    }
    return 0;
}

static double *
mass_of(imr_aplasia_npmle_t *npmle, const ridge_t *self, size_t j)
{
    return (j < self->s ? npmle->mass : npmle->start) + self->member[j];
}

static void
normalise(double *mass, size_t count)
{
    double total = 0;

    for (size_t j = 0; j < count; j++) {
        total += mass[j];
    }
    for (size_t j = 0; j < count; j++) {
        mass[j] /= total;
    }
}

int
imr_aplasia_npmle_ridge_step(imr_aplasia_npmle_t *self, imr_fault_t *fault)
{
    size_t m = self->n_cells, k = self->n_days;
    double before = imr_aplasia_npmle_loglik(self), part = 1;
    ridge_t ridge;
    int status = ridge_init(&ridge, self, fault), risen = 0;

    if (status != IMR_OK) {
        return status;
    }
    fill_system(&ridge, self);
    if (solve_system(&ridge)) {
        for (size_t j = 0; j < ridge.s + ridge.r; j++) {
            if (ridge.step[j] < 0) {
                part = fmin(part, -*mass_of(self, &ridge, j) / ridge.step[j]);
            }
        }
        memcpy(self->old_mass, self->mass, m * sizeof(*self->mass));
        memcpy(self->old_start, self->start, k * sizeof(*self->start));
        for (int tries = 0; tries < 12 && !risen; tries++, part /= 4) {
            for (size_t j = 0; j < ridge.s + ridge.r; j++) {
                double *mass = mass_of(self, &ridge, j);
                double old = (j < ridge.s ? self->old_mass : self->old_start)[ridge.member[j]];

                *mass = fmax(0, old + part * ridge.step[j]);
            }
            normalise(self->mass, m);
            normalise(self->start, k);
            /* at the top the log-likelihood has no more digits to rise by */
            risen = imr_aplasia_npmle_find_p(self)
                && imr_aplasia_npmle_loglik(self) >= before - 1e-13 * fabs(before);
        }
        if (!risen) {
            memcpy(self->mass, self->old_mass, m * sizeof(*self->mass));
            memcpy(self->start, self->old_start, k * sizeof(*self->start));
            (void) imr_aplasia_npmle_find_p(self);
        }
    }
    imr_free(ridge.block);
    return IMR_OK;
}
