#include "recovery/reconstitution_limits.h"

#include "reconstitution_fit.h"

#define INF INFINITY
#define CHI_95 3.841458820694124 /* qchisq(0.95, 1) in R */

static int
limits_at(const double *left, const double *right, const double *competing, size_t n, double time,
    double *low, double *high, imr_fault_t *fault)
{
    imr_reconstitution_rows_t rows;
    imr_reconstitution_limits_t limits;
    int status =
        imr_reconstitution_rows_init(&rows, left, right, competing, NULL, 1, n, 0, 1, fault);

    if (status == IMR_OK) {
        status = imr_reconstitution_limits_init(&limits, &rows, NULL, 0, 0.95, NULL, fault);
    }
    if (status == IMR_OK) {
        status = imr_reconstitution_limits_at(&limits, time, low, high, fault);
    }
    imr_reconstitution_rows_free(&rows);
    return status;
}

static int
limits_of_median(const double *left, const double *right, const double *competing, size_t n,
    double *low, double *high)
{
    imr_reconstitution_rows_t rows;
    imr_reconstitution_limits_t limits;
    int status;

    CHECK(imr_reconstitution_rows_init(&rows, left, right, competing, NULL, 1, n, 0, 1, NULL)
        == IMR_OK);
    CHECK(imr_reconstitution_limits_init(&limits, &rows, NULL, 0, 0.95, NULL, NULL) == IMR_OK);
    status = imr_reconstitution_limits_quantile(&limits, 0.5, low, high, NULL);
    imr_reconstitution_rows_free(&rows);
    return status;
}

/* Twice the log-likelihood ratio of k of n at the rate p. */
static double
ratio(double k, double n, double p)
{
    double yes = k > 0 ? k * log(k / n / p) : 0;

    return 2 * (yes + (n - k > 0 ? (n - k) * log((n - k) / n / (1 - p)) : 0));
}

/* One visit of ten: a binomial proportion, by bisection of its likelihood ratio. */
static void
test_of_one_visit_they_are_binomial(void)
{
    for (int k = 0; k <= 10; k++) {
        double left[10], right[10], low, high;

        for (int i = 0; i < 10; i++) {
            left[i] = i < k ? 0 : 28;
            right[i] = i < k ? 28 : INF;
        }
        CHECK(limits_at(left, right, NULL, 10, 28, &low, &high, NULL) == IMR_OK);
        CHECK(k == 0 ? low == 0 : fabs(ratio(k, 10, low) - CHI_95) < 1e-8);
        CHECK(k == 10 ? high == 1 : fabs(ratio(k, 10, high) - CHI_95) < 1e-8);
        CHECK(low <= k / 10.0 && k / 10.0 <= high);
    }
}

/* Day 14 lies inside (0, 28]: the three may all have come back later, or before. */
static void
test_inside_an_interval_both_ends_are_allowed(void)
{
    double left[] = { 0, 0, 0, 28, 28 }, right[] = { 28, 28, 28, INF, INF }, low, high, at_28;

    CHECK(limits_at(left, right, NULL, 5, 28, &low, &at_28, NULL) == IMR_OK);
    CHECK(limits_at(left, right, NULL, 5, 14, &low, &high, NULL) == IMR_OK);
    CHECK(low == 0);
    CHECK_NEAR(high, at_28, 1e-9);
    /* after the last censoring the rest may have returned, or never */
    CHECK(limits_at(left, right, NULL, 5, 40, &low, &high, NULL) == IMR_OK);
    CHECK(fabs(ratio(3, 5, low) - CHI_95) < 1e-8 && high == 1);
}

static void
test_one_patient(void)
{
    double left[] = { 28, 28, 28 }, right[] = { 56, INF, INF }, competing[] = { INF, 40, INF };
    double low, high, least = exp(-CHI_95 / 2);

    CHECK(limits_at(left, right, competing, 1, 56, &low, &high, NULL) == IMR_OK);
    CHECK_NEAR(low, least, 1e-9);
    CHECK(high == 1);
    CHECK(limits_at(left + 1, right + 1, competing + 1, 1, 56, &low, &high, NULL) == IMR_OK);
    CHECK(low == 0);
    CHECK_NEAR(high, 1 - least, 1e-9);
    CHECK(limits_at(left + 2, right + 2, competing + 2, 1, 28, &low, &high, NULL) == IMR_OK);
    CHECK(low == 0);
    CHECK_NEAR(high, 1 - least, 1e-9);
    CHECK(limits_at(left + 2, right + 2, competing + 2, 1, 0, &low, &high, NULL) == IMR_OK);
    CHECK(low == 0);
    CHECK_NEAR(high, 1 - least, 1e-9);
}

