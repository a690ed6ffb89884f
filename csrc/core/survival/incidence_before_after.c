#include "survival/incidence_before_after.h"

#include <math.h>
#include <string.h>

#include "base/special.h"
#include "survival/incidence.h"
#include "survival/rate_regression.h"

static int
add_up(imr_before_after_t *self, const imr_before_after_rows_t *rows, imr_fault_t *fault)
{
    if (rows->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, "before", -1, NAN);
    }
    for (size_t i = 0; i < rows->n; i++) {
        int ret = imr_incidence_check(
            rows->before[i], rows->time_before[i], i, "before", "time_before", fault);

        if (ret == IMR_OK) {
            ret = imr_incidence_check(
                rows->after[i], rows->time_after[i], i, "after", "time_after", fault);
        }
        if (ret != IMR_OK) {
            return ret;
        }
        if (!(rows->time_before[i] > 0)) {
            return imr_fault(fault, IMR_ERR_RATE_NO_EXPOSURE, "time_before", (int64_t) i, 0);
        }
        self->before += rows->before[i];
        self->after += rows->after[i];
        self->time_before += rows->time_before[i];
        self->time_after += rows->time_after[i];
    }
    return IMR_OK;
}

static int
compare(
    imr_before_after_t *self, const imr_incidence_contrast_options_t *options, imr_fault_t *fault)
{
    static const double one = 1;
    imr_incidence_pairs_t pairs = { .x1 = &self->after,
        .t1 = &self->time_after,
        .x2 = &self->before,
        .t2 = &self->time_before,
        .margin = &one };
    imr_incidence_contrast_columns_t columns = { &self->ratio, &self->low, &self->high,
        &self->statistic, &self->pvalue };

    return imr_incidence_contrast(&pairs, 0, 1, options, &columns, fault);
}

static int
fit_mixture(imr_before_after_t *self, const imr_before_after_rows_t *rows, imr_fault_t *fault)
{
    imr_rate_options_t options = { IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_MODEL, IMR_RATE_EXPECTED,
        IMR_RATE_WALD, 0.95 };
    imr_rate_data_t data = { .events = rows->before, .exposure = rows->time_before, .n = rows->n };
    imr_rate_regression_t fit;
    int ret;

    if (self->before == 0) {
        return IMR_OK;
    }
    ret = imr_rate_regression_fit(&fit, &data, &options, NULL, fault);
    if (ret != IMR_OK && fault != NULL) {
        fault->argument = "before"; /* what is called events there */
    }
    if (ret == IMR_OK) {
        self->mean = exp(fit.coef[0]);
        self->theta = 1 / fit.alpha;
    }
    imr_rate_regression_free(&fit);
    return ret;
}

int
imr_incidence_before_after(imr_before_after_t *self, const imr_before_after_rows_t *rows,
    double mean, double theta, const imr_incidence_contrast_options_t *options, imr_fault_t *fault)
{
    int ret;

    memset(self, 0, sizeof(*self));
    self->mean = self->theta = self->expected = NAN;
    ret = add_up(self, rows, fault);
    if (ret == IMR_OK) {
        ret = compare(self, options, fault);
    }
    if (ret != IMR_OK) {
        return ret;
    }
    if (isnan(mean)) {
        ret = fit_mixture(self, rows, fault);
        if (ret != IMR_OK || isnan(self->mean)) {
            return ret;
        }
    } else {
        if (!imr_is_shape(mean)) {
            return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "mean", -1, mean);
        }
        if (!(imr_is_shape(theta) || isinf(theta)) || theta < 0) {
            return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "theta", -1, theta);
        }
        self->mean = mean;
        self->theta = theta;
    }
    self->expected = 0;
    for (size_t i = 0; i < rows->n; i++) {
        double x = (double) rows->before[i], time = rows->time_before[i];
        double rate =
            isinf(self->theta) ? self->mean : (x + self->theta) / (time + self->theta / self->mean);

        self->expected += rows->time_after[i] * rate;
    }
    return IMR_OK;
}
