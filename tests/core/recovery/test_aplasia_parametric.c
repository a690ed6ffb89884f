#include "recovery/aplasia_parametric.h"

#include "../harness.h"
#include "recovery/aplasia_duration.h"

enum { MOST = 64 };
static double a[MOST], b[MOST], c[MOST], d[MOST];

static void
begin(imr_aplasia_rows_t *rows, size_t n)
{
    imr_fault_t fault;

    CHECK(imr_aplasia_rows_init(rows, a, b, c, d, n, NULL, 0, &fault) == IMR_OK);
}

static void
put(size_t i, double onset_left, double onset_right, double recovery_left, double recovery_right)
{
    a[i] = onset_left;
    b[i] = onset_right;
    c[i] = recovery_left;
    d[i] = recovery_right;
}

/* Rows of every kind: both ends intervals, one of them, none, not recovered. */
static size_t
mixed(void)
{
    put(0, 0, 3, 84, 112);
    put(1, 3, 7, 56, 84);
    put(2, 0, 14, 14, 28);
    put(3, 2, 2, 112, 140);
    put(4, 0, 7, 90, 90);
    put(5, 1, 1, 131, 131);
    put(6, 0, 3, 168, INFINITY);
    return 7;
}

/* Of an exponential duration the average over the onset is a closed form. */
static void
test_the_likelihood_of_an_exponential_duration(void)
{
    imr_aplasia_rows_t rows;
    double rate = exp(-4.5);
    static const double LEAST[] = { 0, 5, 81 };

    for (int i = 0; i < 3; i++) {
        put(0, 0, 10, 10 + LEAST[i], 38 + LEAST[i]);
        begin(&rows, 1);
        CHECK_NEAR(imr_aplasia_loglik(&rows, IMR_APLASIA_WEIBULL, 4.5, 0).value,
            log(exp(-rate * LEAST[i]) * (1 - exp(-10 * rate)) / (10 * rate)
                * (1 - exp(-28 * rate))),
            1e-12);
        imr_aplasia_rows_free(&rows);
    }
}

static void
test_derivatives_are_differences(void)
{
    imr_aplasia_rows_t rows;
    double h = 1e-5;

    begin(&rows, mixed());
    for (int k = 0; k < 3; k++) {
        imr_aplasia_distribution_t w = (imr_aplasia_distribution_t) k;
        imr_aplasia_loglik_t l = imr_aplasia_loglik(&rows, w, 4.7, -0.9);
        imr_aplasia_loglik_t left = imr_aplasia_loglik(&rows, w, 4.7 - h, -0.9);
        imr_aplasia_loglik_t right = imr_aplasia_loglik(&rows, w, 4.7 + h, -0.9);
        imr_aplasia_loglik_t below = imr_aplasia_loglik(&rows, w, 4.7, -0.9 - h);
        imr_aplasia_loglik_t above = imr_aplasia_loglik(&rows, w, 4.7, -0.9 + h);

        CHECK_NEAR((right.value - left.value) / (2 * h), l.mu, 1e-7);
        CHECK_NEAR((above.value - below.value) / (2 * h), l.tau, 1e-7);
        CHECK_NEAR((right.mu - left.mu) / (2 * h), l.mu_mu, 1e-7);
        CHECK_NEAR((right.tau - left.tau) / (2 * h), l.mu_tau, 1e-7);
        CHECK_NEAR((above.tau - below.tau) / (2 * h), l.tau_tau, 1e-7);
    }
    imr_aplasia_rows_free(&rows);
}

/* Exact times: a sample of a normal distribution, whose limits by the likelihood ratio are
 * mean +- s sqrt(exp(2 drop / n) - 1), with s^2 the mean squared deviation. */
static void
test_exact_lognormal_durations(void)
{
    static const double TIME[] = { 60, 85, 90, 112, 150, 210 };
    enum { N = 6 };
    imr_aplasia_rows_t rows;
    imr_aplasia_fit_t fit;
    imr_aplasia_limits_t limits;
    double mean = 0, square = 0, drop, half;

    for (size_t i = 0; i < N; i++) {
        put(i, 2, 2, 2 + TIME[i], 2 + TIME[i]);
        mean += log(TIME[i]) / N;
    }
    for (size_t i = 0; i < N; i++) {
        square += (log(TIME[i]) - mean) * (log(TIME[i]) - mean) / N;
    }
    begin(&rows, N);
    CHECK(imr_aplasia_fit(&fit, &rows, IMR_APLASIA_LOGNORMAL, NULL) == IMR_OK);
    CHECK_NEAR(fit.mu, mean, 1e-12);
    CHECK_NEAR(fit.sigma, sqrt(square), 1e-10);
    CHECK(fit.score < 1e-10 && fit.at_bound == 0);
    CHECK(imr_aplasia_drop(0.95, &drop, NULL) == IMR_OK);
    CHECK_NEAR(drop, 1.920729410347062, 1e-13);
    half = sqrt(square * expm1(2 * drop / N));
    CHECK(
        imr_aplasia_limits(&limits, &fit, &rows, IMR_APLASIA_QUANTILE, 0.5, drop, NULL) == IMR_OK);
    CHECK_NEAR(limits.estimate, exp(mean), 1e-11);
    CHECK_NEAR(limits.low, exp(mean - half), 1e-7);
    CHECK_NEAR(limits.high, exp(mean + half), 1e-7);
    imr_aplasia_rows_free(&rows);
}

