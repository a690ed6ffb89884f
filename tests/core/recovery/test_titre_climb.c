#include "recovery/titre_climb.h"

#include "../harness.h"

enum { N = 8 };

/* exact but for one above 3.2, one below 2.6 and one between two ends */
static const double TIME[N] = { 0, 1, 2, 3, 4, 5, 6, 7 };
static const double LOW[N] = { 3.2, 2.5, 2.75, -INFINITY, 2.0, 2.2, 1.8, 2.05 };
static const double HIGH[N] = { INFINITY, 2.5, 2.75, 2.6, 2.0, 2.5, 1.8, 2.05 };
static double work[4 * N];

static imr_titre_decay_rows_t
rows_of(double half_life, double sd)
{
    imr_titre_decay_rows_t rows = { N, TIME, LOW, HIGH, half_life, sd, INFINITY, 0.95, work, NULL };

    return rows;
}

static void
test_scores_are_slopes(void)
{
    static const double LOGIT[] = { -3, 0.5, 4 }, STEP = 1e-4;
    imr_titre_decay_rows_t rows = rows_of(NAN, NAN);
    imr_titre_search_t s;

    imr_titre_search_init(&s, &rows);
    for (int i = 0; i < 3; i++) {
        double more = imr_titre_look(&s, LOGIT[i] + STEP, 0.2);
        double less = imr_titre_look(&s, LOGIT[i] - STEP, 0.2), faster, slower;

        faster = imr_titre_look(&s, LOGIT[i], 0.2 + STEP);
        slower = imr_titre_look(&s, LOGIT[i], 0.2 - STEP);
        CHECK(isfinite(imr_titre_look(&s, LOGIT[i], 0.2)) && s.logit == LOGIT[i]);
        CHECK_NEAR(s.score_logit, (more - less) / (2 * STEP), 1e-5);
        CHECK_NEAR(s.score_rate, (faster - slower) / (2 * STEP), 1e-5);
    }
}

static void
test_the_peak_is_above_all(void)
{
    imr_titre_decay_rows_t rows = rows_of(NAN, NAN);
    double at[IMR_TITRE_LOGITS], highest;
    imr_titre_search_t s;

    imr_titre_search_init(&s, &rows);
    CHECK(s.logits[0] == -INFINITY && s.logits[IMR_TITRE_LOGITS - 1] == INFINITY);
    for (int j = 1; j < IMR_TITRE_LOGITS; j++) {
        CHECK(s.logits[j - 1] < s.logits[j]);
    }
    CHECK(s.n_rates > 10 && s.n_rates <= IMR_TITRE_MOST_RATES);
    highest = imr_titre_find_peak(&s, at);
    CHECK(isfinite(highest) && imr_titre_score(&s) < 1e-6);
    CHECK(imr_titre_effective(&s) > 3 && imr_titre_effective(&s) < N);
    for (int j = 0; j < IMR_TITRE_LOGITS; j++) {
        CHECK(at[j] <= highest + 1e-10);
    }
    CHECK(imr_titre_best_rate(&s, s.logit) <= highest + 1e-10);
    CHECK(imr_titre_best_logit(&s, s.log_rate) >= highest - 1e-10);
    CHECK(!imr_titre_has_no_scatter(&s));
}

static void
test_a_given_rate_and_scatter(void)
{
    imr_titre_decay_rows_t rows = rows_of(1, 0.1);
    double at[IMR_TITRE_LOGITS];
    imr_titre_search_t s;

    imr_titre_search_init(&s, &rows);
    CHECK(s.n_rates == 1);
    CHECK(isfinite(imr_titre_find_peak(&s, at)));
    CHECK_NEAR(exp(-s.log_rate), 1 / 0.693147180559945309, 1e-14);
    CHECK_NEAR(s.climb.h, s.scale / 0.1, 1e-14);
    CHECK(imr_titre_slope_in_sd(&s) > 0); /* the values scatter by more than that */
    CHECK(imr_titre_logistic(0) == 0.5 && imr_titre_logistic(INFINITY) == 1);
    CHECK(imr_titre_logistic(-INFINITY) == 0 && isfinite(imr_titre_within(INFINITY)));
}

static void
test_values_on_a_curve_have_no_scatter(void)
{
    static const double LOGS[] = { 3, 2, 1, 0 }, T[] = { 0, 1, 2, 3 };
    imr_titre_decay_rows_t rows = { 4, T, LOGS, LOGS, 0.693147180559945309, NAN, INFINITY, 0.95,
        work, NULL };
    double at[IMR_TITRE_LOGITS];
    imr_titre_search_t s;

    imr_titre_search_init(&s, &rows);
    imr_titre_find_peak(&s, at);
    CHECK(imr_titre_has_no_scatter(&s));
}

HARNESS_MAIN({
    RUN(test_scores_are_slopes);
    RUN(test_the_peak_is_above_all);
    RUN(test_a_given_rate_and_scatter);
    RUN(test_values_on_a_curve_have_no_scatter);
})
