/* libFuzzer: any rows are refused with a status, or give an estimate between its limits. */
#include <math.h>
#include <stdlib.h>

#include "recovery/aplasia_parametric.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
#define MOST 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double a[MOST], b[MOST], c[MOST], d[MOST], drop = 0;
    size_t n = size / 4 < MOST ? size / 4 : MOST;
    imr_aplasia_rows_t rows;
    imr_fault_t fault = { 0 };

    for (size_t i = 0; i < n; i++) { /* whole days; a last byte of 255: not recovered */
        a[i] = data[4 * i];
        b[i] = a[i] + data[4 * i + 1] % 16;
        c[i] = b[i] + data[4 * i + 2] - 1;
        d[i] = data[4 * i + 3] == 255 ? INFINITY : c[i] + data[4 * i + 3] % 90;
    }
    if (imr_aplasia_rows_init(&rows, a, b, c, d, n, NULL, 0, &fault) != IMR_OK) {
        REQUIRE(fault.status != IMR_OK && fault.row < (int64_t) n);
        return 0;
    }
    REQUIRE(imr_aplasia_drop(0.95, &drop, NULL) == IMR_OK);
    for (int k = 0; k < 3; k++) {
        imr_aplasia_fit_t fit;
        imr_aplasia_limits_t l;

        if (imr_aplasia_fit(&fit, &rows, (imr_aplasia_distribution_t) k, &fault) != IMR_OK) {
            REQUIRE(fault.status == IMR_ERR_NOCONV);
            continue;
        }
        REQUIRE(
            imr_aplasia_limits(&l, &fit, &rows, IMR_APLASIA_QUANTILE, 0.5, drop, &fault) == IMR_OK);
        REQUIRE(l.low <= l.estimate && l.estimate <= l.high);
        REQUIRE(
            imr_aplasia_limits(&l, &fit, &rows, IMR_APLASIA_SURVIVAL, 90, drop, &fault) == IMR_OK);
        REQUIRE(l.low >= 0 && l.low <= l.estimate && l.estimate <= l.high && l.high <= 1);
    }
    imr_aplasia_rows_free(&rows);
    return 0;
}
