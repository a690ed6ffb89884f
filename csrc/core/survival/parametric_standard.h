/* The standardised log time w = (log t - location) / scale of each distribution but Gompertz: extreme
 * value (exponential, Weibull), normal, logistic, and the log-gamma of Prentice with shape q, which is
 * normal at q = 0 and extreme value at q = 1. q is read for gamma and generalised gamma alone. */
#ifndef IMR_PARAMETRIC_STANDARD_H
#define IMR_PARAMETRIC_STANDARD_H

#include "survival/parametric.h"

/* The log density, and its first two derivatives in w. */
double imr_standard_density(
    imr_distribution_t distribution, double w, double q, double *slope, double *bend);

/* The first of them alone. */
double imr_standard_slope(imr_distribution_t distribution, double w, double q);

/* The log of the probability above (below) w, and the density over that probability. */
double imr_standard_upper(imr_distribution_t distribution, double w, double q, double *ratio);
double imr_standard_lower(imr_distribution_t distribution, double w, double q, double *ratio);

/* exp(x) - 1 - x over x^2, without cancellation. */
double imr_exp_remainder(double x);

#endif
