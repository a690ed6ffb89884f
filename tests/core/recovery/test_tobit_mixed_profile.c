#include "recovery/tobit_mixed_profile.h"

#include "../harness.h"

enum { N = 12, PATIENTS = 4 };

static const int64_t PATIENT[N] = { 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3 };

/* three visits of four patients, the lowest below 0.5 */
static void
make(double *low, double *high, double *x)
{
    static const double y[N] = { 0.1, 1.2, 0.4, 2.1, 0.7, 0.2, 1.5, 2.9, 0.9, 1.9, 0.3, 2.2 };

    for (int i = 0; i < N; i++) {
        low[i] = y[i] < 0.5 ? -INFINITY : y[i];
        high[i] = fmax(y[i], 0.5);
        x[i] = i / 4;
    }
}

static void
test_limits_do_not_move_with_unit_and_origin(void)
{
    double low[N], high[N], x[N], a, b, c, d, p, q;
    imr_tobit_mixed_t fit, other;

    make(low, high, x);
    CHECK(imr_tobit_mixed_fit(&fit, low, high, x, PATIENT, N, 1, PATIENTS, NULL, NULL) == IMR_OK);
    for (int i = 0; i < N; i++) {
        low[i] = 1000 + 0.01 * low[i];
        high[i] = 1000 + 0.01 * high[i];
    }
    CHECK(imr_tobit_mixed_fit(&other, low, high, x, PATIENT, N, 1, PATIENTS, NULL, NULL) == IMR_OK);
    for (size_t j = 0; j < 4; j++) {
        double shift = j == 0 ? 1000 : 0;

        CHECK(imr_tobit_mixed_profile(&fit, j, 0.9, &a, &b, &p, NULL) == IMR_OK);
        CHECK(imr_tobit_mixed_profile(&other, j, 0.9, &c, &d, &q, NULL) == IMR_OK);
        CHECK(fabs(100 * (c - shift) - a) < 1e-6 && fabs(100 * (d - shift) - b) < 1e-6);
        CHECK(j != 0 || (q >= 0 && q < 1e-3)); /* 1000 is far from 0 */
        CHECK(j == 0 || j == 2 || fabs(p - q) < 1e-7);
    }
    imr_tobit_mixed_free(&fit);
    imr_tobit_mixed_free(&other);
}

/* Two patients, of whom one shows nothing: little is known, and the limits say so. */
static void
test_a_patient_may_lie_below_the_limit(void)
{
    double low[] = { -INFINITY, -INFINITY, 1, 2 }, high[] = { 0, 0, 1, 2 }, from, to, p;
    int64_t patient[] = { 0, 0, 1, 1 };
    imr_tobit_mixed_t fit;

    CHECK(imr_tobit_mixed_fit(&fit, low, high, NULL, patient, 4, 0, 2, NULL, NULL) == IMR_OK);
    CHECK(fit.effect[0] < 0 && fit.effect[1] > 0 && fit.effect_sd[0] > fit.effect_sd[1]);
    for (size_t j = 0; j < 3; j++) {
        double level = j == 0 ? 0.7 : 0.99; /* on one degree of freedom */

        CHECK(imr_tobit_mixed_profile(&fit, j, level, &from, &to, &p, NULL) == IMR_OK);
        CHECK(from < to && isfinite(to));
    }
    CHECK(from == 0 && to > 50);
    imr_tobit_mixed_free(&fit);
}

/* The planes hold what they say, and at the estimates their lengths are the standard errors. */
static void
test_planes_hold_each_quantity(void)
{
    double low[N], high[N], x[N], product[4];
    imr_tobit_mixed_t fit;

    make(low, high, x);
    CHECK(imr_tobit_mixed_fit(&fit, low, high, x, PATIENT, N, 1, PATIENTS, NULL, NULL) == IMR_OK);
    for (size_t j = 0; j < 4; j++) {
        double value = imr_tobit_mixed_estimate(&fit, j);
        double level = imr_tobit_mixed_lay_plane(&fit, j, value);

        CHECK(fabs(imr_tobit_mixed_product(fit.plane, fit.maximum, 4) - level) < 1e-12);
        imr_tobit_mixed_multiply(&fit, fit.plane, product);
        if (j < 2) {
            CHECK_NEAR(sqrt(imr_tobit_mixed_product(fit.plane, product, 4)) / fit.maximum[2]
                    * fit.plain.scale,
                fit.std_error[j], 1e-12);
        }
    }
    CHECK_NEAR(imr_tobit_mixed_estimate(&fit, 1) * fit.plain.scale, fit.coef[1], 1e-12);
    CHECK_NEAR(exp(imr_tobit_mixed_estimate(&fit, 2)) * fit.plain.scale, fit.sd, 1e-12);
    CHECK_NEAR(imr_tobit_mixed_estimate(&fit, 3) * fit.plain.scale, fit.patient_sd, 1e-12);
    imr_tobit_mixed_free(&fit);
}

/* Three values, of which one is known: the two standard deviations are hardly told apart. */
static void
test_limits_where_hardly_anything_is_known(void)
{
    static const double lows[][3] = { { -INFINITY, 0, -INFINITY }, { 4.125, 0.25, -7.5 },
        { -10.75, 0, -7.875 } };
    static const double highs[][3] = { { 4.125, 0, -2.25 }, { 4.125, 7, -0.75 },
        { INFINITY, 0, -7.875 } };
    static const int64_t patients[][3] = { { 0, 1, 0 }, { 1, 1, 0 }, { 0, 0, 1 } };

    for (size_t i = 0; i < 3; i++) {
        double from, to, p;
        imr_tobit_mixed_t fit;

        CHECK(imr_tobit_mixed_fit(&fit, lows[i], highs[i], NULL, patients[i], 3, 0, 2, NULL, NULL)
            == IMR_OK);
        for (size_t j = 0; j < 3; j++) {
            double estimate = j == 0 ? fit.coef[0] : j == 1 ? fit.sd : fit.patient_sd;

            CHECK(imr_tobit_mixed_profile(&fit, j, 0.9, &from, &to, &p, NULL) == IMR_OK);
            CHECK(from < estimate && estimate < to && !(p < 0.05));
        }
        CHECK(from == 0);
        imr_tobit_mixed_free(&fit);
    }
}

HARNESS_MAIN({
    RUN(test_limits_do_not_move_with_unit_and_origin);
    RUN(test_a_patient_may_lie_below_the_limit);
    RUN(test_planes_hold_each_quantity);
    RUN(test_limits_where_hardly_anything_is_known);
})
