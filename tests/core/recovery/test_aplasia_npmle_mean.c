#include "../stop_sweep.h"
#include "aplasia_npmle_cohort.h"
#include "recovery/aplasia_npmle_limits.h"

#define DROP 1.920729410347062

static imr_aplasia_rows_t rows;
static imr_aplasia_npmle_t npmle;
static imr_aplasia_ratio_t ratio;

static void
start(size_t n, int is_uniform)
{
    imr_aplasia_npmle_fit_t fit;

    begin(&rows, n, 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, is_uniform, -1, NULL) == IMR_OK);
    CHECK(imr_aplasia_npmle_fit(&npmle, &fit, NULL, NULL) == IMR_OK);
    ratio = (imr_aplasia_ratio_t) { &rows, &npmle, fit.loglik, DROP, NULL };
}

static void
end(void)
{
    imr_aplasia_npmle_free(&npmle);
    imr_aplasia_rows_free(&rows);
}

static imr_aplasia_between_t
mean(double horizon)
{
    imr_aplasia_between_t l = { 0 };

    CHECK(imr_aplasia_npmle_mean(&l, &ratio, horizon, NULL) == IMR_OK);
    CHECK(0 <= l.low && l.low <= l.left && l.left <= l.right && l.right <= l.high);
    CHECK(l.high <= horizon);
    return l;
}

/* Seven durations of 10 days and three of 200: a mean is a share, with the limits of a proportion, as long
 * as no third time helps: here 0 and 250 days would cost more. */
static void
test_two_exact_times_are_a_proportion(void)
{
    imr_aplasia_between_t l;
    double low, high;

    for (size_t i = 0; i < 10; i++) {
        double t = i < 7 ? 10 : 200;

        put(i, 1, 1, 1 + t, 1 + t);
    }
    start(10, 1);
    l = mean(250);
    CHECK_NEAR(l.left, 67, 1e-12);
    CHECK_NEAR(l.right, 67, 1e-12);
    low = (l.low - 10) / 190;
    high = (l.high - 10) / 190;
    CHECK_NEAR(3 * log(low / 0.3) + 7 * log((1 - low) / 0.7), -DROP, 1e-7);
    CHECK_NEAR(3 * log(high / 0.3) + 7 * log((1 - high) / 0.7), -DROP, 1e-7);
    end();
}

/* Owen's empirical likelihood of a mean: shares 1 / (n (1 + slope (t - mean))). */
static void
test_exact_times_have_the_limits_of_empirical_likelihood(void)
{
    static const double TIME[] = { 4, 60, 85, 130, 150, 190, 200, 230 };
    enum { N = 40 };
    imr_aplasia_between_t l;

    for (size_t i = 0; i < N; i++) {
        put(i, 3, 3, 3 + TIME[i / 5], 3 + TIME[i / 5]);
    }
    start(N, 1);
    l = mean(250);
    for (int side = 0; side < 2; side++) {
        double m = side ? l.high : l.low, low = -1 / (230 - m), high = 1 / (m - 4), value = 0;

        for (int k = 0; k < 100; k++) { /* the sum below falls */
            double slope = 0.5 * (low + high), sum = 0;

            for (int i = 0; i < N; i++) {
                sum += (TIME[i / 5] - m) / (1 + slope * (TIME[i / 5] - m));
            }
            *(sum > 0 ? &low : &high) = slope;
        }
        CHECK(1 - low * m > 0 && 1 + low * (250 - m) > 0); /* no time but those is worth a mass */
        for (int i = 0; i < N; i++) {
            value += log1p(low * (TIME[i / 5] - m));
        }
        CHECK_NEAR(value, DROP, 1e-7);
    }
    end();
}

/* All 5 durations are 100 days: a mass e at 0, or at the horizon, makes the log-likelihood 5 log(1 - e). */
static void
test_a_mass_that_no_row_needs(void)
{
    imr_aplasia_between_t l;

    for (size_t i = 0; i < 5; i++) {
        put(i, 0, 0, 100, 100);
    }
    start(5, 1);
    l = mean(300);
    CHECK_NEAR(l.left, 100, 1e-12);
    CHECK_NEAR(l.low, 100 * exp(-DROP / 5), 1e-4);
    CHECK_NEAR(l.high, 300 - 200 * exp(-DROP / 5), 1e-4);
    end();
}

static void
test_nobody_has_recovered(void)
{
    imr_aplasia_between_t l;

    for (size_t i = 0; i < 5; i++) {
        put(i, 0, 3, 84, INFINITY);
    }
    start(5, 1);
    l = mean(300);
    CHECK(l.high == 300 && l.right == 300 && fabs(l.left - 83) < 1e-9);
    CHECK(l.low > 40 && l.low < 83);
    CHECK(mean(83.3).right == 83.3); /* however the masses are rounded */
    l = mean(50); /* all outlast it */
    CHECK(l.left == 50 && l.high == 50 && l.low < 50);
    end();
}

