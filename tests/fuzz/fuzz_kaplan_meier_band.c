/* Any level and range: a positive critical value that does not fall when the range grows, and limits
 * on either side of the estimate, or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/kaplan_meier_band.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

typedef struct {
    double level, from, to, estimate[2], greenwood[2], n;
    uint8_t kind, scale, sensible;
} input_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Most doubles lie far outside (0, 1). */
static double
fraction(double x)
{
    return isfinite(x) ? fabs(remainder(x, 1)) * 2 : x;
}

static int
in_range(double level, double from, double to)
{
    return level >= 1e-6 && level <= 1 - 1e-12 && from <= to;
}

static void
check_critical(double level, double from, double to)
{
    double k = NAN, e = NAN, narrow;
    int status = imr_hall_wellner_critical(level, from, to, &k);

    if (in_range(level, from, to) && from >= 0 && to <= 1 && to > 0 && from < 1) {
        REQUIRE(status == IMR_OK && k > 0 && k < 20);
        if (from > 0 && from < 1) {
            REQUIRE(imr_hall_wellner_critical(level, from, from, &narrow) == IMR_OK);
            REQUIRE(narrow <= k * (1 + 1e-9));
        }
    } else if (status == IMR_OK) {
        REQUIRE(level > 0 && level < 1);
    }
    status = imr_equal_precision_critical(level, from, to, &e);
    if (in_range(level, from, to) && from > 0 && to < 1) {
        REQUIRE(status == IMR_OK && e > 0 && e < 80);
        REQUIRE(imr_equal_precision_critical(level, from, from, &narrow) == IMR_OK);
        REQUIRE(narrow <= e * (1 + 1e-9));
    } else if (status == IMR_OK) {
        REQUIRE(level > 0 && level < 1);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    imr_kaplan_meier_band_options_t options;
    imr_fault_t fault = { 0 };
    double critical, low[2], high[2];
    input_t input;

    if (size < sizeof(input)) {
        return 0;
    }
    memcpy(&input, data, sizeof(input));
    gsl_set_error_handler_off();
    if (input.sensible & 1) {
        double *value[] = { &input.level, &input.from, &input.to, input.estimate,
            input.estimate + 1, input.greenwood, input.greenwood + 1 };

        for (size_t i = 0; i < sizeof(value) / sizeof(value[0]); i++) {
            *value[i] = fraction(*value[i]);
        }
    }
    check_critical(input.level, input.from, input.to);
    options.kind = input.kind & 1 ? IMR_BAND_HALL_WELLNER : IMR_BAND_EQUAL_PRECISION;
    options.scale = (imr_kaplan_meier_band_scale_t) (input.scale % (IMR_BAND_ARCSINE + 1));
    options.level = input.level;
    if (imr_kaplan_meier_band(
            input.estimate, input.greenwood, 0, 2, input.n, &options, &critical, low, high, &fault)
        == IMR_OK) {
        for (int i = 0; i < 2; i++) {
            REQUIRE(low[i] >= 0 && high[i] <= 1);
            REQUIRE(low[i] <= input.estimate[i] * (1 + 1e-9));
            REQUIRE(high[i] >= input.estimate[i] * (1 - 1e-9));
        }
    } else {
        REQUIRE(fault.status < 0);
    }
    return 0;
}
