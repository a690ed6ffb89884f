/* The likelihood of durations with log duration = centre + (alpha + x' gamma + W) / theta, where W has
 * a standard distribution and theta = 1 / sigma. In (alpha, gamma, theta) it is concave where the
 * onsets are exact, and nearly so elsewhere. Shared by the files of aplasia and of reconstitution. */
#ifndef IMR_APLASIA_LIKELIHOOD_H
#define IMR_APLASIA_LIKELIHOOD_H

#include "base/stop.h"
#include "recovery/aplasia_duration.h"

/* sigma is kept within these: the likelihood of a few wide intervals has its supremum at 0. */
#define IMR_APLASIA_LEAST_SIGMA 0.05
#define IMR_APLASIA_MOST_SIGMA 4.0

/* Unknowns: alpha, theta, then gamma. */
enum { IMR_APLASIA_ALPHA, IMR_APLASIA_THETA, IMR_APLASIA_GAMMA };
#define IMR_APLASIA_MOST_UNKNOWNS (IMR_APLASIA_GAMMA + IMR_APLASIA_MOST_COVARIATES)

/* A part of a row's onset interval: the log durations less centre between which recovery then lies,
 * infinite where there is no such end. */
typedef struct {
    double from, to, weight;
} imr_aplasia_part_t;

typedef struct {
    const imr_aplasia_rows_t *rows;
    imr_aplasia_distribution_t distribution;
    double centre; /* the logarithm of the longest finite duration that a row names */
    size_t *first; /* the parts of row i: first[i]..first[i + 1] - 1; their weights sum to 1 */
    imr_aplasia_part_t *part;
    double *extra; /* of each row: what a density adds to the log-likelihood */
    uint8_t *exact; /* 1: from equals to, a density in place of a probability */
    double *offset; /* taken off the log durations of each row */
    void *block;
} imr_aplasia_likelihood_t;

int IMR_MUST_CHECK imr_aplasia_likelihood_init(imr_aplasia_likelihood_t *self,
    const imr_aplasia_rows_t *rows, imr_aplasia_distribution_t distribution, imr_fault_t *fault);
void imr_aplasia_likelihood_free(
    imr_aplasia_likelihood_t *self); /* after a failed init, and twice */

/* The log-likelihood at `v` (m = 2 + p unknowns), -infinity where a row has no probability; unless
 * gradient is NULL also its m derivatives and the m x m matrix of second ones. */
double imr_aplasia_loglik(
    const imr_aplasia_likelihood_t *self, const double *v, double *gradient, double *hessian);

/* A smooth curve to which a climb keeps alpha and theta: both are functions of one unknown from `least`
 * to `most`, which then stands in the place of theta. */
typedef struct {
    void (*at)(double unknown, double *alpha, double *theta, void *context);
    void *context;
    double least, most;
} imr_aplasia_tie_t;

typedef struct {
    const uint8_t *frozen; /* m flags: 1 where an unknown is held */
    const imr_aplasia_tie_t *tie; /* NULL: none; else alpha is frozen */
    double enough; /* of the log-likelihood: a rise for which no further step is made */
    imr_stop_t *stop; /* NULL: never */
} imr_aplasia_route_t;

/* Climbs from `v` by Newton's method, theta (or what stands in its place) within its bounds. Returns
 * the log-likelihood there; *score is its largest free derivative over the rows, and *at_bound 1 where
 * theta is at its most, -1 where at its least, else 0. When asked to stop it returns NaN. */
double imr_aplasia_climb(const imr_aplasia_likelihood_t *self, const imr_aplasia_route_t *route,
    double *v, double *score, int *at_bound);

#endif
