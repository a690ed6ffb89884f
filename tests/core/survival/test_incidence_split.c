#include "survival/incidence_split.h"

#include "../harness.h"
#include "base/mem.h"

/* Two patients: A over 100 days in two rows, B cells back on day 60; B over 20.3 days, never back. */
static const int64_t patient[] = { 0, 1, 0 };
static const double start[] = { 40, 0, 0 }, stop[] = { 100, 0.1 + 0.2 + 20, 40 };
static const double cuts[] = { 30, 60, 30, INFINITY, 30, 60 };
static const int64_t event_patient[] = { 0, 0, 0, 0, 1 };
static const double event_time[] = { 30, 30.5, 60, 100, 20.3 };

static imr_split_data_t
rows(void)
{
    return (imr_split_data_t) { patient, start, stop, cuts, 3, 2, 2, event_patient, event_time, 5 };
}

static void
test_phases_are_split_at_each_patients_cuts(void)
{
    imr_split_data_t data = rows();
    imr_incidence_split_t split;
    /* by hand: A 40-60 and 60-100, B 0-20.3, A 0-30 and 30-40 */
    static const int64_t row[] = { 0, 0, 1, 2, 2 }, phase[] = { 1, 2, 0, 0, 1 };
    static const int64_t events[] = { 1, 1, 1, 1, 1 };
    static const double from[] = { 40, 60, 0, 0, 30 }, to[] = { 60, 100, 20.3, 30, 40 };

    CHECK(imr_incidence_split(&split, &data, NULL) == IMR_OK);
    CHECK(split.pieces == 5);
    for (size_t i = 0; i < 5; i++) {
        CHECK(split.row[i] == row[i] && split.phase[i] == phase[i] && split.events[i] == events[i]);
        CHECK_NEAR(split.start[i], from[i], 1e-14);
        CHECK_NEAR(split.stop[i], to[i], 1e-14);
        CHECK_NEAR(split.exposure[i], to[i] - from[i], 1e-13);
    }
    imr_free(split.block);
}

static void
test_a_cut_before_an_earlier_one_leaves_its_phase_without_time(void)
{
    static const double early[] = { 30, 20, 30, 20, 30, 20 };
    imr_split_data_t data = rows();
    imr_incidence_split_t split;

    data.cuts = early;
    CHECK(imr_incidence_split(&split, &data, NULL) == IMR_OK);
    for (size_t i = 0; i < split.pieces; i++) {
        CHECK(split.phase[i] != 1);
    }
    CHECK(split.pieces == 4); /* 40-100 after day 30; B; 0-30 and 30-40 */
    imr_free(split.block);
}

static int
fault_of(imr_split_data_t data, const char *argument, int64_t row, int64_t other)
{
    imr_incidence_split_t split;
    imr_fault_t fault = { 0 };
    int status = imr_incidence_split(&split, &data, &fault);

    CHECK(status != IMR_OK && split.block == NULL);
    CHECK(strcmp(fault.argument, argument) == 0 && fault.row == row && split.other_row == other);
    return status;
}

static void
test_bad_input_is_named_with_patient_and_rows(void)
{
    double from[] = { 30, 0, 0 }, to[] = { 100, 20, 40 }, own[6], time[] = { 0, 30, 60, 100, 20 };
    int64_t code[] = { 0, 2, 0 };
    imr_split_data_t data = rows();

    data.start = from;
    CHECK(fault_of(data, "start", 0, 2) == IMR_ERR_ROWS_OVERLAP);
    from[0] = 50;
    CHECK(fault_of(data, "start", 0, 2) == IMR_ERR_ROWS_GAP);
    from[0] = 40;
    from[1] = 21;
    CHECK(fault_of(data, "start", 1, -1) == IMR_ERR_INTERVAL);
    from[1] = NAN;
    CHECK(fault_of(data, "start", 1, -1) == IMR_ERR_NONFINITE);
    from[1] = 0;
    data.stop = to;
    to[1] = INFINITY;
    CHECK(fault_of(data, "stop", 1, -1) == IMR_ERR_NONFINITE);
    to[1] = 20;
    CHECK(fault_of(data, "events", 4, -1) == IMR_ERR_EVENT_OUTSIDE); /* day 20.3 of 20 */
    data.event_time = time;
    CHECK(fault_of(data, "events", 0, -1) == IMR_ERR_EVENT_OUTSIDE); /* day 0 of (0, 40] */
    time[0] = NAN;
    CHECK(fault_of(data, "events", 0, -1) == IMR_ERR_NONFINITE);
    time[0] = 1;
    memcpy(own, cuts, sizeof(own));
    data.cuts = own;
    own[4] = 31;
    CHECK(fault_of(data, "cuts", 2, 0) == IMR_ERR_CUTS_DIFFER);
    own[4] = NAN;
    CHECK(fault_of(data, "cuts", 2, -1) == IMR_ERR_CUT);
    data.patient = code;
    CHECK(fault_of(data, "patient", 1, -1) == IMR_ERR_PATIENT_CODE);
    code[1] = 0;
    data.n = 0;
    CHECK(fault_of(data, "start", -1, -1) == IMR_ERR_NO_ROWS);
    data = rows();
    code[0] = -1;
    data.event_patient = code;
    data.m = 1;
    CHECK(fault_of(data, "event_patient", 0, -1) == IMR_ERR_PATIENT_CODE);
    data.patients = 3; /* the third has no row */
    code[0] = 2;
    CHECK(fault_of(data, "events", 0, -1) == IMR_ERR_EVENT_OUTSIDE);
}

static void
test_running_out_of_memory_is_reported(void)
{
    imr_split_data_t data = rows();
    imr_incidence_split_t split;

    FAIL_EACH_ALLOCATION(
        imr_incidence_split(&split, &data, NULL), IMR_ERR_NOMEM, imr_free(split.block));
}

HARNESS_MAIN({
    RUN(test_phases_are_split_at_each_patients_cuts);
    RUN(test_a_cut_before_an_earlier_one_leaves_its_phase_without_time);
    RUN(test_bad_input_is_named_with_patient_and_rows);
    RUN(test_running_out_of_memory_is_reported);
})
