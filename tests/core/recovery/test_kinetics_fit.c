#include "recovery/kinetics_fit.h"

#include "../harness.h"
#include "kinetics_rows.h"

static imr_kinetics_fit_t
fit_of(imr_kinetics_model_t model, imr_kinetics_error_t error, const double *day,
    const double *count, size_t n, size_t below)
{
    rows_t rows;
    imr_kinetics_climb_t climb = climb_of(&rows, model, error, day, count, n, below);
    imr_kinetics_fit_t fit;

    imr_kinetics_fit_rows(&climb, &fit);
    return fit;
}

static void
test_a_line_of_logarithms_has_the_standard_errors_of_regression(void)
{
    /* log counts 0, 1, 1, 3 on days 0, 1, 2, 3: slope 0.9, intercept -0.1, sum of squares 0.7, so that
     * the variance is 0.35 and the standard error of the slope sqrt(0.35 / 5) */
    const double day[] = { 0, 1, 2, 3 }, count[] = { 1, exp(1), exp(1), exp(3) };
    imr_kinetics_fit_t fit = fit_of(IMR_KINETICS_EXPONENTIAL, IMR_KINETICS_LOG, day, count, 4, 0);
    double loglik;

    CHECK(fit.status == IMR_KINETICS_FITTED);
    CHECK_NEAR(fit.theta[0], -0.1, 1e-9);
    CHECK_NEAR(fit.theta[1], 0.9, 1e-9);
    CHECK_NEAR(fit.rss, 0.7, 1e-12);
    CHECK_NEAR(fit.sd, sqrt(0.35), 1e-12);
    CHECK_NEAR(fit.covariance[IMR_KINETICS_MOST + 1], 0.07, 1e-12);
    CHECK(fit.df == 2 && fit.effective == 4);
    loglik = -2 * (log(8 * atan(1)) + log(0.7 / 4) + 1) - 5;
    CHECK_NEAR(fit.loglik, loglik, 1e-12);
    CHECK(isnan(fit.aicc)); /* four samples, three parameters */
}

static void
test_what_cannot_be_fitted_has_a_status(void)
{
    static const double day[] = { 10, 20, 30, 40, 50, 60 };
    static const double below[] = { 1, 1, 1, 1, 1, 1 }, flat[] = { 5, 5, 5, 5, 5, 5 };
    static const double falls[] = { 9, 8, 6, 5, 4, 3 }, jump[] = { 1, 1.1, 1, 50, 51, 50 };
    static const double steep[] = { 1, 2, 4, 8, 16, 32.5 }, exact[] = { 1, 1, 1, 3, 20, 60 };

    CHECK(fit_of(IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG, day, below, 0, 0).status
        == IMR_KINETICS_NO_SAMPLES);
    CHECK(fit_of(IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG, day, below, 6, 6).status
        == IMR_KINETICS_ALL_BELOW);
    CHECK(fit_of(IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG, day, steep, 2, 0).status
        == IMR_KINETICS_TOO_FEW);
    CHECK(fit_of(IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG, day, exact, 6, 5).status
        == IMR_KINETICS_TOO_FEW);
    CHECK(fit_of(IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG, day, exact, 6, 3).status
        == IMR_KINETICS_TOO_FEW);
    CHECK(fit_of(IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG, day, flat, 6, 0).status
        == IMR_KINETICS_FLAT);
    CHECK(fit_of(IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG, day, falls, 6, 0).status
        == IMR_KINETICS_NO_RECOVERY);
    CHECK(fit_of(IMR_KINETICS_EXPONENTIAL, IMR_KINETICS_LOG, day, falls, 6, 0).status
        == IMR_KINETICS_NO_RECOVERY);
    CHECK(fit_of(IMR_KINETICS_LOGISTIC4, IMR_KINETICS_ADDITIVE, day, jump, 6, 0).status
        == IMR_KINETICS_NOT_IDENTIFIABLE);
    CHECK(fit_of(IMR_KINETICS_BIEXPONENTIAL, IMR_KINETICS_LOG, day, steep, 6, 0).status
        != IMR_KINETICS_FITTED);
    CHECK(fit_of(IMR_KINETICS_EMAX, IMR_KINETICS_LOG, CHICK_DAY, CHICK_WEIGHT, 12, 0).status
        == IMR_KINETICS_DAY_NOT_POSITIVE);
}

static void
test_a_row_below_its_limit_counts_as_far_as_it_tells(void)
{
    imr_kinetics_fit_t fit =
        fit_of(IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG, PATIENT_DAY, PATIENT_COUNT, 8, 2);

    CHECK(fit.status == IMR_KINETICS_FITTED);
    CHECK(fit.effective >= 6 && fit.effective < 8);
    CHECK(fit.df == fit.effective - 3);
}

