#include "survival/competing_risks.h"

#include "../harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const imr_competing_risks_options_t AALEN = { IMR_INCIDENCE_LOG_LOG, IMR_INCIDENCE_AALEN,
    0.95, 1 };
static const imr_competing_risks_options_t GREENWOOD = { IMR_INCIDENCE_PLAIN,
    IMR_INCIDENCE_GREENWOOD, 0.95, 1 };

static const double TIME[] = { 4, 2, 1, 3 };
static const uint8_t CAUSE[] = { 1, 2, 1, 0 };

/* By hand: S is 3/4, 1/2, 1/2, 0, the increments of cause 1 are 1/4 at 1 and 1/2 at 4, and nobody has
 * cause 3. */
static void
test_curves_worked_by_hand(void)
{
    static const double FIRST[] = { 0.25, 0.25, 0.25, 0.75 }, SECOND[] = { 0, 0.25, 0.25, 0.25 };
    static const double FREE[] = { 0.75, 0.5, 0.5, 0 }, REMAINING[] = { 4, 4, 2, 2 };
    static const int64_t AT_RISK[] = { 4, 3, 2, 1 };
    static const double FOLLOWED[] = { 4, 4, 4, 2 }; /* just before the censorings of each row */
    imr_competing_risks_data_t data = { .n = 4, .time = TIME, .cause = CAUSE, .causes = 3 };
    imr_competing_risks_t ci;

    CHECK(imr_competing_risks(&data, &AALEN, &ci, NULL) == IMR_OK);
    CHECK(ci.n == 4 && ci.causes == 3 && ci.patients == 4 && ci.merged == 0 && ci.collapse == -1);
    for (size_t j = 0; j < 4; j++) {
        CHECK(ci.time[j] == (double) j + 1 && ci.at_risk[j] == AT_RISK[j]);
        CHECK(ci.censored[j] == (j == 2) && ci.events[j] == (j == 0 || j == 3));
        CHECK(ci.events[4 + j] == (j == 1) && ci.events[8 + j] == 0);
        CHECK_NEAR(ci.event_free[j], FREE[j], 2e-16);
        CHECK_NEAR(ci.estimate[j], FIRST[j], 2e-16);
        CHECK_NEAR(ci.estimate[4 + j], SECOND[j], 2e-16);
        CHECK(ci.estimate[8 + j] == 0 && ci.std_error[8 + j] == 0 && ci.low[8 + j] == 0);
        CHECK_NEAR(ci.high[8 + j], 1 - pow(0.025, 1 / FOLLOWED[j]), 1e-14);
        CHECK_NEAR(ci.remaining[j], REMAINING[j], 2e-16);
    }
    CHECK_NEAR(ci.start_high, 1 - pow(0.025, 0.25), 1e-14);
    CHECK_NEAR(ci.std_error[0], 0.25, 4e-16);
    /* (1 - 2/3)^2 / 16 of time 1, 1 / 16 of time 2, 1 / 4 of time 4 */
    CHECK_NEAR(ci.std_error[3], sqrt(46.0) / 12, 4e-16);
    /* F^exp(+-z e / (F log F)) */
    CHECK_NEAR(ci.high[3], pow(0.75, exp(1.959963984540054 * sqrt(46.0) / 12 / (0.75 * log(0.75)))),
        1e-14);
    CHECK(isnan(ci.event_free_std_error[3]));
    CHECK_NEAR(ci.event_free_std_error[0], sqrt(0.25 * 0.75 / 4), 4e-16);
    imr_competing_risks_free(&ci);

    CHECK(imr_competing_risks(&data, &GREENWOOD, &ci, NULL) == IMR_OK);
    CHECK_NEAR(ci.std_error[0], sqrt(0.25 * 0.75 / 4), 4e-16);
    CHECK_NEAR(ci.std_error[3], sqrt(3.0) / 8, 4e-16); /* 1 / 192 + 1 / 24 */
    CHECK_NEAR(ci.low[3], 0.75 - 1.959963984540054 * sqrt(3.0) / 8, 1e-14);
    CHECK(ci.high[3] == 1);
    imr_competing_risks_free(&ci);
    imr_competing_risks_free(&ci);
}

/* Clopper and Pearson's limits for n of n and 0 of n. */
static void
test_all_and_none(void)
{
    enum { N = 3000 };
    double time[N];
    uint8_t cause[N];
    imr_competing_risks_data_t data = { .time = time, .cause = cause, .causes = 2 };
    imr_competing_risks_t ci;

    for (size_t i = 0; i < N; i++) {
        time[i] = (double) (i + 1) + 0.5;
        cause[i] = 1;
    }
    for (size_t n = 1; n <= N; n = n < 9 ? n + 1 : n * 3) {
        size_t last = n - 1;

        data.n = n;
        CHECK(imr_competing_risks(&data, &AALEN, &ci, NULL) == IMR_OK);
        CHECK(ci.estimate[last] == 1 && ci.high[last] == 1 && ci.event_free[last] == 0);
        CHECK_NEAR(ci.low[last], pow(0.025, 1 / (double) n), 1e-12);
        CHECK_NEAR(ci.high[n + last], 1 - pow(0.025, 1 / (double) n), 1e-12);
        CHECK(n == 1 || ci.estimate[last - 1] < 1);
        imr_competing_risks_free(&ci);
        CHECK(imr_competing_risks(&data, &GREENWOOD, &ci, NULL) == IMR_OK);
        CHECK(ci.std_error[last] == 0);
        for (size_t j = 0; j < last; j++) { /* without censoring a proportion */
            double share = (double) (j + 1) / (double) n;

            CHECK(ci.estimate[j] == share);
            CHECK_NEAR(ci.std_error[j], sqrt(share * (1 - share) / (double) n), 1e-10);
        }
        imr_competing_risks_free(&ci);
    }
}

