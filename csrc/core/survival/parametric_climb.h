/* The maximisation of the likelihood by Newton's method, also where one quantity is held. */
#ifndef IMR_PARAMETRIC_CLIMB_H
#define IMR_PARAMETRIC_CLIMB_H

#include "survival/parametric.h"
#include "survival/parametric_terms.h"

/* Below this logit a cure fraction is 0. */
#define IMR_NO_CURE (-30.0)

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
    const double *covariates; /* standardised, k; NULL: all 0 */
} imr_hold_t;

/* Which coordinate of the parameters a local parameter is; d where it is none. */
size_t imr_parametric_place(const imr_parametric_t *self, int local);

/* The parameters of a row with this location, at the coordinates. */
imr_local_t imr_parametric_local(const imr_parametric_t *self, const double *at, double location);

/* The largest log scale; a gamma distribution of scale s has shape 1 / s^2. */
double imr_parametric_most_log_scale(const imr_parametric_t *self);

/* The location at standardised covariates x. */
double imr_parametric_location(const imr_parametric_t *self, const double *at, const double *x);

/* log(S / (1 - S)) at an inside time, and its derivatives. */
void imr_parametric_logit(const imr_local_t *local, double time, imr_term_t *term);

/* Moves the location of *local until log(S / (1 - S)) at an inside time has a value. 0 where it never
 * has, as when more are cured than survive. */
int IMR_MUST_CHECK imr_parametric_solve_location(imr_local_t *local, double time, double logit);

/* Log-likelihood and derivatives at coordinates. IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_parametric_evaluate(
    imr_parametric_t *self, const double *at, imr_parametric_point_t *point);

/* Climbs from self->at, which it moves; self->here is then the point there. A parameter on its way to
 * infinity ends the climb, and self->ran_away says so. `close` is the squared
 * score, in units of its variance, that is good enough. IMR_ERR_NOCONV or IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_parametric_climb(
    imr_parametric_t *self, const imr_hold_t *hold, double close);

#endif
