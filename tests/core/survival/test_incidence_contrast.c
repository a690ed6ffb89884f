#include "survival/incidence_contrast.h"

#include "../harness.h"

typedef struct {
    double estimate, low, high, statistic, pvalue;
} answer_t;

static int
compare(int64_t x1, double t1, int64_t x2, double t2, double margin,
    imr_incidence_contrast_options_t options, answer_t *answer, imr_fault_t *fault)
{
    imr_incidence_pairs_t pairs = { .x1 = &x1, .x2 = &x2, .t1 = &t1, .t2 = &t2, .margin = &margin };
    imr_incidence_contrast_columns_t columns = { &answer->estimate, &answer->low, &answer->high,
        &answer->statistic, &answer->pvalue };

    return imr_incidence_contrast(&pairs, 0, 1, &options, &columns, fault);
}

static imr_incidence_contrast_options_t
with(imr_incidence_measure_t measure, imr_incidence_method_t method)
{
    imr_incidence_contrast_options_t options = { measure, method, IMR_TWO_SIDED, 0.95, 1 };

    return options;
}

static void
test_p_values_are_those_of_r(void)
{
    answer_t a;

    /* exactci 1.4.5, stats 4.2.2: tests/golden/survival/poisson_rates.json */
    CHECK(compare(
              11, 800, 21, 3011, 1, with(IMR_INCIDENCE_RATIO, IMR_INCIDENCE_CONDITIONAL), &a, NULL)
        == IMR_OK);
    CHECK_NEAR(a.estimate, 1.9714880952380953, 1e-14);
    CHECK_NEAR(a.pvalue, 0.11201731957539927, 1e-9);
    CHECK_NEAR(a.low, 0.85842640339163923, 1e-9);
    CHECK_NEAR(a.high, 4.2772659436540712, 1e-9);
    CHECK(compare(11, 800, 21, 3011, 1, with(IMR_INCIDENCE_RATIO, IMR_INCIDENCE_CONDITIONAL_MID_P),
              &a, NULL)
        == IMR_OK);
    CHECK_NEAR(a.pvalue, 0.08007683656038754, 1e-9);
    CHECK(compare(11, 800, 21, 3011, 1,
              with(IMR_INCIDENCE_RATIO, IMR_INCIDENCE_CONDITIONAL_MINLIKE), &a, NULL)
        == IMR_OK);
    CHECK_NEAR(a.pvalue, 0.079668633033329522, 1e-9);
    CHECK(a.low < 1 && a.high > 1);
    CHECK(compare(11, 800, 21, 3011, 1, with(IMR_INCIDENCE_RATIO, IMR_INCIDENCE_CONDITIONAL_BLAKER),
              &a, NULL)
        == IMR_OK);
    CHECK(a.low < 1 && a.high > 1 && a.pvalue > 0.05);
}

static void
test_an_arm_without_events_leaves_one_side_open(void)
{
    answer_t a;

    for (int i = 0; i <= IMR_INCIDENCE_CONTRAST_SCORE; i++) {
        imr_incidence_contrast_options_t options =
            with(IMR_INCIDENCE_RATIO, (imr_incidence_method_t) i);

        CHECK(compare(0, 6, 11, 5.7, 1, options, &a, NULL) == IMR_OK);
        CHECK(a.estimate == 0 && a.low == 0 && a.high > 0.2 && a.high < 0.4 && a.pvalue < 0.002);
        CHECK(compare(11, 5.7, 0, 6, 1, options, &a, NULL) == IMR_OK);
        CHECK(isinf(a.estimate) && isinf(a.high) && a.low > 2.5 && a.low < 5);
        CHECK(compare(0, 6, 0, 5.7, 1, options, &a, NULL) == IMR_OK);
        CHECK(isnan(a.estimate) && a.low == 0 && isinf(a.high) && a.pvalue == 1);
        CHECK(compare(0, 0, 11, 5.7, 1, options, &a, NULL) == IMR_OK);
        CHECK(isnan(a.estimate) && a.low == 0 && isinf(a.high) && a.pvalue == 1);
    }
    CHECK(compare(0, 6, 11, 5.7, 1, with(IMR_INCIDENCE_RATIO, IMR_INCIDENCE_CONDITIONAL), &a, NULL)
        == IMR_OK);
    CHECK_NEAR(a.high, 5.7 / 6 * (pow(0.025, -1.0 / 11) - 1), 1e-13); /* q^11 = 0.025 */
}

static void
test_limits_far_from_one_half_keep_their_digits(void)
{
    imr_incidence_contrast_options_t options = with(IMR_INCIDENCE_RATIO, IMR_INCIDENCE_CONDITIONAL);
    answer_t a, b;

    CHECK(compare(1000000, 1, 1, 3, 1, options, &a, NULL) == IMR_OK);
    CHECK(compare(1, 3, 1000000, 1, 1, options, &b, NULL) == IMR_OK);
    CHECK_NEAR(a.low, 1 / b.high, 1e-13);
    CHECK_NEAR(a.high, 1 / b.low, 1e-13);
    options.alternative = IMR_LESS;
    CHECK(compare(1000000, 1, 1, 3, 1, options, &a, NULL) == IMR_OK);
    options.alternative = IMR_GREATER;
    CHECK(compare(1, 3, 1000000, 1, 1, options, &b, NULL) == IMR_OK);
    CHECK(a.low == 0 && isinf(b.high));
    CHECK_NEAR(a.high, 1 / b.low, 1e-13);
    CHECK_NEAR(a.pvalue + b.pvalue, 2 * a.pvalue, 1e-10);
}

