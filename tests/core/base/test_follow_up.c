#include "base/follow_up.h"

#include "../harness.h"

enum { N = 3 };

static double time[N], entry[N];
static int64_t merged;

static int
read(const double *from_time, const double *from_entry, int fix_ties, imr_fault_t *fault)
{
    return imr_read_follow_up(from_time, from_entry, N, fix_ties, time,
        from_entry == NULL ? NULL : entry, &merged, fault);
}

static void
test_rows_are_copied_and_ties_settled_on_request(void)
{
    const double given[N] = { 0.3, 0.1 + 0.2, 1 }, start[N] = { 0, 0.1, 0.3 };

    CHECK(read(given, start, 0, NULL) == IMR_OK);
    CHECK(time[1] != time[0] && entry[2] == 0.3 && merged == 0);
    CHECK(read(given, start, 1, NULL) == IMR_OK);
    CHECK(time[1] == time[0] && entry[2] == time[0] && entry[1] == 0.1 && merged == 1);
    CHECK(read(given, NULL, 1, NULL) == IMR_OK);
    CHECK(time[1] == time[0] && merged == 1);
}

static void
test_faults_name_argument_and_row(void)
{
    const double fine[N] = { 1, 2, 3 };
    imr_fault_t fault;

    CHECK(read((double[]) { 1, -2, NAN }, NULL, 1, &fault) == IMR_ERR_NEGATIVE);
    CHECK(strcmp(fault.argument, "time") == 0 && fault.row == 1 && fault.value == -2);
    CHECK(read((double[]) { 1, 2, NAN }, NULL, 1, &fault) == IMR_ERR_NONFINITE);
    CHECK(read((double[]) { 1, INFINITY, 3 }, NULL, 1, &fault) == IMR_ERR_NONFINITE);
    CHECK(read(fine, (double[]) { 0, 0, -1 }, 1, &fault) == IMR_ERR_NEGATIVE);
    CHECK(strcmp(fault.argument, "entry") == 0 && fault.row == 2);
    /* a value that is none is named before an interval that is none */
    CHECK(read(fine, (double[]) { 1, 0, NAN }, 1, &fault) == IMR_ERR_NONFINITE);
    CHECK(read(fine, (double[]) { 0, 2, 0 }, 0, &fault) == IMR_ERR_INTERVAL && fault.row == 1);
    CHECK(read((double[]) { 0.1 + 0.2, 2, 3 }, (double[]) { 0.3, 0, 0 }, 1, &fault)
        == IMR_ERR_INTERVAL_TIED);
}

static int
weigh(const double *weight, int sampling, imr_fault_t *fault)
{
    return imr_read_weights(weight, N, sampling, IMR_ERR_WEIGHT_FRACTION, "weights", entry, fault);
}

static void
test_weights_are_counts_or_lie_in_a_range(void)
{
    const double most = 9007199254740992.0;
    imr_fault_t fault;

    CHECK(weigh(NULL, 0, NULL) == IMR_OK && weigh((double[]) { 1, 0, 2 }, 0, NULL) == IMR_OK);
    CHECK(entry[2] == 2 && weigh((double[]) { most / 2, most / 4, 0 }, 0, NULL) == IMR_OK);
    CHECK(
        weigh((double[]) { most / 2, most / 2, 1 }, 0, &fault) == IMR_ERR_COUNT && fault.row == 1);
    CHECK(weigh((double[]) { 1, 1.5, -1 }, 0, &fault) == IMR_ERR_WEIGHT_FRACTION);
    CHECK(fault.row == 1 && fault.value == 1.5 && strcmp(fault.argument, "weights") == 0);
    CHECK(weigh((double[]) { 0, 1.5, 1e9 }, 1, NULL) == IMR_OK);
    CHECK(weigh((double[]) { 0, 1.5, 1e-10 }, 1, &fault) == IMR_ERR_WEIGHT_RANGE);
    CHECK(weigh((double[]) { 0, -1, 1 }, 1, NULL) == IMR_ERR_NEGATIVE);
    CHECK(weigh((double[]) { 0, 1, NAN }, 1, NULL) == IMR_ERR_NONFINITE);
}

/* Numbers that no double tells apart are two patients; rows of one time keep their order. */
static void
test_rows_of_histories_in_order(void)
{
    static const int64_t patient[] = { INT64_MAX, INT64_MAX - 1, INT64_MIN, INT64_MAX, INT64_MAX };
    static const int64_t near[] = { 3, 2, -16, 3, 3 }; /* 20 numbers, which are counted */
    static const double day[] = { 3, 4, 5, 1, 3 };
    uint32_t order[5], scratch[5];
    double key[5];

    CHECK(imr_order_histories(patient, day, 5, order, scratch, key, NULL) == IMR_OK);
    CHECK(order[0] == 2 && order[1] == 1 && order[2] == 3 && order[3] == 0 && order[4] == 4);
    CHECK(imr_order_histories(patient + 2, day + 2, 1, order, scratch, key, NULL) == IMR_OK);
    CHECK(order[0] == 0);
    CHECK(imr_order_histories(near, day, 5, order, scratch, key, NULL) == IMR_OK);
    CHECK(order[0] == 2 && order[1] == 1 && order[2] == 3 && order[3] == 0 && order[4] == 4);
    FAIL_EACH_ALLOCATION(
        imr_order_histories(patient, day, 5, order, scratch, key, NULL), IMR_ERR_NOMEM, (void) 0);
    FAIL_EACH_ALLOCATION(
        imr_order_histories(near, day, 5, order, scratch, key, NULL), IMR_ERR_NOMEM, (void) 0);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    const double fine[N] = { 1, 2.5, 3 }; /* not whole days */

    FAIL_EACH_ALLOCATION(read(fine, NULL, 1, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_rows_are_copied_and_ties_settled_on_request);
    RUN(test_faults_name_argument_and_row);
    RUN(test_weights_are_counts_or_lie_in_a_range);
    RUN(test_rows_of_histories_in_order);
    RUN(test_no_allocation_is_taken_for_granted);
})
