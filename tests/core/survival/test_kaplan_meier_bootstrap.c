#include "survival/kaplan_meier_bootstrap.h"

#include "../harness.h"
#include "survival/kaplan_meier_quantile.h"

static const uint64_t KEY[2] = { 1, 2 };
static const double TINY_TIME[] = { 3, 5, 6, 8, 10, 12 };
static const uint8_t TINY_EVENT[] = { 1, 0, 1, 1, 0, 0 };

static double
estimate(const double *time, const uint8_t *event, size_t n, double p)
{
    imr_kaplan_meier_bootstrap_t job;
    double quantile = NAN;

    CHECK(imr_kaplan_meier_bootstrap_init(&job, time, event, n, NULL) == IMR_OK);
    CHECK(imr_kaplan_meier_bootstrap_estimate(&job, p, &quantile, NULL) == IMR_OK);
    imr_kaplan_meier_bootstrap_free(&job);
    return quantile;
}

static void
test_quantiles_follow_rs_rule(void)
{
    /* R 4.2.2, survival: quantile(survfit(Surv(time, event) ~ 1), p) */
    static const double TIME[] = { 1, 2, 3, 4, 5, 6 }, TWICE[] = { 1, 1, 5, 7 };
    static const uint8_t ALL[] = { 1, 1, 1, 1, 1, 1 }, HALF[] = { 1, 1, 0, 0 };
    static const uint8_t LAST[] = { 1, 1, 0, 1 }, LATE[] = { 1, 1, 1, 0, 0, 1 };
    static const uint8_t NONE[] = { 0, 0, 0, 0 };

    CHECK(estimate(TIME, ALL, 4, 0.5) == 2.5);
    CHECK(estimate(TIME, ALL, 4, 0.25) == 1.5);
    CHECK(estimate(TIME, ALL, 5, 0.5) == 3);
    CHECK(estimate(TIME, HALF, 4, 0.5) == 3); /* flat up to the last time, which is no event */
    CHECK(estimate(TIME, LAST, 4, 0.5) == 3);
    CHECK(estimate(TIME, LAST, 4, 0.75) == 4);
    CHECK(estimate(TIME, LATE, 6, 0.5) == 4.5); /* censorings do not end the stretch */
    CHECK(estimate(TWICE, HALF, 4, 0.5) == 4);
    CHECK(estimate(TIME, NONE, 4, 0.5) == INFINITY);
    CHECK(estimate(TIME, HALF, 4, 0.51) == INFINITY);
}

static void
test_a_product_of_fractions_that_is_nearly_one_half_is_one_half(void)
{
    /* all of 1..n have the event; R gives (n + 1) / 2, S is 0.5000000000000002 at n = 20 */
    for (size_t n = 2; n <= 200; n++) {
        double time[200];
        uint8_t event[200];

        for (size_t i = 0; i < n; i++) {
            time[i] = (double) (i + 1);
            event[i] = 1;
        }
        CHECK(estimate(time, event, n, 0.5) == ((double) n + 1) / 2);
    }
}

static void
test_the_rule_read_off_a_curve_is_the_same(void)
{
    static const double TIME[] = { 1, 2, 3, 4, 5, 6 };
    static const double LATE[] = { 5 / 6.0, 4 / 6.0, 3 / 6.0, 3 / 6.0, 3 / 6.0, 0 };
    static const double FLAT[] = { 0.75, 0.5 + 1e-9, 0.5, 0.5, 0.5 };
    static const double LIMIT[] = { NAN, 0.6, NAN, 0.4, NAN, NAN };

    CHECK(imr_quantile_of_curve(TIME, LATE, 6, 0.5) == 4.5);
    CHECK(imr_quantile_of_curve(TIME, LATE, 6, 0.3) == 6);
    CHECK(imr_quantile_of_curve(TIME, LATE, 5, 0.3) == INFINITY);
    CHECK(imr_quantile_of_curve(TIME, FLAT, 5, 0.5) == 3.5);
    CHECK(imr_quantile_of_curve(TIME, LIMIT, 6, 0.5) == 4);
    CHECK(imr_quantile_of_curve(TIME, LIMIT, 0, 0.5) == INFINITY);
}

