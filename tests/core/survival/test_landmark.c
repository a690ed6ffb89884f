#include "survival/landmark.h"

#include "../harness.h"

enum { N = 6 };

/* relapsed at 60; B cells back at 150, relapsed at 200; back at 90, free to 300; never back, free to
 * 400; lost at 100 itself; back on the very day of the relapse */
static const double TIME[N] = { 60, 200, 300, 400, 100, 250 };
static const uint8_t EVENT[N] = { 1, 1, 0, 0, 0, 1 };
static const double CHANGE[N] = { INFINITY, 150, 90, INFINITY, 50, 250 };

typedef struct {
    int64_t row[2 * N];
    double entry[2 * N], time[2 * N];
    uint8_t event[2 * N], changed[2 * N];
} columns_t;

static int
landmark(const double *time, const uint8_t *event, const double *change, size_t n, double at,
    columns_t *columns, imr_landmark_t *self, imr_fault_t *fault)
{
    imr_landmark_data_t data = { n, time, event, change };

    self->row = columns->row;
    self->time = columns->time;
    self->event = columns->event;
    self->changed = columns->changed;
    return imr_landmark(&data, at, 1, self, fault);
}

static int
split(const double *time, const uint8_t *event, const double *change, size_t n, columns_t *columns,
    imr_landmark_split_t *self, imr_fault_t *fault)
{
    imr_landmark_data_t data = { n, time, event, change };

    self->row = columns->row;
    self->entry = columns->entry;
    self->time = columns->time;
    self->event = columns->event;
    self->changed = columns->changed;
    return imr_landmark_split(&data, 1, self, fault);
}

static void
test_a_landmark_worked_by_hand(void)
{
    static const int64_t row[] = { 1, 2, 3, 5 };
    static const double left[] = { 100, 200, 300, 150 };
    static const int changed[] = { 0, 1, 0, 0 };
    columns_t columns;
    imr_landmark_t lm;

    CHECK(landmark(TIME, EVENT, CHANGE, N, 100, &columns, &lm, NULL) == IMR_OK);
    CHECK(lm.n == 4 && lm.events_before == 1 && lm.censored_before == 1 && lm.merged == 0);
    for (size_t k = 0; k < 4; k++) {
        CHECK(lm.row[k] == row[k] && lm.time[k] == left[k] && lm.changed[k] == changed[k]);
        CHECK(lm.event[k] == EVENT[row[k]]);
    }
}

static void
test_a_split_worked_by_hand(void)
{
    static const int64_t row[] = { 0, 1, 1, 2, 2, 3, 4, 4, 5 };
    static const double entry[] = { 0, 0, 150, 0, 90, 0, 0, 50, 0 };
    static const double time[] = { 60, 150, 200, 90, 300, 400, 50, 100, 250 };
    static const int event[] = { 1, 0, 1, 0, 0, 0, 0, 0, 1 };
    static const int changed[] = { 0, 0, 1, 0, 1, 0, 0, 1, 0 };
    columns_t columns;
    imr_landmark_split_t rows;

    CHECK(split(TIME, EVENT, CHANGE, N, &columns, &rows, NULL) == IMR_OK);
    CHECK(rows.n == 9);
    for (size_t k = 0; k < 9; k++) {
        CHECK(rows.row[k] == row[k] && rows.entry[k] == entry[k] && rows.time[k] == time[k]);
        CHECK(rows.event[k] == event[k] && rows.changed[k] == changed[k]);
    }
}

static void
test_a_change_at_the_start_is_one_row(void)
{
    const double time = 10, change = 0;
    const uint8_t event = 1;
    columns_t columns;
    imr_landmark_split_t rows;

    CHECK(split(&time, &event, &change, 1, &columns, &rows, NULL) == IMR_OK);
    CHECK(rows.n == 1 && rows.changed[0] == 1 && rows.event[0] == 1);
}

