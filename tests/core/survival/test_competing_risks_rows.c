#include "survival/competing_risks_rows.h"

#include "../harness.h"

static const double TIME[] = { 4, 2, 1, 3 };
static const uint8_t CAUSE[] = { 1, 2, 1, 0 };

static int
read(const imr_competing_risks_data_t *data, imr_cause_records_t *records, imr_fault_t *fault)
{
    int status = imr_cause_records(data, 1, records, fault);

    if (status == IMR_OK) {
        status = imr_cause_records_fill_groups(data, records, fault);
        if (status != IMR_OK) {
            imr_cause_records_free(records);
        }
    }
    return status;
}

static void
test_records_are_in_order_of_time(void)
{
    static const int64_t GROUP[] = { 1, 0, 1, 0 };
    imr_competing_risks_data_t data = {
        .n = 4, .time = TIME, .cause = CAUSE, .causes = 2, .group = GROUP, .groups = 2
    };
    imr_cause_records_t r;

    CHECK(read(&data, &r, NULL) == IMR_OK);
    CHECK(r.n == 4 && r.cause_bits == 2 && r.count == NULL && r.entries == 0);
    CHECK(r.label[0] == (1 << 2 | 1) && r.label[1] == 2 && r.label[2] == 0);
    CHECK(r.time[0] == 1 && r.time[3] == 4 && r.patients[0] == 2 && r.patients[1] == 2);
    imr_cause_records_free(&r);
    imr_cause_records_free(&r);
}

/* The three ways: whole days counted, keys sorted, rows in general (all weights 1). */
static void
test_counted_sorted_and_weighted_rows_say_the_same(void)
{
    enum { N = 1000, DAYS = 40, GROUPS = 3, CAUSES = 4 };
    double time[N], half[N], ones[N], total[3][DAYS][GROUPS][CAUSES + 1] = { { { { 0 } } } };
    uint8_t cause[N];
    int64_t group[N];
    imr_competing_risks_data_t data = {
        .n = N, .time = time, .cause = cause, .causes = CAUSES, .group = group, .groups = GROUPS
    };

    for (size_t i = 0; i < N; i++) {
        time[i] = (double) (i * i * 7 % DAYS);
        half[i] = time[i] + 0.5;
        cause[i] = (uint8_t) (i * 3 % (CAUSES + 1));
        group[i] = (int64_t) (i / 7 % GROUPS);
        ones[i] = 1;
    }
    for (int way = 0; way < 3; way++) {
        imr_cause_records_t r;

        data.time = way == 1 ? half : time;
        data.weight = way == 2 ? ones : NULL;
        CHECK(read(&data, &r, NULL) == IMR_OK);
        CHECK((way == 1) == (r.count == NULL) && (way == 0) == (r.n < N));
        for (size_t i = 0; i < r.n; i++) {
            size_t of_cause = r.label[i] & 7, of_group = r.label[i] >> 3;

            CHECK(i == 0 || r.time[i - 1] <= r.time[i]);
            total[way][(size_t) r.time[i]][of_group][of_cause] +=
                r.count == NULL ? 1 : (double) r.count[i];
        }
        imr_cause_records_free(&r);
    }
    CHECK(memcmp(total[0], total[1], sizeof(total[0])) == 0);
    CHECK(memcmp(total[0], total[2], sizeof(total[0])) == 0);
}

/* The span of the bits of these times leaves room for a few bits only. */
static void
test_times_that_leave_no_room_for_a_label(void)
{
    static const double FAR[] = { 1e300, 1e-300, 1, 1e300 };
    static const int64_t GROUP[] = { 0, 511, 511, 511 };
    imr_competing_risks_data_t data = {
        .n = 4, .time = FAR, .cause = CAUSE, .causes = 60, .group = GROUP, .groups = 512
    };
    imr_cause_records_t r;
    imr_fault_t fault;

    CHECK(read(&data, &r, &fault) == IMR_ERR_NO_PATIENT); /* of groups 1 to 510 */
    data.groups = 1;
    data.group = NULL;
    CHECK(read(&data, &r, NULL) == IMR_OK);
    CHECK(r.time[0] == 1e-300 && r.time[3] == 1e300 && r.n == 4);
    imr_cause_records_free(&r);
}

