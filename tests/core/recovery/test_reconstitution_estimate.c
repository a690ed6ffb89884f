#include "reconstitution_fit.h"

#define INF INFINITY

static void
test_masses_that_are_not_the_best_are_not_certified(void)
{
    double left[] = { 0, 1, 2 }, right[] = { 1, 2, INF };
    imr_reconstitution_rows_t rows;
    imr_reconstitution_t cells;
    imr_reconstitution_estimate_t e;
    imr_fault_t fault = { 0 };

    CHECK(imr_reconstitution_rows_init(&rows, left, right, NULL, NULL, 1, 3, 0, 1, NULL) == IMR_OK);
    CHECK(imr_reconstitution_init(&cells, &rows, NULL, 0, NULL) == IMR_OK);
    cells.mass[0] = 0.5;
    cells.mass[1] = cells.mass[2] = 0.25;
    CHECK(imr_reconstitution_finish(&cells, &e, &fault) == IMR_ERR_UNCERTIFIED);
    CHECK(strcmp(fault.argument, "kkt_gap") == 0 && e.block == NULL);
    CHECK_NEAR(fault.value, 1.0 / 3, 1e-12); /* 1 / 0.25 of 3 rows, less 1 */
    imr_reconstitution_free(&cells);
    imr_reconstitution_rows_free(&rows);
}

/* Two deaths on one day of different causes share the mass of their day, and of their block. */
static void
test_causes_share_the_mass_of_their_block(void)
{
    double left[] = { 9, 9, 9, 9 }, right[] = { INF, INF, INF, INF },
           competing[] = { 9, 9, 12, INF };
    int64_t cause[] = { 0, 1, 1, 0 };
    imr_reconstitution_rows_t rows;
    imr_reconstitution_t cells;
    imr_reconstitution_estimate_t e;
    int done = 0;

    CHECK(imr_reconstitution_rows_init(&rows, left, right, competing, cause, 2, 4, 0, 1, NULL)
        == IMR_OK);
    CHECK(imr_reconstitution_init(&cells, &rows, NULL, 0, NULL) == IMR_OK);
    while (!done) {
        CHECK(imr_reconstitution_advance(&cells, &done, NULL) == IMR_OK);
    }
    CHECK(imr_reconstitution_finish(&cells, &e, NULL) == IMR_OK);
    CHECK(e.n_points == 3 && e.cause[0] == 0 && e.cause[1] == 1 && e.time[2] == 12);
    CHECK_NEAR(e.point_mass[0], 0.25, 1e-12);
    CHECK_NEAR(e.point_mass[1], 0.25, 1e-12);
    CHECK_NEAR(e.point_mass[2], 0.5, 1e-12); /* the censored one of 9 dies on day 12, too */
    CHECK(e.rest == 0 && e.last_censored == 9);
    imr_free(e.block);
    imr_reconstitution_free(&cells);
    imr_reconstitution_rows_free(&rows);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    double left[] = { 0, 1, 2.5 }, right[] = { 1, 2, INF };
    imr_reconstitution_estimate_t e;

    FAIL_EACH_ALLOCATION(fit(&e, left, right, NULL, 3, NULL), IMR_ERR_NOMEM, imr_free(e.block));
}

HARNESS_MAIN({
    RUN(test_masses_that_are_not_the_best_are_not_certified);
    RUN(test_causes_share_the_mass_of_their_block);
    RUN(test_no_allocation_is_taken_for_granted);
})