/* 0.1 + 0.2 is the landmark 0.3: without the merging of ties it would be seen after it */
static void
test_rounding_does_not_move_a_change_past_the_landmark(void)
{
    const double time[] = { 1, 0.1 + 0.2 }, change[] = { 0.1 + 0.2, INFINITY };
    const uint8_t event[] = { 0, 1 };
    columns_t columns;
    imr_landmark_t lm;

    CHECK(landmark(time, event, change, 2, 0.3, &columns, &lm, NULL) == IMR_OK);
    CHECK(lm.n == 1 && lm.changed[0] == 1 && lm.events_before == 1 && lm.merged == 1);
}

static void
test_faults_name_argument_row_and_value(void)
{
    const double late[] = { INFINITY, 201, 90, INFINITY, 50, 250 };
    const double gap[] = { INFINITY, 150, NAN, INFINITY, 50, 250 };
    const double before[] = { INFINITY, 150, -1, INFINITY, 50, 250 };
    const double endless[] = { 60, 200, INFINITY, 400, 100, 250 };
    const double early[] = { 60, -2, 300, 400, 100, 250 };
    const double never[] = { 60, 200, 0, 400, 100, 250 };
    const uint8_t odd[] = { 1, 1, 2, 0, 0, 1 };
    columns_t columns;
    imr_landmark_t lm;
    imr_landmark_split_t rows;
    imr_fault_t fault;

    CHECK(split(TIME, EVENT, late, N, &columns, &rows, &fault) == IMR_ERR_CHANGE_AFTER_END);
    CHECK(fault.row == 1 && fault.value == 201 && strcmp(fault.argument, "change") == 0);
    CHECK(split(TIME, EVENT, gap, N, &columns, &rows, &fault) == IMR_ERR_CHANGE_MISSING);
    CHECK(fault.row == 2);
    CHECK(split(TIME, EVENT, before, N, &columns, &rows, &fault) == IMR_ERR_NEGATIVE);
    CHECK(split(endless, EVENT, CHANGE, N, &columns, &rows, &fault) == IMR_ERR_NONFINITE);
    CHECK(split(early, EVENT, CHANGE, N, &columns, &rows, &fault) == IMR_ERR_NEGATIVE);
    CHECK(split(TIME, odd, CHANGE, N, &columns, &rows, &fault) == IMR_ERR_EVENT);
    CHECK(fault.row == 2 && fault.value == 2);
    CHECK(split(never, EVENT, (double[]) { 1, 1, 0, 1, 1, 1 }, N, &columns, &rows, &fault)
        == IMR_ERR_NOT_POSITIVE);
    CHECK(split(TIME, EVENT, CHANGE, 0, &columns, &rows, &fault) == IMR_ERR_NO_PATIENT);
    CHECK(landmark(TIME, EVENT, CHANGE, N, 400, &columns, &lm, &fault) == IMR_ERR_LANDMARK);
    CHECK(fault.row == -1 && fault.value == 400);
    CHECK(landmark(TIME, EVENT, CHANGE, N, -1, &columns, &lm, &fault) == IMR_ERR_NEGATIVE);
    CHECK(landmark(TIME, EVENT, CHANGE, N, NAN, &columns, &lm, &fault) == IMR_ERR_NONFINITE);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    columns_t columns;
    imr_landmark_t lm;
    imr_landmark_split_t rows;

    FAIL_EACH_ALLOCATION(
        landmark(TIME, EVENT, CHANGE, N, 100, &columns, &lm, NULL), IMR_ERR_NOMEM, (void) 0);
    FAIL_EACH_ALLOCATION(
        split(TIME, EVENT, CHANGE, N, &columns, &rows, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_a_landmark_worked_by_hand);
    RUN(test_a_split_worked_by_hand);
    RUN(test_a_change_at_the_start_is_one_row);
    RUN(test_rounding_does_not_move_a_change_past_the_landmark);
    RUN(test_faults_name_argument_row_and_value);
    RUN(test_no_allocation_is_taken_for_granted);
})
