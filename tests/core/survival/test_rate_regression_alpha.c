#include "survival/rate_regression_climb.h"

#include "../harness.h"
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
            slope[1 + side] = imr_rate_by_alpha(&climb).slope;
            information = side == 0 ? imr_rate_by_alpha(&climb).information : information;
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
test_a_joint_climb_ends_at_the_top(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_WALD);
    imr_rate_regression_t model;
    imr_rate_climb_t climb;

    CHECK(imr_rate_regression_fit(&model, &flare_rows, &options, NULL, NULL) == IMR_OK);
    imr_rate_climb_init(&climb, &model, model.p);
    for (double start = 1e-3; start < 100; start *= 7) { /* near and far */
        imr_rate_restart(&climb, model.near, model.p - 1);
        climb.alpha = start;
        CHECK(imr_rate_climb_alpha(&climb, 0) == IMR_OK && !climb.joint);
        CHECK_NEAR(climb.alpha, model.alpha, 1e-9);
        CHECK_NEAR(climb.loglik, model.maximum, 1e-13);
    }
    imr_rate_regression_free(&model);
}

static void
test_a_second_maximum_in_alpha_is_found(void)
{
    /* of the model with one rate for all: Poisson is a maximum of 0, 0, 6 and 12, 12, 12 apart */
    int64_t events[] = { 0, 0, 6, 12, 12, 12 };
    double x[] = { 0, 0, 0, 1, 1, 1 };
    imr_rate_data_t rows = { events, NULL, x, NULL, 6, 1, 0 };
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_WALD);
    imr_rate_regression_t model;
    imr_rate_climb_t climb;
    double top = -INFINITY;

    CHECK(imr_rate_regression_fit(&model, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK(model.boundary);
    imr_rate_climb_init(&climb, &model, 1);
    for (int step = -60; step < 60; step++) {
        imr_rate_restart(&climb, model.near, 1);
        climb.coordinates[1] = 2.8 * model.triangle[3];
        climb.alpha = exp(0.1 * step);
        CHECK(imr_rate_climb(&climb, 0) == IMR_OK);
        top = fmax(top, climb.loglik);
    }
    CHECK(imr_rate_climb_from_poisson(&climb, 0) == IMR_OK);
    CHECK(climb.alpha > 0 && climb.loglik >= top && climb.loglik < top + 1e-3);
    /* and where there is none the climb is back at Poisson */
    climb.coordinates[1] = model.near[1] * model.triangle[3];
    CHECK(imr_rate_climb_from_poisson(&climb, 0) == IMR_OK);
    CHECK(climb.alpha == 0);
    CHECK_NEAR(climb.loglik, model.maximum, 1e-13);
    imr_rate_regression_free(&model);
}

/* The fit's log-likelihood is that of the highest of many alphas; returns its alpha. */
static double
alpha_of_highest(const imr_rate_data_t *rows)
{
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_WALD);
    imr_rate_regression_t model;
    imr_rate_climb_t climb;
    double top = -INFINITY, alpha;

    CHECK(imr_rate_regression_fit(&model, rows, &options, NULL, NULL) == IMR_OK);
    imr_rate_climb_init(&climb, &model, model.p);
    for (double log_alpha = -14; log_alpha < 7; log_alpha += 0.02) {
        imr_rate_restart(&climb, model.near, model.p - 1);
        climb.alpha = exp(log_alpha);
        CHECK(imr_rate_climb(&climb, 0) == IMR_OK);
        top = fmax(top, climb.loglik);
    }
    CHECK(model.maximum >= top - 1e-9 && (model.boundary || model.maximum < top + 1e-3));
    CHECK(model.score_norm < 1e-8);
    alpha = model.alpha;
    imr_rate_regression_free(&model);
    return alpha;
}

/* Poisson is a maximum of each. */
static void
test_the_fit_is_the_highest_of_the_maxima(void)
{
    int64_t large[] = { 0, 2, 0, 1000 }, few[] = { 1, 0, 1, 0, 0, 0, 0 };
    double x[] = { 0, 0.3, 0.1, -0.3 }, time[] = { 25, 1.73, 0.01355, 1.36, 2.79, 1.06, 3.76 };
    imr_rate_data_t far = { large, NULL, x, NULL, 4, 1, 0 };
    imr_rate_data_t sparse = { few, time, NULL, NULL, 7, 0, 0 }; /* one rate for all */

    CHECK_NEAR(alpha_of_highest(&far), 4.5, 0.1);
    CHECK(alpha_of_highest(&sparse) > 0);
}

/* Two maxima that lie a factor of 2.5 to 8 apart, the higher one 5 to 30 above Poisson. */
static void
test_the_higher_of_two_maxima_that_are_near(void)
{
    int64_t six[] = { 6, 4, 1, 4, 5, 2 }, nine[] = { 1, 0, 910, 1, 0, 2, 0, 2, 0 };
    double six_x[] = { -1, 0.25, -0.5, 0.5, 0.5, 0 }, six_time[] = { 100, 1, 0.001, 10, 1, 10 };
    double nine_x[] = { 1, -1, 0.25, -0.5, -0.75, -1, -0.75, 1, -1 };
    double nine_time[] = { 0.01, 1, 1000, 0.001, 0.01, 100, 1, 1, 1000 };
    imr_rate_data_t first = { six, six_time, six_x, NULL, 6, 1, 0 };
    imr_rate_data_t second = { nine, nine_time, nine_x, NULL, 9, 1, 0 };

    CHECK_NEAR(alpha_of_highest(&first), 3.6, 0.1);
    CHECK_NEAR(alpha_of_highest(&second), 9.8, 0.1);
}

HARNESS_MAIN({
    RUN(test_slope_and_information_in_alpha_are_derivatives);
    RUN(test_a_joint_climb_ends_at_the_top);
    RUN(test_a_second_maximum_in_alpha_is_found);
    RUN(test_the_fit_is_the_highest_of_the_maxima);
    RUN(test_the_higher_of_two_maxima_that_are_near);
})
