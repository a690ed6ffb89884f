/* The marginal likelihood of a Cox regression with gamma frailty, as a function of the variance. */
#ifndef IMR_COX_FRAILTY_PROFILE_H
#define IMR_COX_FRAILTY_PROFILE_H

#include "survival/cox_frailty_climb.h"

/* A larger variance is refused. */
#define IMR_COX_FRAILTY_MOST 1e6

#define IMR_COX_FRAILTY_GRID 64

typedef struct {
    double theta;
    double value, slope; /* the marginal log-likelihood, and its derivative in theta; slope is NaN
                            at a maximum that has been found */
    double penalised, penalised_slope; /* its two parts, the penalised likelihood at its maximum */
    double integral, integral_slope; /* and what is added to that; derivatives in 1 / theta */
} imr_cox_frailty_point_t;

typedef struct {
    imr_cox_frailty_climb_t *climb;
    size_t most_events; /* of a group */
    double *at_least; /* most_events + 1: groups with more than j events */
    double flat_value, flat_slope; /* at theta = 0 */
    /* of the events less those expected there: half the sum of squares; then, of the negative ones, half
     * the sum of cubes, and the most, both without the sign */
    double flat_square, flat_cube, flat_most;
    double *flat_coef; /* width */
    double value, slope; /* at the last theta: the marginal log-likelihood, and its derivative */
    size_t points; /* of the grid, the first of which is 0 */
    imr_cox_frailty_point_t grid[IMR_COX_FRAILTY_GRID];
    double theta, top; /* the maximum */
    double theta_norm; /* the derivative there in units of its standard error */
    void *block;
} imr_cox_frailty_profile_t;

/* climb: at the coefficients that are best without frailty. As imr_cox_frailty_climb_flat, and
 * IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_cox_frailty_profile_init(
    imr_cox_frailty_profile_t *self, imr_cox_frailty_climb_t *climb, imr_fault_t *fault);
void imr_cox_frailty_profile_free(imr_cox_frailty_profile_t *self);

/* Value and slope at theta >= 0, with the other parameters at their best to within `wanted` standard
 * errors. */
int IMR_MUST_CHECK imr_cox_frailty_profile_at(
    imr_cox_frailty_profile_t *self, double theta, double wanted, imr_fault_t *fault);

/* The profile at theta >= 0, as above. */
int IMR_MUST_CHECK imr_cox_frailty_point(imr_cox_frailty_profile_t *self, double theta,
    double wanted, imr_cox_frailty_point_t *point, imr_fault_t *fault);

/* No variance between two points, or beyond one, is more likely than this; infinite where nothing is known. */
double imr_cox_frailty_bound(const imr_cox_frailty_profile_t *self,
    const imr_cox_frailty_point_t *low, const imr_cox_frailty_point_t *high);
double imr_cox_frailty_bound_beyond(const imr_cox_frailty_point_t *point);

/* The highest maximum, at which climb then stands. IMR_ERR_COX_FRAILTY_LARGE. */
int IMR_MUST_CHECK imr_cox_frailty_maximise(imr_cox_frailty_profile_t *self, imr_fault_t *fault);

/* The ends of the variances for which twice the profile lies by at most `quantile` below its maximum;
 * high is infinite beyond IMR_COX_FRAILTY_MOST. Where these variances are not one interval, the outermost
 * ends. climb moves. */
int IMR_MUST_CHECK imr_cox_frailty_limits(imr_cox_frailty_profile_t *self, double quantile,
    double *low, double *high, imr_fault_t *fault);

#endif
