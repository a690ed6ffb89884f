#include "survival/panel_markov_rows.h"

#include "../harness.h"
#include "panel_rows.h"

static int
status_of(const imr_panel_data_t *data, const char *argument, int64_t row, int64_t other)
{
    imr_fault_t fault = { 0 };
    imr_panel_rows_t rows;
    int status = imr_panel_rows(data, &rows, &fault);

    CHECK(status == IMR_OK || (strcmp(fault.argument, argument) == 0 && fault.row == row));
    CHECK(rows.other_row == other);
    imr_panel_rows_free(&rows);
    return status;
}

static void
test_equal_intervals_are_counted_together(void)
{
    imr_panel_rows_t rows;
    double gaps = 0;
    size_t pairs = 0;

    CHECK(imr_panel_rows(&relapses, &rows, NULL) == IMR_OK);
    CHECK(rows.patients == 4 && rows.patterns == 1 && rows.k == 0);
    for (size_t i = 0; i < rows.intervals; i++) {
        gaps += rows.interval[i].gap * rows.interval[i].count;
        pairs += rows.interval[i].count;
        CHECK(i == 0 || rows.interval[i - 1].start <= rows.interval[i].start);
    }
    CHECK(pairs == 14 && rows.intervals < 14);
    CHECK_NEAR(gaps, 120 + 75 + 120 + 90, 1e-15);
    CHECK_NEAR(rows.total, gaps, 1e-15);
    CHECK(rows.shortest == 15);
    CHECK(rows.seen[0] == 4 && rows.seen[1] == 3 && rows.seen[2] == 1);
    CHECK(rows.seen[3] == 1 && rows.seen[4] == 4 && rows.seen[5] == 1);
    CHECK(rows.first[1] == 5 && rows.first[4] == N_RELAPSES);
    imr_panel_rows_free(&rows);
    imr_panel_rows_free(&rows);
}

static void
test_rows_may_come_in_any_order(void)
{
    int64_t patient[N_RELAPSES], state[N_RELAPSES];
    double day[N_RELAPSES];
    imr_panel_data_t shuffled = relapses;
    imr_panel_rows_t rows, sorted;

    for (size_t i = 0; i < N_RELAPSES; i++) {
        size_t j = 7 * i % N_RELAPSES; /* 7 and 18 have no common factor */

        patient[i] = relapse_patient[j] - 3;
        day[i] = relapse_day[j] - 10.25;
        state[i] = relapse_state[j];
    }
    shuffled.patient = patient;
    shuffled.day = day;
    shuffled.state = state;
    CHECK(imr_panel_rows(&relapses, &sorted, NULL) == IMR_OK);
    CHECK(imr_panel_rows(&shuffled, &rows, NULL) == IMR_OK);
    CHECK(rows.intervals == sorted.intervals && rows.patients == sorted.patients);
    for (size_t i = 0; i < rows.intervals && i < sorted.intervals; i++) {
        CHECK(rows.interval[i].gap == sorted.interval[i].gap);
        CHECK(rows.interval[i].count == sorted.interval[i].count);
        CHECK(rows.interval[i].target == sorted.interval[i].target);
    }
    imr_panel_rows_free(&rows);
    imr_panel_rows_free(&sorted);
}

static void
test_covariates_are_standardised_over_the_starts_of_intervals(void)
{
    double columns[2 * N_RELAPSES], mean = 0;
    imr_panel_data_t data = relapses;
    imr_panel_rows_t rows;

    for (size_t i = 0; i < N_RELAPSES; i++) {
        int last = i + 1 == N_RELAPSES || relapse_patient[i] != relapse_patient[i + 1];

        columns[2 * i] = (double) (relapse_patient[i] % 2);
        columns[2 * i + 1] = (double) i;
        mean += last ? 0 : (double) i / 14;
    }
    data.columns = columns;
    data.k = 2;
    CHECK(imr_panel_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.patterns == N_RELAPSES && rows.intervals == 14);
    CHECK_NEAR(rows.mean[0], 8 / 14.0, 1e-14);
    CHECK_NEAR(rows.mean[1], mean, 1e-14);
    CHECK_NEAR(rows.range[0] * rows.scale[0], 1, 1e-14);
    CHECK(rows.initial[0] == 1 && rows.initial[3] == 5);
    imr_panel_rows_free(&rows);
    for (size_t i = 0; i < N_RELAPSES; i++) {
        columns[2 * i + 1] = 3;
    }
    CHECK(status_of(&data, "covariates column", 1, -1) == IMR_ERR_COLLINEAR);
    columns[9] = NAN;
    CHECK(status_of(&data, "covariates", 4, -1) == IMR_ERR_NONFINITE);
    data.k = IMR_PANEL_MOST_COVARIATES + 1;
    CHECK(status_of(&data, "covariates", -1, -1) == IMR_ERR_PANEL_SIZE);
}

