#include "survival/panel_markov_after.h"

#include "../harness.h"
#include "panel_rows.h"

#define Z 1.9599639845400545

static double estimate[9], std_error[9], low[9], high[9];

static const double half[1] = { 0.05 }, variance[1] = { 0.25 };

static imr_panel_fitted_t
one_way(void)
{
    return (imr_panel_fitted_t) {
        .chain = mortal, .estimate = half, .covariance = variance, .level = 0.95
    };
}

static void
test_one_transition_has_a_closed_form(void)
{
    imr_panel_fitted_t fitted = one_way();
    double t = 8, stay = exp(-0.05 * t), error = 0.05 * t * stay * 0.5, width;

    CHECK(
        imr_panel_probability(&fitted, t, NULL, 0, estimate, std_error, low, high, NULL) == IMR_OK);
    width = Z * error / (stay * (1 - stay));
    CHECK_NEAR(estimate[0], stay, 1e-13);
    CHECK_NEAR(estimate[1], -expm1(-0.05 * t), 1e-13);
    CHECK_NEAR(std_error[0], error, 1e-12);
    CHECK_NEAR(std_error[1], error, 1e-12);
    CHECK_NEAR(low[0], 1 / (1 + (1 - stay) / stay * exp(width)), 1e-12);
    CHECK_NEAR(low[0], 1 - high[1], 1e-12);
    CHECK(estimate[2] == 0 && high[2] == 0 && std_error[2] == 0);
    CHECK(fabs(low[3] - 1) < 1e-14 && low[3] == high[3]);
    CHECK(
        imr_panel_probability(&fitted, t, NULL, 1, estimate, std_error, low, high, NULL) == IMR_OK);
    CHECK_NEAR(estimate[0], -expm1(-0.05 * t) / 0.05, 1e-12);
    CHECK_NEAR(estimate[0] + estimate[1], t, 1e-13);
    CHECK(low[0] > 0 && low[0] < estimate[0] && estimate[0] < high[0] && high[0] < t);
    CHECK_NEAR(high[0] + low[1], t, 1e-12);
    CHECK(
        imr_panel_probability(&fitted, 0, NULL, 0, estimate, std_error, low, high, NULL) == IMR_OK);
    CHECK(estimate[0] == 1 && high[1] == 0 && low[0] == 1);
}

static void
test_covariates_move_the_intensity(void)
{
    static const double two[2] = { 0.05, 0.7 }, mean[1] = { 3 };
    static const double spread[4] = { 0.25, 0.1, 0.1, 0.4 };
    static const int64_t zero = 0;
    imr_panel_fitted_t fitted = { .chain = mortal,
        .effects = 1,
        .k = 1,
        .transition = &zero,
        .column = &zero,
        .estimate = two,
        .covariance = spread,
        .mean = mean,
        .level = 0.95 };
    double x[1] = { 5 }, q = 0.05 * exp(1.4), sd = sqrt(0.25 + 2 * 2 * 0.1 + 4 * 0.4);

    CHECK(imr_panel_probability(&fitted, 6, x, 0, estimate, std_error, low, high, NULL) == IMR_OK);
    CHECK_NEAR(estimate[0], exp(-6 * q), 1e-12);
    CHECK_NEAR(std_error[0], 6 * q * exp(-6 * q) * sd, 1e-11);
    CHECK(
        imr_panel_probability(&fitted, 6, NULL, 0, estimate, std_error, low, high, NULL) == IMR_OK);
    CHECK_NEAR(estimate[0], exp(-6 * 0.05), 1e-12);
    x[0] = NAN;
    CHECK(imr_panel_probability(&fitted, 6, x, 0, estimate, std_error, low, high, NULL)
        == IMR_ERR_NONFINITE);
    x[0] = 1e9;
    CHECK(imr_panel_probability(&fitted, 6, x, 0, estimate, std_error, low, high, NULL)
        == IMR_ERR_PANEL_AT);
}

