/* Any counts and exposures: an estimate between its limits and a probability, or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/incidence.h"
#include "survival/incidence_contrast.h"
#include "survival/incidence_posterior.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_rate(int64_t x, double t, uint8_t choice, double level)
{
    imr_incidence_options_t options = { (imr_incidence_interval_t) (choice % 7),
        (imr_alternative_t) (choice / 7 % 3), level, ldexp(1, choice / 21) };
    double estimate, low, high;

    if (imr_incidence(&x, 0, &t, 0, 0, 1, &options, &estimate, &low, &high, NULL) != IMR_OK) {
        return;
    }
    if (!(low >= 0 && low <= high)) {
        abort();
    }
    /* one-sided limits at a level below one half lie beyond the estimate, and Byar's and Jeffreys' are
     * not built round it */
    if (options.alternative == IMR_TWO_SIDED && level > 0.7 && t > 0
        && !(low <= estimate * (1 + 1e-12) && estimate <= high * (1 + 1e-12))) {
        abort();
    }
}

static void
check_contrast(int64_t x1, double t1, int64_t x2, double t2, uint8_t choice, double level)
{
    imr_incidence_contrast_options_t options = { (imr_incidence_measure_t) (choice & 1),
        (imr_incidence_method_t) (choice / 2 % 5), (imr_alternative_t) (choice / 10 % 3), level,
        1 };
    double margin = options.measure == IMR_INCIDENCE_RATIO ? 1 : 0, a[5];
    imr_incidence_pairs_t pairs = { .x1 = &x1, .x2 = &x2, .t1 = &t1, .t2 = &t2, .margin = &margin };
    imr_incidence_contrast_columns_t columns = { a, a + 1, a + 2, a + 3, a + 4 };
    int outside;

    if (x1 > 2000 || x2 > 2000
        || imr_incidence_contrast(&pairs, 0, 1, &options, &columns, NULL) != IMR_OK) {
        return;
    }
    if (!(a[1] <= a[2] && a[4] >= 0 && a[4] <= 1)) {
        abort();
    }
    /* the interval leaves out the margin just when the p-value is small */
    outside = margin < a[1] * (1 - 1e-9) - 1e-9 * t1 || margin > a[2] * (1 + 1e-9) + 1e-9 * t1;
    if (outside && a[4] > (1 - level) * (1 + 1e-6)) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t x[2] = { 0, 0 };
    double t[2], level, shape, rate, mean, median, prior[2], probability[8], low, high;
    imr_gamma_rows_t rows = { prior, prior + 1, 0, 0 }, posterior = { &shape, &rate, 0, 0 };

    if (size < 12) {
        return 0;
    }
    gsl_set_error_handler_off();
    for (int i = 0; i < 2; i++) {
        memcpy(&x[i], data + 4 * i, (data[10] >> i) & 1 ? 1 : 3);
        t[i] = ldexp(data[4 * i + 3], (int8_t) data[8 + i] / 8);
    }
    level = (1 + data[11]) / 257.0;
    check_rate(x[0], t[0], data[10], level);
    check_contrast(x[0], t[0], x[1], t[1], data[10], level);
    prior[0] = data[3] / 16.0;
    prior[1] = data[7] / 16.0;
    if (imr_incidence_posterior(x, 0, t, 0, &rows, 0, 1, &shape, &rate, &mean, &median, NULL)
        != IMR_OK) {
        return 0;
    }
    if (imr_incidence_posterior_interval(&posterior, 0, 1, level, &low, &high, NULL) == IMR_OK
        && !(low <= median && median <= high)) {
        abort();
    }
    if (imr_incidence_posterior_predictive(&posterior, t + 1, 0, 7, 0, 1, probability, NULL)
        == IMR_OK) {
        double sum = 0;

        for (int y = 0; y < 8; y++) {
            sum += probability[y];
        }
        if (!(sum >= 0 && sum <= 1 + 1e-9)) {
            abort();
        }
    }
    return 0;
}
