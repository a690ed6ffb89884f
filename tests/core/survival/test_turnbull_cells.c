#include "turnbull_fit.h"

static void
test_cells_worked_by_hand(void)
{
    /* (0, 2] (1, 3] (3, inf] and 3 exactly: ends 0( 1( 2] 3[ 3] 3] 3( inf] */
    double left[] = { 0, 1, 3, 3 }, right[] = { 2, 3, INFINITY, 3 };
    imr_turnbull_t npmle;

    CHECK(begin(&npmle, left, right, 4, NULL) == IMR_OK);
    CHECK(npmle.n_cells == 3);
    CHECK(npmle.left[0] == 1 && npmle.right[0] == 2);
    CHECK(npmle.left[1] == 3 && npmle.right[1] == 3);
    CHECK(npmle.left[2] == 3 && isinf(npmle.right[2]));
    /* rows in order of their cells: (0, 2] holds 0, (1, 3] holds 0 and 1, [3] 1, (3, inf] 2 */
    CHECK(npmle.n_distinct == 4 && npmle.rows == 4);
    CHECK(npmle.first[0] == 0 && npmle.first[1] == 2 && npmle.first[2] == 3);
    CHECK(npmle.first[3] == 4);
    CHECK(npmle.end[0] == 1 && npmle.end[1] == 2 && npmle.end[2] == 2 && npmle.end[3] == 3);
    imr_turnbull_free(&npmle);
    imr_turnbull_free(&npmle);
}

static void
test_an_exact_time_is_inside_the_row_that_ends_there_and_not_the_one_that_begins(void)
{
    double left[] = { 1, 2, 2 }, right[] = { 2, 2, 4 };
    imr_turnbull_t npmle;

    CHECK(begin(&npmle, left, right, 3, NULL) == IMR_OK);
    CHECK(npmle.n_cells == 2 && npmle.n_distinct == 2);
    CHECK(npmle.end[0] == 1 && npmle.weight[0] == 2 && npmle.first[1] == 1);
    CHECK(npmle.left[1] == 2 && npmle.right[1] == 4);
    imr_turnbull_free(&npmle);
}

static void
test_days_and_other_times_give_the_same_cells(void)
{
    enum { N = 300 };
    double left[N], right[N], left_half[N], right_half[N];
    imr_turnbull_t days, halves;

    visits(left, right, N, 0, 3);
    for (size_t i = 0; i < N; i++) {
        left_half[i] = left[i] + 0.5;
        right_half[i] = right[i] + 0.5;
    }
    CHECK(begin(&days, left, right, N, NULL) == IMR_OK);
    CHECK(begin(&halves, left_half, right_half, N, NULL) == IMR_OK);
    CHECK(days.n_cells == halves.n_cells && days.n_distinct == halves.n_distinct);
    for (size_t j = 0; j < days.n_cells; j++) {
        CHECK(days.left[j] + 0.5 == halves.left[j] && days.right[j] + 0.5 == halves.right[j]);
        CHECK(days.first[j] == halves.first[j]);
    }
    CHECK(memcmp(days.end, halves.end, days.n_distinct * sizeof(*days.end)) == 0);
    CHECK(memcmp(days.weight, halves.weight, days.n_distinct * sizeof(*days.weight)) == 0);
    imr_turnbull_free(&days);
    imr_turnbull_free(&halves);
}

static void
test_the_first_guess_is_kaplan_meier(void)
{
    /* events at 1, 2, 2, 4 and 6, censored at 2, 3 and 7: S = 7/8, 5/8, then x 2/3, then x 1/2 */
    double left[] = { 1, 2, 2, 2, 3, 4, 6, 7 };
    double right[] = { 1, 2, 2, INFINITY, INFINITY, 4, 6, INFINITY };
    imr_turnbull_t npmle;

    CHECK(begin(&npmle, left, right, 8, NULL) == IMR_OK);
    CHECK(npmle.n_cells == 5);
    CHECK_NEAR(npmle.mass[0], 1.0 / 8, 1e-15);
    CHECK_NEAR(npmle.mass[1], 2.0 / 8, 1e-15);
    CHECK_NEAR(npmle.mass[2], 5.0 / 24, 1e-15);
    CHECK_NEAR(npmle.mass[3], 5.0 / 24, 1e-15);
    CHECK_NEAR(npmle.mass[4], 5.0 / 24, 1e-15);
    imr_turnbull_free(&npmle);
}

static int
refusal(double left, double right, int64_t row, const char *argument)
{
    double l[] = { 1, 2, left }, r[] = { 3, INFINITY, right };
    imr_turnbull_ends_t ends;
    imr_fault_t fault = { 0 };
    int status = imr_turnbull_ends_init(&ends, l, r, 3, 1, &fault);

    CHECK(status == fault.status && fault.row == row);
    CHECK(strcmp(fault.argument, argument) == 0);
    imr_turnbull_ends_free(&ends);
    imr_turnbull_ends_free(&ends);
    return status;
}

static void
test_rows_that_make_no_sense_are_refused(void)
{
    imr_turnbull_ends_t ends;
    imr_fault_t fault = { 0 };
    double one = 1;

    CHECK(refusal(NAN, 3, 2, "left") == IMR_ERR_NONFINITE);
    CHECK(refusal(-1, 3, 2, "left") == IMR_ERR_NEGATIVE);
    CHECK(refusal(-INFINITY, 3, 2, "left") == IMR_ERR_NEGATIVE);
    CHECK(refusal(INFINITY, INFINITY, 2, "left") == IMR_ERR_LEFT_INFINITE);
    CHECK(refusal(1, NAN, 2, "right") == IMR_ERR_RIGHT_MISSING);
    CHECK(refusal(4, 3, 2, "left") == IMR_ERR_LEFT_AFTER_RIGHT);
    CHECK(refusal(4, -INFINITY, 2, "left") == IMR_ERR_LEFT_AFTER_RIGHT);
    CHECK(refusal(2, nextafter(2, 3), 2, "left") == IMR_ERR_INTERVAL_TIED);
    CHECK(imr_turnbull_ends_init(&ends, NULL, NULL, 0, 1, &fault) == IMR_ERR_NO_ROWS);
    CHECK(imr_turnbull_ends_init(&ends, &one, &one, (size_t) 1 << 31, 1, &fault)
        == IMR_ERR_TOO_MANY_ENDS);
}

