/* The special functions under base/distribution and base/quantile. Arguments are not checked here:
 * those two have done it. Shape parameters lie in IMR_SHAPE_MIN..IMR_SHAPE_MAX, so that no product
 * of three of them overflows. */
#ifndef IMR_SPECIAL_H
#define IMR_SPECIAL_H

#define IMR_SHAPE_MIN 1e-100
#define IMR_SHAPE_MAX 1e100

static inline int
imr_is_shape(double parameter)
{
    return parameter >= IMR_SHAPE_MIN && parameter <= IMR_SHAPE_MAX;
}

/* Below this x a lower tail is a power of x, to the last digit; x itself may have none left. */
#define IMR_POWER_EDGE 1e-280

/* Above so many degrees of freedom t is normal to the last digit; beyond so many sqrt(df) its tail
 * is a power of t to the last digit. */
#define IMR_T_IS_NORMAL 1e22
#define IMR_T_IS_POWER 1e100

/* P(X <= x) and P(X >= x), each with its own relative accuracy; the derivative of lower, and the
 * derivative of its logarithm: with respect to log(x / (1 - x)) for the beta distribution, to log x
 * for the gamma distribution. */
typedef struct {
    double lower, upper, density, bend;
} imr_tails_t;

/* y is 1 - x, and is given so that neither loses its digits; 0 <= x, y <= 1. The smaller of the two
 * counts as exact. */
imr_tails_t imr_beta_tails(double x, double y, double a, double b);

/* Scale 1, at x + low, where low is what x lost to rounding; 0 <= x <= infinity. */
imr_tails_t imr_gamma_tails(double x, double low, double a);

/* P(X = k) for 0 <= k <= n, 0 < rate < 1, both k and n whole. */
double imr_binomial_mass(double k, double n, double rate);

/* log gamma(x + 1) less Stirling's (x + 1/2) log x - x + log(2 pi) / 2; x >= 1/2. */
double imr_stirling_error(double x);

/* The standard normal P(X <= x); x may be infinite. */
double imr_normal_lower(double x);

#endif
