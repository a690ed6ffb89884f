#include "survival/recurrent_rows.h"

#include "../harness.h"

static imr_recurrent_data_t
data_of(
    const int64_t *patient, const double *entry, const double *time, const int64_t *event, size_t n)
{
    imr_recurrent_data_t data = { .n = n, .patient = patient, .time = time, .event = event };

    data.entry = entry;
    data.groups = 1;
    data.window = NAN;
    data.fix_ties = 1;
    return data;
}

/* Patients 9 and -4, rows in no order: 9 has events at 5 and 2 and is seen until 7. */
static void
test_events_and_an_end(void)
{
    static const int64_t PATIENT[] = { 9, -4, 9, 9, -4 }, EVENT[] = { 1, 0, 0, 1, 1 };
    static const double TIME[] = { 5, 8, 7, 2, 5 };
    imr_recurrent_data_t data = data_of(PATIENT, NULL, TIME, EVENT, 5);
    imr_recurrent_rows_t rows;

    CHECK(imr_recurrent_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.patients == 2 && rows.spans == 2 && rows.events == 3 && rows.terminals == 0);
    CHECK(rows.event_time[0] == 2 && rows.event_patient[0] == 1);
    CHECK(rows.event_time[1] == 5 && rows.event_patient[1] == 0 && rows.event_patient[2] == 1);
    CHECK(rows.stop[0] == 7 && rows.patient[0] == 1 && rows.start == NULL);
    CHECK(rows.stop[1] == 8 && rows.patient[1] == 0);
    imr_recurrent_rows_free(&rows);
    imr_recurrent_rows_free(&rows);
}

/* (0, 3] and (3, 5] are one stretch, (6, 9] another, which a death ends. */
static void
test_intervals_and_gaps(void)
{
    static const int64_t PATIENT[] = { 1, 1, 1 }, EVENT[] = { 1, 0, 2 };
    static const double ENTRY[] = { 0, 3, 6 }, TIME[] = { 3, 5, 9 };
    imr_recurrent_data_t data = data_of(PATIENT, ENTRY, TIME, EVENT, 3);
    imr_recurrent_rows_t rows;

    CHECK(imr_recurrent_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.spans == 2 && rows.events == 1 && rows.terminals == 1);
    CHECK(rows.start[0] == 0 && rows.stop[0] == 5 && rows.terminal[0] == 0);
    CHECK(rows.start[1] == 6 && rows.stop[1] == 9 && rows.terminal[1] == 1);
    CHECK(rows.by_start[0] == 0 && rows.by_start[1] == 1);
    imr_recurrent_rows_free(&rows);
}

/* Numbers that no double tells apart are two patients. */
static void
test_large_numbers_of_patients(void)
{
    static const int64_t PATIENT[] = { INT64_MAX, INT64_MAX - 1, INT64_MIN, INT64_MAX };
    static const int64_t EVENT[] = { 0, 0, 0, 1 };
    static const double TIME[] = { 3, 4, 5, 1 };
    imr_recurrent_data_t data = data_of(PATIENT, NULL, TIME, EVENT, 4);
    imr_recurrent_rows_t rows;

    CHECK(imr_recurrent_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.patients == 3 && rows.events == 1 && rows.event_patient[0] == 2);
    imr_recurrent_rows_free(&rows);
}

/* Onsets at 0, 30, 31 and 60 days: 30 is one with 0, 60 one with 31; 31 counts. */
static void
test_a_window_joins_events(void)
{
    static const int64_t PATIENT[] = { 1, 1, 1, 1, 1 }, EVENT[] = { 1, 1, 1, 1, 0 };
    static const double TIME[] = { 0, 30, 31, 60, 90 };
    imr_recurrent_data_t data = data_of(PATIENT, NULL, TIME, EVENT, 5);
    imr_recurrent_rows_t rows;

    data.window = 31;
    CHECK(imr_recurrent_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.events == 2 && rows.joined == 2);
    CHECK(rows.event_time[0] == 0 && rows.event_time[1] == 31);
    imr_recurrent_rows_free(&rows);
    data.window = 0;
    CHECK(imr_recurrent_rows(&data, &rows, NULL) == IMR_ERR_NOT_POSITIVE);
}

