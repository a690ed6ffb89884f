#include "survival/recurrent_test.h"

#include "../harness.h"

/* Group 0: events at 1 and 3 of patient 1; group 1: at 2 of patient 3. All are followed to 9. */
static const int64_t PATIENT[] = { 1, 1, 1, 2, 3, 3, 4 }, EVENT[] = { 1, 1, 0, 0, 1, 0, 0 };
static const int64_t GROUP[] = { 0, 0, 0, 0, 1, 1, 1 };
static const double TIME[] = { 1, 3, 9, 9, 2, 9, 9 };

static imr_recurrent_rows_t
rows_of(const int64_t *patient, const double *time, const int64_t *event, const int64_t *group,
    size_t n)
{
    imr_recurrent_data_t data = { .n = n, .patient = patient, .time = time, .event = event };
    imr_recurrent_rows_t rows;

    data.group = group;
    data.groups = 3;
    data.window = NAN;
    CHECK(imr_recurrent_rows(&data, &rows, NULL) == IMR_OK);
    return rows;
}

/* Half of each event is expected in each group: excess 1 - 3/2; counts 2, 0 about 1 and 1, 0 about 1/2, by
 * half. */
static void
test_by_hand(void)
{
    imr_recurrent_rows_t rows = rows_of(PATIENT, TIME, EVENT, GROUP, 7);
    imr_recurrent_test_t test;
    double pvalue;

    CHECK(imr_recurrent_test(&rows, IMR_RECURRENT_WEIGHT_LOGRANK, &test, NULL) == IMR_OK);
    CHECK(test.events[0] == 2 && test.events[1] == 1 && test.count[0] == 2 && test.count[1] == 2);
    CHECK_NEAR(test.excess, -0.5, 1e-15);
    CHECK_NEAR(test.variance, (1 + 1 + 0.25 + 0.25) / 4, 1e-14);
    CHECK_NEAR(test.z, -0.5 / sqrt(0.625), 1e-14);
    CHECK_NEAR(test.score[0], 2 - 0.75, 1e-14);
    CHECK_NEAR(test.score[2], 1 - 0.75, 1e-14);
    CHECK(imr_recurrent_test_pvalue(&test, IMR_TWO_SIDED, &pvalue, NULL) == IMR_OK);
    CHECK_NEAR(pvalue, erfc(0.5 / sqrt(0.625) / sqrt(2)), 1e-13);
    CHECK(imr_recurrent_test_pvalue(&test, IMR_LESS, &pvalue, NULL) == IMR_OK);
    CHECK_NEAR(pvalue, 0.5 * erfc(0.5 / sqrt(0.625) / sqrt(2)), 1e-13);
    imr_recurrent_test_free(&test);
    imr_recurrent_test_free(&test);
    imr_recurrent_rows_free(&rows);
}

/* Three of four are left at the second event: 1/2 * 1 against 1/2, then 3/4 * 1/3 of the second group. */
static void
test_gehan(void)
{
    static const int64_t patient[] = { 1, 1, 2, 3, 3, 4 }, event[] = { 1, 0, 0, 1, 0, 0 };
    static const int64_t group[] = { 0, 0, 0, 1, 1, 1 };
    static const double time[] = { 1, 9, 2, 3, 9, 9 };
    imr_recurrent_rows_t rows = rows_of(patient, time, event, group, 6);
    imr_recurrent_test_t test;

    CHECK(imr_recurrent_test(&rows, IMR_RECURRENT_WEIGHT_GEHAN, &test, NULL) == IMR_OK);
    CHECK_NEAR(test.excess, -0.5 + 0.75 / 3, 1e-14);
    imr_recurrent_test_free(&test);
    imr_recurrent_rows_free(&rows);
}

/* A death of the first group at 2 halves what an event there at 3 adds: areas 2/3 * 1/2 and 1/3. The death
 * has half the hazard: a quarter more or less for one and the other, times the area after it. */
