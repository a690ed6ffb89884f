/* Any few patients under any model: a fit at a maximum with limits round it, or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

#include "recovery/kinetics.h"

enum { MOST = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_patient(const imr_kinetics_t *answer, size_t p)
{
    for (size_t q = 0; q < answer->quantities; q++) {
        size_t at = p * answer->quantities + q;
        double estimate = answer->estimate[at], low = answer->low[at], high = answer->high[at];

        if (answer->status[p] != IMR_KINETICS_FITTED) {
            if (!isnan(estimate) || !isnan(low)) {
                abort();
            }
            continue;
        }
        /* a CAR T cell level need not fall with the day */
        if (answer->quantity[q] != IMR_KINETICS_CART_THRESHOLD && !isnan(estimate)
            && ((low > estimate && low > estimate + 1e-9 * fabs(estimate))
                || high < estimate - 1e-9 * fabs(estimate))) {
            abort();
        }
    }
    if (answer->status[p] == IMR_KINETICS_FITTED
        && !(answer->score_norm[p] < 1e-5 && answer->sd[p] >= 0 && answer->df[p] > 0)) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t patient[MOST];
    double day[MOST], count[MOST], cart[MOST], limit = 1;
    uint8_t below[MOST];
    imr_kinetics_rows_t rows = { patient, day, count, &limit, 0, below, cart, 0, 2 };
    imr_kinetics_options_t options = { .start_day = -INFINITY, .level = 0.95, .limits = 1 };
    imr_kinetics_t answer;
    imr_fault_t fault;

    if (size < 6) {
        return 0;
    }
    gsl_set_error_handler_off();
    options.models[0] = (imr_kinetics_model_t) (data[0] % IMR_KINETICS_MODELS);
    options.n_models = 1;
    options.error = (imr_kinetics_error_t) (data[1] % 3);
    options.start = (imr_kinetics_start_rule_t) (data[1] / 3 % 2);
    options.threshold = data[1] >= 128 ? NAN : 1 + data[1];
    for (size_t i = 2; i + 3 <= size && rows.n < MOST; i += 3) {
        size_t row = rows.n++;

        patient[row] = data[i] % 2;
        day[row] = (double) (data[i] / 2) - 3;
        count[row] = exp((double) data[i + 1] / 32) - 1;
        below[row] = count[row] <= 1;
        cart[row] = data[i + 2] % 4 == 0 ? NAN : exp((double) data[i + 2] / 32);
    }
    if (rows.n == 0 || imr_kinetics_init(&answer, &rows, &options, &fault) != IMR_OK) {
        return 0;
    }
    imr_kinetics_fit(&answer, 0, 2);
    check_patient(&answer, 0);
    check_patient(&answer, 1);
    imr_kinetics_free(&answer);
    return 0;
}
