/* Any small regression with limits: finite coefficients between their limits, or a status that the
 * input explains. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

#include "recovery/tobit.h"

enum { MOST = 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double low[MOST], high[MOST], columns[2 * MOST], from, to, p;
    imr_tobit_t fit;
    imr_fault_t fault;
    size_t n, k;
    int ret;

    if (size < 5) {
        return 0;
    }
    gsl_set_error_handler_off();
    k = data[0] % 3;
    n = (size - 1) / (2 + k) < MOST ? (size - 1) / (2 + k) : MOST;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *row = data + 1 + i * (2 + k);

        low[i] = high[i] = (double) (int8_t) row[0] / 8;
        switch (row[1] % 8) {
            case 1:
            case 2:
                low[i] = -INFINITY;
                break;
            case 3:
                high[i] = INFINITY;
                break;
            case 4:
                high[i] += (double) (1 + row[1] / 8) / 4;
                break;
            default:
                break;
        }
        for (size_t c = 0; c < k; c++) {
            columns[i * k + c] = (int8_t) row[2 + c] % 8;
        }
    }
    ret = imr_tobit_fit(&fit, low, high, columns, n, k, &fault);
    if (ret == IMR_ERR_NOCONV) {
        abort();
    }
    if (ret != IMR_OK) {
        return 0;
    }
    if (!(fit.score_norm < 1e-6 && fit.sd > 0 && isfinite(fit.sd) && isfinite(fit.loglik))) {
        abort();
    }
    for (size_t j = 0; j <= k + 1; j++) {
        double estimate = j == k + 1 ? fit.sd : fit.coef[j];

        if (!isfinite(estimate) || !(fit.std_error[j] > 0)) {
            abort();
        }
        if (imr_tobit_profile(&fit, j, 0.9, &from, &to, &p, &fault) != IMR_OK
            || !(from <= estimate && estimate <= to)) {
            abort();
        }
    }
    imr_tobit_free(&fit);
    return 0;
}