static void
test_boundaries_say_what_is_known(void)
{
    double q[3] = { 0.1, 0, 0 }, none[9] = { 0.04 };
    imr_panel_fitted_t fitted = {
        .chain = relapsing, .estimate = q, .covariance = none, .level = 0.9
    };

    CHECK(imr_panel_probability(&fitted, 10, NULL, 0, estimate, std_error, low, high, NULL)
        == IMR_OK);
    CHECK_NEAR(estimate[1], 1 - exp(-1), 1e-12);
    CHECK(low[1] < estimate[1] && estimate[1] < high[1]);
    CHECK(estimate[2] == 0 && isnan(low[2]) && isnan(high[2])); /* nobody died so far */
    CHECK_NEAR(estimate[4], 1, 1e-14);
    CHECK(isnan(high[4]) && high[6] == 0 && estimate[8] == low[8]);
    q[1] = NAN; /* out of remission nothing is known */
    CHECK(imr_panel_probability(&fitted, 10, NULL, 0, estimate, std_error, low, high, NULL)
        == IMR_OK);
    CHECK(isnan(estimate[4]) && isnan(estimate[1]) && estimate[8] > 0.99);
    q[0] = INFINITY; /* remission at once */
    q[1] = 0.2;
    none[4] = 0.01;
    CHECK(imr_panel_probability(&fitted, 10, NULL, 0, estimate, std_error, low, high, NULL)
        == IMR_OK);
    CHECK_NEAR(estimate[1], 1, 1e-14);
}

static void
test_a_state_that_is_left_at_once_is_passed(void)
{
    double q[2] = { INFINITY, 0.2 }, spread[4] = { 0, 0, 0, 0.01 };
    imr_panel_fitted_t fitted = {
        .chain = progressive, .estimate = q, .covariance = spread, .level = 0.95
    };

    CHECK(
        imr_panel_probability(&fitted, 5, NULL, 0, estimate, std_error, low, high, NULL) == IMR_OK);
    CHECK(estimate[0] == 0);
    CHECK_NEAR(estimate[1], exp(-1), 1e-12);
    CHECK_NEAR(estimate[4], exp(-1), 1e-12);
    CHECK_NEAR(std_error[2], exp(-1) * 0.1, 1e-11);
}

static void
test_sojourns(void)
{
    double q[3] = { 0.06, 0.1, 0.02 }, spread[9] = { 0.04, 0, 0.01, 0, 0.09, 0, 0.01, 0, 0.25 };
    double lower[3] = { 0.03, 0.05, 0 }, upper[3] = { 0.1, 0.2, INFINITY }, se;
    imr_panel_fitted_t fitted = {
        .chain = relapsing, .estimate = q, .covariance = spread, .level = 0.95
    };

    CHECK(imr_panel_sojourn(&fitted, lower, upper, estimate, low, high, NULL) == IMR_OK);
    CHECK_NEAR(estimate[0], 12.5, 1e-14);
    se = sqrt(0.06 * 0.06 * 0.04 + 0.02 * 0.02 * 0.25 + 2 * 0.06 * 0.02 * 0.01) / 0.08;
    CHECK_NEAR(high[0], 12.5 * exp(Z * se), 1e-12);
    CHECK_NEAR(low[0], 12.5 * exp(-Z * se), 1e-12);
    CHECK_NEAR(estimate[1], 10, 1e-14);
    CHECK_NEAR(low[1], 5, 1e-14);
    CHECK_NEAR(high[1], 20, 1e-14);
    CHECK(isinf(estimate[2]) && isinf(low[2]));
    q[0] = q[2] = 0;
    CHECK(imr_panel_sojourn(&fitted, lower, upper, estimate, low, high, NULL) == IMR_OK);
    CHECK(isinf(estimate[0]) && isnan(low[0]) && isinf(high[0]));
    q[0] = INFINITY;
    CHECK(imr_panel_sojourn(&fitted, lower, upper, estimate, low, high, NULL) == IMR_OK);
    CHECK(estimate[0] == 0 && low[0] == 0 && isnan(high[0]));
    fitted.level = 1;
    CHECK(imr_panel_sojourn(&fitted, lower, upper, estimate, low, high, NULL) == IMR_ERR_LEVEL);
}

