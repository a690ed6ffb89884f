#include "survival/win_ratio.h"

#include "../harness.h"

#define Z 1.959963984540054 /* R: qnorm(0.975) */

static void
estimate(imr_win_ratio_t *w, const double *score, size_t n, const int64_t *group,
    const int64_t *stratum, size_t strata)
{
    imr_win_outcome_t outcome = { .kind = IMR_WIN_SCORE, .value = score };
    imr_win_data_t data = { n, &outcome, 1, group, stratum, strata };

    CHECK(imr_win_ratio_init(w, &data, 0.95, NULL, NULL) == IMR_OK);
}

/* The hierarchy of test_win_ratio_pairs: two wins, two losses. Shares of wins are 1 and 0 in group 1, 1/2
 * and 1/2 in group 0: covariances 1/4, 1/4 and -1/4 out of group 1 alone. */
static void
test_two_against_two(void)
{
    static const double TIME[] = { 10, 5, 5, 8 }, SCORE[] = { 7, 0, 5, 5.5 };
    static const uint8_t EVENT[] = { 0, 1, 0, 1 };
    static const int64_t GROUP[] = { 1, 1, 0, 0 };
    imr_win_outcome_t outcome[] = {
        { .kind = IMR_WIN_TIME, .value = TIME, .event = EVENT },
        { .kind = IMR_WIN_SCORE, .value = SCORE, .threshold = 2 },
    };
    imr_win_data_t data = { 4, outcome, 2, GROUP, NULL, 1 };
    imr_win_ratio_t w;

    CHECK(imr_win_ratio_init(&w, &data, 0.95, NULL, NULL) == IMR_OK);
    CHECK(w.win == 0.5 && w.loss == 0.5 && w.independent == 2);
    CHECK(w.win_ratio.estimate == 1 && w.net_benefit.estimate == 0 && w.win_odds.estimate == 1);
    CHECK_NEAR(w.win_ratio.std_error, 2, 1e-14);
    CHECK_NEAR(w.win_ratio.low, exp(-2 * Z), 1e-13);
    CHECK_NEAR(w.win_ratio.high, exp(2 * Z), 1e-13);
    CHECK_NEAR(w.net_benefit.std_error, 1, 1e-14);
    CHECK_NEAR(w.net_benefit.high, tanh(Z), 1e-13);
    CHECK_NEAR(w.win_odds.high, exp(2 * Z), 1e-12);
    CHECK(w.win_ratio.pvalue == 1 && w.net_benefit.pvalue == 1);
    imr_win_ratio_free(&w);
    imr_win_ratio_free(&w);
}

/* 5 of 6 pairs won: 3, 5 and 6 against 2 and 4. */
static void
test_one_loss(void)
{
    static const double SCORE[] = { 3, 5, 6, 2, 4 };
    static const int64_t GROUP[] = { 1, 1, 1, 0, 0 };
    double win = 5 / 6.0, loss = 1 / 6.0;
    /* shares 1/2, 1, 1 and 1, 2/3; what is lost is what is not won */
    double s = (1 / 9.0 + 2 / 36.0) / 6 + 2 / 36.0 / 2;
    double log_error = sqrt(s) * (1 / win + 1 / loss), error = 2 * sqrt(s) / (1 - 4 / 9.0);
    imr_win_ratio_t w;

    estimate(&w, SCORE, 5, GROUP, NULL, 1);
    CHECK_NEAR(w.win_ratio.estimate, 5, 1e-15);
    CHECK_NEAR(w.win_ratio.std_error, log_error, 1e-13);
    CHECK_NEAR(w.win_ratio.pvalue, erfc(log(5) / log_error / sqrt(2)), 1e-12);
    CHECK_NEAR(w.net_benefit.estimate, 2 / 3.0, 1e-15);
    CHECK_NEAR(w.net_benefit.std_error, error, 1e-13);
    CHECK_NEAR(w.net_benefit.low, tanh(atanh(2 / 3.0) - Z * error), 1e-12);
    CHECK_NEAR(w.win_odds.low, exp(2 * (atanh(2 / 3.0) - Z * error)), 1e-12);
    imr_win_ratio_free(&w);
}

