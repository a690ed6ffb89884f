#include "survival/kaplan_meier_summary.h"

#include "../harness.h"

/* S is 3/4 from 2, 1/2 from 4, 1/4 from 6, and 1/4 still at 8, where the last patient is censored. */
static const double TIME[] = { 2, 4, 6, 8 };
static const uint8_t EVENT[] = { 1, 1, 1, 0 };
static const imr_kaplan_meier_made_t MADE = { .level = 0.95, .fix_ties = 1 };

static void
fit(imr_kaplan_meier_t *km, const uint8_t *event, const double *entry)
{
    imr_kaplan_meier_options_t options = {
        .interval = IMR_KM_LOG_LOG, .level = 0.95, .start_time = NAN, .fix_ties = 1
    };
    imr_kaplan_meier_data_t data = { .n = 4, .time = TIME, .event = event, .entry = entry };

    CHECK(imr_kaplan_meier(&data, &options, km, NULL) == IMR_OK);
}

static void
test_values_at_times(void)
{
    static const double times[] = { 0, 2 - 1e-12, 2, 3, 6 + 1e-9, 8, 8.5 };
    static const double expected[] = { 1, 0.75, 0.75, 0.75, 0.25, 0.25, NAN };
    static const int64_t at_risk[] = { 4, 4, 4, 3, 2, 1, 0 };
    double estimate[7], error[7], low[7], high[7];
    int64_t there[7];
    imr_kaplan_meier_made_t made = MADE;
    imr_kaplan_meier_t km;

    fit(&km, EVENT, NULL);
    CHECK(imr_kaplan_meier_at(&km, &made, times, 7, estimate, error, low, high, there, NULL)
        == IMR_OK);
    for (int i = 0; i < 7; i++) {
        CHECK_NEAR(estimate[i], expected[i], 0);
        CHECK(there[i] == at_risk[i]);
    }
    CHECK(error[0] == 0 && low[0] == 1 && low[3] == km.low[0] && high[5] == km.high[3]);
    CHECK(isnan(low[6]) && isnan(error[6]));
    made.beta = 1; /* those limits hold on */
    made.fix_ties = 0;
    CHECK(imr_kaplan_meier_at(&km, &made, times, 7, estimate, error, low, high, there, NULL)
        == IMR_OK);
    CHECK(estimate[1] == 1 && low[6] == km.low[3] && high[6] == km.high[3] && isnan(estimate[6]));
    imr_kaplan_meier_free(&km);
}

static void
test_patients_between_rows(void)
{
    static const double entry[] = { 0, 1, 5, 5 }, times[] = { 0, 0.5, 1, 2, 3, 4, 5, 5.5, 8, 9 };
    static const int64_t expected[] = { 1, 1, 2, 2, 1, 1, 2, 2, 1, 0 };
    double estimate[10], error[10], low[10], high[10];
    int64_t there[10];
    imr_kaplan_meier_t km;

    fit(&km, EVENT, entry);
    CHECK(imr_kaplan_meier_at(&km, &MADE, times, 10, estimate, error, low, high, there, NULL)
        == IMR_OK);
    for (int i = 0; i < 10; i++) {
        CHECK(there[i] == expected[i]);
    }
    imr_kaplan_meier_free(&km);
}

static void
test_quantiles_by_the_rule_of_the_middle(void)
{
    static const double p[] = { 0.1, 0.25, 0.5, 0.75, 0.8 };
    static const double expected[] = { 2, 3, 5, 7, NAN };
    static const uint8_t all[] = { 1, 1, 1, 1 };
    double estimate[5], low[5], high[5];
    imr_kaplan_meier_made_t made = MADE;
    imr_kaplan_meier_t km;

    fit(&km, EVENT, NULL);
    CHECK(imr_kaplan_meier_quantile(&km, &made, p, 5, estimate, low, high, NULL) == IMR_OK);
    for (int i = 0; i < 5; i++) {
        CHECK_NEAR(estimate[i], expected[i], 0);
    }
    CHECK(low[2] == 2 && isnan(high[2]) && isnan(high[4]));
    made.beta = 1; /* lower limits start below 1, and an upper one not reached is infinite */
    made.start = 0.5;
    km.start_low = 0.4;
    CHECK(imr_kaplan_meier_quantile(&km, &made, p, 5, estimate, low, high, NULL) == IMR_OK);
    CHECK(low[0] == 0.5 && low[2] == 0.5 && low[3] > 0.5 && high[4] == INFINITY);
    CHECK(isnan(estimate[4]));
    imr_kaplan_meier_free(&km);
    fit(&km, all, NULL);
    CHECK(imr_kaplan_meier_quantile(&km, &MADE, p + 4, 1, estimate, low, high, NULL) == IMR_OK);
    CHECK(estimate[0] == 8 && isnan(high[0]));
    imr_kaplan_meier_free(&km);
}