static double
value_at(imr_aplasia_distribution_t w, double mu, double sigma, int quantity, double argument)
{
    switch (quantity) {
        case IMR_APLASIA_QUANTILE:
            return exp(mu + sigma * imr_aplasia_z(w, argument, 1 - argument));
        case IMR_APLASIA_MEAN:
            return exp(mu + imr_aplasia_log_mean(w, sigma));
        case IMR_APLASIA_RESTRICTED_MEAN:
            return argument * imr_aplasia_restricted(w, mu, sigma, argument);
        default:
            return imr_aplasia_point(w, (log(argument) - mu) / sigma).upper;
    }
}

/* On the edge of an interval the largest log-likelihood is lower by the drop: here sought by a grid
 * over sigma, with mu found by bisection on the quantity. */
static void
test_limits_lie_on_the_contour(void)
{
    static const double ARGUMENT[] = { 0.5, 0, 180, 100 };
    imr_aplasia_rows_t rows;
    imr_aplasia_fit_t fit;
    imr_aplasia_limits_t l;

    begin(&rows, mixed());
    for (int k = 0; k < 3; k++) {
        imr_aplasia_distribution_t w = (imr_aplasia_distribution_t) k;

        CHECK(imr_aplasia_fit(&fit, &rows, w, NULL) == IMR_OK && fit.score < 1e-8);
        for (int q = 0; q < 4; q++) {
            double best = -INFINITY;

            CHECK(imr_aplasia_limits(
                      &l, &fit, &rows, (imr_aplasia_quantity_t) q, ARGUMENT[q], 1.5, NULL)
                == IMR_OK);
            CHECK(0 < l.low && l.low < l.estimate && l.estimate < l.high);
            for (double tau = -2.3; tau < 1; tau += 0.02) {
                double low = -5, high = 15;

                while (high - low > 1e-9) {
                    double mu = 0.5 * (low + high);

                    *(value_at(w, mu, exp(tau), q, ARGUMENT[q]) < l.low ? &low : &high) = mu;
                }
                best = fmax(best, imr_aplasia_loglik(&rows, w, low, tau).value);
            }
            CHECK(fabs(best - (fit.loglik - 1.5)) < 2e-3);
        }
    }
    imr_aplasia_rows_free(&rows);
}

static void
test_nobody_has_recovered(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_fit_t fit;
    imr_aplasia_limits_t l;

    put(0, 0, 3, 84, INFINITY);
    put(1, 0, 7, 112, INFINITY);
    begin(&rows, 2);
    CHECK(imr_aplasia_fit(&fit, &rows, IMR_APLASIA_WEIBULL, NULL) == IMR_OK);
    CHECK(isinf(fit.mu) && fit.loglik == 0);
    CHECK(imr_aplasia_limits(&l, &fit, &rows, IMR_APLASIA_QUANTILE, 0.5, 1.92, NULL) == IMR_OK);
    CHECK(isinf(l.estimate) && isinf(l.high) && l.low > 20 && l.low < 112);
    CHECK(imr_aplasia_limits(&l, &fit, &rows, IMR_APLASIA_SURVIVAL, 60, 1.92, NULL) == IMR_OK);
    CHECK(l.estimate == 1 && l.high == 1 && l.low > 0 && l.low < 1);
    CHECK(
        imr_aplasia_limits(&l, &fit, &rows, IMR_APLASIA_RESTRICTED_MEAN, 90, 1.92, NULL) == IMR_OK);
    CHECK(l.estimate == 90 && l.high == 90 && l.low > 0 && l.low < 90);
    imr_aplasia_rows_free(&rows);
}

static void
test_one_patient_has_the_least_sigma(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_fit_t fit;

    put(0, 0, 3, 84, 112);
    begin(&rows, 1);
    for (int k = 0; k < 3; k++) {
        CHECK(imr_aplasia_fit(&fit, &rows, (imr_aplasia_distribution_t) k, NULL) == IMR_OK);
        CHECK(fit.at_bound == -1 && fit.mu > log(81) && fit.mu < log(112));
        CHECK_NEAR(fit.sigma, IMR_APLASIA_LEAST_SIGMA, 1e-15);
    }
    imr_aplasia_rows_free(&rows);
}

static void
test_bad_arguments_are_named(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_fit_t fit;
    imr_aplasia_limits_t l;
    imr_fault_t f;
    double drop;

    begin(&rows, mixed());
    CHECK(imr_aplasia_fit(&fit, &rows, IMR_APLASIA_WEIBULL, &f) == IMR_OK);
    CHECK(
        imr_aplasia_limits(&l, &fit, &rows, IMR_APLASIA_QUANTILE, 1, 1, &f) == IMR_ERR_PROBABILITY);
    CHECK(strcmp(f.argument, "p") == 0);
    CHECK(imr_aplasia_limits(&l, &fit, &rows, IMR_APLASIA_SURVIVAL, 0, 1, &f)
        == IMR_ERR_NOT_POSITIVE);
    CHECK(strcmp(f.argument, "time") == 0);
    CHECK(imr_aplasia_limits(&l, &fit, &rows, IMR_APLASIA_RESTRICTED_MEAN, NAN, 1, &f)
        == IMR_ERR_NOT_POSITIVE);
    CHECK(strcmp(f.argument, "horizon") == 0);
    CHECK(imr_aplasia_drop(1, &drop, &f) == IMR_ERR_LEVEL);
    imr_aplasia_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_the_likelihood_of_an_exponential_duration);
    RUN(test_derivatives_are_differences);
    RUN(test_exact_lognormal_durations);
    RUN(test_limits_lie_on_the_contour);
    RUN(test_nobody_has_recovered);
    RUN(test_one_patient_has_the_least_sigma);
    RUN(test_bad_arguments_are_named);
})
