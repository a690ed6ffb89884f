#include "survival/rmst.h"

#include "../harness.h"

static imr_rmst_t
mean_of(double tau, double estimate, double error, double observed)
{
    imr_rmst_t mean = {
        .estimate = estimate, .std_error = error, .lost = tau - estimate, .observed = observed
    };

    return mean;
}

static void
test_three_contrasts_by_hand(void)
{
    imr_rmst_t a = mean_of(10, 8, 0.4, NAN), b = mean_of(10, 5, 0.3, NAN);
    imr_rmst_options_t options = { 10, 0.95, IMR_RMST_PLAIN, 1 };
    imr_rmst_effect_t e[IMR_RMST_MEASURES];
    double z = 1.959963984540054;

    CHECK(imr_rmst_contrast(&a, &b, 10, &options, e, NULL) == IMR_OK);
    CHECK_NEAR(e[0].estimate, 3, 0);
    CHECK_NEAR(e[0].std_error, 0.5, 1e-15);
    CHECK_NEAR(e[0].low, 3 - z / 2, 1e-15);
    CHECK_NEAR(e[0].pvalue, 1.9731752900753e-09, 1e-12); /* twice the normal tail at 6 */
    CHECK_NEAR(e[1].estimate, 1.6, 0);
    CHECK_NEAR(e[1].std_error, hypot(0.05, 0.06), 1e-15);
    CHECK_NEAR(e[1].high, 1.6 * exp(z * hypot(0.05, 0.06)), 1e-14);
    CHECK_NEAR(e[2].estimate, 0.4, 1e-15);
    CHECK_NEAR(e[2].std_error, hypot(0.2, 0.06), 1e-15);
    CHECK_NEAR(e[2].low, 0.4 * exp(-z * hypot(0.2, 0.06)), 1e-14);
}

/* Welch: variances 4/4 and 9/9 with 3 and 8 degrees of freedom, R's t.test by its formula. */
static void
test_student_s_contrast_is_welch_s(void)
{
    imr_rmst_t a = mean_of(99, 8, sqrt(0.75), 4), b = mean_of(99, 5, sqrt(8.0 / 9), 9);
    imr_rmst_options_t options = { 99, 0.95, IMR_RMST_T, 1 };
    imr_rmst_effect_t e[IMR_RMST_MEASURES];

    CHECK(imr_rmst_contrast(&a, &b, 99, &options, e, NULL) == IMR_OK);
    CHECK_NEAR(e[0].std_error, sqrt(2), 1e-15);
    /* 4 / (1/3 + 1/8) = 8.727272... degrees; R: 2 * pt(-3 / sqrt(2), 96 / 11) */
    CHECK_NEAR(e[0].pvalue, 0.0638469144568181, 1e-12);
}

/* Squares of such errors are infinite; the shares of the two variances are not. */
static void
test_errors_whose_squares_overflow(void)
{
    imr_rmst_t a = mean_of(2e200, 8e199, 3e199, 4), b = mean_of(2e200, 5e199, 4e199, 9);
    imr_rmst_t small = mean_of(20, 8, 3, 4), other = mean_of(20, 5, 4, 9);
    imr_rmst_options_t options = { 2e200, 0.95, IMR_RMST_T, 1 };
    imr_rmst_effect_t e[IMR_RMST_MEASURES], expected[IMR_RMST_MEASURES];

    CHECK(imr_rmst_contrast(&a, &b, 2e200, &options, e, NULL) == IMR_OK);
    options.tau = 20;
    CHECK(imr_rmst_contrast(&small, &other, 20, &options, expected, NULL) == IMR_OK);
    CHECK_NEAR(e[0].pvalue, expected[0].pvalue, 1e-13);
    CHECK_NEAR(e[0].low / 1e199, expected[0].low, 1e-13);
}

static void
test_no_time_lost(void)
{
    imr_rmst_t all = mean_of(10, 10, 0, 4), some = mean_of(10, 5, 1, 4), one = mean_of(10, 5, 0, 1);
    imr_rmst_options_t options = { 10, 0.95, IMR_RMST_PLAIN, 1 };
    imr_rmst_effect_t e[IMR_RMST_MEASURES];

    CHECK(imr_rmst_contrast(&all, &some, 10, &options, e, NULL) == IMR_OK);
    CHECK(e[0].estimate == 5 && isfinite(e[0].pvalue));
    CHECK(e[2].estimate == 0 && e[2].low == 0 && e[2].high == INFINITY && isnan(e[2].pvalue));
    CHECK(imr_rmst_contrast(&some, &all, 10, &options, e, NULL) == IMR_OK);
    CHECK(e[2].estimate == INFINITY);
    CHECK(imr_rmst_contrast(&all, &all, 10, &options, e, NULL) == IMR_OK);
    CHECK(e[0].estimate == 0 && e[0].pvalue == 1 && isnan(e[2].estimate));
    options.interval = IMR_RMST_T;
    CHECK(imr_rmst_contrast(&all, &all, 10, &options, e, NULL) == IMR_OK);
    CHECK(e[0].pvalue == 1);
    CHECK(imr_rmst_contrast(&one, &some, 10, &options, e, NULL) == IMR_OK); /* one patient */
    CHECK(e[0].low == -10 && e[0].high == 10 && isnan(e[0].pvalue));
}

static void
test_limits_stay_where_differences_can_be(void)
{
    imr_rmst_t a = mean_of(10, 8, 9, NAN), b = mean_of(10, 2, 9, NAN);
    imr_rmst_options_t options = { 10, 0.95, IMR_RMST_PLAIN, 1 };
    imr_rmst_effect_t e[IMR_RMST_MEASURES];

    CHECK(imr_rmst_contrast(&a, &b, 10, &options, e, NULL) == IMR_OK);
    CHECK(e[0].low == -10 && e[0].high == 10);
    options.level = 0;
    CHECK(imr_rmst_contrast(&a, &b, 10, &options, e, NULL) == IMR_ERR_LEVEL);
}

HARNESS_MAIN({
    RUN(test_three_contrasts_by_hand);
    RUN(test_student_s_contrast_is_welch_s);
    RUN(test_errors_whose_squares_overflow);
    RUN(test_no_time_lost);
    RUN(test_limits_stay_where_differences_can_be);
})
