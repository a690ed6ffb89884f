#include "../harness.h"
#include "panel_rows.h"

#define CHI_SQUARED 3.8414588206941236 /* qchisq(0.95, 1) */

enum { PATIENTS = 6 };
static int64_t patient[2 * PATIENTS], state[2 * PATIENTS];
static double day[2 * PATIENTS];

/* Patient i is followed for 10 (i + 1) days, or for 10, and `died` of them died then. */
static imr_panel_data_t
deaths(int died, int exact, int same)
{
    for (int i = 0; i < PATIENTS; i++) {
        patient[2 * i] = patient[2 * i + 1] = i;
        state[2 * i + 1] = i < died;
        day[2 * i + 1] = same ? 10 : 10 * (i + 1);
    }
    return (imr_panel_data_t) { .patient = patient,
        .day = day,
        .state = state,
        .n = 2 * PATIENTS,
        .chain = mortal,
        .exact = exact ? 2 : 0 };
}

static double
deviance(double q, double died, double time)
{
    return 2 * (died * log(died / time) - died - died * log(q) + q * time);
}

static void
test_limits_of_exact_deaths_lie_on_the_profile(void)
{
    imr_panel_data_t data = deaths(4, 1, 0);
    imr_panel_options_t options = panel_options(IMR_PANEL_PROFILE);
    imr_panel_markov_t fit;
    double low[3], high[3], p[3];

    CHECK(imr_panel_markov_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_panel_markov_limits(&fit, low, high, p, NULL) == IMR_OK);
    CHECK_NEAR(fit.estimate[0], 4 / 210.0, 1e-10);
    CHECK_NEAR(deviance(low[0], 4, 210), CHI_SQUARED, 1e-7);
    CHECK_NEAR(deviance(high[0], 4, 210), CHI_SQUARED, 1e-7);
    CHECK(low[0] < fit.estimate[0] && fit.estimate[0] < high[0] && isnan(p[0]));
    imr_panel_markov_free(&fit);
    options.limits = IMR_PANEL_WALD;
    CHECK(imr_panel_markov_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_panel_markov_limits(&fit, low, high, p, NULL) == IMR_OK);
    CHECK_NEAR(low[0], 4 / 210.0 * exp(-sqrt(CHI_SQUARED / 4)), 1e-9);
    CHECK_NEAR(high[0], 4 / 210.0 * exp(sqrt(CHI_SQUARED / 4)), 1e-9);
    imr_panel_markov_free(&fit);
}

