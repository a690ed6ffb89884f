#include "survival/competing_risks_summary.h"

#include "../harness.h"

/* S is 3/4, 1/2, 1/2, 0; F1 1/4, 1/4, 1/4, 3/4; F2 0, 1/4, 1/4, 1/4; nobody has cause 3. */
static const double TIME[] = { 4, 2, 1, 3 };
static const uint8_t CAUSE[] = { 1, 2, 1, 0 };
static const imr_competing_risks_options_t AALEN = { IMR_INCIDENCE_LOG_LOG, IMR_INCIDENCE_AALEN,
    0.95, 1 };

static void
fit(imr_competing_risks_t *ci, size_t n, const double *entry)
{
    imr_competing_risks_data_t data = {
        .n = n, .time = TIME, .cause = CAUSE, .causes = 3, .entry = entry
    };

    CHECK(imr_competing_risks(&data, &AALEN, ci, NULL) == IMR_OK);
}

static void
test_values_at_times(void)
{
    static const double AT[] = { 0, 1, 1.5, 3, 3.5, 9 };
    double estimate[6], error[6], low[6], high[6];
    int64_t at_risk[6];
    imr_competing_risks_t ci;

    fit(&ci, 4, NULL);
    CHECK(imr_competing_risks_at(&ci, 0, &AALEN, AT, 6, estimate, error, low, high, at_risk, NULL)
        == IMR_OK);
    CHECK(estimate[0] == 0 && estimate[1] == 0.25 && estimate[4] == 0.25 && estimate[5] == 0.75);
    CHECK(at_risk[0] == 4 && at_risk[1] == 4 && at_risk[2] == 3 && at_risk[5] == 0);
    CHECK(error[5] == ci.std_error[3] && low[5] == ci.low[3] && high[5] == ci.high[3]);
    CHECK(imr_competing_risks_at(&ci, 2, &AALEN, AT, 6, estimate, error, low, high, at_risk, NULL)
        == IMR_OK);
    CHECK_NEAR(high[3], 1 - pow(0.025, 0.25), 1e-14); /* the one censored at 3 is free of it at 3 */
    CHECK_NEAR(high[4], 1 - pow(0.025, 0.5), 1e-14);
    CHECK(low[4] == 0 && estimate[4] == 0);
    imr_competing_risks_free(&ci);
}

static void
test_after_the_last_follow_up_nothing_is_known(void)
{
    static const double AT[] = { 2, 2 + 1e-12, 2.5 };
    static const double LATE[] = { 0, 0, 0.5 };
    double estimate[3], error[3], low[3], high[3];
    int64_t at_risk[3];
    imr_competing_risks_t ci;
    imr_fault_t fault;
    double bad = -1;

    fit(&ci, 3, LATE); /* times 4, 2, 1 */
    CHECK(imr_competing_risks_at(&ci, 0, &AALEN, AT, 3, estimate, error, low, high, at_risk, NULL)
        == IMR_OK);
    CHECK(estimate[1] == estimate[0] && at_risk[1] == 2 && at_risk[2] == 1);
    CHECK(
        imr_competing_risks_at(&ci, 0, &AALEN, &bad, 1, estimate, error, low, high, at_risk, &fault)
        == IMR_ERR_NEGATIVE);
    bad = NAN;
    CHECK(
        imr_competing_risks_at(&ci, 0, &AALEN, &bad, 1, estimate, error, low, high, at_risk, &fault)
        == IMR_ERR_NONFINITE);
    imr_competing_risks_free(&ci);
    {
        static const uint8_t OPEN[] = { 0, 2, 1 };
        imr_competing_risks_data_t data = { .n = 3, .time = TIME, .cause = OPEN, .causes = 2 };
        double after = 5;

        CHECK(imr_competing_risks(&data, &AALEN, &ci, NULL) == IMR_OK);
        CHECK(imr_competing_risks_at(
                  &ci, 0, &AALEN, &after, 1, estimate, error, low, high, at_risk, NULL)
            == IMR_OK);
        CHECK(isnan(estimate[0]) && isnan(error[0]) && isnan(low[0]) && isnan(high[0]));
        CHECK(at_risk[0] == 0);
        CHECK(
            imr_competing_risks_time_lost(&ci, 0, &AALEN, after, estimate, error, low, high, &fault)
            == IMR_ERR_TAU);
        imr_competing_risks_free(&ci);
    }
}

