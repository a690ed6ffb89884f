/* What one row adds to the log-likelihood, with two derivatives in its own parameters. */
#ifndef IMR_PARAMETRIC_TERMS_H
#define IMR_PARAMETRIC_TERMS_H

#include "survival/parametric.h"

/* The parameters of a row: location, log scale (Gompertz: shape), q, logit of the cure fraction. */
enum { IMR_LOCATION, IMR_SCALE, IMR_SHAPE, IMR_CURE, IMR_LOCALS };

typedef struct {
    imr_distribution_t distribution;
    int cure;
    double at[IMR_LOCALS];
    double scale; /* exp(log scale) */
    double cured; /* the cure fraction */
} imr_local_t;

/* Sets scale and cured by the other parameters. */
void imr_local_settle(imr_local_t *local);

typedef struct {
    double value;
    double slope[IMR_LOCALS];
    double bend[IMR_LOCALS][IMR_LOCALS]; /* the lower half */
} imr_term_t;

/* The log of: the density (of log time; Gompertz: of time) at a, the probability of an event after
 * a, by b, between a and b. Minus infinity where that is 0, and then there are no derivatives. */
void imr_parametric_term(
    const imr_local_t *local, imr_row_kind_t kind, double a, double b, imr_term_t *term);

/* d log S / d log time at a, given the term of IMR_ROW_RIGHT. */
double imr_parametric_time_slope(const imr_local_t *local, double a, const imr_term_t *term);

/* Half of survreg's squared deviance residual, for no cure; *sign is that of the
 * residual: 1 where the event is later than expected. */
double imr_parametric_deviance(
    const imr_local_t *local, imr_row_kind_t kind, double a, double b, double *sign);

#endif
