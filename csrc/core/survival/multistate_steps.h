/* The rows of the counts at which somebody changes, as matrices by which shares are multiplied. */
#ifndef IMR_MULTISTATE_STEPS_H
#define IMR_MULTISTATE_STEPS_H

#include "survival/multistate_rows.h"
#include "survival/multistate_walk.h"

/* A transition at a step. Those out of one state follow each other; `ends` marks the last one. */
typedef struct {
    int from, to, ends;
    double rate; /* of those at risk, who change so */
    double stay; /* who stay in from (with ends) */
    double one; /* a patient at risk, in shares of from */
    double mass; /* and of the whole, along a path: filled by whoever walks it */
} imr_multistate_move_t;

typedef struct {
    size_t row, begin; /* its first move */
    double width; /* time up to the next step, within (since, tau] */
} imr_multistate_step_t;

typedef struct {
    const imr_multistate_counts_t *counts;
    const imr_multistate_walk_t *walk;
    size_t count; /* steps; one more, at row n, marks the end of the moves */
    imr_multistate_step_t *step;
    imr_multistate_move_t *move;
    double lead; /* time up to the first step */
    void *block;
} imr_multistate_steps_t;

/* The steps of a walk, from its first row on. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_multistate_steps_init(imr_multistate_steps_t *self,
    const imr_multistate_counts_t *counts, const imr_multistate_walk_t *walk);
void imr_multistate_steps_free(imr_multistate_steps_t *self); /* safe after a failure, and twice */

/* Steps before each place of the axis, and at its end: places + 1. */
void imr_multistate_steps_before(const imr_multistate_steps_t *self, uint32_t *steps);

/* x times the matrix of step k: what is in each state before, to what is after. */
static inline void
imr_multistate_advance(const imr_multistate_steps_t *self, size_t k, double *x)
{
    double moved[IMR_MULTISTATE_MOST];
    size_t states = self->counts->states;

    for (size_t s = 0; s < states; s++) {
        moved[s] = 0;
    }
    for (size_t m = self->step[k].begin; m < self->step[k + 1].begin; m++) {
        const imr_multistate_move_t *move = &self->move[m];

        moved[move->to] += x[move->from] * move->rate;
        if (move->ends) {
            x[move->from] *= move->stay;
        }
    }
    for (size_t s = 0; s < states; s++) {
        x[s] += moved[s];
    }
}

#endif
