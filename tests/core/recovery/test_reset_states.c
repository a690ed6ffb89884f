#include "recovery/reset_states.h"

#include "../harness.h"

#define STATES IMR_RESET_STATES

/* Four patients followed to day 200: depleted on day 10; B cells back in (80, 100]; drug-free from day 20;
 * the second relapses on day 150; the third ends drug-free remission on day 160; the fourth has no return. */
static const double ONSET[] = { 10, 10, 10, 10 }, LEFT[] = { 80, 80, 80, 80 };
static const double RIGHT[] = { 100, 100, 100, INFINITY }, FOLLOWED[] = { 200, 200, 200, 200 };
static const double RELAPSE[] = { INFINITY, 150, INFINITY, INFINITY };
static const double FROM[] = { 20, 20, 20, 20 }, TO[] = { INFINITY, INFINITY, 160, INFINITY };

static imr_reset_state_rows_t
rows_of(size_t n)
{
    return (imr_reset_state_rows_t) { n, ONSET, LEFT, RIGHT, FOLLOWED, RELAPSE, FROM, TO, NULL, 1 };
}

static void
test_shares_of_complete_follow_up(void)
{
    static const double AT[] = { 0, 10, 99, 100, 150, 200 };
    imr_reset_state_rows_t rows = rows_of(4);
    imr_reset_states_t s;

    CHECK(imr_reset_states_init(&s, &rows, AT, 6, 200, 0.95, NULL, NULL) == IMR_OK);
    CHECK(s.share[0 * STATES + IMR_RESET_ACTIVE] == 1);
    CHECK(s.share[1 * STATES + IMR_RESET_APLASTIC] == 1);
    CHECK(s.share[2 * STATES + IMR_RESET_APLASTIC] == 1);
    CHECK(s.share[3 * STATES + IMR_RESET_DRUG_FREE] == 0.75);
    CHECK(s.share[4 * STATES + IMR_RESET_RELAPSE_STATE] == 0.25);
    CHECK(s.share[5 * STATES + IMR_RESET_DRUG_FREE] == 0.25);
    CHECK(s.share[5 * STATES + IMR_RESET_ON_DRUGS] == 0.25);
    CHECK(s.known[5] == 4 && s.complete[5] == 1);
    CHECK(s.present[5 * STATES + IMR_RESET_ON_DRUGS] == 1);
    /* 3 of 4 and 4 of 4: Clopper-Pearson (R 4.2.2, binom.test) */
    CHECK_NEAR(s.low[3 * STATES + IMR_RESET_DRUG_FREE], 0.194120449683243, 1e-10);
    CHECK_NEAR(s.low[0], pow(0.025, 0.25), 1e-12);
    /* days: 10 active; 90, 90, 90 and 190 aplastic; 100, 50 and 60 drug-free; 40 on drugs; 50 relapsed */
    CHECK_NEAR(s.time[IMR_RESET_ACTIVE], 10, 1e-13);
    CHECK_NEAR(s.time[IMR_RESET_APLASTIC], 460.0 / 4, 1e-13);
    CHECK_NEAR(s.time[IMR_RESET_DRUG_FREE], 210.0 / 4, 1e-13);
    CHECK_NEAR(s.time[IMR_RESET_ON_DRUGS], 10, 1e-13);
    CHECK_NEAR(s.time[IMR_RESET_RELAPSE_STATE], 12.5, 1e-13);
    /* of complete follow-up the jackknife is the standard error of the mean: sd of (90, 90, 90, 190) is 50,
     * over 2, and Student's point on 3 degrees of freedom (R: qt(0.975, 3)) */
    CHECK_NEAR(s.time_high[IMR_RESET_APLASTIC], fmin(200, 115 + 25 * 3.182446305284263), 1e-10);
    CHECK_NEAR(s.time_low[IMR_RESET_APLASTIC], 115 - 25 * 3.182446305284263, 1e-10);
    /* all stay 10 days: as many as 1 - 0.025^(1/4) of others may not */
    CHECK_NEAR(s.time_low[IMR_RESET_ACTIVE], 10 * pow(0.025, 0.25), 1e-12);
    CHECK_NEAR(s.time_high[IMR_RESET_DEAD], 200 * (1 - pow(0.025, 0.25)), 1e-12);
    imr_reset_states_free(&s);
    imr_reset_states_free(&s);
}

