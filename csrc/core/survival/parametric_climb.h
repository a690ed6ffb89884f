/* The maximisation of the likelihood by Newton's method, also where one quantity is held. */
#ifndef IMR_PARAMETRIC_CLIMB_H
#define IMR_PARAMETRIC_CLIMB_H

#include "survival/parametric_likelihood.h"

/* The range of q is from minus to plus this. Beyond, a generalised gamma is all but a distribution that
 * begins at the first event (Pareto) or ends at the last one. */
#define IMR_MOST_SHAPE 5.0

/* Beyond these a parameter is on its way to infinity: log scale, and Gompertz shape times the longest
 * time. */
#define IMR_LEAST_LOG_SCALE (-26.0)
#define IMR_MOST_GOMPERTZ_SHAPE 400.0

typedef enum {
    IMR_HOLD_NOTHING,
    IMR_HOLD_PARAMETER, /* coordinate `parameter` stays where it is */
    IMR_HOLD_LOCATION, /* the location at covariates x is `value` */
    IMR_HOLD_SURVIVAL /* at covariates x the survival at `time` has the logit `value` */
} imr_hold_kind_t;

typedef struct {
    imr_hold_kind_t kind;
    size_t parameter;
    double value;
    double time; /* inside: log time, or time in units */
    const double *covariates; /* standardised, k of them */
} imr_hold_t;

/* Moves the location of *local until log(S / (1 - S)) at an inside time has a value. 0 where it never
 * has, as when more are cured than survive. */
int IMR_MUST_CHECK imr_parametric_solve_location(imr_local_t *local, double time, double logit);

/* Climbs from self->at, which it moves; self->here is then the point there. A parameter on its way to
 * infinity ends the climb, and self->ran_away says so. `close` is the squared
 * score, in units of its variance, that is good enough. IMR_ERR_NOCONV or IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_parametric_climb(
    imr_parametric_t *self, const imr_hold_t *hold, double close);

#endif