static void
test_ties_are_merged_and_told(void)
{
    static const double NEAR[] = { 0.1 + 0.2, 0.3, 1, 2 }, ENTRY[] = { 0, 0, 0.3, 0.1 + 0.2 };
    imr_competing_risks_data_t data = { .n = 4, .time = NEAR, .cause = CAUSE, .causes = 2 };
    imr_cause_records_t r;

    CHECK(read(&data, &r, NULL) == IMR_OK);
    CHECK(r.merged == 1 && r.time[0] == 0.3 && r.time[1] == 0.3);
    imr_cause_records_free(&r);
    data.entry = ENTRY;
    CHECK(read(&data, &r, NULL) == IMR_OK);
    CHECK(r.merged == 1 && r.entries == 4 && r.entry_time[3] == 0.3);
    imr_cause_records_free(&r);
    CHECK(imr_cause_records(&data, 0, &r, NULL) == IMR_OK);
    CHECK(r.merged == 0 && r.time[1] == 0.1 + 0.2);
    imr_cause_records_free(&r);
}

static void
test_rows_of_weight_0_are_not_there(void)
{
    static const double WEIGHT[] = { 0, 3, 1, 0 }, ENTRY[] = { 1, 0, 0.5, 2 };
    imr_competing_risks_data_t data = {
        .n = 4, .time = TIME, .cause = CAUSE, .causes = 2, .weight = WEIGHT, .entry = ENTRY
    };
    imr_cause_records_t r;

    CHECK(read(&data, &r, NULL) == IMR_OK);
    CHECK(r.n == 2 && r.entries == 2 && r.patients[0] == 4);
    CHECK(r.count[0] == 1 && r.count[1] == 3 && r.entry_count[0] == 3);
    imr_cause_records_free(&r);
}

static void
check_refused(const imr_competing_risks_data_t *data, int status, const char *argument, int64_t row)
{
    imr_cause_records_t r;
    imr_fault_t fault = { 0 };

    CHECK(read(data, &r, &fault) == status);
    CHECK(fault.status == status && fault.row == row && r.block == NULL);
    CHECK(strcmp(fault.argument, argument) == 0);
}

static void
test_bad_rows_are_named(void)
{
    enum { MANY = 300 };
    static const double GOOD[] = { 0, 0, 0, 0 }, NONE[] = { 0, 0, 0, 0 };
    static const int64_t GROUP[] = { 0, 1, 2, 0 };
    double bad[4] = { 1, 1, 1, 1 }, days[MANY] = { 0 };
    uint8_t causes[MANY] = { 0 };
    imr_competing_risks_data_t plain = { .n = 4, .time = TIME, .cause = CAUSE, .causes = 2 };
    imr_competing_risks_data_t data = plain;

    bad[2] = -1;
    data.time = bad;
    check_refused(&data, IMR_ERR_NEGATIVE, "time", 2);
    data.entry = GOOD;
    check_refused(&data, IMR_ERR_NEGATIVE, "time", 2);
    bad[2] = NAN;
    check_refused(&data, IMR_ERR_NONFINITE, "time", 2);
    data = plain;
    data.entry = bad;
    bad[1] = 0;
    check_refused(&data, IMR_ERR_NONFINITE, "entry", 2);
    bad[2] = -1;
    check_refused(&data, IMR_ERR_NEGATIVE, "entry", 2);
    bad[2] = 1;
    check_refused(&data, IMR_ERR_INTERVAL, "entry", 2);
    bad[2] = 1 - 1e-12;
    check_refused(&data, IMR_ERR_INTERVAL_TIED, "entry", 2);
    bad[2] = NAN;
    data = plain;
    data.weight = bad;
    check_refused(&data, IMR_ERR_NONFINITE, "weights", 2);
    bad[2] = -1;
    check_refused(&data, IMR_ERR_NEGATIVE, "weights", 2);
    bad[2] = 0.5;
    check_refused(&data, IMR_ERR_FREQUENCY, "weights", 2);
    bad[2] = 1e16;
    check_refused(&data, IMR_ERR_COUNT, "weights", 2);
    data.weight = NONE;
    check_refused(&data, IMR_ERR_NO_WEIGHT, "weights", -1);
    data = plain;
    data.causes = 1;
    check_refused(&data, IMR_ERR_CAUSE, "cause", 1);
    data = plain;
    data.group = GROUP;
    data.groups = 2;
    check_refused(&data, IMR_ERR_CODE, "group", 2);
    data.groups = 4;
    check_refused(&data, IMR_ERR_NO_PATIENT, "group", -1);
    data.groups = ((size_t) 1 << 25) + 1;
    check_refused(&data, IMR_ERR_TOO_MANY_ROWS, "time", -1);
    data = plain;
    data.n = 0;
    check_refused(&data, IMR_ERR_NO_PATIENT, "time", -1);
    data = (imr_competing_risks_data_t) { .n = MANY, .time = days, .cause = causes, .causes = 1 };
    causes[299] = 2;
    check_refused(&data, IMR_ERR_CAUSE, "cause", 299);
}

