/* libFuzzer: any rows of two groups are refused with a status, or compared: limits round the difference
 * within [-1, 1], a p-value in [0, 1], and minus the difference with the other reference. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/curve_difference.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define MOST_ROWS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double time[MOST_ROWS], at, s, r, d[2], e, low[2], high[2], z, p;
    uint8_t event[MOST_ROWS];
    int64_t group[MOST_ROWS], n, m;
    imr_kaplan_meier_data_t rows = { .time = time, .event = event, .group = group, .groups = 2 };
    imr_fault_t fault = { 0 };

    if (size < 3) {
        return 0;
    }
    at = data[0] / 2.0;
    for (size_t i = 3; i + 1 < size && rows.n < MOST_ROWS; i += 2) {
        event[rows.n] = data[i] & 1;
        group[rows.n] = data[i] >> 1 & 1;
        time[rows.n++] = data[i] >> 2 == 63 ? -1.0 / data[i + 1] : data[i + 1] / 2.0;
    }
    for (int reference = 0; reference < 2; reference++) {
        imr_curve_difference_options_t options = { (imr_kaplan_meier_interval_t) (data[1] % 7),
            (1 + data[2] % 127) / 128.0, (size_t) reference, data[2] >> 7 };
        imr_curve_difference_t row = { &s, &r, &n, &m, d + reference, &e, low + reference,
            high + reference, &z, &p };
        int status = imr_curve_difference(&rows, &options, &at, 1, &row, &fault);

        if (status != IMR_OK) {
            REQUIRE(status == fault.status);
            return 0;
        }
        REQUIRE(isnan(p) || (p >= 0 && p <= 1));
        REQUIRE(isnan(low[reference]) == isnan(p));
        REQUIRE(isnan(p)
            || (low[reference] >= -1 && low[reference] <= d[reference]
                && d[reference] <= high[reference] && high[reference] <= 1));
    }
    REQUIRE(isnan(d[0]) || (d[0] == -d[1] && (isnan(low[0]) || fabs(low[0] + high[1]) < 1e-12)));
    return 0;
}
