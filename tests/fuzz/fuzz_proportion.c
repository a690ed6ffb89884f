/* Any counts, level, method and direction: an answer inside [0, 1] with its estimate, or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "response/proportion.h"
#include "response/proportion_test.h"

typedef struct {
    uint16_t events;
    uint16_t n;
    uint8_t method;
    uint8_t alternative;
    double level;
    double null;
} input_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_t input;
    imr_proportion_options_t options;
    imr_proportion_memo_t memo = { -1, NULL };
    imr_fault_t fault;
    double estimate, low, high, statistic, pvalue;
    int64_t events, n;
    int status;

    if (size < sizeof(input)) {
        return 0;
    }
    memcpy(&input, data, sizeof(input));
    gsl_set_error_handler_off();
    events = input.events % 3000;
    n = input.n % 3000;
    options.method = (imr_proportion_method_t) (input.method % (IMR_PROPORTION_WALD + 1));
    options.alternative = (imr_alternative_t) (input.alternative % (IMR_LESS + 1));
    options.level = input.level;
    status =
        imr_proportion(&events, 0, &n, 0, 0, 1, &options, &memo, &estimate, &low, &high, &fault);
    if (status == IMR_OK && !(low >= 0 && high <= 1 && low <= high)) {
        abort();
    }
    if (status == IMR_OK && n > 0 && options.level > 0.5
        && !(low <= estimate + 1e-12 && estimate - 1e-12 <= high)) {
        abort();
    }
    status = imr_proportion_test(&events, 0, &n, 0, &input.null, 0, 0, 1,
        (imr_proportion_test_method_t) (input.method % (IMR_PROPORTION_TEST_SCORE + 1)),
        options.alternative, &statistic, &pvalue, &fault);
    if (status == IMR_OK && !(pvalue >= 0 && pvalue <= 1)) {
        abort();
    }
    return 0;
}
