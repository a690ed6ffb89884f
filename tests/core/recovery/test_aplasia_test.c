#include "recovery/aplasia_test.h"

#include "aplasia_npmle_cohort.h"

static imr_aplasia_rows_t rows;
static imr_aplasia_npmle_t npmle;

static void
start(size_t n)
{
    imr_aplasia_npmle_fit_t fit;

    begin(&rows, n, 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, 1, -1, NULL) == IMR_OK);
    CHECK(imr_aplasia_npmle_fit(&npmle, &fit, NULL, NULL) == IMR_OK);
}

static void
end(void)
{
    imr_aplasia_npmle_free(&npmle);
    imr_aplasia_rows_free(&rows);
}

/* Four exact durations: scores log S(t) and what their jumps give, by hand with S = 3/4, 1/2, 1/4, 0. */
static void
test_scores_by_hand(void)
{
    static const int64_t LABEL[] = { 0, 0, 1, 1 };
    imr_aplasia_test_t test;
    double s[5] = { 1, 0.75, 0.5, 0.25, 0 }, score[4], square = 0, pvalue;

    for (size_t i = 0; i < 4; i++) {
        put(i, 1, 1, 11 + 10 * (double) i, 11 + 10 * (double) i);
        score[i] = (s[i] * log(s[i]) - (i == 3 ? 0 : s[i + 1] * log(s[i + 1]))) / 0.25;
        square += score[i] * score[i];
    }
    start(4);
    CHECK(imr_aplasia_test_init(&test, &npmle, LABEL, NULL) == IMR_OK);
    CHECK(fabs(score[0] + score[1] + score[2] + score[3]) < 1e-12);
    CHECK_NEAR(test.statistic, score[2] + score[3], 1e-9);
    CHECK_NEAR(test.z, (score[2] + score[3]) / sqrt(square * 2 * 2 / (4.0 * 3)), 1e-9);
    CHECK(imr_aplasia_test_normal(&test, IMR_LESS, &pvalue, NULL) == IMR_OK && pvalue < 0.5);
    CHECK(imr_aplasia_test_normal(&test, IMR_GREATER, &pvalue, NULL) == IMR_OK && pvalue > 0.5);
    CHECK(imr_aplasia_test_normal(&test, IMR_TWO_SIDED, &pvalue, NULL) == IMR_OK && pvalue < 1);
    imr_aplasia_test_free(&test);
    end();
}

/* The exact distribution: of 4 patients in pairs, the data are the most extreme of 6 ways. */
static void
test_the_exact_distribution_of_four(void)
{
    static const int64_t LABEL[] = { 0, 0, 1, 1 };
    imr_aplasia_test_t test;
    imr_logrank_exact_t exact;
    double pvalue = -1;
    int done = 0;

    put(0, 0, 2, 50, 60);
    put(1, 0, 3, 70, 80);
    put(2, 0, 3, 90, 100);
    put(3, 0, 3, 120, INFINITY);
    start(4);
    CHECK(imr_aplasia_test_init(&test, &npmle, LABEL, NULL) == IMR_OK);
    CHECK(imr_logrank_exact_init(&exact, &test.scores, IMR_LESS, NULL) == IMR_OK);
    while (!done) {
        CHECK(imr_logrank_exact_step(&exact, &done, &pvalue, NULL) == IMR_OK);
    }
    CHECK_NEAR(pvalue, 1.0 / 6, 1e-14);
    imr_logrank_exact_free(&exact);
    imr_aplasia_test_free(&test);
    end();
}

static void
test_equal_rows_have_no_direction(void)
{
    static const int64_t LABEL[] = { 0, 1 };
    imr_aplasia_test_t test;
    double pvalue;

    put(0, 0, 2, 50, 60);
    put(1, 0, 2, 50, 60);
    start(2);
    CHECK(imr_aplasia_test_init(&test, &npmle, LABEL, NULL) == IMR_OK);
    CHECK(isnan(test.z) && test.scores.unit[0] == 0);
    CHECK(imr_aplasia_test_normal(&test, IMR_TWO_SIDED, &pvalue, NULL) == IMR_OK && pvalue == 1);
    imr_aplasia_test_free(&test);
    end();
}

static void
test_bad_groups_and_allocations(void)
{
    static const int64_t ONE[] = { 0, 0, 0, 0, 0, 0, 0 }, THREE[] = { 0, 1, 2, 0, 1, 2, 0 },
                         TWO[] = { 0, 1, 0, 1, 0, 1, 0 };
    imr_aplasia_test_t test;
    imr_fault_t fault;

    start(mixed());
    CHECK(imr_aplasia_test_init(&test, &npmle, ONE, &fault) == IMR_ERR_TWO_GROUPS);
    CHECK(imr_aplasia_test_init(&test, &npmle, THREE, &fault) == IMR_ERR_TWO_GROUPS);
    FAIL_EACH_ALLOCATION(imr_aplasia_test_init(&test, &npmle, TWO, NULL), IMR_ERR_NOMEM,
        imr_aplasia_test_free(&test));
    end();
}

HARNESS_MAIN({
    RUN(test_scores_by_hand);
    RUN(test_the_exact_distribution_of_four);
    RUN(test_equal_rows_have_no_direction);
    RUN(test_bad_groups_and_allocations);
})
