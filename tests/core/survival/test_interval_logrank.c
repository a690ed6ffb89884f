#include "survival/interval_logrank.h"

#include "survival/logrank_exact.h"
#include "turnbull_fit.h"

/* From rows to the test; scores of the rows are copied where room is given. */
static int
run(const imr_interval_logrank_data_t *data, const imr_interval_logrank_options_t *options,
    imr_logrank_test_t *test, double *score, double *excess)
{
    imr_interval_logrank_t job;
    imr_logrank_scores_t scores = { 0 };
    int done = 0, status = imr_interval_logrank_init(&job, data, options, NULL);

    while (status == IMR_OK && !done) {
        status = imr_interval_logrank_advance(&job, &done, NULL);
    }
    if (status == IMR_OK) {
        status = imr_interval_logrank_deal(&job, &scores, NULL);
    }
    if (status == IMR_OK) {
        status = imr_interval_logrank_conclude(&job, &scores, test, NULL);
    }
    if (status == IMR_OK && score != NULL) {
        memcpy(score, job.score, data->n * sizeof(*score));
        memcpy(excess, job.excess, data->groups * sizeof(*excess));
    }
    imr_logrank_scores_free(&scores);
    imr_interval_logrank_free(&job);
    imr_interval_logrank_free(&job);
    return status;
}

/* Masses 1/4, 3/8, 3/8 (tests/golden/survival/turnbull_handmade.json, set A) in (0, 1], (1, 2] and
 * (2, 3]; survival 1, 3/4, 3/8, 0; hazards 1/4, 1/2, 1. */
static const double LEFT[] = { 0, 1, 1, 2 }, RIGHT[] = { 1, 3, 2, 3 };
static const uint8_t GROUP[] = { 0, 1, 0, 1 };

static void
test_scores_by_hand(void)
{
    imr_interval_logrank_data_t data = { 4, LEFT, RIGHT, GROUP, 2, NULL, 0 };
    imr_interval_logrank_options_t options = { .fix_ties = 1 };
    double wilcoxon[] = { 0.75, -0.25, 0.125, -0.625 };
    double sun[] = { 0.75, -0.25, 0.25, -0.75 };
    double finkelstein[] = { 0.75 * log(0.75) / -0.25, log(0.75),
        (0.75 * log(0.75) - 0.375 * log(0.375)) / 0.375, log(0.375) };
    double *expected[] = { sun, finkelstein, wilcoxon };
    double score[4], excess[2];
    imr_logrank_test_t test;

    for (int kind = 0; kind < 3; kind++) {
        const double *c = expected[kind];
        double squares = c[0] * c[0] + c[1] * c[1] + c[2] * c[2] + c[3] * c[3];

        options.kind = (imr_interval_scores_t) kind;
        CHECK(run(&data, &options, &test, score, excess) == IMR_OK);
        for (int i = 0; i < 4; i++) {
            CHECK_NEAR(score[i], c[i], 1e-11);
        }
        CHECK_NEAR(excess[1], c[1] + c[3], 1e-11);
        CHECK(fabs(excess[0] + excess[1]) < 1e-11);
        /* variance of the scores, 2 * 2 / 4 */
        CHECK_NEAR(test.z, (c[1] + c[3]) / sqrt(squares / 3), 1e-9);
        CHECK_NEAR(test.statistic, test.z * test.z, 1e-14);
        CHECK(test.df == 1 && isnan(test.hazard_ratio));
    }
}

