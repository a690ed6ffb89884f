/* The maximisation: a step of expectation and maximisation, then Newton's step on the cells with mass
 * and those that deserve some, as a quadratic programme. */
#include "recovery/reconstitution.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/nonnegative.h"

/* Far below what is certified, so that the masses are good to many digits too. */
#define WANTED_GAP 1e-13
#define GOOD_GAP 1e-11
#define MOST_ITERATIONS 5000
#define LEAST_P 1e-100
/* The quadratic's slope, in units of the rows, that is none but rounding. */
#define LEAST_RISE 1e-12

/* --- the gradient ------------------------------------------------------------------------------ */

/* The probabilities of distinct rows, blocks and classes at the masses. 0 where one has none. */
static int
find_p(const imr_reconstitution_t *self, const double *mass, double *p)
{
    const double *blocks = mass + self->returns;
    double *after = self->bucket, total = 0;
    double *of_class = p + self->n_distinct + self->blocks;

    for (size_t k = 0; k <= self->n_classes; k++) {
        after[k] = 0;
    }
    for (size_t j = 0; j < self->n_cells; j++) {
        after[self->reach[j]] += mass[j];
    }
    self->sum[0] = 0;
    for (size_t j = 0; j < self->returns; j++) {
        total += mass[j];
        self->sum[j + 1] = total;
    }
    for (size_t i = 0; i < self->n_distinct; i++) {
        size_t j = self->begin[i], end = self->end[i];

        p[i] = end == j + 1 ? mass[j] : self->sum[end] - self->sum[j];
        if (!(p[i] > LEAST_P)) {
            return 0;
        }
    }
    for (size_t b = 0; b < self->blocks; b++) {
        p[self->n_distinct + b] = blocks[b];
        if (!(blocks[b] > LEAST_P)) {
            return 0;
        }
    }
    total = 0;
    for (size_t k = self->n_classes; k > 0; k--) {
        total += after[k];
        of_class[k - 1] = total;
    }
    if (self->n_classes > 0 && total != 0 && !(of_class[self->n_classes - 1] > LEAST_P)) {
        return 0;
    }
    if (self->pull > 0) {
        total = 0;
        for (size_t j = self->pull_begin; j < self->pull_end; j++) {
            total += mass[j];
        }
        of_class[self->n_classes] = total;
        return total > LEAST_P;
    }
    return 1;
}

/* The gradient where the rows have the probabilities p. Returns the largest over the rows, less 1. */
static double
find_gradient(const imr_reconstitution_t *self, const double *p, double *gradient)
{
    const double *of_class = p + self->n_distinct + self->blocks;
    double *slope = self->bucket, level = 0, most = 0;

    memset(gradient, 0, self->n_cells * sizeof(*gradient));
    for (size_t i = 0; i < self->n_distinct; i++) {
        double q = self->weight[i] / p[i];

        gradient[self->begin[i]] += q;
        if (self->end[i] < self->returns) {
            gradient[self->end[i]] -= q;
        }
    }
    slope[0] = 0;
    for (size_t k = 0; k < self->n_classes; k++) {
        slope[k + 1] = slope[k] + self->class_weight[k] / of_class[k];
    }
    for (size_t j = 0; j < self->returns; j++) {
        level += gradient[j];
        gradient[j] = level + slope[self->reach[j]];
    }
    for (size_t b = 0; b < self->blocks; b++) {
        size_t j = self->returns + b;

        gradient[j] = self->block_weight[b] / p[self->n_distinct + b] + slope[self->reach[j]];
    }
    if (self->has_rest) {
        gradient[self->n_cells - 1] = slope[self->n_classes];
    }
    for (size_t j = self->pull_begin; j < self->pull_end && self->pull > 0; j++) {
        gradient[j] += self->pull / of_class[self->n_classes];
    }
    for (size_t j = 0; j < self->n_cells; j++) {
        most = fmax(most, gradient[j] / self->total);
    }
    return most - 1;
}

static double
try_masses(imr_reconstitution_t *self)
{
    self->iterations++;
    return find_p(self, self->trial_mass, self->trial_p)
        ? find_gradient(self, self->trial_p, self->trial_gradient)
        : INFINITY;
}

static void
swap(double **a, double **b)
{
    double *c = *a;

    *a = *b;
    *b = c;
}

static void
take_trial(imr_reconstitution_t *self, double excess)
{
    swap(&self->mass, &self->trial_mass);
    swap(&self->gradient, &self->trial_gradient);
    swap(&self->p, &self->trial_p);
    self->excess = excess;
}

