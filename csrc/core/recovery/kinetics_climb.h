/* The likelihood of a recovery curve through counts of which some lie below a limit, and the climb to
 * its maximum. Formulas: docs/methods/recovery/kinetics.md. */
#ifndef IMR_KINETICS_CLIMB_H
#define IMR_KINETICS_CLIMB_H

#include <stdint.h>

#include "base/status.h"
#include "recovery/kinetics_model.h"

/* How counts scatter about the curve: with one standard deviation on the scale of logarithms, on that of
 * counts, or with one in proportion to the curve. */
#define IMR_KINETICS_ERROR_LIST(X)                                                                 \
    X(IMR_KINETICS_LOG, "log")                                                                     \
    X(IMR_KINETICS_ADDITIVE, "additive")                                                           \
    X(IMR_KINETICS_PROPORTIONAL, "proportional")

typedef enum { IMR_KINETICS_ERROR_LIST(IMR_ENUM_OF_CHOICE) } imr_kinetics_error_t;

enum { IMR_KINETICS_SIDE = IMR_KINETICS_MOST + 1 };

/* The unknowns are p coordinates phi and, where `joint`, h = 1 / sd after them. Where it is not, h stays
 * 1, and the maximum is that of least squares. */
typedef struct {
    imr_kinetics_model_t model;
    imr_kinetics_error_t error;
    size_t n;
    const double *day, *count; /* or the limit of a count below it */
    const double *value; /* log counts for the log error, else counts */
    const uint8_t *below;
    double origin;
    int joint;
    imr_coordinates_t coordinates;
    size_t replaced; /* of the coordinates: the unknown that the day or the plateau replaces */
    size_t fixed; /* this coordinate stays as it is; IMR_KINETICS_SIDE: none */
    double threshold;
    double phi[IMR_KINETICS_MOST];
    double h;
    double
        sharpest; /* where h passes this (0: never) the curve goes through the counts, and the climb ends */
    double loglik; /* without its constants */
    double score_norm; /* of the score, in units of its standard error */
    double factor[IMR_KINETICS_SIDE
        * IMR_KINETICS_SIDE]; /* minus the second derivatives, p + joint rows */
    double gradient[IMR_KINETICS_SIDE];
    double *level, *slope; /* scratch: n, and n rows of IMR_KINETICS_MOST */
    int iterations;
} imr_kinetics_climb_t;

/* IMR_ERR_NOCONV where the climb does not reach a maximum: phi is then the highest point found. */
int IMR_MUST_CHECK imr_kinetics_climb(imr_kinetics_climb_t *self);

/* The log-likelihood at phi and h: minus infinity where no curve has these coordinates. */
double imr_kinetics_loglik(imr_kinetics_climb_t *self, const double *phi, double h);

/* The gradient, and minus the second derivatives without those of the curve (lower half of factor), at the
 * point whose log-likelihood was asked last, which is self->phi and self->h. */
void imr_kinetics_derivatives(imr_kinetics_climb_t *self);

/* How much a row below its limit tells, at the last point whose loglik was asked: 0 to 1. */
double imr_kinetics_below_weight(const imr_kinetics_climb_t *self, size_t i);

/* Starts of the climb, the best first: rows of phi in the model's own coordinates, and h. Returns how many
 * of at most IMR_KINETICS_STARTS there are. */
enum { IMR_KINETICS_STARTS = 12 };
typedef struct {
    double theta[IMR_KINETICS_MOST], h, misfit;
} imr_kinetics_start_t;
size_t imr_kinetics_starts(imr_kinetics_climb_t *climb, imr_kinetics_start_t *starts);

#endif
