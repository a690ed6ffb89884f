#include "recovery/titre_rows.h"

#include "../harness.h"

static const int64_t PATIENT[] = { 1, 0, 1, 0, 1 };
static const double DAY[] = { 30, 0, 0, 60, 10 };
static const double VALUE[] = { 5, 40, 2560, 20, 160 };
static const double LLOQ[] = { 10, 10, 10, 10, 10 }, ULOQ[] = { 1280 };

static imr_titre_rows_t
rows_of(void)
{
    imr_titre_rows_t rows = { .patient = PATIENT,
        .day = DAY,
        .value = VALUE,
        .limits = { .lloq = LLOQ, .uloq = ULOQ, .lloq_step = 1, .dilution = NAN },
        .n = 5,
        .patients = 2 };

    return rows;
}

static void
test_rows_in_order_of_patient_and_day(void)
{
    static const uint32_t ROW[] = { 1, 3, 2, 4, 0 };
    imr_titre_rows_t rows = rows_of();
    imr_titre_samples_t s;

    CHECK(imr_titre_samples_init(&s, &rows, NULL) == IMR_OK);
    CHECK(s.start[0] == 0 && s.start[1] == 2 && s.start[2] == 5);
    for (int k = 0; k < 5; k++) {
        CHECK(s.sample[k].row == ROW[k]);
    }
    CHECK_NEAR(s.sample[0].low, log(40), 1e-15);
    CHECK(s.sample[0].low == s.sample[0].high);
    CHECK_NEAR(s.sample[2].low, log(1280), 1e-15); /* above */
    CHECK(s.sample[2].high == INFINITY);
    CHECK_NEAR(s.sample[4].high, log(10), 1e-15); /* below */
    CHECK(s.sample[4].low == -INFINITY);
    imr_titre_samples_free(&s);
    imr_titre_samples_free(&s);
}

static void
test_a_dilution_lies_between_two_steps(void)
{
    imr_titre_rows_t rows = rows_of();
    imr_titre_samples_t s;

    rows.limits.dilution = 2;
    CHECK(imr_titre_samples_init(&s, &rows, NULL) == IMR_OK);
    CHECK_NEAR(s.sample[0].low, log(40), 1e-15);
    CHECK_NEAR(s.sample[0].high, log(80), 1e-15);
    CHECK(s.sample[2].high == INFINITY); /* the last dilution is positive: at least that */
    imr_titre_samples_free(&s);
}

static void
test_flags(void)
{
    static const uint8_t BELOW[] = { 0, 0, 0, 1, 0 };
    imr_titre_rows_t rows = rows_of();
    imr_titre_samples_t s;
    imr_fault_t fault;

    rows.below = BELOW;
    CHECK(imr_titre_samples_init(&s, &rows, &fault) == IMR_ERR_COUNT_ABOVE_LIMIT);
    CHECK(fault.row == 3 && strcmp(fault.argument, "value") == 0);
    rows.limits.lloq = NULL; /* the value is its own limit */
    CHECK(imr_titre_samples_init(&s, &rows, &fault) == IMR_OK);
    CHECK_NEAR(s.sample[1].high, log(20), 1e-15);
    CHECK(s.sample[1].low == -INFINITY);
    imr_titre_samples_free(&s);
}

static void
test_windows_leave_samples_out(void)
{
    static const int64_t OF[] = { 1, 1 };
    static const double ON[] = { 10, 29 };
    imr_titre_rows_t rows = rows_of();
    imr_titre_samples_t s;

    rows.infusions = (imr_titre_infusions_t) { OF, ON, 2, 20 };
    CHECK(imr_titre_samples_init(&s, &rows, NULL) == IMR_OK);
    CHECK(s.left_out[0] == 0 && s.left_out[1] == 1); /* day 30; that of day 10 was drawn before */
    CHECK(s.start[2] == 4);
    imr_titre_samples_free(&s);
}

static int
status_of(imr_titre_rows_t rows, imr_fault_t *fault)
{
    imr_titre_samples_t s;
    int status = imr_titre_samples_init(&s, &rows, fault);

    imr_titre_samples_free(&s);
    return status;
}

