#include "survival/cox_transform.h"

#include "../harness.h"
#include "cox_data.h"
#include "survival/cox_residuals.h"

static void
test_each_transform_by_hand(void)
{
    const double time[5] = { 2, 3, 3, 5, 8 }, x[5] = { 1, 4, 2, 5, 3 };
    const uint8_t event[5] = { 1, 1, 0, 0, 1 };
    imr_cox_data_t data = { .n = 5, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    double g[3];

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    /* sets from the last time to the first: 8, 3, 2 */
    CHECK(imr_cox_transform(&rows, IMR_COX_KM, g, NULL) == IMR_OK);
    CHECK_NEAR(g[0], 1 - 0.8 * 0.75, 1e-15);
    CHECK_NEAR(g[1], 1 - 0.8, 1e-15);
    CHECK(g[2] == 0);
    CHECK(imr_cox_transform(&rows, IMR_COX_RANK, g, NULL) == IMR_OK);
    CHECK(g[0] == 5 && g[1] == 2.5 && g[2] == 1);
    CHECK(imr_cox_transform(&rows, IMR_COX_IDENTITY, g, NULL) == IMR_OK);
    CHECK(g[0] == 8 && g[1] == 3 && g[2] == 2);
    CHECK(imr_cox_transform(&rows, IMR_COX_LOG, g, NULL) == IMR_OK);
    CHECK_NEAR(g[0], log(8), 1e-15);
    imr_cox_rows_free(&rows);
}

static void
test_the_logarithm_of_0_is_refused(void)
{
    const double time[3] = { 1, 0, 2 }, x[3] = { 1, 2, 0 };
    const uint8_t event[3] = { 1, 1, 0 };
    imr_cox_data_t data = { .n = 3, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_fault_t fault;
    double g[2];

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_transform(&rows, IMR_COX_LOG, g, &fault) == IMR_ERR_COX_LOG_TIME);
    CHECK(fault.row == 1);
    imr_cox_rows_free(&rows);
}

/* Strata 1 and 0; in each by time, which is the order of the residuals. */
static void
test_events_come_by_stratum_and_time(void)
{
    const double time[5] = { 2, 8, 3, 3, 5 }, x[5] = { 1, 4, 2, 5, 3 },
                 weight[5] = { 1, 2, 3, 4, 5 };
    const double coef[1] = { 0 }, covariance[1] = { 1 };
    const uint8_t event[5] = { 1, 1, 1, 1, 1 };
    const int64_t stratum[5] = { 1, 0, 0, 0, 1 };
    imr_cox_data_t data = { .n = 5,
        .p = 1,
        .time = time,
        .event = event,
        .x = x,
        .weight = weight,
        .stratum = stratum,
        .strata = 2 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    double g[4], g_of_event[5], weight_of_event[5], residual[5], event_time[5];
    int64_t event_row[5];

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_transform(&rows, IMR_COX_IDENTITY, g, NULL) == IMR_OK);
    imr_cox_transformed_events(&rows, g, g_of_event, weight_of_event);
    CHECK(imr_cox_residuals(&rows, IMR_COX_EFRON, coef, covariance, IMR_COX_SCHOENFELD, residual,
              event_row, event_time, NULL, NULL)
        == IMR_OK);
    CHECK(g_of_event[0] == 3 && g_of_event[1] == 3 && g_of_event[2] == 8 && g_of_event[3] == 2);
    for (int i = 0; i < 5; i++) {
        CHECK(g_of_event[i] == event_time[i]);
        CHECK(weight_of_event[i] == weight[event_row[i]]);
    }
    imr_cox_rows_free(&rows);
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    double g[2];

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_cox_transform(&rows, IMR_COX_KM, g, NULL), IMR_ERR_NOMEM, (void) 0);
    CHECK(g[1] == 0); /* survival is 1 before the first event */
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_each_transform_by_hand);
    RUN(test_the_logarithm_of_0_is_refused);
    RUN(test_events_come_by_stratum_and_time);
    RUN(test_every_allocation_may_fail);
})
