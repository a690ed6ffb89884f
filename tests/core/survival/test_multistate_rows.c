#include "survival/multistate_rows.h"

#include "../harness.h"
#include "multistate_data.h"

/* By patient 3, 5, 7, 9, whatever the order of the rows. */
static void
test_stretches_of_patients(void)
{
    imr_multistate_data_t data = hand_data();
    imr_multistate_rows_t rows;

    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.patients == 4 && rows.spans == 6 && rows.merged == 0);
    CHECK(rows.places == 6 && rows.time[5] == 5 && rows.ends[3] && !rows.ends[0]);
    CHECK(rows.span[0].begin == 1 && rows.span[0].end == 4 && rows.span[0].next == -1);
    CHECK(rows.span[2].first && rows.span[2].state == 0 && rows.span[2].next == 1);
    CHECK(rows.span[3].begin == 2 && rows.span[3].end == 3 && rows.span[3].next == 2);
    CHECK(!rows.span[3].first && rows.span[6].first && rows.of_group[1] == 6);
    CHECK(rows.moves[0][1] && rows.moves[0][2] && rows.moves[1][2] && !rows.moves[1][0]);
    CHECK(!rows.closed[0] && !rows.closed[1] && rows.closed[2]);
    imr_multistate_rows_free(&rows);
    imr_multistate_rows_free(&rows);
}

/* Rows without a change, or to the state that the patient is in, go on in one stretch. */
static void
test_rows_without_a_change_are_one_stretch(void)
{
    static const int64_t PATIENT[] = { 1, 1, 1, 2 }, EVENT[] = { 0, 1, 2, 0 };
    static const double ENTRY[] = { 1, 3, 4, 0 }, TIME[] = { 3, 4, 8, 9 };
    imr_multistate_data_t data = { .n = 4, .patient = PATIENT, .time = TIME, .event = EVENT };
    imr_multistate_rows_t rows;

    data.entry = ENTRY;
    data.first = 1;
    data.states = 2;
    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.spans == 2 && rows.span[0].begin == 2 && rows.span[0].end == 8);
    CHECK(rows.span[0].next == 1 && rows.span[1].next == -1);
    imr_multistate_rows_free(&rows);
    data.entry = NULL;
    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.spans == 2 && rows.span[0].begin == 0 && rows.span[0].end == 8);
    imr_multistate_rows_free(&rows);
}

static void
test_states_of_transitions_given(void)
{
    static const uint8_t ALLOWED[] = { 0, 1, 1, 1, 0, 1, 0, 0, 0 }, ABSORBING[] = { 0, 0, 1 };
    imr_multistate_data_t data = hand_data();
    imr_multistate_rows_t rows;

    data.allowed = ALLOWED;
    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.moves[1][0] && rows.closed[2] && !rows.closed[1]);
    imr_multistate_rows_free(&rows);
    data.allowed = NULL;
    data.absorbing = ABSORBING;
    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.closed[2] && !rows.closed[1]);
    imr_multistate_rows_free(&rows);
}

static void
test_ties_but_for_rounding(void)
{
    static const int64_t PATIENT[] = { 1, 2, 1, 2 }, EVENT[] = { 2, 2, 0, 0 };
    static const double TIME[] = { 0.1 + 0.2, 0.3, 1, 1 };
    imr_multistate_data_t data = { .n = 4, .patient = PATIENT, .time = TIME, .event = EVENT };
    imr_multistate_rows_t rows;

    data.first = 1;
    data.states = 2;
    data.fix_ties = 1;
    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.merged == 1 && rows.places == 2 && rows.span[0].end == rows.span[2].end);
    imr_multistate_rows_free(&rows);
    data.fix_ties = 0;
    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.merged == 0 && rows.places == 3 && rows.span[0].end > rows.span[2].end);
    imr_multistate_rows_free(&rows);
}

static void
refuses(const imr_multistate_data_t *data, int status, const char *argument, int64_t row,
    int64_t other, int64_t from)
{
    imr_multistate_rows_t rows;
    imr_fault_t fault = { 0 };

    CHECK(imr_multistate_rows(data, &rows, &fault) == status);
    CHECK(fault.status == status && fault.row == row && rows.other_row == other);
    CHECK(strcmp(fault.argument, argument) == 0 && rows.from == from);
    CHECK(rows.block == NULL);
}

