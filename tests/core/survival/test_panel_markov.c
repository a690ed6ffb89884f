#include "survival/panel_markov.h"

#include "../harness.h"
#include "panel_rows.h"

static int
status_of(
    const imr_panel_data_t *data, imr_panel_options_t options, const char *argument, int64_t row)
{
    imr_fault_t fault = { 0 };
    imr_panel_markov_t fit;
    int status = imr_panel_markov_fit(&fit, data, &options, NULL, &fault);

    CHECK(status == IMR_OK || (strcmp(fault.argument, argument) == 0 && fault.row == row));
    imr_panel_markov_free(&fit);
    imr_panel_markov_free(&fit);
    return status;
}

/* Two states at equal gaps: the probabilities are the observed shares, from which the intensities follow. */
static void
test_two_states_at_equal_gaps_have_a_closed_form(void)
{
    enum { N = 22 };
    int64_t patient[N],
        state[N] = { 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0 };
    double day[N], moves[2] = { 0 }, visits[2] = { 0 }, sum;
    imr_panel_data_t data = { .patient = patient,
        .day = day,
        .state = state,
        .n = N,
        .chain = { 2, 2, { 0, 1 }, { 1, 0 } } };
    imr_panel_options_t options = panel_options(IMR_PANEL_PROFILE);
    imr_panel_markov_t fit;

    for (int i = 0; i < N; i++) {
        patient[i] = i / 11;
        day[i] = 28.0 * (i % 11);
        if (i % 11 > 0) {
            visits[state[i - 1]] += 1;
            moves[state[i - 1]] += state[i] != state[i - 1];
        }
    }
    moves[0] /= visits[0];
    moves[1] /= visits[1];
    sum = -log(1 - moves[0] - moves[1]) / 28;
    CHECK(imr_panel_markov_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.estimate[0], sum * moves[0] / (moves[0] + moves[1]), 1e-9);
    CHECK_NEAR(fit.estimate[1], sum * moves[1] / (moves[0] + moves[1]), 1e-9);
    CHECK(fit.climb.score_norm < 1e-9 && fit.infinite == 0);
    CHECK(fit.std_error[0] > 0 && fit.covariance[0] == fit.std_error[0] * fit.std_error[0]);
    imr_panel_markov_free(&fit);
}

static void
test_one_patient_with_two_visits_is_enough(void)
{
    int64_t patient[] = { 1, 1 }, state[] = { 0, 0 };
    double day[] = { 0, 28 };
    imr_panel_data_t data = relapses;
    imr_panel_options_t options = panel_options(IMR_PANEL_PROFILE);
    imr_panel_markov_t fit;

    data.patient = patient;
    data.day = day;
    data.state = state;
    data.n = 2;
    CHECK(imr_panel_markov_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK(fit.estimate[0] == 0 && isnan(fit.estimate[1]) && fit.estimate[2] == 0);
    CHECK(fit.loglik == 0);
    imr_panel_markov_free(&fit);
}

/* All leave at once for a state where some die, which the visits show: 30 days each. */
static void
test_an_infinite_intensity_leaves_the_others_alone(void)
{
    int64_t patient[] = { 1, 1, 2, 2, 3, 3, 4, 4 }, state[] = { 0, 1, 0, 1, 2, 2, 2, 3 };
    double day[] = { 0, 30, 0, 30, 0, 30, 0, 30 };
    imr_panel_data_t data = { .patient = patient,
        .day = day,
        .state = state,
        .n = 8,
        .chain = { 4, 2, { 0, 2 }, { 1, 3 } } };
    imr_panel_options_t options = panel_options(IMR_PANEL_WALD);
    imr_panel_markov_t fit;

    CHECK(imr_panel_markov_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK(isinf(fit.estimate[0]) && isnan(fit.std_error[0]) && fit.covariance[0] == 0);
    CHECK_NEAR(fit.estimate[1], log(2) / 30, 1e-9);
    imr_panel_markov_free(&fit);
}

static void
test_intensities_that_run_away_together_are_named(void)
{
    int64_t patient[] = { 1, 1, 1, 1, 1 }, state[] = { 0, 1, 0, 1, 0 };
    double day[] = { 0, 30, 60, 90, 120 };
    imr_panel_data_t data = { .patient = patient,
        .day = day,
        .state = state,
        .n = 5,
        .chain = { 2, 2, { 0, 1 }, { 1, 0 } } };
    imr_fault_t fault;
    imr_panel_markov_t fit;
    imr_panel_options_t options = panel_options(IMR_PANEL_PROFILE);

    CHECK(imr_panel_markov_fit(&fit, &data, &options, NULL, &fault) == IMR_ERR_PANEL_FAST);
    CHECK(strcmp(fault.argument, "transitions") == 0 && fault.row >= 0);
    imr_panel_markov_free(&fit);
}

static void
test_bad_arguments_are_named(void)
{
    imr_panel_options_t options = panel_options(IMR_PANEL_PROFILE);
    imr_panel_data_t data = relapses;
    double columns[N_RELAPSES];
    int64_t transition = 0, column = 0;

    options.level = 1;
    CHECK(status_of(&data, options, "level", -1) == IMR_ERR_LEVEL);
    options.level = 0.9;
    options.effects = IMR_PANEL_MOST_EFFECTS + 1;
    CHECK(status_of(&data, options, "covariates", -1) == IMR_ERR_PANEL_SIZE);
    options.effects = 1;
    options.transition = &transition;
    options.column = &column;
    CHECK(status_of(&data, options, "effects", 0) == IMR_ERR_CODE);
    for (size_t i = 0; i < N_RELAPSES; i++) {
        columns[i] = relapse_patient[i] <= 2; /* patients 1 and 2 have two relapses, 3 and 4 none */
    }
    data.columns = columns;
    data.k = 1;
    CHECK(status_of(&data, options, "", -1) == IMR_OK);
    transition = 1;
    CHECK(status_of(&data, options, "covariates column", 0) == IMR_ERR_PANEL_MONOTONE);
    data.n = 0;
    CHECK(status_of(&data, options, "patient", -1) == IMR_ERR_NO_PATIENT);
}

static void
test_running_out_of_memory_is_reported(void)
{
    imr_panel_options_t options = panel_options(IMR_PANEL_PROFILE);
    imr_panel_markov_t fit;

    FAIL_EACH_ALLOCATION(imr_panel_markov_fit(&fit, &relapses, &options, NULL, NULL), IMR_ERR_NOMEM,
        imr_panel_markov_free(&fit));
}

HARNESS_MAIN({
    RUN(test_two_states_at_equal_gaps_have_a_closed_form);
    RUN(test_one_patient_with_two_visits_is_enough);
    RUN(test_an_infinite_intensity_leaves_the_others_alone);
    RUN(test_intensities_that_run_away_together_are_named);
    RUN(test_bad_arguments_are_named);
    RUN(test_running_out_of_memory_is_reported);
})