/* The largest log-likelihood with a mean: one mass a day, by 600 rounds of expectation and maximisation with
 * Lagrange's multiplier, so from below. */
static double
largest_with(double m, int is_upper, double horizon)
{
    enum { DAYS = 400 };
    static double mass[DAYS], fresh[DAYS], time[DAYS];
    double loglik = 0, n = (double) rows.n;

    for (size_t t = 0; t < DAYS; t++) {
        mass[t] = 1.0 / DAYS;
        time[t] = fmin(horizon, t == DAYS - 1 ? horizon : (double) (t - (t > 0 && !is_upper)));
    }
    for (size_t i = 0; i < rows.n; i++) { /* exact durations are times, not days up to one */
        double first = rows.onset_left[i] + (rows.onset_left[i] < rows.onset_right[i]);

        for (double u = first; u <= rows.onset_right[i] && c[i] == d[i]; u++) {
            time[(size_t) (d[i] - u)] = fmin(horizon, d[i] - u);
        }
    }
    for (int round = 0; round < 600; round++) {
        double low = -1 / (horizon - m), high = 1 / m;

        loglik = 0;
        memset(fresh, 0, sizeof(fresh));
        for (size_t i = 0; i < rows.n; i++) {
            double first = rows.onset_left[i] + (rows.onset_left[i] < rows.onset_right[i]);
            double left = rows.recovery_left[i], right = rows.recovery_right[i], p = 0;
            double days = rows.onset_right[i] - first + 1;

            for (int fill = 0; fill < 2; fill++) {
                for (double u = first; u <= rows.onset_right[i]; u++) {
                    size_t begin = (size_t) (left - u + (left < right));
                    size_t end = isinf(right) ? DAYS - 1 : (size_t) (right - u);

                    for (size_t t = begin; t <= end; t++) {
                        *(fill ? &fresh[t] : &p) += mass[t] / days / (fill ? p : 1);
                    }
                }
            }
            loglik += log(p);
        }
        for (int k = 0; k < 60; k++) {
            double slope = 0.5 * (low + high), sum = 0;

            for (size_t t = 0; t < DAYS; t++) {
                sum += fresh[t] > 0 ? fresh[t] * (time[t] - m) / (1 + slope * (time[t] - m)) : 0;
            }
            *(sum > 0 ? &low : &high) = slope;
        }
        for (size_t t = 0; t < DAYS; t++) {
            mass[t] = fresh[t] / n / (1 + low * (time[t] - m));
        }
    }
    return loglik;
}

static void
test_limits_of_cohorts(void)
{
    for (unsigned seed = 1; seed < 10; seed += 2) {
        imr_aplasia_between_t l;

        start(cohort(seed), 1);
        l = mean(200);
        CHECK(l.low == l.left || fabs(largest_with(l.low, 0, 200) - ratio.loglik + DROP) < 0.02);
        CHECK(l.high == l.right || l.high == 200
            || fabs(largest_with(l.high, 1, 200) - ratio.loglik + DROP) < 0.02);
        end();
    }
}

static void
test_estimated_onsets_have_no_limits(void)
{
    imr_aplasia_between_t l;

    start(cohort(7), 0);
    CHECK(imr_aplasia_npmle_mean(&l, &ratio, 100, NULL) == IMR_OK);
    CHECK(l.left <= l.right && isnan(l.low) && isnan(l.high));
    end();
}

static void
test_bad_arguments_are_named(void)
{
    imr_aplasia_between_t l;
    imr_fault_t f;

    start(cohort(7), 1);
    CHECK(imr_aplasia_npmle_mean(&l, &ratio, 0, &f) == IMR_ERR_NOT_POSITIVE);
    CHECK(strcmp(f.argument, "horizon") == 0);
    CHECK(imr_aplasia_npmle_mean(&l, &ratio, INFINITY, &f) == IMR_ERR_NOT_POSITIVE);
    end();
}

static void
test_it_can_be_stopped(void)
{
    imr_aplasia_between_t l;

    start(cohort(7), 1);
    STOP_AT_EACH_QUESTION(
        (ratio.stop = &sweep.stop, imr_aplasia_npmle_mean(&l, &ratio, 100, NULL)), (void) 0);
    end();
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    imr_aplasia_between_t l;

    start(cohort(7), 1);
    FAIL_EACH_ALLOCATION(imr_aplasia_npmle_mean(&l, &ratio, 100, NULL), IMR_ERR_NOMEM, (void) 0);
    end();
}

HARNESS_MAIN({
    RUN(test_two_exact_times_are_a_proportion);
    RUN(test_exact_times_have_the_limits_of_empirical_likelihood);
    RUN(test_a_mass_that_no_row_needs);
    RUN(test_nobody_has_recovered);
    RUN(test_limits_of_cohorts);
    RUN(test_estimated_onsets_have_no_limits);
    RUN(test_bad_arguments_are_named);
    RUN(test_it_can_be_stopped);
    RUN(test_no_allocation_is_taken_for_granted);
})
