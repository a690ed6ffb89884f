/* Any small table: coefficients between their limits, a certificate, or a status that names the input. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/rate_regression.h"

enum { MOST = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t events[MOST];
    double columns[2 * MOST], exposure[MOST], low, high, p;
    imr_rate_regression_t fit;
    imr_rate_options_t options;
    imr_rate_data_t rows = { events, exposure, columns, NULL, 0, 0, 0 };
    imr_fault_t fault;
    size_t width;
    int status;

    if (size < 6) {
        return 0;
    }
    gsl_set_error_handler_off();
    rows.k = data[0] % 3;
    width = 2 + rows.k;
    rows.n = (size - 2) / width < MOST ? (size - 2) / width : MOST;
    options = (imr_rate_options_t) { (imr_rate_family_t) (data[0] / 3 % 3),
        (imr_rate_variance_t) (data[0] / 9 % 3), (imr_rate_information_t) (data[0] / 27 % 2),
        (imr_rate_interval_t) (data[0] / 54 % 3), (1 + data[1]) / 257.0 };
    for (size_t i = 0; i < rows.n; i++) {
        const uint8_t *row = data + 2 + i * width;

        events[i] = row[0] % 16 == 15 ? 3 * row[0] : row[0] % 8;
        exposure[i] = row[1] / 16.0;
        for (size_t c = 0; c < rows.k; c++) {
            columns[i * rows.k + c] = (int8_t) row[2 + c] / 8.0;
        }
    }
    status = imr_rate_regression_fit(&fit, &rows, &options, NULL, &fault);
    if (status != IMR_OK) {
        if (imr_status_kind(status) == IMR_KIND_CONVERGENCE) {
            abort();
        }
        return 0;
    }
    if (!(fit.score_norm < 1e-5)) {
        abort();
    }
    for (size_t j = 0; j < fit.p; j++) {
        if (!fit.infinite && !isfinite(fit.coef[j])) {
            abort();
        }
        status = imr_rate_regression_limits(&fit, j, &low, &high, &p, &fault);
        if (status != IMR_OK || !(low <= high) || low > fit.coef[j] || high < fit.coef[j]) {
            abort();
        }
    }
    if (options.family == IMR_RATE_NEGATIVE_BINOMIAL
        && (imr_rate_regression_theta(&fit, &low, &high, &fault) != IMR_OK
            || !(low > 0 && low <= 1 / fit.alpha && 1 / fit.alpha <= high))) {
        abort();
    }
    imr_rate_regression_free(&fit);
    return 0;
}
