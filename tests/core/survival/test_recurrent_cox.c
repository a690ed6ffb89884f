#include "survival/recurrent_cox.h"

#include "../harness.h"

/* Patient 1 has events at 2 and 5 and is seen until 9, patient 2 without any until 4. */
static const int64_t PATIENT[] = { 1, 1, 1, 2 }, EVENT[] = { 0, 1, 1, 2 };
static const double TIME[] = { 9, 5, 2, 4 }, X[] = { 7, 7, 7, 3 };

static imr_recurrent_data_t
data_of(
    const int64_t *patient, const double *entry, const double *time, const int64_t *event, size_t n)
{
    imr_recurrent_data_t data = { .n = n, .patient = patient, .time = time, .event = event };

    data.entry = entry;
    data.groups = 1;
    data.window = NAN;
    return data;
}

static int
lay(const imr_recurrent_data_t *data, const double *covariate, imr_recurrent_model_t model,
    imr_recurrent_layout_t *layout, imr_fault_t *fault, int64_t *other)
{
    imr_recurrent_rows_t rows;
    int status;

    CHECK(imr_recurrent_rows_ordered(data, &rows, NULL) == IMR_OK);
    status = imr_recurrent_layout(data, &rows, covariate, 1, model, layout, fault);
    *other = rows.other_row;
    imr_recurrent_rows_free(&rows);
    return status;
}

static void
row_is(const imr_recurrent_layout_t *layout, size_t row, int64_t source, double entry, double time,
    int event, int64_t stratum)
{
    CHECK(layout->source[row] == source && layout->entry[row] == entry);
    CHECK(layout->time[row] == time && layout->event[row] == event);
    CHECK(layout->stratum[row] == stratum);
}

static void
test_times_become_intervals(void)
{
    imr_recurrent_data_t data = data_of(PATIENT, NULL, TIME, EVENT, 4);
    imr_recurrent_layout_t layout;
    int64_t other;

    CHECK(lay(&data, X, IMR_RECURRENT_ANDERSEN_GILL, &layout, NULL, &other) == IMR_OK);
    CHECK(layout.n == 4);
    row_is(&layout, 0, 2, 0, 2, 1, 1);
    row_is(&layout, 1, 1, 2, 5, 1, 1);
    row_is(&layout, 2, 0, 5, 9, 0, 1);
    row_is(&layout, 3, 3, 0, 4, 0, 1);
    imr_recurrent_layout_free(&layout);
    imr_recurrent_layout_free(&layout);
    CHECK(lay(&data, X, IMR_RECURRENT_PWP_TOTAL, &layout, NULL, &other) == IMR_OK);
    row_is(&layout, 2, 0, 5, 9, 0, 3);
    imr_recurrent_layout_free(&layout);
    CHECK(lay(&data, X, IMR_RECURRENT_PWP_GAP, &layout, NULL, &other) == IMR_OK);
    row_is(&layout, 1, 1, 0, 3, 1, 2);
    row_is(&layout, 2, 0, 0, 4, 0, 3);
    imr_recurrent_layout_free(&layout);
    CHECK(lay(&data, X, IMR_RECURRENT_WLW, &layout, NULL, &other) == IMR_OK);
    CHECK(layout.n == 4);
    row_is(&layout, 0, 2, 0, 2, 1, 1);
    row_is(&layout, 1, 2, 0, 5, 1, 2);
    row_is(&layout, 2, 3, 0, 4, 0, 1);
    row_is(&layout, 3, 3, 0, 4, 0, 2);
    imr_recurrent_layout_free(&layout);
}

/* The end at the last event adds no row, and a joined event ends no interval. */
static void
test_ends_and_windows(void)
{
    static const int64_t patient[] = { 1, 1, 1 }, event[] = { 0, 1, 1 };
    static const double time[] = { 5, 5, 4 };
    imr_recurrent_data_t data = data_of(patient, NULL, time, event, 3);
    imr_recurrent_layout_t layout;
    int64_t other;

    CHECK(lay(&data, X, IMR_RECURRENT_LWYY, &layout, NULL, &other) == IMR_OK);
    CHECK(layout.n == 2);
    row_is(&layout, 1, 1, 4, 5, 1, 1);
    imr_recurrent_layout_free(&layout);
    data.window = 3;
    CHECK(lay(&data, X, IMR_RECURRENT_LWYY, &layout, NULL, &other) == IMR_OK);
    CHECK(layout.n == 2);
    row_is(&layout, 0, 2, 0, 4, 1, 1);
    row_is(&layout, 1, 0, 4, 5, 0, 1);
    imr_recurrent_layout_free(&layout);
}

