#include "response/proportion.h"

#include <stdint.h>

#include "../harness.h"
#include "base/distribution.h"

static int
limits(imr_proportion_method_t method, imr_alternative_t alternative, int64_t x, int64_t n,
    double level, double *low, double *high)
{
    imr_proportion_options_t options = { method, alternative, level };
    imr_proportion_memo_t memo = { -1, NULL };
    double estimate;
    imr_fault_t fault;

    return imr_proportion(&x, 0, &n, 0, 0, 1, &options, &memo, &estimate, low, high, &fault);
}

static double
low_of(imr_proportion_method_t method, int64_t x, int64_t n)
{
    double low = NAN, high = NAN;

    CHECK(limits(method, IMR_TWO_SIDED, x, n, 0.95, &low, &high) == IMR_OK);
    return low;
}

static double
high_of(imr_proportion_method_t method, int64_t x, int64_t n)
{
    double low = NAN, high = NAN;

    CHECK(limits(method, IMR_TWO_SIDED, x, n, 0.95, &low, &high) == IMR_OK);
    return high;
}

static void
test_limits_at_none_and_all_are_closed_forms(void)
{
    /* (alpha/2)^(1/8), alpha^(1/8), and for Blaker and minlike p^5 = (1 - p)^5 */
    CHECK_NEAR(low_of(IMR_PROPORTION_CLOPPER_PEARSON, 8, 8), pow(0.025, 1.0 / 8), 1e-15);
    CHECK_NEAR(high_of(IMR_PROPORTION_CLOPPER_PEARSON, 0, 8), 1 - pow(0.025, 1.0 / 8), 1e-15);
    CHECK_NEAR(low_of(IMR_PROPORTION_MID_P, 8, 8), pow(0.05, 1.0 / 8), 1e-15);
    CHECK_NEAR(high_of(IMR_PROPORTION_MID_P, 0, 8), 1 - pow(0.05, 1.0 / 8), 1e-14);
    CHECK_NEAR(low_of(IMR_PROPORTION_BLAKER, 5, 5), 0.5, 1e-15);
    CHECK_NEAR(high_of(IMR_PROPORTION_MINLIKE, 0, 5), 0.5, 1e-7);
    CHECK_NEAR(low_of(IMR_PROPORTION_LIKELIHOOD, 8, 8), exp(-3.841458820694124 / 16), 1e-14);
    for (int m = 0; m < IMR_PROPORTION_WALD; m++) {
        CHECK(low_of((imr_proportion_method_t) m, 0, 7) == 0);
        CHECK(high_of((imr_proportion_method_t) m, 7, 7) == 1);
    }
}

static void
test_no_patient_leaves_the_whole_interval(void)
{
    imr_proportion_options_t options = { IMR_PROPORTION_WALD, IMR_TWO_SIDED, 0.95 };
    imr_proportion_memo_t memo = { -1, NULL };
    int64_t none = 0;
    double estimate, low, high;

    CHECK(imr_proportion(&none, 0, &none, 0, 0, 1, &options, &memo, &estimate, &low, &high, NULL)
        == IMR_OK);
    CHECK(isnan(estimate) && low == 0 && high == 1);
}

/* Blaker 2000: the smallest p among p = i/10000 whose acceptability exceeds alpha. */
static double
blaker_by_scan(int64_t x, int64_t n, double alpha)
{
    for (int i = 1; i < 10000; i++) {
        double p = i / 10000.0, tail, upper, other = 0;

        CHECK(imr_binomial_upper(x, n, p, &upper) == IMR_OK);
        CHECK(imr_binomial_cdf(x, n, p, &tail) == IMR_OK);
        if (upper >= tail) {
            return p;
        }
        for (int64_t k = 0; k < x; k++) {
            CHECK(imr_binomial_cdf(k, n, p, &tail) == IMR_OK);
            other = tail <= upper ? tail : other;
        }
        if (upper + other > alpha) {
            return p;
        }
    }
    return 1;
}

static void
test_blaker_agrees_with_a_scan_of_the_acceptability(void)
{
    for (int64_t n = 1; n <= 12; n++) {
        for (int64_t x = 1; x <= n; x++) {
            double scanned = blaker_by_scan(x, n, 0.05), low = low_of(IMR_PROPORTION_BLAKER, x, n);

            CHECK(low <= scanned + 1e-12 && low > scanned - 1.01e-4);
        }
    }
}

