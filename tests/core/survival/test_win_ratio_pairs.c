#include "survival/win_ratio_pairs.h"

#include "../harness.h"

static imr_win_outcome_t
time_of(const double *value, const uint8_t *event, int smaller)
{
    return (imr_win_outcome_t) { IMR_WIN_TIME, value, event, NULL, smaller, 0, "time", "event",
        "threshold" };
}

static imr_win_outcome_t
count_of(const double *value, const double *follow_up, int smaller)
{
    return (imr_win_outcome_t) { IMR_WIN_COUNT, value, NULL, follow_up, smaller, 0, "count",
        "follow_up", "threshold" };
}

static imr_win_outcome_t
score_of(const double *value, int smaller, double threshold)
{
    return (imr_win_outcome_t) { IMR_WIN_SCORE, value, NULL, NULL, smaller, threshold, "score", "",
        "threshold" };
}

/* What the first patient of two does against the second: 1, 0 or -1; seen from both sides. */
static int
duel(const imr_win_outcome_t *outcome)
{
    static const int64_t LABEL[2][2] = { { 1, 0 }, { 0, 1 } };
    int answer[2];

    for (int side = 0; side < 2; side++) {
        imr_win_data_t data = { 2, outcome, 1, LABEL[side], NULL, 1 };
        imr_win_pairs_t pairs;

        CHECK(imr_win_pairs_init(&pairs, &data, NULL, NULL) == IMR_OK);
        CHECK(pairs.pairs == 1 && pairs.wins[0] + pairs.losses[0] + pairs.ties[0] == 1);
        answer[side] = (int) (pairs.wins[0] - pairs.losses[0]);
        imr_win_pairs_free(&pairs);
    }
    CHECK(answer[0] == -answer[1]);
    return answer[0];
}

static void
test_times(void)
{
    static const double UNEQUAL[] = { 5, 8 }, EQUAL[] = { 5, 5 }, ROUNDED[] = { 0.1 + 0.2, 0.3 };
    static const uint8_t BOTH[] = { 1, 1 }, FIRST[] = { 1, 0 }, SECOND[] = { 0, 1 },
                         NONE[] = { 0, 0 };
    struct {
        const double *time;
        const uint8_t *event;
        int longer; /* the answer where the longer time is better */
    } cases[] = { { UNEQUAL, BOTH, -1 }, { UNEQUAL, FIRST, -1 }, { UNEQUAL, SECOND, 0 },
        { UNEQUAL, NONE, 0 }, { EQUAL, BOTH, 0 }, { EQUAL, FIRST, -1 }, { EQUAL, SECOND, 1 },
        { EQUAL, NONE, 0 }, { ROUNDED, BOTH, 0 }, { ROUNDED, FIRST, -1 } };

    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        imr_win_outcome_t longer = time_of(cases[k].time, cases[k].event, 0);
        imr_win_outcome_t sooner = time_of(cases[k].time, cases[k].event, 1);

        CHECK(duel(&longer) == cases[k].longer);
        CHECK(duel(&sooner) == -cases[k].longer);
    }
}

static void
test_counts(void)
{
    static const double ONE_TWO[] = { 1, 2 }, EQUAL[] = { 2, 2 };
    static const double YEARS[][2] = { { 1, 1 }, { 2, 1 }, { 1, 2 }, { 0.1 + 0.2, 0.3 } };
    imr_win_outcome_t outcome = count_of(ONE_TWO, NULL, 1);

    CHECK(duel(&outcome) == 1);
    outcome = count_of(ONE_TWO, YEARS[0], 1);
    CHECK(duel(&outcome) == 1);
    outcome = count_of(ONE_TWO, YEARS[1], 1); /* one in two years against two in one */
    CHECK(duel(&outcome) == 1);
    outcome = count_of(ONE_TWO, YEARS[2], 1); /* one in one year against two in two: open */
    CHECK(duel(&outcome) == 0);
    outcome = count_of(ONE_TWO, YEARS[3], 1);
    CHECK(duel(&outcome) == 1);
    outcome = count_of(ONE_TWO, YEARS[1], 0); /* more is better: open, the second might reach one */
    CHECK(duel(&outcome) == -1);
    outcome = count_of(ONE_TWO, YEARS[2], 0);
    CHECK(duel(&outcome) == 0);
    outcome = count_of(EQUAL, YEARS[1], 1);
    CHECK(duel(&outcome) == 0);
}

