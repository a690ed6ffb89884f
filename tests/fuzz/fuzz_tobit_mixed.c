/* Any small regression of repeated values with limits: estimates between their limits and certified, or a
 * status that the input explains. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

#include "recovery/tobit_mixed.h"

enum { MOST = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_limits(imr_tobit_mixed_t *fit)
{
    for (size_t j = 0; j < fit->p + 2; j++) {
        double estimate = j < fit->p ? fit->coef[j] : j == fit->p ? fit->sd : fit->patient_sd;
        double slack = 1e-9 * (fabs(estimate) + fit->sd), from, to, p;
        imr_fault_t fault;

        if (!isfinite(estimate) || (j < fit->p && !(fit->std_error[j] > 0))) {
            abort();
        }
        int ret = imr_tobit_mixed_profile(fit, j, 0.9, &from, &to, &p, &fault);

        if (ret == IMR_ERR_TOBIT_MIXED_FLAT) { /* refused, with the reason */
            continue;
        }
        if (ret != IMR_OK || !(from <= estimate + slack && estimate <= to + slack)
            || !(j == fit->p || (p >= 0 && p <= 1))) {
            abort();
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double low[MOST], high[MOST], columns[MOST];
    int64_t patient[MOST];
    imr_tobit_mixed_t fit;
    imr_fault_t fault;
    size_t n, k;
    int ret;

    if (size < 5) {
        return 0;
    }
    gsl_set_error_handler_off();
    k = data[0] % 2;
    n = (size - 1) / (3 + k) < MOST ? (size - 1) / (3 + k) : MOST;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *row = data + 1 + i * (3 + k);

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
        patient[i] = row[2] % 5;
        if (k == 1) {
            columns[i] = (int8_t) row[3] % 8;
        }
    }
    ret = imr_tobit_mixed_fit(&fit, low, high, columns, patient, n, k, 5, NULL, &fault);
    if (ret == IMR_ERR_NOCONV || ret == IMR_ERR_TOBIT_MIXED_NODES) {
        abort();
    }
    if (ret != IMR_OK) {
        return 0;
    }
    if (!(fit.score_norm < 1e-6 && fit.quadrature_error <= 1e-9 && fit.sd > 0 && fit.patient_sd >= 0
            && isfinite(fit.loglik) && fit.loglik >= fit.loglik_plain - 1e-8)) {
        abort();
    }
    check_limits(&fit);
    imr_tobit_mixed_free(&fit);
    return 0;
}
