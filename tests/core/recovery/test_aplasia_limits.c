#include "recovery/aplasia_limits.h"

#include "../stop_sweep.h"
#include "aplasia_rows.h"

static imr_aplasia_rows_t rows;
static imr_aplasia_likelihood_t likelihood;
static imr_aplasia_fit_t fit;

static void
start(size_t n, size_t p, int distribution)
{
    begin(&rows, n, p);
    CHECK(imr_aplasia_likelihood_init(
              &likelihood, &rows, (imr_aplasia_distribution_t) distribution, NULL)
        == IMR_OK);
    CHECK(imr_aplasia_fit(&fit, &likelihood, NULL, NULL) == IMR_OK);
}

static void
end(void)
{
    imr_aplasia_likelihood_free(&likelihood);
    imr_aplasia_rows_free(&rows);
}

static imr_aplasia_limits_t
limits(int quantity, double argument, double drop)
{
    imr_aplasia_limits_t l = { NAN, NAN, NAN };

    CHECK(imr_aplasia_limits(
              &l, &fit, &likelihood, (imr_aplasia_quantity_t) quantity, argument, drop, NULL, NULL)
        == IMR_OK);
    return l;
}

/* Limits of the mean of a normal sample by the likelihood ratio: mean +- s sqrt(exp(2 drop / n) - 1),
 * with s^2 the mean squared deviation; of the difference of two samples of the same variance alike. */
static void
test_exact_lognormal_durations(void)
{
    static const double TIME[] = { 60, 85, 90, 112, 150, 210 };
    enum { N = 6 };
    double mean = 0, first = 0, square = 0, within = 0, drop, half;
    imr_aplasia_limits_t l;

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
    CHECK(imr_aplasia_drop(0.95, &drop, NULL) == IMR_OK);
    CHECK_NEAR(drop, 1.920729410347062, 1e-13);
    start(N, 0, IMR_APLASIA_LOGNORMAL);
    l = limits(IMR_APLASIA_QUANTILE, 0.5, drop);
    half = sqrt(square * expm1(2 * drop / N));
    CHECK_NEAR(l.estimate, exp(mean), 1e-11);
    CHECK_NEAR(l.low, exp(mean - half), 1e-7);
    CHECK_NEAR(l.high, exp(mean + half), 1e-7);
    end();
    start(N, 1, IMR_APLASIA_LOGNORMAL);
    l = limits(IMR_APLASIA_RATIO, 0, drop);
    half = sqrt(within * expm1(2 * drop / N) * 4); /* 4: N (1/3 + 1/3) */
    CHECK_NEAR(l.estimate, exp(2 * (mean - first)), 1e-11);
    CHECK_NEAR(l.low, exp(2 * (mean - first) - half), 1e-7);
    CHECK_NEAR(l.high, exp(2 * (mean - first) + half), 1e-7);
    l = limits(IMR_APLASIA_QUANTILE, 0.5, drop); /* of the first sample */
    half = sqrt(within * expm1(2 * drop / N) * 2);
    CHECK_NEAR(l.estimate, exp(first), 1e-11);
    CHECK_NEAR(l.low, exp(first - half), 1e-7);
    CHECK_NEAR(l.high, exp(first + half), 1e-7);
    end();
}

static double
value_at(imr_aplasia_distribution_t w, double mu, double sigma, int quantity, double argument)
{
    imr_aplasia_w_t shape = imr_aplasia_w(w, 1 / sigma);

    switch (quantity) {
        case IMR_APLASIA_QUANTILE:
            return exp(mu + sigma * imr_aplasia_z(&shape, argument, 1 - argument));
        case IMR_APLASIA_MEAN:
            return exp(mu + imr_aplasia_log_mean(w, sigma));
        case IMR_APLASIA_RESTRICTED_MEAN:
            return argument * imr_aplasia_restricted(w, mu, sigma, argument);
        default:
            return imr_aplasia_point(&shape, (log(argument) - mu) / sigma).upper;
    }
}

/* The largest log-likelihood at a value and a sigma, with mu found by bisection. */
static double
loglik_at(double value, int quantity, double argument, double sigma)
{
    double low = -5, high = 15, v[2];

    while (high - low > 1e-9) {
        double mu = 0.5 * (low + high);

        *(value_at(fit.distribution, mu, sigma, quantity, argument) < value ? &low : &high) = mu;
    }
    v[0] = (low - likelihood.centre) / sigma;
    v[1] = 1 / sigma;
    return imr_aplasia_loglik(&likelihood, v, NULL, NULL);
}

