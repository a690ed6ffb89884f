#include "recovery/aplasia_parametric.h"

#include "../stop_sweep.h"
#include "aplasia_rows.h"

static int
fit_of(imr_aplasia_fit_t *fit, size_t n, size_t p, int distribution, imr_fault_t *fault)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_likelihood_t l;
    int status;

    begin(&rows, n, p);
    CHECK(imr_aplasia_likelihood_init(&l, &rows, (imr_aplasia_distribution_t) distribution, NULL)
        == IMR_OK);
    status = imr_aplasia_fit(fit, &l, NULL, fault);
    imr_aplasia_likelihood_free(&l);
    imr_aplasia_rows_free(&rows);
    return status;
}

/* Exact times: a sample of a normal distribution; with a covariate of 0 and 1, two of them. */
static void
test_exact_lognormal_durations(void)
{
    static const double TIME[] = { 60, 85, 90, 112, 150, 210 };
    enum { N = 6 };
    imr_aplasia_fit_t fit;
    double mean = 0, first = 0, square = 0, within = 0;

    for (size_t i = 0; i < N; i++) {
        put(i, 2, 2, 2 + TIME[i], 2 + TIME[i]);
        x[i] = i % 2 == 1;
        mean += log(TIME[i]) / N;
        first += (i % 2 == 0) * log(TIME[i]) / 3;
    }
    for (size_t i = 0; i < N; i++) {
        double own = i % 2 == 0 ? first : 2 * mean - first, y = log(TIME[i]);

        square += (y - mean) * (y - mean) / N;
        within += (y - own) * (y - own) / N;
    }
    CHECK(fit_of(&fit, N, 0, IMR_APLASIA_LOGNORMAL, NULL) == IMR_OK);
    CHECK_NEAR(fit.mu, mean, 1e-12);
    CHECK_NEAR(fit.sigma, sqrt(square), 1e-10);
    CHECK(fit.score < 1e-10 && fit.at_bound == 0);
    CHECK(fit_of(&fit, N, 1, IMR_APLASIA_LOGNORMAL, NULL) == IMR_OK);
    CHECK_NEAR(fit.mu, first, 1e-12);
    CHECK_NEAR(fit.coefficient[0], 2 * (mean - first), 1e-11);
    CHECK_NEAR(fit.sigma, sqrt(within), 1e-10);
}

/* No point of a grid is higher. */
static void
test_the_maximum(void)
{
    for (int k = 0; k < 3; k++) {
        imr_aplasia_rows_t rows;
        imr_aplasia_likelihood_t l;
        imr_aplasia_fit_t fit;

        begin(&rows, mixed(), 0);
        CHECK(
            imr_aplasia_likelihood_init(&l, &rows, (imr_aplasia_distribution_t) k, NULL) == IMR_OK);
        CHECK(imr_aplasia_fit(&fit, &l, NULL, NULL) == IMR_OK && fit.score < 1e-10);
        for (double theta = 0.25; theta <= 20; theta *= 1.1) {
            for (double y = -4; y < 1; y += 0.05) {
                double v[] = { theta * y, theta };

                CHECK(imr_aplasia_loglik(&l, v, NULL, NULL) <= fit.loglik);
            }
        }
        imr_aplasia_likelihood_free(&l);
        imr_aplasia_rows_free(&rows);
    }
}

static void
test_no_recovery_and_no_later_one(void)
{
    imr_aplasia_fit_t fit;
    imr_fault_t fault;

    put(0, 0, 3, 84, INFINITY);
    put(1, 0, 7, 112, INFINITY);
    x[0] = 0;
    x[1] = 1;
    CHECK(fit_of(&fit, 2, 0, IMR_APLASIA_WEIBULL, NULL) == IMR_OK);
    CHECK(isinf(fit.mu) && fit.mu > 0 && fit.loglik == 0);
    CHECK(fit_of(&fit, 2, 1, IMR_APLASIA_WEIBULL, &fault) == IMR_ERR_APLASIA_MONOTONE);
    put(0, 0, 0, 0, 28);
    put(1, 0, 0, 0, 14);
    CHECK(fit_of(&fit, 2, 0, IMR_APLASIA_WEIBULL, NULL) == IMR_OK);
    CHECK(isinf(fit.mu) && fit.mu < 0 && fit.loglik == 0);
}

