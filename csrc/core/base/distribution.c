#include "base/distribution.h"

#include <math.h>

#include "base/special.h"

static const double sqrt_half = 0.70710678118654752440;

static int
is_positive(double parameter)
{
    return parameter > 0 && parameter < INFINITY;
}

static int
beta_tails(double x, double a, double b, double *lower, double *upper)
{
    if (isnan(x)) {
        return IMR_ERR_NONFINITE;
    }
    if (!is_positive(a) || !is_positive(b)) {
        return IMR_ERR_NOT_POSITIVE;
    }
    x = fmin(1, fmax(0, x));
    imr_beta_tails(x, 1 - x, a, b, lower, upper);
    return IMR_OK;
}

int
imr_beta_cdf(double x, double a, double b, double *p)
{
    double upper;

    return beta_tails(x, a, b, p, &upper);
}

int
imr_beta_cdf_upper(double x, double a, double b, double *q)
{
    double lower;

    return beta_tails(x, a, b, &lower, q);
}

static int
gamma_tails(double x, double shape, double scale, double *lower, double *upper)
{
    if (isnan(x)) {
        return IMR_ERR_NONFINITE;
    }
    if (!is_positive(shape) || !is_positive(scale)) {
        return IMR_ERR_NOT_POSITIVE;
    }
    imr_gamma_tails(fmax(0, x) / scale, shape, lower, upper);
    return IMR_OK;
}

int
imr_gamma_cdf(double x, double shape, double scale, double *p)
{
    double upper;

    return gamma_tails(x, shape, scale, p, &upper);
}

int
imr_gamma_cdf_upper(double x, double shape, double scale, double *q)
{
    double lower;

    return gamma_tails(x, shape, scale, &lower, q);
}

int
imr_chi_squared_cdf(double x, double df, double *p)
{
    return imr_gamma_cdf(0.5 * x, 0.5 * df, 1, p);
}

int
imr_chi_squared_cdf_upper(double x, double df, double *q)
{
    return imr_gamma_cdf_upper(0.5 * x, 0.5 * df, 1, q);
}

int
imr_normal_cdf(double x, double *p)
{
    if (isnan(x)) {
        return IMR_ERR_NONFINITE;
    }
    *p = 0.5 * erfc(-x * sqrt_half);
    return IMR_OK;
}

int
imr_normal_cdf_upper(double x, double *q)
{
    return imr_normal_cdf(-x, q);
}

int
imr_t_cdf(double x, double df, double *p)
{
    double share, lower, upper;

    if (isnan(x)) {
        return IMR_ERR_NONFINITE;
    }
    if (!is_positive(df)) {
        return IMR_ERR_NOT_POSITIVE;
    }
    share = isinf(x) ? 0 : df / (df + x * x);
    imr_beta_tails(share, 1 - share, 0.5 * df, 0.5, &lower, &upper);
    *p = x < 0 ? 0.5 * lower : 0.5 + 0.5 * upper;
    return IMR_OK;
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
        double i = (double) k, m = (double) n;

        *p = exp(lgamma(m + 1) - lgamma(i + 1) - lgamma(m - i + 1) + i * log(rate)
            + (m - i) * log1p(-rate));
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