static void
test_the_score_of_a_difference_is_worked_by_hand(void)
{
    imr_incidence_contrast_options_t options =
        with(IMR_INCIDENCE_DIFFERENCE, IMR_INCIDENCE_CONTRAST_SCORE);
    double z = 1.959963984540054;
    answer_t a;

    /* no event in 4 and 9: the likeliest rates with difference d > 0 are d and 0, so that
     * z^2 = 4 d; and 9 |d| below 0 */
    CHECK(compare(0, 4, 0, 9, 0, options, &a, NULL) == IMR_OK);
    CHECK(a.estimate == 0 && a.pvalue == 1);
    CHECK_NEAR(a.high, z * z / 4, 1e-12);
    CHECK_NEAR(a.low, -z * z / 9, 1e-12);
    /* 6 in 3 and 2 in 4, no difference: both 8 in 7, z = 1.5 / sqrt(8/7 (1/3 + 1/4)) */
    options.per = 100;
    CHECK(compare(6, 3, 2, 4, 0, options, &a, NULL) == IMR_OK);
    CHECK_NEAR(a.estimate, 150, 1e-14);
    CHECK_NEAR(a.statistic, 1.5 / sqrt(8.0 / 7 * 7 / 12), 1e-14);
    CHECK_NEAR(a.pvalue, erfc(a.statistic / sqrt(2)), 1e-12);
    /* at a limit the score is the quantile */
    CHECK(compare(6, 3, 2, 4, a.low, options, &a, NULL) == IMR_OK);
    CHECK_NEAR(a.pvalue, 0.05, 1e-11);
    CHECK(compare(6, 3, 2, 4, a.high, options, &a, NULL) == IMR_OK);
    CHECK_NEAR(a.pvalue, 0.05, 1e-11);
    options.alternative = IMR_LESS;
    CHECK(compare(6, 3, 2, 4, 0, options, &a, NULL) == IMR_OK);
    CHECK(isinf(a.low) && a.pvalue > 0.9);
    options.alternative = IMR_GREATER;
    options.level = 0.5;
    CHECK(compare(6, 3, 2, 4, 0, options, &a, NULL) == IMR_OK);
    CHECK_NEAR(a.low, 150, 1e-9);
    options.level = 0.1;
    CHECK(compare(6, 3, 2, 4, 0, options, &a, NULL) == IMR_OK);
    CHECK(a.low > 150);
}

static void
test_bad_input_is_named(void)
{
    imr_incidence_contrast_options_t options = with(IMR_INCIDENCE_RATIO, IMR_INCIDENCE_CONDITIONAL);
    imr_fault_t fault;
    answer_t a;

    CHECK(compare(-1, 1, 1, 1, 1, options, &a, &fault) == IMR_ERR_NEGATIVE);
    CHECK(strcmp(fault.argument, "x1") == 0);
    CHECK(compare(1, 1, 1, 0, 1, options, &a, &fault) == IMR_ERR_NO_EXPOSURE);
    CHECK(strcmp(fault.argument, "t2") == 0);
    CHECK(compare(1, 1, 1, 1, 0, options, &a, &fault) == IMR_ERR_NOT_POSITIVE);
    CHECK(compare(1, 1, 1, 1, NAN, options, &a, &fault) == IMR_ERR_NONFINITE);
    options.level = 0;
    CHECK(compare(1, 1, 1, 1, 1, options, &a, &fault) == IMR_ERR_LEVEL);
    options = with(IMR_INCIDENCE_DIFFERENCE, IMR_INCIDENCE_CONDITIONAL);
    CHECK(compare(1, 1, 1, 1, 1, options, &a, &fault) == IMR_ERR_RATE_DIFFERENCE);
    options.method = IMR_INCIDENCE_CONTRAST_SCORE;
    CHECK(compare(1, 1, 1, 1, 1e200, options, &a, &fault) == IMR_ERR_RATE_MARGIN_RANGE);
    options.per = -1;
    CHECK(compare(1, 1, 1, 1, 1, options, &a, &fault) == IMR_ERR_NOT_POSITIVE);
    options = with(IMR_INCIDENCE_RATIO, IMR_INCIDENCE_CONDITIONAL_BLAKER);
    options.alternative = IMR_LESS;
    CHECK(compare(1, 1, 1, 1, 1, options, &a, &fault) == IMR_ERR_RATIO_ONE_SIDED);
}

HARNESS_MAIN({
    RUN(test_p_values_are_those_of_r);
    RUN(test_an_arm_without_events_leaves_one_side_open);
    RUN(test_limits_far_from_one_half_keep_their_digits);
    RUN(test_the_score_of_a_difference_is_worked_by_hand);
    RUN(test_bad_input_is_named);
})
