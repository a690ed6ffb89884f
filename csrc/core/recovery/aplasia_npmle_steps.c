/* A step in one block of masses: expectation and maximisation, then Newton's step as a quadratic
 * programme. */
#include "recovery/aplasia_npmle_steps.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/mem.h"
#include "base/nonnegative.h"

#define LEAST_P 1e-100
/* The quadratic's slope, in units of the rows, that is none but rounding. */
#define LEAST_RISE 1e-12
/* Cells that depend on each other leave the quadratic flat: this part of its diagonal holds the step. */
#define HOLD 1e-8
/* A gradient that is below the rows by less than this part may belong to a cell with mass. */
#define TIGHT 1e-6
/* A pivot of this part of its diagonal, or less, is of a cell that depends on those before it. */
#define DEPENDENT 1e-10

/* --- probabilities and gradients ---------------------------------------------------------------- */

/* What a unit of mass of cell j counts for. */
static double
scale_of(const imr_aplasia_npmle_t *self, size_t j)
{
    return self->scale == NULL ? 1 : self->scale[j];
}

/* What the masses of the cells of pair k add up to, scaled: of a single cell to all digits. */
static double
mass_of_pair(const imr_aplasia_npmle_t *self, size_t k)
{
    size_t begin = self->begin[k], end = self->end[k];

    return end == begin + 1 ? self->mass[begin] * scale_of(self, begin)
                            : self->sum[end] - self->sum[begin];
}

int
imr_aplasia_npmle_find_p(imr_aplasia_npmle_t *self)
{
    double total = 0;

    for (size_t j = 0; j < self->n_cells; j++) {
        self->sum[j] = total;
        total += self->mass[j] * scale_of(self, j);
    }
    self->sum[self->n_cells] = total;
    for (size_t i = 0; i < self->rows; i++) {
        double p = 0;

        for (size_t k = self->first[i]; k < self->first[i + 1]; k++) {
            p += imr_aplasia_onset_mass(self, i, k) * mass_of_pair(self, k);
        }
        self->p[i] = p;
        if (!(p > LEAST_P)) {
            return 0;
        }
    }
    return 1;
}

/* What the masses outside the block give each row. */
static void
find_other(imr_aplasia_npmle_t *self, const imr_aplasia_block_t *block)
{
    for (size_t i = 0; i < self->rows; i++) {
        double p = 0;

        for (size_t k = self->first[i]; k < self->first[i + 1] && !block->of_days; k++) {
            size_t begin = self->begin[k], end = self->end[k];

            if (begin < block->low || end > block->high) { /* what is left and right of it */
                size_t to = end < block->low ? end : block->low;
                size_t from = begin > block->high ? begin : block->high;

                p += imr_aplasia_onset_mass(self, i, k)
                    * ((begin < to ? self->sum[to] - self->sum[begin] : 0)
                        + (from < end ? self->sum[end] - self->sum[from] : 0));
            }
        }
        self->other[i] = p;
    }
}

/* The gradient in the parts of the block; at the maximum none exceeds the rows. */
static void
find_gradient(imr_aplasia_npmle_t *self, const imr_aplasia_block_t *block)
{
    double *gradient = block->gradient, constant = 0, level = 0;

    memset(gradient, 0, (block->high - block->low) * sizeof(*gradient));
    for (size_t i = 0; i < self->rows; i++) {
        double scale = block->total / self->p[i];

        constant += self->other[i] / self->p[i];
        for (size_t k = self->first[i]; k < self->first[i + 1]; k++) {
            size_t begin = self->begin[k], end = self->end[k];

            if (block->of_days) {
                gradient[self->onset[k]] += scale * mass_of_pair(self, k);
                continue;
            }
            begin = begin > block->low ? begin : block->low;
            end = end < block->high ? end : block->high;
            if (begin < end) {
                gradient[begin - block->low] += scale * imr_aplasia_onset_mass(self, i, k);
                if (end < block->high) {
                    gradient[end - block->low] -= scale * imr_aplasia_onset_mass(self, i, k);
                }
            }
        }
    }
    for (size_t j = 0; j < block->high - block->low; j++) {
        level += gradient[j];
        gradient[j] =
            constant + (block->of_days ? gradient[j] : level * scale_of(self, block->low + j));
    }
}

/* The largest gradient over the rows, less 1. */
static double
excess_of(const imr_aplasia_npmle_t *self, const imr_aplasia_block_t *block)
{
    double most = 0;

    for (size_t j = 0; j < block->high - block->low; j++) {
        most = fmax(most, block->gradient[j] / (double) self->rows);
    }
    return most - 1;
}

double
imr_aplasia_npmle_loglik(const imr_aplasia_npmle_t *self)
{
    double loglik = 0;

    for (size_t i = 0; i < self->rows; i++) {
        loglik += log(self->p[i]);
    }
    return loglik;
}

/* --- a step in one block ------------------------------------------------------------------------ */