/* Every pair won: the limit at which two independent pairs would be won with 2.5 %. */
static void
test_all_won_and_all_lost(void)
{
    static const double SCORE[] = { 3, 4, 5, 1, 2 };
    static const int64_t GROUP[] = { 1, 1, 1, 0, 0 }, OTHER[] = { 0, 0, 0, 1, 1 };
    double p = sqrt(0.025);
    imr_win_ratio_t w;

    estimate(&w, SCORE, 5, GROUP, NULL, 1);
    CHECK(w.win_ratio.estimate == INFINITY && w.win_ratio.high == INFINITY);
    CHECK_NEAR(w.win_ratio.low, p / (1 - p), 1e-13);
    CHECK_NEAR(w.net_benefit.low, 2 * p - 1, 1e-13);
    CHECK(w.net_benefit.estimate == 1 && w.net_benefit.high == 1);
    CHECK_NEAR(w.win_odds.low, p / (1 - p), 1e-13);
    CHECK(w.win_odds.high == INFINITY && w.win_odds.estimate == INFINITY);
    CHECK(w.win_ratio.pvalue == 0.5 && w.net_benefit.pvalue == 0.5);
    CHECK(w.win_ratio.std_error == INFINITY && w.net_benefit.std_error == INFINITY);
    imr_win_ratio_free(&w);
    estimate(&w, SCORE, 5, OTHER, NULL, 1);
    CHECK(w.win_ratio.estimate == 0 && w.win_ratio.low == 0 && w.net_benefit.estimate == -1);
    CHECK_NEAR(w.win_ratio.high, (1 - p) / p, 1e-13);
    CHECK_NEAR(w.net_benefit.high, 1 - 2 * p, 1e-13);
    CHECK_NEAR(w.win_odds.high, (1 - p) / p, 1e-13);
    imr_win_ratio_free(&w);
}

/* Nothing decided; and of four pairs one, which is won. */
static void
test_ties(void)
{
    static const double EQUAL[] = { 1, 1, 1, 1 }, ONE[] = { 2, 1, 2, 1 };
    static const int64_t GROUP[] = { 1, 1, 0, 0 };
    imr_win_ratio_t w;

    estimate(&w, EQUAL, 4, GROUP, NULL, 1);
    CHECK(w.win_ratio.estimate == 1 && w.win_ratio.low == 0 && w.win_ratio.high == INFINITY);
    CHECK_NEAR(w.net_benefit.high, 1 - sqrt(0.025), 1e-13);
    CHECK_NEAR(w.net_benefit.low, sqrt(0.025) - 1, 1e-13);
    CHECK(w.net_benefit.estimate == 0 && w.net_benefit.pvalue == 1 && w.win_odds.estimate == 1);
    imr_win_ratio_free(&w);
    {
        imr_win_outcome_t outcome = { .kind = IMR_WIN_SCORE, .value = ONE, .threshold = 1 };
        static const int64_t THREE[] = { 1, 0, 0, 0 };
        imr_win_data_t data = { 4, &outcome, 1, THREE, NULL, 1 };

        /* one patient a group: the variance of a single pair, in which 2 of 3 are won */
        CHECK(imr_win_ratio_init(&w, &data, 0.95, NULL, NULL) == IMR_OK);
        CHECK(w.win_ratio.estimate == INFINITY && w.independent == 1);
        CHECK_NEAR(w.win_ratio.low, pow(0.025, 1.5) / (1 - pow(0.025, 1.5)), 1e-13);
        CHECK_NEAR(w.net_benefit.estimate, 2 / 3.0, 1e-15);
        CHECK_NEAR(w.net_benefit.std_error, sqrt(2 / 9.0) / (5 / 9.0), 1e-13);
        imr_win_ratio_free(&w);
    }
}

/* The first beats the third by the first outcome, the second the fourth by the next; all else is open. Each
 * patient has half its pairs decided, so that nothing varies from patient to patient: two independent pairs
 * are what the sample is taken for. */