static void
test_scores(void)
{
    static const double SCORE[] = { 0.3, 0.1 }, CLOSE[] = { 3, 1.5 }, FAR[] = { 1e300, -1e300 };
    imr_win_outcome_t outcome = score_of(SCORE, 0, 0);

    CHECK(duel(&outcome) == 1);
    outcome = score_of(SCORE, 1, 0);
    CHECK(duel(&outcome) == -1);
    outcome = score_of(SCORE, 0, 0.2); /* 0.3 - 0.1 is a little less than 0.2 */
    CHECK(duel(&outcome) == 1);
    outcome = score_of(SCORE, 0, 0.21);
    CHECK(duel(&outcome) == 0);
    outcome = score_of(CLOSE, 0, 1.5);
    CHECK(duel(&outcome) == 1);
    outcome = score_of(CLOSE, 1, 2);
    CHECK(duel(&outcome) == 0);
    outcome = score_of(FAR, 0, 1e300);
    CHECK(duel(&outcome) == 1);
}

/* Two against two. Death: the first (alive at 10) ties with the third (alive at 5) and beats the fourth
 * (dead at 8); the second (dead at 5) loses to both. The score then decides the tie: 7 against 5. */
static void
test_hierarchy_by_hand(void)
{
    static const double TIME[] = { 10, 5, 5, 8 }, SCORE[] = { 7, 0, 5, 5.5 };
    static const uint8_t EVENT[] = { 0, 1, 0, 1 };
    static const int64_t GROUP[] = { 1, 1, 0, 0 };
    static const int64_t WON[] = { 2, 0, 1, 1 }, LOST[] = { 0, 2, 1, 1 }, SUM[] = { 3, -3, 0, 0 };
    imr_win_outcome_t outcome[] = { time_of(TIME, EVENT, 0), score_of(SCORE, 0, 2) };
    imr_win_data_t data = { 4, outcome, 2, GROUP, NULL, 1 };
    imr_win_pairs_t pairs;

    CHECK(imr_win_pairs_init(&pairs, &data, NULL, NULL) == IMR_OK);
    CHECK(pairs.pairs == 4);
    CHECK(pairs.wins[0] == 1 && pairs.losses[0] == 2 && pairs.ties[0] == 1);
    CHECK(pairs.wins[1] == 1 && pairs.losses[1] == 0 && pairs.ties[1] == 0);
    for (size_t p = 0; p < 4; p++) {
        CHECK(pairs.row[p] == p && pairs.won[p] == WON[p] && pairs.lost[p] == LOST[p]);
        CHECK(pairs.score[p] == SUM[p]);
    }
    imr_win_pairs_free(&pairs);
    imr_win_pairs_free(&pairs);
}

static void
test_strata_keep_pairs_apart(void)
{
    static const double SCORE[] = { 1, 2, 3, 4, 9 };
    static const int64_t GROUP[] = { 0, 1, 1, 0, 1 }, STRATUM[] = { 1, 1, 0, 0, 2 };
    static const size_t ROW[] = { 2, 3, 1, 0, 4 }, START[] = { 0, 1, 2, 3, 4, 5, 5 };
    imr_win_outcome_t outcome = score_of(SCORE, 0, 0);
    imr_win_data_t data = { 5, &outcome, 1, GROUP, STRATUM, 3 };
    imr_win_pairs_t pairs;

    CHECK(imr_win_pairs_init(&pairs, &data, NULL, NULL) == IMR_OK);
    CHECK(pairs.pairs == 2 && pairs.wins[0] == 1 && pairs.losses[0] == 1);
    CHECK(memcmp(pairs.row, ROW, sizeof(ROW)) == 0);
    CHECK(memcmp(pairs.start, START, sizeof(START)) == 0);
    CHECK(pairs.score[0] == -1 && pairs.score[2] == 1 && pairs.score[4] == 0);
    imr_win_pairs_free(&pairs);
}

