/* Any small table: finite coefficients between their limits, or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "response/logistic.h"

enum { MOST = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t event[MOST];
    double columns[2 * MOST], low, high, p;
    imr_logistic_t fit;
    imr_fault_t fault;
    size_t n, k;

    if (size < 4) {
        return 0;
    }
    gsl_set_error_handler_off();
    k = 1 + data[0] % 2;
    n = (size - 2) / (1 + k) < MOST ? (size - 2) / (1 + k) : MOST;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *row = data + 2 + i * (1 + k);

        event[i] = row[0] & 1;
        for (size_t c = 0; c < k; c++) {
            columns[i * k + c] = ldexp((int8_t) row[1 + c], row[0] >> 4);
        }
    }
    if (imr_logistic_fit(&fit, event, columns, n, k, (imr_logistic_penalty_t) (data[1] % 2), &fault)
        != IMR_OK) {
        return 0;
    }
    for (size_t j = 0; j <= k; j++) {
        if (!isfinite(fit.coef[j])) {
            abort();
        }
        if (imr_logistic_profile(&fit, j, 0.9, &low, &high, &p, &fault) == IMR_OK
            && !(low <= fit.coef[j] && fit.coef[j] <= high && p >= 0 && p <= 1)) {
            abort();
        }
    }
    imr_logistic_free(&fit);
    return 0;
}
