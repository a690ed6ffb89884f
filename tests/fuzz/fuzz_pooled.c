/* Any few small series, any method: rates in [0, 1] between their limits, the same after the order of
 * the series or the meaning of response is changed; or a status that can be expected. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

#include "response/pooled_difference.h"

enum { MOST = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(int condition)
{
    if (!condition) {
        abort();
    }
}

/* NaN agrees with NaN. */
static void
expect_near(double one, double other)
{
    expect((isnan(one) && isnan(other)) || fabs(one - other) <= 1e-5);
}

static void
check_rates(const imr_pooled_t *result)
{
    expect(result->rate >= 0 && result->rate <= 1);
    expect(result->rate_low >= 0 && result->rate_low <= result->rate);
    expect(result->rate_high <= 1 && result->rate <= result->rate_high);
    expect(isnan(result->mean_rate) || (result->mean_rate >= 0 && result->mean_rate <= 1));
    expect(isnan(result->prediction_low) || result->prediction_low <= result->prediction_high);
    expect(isnan(result->tau2) || result->tau2 >= 0);
    expect(isnan(result->correlation) || (result->correlation >= 0 && result->correlation <= 1));
}

/* Backwards, and responders exchanged with the others. */
static void
check_mirror(
    const imr_series_t *series, const imr_pooled_options_t *options, const imr_pooled_t *result)
{
    int64_t events[MOST], n[MOST];
    double design[2 * MOST], y[MOST], v[MOST], weight[MOST];
    imr_series_t mirrored = { events, n, design, series->k, series->p };
    imr_pooled_t other;

    for (size_t i = 0; i < series->k; i++) {
        size_t from = series->k - 1 - i;

        n[i] = series->n[from];
        events[i] = n[i] - series->events[from];
        for (size_t c = 0; c < series->p; c++) {
            design[i * series->p + c] = series->design[from * series->p + c];
        }
    }
    expect(imr_pooled(&mirrored, options, &other, y, v, weight, NULL) == IMR_OK);
    expect_near(result->rate, 1 - other.rate);
    expect_near(result->rate_low, 1 - other.rate_high);
    expect_near(result->rate_high, 1 - other.rate_low);
    expect_near(result->mean_rate, 1 - other.mean_rate);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t events[MOST], n[MOST], code[MOST];
    double design[2 * MOST], y[MOST], v[MOST], weight[MOST];
    imr_series_t series = { events, n, design, 0, 1 };
    imr_pooled_options_t options = { .level = 0.9 };
    imr_pooled_difference_t test;
    imr_pooled_t result;
    int ret;

    if (size < 4) {
        return 0;
    }
    gsl_set_error_handler_off();
    options.method = (imr_pooled_method_t) (data[0] % (IMR_POOLED_RAW + 1));
    options.tau2 = (imr_pooled_tau2_t) (data[1] % (IMR_POOLED_EB + 1));
    options.knapp_hartung = data[2] & 1;
    options.interval = (imr_pooled_interval_t) (data[2] >> 1 & 1);
    options.prediction = (imr_pooled_prediction_t) (data[2] % (IMR_POOLED_NORMAL + 1));
    series.p = 1 + data[3] % 2;
    for (size_t i = 4; i + 1 < size && series.k < MOST; i += 2, series.k++) {
        n[series.k] = data[i] % 16;
        events[series.k] = data[i + 1] % (n[series.k] + 1);
        code[series.k] = data[i] >> 4 & 1;
        design[series.k * series.p] = 1;
        if (series.p == 2) {
            design[series.k * 2 + 1] = data[i + 1] >> 6;
        }
    }
    ret = imr_pooled(&series, &options, &result, y, v, weight, NULL);
    expect(ret == IMR_OK || ret == IMR_ERR_NO_ROWS || ret == IMR_ERR_MODERATORS
        || ret == IMR_ERR_SERIES_SIZE || ret == IMR_ERR_HETEROGENEITY);
    if (ret != IMR_OK) {
        return 0;
    }
    check_rates(&result);
    check_mirror(&series, &options, &result);
    ret = imr_pooled_difference(&series, code, 2, &options, data[3] >> 1 & 1, &test, NULL);
    expect(ret == IMR_OK || ret == IMR_ERR_SUBGROUPS || ret == IMR_ERR_ONE_HETEROGENEITY
        || ret == IMR_ERR_NO_SCATTER || ret == IMR_ERR_MODERATORS);
    expect(ret != IMR_OK || (test.statistic >= 0 && test.pvalue >= 0 && test.pvalue <= 1));
    return 0;
}
