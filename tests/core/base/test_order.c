#include "base/order.h"

#include <float.h>

#include "base/rng.h"

#include "../harness.h"

static const uint64_t seed[2] = { 20261105, 7 };

static int
compare_keys(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

    return (x > y) - (x < y);
}

/* --- data of many shapes ---------------------------------------------------------------------- */

enum {
    CONTINUOUS,
    FEW_DISTINCT,
    ALL_EQUAL,
    ASCENDING,
    DESCENDING,
    SIGNED,
    DENORMAL,
    HUGE_RANGE,
    LAST_BITS, /* differ in the last bits alone */
    LAST_BITS_BESIDE_ZERO, /* and so do not show in the leading bits of the range */
    TWO_CLUSTERS,
    WHOLE_NUMBERS,
    LARGE_WHOLE_NUMBERS, /* alike in their last bits */
    ALIKE_BESIDE_ZERO, /* likewise, and so many others that not all fit beside the row */
    SHAPES
};

static double
draw(imr_rng_t *rng, int shape, size_t i, size_t n)
{
    switch (shape) {
        case CONTINUOUS:
            return -365 * log(imr_rng_uniform(rng));
        case FEW_DISTINCT:
            return imr_rng_below(rng, 5);
        case ALL_EQUAL:
            return 28;
        case ASCENDING:
            return (double) i;
        case DESCENDING:
            return (double) (n - i);
        case SIGNED:
            return imr_rng_below(rng, 20) == 0 ? -0.0 : imr_rng_normal(rng);
        case DENORMAL:
            return imr_rng_below(rng, 1000) * 0x1p-1074;
        case HUGE_RANGE:
            return exp(200 * imr_rng_normal(rng));
        case LAST_BITS:
            return 1 + imr_rng_below(rng, 1u << 20) * DBL_EPSILON;
        case LAST_BITS_BESIDE_ZERO:
            return i % 97 == 5 ? 0 : 1 + imr_rng_below(rng, 1u << 20) * DBL_EPSILON;
        case LARGE_WHOLE_NUMBERS:
            return imr_rng_below(rng, 1u << 31);
        case ALIKE_BESIDE_ZERO:
            return i % 97 == 5 ? 0 : 1 + imr_rng_below(rng, 1u << 20) * 0x1p-44;
        case TWO_CLUSTERS:
            return (imr_rng_below(rng, 2) ? -DBL_MAX : 1e-300) * (1 - imr_rng_uniform(rng) * 1e-9);
        default:
            return imr_rng_below(rng, 3000);
    }
}

