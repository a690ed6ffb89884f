#include "survival/cox_rows.h"

#include "../harness.h"
#include "cox_data.h"

static void
test_sets_hold_who_comes_and_who_leaves(void)
{
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    /* row 3 has weight 0; times 5 (row 4), 4 (rows 0 and 5), 3 (rows 1 and 2) */
    CHECK(rows.n == 5 && rows.sets == 2 && rows.patients == 6 && rows.events == 5);
    CHECK(rows.set_time[0] == 4 && rows.begin[0] == 0 && rows.first_event[0] == 1);
    CHECK(rows.end[0] == 3 && rows.set_time[1] == 3 && rows.end[1] == 5);
    CHECK(rows.row[0] == 4 && rows.last_time[0] == 5 && imr_cox_weight(&rows, 3) == 2);
    /* at time 3 row 5, which enters at 3, has not yet come */
    CHECK(rows.leave_begin[1] == 0 && rows.leave_end[1] == 1);
    CHECK(rows.row[rows.leaving[0]] == 5);
    CHECK(imr_cox_begins_stratum(&rows, 0) && !imr_cox_begins_stratum(&rows, 1));
    /* covariates have mean 0 and mean square 1 */
    for (size_t j = 0; j < 2; j++) {
        double sum = 0, squares = 0;

        for (size_t i = 0; i < rows.n; i++) {
            sum += rows.z[2 * i + j];
            squares += rows.z[2 * i + j] * rows.z[2 * i + j];
        }
        CHECK(fabs(sum) < 1e-14);
        CHECK_NEAR(squares, 5, 1e-14);
    }
    imr_cox_rows_free(&rows);
    imr_cox_rows_free(&rows);
}

static void
test_bad_covariates_are_named(void)
{
    double x[SIX * 2];
    int64_t cluster[SIX] = { 0, 0, 0, 0, 0, 7 };
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_fault_t fault;

    memcpy(x, SIX_X, sizeof(x));
    data.x = x;
    x[7] = NAN; /* of the row of weight 0 too */
    CHECK(imr_cox_rows_init(&rows, &data, &options, &fault) == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "X") == 0 && fault.row == 3 && rows.block == NULL);
    x[7] = 1e200;
    CHECK(imr_cox_rows_init(&rows, &data, &options, &fault) == IMR_ERR_COX_RANGE);
    for (int i = 0; i < SIX; i++) {
        x[2 * i + 1] = 2024.1;
    }
    CHECK(imr_cox_rows_init(&rows, &data, &options, &fault) == IMR_ERR_COX_COLLINEAR);
    CHECK(fault.row == 1);
    data = six();
    data.cluster = cluster;
    CHECK(imr_cox_rows_init(&rows, &data, &options, &fault) == IMR_ERR_CODE && fault.row == 5);
    data.p = 0;
    CHECK(imr_cox_rows_init(&rows, &data, &options, &fault) == IMR_ERR_NO_COLUMN);
    data.n = 0;
    CHECK(imr_cox_rows_init(&rows, &data, &options, &fault) == IMR_ERR_NO_ROWS);
    data.n = (size_t) UINT32_MAX + 1;
    data.p = 1;
    CHECK(imr_cox_rows_init(&rows, &data, &options, &fault) == IMR_ERR_TOO_MANY_ROWS);
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;

    FAIL_EACH_ALLOCATION(
        imr_cox_rows_init(&rows, &data, &options, NULL), IMR_ERR_NOMEM, imr_cox_rows_free(&rows));
}

HARNESS_MAIN({
    RUN(test_sets_hold_who_comes_and_who_leaves);
    RUN(test_bad_covariates_are_named);
    RUN(test_every_allocation_may_fail);
})