/* Members with mass, and between two of them the one that deserves mass most. */
static size_t
find_candidates(imr_aplasia_npmle_t *self, const imr_aplasia_block_t *block)
{
    size_t count = 0, size = block->high - block->low, best = size;
    double n = (double) self->rows;

    for (size_t j = 0; j <= size; j++) {
        if (j == size || block->mass[j] > 0) {
            if (best < size) {
                self->candidate[count++] = (uint32_t) best;
            }
            best = size;
            if (j < size) {
                self->candidate[count++] = (uint32_t) j;
            }
        } else if (block->gradient[j] > n
            && (best == size || block->gradient[j] > block->gradient[best])) {
            best = j;
        }
    }
    return count;
}

static int
make_matrices(imr_aplasia_npmle_t *self, size_t count, imr_fault_t *fault)
{
    if (self->rows * count > self->column_room) {
        imr_free(self->column);
        self->column_room = 2 * self->rows * count;
        self->column = imr_malloc(self->column_room, sizeof(*self->column));
    }
    if (2 * count * count > self->matrix_room) {
        imr_free(self->matrix);
        self->matrix_room = 4 * count * count;
        self->matrix = imr_malloc(self->matrix_room, sizeof(*self->matrix));
    }
    if (self->column == NULL || self->matrix == NULL) {
        self->column_room = self->column == NULL ? 0 : self->column_room;
        self->matrix_room = self->matrix == NULL ? 0 : self->matrix_room;
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    return IMR_OK;
}

/* The first candidate that is not before a cell. */
static size_t
place_of(const imr_aplasia_npmle_t *self, size_t count, size_t cell)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (self->candidate[middle] < cell) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* B of the candidates, row by row. */
static void
find_columns(imr_aplasia_npmle_t *self, const imr_aplasia_block_t *block, size_t count)
{
    for (size_t i = 0; i < self->rows; i++) {
        double *b = self->column + i * count, level = 0;

        memset(b, 0, count * sizeof(*b));
        for (size_t k = self->first[i]; k < self->first[i + 1]; k++) {
            size_t begin = self->begin[k], end = self->end[k];

            if (block->of_days) {
                size_t c = place_of(self, count, self->onset[k]);

                if (c < count && self->candidate[c] == self->onset[k]) {
                    b[c] += mass_of_pair(self, k);
                }
                continue;
            }
            begin = place_of(self, count, begin > block->low ? begin - block->low : 0);
            end = end > block->low ? place_of(self, count, end - block->low) : 0;
            if (begin < end) {
                b[begin] += imr_aplasia_onset_mass(self, i, k);
                if (end < count) {
                    b[end] -= imr_aplasia_onset_mass(self, i, k);
                }
            }
        }
        for (size_t c = 0; c < count; c++) {
            double give = b[c];

            level += b[c];
            if (!block->of_days) {
                give = fmax(0, level) * scale_of(self, block->low + self->candidate[c]);
            }
            b[c] = self->other[i] + block->total * give;
        }
    }
}

/* Minus the second derivatives in the parts of the candidates: the upper half. */
static void
find_curvature(imr_aplasia_npmle_t *self, size_t count)
{
    double *h = self->matrix;

    memset(h, 0, count * count * sizeof(*h));
    for (size_t i = 0; i < self->rows; i++) {
        const double *b = self->column + i * count;

        for (size_t c = 0; c < count; c++) {
            double factor = b[c] / (self->p[i] * self->p[i]);

            for (size_t e = c; e < count && factor > 0; e++) {
                h[c * count + e] += factor * b[e];
            }
        }
    }
}

/* The slope towards the target, and how much higher the log-likelihood is, where the rows have moved a
 * part of the way. P less rows times the parts is concave in them, their sum free. */
static double
slope_at(const imr_aplasia_npmle_t *self, double part, double growth, double *gain)
{
    double slope = -(double) self->rows * growth;

    *gain = -(double) self->rows * growth * part;
    for (size_t i = 0; i < self->rows; i++) {
        double moved = part * self->change[i];

        if (!(self->p[i] + moved > LEAST_P)) {
            return -INFINITY;
        }
        slope += self->change[i] / (self->p[i] + moved);
        *gain += log1p(moved / self->p[i]);
    }
    return slope;
}

/* Goes to the target, or as far towards it as the log-likelihood rises. 0 where it cannot. */
static int
step_to_target(imr_aplasia_npmle_t *self, const imr_aplasia_block_t *block, size_t count)
{
    double growth = 0, part = 1, gain, slope, total = 0;

    for (size_t c = 0; c < count; c++) {
        growth += self->target[c] - self->x[c];
    }
    for (size_t i = 0; i < self->rows; i++) {
        double change = 0;

        for (size_t c = 0; c < count; c++) {
            change += self->column[i * count + c] * (self->target[c] - self->x[c]);
        }
        self->change[i] = change;
    }
    slope = slope_at(self, 0, growth, &gain);
    if (!(slope > 0)) {
        return 0;
    }
    for (int tries = 0;; tries++) {
        double there = slope_at(self, part, growth, &gain);

        if (there >= 0 || (there >= -0.25 * slope && gain >= 0)) {
            break;
        }
        if (tries == 24) {
            return 0;
        }
        part *= fmin(0.9, fmax(0.1, slope / (slope - there)));
    }
    for (size_t c = 0; c < count; c++) {
        self->target[c] = self->x[c] + part * (self->target[c] - self->x[c]);
        total += self->target[c];
    }
    memset(block->mass, 0, (block->high - block->low) * sizeof(*block->mass));
    for (size_t c = 0; c < count; c++) {
        block->mass[self->candidate[c]] = block->total * self->target[c] / total;
    }
    return 1;
}

static int
newton_step(imr_aplasia_npmle_t *self, const imr_aplasia_block_t *block, imr_fault_t *fault)
{
    size_t count = find_candidates(self, block);
    imr_nonnegative_t quadratic;
    double hold;
    int status = make_matrices(self, count, fault);

    if (status != IMR_OK) {
        return status;
    }
    find_columns(self, block, count);
    find_curvature(self, count);
    for (size_t c = 0; c < count; c++) {
        self->x[c] = block->mass[self->candidate[c]] / block->total;
        hold = HOLD * self->matrix[c * count + c];
        self->matrix[c * count + c] += hold;
        self->wanted[c] =
            2 * block->gradient[self->candidate[c]] - (double) self->rows + hold * self->x[c];
    }
    quadratic = (imr_nonnegative_t) { .count = count,
        .matrix = self->matrix,
        .wanted = self->wanted,
        .x = self->target,
        .passive = self->passive,
        .factor = self->matrix + count * count,
        .solution = self->solution };
    for (int bold = 1; bold >= 0; bold--) {
        memcpy(self->target, self->x, count * sizeof(*self->x));
        imr_nonnegative_maximise(&quadratic, LEAST_RISE * (double) self->rows, bold);
        if (step_to_target(self, block, count)) {
            break;
        }
    }
    return IMR_OK;
}

/* Each row gives its weight to the members in proportion to what they give it. */
static void
expectation_step(const imr_aplasia_npmle_t *self, const imr_aplasia_block_t *block)
{
    double total = 0;

    for (size_t j = 0; j < block->high - block->low; j++) {
        block->mass[j] *= block->gradient[j] / (double) self->rows;
        total += block->mass[j];
    }
    for (size_t j = 0; j < block->high - block->low; j++) {
        block->mass[j] *= block->total / total;
    }
}

int
imr_aplasia_npmle_move(
    imr_aplasia_npmle_t *self, const imr_aplasia_block_t *block, int is_gentle, imr_fault_t *fault)
{
    int status = IMR_OK;

    if (block->high == block->low) {
        return IMR_OK;
    }
    find_other(self, block);
    find_gradient(self, block);
    expectation_step(self, block);
    (void) imr_aplasia_npmle_find_p(self);
    if (!is_gentle) {
        find_gradient(self, block);
        status = newton_step(self, block, fault);
        (void) imr_aplasia_npmle_find_p(self);
    }
    return status;
}

double
imr_aplasia_npmle_certify(imr_aplasia_npmle_t *self, const imr_aplasia_block_t *blocks, int count)
{
    double most = imr_aplasia_npmle_find_p(self) ? -1 : INFINITY;

    for (int b = 0; b < count && isfinite(most); b++) {
        if (blocks[b].high > blocks[b].low) {
            find_other(self, &blocks[b]);
            find_gradient(self, &blocks[b]);
            most = fmax(most, excess_of(self, &blocks[b]));
        }
    }
    return most;
}

/* --- uniqueness --------------------------------------------------------------------------------- */

int
imr_aplasia_npmle_find_unique(imr_aplasia_npmle_t *self, int *unique, imr_fault_t *fault)
{
    size_t m = self->n_cells, count = 0;
    imr_aplasia_block_t block = { 0, 0, m, 1, self->mass, self->gradient };
    double *h, *least = self->solution;
    int status;

    (void) imr_aplasia_npmle_certify(self, &block, 1);
    for (size_t j = 0; j < m; j++) {
        if (self->mass[j] > 0 || self->gradient[j] > (double) self->rows * (1 - TIGHT)) {
            self->candidate[count++] = (uint32_t) j;
        }
    }
    *unique = count <= self->rows;
    if (!*unique) {
        return IMR_OK;
    }
    status = make_matrices(self, count, fault);
    if (status != IMR_OK) {
        return status;
    }
    find_columns(self, &block, count);
    find_curvature(self, count);
    h = self->matrix;
    for (size_t j = 0; j < count; j++) {
        least[j] = DEPENDENT * h[j * count + j];
        for (size_t i = 0; i < j; i++) {
            h[j * count + i] = h[i * count + j];
        }
    }
    *unique = imr_cholesky(h, count, least) == count;
    return IMR_OK;
}
