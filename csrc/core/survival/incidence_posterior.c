#include "survival/incidence_posterior.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "base/special.h"
#include "survival/incidence.h"

#define MOST_PRIOR 1e6

/* Shape and rate of a posterior that a caller hands back. */
static int
check_posterior(double shape, double rate, size_t row, imr_fault_t *fault)
{
    if (!imr_is_shape(shape)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "shape", (int64_t) row, shape);
    }
    if (!imr_is_shape(rate)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "rate", (int64_t) row, rate);
    }
    return IMR_OK;
}

int
imr_incidence_posterior(const int64_t *events, size_t events_step, const double *exposure,
    size_t exposure_step, const imr_gamma_rows_t *prior, size_t begin, size_t end, double *shape,
    double *rate, double *mean, double *median, imr_fault_t *fault)
{
    for (size_t i = begin; i < end; i++) {
        int64_t x = events[i * events_step];
        double time = exposure[i * exposure_step], a = prior->shape[i * prior->shape_step];
        double b = prior->rate[i * prior->rate_step];
        int ret = imr_incidence_check(x, time, i, "events", "exposure", fault);

        if (ret != IMR_OK) {
            return ret;
        }
        if (!(a >= 0 && a <= MOST_PRIOR) || !imr_is_shape(a + (double) x)) {
            return imr_fault(fault, IMR_ERR_GAMMA_PRIOR, "prior shape", (int64_t) i, a);
        }
        if (!(b >= 0 && b <= MOST_PRIOR) || !imr_is_shape(b + time)) {
            return imr_fault(fault, IMR_ERR_GAMMA_PRIOR, "prior rate", (int64_t) i, b);
        }
        shape[i] = a + (double) x;
        rate[i] = b + time;
        mean[i] = shape[i] / rate[i];
        ret = imr_quantile_gamma(0.5, shape[i], 1, &median[i]);
        median[i] /= rate[i];
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "prior shape", (int64_t) i, a);
        }
    }
    return IMR_OK;
}

int
imr_incidence_posterior_interval(const imr_gamma_rows_t *posterior, size_t begin, size_t end,
    double level, double *low, double *high, imr_fault_t *fault)
{
    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    for (size_t i = begin; i < end; i++) {
        double shape = posterior->shape[i * posterior->shape_step];
        double rate = posterior->rate[i * posterior->rate_step], tail = (1 - level) / 2;
        int ret = check_posterior(shape, rate, i, fault);

        if (ret != IMR_OK) {
            return ret;
        }
        ret = imr_quantile_gamma(tail, shape, 1, &low[i]);
        if (ret == IMR_OK) {
            ret = imr_quantile_gamma_upper(tail, shape, 1, &high[i]);
        }
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "shape", (int64_t) i, shape);
        }
        low[i] /= rate;
        high[i] /= rate;
    }
    return IMR_OK;
}

int
imr_incidence_posterior_above(const imr_gamma_rows_t *posterior, const double *threshold,
    size_t threshold_step, size_t begin, size_t end, double *probability, imr_fault_t *fault)
{
    for (size_t i = begin; i < end; i++) {
        double shape = posterior->shape[i * posterior->shape_step], above = NAN;
        double rate = posterior->rate[i * posterior->rate_step];
        double against = threshold[i * threshold_step];
        int ret = check_posterior(shape, rate, i, fault);

        if (ret != IMR_OK) {
            return ret;
        }
        if (isnan(against)) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "threshold", (int64_t) i, against);
        }
        if (against < 0) {
            return imr_fault(fault, IMR_ERR_NEGATIVE, "threshold", (int64_t) i, against);
        }
        ret = imr_gamma_cdf_upper(against * rate, shape, 1, &above);
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "threshold", (int64_t) i, against);
        }
        probability[i] = above;
    }
    return IMR_OK;
}

/* Negative binomial probabilities of 0..m, from the likeliest count outwards: its own begins at the
 * logarithm of gamma functions, unless it is 0. */
static void
predict(double shape, double rate, double exposure, int64_t m, double *probability)
{
    double share = exposure / (rate + exposure), top, product;
    int64_t start;

    top = floor((shape - 1) * exposure / rate);
    start = top > 0 ? (top < (double) m ? (int64_t) top : m) : 0;
    product = -shape * log1p(exposure / rate);
    if (start > 0) {
        double y = (double) start;
        gsl_sf_result both, own, factorial;

        (void) gsl_sf_lngamma_e(shape + y, &both); /* their arguments are positive */
        (void) gsl_sf_lngamma_e(shape, &own);
        (void) gsl_sf_lngamma_e(y + 1, &factorial);
        product += y * log(share) + (both.val - own.val - factorial.val);
    }
    probability[start] = exp(product);
    for (int64_t y = start; y < m; y++) {
        probability[y + 1] = probability[y] * share * ((shape + (double) y) / (double) (y + 1));
    }
    for (int64_t y = start; y > 0; y--) {
        probability[y - 1] = probability[y] / share * ((double) y / (shape + (double) (y - 1)));
    }
}

int
imr_incidence_posterior_predictive(const imr_gamma_rows_t *posterior, const double *exposure,
    size_t exposure_step, int64_t m, size_t begin, size_t end, double *probability,
    imr_fault_t *fault)
{
    if (m < 0 || m > IMR_MOST_FUTURE_EVENTS) {
        return imr_fault(fault, IMR_ERR_FUTURE_EVENTS, "m", -1, (double) m);
    }
    for (size_t i = begin; i < end; i++) {
        double shape = posterior->shape[i * posterior->shape_step];
        double rate = posterior->rate[i * posterior->rate_step];
        double time = exposure[i * exposure_step];
        int ret = check_posterior(shape, rate, i, fault);

        if (ret != IMR_OK) {
            return ret;
        }
        if (!imr_is_shape(time)) {
            return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "exposure", (int64_t) i, time);
        }
        predict(shape, rate, time, m, probability + i * (size_t) (m + 1));
    }
    return IMR_OK;
}