/* R: of the rows whose limit has reached the fraction the one with the largest limit counts. */
static void
test_limits_that_rise_again(void)
{
    static const double half = 0.5;
    double curve[] = { 0.9, 0.4, 0.45, 0.5 }, estimate, low, high;
    imr_kaplan_meier_t km = { .n = 4, .start_low = 1, .start_high = 1 };
    double time[] = { 1, 2, 3, 4 };

    km.time = time;
    km.estimate = km.low = km.high = curve;
    CHECK(imr_kaplan_meier_quantile(&km, &MADE, &half, 1, &estimate, &low, &high, NULL) == IMR_OK);
    CHECK(estimate == 2 && low == 3.5); /* at 4 and, next below it, at 3 */
    curve[3] = NAN;
    CHECK(imr_kaplan_meier_quantile(&km, &MADE, &half, 1, &estimate, &low, &high, NULL) == IMR_OK);
    CHECK(high == 3);
    curve[1] = 0.5;
    curve[2] = NAN;
    CHECK(imr_kaplan_meier_quantile(&km, &MADE, &half, 1, &estimate, &low, &high, NULL) == IMR_OK);
    CHECK(high == 3); /* flat to the end of the curve */
}

static void
test_restricted_means_by_hand(void)
{
    static const uint8_t all[] = { 1, 1, 1, 1 };
    double mean, error, low, high;
    imr_kaplan_meier_made_t made = MADE;
    imr_kaplan_meier_t km;

    fit(&km, EVENT, NULL);
    /* to 5: 2 + 2 * 3/4 + 1/2 = 4; areas ahead 2 at 2, 1/2 at 4; 4/12 + (1/4)/6 */
    CHECK(imr_kaplan_meier_rmst(&km, &made, 5, &mean, &error, &low, &high, NULL) == IMR_OK);
    CHECK_NEAR(mean, 4, 0);
    CHECK_NEAR(error, sqrt(4.0 / 12 + 0.25 / 6), 4e-16);
    CHECK_NEAR(low, 4 - 1.959963984540054 * error, 1e-15);
    CHECK(high == 5);
    CHECK(imr_kaplan_meier_rmst(&km, &made, 1, &mean, &error, &low, &high, NULL) == IMR_OK);
    CHECK(mean == 1 && error == 0 && low == 1 && high == 1);
    CHECK(imr_kaplan_meier_rmst(&km, &made, 8, &mean, &error, &low, &high, NULL) == IMR_OK);
    CHECK_NEAR(mean, 5, 0);
    CHECK(imr_kaplan_meier_rmst(&km, &made, 8 + 1e-9, &mean, &error, &low, &high, NULL) == IMR_OK);
    CHECK(imr_kaplan_meier_rmst(&km, &made, 8.1, &mean, &error, &low, &high, NULL) == IMR_ERR_TAU);
    made.fix_ties = 0;
    CHECK(imr_kaplan_meier_rmst(&km, &made, 8 + 1e-9, &mean, &error, &low, &high, NULL)
        == IMR_ERR_TAU);
    made.form = IMR_KM_NELSON_AALEN; /* only the errors differ: 4/16 + (1/4)/9 */
    CHECK(imr_kaplan_meier_rmst(&km, &made, 5, &mean, &error, &low, &high, NULL) == IMR_OK);
    CHECK_NEAR(error, sqrt(4.0 / 16 + 0.25 / 9), 4e-16);
    made.form = IMR_KM_FLEMING_HARRINGTON;
    CHECK(imr_kaplan_meier_rmst(&km, &made, 5, &mean, &error, &low, &high, NULL) == IMR_OK);
    CHECK_NEAR(error, sqrt(4.0 / 16 + 0.25 / 9), 4e-16);
    made.level = 1;
    CHECK(imr_kaplan_meier_rmst(&km, &made, 5, &mean, &error, &low, &high, NULL) == IMR_ERR_LEVEL);
    imr_kaplan_meier_free(&km);
    fit(&km, all, NULL); /* the curve is 0 from 8 on: any horizon will do */
    CHECK(imr_kaplan_meier_rmst(&km, &MADE, 1000, &mean, &error, &low, &high, NULL) == IMR_OK);
    CHECK_NEAR(mean, 5, 0);
    imr_kaplan_meier_free(&km);
}

/* A robust error without weights and censoring is that of a mean of min(T, tau), divided by n. */
static void
test_the_robust_error_of_a_mean(void)
{
    static const uint8_t all[] = { 1, 1, 1, 1 };
    imr_kaplan_meier_options_t options = { .interval = IMR_KM_PLAIN,
        .variance = IMR_KM_ROBUST,
        .level = 0.95,
        .start_time = NAN,
        .fix_ties = 1 };
    imr_kaplan_meier_data_t data = { .n = 4, .time = TIME, .event = all };
    double mean, error, low, high;
    imr_kaplan_meier_t km;

    CHECK(imr_kaplan_meier(&data, &options, &km, NULL) == IMR_OK);
    CHECK(imr_kaplan_meier_rmst(&km, &MADE, 7, &mean, &error, &low, &high, NULL) == IMR_OK);
    CHECK_NEAR(mean, 19.0 / 4, 2e-16);
    /* 2 4 6 7 less 4.75 */
    CHECK_NEAR(error, sqrt(7.5625 + 0.5625 + 1.5625 + 5.0625) / 4, 4e-16);
    FAIL_EACH_ALLOCATION(imr_kaplan_meier_rmst(&km, &MADE, 7, &mean, &error, &low, &high, NULL),
        IMR_ERR_NOMEM, (void) 0);
    imr_kaplan_meier_free(&km);
}

