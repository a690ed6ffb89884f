/* The climb to the maximum of the likelihood of the expansion curves of a cohort. */
#ifndef IMR_EXPANSION_COHORT_CLIMB_H
#define IMR_EXPANSION_COHORT_CLIMB_H

#include "base/ascent.h"
#include "recovery/expansion_cohort.h"

enum { IMR_EXPANSION_MOST_UNKNOWNS = 2 * IMR_EXPANSION_PARAMETERS + 1 };

/* The climb counts the unknowns in units that a standard error is about 1 of: theta, log of each between
 * that may change, log h. `slot` says which of the derivatives of the likelihood each is. */
typedef struct {
    imr_expansion_cohort_t *cohort;
    size_t count, slot[IMR_EXPANSION_MOST_UNKNOWNS];
    double unit[IMR_EXPANSION_MOST_UNKNOWNS];
    double from[IMR_EXPANSION_MOST_UNKNOWNS];
    int stopped, ran_away;
    uint8_t returned
        [IMR_EXPANSION_PARAMETERS]; /* a standard deviation that was 0 and got a second chance */
} imr_expansion_unknowns_t;

/* From the population of unknowns->cohort, whose points have their room, to the maximum; the rest of *unknowns
 * is 0. Standard deviations without which the likelihood is as high are then 0. Leaves loglik, score_norm and
 * tmax_is_least of the cohort, the points laid, and in *ascent the factor of the information.
 * IMR_ERR_EXPANSION_COHORT_NOCONV, IMR_ERR_EXPANSION_COHORT_PHASES, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_expansion_climb(imr_expansion_unknowns_t *unknowns, imr_ascent_t *ascent);

#endif
