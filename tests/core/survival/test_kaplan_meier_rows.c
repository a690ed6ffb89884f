#include "survival/kaplan_meier_rows.h"

#include "../harness.h"

static const imr_kaplan_meier_options_t USUAL = {
    .interval = IMR_KM_LOG_LOG, .level = 0.95, .start_time = NAN, .fix_ties = 1
};

/* Five patients who enter late: at risk on (entry, time]. By hand: at 2 only the first; at 5 the
 * second, third and fourth; at 7 the third, fourth and fifth; at 9 the last two. */
static const double ENTRY[] = { 0, 2, 3, 4, 6 };
static const double TIME[] = { 2, 5, 7, 9, 9 };
static const uint8_t EVENT[] = { 0, 1, 1, 1, 0 };

static void
test_late_entry_by_hand(void)
{
    static const int64_t AT_RISK[] = { 1, 3, 3, 2 };
    static const double ESTIMATE[] = { 1, 2.0 / 3, 4.0 / 9, 2.0 / 9 };
    imr_kaplan_meier_data_t data = { .n = 5, .time = TIME, .event = EVENT, .entry = ENTRY };
    imr_kaplan_meier_options_t options = USUAL;
    imr_kaplan_meier_t km;

    CHECK(imr_kaplan_meier(&data, &options, &km, NULL) == IMR_OK);
    CHECK(km.n == 4 && km.patients == 5 && km.collapse == -1 && km.entries == 5);
    for (size_t j = 0; j < 4; j++) {
        CHECK(km.at_risk[j] == AT_RISK[j]);
        CHECK_NEAR(km.estimate[j], ESTIMATE[j], 2e-16);
        CHECK(km.entry_time[j] == ENTRY[j] && km.entered[j] == (int64_t) j + 1);
    }
    CHECK_NEAR(km.std_error[3], 2.0 / 9 * sqrt(1.0 / 6 + 1.0 / 6 + 1.0 / 2), 4e-16);
    imr_kaplan_meier_free(&km);

    options.start_time = 4.5; /* the first patient is left out, the others are there at once */
    CHECK(imr_kaplan_meier(&data, &options, &km, NULL) == IMR_OK);
    CHECK(km.n == 3 && km.patients == 4 && km.at_risk[0] == 3 && km.at_risk[1] == 3);
    imr_kaplan_meier_free(&km);
}

static void
test_a_risk_set_used_up_early_is_reported(void)
{
    static const uint8_t all[] = { 1, 1, 1, 1, 1 };
    imr_kaplan_meier_data_t data = { .n = 5, .time = TIME, .event = all, .entry = ENTRY };
    imr_kaplan_meier_options_t options = USUAL;
    imr_kaplan_meier_t km;

    CHECK(imr_kaplan_meier(&data, &options, &km, NULL) == IMR_OK);
    CHECK(km.collapse == 0 && km.estimate[0] == 0 && km.estimate[3] == 0);
    CHECK(isnan(km.high[2]) && isnan(km.std_error[2]));
    imr_kaplan_meier_free(&km);
    options.form = IMR_KM_NELSON_AALEN;
    CHECK(imr_kaplan_meier(&data, &options, &km, NULL) == IMR_OK);
    CHECK(km.collapse == -1 && km.estimate[3] > 0);
    imr_kaplan_meier_free(&km);
}

