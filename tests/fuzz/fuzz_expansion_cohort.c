/* Any small cohort: a maximum with finite parameters, or a status that says why there is none. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

#include "recovery/expansion_cohort.h"
#include "recovery/expansion_cohort_curve.h"

enum { MOST = 30, M = IMR_EXPANSION_PARAMETERS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_fit(const imr_expansion_cohort_t *fit)
{
    const imr_expansion_population_t *population = &fit->population;
    size_t p = imr_expansion_parameters(population->decline);

    if (!(fit->score_norm < 1e-2 && isfinite(fit->loglik) && isfinite(population->log_h)
            && fit->loglik_error >= 0)) {
        abort();
    }
    for (size_t c = 0; c < p; c++) {
        if (!isfinite(population->theta[c]) || !(fit->covariance[c * M + c] > 0)
            || !(population->between[c] >= 0)) {
            abort();
        }
        for (size_t i = 0; i < fit->patients; i++) {
            if (!isfinite(fit->individual[i * M + c])
                || !(fit->individual_covariance[i * IMR_EXPANSION_SQUARE + c * M + c] >= 0)) {
                abort();
            }
        }
    }
    for (int q = 0; q < (int) imr_expansion_cohort_quantities(population->decline); q++) {
        imr_expansion_quantity_value_t value = imr_expansion_cohort_quantity(population->decline,
            (imr_expansion_cohort_quantity_t) q, population->theta, fit->covariance, 2);

        if (value.low > value.estimate || value.high < value.estimate) {
            abort();
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t patient[MOST];
    double day[MOST], copies[MOST], limit = 1;
    imr_count_series_t series = { .patient = patient,
        .day = day,
        .count = copies,
        .lloq = &limit,
        .patients = 4,
        .n_series = 1,
        .duplicates = IMR_DUPLICATES_ERROR };
    imr_expansion_cohort_options_t options = { .points = 100 };
    imr_expansion_cohort_t fit;
    imr_fault_t fault = { 0 };
    int ret;

    if (size < 8) {
        return 0;
    }
    gsl_set_error_handler_off();
    options.decline = (imr_expansion_decline_t) (data[0] % 2);
    for (size_t c = 0; c < M; c++) {
        options.random[c] = c == IMR_EXPANSION_TMAX || (data[1] >> c & 1);
    }
    for (size_t i = 2; i + 2 <= size && series.n < MOST; i += 2) {
        size_t row = series.n++;

        patient[row] = data[i] % 4;
        day[row] = (double) (data[i] / 4);
        copies[row] = exp((double) data[i + 1] / 24) - 1;
    }
    ret = imr_expansion_cohort_fit(&fit, &series, &options, NULL, &fault);
    if (ret == IMR_OK) {
        check_fit(&fit);
    } else if (fault.status != ret) {
        abort();
    }
    imr_expansion_cohort_free(&fit);
    return 0;
}