static void
test_bad_rows(void)
{
    int64_t patient[] = { 1, 1, 2 }, event[] = { 2, 0, 0 }, group[] = { 0, 0, 1 };
    int64_t initial[] = { 1, 1, 1 };
    double entry[] = { 0, 4, 0 }, time[] = { 4, 6, 5 };
    uint8_t allowed[] = { 0, 0, 1, 0 }, absorbing[] = { 0, 1 };
    imr_multistate_data_t data = { .n = 3, .patient = patient, .time = time, .event = event };

    data.entry = entry;
    data.group = group;
    data.initial = initial;
    data.groups = 2;
    data.states = 2;
    data.absorbing = absorbing;
    refuses(&data, IMR_ERR_MULTISTATE_AFTER_END, "time", 1, 0, 1);
    data.absorbing = NULL;
    data.allowed = allowed;
    refuses(&data, IMR_ERR_MULTISTATE_NOT_ALLOWED, "event", 0, -1, 0);
    data.allowed = NULL;
    entry[1] = 3;
    refuses(&data, IMR_ERR_MULTISTATE_OVERLAP, "entry", 1, 0, 1);
    entry[1] = 5;
    refuses(&data, IMR_ERR_MULTISTATE_GAP, "entry", 1, 0, 1);
    entry[1] = 6;
    refuses(&data, IMR_ERR_INTERVAL, "entry", 1, -1, -1);
    entry[1] = 4;
    group[1] = 1;
    refuses(&data, IMR_ERR_MULTISTATE_GROUP, "group", 1, 0, -1);
    group[1] = 2;
    refuses(&data, IMR_ERR_CODE, "group", 1, -1, -1);
    group[1] = 0;
    initial[1] = 2;
    refuses(&data, IMR_ERR_MULTISTATE_INITIAL, "initial", 1, 0, -1);
    initial[2] = 3;
    initial[1] = 1;
    refuses(&data, IMR_ERR_MULTISTATE_STATE, "initial", 2, -1, -1);
    data.initial = NULL;
    refuses(&data, IMR_ERR_MULTISTATE_STATE, "initial", -1, -1, -1);
    data.first = 1;
    event[2] = -1;
    refuses(&data, IMR_ERR_MULTISTATE_STATE, "event", 2, -1, -1);
    event[2] = 0;
    time[2] = NAN;
    refuses(&data, IMR_ERR_NONFINITE, "time", 2, -1, -1);
    time[2] = 5;
    entry[0] = -1;
    refuses(&data, IMR_ERR_NEGATIVE, "entry", 0, -1, -1);
    data.entry = NULL;
    time[1] = 4;
    refuses(&data, IMR_ERR_MULTISTATE_SAME_TIME, "time", 1, 0, 1);
    data.states = 0;
    refuses(&data, IMR_ERR_MULTISTATE_STATES, "states", -1, -1, -1);
    data.states = 33;
    refuses(&data, IMR_ERR_MULTISTATE_STATES, "states", -1, -1, -1);
    data.n = (size_t) UINT32_MAX + 1;
    refuses(&data, IMR_ERR_TOO_MANY_ROWS, "time", -1, -1, -1);
    data.n = 0;
    refuses(&data, IMR_ERR_NO_PATIENT, "time", -1, -1, -1);
}

static void
test_out_of_memory(void)
{
    static const double TIME[] = { 3.5, 4, 1, 2, 2, 5 }; /* to be merged, since not whole */
    imr_multistate_data_t data = hand_data();
    imr_multistate_rows_t rows;

    data.time = TIME;
    FAIL_EACH_ALLOCATION(
        imr_multistate_rows(&data, &rows, NULL), IMR_ERR_NOMEM, imr_multistate_rows_free(&rows));
}

HARNESS_MAIN(RUN(test_stretches_of_patients); RUN(test_rows_without_a_change_are_one_stretch);
    RUN(test_states_of_transitions_given); RUN(test_ties_but_for_rounding); RUN(test_bad_rows);
    RUN(test_out_of_memory);)
