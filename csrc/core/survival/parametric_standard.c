#include "survival/parametric_standard.h"

#include <math.h>

#include "base/special.h"

static const double log_root_2_pi = 0.91893853320467274178, root_half = 0.70710678118654752440;

/* Below this q the log-gamma is normal to the last digit at any w whose density is not 0. */
#define LEAST_SHAPE 1e-20
#define LEAST_TAIL 1e-290

double
imr_exp_remainder(double x)
{
    double term = 0.5, sum = 0.5;

    if (fabs(x) > 0.7) {
        return (expm1(x) - x) / (x * x);
    }
    for (int n = 3; fabs(term) > 1e-17; n++) {
        term *= x / n;
        sum += term;
    }
    return sum;
}

/* --- normal ------------------------------------------------------------------------------------ */

/* Upper tail of the standard normal. */
static double
normal_upper(double w, double *ratio)
{
    double tail, density = exp(-0.5 * w * w - log_root_2_pi);

    if (w < -1) {
        double below = 0.5 * erfc(-w * root_half);

        *ratio = density / (1 - below);
        return log1p(-below);
    }
    if (w < 30) {
        tail = 0.5 * erfc(w * root_half);
        *ratio = density / tail;
        return log(tail);
    }
    /* 1 / ratio = (1 - 1/w^2 + 3/w^4 - 15/w^6 + ...) / w */
    tail = 1 / (w * w);
    tail = (1 - tail * (1 - tail * (3 - tail * (15 - tail * (105 - 945 * tail))))) / w;
    *ratio = 1 / tail;
    return -0.5 * w * w - log_root_2_pi + log(tail);
}

/* --- log-gamma --------------------------------------------------------------------------------- */

/* What Stirling's formula leaves of log gamma(1 / q^2). */
static double
stirling_of_shape(double q)
{
    double k = 1 / (q * q);

    return k > 1e15 ? 0
        : k < 0.5   ? imr_stirling_error(k + 1) + (k + 0.5) * log1p(1 / k) - 1
                    : imr_stirling_error(k);
}

static double
log_gamma_density(double w, double q, double *slope, double *bend)
{
    double x = q * w;

    *slope = fabs(x) > 1e-8 ? -expm1(x) / q : -w * (1 + 0.5 * x);
    *bend = -exp(x);
    return -log_root_2_pi - (fabs(q) < LEAST_SHAPE ? 0 : stirling_of_shape(q))
        - w * w * imr_exp_remainder(x);
}

/* The tail above w (above = 1) or below it: a gamma distribution of shape k = 1 / q^2 at k e^(q w),
 * which near k is k + d with d free of cancellation. */
static double
log_gamma_tail(double w, double q, int above, double *ratio)
{
    double k = 1 / (q * q), x = q * w, d = k * expm1(x), point = k + d, part = point - k, tail;
    imr_tails_t tails;

    if (fabs(x) < 0.5) {
        tails = imr_gamma_tails(point, (k - (point - part)) + (d - part), k);
    } else {
        tails = imr_gamma_tails(fmin(k * exp(x), 1e200), 0, k);
    }
    tail = (q > 0) == above ? tails.upper : tails.lower;
    if (!(tail > LEAST_TAIL)) {
        double slope, bend, density = log_gamma_density(w, q, &slope, &bend);

        *ratio = fabs(slope); /* to which density over tail tends */
        return density - log(*ratio);
    }
    *ratio = fabs(q) * tails.density / tail;
    return tail > 0.5 ? log1p(-((q > 0) == above ? tails.lower : tails.upper)) : log(tail);
}

/* --- each distribution ------------------------------------------------------------------------- */

double
imr_standard_density(
    imr_distribution_t distribution, double w, double q, double *slope, double *bend)
{
    double e;

    switch (distribution) {
        case IMR_EXPONENTIAL:
        case IMR_WEIBULL:
        case IMR_GOMPERTZ:
            e = exp(w);
            *slope = 1 - e;
            *bend = -e;
            return w - e;
        case IMR_LOGNORMAL:
            *slope = -w;
            *bend = -1;
            return -0.5 * w * w - log_root_2_pi;
        case IMR_LOGLOGISTIC:
            e = exp(-fabs(w));
            *slope = (w > 0 ? -1 : 1) * (1 - e) / (1 + e);
            *bend = -2 * e / ((1 + e) * (1 + e));
            return -fabs(w) - 2 * log1p(e);
        case IMR_GAMMA:
        case IMR_GENGAMMA:
            break;
    }
    return log_gamma_density(w, q, slope, bend);
}

double
imr_standard_slope(imr_distribution_t distribution, double w, double q)
{
    double e, slope, bend;

    switch (distribution) {
        case IMR_EXPONENTIAL:
        case IMR_WEIBULL:
        case IMR_GOMPERTZ:
            return -expm1(w);
        case IMR_LOGNORMAL:
            return -w;
        case IMR_LOGLOGISTIC:
            e = exp(-fabs(w));
            return (w > 0 ? -1 : 1) * (1 - e) / (1 + e);
        case IMR_GAMMA:
        case IMR_GENGAMMA:
            break;
    }
    (void) log_gamma_density(w, q, &slope, &bend);
    return slope;
}

double
imr_standard_upper(imr_distribution_t distribution, double w, double q, double *ratio)
{
    double e;

    switch (distribution) {
        case IMR_EXPONENTIAL:
        case IMR_WEIBULL:
        case IMR_GOMPERTZ:
            *ratio = exp(w);
            return -*ratio;
        case IMR_LOGLOGISTIC:
            e = exp(-fabs(w));
            *ratio = (w > 0 ? 1 : e) / (1 + e);
            return fmin(-w, 0) - log1p(e);
        case IMR_GAMMA:
        case IMR_GENGAMMA:
            if (!(fabs(q) < LEAST_SHAPE)) {
                return log_gamma_tail(w, q, 1, ratio);
            }
            break;
        case IMR_LOGNORMAL:
            break;
    }
    return normal_upper(w, ratio);
}

double
imr_standard_lower(imr_distribution_t distribution, double w, double q, double *ratio)
{
    double e, below;

    switch (distribution) {
        case IMR_EXPONENTIAL:
        case IMR_WEIBULL:
        case IMR_GOMPERTZ:
            e = exp(w);
            below = -expm1(-e);
            *ratio = e < 1e-300 ? 1 : e > 700 ? 0 : e / expm1(e);
            return e < 1e-300 ? w : e > 1 ? log1p(-exp(-e)) : log(below);
        case IMR_GAMMA:
        case IMR_GENGAMMA:
            if (!(fabs(q) < LEAST_SHAPE)) {
                return log_gamma_tail(w, q, 0, ratio);
            }
            break;
        case IMR_LOGNORMAL:
        case IMR_LOGLOGISTIC:
            break;
    }
    /* symmetric */
    return imr_standard_upper(distribution, -w, q, ratio);
}