/* Of exact and right-censored times the scores are those of the log-rank test. */
static void
test_exact_times_give_the_log_rank_test(void)
{
    static const double TIME[] = { 2, 4, 4, 6, 7, 9, 10, 12, 6, 1 };
    static const uint8_t EVENT[] = { 1, 1, 0, 1, 1, 0, 1, 0, 1, 1 };
    static const uint8_t OF[] = { 0, 1, 2, 0, 1, 2, 0, 1, 2, 0 };
    double right[10], score[10], excess[3];
    imr_logrank_data_t exact = { 10, TIME, EVENT, NULL, NULL, OF, 3, NULL, 0 };
    imr_interval_logrank_data_t data = { 10, TIME, right, OF, 3, NULL, 0 };
    imr_logrank_options_t plain = { { IMR_LOGRANK_EQUAL, 0, 0 }, NULL, IMR_TWO_SIDED, 0.95, 1 };
    imr_interval_logrank_options_t options = { .kind = IMR_INTERVAL_SUN, .fix_ties = 1 };
    imr_logrank_test_t test;
    imr_logrank_t logrank;

    for (int i = 0; i < 10; i++) {
        right[i] = EVENT[i] ? TIME[i] : INFINITY;
    }
    CHECK(imr_logrank(&exact, &plain, &logrank, NULL) == IMR_OK);
    CHECK(run(&data, &options, &test, score, excess) == IMR_OK);
    for (int g = 0; g < 3; g++) {
        CHECK(fabs(excess[g] - logrank.sums.excess[g]) < 1e-12);
    }
    CHECK(test.df == 2 && isnan(test.z));
    /* the information of Sun's model, ties at 4 and 6 included, is hypergeometric with n for n - 1 */
    options.information = 1;
    CHECK(run(&data, &options, &test, score, excess) == IMR_OK);
    CHECK(test.statistic > logrank.test.statistic && test.statistic < 1.3 * logrank.test.statistic);
}

static void
test_strata_are_summed(void)
{
    enum { N = 60 };
    double left[N], right[N], excess[2], sum[2] = { 0, 0 }, score[N], part[N];
    uint8_t group[N];
    int64_t stratum[N];
    imr_interval_logrank_options_t options = { .kind = IMR_INTERVAL_FINKELSTEIN, .fix_ties = 1 };
    imr_interval_logrank_data_t all = { N, left, right, group, 2, stratum, 4 };
    imr_logrank_test_t test;

    visits(left, right, N, 0.2, 4);
    for (int i = 0; i < N; i++) {
        group[i] = (uint8_t) (i % 2);
        stratum[i] = i < 35 ? 0 : 2; /* 1 and 3 have no rows */
    }
    for (int information = 0; information < 2; information++) {
        options.information = information;
        sum[0] = sum[1] = 0;
        CHECK(run(&all, &options, &test, score, excess) == IMR_OK);
        for (int s = 0; s < 2; s++) {
            size_t from = s == 0 ? 0 : 35, n = s == 0 ? 35 : 25;
            imr_interval_logrank_data_t one = { n, left + from, right + from, group + from, 2, NULL,
                0 };
            double of_one[2];

            CHECK(run(&one, &options, &test, part, of_one) == IMR_OK);
            CHECK(memcmp(part, score + from, n * sizeof(double)) == 0);
            sum[0] += of_one[0];
            sum[1] += of_one[1];
        }
        CHECK(fabs(sum[1] - excess[1]) < 1e-12 && fabs(sum[0] - excess[0]) < 1e-12);
    }
}

/* The scores sum to 0 in all together: so an excess tells of the others. */
static void
test_scores_sum_to_nothing(void)
{
    enum { N = 200 };
    double left[N], right[N], score[N], excess[2];
    uint8_t group[N] = { 0 };
    imr_interval_logrank_data_t data = { N, left, right, group, 2, NULL, 0 };
    imr_interval_logrank_options_t options = { .fix_ties = 1 };
    imr_logrank_test_t test;

    for (int kind = 0; kind < 3; kind++) {
        for (uint64_t seed = 0; seed < 10; seed++) {
            visits(left, right, N, 0.1 * (double) seed, seed);
            options.kind = (imr_interval_scores_t) kind;
            CHECK(run(&data, &options, &test, score, excess) == IMR_OK);
            CHECK(fabs(excess[0]) < 1e-9);
            CHECK(test.df == 0 && test.pvalue == 1); /* nobody in the second group */
        }
    }
}

static void
test_one_interval_for_all_compares_nothing(void)
{
    double left[] = { 3, 5, 4 }, right[] = { INFINITY, INFINITY, INFINITY };
    uint8_t group[] = { 0, 1, 2 };
    imr_interval_logrank_data_t data = { 3, left, right, group, 3, NULL, 0 };
    imr_logrank_test_t test;

    for (int information = 0; information < 2; information++) {
        for (int kind = 0; kind < 3; kind++) {
            imr_interval_logrank_options_t options = { .kind = (imr_interval_scores_t) kind,
                .information = information };

            CHECK(run(&data, &options, &test, NULL, NULL) == IMR_OK);
            CHECK(test.statistic == 0 && test.df == 0 && test.pvalue == 1);
        }
    }
}

