#include "recovery/reconstitution_test.h"

#include "reconstitution_fit.h"
#include "survival/logrank_exact.h"

#define INF INFINITY

static int
find_scores(const double *left, const double *right, const double *competing, size_t n,
    double *score, imr_stop_t *stop, imr_fault_t *fault)
{
    imr_reconstitution_rows_t rows;
    int status =
        imr_reconstitution_rows_init(&rows, left, right, competing, NULL, 1, n, 0, 1, fault);

    if (status == IMR_OK) {
        status = imr_reconstitution_scores(&rows, score, stop, fault);
    }
    imr_reconstitution_rows_free(&rows);
    return status;
}

/* Return on day 1, death on day 2, censored on day 2, return on day 3: of exact times F is 1/4 on day 1, the
 * death 1/4, and what follows day 2 is all on day 3, 1/2: S is 1, 3/4, 1/4. */
static void
test_by_hand(void)
{
    double left[] = { 1, 2, 2, 3 }, right[] = { 1, INF, INF, 3 },
           competing[] = { INF, 2, INF, INF };
    double score[4], h = 0.75 * log(0.75), last = 0.25 * log(0.25);

    CHECK(find_scores(left, right, competing, 4, score, NULL, NULL) == IMR_OK);
    CHECK_NEAR(score[0], -h / 0.25, 1e-12);
    CHECK_NEAR(score[1], log(0.25), 1e-12);
    CHECK_NEAR(score[2], (h - last) / 0.5, 1e-12); /* as the return on day 3, the only way on */
    CHECK_NEAR(score[3], (h - last) / 0.5, 1e-12);
    CHECK(fabs(score[0] + score[1] + score[2] + score[3]) < 1e-12);
}

static void
test_without_a_return_all_scores_are_0(void)
{
    double left[] = { 28, 28, 14 }, right[] = { INF, INF, INF }, competing[] = { 28, INF, INF };
    double score[3];

    CHECK(find_scores(left, right, competing, 3, score, NULL, NULL) == IMR_OK);
    CHECK(score[0] == 0 && score[1] == 0 && score[2] == 0);
    CHECK(find_scores(left, right, NULL, 1, score, NULL, NULL) == IMR_OK);
    CHECK(score[0] == 0);
}

static void
test_when_all_returned_the_last_is_finite(void)
{
    double left[] = { 0, 28 }, right[] = { 28, 56 }, score[2];

    CHECK(find_scores(left, right, NULL, 2, score, NULL, NULL) == IMR_OK);
    CHECK_NEAR(score[0], log(2), 1e-12); /* -0.5 log 0.5 / 0.5 */
    CHECK_NEAR(score[1], -log(2), 1e-12);
}

static void
test_scores_sum_to_0(void)
{
    double left[200], right[200], competing[200], score[200];
    size_t n[] = { 5, 15, 40, 200 };
    double every[] = { 14, 28, 84, 28.25 };

    for (uint64_t seed = 0; seed < 80; seed++) {
        size_t size = n[seed % 4];
        double sum = 0;

        visits(left, right, competing, size, every[seed / 4 % 4], seed + 1);
        CHECK(find_scores(left, right, competing, size, score, NULL, NULL) == IMR_OK);
        for (size_t i = 0; i < size; i++) {
            CHECK(isfinite(score[i]) && score[i] <= 1);
            sum += score[i];
        }
        CHECK(fabs(sum) < 1e-7 * (double) size);
    }
}

static void
test_stop_and_bad_rows(void)
{
    double left[] = { 0, 28 }, right[] = { 28, 14 }, score[2];
    imr_stop_t stop = { .asked = harness_stop, .work = 2e7 };

    CHECK(find_scores(left, right, NULL, 1, score, &stop, NULL) == IMR_ERR_STOPPED);
    CHECK(find_scores(left, right, NULL, 2, score, NULL, NULL) == IMR_ERR_LEFT_AFTER_RIGHT);
}

static int
deal(const double *left, const double *right, const double *competing, const int64_t *group,
    size_t n, imr_logrank_scores_t *scores)
{
    imr_reconstitution_rows_t rows;
    int status =
        imr_reconstitution_rows_init(&rows, left, right, competing, NULL, 1, n, 0, 1, NULL);

    memset(scores, 0, sizeof(*scores));
    if (status == IMR_OK) {
        status = imr_reconstitution_deal(&rows, group, scores, NULL, NULL);
    }
    imr_reconstitution_rows_free(&rows);
    return status;
}

/* All in one group return first: 2 of the 20 ways to deal are as extreme. */
static void
test_the_exact_distribution(void)
{
    double left[] = { 0, 0, 0, 28, 56, 84 }, right[] = { 28, 28, 28, 56, 84, 112 };
    int64_t group[] = { 1, 1, 1, 0, 0, 0 };
    imr_logrank_scores_t scores;
    imr_logrank_exact_t exact;
    double pvalue = 0;
    int done = 0;

    CHECK(deal(left, right, NULL, group, 6, &scores) == IMR_OK);
    CHECK(imr_logrank_exact_init(&exact, &scores, IMR_TWO_SIDED, NULL) == IMR_OK);
    while (!done) {
        CHECK(imr_logrank_exact_step(&exact, &done, &pvalue, NULL) == IMR_OK);
    }
    CHECK_NEAR(pvalue, 0.1, 1e-14);
    imr_logrank_exact_free(&exact);
    imr_logrank_scores_free(&scores);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    double left[] = { 0, 1, 1, 2.5 }, right[] = { 2, 3, INF, INF };
    double competing[] = { INF, INF, 2, INF };
    int64_t group[] = { 0, 1, 0, 1 };
    imr_logrank_scores_t scores;

    FAIL_EACH_ALLOCATION(deal(left, right, competing, group, 4, &scores), IMR_ERR_NOMEM,
        imr_logrank_scores_free(&scores));
}

HARNESS_MAIN({
    RUN(test_by_hand);
    RUN(test_without_a_return_all_scores_are_0);
    RUN(test_when_all_returned_the_last_is_finite);
    RUN(test_scores_sum_to_0);
    RUN(test_stop_and_bad_rows);
    RUN(test_the_exact_distribution);
    RUN(test_no_allocation_is_taken_for_granted);
})
