#include "recovery/titre_seroconversion.h"

#include "../harness.h"

/* Four patients; the upper limit of normal is 20. */
enum { N = 19 };

static const int64_t PATIENT[N] = { 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 4, 5, 6 };
static const double DAY[N] = { -5, 30, 60, 90, 120, 0, 40, 80, -1, 30, 0, 30, 60, 90, 120, 150, 10,
    0, -9 };
static const double VALUE[N] = { 90, 40, 20, 12, 25, 50, 30, 18, 20, 5, 80, 10, 30, 15, 0, 11, 70,
    60, 3 };
static const double ULN = 20;

static imr_seroconversion_rows_t
rows_of(void)
{
    imr_seroconversion_rows_t rows = { .patient = PATIENT,
        .day = DAY,
        .value = VALUE,
        .uln = &ULN,
        .confirm = 2,
        .n = N,
        .patients = 8 };

    return rows;
}

static void
test_each_kind_of_patient(void)
{
    imr_seroconversion_rows_t rows = rows_of();
    imr_seroconversion_t s;

    CHECK(imr_seroconversion(&s, &rows, NULL) == IMR_OK);
    /* negative at 60 (20 is not above 20) and 90; positive again at 120 */
    CHECK(s.status[0] == IMR_SEROCONVERSION_CONVERTED && s.left[0] == 30 && s.right[0] == 60);
    CHECK(s.baseline[0] == 90 && s.baseline_day[0] == -5 && s.positive_again_day[0] == 120);
    CHECK(s.last_day[0] == 120 && s.samples[0] == 5);
    CHECK(s.status[1] == IMR_SEROCONVERSION_UNCONFIRMED && s.left[1] == 40 && isinf(s.right[1]));
    CHECK(s.status[2] == IMR_SEROCONVERSION_NEGATIVE_BEFORE && isnan(s.left[2]));
    /* the one at 30 was not confirmed */
    CHECK(s.status[3] == IMR_SEROCONVERSION_CONVERTED && s.left[3] == 60 && s.right[3] == 90);
    CHECK(isnan(s.positive_again_day[3]));
    CHECK(s.status[4] == IMR_SEROCONVERSION_NO_BASELINE && isnan(s.right[4]));
    CHECK(s.status[5] == IMR_SEROCONVERSION_NO_FOLLOW_UP && isnan(s.right[5]));
    CHECK(s.status[6] == IMR_SEROCONVERSION_NEGATIVE_BEFORE);
    CHECK(s.status[7] == IMR_SEROCONVERSION_NO_BASELINE && s.samples[7] == 0);
    imr_seroconversion_free(&s);
    rows.confirm = 1;
    CHECK(imr_seroconversion(&s, &rows, NULL) == IMR_OK);
    CHECK(s.status[1] == IMR_SEROCONVERSION_CONVERTED && s.left[1] == 40 && s.right[1] == 80);
    CHECK(s.left[3] == 0 && s.right[3] == 30 && s.positive_again_day[3] == 60);
    imr_seroconversion_free(&s);
    rows.confirm = 4;
    CHECK(imr_seroconversion(&s, &rows, NULL) == IMR_OK);
    CHECK(s.status[0] == IMR_SEROCONVERSION_POSITIVE && s.left[0] == 120);
    CHECK(s.status[3] == IMR_SEROCONVERSION_UNCONFIRMED && s.left[3] == 60);
    imr_seroconversion_free(&s);
    imr_seroconversion_free(&s);
}

static void
test_windows_and_start(void)
{
    static const int64_t OF[] = { 0 };
    static const double ON[] = { 70 };
    imr_seroconversion_rows_t rows = rows_of();
    imr_seroconversion_t s;

    rows.infusions = (imr_titre_infusions_t) { OF, ON, 1, 28 };
    CHECK(imr_seroconversion(&s, &rows, NULL) == IMR_OK);
    /* the sample of day 90 is not there to confirm day 60 */
    CHECK(s.left_out[0] == 1 && s.status[0] == IMR_SEROCONVERSION_POSITIVE && s.left[0] == 120);
    imr_seroconversion_free(&s);
    rows.infusions.n = 0;
    rows.start_day = 30;
    CHECK(imr_seroconversion(&s, &rows, NULL) == IMR_OK);
    CHECK(s.left[0] == 0 && s.right[0] == 30 && s.baseline[0] == 40 && s.baseline_day[0] == 0);
    imr_seroconversion_free(&s);
}

static int
status_of(imr_seroconversion_rows_t rows, imr_fault_t *fault)
{
    imr_seroconversion_t s;
    int status = imr_seroconversion(&s, &rows, fault);

    imr_seroconversion_free(&s);
    return status;
}

static void
test_bad_rows(void)
{
    int64_t assay[N] = { 0 };
    double day[N], value[N];
    static const double NONE = 0;
    imr_seroconversion_rows_t rows = rows_of(), bad;
    imr_fault_t fault;

    memcpy(day, DAY, sizeof(day));
    memcpy(value, VALUE, sizeof(value));
    bad = rows;
    bad.assay = assay;
    CHECK(status_of(bad, &fault) == IMR_OK);
    assay[7] = 1;
    CHECK(status_of(bad, &fault) == IMR_ERR_TITRE_ASSAY && fault.row == 7);
    assay[5] = assay[6] = 1; /* another patient's assay is another matter */
    CHECK(status_of(bad, &fault) == IMR_OK);
    bad = rows;
    bad.day = day;
    day[3] = 60;
    CHECK(status_of(bad, &fault) == IMR_ERR_TITRE_DUPLICATE && fault.row == 3);
    day[3] = INFINITY;
    CHECK(status_of(bad, &fault) == IMR_ERR_NONFINITE && fault.row == 3);
    bad = rows;
    bad.value = value;
    value[2] = -1;
    CHECK(status_of(bad, &fault) == IMR_ERR_NEGATIVE && fault.row == 2);
    value[2] = NAN;
    CHECK(status_of(bad, &fault) == IMR_ERR_NONFINITE && fault.row == 2);
    bad = rows;
    bad.uln = &NONE;
    CHECK(status_of(bad, &fault) == IMR_ERR_NOT_POSITIVE && fault.row == -1);
    bad = rows;
    bad.confirm = 0;
    CHECK(status_of(bad, &fault) == IMR_ERR_TITRE_CONFIRM);
    bad = rows;
    bad.start_day = NAN;
    CHECK(status_of(bad, &fault) == IMR_ERR_NONFINITE);
}

static void
test_each_allocation_fails(void)
{
    static const int64_t ASSAY[N] = { 0 };
    imr_seroconversion_rows_t rows = rows_of();
    imr_seroconversion_t s;

    rows.assay = ASSAY;
    FAIL_EACH_ALLOCATION(
        imr_seroconversion(&s, &rows, NULL), IMR_ERR_NOMEM, imr_seroconversion_free(&s));
}

HARNESS_MAIN({
    RUN(test_each_kind_of_patient);
    RUN(test_windows_and_start);
    RUN(test_bad_rows);
    RUN(test_each_allocation_fails);
})