static void
test_bands_between_two_times(void)
{
    static const uint8_t late[] = { 0, 1, 1, 1 };
    imr_kaplan_meier_band_options_t options = { IMR_BAND_EQUAL_PRECISION, IMR_BAND_PLAIN, 0.95 };
    double critical, low[4], high[4], equal;
    size_t begin, end;
    imr_fault_t fault;
    imr_kaplan_meier_t km;

    fit(&km, EVENT, NULL);
    CHECK(imr_kaplan_meier_band_between(
              &km, &MADE, NAN, NAN, &options, &begin, &end, &critical, low, high, NULL)
        == IMR_OK);
    CHECK(begin == 0 && end == 4);
    /* greenwood 1/12, 1/12 + 1/6, 3/4: a = 4 g / (1 + 4 g) */
    CHECK(imr_equal_precision_critical(0.95, 0.25, 0.75, &equal) == IMR_OK);
    CHECK_NEAR(critical, equal, 1e-12);
    CHECK_NEAR(high[0], 0.75 + critical * km.std_error[0] > 1 ? 1 : NAN, 0);
    CHECK(imr_kaplan_meier_band_between(
              &km, &MADE, 3, 6 + 1e-10, &options, &begin, &end, &critical, low, high, NULL)
        == IMR_OK);
    CHECK(begin == 0 && end == 3);
    CHECK(imr_kaplan_meier_band_between(
              &km, &MADE, 1, NAN, &options, &begin, &end, &critical, low, high, &fault)
        == IMR_ERR_BAND_RANGE);
    CHECK(strcmp(fault.argument, "lower") == 0 && fault.value == 1);
    CHECK(imr_kaplan_meier_band_between(
              &km, &MADE, 6, 4, &options, &begin, &end, &critical, low, high, &fault)
        == IMR_ERR_BAND_RANGE);
    CHECK(strcmp(fault.argument, "upper") == 0 && fault.value == 4);
    CHECK(imr_kaplan_meier_band_between(
              &km, &MADE, NAN, 9, &options, &begin, &end, &critical, low, high, NULL)
        == IMR_ERR_BAND_RANGE);
    imr_kaplan_meier_free(&km);
    fit(&km, late, NULL); /* from the first event, to the last row above 0 */
    CHECK(imr_kaplan_meier_band_between(
              &km, &MADE, NAN, NAN, &options, &begin, &end, &critical, low, high, NULL)
        == IMR_OK);
    CHECK(begin == 1 && end == 3);
    FAIL_EACH_ALLOCATION(imr_kaplan_meier_band_between(&km, &MADE, NAN, NAN, &options, &begin, &end,
                             &critical, low, high, NULL),
        IMR_ERR_NOMEM, (void) 0);
    imr_kaplan_meier_free(&km);
}

static void
test_bad_questions_are_named(void)
{
    double bad[] = { 1, -1 }, p[] = { 0.5, 1 }, out[2];
    int64_t there[2];
    imr_fault_t fault;
    imr_kaplan_meier_t km;

    fit(&km, EVENT, NULL);
    CHECK(imr_kaplan_meier_at(&km, &MADE, bad, 2, out, out, out, out, there, &fault)
        == IMR_ERR_NEGATIVE);
    CHECK(strcmp(fault.argument, "times") == 0 && fault.row == 1);
    bad[1] = INFINITY;
    CHECK(imr_kaplan_meier_at(&km, &MADE, bad, 2, out, out, out, out, there, &fault)
        == IMR_ERR_NONFINITE);
    for (int i = 0; i < 2; i++) {
        p[1] = i;
        CHECK(imr_kaplan_meier_quantile(&km, &MADE, p, 2, out, out, out, &fault)
            == IMR_ERR_PROBABILITY);
        CHECK(strcmp(fault.argument, "p") == 0 && fault.row == 1);
    }
    CHECK(imr_kaplan_meier_rmst(&km, &MADE, 0, out, out, out, out, &fault) == IMR_ERR_NOT_POSITIVE);
    CHECK(
        imr_kaplan_meier_rmst(&km, &MADE, NAN, out, out, out, out, &fault) == IMR_ERR_NOT_POSITIVE);
    CHECK(strcmp(fault.argument, "tau") == 0);
    imr_kaplan_meier_free(&km);
}

HARNESS_MAIN({
    RUN(test_values_at_times);
    RUN(test_patients_between_rows);
    RUN(test_quantiles_by_the_rule_of_the_middle);
    RUN(test_limits_that_rise_again);
    RUN(test_restricted_means_by_hand);
    RUN(test_the_robust_error_of_a_mean);
    RUN(test_bands_between_two_times);
    RUN(test_bad_questions_are_named);
})