/* The largest log-likelihood at a value, by a grid over sigma and a finer one round its best. */
static double
largest_at(double value, int quantity, double argument)
{
    double best = -INFINITY, middle = 0;

    for (double tau = -2.9; tau < 1.38; tau += 0.1) {
        double loglik = loglik_at(value, quantity, argument, exp(tau));

        middle = loglik > best ? tau : middle;
        best = fmax(best, loglik);
    }
    for (double tau = fmax(-2.9, middle - 0.1); tau < fmin(1.38, middle + 0.1); tau += 0.01) {
        best = fmax(best, loglik_at(value, quantity, argument, exp(tau)));
    }
    return best;
}

/* On the edge of an interval the largest log-likelihood is lower by the drop. */
static void
test_limits_lie_on_the_contour(void)
{
    static const double ARGUMENT[] = { 0.5, 0, 180, 100 };

    for (int k = 0; k < 4; k += harness_step(4)) {
        start(mixed(), 0, k);
        for (int q = 0; q < 4; q++) {
            imr_aplasia_limits_t l = limits(q, ARGUMENT[q], 1.5);

            CHECK(0 < l.low && l.low < l.estimate && l.estimate < l.high);
            CHECK(fabs(largest_at(l.low, q, ARGUMENT[q]) - (fit.loglik - 1.5)) < 1e-3);
            CHECK(isinf(l.high)
                || fabs(largest_at(l.high, q, ARGUMENT[q]) - (fit.loglik - 1.5)) < 1e-3);
        }
        end();
    }
}

static void
test_nobody_has_recovered(void)
{
    imr_aplasia_limits_t l;

    put(0, 0, 3, 84, INFINITY);
    put(1, 0, 7, 112, INFINITY);
    start(2, 0, IMR_APLASIA_WEIBULL);
    l = limits(IMR_APLASIA_QUANTILE, 0.5, 1.92);
    CHECK(isinf(l.estimate) && isinf(l.high) && l.low > 20 && l.low < 112);
    l = limits(IMR_APLASIA_MEAN, 0, 1.92);
    CHECK(isinf(l.estimate) && isinf(l.high) && l.low > 20 && l.low < 112);
    l = limits(IMR_APLASIA_SURVIVAL, 60, 1.92);
    CHECK(l.estimate == 1 && l.high == 1 && l.low > 0 && l.low < 1);
    l = limits(IMR_APLASIA_RESTRICTED_MEAN, 90, 1.92);
    CHECK(l.estimate == 90 && l.high == 90 && l.low > 0 && l.low < 90);
    end();
}

static void
test_nobody_was_seen_without_recovery(void)
{
    imr_aplasia_limits_t l;

    put(0, 0, 0, 0, 28);
    put(1, 0, 0, 0, 14);
    start(2, 0, IMR_APLASIA_LOGNORMAL);
    l = limits(IMR_APLASIA_QUANTILE, 0.5, 1.92);
    CHECK(l.estimate == 0 && l.low == 0 && l.high > 14 && isfinite(l.high));
    l = limits(IMR_APLASIA_SURVIVAL, 14, 1.92);
    CHECK(l.estimate == 0 && l.low == 0 && l.high > 0.5 && l.high < 1);
    l = limits(IMR_APLASIA_RESTRICTED_MEAN, 90, 1.92);
    CHECK(l.estimate == 0 && l.low == 0 && l.high > 0 && l.high < 90);
    end();
}

/* A share so near to 0 that all values within the limits are beyond what is looked at, and one whose
 * lower limit alone is. */
static void
test_shares_near_an_end(void)
{
    imr_aplasia_limits_t l;

    put(0, 0, 0, 2, 3);
    put(1, 0, 0, 3, 4);
    start(2, 0, IMR_APLASIA_WEIBULL);
    l = limits(IMR_APLASIA_SURVIVAL, 1e6, 0.01);
    CHECK(l.low == 0 && l.estimate == 0 && l.high == 0);
    l = limits(IMR_APLASIA_SURVIVAL, 90, 1.92);
    CHECK(l.low == 0 && l.estimate == 0 && l.high > 0 && l.high < 0.5);
    end();
}