static const size_t sizes[] = { 0, 1, 2, 3, 15, 19, 20, 21, 64, 255, 256, 257, 1000, 1023, 5000,
    40000 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* --- keys ------------------------------------------------------------------------------------- */

static void
test_keys_sort_as_their_doubles_and_come_back(void)
{
    const double ascending[] = { -INFINITY, -DBL_MAX, -1.5, -1, -DBL_MIN, -0x1p-1074, 0, 0x1p-1074,
        DBL_MIN, 0.1, 1, 1.5, 365.25, DBL_MAX, INFINITY };
    size_t n = sizeof(ascending) / sizeof(ascending[0]);

    for (size_t i = 0; i < n; i++) {
        CHECK(imr_key_value(imr_key(ascending[i])) == ascending[i]);
        CHECK(i == 0 || imr_key(ascending[i - 1]) < imr_key(ascending[i]));
    }
    CHECK(imr_key(-0.0) == imr_key(0.0));
    CHECK(!signbit(imr_key_value(imr_key(-0.0))));
}

static void
check_sort(const uint64_t *unsorted, size_t n, int shape)
{
    uint64_t *keys = malloc(8 * n + 8), *scratch = malloc(8 * n + 8), *twin = malloc(8 * n + 8);
    uint64_t *sorted;

    memcpy(keys, unsorted, 8 * n);
    memcpy(twin, unsorted, 8 * n);
    qsort(twin, n, sizeof(*twin), compare_keys);
    sorted = imr_sort_keys(keys, scratch, n);
    CHECK(sorted == keys || sorted == scratch);
    if (memcmp(sorted, twin, 8 * n) != 0) {
        fprintf(stderr, "shape %d, n = %zu: not as qsort\n", shape, n);
        CHECK(0);
    }
    free(keys);
    free(scratch);
    free(twin);
}

static void
test_sorted_as_by_qsort(void)
{
    imr_rng_t rng;

    imr_rng_init(&rng, seed, 0);
    for (int shape = 0; shape < SHAPES; shape++) {
        for (size_t s = 0; s < SIZES; s++) {
            size_t n = sizes[s];
            uint64_t *keys = malloc(8 * n + 8);

            for (size_t i = 0; i < n; i++) {
                keys[i] = imr_key(draw(&rng, shape, i, n));
            }
            check_sort(keys, n, shape);
            free(keys);
        }
    }
}

static void
test_keys_of_all_64_bits_are_sorted(void)
{
    uint64_t keys[3000];
    imr_rng_t rng;

    imr_rng_init(&rng, seed, 1);
    for (size_t i = 0; i < 3000; i++) {
        keys[i] = imr_rng_next64(&rng) >> imr_rng_below(&rng, 64);
    }
    keys[17] = 0;
    keys[2000] = UINT64_MAX;
    check_sort(keys, 3000, -1);
    check_sort(keys, 30, -1);
}

static void
test_a_million_keys_are_sorted_in_linear_time(void)
{
    /* the second shape leaves so much to insertion that without a budget it takes minutes */
    const int shapes[] = { CONTINUOUS, LAST_BITS_BESIDE_ZERO };
    size_t n = 1000000;
    uint64_t *keys = malloc(8 * n);
    imr_rng_t rng;

    imr_rng_init(&rng, seed, 2);
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < n; i++) {
            keys[i] = imr_key(draw(&rng, shapes[k], i, n));
        }
        check_sort(keys, n, shapes[k]);
    }
    free(keys);
}

/* --- order ------------------------------------------------------------------------------------ */

static void
test_order_is_a_stable_permutation(void)
{
    imr_rng_t rng;

    imr_rng_init(&rng, seed, 3);
    for (int shape = 0; shape < SHAPES; shape++) {
        for (size_t s = 0; s < SIZES; s++) {
            size_t n = sizes[s], wrong = 0;
            double *value = malloc(8 * n + 8);
            uint32_t *row = malloc(4 * n + 4);
            unsigned char *seen = calloc(n + 1, 1);

            for (size_t i = 0; i < n; i++) {
                value[i] = draw(&rng, shape, i, n);
            }
            CHECK(imr_order(value, n, "value", row, NULL) == IMR_OK);
            for (size_t i = 0; i < n; i++) {
                wrong += row[i] >= n || seen[row[i]];
                seen[row[i] < n ? row[i] : n] = 1;
            }
            for (size_t i = 1; i < n && wrong == 0; i++) {
                double a = value[row[i - 1]], b = value[row[i]];

                wrong += !(a < b || (a == b && row[i - 1] < row[i]));
            }
            CHECK(wrong == 0);
            free(value);
            free(row);
            free(seen);
        }
    }
}

static void
test_order_takes_infinities_and_both_zeros(void)
{
    const double value[] = { INFINITY, 0.0, -0.0, -INFINITY, 0.0, INFINITY };
    const uint32_t expected[] = { 3, 1, 2, 4, 0, 5 };
    uint32_t row[6];

    CHECK(imr_order(value, 6, "value", row, NULL) == IMR_OK);
    CHECK(memcmp(row, expected, sizeof(row)) == 0);
}

static void
test_order_refuses_nan_and_too_many_rows(void)
{
    const double value[] = { 1, 2, NAN, NAN };
    imr_fault_t fault = { 0 };
    uint32_t row[4];

    CHECK(imr_order(value, 4, "weights", row, &fault) == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "weights") == 0 && fault.row == 2 && isnan(fault.value));
#if SIZE_MAX > UINT32_MAX
    CHECK(
        imr_order(value, (size_t) UINT32_MAX + 1, "weights", row, &fault) == IMR_ERR_TOO_MANY_ROWS);
    CHECK(strcmp(fault.argument, "weights") == 0 && fault.row == -1);
#endif
}

static void
test_order_survives_each_failed_allocation(void)
{
    const double value[] = { 3, 1, 2 };
    uint32_t row[3];

    FAIL_EACH_ALLOCATION(imr_order(value, 3, "value", row, NULL), IMR_ERR_NOMEM, (void) 0);
    CHECK(row[0] == 1 && row[1] == 2 && row[2] == 0);
}

