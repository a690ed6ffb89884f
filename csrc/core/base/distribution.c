#include "base/distribution.h"

#include <math.h>

#include "base/special.h"

static int
check(double x, double shape, double other)
{
    if (isnan(x)) {
        return IMR_ERR_NONFINITE;
    }
    if (!imr_is_shape(shape) || !imr_is_shape(other)) {
        return IMR_ERR_NOT_POSITIVE;
    }
    return IMR_OK;
}

/* From the tails at IMR_POWER_EDGE to those at share times it. */
static void
follow_power(imr_tails_t *tails, double share, double shape)
{
    tails->lower *= pow(share, shape);
    tails->upper = -expm1(shape * log(share) + log1p(-tails->upper));
}

static int
beta_tails(double x, double a, double b, imr_tails_t *tails)
{
    int status = check(x, a, b);

    if (status != IMR_OK) {
        return status;
    }
    x = fmin(1, fmax(0, x));
    if (x > 0 && x < IMR_POWER_EDGE) {
        *tails = imr_beta_tails(IMR_POWER_EDGE, 1, a, b);
        follow_power(tails, x / IMR_POWER_EDGE, a);
    } else {
        *tails = imr_beta_tails(x, 1 - x, a, b);
    }
    return IMR_OK;
}

int
imr_beta_cdf(double x, double a, double b, double *p)
{
    imr_tails_t tails;
    int status = beta_tails(x, a, b, &tails);

    if (status == IMR_OK) {
        *p = tails.lower;
    }
    return status;
}

int
imr_beta_cdf_upper(double x, double a, double b, double *q)
{
    imr_tails_t tails;
    int status = beta_tails(x, a, b, &tails);

    if (status == IMR_OK) {
        *q = tails.upper;
    }
    return status;
}

static int
gamma_tails(double x, double shape, double scale, imr_tails_t *tails)
{
    int status = check(x, shape, scale);
    double ratio;

    if (status != IMR_OK) {
        return status;
    }
    ratio = fmax(0, x) / scale;
    if (x > 0 && ratio < IMR_POWER_EDGE) {
        *tails = imr_gamma_tails(IMR_POWER_EDGE, 0, shape);
        follow_power(tails, x / IMR_POWER_EDGE / scale, shape);
    } else {
        *tails =
            imr_gamma_tails(ratio, ratio < INFINITY ? fma(-ratio, scale, x) / scale : 0, shape);
    }
    return IMR_OK;
}

int
imr_gamma_cdf(double x, double shape, double scale, double *p)
{
    imr_tails_t tails;
    int status = gamma_tails(x, shape, scale, &tails);

    if (status == IMR_OK) {
        *p = tails.lower;
    }
    return status;
}

int
imr_gamma_cdf_upper(double x, double shape, double scale, double *q)
{
    imr_tails_t tails;
    int status = gamma_tails(x, shape, scale, &tails);

    if (status == IMR_OK) {
        *q = tails.upper;
    }
    return status;
}

int
imr_chi_squared_cdf(double x, double df, double *p)
{
    return imr_gamma_cdf(x, 0.5 * df, 2, p);
}

int
imr_chi_squared_cdf_upper(double x, double df, double *q)
{
    return imr_gamma_cdf_upper(x, 0.5 * df, 2, q);
}

int
imr_normal_cdf(double x, double *p)
{
    if (isnan(x)) {
        return IMR_ERR_NONFINITE;
    }
    *p = imr_normal_lower(x);
    return IMR_OK;
}

int
imr_normal_cdf_upper(double x, double *q)
{
    return imr_normal_cdf(-x, q);
}

/* A tail at a point that is off by the small relative error lost, moved by its slope. */
static double
mend(double tail, double slope, double lost)
{
    double change = slope * lost;

    return isfinite(change) ? fmin(1, fmax(0, tail + change)) : tail;
}

/* P(T <= -t), t >= 0: half the lower tail of the beta distribution at df / (df + t^2). */
static double
t_tail(double t, double df)
{
    double square = t * t, total = df + square, smaller, lost, x, y;
    imr_tails_t tails;

    if (df > IMR_T_IS_NORMAL) {
        return imr_normal_lower(-t);
    }
    if (t > IMR_T_IS_POWER * sqrt(df)) {
        return t_tail(IMR_T_IS_POWER * sqrt(df), df) * pow(IMR_T_IS_POWER * sqrt(df) / t, df);
    }
    smaller = fmin(df, square);
    lost = smaller - (total - fmax(df, square));
    x = smaller / total;
    y = 1 - x;
    if (square < df) {
        lost = fma(-x, total, square) + fma(t, t, -square) * y - x * lost;
        tails = imr_beta_tails(y, x, 0.5 * df, 0.5);
        return 0.5 * mend(tails.lower, -tails.density, lost / square / y);
    }
    lost = fma(-x, total, df) - x * (lost + fma(t, t, -square));
    tails = imr_beta_tails(x, y, 0.5 * df, 0.5);
    return 0.5 * mend(tails.lower, tails.density, lost / df / y);
}

int
imr_t_cdf(double x, double df, double *p)
{
    int status = check(x, df, 1);

    if (status == IMR_OK) {
        *p = x < 0 ? t_tail(-x, df) : 1 - t_tail(x, df);
    }
    return status;
}

int
imr_t_cdf_upper(double x, double df, double *q)
{
    return imr_t_cdf(-x, df, q);
}

static int
check_binomial(int64_t n, double rate)
{
    if (n < 0 || n > (INT64_C(1) << 53)) {
        return IMR_ERR_COUNT;
    }
    return rate >= 0 && rate <= 1 ? IMR_OK : IMR_ERR_NULL_RATE;
}

int
imr_binomial_pmf(int64_t k, int64_t n, double rate, double *p)
{
    int status = check_binomial(n, rate);

    if (status != IMR_OK) {
        return status;
    }
    if (k < 0 || k > n) {
        *p = 0;
    } else if (rate == 0 || rate == 1) {
        *p = k == (rate == 0 ? 0 : n);
    } else {
        *p = imr_binomial_mass((double) k, (double) n, rate);
    }
    return IMR_OK;
}

int
imr_binomial_cdf(int64_t k, int64_t n, double rate, double *p)
{
    int status = check_binomial(n, rate);

    if (status != IMR_OK) {
        return status;
    }
    if (k < 0 || k >= n) {
        *p = k < 0 ? 0 : 1;
        return IMR_OK;
    }
    return imr_beta_cdf_upper(rate, (double) k + 1, (double) (n - k), p);
}

int
imr_binomial_upper(int64_t k, int64_t n, double rate, double *q)
{
    int status = check_binomial(n, rate);

    if (status != IMR_OK) {
        return status;
    }
    if (k <= 0 || k > n) {
        *q = k <= 0 ? 1 : 0;
        return IMR_OK;
    }
    return imr_beta_cdf(rate, (double) k, (double) (n - k) + 1, q);
}