/* Rows of intervals stay: a covariate may change at 3, and time since the last event counts on. */
static void
test_intervals_stay(void)
{
    static const int64_t patient[] = { 1, 1, 1 }, event[] = { 1, 0, 1 };
    static const double entry[] = { 1, 2, 3 }, time[] = { 2, 3, 6 };
    imr_recurrent_data_t data = data_of(patient, entry, time, event, 3);
    imr_recurrent_layout_t layout;
    int64_t other;

    CHECK(lay(&data, X, IMR_RECURRENT_PWP_GAP, &layout, NULL, &other) == IMR_OK);
    row_is(&layout, 0, 0, 0, 1, 1, 1);
    row_is(&layout, 1, 1, 0, 1, 0, 2);
    row_is(&layout, 2, 2, 1, 4, 1, 2);
    imr_recurrent_layout_free(&layout);
    CHECK(lay(&data, X, IMR_RECURRENT_WLW, &layout, NULL, &other) == IMR_OK);
    row_is(&layout, 1, 0, 1, 6, 1, 2);
    imr_recurrent_layout_free(&layout);
}

static void
refuses(const imr_recurrent_data_t *data, const double *covariate, imr_recurrent_model_t model,
    int status, const char *argument, int64_t row, int64_t other)
{
    imr_recurrent_layout_t layout;
    imr_fault_t fault = { 0 };
    int64_t found;

    CHECK(lay(data, covariate, model, &layout, &fault, &found) == status);
    CHECK(fault.row == row && found == other && strcmp(fault.argument, argument) == 0);
    CHECK(layout.block == NULL);
}

static void
test_what_is_refused(void)
{
    static const int64_t patient[] = { 1, 1, 1 }, event[] = { 1, 1, 0 }, none[] = { 1, 0, 0 };
    static const double time[] = { 5, 5, 9 }, entry[] = { 0, 6, 7 }, later[] = { 5, 7, 9 };
    static const double changes[] = { 1, 2, 1 }, missing[] = { 1, NAN, 1 };
    static const double start[] = { 0, 5, 9 };
    imr_recurrent_data_t data = data_of(patient, NULL, time, event, 3);

    refuses(&data, X, IMR_RECURRENT_PWP_GAP, IMR_ERR_RECURRENT_SAME_TIME, "time", 1, 0);
    refuses(&data, missing, IMR_RECURRENT_PWP_GAP, IMR_ERR_NONFINITE, "X", 1, -1);
    refuses(&data, changes, IMR_RECURRENT_WLW, IMR_ERR_RECURRENT_CHANGES, "X", 1, 0);
    data.time = start;
    refuses(&data, X, IMR_RECURRENT_ANDERSEN_GILL, IMR_ERR_RECURRENT_SAME_TIME, "time", 0, 0);
    refuses(&data, X, IMR_RECURRENT_WLW, IMR_ERR_RECURRENT_SAME_TIME, "time", 0, 0);
    data.time = later;
    data.entry = entry;
    data.event = none;
    refuses(&data, X, IMR_RECURRENT_WLW, IMR_ERR_RECURRENT_GAP, "entry", 1, 0);
}

static void
test_each_allocation_fails(void)
{
    imr_recurrent_data_t data = data_of(PATIENT, NULL, TIME, EVENT, 4);
    imr_recurrent_rows_t rows;
    imr_recurrent_layout_t layout;

    CHECK(imr_recurrent_rows_ordered(&data, &rows, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_recurrent_layout(&data, &rows, X, 1, IMR_RECURRENT_WLW, &layout, NULL),
        IMR_ERR_NOMEM, imr_recurrent_layout_free(&layout));
    imr_recurrent_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_times_become_intervals);
    RUN(test_ends_and_windows);
    RUN(test_intervals_stay);
    RUN(test_what_is_refused);
    RUN(test_each_allocation_fails);
})
