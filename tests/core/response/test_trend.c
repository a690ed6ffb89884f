#include "response/trend.h"

#include "../harness.h"

static const double SCORES[] = { 1, 2, 3, 4 };

static double
pvalue_of(const int64_t *events, const int64_t *n, size_t groups, imr_trend_method_t method,
    imr_alternative_t alternative, double *statistic)
{
    double pvalue = NAN;

    CHECK(imr_trend_test(events, n, SCORES, groups, method, alternative, statistic, &pvalue, NULL)
        == IMR_OK);
    return pvalue;
}

static void
test_smokers_agree_with_r(void)
{
    /* tests/golden/response/trend_rxc.json */
    int64_t events[] = { 83, 90, 129, 70 }, n[] = { 86, 93, 136, 82 };
    double z, both = pvalue_of(events, n, 4, IMR_TREND_COCHRAN_ARMITAGE, IMR_TWO_SIDED, &z);

    CHECK_NEAR(z, -2.8679125309530877, 1e-12);
    CHECK_NEAR(both, 0.004131897477641487, 1e-12);
    CHECK_NEAR(pvalue_of(events, n, 4, IMR_TREND_COCHRAN_ARMITAGE, IMR_LESS, &z), both / 2, 1e-12);
    CHECK_NEAR(
        pvalue_of(events, n, 4, IMR_TREND_COCHRAN_ARMITAGE, IMR_GREATER, &z), 1 - both / 2, 1e-12);
}

static void
test_exact_by_hand(void)
{
    /* 0/2, 1/2, 2/2 at scores 1, 2, 3: of the 20 choices of 3 among 6 patients the sum 8 has 2 and
     * is the largest, the sum 4 has 2 as well */
    int64_t events[] = { 0, 1, 2 }, n[] = { 2, 2, 2 };
    double sum;

    CHECK_NEAR(pvalue_of(events, n, 3, IMR_TREND_EXACT, IMR_GREATER, &sum), 0.1, 1e-13);
    CHECK(sum == 8);
    CHECK_NEAR(pvalue_of(events, n, 3, IMR_TREND_EXACT, IMR_TWO_SIDED, &sum), 0.2, 1e-13);
    CHECK_NEAR(pvalue_of(events, n, 3, IMR_TREND_EXACT, IMR_LESS, &sum), 1, 1e-13);
}

static void
test_counting_the_rarer_kind_changes_nothing(void)
{
    /* 4 of 6 respond, so the 2 others are counted: 1/2, 1/2, 2/2; of the 15 choices of 2 others the
     * sums 2, 3, 4, 5, 6 of scores have 1, 4, 5, 4 and 1; 3 was seen */
    int64_t events[] = { 1, 1, 2 }, n[] = { 2, 2, 2 };
    double sum;

    CHECK_NEAR(pvalue_of(events, n, 3, IMR_TREND_EXACT, IMR_GREATER, &sum), 5.0 / 15, 1e-13);
    CHECK_NEAR(pvalue_of(events, n, 3, IMR_TREND_EXACT, IMR_LESS, &sum), 14.0 / 15, 1e-13);
    CHECK_NEAR(pvalue_of(events, n, 3, IMR_TREND_EXACT, IMR_TWO_SIDED, &sum), 10.0 / 15, 1e-13);
    CHECK(sum == 9);
}

static void
test_margins_that_leave_no_choice(void)
{
    int64_t none[] = { 0, 0, 0 }, n[] = { 2, 0, 3 };
    const int64_t *events[] = { none, n };
    double statistic;

    for (int i = 0; i < 2; i++) {
        CHECK(isnan(
            pvalue_of(events[i], n, 3, IMR_TREND_COCHRAN_ARMITAGE, IMR_TWO_SIDED, &statistic)));
        CHECK(isnan(statistic));
        CHECK_NEAR(
            pvalue_of(events[i], n, 3, IMR_TREND_EXACT, IMR_TWO_SIDED, &statistic), 1, 1e-15);
    }
    CHECK(pvalue_of(none, none, 3, IMR_TREND_EXACT, IMR_GREATER, &statistic) == 1);
}

static void
test_bad_input_is_named(void)
{
    int64_t events[] = { 1, 2 }, n[] = { 4, 4 }, many[] = { 3000, 3000 }, of[] = { 6000, 6000 };
    double scores[] = { 0, 0.5 }, statistic, pvalue;
    imr_fault_t fault;

    CHECK(imr_trend_test(
              events, n, scores, 2, IMR_TREND_EXACT, IMR_TWO_SIDED, &statistic, &pvalue, &fault)
        == IMR_ERR_SCORE_FRACTION);
    CHECK(fault.row == 1 && fault.value == 0.5);
    CHECK(imr_trend_test(
              many, of, SCORES, 2, IMR_TREND_EXACT, IMR_TWO_SIDED, &statistic, &pvalue, &fault)
        == IMR_ERR_TREND_SIZE);
    CHECK(imr_trend_test(
              events, n, scores, 0, IMR_TREND_EXACT, IMR_TWO_SIDED, &statistic, &pvalue, &fault)
        == IMR_ERR_NO_ROWS);
    scores[0] = NAN;
    CHECK(imr_trend_test(events, n, scores, 2, IMR_TREND_COCHRAN_ARMITAGE, IMR_TWO_SIDED,
              &statistic, &pvalue, &fault)
        == IMR_ERR_SCORE);
    CHECK(fault.row == 0 && strcmp(fault.argument, "scores") == 0);
    events[0] = 5;
    CHECK(imr_trend_test(events, n, SCORES, 2, IMR_TREND_COCHRAN_ARMITAGE, IMR_TWO_SIDED,
              &statistic, &pvalue, &fault)
        == IMR_ERR_EVENTS_EXCEED);
    n[0] = INT64_MAX;
    CHECK(imr_trend_test(events, n, SCORES, 2, IMR_TREND_COCHRAN_ARMITAGE, IMR_TWO_SIDED,
              &statistic, &pvalue, &fault)
        == IMR_ERR_COUNT);
}

static void
test_failed_allocations(void)
{
    int64_t events[] = { 0, 1, 2 }, n[] = { 2, 2, 2 };
    double statistic, pvalue;

    FAIL_EACH_ALLOCATION(imr_trend_test(events, n, SCORES, 3, IMR_TREND_EXACT, IMR_TWO_SIDED,
                             &statistic, &pvalue, NULL),
        IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_smokers_agree_with_r);
    RUN(test_exact_by_hand);
    RUN(test_counting_the_rarer_kind_changes_nothing);
    RUN(test_margins_that_leave_no_choice);
    RUN(test_bad_input_is_named);
    RUN(test_failed_allocations);
})
