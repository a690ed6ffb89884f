#include "survival/cox_climb.h"

#include "../harness.h"
#include "cox_data.h"

static void
test_a_climb_ends_where_the_score_is_0(void)
{
    imr_cox_data_t data = aml();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    imr_cox_climb_t climb;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_EFRON, 0, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_climb_init(&climb, &at, NULL) == IMR_OK);
    climb.watch = 1;
    climb.coef[0] = -3; /* from afar */
    CHECK(imr_cox_climb(&climb, NULL) == IMR_OK);
    CHECK(climb.ending == IMR_COX_AT_MAXIMUM && climb.norm < IMR_COX_CERTIFIED);
    CHECK_NEAR(climb.coef[0] / rows.scale[0], 0.91553257501471763, 1e-12); /* R, cox_aml.json */
    imr_cox_climb_free(&climb);
    imr_cox_climb_free(&climb);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

static void
test_a_climb_to_infinity_is_suspect_and_a_loose_one_ends(void)
{
    const double time[4] = { 1, 2, 3, 4 }, x[4] = { 1, 1, 0, 0 };
    const uint8_t event[4] = { 1, 1, 0, 0 };
    imr_cox_data_t data = { .n = 4, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    imr_cox_climb_t climb;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_EFRON, 0, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_climb_init(&climb, &at, NULL) == IMR_OK);
    climb.watch = 1;
    CHECK(imr_cox_climb(&climb, NULL) == IMR_OK && climb.ending == IMR_COX_SUSPECT);
    climb.watch = 0;
    climb.loose = 1;
    CHECK(imr_cox_climb(&climb, NULL) == IMR_OK);
    CHECK(fabs(climb.value + log(2)) < 1e-10); /* the first event is one of two like it */
    imr_cox_climb_free(&climb);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_data_t data = aml();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    imr_cox_climb_t climb;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_EFRON, 0, NULL, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(
        imr_cox_climb_init(&climb, &at, NULL), IMR_ERR_NOMEM, imr_cox_climb_free(&climb));
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_a_climb_ends_where_the_score_is_0);
    RUN(test_a_climb_to_infinity_is_suspect_and_a_loose_one_ends);
    RUN(test_every_allocation_may_fail);
})