static void
test_limits_rise_with_time_and_enclose_the_curve(void)
{
    double left[40], right[40], competing[40];
    size_t n[] = { 3, 5, 15, 40 };
    double every[] = { 14, 28, 84, 28.25 };

    for (uint64_t seed = 0; seed < 64; seed++) {
        size_t size = n[seed % 4];
        imr_reconstitution_estimate_t e;
        double before[2] = { 0, 0 };

        visits(left, right, competing, size, every[seed / 4 % 4], seed + 1);
        CHECK(fit(&e, left, right, competing, size, NULL) == IMR_OK);
        for (double time = 0; time < 400; time += 29.5) {
            double low, high, least = 0, most = 0;

            CHECK(limits_at(left, right, competing, size, time, &low, &high, NULL) == IMR_OK);
            for (size_t j = 0; j < e.n_support; j++) {
                least += e.right[j] <= time ? e.mass[j] : 0;
                most += e.left[j] < time ? e.mass[j] : 0;
            }
            CHECK(low <= least + 1e-9 && most <= high + 1e-9);
            CHECK(low >= before[0] - 1e-8 && high >= before[1] - 1e-8 && high <= 1 && low >= 0);
            before[0] = low;
            before[1] = high;
        }
        imr_free(e.block);
    }
}

/* Ten at one visit on day 28, k with B cells: 50% is compatible from k = 2 of 10 on. */
static void
test_median(void)
{
    double left[10], right[10], low, high;

    for (int k = 0; k <= 10; k++) {
        for (int i = 0; i < 10; i++) {
            left[i] = i < k ? 0 : 28;
            right[i] = i < k ? 28 : INF;
        }
        CHECK(limits_of_median(left, right, NULL, 10, &low, &high) == IMR_OK);
        if (ratio(k, 10, 0.5) <= CHI_95 || k > 5) {
            CHECK(low == 0); /* just after day 0 */
        } else {
            CHECK(low == 28); /* just after day 28 */
        }
        CHECK(ratio(k, 10, 0.5) > CHI_95 && k > 5 ? high == 28 : isinf(high));
    }
}

static void
test_bad_input(void)
{
    double left[] = { 0 }, right[] = { 28 }, low, high;
    imr_fault_t fault = { 0 };
    imr_reconstitution_rows_t rows;
    imr_reconstitution_limits_t limits;

    CHECK(limits_at(left, right, NULL, 1, -1, &low, &high, &fault) == IMR_ERR_NEGATIVE);
    CHECK(strcmp(fault.argument, "times") == 0);
    CHECK(limits_at(left, right, NULL, 1, NAN, &low, &high, &fault) == IMR_ERR_NONFINITE);
    CHECK(limits_at(left, right, NULL, 1, INF, &low, &high, &fault) == IMR_ERR_NONFINITE);
    CHECK(imr_reconstitution_rows_init(&rows, left, right, NULL, NULL, 1, 1, 0, 1, NULL) == IMR_OK);
    CHECK(
        imr_reconstitution_limits_init(&limits, &rows, NULL, 0, 1, NULL, &fault) == IMR_ERR_LEVEL);
    CHECK(imr_reconstitution_limits_init(&limits, &rows, NULL, 0, 0.9, NULL, &fault) == IMR_OK);
    CHECK(
        imr_reconstitution_limits_quantile(&limits, 1, &low, &high, &fault) == IMR_ERR_PROBABILITY);
    imr_reconstitution_rows_free(&rows);
}

static void
test_a_stop_is_heard(void)
{
    double left[] = { 0 }, right[] = { 28 };
    imr_stop_t stop = { .asked = harness_stop, .work = 2e7 };
    imr_reconstitution_rows_t rows;
    imr_reconstitution_limits_t limits;

    CHECK(imr_reconstitution_rows_init(&rows, left, right, NULL, NULL, 1, 1, 0, 1, NULL) == IMR_OK);
    CHECK(imr_reconstitution_limits_init(&limits, &rows, NULL, 0, 0.9, &stop, NULL)
        == IMR_ERR_STOPPED);
    imr_reconstitution_rows_free(&rows);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    double left[] = { 0, 1, 1, 2.5 }, right[] = { 2, 3, INF, INF };
    double competing[] = { INF, INF, 2, INF }, low, high;

    FAIL_EACH_ALLOCATION(
        limits_at(left, right, competing, 4, 2, &low, &high, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_of_one_visit_they_are_binomial);
    RUN(test_inside_an_interval_both_ends_are_allowed);
    RUN(test_one_patient);
    RUN(test_limits_rise_with_time_and_enclose_the_curve);
    RUN(test_median);
    RUN(test_bad_input);
    RUN(test_a_stop_is_heard);
    RUN(test_no_allocation_is_taken_for_granted);
})
