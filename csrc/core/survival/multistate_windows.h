/* The steps of a path in windows, in which their product has an inverse that is not large. A vector x that is
 * multiplied by each step, times the inverse of the product of the steps since its window began, y, stays as it
 * is until the next window begins; from one to another it is multiplied by products kept in a tree. */
#ifndef IMR_MULTISTATE_WINDOWS_H
#define IMR_MULTISTATE_WINDOWS_H

#include <string.h>

#include "survival/multistate_steps.h"

typedef struct {
    const imr_multistate_steps_t *steps;
    size_t count, blocks; /* windows, and blocks of them, that are complete */
    uint32_t *of; /* the window of each position: position k lies before step k */
    uint32_t *base; /* the position where each window begins */
    uint32_t *block_of; /* each window; a block has at least as many steps as there are states */
    uint32_t *first; /* window of each block */
    double *nodes; /* products of blocks, pairs of blocks, and so on */
    double *product; /* of the block that is not complete */
    void *block;
} imr_multistate_windows_t;

/* IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_multistate_windows_init(
    imr_multistate_windows_t *self, const imr_multistate_steps_t *steps);
void imr_multistate_windows_free(imr_multistate_windows_t *self);

/* The steps one after the other, once. product and inverse are those of the window so far, identities at
 * first, and then with step k. 1: a window begins after it. The product is then that of the window before, and the
 * inverse the identity. */
int imr_multistate_windows_add(
    imr_multistate_windows_t *self, size_t k, double *product, double *inverse);

/* After the last one, before vectors are carried. */
void imr_multistate_windows_finish(imr_multistate_windows_t *self);

/* y in the coordinates of a window in those of a later one. */
void imr_multistate_windows_jump(
    const imr_multistate_windows_t *self, size_t from, size_t to, double *y);

/* The same, *from being `to` after it. Mostly they are one already: y stays in registers but for a copy. */
static inline void
imr_multistate_carry(
    const imr_multistate_windows_t *self, size_t states, size_t *from, size_t to, double *y)
{
    if (*from != to) {
        double carried[IMR_MULTISTATE_MOST];

        for (size_t s = 0; s < states; s++) {
            carried[s] = y[s];
        }
        imr_multistate_windows_jump(self, *from, to, carried);
        for (size_t s = 0; s < states; s++) {
            y[s] = carried[s];
        }
        *from = to;
    }
}

/* x times a matrix. */
static inline void
imr_multistate_times(size_t states, const double *matrix, double *x)
{
    double y[IMR_MULTISTATE_MOST];

    for (size_t u = 0; u < states; u++) {
        y[u] = x[0] * matrix[u];
    }
    for (size_t s = 1; s < states; s++) {
        for (size_t u = 0; u < states; u++) {
            y[u] += x[s] * matrix[s * states + u];
        }
    }
    memcpy(x, y, states * sizeof(*x));
}

static inline void
imr_multistate_identity(size_t states, double *matrix)
{
    memset(matrix, 0, states * states * sizeof(*matrix));
    for (size_t s = 0; s < states; s++) {
        matrix[s * states + s] = 1;
    }
}

#endif
