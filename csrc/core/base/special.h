/* The special functions under base/distribution and base/quantile. Arguments are not checked here:
 * the two callers have done it. */
#ifndef IMR_SPECIAL_H
#define IMR_SPECIAL_H

/* Both tails of the beta distribution at x, each to full relative accuracy; y is 1 - x, given apart
 * so that neither loses digits. a, b > 0 and finite, 0 <= x, y <= 1. */
void imr_beta_tails(double x, double y, double a, double b, double *lower, double *upper);

/* Both tails of the gamma distribution with scale 1 at x >= 0; a > 0 and finite. */
void imr_gamma_tails(double x, double a, double *lower, double *upper);

#endif