static void
test_no_death_has_an_upper_limit(void)
{
    imr_panel_data_t data = deaths(0, 1, 0);
    imr_panel_options_t options = panel_options(IMR_PANEL_WALD);
    imr_panel_markov_t fit;
    double low[3], high[3], p[3];

    CHECK(imr_panel_markov_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK(fit.estimate[0] == 0 && isnan(fit.std_error[0]) && fabs(fit.loglik) < 1e-13);
    CHECK(imr_panel_markov_limits(&fit, low, high, p, NULL) == IMR_OK);
    CHECK(low[0] == 0);
    CHECK_NEAR(high[0], CHI_SQUARED / 2 / 210, 1e-8);
    imr_panel_markov_free(&fit);
}

/* All move before the first visit: 1 - exp(-10 q) for each. */
static void
test_all_at_once_has_a_lower_limit(void)
{
    imr_panel_data_t data = deaths(PATIENTS, 0, 1);
    imr_panel_options_t options = panel_options(IMR_PANEL_PROFILE);
    imr_panel_markov_t fit;
    double low[3], high[3], p[3];

    CHECK(imr_panel_markov_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK(isinf(fit.estimate[0]) && fit.infinite == 1);
    CHECK_NEAR(1 + fit.loglik, 1, 1e-9);
    CHECK(imr_panel_markov_limits(&fit, low, high, p, NULL) == IMR_OK);
    CHECK(isinf(high[0]));
    CHECK_NEAR(low[0], -log1p(-exp(-CHI_SQUARED / 2 / PATIENTS)) / 10, 1e-7);
    imr_panel_markov_free(&fit);
}

/* Two groups with exact deaths: the hazard ratio is that of two Poisson counts. */
static void
test_an_effect_is_the_ratio_of_two_rates(void)
{
    imr_panel_data_t data = deaths(4, 1, 0);
    imr_panel_options_t options = panel_options(IMR_PANEL_PROFILE);
    static const int64_t zero = 0;
    double columns[2 * PATIENTS], low[2], high[2], p[2], ratio, best;
    imr_panel_markov_t fit;

    for (int i = 0; i < 2 * PATIENTS; i++) {
        columns[i] =
            i / 2 % 2 == 0 ? 0 : 4; /* patients 1, 3, 5: followed 20, 40, 60 days, 2 deaths */
    }
    data.columns = columns;
    data.k = 1;
    options.effects = 1;
    options.transition = options.column = &zero;
    CHECK(imr_panel_markov_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.estimate[1], log(2 / 120.0 / (2 / 90.0)) / 4, 1e-9);
    CHECK_NEAR(fit.std_error[1], 1.0 / 4, 1e-9);
    CHECK_NEAR(fit.estimate[0], sqrt(2 / 120.0 * 2 / 90.0), 1e-9); /* at the mean of 2 */
    CHECK(imr_panel_markov_limits(&fit, low, high, p, NULL) == IMR_OK);
    for (int side = 0; side < 2; side++) {
        ratio = exp(4 * (side ? high[1] : low[1]));
        best = 4 / (90 + 120 * ratio); /* the rate of the first group given the ratio */
        CHECK_NEAR(2 * (fit.loglik - (4 * log(best) + 2 * log(ratio) - 4)), CHI_SQUARED, 1e-7);
    }
    CHECK_NEAR(p[1], 0.7737, 1e-3); /* deviance 0.0828 */
    options.limits = IMR_PANEL_WALD;
    fit.options = options;
    CHECK(imr_panel_markov_limits(&fit, low, high, p, NULL) == IMR_OK);
    CHECK_NEAR(high[1] - low[1], 2 * sqrt(CHI_SQUARED) / 4, 1e-9);
    imr_panel_markov_free(&fit);
}

static int
ask_once(void *context)
{
    return ++*(int *) context > 3;
}

static void
test_limits_of_relapses_enclose_them(void)
{
    imr_panel_options_t options = panel_options(IMR_PANEL_PROFILE);
    int asked = 0;
    imr_stop_t stop = { ask_once, &asked, 0 };
    imr_panel_markov_t fit;
    double low[3], high[3], p[3];

    CHECK(imr_panel_markov_fit(&fit, &relapses, &options, &stop, NULL) == IMR_OK);
    CHECK(imr_panel_markov_limits(&fit, low, high, p, NULL) == IMR_OK);
    for (size_t a = 0; a < 3; a++) {
        CHECK(low[a] < fit.estimate[a] && fit.estimate[a] < high[a]);
        CHECK(isfinite(high[a]) == (a == DEAD)); /* relapses may follow each other fast */
    }
    stop.work = 1e9;
    asked = 3;
    CHECK(imr_panel_markov_limits(&fit, low, high, p, NULL) == IMR_ERR_STOPPED);
    imr_panel_markov_free(&fit);
}

/* A patient is seen in remission and dies 13 days later: without a relapse the density is e^-1 / 13 at best, with
 * one that nobody saw 4 e^-2 / 13. */
static void
test_a_profile_that_leads_higher_moves_the_fit(void)
{
    int64_t who[] = { 1, 1 }, seen[] = { REMISSION, DEAD };
    double when[] = { 0, 13 };
    imr_panel_data_t data = { .patient = who,
        .day = when,
        .state = seen,
        .n = 2,
        .chain = { 3, 3, { REMISSION, ACTIVE, REMISSION }, { ACTIVE, DEAD, DEAD } },
        .exact = 1U << DEAD };
    imr_panel_options_t options = panel_options(IMR_PANEL_PROFILE);
    imr_panel_markov_t fit;
    double low[3], high[3], p[3];

    CHECK(imr_panel_markov_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.loglik, log(4 / 13.0) - 2, 1e-10);
    CHECK_NEAR(fit.estimate[0], 2 / 13.0, 1e-6);
    fit.higher = (imr_panel_point_t) { .parameter = { -3, -3, -2 }, .zero = 1 };
    CHECK(imr_panel_markov_refit(&fit, NULL) == IMR_OK);
    CHECK_NEAR(fit.loglik, -log(13.0) - 1, 1e-10);
    CHECK(fit.estimate[0] == 0 && isnan(fit.estimate[1]));
    CHECK(imr_panel_markov_limits(&fit, low, high, p, NULL) == IMR_OK);
    CHECK_NEAR(fit.loglik, log(4 / 13.0) - 2, 1e-10);
    CHECK(low[0] < fit.estimate[0] && fit.estimate[0] < high[0] && !fit.found_higher);
    imr_panel_markov_free(&fit);
}

HARNESS_MAIN({
    RUN(test_limits_of_exact_deaths_lie_on_the_profile);
    RUN(test_no_death_has_an_upper_limit);
    RUN(test_all_at_once_has_a_lower_limit);
    RUN(test_an_effect_is_the_ratio_of_two_rates);
    RUN(test_limits_of_relapses_enclose_them);
    RUN(test_a_profile_that_leads_higher_moves_the_fit);
})