static void
test_ties_but_for_rounding(void)
{
    static const int64_t PATIENT[] = { 1, 2, 1, 2 }, EVENT[] = { 1, 1, 0, 0 };
    static const double TIME[] = { 0.1 + 0.2, 0.3, 1, 1 };
    imr_recurrent_data_t data = data_of(PATIENT, NULL, TIME, EVENT, 4);
    imr_recurrent_rows_t rows;

    CHECK(imr_recurrent_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.merged == 1 && rows.event_time[0] == rows.event_time[1]);
    imr_recurrent_rows_free(&rows);
    data.fix_ties = 0;
    CHECK(imr_recurrent_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(rows.merged == 0 && rows.event_time[0] < rows.event_time[1]);
    imr_recurrent_rows_free(&rows);
}

static void
refuses(
    const imr_recurrent_data_t *data, int status, const char *argument, int64_t row, int64_t other)
{
    imr_recurrent_rows_t rows;
    imr_fault_t fault = { 0 };

    CHECK(imr_recurrent_rows(data, &rows, &fault) == status);
    CHECK(fault.status == status && fault.row == row && rows.other_row == other);
    CHECK(strcmp(fault.argument, argument) == 0);
    CHECK(rows.block == NULL);
}

static void
test_bad_rows(void)
{
    int64_t patient[] = { 1, 1, 2 }, event[] = { 1, 0, 0 }, group[] = { 0, 0, 1 };
    double entry[] = { 0, 4, 0 }, time[] = { 4, 9, 9 };
    imr_recurrent_data_t data = data_of(patient, NULL, time, event, 3);

    data.n = 0;
    refuses(&data, IMR_ERR_NO_PATIENT, "time", -1, -1);
    data.n = (size_t) UINT32_MAX + 1;
    refuses(&data, IMR_ERR_TOO_MANY_ROWS, "time", -1, -1);
    data.n = 3;
    event[1] = 3;
    refuses(&data, IMR_ERR_RECURRENT_EVENT, "event", 1, -1);
    event[1] = 1;
    refuses(&data, IMR_ERR_RECURRENT_NO_END, "time", 1, -1);
    event[0] = event[1] = 0;
    refuses(&data, IMR_ERR_RECURRENT_TWO_ENDS, "time", 1, 0);
    event[1] = 1;
    refuses(&data, IMR_ERR_RECURRENT_AFTER_END, "time", 1, 0);
    event[0] = 1;
    event[1] = 0;
    data.group = group;
    refuses(&data, IMR_ERR_CODE, "group", 2, -1);
    data.groups = 2;
    group[1] = 1;
    refuses(&data, IMR_ERR_RECURRENT_GROUP, "group", 1, 0);
    data.group = NULL;
    time[0] = -1;
    refuses(&data, IMR_ERR_NEGATIVE, "time", 0, -1);
    time[0] = NAN;
    refuses(&data, IMR_ERR_NONFINITE, "time", 0, -1);
    data.fix_ties = 0;
    refuses(&data, IMR_ERR_NONFINITE, "time", 0, -1);
    time[0] = 4;
    data.entry = entry;
    entry[1] = 3;
    refuses(&data, IMR_ERR_RECURRENT_OVERLAP, "entry", 1, 0);
    entry[1] = 9;
    refuses(&data, IMR_ERR_INTERVAL, "entry", 1, -1);
    entry[1] = INFINITY;
    refuses(&data, IMR_ERR_NONFINITE, "entry", 1, -1);
    entry[1] = -4;
    refuses(&data, IMR_ERR_NEGATIVE, "entry", 1, -1);
    entry[1] = 4;
    event[0] = 2;
    refuses(&data, IMR_ERR_RECURRENT_AFTER_END, "time", 1, 0);
    data.fix_ties = 1;
    event[0] = 1;
    entry[1] = time[1] - 1e-10;
    refuses(&data, IMR_ERR_INTERVAL_TIED, "entry", 1, -1);
}

static void
test_each_allocation_fails(void)
{
    static const int64_t PATIENT[] = { 2, 1, 2, 1 }, EVENT[] = { 1, 0, 0, 1 };
    static const double TIME[] = { 0.25, 0.5, 0.75, 0.25 };
    imr_recurrent_data_t data = data_of(PATIENT, NULL, TIME, EVENT, 4);
    imr_recurrent_rows_t rows;

    FAIL_EACH_ALLOCATION(
        imr_recurrent_rows(&data, &rows, NULL), IMR_ERR_NOMEM, imr_recurrent_rows_free(&rows));
}

HARNESS_MAIN({
    RUN(test_events_and_an_end);
    RUN(test_intervals_and_gaps);
    RUN(test_large_numbers_of_patients);
    RUN(test_a_window_joins_events);
    RUN(test_ties_but_for_rounding);
    RUN(test_bad_rows);
    RUN(test_each_allocation_fails);
})
