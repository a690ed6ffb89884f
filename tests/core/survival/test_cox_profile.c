#include "survival/cox_profile.h"

#include "../harness.h"
#include "cox_data.h"

static void
test_limits_lie_the_quantile_below_the_summit(void)
{
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    imr_cox_climb_t climb;
    double coef[2], covariance[4], work[2], limits[2], p, determinant;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_EFRON, 1, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_climb_init(&climb, &at, NULL) == IMR_OK);
    CHECK(imr_cox_climb(&climb, NULL) == IMR_OK);
    imr_cox_summit_t summit = { climb.value, coef, covariance, work };
    memcpy(coef, climb.coef, sizeof(coef));
    determinant =
        climb.information[0] * climb.information[3] - climb.information[1] * climb.information[2];
    covariance[0] = climb.information[3] / determinant;
    covariance[3] = climb.information[0] / determinant;
    covariance[1] = covariance[2] = -climb.information[1] / determinant;
    CHECK(imr_cox_profile(&climb, 0, &summit, 0.95, &limits[0], &limits[1], &p, NULL) == IMR_OK);
    CHECK(limits[0] < coef[0] && coef[0] < limits[1] && p > 0 && p < 1);
    for (int side = 0; side < 2; side++) {
        climb.fixed = 0;
        climb.coef[0] = limits[side];
        climb.coef[1] = coef[1];
        CHECK(imr_cox_climb(&climb, NULL) == IMR_OK);
        CHECK_NEAR(2 * (summit.height - climb.value), 3.841458820694124, 1e-7);
    }
    imr_cox_climb_free(&climb);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

static void
test_the_open_side_of_a_monotone_likelihood(void)
{
    /* x = 1 fails, then x = 0 is left: r / (1 + r), and 2 log((1 + r) / r) = 3.84 at the limit */
    const double time[2] = { 1, 2 }, x[2] = { 1, 0 };
    const uint8_t event[2] = { 1, 0 };
    imr_cox_data_t data = { .n = 2, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    imr_cox_climb_t climb;
    double limit;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_EFRON, 0, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_climb_init(&climb, &at, NULL) == IMR_OK);
    CHECK(imr_cox_profile_open(&climb, 0, 1, 0.95, &limit, NULL) == IMR_OK);
    CHECK_NEAR(limit / rows.scale[0], -log(exp(3.841458820694124 / 2) - 1), 1e-8);
    imr_cox_climb_free(&climb);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_limits_lie_the_quantile_below_the_summit);
    RUN(test_the_open_side_of_a_monotone_likelihood);
})
