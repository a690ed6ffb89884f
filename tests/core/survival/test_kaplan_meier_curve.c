#include "survival/kaplan_meier_curve.h"

#include "../harness.h"

#define Z 1.959963984540054

static void
test_tied_events_leave_one_after_the_other(void)
{
    double hazard, variance;

    imr_fleming_harrington_step(5, 3, &hazard, &variance);
    CHECK_NEAR(hazard, 1.0 / 5 + 1.0 / 4 + 1.0 / 3, 2e-16);
    CHECK_NEAR(variance, 1.0 / 25 + 1.0 / 16 + 1.0 / 9, 4e-16);
    imr_fleming_harrington_step(7, 0, &hazard, &variance);
    CHECK(hazard == 0 && variance == 0);
    imr_fleming_harrington_step(1, 1, &hazard, &variance);
    CHECK(hazard == 1 && variance == 1);
}

/* Around the change from the sum to the series, and far beyond it. */
static void
test_sums_of_many_tied_events(void)
{
    for (int left = 0; left < 200; left += left < 40 ? 1 : 37) {
        for (int d = 60; d < 3000; d += d < 70 ? 1 : 313) {
            double n = left + d, hazard, variance, sum = 0, squares = 0;

            for (int i = left + d; i > left; i--) {
                sum += 1.0 / i;
                squares += 1.0 / i / i;
            }
            imr_fleming_harrington_step(n, d, &hazard, &variance);
            CHECK_NEAR(hazard, sum, 2e-14);
            CHECK_NEAR(variance, squares, 2e-14);
        }
    }
    {
        double hazard, variance, n = 0x1p53, d = 0x1p52;

        /* log 2 - 1/(2n) .., and 1/(n/2) - 1/n .. */
        imr_fleming_harrington_step(n, d, &hazard, &variance);
        CHECK_NEAR(hazard, log(2), 1e-15);
        CHECK_NEAR(variance, 1 / n, 1e-15);
    }
}

/* One row, 10 patients at risk, 4 with the event: S = 0.6, error of log S sqrt(4 / 60). */
static void
fill(imr_kaplan_meier_t *km, const imr_kaplan_meier_options_t *options)
{
    static double column[8][1];
    static int64_t at_risk[] = { 10 }, events[] = { 4 }, censored[] = { 6 };

    *km = (imr_kaplan_meier_t) { .n = 1,
        .time = column[0],
        .at_risk = at_risk,
        .events = events,
        .censored = censored,
        .estimate = column[1],
        .std_error = column[2],
        .low = column[3],
        .high = column[4],
        .cumulative_hazard = column[5],
        .cumulative_hazard_std_error = column[6] };
    CHECK(imr_kaplan_meier_fill(km, options, NULL) == IMR_OK);
}

static void
test_limits_by_their_formulas(void)
{
    imr_kaplan_meier_options_t options = { .level = 0.95 };
    imr_kaplan_meier_t km;
    double e = sqrt(4.0 / 60), s = 0.6, logit = log(s / (1 - s)), angle = asin(sqrt(s));
    double width = Z / 2 * e * sqrt(s / (1 - s)), peto = sqrt(0.4 / 10);

    options.interval = IMR_KM_PLAIN;
    fill(&km, &options);
    CHECK(km.estimate[0] == 0.6);
    CHECK_NEAR(km.std_error[0], s * e, 4e-16);
    CHECK_NEAR(km.low[0], s - Z * s * e, 1e-15);
    CHECK_NEAR(km.high[0], s + Z * s * e, 1e-15);
    options.interval = IMR_KM_LOG;
    fill(&km, &options);
    CHECK_NEAR(km.low[0], s * exp(-Z * e), 1e-15);
    CHECK_NEAR(km.high[0], s * exp(Z * e), 1e-15);
    options.lower = IMR_KM_PETO;
    fill(&km, &options);
    CHECK_NEAR(km.low[0], s * exp(-Z * peto), 1e-15);
    CHECK_NEAR(km.high[0], s * exp(Z * e), 1e-15);
    options.lower = IMR_KM_USUAL;
    options.interval = IMR_KM_LOG_LOG;
    fill(&km, &options);
    CHECK_NEAR(km.low[0], exp(-exp(log(-log(s)) - Z * e / log(s))), 1e-15);
    CHECK_NEAR(km.high[0], exp(-exp(log(-log(s)) + Z * e / log(s))), 1e-15);
    options.lower = IMR_KM_PETO;
    fill(&km, &options);
    CHECK_NEAR(km.low[0], exp(-exp(log(-log(s)) - Z * peto / log(s))), 1e-15);
    options.lower = IMR_KM_USUAL;
    options.interval = IMR_KM_LOGIT;
    fill(&km, &options);
    CHECK_NEAR(km.low[0], 1 / (1 + exp(Z * e / (1 - s) - logit)), 1e-15);
    CHECK_NEAR(km.high[0], 1 / (1 + exp(-Z * e / (1 - s) - logit)), 1e-15);
    options.interval = IMR_KM_ARCSINE;
    fill(&km, &options);
    CHECK_NEAR(km.low[0], pow(sin(angle - width), 2), 2e-15);
    CHECK_NEAR(km.high[0], pow(sin(angle + width), 2), 2e-15);
}

