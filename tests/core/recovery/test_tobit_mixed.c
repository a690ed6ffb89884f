#include "recovery/tobit_mixed.h"

#include "../harness.h"
#include "../stop_sweep.h"

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

/* Pairs with means 1, 3, 4, 4 and differences 1, 1, 2, 2. */
static void
test_without_limits_it_is_the_analysis_of_variance(void)
{
    double y[] = { 0.5, 1.5, 2.5, 3.5, 3, 5, 3, 5 }, low, high, p, ssb = 12, ssw = 5, h, angle;
    int64_t patient[] = { 0, 0, 1, 1, 2, 2, 3, 3 };
    imr_tobit_mixed_t fit;

    CHECK(imr_tobit_mixed_fit(&fit, y, y, NULL, patient, 8, 0, 4, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.coef[0], 3, 1e-10);
    CHECK_NEAR(fit.sd, sqrt(ssw / 4), 1e-9);
    CHECK_NEAR(fit.patient_sd, sqrt((ssb / 4 - ssw / 4) / 2), 1e-9);
    CHECK_NEAR(fit.std_error[0], sqrt(ssb / 4 / 8), 1e-8);
    CHECK_NEAR(fit.loglik, -4 * log(8 * atan(1)) - 2 * log(ssw / 4) - 2 * log(ssb / 4) - 4, 1e-12);
    CHECK_NEAR(fit.loglik_plain, -4 * log(8 * atan(1)) - 4 * log((ssb + ssw) / 8) - 4, 1e-12);
    CHECK_NEAR(fit.statistic, 2 * (fit.loglik - fit.loglik_plain), 1e-12);
    CHECK_NEAR(fit.pvalue, 0.5 * erfc(sqrt(fit.statistic / 2)), 1e-10);
    CHECK(fit.score_norm < 1e-8 && fit.quadrature_error < 1e-9 && fit.nodes < 30);
    /* the effects are means less the mean, shrunk by 1 - (SSW / 4) / (SSB / 4) */
    CHECK_NEAR(fit.effect[0], -2 * (1 - ssw / ssb), 1e-9);
    CHECK_NEAR(fit.effect[3], 1 - ssw / ssb, 1e-9);
    CHECK_NEAR(fit.effect_sd[0], fit.patient_sd * sqrt(ssw / ssb), 1e-8);
    /* Student's interval of the four means, and its p-value on 3 degrees of freedom */
    CHECK(imr_tobit_mixed_profile(&fit, 0, 0.95, &low, &high, &p, NULL) == IMR_OK);
    h = 3.182446305284263 * sqrt(0.5);
    CHECK_NEAR(low, 3 - h, 1e-9);
    CHECK_NEAR(high, 3 + h, 1e-9);
    angle = atan(3 / sqrt(0.5) / sqrt(3));
    CHECK_NEAR(p, 1 - (angle + sin(angle) * cos(angle)) / (2 * atan(1)), 1e-8);
    CHECK(imr_tobit_mixed_profile(&fit, 1, 0.95, &low, &high, &p, NULL) == IMR_OK);
    CHECK(low < fit.sd && fit.sd < high && isnan(p));
    CHECK(imr_tobit_mixed_profile(&fit, 2, 0.5, &low, &high, &p, NULL) == IMR_OK);
    CHECK(low > 0 && low < fit.patient_sd && fit.patient_sd < high && p == fit.pvalue);
    CHECK(imr_tobit_mixed_profile(&fit, 2, 0.999, &low, &high, &p, NULL) == IMR_OK && low == 0);
    CHECK(imr_tobit_mixed_profile(&fit, 2, 1, &low, &high, &p, NULL) == IMR_ERR_LEVEL);
    imr_tobit_mixed_free(&fit);
    imr_tobit_mixed_free(&fit);
}

/* Differences that cancel: nothing is left to the patients, and all is as in tobit. */
static void
test_at_the_boundary_it_is_tobit(void)
{
    double y[] = { -2, 2, -1, 1, -1.5, 1.5 }, low, high, p, a, b, q;
    int64_t patient[] = { 0, 0, 1, 1, 2, 2 };
    imr_tobit_mixed_t fit;
    imr_tobit_t plain;

    CHECK(imr_tobit_mixed_fit(&fit, y, y, NULL, patient, 6, 0, 3, NULL, NULL) == IMR_OK);
    CHECK(imr_tobit_fit(&plain, y, y, NULL, 6, 0, NULL) == IMR_OK);
    CHECK(fit.patient_sd == 0 && fit.statistic == 0 && fit.pvalue == 1 && fit.effect[1] == 0);
    CHECK_NEAR(fit.sd, plain.sd, 1e-10);
    CHECK_NEAR(fit.std_error[0], plain.std_error[0], 1e-9);
    CHECK_NEAR(fit.loglik, plain.loglik, 1e-13);
    CHECK(imr_tobit_mixed_profile(&fit, 2, 0.9, &low, &high, &p, NULL) == IMR_OK);
    CHECK(low == 0 && high > 0 && isfinite(high) && p == 1);
    /* away from the estimate patients may differ, so that the limits are no narrower */
    CHECK(imr_tobit_mixed_profile(&fit, 0, 0.9, &low, &high, &p, NULL) == IMR_OK);
    CHECK(imr_tobit_profile(&plain, 0, 0.9, &a, &b, &q, NULL) == IMR_OK);
    CHECK(low <= a + 1e-9 && high >= b - 1e-9);
    imr_tobit_free(&plain);
    imr_tobit_mixed_free(&fit);
}

static int
fit_of(const double *low, const double *high, const int64_t *patient, size_t n, imr_fault_t *fault)
{
    imr_tobit_mixed_t fit;
    int ret = imr_tobit_mixed_fit(&fit, low, high, NULL, patient, n, 0, PATIENTS, NULL, fault);

    imr_tobit_mixed_free(&fit);
    return ret;
}

static void
test_what_has_no_answer_is_named(void)
{
    double low[N], high[N], x[N];
    int64_t patient[N] = { 0 };
    imr_fault_t fault;

    make(low, high, x);
    CHECK(fit_of(low, high, PATIENT, 0, &fault) == IMR_ERR_NO_ROWS);
    CHECK(fit_of(low, high, patient, N, &fault) == IMR_ERR_TOBIT_MIXED_ONE);
    CHECK(fit_of(low, high, PATIENT, 4, &fault) == IMR_ERR_TOBIT_MIXED_SINGLE);
    patient[7] = PATIENTS;
    CHECK(fit_of(low, high, patient, N, &fault) == IMR_ERR_PATIENT_CODE && fault.row == 7);
    for (int i = 0; i < N; i++) { /* each patient one value */
        low[i] = high[i] = (double) (PATIENT[i] * PATIENT[i]);
    }
    CHECK(fit_of(low, high, PATIENT, N, &fault) == IMR_ERR_TOBIT_MIXED_RIGID);
    for (int i = 0; i < N; i++) {
        low[i] = -INFINITY;
    }
    CHECK(fit_of(low, high, PATIENT, N, &fault) == IMR_ERR_NOTHING_DETECTED);
    /* one value each, and a limit that says nothing */
    low[0] = high[0] = -0.125;
    low[1] = high[1] = 13;
    high[2] = 5.875;
    patient[0] = patient[2] = 0;
    patient[1] = 1;
    CHECK(fit_of(low, high, patient, 3, &fault) == IMR_ERR_TOBIT_MIXED_FLAT);
}

static int
fit_all(imr_tobit_mixed_t *fit, imr_stop_t *stop)
{
    double low[N], high[N], x[N], from, to, p;
    int ret;

    make(low, high, x);
    ret = imr_tobit_mixed_fit(fit, low, high, x, PATIENT, N, 1, PATIENTS, stop, NULL);
    for (size_t j = 0; j < 4 && ret == IMR_OK; j++) {
        ret = imr_tobit_mixed_profile(fit, j, 0.9, &from, &to, &p, NULL);
    }
    return ret;
}

static void
test_it_stops_when_asked(void)
{
    imr_tobit_mixed_t fit;

    STOP_AT_EACH_QUESTION(fit_all(&fit, &sweep.stop), imr_tobit_mixed_free(&fit));
}

static void
test_every_allocation_may_fail(void)
{
    imr_tobit_mixed_t fit;

    FAIL_EACH_ALLOCATION(fit_all(&fit, NULL), IMR_ERR_NOMEM, imr_tobit_mixed_free(&fit));
}

HARNESS_MAIN({
    RUN(test_without_limits_it_is_the_analysis_of_variance);
    RUN(test_at_the_boundary_it_is_tobit);
    RUN(test_what_has_no_answer_is_named);
    RUN(test_it_stops_when_asked);
    RUN(test_every_allocation_may_fail);
})