static void
test_quantiles(void)
{
    static const double P[] = { 0.1, 0.25, 0.5, 0.8 };
    double estimate[4], low[4], high[4], bad = 1;
    imr_competing_risks_t ci;

    fit(&ci, 4, NULL);
    CHECK(imr_competing_risks_quantile(&ci, 0, P, 4, estimate, low, high, NULL) == IMR_OK);
    CHECK(estimate[0] == 1 && estimate[1] == 2.5 && estimate[2] == 4 && isnan(estimate[3]));
    CHECK(low[0] == 0 && isnan(high[2])); /* 0 of 4 has an upper limit of 0.6 */
    CHECK(imr_competing_risks_quantile(&ci, 0, &bad, 1, estimate, low, high, NULL)
        == IMR_ERR_PROBABILITY);
    FAIL_EACH_ALLOCATION(imr_competing_risks_quantile(&ci, 0, P, 4, estimate, low, high, NULL),
        IMR_ERR_NOMEM, (void) 0);
    imr_competing_risks_free(&ci);
}

static void
test_time_lost(void)
{
    double estimate, error, low, high;
    imr_competing_risks_t ci;
    imr_fault_t fault;

    fit(&ci, 4, NULL);
    /* 1/4 from 1 to 4, 3/4 from 4 to 6 */
    CHECK(imr_competing_risks_time_lost(&ci, 0, &AALEN, 6, &estimate, &error, &low, &high, NULL)
        == IMR_OK);
    CHECK_NEAR(estimate, 2.25, 1e-15);
    /* time 1: (5 / 4 - area 1 / (3 / 4) / 4)^2, time 2: (1 / 4 * 1 / (1 / 2))^2, time 4: (2 / 2)^2 */
    CHECK_NEAR(error, sqrt((5.0 / 4 - 1.0 / 3) * (5.0 / 4 - 1.0 / 3) + 1.0 / 4 + 1), 1e-14);
    CHECK_NEAR(low, fmax(0, 2.25 - 1.959963984540054 * error), 1e-12);
    CHECK(imr_competing_risks_time_lost(&ci, 0, &AALEN, 0.5, &estimate, &error, &low, &high, NULL)
        == IMR_OK);
    CHECK(estimate == 0 && error == 0 && low == 0);
    CHECK_NEAR(high, 0.5 * (1 - pow(0.025, 0.25)), 1e-14);
    CHECK(imr_competing_risks_time_lost(&ci, 2, &AALEN, 3.5, &estimate, &error, &low, &high, NULL)
        == IMR_OK);
    CHECK_NEAR(high, 3.5 * (1 - pow(0.025, 0.5)), 1e-14);
    CHECK(imr_competing_risks_time_lost(&ci, 2, &AALEN, 0, &estimate, &error, &low, &high, &fault)
        == IMR_ERR_NOT_POSITIVE);
    {
        imr_competing_risks_options_t options = AALEN;

        options.level = 2;
        CHECK(imr_competing_risks_time_lost(
                  &ci, 2, &options, 1, &estimate, &error, &low, &high, &fault)
            == IMR_ERR_LEVEL);
    }
    imr_competing_risks_free(&ci);
}

HARNESS_MAIN({
    RUN(test_values_at_times);
    RUN(test_after_the_last_follow_up_nothing_is_known);
    RUN(test_quantiles);
    RUN(test_time_lost);
})