/* --- packed times ----------------------------------------------------------------------------- */

static void
check_packing(const double *time, size_t n, int least_bits)
{
    uint64_t *bits = malloc(8 * n + 8);
    imr_time_range_t range;
    int spare;

    CHECK(imr_read_times(time, n, "time", bits, &range, NULL) == IMR_OK);
    spare = imr_payload_bits(&range);
    CHECK(spare >= least_bits && spare <= 63);
    for (int width = 1; width <= spare; width += spare > 1 ? spare - 1 : 1) {
        uint64_t top = ((uint64_t) 1 << width) - 1;

        for (size_t i = 0; i < n; i++) {
            uint64_t key = imr_pack_key(&range, bits[i], top, width);

            CHECK(imr_packed_time(&range, key, width) == time[i]);
            CHECK((key & top) == top);
            for (size_t j = 0; j < n; j++) {
                CHECK(!(time[i] < time[j]) || key < imr_pack_key(&range, bits[j], 0, width));
            }
        }
    }
    free(bits);
}

static void
test_packed_times_come_back_and_sort_by_time_then_payload(void)
{
    const double trial[] = { 0, 1e-3, 0.1, 0.1 + 0.2, 0.3, 28, 365.25, 12000, -0.0 };
    const double widest[] = { 0, 0x1p-1074, DBL_MIN, 1, DBL_MAX };
    const double none[] = { 0, -0.0 };
    const double one[] = { 28, 28 };

    /* from 1e-3 to 12000 there are 24 binades of 2^52 numbers: 57 bits, so 7 are left */
    check_packing(trial, 9, 7);
    check_packing(widest, 5, 1);
    check_packing(none, 2, 63);
    check_packing(one, 2, 63);
    check_packing(one, 0, 63);
}

static void
test_bad_times_are_refused_by_row(void)
{
    const double values[] = { NAN, INFINITY, -INFINITY, -1, -0x1p-1074 };
    const int status[] = { IMR_ERR_NONFINITE, IMR_ERR_NONFINITE, IMR_ERR_NONFINITE,
        IMR_ERR_NEGATIVE, IMR_ERR_NEGATIVE };

    for (size_t k = 0; k < 5; k++) {
        double time[] = { 0, 3, values[k], NAN };
        imr_time_range_t range;
        imr_fault_t fault = { 0 };
        uint64_t bits[4];

        CHECK(imr_read_times(time, 4, "entry", bits, &range, &fault) == status[k]);
        CHECK(fault.status == status[k] && strcmp(fault.argument, "entry") == 0);
        CHECK(fault.row == 2);
        CHECK_NEAR(fault.value, values[k], 0);
    }
}

/* --- whole days ------------------------------------------------------------------------------- */

static void
test_whole_days_are_told_from_other_times(void)
{
    const double days[] = { 0, -0.0, 1, 364, 3, 2, 5, 1, 65535, 9 };
    const double no_days[] = { 0.5, 1e-300, -1, -0.25, 65536, 65535.5, 1e300, -1e300, NAN, INFINITY,
        -INFINITY, 0x1p52, 0x1p53, 0x1p-1074 };
    uint32_t max_day = 99, read[10];

    CHECK(imr_whole_days(days, 0, &max_day) && max_day == 0);
    CHECK(imr_whole_days(days, 2, &max_day) && max_day == 0);
    for (size_t n = 4; n < 9; n++) {
        CHECK(imr_whole_days(days, n, &max_day) && max_day == 364);
    }
    CHECK(imr_whole_days(days, 10, &max_day) && max_day == 65535);
    CHECK(imr_read_days(days, 0, read, &max_day) && max_day == 0);
    CHECK(imr_read_days(days, 10, read, &max_day) && max_day == 65535);
    CHECK(read[0] == days[0] && read[3] == days[3] && read[9] == days[9]);
    for (size_t k = 0; k < sizeof(no_days) / sizeof(no_days[0]); k++) {
        for (size_t row = 0; row < 5; row++) {
            double time[] = { 4, 3, 0, 28, 2 };

            time[row] = no_days[k];
            CHECK(!imr_whole_days(time, 5, &max_day));
            CHECK(!imr_read_days(time, 5, read, &max_day));
        }
    }
}