/* Weights 2 0 1 3 1 are the rows 0 0 2 3 3 3 4. */
static void
test_frequency_weights_are_repeated_rows(void)
{
    static const double weight[] = { 2, 0, 1, 3, 1 };
    static const double entry[] = { 0, 0, 3, 4, 4, 4, 6 }, time[] = { 2, 2, 7, 9, 9, 9, 9 };
    static const uint8_t event[] = { 0, 0, 1, 1, 1, 1, 0 };
    imr_kaplan_meier_data_t data = {
        .n = 5, .time = TIME, .event = EVENT, .entry = ENTRY, .weight = weight
    };
    imr_kaplan_meier_data_t many = { .n = 7, .time = time, .event = event, .entry = entry };
    imr_kaplan_meier_t km, rows;

    for (int f = IMR_KM_PRODUCT_LIMIT; f <= IMR_KM_NELSON_AALEN; f++) {
        imr_kaplan_meier_options_t options = USUAL;

        options.form = (imr_kaplan_meier_form_t) f;
        CHECK(imr_kaplan_meier(&data, &options, &km, NULL) == IMR_OK);
        CHECK(imr_kaplan_meier(&many, &options, &rows, NULL) == IMR_OK);
        CHECK(km.n == 3 && rows.n == 3 && km.patients == 7 && rows.patients == 7);
        for (size_t j = 0; j < 3; j++) {
            CHECK(km.time[j] == rows.time[j] && km.at_risk[j] == rows.at_risk[j]);
            CHECK(km.events[j] == rows.events[j] && km.censored[j] == rows.censored[j]);
            CHECK(km.estimate[j] == rows.estimate[j] && km.low[j] == rows.low[j]);
            CHECK(km.entered[j] == rows.entered[j]);
        }
        imr_kaplan_meier_free(&km);
        imr_kaplan_meier_free(&rows);
    }
}

/* Sampling weights 0.5 2 1.5 0.25 1: at 5 at risk 2 + 1.5 + 0.25, at 7 1.5 + 0.25 + 1. */
static void
test_sampling_weights_are_summed_beside_the_counts(void)
{
    static const double weight[] = { 0.5, 2, 1.5, 0.25, 1 };
    imr_kaplan_meier_data_t data = {
        .n = 5, .time = TIME, .event = EVENT, .entry = ENTRY, .weight = weight
    };
    imr_kaplan_meier_options_t options = USUAL;
    imr_kaplan_meier_t km;

    options.variance = IMR_KM_ROBUST;
    CHECK(imr_kaplan_meier(&data, &options, &km, NULL) == IMR_OK);
    CHECK(km.at_risk[1] == 3 && km.events[1] == 1 && km.patients == 5 && km.entered[4] == 5);
    CHECK(km.weighted_at_risk[1] == 3.75 && km.weighted_events[1] == 2);
    CHECK(km.weighted_at_risk[2] == 2.75 && km.weighted_at_risk[3] == 1.25);
    CHECK_NEAR(km.estimate[1], 1.75 / 3.75, 2e-16);
    CHECK_NEAR(km.estimate[3], 1.75 / 3.75 * 1.25 / 2.75 * 1 / 1.25, 4e-16);
    CHECK(km.members == 5 && km.member_first[3] == 1 && km.member_last[3] == 3);
    imr_kaplan_meier_free(&km);
    FAIL_EACH_ALLOCATION(
        imr_kaplan_meier(&data, &options, &km, NULL), IMR_ERR_NOMEM, imr_kaplan_meier_free(&km));
}

static void
test_groups_come_out_apart_with_one_rule_for_ties(void)
{
    static const double time[] = { 0.3, 1, 0.1 + 0.2, 1, 2 };
    static const uint8_t event[] = { 1, 0, 1, 0, 1 };
    static const int64_t group[] = { 1, 1, 0, 0, 2 };
    imr_kaplan_meier_data_t data = {
        .n = 5, .time = time, .event = event, .group = group, .groups = 3
    };
    imr_kaplan_meier_options_t options = USUAL;
    imr_kaplan_meier_t km[3];

    CHECK(imr_kaplan_meier(&data, &options, km, NULL) == IMR_OK);
    for (int g = 0; g < 2; g++) {
        CHECK(km[g].n == 2 && km[g].time[0] == 0.3 && km[g].merged == 1);
        CHECK(km[g].at_risk[0] == 2 && km[g].estimate[1] == 0.5);
    }
    CHECK(km[2].n == 1 && km[2].estimate[0] == 0);
    for (int g = 0; g < 3; g++) {
        imr_kaplan_meier_free(km + g);
    }
    FAIL_EACH_ALLOCATION(imr_kaplan_meier(&data, &options, km, NULL), IMR_ERR_NOMEM,
        (imr_kaplan_meier_free(km), imr_kaplan_meier_free(km + 1), imr_kaplan_meier_free(km + 2)));
    options.start_time = 1.5; /* leaves the first two groups empty */
    CHECK(imr_kaplan_meier(&data, &options, km, NULL) == IMR_ERR_START_TIME);
    CHECK(km[0].block == NULL && km[2].block == NULL);
}

