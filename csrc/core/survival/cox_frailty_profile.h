/* The marginal likelihood of a Cox regression with gamma frailty, as a function of the variance. */
#ifndef IMR_COX_FRAILTY_PROFILE_H
#define IMR_COX_FRAILTY_PROFILE_H

#include "survival/cox_frailty_climb.h"

/* A larger variance is refused. */
#define IMR_COX_FRAILTY_MOST 1e6

#define IMR_COX_FRAILTY_GRID 64

typedef struct {
    imr_cox_frailty_climb_t *climb;
    size_t most_events; /* of a group */
    double *at_least; /* most_events + 1: groups with more than j events */
    double flat_value, flat_slope; /* at theta = 0 */
    double *flat_coef; /* width */
    double value, slope; /* at the last theta: the marginal log-likelihood, and its derivative */
    size_t points; /* of the grid, the first of which is 0 */
    double grid[IMR_COX_FRAILTY_GRID], height[IMR_COX_FRAILTY_GRID], rise[IMR_COX_FRAILTY_GRID];
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

/* The highest maximum, at which climb then stands. IMR_ERR_COX_FRAILTY_LARGE. */
int IMR_MUST_CHECK imr_cox_frailty_maximise(imr_cox_frailty_profile_t *self, imr_fault_t *fault);

/* The ends of the variances for which twice the profile lies by at most `quantile` below its maximum;
 * high is infinite beyond IMR_COX_FRAILTY_MOST. climb moves. */
int IMR_MUST_CHECK imr_cox_frailty_limits(imr_cox_frailty_profile_t *self, double quantile,
    double *low, double *high, imr_fault_t *fault);

#endif
