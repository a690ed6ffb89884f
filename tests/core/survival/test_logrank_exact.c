#include "survival/logrank_exact.h"

#include "../harness.h"

static const imr_logrank_weights_t EQUAL = { IMR_LOGRANK_EQUAL, 0, 0 };

static int
exact(const imr_logrank_data_t *data, imr_alternative_t alternative, double *pvalue,
    imr_fault_t *fault)
{
    imr_logrank_scores_t scores;
    imr_logrank_exact_t job = { 0 };
    int done = 0, status = imr_logrank_scores_init(&scores, data, &EQUAL, 1, 1, fault);

    if (status != IMR_OK) {
        return status;
    }
    status = imr_logrank_exact_init(&job, &scores, alternative, fault);
    while (status == IMR_OK && !done) {
        status = imr_logrank_exact_step(&job, &done, pvalue, fault);
    }
    imr_logrank_exact_free(&job);
    imr_logrank_scores_free(&scores);
    return status;
}

static double
pvalue_of(const imr_logrank_data_t *data, imr_alternative_t alternative)
{
    double pvalue = NAN;

    CHECK(exact(data, alternative, &pvalue, NULL) == IMR_OK);
    return pvalue;
}

/* tests/golden/survival/logrank_exact_tiny.json: 10 of 70 */
static void
test_eight_patients_agree_with_coin(void)
{
    double time[] = { 2, 4, 4, 6, 7, 9, 10, 12 };
    uint8_t event[] = { 1, 1, 0, 1, 1, 0, 1, 0 }, group[] = { 0, 0, 0, 1, 0, 1, 1, 1 };
    imr_logrank_data_t data = { 8, time, event, NULL, NULL, group, 2, NULL, 0 };

    CHECK_NEAR(pvalue_of(&data, IMR_TWO_SIDED), 1.0 / 7, 1e-15);
    /* a sum is below or above this one, or equal to it */
    CHECK(pvalue_of(&data, IMR_LESS) + pvalue_of(&data, IMR_GREATER) > 1);
}

/* All subsets of 12 patients in three strata, the second of which has one group only. */
static void
test_strata_equal_all_subsets(void)
{
    double time[] = { 5, 1, 8, 2, 9, 12, 7, 3, 5, 6, 4, 4 };
    uint8_t event[] = { 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0 };
    uint8_t group[] = { 0, 1, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1 };
    int64_t stratum[] = { 0, 0, 0, 0, 0, 1, 1, 1, 3, 3, 3, 3 };
    imr_logrank_data_t data = { 12, time, event, NULL, NULL, group, 2, stratum, 4 };
    imr_logrank_scores_t scores;
    double all = 0, extreme[3] = { 0, 0, 0 };
    int64_t observed[2];

    CHECK(imr_logrank_scores_init(&scores, &data, &EQUAL, 1, 1, NULL) == IMR_OK);
    imr_logrank_scores_sum(&scores, scores.label, observed);
    for (uint32_t subset = 0; subset < 1u << 12; subset++) {
        int64_t sum = 0;
        int fits = 1;

        for (size_t s = 0; s < 4; s++) {
            size_t count = 0;

            for (size_t i = scores.begin[s]; i < scores.begin[s + 1]; i++) {
                if (subset >> i & 1) {
                    count++;
                    sum += scores.score[i];
                }
            }
            fits &= count == scores.count[2 * s + 1];
        }
        all += fits;
        extreme[IMR_TWO_SIDED] += fits && llabs(sum) >= llabs(observed[1]) - 12;
        extreme[IMR_GREATER] += fits && sum >= observed[1] - 12;
        extreme[IMR_LESS] += fits && sum <= observed[1] + 12;
    }
    CHECK(all == 10 * 4);
    for (int alternative = 0; alternative < 3; alternative++) {
        CHECK_NEAR(
            pvalue_of(&data, (imr_alternative_t) alternative), extreme[alternative] / all, 1e-15);
    }
    imr_logrank_scores_free(&scores);
}

static void
test_without_events_nothing_is_extreme(void)
{
    double time[] = { 5, 1, 8 };
    uint8_t event[] = { 0, 0, 0 }, group[] = { 0, 1, 1 };
    imr_logrank_data_t data = { 3, time, event, NULL, NULL, group, 2, NULL, 0 };

    for (int alternative = 0; alternative < 3; alternative++) {
        CHECK(pvalue_of(&data, (imr_alternative_t) alternative) == 1);
    }
}

/* 300 patients without ties are too many; with 5 distinct times they are not. */
static void
test_ties_make_many_patients_possible(void)
{
    enum { MANY = 60 };
    double time[MANY];
    uint8_t event[MANY], group[MANY];
    imr_logrank_data_t data = { MANY, time, event, NULL, NULL, group, 2, NULL, 0 };
    imr_fault_t fault;
    double pvalue;

    for (size_t i = 0; i < MANY; i++) {
        time[i] = (double) (i % 5);
        event[i] = (uint8_t) (i % 3 != 0);
        group[i] = (uint8_t) (i % 2);
    }
    CHECK(pvalue_of(&data, IMR_TWO_SIDED) > 0.1);
    for (size_t i = 0; i < MANY; i++) {
        time[i] = (double) i;
    }
    CHECK(exact(&data, IMR_TWO_SIDED, &pvalue, &fault) == IMR_ERR_EXACT_PATIENTS);
}

static void
test_failing_allocations(void)
{
    double time[] = { 5, 1, 8, 2 }, pvalue;
    uint8_t event[] = { 1, 1, 0, 1 }, group[] = { 0, 1, 1, 0 };
    imr_logrank_data_t data = { 4, time, event, NULL, NULL, group, 2, NULL, 0 };

    FAIL_EACH_ALLOCATION(exact(&data, IMR_TWO_SIDED, &pvalue, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_eight_patients_agree_with_coin);
    RUN(test_strata_equal_all_subsets);
    RUN(test_without_events_nothing_is_extreme);
    RUN(test_ties_make_many_patients_possible);
    RUN(test_failing_allocations);
})
