#include "survival/kaplan_meier.h"

#include <stdint.h>

#include "../harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const imr_kaplan_meier_options_t USUAL = {
    .interval = IMR_KM_LOG_LOG, .level = 0.95, .start_time = NAN, .fix_ties = 1
};

/* Ties of an event and a censoring at 2, of two events at 5: by hand
 * time 1 2 5 6, at risk 7 6 4 1 and 1, events 1 1 2 0. */
static const double TIME[] = { 5, 2, 1, 2, 6, 5, 5.5 };
static const uint8_t EVENT[] = { 1, 1, 1, 0, 0, 1, 0 };

static void
check_small_curve(const imr_kaplan_meier_t *km)
{
    static const double TIMES[] = { 1, 2, 5, 5.5, 6 };
    static const int64_t AT_RISK[] = { 7, 6, 4, 2, 1 }, EVENTS[] = { 1, 1, 2, 0, 0 };
    static const int64_t CENSORED[] = { 0, 1, 0, 1, 1 };
    static const double ESTIMATE[] = { 6.0 / 7, 5.0 / 7, 5.0 / 14, 5.0 / 14, 5.0 / 14 };
    static const double HAZARD[] = { 1.0 / 7, 13.0 / 42, 17.0 / 21, 17.0 / 21, 17.0 / 21 };
    /* Greenwood: 1/42, + 1/30, + 2/8; of the hazard: 1/49, + 1/36, + 2/16 */
    double v = 1.0 / 42 + 1.0 / 30 + 2.0 / 8, h = 1.0 / 49 + 1.0 / 36 + 2.0 / 16;

    CHECK(km->n == COUNT(TIMES));
    for (size_t j = 0; j < COUNT(TIMES) && j < km->n; j++) {
        CHECK(km->time[j] == TIMES[j]);
        CHECK(km->at_risk[j] == AT_RISK[j]);
        CHECK(km->events[j] == EVENTS[j]);
        CHECK(km->censored[j] == CENSORED[j]);
        CHECK_NEAR(km->estimate[j], ESTIMATE[j], 2e-16);
        CHECK_NEAR(km->cumulative_hazard[j], HAZARD[j], 2e-16);
    }
    CHECK_NEAR(km->std_error[0], 6.0 / 7 * sqrt(1.0 / 42), 4e-16);
    CHECK_NEAR(km->std_error[4], 5.0 / 14 * sqrt(v), 4e-16);
    CHECK_NEAR(km->cumulative_hazard_std_error[4], sqrt(h), 4e-16);
    /* log-log: S^exp(+-z e / log S), z = 1.959963984540054 */
    CHECK_NEAR(km->low[4], pow(5.0 / 14, exp(-1.959963984540054 * sqrt(v) / log(5.0 / 14))), 1e-14);
    CHECK_NEAR(km->high[4], pow(5.0 / 14, exp(1.959963984540054 * sqrt(v) / log(5.0 / 14))), 1e-14);
    CHECK(km->patients == 7 && km->merged == 0 && km->collapse == -1);
    CHECK(km->start_low == 1 && km->start_high == 1);
    CHECK(km->weighted_at_risk == NULL && km->entries == 0 && km->members == 0);
}

static int
fit(const imr_kaplan_meier_data_t *data, const imr_kaplan_meier_options_t *options,
    imr_kaplan_meier_t *km)
{
    return imr_kaplan_meier(data, options, km, NULL);
}

static void
test_a_curve_worked_by_hand(void)
{
    imr_kaplan_meier_data_t data = { .n = COUNT(TIME), .time = TIME, .event = EVENT };
    imr_kaplan_meier_t km;

    CHECK(fit(&data, &USUAL, &km) == IMR_OK);
    check_small_curve(&km);
    imr_kaplan_meier_free(&km);
    imr_kaplan_meier_free(&km);
    FAIL_EACH_ALLOCATION(fit(&data, &USUAL, &km), IMR_ERR_NOMEM, imr_kaplan_meier_free(&km));
}

static void
test_rows_in_general_give_the_same_curve(void)
{
    double ones[COUNT(TIME)], zeros[COUNT(TIME)] = { 0 };
    imr_kaplan_meier_data_t data = { .n = COUNT(TIME), .time = TIME, .event = EVENT };
    imr_kaplan_meier_t km;

    for (size_t i = 0; i < COUNT(TIME); i++) {
        ones[i] = 1;
    }
    data.weight = ones;
    CHECK(fit(&data, &USUAL, &km) == IMR_OK);
    check_small_curve(&km);
    imr_kaplan_meier_free(&km);
    data.entry = zeros;
    CHECK(fit(&data, &USUAL, &km) == IMR_OK);
    CHECK(km.entries == 1 && km.entry_time[0] == 0 && km.entered[0] == 7);
    km.entries = 0;
    check_small_curve(&km);
    imr_kaplan_meier_free(&km);
    FAIL_EACH_ALLOCATION(fit(&data, &USUAL, &km), IMR_ERR_NOMEM, imr_kaplan_meier_free(&km));
}

