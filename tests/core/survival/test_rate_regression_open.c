#include "survival/rate_regression_climb.h"

#include "../harness.h"
#include "rate_rows.h"

/* Two patients at the origin have events. Of the others, at (u, v), none: u d1 + v d2 goes to -infinity. */
static void
check_signs(size_t empty, const double *others, const double *expected)
{
    int64_t events[8] = { 3, 5 };
    double columns[16] = { 0 };
    imr_rate_data_t rows = { events, NULL, columns, NULL, 2 + empty, 2, 0 };
    imr_rate_options_t options = rate_options(IMR_RATE_POISSON, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;
    double low, high, p;

    memcpy(columns + 4, others, 2 * empty * sizeof(double));
    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.coef[0], log(4), 1e-9);
    CHECK(fit.infinite && fit.direction[0] == 0);
    for (size_t j = 1; j < 3; j++) {
        double sign = expected[j - 1];

        CHECK(isnan(sign) ? isnan(fit.coef[j]) : fit.coef[j] == sign * INFINITY);
        CHECK(isinf(fit.std_error[j]) && isnan(fit.covariance[4 * j]));
        CHECK(imr_rate_regression_limits(&fit, j, &low, &high, &p, NULL) == IMR_OK);
        CHECK(sign < 0 || isnan(sign) ? low == -INFINITY : isfinite(low));
        CHECK(sign > 0 || isnan(sign) ? high == INFINITY : isfinite(high));
        CHECK(isnan(sign) ? p == 1 : p > 0 && p < 1);
    }
    imr_rate_regression_free(&fit);
}

static void
test_a_sign_is_what_all_directions_agree_on(void)
{
    check_signs(2, (double[]) { 1, 0, 0, 1 }, (double[]) { -1, -1 });
    check_signs(2, (double[]) { -1, 0, 1, 1 }, (double[]) { 1, -1 });
    check_signs(2, (double[]) { 1, 1, 1, -1 }, (double[]) { -1, NAN });
    check_signs(2, (double[]) { 1, 3, 1, 1 }, (double[]) { NAN, NAN });
    check_signs(3, (double[]) { 1, 3, 1, 1, 2, -1 }, (double[]) { -1, NAN });
    check_signs(4, (double[]) { 1, 3, 1, 1, 2, -1, -1, 1 }, (double[]) { -1, -1 });
    check_signs(3, (double[]) { 1, 0, 1, 0, 0, -1 }, (double[]) { -1, 1 }); /* a row twice */
}

/* The intercept's sign is open as well: rows with events tell one sum of all three coefficients. */
static void
test_of_rows_with_events_elsewhere_every_sign_may_be_open(void)
{
    int64_t first[] = { 765, 0, 765, 0, 0 }, second[] = { 765, 0, 0, 2, 765 };
    double time[] = { 15.375, 0.375, 15.9375, 15.9375, 0.5 };
    double times[] = { 15.375, 15.9375, 1.1875, 0.5, 15.9375 };
    double x[] = { -0.125, -0.125, -0.125, -0.125, -0.125, -0.125, 7.625, -10.25, 1, 0 };
    double z[] = { -0.125, -0.125, 7.625, -10.25, 7.25, 1, -0.125, -0.125, -0.125, -0.125 };
    imr_rate_data_t rows[] = { { first, time, x, NULL, 5, 2, 0 },
        { second, times, z, NULL, 5, 2, 0 } };
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_PROFILE);
    imr_rate_regression_t fit;
    double low, high, p;

    options.level = 7.0 / 257;
    for (size_t i = 0; i < 2; i++) {
        CHECK(imr_rate_regression_fit(&fit, &rows[i], &options, NULL, NULL) == IMR_OK);
        CHECK(isnan(fit.coef[0]) && fit.coef[1] == -INFINITY && isnan(fit.coef[2]));
        for (size_t j = 0; j < 3; j++) {
            CHECK(imr_rate_regression_limits(&fit, j, &low, &high, &p, NULL) == IMR_OK);
            CHECK(low == -INFINITY && (j == 1 ? isfinite(high) : high == INFINITY && p == 1));
        }
        imr_rate_regression_free(&fit);
    }
}

/* Of a pattern with events its place among the others is told by the intercept alone: what rounding leaves of it
 * elsewhere in the basis is not taken for a second place. */
static void
test_rounding_of_the_basis_tells_nothing(void)
{
    int64_t events[] = { 0, 0, 0, 0, 1, 1, 1 };
    double time[] = { 2, 2, 3, 2, 2, 3, 2 };
    double x[] = { 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
    imr_rate_data_t rows = { events, time, x, NULL, 7, 3, 0 };
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_WALD);
    imr_rate_regression_t fit;

    CHECK(imr_rate_regression_fit(&fit, &rows, &options, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.coef[0], log(2.0 / 7), 1e-9);
    CHECK_NEAR(fit.std_error[0], 1 / sqrt(2), 1e-9);
    CHECK(fit.coef[1] == -INFINITY && isnan(fit.coef[2]) && isinf(fit.std_error[1]));
    CHECK_NEAR(fit.coef[3], log(0.25) - log(2.0 / 7), 1e-8);
    CHECK_NEAR(fit.std_error[3], sqrt(1.5), 1e-8);
    imr_rate_regression_free(&fit);
}

HARNESS_MAIN({
    RUN(test_a_sign_is_what_all_directions_agree_on);
    RUN(test_of_rows_with_events_elsewhere_every_sign_may_be_open);
    RUN(test_rounding_of_the_basis_tells_nothing);
})