static void
test_ends_that_differ_by_rounding_are_one(void)
{
    double left[] = { 0, 0.3, 0.1 }, right[] = { 0.1 + 0.2, 1, 0.2 };
    imr_turnbull_ends_t ends;

    CHECK(imr_turnbull_ends_init(&ends, left, right, 3, 1, NULL) == IMR_OK);
    CHECK(ends.merged == 1 && ends.n_values == 5);
    CHECK(ends.right[0] == ends.left[1] && ends.value[ends.left[1]] == 0.3);
    imr_turnbull_ends_free(&ends);
    CHECK(imr_turnbull_ends_init(&ends, left, right, 3, 0, NULL) == IMR_OK);
    CHECK(ends.merged == 0 && ends.n_values == 6);
    CHECK(ends.right[0] > ends.left[1]);
    imr_turnbull_ends_free(&ends);
}

static void
test_a_late_day_is_sorted_and_not_counted(void)
{
    double left[] = { 1, 60000, 70000 }, right[] = { 3, INFINITY, 70001 };
    imr_turnbull_ends_t ends;

    CHECK(imr_turnbull_ends_init(&ends, left, right, 3, 1, NULL) == IMR_OK);
    CHECK(ends.n_values == 5 && ends.right[1] == 5 && ends.right[2] == 4);
    imr_turnbull_ends_free(&ends);
}

static void
test_a_group_has_the_cells_of_its_rows(void)
{
    double left[] = { 0, 5, 2, 7 }, right[] = { 4, 9, 6, INFINITY };
    int64_t group[] = { 0, 1, 0, 1 };
    imr_turnbull_ends_t ends;
    imr_turnbull_t npmle;

    CHECK(imr_turnbull_ends_init(&ends, left, right, 4, 1, NULL) == IMR_OK);
    CHECK(imr_turnbull_init(&npmle, &ends, group, 0, NULL) == IMR_OK);
    CHECK(npmle.rows == 2 && npmle.n_cells == 1 && npmle.left[0] == 2 && npmle.right[0] == 4);
    imr_turnbull_free(&npmle);
    CHECK(imr_turnbull_init(&npmle, &ends, group, 1, NULL) == IMR_OK);
    CHECK(npmle.rows == 2 && npmle.n_cells == 1 && npmle.left[0] == 7 && npmle.right[0] == 9);
    imr_turnbull_free(&npmle);
    CHECK(imr_turnbull_init(&npmle, &ends, group, 2, NULL) == IMR_ERR_NO_ROWS);
    imr_turnbull_free(&npmle);
    imr_turnbull_ends_free(&ends);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    double left[] = { 0, 1.5, 3 }, right[] = { 2, 3, INFINITY };
    double day[] = { 0, 1, 2 }, later[] = { 2, 3, INFINITY };
    imr_turnbull_t npmle;

    FAIL_EACH_ALLOCATION(
        begin(&npmle, left, right, 3, NULL), IMR_ERR_NOMEM, imr_turnbull_free(&npmle));
    FAIL_EACH_ALLOCATION(
        begin(&npmle, day, later, 3, NULL), IMR_ERR_NOMEM, imr_turnbull_free(&npmle));
}

/* Cells (0, 2], 5, (7, inf): of the values 0, 1, 2, 5, 6, 7. */
static void
test_closed_says_which_cells_a_row_holds(void)
{
    double left[] = { 0, 1, 5, 7, 0 }, right[] = { 2, 6, 5, INFINITY, INFINITY };
    uint32_t closed[8], expected[] = { 0, 0, 1, 2, 2, 2, 3 };
    imr_turnbull_ends_t ends;
    imr_turnbull_t npmle;

    for (size_t i = 0; i < 5; i++) { /* fractions, so that days are not their own ranks */
        left[i] += 0.5;
        right[i] += 0.5;
    }
    CHECK(imr_turnbull_ends_init(&ends, left, right, 5, 1, NULL) == IMR_OK);
    CHECK(imr_turnbull_init(&npmle, &ends, NULL, 0, NULL) == IMR_OK);
    CHECK(ends.n_values == 6 && npmle.n_cells == 3);
    imr_turnbull_closed(&npmle, &ends, closed);
    CHECK(memcmp(closed, expected, sizeof(expected)) == 0);
    imr_turnbull_free(&npmle);
    imr_turnbull_ends_free(&ends);
}

HARNESS_MAIN({
    RUN(test_closed_says_which_cells_a_row_holds);
    RUN(test_cells_worked_by_hand);
    RUN(test_an_exact_time_is_inside_the_row_that_ends_there_and_not_the_one_that_begins);
    RUN(test_days_and_other_times_give_the_same_cells);
    RUN(test_the_first_guess_is_kaplan_meier);
    RUN(test_rows_that_make_no_sense_are_refused);
    RUN(test_ends_that_differ_by_rounding_are_one);
    RUN(test_a_late_day_is_sorted_and_not_counted);
    RUN(test_a_group_has_the_cells_of_its_rows);
    RUN(test_no_allocation_is_taken_for_granted);
})
