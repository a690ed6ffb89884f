/* The maximum of a smooth function of a few unknowns: BFGS from a start, then Newton's method to the end,
 * with second derivatives by differences of the gradient. */
#ifndef IMR_ASCENT_H
#define IMR_ASCENT_H

#include <stddef.h>

#include "base/status.h"

enum { IMR_ASCENT_MOST = 16 };

/* Unknowns are counted in units that are about a standard error of each. */
typedef struct {
    void *context;
    double (*value)(void *context, const double *x); /* -infinity where there is none */
    /* NULL: by differences of the value */
    void (*gradient)(void *context, const double *x, double *gradient);
    /* after each step of BFGS; not 0: it ends there. NULL: never */
    int (*ends)(void *context, const double *x);
    int (*stopped)(void *context); /* the call shall stop. NULL: never */
    size_t count;
    double x[IMR_ASCENT_MOST];
    double highest; /* the value at x */
    double inverse[IMR_ASCENT_MOST * IMR_ASCENT_MOST]; /* what BFGS knows of the curvature */
    double
        factor[IMR_ASCENT_MOST * IMR_ASCENT_MOST]; /* of minus the second derivatives, by Newton */
    double score_norm; /* of the gradient, in standard errors */
    long iterations;
} imr_ascent_t;

/* Puts x at 0, from where the caller counts its unknowns, and asks the value there. */
void imr_ascent_start(imr_ascent_t *self);

/* BFGS from x on, until the gradient is small, no step rises, or `steps` are done, after which it may be
 * called again. 1 where self->ends said so. */
int imr_ascent_bfgs(imr_ascent_t *self, int steps);

/* Newton's method from x on; leaves the factor of the information and the score. IMR_ERR_NOCONV where
 * there is no maximum here. */
int IMR_MUST_CHECK imr_ascent_newton(imr_ascent_t *self);

#endif
