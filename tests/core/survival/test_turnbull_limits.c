#include "survival/turnbull_limits.h"

#include "turnbull_fit.h"

/* 0.95 quantile of chi-squared on one degree of freedom */
static const double DROP = 3.8414588206941258;

static int
at(const double *left, const double *right, size_t n, double time, double *low, double *high)
{
    imr_turnbull_limits_t job;
    int status = imr_turnbull_limits_init(&job, left, right, NULL, n, 1, 0.95, NULL, NULL);

    if (status == IMR_OK) {
        status = imr_turnbull_survival_limits(&job, time, low, high, NULL);
    }
    imr_turnbull_limits_free(&job);
    imr_turnbull_limits_free(&job);
    return status;
}

/* Nobody with an event by the last visit: n log S = -drop / 2. */
static void
test_nobody_with_an_event(void)
{
    double left[] = { 84, 84, 84, 84, 112 };
    double right[] = { INFINITY, INFINITY, INFINITY, INFINITY, INFINITY }, low, high;

    CHECK(at(left, right, 5, 84, &low, &high) == IMR_OK);
    CHECK_NEAR(low, exp(-DROP / 10), 1e-9);
    CHECK(high == 1);
    CHECK(at(left, right, 5, 100, &low, &high) == IMR_OK); /* only one was seen so late */
    CHECK_NEAR(low, exp(-DROP / 2), 1e-9);
    CHECK(at(left, right, 5, 113, &low, &high) == IMR_OK);
    CHECK(low == 0 && high == 1);
    CHECK(at(left, right, 5, 0, &low, &high) == IMR_OK);
    CHECK(low == 1 && high == 1);
    CHECK(at(left, right, 5, INFINITY, &low, &high) == IMR_OK);
    CHECK(low == 0 && high == 0);
    CHECK(at(left, right, 5, -3, &low, &high) == IMR_OK);
    CHECK(low == 1 && high == 1);
}

/* Half of them by a visit at which all were seen: the binomial likelihood. */
static void
test_one_visit_is_binomial(void)
{
    enum { N = 12, K = 4 };
    double left[N], right[N], low, high, times[] = { 28, 20, 28 + 1e-12, 40 };

    for (int i = 0; i < N; i++) {
        left[i] = i < K ? 0 : 28;
        right[i] = i < K ? 28 : INFINITY;
    }
    for (int t = 0; t < 4; t++) {
        double p = (double) K / N, best = K * log(p) + (N - K) * log1p(-p);
        double limits[2];

        CHECK(at(left, right, N, times[t], &low, &high) == IMR_OK);
        limits[0] = low;
        limits[1] = high;
        for (int side = 0; side < 2; side++) {
            double s = limits[side];

            if ((t == 1 && side == 1) || (t == 3 && side == 0)) {
                CHECK(s == (side == 1 ? 1 : 0)); /* inside an interval nothing bounds that side */
                continue;
            }
            CHECK_NEAR(2 * (best - K * log1p(-s) - (N - K) * log(s)), DROP, 1e-8);
        }
    }
}

/* Of exact times without censoring the likelihood is binomial too: Thomas and Grunkemeier 1975. */
static void
test_exact_times(void)
{
    double time[] = { 3, 5, 6, 9, 12 }, low, high, best = 2 * log(0.4) + 3 * log(0.6);

    CHECK(at(time, time, 5, 5.5, &low, &high) == IMR_OK);
    CHECK_NEAR(2 * (best - 2 * log1p(-low) - 3 * log(low)), DROP, 1e-8);
    CHECK_NEAR(2 * (best - 2 * log1p(-high) - 3 * log(high)), DROP, 1e-8);
    CHECK(low < 0.6 && high > 0.6);
}