static void
test_causes_are_numbered_in_order(void)
{
    static const int64_t OF[] = { 7, 0, -3, 7, 100, 0 }, GIVEN[] = { 100, 7, -3, 1 };
    int64_t labels[IMR_MOST_CAUSES], many[80];
    uint8_t code[80];
    size_t causes = 0;
    imr_fault_t fault;

    CHECK(imr_cause_codes(OF, 6, 0, labels, &causes, code, NULL) == IMR_OK);
    CHECK(causes == 3 && labels[0] == -3 && labels[1] == 7 && labels[2] == 100);
    CHECK(code[0] == 2 && code[1] == 0 && code[2] == 1 && code[3] == 2 && code[4] == 3);
    CHECK(code[5] == 0);
    memcpy(labels, GIVEN, sizeof(GIVEN));
    causes = 4;
    CHECK(imr_cause_codes(OF, 6, 0, labels, &causes, code, NULL) == IMR_OK);
    CHECK(causes == 4 && code[0] == 2 && code[2] == 3 && code[4] == 1 && code[5] == 0);
    causes = 2;
    CHECK(imr_cause_codes(OF, 6, 0, labels, &causes, code, &fault) == IMR_ERR_UNKNOWN_CAUSE);
    CHECK(fault.row == 2 && fault.value == -3);
    for (int i = 0; i < 80; i++) {
        many[i] = 80 - i;
    }
    causes = 0;
    CHECK(imr_cause_codes(many, 63, 0, labels, &causes, code, NULL) == IMR_OK);
    CHECK(causes == 63 && labels[0] == 18 && code[62] == 1 && code[0] == 63);
    causes = 0;
    CHECK(imr_cause_codes(many, 80, 0, labels, &causes, code, &fault) == IMR_ERR_TOO_MANY_CAUSES);
    CHECK(fault.row == 63);
    causes = 64;
    CHECK(imr_cause_codes(many, 80, 0, labels, &causes, code, &fault) == IMR_ERR_TOO_MANY_CAUSES);
    CHECK(fault.row == -1);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    enum { N = 300 };
    double time[N], entry[N];
    uint8_t cause[N];
    imr_competing_risks_data_t data = { .n = N, .time = time, .cause = cause, .causes = 2 };
    imr_cause_records_t r;

    for (size_t i = 0; i < N; i++) {
        time[i] = (double) (i % 17) + 1;
        entry[i] = 0.5;
        cause[i] = (uint8_t) (i % 3);
    }
    FAIL_EACH_ALLOCATION(read(&data, &r, NULL), IMR_ERR_NOMEM, imr_cause_records_free(&r));
    time[0] = 0.5;
    FAIL_EACH_ALLOCATION(read(&data, &r, NULL), IMR_ERR_NOMEM, imr_cause_records_free(&r));
    time[0] = 1;
    data.entry = entry;
    FAIL_EACH_ALLOCATION(read(&data, &r, NULL), IMR_ERR_NOMEM, imr_cause_records_free(&r));
}

HARNESS_MAIN({
    RUN(test_records_are_in_order_of_time);
    RUN(test_counted_sorted_and_weighted_rows_say_the_same);
    RUN(test_times_that_leave_no_room_for_a_label);
    RUN(test_ties_are_merged_and_told);
    RUN(test_rows_of_weight_0_are_not_there);
    RUN(test_bad_rows_are_named);
    RUN(test_causes_are_numbered_in_order);
    RUN(test_no_allocation_is_taken_for_granted);
})
