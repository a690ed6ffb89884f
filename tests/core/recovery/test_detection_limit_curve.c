#include "recovery/detection_limit_curve.h"

#include "../harness.h"
#include "detection_rows.h"

enum { N = 6 };

static imr_detection_limit_t
summary_of(const double *value, const uint8_t *below, const uint8_t *above, size_t n)
{
    static const double p[] = { 0.25, 0.5, 0.75 };
    imr_detection_rows_t rows = detection_rows(value, below, above, n, IMR_DETECTION_GAMMA);
    imr_detection_options_t options = {
        .method = IMR_DETECTION_KAPLAN_MEIER, .distribution = IMR_DETECTION_GAMMA, .level = 0.95
    };
    imr_detection_limit_t answer;

    CHECK(imr_detection_limit(&answer, &rows, &options, p, 3, NULL) == IMR_OK);
    imr_detection_rows_free(&rows);
    return answer;
}

/* <1, <5, <5, 7, 3, 12: by hand P(X < 12) = 5/6, P(X < 7) = 5/6 4/5 = 2/3, and of the two that are
 * 3 or less, one lies below 3: P(X < 3) = 1/3 */
static void
test_values_below_a_limit_count_for_all_lower_values(void)
{
    const double value[] = { 1, 5, 5, 7, 3, 12 };
    const uint8_t below[] = { 1, 1, 1, 0, 0, 0 };
    const double x[] = { 12, 7, 5, 3, 1 }, share[] = { 5. / 6, 2. / 3, 2. / 3, 1. / 3, 1. / 3 };
    const int64_t at_or_below[] = { 6, 5, 4, 2, 1 }, censored[] = { 0, 0, 2, 0, 1 };
    imr_detection_limit_t a = summary_of(value, below, NULL, N);

    CHECK(a.curve.n == 5 && !a.curve.above);
    for (int i = 0; i < 5; i++) {
        CHECK(a.curve.value[i] == x[i] && a.curve.at_or_below[i] == at_or_below[i]);
        CHECK(a.curve.censored[i] == censored[i]);
        CHECK_NEAR(a.curve.estimate[i], share[i], 1e-14);
        CHECK(a.curve.low[i] < share[i] && share[i] < a.curve.high[i]);
    }
    /* a quarter lies below 1; half below 3 or at it; three quarters below 7 or at it */
    CHECK(a.quantile[0].left == 0 && a.quantile[0].right == 1);
    CHECK(a.quantile[1].left == 3 && a.quantile[1].right == 3);
    CHECK(a.quantile[2].left == 7 && a.quantile[2].right == 7);
    /* 12/6 + 7/6 + 3/3, and a third of 0 to 1 */
    CHECK_NEAR(a.mean.left, 25. / 6, 1e-14);
    CHECK_NEAR(a.mean.right, 27. / 6, 1e-14);
    CHECK(isnan(a.sd.left) && isnan(a.mean.low));
    imr_detection_limit_free(&a);
}

static void
test_a_limit_says_below_and_not_at(void)
{
    const double value[] = { 5, 5 };
    const uint8_t below[] = { 1, 0 };
    imr_detection_limit_t a = summary_of(value, below, NULL, 2);

    /* one of the two lies below 5 */
    CHECK(a.curve.n == 1);
    CHECK_NEAR(a.curve.estimate[0], 0.5, 1e-15);
    CHECK(a.quantile[0].left == 0 && a.quantile[0].right == 5);
    CHECK(a.quantile[1].left == 0 && a.quantile[1].right == 5); /* half: at 5 or below it */
    CHECK(a.quantile[2].left == 5 && a.quantile[2].right == 5);
    imr_detection_limit_free(&a);
}

static void
test_all_below_their_limits_is_an_answer(void)
{
    const double value[] = { 5, 1, 5 };
    const uint8_t below[] = { 1, 1, 1 };
    imr_detection_limit_t a = summary_of(value, below, NULL, 3);

    CHECK(a.curve.n == 2 && a.curve.estimate[1] == 1);
    CHECK(a.quantile[1].left == 0 && a.quantile[1].right == 1);
    CHECK(a.quantile[1].low == 0 && a.quantile[1].high >= 1);
    CHECK(a.mean.left == 0 && a.mean.right == 1);
    imr_detection_limit_free(&a);
}

static void
test_values_above_an_upper_limit_come_first(void)
{
    const double value[] = { 2, 100, 200, 50 };
    const uint8_t below[] = { 1, 0, 0, 0 }, above[] = { 0, 1, 1, 0 };
    imr_detection_limit_t a = summary_of(value, below, above, 4);

    CHECK(a.curve.above && a.curve.n == 3 && a.curve.value[0] == 100);
    CHECK(a.curve.detected[0] == 2 && a.curve.estimate[0] == 0.5);
    CHECK(a.quantile[0].left == 0 && a.quantile[0].right == 50);
    CHECK(
        a.quantile[1].left == 50 && isinf(a.quantile[1].right)); /* between 50 and more than 100 */
    CHECK(a.quantile[2].left == 100 && isinf(a.quantile[2].right) && isinf(a.quantile[2].high));
    CHECK(isinf(a.mean.right));
    imr_detection_limit_free(&a);
}

static void
test_an_upper_limit_below_another_value_leaves_no_curve(void)
{
    const double value[] = { 2, 100, 300 };
    const uint8_t above[] = { 0, 1, 0 };
    imr_detection_rows_t rows = detection_rows(value, NULL, above, 3, IMR_DETECTION_GAMMA);
    imr_detection_options_t options = { .method = IMR_DETECTION_KAPLAN_MEIER, .level = 0.95 };
    imr_detection_limit_t answer;
    imr_fault_t fault;

    CHECK(imr_detection_limit(&answer, &rows, &options, NULL, 0, &fault) == IMR_ERR_NO_CURVE);
    imr_detection_rows_free(&rows);
}

static void
test_every_allocation_may_fail(void)
{
    const double value[] = { 2, 100, 300 };
    imr_detection_rows_t rows = detection_rows(value, NULL, NULL, 3, IMR_DETECTION_GAMMA);
    double column[3 * 4];
    int64_t counts[3 * 3];
    imr_detection_curve_t curve = { .value = column,
        .estimate = column + 3,
        .low = column + 6,
        .high = column + 9,
        .at_or_below = counts,
        .detected = counts + 3,
        .censored = counts + 6 };

    FAIL_EACH_ALLOCATION(imr_detection_curve(&curve, &rows, 0.95, NULL), IMR_ERR_NOMEM, (void) 0);
    imr_detection_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_values_below_a_limit_count_for_all_lower_values);
    RUN(test_a_limit_says_below_and_not_at);
    RUN(test_all_below_their_limits_is_an_answer);
    RUN(test_values_above_an_upper_limit_come_first);
    RUN(test_an_upper_limit_below_another_value_leaves_no_curve);
    RUN(test_every_allocation_may_fail);
})