static void
test_prevalence_counts_those_who_are_followed(void)
{
    static const int64_t first[] = { 0, 5, 9, 14, 18 };
    double q[3] = { 0.02, 0.01, 0.002 }, none[9] = { 0 }, expected[3];
    int64_t observed[3], wrong[] = { 0, 0, 9, 14, 18 };
    imr_panel_fitted_t fitted = {
        .chain = relapsing, .estimate = q, .covariance = none, .level = 0.9
    };
    imr_panel_seen_t seen = { 4, first, relapse_day, relapse_state, NULL };

    CHECK(imr_panel_prevalence(&fitted, &seen, 60, observed, expected, NULL) == IMR_OK);
    CHECK(observed[0] == 1 && observed[1] == 3 && observed[2] == 0);
    CHECK(imr_panel_probability(&fitted, 60, NULL, 0, estimate, std_error, low, high, NULL)
        == IMR_OK);
    for (size_t s = 0; s < 3; s++) {
        CHECK_NEAR(expected[s], 4 * estimate[s], 1e-13);
    }
    CHECK(imr_panel_prevalence(&fitted, &seen, 119, observed, expected, NULL) == IMR_OK);
    CHECK(observed[0] == 1 && observed[1] == 1 && observed[2] == 2);
    CHECK(imr_panel_prevalence(&fitted, &seen, 121, observed, expected, NULL) == IMR_OK);
    CHECK(observed[0] == 0 && observed[1] == 0 && observed[2] == 2);
    seen.first = wrong;
    CHECK(imr_panel_prevalence(&fitted, &seen, 1, observed, expected, NULL) == IMR_ERR_CODE);
}

static void
test_bad_arguments_are_named(void)
{
    imr_panel_fitted_t fitted = one_way();
    imr_fault_t fault;
    static const int64_t one = 1;

    CHECK(imr_panel_probability(&fitted, -1, NULL, 0, estimate, std_error, low, high, &fault)
        == IMR_ERR_PANEL_DAYS);
    CHECK(strcmp(fault.argument, "days") == 0);
    CHECK(imr_panel_probability(&fitted, NAN, NULL, 0, estimate, std_error, low, high, &fault)
        == IMR_ERR_NONFINITE);
    CHECK(imr_panel_probability(&fitted, 1e99, NULL, 0, estimate, std_error, low, high, &fault)
        == IMR_ERR_PANEL_RATE);
    fitted.effects = 1;
    fitted.transition = fitted.column = &one;
    CHECK(imr_panel_probability(&fitted, 1, NULL, 0, estimate, std_error, low, high, &fault)
        == IMR_ERR_CODE);
    fitted.effects = 0;
    fitted.chain.to[0] = 7;
    CHECK(imr_panel_probability(&fitted, 1, NULL, 0, estimate, std_error, low, high, &fault)
        == IMR_ERR_CODE);
    fitted.chain.states = 1;
    CHECK(imr_panel_probability(&fitted, 1, NULL, 0, estimate, std_error, low, high, &fault)
        == IMR_ERR_PANEL_SIZE);
}

static void
test_running_out_of_memory_is_reported(void)
{
    static const int64_t first[] = { 0, 18 };
    imr_panel_fitted_t fitted = one_way();
    imr_panel_seen_t seen = { 1, first, relapse_day, relapse_state, NULL };
    double q[3] = { 0.02, 0.01, 0.002 }, none[9] = { 0 }, expected[3];
    int64_t observed[3];

    FAIL_EACH_ALLOCATION(
        imr_panel_probability(&fitted, 1, NULL, 1, estimate, std_error, low, high, NULL),
        IMR_ERR_NOMEM, (void) 0);
    fitted = (imr_panel_fitted_t) {
        .chain = relapsing, .estimate = q, .covariance = none, .level = 0.9
    };
    FAIL_EACH_ALLOCATION(
        imr_panel_prevalence(&fitted, &seen, 1, observed, expected, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_one_transition_has_a_closed_form);
    RUN(test_covariates_move_the_intensity);
    RUN(test_boundaries_say_what_is_known);
    RUN(test_a_state_that_is_left_at_once_is_passed);
    RUN(test_sojourns);
    RUN(test_prevalence_counts_those_who_are_followed);
    RUN(test_bad_arguments_are_named);
    RUN(test_running_out_of_memory_is_reported);
})
