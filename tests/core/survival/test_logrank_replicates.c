#include "survival/logrank_replicates.h"

#include "../harness.h"
#include "base/rng.h"

enum { REPLICATES = 30, N = 14, GROUPS = 3, POINTS = 4 };

static double time_of[REPLICATES * N], statistic[REPLICATES], z[REPLICATES], pvalue[REPLICATES];
static double estimate[REPLICATES * GROUPS * POINTS];
static uint8_t event_of[REPLICATES * N];
static int64_t df[REPLICATES];
static const double AT[POINTS] = { 0, 2, 5, 8 };
static const uint8_t GROUP[N] = { 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1 };

static const imr_logrank_replicates_columns_t COLUMNS = { statistic, z, pvalue, df, estimate };

static imr_logrank_replicates_t
simulated(void)
{
    const uint64_t key[] = { 3, 4 };
    imr_logrank_replicates_t job = { N, time_of, event_of, GROUP, GROUPS, POINTS, AT,
        { { IMR_LOGRANK_EQUAL, 0, 0 }, NULL, IMR_TWO_SIDED, 0.95, 1 }, 0 };
    imr_rng_t rng;

    imr_rng_init(&rng, key, 0);
    for (size_t i = 0; i < REPLICATES * N; i++) {
        time_of[i] = imr_rng_below(&rng, 10);
        event_of[i] = imr_rng_below(&rng, 4) > 0;
    }
    return job;
}

/* Kaplan-Meier of one group at one time, straight from its definition. */
static double
survival_at(const double *time, const uint8_t *event, uint8_t group, double at)
{
    double survival = 1, last = 0;

    for (int t = 0; t <= at; t++) {
        double at_risk = 0, events = 0;

        for (size_t i = 0; i < N; i++) {
            at_risk += GROUP[i] == group && time[i] >= t;
            events += GROUP[i] == group && time[i] == t && event[i];
        }
        survival *= events > 0 ? (at_risk - events) / at_risk : 1;
    }
    for (size_t i = 0; i < N; i++) {
        last = GROUP[i] == group && time[i] > last ? time[i] : last;
    }
    return at > last && survival > 0 ? NAN : survival;
}

static void
test_each_replicate_is_the_test(void)
{
    imr_logrank_replicates_t job = simulated();

    CHECK(imr_logrank_replicates_check(&job, NULL) == IMR_OK);
    CHECK(imr_logrank_replicates(&job, 0, 7, &COLUMNS, NULL) == IMR_OK);
    CHECK(imr_logrank_replicates(&job, 7, REPLICATES, &COLUMNS, NULL) == IMR_OK);
    for (size_t i = 0; i < REPLICATES; i++) {
        const double *time = time_of + i * N;
        const uint8_t *event = event_of + i * N;
        imr_logrank_data_t data = { N, time, event, NULL, NULL, GROUP, GROUPS, NULL, 0 };
        imr_logrank_t one;

        CHECK(imr_logrank(&data, &job.options, &one, NULL) == IMR_OK);
        CHECK(one.test.statistic == statistic[i] && one.test.pvalue == pvalue[i]);
        CHECK(one.test.df == df[i] && isnan(z[i]));
        for (uint8_t g = 0; g < GROUPS; g++) {
            for (size_t j = 0; j < POINTS; j++) {
                CHECK_NEAR(estimate[(i * GROUPS + g) * POINTS + j],
                    survival_at(time, event, g, AT[j]), 1e-14);
            }
        }
    }
}

static void
test_exact_pvalues(void)
{
    double time[] = { 2, 4, 4, 6, 7, 9, 10, 12 };
    uint8_t event[] = { 1, 1, 0, 1, 1, 0, 1, 0 }, group[] = { 0, 0, 0, 1, 0, 1, 1, 1 };
    imr_logrank_replicates_t job = { 8, time, event, group, 2, 0, NULL,
        { { IMR_LOGRANK_EQUAL, 0, 0 }, NULL, IMR_TWO_SIDED, 0.95, 1 }, 1 };
    imr_fault_t fault;

    CHECK(imr_logrank_replicates_check(&job, NULL) == IMR_OK);
    CHECK(imr_logrank_replicates(&job, 0, 1, &COLUMNS, NULL) == IMR_OK);
    CHECK_NEAR(pvalue[0], 1.0 / 7, 1e-15);
    CHECK_NEAR(statistic[0], 3.1208891042335396, 1e-13);
    job.groups = 3;
    CHECK(imr_logrank_replicates_check(&job, &fault) == IMR_ERR_EXACT_GROUPS);
}

static void
test_times_without_room_in_a_key(void)
{
    double time[] = { 5e-324, 1, 1e308, 1e308 }, at[] = { 0, 1e307 };
    uint8_t event[] = { 1, 1, 1, 0 }, group[] = { 0, 1, 0, 1 };
    imr_logrank_replicates_t job = { 4, time, event, group, 2, 2, at,
        { { IMR_LOGRANK_EQUAL, 0, 0 }, NULL, IMR_TWO_SIDED, 0.95, 0 }, 0 };

    CHECK(imr_logrank_replicates(&job, 0, 1, &COLUMNS, NULL) == IMR_OK);
    CHECK(estimate[0] == 1 && estimate[1] == 0.5 && estimate[2] == 1 && estimate[3] == 0.5);
    CHECK(df[0] == 1);
}

static void
test_bad_input_is_named(void)
{
    imr_logrank_replicates_t job = simulated();
    double at[] = { 1, 1 };
    imr_fault_t fault;

    time_of[3 * N + 5] = -1;
    CHECK(imr_logrank_replicates(&job, 0, REPLICATES, &COLUMNS, &fault) == IMR_ERR_NEGATIVE);
    CHECK(fault.row == 3 * N + 5 && strcmp(fault.argument, "time") == 0);
    job.at = at;
    job.points = 2;
    CHECK(imr_logrank_replicates_check(&job, &fault) == IMR_ERR_NOT_ASCENDING && fault.row == 1);
    at[0] = -1;
    CHECK(imr_logrank_replicates_check(&job, &fault) == IMR_ERR_NEGATIVE);
    at[0] = NAN;
    CHECK(imr_logrank_replicates_check(&job, &fault) == IMR_ERR_NONFINITE);
    job.groups = 1;
    CHECK(imr_logrank_replicates_check(&job, &fault) == IMR_ERR_ONE_GROUP);
}

static void
test_failing_allocations(void)
{
    imr_logrank_replicates_t job = simulated();

    FAIL_EACH_ALLOCATION(
        imr_logrank_replicates(&job, 0, 2, &COLUMNS, NULL), IMR_ERR_NOMEM, (void) 0);
    job.groups = 2;
    job.exact = 1;
    job.n = 2;
    FAIL_EACH_ALLOCATION(
        imr_logrank_replicates(&job, 0, 1, &COLUMNS, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_each_replicate_is_the_test);
    RUN(test_exact_pvalues);
    RUN(test_times_without_room_in_a_key);
    RUN(test_bad_input_is_named);
    RUN(test_failing_allocations);
})