/* The region holds shapes without a mean: there is no upper limit. */
static void
test_a_loglogistic_mean_may_be_infinite(void)
{
    imr_aplasia_limits_t l;

    put(0, 0, 3, 20, 48);
    put(1, 0, 3, 84, 112);
    put(2, 0, 3, 300, 328);
    put(3, 0, 3, 84, 112);
    start(4, 0, IMR_APLASIA_LOGLOGISTIC);
    l = limits(IMR_APLASIA_MEAN, 0, 1.92);
    CHECK(fit.sigma < 1 && isfinite(l.estimate) && l.low < l.estimate && isinf(l.high));
    end();
    put(0, 0, 3, 4, 5);
    put(2, 0, 3, 3000, INFINITY);
    start(4, 0, IMR_APLASIA_LOGLOGISTIC);
    l = limits(IMR_APLASIA_MEAN, 0, 1.92);
    CHECK(fit.sigma > 1 && isinf(l.estimate) && isinf(l.high) && l.low > 0 && isfinite(l.low));
    CHECK(fabs(largest_at(l.low, IMR_APLASIA_MEAN, 0) - (fit.loglik - 1.92)) < 1e-3);
    end();
}

/* The estimate has the least sigma, and far from it a larger one is more likely: the upper limit is
 * that of the second place. By a grid over sigma and the ratio the drop is 1.9175 at 124, 1.314 at 110. */
static void
test_the_way_to_a_limit_may_leave_the_bound(void)
{
    static const double IN_SECOND[] = { 0, 0, 1, 1, 1, 1, 0, 1 };
    imr_aplasia_limits_t l;

    put(0, 7, 14, 28, INFINITY);
    put(1, 7, 14, 28, 114);
    put(2, 0, 3, 28, 113);
    put(3, 0, 3, 112, 199);
    put(4, 7, 14, 113, 194);
    put(5, 0, 3, 28, 113);
    put(6, 7, 14, 28, INFINITY);
    put(7, 3, 7, 113, 194);
    memcpy(x, IN_SECOND, sizeof(IN_SECOND));
    start(8, 1, IMR_APLASIA_LOGLOGISTIC);
    CHECK(fit.at_bound == -1);
    l = limits(IMR_APLASIA_MEAN, 0, 1.920729410347062);
    CHECK_NEAR(l.high, 124.3442769, 1e-6);
    CHECK_NEAR(l.low, 17.7171, 1e-4);
    end();
}

static void
test_it_can_be_stopped(void)
{
    imr_aplasia_limits_t l;

    start(mixed(), 1, IMR_APLASIA_WEIBULL);
    STOP_AT_EACH_QUESTION(
        imr_aplasia_limits(&l, &fit, &likelihood, IMR_APLASIA_RATIO, 0, 1.92, &sweep.stop, NULL),
        (void) 0);
    STOP_AT_EACH_QUESTION(imr_aplasia_limits(&l, &fit, &likelihood, IMR_APLASIA_QUANTILE, 0.5, 1.92,
                              &sweep.stop, NULL),
        (void) 0);
    end();
}

static void
test_bad_arguments_are_named(void)
{
    imr_aplasia_limits_t l;
    imr_fault_t f;
    double drop;

    start(mixed(), 0, IMR_APLASIA_WEIBULL);
    CHECK(imr_aplasia_limits(&l, &fit, &likelihood, IMR_APLASIA_QUANTILE, 1, 1, NULL, &f)
        == IMR_ERR_PROBABILITY);
    CHECK(strcmp(f.argument, "p") == 0);
    CHECK(imr_aplasia_limits(&l, &fit, &likelihood, IMR_APLASIA_SURVIVAL, 0, 1, NULL, &f)
        == IMR_ERR_NOT_POSITIVE);
    CHECK(strcmp(f.argument, "time") == 0);
    CHECK(imr_aplasia_limits(&l, &fit, &likelihood, IMR_APLASIA_RESTRICTED_MEAN, NAN, 1, NULL, &f)
        == IMR_ERR_NOT_POSITIVE);
    CHECK(strcmp(f.argument, "horizon") == 0);
    CHECK(imr_aplasia_limits(&l, &fit, &likelihood, IMR_APLASIA_RATIO, 0, 1, NULL, &f)
        == IMR_ERR_COUNT);
    CHECK(imr_aplasia_drop(1, &drop, &f) == IMR_ERR_LEVEL);
    end();
}

HARNESS_MAIN({
    RUN(test_exact_lognormal_durations);
    RUN(test_limits_lie_on_the_contour);
    RUN(test_nobody_has_recovered);
    RUN(test_nobody_was_seen_without_recovery);
    RUN(test_shares_near_an_end);
    RUN(test_a_loglogistic_mean_may_be_infinite);
    RUN(test_the_way_to_a_limit_may_leave_the_bound);
    RUN(test_it_can_be_stopped);
    RUN(test_bad_arguments_are_named);
})
