#include "survival/rate_regression_climb.h"

#include "../harness.h"
#include "../stop_sweep.h"
#include "rate_rows.h"

static void
test_a_semidefinite_matrix_leaves_a_coordinate_at_zero(void)
{
    double matrix[] = { 4, 0, 0, 2, 1, 0, 2, 3, 6 }, b[] = { 4, 2, 8 };

    imr_rate_factor(matrix, 3, 3); /* row 1 is half of row 0 */
    imr_rate_solve(matrix, 3, 3, b);
    CHECK(b[1] == 0);
    CHECK_NEAR(4 * b[0] + 2 * b[2], 4, 1e-14);
    CHECK_NEAR(2 * b[0] + 6 * b[2], 8, 1e-14);
}

/* Three places, and three coefficients: each has the mean of its counts. On the way there the mean of the first
 * row is below 1e-70, and its weight nothing beside the others'. */
static void
test_a_row_with_events_is_not_lost_where_its_mean_is_almost_0(void)
{
    int64_t events[] = { 1, 0, 0, 0, 3, 0, 0, 477, 0 };
    double time[] = { 9.9375, 15.5, 15.5, 15.5, 15.5, 15.5, 2.1875, 1.0625, 15.5 };
    double x[] = { 2.125, -1.125, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -0.125, 0.125, -1.125, -1,
        -1, -0.125 };
    imr_rate_data_t rows = { events, time, x, NULL, 9, 2, 0 };
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;
    double slope = -8 * (log(477 / 1.0625) - log(0.6 / 15.5));

    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK(fit.boundary && !fit.infinite && fit.score_norm < 1e-9);
    CHECK_NEAR(fit.coef[1], slope, 1e-9);
    CHECK_NEAR(fit.coef[0] + 2.125 * fit.coef[1] - 1.125 * fit.coef[2], log(1 / 9.9375), 1e-8);
    CHECK_NEAR(fit.maximum, -1 + 3 * log(0.6) - 3 + 477 * log(477) - 477, 1e-12);
    imr_rate_regression_free(&fit);
}

static void
test_a_long_climb_can_be_stopped(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;

    STOP_AT_EACH_QUESTION(imr_rate_regression_fit(&fit, &flare_rows, &options, &sweep.stop, NULL),
        imr_rate_regression_free(&fit));
}

HARNESS_MAIN({
    RUN(test_a_semidefinite_matrix_leaves_a_coordinate_at_zero);
    RUN(test_a_row_with_events_is_not_lost_where_its_mean_is_almost_0);
    RUN(test_a_long_climb_can_be_stopped);
})