/* --- Newton's step ----------------------------------------------------------------------------- */

/* Cells with mass, and between two of them the one that deserves mass most. Returns their number;
 * *returns of them are of return. */
static size_t
find_candidates(imr_reconstitution_t *self, size_t *returns)
{
    size_t count = 0, best = self->returns;

    for (size_t j = 0; j <= self->returns; j++) {
        if (j == self->returns || self->mass[j] > 0) {
            if (best < self->returns) {
                self->candidate[count++] = (uint32_t) best;
            }
            best = self->returns;
            if (j < self->returns) {
                self->candidate[count++] = (uint32_t) j;
            }
        } else if (self->gradient[j] > self->total
            && (best == self->returns
                || self->gradient[j] / self->total > self->gradient[best] / self->total)) {
            best = j;
        }
    }
    *returns = count;
    for (size_t j = self->returns; j < self->n_cells; j++) {
        if (self->mass[j] > 0 || self->gradient[j] > self->total) {
            self->candidate[count++] = (uint32_t) j;
        }
    }
    return count;
}

static int
is_pulled(const imr_reconstitution_t *self, size_t cell)
{
    return self->pull > 0 && cell >= self->pull_begin && cell < self->pull_end;
}

/* Minus the matrix of second derivatives in the masses of the candidates. */
static void
find_curvature(imr_reconstitution_t *self, size_t count, size_t returns)
{
    double *h = self->matrix, *slope = self->bucket;
    const double *of_class = self->p + self->n_distinct + self->blocks;
    double pulled = of_class[self->n_classes];
    size_t next = 0;

    memset(h, 0, count * count * sizeof(*h));
    /* a row's part at the corner of its square of candidates, then running sums both ways */
    for (size_t i = 0; i < self->n_distinct; i++) {
        size_t low, high;

        while (next < returns && self->candidate[next] < self->begin[i]) {
            next++;
        }
        low = high = next;
        while (high < returns && self->candidate[high] < self->end[i]) {
            high++;
        }
        if (high > low) {
            h[low * count + high - 1] += self->weight[i] / (self->p[i] * self->p[i]);
        }
    }
    for (size_t i = 0; i < returns; i++) {
        for (size_t j = returns; j-- > i;) {
            double more = (i > 0 ? h[(i - 1) * count + j] : 0)
                + (j + 1 < returns ? h[i * count + j + 1] : 0)
                - (i > 0 && j + 1 < returns ? h[(i - 1) * count + j + 1] : 0);

            h[i * count + j] += more;
        }
    }
    slope[0] = 0;
    for (size_t k = 0; k < self->n_classes; k++) {
        slope[k + 1] = slope[k] + self->class_weight[k] / (of_class[k] * of_class[k]);
    }
    for (size_t i = 0; i < count; i++) {
        size_t cell = self->candidate[i];

        if (cell >= self->returns && cell < self->returns + self->blocks) {
            size_t b = cell - self->returns;
            double p = self->p[self->n_distinct + b];

            h[i * count + i] += self->block_weight[b] / (p * p);
        }
        for (size_t j = i; j < count; j++) {
            uint32_t here = self->reach[cell], there = self->reach[self->candidate[j]];

            h[i * count + j] += slope[here < there ? here : there];
            if (is_pulled(self, cell) && is_pulled(self, self->candidate[j])) {
                h[i * count + j] += self->pull / (pulled * pulled);
            }
        }
    }
}

/* The target: the maximum of the quadratic of the candidates among masses that are not negative. */
static void
find_target(imr_reconstitution_t *self, size_t count, int bold)
{
    double *wanted = self->at, *x = self->at + count;
    imr_nonnegative_t quadratic = { .count = count,
        .matrix = self->matrix,
        .wanted = wanted,
        .x = x,
        .passive = self->passive,
        .factor = self->factor,
        .solution = self->solution };

    for (size_t j = 0; j < count; j++) {
        size_t cell = self->candidate[j];

        x[j] = self->mass[cell];
        wanted[j] = 2 * self->gradient[cell] - self->total;
    }
    imr_nonnegative_maximise(&quadratic, LEAST_RISE * self->total, bold);
    memset(self->target, 0, self->n_cells * sizeof(*self->target));
    for (size_t j = 0; j < count; j++) {
        self->target[self->candidate[j]] = x[j];
    }
}

static double
slope_to_target(const imr_reconstitution_t *self, const double *gradient)
{
    double slope = 0;

    for (size_t j = 0; j < self->n_cells; j++) {
        slope += (gradient[j] - self->total) * (self->target[j] - self->mass[j]);
    }
    return slope;
}