/* 300 patients on days 0 .. 99, three a day, the first of them with the event. */
static void
test_many_whole_days_are_counted(void)
{
    enum { N = 300 };
    double time[N], moved[N];
    uint8_t event[N];
    imr_kaplan_meier_options_t options = USUAL;
    imr_kaplan_meier_data_t data = { .n = N, .time = time, .event = event };
    imr_kaplan_meier_t days, sorted;
    double estimate = 1;

    for (int i = 0; i < N; i++) {
        time[i] = i % 100;
        moved[i] = time[i] + 0.25;
        event[i] = i < 100;
    }
    CHECK(fit(&data, &options, &days) == IMR_OK);
    data.time = moved;
    CHECK(fit(&data, &options, &sorted) == IMR_OK);
    CHECK(days.n == 100 && sorted.n == 100 && days.patients == N);
    for (size_t j = 0; j < days.n; j++) {
        estimate *= (double) (N - 3 * (int) j - 1) / (N - 3 * (int) j);
        CHECK(days.time[j] == (double) j && days.at_risk[j] == N - 3 * (int64_t) j);
        CHECK(days.events[j] == 1 && days.censored[j] == 2);
        CHECK_NEAR(days.estimate[j], estimate, 1e-14);
        CHECK(days.estimate[j] == sorted.estimate[j] && days.low[j] == sorted.low[j]);
    }
    imr_kaplan_meier_free(&sorted);
    data.time = time;
    FAIL_EACH_ALLOCATION(
        fit(&data, &options, &sorted), IMR_ERR_NOMEM, imr_kaplan_meier_free(&sorted));

    options.start_time = 89.5; /* days 90 .. 99 are left, with 30 patients */
    CHECK(fit(&data, &options, &sorted) == IMR_OK);
    CHECK(sorted.n == 10 && sorted.time[0] == 90 && sorted.at_risk[0] == 30);
    CHECK(sorted.patients == 30 && sorted.estimate[0] == 29.0 / 30);
    imr_kaplan_meier_free(&sorted);
    options.start_time = 100;
    CHECK(fit(&data, &options, &sorted) == IMR_ERR_START_TIME);
    options.start_time = 1e300;
    CHECK(fit(&data, &options, &sorted) == IMR_ERR_START_TIME);

    options.start_time = NAN;
    options.reverse = 1;
    CHECK(fit(&data, &options, &sorted) == IMR_OK);
    CHECK(sorted.events[0] == 2 && sorted.censored[0] == 1 && sorted.estimate[0] == 298.0 / 300);
    imr_kaplan_meier_free(&sorted);
    imr_kaplan_meier_free(&days);

    options = USUAL;
    time[0] = 60000; /* days so far apart are sorted */
    CHECK(fit(&data, &options, &sorted) == IMR_OK);
    CHECK(sorted.n == 101 && sorted.at_risk[0] == N && sorted.at_risk[100] == 1);
    CHECK(sorted.estimate[100] == 0);
    imr_kaplan_meier_free(&sorted);
}

static void
test_times_equal_but_for_rounding_are_one(void)
{
    static const double times[] = { 0.1 + 0.2, 0.3, 0.5, 1 };
    static const uint8_t event[] = { 1, 1, 1, 0 };
    imr_kaplan_meier_options_t options = USUAL;
    imr_kaplan_meier_data_t data = { .n = 4, .time = times, .event = event };
    imr_kaplan_meier_t km;

    CHECK(fit(&data, &options, &km) == IMR_OK);
    CHECK(km.n == 3 && km.merged == 1 && km.time[0] == 0.3 && km.events[0] == 2);
    CHECK(km.estimate[0] == 0.5 && km.estimate[1] == 0.25);
    imr_kaplan_meier_free(&km);
    options.start_time = 0.4; /* the merged times lie before it */
    CHECK(fit(&data, &options, &km) == IMR_OK);
    CHECK(km.n == 2 && km.at_risk[0] == 2 && km.estimate[0] == 0.5);
    imr_kaplan_meier_free(&km);
    options = USUAL;
    options.fix_ties = 0;
    CHECK(fit(&data, &options, &km) == IMR_OK);
    CHECK(km.n == 4 && km.merged == 0 && km.estimate[0] == 0.75);
    imr_kaplan_meier_free(&km);
}

