/* Any small cohort: a maximum with finite parameters, or a status that says why there is none. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

#include "recovery/kinetics_cohort.h"

enum { MOST = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t patient[MOST];
    double day[MOST], count[MOST], limit = 1;
    uint8_t random[IMR_KINETICS_MOST];
    imr_kinetics_rows_t rows = { patient, day, count, &limit, 0, NULL, NULL, 0, 4 };
    imr_kinetics_options_t options = { .n_models = 1,
        .start = IMR_KINETICS_FROM_DAY,
        .start_day = -INFINITY,
        .threshold = NAN,
        .level = 0.95 };
    imr_kinetics_t read;
    imr_kinetics_cohort_t fit;
    imr_fault_t fault;
    int ret;

    if (size < 8) {
        return 0;
    }
    gsl_set_error_handler_off();
    options.models[0] = (imr_kinetics_model_t) (data[0] % IMR_KINETICS_MODELS);
    options.error = (imr_kinetics_error_t) (data[1] % 3);
    for (int c = 0; c < IMR_KINETICS_MOST; c++) {
        random[c] = (uint8_t) (data[1] >> (2 + c)) & 1;
    }
    for (size_t i = 2; i + 2 <= size && rows.n < MOST; i += 2) {
        size_t row = rows.n++;

        patient[row] = data[i] % 4;
        day[row] = (double) (data[i] / 4) - 1;
        count[row] = exp((double) data[i + 1] / 32) - 1;
    }
    if (imr_kinetics_init(&read, &rows, &options, &fault) != IMR_OK) {
        return 0;
    }
    ret = imr_kinetics_cohort_fit(&fit, &read, random, data[1] % 2 == 0 ? 1 : 3, NULL, &fault);
    if (ret == IMR_OK) {
        if (!(fit.score_norm < 1e-2 && isfinite(fit.loglik) && fit.h > 0)) {
            abort();
        }
        for (size_t c = 0; c < fit.p; c++) {
            if (!isfinite(fit.theta[c]) || !(fit.covariance[c * IMR_KINETICS_MOST + c] > 0)
                || !(fit.between[c] >= 0) || (fit.between[c] > 0 && !(fit.between_error[c] > 0))) {
                abort();
            }
        }
    } else if (fault.status != ret) {
        abort();
    }
    imr_kinetics_cohort_free(&fit);
    imr_kinetics_free(&read);
    return 0;
}