static void
test_all_censored(void)
{
    static const uint8_t NONE[] = { 0, 0, 0, 0 };
    imr_competing_risks_data_t data = { .n = 4, .time = TIME, .cause = NONE, .causes = 1 };
    imr_competing_risks_t ci;

    CHECK(imr_competing_risks(&data, &AALEN, &ci, NULL) == IMR_OK);
    for (size_t j = 0; j < 4; j++) {
        CHECK(ci.event_free[j] == 1 && ci.estimate[j] == 0 && ci.low[j] == 0);
        CHECK_NEAR(ci.high[j], 1 - pow(0.025, 1 / (double) (4 - j)), 1e-14);
    }
    CHECK(ci.remaining[3] == 0);
    imr_competing_risks_free(&ci);
    data.causes = 0;
    CHECK(imr_competing_risks(&data, &AALEN, &ci, NULL) == IMR_OK);
    CHECK(ci.n == 4 && ci.causes == 0);
    imr_competing_risks_free(&ci);
}

/* Patient 0 is alone at risk at 1; the others enter at 2. */
static void
test_an_early_risk_set_of_one_is_told(void)
{
    static const double ENTRY[] = { 0, 2, 2 }, EXIT[] = { 1, 4, 5 };
    static const uint8_t OF[] = { 2, 1, 0 };
    imr_competing_risks_data_t data = {
        .n = 3, .time = EXIT, .cause = OF, .causes = 2, .entry = ENTRY
    };
    imr_competing_risks_t ci;

    CHECK(imr_competing_risks(&data, &AALEN, &ci, NULL) == IMR_OK);
    CHECK(ci.collapse == 0 && ci.n == 3 && ci.at_risk[1] == 2 && ci.event_free[2] == 0);
    CHECK(ci.estimate[0] == 0 && ci.estimate[2] == 0 && ci.estimate[3 + 2] == 1);
    CHECK(ci.entries == 2 && ci.entry_time[1] == 2 && ci.entered[1] == 3);
    imr_competing_risks_free(&ci);
}

static void
test_groups_are_apart(void)
{
    static const int64_t GROUP[] = { 1, 0, 1, 0 };
    imr_competing_risks_data_t data = {
        .n = 4, .time = TIME, .cause = CAUSE, .causes = 2, .group = GROUP, .groups = 2
    };
    imr_competing_risks_t ci[2];

    CHECK(imr_competing_risks(&data, &AALEN, ci, NULL) == IMR_OK);
    CHECK(ci[0].n == 2 && ci[0].time[0] == 2 && ci[0].estimate[2] == 0.5);
    CHECK(ci[1].n == 2 && ci[1].time[1] == 4 && ci[1].estimate[1] == 1);
    imr_competing_risks_free(&ci[0]);
    imr_competing_risks_free(&ci[1]);
}

static void
test_a_level_is_checked(void)
{
    static const double LEVELS[] = { 0, 1, -1, NAN };
    imr_competing_risks_data_t data = { .n = 4, .time = TIME, .cause = CAUSE, .causes = 2 };
    imr_competing_risks_t ci;
    imr_fault_t fault;

    for (size_t i = 0; i < COUNT(LEVELS); i++) {
        imr_competing_risks_options_t options = AALEN;

        options.level = LEVELS[i];
        CHECK(imr_competing_risks(&data, &options, &ci, &fault) == IMR_ERR_LEVEL);
        CHECK(ci.block == NULL && strcmp(fault.argument, "level") == 0);
    }
    data.n = 0;
    CHECK(imr_competing_risks(&data, &AALEN, &ci, &fault) == IMR_ERR_NO_PATIENT);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    static const double ENTRY[] = { 0, 1, 0, 1 };
    static const int64_t GROUP[] = { 1, 0, 1, 0 };
    imr_competing_risks_data_t data = { .n = 4, .time = TIME, .cause = CAUSE, .causes = 2 };
    imr_competing_risks_t ci[2] = { { 0 } };

    FAIL_EACH_ALLOCATION(
        imr_competing_risks(&data, &AALEN, ci, NULL), IMR_ERR_NOMEM, imr_competing_risks_free(ci));
    data.entry = ENTRY;
    data.group = GROUP;
    data.groups = 2;
    FAIL_EACH_ALLOCATION(imr_competing_risks(&data, &AALEN, ci, NULL), IMR_ERR_NOMEM,
        (imr_competing_risks_free(ci), imr_competing_risks_free(ci + 1)));
}

HARNESS_MAIN({
    RUN(test_curves_worked_by_hand);
    RUN(test_all_and_none);
    RUN(test_all_censored);
    RUN(test_an_early_risk_set_of_one_is_told);
    RUN(test_groups_are_apart);
    RUN(test_a_level_is_checked);
    RUN(test_no_allocation_is_taken_for_granted);
})
