/* Any counts and priors: probabilities that are probabilities, or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "response/posterior.h"

typedef struct {
    uint32_t events, n, other_events, other_n;
    uint8_t m, kind;
    double prior[4];
    double level, margin, p0, threshold;
} input_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
in_unit(double p)
{
    return p >= 0 && p <= 1 + 1e-12;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_t input;
    double alpha[2], beta[2], mean, median, low, high, p, other, row[256], sum = 0;
    imr_shapes_t shapes[2];
    imr_fault_t fault;

    if (size < sizeof(input)) {
        return 0;
    }
    memcpy(&input, data, sizeof(input));
    gsl_set_error_handler_off();
    for (int i = 0; i < 2; i++) {
        int64_t n = (i == 0 ? input.n : input.other_n) % 100000;
        int64_t events = (i == 0 ? input.events : input.other_events) % (uint32_t) (n + 1);
        imr_shapes_t prior = { &input.prior[2 * i], 0, &input.prior[2 * i + 1], 0 };

        if (imr_posterior(
                &events, 0, &n, 0, &prior, 0, 1, &alpha[i], &beta[i], &mean, &median, &fault)
            != IMR_OK) {
            return 0;
        }
        if (!in_unit(mean) || !in_unit(median)) {
            abort();
        }
        shapes[i] = (imr_shapes_t) { &alpha[i], 0, &beta[i], 0 };
    }
    if (imr_posterior_interval(&shapes[0], 0, 1, (imr_posterior_kind_t) (input.kind % 2),
            input.level, &low, &high, &fault)
            == IMR_OK
        && !(low >= 0 && low <= high && high <= 1)) {
        abort();
    }
    if (imr_posterior_above(&shapes[0], &input.p0, 0, 0, 1, &p, &fault) == IMR_OK && !in_unit(p)) {
        abort();
    }
    if (imr_posterior_greater(&shapes[0], &shapes[1], input.margin, 0, 1, &p, &fault) == IMR_OK
        && imr_posterior_greater(&shapes[1], &shapes[0], -input.margin, 0, 1, &other, &fault)
            == IMR_OK
        && !(fabs(p + other - 1) < 1e-9)) {
        abort();
    }
    if (imr_posterior_predictive(&shapes[0], input.m, 0, 1, row, &fault) != IMR_OK) {
        abort();
    }
    for (int y = 0; y <= input.m; y++) {
        sum += row[y];
    }
    if (!(fabs(sum - 1) < 1e-12)) {
        abort();
    }
    if (imr_posterior_success(&shapes[0], input.m, input.p0, input.threshold, 0, 1, &p, &fault)
            == IMR_OK
        && !in_unit(p)) {
        abort();
    }
    return 0;
}