static void
test_wide_limits_are_clipped(void)
{
    imr_kaplan_meier_options_t options = { .level = 1 - 1e-9 };
    imr_kaplan_meier_t km;

    for (int k = IMR_KM_PLAIN; k <= IMR_KM_ARCSINE; k++) {
        options.interval = (imr_kaplan_meier_interval_t) k;
        fill(&km, &options);
        CHECK(km.low[0] >= 0 && km.low[0] < 0.2 && km.high[0] > 0.9 && km.high[0] <= 1);
    }
}

/* With many patients the limits come from power series: the same to the last digits, in a block of
 * rows where the widths pass the bound of the series, too. */
static void
test_limits_of_many_patients(void)
{
    enum { N = 60000 };
    static double time[N];
    static uint8_t event[N];
    imr_kaplan_meier_options_t options = {
        .interval = IMR_KM_LOG_LOG, .level = 0.95, .start_time = NAN
    };
    imr_kaplan_meier_data_t data = { .n = N, .time = time, .event = event };
    imr_kaplan_meier_t km;
    size_t narrow = 0;

    for (int i = 0; i < N; i++) {
        time[i] = i + 0.5;
        event[i] = i % 3 > 0;
    }
    CHECK(imr_kaplan_meier(&data, &options, &km, NULL) == IMR_OK);
    for (size_t j = 1; j < km.n - 1; j++) {
        double log_s = log(km.estimate[j]);
        double c = Z * km.std_error[j] / km.estimate[j] / -log_s;

        narrow += c < 1.0 / 32;
        CHECK_NEAR(km.low[j], exp(log_s * exp(c)), 2e-15);
        CHECK_NEAR(km.high[j], exp(log_s * exp(-c)), 2e-15);
    }
    CHECK(narrow > N / 2 && narrow < N - 4000);
    imr_kaplan_meier_free(&km);
}

static void
test_exponential_forms(void)
{
    imr_kaplan_meier_options_t options = { .form = IMR_KM_NELSON_AALEN, .level = 0.95 };
    imr_kaplan_meier_t km;
    double h = 1.0 / 10 + 1.0 / 9 + 1.0 / 8 + 1.0 / 7;

    fill(&km, &options);
    CHECK_NEAR(km.estimate[0], exp(-0.4), 1e-15);
    CHECK_NEAR(km.cumulative_hazard_std_error[0], 0.2, 1e-15);
    CHECK_NEAR(km.std_error[0], 0.2 * exp(-0.4), 1e-15);
    options.form = IMR_KM_FLEMING_HARRINGTON;
    fill(&km, &options);
    CHECK_NEAR(km.cumulative_hazard[0], h, 1e-15);
    CHECK_NEAR(km.estimate[0], exp(-h), 1e-15);
}

static void
test_levels_are_checked(void)
{
    imr_kaplan_meier_options_t options = { .level = 1 };
    imr_kaplan_meier_t km = { .n = 0 };
    imr_fault_t fault;

    CHECK(imr_kaplan_meier_fill(&km, &options, &fault) == IMR_ERR_LEVEL);
    CHECK(strcmp(fault.argument, "level") == 0 && fault.value == 1);
}

/* The limits of the beta product come in turns, and the same however many. */
static void
test_beta_product_in_turns(void)
{
    enum { N = 40 };
    double time[N];
    uint8_t event[N];
    imr_kaplan_meier_options_t options = {
        .interval = IMR_KM_BETA_PRODUCT, .level = 0.95, .start_time = NAN
    };
    imr_kaplan_meier_data_t data = { .n = N, .time = time, .event = event };
    imr_kaplan_meier_beta_t state;
    imr_kaplan_meier_t once, turns;

    for (int i = 0; i < N; i++) {
        time[i] = i / 2;
        event[i] = i % 3 > 0;
    }
    CHECK(imr_kaplan_meier(&data, &options, &once, NULL) == IMR_OK);
    CHECK(imr_kaplan_meier(&data, &options, &turns, NULL) == IMR_OK);
    CHECK(imr_kaplan_meier_beta_limits(&once, &options, &state, 0, once.n, NULL) == IMR_OK);
    for (size_t j = 0; j < turns.n; j += 7) {
        size_t end = j + 7 < turns.n ? j + 7 : turns.n;

        CHECK(imr_kaplan_meier_beta_limits(&turns, &options, &state, j, end, NULL) == IMR_OK);
    }
    CHECK(once.start_low > 0.9 && once.start_low < 1 && once.start_high == 1);
    for (size_t j = 0; j < once.n; j++) {
        CHECK(once.low[j] == turns.low[j] && once.high[j] == turns.high[j]);
        CHECK(once.low[j] <= once.estimate[j] && once.estimate[j] <= once.high[j]);
    }
    once.at_risk[3] = -1;
    CHECK(imr_kaplan_meier_beta_limits(&once, &options, &state, 0, once.n, NULL) != IMR_OK);
    options.level = 2;
    CHECK(imr_kaplan_meier_beta_limits(&once, &options, &state, 0, once.n, NULL) == IMR_ERR_LEVEL);
    imr_kaplan_meier_free(&once);
    imr_kaplan_meier_free(&turns);
}

HARNESS_MAIN({
    RUN(test_tied_events_leave_one_after_the_other);
    RUN(test_sums_of_many_tied_events);
    RUN(test_limits_by_their_formulas);
    RUN(test_wide_limits_are_clipped);
    RUN(test_limits_of_many_patients);
    RUN(test_exponential_forms);
    RUN(test_levels_are_checked);
    RUN(test_beta_product_in_turns);
})