static void
refused(const imr_win_data_t *data, int status, const char *argument, int64_t row)
{
    imr_win_pairs_t pairs;
    imr_fault_t fault;

    CHECK(imr_win_pairs_init(&pairs, data, NULL, &fault) == status);
    CHECK(fault.status == status && strcmp(fault.argument, argument) == 0 && fault.row == row);
    CHECK(pairs.block == NULL);
}

static void
test_refusals(void)
{
    static const double GOOD[] = { 1, 2 }, MISSING[] = { 1, NAN }, BELOW[] = { -1, 2 };
    static const double HALF[] = { 0.5, 2 }, HUGE_SCORE[] = { 0, 2e300 };
    static const uint8_t EVENT[] = { 1, 0 }, BAD_EVENT[] = { 1, 2 };
    static const int64_t GROUP[] = { 1, 0 }, ONE[] = { 1, 1 }, TWO[] = { 2, 0 },
                         STRATUM[] = { 0, 1 };
    imr_win_outcome_t good = score_of(GOOD, 0, 0), bad;
    imr_win_data_t data = { 2, &bad, 1, GROUP, NULL, 1 };
    imr_win_data_t of_groups = { 2, &good, 1, ONE, NULL, 1 };

    bad = score_of(MISSING, 0, 0);
    refused(&data, IMR_ERR_NONFINITE, "score", 1);
    bad = score_of(HUGE_SCORE, 0, 0);
    refused(&data, IMR_ERR_SCORE_RANGE, "score", 1);
    bad = score_of(GOOD, 0, -1);
    refused(&data, IMR_ERR_NEGATIVE, "threshold", -1);
    bad = score_of(GOOD, 0, NAN);
    refused(&data, IMR_ERR_NONFINITE, "threshold", -1);
    bad = time_of(BELOW, EVENT, 0);
    refused(&data, IMR_ERR_NEGATIVE, "time", 0);
    bad = time_of(GOOD, BAD_EVENT, 0);
    refused(&data, IMR_ERR_EVENT, "event", 1);
    bad = count_of(HALF, NULL, 0);
    refused(&data, IMR_ERR_WIN_COUNT, "count", 0);
    bad = count_of(GOOD, MISSING, 0);
    refused(&data, IMR_ERR_NONFINITE, "follow_up", 1);
    bad = count_of(GOOD, BELOW, 0);
    refused(&data, IMR_ERR_NEGATIVE, "follow_up", 0);
    refused(&of_groups, IMR_ERR_TWO_GROUPS, "group", -1);
    of_groups.group = TWO;
    refused(&of_groups, IMR_ERR_TWO_GROUPS, "group", 0);
    of_groups.group = GROUP;
    of_groups.stratum = STRATUM;
    refused(&of_groups, IMR_ERR_CODE, "strata", 1);
    of_groups.strata = 2;
    refused(&of_groups, IMR_ERR_WIN_STRATA, "strata", -1);
    of_groups.n = (size_t) 1 << 30;
    refused(&of_groups, IMR_ERR_TOO_MANY_ROWS, "group", -1);
    of_groups.n = 0;
    refused(&of_groups, IMR_ERR_TWO_GROUPS, "group", -1);
}

static void
test_stop_and_allocations(void)
{
    static const double TIME[] = { 10, 5, 5 };
    static const uint8_t EVENT[] = { 0, 1, 0 };
    static const int64_t GROUP[] = { 1, 1, 0 };
    imr_win_outcome_t outcome[] = { time_of(TIME, EVENT, 0), count_of(TIME, TIME, 1) };
    imr_win_data_t data = { 3, outcome, 2, GROUP, NULL, 1 };
    imr_stop_t stop = { harness_stop, NULL, 1e8 };
    imr_win_pairs_t pairs;

    CHECK(imr_win_pairs_init(&pairs, &data, &stop, NULL) == IMR_ERR_STOPPED);
    FAIL_EACH_ALLOCATION(
        imr_win_pairs_init(&pairs, &data, NULL, NULL), IMR_ERR_NOMEM, imr_win_pairs_free(&pairs));
}

HARNESS_MAIN({
    RUN(test_times);
    RUN(test_counts);
    RUN(test_scores);
    RUN(test_hierarchy_by_hand);
    RUN(test_strata_keep_pairs_apart);
    RUN(test_refusals);
    RUN(test_stop_and_allocations);
})
