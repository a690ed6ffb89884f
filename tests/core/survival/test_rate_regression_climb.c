#include "survival/rate_regression_climb.h"

#include "../harness.h"
#include "../stop_sweep.h"
#include "rate_rows.h"

static void
test_slope_and_information_in_alpha_are_derivatives(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_WALD);
    /* to both sides of the series of small alpha times mean */
    static const double alphas[] = { 1e-4, 0.01, 0.3, 1.1, 20 };
    imr_rate_regression_t model;
    imr_rate_climb_t climb;

    CHECK(imr_rate_regression_fit(&model, &flare_rows, &options, NULL, NULL) == IMR_OK);
    imr_rate_climb_init(&climb, &model, model.p);
    for (size_t i = 0; i < 5; i++) {
        double step = 1e-4 * alphas[i], loglik[3], slope[3], information = 0;

        for (int side = -1; side <= 1; side++) {
            imr_rate_restart(&climb, model.near, model.p - 1);
            climb.alpha = alphas[i] + side * step;
            CHECK(imr_rate_climb(&climb, 0) == IMR_OK);
            loglik[1 + side] = climb.loglik;
            slope[1 + side] = imr_rate_alpha_slope(&climb);
            information = side == 0 ? imr_rate_alpha_information(&climb) : information;
        }
        /* along the profile the slope is that of the profile (envelope theorem) */
        CHECK(fabs((loglik[2] - loglik[0]) / (2 * step) - slope[1])
            < 1e-6 * (1 + fabs(slope[1]) + 1e-9 / step));
        /* the means hardly move with alpha: the second derivative is the information, nearly */
        CHECK_NEAR((slope[0] - slope[2]) / (2 * step), information, 0.05);
    }
    imr_rate_regression_free(&model);
}

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

static void
test_a_long_climb_can_be_stopped(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;

    STOP_AT_EACH_QUESTION(imr_rate_regression_fit(&fit, &flare_rows, &options, &sweep.stop, NULL),
        imr_rate_regression_free(&fit));
}

HARNESS_MAIN({
    RUN(test_slope_and_information_in_alpha_are_derivatives);
    RUN(test_a_semidefinite_matrix_leaves_a_coordinate_at_zero);
    RUN(test_a_long_climb_can_be_stopped);
})
