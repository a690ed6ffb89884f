#include "recovery/expansion_summary.h"

#include <math.h>

#include "base/mem.h"
#include "base/order.h"
#include "base/quantile.h"

/* Geometric mean, limits and variation of `count` logarithms. */
static int
describe_logs(imr_expansion_summary_t *self, const double *log_value, size_t count, double level)
{
    double mean = 0, squares = 0, deviation, quantile = 0;
    int status;

    if (count == 0) {
        return IMR_OK;
    }
    for (size_t i = 0; i < count; i++) {
        mean += log_value[i] / (double) count;
    }
    self->geometric_mean = exp(mean);
    self->geometric_low = 0;
    self->geometric_high = INFINITY;
    if (count == 1) {
        return IMR_OK;
    }
    for (size_t i = 0; i < count; i++) {
        squares += (log_value[i] - mean) * (log_value[i] - mean);
    }
    deviation = sqrt(squares / (double) (count - 1));
    status = imr_quantile_t((1 - level) / 2, (double) (count - 1), &quantile);
    if (status != IMR_OK) {
        return status;
    }
    quantile *= deviation / sqrt((double) count);
    self->geometric_low = exp(mean + quantile);
    self->geometric_high = exp(mean - quantile);
    self->geometric_cv = sqrt(expm1(deviation * deviation));
    return IMR_OK;
}

int
imr_expansion_summary(
    imr_expansion_summary_t *self, const double *value, size_t n, double level, imr_fault_t *fault)
{
    double *known = NULL, *log_value = NULL;
    uint32_t *order = NULL;
    size_t count = 0, positive = 0;
    int status = IMR_OK;

    *self = (imr_expansion_summary_t) { 0, 0, 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN };
    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    known = imr_malloc(n, sizeof(*known));
    log_value = imr_malloc(n, sizeof(*log_value));
    order = imr_malloc(n, sizeof(*order));
    if (known == NULL || log_value == NULL || order == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        double x = value[i];

        if (x < 0 || isinf(x)) {
            status = imr_fault(
                fault, x < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE, "value", (int64_t) i, x);
            goto out;
        }
        if (isnan(x)) {
            continue;
        }
        known[count++] = x;
        if (x > 0) {
            log_value[positive++] = log(x);
        }
    }
    self->n = (int64_t) count;
    self->missing = (int64_t) (n - count);
    self->zeros = (int64_t) (count - positive);
    status = imr_order(known, count, "value", order, fault);
    if (status != IMR_OK) {
        goto out;
    }
    if (count > 0) {
        self->least = known[order[0]];
        self->most = known[order[count - 1]];
        self->median = (known[order[(count - 1) / 2]] + known[order[count / 2]]) / 2;
    }
    status = describe_logs(self, log_value, positive, level);
    if (status != IMR_OK) {
        status = imr_fault(fault, status, "level", -1, level);
    }
out:
    imr_free(known);
    imr_free(log_value);
    imr_free(order);
    return status;
}
