#include "recovery/aplasia_npmle_limits.h"

#include "../stop_sweep.h"
#include "aplasia_npmle_cohort.h"

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

static double
binomial(double s, double above, double below)
{
    return (above > 0 ? above * log(s / (above / (above + below))) : 0)
        + (below > 0 ? below * log((1 - s) / (below / (above + below))) : 0);
}

/* Exact durations, all before or all after the time: limits by the likelihood ratio of a proportion. */
static void
test_limits_of_a_proportion(void)
{
    imr_aplasia_between_t l;

    for (size_t i = 0; i < 10; i++) {
        double t = i < 7 ? 50 + 3 * (double) i : 200 + 5 * (double) i;

        put(i, 1, 1, 1 + t, 1 + t);
    }
    start(10, 1);
    CHECK(imr_aplasia_npmle_survival(&l, &ratio, 100, NULL) == IMR_OK);
    CHECK_NEAR(l.left, 0.3, 1e-12);
    CHECK_NEAR(l.right, 0.3, 1e-12);
    CHECK_NEAR(binomial(l.low, 3, 7), -DROP, 1e-6);
    CHECK_NEAR(binomial(l.high, 3, 7), -DROP, 1e-6);
    CHECK(imr_aplasia_npmle_survival(&l, &ratio, 10, NULL) == IMR_OK);
    CHECK(l.left == 1 && l.right == 1 && l.low == 1 && l.high == 1); /* no mass can lie before it */
    CHECK(imr_aplasia_npmle_survival(&l, &ratio, 300, NULL) == IMR_OK);
    CHECK(l.left == 0 && l.low == 0 && l.high == 0);
    end();
}

/* The median of ten exact durations: limits are those times at which the share of 1/2 is within the
 * limits of a proportion, here from the third to the eighth (2 of 10 has them from 0.038 to 0.50). */
static void
test_limits_of_the_median(void)
{
    imr_aplasia_between_t l;

    for (size_t i = 0; i < 10; i++) {
        put(i, 1, 1, 11 + 10 * (double) i, 11 + 10 * (double) i);
    }
    start(10, 1);
    CHECK(binomial(0.5, 2, 8) < -DROP && binomial(0.5, 3, 7) > -DROP);
    CHECK(imr_aplasia_npmle_quantile(&l, &ratio, 0.5, NULL) == IMR_OK);
    CHECK(l.left == 50 && l.right == 60); /* the curve is flat at 1/2 */
    CHECK(l.low == 30 && l.high == 80);
    end();
}

static void
test_what_is_not_determined(void)
{
    imr_aplasia_between_t l;

    put(0, 0, 2, 84, 112);
    put(1, 1, 1, 140, INFINITY);
    start(2, 1);
    CHECK(imr_aplasia_npmle_survival(&l, &ratio, 100, NULL) == IMR_OK);
    CHECK(fabs(l.left - 0.5) < 1e-9 && fabs(l.right - 1) < 1e-9);
    CHECK(l.low < 0.1 && l.high == 1);
    CHECK(imr_aplasia_npmle_quantile(&l, &ratio, 0.9, NULL) == IMR_OK);
    CHECK(l.left == 139 && isinf(l.right) && isinf(l.high));
    CHECK(imr_aplasia_npmle_mean(&l, &ratio, 100, NULL) == IMR_OK);
    CHECK_NEAR(l.left, 0.5 * 83 + 50, 1e-9);
    CHECK_NEAR(l.right, 100, 1e-9);
    end();
}

/* The largest log-likelihood with a mass of `early` up to a day: one mass a day, by 800 rounds of
 * expectation and maximisation, so from below. */
static double
largest_with(double early, size_t day)
{
    static double mass[400], fresh[400];
    size_t n_days = 400;
    double loglik = 0;

    for (size_t t = 0; t < n_days; t++) {
        mass[t] = t <= day ? early / (double) (day + 1) : (1 - early) / (double) (n_days - day - 1);
    }
    for (int round = 0; round < 800; round++) {
        double before = 0, after = 0;

        loglik = 0;
        memset(fresh, 0, sizeof(fresh));
        for (size_t i = 0; i < rows.n; i++) {
            double first = rows.onset_left[i] + (rows.onset_left[i] < rows.onset_right[i]);
            double left = rows.recovery_left[i], right = rows.recovery_right[i], p = 0;
            double days = rows.onset_right[i] - first + 1;

            for (int fill = 0; fill < 2; fill++) {
                for (double u = first; u <= rows.onset_right[i]; u++) {
                    size_t low = (size_t) (left - u + (left < right));
                    size_t high = isinf(right) ? n_days - 1 : (size_t) (right - u);

                    for (size_t t = low; t <= high; t++) {
                        *(fill ? &fresh[t] : &p) += mass[t] / days / (fill ? p : 1);
                    }
                }
            }
            loglik += log(p);
        }
        for (size_t t = 0; t < n_days; t++) {
            *(t <= day ? &before : &after) += fresh[t];
        }
        for (size_t t = 0; t < n_days; t++) {
            mass[t] = t <= day ? early * fresh[t] / before : (1 - early) * fresh[t] / after;
        }
    }
    return loglik;
}