/* How much higher the log-likelihood, less rows times mass, is at the trial masses. */
static double
gain_of_trial(const imr_reconstitution_t *self)
{
    size_t parts = self->n_distinct + self->blocks + self->n_classes;
    double gain = 0;

    if (self->pull > 0) {
        gain = self->pull * log1p((self->trial_p[parts] - self->p[parts]) / self->p[parts]);
    }
    for (size_t i = 0; i < parts; i++) {
        double weight = i < self->n_distinct ? self->weight[i]
            : i < self->n_distinct + self->blocks
            ? self->block_weight[i - self->n_distinct]
            : self->class_weight[i - self->n_distinct - self->blocks];

        gain += weight * log1p((self->trial_p[i] - self->p[i]) / self->p[i]);
    }
    for (size_t j = 0; j < self->n_cells; j++) {
        gain -= self->total * (self->trial_mass[j] - self->mass[j]);
    }
    return gain;
}

/* Goes to the target, or as far towards it as the log-likelihood rises: it is concave, and where its
 * slope is not negative it has risen all the way. 0 where it cannot. */
static int
step_to_target(imr_reconstitution_t *self)
{
    double slope = slope_to_target(self, self->gradient), part = 1;

    if (!(slope > 0)) {
        return 0;
    }
    for (int tries = 0; tries < 24; tries++) {
        double excess, there;

        for (size_t j = 0; j < self->n_cells; j++) {
            self->trial_mass[j] = part == 1
                ? self->target[j]
                : self->mass[j] + part * (self->target[j] - self->mass[j]);
        }
        excess = try_masses(self);
        there = isinf(excess) ? -INFINITY : slope_to_target(self, self->trial_gradient);
        if (there >= 0 || (there >= -0.25 * slope && gain_of_trial(self) >= 0)) {
            take_trial(self, excess);
            return 1;
        }
        part *= fmin(0.9, fmax(0.1, slope / (slope - there)));
    }
    return 0;
}

static int
make_matrices(imr_reconstitution_t *self, size_t count, imr_fault_t *fault)
{
    if (count > self->matrix_room) {
        imr_free(self->matrix);
        self->matrix_room = 0;
        self->matrix = imr_malloc(2 * count * count, sizeof(*self->matrix));
        if (self->matrix == NULL) {
            return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        }
        self->matrix_room = count;
    }
    self->factor = self->matrix + count * count;
    return IMR_OK;
}

/* --- the iteration ----------------------------------------------------------------------------- */

/* Each row gives its weight to its cells in proportion to their masses. */
static void
expectation_step(imr_reconstitution_t *self)
{
    for (size_t j = 0; j < self->n_cells; j++) {
        self->trial_mass[j] = self->mass[j] * self->gradient[j] / self->total;
    }
    take_trial(self, try_masses(self));
}

static int
has_ended(const imr_reconstitution_t *self)
{
    return self->excess <= WANTED_GAP || (self->excess <= GOOD_GAP && self->rounds_since_less > 4)
        || (self->excess <= IMR_RECONSTITUTION_CERTIFIED && self->rounds_since_less > 100)
        || self->iterations > MOST_ITERATIONS;
}

int
imr_reconstitution_advance(imr_reconstitution_t *self, int *done, imr_fault_t *fault)
{
    size_t count, returns;
    int status;

    if (self->iterations == 0) {
        memcpy(self->trial_mass, self->mass, self->n_cells * sizeof(*self->mass));
        take_trial(self, try_masses(self));
        self->least_excess = self->excess;
    }
    *done = has_ended(self);
    if (*done) {
        return IMR_OK;
    }
    expectation_step(self);
    count = find_candidates(self, &returns);
    status = make_matrices(self, count, fault);
    if (status != IMR_OK) {
        return status;
    }
    find_curvature(self, count, returns);
    find_target(self, count, 1);
    if (!step_to_target(self)) {
        find_target(self, count, 0);
        (void) step_to_target(self);
    }
    self->rounds_since_less++;
    if (self->excess < 0.9 * self->least_excess) {
        self->least_excess = self->excess;
        self->rounds_since_less = 0;
    }
    return IMR_OK;
}

double
imr_reconstitution_certify(imr_reconstitution_t *self)
{
    return find_p(self, self->mass, self->p) ? fmax(0, find_gradient(self, self->p, self->gradient))
                                             : INFINITY;
}
