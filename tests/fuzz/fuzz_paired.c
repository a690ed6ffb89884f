/* Any table, level, measure and method: limits inside their space that enclose the estimate, a p-value
 * inside [0, 1], or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "response/paired.h"

typedef struct {
    int32_t counts[4];
    uint8_t measure;
    uint8_t method;
    uint8_t test;
    uint8_t alternative;
    double level;
} input_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int ok)
{
    if (!ok) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_t input;
    imr_paired_options_t options;
    int64_t counts[4];
    imr_paired_rows_t rows = { &counts[0], &counts[1], &counts[2], &counts[3], 0, 0, 0, 0 };
    double estimate, low, high, statistic, pvalue;
    imr_fault_t fault;

    if (size < sizeof(input)) {
        return 0;
    }
    gsl_set_error_handler_off();
    memcpy(&input, data, sizeof(input));
    for (int i = 0; i < 4; i++) {
        counts[i] = input.counts[i] % 1000000;
    }
    options.measure = (imr_paired_measure_t) (input.measure % (IMR_PAIRED_ODDS_RATIO + 1));
    options.method = (imr_paired_method_t) (input.method % (IMR_PAIRED_CONDITIONAL_MID_P + 1));
    options.level = input.level;
    if (imr_paired(&rows, 0, 1, &options, &estimate, &low, &high, &fault) == IMR_OK) {
        check(low <= high);
        check(options.measure == IMR_PAIRED_DIFFERENCE ? low >= -1 && high <= 1 : low >= 0);
        if (!isnan(estimate) && options.level > 0.5) {
            check(low <= estimate + 1e-12 * fabs(estimate));
            check(estimate <= high + 1e-12 * fabs(estimate));
        }
    }
    if (imr_paired_test(&rows, 0, 1,
            (imr_paired_test_method_t) (input.test % (IMR_PAIRED_TEST_MCNEMAR_CC + 1)),
            (imr_alternative_t) (input.alternative % (IMR_LESS + 1)), &statistic, &pvalue, &fault)
        == IMR_OK) {
        check(isnan(pvalue) ? counts[1] + counts[2] == 0 : pvalue >= 0 && pvalue <= 1);
    }
    return 0;
}