static void
test_bad_rows(void)
{
    static const int64_t STRANGER[] = { 0, 0, 2, 0, 0 };
    static const double ZERO[] = { 0, 1, 1, 1, 1 }, MINUS[] = { 1, -1, 1, 1, 1 };
    static const double MISSING[] = { 1, 1, NAN, 1, 1 }, HUGE_ONE[] = { 1, 1, 1, 1e101, 1 };
    static const double FAR[] = { 1, 1, 1, 1, 2e6 }, NONE = 0, SMALL = 5;
    imr_titre_rows_t rows = rows_of(), bad;
    imr_fault_t fault;

    bad = rows;
    bad.patient = STRANGER;
    CHECK(status_of(bad, &fault) == IMR_ERR_PATIENT_CODE && fault.row == 2);
    bad = rows;
    bad.day = MISSING;
    CHECK(status_of(bad, &fault) == IMR_ERR_NONFINITE && fault.row == 2);
    bad.day = FAR;
    CHECK(status_of(bad, &fault) == IMR_ERR_TITRE_DAY && fault.row == 4);
    bad = rows;
    bad.limits = (imr_titre_limits_t) { .dilution = NAN };
    bad.value = ZERO;
    CHECK(status_of(bad, &fault) == IMR_ERR_TITRE_ZERO && fault.row == 0);
    bad.value = MINUS;
    CHECK(status_of(bad, &fault) == IMR_ERR_NEGATIVE && fault.row == 1);
    bad.value = MISSING;
    CHECK(status_of(bad, &fault) == IMR_ERR_NONFINITE && fault.row == 2);
    bad.value = HUGE_ONE;
    CHECK(status_of(bad, &fault) == IMR_ERR_NOT_POSITIVE && fault.row == 3);
    bad = rows;
    bad.limits.lloq = &NONE;
    bad.limits.lloq_step = 0;
    CHECK(status_of(bad, &fault) == IMR_ERR_NOT_POSITIVE && fault.row == -1);
    bad = rows;
    bad.limits.uloq = &SMALL;
    CHECK(status_of(bad, &fault) == IMR_ERR_TITRE_LIMITS && fault.value == 10);
    bad = rows;
    bad.limits.dilution = 1;
    CHECK(status_of(bad, &fault) == IMR_ERR_TITRE_DILUTION && fault.value == 1);
}

static void
test_bad_infusions(void)
{
    static const int64_t OF[] = { 2 }, KNOWN[] = { 1 };
    static const double ON[] = { 3 }, NEVER[] = { NAN };
    imr_titre_rows_t rows = rows_of();
    imr_fault_t fault;

    rows.infusions = (imr_titre_infusions_t) { OF, ON, 1, 28 };
    CHECK(status_of(rows, &fault) == IMR_ERR_PATIENT_CODE);
    rows.infusions = (imr_titre_infusions_t) { KNOWN, NEVER, 1, 28 };
    CHECK(status_of(rows, &fault) == IMR_ERR_NONFINITE && strcmp(fault.argument, "ivig_day") == 0);
    rows.infusions = (imr_titre_infusions_t) { KNOWN, ON, 1, -1 };
    CHECK(status_of(rows, &fault) == IMR_ERR_NEGATIVE);
    rows.infusions = (imr_titre_infusions_t) { KNOWN, ON, 1, NAN };
    CHECK(status_of(rows, &fault) == IMR_ERR_NONFINITE);
}

static void
test_each_allocation_fails(void)
{
    imr_titre_rows_t rows = rows_of();
    imr_titre_samples_t s;

    FAIL_EACH_ALLOCATION(
        imr_titre_samples_init(&s, &rows, NULL), IMR_ERR_NOMEM, imr_titre_samples_free(&s));
    rows.n = 0; /* patients without a sample */
    CHECK(imr_titre_samples_init(&s, &rows, NULL) == IMR_OK);
    CHECK(s.start[2] == 0);
    imr_titre_samples_free(&s);
}

HARNESS_MAIN({
    RUN(test_rows_in_order_of_patient_and_day);
    RUN(test_a_dilution_lies_between_two_steps);
    RUN(test_flags);
    RUN(test_windows_leave_samples_out);
    RUN(test_bad_rows);
    RUN(test_bad_infusions);
    RUN(test_each_allocation_fails);
})
