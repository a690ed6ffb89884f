#include "survival/rate_regression.h"

#include "../harness.h"
#include "rate_rows.h"

static void
test_two_arms_have_a_closed_form(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_POISSON, IMR_RATE_PROFILE);
    double events[2] = { 0, 0 }, time[2] = { 0, 0 };
    imr_rate_regression_t fit;

    for (size_t i = 0; i < N; i++) {
        events[(size_t) arm[i]] += (double) flares[i];
        time[(size_t) arm[i]] += years[i];
    }
    CHECK(imr_rate_regression_fit(&fit, &flare_rows, &options, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.coef[0], log(events[0] / time[0]), 1e-10);
    CHECK_NEAR(fit.coef[1], log(events[1] / time[1]) - log(events[0] / time[0]), 1e-10);
    CHECK_NEAR(fit.std_error[0], 1 / sqrt(events[0]), 1e-9);
    CHECK_NEAR(fit.std_error[1], sqrt(1 / events[0] + 1 / events[1]), 1e-9);
    /* R 4.2.2, tests/golden/survival/rate_flares_nb.json */
    CHECK_NEAR(fit.deviance, 137.39530178335542, 1e-12);
    CHECK_NEAR(fit.null_deviance, 150.28127066467971, 1e-12);
    CHECK_NEAR(fit.maximum + fit.constant, -111.52973951219028, 1e-12);
    CHECK_NEAR(fit.pearson, 144.26896977030231, 1e-7);
    CHECK(fit.score_norm < 1e-9 && !fit.boundary && !fit.infinite);
    imr_rate_regression_free(&fit);
    imr_rate_regression_free(&fit);
}

static void
test_the_negative_binomial_fit_is_that_of_mass(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_WALD);
    imr_rate_regression_t fit;

    CHECK(imr_rate_regression_fit(&fit, &flare_rows, &options, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.coef[0], 0.94220065676901743, 1e-7);
    CHECK_NEAR(fit.coef[1], -0.76535741294558357, 1e-7);
    CHECK_NEAR(fit.std_error[1], 0.37238467135333336, 1e-6);
    CHECK_NEAR(1 / fit.alpha, 0.89433272907382033, 1e-6);
    CHECK_NEAR(fit.maximum + fit.constant, -90.704931885977231, 1e-12);
    CHECK_NEAR(fit.deviance, 50.565618024791846, 1e-6);
    CHECK_NEAR(fit.null_deviance, 54.751209216421678, 1e-6);
    CHECK(fit.score_norm < 1e-9);
    imr_rate_regression_free(&fit);
    options.information = IMR_RATE_OBSERVED;
    CHECK(imr_rate_regression_fit(&fit, &flare_rows, &options, NULL, NULL) == IMR_OK);
    CHECK(fit.std_error[1] > 0.37238467135333336); /* alpha has to be estimated */
    imr_rate_regression_free(&fit);
}

static void
test_robust_variances_are_those_of_sandwich(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_POISSON, IMR_RATE_WALD);
    int64_t code[N], pair[N];
    imr_rate_data_t rows = flare_rows;
    imr_rate_regression_t fit;

    options.variance = IMR_RATE_HC0;
    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.std_error[0], 0.26804760399639921, 1e-7);
    CHECK_NEAR(fit.std_error[1], 0.3479610870305701, 1e-7);
    imr_rate_regression_free(&fit);
    options.variance = IMR_RATE_HC1;
    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.std_error[1], 0.35544497734162328, 1e-7);
    imr_rate_regression_free(&fit);
    /* each row its own cluster is no cluster, but for the correction: both are n / (n - p) */
    for (int64_t i = 0; i < N; i++) {
        code[i] = i;
        pair[i] = i / 2;
    }
    rows.cluster = code;
    rows.clusters = N;
    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.std_error[1], 0.35544497734162328, 1e-7);
    imr_rate_regression_free(&fit);
    rows.cluster = pair;
    rows.clusters = N / 2;
    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK(fabs(fit.std_error[1] - 0.35544497734162328) > 1e-4);
    imr_rate_regression_free(&fit);
}

static void
test_poisson_is_reached_where_patients_do_not_differ(void)
{
    int64_t events[] = { 2, 2, 1, 3, 2, 2 };
    double x[] = { 0, 0, 0, 1, 1, 1 };
    imr_rate_data_t rows = { events, NULL, x, NULL, 6, 1, 0 };
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;

    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK(fit.boundary && fit.alpha == 0);
    CHECK_NEAR(fit.coef[1], log(7.0 / 5), 1e-10);
    imr_rate_regression_free(&fit);
}

