/* The likelihood of the rows in the coordinates that a fit moves. */
#ifndef IMR_PARAMETRIC_LIKELIHOOD_H
#define IMR_PARAMETRIC_LIKELIHOOD_H

#include "survival/parametric.h"
#include "survival/parametric_terms.h"

/* Below this logit a cure fraction is 0. */
#define IMR_NO_CURE (-30.0)

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

/* Log-likelihood and derivatives at coordinates. IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_parametric_evaluate(
    imr_parametric_t *self, const double *at, imr_parametric_point_t *point);

#endif
