#include "reconstitution_fit.h"

#define INF INFINITY

static int
refuses(double left, double right, double competing, int64_t cause, const char *argument)
{
    imr_reconstitution_rows_t rows;
    imr_fault_t fault = { 0 };
    int status =
        imr_reconstitution_rows_init(&rows, &left, &right, &competing, &cause, 1, 1, 0, 1, &fault);

    CHECK(fault.argument != NULL && strcmp(fault.argument, argument) == 0 && fault.row == 0);
    imr_reconstitution_rows_free(&rows);
    return status;
}

static void
test_bad_rows_are_refused(void)
{
    CHECK(refuses(NAN, 1, INF, 0, "left") == IMR_ERR_NONFINITE);
    CHECK(refuses(-1, 1, INF, 0, "left") == IMR_ERR_NEGATIVE);
    CHECK(refuses(2, 1, INF, 0, "left") == IMR_ERR_LEFT_AFTER_RIGHT);
    CHECK(refuses(0, NAN, INF, 0, "right") == IMR_ERR_RIGHT_MISSING);
    CHECK(refuses(0, 1, NAN, 0, "competing") == IMR_ERR_COMPETING_MISSING);
    CHECK(refuses(0, 1, -2, 0, "competing") == IMR_ERR_NEGATIVE);
    CHECK(refuses(0, 1, 2, 1, "cause") == IMR_ERR_COMPETING_CAUSE);
    CHECK(refuses(0.3, 0.1 + 0.2, INF, 0, "left") == IMR_ERR_INTERVAL_TIED);
}

static void
test_what_comes_first(void)
{
    double left[] = { 10, 10, 10, 10, 10, 0.5 }, right[] = { 20, 20, 20, INF, INF, 0.3 + 0.6 };
    double competing[] = { INF, 20, 15, 8, INF, 0.9 };
    uint8_t kind[] = { 1, 1, 2, 2, 0, 1 }, unseen[] = { 0, 0, 1, 0, 0, 0 };

    for (int returns = 0; returns < 2; returns++) {
        imr_reconstitution_rows_t rows;

        CHECK(imr_reconstitution_rows_init(
                  &rows, left, right, competing, NULL, 1, 6, returns, 1, NULL)
            == IMR_OK);
        kind[2] = returns ? 1 : 2;
        CHECK(memcmp(rows.kind, kind, 6) == 0 && memcmp(rows.unseen, unseen, 6) == 0);
        CHECK(rows.ends.value[rows.ends.right[2]] == 15);
        CHECK(rows.ends.value[rows.ends.left[2]] == (returns ? 10 : 15));
        imr_reconstitution_rows_free(&rows);
    }
}

static void
test_too_many_cells_and_no_rows(void)
{
    static double left[3200], right[3200], competing[3200];
    imr_reconstitution_estimate_t e;
    imr_fault_t fault = { 0 };

    for (int i = 0; i < 3200; i++) {
        left[i] = right[i] = i;
        competing[i] = INF;
    }
    CHECK(fit(&e, left, right, competing, 3200, &fault) == IMR_ERR_RECONSTITUTION_SIZE);
    CHECK(fit(&e, left, right, competing, 0, &fault) == IMR_ERR_NO_ROWS);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    double left[] = { 0, 1, 1, 2.5 }, right[] = { 2, 3, INF, INF };
    imr_reconstitution_rows_t rows;
    imr_reconstitution_t cells;

    FAIL_EACH_ALLOCATION(
        imr_reconstitution_rows_init(&rows, left, right, NULL, NULL, 1, 4, 0, 1, NULL),
        IMR_ERR_NOMEM, imr_reconstitution_rows_free(&rows));
    CHECK(imr_reconstitution_rows_init(&rows, left, right, NULL, NULL, 1, 4, 0, 1, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_reconstitution_init(&cells, &rows, NULL, 0, NULL), IMR_ERR_NOMEM,
        imr_reconstitution_free(&cells));
    imr_reconstitution_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_bad_rows_are_refused);
    RUN(test_what_comes_first);
    RUN(test_too_many_cells_and_no_rows);
    RUN(test_no_allocation_is_taken_for_granted);
})
