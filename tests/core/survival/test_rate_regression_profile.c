#include "survival/rate_regression_climb.h"

#include "../harness.h"
#include "../stop_sweep.h"
#include "rate_rows.h"

#define CHI_SQUARED_95 3.841458820694124

static void
test_an_arm_without_events_has_one_finite_limit(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_POISSON, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;
    double low, high, p;

    CHECK(imr_rate_regression_fit(&fit, &zero_arm_rows, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_rate_regression_limits(&fit, 1, &low, &high, &p, NULL) == IMR_OK);
    /* given the ratio r the likelihood is ((5.7 + 6 r) / 5.7)^-11 of the highest */
    CHECK(isinf(low) && low < 0);
    CHECK_NEAR(exp(high), 5.7 / 6 * expm1(CHI_SQUARED_95 / 22), 1e-9);
    CHECK_NEAR(p, erfc(sqrt(11 * log(11.7 / 5.7))), 1e-9);
    imr_rate_regression_free(&fit);
    options.interval = IMR_RATE_WALD;
    CHECK(imr_rate_regression_fit(&fit, &zero_arm_rows, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_rate_regression_limits(&fit, 1, &low, &high, &p, NULL) == IMR_OK);
    CHECK(isinf(low) && isinf(high) && isnan(p));
    CHECK(imr_rate_regression_limits(&fit, 0, &low, &high, &p, NULL) == IMR_OK);
    CHECK_NEAR(high - low, 2 * 1.959963984540054 / sqrt(11), 1e-9);
    imr_rate_regression_free(&fit);
}

static void
test_limits_are_those_of_r(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_POISSON, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;
    double low, high, p;

    /* MASS 7.3-58.2 interpolates its profiles, to about 1e-5 (tests/golden/survival) */
    CHECK(imr_rate_regression_fit(&fit, &flare_rows, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_rate_regression_limits(&fit, 1, &low, &high, &p, NULL) == IMR_OK);
    CHECK_NEAR(low, -1.1310359100967309, 2e-5);
    CHECK_NEAR(high, -0.32851505607626103, 2e-5);
    imr_rate_regression_free(&fit);
    options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_PROFILE_FIXED_THETA);
    CHECK(imr_rate_regression_fit(&fit, &flare_rows, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_rate_regression_limits(&fit, 1, &low, &high, &p, NULL) == IMR_OK);
    CHECK_NEAR(low, -1.5006828165777899, 5e-5);
    CHECK_NEAR(high, -0.032331572345208615, 5e-5);
    imr_rate_regression_free(&fit);
}

static void
test_a_profile_in_theta_as_well_is_wider(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_PROFILE);
    double fixed_low = -1.5006828165777899, fixed_high = -0.032331572345208615, low, high, p;
    imr_rate_regression_t fit;

    CHECK(imr_rate_regression_fit(&fit, &flare_rows, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_rate_regression_limits(&fit, 1, &low, &high, &p, NULL) == IMR_OK);
    CHECK(low < fixed_low && high > fixed_high && p < 0.05 && high < 0);
    imr_rate_regression_free(&fit);
}

static void
test_limits_of_theta_lie_on_its_profile(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_WALD);
    imr_rate_regression_t fit;
    imr_rate_climb_t climb;
    double limits[2];

    CHECK(imr_rate_regression_fit(&fit, &flare_rows, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_rate_regression_theta(&fit, &limits[0], &limits[1], NULL) == IMR_OK);
    CHECK(limits[0] < 1 / fit.alpha && limits[1] > 1 / fit.alpha && isfinite(limits[1]));
    imr_rate_climb_init(&climb, &fit, fit.p);
    for (int i = 0; i < 2; i++) {
        imr_rate_restart(&climb, fit.near, 1);
        climb.alpha = 1 / limits[i];
        CHECK(imr_rate_climb(&climb, 0) == IMR_OK);
        CHECK_NEAR(2 * (fit.maximum - climb.loglik), CHI_SQUARED_95, 1e-8);
    }
    imr_rate_regression_free(&fit);
    /* Poisson at the estimate, and not refuted */
    CHECK(imr_rate_regression_fit(&fit, &zero_arm_rows, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_rate_regression_theta(&fit, &limits[0], &limits[1], NULL) == IMR_OK);
    CHECK(fit.boundary && limits[0] > 0.5 && limits[0] < 0.6 && isinf(limits[1]));
    imr_rate_regression_free(&fit);
}

/* of coefficient 1, theta being free */
static void
check_limits_on_profile(const imr_rate_data_t *rows)
{
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;
    imr_rate_climb_t climb;
    double limits[2], p;

    CHECK(imr_rate_regression_fit(&fit, rows, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_rate_regression_limits(&fit, 1, &limits[0], &limits[1], &p, NULL) == IMR_OK);
    CHECK(limits[0] < fit.coef[1] && fit.coef[1] < limits[1]);
    imr_rate_climb_init(&climb, &fit, fit.p - 1); /* the basis has been left with column 1 last */
    for (int i = 0; i < 2; i++) {
        imr_rate_restart(&climb, fit.near, 1);
        climb.coordinates[1] = limits[i] * fit.triangle[3];
        climb.alpha = fit.alpha;
        CHECK((fit.boundary ? imr_rate_climb_from_poisson(&climb, 0)
                            : imr_rate_climb_alpha(&climb, 0))
            == IMR_OK);
        CHECK_NEAR(2 * (fit.maximum - climb.loglik), CHI_SQUARED_95, 1e-9);
    }
    imr_rate_regression_free(&fit);
}

static void
test_limits_of_a_coefficient_lie_on_its_profile(void)
{
    int64_t alike[] = { 2, 2, 1, 3, 2, 2 }, apart[] = { 1, 1, 1, 9, 1, 0 };
    int64_t two_maxima[] = { 0, 0, 6, 12, 12, 12 }; /* in alpha, at the upper limit */
    double x[] = { 0, 0, 0, 1, 1, 1 };
    imr_rate_data_t rows = { alike, NULL, x, NULL, 6, 1, 0 };

    check_limits_on_profile(&flare_rows);
    check_limits_on_profile(&rows); /* Poisson at the fit */
    rows.events = apart;
    check_limits_on_profile(&rows);
    rows.events = two_maxima;
    check_limits_on_profile(&rows);
}

/* Of each coefficient: limits that hold it, and lie on its profile where they are finite. Returns how many
 * are finite. */
static int
check_every_limit(const imr_rate_data_t *rows, const imr_rate_options_t *options)
{
    imr_rate_regression_t fit;
    imr_rate_climb_t climb;
    double limits[2], p;
    int finite = 0;

    CHECK(imr_rate_regression_fit(&fit, rows, options, NULL, NULL) == IMR_OK);
    for (size_t j = 0; j < fit.p; j++) {
        CHECK(imr_rate_regression_limits(&fit, j, &limits[0], &limits[1], &p, NULL) == IMR_OK);
        CHECK(!(limits[0] > fit.coef[j]) && !(limits[1] < fit.coef[j]) && p >= 0 && p <= 1);
        imr_rate_climb_init(
            &climb, &fit, fit.p - 1); /* the basis has been left with column j last */
        for (int i = 0; i < 2; i++) {
            if (isfinite(limits[i])) {
                finite++;
                imr_rate_restart(&climb, fit.near, j);
                climb.coordinates[fit.p - 1] = limits[i] * fit.triangle[fit.p * fit.p - 1];
                CHECK(imr_rate_climb(&climb, 0) == IMR_OK);
                CHECK_NEAR(2 * (fit.maximum - climb.loglik) / fit.dispersion, fit.quantile, 1e-6);
            }
        }
    }
    imr_rate_regression_free(&fit);
    return finite;
}

/* The scatter is so large that the limits lie where means are beyond 1e20: a climb ends there when its score
 * is 0 but for rounding. */
static void
test_limits_far_from_the_estimate_are_reached(void)
{
    int64_t three[] = { 1, 4, 765 }, nine[] = { 0, 765, 1, 0, 765, 765, 0, 765, 2 };
    double time[] = { 15.9375, 15.625, 10.625 }, x[] = { -10.875, 5.75, 7.875 };
    double times[] = { 0.375, 0.125, 0.5, 4.0625, 15.9375, 15.9375, 15.9375, 15.9375, 5.4375 };
    double columns[] = { -0.125, 1, 0, 2, 10.875, 1, 1, -0.125, -0.125, -0.125, -0.125, 1, -0.125,
        -0.125, -0.125, 0.125, 1, 9.25 };
    imr_rate_data_t rows = { three, time, x, NULL, 3, 1, 0 };
    imr_rate_options_t options = rate_options(IMR_RATE_QUASI_POISSON, IMR_RATE_PROFILE);

    options.level = 256.0 / 257;
    CHECK(check_every_limit(&rows, &options) == 1);
    rows = (imr_rate_data_t) { nine, times, columns, NULL, 9, 2, 0 };
    options.level = 1.0 / 257;
    CHECK(check_every_limit(&rows, &options) == 1);
}

/* From the coefficients of a climb that went far out the null hypothesis is beyond all numbers. */
static void
test_a_p_value_far_from_the_estimate_has_a_closed_form(void)
{
    int64_t events[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0 };
    double time[] = { 2.1875, 0.5625, 15.5, 9.3125, 15.5, 15.5, 15.5, 15.5, 4, 4, 4, 15.9375 };
    double x[] = { -1.125, -1, -1, -1, -1, -1, -1, -4.25, 1, -15.25, 8, 7.875 };
    imr_rate_data_t rows = { events, time, x, NULL, 12, 1, 0 };
    imr_rate_options_t options = rate_options(IMR_RATE_POISSON, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;
    double low, high, p, all = 0, beside = 0;

    for (size_t i = 0; i < 12; i++) {
        all += time[i];
    }
    options.level = 18.0 / 257;
    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK(fit.coef[0] == -INFINITY && fit.coef[1] == INFINITY);
    CHECK(imr_rate_regression_limits(&fit, 1, &low, &high, &p, NULL) == IMR_OK);
    CHECK_NEAR(p, erfc(sqrt(6 * log(all / 4))), 1e-9);
    for (size_t i = 0; i < 12; i++) {
        beside += i == 10 ? 0 : time[i] / 4 * exp((x[i] - 8) * low);
    }
    CHECK_NEAR(12 * log1p(beside), fit.quantile, 1e-8);
    CHECK(imr_rate_regression_limits(&fit, 0, &low, &high, &p, NULL) == IMR_OK);
    CHECK(low == -INFINITY && high < -400 && p < 1e-6);
    imr_rate_regression_free(&fit);
}

/* Column 2 has to go out 46 times as far as column 1, lest row 0 have events. */
static void
test_a_value_inside_the_limits_is_found_far_out(void)
{
    int64_t events[] = { 0, 765, 0, 0 };
    double time[] = { 15.9375, 14.4375, 5.6875, 11 };
    double x[] = { 6, -0.125, 0.25, 0, 0, 0, -10, -10 };
    imr_rate_data_t rows = { events, time, x, NULL, 4, 2, 0 };
    imr_rate_options_t options = rate_options(IMR_RATE_POISSON, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;
    double low, high, p, beside = INFINITY;

    options.level = 7.0 / 257;
    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK(fit.coef[0] == -INFINITY && fit.coef[1] == INFINITY && fit.coef[2] == INFINITY);
    CHECK(imr_rate_regression_limits(&fit, 2, &low, &high, &p, NULL) == IMR_OK);
    for (double first = 40; first < 80; first += 1e-4) { /* what the other rows expect, at least */
        beside = fmin(beside,
            time[0] / time[1] * exp(5.75 * first - 0.125 * low)
                + time[2] / time[1] * exp(-0.25 * first)
                + time[3] / time[1] * exp(-10.25 * first - 10 * low));
    }
    CHECK_NEAR(2 * 765 * log1p(beside), fit.quantile, 1e-6);
    CHECK(low > 2000 && high == INFINITY);
    imr_rate_regression_free(&fit);
}

static int
all_limits(imr_stop_t *stop)
{
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;
    double low, high, p;
    int ret = imr_rate_regression_fit(&fit, &zero_arm_rows, &options, stop, NULL);

    for (size_t j = 0; ret == IMR_OK && j < 2; j++) {
        ret = imr_rate_regression_limits(&fit, j, &low, &high, &p, NULL);
    }
    if (ret == IMR_OK) {
        ret = imr_rate_regression_theta(&fit, &low, &high, NULL);
    }
    imr_rate_regression_free(&fit);
    return ret;
}

/* At one value of a coefficient the climbs in alpha ended at two heights: the limits keep the higher one. */
static void
test_limits_of_profiles_with_two_maxima_in_alpha(void)
{
    const int64_t events[] = { 1, 1, 4, 0, 0, 141, 765 };
    const double exposure[] = { 0.375, 6.5, 5.4375, 6.5, 2.0625, 1, 15.9375 };
    const double x[] = { -0.125, 1.25, 13, 13, -3.625, 13, 13, 13, -1.125, 10.875, -3.625, 2.25,
        -0.125, -0.125 };
    imr_rate_data_t rows = { events, exposure, x, NULL, 7, 2, 0 };
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;
    double low, high, p;

    options.information = IMR_RATE_OBSERVED;
    options.level = 256.0 / 257;
    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    for (size_t j = 0; j < 3; j++) {
        CHECK(imr_rate_regression_limits(&fit, j, &low, &high, &p, NULL) == IMR_OK);
        CHECK(low < fit.coef[j] && fit.coef[j] < high);
    }
    imr_rate_regression_free(&fit);
}

/* Along the profile Poisson becomes higher than the maximum in alpha to which the fit leads. */
static void
test_limits_are_those_of_the_highest_maximum(void)
{
    int64_t events[] = { 2, 0, 2, 100, 4 };
    double time[] = { 1.47, 0.61, 1.56, 0.59, 1.56 }, x[] = { 1, -0.3, 0.5, 3, -0.3 };
    imr_rate_data_t rows = { events, time, x, NULL, 5, 1, 0 };
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;
    imr_rate_climb_t climb;
    double limits[2], p;

    options.level = 0.8;
    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK(fit.alpha > 0.5);
    CHECK(imr_rate_regression_limits(&fit, 1, &limits[0], &limits[1], &p, NULL) == IMR_OK);
    imr_rate_climb_init(&climb, &fit, fit.p - 1);
    for (int i = 0; i < 2; i++) {
        double top = -INFINITY;

        for (double log_alpha = -14; log_alpha < 4; log_alpha += 0.005) {
            imr_rate_restart(&climb, fit.near, 1);
            climb.coordinates[1] = limits[i] * fit.triangle[3];
            climb.alpha = exp(log_alpha);
            CHECK(imr_rate_climb(&climb, 0) == IMR_OK);
            top = fmax(top, climb.loglik);
        }
        CHECK(fabs(2 * (fit.maximum - top) - fit.quantile) < 2e-4);
    }
    imr_rate_regression_free(&fit);
}

static void
test_limits_can_be_stopped(void)
{
    STOP_AT_EACH_QUESTION(all_limits(&sweep.stop), (void) 0);
}

HARNESS_MAIN({
    RUN(test_an_arm_without_events_has_one_finite_limit);
    RUN(test_limits_are_those_of_r);
    RUN(test_a_profile_in_theta_as_well_is_wider);
    RUN(test_limits_of_theta_lie_on_its_profile);
    RUN(test_limits_of_a_coefficient_lie_on_its_profile);
    RUN(test_limits_far_from_the_estimate_are_reached);
    RUN(test_a_p_value_far_from_the_estimate_has_a_closed_form);
    RUN(test_a_value_inside_the_limits_is_found_far_out);
    RUN(test_limits_of_profiles_with_two_maxima_in_alpha);
    RUN(test_limits_are_those_of_the_highest_maximum);
    RUN(test_limits_can_be_stopped);
})