static void
test_days_are_counted_by_label(void)
{
    size_t n = 5000;
    double *time = malloc(8 * n);
    uint8_t *label = malloc(n);
    uint32_t counts[2 * (600 << 2)], expected[600 << 2] = { 0 }, max_day;
    imr_rng_t rng;
    int counted;

    imr_rng_init(&rng, seed, 4);
    for (size_t i = 0; i < n; i++) {
        uint32_t day = imr_rng_below(&rng, 600), code = imr_rng_below(&rng, 4);

        time[i] = day;
        label[i] = (uint8_t) code;
        expected[day << 2 | code]++;
    }
    CHECK(imr_whole_days(time, n, &max_day) && max_day == 599);
    CHECK(imr_count_days(time, label, n, 2, 600, counts, &counted, NULL) == IMR_OK);
    CHECK(counted);
    CHECK(memcmp(counts, expected, sizeof(expected)) == 0);
    CHECK(imr_count_days(time, label, n, 2, 599, counts, &counted, NULL) == IMR_OK);
    CHECK(!counted);
    CHECK(imr_count_days(time, label, 0, 1, 1, counts, &counted, NULL) == IMR_OK);
    CHECK(counted && counts[0] == 0 && counts[1] == 0);
    free(time);
    free(label);
}

static void
test_counting_checks_each_row(void)
{
    const double values[] = { 2.5, 16, 1e300, -1, -0.25, NAN, INFINITY };
    const int status[] = { IMR_OK, IMR_OK, IMR_OK, IMR_ERR_NEGATIVE, IMR_ERR_NEGATIVE,
        IMR_ERR_NONFINITE, IMR_ERR_NONFINITE };
    double time[3000] = { 0 };
    uint8_t event[3000] = { 0 };
    uint32_t counts[2 << 5];
    imr_fault_t fault = { 0 };
    int counted = 1;

    for (size_t k = 0; k < 7; k++) {
        time[2047] = values[k];
        CHECK(imr_count_days(time, event, 3000, 1, 16, counts, &counted, &fault) == status[k]);
        CHECK(!counted);
        if (status[k] != IMR_OK) {
            CHECK(strcmp(fault.argument, "time") == 0 && fault.row == 2047);
            CHECK_NEAR(fault.value, values[k], 0);
        }
    }
    time[2047] = 0;
    event[2999] = 2;
    CHECK(imr_count_days(time, event, 3000, 1, 16, counts, &counted, &fault) == IMR_ERR_EVENT);
    CHECK(strcmp(fault.argument, "event") == 0 && fault.row == 2999 && fault.value == 2);
    CHECK(!counted);
#if SIZE_MAX > UINT32_MAX
    CHECK(imr_count_days(time, event, (size_t) UINT32_MAX + 1, 1, 16, counts, &counted, &fault)
        == IMR_ERR_TOO_MANY_ROWS);
#endif
}

/* --- ties ------------------------------------------------------------------------------------- */

/* Times alone; expected_merged distinct ones go into an earlier one. */
static void
check_ties(const double *time, const double *expected, size_t n, size_t expected_merged)
{
    double *fixed = malloc(8 * n + 8);
    size_t merged = 99;

    CHECK(imr_fix_ties(NULL, time, n, NULL, fixed, &merged, NULL) == IMR_OK);
    CHECK(merged == expected_merged);
    for (size_t i = 0; i < n; i++) {
        CHECK_NEAR(fixed[i], expected[i], 0);
    }
    free(fixed);
}

/* The expected values of the next tests: R 4.2.2, survival 3.5-3,
 *   f <- function(x) aeqSurv(Surv(x, rep(1, length(x))))[, 1]
 * printed with 17 digits. */
static void
test_rounding_makes_no_new_time(void)
{
    const double time[] = { 0.1 + 0.2, 0.3, 1 }, expected[] = { 0.3, 0.3, 1 };

    check_ties(time, expected, 3, 1);
    check_ties(time, time, 0, 0);
    check_ties(time, time, 1, 0);
}

