#include "survival/multistate_windows.h"

#include <math.h>

#include "base/mem.h"

#define MOST IMR_MULTISTATE_MOST
#define LARGEST 512 /* sum of a row of an inverse: how much rounding errors may grow */

/* --- set-up -------------------------------------------------------------------------------------- */

int
imr_multistate_windows_init(imr_multistate_windows_t *self, const imr_multistate_steps_t *steps)
{
    size_t states = steps->counts->states, positions = steps->count + 1;
    size_t square = states * states, nodes = 2 * (steps->count / states + 1) * square;
    double *at =
        imr_malloc((nodes + square) * sizeof(*at) + (4 * positions + 1) * sizeof(uint32_t), 1);

    memset(self, 0, sizeof(*self));
    if (at == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->steps = steps;
    self->block = at;
    self->nodes = at;
    self->product = at + nodes;
    self->of = (uint32_t *) (self->product + square);
    self->base = self->of + positions;
    self->block_of = self->base + positions;
    self->first = self->block_of + positions;
    self->of[0] = self->base[0] = self->block_of[0] = self->first[0] = 0;
    imr_multistate_identity(states, self->product);
    return IMR_OK;
}

void
imr_multistate_windows_free(imr_multistate_windows_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- products of many steps ---------------------------------------------------------------------- */

/* Node b of level l is the product of 2^l blocks; levels lie one after the other. */
static double *
node_at(const imr_multistate_windows_t *self, size_t level, size_t b)
{
    size_t states = self->steps->counts->states, before = 0;

    for (size_t l = 0; l < level; l++) {
        before += self->blocks >> l;
    }
    return self->nodes + (before + b) * states * states;
}

void
imr_multistate_windows_finish(imr_multistate_windows_t *self)
{
    size_t states = self->steps->counts->states;

    for (size_t l = 1; self->blocks >> l > 0; l++) {
        for (size_t b = 0; b < self->blocks >> l; b++) {
            const double *first = node_at(self, l - 1, 2 * b), *second = first + states * states;
            double *node = node_at(self, l, b);

            memcpy(node, first, states * states * sizeof(*node));
            for (size_t s = 0; s < states; s++) {
                imr_multistate_times(states, second, node + s * states);
            }
        }
    }
}

void
imr_multistate_windows_jump(const imr_multistate_windows_t *self, size_t from, size_t to, double *y)
{
    const uint32_t *first = self->first;

    while (from < to) {
        size_t b = self->block_of[from], level = 0;

        if (first[b] != from || b == self->blocks || first[b + 1] > to) {
            for (size_t k = self->base[from]; k < self->base[from + 1]; k++) {
                imr_multistate_advance(self->steps, k, y);
            }
            from++;
            continue;
        }
        for (size_t two = 2; b % two == 0 && b + two <= self->blocks && first[b + two] <= to;
            two *= 2) {
            level++;
        }
        imr_multistate_times(self->steps->counts->states, node_at(self, level, b >> level), y);
        from = first[b + ((size_t) 1 << level)];
    }
}

/* --- windows ------------------------------------------------------------------------------------- */

/* The inverse of a product becomes that of the product times the matrix of step k. 0 where half of those
 * at risk in a state leave it, or the inverse becomes large: it is of no use then. */
static int
invert_step(const imr_multistate_steps_t *steps, size_t k, double *inverse)
{
    size_t states = steps->counts->states, count = 0, from[MOST];
    double row[MOST][MOST]; /* of the matrix, those that are not of the identity */

    for (size_t m = steps->step[k].begin; m < steps->step[k + 1].begin; m++) {
        const imr_multistate_move_t *move = &steps->move[m];

        if (m == steps->step[k].begin || steps->move[m - 1].ends) {
            memset(row[count], 0, states * sizeof(row[count][0]));
        }
        row[count][move->to] = move->rate;
        if (move->ends) {
            if (!(move->stay > 0.5)) {
                return 0;
            }
            row[count][move->from] = move->stay;
            from[count++] = (size_t) move->from;
        }
    }
    for (size_t i = 0; i < count; i++) { /* the diagonal is dominant */
        for (size_t r = 0; r < count; r++) {
            double part = row[r][from[i]] / row[i][from[i]];

            for (size_t s = 0; s < states && r != i && part != 0; s++) {
                row[r][s] -= part * row[i][s];
                inverse[from[r] * states + s] -= part * inverse[from[i] * states + s];
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        double *mine = inverse + from[i] * states, size = 0, stay = row[i][from[i]];

        for (size_t j = 0; j < count; j++) {
            row[i][from[j]] = 0;
        }
        for (size_t j = 0; j < states; j++) {
            for (size_t s = 0; s < states && row[i][j] != 0; s++) {
                mine[s] -= row[i][j] * inverse[j * states + s];
            }
        }
        for (size_t s = 0; s < states; s++) {
            mine[s] /= stay;
            size += fabs(mine[s]);
        }
        if (!(size < LARGEST)) {
            return 0;
        }
    }
    return 1;
}

int
imr_multistate_windows_add(
    imr_multistate_windows_t *self, size_t k, double *product, double *inverse)
{
    size_t states = self->steps->counts->states;
    int begins;

    for (size_t s = 0; s < states; s++) {
        imr_multistate_advance(self->steps, k, product + s * states);
    }
    begins = !invert_step(self->steps, k, inverse);
    if (begins) {
        imr_multistate_identity(states, inverse);
        for (size_t s = 0; s < states; s++) {
            imr_multistate_times(states, product, self->product + s * states);
        }
        self->base[++self->count] = (uint32_t) (k + 1);
        if (k + 1 - self->base[self->first[self->blocks]] >= states) {
            memcpy(
                node_at(self, 0, self->blocks), self->product, states * states * sizeof(*product));
            imr_multistate_identity(states, self->product);
            self->first[++self->blocks] = (uint32_t) self->count;
        }
        self->block_of[self->count] = (uint32_t) self->blocks;
    }
    self->of[k + 1] = (uint32_t) self->count;
    return begins;
}