static void
test_deaths(void)
{
    static const int64_t patient[] = { 1, 1, 2, 3, 3, 4 }, event[] = { 1, 0, 2, 1, 0, 0 };
    static const int64_t group[] = { 0, 0, 0, 1, 1, 1 };
    static const double time[] = { 3, 9, 2, 4, 9, 9 };
    imr_recurrent_rows_t rows = rows_of(patient, time, event, group, 6);
    imr_recurrent_test_t test;

    CHECK(imr_recurrent_test(&rows, IMR_RECURRENT_WEIGHT_LOGRANK, &test, NULL) == IMR_OK);
    CHECK_NEAR(test.excess + 1, 1, 1e-14);
    CHECK_NEAR(test.variance, 2.0 / 144 + 2.0 / 36, 1e-14);
    imr_recurrent_test_free(&test);
    imr_recurrent_rows_free(&rows);
}

static void
test_alike_or_silent(void)
{
    static const int64_t patient[] = { 1, 1, 2 }, event[] = { 1, 0, 0 }, group[] = { 0, 0, 1 };
    static const int64_t three[] = { 0, 0, 2 };
    static const double time[] = { 3, 9, 9 };
    imr_recurrent_rows_t rows = rows_of(patient, time, event, group, 3);
    imr_recurrent_test_t test;
    imr_fault_t fault;
    double pvalue;

    CHECK(imr_recurrent_test(&rows, IMR_RECURRENT_WEIGHT_LOGRANK, &test, NULL) == IMR_OK);
    CHECK(isnan(test.z) && test.variance == 0);
    CHECK(imr_recurrent_test_pvalue(&test, IMR_TWO_SIDED, &pvalue, &fault)
        == IMR_ERR_RECURRENT_ALIKE);
    imr_recurrent_test_free(&test);
    imr_recurrent_rows_free(&rows);
    rows = rows_of(patient + 1, time + 1, event + 1, group + 1, 2); /* no events */
    CHECK(imr_recurrent_test(&rows, IMR_RECURRENT_WEIGHT_LOGRANK, &test, NULL) == IMR_OK);
    CHECK(test.z == 0 && imr_recurrent_test_pvalue(&test, IMR_TWO_SIDED, &pvalue, NULL) == IMR_OK);
    CHECK(pvalue == 1);
    imr_recurrent_test_free(&test);
    imr_recurrent_rows_free(&rows);
    rows = rows_of(patient, time, event, three, 3);
    CHECK(imr_recurrent_test(&rows, IMR_RECURRENT_WEIGHT_LOGRANK, &test, &fault)
        == IMR_ERR_TWO_GROUPS);
    CHECK(strcmp(fault.argument, "group") == 0);
    imr_recurrent_rows_free(&rows);
    rows = rows_of(patient, time, event, NULL, 3);
    CHECK(imr_recurrent_test(&rows, IMR_RECURRENT_WEIGHT_LOGRANK, &test, &fault)
        == IMR_ERR_TWO_GROUPS);
    imr_recurrent_rows_free(&rows);
}

static void
test_each_allocation_fails(void)
{
    imr_recurrent_rows_t rows = rows_of(PATIENT, TIME, EVENT, GROUP, 7);
    imr_recurrent_test_t test;
    imr_logrank_scores_t scores;

    FAIL_EACH_ALLOCATION(imr_recurrent_test(&rows, IMR_RECURRENT_WEIGHT_LOGRANK, &test, NULL),
        IMR_ERR_NOMEM, imr_recurrent_test_free(&test));
    CHECK(imr_recurrent_test(&rows, IMR_RECURRENT_WEIGHT_LOGRANK, &test, NULL) == IMR_OK);
    memset(&scores, 0, sizeof(scores));
    FAIL_EACH_ALLOCATION(imr_recurrent_test_deal(&test, &rows, &scores, NULL), IMR_ERR_NOMEM,
        imr_logrank_scores_free(&scores));
    imr_recurrent_test_free(&test);
    imr_recurrent_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_by_hand);
    RUN(test_gehan);
    RUN(test_deaths);
    RUN(test_alike_or_silent);
    RUN(test_each_allocation_fails);
})