static void
test_a_common_duration_has_the_least_sigma(void)
{
    imr_aplasia_fit_t fit;

    put(0, 0, 3, 84, 112);
    put(1, 0, 3, 90, 140);
    for (int k = 0; k < 3; k++) {
        CHECK(fit_of(&fit, 2, 0, k, NULL) == IMR_OK);
        CHECK(fit.at_bound == -1 && fit.mu > log(90) && fit.mu < log(109));
        CHECK_NEAR(fit.sigma, IMR_APLASIA_LEAST_SIGMA, 1e-15);
    }
}

static void
test_a_likelihood_without_a_maximum_is_refused(void)
{
    imr_aplasia_fit_t fit;
    imr_fault_t fault;

    put(0, 0, 3, 84, 112);
    put(1, 1, 1, 91, 91);
    put(2, 2, 2, 92, 92);
    CHECK(fit_of(&fit, 3, 0, IMR_APLASIA_WEIBULL, &fault) == IMR_ERR_APLASIA_UNBOUNDED);
    CHECK(fault.row == 1 && fault.value == 91);
    put(2, 2, 2, 93, 93); /* not the same duration */
    CHECK(fit_of(&fit, 3, 0, IMR_APLASIA_WEIBULL, &fault) == IMR_OK);
    put(2, 2, 2, 95, INFINITY); /* not compatible with it */
    CHECK(fit_of(&fit, 3, 0, IMR_APLASIA_WEIBULL, &fault) == IMR_OK);
}

static void
test_bad_covariates_are_named(void)
{
    imr_aplasia_fit_t fit;
    imr_fault_t fault;
    size_t n = mixed();

    for (size_t i = 0; i < n; i++) {
        x[i] = 3;
    }
    CHECK(fit_of(&fit, n, 1, IMR_APLASIA_WEIBULL, &fault) == IMR_ERR_APLASIA_COLLINEAR);
    for (size_t i = 0; i < n; i++) {
        x[2 * i] = (double) i;
        x[2 * i + 1] = 1 - 2 * (double) i;
    }
    CHECK(fit_of(&fit, n, 2, IMR_APLASIA_WEIBULL, &fault) == IMR_ERR_APLASIA_COLLINEAR);
    CHECK(fault.row == 1);
    for (size_t i = 0; i < n; i++) {
        x[i] = isinf(d[i]); /* those without recovery */
    }
    CHECK(fit_of(&fit, n, 1, IMR_APLASIA_WEIBULL, &fault) == IMR_ERR_APLASIA_MONOTONE);
    CHECK(fault.row == 0 && strcmp(fault.argument, "X") == 0);
}

static void
test_it_can_be_stopped(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_likelihood_t l;
    imr_aplasia_fit_t fit;

    for (int is_common = 0; is_common < 2; is_common++) {
        put(0, 0, 3, 84, 112);
        begin(&rows, is_common ? 1 : mixed(), 0);
        CHECK(imr_aplasia_likelihood_init(&l, &rows, IMR_APLASIA_WEIBULL, NULL) == IMR_OK);
        STOP_AT_EACH_QUESTION(imr_aplasia_fit(&fit, &l, &sweep.stop, NULL), (void) 0);
        imr_aplasia_likelihood_free(&l);
        imr_aplasia_rows_free(&rows);
    }
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_likelihood_t l;
    imr_aplasia_fit_t fit;

    begin(&rows, mixed(), 1);
    CHECK(imr_aplasia_likelihood_init(&l, &rows, IMR_APLASIA_WEIBULL, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_aplasia_fit(&fit, &l, NULL, NULL), IMR_ERR_NOMEM, (void) 0);
    imr_aplasia_likelihood_free(&l);
    imr_aplasia_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_exact_lognormal_durations);
    RUN(test_the_maximum);
    RUN(test_no_recovery_and_no_later_one);
    RUN(test_a_common_duration_has_the_least_sigma);
    RUN(test_a_likelihood_without_a_maximum_is_refused);
    RUN(test_bad_covariates_are_named);
    RUN(test_it_can_be_stopped);
    RUN(test_no_allocation_is_taken_for_granted);
})