static void
test_replicates_are_those_of_the_twin(void)
{
    /* tests/reference/kaplan_meier_bootstrap.py: replicates(TINY_TIME, TINY_EVENT, 0.5, KEY, 12) */
    static const double TWIN[] = { 7, 8, 8, 5.5, 8, 8, 8, 6, INFINITY, 8, 8, 8 };
    imr_kaplan_meier_bootstrap_t job;
    double quantile[12];

    CHECK(imr_kaplan_meier_bootstrap_init(&job, TINY_TIME, TINY_EVENT, 6, NULL) == IMR_OK);
    CHECK(imr_kaplan_meier_bootstrap_replicates(&job, 0.5, KEY, 0, 12, quantile, NULL) == IMR_OK);
    for (int i = 0; i < 12; i++) {
        CHECK(quantile[i] == TWIN[i]);
    }
    imr_kaplan_meier_bootstrap_free(&job);
    imr_kaplan_meier_bootstrap_free(&job);
}

static void
test_digits_do_not_depend_on_the_division_into_calls(void)
{
    enum { B = 1000 };
    static double whole[B], parts[B];
    imr_kaplan_meier_bootstrap_t job;

    CHECK(imr_kaplan_meier_bootstrap_init(&job, TINY_TIME, TINY_EVENT, 6, NULL) == IMR_OK);
    CHECK(imr_kaplan_meier_bootstrap_replicates(&job, 0.4, KEY, 0, B, whole, NULL) == IMR_OK);
    for (uint32_t begin = 0; begin < B;) {
        uint32_t end = begin + 1 + begin % 7 < B ? begin + 1 + begin % 7 : B;

        CHECK(imr_kaplan_meier_bootstrap_replicates(&job, 0.4, KEY, begin, end, parts + begin, NULL)
            == IMR_OK);
        begin = end;
    }
    CHECK(memcmp(whole, parts, sizeof(whole)) == 0);
    CHECK(imr_kaplan_meier_bootstrap_replicates(&job, 0.4, KEY, 5, 5, NULL, NULL) == IMR_OK);
    /* the last stream there is */
    CHECK(imr_kaplan_meier_bootstrap_replicates(
              &job, 0.4, KEY, UINT32_MAX - 2, UINT32_MAX, parts, NULL)
        == IMR_OK);
    imr_kaplan_meier_bootstrap_free(&job);
}

static void
test_the_order_of_the_rows_does_not_matter(void)
{
    static const double TIME[] = { 12, 8, 3, 10, 6, 5 };
    static const uint8_t EVENT[] = { 0, 1, 1, 0, 1, 0 };
    imr_kaplan_meier_bootstrap_t one, other;
    double a[50], b[50];

    CHECK(imr_kaplan_meier_bootstrap_init(&one, TINY_TIME, TINY_EVENT, 6, NULL) == IMR_OK);
    CHECK(imr_kaplan_meier_bootstrap_init(&other, TIME, EVENT, 6, NULL) == IMR_OK);
    CHECK(imr_kaplan_meier_bootstrap_replicates(&one, 0.5, KEY, 0, 50, a, NULL) == IMR_OK);
    CHECK(imr_kaplan_meier_bootstrap_replicates(&other, 0.5, KEY, 0, 50, b, NULL) == IMR_OK);
    CHECK(memcmp(a, b, sizeof(a)) == 0);
    imr_kaplan_meier_bootstrap_free(&one);
    imr_kaplan_meier_bootstrap_free(&other);
}

static void
test_medians_of_three_have_their_exact_distribution(void)
{
    /* the middle one of three draws out of 3 is the first with chance 7/27: (3 * 2 + 1) / 27 */
    enum { B = 100000 };
    static const double TIME[] = { 1, 2, 3 };
    static const uint8_t EVENT[] = { 1, 1, 1 };
    static double quantile[B];
    imr_kaplan_meier_bootstrap_t job;
    double count[3] = { 0, 0, 0 }, sum = 0;

    CHECK(imr_kaplan_meier_bootstrap_init(&job, TIME, EVENT, 3, NULL) == IMR_OK);
    CHECK(imr_kaplan_meier_bootstrap_replicates(&job, 0.5, KEY, 0, B, quantile, NULL) == IMR_OK);
    for (int i = 0; i < B; i++) {
        count[(int) quantile[i] - 1]++;
    }
    for (int i = 0; i < 3; i++) {
        double expected = B * (i == 1 ? 13.0 : 7.0) / 27;

        sum += (count[i] - expected) * (count[i] - expected) / expected;
    }
    CHECK(sum < 13.8); /* chi-squared, 2 degrees of freedom: 0.999 */
    imr_kaplan_meier_bootstrap_free(&job);
}

