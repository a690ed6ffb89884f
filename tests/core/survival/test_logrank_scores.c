#include "survival/logrank_scores.h"

#include "../harness.h"

static const imr_logrank_weights_t EQUAL = { IMR_LOGRANK_EQUAL, 0, 0 };

static double
score(const imr_logrank_scores_t *self, size_t set, size_t patient)
{
    return (double) self->score[set * self->n + patient] * self->unit[set];
}

static void
test_by_hand(void)
{
    /* 1 event, 2 event, 3 censored, 4 event: hazards 1/4, + 1/3, + 1 */
    double time[] = { 3, 1, 4, 2 };
    uint8_t event[] = { 0, 1, 1, 1 }, group[] = { 1, 0, 1, 0 };
    imr_logrank_data_t data = { 4, time, event, NULL, NULL, group, 2, NULL, 0 };
    imr_logrank_scores_t scores;
    double sorted[] = { -7.0 / 12, -7.0 / 12, 5.0 / 12, 3.0 / 4 }, variance = 0;
    int64_t sum[2];

    CHECK(imr_logrank_scores_init(&scores, &data, &EQUAL, 1, 1, NULL) == IMR_OK);
    CHECK(scores.n == 4 && scores.strata == 1 && scores.count[0] == 2 && scores.count[1] == 2);
    for (size_t i = 0; i < 4; i++) {
        CHECK_NEAR(score(&scores, 0, i), sorted[i], 1e-13);
        variance += sorted[i] * sorted[i] / 3;
    }
    CHECK(scores.label[3] == 0 && scores.label[2] == 0 && scores.label[0] == 1);
    imr_logrank_scores_sum(&scores, scores.label, sum);
    CHECK_NEAR((double) sum[1] * scores.unit[0], -7.0 / 6, 1e-13);
    CHECK_NEAR(scores.link[1], variance * 2 * 2 / 4, 1e-12);
    imr_logrank_scores_free(&scores);
    imr_logrank_scores_free(&scores);
}

/* The sum of the scores of a group is its excess in the test: entry, weights, strata, weights of the
 * times together. */
static void
test_sums_are_the_excesses_of_the_test(void)
{
    double time[] = { 5, 5, 8, 2, 9, 12, 7, 3, 5, 6, 4, 4 };
    double entry[] = { 0, 1, 2, 0, 5, 4, 0, 0, 1, 3, 2, 0 };
    double weight[] = { 1, 2, 1, 3, 0, 1, 2, 1, 1, 1, 4, 1 };
    uint8_t event[] = { 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0 };
    uint8_t group[] = { 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2 };
    int64_t stratum[] = { 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2 }; /* the second one is empty */
    imr_logrank_data_t data = { 12, time, event, entry, weight, group, 3, stratum, 3 };
    imr_logrank_weights_t weights[] = { EQUAL, { IMR_LOGRANK_GEHAN, 0, 0 },
        { IMR_LOGRANK_FLEMING_HARRINGTON, 1, 0.5 }, { IMR_LOGRANK_PETO, 0, 0 } };
    imr_logrank_scores_t scores;
    int64_t sum[12];

    CHECK(imr_logrank_scores_init(&scores, &data, weights, 4, 1, NULL) == IMR_OK);
    CHECK(scores.n == 18);
    imr_logrank_scores_sum(&scores, scores.label, sum);
    for (size_t w = 0; w < 4; w++) {
        imr_logrank_options_t options = { weights[w], NULL, IMR_TWO_SIDED, 0.95, 1 };
        imr_logrank_t answer;

        CHECK(imr_logrank(&data, &options, &answer, NULL) == IMR_OK);
        for (size_t g = 0; g < 3; g++) {
            CHECK(fabs((double) sum[w * 3 + g] * scores.unit[w] - answer.sums.excess[g]) < 1e-11);
        }
    }
    imr_logrank_scores_free(&scores);
}

static void
test_the_order_of_rows_does_not_matter(void)
{
    double time[] = { 5, 5, 8, 2, 9, 7, 3, 5 }, reversed_time[8];
    uint8_t event[] = { 1, 0, 0, 1, 1, 0, 1, 1 }, reversed_event[8];
    uint8_t group[] = { 0, 0, 0, 0, 0, 0, 0, 0 };
    imr_logrank_data_t data = { 8, time, event, NULL, NULL, group, 2, NULL, 0 };
    imr_logrank_weights_t weights[] = { EQUAL, { IMR_LOGRANK_FLEMING_HARRINGTON, 0, 1 } };
    imr_logrank_scores_t here, there;

    for (size_t i = 0; i < 8; i++) {
        reversed_time[i] = time[7 - i];
        reversed_event[i] = event[7 - i];
    }
    CHECK(imr_logrank_scores_init(&here, &data, weights, 2, 1, NULL) == IMR_OK);
    data.time = reversed_time;
    data.event = reversed_event;
    CHECK(imr_logrank_scores_init(&there, &data, weights, 2, 1, NULL) == IMR_OK);
    CHECK(memcmp(here.score, there.score, 16 * sizeof(int64_t)) == 0);
    imr_logrank_scores_free(&here);
    imr_logrank_scores_free(&there);
}