static void
check_fault(const imr_kaplan_meier_data_t *data, const imr_kaplan_meier_options_t *options,
    int status, const char *argument, int64_t row)
{
    imr_kaplan_meier_t km[2];
    imr_fault_t fault = { 0 };

    CHECK(imr_kaplan_meier(data, options, km, &fault) == status);
    CHECK(fault.status == status && strcmp(fault.argument, argument) == 0 && fault.row == row);
}

static void
test_bad_rows_are_named(void)
{
    double time[] = { 2, 5, 7 }, entry[] = { 0, 1, 2 }, weight[] = { 1, 1, 1 };
    uint8_t event[] = { 0, 1, 1 };
    int64_t group[] = { 0, 1, 1 }, cluster[] = { 0, 1, 1 };
    imr_kaplan_meier_options_t options = USUAL;
    imr_kaplan_meier_data_t data = { .n = 3,
        .time = time,
        .event = event,
        .entry = entry,
        .weight = weight,
        .group = group,
        .groups = 2 };

    for (options.fix_ties = 0; options.fix_ties < 2; options.fix_ties++) {
        entry[1] = 5;
        check_fault(&data, &options, IMR_ERR_INTERVAL, "entry", 1);
        entry[1] = NAN;
        check_fault(&data, &options, IMR_ERR_NONFINITE, "entry", 1);
        entry[1] = -1;
        check_fault(&data, &options, IMR_ERR_NEGATIVE, "entry", 1);
        entry[1] = 1;
        time[2] = NAN;
        check_fault(&data, &options, IMR_ERR_NONFINITE, "time", 2);
        time[2] = -INFINITY;
        check_fault(&data, &options, IMR_ERR_NEGATIVE, "time", 2);
        time[2] = 7;
    }
    options = USUAL;
    entry[1] = 5 - 1e-9;
    check_fault(&data, &options, IMR_ERR_INTERVAL_TIED, "entry", 1);
    entry[1] = 1;
    event[2] = 2;
    check_fault(&data, &options, IMR_ERR_EVENT, "event", 2);
    event[2] = 1;
    group[2] = 2;
    check_fault(&data, &options, IMR_ERR_CODE, "group", 2);
    group[2] = -1;
    check_fault(&data, &options, IMR_ERR_CODE, "group", 2);
    group[2] = 0;
    group[1] = 0;
    check_fault(&data, &options, IMR_ERR_NO_PATIENT, "group", -1);
    group[1] = group[2] = 1;
    weight[1] = 0.5;
    check_fault(&data, &options, IMR_ERR_WEIGHT_FRACTION, "weights", 1);
    weight[1] = -1;
    check_fault(&data, &options, IMR_ERR_NEGATIVE, "weights", 1);
    weight[1] = NAN;
    check_fault(&data, &options, IMR_ERR_NONFINITE, "weights", 1);
    weight[1] = 0x1p53;
    check_fault(&data, &options, IMR_ERR_COUNT, "weights", 1);
    weight[1] = weight[2] = 0;
    check_fault(&data, &options, IMR_ERR_NO_WEIGHT, "weights", -1);
    weight[1] = weight[2] = 1;
    data.cluster = cluster;
    data.clusters = 1;
    check_fault(&data, &options, IMR_ERR_CODE, "cluster", 1);
    data.clusters = 2;
    weight[2] = 1e-10;
    check_fault(&data, &options, IMR_ERR_WEIGHT_RANGE, "weights", 2);
    weight[2] = 1e10;
    check_fault(&data, &options, IMR_ERR_WEIGHT_RANGE, "weights", 2);
}

HARNESS_MAIN({
    RUN(test_late_entry_by_hand);
    RUN(test_a_risk_set_used_up_early_is_reported);
    RUN(test_frequency_weights_are_repeated_rows);
    RUN(test_sampling_weights_are_summed_beside_the_counts);
    RUN(test_groups_come_out_apart_with_one_rule_for_ties);
    RUN(test_bad_rows_are_named);
})
