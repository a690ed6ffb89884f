/* The infinitesimal jackknife of a path: how the estimate turns with the weight of each patient, u, of
 * which variances are sums of squares. Along the path such a vector is multiplied by the matrix of each
 * step, and while its patient is at risk in state h something is added that is the same for all who are. So
 * the sum of squares differs from Greenwood's variance by products of two sums of u alone: over those at
 * risk, and over those who change. */
#ifndef IMR_MULTISTATE_JACKKNIFE_H
#define IMR_MULTISTATE_JACKKNIFE_H

#include "survival/multistate_steps.h"

typedef struct {
    const imr_multistate_steps_t *steps;
    size_t row, done; /* the next row; steps that lie behind */
    size_t *by_begin,
        *by_end; /* stretches by the row where they begin to count, and of their end */
    size_t coming, going;
    double *u; /* spans x states: at the start of a stretch less that of `staying` */
    size_t
        *since; /* steps done by then; SIZE_MAX: of a patient who has not moved since the start */
    double *staying; /* states x states: of a patient who would be in the state (row) for ever */
    double *original; /* of one who began in it, and has not moved */
    double *at_risk; /* sums over those at risk in each state (row) */
    int64_t *count; /* how many */
    double *moved; /* states x states x states: sums over those who go from one state to another */
    double *nodes; /* products of the matrices of blocks of steps, pairs of blocks, and so on */
    size_t levels, blocks, size; /* size: steps of a block */
    void *block;
} imr_multistate_jackknife_t;

/* Needs the masses of the moves. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_multistate_jackknife_init(
    imr_multistate_jackknife_t *self, const imr_multistate_steps_t *steps);
void imr_multistate_jackknife_free(imr_multistate_jackknife_t *self);

/* The rows one after the other; what a step at the row adds to Greenwood's covariance of the shares, which
 * lie `stride` apart, is added to it. */
void imr_multistate_jackknife_row(
    imr_multistate_jackknife_t *self, size_t row, double *covariance, size_t stride);

/* The variance of the time in each state. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_multistate_jackknife_time(
    const imr_multistate_steps_t *steps, double *variance);

#endif
