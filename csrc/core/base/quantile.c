#include "base/quantile.h"

#include <math.h>

#include "base/solve.h"

typedef struct {
    int (*cdf)(double x, double a, double b, double *p);
    double a, b, target, sign;
} equation_t;

static double
excess(double x, const void *context)
{
    const equation_t *self = context;
    double p;

    if (self->cdf(x, self->a, self->b, &p) != IMR_OK) {
        return NAN;
    }
    return self->sign * (log(p) - log(self->target));
}

static int
solve(const equation_t *self, double low, double high, double *x)
{
    if (!(self->target > 0 && self->target < 1)) {
        return IMR_ERR_PROBABILITY;
    }
    if (!(self->a > 0 && self->a < INFINITY && self->b > 0 && self->b < INFINITY)) {
        return IMR_ERR_NOT_POSITIVE;
    }
    return imr_solve_bracketed(excess, self, low, high, 0, x);
}

int
imr_quantile_beta(double p, double a, double b, double *x)
{
    return solve(&(equation_t) { imr_beta_cdf, a, b, p, 1 }, 0, 1, x);
}

int
imr_quantile_beta_upper(double q, double a, double b, double *x)
{
    return solve(&(equation_t) { imr_beta_cdf_upper, a, b, q, -1 }, 0, 1, x);
}

int
imr_quantile_gamma(double p, double shape, double scale, double *x)
{
    int status = solve(&(equation_t) { imr_gamma_cdf, shape, scale, p, 1 }, 0, 1.7e308, x);

    return status == IMR_ERR_NO_SIGN_CHANGE ? IMR_ERR_RANGE : status;
}

int
imr_quantile_gamma_upper(double q, double shape, double scale, double *x)
{
    int status = solve(&(equation_t) { imr_gamma_cdf_upper, shape, scale, q, -1 }, 0, 1.7e308, x);

    return status == IMR_ERR_NO_SIGN_CHANGE ? IMR_ERR_RANGE : status;
}

int
imr_quantile_chi_squared(double p, double df, double *x)
{
    return imr_quantile_gamma(p, 0.5 * df, 2, x);
}

int
imr_quantile_chi_squared_upper(double q, double df, double *x)
{
    return imr_quantile_gamma_upper(q, 0.5 * df, 2, x);
}

static int
normal_cdf(double x, double a, double b, double *p)
{
    (void) a;
    (void) b;
    return imr_normal_cdf(x, p);
}

static int
t_cdf(double x, double df, double b, double *p)
{
    (void) b;
    return imr_t_cdf(x, df, p);
}

int
imr_quantile_normal(double p, double *x)
{
    return solve(&(equation_t) { normal_cdf, 1, 1, p, 1 }, -40, 40, x);
}

int
imr_quantile_t(double p, double df, double *x)
{
    int status = solve(&(equation_t) { t_cdf, df, 1, p, 1 }, -1.7e308, 1.7e308, x);

    return status == IMR_ERR_NO_SIGN_CHANGE ? IMR_ERR_RANGE : status;
}