static void
test_without_events_all_scores_are_0(void)
{
    double time[] = { 5, 5, 8 };
    uint8_t event[] = { 0, 0, 0 }, group[] = { 0, 1, 0 };
    imr_logrank_data_t data = { 3, time, event, NULL, NULL, group, 2, NULL, 0 };
    imr_logrank_scores_t scores;

    CHECK(imr_logrank_scores_init(&scores, &data, &EQUAL, 1, 1, NULL) == IMR_OK);
    CHECK(scores.unit[0] == 0 && scores.score[0] == 0 && scores.link[1] == 0);
    imr_logrank_scores_free(&scores);
}

/* All at risk have the event each time: the scores are 0, though w - (h + w) + h is not. */
static void
test_rounding_is_no_score(void)
{
    double time[] = { 1, 1, 2 }, entry[] = { 0, 0, 1 };
    uint8_t event[] = { 1, 1, 1 }, group[] = { 1, 0, 0 };
    imr_logrank_data_t data = { 3, time, event, entry, NULL, group, 2, NULL, 0 };
    imr_logrank_weights_t peto = { IMR_LOGRANK_PETO, 0, 0 };
    imr_logrank_scores_t scores;

    CHECK(imr_logrank_scores_init(&scores, &data, &peto, 1, 1, NULL) == IMR_OK);
    CHECK(scores.unit[0] == 0 && scores.link[1] == 0);
    imr_logrank_scores_free(&scores);
}

static void
test_too_many_and_bad_rows(void)
{
    double time[] = { 5, 5 }, weight[] = { 1, 0x1p30 };
    uint8_t event[] = { 0, 1 }, group[] = { 0, 1 };
    imr_logrank_data_t data = { 2, time, event, NULL, weight, group, 2, NULL, 0 };
    imr_logrank_scores_t scores;
    imr_fault_t fault;

    CHECK(
        imr_logrank_scores_init(&scores, &data, &EQUAL, 1, 1, &fault) == IMR_ERR_TOO_MANY_PERMUTED);
    event[0] = 3;
    CHECK(imr_logrank_scores_init(&scores, &data, &EQUAL, 1, 1, &fault) == IMR_ERR_EVENT);
}

static void
test_failing_allocations(void)
{
    double time[] = { 5, 4, 3 }, entry[] = { 0, 1, 1 };
    uint8_t event[] = { 0, 1, 1 }, group[] = { 0, 1, 0 };
    imr_logrank_data_t data = { 3, time, event, entry, NULL, group, 2, NULL, 0 };
    imr_logrank_scores_t scores;

    FAIL_EACH_ALLOCATION(imr_logrank_scores_init(&scores, &data, &EQUAL, 1, 1, NULL), IMR_ERR_NOMEM,
        imr_logrank_scores_free(&scores));
}

/* Scores of two strata whose rows are mixed; the second of three has none. */
static void
test_given_scores(void)
{
    double value[] = { 0.5, -1, 0.25, 3, -0.5, -0.25, -2 }, variance;
    uint8_t group[] = { 0, 1, 1, 1, 0, 0, 0 };
    int64_t stratum[] = { 0, 2, 0, 2, 0, 0, 2 };
    imr_logrank_given_t given = { 7, value, 3, 36, group, 2, stratum, 3 };
    double sorted[] = { -0.5, -0.25, 0.25, 0.5, -2, -1, 3 };
    imr_logrank_scores_t scores;
    int64_t sum[2];

    CHECK(imr_logrank_scores_given(&scores, &given, NULL) == IMR_OK);
    CHECK(scores.n == 7 && scores.sets == 1 && scores.unit[0] == ldexp(3, -36));
    CHECK(scores.begin[1] == 4 && scores.begin[2] == 4 && scores.begin[3] == 7);
    CHECK(scores.count[0] == 3 && scores.count[1] == 1 && scores.count[5] == 2);
    for (size_t i = 0; i < 7; i++) {
        CHECK(fabs(score(&scores, 0, i) - sorted[i]) <= 0.5 * scores.unit[0]);
    }
    CHECK(scores.label[2] == 1 && scores.label[4] == 0);
    imr_logrank_scores_sum(&scores, scores.label, sum);
    CHECK_NEAR((double) sum[1] * scores.unit[0], 2.25, 1e-9);
    /* variances of the scores by their strata, times 3 * 1 / 4 and 1 * 2 / 3 */
    variance = (2 * 0.25 + 2 * 0.0625) / 3 * 0.75 + (4 + 1 + 9) / 2.0 * (2.0 / 3);
    CHECK_NEAR(scores.link[1], variance, 1e-9);
    imr_logrank_scores_free(&scores);
    given.size = 0;
    memset(value, 0, sizeof(value));
    CHECK(imr_logrank_scores_given(&scores, &given, NULL) == IMR_OK);
    CHECK(scores.unit[0] == 0 && scores.link[1] == 0);
    imr_logrank_scores_free(&scores);
    FAIL_EACH_ALLOCATION(imr_logrank_scores_given(&scores, &given, NULL), IMR_ERR_NOMEM,
        imr_logrank_scores_free(&scores));
}

HARNESS_MAIN({
    RUN(test_given_scores);
    RUN(test_by_hand);
    RUN(test_sums_are_the_excesses_of_the_test);
    RUN(test_the_order_of_rows_does_not_matter);
    RUN(test_without_events_all_scores_are_0);
    RUN(test_rounding_is_no_score);
    RUN(test_too_many_and_bad_rows);
    RUN(test_failing_allocations);
})
