#include "recovery/aplasia.h"

#include "../harness.h"
#include "base/status.h"

static void
test_rows_are_copied_by_group(void)
{
    double a[] = { 0, 3, 0 }, b[] = { 3, 7, 0 }, c[] = { 84, 112, 140 },
           d[] = { 112, 112, INFINITY };
    double x[] = { 1, 2, 3, 4, 5, 6 };
    int64_t group[] = { 0, 1, 0 };
    imr_aplasia_rows_t rows;
    imr_fault_t fault;

    CHECK(imr_aplasia_rows_init(&rows, a, b, c, d, x, 2, 3, NULL, 0, &fault) == IMR_OK);
    CHECK(rows.n == 3 && rows.p == 2 && rows.recovered == 2);
    CHECK(rows.onset_left[1] == 3 && rows.onset_right[1] == 7 && rows.recovery_left[0] == 84);
    CHECK(isinf(rows.recovery_right[2]) && rows.covariate[2 * 2 + 1] == 6);
    imr_aplasia_rows_free(&rows);
    CHECK(imr_aplasia_rows_init(&rows, a, b, c, d, x, 2, 3, group, 1, &fault) == IMR_OK);
    CHECK(rows.n == 1 && rows.onset_left[0] == 3 && rows.covariate[1] == 4);
    imr_aplasia_rows_free(&rows);
    imr_aplasia_rows_free(&rows);
}

static void
test_bad_rows_are_named(void)
{
    static const struct {
        double a, b, c, d;
        int status;
        const char *argument;
    } BAD[] = {
        { NAN, 3, 84, 112, IMR_ERR_NONFINITE, "onset_left" },
        { -INFINITY, 3, 84, 112, IMR_ERR_NONFINITE, "onset_left" },
        { 0, INFINITY, 84, 112, IMR_ERR_NONFINITE, "onset_right" },
        { 4, 3, 84, 112, IMR_ERR_LEFT_AFTER_RIGHT, "onset_left" },
        { 0, 3, NAN, 112, IMR_ERR_NONFINITE, "recovery_left" },
        { 0, 3, 84, NAN, IMR_ERR_RIGHT_MISSING, "recovery_right" },
        { 0, 3, 84, 83, IMR_ERR_LEFT_AFTER_RIGHT, "recovery_left" },
        { 0, 3, 2, 83, IMR_ERR_RECOVERY_BEFORE_ONSET, "recovery_left" },
        { 3, 3, 3, 3, IMR_ERR_NO_DURATION, "recovery_right" },
    };

    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        double a[] = { 0, BAD[i].a }, b[] = { 3, BAD[i].b }, c[] = { 84, BAD[i].c },
               d[] = { 112, BAD[i].d };
        imr_aplasia_rows_t rows;
        imr_fault_t fault;

        CHECK(
            imr_aplasia_rows_init(&rows, a, b, c, d, NULL, 0, 2, NULL, 0, &fault) == BAD[i].status);
        CHECK(strcmp(fault.argument, BAD[i].argument) == 0 && fault.row == 1);
        CHECK(rows.block == NULL);
    }
}

static void
test_bad_covariates_are_named(void)
{
    double a[] = { 0, 0 }, b[] = { 1, 1 }, c[] = { 2, 2 }, d[] = { 3, 3 }, x[] = { 1, NAN };
    imr_aplasia_rows_t rows;
    imr_fault_t fault;

    CHECK(imr_aplasia_rows_init(&rows, a, b, c, d, x, 1, 2, NULL, 0, &fault) == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "X") == 0 && fault.row == 1);
    CHECK(imr_aplasia_rows_init(&rows, a, b, c, d, x, 21, 2, NULL, 0, &fault)
        == IMR_ERR_APLASIA_COVARIATES);
    CHECK(fault.value == 21);
}

static void
test_no_rows(void)
{
    double a[] = { 0 }, b[] = { 1 }, c[] = { 2 }, d[] = { 3 };
    int64_t group[] = { 0 };
    imr_aplasia_rows_t rows;
    imr_fault_t fault;

    CHECK(imr_aplasia_rows_init(&rows, a, b, c, d, NULL, 0, 0, NULL, 0, &fault)
        == IMR_ERR_NO_PATIENT);
    CHECK(imr_aplasia_rows_init(&rows, a, b, c, d, NULL, 0, 1, group, 1, &fault)
        == IMR_ERR_NO_PATIENT);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    double a[] = { 0 }, b[] = { 1 }, c[] = { 2 }, d[] = { 3 };
    imr_aplasia_rows_t rows;

    FAIL_EACH_ALLOCATION(imr_aplasia_rows_init(&rows, a, b, c, d, NULL, 0, 1, NULL, 0, NULL),
        IMR_ERR_NOMEM, imr_aplasia_rows_free(&rows));
}

HARNESS_MAIN({
    RUN(test_rows_are_copied_by_group);
    RUN(test_bad_rows_are_named);
    RUN(test_bad_covariates_are_named);
    RUN(test_no_rows);
    RUN(test_no_allocation_is_taken_for_granted);
})