static void
test_a_set_of_states_ends_a_history(void)
{
    int64_t patient[] = { 1, 1, 2, 2 }, state[] = { 0, 3, 1, 3 };
    double day[] = { 0, 30, 0, 30 };
    imr_panel_data_t data = relapses;
    imr_panel_rows_t rows;

    data.patient = patient;
    data.day = day;
    data.state = state;
    data.n = 4;
    data.sets = 1;
    data.set[0] = 3;
    CHECK(imr_panel_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.intervals == 2 && rows.interval[0].target == 3 && rows.seen[3] == 1);
    imr_panel_rows_free(&rows);
    patient[2] = patient[3] = 1;
    day[2] = 60;
    day[3] = 90;
    CHECK(status_of(&data, "state", 1, -1) == IMR_ERR_PANEL_SET);
    patient[0] = 9;
    CHECK(status_of(&data, "state", 1, -1) == IMR_ERR_PANEL_SET);
    data.sets = IMR_PANEL_MOST_SETS + 1;
    CHECK(status_of(&data, "censored", -1, -1) == IMR_ERR_PANEL_SIZE);
}

static void
test_bad_rows_are_named(void)
{
    int64_t patient[] = { 1, 1, 1, 2 }, state[] = { 0, 1, 0, 0 };
    double day[] = { 0, 30, 60, 0 };
    imr_panel_data_t data = relapses;

    data.patient = patient;
    data.day = day;
    data.state = state;
    data.n = 4;
    CHECK(status_of(&data, "", -1, -1) == IMR_OK);
    day[2] = 30;
    CHECK(status_of(&data, "state", 2, 1) == IMR_ERR_PANEL_TWO_STATES);
    state[2] = 1; /* the same again says nothing */
    CHECK(status_of(&data, "", -1, -1) == IMR_OK);
    day[2] = NAN;
    CHECK(status_of(&data, "day", 2, -1) == IMR_ERR_NONFINITE);
    day[2] = 60;
    state[1] = 2;
    CHECK(status_of(&data, "state", 2, 1) == IMR_ERR_PANEL_AFTER_DEATH);
    state[1] = 5;
    CHECK(status_of(&data, "state", 1, -1) == IMR_ERR_CODE);
    state[1] = 1;
    data.chain = progressive;
    data.exact = 0;
    state[2] = 0;
    CHECK(status_of(&data, "state", 2, 1) == IMR_ERR_PANEL_IMPOSSIBLE);
    data.exact = 2;
    CHECK(status_of(&data, "transitions", 1, -1) == IMR_ERR_PANEL_EXACT_LEFT);
    data.chain.to[1] = 1;
    data.exact = 0;
    CHECK(status_of(&data, "transitions", 1, -1) == IMR_ERR_CODE);
    data.chain.transitions = 0;
    CHECK(status_of(&data, "transitions", -1, -1) == IMR_ERR_PANEL_SIZE);
    data.chain = relapsing;
    patient[1] = 4;
    patient[2] = 5;
    CHECK(status_of(&data, "day", -1, -1) == IMR_ERR_PANEL_NO_INTERVAL);
    data.n = 0;
    CHECK(status_of(&data, "patient", -1, -1) == IMR_ERR_NO_PATIENT);
}

static void
test_running_out_of_memory_is_reported(void)
{
    imr_panel_data_t data = relapses;
    double day[N_RELAPSES];
    imr_panel_rows_t rows;

    for (size_t i = 0; i < N_RELAPSES; i++) {
        day[i] = relapse_day[i] + 0.5;
    }
    data.day = day;
    FAIL_EACH_ALLOCATION(
        imr_panel_rows(&data, &rows, NULL), IMR_ERR_NOMEM, imr_panel_rows_free(&rows));
}

HARNESS_MAIN({
    RUN(test_equal_intervals_are_counted_together);
    RUN(test_rows_may_come_in_any_order);
    RUN(test_covariates_are_standardised_over_the_starts_of_intervals);
    RUN(test_a_set_of_states_ends_a_history);
    RUN(test_bad_rows_are_named);
    RUN(test_running_out_of_memory_is_reported);
})