static void
test_a_chain_of_near_neighbours_is_one_time(void)
{
    const double chain[] = { 2, 1 + 3e-8, 1, 1 + 1e-8, 1 + 2e-8 }, one[] = { 2, 1, 1, 1, 1 };
    const double broken[] = { 1, 1 + 1e-8, 1 + 3e-8 }, two[] = { 1, 1, 1 + 3e-8 };

    check_ties(chain, one, 5, 3);
    check_ties(broken, two, 3, 1);
}

static void
test_the_tolerance_grows_with_the_mean_of_the_distinct_times(void)
{
    const double large[] = { 1000, 1000 + 1e-5, 1000 + 3e-5 };
    const double large_fixed[] = { 1000, 1000, 1000 + 3e-5 };
    const double four[] = { 0, 5000, 5000 + 6e-5, 10000 }, four_fixed[] = { 0, 5000, 5000, 10000 };
    /* mean of the distinct times 3333, of the rows 4000: tolerances 5.0e-5 and 6.0e-5 */
    const double repeated[] = { 5000, 5000 + 5.5e-5, 5000 + 5.5e-5, 5000 + 5.5e-5, 0 };
    const double negative[] = { -1, -1 + 1e-8, -1000, 0 }, negative_fixed[] = { -1, -1, -1000, 0 };

    check_ties(large, large_fixed, 3, 1);
    check_ties(four, four_fixed, 4, 1);
    check_ties(repeated, repeated, 5, 0);
    check_ties(negative, negative_fixed, 4, 1);
}

static void
test_the_absolute_tolerance_is_exact(void)
{
    const double at[] = { 0x1p-26, 0 }, zero[] = { 0, 0 };
    const double beyond[] = { 0x1p-26 * (1 + DBL_EPSILON), 0 };

    check_ties(at, zero, 2, 1);
    check_ties(beyond, beyond, 2, 0);
}

static void
test_extreme_times_do_not_overflow_the_mean(void)
{
    const double far[] = { 1e-320, 0, 1e300, 1e300 * (1 + 1e-9) };
    const double far_fixed[] = { 0, 0, 1e300, 1e300 };
    const double largest[] = { 1.5e308, 1.6e308, 1.7e308, 1 };
    const double both_ends[] = { DBL_MAX, -DBL_MAX, 0 }; /* by hand: gaps of DBL_MAX */

    check_ties(far, far_fixed, 4, 2);
    check_ties(largest, largest, 4, 0);
    check_ties(both_ends, both_ends, 3, 0);
}

/* R: aeqSurv(Surv(start, stop, rep(1, 3))) */
static void
test_start_and_stop_are_taken_together(void)
{
    double start[] = { 0, 0.3, 0 }, stop[] = { 0.1 + 0.2, 1, 0.7 };
    double start2[] = { 0, 0.7, 0.1 * 3 }, stop2[] = { 0.3, 1, 0.7 - 1e-9 };
    double fixed_start[3], fixed_stop[3];
    size_t merged = 99;

    CHECK(imr_fix_ties(start, stop, 3, fixed_start, fixed_stop, &merged, NULL) == IMR_OK);
    CHECK(merged == 1);
    CHECK(fixed_start[0] == 0 && fixed_start[1] == 0.3 && fixed_start[2] == 0);
    CHECK(fixed_stop[0] == 0.3 && fixed_stop[1] == 1 && fixed_stop[2] == 0.7);
    /* in place */
    CHECK(imr_fix_ties(start2, stop2, 3, start2, stop2, &merged, NULL) == IMR_OK);
    CHECK(merged == 2);
    CHECK_NEAR(start2[1], 0.69999999899999998, 0);
    CHECK(start2[2] == 0.3);
    CHECK_NEAR(stop2[2], 0.69999999899999998, 0);
}