/* Limits enclose the estimate, and at a limit the largest log-likelihood is lower by the drop. */
static void
test_limits_of_cohorts(void)
{
    for (unsigned seed = 1; seed < 10; seed += 2) {
        static const double TIME[] = { 20, 60, 100 };
        imr_aplasia_between_t l;

        start(cohort(seed), 1);
        for (int k = 0; k < 3; k++) {
            CHECK(imr_aplasia_npmle_survival(&l, &ratio, TIME[k] + 0.5, NULL) == IMR_OK);
            CHECK(0 <= l.low && l.low <= l.left && l.left <= l.right && l.right <= l.high
                && l.high <= 1);
            CHECK(l.high == 1 || l.high == l.right
                || fabs(largest_with(1 - l.high, (size_t) TIME[k]) - ratio.loglik + DROP) < 0.02);
            CHECK(l.low == 0 || l.low == l.left
                || fabs(largest_with(1 - l.low, (size_t) TIME[k]) - ratio.loglik + DROP) < 0.02);
        }
        CHECK(imr_aplasia_npmle_quantile(&l, &ratio, 0.5, NULL) == IMR_OK);
        CHECK(0 <= l.low && l.low <= l.left && l.left <= l.right && l.right <= l.high);
        /* a day nearer the median a half may have come up to, a day further not */
        CHECK(l.low < 1 || largest_with(0.5, (size_t) l.low - 1) < ratio.loglik - DROP + 0.02);
        CHECK(
            l.low == l.left || largest_with(0.5, (size_t) l.low + 1) > ratio.loglik - DROP - 0.02);
        CHECK(isinf(l.high) || l.high == l.right
            || largest_with(0.5, (size_t) l.high - 1) > ratio.loglik - DROP - 0.02);
        CHECK(isinf(l.high) || largest_with(0.5, (size_t) l.high) < ratio.loglik - DROP + 0.02);
        end();
    }
}

static void
test_estimated_onsets_have_no_limits(void)
{
    imr_aplasia_between_t l;

    start(cohort(7), 0);
    CHECK(imr_aplasia_npmle_survival(&l, &ratio, 60, NULL) == IMR_OK && isnan(l.low));
    CHECK(l.left <= l.right && isnan(l.high));
    CHECK(imr_aplasia_npmle_quantile(&l, &ratio, 0.5, NULL) == IMR_OK && isnan(l.low));
    end();
}

static void
test_bad_arguments_are_named(void)
{
    imr_aplasia_between_t l;
    imr_fault_t f;

    start(cohort(7), 1);
    CHECK(imr_aplasia_npmle_survival(&l, &ratio, NAN, &f) == IMR_ERR_NONFINITE);
    CHECK(imr_aplasia_npmle_survival(&l, &ratio, -1, &f) == IMR_ERR_NEGATIVE);
    CHECK(imr_aplasia_npmle_quantile(&l, &ratio, 1, &f) == IMR_ERR_PROBABILITY);
    end();
}

static void
test_they_can_be_stopped(void)
{
    imr_aplasia_between_t l;

    start(cohort(7), 1);
    STOP_AT_EACH_QUESTION(
        (ratio.stop = &sweep.stop, imr_aplasia_npmle_survival(&l, &ratio, 60, NULL)), (void) 0);
    STOP_AT_EACH_QUESTION(
        (ratio.stop = &sweep.stop, imr_aplasia_npmle_quantile(&l, &ratio, 0.5, NULL)), (void) 0);
    end();
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    imr_aplasia_between_t l;

    start(cohort(7), 1);
    FAIL_EACH_ALLOCATION(imr_aplasia_npmle_survival(&l, &ratio, 60, NULL), IMR_ERR_NOMEM, (void) 0);
    FAIL_EACH_ALLOCATION(
        imr_aplasia_npmle_quantile(&l, &ratio, 0.5, NULL), IMR_ERR_NOMEM, (void) 0);
    end();
}

HARNESS_MAIN({
    RUN(test_limits_of_a_proportion);
    RUN(test_limits_of_the_median);
    RUN(test_what_is_not_determined);
    RUN(test_limits_of_cohorts);
    RUN(test_estimated_onsets_have_no_limits);
    RUN(test_bad_arguments_are_named);
    RUN(test_they_can_be_stopped);
    RUN(test_no_allocation_is_taken_for_granted);
})