/* Depleted on days 10 and 20, and one who left on day 15 before depletion: 2/3, then 0 still active. */
static void
test_censoring(void)
{
    static const double WHEN[] = { 10, INFINITY, 20 }, NEVER[] = { INFINITY, INFINITY, INFINITY };
    static const double END[] = { 100, 15, 100 }, UP_TO[] = { 10, 10, 10 }, AT[] = { 9, 15, 20 };
    imr_reset_state_rows_t rows = { 3, WHEN, UP_TO, NEVER, END, NEVER, NULL, NULL, NULL, 1 };
    imr_reset_states_t s;

    CHECK(imr_reset_states_init(&s, &rows, AT, 3, 40, 0.95, NULL, NULL) == IMR_OK);
    CHECK(s.share[IMR_RESET_ACTIVE] == 1);
    CHECK_NEAR(s.share[STATES + IMR_RESET_ACTIVE], 2.0 / 3, 1e-15);
    CHECK_NEAR(s.share[2 * STATES + IMR_RESET_ACTIVE], 0, 1e-15);
    CHECK(s.complete[1] == 1 && s.complete[2] == 0 && s.known[2] == 2);
    /* none of two known: 1 - 0.025^(1/2) */
    CHECK_NEAR(s.high[2 * STATES + IMR_RESET_ACTIVE], 1 - sqrt(0.025), 1e-12);
    CHECK_NEAR(s.time[IMR_RESET_ACTIVE], 10 + 10 * 2.0 / 3, 1e-13);
    imr_reset_states_free(&s);
}

/* With a fifth patient who is lost on day 120, limits are the jackknife's: a logit with 4 degrees. */
static void
test_jackknife_limits(void)
{
    static const double ALL[][5] = { { 10, 10, 10, 10, 10 }, { 80, 80, 80, 80, 80 },
        { 100, 100, 100, INFINITY, 100 }, { 200, 200, 200, 200, 120 },
        { INFINITY, 150, INFINITY, INFINITY, INFINITY }, { 20, 20, 20, 20, 20 },
        { INFINITY, INFINITY, 160, INFINITY, INFINITY } };
    static const double AT[] = { 155 };
    imr_reset_state_rows_t rows = { 5, ALL[0], ALL[1], ALL[2], ALL[3], ALL[4], ALL[5], ALL[6], NULL,
        1 };
    imr_reset_states_t s;
    /* drug-free: 4/5 at 100; one of three at risk relapses: 8/15. Without the first, second, ..., fifth
     * patient: 3/4 * 1/2, 3/4, 3/4 * 1/2, 2/3 of 4/4, 3/4 * 2/3 */
    double without[] = { 0.375, 0.75, 0.375, 2.0 / 3, 0.5 }, mean = 0, square = 0, reach;
    double share = 8.0 / 15, spread;

    for (size_t i = 0; i < 5; i++) {
        mean += without[i] / 5;
    }
    for (size_t i = 0; i < 5; i++) {
        square += (without[i] - mean) * (without[i] - mean);
    }
    spread = sqrt(square * 4 / 5) / (share * (1 - share));
    reach = 2.776445105197793 * spread; /* R: qt(0.975, 4) */
    CHECK(imr_reset_states_init(&s, &rows, AT, 1, 200, 0.95, NULL, NULL) == IMR_OK);
    CHECK_NEAR(s.share[IMR_RESET_DRUG_FREE], share, 1e-14);
    CHECK_NEAR(s.low[IMR_RESET_DRUG_FREE], 1 / (1 + exp(reach) * (1 - share) / share), 1e-11);
    CHECK_NEAR(s.high[IMR_RESET_DRUG_FREE], 1 / (1 + exp(-reach) * (1 - share) / share), 1e-11);
    imr_reset_states_free(&s);
}

static void
test_death_and_one_patient(void)
{
    static const double AT[] = { 50, 60 }, END[] = { 60 }, DEAD[] = { 1 }, NONE[] = { INFINITY };
    imr_reset_state_rows_t rows = { 1, ONSET, ONSET, NONE, END, NONE, NULL, NULL, DEAD, 0.5 };
    imr_reset_states_t s;

    CHECK(imr_reset_states_init(&s, &rows, AT, 2, 60, 0.95, NULL, NULL) == IMR_OK);
    CHECK(s.share[IMR_RESET_APLASTIC] == 1 && s.share[STATES + IMR_RESET_DEAD] == 1);
    CHECK_NEAR(s.low[STATES + IMR_RESET_DEAD], 0.025, 1e-14);
    CHECK(s.time[IMR_RESET_APLASTIC] == 50 && s.time[IMR_RESET_DEAD] == 0);
    imr_reset_states_free(&s);
}