static void
test_an_interval_must_have_a_length_before_and_after(void)
{
    const double start[] = { 0, 1 }, stop[] = { 1 + 1e-9, 1 + 1e-9 };
    const double early[] = { 0, 1 }, late[] = { 1, 1 };
    const double nan[] = { 0, NAN }, infinite[] = { 1, INFINITY };
    double fixed_start[2], fixed_stop[2];
    imr_fault_t fault = { 0 };
    size_t merged;

    /* R: "aeqSurv exception, an interval has effective length 0" */
    CHECK(imr_fix_ties(start, stop, 2, fixed_start, fixed_stop, &merged, &fault)
        == IMR_ERR_INTERVAL_TIED);
    CHECK(strcmp(fault.argument, "entry") == 0 && fault.row == 1 && fault.value == 1);
    CHECK(
        imr_fix_ties(early, late, 2, fixed_start, fixed_stop, &merged, &fault) == IMR_ERR_INTERVAL);
    CHECK(strcmp(fault.argument, "entry") == 0 && fault.row == 1 && fault.value == 1);
    CHECK(imr_fix_ties(nan, infinite, 1, fixed_start, fixed_stop, &merged, &fault) == IMR_OK);
    CHECK(
        imr_fix_ties(nan, late, 2, fixed_start, fixed_stop, &merged, &fault) == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "entry") == 0 && fault.row == 1);
    CHECK(imr_fix_ties(early, infinite, 2, fixed_start, fixed_stop, &merged, &fault)
        == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "time") == 0 && fault.row == 1);
}

/* The rule as it is stated, on the distinct times of random data. */
static void
test_merging_follows_the_rule_on_random_times(void)
{
    imr_rng_t rng;

    imr_rng_init(&rng, seed, 5);
    for (int repeat = 0; repeat < 200; repeat++) {
        size_t m = 1 + imr_rng_below(&rng, 3000), merged = 0;
        double *time = malloc(8 * m), *fixed = malloc(8 * m), mean = 0, at = 0, first;

        for (size_t j = 0; j < m; j++) {
            double u = imr_rng_uniform(&rng);

            at += imr_rng_uniform(&rng) < 0.3 ? 1e-7 * u : u;
            time[j] = at;
            mean += at / (double) m;
        }
        first = time[0];
        merged = imr_merge_ties(time, m, fixed);
        for (size_t j = 1; j < m; j++) {
            double gap = time[j] - time[j - 1];

            if (gap <= sqrt(DBL_EPSILON) || gap / mean <= sqrt(DBL_EPSILON)) {
                merged--;
            } else {
                first = time[j];
            }
            CHECK(fixed[j] == first);
        }
        CHECK(merged == 0);
        imr_merge_ties(time, m, time);
        CHECK(memcmp(time, fixed, 8 * m) == 0);
        free(time);
        free(fixed);
    }
    CHECK(imr_merge_ties(NULL, 0, NULL) == 0);
}

static void
test_ties_survive_each_failed_allocation(void)
{
    const double start[] = { 0, 0 }, stop[] = { 0.3, 0.1 + 0.2 };
    double fixed_start[2], fixed_stop[2];
    size_t merged;

    FAIL_EACH_ALLOCATION(imr_fix_ties(start, stop, 2, fixed_start, fixed_stop, &merged, NULL),
        IMR_ERR_NOMEM, (void) 0);
    CHECK(merged == 1 && fixed_stop[1] == 0.3);
}

HARNESS_MAIN({
    RUN(test_keys_sort_as_their_doubles_and_come_back);
    RUN(test_sorted_as_by_qsort);
    RUN(test_keys_of_all_64_bits_are_sorted);
    RUN(test_a_million_keys_are_sorted_in_linear_time);
    RUN(test_order_is_a_stable_permutation);
    RUN(test_order_takes_infinities_and_both_zeros);
    RUN(test_order_refuses_nan_and_too_many_rows);
    RUN(test_order_survives_each_failed_allocation);
    RUN(test_packed_times_come_back_and_sort_by_time_then_payload);
    RUN(test_bad_times_are_refused_by_row);
    RUN(test_whole_days_are_told_from_other_times);
    RUN(test_days_are_counted_by_label);
    RUN(test_counting_checks_each_row);
    RUN(test_rounding_makes_no_new_time);
    RUN(test_a_chain_of_near_neighbours_is_one_time);
    RUN(test_the_tolerance_grows_with_the_mean_of_the_distinct_times);
    RUN(test_the_absolute_tolerance_is_exact);
    RUN(test_extreme_times_do_not_overflow_the_mean);
    RUN(test_start_and_stop_are_taken_together);
    RUN(test_an_interval_must_have_a_length_before_and_after);
    RUN(test_merging_follows_the_rule_on_random_times);
    RUN(test_ties_survive_each_failed_allocation);
})