static void
test_rows_are_distinct_times_with_events_first(void)
{
    /* 0.1 + 0.2 and 0.3 are one time; at 0.3 a censoring, at 0.1 + 0.2 an event */
    const double time[] = { 2, 0.3, 0.1 + 0.2, 0, 2, -0.0 };
    static const uint8_t EVENT[] = { 0, 0, 1, 1, 1, 0 };
    imr_kaplan_meier_bootstrap_t job;

    CHECK(imr_kaplan_meier_bootstrap_init(&job, time, EVENT, 6, NULL) == IMR_OK);
    CHECK(job.n == 6 && job.rows == 3);
    CHECK(job.time[0] == 0 && job.time[1] == 0.3 && job.time[2] == 2);
    CHECK(job.first[0] == 0 && job.first[1] == 2 && job.first[2] == 4 && job.first[3] == 6);
    CHECK(job.censored_from[0] == 1 && job.censored_from[1] == 3 && job.censored_from[2] == 5);
    imr_kaplan_meier_bootstrap_free(&job);
}

static void
test_bad_input_is_named(void)
{
    double time[] = { 1, NAN, -3 }, quantile;
    uint8_t event[] = { 1, 1, 2 };
    imr_kaplan_meier_bootstrap_t job;
    imr_fault_t fault;

    CHECK(imr_kaplan_meier_bootstrap_init(&job, time, event, 3, &fault) == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "time") == 0 && fault.row == 1);
    CHECK(job.time == NULL && job.n == 0);
    time[1] = 2;
    CHECK(imr_kaplan_meier_bootstrap_init(&job, time, event, 3, &fault) == IMR_ERR_NEGATIVE);
    time[2] = 3;
    CHECK(imr_kaplan_meier_bootstrap_init(&job, time, event, 3, &fault) == IMR_ERR_EVENT);
    CHECK(strcmp(fault.argument, "event") == 0 && fault.row == 2 && fault.value == 2);
    CHECK(imr_kaplan_meier_bootstrap_init(&job, time, event, 0, &fault) == IMR_ERR_NO_PATIENT);
    if (sizeof(size_t) > 4) {
        CHECK(imr_kaplan_meier_bootstrap_init(&job, time, event, (size_t) UINT32_MAX + 1, &fault)
            == IMR_ERR_TOO_MANY_ROWS);
    }
    imr_kaplan_meier_bootstrap_free(&job);
    CHECK(imr_kaplan_meier_bootstrap_init(&job, time, event, 2, &fault) == IMR_OK);
    CHECK(imr_kaplan_meier_bootstrap_estimate(&job, 0, &quantile, &fault) == IMR_ERR_PROBABILITY);
    CHECK(strcmp(fault.argument, "p") == 0 && fault.value == 0);
    CHECK(imr_kaplan_meier_bootstrap_replicates(&job, NAN, KEY, 0, 1, &quantile, &fault)
        == IMR_ERR_PROBABILITY);
    imr_kaplan_meier_bootstrap_free(&job);
}

static void
test_each_failed_allocation_is_reported(void)
{
    imr_kaplan_meier_bootstrap_t job;
    double quantile[3];

    FAIL_EACH_ALLOCATION(imr_kaplan_meier_bootstrap_init(&job, TINY_TIME, TINY_EVENT, 6, NULL),
        IMR_ERR_NOMEM, imr_kaplan_meier_bootstrap_free(&job));
    CHECK(imr_kaplan_meier_bootstrap_init(&job, TINY_TIME, TINY_EVENT, 6, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(
        imr_kaplan_meier_bootstrap_estimate(&job, 0.5, quantile, NULL), IMR_ERR_NOMEM, (void) 0);
    FAIL_EACH_ALLOCATION(
        imr_kaplan_meier_bootstrap_replicates(&job, 0.5, KEY, 0, 3, quantile, NULL), IMR_ERR_NOMEM,
        (void) 0);
    imr_kaplan_meier_bootstrap_free(&job);
}

HARNESS_MAIN({
    RUN(test_quantiles_follow_rs_rule);
    RUN(test_a_product_of_fractions_that_is_nearly_one_half_is_one_half);
    RUN(test_the_rule_read_off_a_curve_is_the_same);
    RUN(test_replicates_are_those_of_the_twin);
    RUN(test_digits_do_not_depend_on_the_division_into_calls);
    RUN(test_the_order_of_the_rows_does_not_matter);
    RUN(test_medians_of_three_have_their_exact_distribution);
    RUN(test_rows_are_distinct_times_with_events_first);
    RUN(test_bad_input_is_named);
    RUN(test_each_failed_allocation_is_reported);
})
