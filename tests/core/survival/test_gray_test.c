#include "survival/gray_test.h"

#include "../harness.h"
#include "../stop_sweep.h"

static const double TIME[] = { 1, 2, 3, 4 };
static const uint8_t CAUSE[] = { 1, 2, 1, 0 };
static const int64_t GROUP[] = { 0, 1, 1, 0 };

static int
test_of(
    const imr_gray_data_t *data, double *statistic, int64_t *df, double *pvalue, imr_fault_t *fault)
{
    int64_t observed[8];
    double expected[8];

    return imr_gray_test(data, statistic, df, pvalue, observed, expected, NULL, fault);
}

/* At 1 two of four are at risk in each group, shares 2 and 2. At 2 group 1 loses one of two to cause
 * 2: S is 1/2 in both groups, so the shares at 3 are again 2 and 2, of which group 0's hazard share
 * is 2 (1 - 1/2) and group 1's 2. Scores of group 0: 1 - 1/2 at 1, -1/3 at 3. */
static void
test_a_statistic_worked_by_hand(void)
{
    imr_gray_data_t data = {
        .n = 4, .time = TIME, .cause = CAUSE, .causes = 2, .group = GROUP, .groups = 2
    };
    double statistic[2], pvalue[2], expected[4];
    int64_t df[2], observed[4];
    /* direct weight of a jump in either group: 2 - 2 * 2 / 4 = 1 (with the sign of the group). */
    /* what later events carry on: at 1 nothing; at 3 1 / (4 * 3/4) = 1/3 */
    /* pooled incidence: 1/4 at 1, 1/2 at 3. Jumps of cause 1 at 1: ratio (3/4) / S, S 1/2 and 1 */
    double w = 1.0 / (4 * 2), at_1_of_0 = 1 + (1 - 1.5) / 3, at_1_of_1 = -1 - (1 - 0.75) / 3;
    /* the jump of cause 2 at 2: 1 / 2^2, ratio (3/4) / (1/2); at 3: ratio (1/2) / (1/2) and 0 */
    double at_2 = 1.5 / 3,
           variance =
               w * (at_1_of_0 * at_1_of_0 + at_1_of_1 * at_1_of_1) + at_2 * at_2 / 4 + w * (1 + 1);

    CHECK(imr_gray_test(&data, statistic, df, pvalue, observed, expected, NULL, NULL) == IMR_OK);
    CHECK(
        df[0] == 1 && observed[0] == 1 && observed[1] == 1 && observed[2] == 0 && observed[3] == 1);
    CHECK_NEAR(expected[0], 1.0 / 2 + 1.0 / 3, 1e-15);
    CHECK_NEAR(expected[1], 1.0 / 2 + 2.0 / 3, 1e-15);
    CHECK_NEAR(statistic[0], 1.0 / 36 / variance, 1e-14);
    CHECK_NEAR(pvalue[0], erfc(sqrt(statistic[0] / 2)), 1e-13);
}

static void
test_strata_are_apart(void)
{
    static const double TWICE[] = { 1, 2, 3, 4, 1, 2, 3, 4 };
    static const uint8_t CAUSES[] = { 1, 2, 1, 0, 1, 2, 1, 0 };
    static const int64_t GROUPS[] = { 0, 1, 1, 0, 0, 1, 1, 0 };
    static const int64_t STRATA[] = { 2, 2, 2, 2, 0, 0, 0, 0 };
    imr_gray_data_t one = {
        .n = 4, .time = TIME, .cause = CAUSE, .causes = 2, .group = GROUP, .groups = 2
    };
    imr_gray_data_t two = { .n = 8,
        .time = TWICE,
        .cause = CAUSES,
        .causes = 2,
        .group = GROUPS,
        .groups = 2,
        .stratum = STRATA,
        .strata = 3 };
    double once[2], twice[2], pvalue[2];
    int64_t df[2];

    CHECK(test_of(&one, once, df, pvalue, NULL) == IMR_OK);
    CHECK(test_of(&two, twice, df, pvalue, NULL) == IMR_OK);
    CHECK_NEAR(twice[0], 2 * once[0], 1e-13);
    CHECK_NEAR(twice[1], 2 * once[1], 1e-13);
    two.n = 4; /* of one stratum, the others are empty */
    CHECK(test_of(&two, twice, df, pvalue, NULL) == IMR_OK);
    CHECK_NEAR(twice[0], once[0], 1e-13);
}

static void
test_bad_input_is_named(void)
{
    static const int64_t ODD[] = { 0, 1, 2, -1 };
    imr_gray_data_t plain = {
        .n = 4, .time = TIME, .cause = CAUSE, .causes = 2, .group = GROUP, .groups = 2
    };
    imr_gray_data_t data = plain;
    double statistic[2], pvalue[2];
    int64_t df[2];
    imr_fault_t fault;

    data.groups = 1;
    CHECK(test_of(&data, statistic, df, pvalue, &fault) == IMR_ERR_ONE_GROUP);
    data.groups = IMR_GRAY_MOST_GROUPS + 1;
    CHECK(test_of(&data, statistic, df, pvalue, &fault) == IMR_ERR_MANY_GROUPS);
    data = plain;
    data.rho = 10.5;
    CHECK(test_of(&data, statistic, df, pvalue, &fault) == IMR_ERR_RHO && fault.value == 10.5);
    data = plain;
    data.group = ODD;
    CHECK(test_of(&data, statistic, df, pvalue, &fault) == IMR_ERR_CODE && fault.row == 2);
    data = plain;
    data.stratum = ODD;
    data.strata = 3;
    CHECK(test_of(&data, statistic, df, pvalue, &fault) == IMR_ERR_CODE && fault.row == 3);
    CHECK(strcmp(fault.argument, "strata") == 0);
    data = plain;
    data.causes = 1;
    CHECK(test_of(&data, statistic, df, pvalue, &fault) == IMR_ERR_CAUSE && fault.row == 1);
    data.n = 0;
    CHECK(test_of(&data, statistic, df, pvalue, &fault) == IMR_ERR_NO_PATIENT);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    static const int64_t STRATA[] = { 0, 1, 1, 0 };
    imr_gray_data_t data = { .n = 4,
        .time = TIME,
        .cause = CAUSE,
        .causes = 2,
        .group = GROUP,
        .groups = 2,
        .stratum = STRATA,
        .strata = 2 };
    double statistic[2], pvalue[2];
    int64_t df[2];

    FAIL_EACH_ALLOCATION(test_of(&data, statistic, df, pvalue, NULL), IMR_ERR_NOMEM, (void) 0);
}

static void
test_it_stops_at_each_question(void)
{
    imr_gray_data_t data = {
        .n = 4, .time = TIME, .cause = CAUSE, .causes = 2, .group = GROUP, .groups = 2
    };
    double statistic[2], pvalue[2], expected[4];
    int64_t df[2], observed[4];

    STOP_AT_EACH_QUESTION(
        imr_gray_test(&data, statistic, df, pvalue, observed, expected, &sweep.stop, NULL),
        (void) 0);
}

HARNESS_MAIN({
    RUN(test_a_statistic_worked_by_hand);
    RUN(test_strata_are_apart);
    RUN(test_bad_input_is_named);
    RUN(test_no_allocation_is_taken_for_granted);
    RUN(test_it_stops_at_each_question);
})