static void
test_no_estimate_is_wasted_on_zero_width(void)
{
    static const double times[] = { 0, 3 };
    static const uint8_t all[] = { 1, 1 }, none[] = { 0, 0 };
    imr_kaplan_meier_options_t options = USUAL;
    imr_kaplan_meier_data_t data = { .n = 2, .time = times, .event = all };
    imr_kaplan_meier_t km;

    for (int k = IMR_KM_PLAIN; k <= IMR_KM_ARCSINE; k++) {
        options.interval = (imr_kaplan_meier_interval_t) k;
        data.event = all; /* an event at time 0 is a row of its own */
        CHECK(fit(&data, &options, &km) == IMR_OK);
        CHECK(km.time[0] == 0 && km.estimate[0] == 0.5 && km.estimate[1] == 0);
        CHECK(isnan(km.low[1]) && isnan(km.high[1]) && isnan(km.std_error[1]));
        imr_kaplan_meier_free(&km);
        data.event = none;
        CHECK(fit(&data, &options, &km) == IMR_OK);
        CHECK(km.estimate[1] == 1 && km.std_error[1] == 0 && km.cumulative_hazard[1] == 0);
        CHECK(k == IMR_KM_ARCSINE ? isnan(km.low[1]) && isnan(km.high[0])
                                  : km.low[1] == 1 && km.high[0] == 1);
        imr_kaplan_meier_free(&km);
    }
}

static void
check_fault(const imr_kaplan_meier_data_t *data, const imr_kaplan_meier_options_t *options,
    int status, const char *argument, int64_t row)
{
    imr_kaplan_meier_t km;
    imr_fault_t fault = { 0 };

    CHECK(imr_kaplan_meier(data, options, &km, &fault) == status);
    CHECK(fault.status == status && strcmp(fault.argument, argument) == 0 && fault.row == row);
    CHECK(km.n == 0 && km.block == NULL);
}

static void
test_bad_rows_are_named(void)
{
    enum { N = 300 };
    double time[N];
    uint8_t event[N];
    imr_kaplan_meier_data_t data = { .n = 3, .time = time, .event = event };

    for (int pass = 0; pass < 2; pass++) { /* sorted, then counted */
        for (int i = 0; i < N; i++) {
            time[i] = i;
            event[i] = 1;
        }
        data.n = pass == 0 ? 3 : N;
        event[1] = 2;
        check_fault(&data, &USUAL, IMR_ERR_EVENT, "event", 1);
        event[1] = 1;
        time[2] = -1;
        check_fault(&data, &USUAL, IMR_ERR_NEGATIVE, "time", 2);
        time[2] = INFINITY;
        check_fault(&data, &USUAL, IMR_ERR_NONFINITE, "time", 2);
        time[2] = NAN;
        check_fault(&data, &USUAL, IMR_ERR_NONFINITE, "time", 2);
    }
    data.n = 0;
    check_fault(&data, &USUAL, IMR_ERR_NO_PATIENT, "time", -1);
    data.n = (size_t) UINT32_MAX + 1;
    check_fault(&data, &USUAL, IMR_ERR_TOO_MANY_ROWS, "time", -1);
}

static void
test_bad_options_are_named(void)
{
    static const double levels[] = { 0, 1, -1, NAN }, zeros[COUNT(TIME)] = { 0 };
    static const int64_t own[COUNT(TIME)] = { 0 };
    imr_kaplan_meier_data_t data = { .n = COUNT(TIME), .time = TIME, .event = EVENT };
    imr_kaplan_meier_options_t options = USUAL;

    for (size_t i = 0; i < COUNT(levels); i++) {
        options.level = levels[i];
        check_fault(&data, &options, IMR_ERR_LEVEL, "level", -1);
    }
    options = USUAL;
    options.start_time = -1;
    check_fault(&data, &options, IMR_ERR_NEGATIVE, "start_time", -1);
    options.start_time = INFINITY;
    check_fault(&data, &options, IMR_ERR_NONFINITE, "start_time", -1);
    options.start_time = 6.5;
    check_fault(&data, &options, IMR_ERR_START_TIME, "start_time", -1);

    options = USUAL;
    options.interval = IMR_KM_BETA_PRODUCT;
    options.form = IMR_KM_NELSON_AALEN;
    check_fault(&data, &options, IMR_ERR_BETA_PRODUCT, "interval", -1);
    options.form = IMR_KM_PRODUCT_LIMIT;
    options.lower = IMR_KM_PETO;
    check_fault(&data, &options, IMR_ERR_BETA_PRODUCT, "interval", -1);
    options.lower = IMR_KM_USUAL;
    options.variance = IMR_KM_ROBUST;
    check_fault(&data, &options, IMR_ERR_BETA_PRODUCT, "interval", -1);
    options.variance = IMR_KM_GREENWOOD;
    data.cluster = own;
    data.clusters = 1;
    check_fault(&data, &options, IMR_ERR_BETA_PRODUCT, "interval", -1);
    data.cluster = NULL;
    data.entry = zeros;
    check_fault(&data, &options, IMR_ERR_BETA_PRODUCT, "interval", -1);
}

HARNESS_MAIN({
    RUN(test_a_curve_worked_by_hand);
    RUN(test_rows_in_general_give_the_same_curve);
    RUN(test_many_whole_days_are_counted);
    RUN(test_times_equal_but_for_rounding_are_one);
    RUN(test_no_estimate_is_wasted_on_zero_width);
    RUN(test_bad_rows_are_named);
    RUN(test_bad_options_are_named);
})