static void
test_limits_mirror_each_other(void)
{
    for (int m = 0; m <= IMR_PROPORTION_WALD; m++) {
        imr_proportion_method_t method = (imr_proportion_method_t) m;

        for (int64_t n = 1; n <= 15; n++) {
            for (int64_t x = 0; x <= n; x++) {
                CHECK(fabs(low_of(method, x, n) - (1 - high_of(method, n - x, n))) < 1e-13);
            }
        }
    }
}

static void
test_a_memo_changes_nothing(void)
{
    enum { ROWS = 300 };
    int64_t x[ROWS], n[ROWS];
    double estimate[ROWS], low[ROWS], high[ROWS], one_low, one_high;
    imr_proportion_options_t options = { IMR_PROPORTION_MID_P, IMR_TWO_SIDED, 0.9 };
    imr_proportion_memo_t memo;

    for (int i = 0; i < ROWS; i++) {
        n[i] = i % 13;
        x[i] = n[i] == 0 ? 0 : (i * 7) % (n[i] + 1);
    }
    CHECK(imr_proportion_memo_init(&memo, n, 1, ROWS) == IMR_OK);
    CHECK(memo.largest_n == 12);
    CHECK(
        imr_proportion(x, 1, n, 1, 0, ROWS, &options, &memo, estimate, low, high, NULL) == IMR_OK);
    for (int i = 0; i < ROWS; i++) {
        CHECK(limits(IMR_PROPORTION_MID_P, IMR_TWO_SIDED, x[i], n[i], 0.9, &one_low, &one_high)
            == IMR_OK);
        CHECK(low[i] == one_low && high[i] == one_high);
    }
    imr_proportion_memo_free(&memo);
    imr_proportion_memo_free(&memo);
    FAIL_EACH_ALLOCATION(imr_proportion_memo_init(&memo, n, 1, ROWS), IMR_ERR_NOMEM,
        imr_proportion_memo_free(&memo));
}

static void
test_bad_input_is_named(void)
{
    imr_proportion_options_t options = { IMR_PROPORTION_WILSON, IMR_TWO_SIDED, 0.95 };
    imr_proportion_memo_t memo = { -1, NULL };
    int64_t x[] = { 1, 9, -1, 1 }, n[] = { 8, 8, 8, -8 };
    double estimate[4], low[4], high[4];
    imr_fault_t fault;

    CHECK(imr_proportion(x, 1, n, 1, 0, 4, &options, &memo, estimate, low, high, &fault)
        == IMR_ERR_EVENTS_EXCEED);
    CHECK(fault.row == 1 && fault.value == 9 && strcmp(fault.argument, "events") == 0);
    CHECK(imr_proportion(x, 1, n, 1, 2, 3, &options, &memo, estimate, low, high, &fault)
        == IMR_ERR_NEGATIVE);
    CHECK(fault.row == 2);
    CHECK(imr_proportion(x, 1, n, 1, 3, 4, &options, &memo, estimate, low, high, &fault)
        == IMR_ERR_NEGATIVE);
    CHECK(strcmp(fault.argument, "n") == 0);
    options.level = NAN;
    CHECK(imr_proportion(x, 1, n, 1, 0, 1, &options, &memo, estimate, low, high, &fault)
        == IMR_ERR_LEVEL);
    options = (imr_proportion_options_t) { IMR_PROPORTION_BLAKER, IMR_LESS, 0.95 };
    CHECK(imr_proportion(x, 1, n, 1, 0, 1, &options, &memo, estimate, low, high, &fault)
        == IMR_ERR_ONE_SIDED);
}

HARNESS_MAIN({
    RUN(test_limits_at_none_and_all_are_closed_forms);
    RUN(test_no_patient_leaves_the_whole_interval);
    RUN(test_blaker_agrees_with_a_scan_of_the_acceptability);
    RUN(test_limits_mirror_each_other);
    RUN(test_a_memo_changes_nothing);
    RUN(test_bad_input_is_named);
})
