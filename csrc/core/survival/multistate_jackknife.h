/* The infinitesimal jackknife of a path: how the estimate turns with the weight of each patient, u, of
 * which variances are sums of squares. Along the path such a vector is multiplied by the matrix of each
 * step, and while its patient is at risk in state h something is added that is the same for all who are. So
 * the sum of squares differs from Greenwood's variance by products of two sums of u alone: over those at
 * risk, and over those who change.
 *
 * Both sums are linear: of each patient y is followed, u less that of a patient who would be in the state for
 * ever, in the coordinates of a window (multistate_windows.h). It changes when the patient does, by what is
 * the same for all who do so. */
#ifndef IMR_MULTISTATE_JACKKNIFE_H
#define IMR_MULTISTATE_JACKKNIFE_H

#include "survival/multistate_windows.h"

typedef struct {
    const imr_multistate_steps_t *steps;
    imr_multistate_windows_t windows;
    size_t moves;
    double *
        sums; /* of y over those who make each move, before it; over those who leave its state between the
                     last step with a move out of it and this one, by its last move, less those who come
                     so; and one for all others */
    double *gained; /* what each move adds to y, after it; and zeros */
    double *stayed; /* what those who stay would have, by then; of the last move out of a state */
    uint32_t *window_of, *stayed_in; /* sums, stayed: the window in whose coordinates they are */
    uint32_t *before; /* steps before each place of the axis */
    uint32_t *last; /* the last move out of each state before a position (row) */
    uint32_t *sum_of; /* position (row), transition or state: where y is added */
    uint16_t place[IMR_MULTISTATE_MOST]
                  [IMR_MULTISTATE_MOST + 1]; /* column of it: from, 1 more than to */
    uint8_t leads[IMR_MULTISTATE_MOST + 1]; /* 1 more than a state that is left by some */
    double *at_risk; /* sums of y, now, in each state (row) */
    double *product; /* of the steps since the window began */
    void *block;
} imr_multistate_jackknife_t;

/* Needs the masses of the moves. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_multistate_jackknife_init(
    imr_multistate_jackknife_t *self, const imr_multistate_steps_t *steps);
void imr_multistate_jackknife_free(imr_multistate_jackknife_t *self);

/* The sums over patients. IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_multistate_jackknife_sums(
    imr_multistate_jackknife_t *self, imr_stop_t *stop);

/* After the sums, the steps one after the other; what a step adds to Greenwood's covariance of the shares,
 * which lie `stride` apart, is added to it. */
void imr_multistate_jackknife_step(
    imr_multistate_jackknife_t *self, size_t k, double *covariance, size_t stride);

/* The variance of the time in each state. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_multistate_jackknife_time(
    const imr_multistate_steps_t *steps, double *variance);

#endif