/* Limits hold the estimate, fall with time, and become wider with the level. */
static void
test_order(void)
{
    enum { N = 40 };
    double left[N], right[N];

    for (uint64_t seed = 1; seed < 6; seed += (uint64_t) harness_step(2)) {
        imr_turnbull_limits_t narrow, wide;
        double before_low = 1, before_high = 1;

        visits(left, right, N, 0.1 * (double) (seed % 3), seed);
        CHECK(
            imr_turnbull_limits_init(&narrow, left, right, NULL, N, 1, 0.8, NULL, NULL) == IMR_OK);
        CHECK(imr_turnbull_limits_init(&wide, left, right, NULL, N, 1, 0.95, NULL, NULL) == IMR_OK);
        for (double time = 0; time < 400; time += 7) {
            double low, high, lower, higher;

            CHECK(imr_turnbull_survival_limits(&narrow, time, &low, &high, NULL) == IMR_OK);
            CHECK(imr_turnbull_survival_limits(&wide, time, &lower, &higher, NULL) == IMR_OK);
            CHECK(lower <= low && low <= high && high <= higher);
            CHECK(lower <= before_low + 1e-9 && higher <= before_high + 1e-9);
            before_low = lower;
            before_high = higher;
        }
        imr_turnbull_limits_free(&narrow);
        imr_turnbull_limits_free(&wide);
    }
}

/* A time belongs to the limits of a quantile if and only if its own limits hold the share. */
static void
test_quantiles_invert_the_limits(void)
{
    enum { N = 25 };
    double left[N], right[N];

    for (uint64_t seed = 1; seed < 6; seed += (uint64_t) harness_step(2)) {
        imr_turnbull_limits_t job;

        visits(left, right, N, 0.2, seed);
        CHECK(imr_turnbull_limits_init(&job, left, right, NULL, N, 1, 0.9, NULL, NULL) == IMR_OK);
        for (double p = 0.2; p < 0.9; p += 0.2) {
            double from, to;

            CHECK(imr_turnbull_quantile_limits(&job, p, &from, &to, NULL) == IMR_OK);
            CHECK(from <= to);
            for (double time = 0.25; time < 420; time += 3.5) {
                double low, high;

                CHECK(imr_turnbull_survival_limits(&job, time, &low, &high, NULL) == IMR_OK);
                if (time > from && time < to) {
                    CHECK(low <= 1 - p + 1e-9 && high >= 1 - p - 1e-9);
                } else if (time != from && time != to) {
                    CHECK(low > 1 - p || high < 1 - p);
                }
            }
        }
        imr_turnbull_limits_free(&job);
    }
}

static void
test_it_can_be_stopped(void)
{
    enum { N = 20000 };
    double *left = malloc(N * sizeof(double)), *right = malloc(N * sizeof(double));
    int questions = 0;
    imr_stop_t stop = { harness_stop, &questions, 0 };
    imr_turnbull_limits_t job;

    visits(left, right, N, 0.5, 3);
    CHECK(imr_turnbull_limits_init(&job, left, right, NULL, N, 1, 0.95, &stop, NULL)
        == IMR_ERR_STOPPED);
    CHECK(questions == 1);
    free(left);
    free(right);
}

static void
test_what_is_wrong_is_named(void)
{
    double left[] = { 0, 5 }, right[] = { 3, INFINITY }, low, high;
    imr_turnbull_limits_t job;
    imr_fault_t fault;

    CHECK(
        imr_turnbull_limits_init(&job, left, right, NULL, 2, 1, 1, NULL, &fault) == IMR_ERR_LEVEL);
    CHECK(imr_turnbull_limits_init(&job, right, left, NULL, 2, 1, 0.9, NULL, &fault)
        == IMR_ERR_LEFT_AFTER_RIGHT);
    CHECK(imr_turnbull_limits_init(&job, left, right, NULL, 2, 1, 0.9, NULL, &fault) == IMR_OK);
    CHECK(imr_turnbull_survival_limits(&job, NAN, &low, &high, &fault) == IMR_ERR_NONFINITE);
    CHECK(imr_turnbull_quantile_limits(&job, 1, &low, &high, &fault) == IMR_ERR_PROBABILITY);
    imr_turnbull_limits_free(&job);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    enum { N = 30 };
    double left[N], right[N], low, high;

    visits(left, right, N, 0.2, 11);
    FAIL_EACH_ALLOCATION(at(left, right, N, 84, &low, &high), IMR_ERR_NOMEM, (void) low);
}