static void
test_no_variance_between_patients(void)
{
    static const double ONE[] = { 9, 1, 5, 1 }, TWO[] = { 1, 9, 1, 5 };
    static const uint8_t FIRST[] = { 0, 0, 1, 0 }, SECOND[] = { 0, 0, 0, 1 };
    static const int64_t GROUP[] = { 1, 1, 0, 0 };
    imr_win_outcome_t outcome[] = {
        { .kind = IMR_WIN_TIME, .value = ONE, .event = FIRST },
        { .kind = IMR_WIN_TIME, .value = TWO, .event = SECOND },
    };
    imr_win_data_t data = { 4, outcome, 2, GROUP, NULL, 1 };
    imr_win_ratio_t w;

    CHECK(imr_win_ratio_init(&w, &data, 0.95, NULL, NULL) == IMR_OK);
    CHECK(w.pairs.wins[0] == 1 && w.pairs.wins[1] == 1 && w.pairs.ties[1] == 2);
    CHECK_NEAR(w.net_benefit.estimate, 0.5, 1e-15);
    CHECK_NEAR(w.net_benefit.std_error, sqrt(0.25 / 2) / 0.75, 1e-13);
    CHECK_NEAR(w.win_ratio.low, 0.025 / 0.975, 1e-13); /* one of the two is decided */
    imr_win_ratio_free(&w);
}

/* Two strata of 3 and 2: weights 2/3 and 1/2, wins over the size of the stratum. */
static void
test_strata(void)
{
    static const double SCORE[] = { 1, 3, 2, 1, 2 };
    static const int64_t GROUP[] = { 1, 1, 0, 1, 0 }, STRATUM[] = { 0, 0, 0, 1, 1 };
    imr_win_ratio_t w;

    estimate(&w, SCORE, 5, GROUP, STRATUM, 2);
    /* (1/3) / (1/3 + 1/2) */
    CHECK_NEAR(w.win_ratio.estimate, 0.4, 1e-14);
    CHECK_NEAR(w.win, (1 / 3.0) / (7 / 6.0), 1e-14);
    CHECK_NEAR(w.loss, (5 / 6.0) / (7 / 6.0), 1e-14);
    CHECK_NEAR(w.independent, 7 / 4.0, 1e-14);
    /* one patient of a group in both strata: that of a pair, 1 - (3/7)^2, and (4/7)^2 + (3/7)^2 of it */
    CHECK_NEAR(w.net_benefit.std_error, sqrt(40.0 * 25) / 40, 1e-13);
    imr_win_ratio_free(&w);
}

/* Matched pairs, three of four won: the variance of a pair over their number. */
static void
test_matched_pairs(void)
{
    static const double SCORE[] = { 2, 1, 2, 1, 2, 1, 1, 2 };
    static const int64_t GROUP[] = { 1, 0, 1, 0, 1, 0, 1, 0 },
                         STRATUM[] = { 0, 0, 1, 1, 2, 2, 3, 3 };
    imr_win_ratio_t w;

    estimate(&w, SCORE, 8, GROUP, STRATUM, 4);
    CHECK_NEAR(w.win_ratio.estimate, 3, 1e-14);
    CHECK_NEAR(w.win_ratio.std_error, sqrt((1 / 0.75 + 1 / 0.25) / 4), 1e-13);
    imr_win_ratio_free(&w);
}

static void
test_refusals(void)
{
    static const double SCORE[] = { 1, 3 };
    static const int64_t GROUP[] = { 1, 0 };
    imr_win_outcome_t outcome = { .kind = IMR_WIN_SCORE, .value = SCORE };
    imr_win_data_t data = { 2, &outcome, 1, GROUP, NULL, 1 };
    imr_stop_t stop = { harness_stop, NULL, 1e8 };
    imr_win_ratio_t w;
    imr_fault_t fault;

    CHECK(imr_win_ratio_init(&w, &data, 1, NULL, &fault) == IMR_ERR_LEVEL);
    CHECK(imr_win_ratio_init(&w, &data, NAN, NULL, &fault) == IMR_ERR_LEVEL);
    CHECK(imr_win_ratio_init(&w, &data, 0.95, &stop, &fault) == IMR_ERR_STOPPED);
    FAIL_EACH_ALLOCATION(
        imr_win_ratio_init(&w, &data, 0.95, NULL, NULL), IMR_ERR_NOMEM, imr_win_ratio_free(&w));
}

HARNESS_MAIN({
    RUN(test_two_against_two);
    RUN(test_one_loss);
    RUN(test_all_won_and_all_lost);
    RUN(test_ties);
    RUN(test_no_variance_between_patients);
    RUN(test_strata);
    RUN(test_matched_pairs);
    RUN(test_refusals);
})
