#include "survival/logrank_permutation.h"

#include "../harness.h"

static const imr_logrank_weights_t EQUAL = { IMR_LOGRANK_EQUAL, 0, 0 };
static const uint64_t KEY[] = { 20261101, 5 };

static const double TIME[] = { 2, 4, 4, 6, 7, 9, 10, 12 };
static const uint8_t EVENT[] = { 1, 1, 0, 1, 1, 0, 1, 0 };
static const uint8_t TWO[] = { 0, 0, 0, 1, 0, 1, 1, 1 };
static const uint8_t THREE[] = { 0, 0, 1, 1, 0, 2, 2, 2 };

/* The share of n permutations that are as extreme. */
static double
share(const uint8_t *group, size_t groups, const imr_logrank_weights_t *weights, size_t sets,
    const double *trend, imr_alternative_t alternative, uint32_t n)
{
    imr_logrank_data_t data = { 8, TIME, EVENT, NULL, NULL, group, groups, NULL, 0 };
    imr_logrank_scores_t scores;
    imr_logrank_permutation_t job;
    uint64_t extreme, parts = 0;

    CHECK(imr_logrank_scores_init(&scores, &data, weights, sets, 1, NULL) == IMR_OK);
    CHECK(imr_logrank_permutation_init(&job, &scores, trend, alternative, NULL) == IMR_OK);
    extreme = imr_logrank_permute(&job, KEY, 0, n);
    /* the same, whoever works which part */
    parts += imr_logrank_permute(&job, KEY, n / 3, n);
    parts += imr_logrank_permute(&job, KEY, 0, n / 3);
    CHECK(parts == extreme);
    imr_logrank_permutation_free(&job);
    imr_logrank_scores_free(&scores);
    return (double) extreme / n;
}

static void
test_two_groups_approach_the_exact_pvalue(void)
{
    /* 10 of 70 (coin); 4 standard errors */
    double error = 4 * sqrt(1.0 / 7 * 6 / 7 / 40000);

    CHECK(fabs(share(TWO, 2, &EQUAL, 1, NULL, IMR_TWO_SIDED, 40000) - 1.0 / 7) < error);
}

static void
test_scores_of_two_groups_change_nothing(void)
{
    double rising[] = { 1e6, 1e6 + 2 }, falling[] = { 5, -1 };

    for (int alternative = 0; alternative < 3; alternative++) {
        imr_alternative_t here = (imr_alternative_t) alternative;
        imr_alternative_t other = here == IMR_GREATER ? IMR_LESS
            : here == IMR_LESS                        ? IMR_GREATER
                                                      : IMR_TWO_SIDED;
        double plain = share(TWO, 2, &EQUAL, 1, NULL, here, 3000);

        CHECK(share(TWO, 2, &EQUAL, 1, rising, here, 3000) == plain);
        CHECK(share(TWO, 2, &EQUAL, 1, falling, other, 3000) == plain);
    }
}

/* The first group is among the latest: with the quadratic form all 560 ways are listed. */
static void
test_three_groups_equal_all_ways(void)
{
    imr_logrank_data_t data = { 8, TIME, EVENT, NULL, NULL, THREE, 3, NULL, 0 };
    imr_logrank_scores_t scores;
    imr_logrank_permutation_t job;
    double variance, all = 0, extreme = 0;

    CHECK(imr_logrank_scores_init(&scores, &data, &EQUAL, 1, 1, NULL) == IMR_OK);
    CHECK(imr_logrank_permutation_init(&job, &scores, NULL, IMR_TWO_SIDED, NULL) == IMR_OK);
    CHECK(isnan(job.z));
    variance = scores.link[1] * 8 / (3 * 2);
    for (uint32_t code = 0; code < 6561; code++) { /* 3^8 */
        double sum[3] = { 0, 0, 0 }, count[3] = { 0, 0, 0 }, form = 0;

        for (uint32_t i = 0, rest = code; i < 8; i++, rest /= 3) {
            sum[rest % 3] += (double) scores.score[i] * scores.unit[0];
            count[rest % 3]++;
        }
        if (count[0] == 3 && count[1] == 2) {
            for (int g = 0; g < 3; g++) {
                form += sum[g] * sum[g] / count[g] / variance;
            }
            all++;
            extreme += form >= job.least;
        }
    }
    CHECK(all == 560);
    CHECK(fabs(share(THREE, 3, &EQUAL, 1, NULL, IMR_TWO_SIDED, 40000) - extreme / all)
        < 4 * sqrt(0.25 / 40000));
    imr_logrank_permutation_free(&job);
    imr_logrank_scores_free(&scores);
}

static void
test_the_largest_of_equal_tests_is_the_test(void)
{
    imr_logrank_weights_t same[] = { EQUAL, { IMR_LOGRANK_FLEMING_HARRINGTON, 0, 0 } };

    for (int alternative = 0; alternative < 3; alternative++) {
        imr_alternative_t here = (imr_alternative_t) alternative;

        CHECK(
            share(TWO, 2, same, 2, NULL, here, 3000) == share(TWO, 2, &EQUAL, 1, NULL, here, 3000));
    }
}

static void
test_without_events_each_permutation_is_as_extreme(void)
{
    uint8_t none[8] = { 0 };
    imr_logrank_weights_t two[] = { EQUAL, EQUAL };
    imr_logrank_data_t data = { 8, TIME, none, NULL, NULL, TWO, 2, NULL, 0 };

    for (size_t sets = 1; sets <= 2; sets++) {
        imr_logrank_scores_t scores;
        imr_logrank_permutation_t job;

        CHECK(imr_logrank_scores_init(&scores, &data, two, sets, 1, NULL) == IMR_OK);
        CHECK(imr_logrank_permutation_init(&job, &scores, NULL, IMR_TWO_SIDED, NULL) == IMR_OK);
        CHECK(imr_logrank_permute(&job, KEY, 0, 50) == 50);
        CHECK(sets == 2 || job.z == 0);
        imr_logrank_permutation_free(&job);
        imr_logrank_scores_free(&scores);
    }
}

static void
test_failing_allocations(void)
{
    imr_logrank_data_t data = { 8, TIME, EVENT, NULL, NULL, TWO, 2, NULL, 0 };
    imr_logrank_scores_t scores;
    imr_logrank_permutation_t job;

    CHECK(imr_logrank_scores_init(&scores, &data, &EQUAL, 1, 1, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_logrank_permutation_init(&job, &scores, NULL, IMR_TWO_SIDED, NULL),
        IMR_ERR_NOMEM, imr_logrank_permutation_free(&job));
    imr_logrank_scores_free(&scores);
}

HARNESS_MAIN({
    RUN(test_two_groups_approach_the_exact_pvalue);
    RUN(test_scores_of_two_groups_change_nothing);
    RUN(test_three_groups_equal_all_ways);
    RUN(test_the_largest_of_equal_tests_is_the_test);
    RUN(test_without_events_each_permutation_is_as_extreme);
    RUN(test_failing_allocations);
})
