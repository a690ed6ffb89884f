/* libFuzzer: whatever the values, their order is sorted, stable and a permutation, the sort of keys
 * agrees with it, merging ties keeps the order, and counting days counts each row once. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/order.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_order(const double *value, size_t n)
{
    uint32_t *row = malloc(4 * n + 4);
    uint64_t *keys = malloc(8 * n + 8), *scratch = malloc(8 * n + 8), *sorted;
    unsigned char *seen = calloc(n + 1, 1);
    imr_fault_t fault = { 0 };
    size_t first_nan = 0;
    int status = imr_order(value, n, "value", row, &fault);

    while (first_nan < n && !isnan(value[first_nan])) {
        first_nan++;
    }
    if (first_nan < n) {
        REQUIRE(status == IMR_ERR_NONFINITE && fault.row == (int64_t) first_nan);
        goto out;
    }
    REQUIRE(status == IMR_OK);
    for (size_t i = 0; i < n; i++) {
        REQUIRE(row[i] < n && !seen[row[i]]);
        seen[row[i]] = 1;
        keys[i] = imr_key(value[i]);
        REQUIRE(imr_key_value(keys[i]) == value[i]);
    }
    for (size_t i = 1; i < n; i++) {
        double a = value[row[i - 1]], b = value[row[i]];

        REQUIRE(a < b || (a == b && row[i - 1] < row[i]));
    }
    sorted = imr_sort_keys(keys, scratch, n);
    for (size_t i = 0; i < n; i++) {
        REQUIRE(imr_key_value(sorted[i]) == value[row[i]]);
    }
out:
    free(row);
    free(keys);
    free(scratch);
    free(seen);
}

static void
check_ties(const double *value, size_t n)
{
    double *fixed = malloc(8 * n + 8);
    size_t merged, finite = 0;

    while (finite < n && isfinite(value[finite])) {
        finite++;
    }
    REQUIRE((imr_fix_ties(NULL, value, n, NULL, fixed, &merged, NULL) == IMR_OK) == (finite == n));
    for (size_t i = 0; finite == n && i < n; i++) {
        REQUIRE(fixed[i] <= value[i]);
        for (size_t j = i; j > 0 && j + 8 > i; j--) {
            REQUIRE(!(value[i] <= value[j - 1]) || fixed[i] <= fixed[j - 1]);
            REQUIRE(!(value[i] >= value[j - 1]) || fixed[i] >= fixed[j - 1]);
        }
    }
    free(fixed);
}

static void
check_days(const double *time, const uint8_t *label, size_t n)
{
    uint32_t max_day = 0, *counts;
    int whole = imr_whole_days(time, n, &max_day), counted, valid = 1;
    size_t days = whole ? (size_t) max_day + 1 : 1000, total = 0;

    counts = malloc(4 * 2 * (days << 1));
    for (size_t i = 0; i < n; i++) {
        valid &= time[i] >= 0 && isfinite(time[i]) && label[i] < 2;
    }
    REQUIRE((imr_count_days(time, label, n, 1, days, counts, &counted, NULL) == IMR_OK) == valid);
    REQUIRE(counted == (valid && whole));
    for (size_t i = 0; counted && i < days << 1; i++) {
        total += counts[i];
    }
    REQUIRE(!counted || total == n);
    free(counts);
}

/* The first byte says how the rest becomes values: doubles as they are, numbers that differ in few
 * bits beside an outlier, whole days, days with rounding. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int shape = size > 0 ? data[0] % 4 : 0;
    size_t width = shape == 0 ? 8 : 2, n = size > 0 ? (size - 1) / width : 0;
    double *value = malloc(8 * n + 8);
    uint8_t *label = malloc(n + 1);

    for (size_t i = 0; i < n; i++) {
        const uint8_t *here = data + 1 + width * i;
        double whole = here[0] + 256.0 * here[1];

        if (shape == 0) {
            memcpy(&value[i], here, 8);
        } else if (shape == 1) {
            value[i] = i == 0 ? 0 : 1 + whole * 0x1p-52;
        } else {
            value[i] = shape == 2 ? whole : whole * 1e-9;
        }
        label[i] = (uint8_t) (here[0] % 16 == 15 && here[1] == 255 ? 2 : here[0] & 1);
    }
    check_order(value, n);
    check_ties(value, n);
    check_days(value, label, n);
    free(value);
    free(label);
    return 0;
}
