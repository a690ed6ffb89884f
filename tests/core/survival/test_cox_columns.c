#include "survival/cox_columns.h"

#include "../harness.h"
#include "cox_data.h"

static void
test_order_is_by_time_from_the_last_with_events_after_the_censored(void)
{
    const double time[5] = { 2, 7.5, 2, 7.5, 1 };
    const uint8_t event[5] = { 1, 1, 0, 0, 1 };
    const int64_t stratum[5] = { 0, 0, 0, 0, 1 };
    const uint32_t expected[5] = { 3, 1, 2, 0, 4 };
    imr_cox_data_t data = {
        .n = 5, .p = 1, .time = time, .event = event, .stratum = stratum, .strata = 2
    };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_columns_t columns;
    size_t sets;

    CHECK(imr_cox_columns_init(&columns, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_columns_by_time(&columns, &sets, NULL) == IMR_OK);
    CHECK(sets == 3 && columns.events == 3 && columns.patients == 5);
    CHECK(memcmp(columns.order, expected, sizeof(expected)) == 0);
    imr_cox_columns_free(&columns);
}

static void
test_whole_days_and_other_times_have_one_order(void)
{
    enum { N = 200 };
    double day[N], half[N];
    uint8_t event[N];
    imr_cox_data_t data = { .n = N, .p = 1, .time = day, .event = event, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_columns_t days, halves;
    size_t sets, others;

    for (int i = 0; i < N; i++) {
        day[i] = (i * 37) % 61;
        half[i] = day[i] + 0.5;
        event[i] = i % 3 != 0;
    }
    CHECK(imr_cox_columns_init(&days, &data, &options, NULL) == IMR_OK);
    data.time = half;
    CHECK(imr_cox_columns_init(&halves, &data, &options, NULL) == IMR_OK);
    CHECK(days.whole_days && !halves.whole_days);
    CHECK(imr_cox_columns_by_time(&days, &sets, NULL) == IMR_OK);
    CHECK(imr_cox_columns_by_time(&halves, &others, NULL) == IMR_OK);
    CHECK(sets == others && memcmp(days.order, halves.order, N * sizeof(uint32_t)) == 0);
    imr_cox_columns_free(&days);
    imr_cox_columns_free(&halves);
}

static int
status_of(const imr_cox_data_t *data, const imr_cox_options_t *options, imr_fault_t *fault)
{
    imr_cox_columns_t columns;
    int status = imr_cox_columns_init(&columns, data, options, fault);

    imr_cox_columns_free(&columns);
    return status;
}

static void
test_bad_columns_are_named(void)
{
    double time[3] = { 1, 2, 3 }, entry[3] = { 0, 0, 0 }, weight[3] = { 1, 1, 1 };
    double offset[3] = { 0, 0, 0 };
    uint8_t event[3] = { 1, 1, 0 };
    int64_t stratum[3] = { 0, 0, 0 };
    imr_cox_data_t data = { .n = 3,
        .p = 1,
        .time = time,
        .event = event,
        .entry = entry,
        .weight = weight,
        .offset = offset,
        .stratum = stratum,
        .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_fault_t fault;

    CHECK(status_of(&data, &options, &fault) == IMR_OK);
    time[1] = -1;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_NEGATIVE && fault.row == 1);
    time[1] = INFINITY;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_NONFINITE);
    time[1] = 2;
    entry[2] = NAN;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "entry") == 0 && fault.row == 2);
    entry[2] = 3;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_INTERVAL);
    entry[2] = 0;
    weight[0] = 0.5;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_COX_FRACTION);
    options.weights = IMR_COX_SAMPLING;
    CHECK(status_of(&data, &options, &fault) == IMR_OK);
    weight[0] = 1e-12;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_WEIGHT_RANGE);
    weight[0] = -1;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_NEGATIVE);
    options.weights = IMR_COX_FREQUENCY;
    weight[0] = 1e16;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_COUNT);
    weight[0] = weight[1] = weight[2] = 0;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_NO_WEIGHT);
    weight[2] = 1;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_COX_NO_EVENT);
    weight[0] = 1;
    offset[1] = 200;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_COX_OFFSET);
    offset[1] = NAN;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_NONFINITE);
    offset[1] = 0;
    event[0] = 2;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_EVENT);
    event[0] = 1;
    stratum[0] = 1;
    CHECK(status_of(&data, &options, &fault) == IMR_ERR_CODE);
}

static int
all_orders(const imr_cox_data_t *data)
{
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_columns_t columns;
    size_t sets;
    int status = imr_cox_columns_init(&columns, data, &options, NULL);

    if (status == IMR_OK) {
        status = imr_cox_columns_by_time(&columns, &sets, NULL);
    }
    if (status == IMR_OK) {
        status = imr_cox_columns_by_entry(&columns, NULL);
    }
    imr_cox_columns_free(&columns);
    return status;
}

static void
test_every_allocation_may_fail(void)
{
    const int64_t stratum[SIX] = { 0, 1, 0, 1, 0, 1 };
    double later[SIX];
    imr_cox_data_t data = six();

    data.stratum = stratum;
    data.strata = 2;
    FAIL_EACH_ALLOCATION(all_orders(&data), IMR_ERR_NOMEM, (void) 0);
    for (int i = 0; i < SIX; i++) {
        later[i] = SIX_TIME[i] + 0.25;
    }
    data.time = later;
    FAIL_EACH_ALLOCATION(all_orders(&data), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_order_is_by_time_from_the_last_with_events_after_the_censored);
    RUN(test_whole_days_and_other_times_have_one_order);
    RUN(test_bad_columns_are_named);
    RUN(test_every_allocation_may_fail);
})