/* Entries at the origin change no limit; with later ones both fall with time and hold the estimate. */
static void
test_limits_with_entries(void)
{
    enum { N = 40 };
    double left[N], right[N], entry[N];
    imr_turnbull_limits_t plain, job;
    double low, high, l, h, before[2] = { 1, 1 };

    visits(left, right, N, 0.2, 21);
    for (size_t i = 0; i < N; i++) {
        entry[i] = -INFINITY;
    }
    CHECK(imr_turnbull_limits_init(&plain, left, right, NULL, N, 1, 0.95, NULL, NULL) == IMR_OK);
    CHECK(imr_turnbull_limits_init(&job, left, right, entry, N, 1, 0.95, NULL, NULL) == IMR_OK);
    for (double time = 0; time < 400; time += 19) {
        CHECK(imr_turnbull_survival_limits(&plain, time, &low, &high, NULL) == IMR_OK);
        CHECK(imr_turnbull_survival_limits(&job, time, &l, &h, NULL) == IMR_OK);
        CHECK(fabs(l - low) < 1e-8 && fabs(h - high) < 1e-8);
    }
    CHECK(imr_turnbull_quantile_limits(&plain, 0.5, &low, &high, NULL) == IMR_OK);
    CHECK(imr_turnbull_quantile_limits(&job, 0.5, &l, &h, NULL) == IMR_OK);
    CHECK(l == low && h == high);
    imr_turnbull_limits_free(&plain);
    imr_turnbull_limits_free(&job);
    for (size_t i = 0; i < N; i++) {
        entry[i] = 2 + (i % 3 == 0 ? 0 : floor(0.4 * left[i]));
        left[i] += 2;
        right[i] += 3;
    }
    CHECK(imr_turnbull_limits_init(&job, left, right, entry, N, 1, 0.95, NULL, NULL) == IMR_OK);
    CHECK(imr_turnbull_survival_limits(&job, 2, &l, &h, NULL) == IMR_OK);
    CHECK(l == 1 && h == 1); /* up to the first entry nothing can have happened */
    for (double time = 2; time < 400; time += 19) {
        CHECK(imr_turnbull_survival_limits(&job, time, &l, &h, NULL) == IMR_OK);
        CHECK(l >= 0 && l <= h && h <= 1 && l <= before[0] + 1e-8 && h <= before[1] + 1e-8);
        before[0] = l;
        before[1] = h;
    }
    imr_turnbull_limits_free(&job);
}

static int
limits_with_entries(double *low)
{
    double left[] = { 2, 5, 3, 8 }, right[] = { 4, 7, INFINITY, INFINITY };
    double entry[] = { 0, 1, 2, 0 }, high;
    imr_turnbull_limits_t job;
    int status = imr_turnbull_limits_init(&job, left, right, entry, 4, 1, 0.95, NULL, NULL);

    if (status == IMR_OK) {
        status = imr_turnbull_survival_limits(&job, 5, low, &high, NULL);
        imr_turnbull_limits_free(&job);
    }
    return status;
}

static void
test_no_allocation_with_entries_is_taken_for_granted(void)
{
    double low = 0;

    FAIL_EACH_ALLOCATION(limits_with_entries(&low), IMR_ERR_NOMEM, (void) low);
}

HARNESS_MAIN({
    RUN(test_nobody_with_an_event);
    RUN(test_one_visit_is_binomial);
    RUN(test_exact_times);
    RUN(test_order);
    RUN(test_quantiles_invert_the_limits);
    RUN(test_it_can_be_stopped);
    RUN(test_what_is_wrong_is_named);
    RUN(test_no_allocation_is_taken_for_granted);
    RUN(test_limits_with_entries);
    RUN(test_no_allocation_with_entries_is_taken_for_granted);
})
