/* Any counts, measure, method, direction, level and margin: an answer inside its space that holds the
 * estimate, or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "response/contrast.h"

typedef struct {
    uint16_t x1, n1, x2, n2;
    uint8_t measure, method, alternative, small;
    double level;
    double margin;
} input_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_t input;
    imr_contrast_options_t options;
    imr_fault_t fault;
    double estimate, low, high, statistic, pvalue, least, most;
    int64_t x1, n1, x2, n2, modulus;
    imr_two_groups_rows_t rows = { .x1 = &x1, .n1 = &n1, .x2 = &x2, .n2 = &n2 };
    imr_contrast_columns_t columns = { &estimate, &low, &high, &statistic, &pvalue };
    int status;

    if (size < sizeof(input)) {
        return 0;
    }
    memcpy(&input, data, sizeof(input));
    gsl_set_error_handler_off();
    options.measure = (imr_contrast_measure_t) (input.measure % (IMR_ODDS_RATIO + 1));
    options.method = (imr_contrast_method_t) (input.method % (IMR_CONTRAST_CONDITIONAL_BLAKER + 1));
    options.alternative = (imr_alternative_t) (input.alternative % (IMR_LESS + 1));
    options.level = input.level;
    modulus = options.method == IMR_CONTRAST_CHAN_ZHANG ? 20 : input.small % 2 ? 12 : 3000;
    n1 = input.n1 % modulus;
    n2 = input.n2 % modulus;
    x1 = input.x1 % (n1 + 2);
    x2 = input.x2 % (n2 + 2);
    status = imr_contrast(&rows, &input.margin, 0, 0, 1, &options, &columns, &fault);
    if (status != IMR_OK) {
        if (imr_status_kind(status) != IMR_KIND_INPUT) {
            abort();
        }
        return 0;
    }
    least = options.measure == IMR_DIFFERENCE ? -1 : 0;
    most = options.measure == IMR_DIFFERENCE ? 1 : INFINITY;
    if (!(low >= least && high <= most && low <= high) || !(pvalue >= 0 && pvalue <= 1)) {
        abort();
    }
    if (!isnan(estimate) && options.level > 0.9
        && !(low <= estimate * (1 + 1e-9) + 1e-9 && estimate <= high * (1 + 1e-9) + 1e-9)) {
        abort();
    }
    return 0;
}