static void
test_an_arm_without_events_has_an_infinite_coefficient(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_POISSON, IMR_RATE_PROFILE);
    double two_arms[24];
    imr_rate_data_t rows = zero_arm_rows;
    imr_rate_regression_t fit;

    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK(fit.infinite && isinf(fit.coef[1]) && fit.coef[1] < 0 && isinf(fit.std_error[1]));
    CHECK_NEAR(fit.coef[0], log(11 / 5.7), 1e-10);
    CHECK_NEAR(fit.std_error[0], 1 / sqrt(11), 1e-9);
    CHECK(isnan(fit.covariance[1]) && isnan(fit.covariance[2]) && isnan(fit.covariance[3]));
    imr_rate_regression_free(&fit);
    /* the reference empty, and one of two arms with it: their contrast is open */
    for (int i = 0; i < 12; i++) {
        two_arms[2 * i] = i >= 3 && i < 6;
        two_arms[2 * i + 1] = i >= 6;
    }
    rows.columns = two_arms;
    rows.k = 2;
    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK(isinf(fit.coef[0]) && fit.coef[0] < 0 && isnan(fit.coef[1]) && isinf(fit.coef[2]));
    CHECK(fit.coef[2] > 0);
    imr_rate_regression_free(&fit);
}

static int
status_of(const imr_rate_data_t *rows, imr_rate_options_t options, const char *argument)
{
    imr_rate_regression_t fit;
    imr_fault_t fault = { 0 };
    int status = imr_rate_regression_fit(&fit, rows, &options, NULL, &fault);

    CHECK(status != IMR_OK && fit.block == NULL);
    CHECK(argument == NULL || strcmp(fault.argument, argument) == 0);
    return status;
}

static void
test_bad_input_is_named(void)
{
    imr_rate_options_t good = rate_options(IMR_RATE_POISSON, IMR_RATE_WALD), options = good;
    int64_t events[] = { 1, 2, 3 }, cluster[] = { 0, 1, 2 };
    double time[] = { 1, 1, 1 }, x[] = { 0, 1, 2 };
    imr_rate_data_t rows = { events, time, x, NULL, 3, 1, 0 };

    rows.n = 0;
    CHECK(status_of(&rows, good, "events") == IMR_ERR_NO_ROWS);
    rows.n = 3;
    options.level = 0;
    CHECK(status_of(&rows, options, "level") == IMR_ERR_LEVEL);
    options = good;
    options.variance = IMR_RATE_HC0;
    options.interval = IMR_RATE_PROFILE;
    CHECK(status_of(&rows, options, "interval") == IMR_ERR_RATE_PROFILE);
    rows.cluster = cluster;
    rows.clusters = 2;
    CHECK(status_of(&rows, good, "variance") == IMR_ERR_RATE_CLUSTER_MODEL);
    options.interval = IMR_RATE_WALD;
    CHECK(status_of(&rows, options, "cluster") == IMR_ERR_CODE);
    rows.clusters = 1;
    CHECK(status_of(&rows, options, "cluster") == IMR_ERR_RATE_FEW_CLUSTERS);
    rows.cluster = NULL;
    options.variance = IMR_RATE_HC1;
    rows.n = 2;
    CHECK(status_of(&rows, options, "X") == IMR_ERR_RATE_FEW_ROWS);
    options.variance = IMR_RATE_HC0;
    CHECK(status_of(&rows, options, "events") == IMR_ERR_RATE_EXACT_FIT);
    rows.n = 3;
    events[1] = -1;
    CHECK(status_of(&rows, good, "events") == IMR_ERR_NEGATIVE);
    events[1] = 1000001;
    CHECK(status_of(&rows, good, "events") == IMR_ERR_RATE_EVENTS);
    events[0] = events[1] = events[2] = 0;
    CHECK(status_of(&rows, good, "events") == IMR_ERR_RATE_NO_EVENT);
    events[0] = 1;
    time[2] = 0;
    CHECK(status_of(&rows, good, "exposure") == IMR_ERR_RATE_NO_EXPOSURE);
    time[2] = NAN;
    CHECK(status_of(&rows, good, "exposure") == IMR_ERR_NONFINITE);
    time[2] = 1;
    x[1] = INFINITY;
    CHECK(status_of(&rows, good, "X") == IMR_ERR_NONFINITE);
    x[0] = x[1] = x[2] = 4;
    CHECK(status_of(&rows, good, "X column") == IMR_ERR_COLLINEAR);
}

