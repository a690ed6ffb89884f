/* The climb to the maximum of the likelihood of an expansion curve while its peak lies between two days. */
#ifndef IMR_EXPANSION_FIT_CLIMB_H
#define IMR_EXPANSION_FIT_CLIMB_H

#include "recovery/expansion_model.h"

typedef struct {
    imr_stein_rows_t rows;
    double first_day, last_day; /* of the peak */
    uint8_t fixed[IMR_STEIN_UNKNOWNS];
    double phi[IMR_STEIN_UNKNOWNS]; /* where the climb begins, and where it ended */
    double loglik;
    double score_norm; /* of the score, in units of its standard error */
    int iterations;
} imr_stein_climb_t;

/* The precision ends here, where the curve passes through the samples to six digits and more. */
#define IMR_STEIN_MOST_PRECISION 16.0

/* The other unknowns that are logs or logits are followed to this distance from 0. */
#define IMR_STEIN_FAR 30.0

/* Returns 1 at a maximum: along its own days where the day of the peak is one of the two ends, and the
 * precision may be the largest. 0 where the climb runs away or no maximum is reached; phi is then the
 * highest point found. */
int imr_stein_climb(imr_stein_climb_t *self);

/* Unknowns that the climb may move, `free` of them in order. */
size_t imr_stein_free(const imr_stein_climb_t *self, size_t free[IMR_STEIN_UNKNOWNS]);

#endif
