/* Any few small series, any method: an estimate between its limits, or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

#include "response/pooled.h"

enum { MOST = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t events[MOST], n[MOST];
    double design[2 * MOST], y[MOST], v[MOST], weight[MOST];
    imr_series_t series = { events, n, design, 0, 1 };
    imr_pooled_options_t options;
    imr_pooled_t result;
    imr_fault_t fault;

    if (size < 4) {
        return 0;
    }
    gsl_set_error_handler_off();
    options = (imr_pooled_options_t) { (imr_pooled_method_t) (data[0] % (IMR_POOLED_RAW + 1)),
        (imr_pooled_tau2_t) (data[1] % (IMR_POOLED_EB + 1)), data[2] & 1, 1 + data[2] % 20, 0.9 };
    series.p = 1 + data[3] % 2;
    for (size_t i = 4; i + 1 < size && series.k < MOST; i += 2, series.k++) {
        n[series.k] = data[i] % 40;
        events[series.k] = data[i + 1] % (n[series.k] + 1);
        design[series.k * series.p] = 1;
        if (series.p == 2) {
            design[series.k * 2 + 1] = data[i + 1] >> 6;
        }
    }
    if (imr_pooled(&series, &options, &result, y, v, weight, &fault) != IMR_OK) {
        return 0;
    }
    for (size_t c = 0; c < series.p; c++) {
        if (!(result.low[c] <= result.coef[c] && result.coef[c] <= result.high[c])) {
            abort();
        }
    }
    if (!(isnan(result.tau2) || result.tau2 >= 0)) {
        abort();
    }
    return 0;
}
