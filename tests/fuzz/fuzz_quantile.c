/* Any doubles as probability and parameters: a status, or an answer in the support on which the
 * distribution function agrees, or whose neighbours lie on either side of the solution. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_errno.h>

#include "base/quantile.h"

typedef struct {
    double p, first, second;
    uint8_t which;
} input_t;

typedef enum { BETA, BETA_UPPER, GAMMA, GAMMA_UPPER, CHI, CHI_UPPER, NORMAL, T, KINDS } kind_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
quantile(kind_t kind, const input_t *at, double *x)
{
    switch (kind) {
        case BETA:
            return imr_quantile_beta(at->p, at->first, at->second, x);
        case BETA_UPPER:
            return imr_quantile_beta_upper(at->p, at->first, at->second, x);
        case GAMMA:
            return imr_quantile_gamma(at->p, at->first, at->second, x);
        case GAMMA_UPPER:
            return imr_quantile_gamma_upper(at->p, at->first, at->second, x);
        case CHI:
            return imr_quantile_chi_squared(at->p, at->first, x);
        case CHI_UPPER:
            return imr_quantile_chi_squared_upper(at->p, at->first, x);
        case NORMAL:
            return imr_quantile_normal(at->p, x);
        default:
            return imr_quantile_t(at->p, at->first, x);
    }
}

static double
tail(kind_t kind, const input_t *at, double x)
{
    double p = -1;
    int status;

    switch (kind) {
        case BETA:
            status = imr_beta_cdf(x, at->first, at->second, &p);
            break;
        case BETA_UPPER:
            status = imr_beta_cdf_upper(x, at->first, at->second, &p);
            break;
        case GAMMA:
            status = imr_gamma_cdf(x, at->first, at->second, &p);
            break;
        case GAMMA_UPPER:
            status = imr_gamma_cdf_upper(x, at->first, at->second, &p);
            break;
        case CHI:
            status = imr_chi_squared_cdf(x, at->first, &p);
            break;
        case CHI_UPPER:
            status = imr_chi_squared_cdf_upper(x, at->first, &p);
            break;
        case NORMAL:
            status = imr_normal_cdf(x, &p);
            break;
        default:
            status = imr_t_cdf(x, at->first, &p);
    }
    if (status != IMR_OK || !(p >= 0 && p <= 1)) {
        abort();
    }
    return p;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_t at;
    kind_t kind;
    double x = NAN, low, high, back;
    int status, is_falling;

    if (size < sizeof(at)) {
        return 0;
    }
    memcpy(&at, data, sizeof(at));
    gsl_set_error_handler_off();
    kind = (kind_t) (at.which % KINDS);
    status = quantile(kind, &at, &x);
    if (status != IMR_OK) {
        if (status != IMR_ERR_PROBABILITY && status != IMR_ERR_NOT_POSITIVE
            && status != IMR_ERR_RANGE) {
            abort();
        }
        if (!isnan(x)) {
            abort();
        }
        return 0;
    }
    if (!(fabs(x) < INFINITY) || (kind < NORMAL && x < 0) || (kind <= BETA_UPPER && x > 1)) {
        abort();
    }
    back = tail(kind, &at, x);
    if (fabs(back - at.p) <= 1e-13 * at.p) {
        return 0;
    }
    is_falling = kind == BETA_UPPER || kind == GAMMA_UPPER || kind == CHI_UPPER;
    low = kind < NORMAL && x <= 0 ? (is_falling ? 1 : 0) : tail(kind, &at, nextafter(x, -INFINITY));
    high = tail(kind, &at, nextafter(x, INFINITY));
    /* A tail below 1e-300 has coarse steps of its own. */
    if (!(fmin(low, high) <= at.p * (1 + 1e-13) + 1e-312
            && fmax(low, high) >= at.p * (1 - 1e-13) - 1e-312)) {
        abort();
    }
    return 0;
}