/* All six ways to deal two labels out to the scores 0.75, 0.25, -0.25, -0.75: the least sum is -1. */
static void
test_the_deals_are_those_of_the_scores(void)
{
    imr_interval_logrank_data_t data = { 4, LEFT, RIGHT, GROUP, 2, NULL, 0 };
    imr_interval_logrank_options_t options = { .fix_ties = 1 };
    imr_interval_logrank_t job;
    imr_logrank_scores_t scores;
    imr_logrank_exact_t exact;
    double pvalue = 0;
    int done = 0;

    CHECK(imr_interval_logrank_init(&job, &data, &options, NULL) == IMR_OK);
    while (!done) {
        CHECK(imr_interval_logrank_advance(&job, &done, NULL) == IMR_OK);
    }
    CHECK(imr_interval_logrank_deal(&job, &scores, NULL) == IMR_OK);
    CHECK(imr_logrank_exact_init(&exact, &scores, IMR_LESS, NULL) == IMR_OK);
    for (done = 0; !done;) {
        CHECK(imr_logrank_exact_step(&exact, &done, &pvalue, NULL) == IMR_OK);
    }
    CHECK_NEAR(pvalue, 1.0 / 6, 1e-15);
    imr_logrank_exact_free(&exact);
    imr_logrank_scores_free(&scores);
    imr_interval_logrank_free(&job);
}

static void
test_what_is_wrong_is_named(void)
{
    uint8_t group[] = { 0, 1, 2, 0 };
    int64_t stratum[] = { 0, 1, -1, 0 };
    imr_interval_logrank_options_t options = { .fix_ties = 1 };
    imr_interval_logrank_data_t data = { 4, LEFT, RIGHT, group, 2, NULL, 0 };
    imr_interval_logrank_t job;
    imr_fault_t fault;

    CHECK(imr_interval_logrank_init(&job, &data, &options, &fault) == IMR_ERR_CODE);
    CHECK(strcmp(fault.argument, "group") == 0 && fault.row == 2 && fault.value == 2);
    data.groups = 3;
    data.stratum = stratum;
    data.strata = 2;
    CHECK(imr_interval_logrank_init(&job, &data, &options, &fault) == IMR_ERR_CODE);
    CHECK(strcmp(fault.argument, "strata") == 0 && fault.row == 2);
    data.groups = 1;
    CHECK(imr_interval_logrank_init(&job, &data, &options, &fault) == IMR_ERR_ONE_GROUP);
    data.n = 0;
    CHECK(imr_interval_logrank_init(&job, &data, &options, &fault) == IMR_ERR_NO_ROWS);
    data.n = 4;
    data.groups = 3;
    data.stratum = NULL;
    options.alternative = IMR_GREATER;
    CHECK(imr_interval_logrank_init(&job, &data, &options, &fault) == IMR_ERR_DIRECTION);
    data.left = RIGHT;
    data.right = LEFT;
    CHECK(imr_interval_logrank_init(&job, &data, &options, &fault) == IMR_ERR_LEFT_AFTER_RIGHT);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    enum { N = 40 };
    double left[N], right[N];
    uint8_t group[N];
    int64_t stratum[N];
    imr_interval_logrank_options_t options = { .information = 1, .fix_ties = 1 };
    imr_interval_logrank_data_t data = { N, left, right, group, 3, stratum, 2 };
    imr_logrank_test_t test;

    visits(left, right, N, 0.2, 4);
    for (int i = 0; i < N; i++) {
        group[i] = (uint8_t) (i % 3);
        stratum[i] = i % 2;
    }
    FAIL_EACH_ALLOCATION(run(&data, &options, &test, NULL, NULL), IMR_ERR_NOMEM, (void) test);
}

HARNESS_MAIN({
    RUN(test_scores_by_hand);
    RUN(test_exact_times_give_the_log_rank_test);
    RUN(test_strata_are_summed);
    RUN(test_scores_sum_to_nothing);
    RUN(test_one_interval_for_all_compares_nothing);
    RUN(test_the_deals_are_those_of_the_scores);
    RUN(test_what_is_wrong_is_named);
    RUN(test_no_allocation_is_taken_for_granted);
})