/* Counts fitted almost exactly: a dispersion of 1e-10, and a profile whose limits are rounding. */
static void
test_a_scatter_that_the_likelihood_cannot_weigh_is_named(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_QUASI_POISSON, IMR_RATE_PROFILE);
    int64_t open[] = { 0, 765, 0, 7 }, told[] = { 0, 765, 5, 7 };
    double open_time[] = { 2.625, 0.5, 0.5, 0.5 }, told_time[] = { 0.375, 0.75, 0.5, 0.5 };
    double open_x[] = { -0.25, 1, 10.875, 1, -8.875, 0, 9.25, 1 };
    double told_x[] = { -0.125, 1, 10.875, 1, -0.875, 0, 9.25, 1 };
    imr_rate_data_t rows[] = { { open, open_time, open_x, NULL, 4, 2, 0 },
        { told, told_time, told_x, NULL, 4, 2, 0 } };
    imr_rate_regression_t fit;

    options.level = 1.0 / 257;
    for (size_t i = 0; i < 2; i++) {
        options.interval = IMR_RATE_PROFILE;
        CHECK(status_of(&rows[i], options, "events") == IMR_ERR_RATE_EXACT_FIT);
        options.interval = IMR_RATE_WALD;
        CHECK(imr_rate_regression_fit(&fit, &rows[i], &options, NULL, NULL) == IMR_OK);
        CHECK(fit.dispersion > 1e-11 && fit.dispersion < 1e-10);
        imr_rate_regression_free(&fit);
    }
}

/* Rows without an event have means of up to 1e11 here. */
static void
test_the_deviance_keeps_its_digits_where_means_are_far_above_their_counts(void)
{
    int64_t events[] = { 0, 3000, 2000, 4000, 0, 0, 0, 0, 0, 0, 0 };
    double time[] = { 2.78, 2.46, 0.88, 2.8, 0.96, 0.54, 0.97, 1.62, 1.41, 1.21, 0.93 };
    double x[] = { 1, 1, -1, 1, 1, 1, 1, -2, -2, 2, -1, 2, 1, 2, 1, 0, 0, 1, 1, 2, -2, -2, -2, 2,
        -2, -2, 1, -1, 1, 2, 1, 0, -2 };
    imr_rate_data_t rows = { events, time, x, NULL, 11, 3, 0 };
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_WALD);
    imr_rate_regression_t fit;
    double deviance = 0;

    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    for (size_t i = 0; i < 11; i++) {
        double y = (double) events[i], predictor = fit.coef[0], fall;

        for (size_t c = 0; c < 3; c++) {
            predictor += x[i * 3 + c] * fit.coef[c + 1];
        }
        fall = log1p(fit.alpha * y) - log1p(fit.alpha * time[i] * exp(predictor));
        deviance += y > 0 ? 2 * y * (log(y / time[i]) - predictor) : 0;
        deviance -= 2 * (y + 1 / fit.alpha) * fall;
    }
    CHECK_NEAR(fit.deviance, deviance, 1e-9);
    imr_rate_regression_free(&fit);
}

static void
test_running_out_of_memory_is_reported(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_WALD);
    imr_rate_regression_t fit;

    options.variance = IMR_RATE_HC1;
    FAIL_EACH_ALLOCATION(imr_rate_regression_fit(&fit, &flare_rows, &options, NULL, NULL),
        IMR_ERR_NOMEM, imr_rate_regression_free(&fit));
}

HARNESS_MAIN({
    RUN(test_two_arms_have_a_closed_form);
    RUN(test_the_negative_binomial_fit_is_that_of_mass);
    RUN(test_robust_variances_are_those_of_sandwich);
    RUN(test_poisson_is_reached_where_patients_do_not_differ);
    RUN(test_an_arm_without_events_has_an_infinite_coefficient);
    RUN(test_bad_input_is_named);
    RUN(test_a_scatter_that_the_likelihood_cannot_weigh_is_named);
    RUN(test_the_deviance_keeps_its_digits_where_means_are_far_above_their_counts);
    RUN(test_running_out_of_memory_is_reported);
})