static void
test_counts_on_a_curve_have_no_scatter(void)
{
    static const double theta[] = { 4.5, 110, 2.8, 0 };
    double count[8];
    imr_kinetics_fit_t fit;

    imr_kinetics_curve(IMR_KINETICS_LOGISTIC, theta, 0, PATIENT_DAY, 8, 0, count, NULL);
    fit = fit_of(IMR_KINETICS_LOGISTIC, IMR_KINETICS_ADDITIVE, PATIENT_DAY, count, 8, 0);
    CHECK(fit.status == IMR_KINETICS_FITTED);
    CHECK_NEAR(fit.theta[0], 4.5, 1e-8);
    CHECK(fit.sd < 1e-9);
}

static void
test_phases_are_ordered_by_their_rates(void)
{
    static const double day[] = { 1, 2, 4, 8, 12, 20, 30, 45, 60, 80 };
    static const double theta[] = { 5, -1, 2, -3.5 };
    double count[10];
    imr_kinetics_fit_t fit;

    imr_kinetics_curve(IMR_KINETICS_BIEXPONENTIAL, theta, 0, day, 10, 0, count, NULL);
    for (size_t i = 0; i < 10; i++) {
        count[i] *= i % 2 == 0 ? 1.05 : 0.95;
    }
    fit = fit_of(IMR_KINETICS_BIEXPONENTIAL, IMR_KINETICS_LOG, day, count, 10, 0);
    CHECK(fit.status == IMR_KINETICS_FITTED);
    CHECK(fit.theta[1] > fit.theta[3]);
}

static void
test_cart_levels_are_a_line_of_logarithms(void)
{
    static const double day[] = { 0, 10, 20, 40 }, level[] = { 0, 100, 10, 0.1 };
    double slope;

    CHECK_NEAR(imr_kinetics_cart_level(day, level, 4, 15, &slope), sqrt(1000), 1e-13);
    CHECK_NEAR(slope, log(0.1) / 10, 1e-13);
    CHECK_NEAR(imr_kinetics_cart_level(day, level, 4, 50, &slope), 0.01, 1e-12);
    CHECK_NEAR(imr_kinetics_cart_level(day, level, 4, 5, &slope), 100 * sqrt(10), 1e-12);
    CHECK(isnan(imr_kinetics_cart_level(day, level, 2, 5, &slope)));
    CHECK(isnan(imr_kinetics_cart_level(day, level, 0, 5, &slope)));
}

static void
test_quantities_follow_from_the_unknowns(void)
{
    static const double cart_day[] = { 0, 100 }, cart[] = { 100, 1 };
    const imr_kinetics_cart_t levels = { cart_day, cart, 2 };
    imr_kinetics_climb_t climb = { .model = IMR_KINETICS_TURNOVER, .threshold = 1000 };
    imr_kinetics_fit_t fit = { .theta = { 0.5, -3.5, 50 } };
    double expected[] = { exp(4), exp(0.5), exp(-3.5), 50, 10, INFINITY }, estimate, std_error;
    size_t count;
    const imr_kinetics_slot_t *slots = imr_kinetics_slots(IMR_KINETICS_TURNOVER, &count);

    for (size_t c = 0; c < 3; c++) {
        fit.covariance[c * IMR_KINETICS_MOST + c] = 0.04;
    }
    CHECK(count == 6);
    for (size_t s = 0; s < count; s++) {
        imr_kinetics_quantity(&climb, &fit, &slots[s], &levels, &estimate, &std_error);
        CHECK_NEAR(estimate, expected[s], 1e-13);
    }
    CHECK(isnan(std_error));
    imr_kinetics_quantity(&climb, &fit, &slots[0], &levels, &estimate, &std_error);
    CHECK_NEAR(std_error, exp(4) * sqrt(0.08), 1e-13);
    imr_kinetics_quantity(&climb, &fit, &slots[4], &levels, &estimate, &std_error);
    CHECK_NEAR(std_error, 10 * 0.2 * log(100) / 100, 1e-12);
}

HARNESS_MAIN({
    RUN(test_a_line_of_logarithms_has_the_standard_errors_of_regression);
    RUN(test_what_cannot_be_fitted_has_a_status);
    RUN(test_a_row_below_its_limit_counts_as_far_as_it_tells);
    RUN(test_counts_on_a_curve_have_no_scatter);
    RUN(test_phases_are_ordered_by_their_rates);
    RUN(test_cart_levels_are_a_line_of_logarithms);
    RUN(test_quantities_follow_from_the_unknowns);
})
