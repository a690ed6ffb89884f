#include "survival/incidence.h"

#include "../harness.h"

static int
rate(int64_t events, double exposure, imr_incidence_interval_t interval, double *low, double *high)
{
    imr_incidence_options_t options = { interval, IMR_TWO_SIDED, 0.95, 1 };
    double estimate;

    return imr_incidence(&events, 0, &exposure, 0, 0, 1, &options, &estimate, low, high, NULL);
}

static void
test_limits_are_those_of_r(void)
{
    /* 3 in 12.5: poisson_rates.json, mid-P rate_midp.json, in tests/golden/survival */
    static const double expected[][2] = { { 0.049493769831648125, 0.70138184557938588 },
        { 0.7630962977977813 / 12.5, 8.164469208368367 / 12.5 },
        { 0.065415315773116281, 0.68478389261318329 },
        { 0.081621658269145636, 0.70569504738638433 },
        { 0.048237805677618387, 0.70122915173970679 } };
    double low, high;

    for (int i = 0; i <= IMR_INCIDENCE_BYAR; i++) {
        CHECK(rate(3, 12.5, (imr_incidence_interval_t) i, &low, &high) == IMR_OK);
        CHECK_NEAR(low, expected[i][0], 1e-6);
        CHECK_NEAR(high, expected[i][1], 1e-6);
    }
}

static void
test_no_event_has_an_upper_limit(void)
{
    double low, high;

    CHECK(rate(0, 10, IMR_INCIDENCE_GARWOOD, &low, &high) == IMR_OK);
    CHECK_NEAR(high, -log(0.025) / 10, 1e-14); /* exp(-10 rate) = 0.025 */
    CHECK(low == 0);
    CHECK(rate(0, 10, IMR_INCIDENCE_MID_P, &low, &high) == IMR_OK);
    CHECK_NEAR(high, -log(0.05) / 10, 1e-14);
    for (int i = 0; i <= IMR_INCIDENCE_LIKELIHOOD; i++) {
        CHECK(rate(0, 10, (imr_incidence_interval_t) i, &low, &high) == IMR_OK);
        CHECK(low == 0 && high > 0.19 && high < 0.4);
        CHECK(rate(0, 0, (imr_incidence_interval_t) i, &low, &high) == IMR_OK);
        CHECK(low == 0 && isinf(high));
    }
}

static void
test_large_counts_have_limits_near_the_normal_ones(void)
{
    double low, high;

    for (int i = 0; i <= IMR_INCIDENCE_LIKELIHOOD; i++) {
        CHECK(rate(1000000, 1, (imr_incidence_interval_t) i, &low, &high) == IMR_OK);
        CHECK_NEAR(low, 1e6 - 1959.964, 3e-6);
        CHECK_NEAR(high, 1e6 + 1959.964, 3e-6);
    }
}

static void
test_one_sided_limits_leave_the_other_side_open(void)
{
    imr_incidence_options_t options = { IMR_INCIDENCE_GARWOOD, IMR_LESS, 0.95, 100 };
    int64_t events = 0;
    double exposure = 10, estimate, low, high;

    CHECK(imr_incidence(&events, 0, &exposure, 0, 0, 1, &options, &estimate, &low, &high, NULL)
        == IMR_OK);
    CHECK_NEAR(high, -10 * log(0.05), 1e-14);
    options.alternative = IMR_GREATER;
    events = 1;
    CHECK(imr_incidence(&events, 0, &exposure, 0, 0, 1, &options, &estimate, &low, &high, NULL)
        == IMR_OK);
    CHECK_NEAR(low, -10 * log(0.95), 1e-13); /* P(X >= 1) = 0.05 */
    CHECK(isinf(high));
    CHECK_NEAR(estimate, 10, 1e-15);
}

static void
test_patients_are_added_up_within_groups(void)
{
    int64_t events[] = { 2, 0, 1, 4 }, group[] = { 1, 0, 1, 1 }, total[3], rows[3];
    double exposure[] = { 1, 0.5, 2, 0.25 }, time[3];
    imr_fault_t fault;

    CHECK(imr_incidence_sums(events, exposure, group, 4, 3, total, time, rows, NULL) == IMR_OK);
    CHECK(total[0] == 0 && total[1] == 7 && total[2] == 0);
    CHECK(time[0] == 0.5 && time[1] == 3.25 && time[2] == 0);
    CHECK(rows[0] == 1 && rows[1] == 3 && rows[2] == 0);
    CHECK(imr_incidence_sums(events, exposure, NULL, 4, 1, total, time, rows, NULL) == IMR_OK);
    CHECK(total[0] == 7 && time[0] == 3.75 && rows[0] == 4);
    CHECK(imr_incidence_sums(events, exposure, NULL, 0, 1, total, time, rows, &fault)
        == IMR_ERR_NO_ROWS);
    group[2] = 3;
    CHECK(imr_incidence_sums(events, exposure, group, 4, 3, total, time, rows, &fault)
        == IMR_ERR_CODE);
    CHECK(fault.row == 2);
    events[0] = events[3] = INT64_C(1) << 52;
    CHECK(imr_incidence_sums(events, exposure, NULL, 4, 1, total, time, rows, &fault)
        == IMR_ERR_COUNT);
    CHECK(fault.row == 3);
    exposure[2] = 0;
    CHECK(imr_incidence_sums(events, exposure, NULL, 4, 1, total, time, rows, &fault)
        == IMR_ERR_NO_EXPOSURE);
    CHECK(fault.row == 2);
}

static void
test_bad_input_is_named(void)
{
    imr_incidence_options_t good = { IMR_INCIDENCE_GARWOOD, IMR_TWO_SIDED, 0.95, 1 }, options;
    int64_t events[] = { 1, -1, 1, 1, 1, INT64_C(1) << 53, 1 };
    double exposure[] = { 1, 1, NAN, -1, 0, 1, 1e-200 }, estimate[7], low[7], high[7];
    int status[] = { IMR_OK, IMR_ERR_NEGATIVE, IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE,
        IMR_ERR_NO_EXPOSURE, IMR_ERR_COUNT, IMR_ERR_NOT_POSITIVE };
    imr_fault_t fault;

    for (size_t i = 0; i < 7; i++) {
        CHECK(imr_incidence(events, 1, exposure, 1, i, i + 1, &good, estimate, low, high, &fault)
            == status[i]);
        CHECK(i == 0 || fault.row == (int64_t) i);
    }
    options = good;
    options.level = 1;
    CHECK(imr_incidence(events, 1, exposure, 1, 0, 1, &options, estimate, low, high, &fault)
        == IMR_ERR_LEVEL);
    options = good;
    options.per = 0;
    CHECK(imr_incidence(events, 1, exposure, 1, 0, 1, &options, estimate, low, high, &fault)
        == IMR_ERR_NOT_POSITIVE);
    options = good;
    options.interval = IMR_INCIDENCE_BLAKER;
    options.alternative = IMR_LESS;
    CHECK(imr_incidence(events, 1, exposure, 1, 0, 1, &options, estimate, low, high, &fault)
        == IMR_ERR_RATE_ONE_SIDED);
}

HARNESS_MAIN({
    RUN(test_limits_are_those_of_r);
    RUN(test_no_event_has_an_upper_limit);
    RUN(test_large_counts_have_limits_near_the_normal_ones);
    RUN(test_one_sided_limits_leave_the_other_side_open);
    RUN(test_patients_are_added_up_within_groups);
    RUN(test_bad_input_is_named);
})
