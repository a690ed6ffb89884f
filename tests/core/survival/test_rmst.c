#include "survival/rmst.h"

#include "../harness.h"

/* Two groups: S is 3/4 from 2, 1/2 from 4, 1/4 from 6 and still at 8; the other is all events. */
static const double TIME[] = { 2, 4, 6, 8, 1, 3, 5 };
static const uint8_t EVENT[] = { 1, 1, 1, 0, 1, 1, 1 };
static const int64_t GROUP[] = { 0, 0, 0, 0, 1, 1, 1 };
static const imr_kaplan_meier_data_t DATA = {
    .n = 7, .time = TIME, .event = EVENT, .group = GROUP, .groups = 2
};

static imr_rmst_options_t
options_of(double tau, imr_rmst_interval_t interval)
{
    imr_rmst_options_t options = { tau, 0.95, interval, 1 };

    return options;
}

static void
test_means_and_lost_times_by_hand(void)
{
    imr_rmst_options_t options = options_of(5, IMR_RMST_PLAIN);
    imr_rmst_t means[2];
    double tau;

    CHECK(imr_rmst(&DATA, &options, means, &tau, NULL) == IMR_OK);
    CHECK(tau == 5 && means[0].n == 4 && means[0].events == 2 && means[1].events == 2);
    /* 2 + 2 3/4 + 1/2; areas ahead 2 at 2, 1/2 at 4: 4/12 + (1/4)/6 */
    CHECK_NEAR(means[0].estimate, 4, 0);
    CHECK_NEAR(means[0].std_error, sqrt(4.0 / 12 + 0.25 / 6), 4e-16);
    CHECK_NEAR(means[0].lost, 1, 0);
    CHECK(means[0].high == 5 && means[0].lost_low == 0 && means[0].lost_high == 5 - means[0].low);
    CHECK_NEAR(means[1].estimate, 3, 1e-15); /* all events: the mean of 1, 3, 5 */
    CHECK_NEAR(means[1].std_error, sqrt(8.0 / 9), 1e-15);
}

/* Without censoring the interval is Student's for the mean of min(T, tau). */
static void
test_student_s_limits(void)
{
    imr_rmst_options_t options = options_of(5, IMR_RMST_T);
    imr_rmst_t means[2];
    double tau, t = 4.302652729696142; /* 0.975, 2 degrees of freedom */

    CHECK(imr_rmst(&DATA, &options, means, &tau, NULL) == IMR_OK);
    CHECK(means[1].observed == 3 && means[0].observed == 4);
    CHECK(means[1].low == 0 && means[1].high == 5);
    options.level = 0.5; /* t(0.75, 2) is 0.816496580927726 */
    CHECK(imr_rmst(&DATA, &options, means, &tau, NULL) == IMR_OK);
    CHECK_NEAR(means[1].high, 3 + 0.816496580927726 * 2 / sqrt(3), 1e-13);
    CHECK(t * 2 / sqrt(3) > 2);
    options.tau = 0.5; /* nobody differs */
    CHECK(imr_rmst(&DATA, &options, means, &tau, NULL) == IMR_OK);
    CHECK(means[0].low == 0 && means[0].high == 0.5);
}

/* Nobody has the event: survival at tau is at least (alpha / 2)^(1 / n), and so is the mean's share. */
static void
test_limits_without_an_event(void)
{
    static const double time[] = { 9, 9, 9, 9 };
    static const uint8_t none[] = { 0, 0, 0, 0 };
    imr_kaplan_meier_data_t data = { .n = 4, .time = time, .event = none };
    imr_rmst_options_t options = options_of(9, IMR_RMST_BETA_PRODUCT);
    imr_rmst_t mean;
    double tau;

    CHECK(imr_rmst(&data, &options, &mean, &tau, NULL) == IMR_OK);
    CHECK_NEAR(mean.low, 9 * pow(0.025, 0.25), 1e-13);
    CHECK(mean.high == 9 && mean.estimate == 9 && mean.lost == 0 && mean.lost_low == 0);
    options.interval = IMR_RMST_BETA_PRODUCT_MID_P;
    CHECK(imr_rmst(&data, &options, &mean, &tau, NULL) == IMR_OK);
    CHECK_NEAR(mean.low, 9 * pow(0.05, 0.25), 1e-13);
    options.level = 1e-17; /* the smallest interval still holds the estimate */
    CHECK(imr_rmst(&data, &options, &mean, &tau, NULL) == IMR_OK);
    CHECK(mean.low <= 9 && mean.high == 9);
}

static void
test_the_largest_tau(void)
{
    imr_rmst_options_t options = options_of(NAN, IMR_RMST_PLAIN);
    imr_kaplan_meier_data_t events = { .n = 3, .time = TIME + 4, .event = EVENT + 4 };
    imr_rmst_t means[2];
    imr_fault_t fault;
    double tau;

    CHECK(imr_rmst(&DATA, &options, means, &tau, NULL) == IMR_OK);
    CHECK(tau == 8); /* the second group's curve has come to 0 */
    CHECK(imr_rmst(&events, &options, means, &tau, NULL) == IMR_OK);
    CHECK(tau == 5);
    options.tau = 9;
    CHECK(imr_rmst(&events, &options, means, &tau, NULL) == IMR_OK);
    CHECK_NEAR(means[0].estimate, 3, 1e-15);
    CHECK(imr_rmst(&DATA, &options, means, &tau, &fault) == IMR_ERR_TAU);
    CHECK(fault.row == 0 && fault.value == 8);
}

static void
test_what_is_refused(void)
{
    static const double entry[] = { 0, 1, 1, 1, 0, 1, 1 };
    imr_kaplan_meier_data_t data = DATA;
    imr_rmst_options_t options = options_of(5, IMR_RMST_T);
    imr_rmst_t means[2];
    imr_fault_t fault;
    double tau;

    data.entry = entry;
    CHECK(imr_rmst(&data, &options, means, &tau, &fault) == IMR_ERR_RMST_INTERVAL);
    options.interval = IMR_RMST_PLAIN;
    CHECK(imr_rmst(&data, &options, means, &tau, &fault) == IMR_OK);
    options.tau = 0;
    CHECK(imr_rmst(&data, &options, means, &tau, &fault) == IMR_ERR_NOT_POSITIVE);
    CHECK(strcmp(fault.argument, "tau") == 0 && fault.value == 0);
    options.level = 1;
    CHECK(imr_rmst(&data, &options, means, &tau, &fault) == IMR_ERR_LEVEL);
}

static void
test_allocations_that_fail(void)
{
    imr_rmst_options_t options = options_of(5, IMR_RMST_BETA_PRODUCT_MID_P);
    imr_rmst_t means[2];
    double tau;

    FAIL_EACH_ALLOCATION(imr_rmst(&DATA, &options, means, &tau, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_means_and_lost_times_by_hand);
    RUN(test_student_s_limits);
    RUN(test_limits_without_an_event);
    RUN(test_the_largest_tau);
    RUN(test_what_is_refused);
    RUN(test_allocations_that_fail);
})
