#include "recovery/aplasia_npmle.h"

#include "aplasia_rows.h"

static imr_aplasia_npmle_t
npmle_of(size_t n, int is_uniform)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_npmle_t npmle;
    imr_fault_t fault;

    begin(&rows, n, 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, is_uniform, -1, &fault) == IMR_OK);
    imr_aplasia_rows_free(&rows);
    return npmle;
}

/* Onset on day 1 or 2 and recovery in (10, 12]: a duration in (9, 11] or (8, 10], so that (9, 10] is in
 * both; the second row begins later than all that. */
static void
test_cells_by_hand(void)
{
    imr_aplasia_npmle_t npmle;

    put(0, 0, 2, 10, 12);
    put(1, 2, 2, 30, INFINITY);
    npmle = npmle_of(2, 0);
    CHECK(npmle.n_cells == 2 && npmle.n_days == 2 && npmle.n_pairs == 3);
    CHECK(npmle.left[0] == 9 && npmle.right[0] == 10);
    CHECK(npmle.left[1] == 28 && isinf(npmle.right[1]));
    CHECK(npmle.day[0] == 1 && npmle.day[1] == 2);
    CHECK(npmle.first[0] == 0 && npmle.first[1] == 2 && npmle.first[2] == 3);
    CHECK(npmle.onset[0] == 0 && npmle.onset[1] == 1 && npmle.onset[2] == 1);
    CHECK(npmle.begin[0] == 0 && npmle.end[0] == 1 && npmle.begin[2] == 1 && npmle.end[2] == 2);
    CHECK(npmle.mass[0] == 0.5 && npmle.start[1] == 0.5);
    imr_aplasia_npmle_free(&npmle);
    imr_aplasia_npmle_free(&npmle);
}

/* Exact durations are times, the others cells; days on which no onset may be are not counted. */
static void
test_exact_durations_are_times(void)
{
    imr_aplasia_npmle_t npmle;

    put(0, 1, 1, 10, 10);
    put(1, 90, 90, 91, 101);
    put(2, 1, 1, 12, 13);
    npmle = npmle_of(3, 1);
    CHECK(npmle.n_cells == 2 && npmle.n_days == 2);
    CHECK(npmle.left[0] == 9 && npmle.right[0] == 9);
    CHECK(npmle.left[1] == 11 && npmle.right[1] == 12);
    CHECK(npmle.begin[1] == 0 && npmle.end[1] == 1);
    imr_aplasia_npmle_free(&npmle);
}

static void
test_bad_times_are_named(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_npmle_t npmle;
    imr_fault_t fault;

    put(0, 0, 2, 10, 12);
    put(1, 0, 2, 10.5, 12);
    begin(&rows, 2, 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, 1, -1, &fault) == IMR_ERR_APLASIA_DAYS);
    CHECK(strcmp(fault.argument, "recovery_left") == 0 && fault.row == 1 && fault.value == 10.5);
    imr_aplasia_rows_free(&rows);
    put(1, 0, 2, 10, 2e9);
    begin(&rows, 2, 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, 1, -1, &fault) == IMR_ERR_APLASIA_DAYS);
    imr_aplasia_rows_free(&rows);
    put(1, 0, 2, 10, 2e6);
    begin(&rows, 2, 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, 1, -1, &fault) == IMR_ERR_APLASIA_SIZE);
    imr_aplasia_rows_free(&rows);
    put(1, -1e8, 2, 10, 12);
    begin(&rows, 2, 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, 1, -1, &fault) == IMR_ERR_APLASIA_SIZE);
    imr_aplasia_rows_free(&rows);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_npmle_t npmle;

    begin(&rows, mixed(), 0);
    FAIL_EACH_ALLOCATION(imr_aplasia_npmle_init(&npmle, &rows, 1, -1, NULL), IMR_ERR_NOMEM,
        imr_aplasia_npmle_free(&npmle));
    imr_aplasia_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_cells_by_hand);
    RUN(test_exact_durations_are_times);
    RUN(test_bad_times_are_named);
    RUN(test_no_allocation_is_taken_for_granted);
})
