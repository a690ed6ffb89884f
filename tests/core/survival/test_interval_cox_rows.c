#include "survival/interval_cox_rows.h"

#include "interval_cox_data.h"

static void
test_rows_are_ranges_of_cells(void)
{
    /* cells (0, 1], [2, 2], (3, inf); the last row holds all of them, and says nothing */
    const double left[] = { 0, 2, 1, 3, 0 }, right[] = { 1, 2, INFINITY, INFINITY, INFINITY };
    const double x[] = { 0, 1, 2, 3, 4 };
    imr_interval_cox_data_t data = { .n = 5, .p = 1, .left = left, .right = right, .x = x };
    imr_interval_cox_rows_t rows;

    CHECK(imr_interval_cox_rows_init(&rows, &data, 1, NULL, NULL) == IMR_OK);
    CHECK(rows.n == 4 && rows.cells == 3 && rows.events == 2);
    CHECK(rows.begin[0] == 0 && rows.end[0] == 1);
    CHECK(rows.begin[1] == 1 && rows.end[1] == 2);
    CHECK(rows.begin[2] == 1 && rows.end[2] == 3);
    CHECK(rows.begin[3] == 2 && rows.end[3] == 3);
    CHECK(rows.center[0] == 2);
    CHECK_NEAR(rows.scale[0], sqrt(2), 1e-15);
    CHECK_NEAR(rows.z[0], -sqrt(2), 1e-15);
    CHECK_NEAR(rows.hazard[0], log(4.0 / 3), 1e-12); /* 1/4 of the four that say something */
    CHECK(isinf(rows.hazard[2]));
    imr_interval_cox_rows_free(&rows);
    imr_interval_cox_rows_free(&rows);
}

/* Of rows a before b before c, x falls: its coefficient is infinite, and that of -x too, but with a fourth
 * row out of order neither. */
static void
test_the_cone_of_pairs(void)
{
    const double left[] = { 0, 1, 2, 0 }, right[] = { 1, 2, INFINITY, 1 };
    double x[] = { 3, 2, 1, 1 }, up = 1, down = -1, direction;
    imr_interval_cox_data_t data = { .n = 4, .p = 1, .left = left, .right = right, .x = x };
    imr_interval_cox_rows_t rows;
    int found;

    CHECK(imr_interval_cox_rows_init(&rows, &data, 1, NULL, NULL) == IMR_OK);
    CHECK(imr_interval_cox_monotone(&rows, NULL, &direction, &found, NULL, NULL) == IMR_OK);
    CHECK(!found);
    imr_interval_cox_rows_free(&rows);
    x[3] = 2; /* equal to the later row: no loss */
    CHECK(imr_interval_cox_rows_init(&rows, &data, 1, NULL, NULL) == IMR_OK);
    CHECK(imr_interval_cox_monotone(&rows, NULL, &direction, &found, NULL, NULL) == IMR_OK);
    CHECK(found && direction > 0);
    CHECK(imr_interval_cox_monotone(&rows, &up, &direction, &found, NULL, NULL) == IMR_OK && found);
    CHECK(imr_interval_cox_monotone(&rows, &down, &direction, &found, NULL, NULL) == IMR_OK);
    CHECK(!found);
    imr_interval_cox_rows_free(&rows);
}

static int
rows_of_eight(imr_interval_cox_rows_t *rows)
{
    imr_interval_cox_data_t data = eight();
    double direction;
    int found, status = imr_interval_cox_rows_init(rows, &data, 1, NULL, NULL);

    return status == IMR_OK ? imr_interval_cox_monotone(rows, NULL, &direction, &found, NULL, NULL)
                            : status;
}

static void
test_memory_running_out(void)
{
    imr_interval_cox_rows_t rows;

    FAIL_EACH_ALLOCATION(rows_of_eight(&rows), IMR_ERR_NOMEM, imr_interval_cox_rows_free(&rows));
}

HARNESS_MAIN(RUN(test_rows_are_ranges_of_cells); RUN(test_the_cone_of_pairs);
    RUN(test_memory_running_out);)
