/* Any strata, level, measure and method: limits inside their space that enclose the estimate, p-values
 * inside [0, 1], or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "response/stratified.h"
#include "response/stratified_test.h"

enum { MOST_STRATA = 6 };

typedef struct {
    uint8_t measure;
    uint8_t method;
    uint8_t test;
    uint8_t alternative;
    double level;
} options_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int ok)
{
    if (!ok) {
        abort();
    }
}

static int
is_pvalue(double p)
{
    return isnan(p) || (p >= 0 && p <= 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    options_t input;
    imr_stratified_options_t options;
    imr_stratified_t estimate;
    int64_t counts[4][MOST_STRATA], df;
    imr_strata_t strata = { counts[0], counts[1], counts[2], counts[3], 0 };
    double statistic, pvalue, weights[MOST_STRATA], slack = 1e-9;
    imr_fault_t fault;

    if (size < sizeof(input)) {
        return 0;
    }
    gsl_set_error_handler_off();
    memcpy(&input, data, sizeof(input));
    data += sizeof(input);
    size -= sizeof(input);
    while (size >= 4 && strata.strata < MOST_STRATA) {
        for (int i = 0; i < 4; i++) {
            counts[i][strata.strata] = data[i] % 61 - 1;
        }
        data += 4;
        size -= 4;
        strata.strata++;
    }
    options.measure = (imr_stratified_measure_t) (input.measure % (IMR_STRATIFIED_ODDS_RATIO + 1));
    options.method = (imr_stratified_method_t) (input.method % (IMR_STRATIFIED_CONDITIONAL + 1));
    options.level = input.level;
    if (imr_stratified(&strata, &options, &estimate, &fault) == IMR_OK) {
        check(estimate.low <= estimate.high);
        check(options.measure == IMR_STRATIFIED_DIFFERENCE
                ? estimate.low >= -1 && estimate.high <= 1
                : estimate.low >= 0);
        if (!isnan(estimate.estimate) && options.level > 0.01) {
            check(estimate.low * (1 - slack) <= estimate.estimate + slack);
            check(estimate.estimate <= estimate.high * (1 + slack) + 2 * slack);
        }
    }
    if (imr_stratified_proportion(
            counts[0], counts[1], strata.strata, options.level, weights, &estimate, &fault)
        == IMR_OK) {
        check(estimate.low >= 0 && estimate.low <= estimate.high && estimate.high <= 1);
    }
    if (imr_stratified_test(&strata,
            (imr_stratified_test_method_t) (input.test % (IMR_STRATIFIED_TEST_CENTRAL + 1)),
            (imr_alternative_t) (input.alternative % (IMR_LESS + 1)), &statistic, &pvalue, &fault)
        == IMR_OK) {
        check(is_pvalue(pvalue));
    }
    if (imr_homogeneity_test(&strata,
            (imr_homogeneity_method_t) (input.test % (IMR_HOMOGENEITY_TARONE + 1)), &statistic, &df,
            &pvalue, &fault)
        == IMR_OK) {
        check(is_pvalue(pvalue) && !(statistic < 0));
    }
    return 0;
}