/* 0.1 + 0.2 and 0.3 are one day. */
static void
test_ties_by_rounding(void)
{
    static const double NONE[] = { INFINITY, INFINITY }, END[] = { 9, 9 }, AT[] = { 1 };
    static const double ZERO[] = { 0, 0 };
    double onset[] = { 0.1 + 0.2, 0.3 };
    imr_reset_state_rows_t rows = { 2, onset, ZERO, NONE, END, NONE, NULL, NULL, NULL, 1 };
    imr_reset_states_t s;

    CHECK(imr_reset_states_init(&s, &rows, AT, 1, 9, 0.95, NULL, NULL) == IMR_OK);
    CHECK(s.share[IMR_RESET_APLASTIC] == 1);
    CHECK_NEAR(s.time[IMR_RESET_ACTIVE], 0.3, 1e-14);
    imr_reset_states_free(&s);
}

static void
refuses(size_t column, double value, int status, const char *argument)
{
    double v[] = { 10, 80, 100, 200, INFINITY, 20, 150, 0 };
    static const double AT[] = { 50 };
    imr_reset_state_rows_t rows = { 1, v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7, 1 };
    imr_reset_states_t s;
    imr_fault_t fault = { 0 };

    v[column] = value;
    CHECK(imr_reset_states_init(&s, &rows, AT, 1, 60, 0.95, NULL, &fault) == status);
    CHECK(fault.argument != NULL && strcmp(fault.argument, argument) == 0);
}

static void
test_what_is_refused(void)
{
    static const double LATE[] = { 201 }, EARLY[] = { -1 }, MISSING[] = { NAN };
    imr_reset_state_rows_t rows = rows_of(4);
    imr_stop_t stop = { harness_stop, NULL, IMR_WORK_A_QUESTION };
    imr_reset_states_t s;

    refuses(0, NAN, IMR_ERR_RESET_DAY, "onset");
    refuses(0, 81, IMR_ERR_RESET_ORDER, "onset");
    refuses(0, -1, IMR_ERR_NEGATIVE, "onset");
    refuses(1, 100, IMR_ERR_RESET_ORDER, "return_left");
    refuses(1, NAN, IMR_ERR_RESET_DAY, "return_left");
    refuses(2, 201, IMR_ERR_RESET_AFTER_END, "return_right");
    refuses(3, INFINITY, IMR_ERR_NONFINITE, "followed");
    refuses(4, 201, IMR_ERR_RESET_AFTER_END, "relapse");
    refuses(5, 150, IMR_ERR_RESET_ORDER, "drug_free_from");
    refuses(7, 2, IMR_ERR_RESET_FLAG, "dead");
    refuses(7, NAN, IMR_ERR_RESET_DAY, "dead");
    CHECK(imr_reset_states_init(&s, &rows, LATE, 1, 9, 0.95, NULL, NULL) == IMR_ERR_TAU);
    CHECK(imr_reset_states_init(&s, &rows, EARLY, 1, 9, 0.95, NULL, NULL) == IMR_ERR_NEGATIVE);
    CHECK(imr_reset_states_init(&s, &rows, MISSING, 1, 9, 0.95, NULL, NULL) == IMR_ERR_NONFINITE);
    CHECK(imr_reset_states_init(&s, &rows, NULL, 0, 201, 0.95, NULL, NULL) == IMR_ERR_TAU);
    CHECK(imr_reset_states_init(&s, &rows, NULL, 0, 0, 0.95, NULL, NULL) == IMR_ERR_NOT_POSITIVE);
    CHECK(imr_reset_states_init(&s, &rows, NULL, 0, 9, 1, NULL, NULL) == IMR_ERR_LEVEL);
    CHECK(imr_reset_states_init(&s, &rows, NULL, 0, 9, 0.95, &stop, NULL) == IMR_ERR_STOPPED);
    rows.n = 0;
    CHECK(imr_reset_states_init(&s, &rows, NULL, 0, 9, 0.95, NULL, NULL) == IMR_ERR_NO_PATIENT);
}

static void
test_allocations(void)
{
    static const double AT[] = { 50 };
    imr_reset_state_rows_t rows = rows_of(4);
    imr_reset_states_t s;

    FAIL_EACH_ALLOCATION(imr_reset_states_init(&s, &rows, AT, 1, 200, 0.95, NULL, NULL),
        IMR_ERR_NOMEM, imr_reset_states_free(&s));
}

HARNESS_MAIN(RUN(test_shares_of_complete_follow_up); RUN(test_censoring);
    RUN(test_jackknife_limits); RUN(test_death_and_one_patient); RUN(test_ties_by_rounding);
    RUN(test_what_is_refused); RUN(test_allocations);)
