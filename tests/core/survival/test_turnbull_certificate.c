#include "turnbull_fit.h"

static void
test_masses_that_are_not_the_best_are_not_certified(void)
{
    double left[] = { 0, 1, 1, 2 }, right[] = { 1, 3, 2, 3 };
    imr_turnbull_t npmle;
    imr_turnbull_estimate_t estimate;
    imr_fault_t fault = { 0 };

    CHECK(begin(&npmle, left, right, 4, NULL) == IMR_OK);
    npmle.mass[0] = 0.5;
    npmle.mass[1] = npmle.mass[2] = 0.25;
    CHECK(imr_turnbull_finish(&npmle, &estimate, &fault) == IMR_ERR_UNCERTIFIED);
    CHECK(strcmp(fault.argument, "kkt_gap") == 0 && fault.row == -1);
    /* 1 / 0.25 + 1 / 0.5 rows there, of 4 */
    CHECK_NEAR(fault.value, 0.5, 1e-15);
    CHECK(estimate.block == NULL);
    imr_turnbull_free(&npmle);
}

static void
test_the_certificate_is_found_from_the_masses_alone(void)
{
    double left[] = { 0, 1, 1, 2 }, right[] = { 1, 3, 2, 3 };
    imr_turnbull_t npmle;
    imr_turnbull_estimate_t estimate;

    CHECK(begin(&npmle, left, right, 4, NULL) == IMR_OK);
    npmle.mass[0] = 0.5; /* sums to 2: what counts is the proportion */
    npmle.mass[1] = npmle.mass[2] = 0.75;
    memset(npmle.gradient, 0, 3 * sizeof(double));
    memset(npmle.sum, 0, 4 * sizeof(double));
    CHECK(imr_turnbull_finish(&npmle, &estimate, NULL) == IMR_OK);
    CHECK(estimate.kkt_gap >= 0 && estimate.kkt_gap < 1e-15);
    CHECK_NEAR(estimate.loglik, log(0.25) + log(0.75) + 2 * log(0.375), 1e-15);
    CHECK_NEAR(estimate.mass[1], 0.375, 1e-16);
    CHECK_NEAR(estimate.estimate[0], 0.75, 1e-16);
    CHECK(estimate.estimate[2] == 0);
    imr_free(estimate.block);
    imr_turnbull_free(&npmle);
}

static void
test_what_the_iteration_has_left_over_is_dropped(void)
{
    double left[] = { 0, 1, 3, 5, 1, 5 }, right[] = { 2, 4, 6, 7, 2, 6 };
    imr_turnbull_t npmle;
    imr_turnbull_estimate_t estimate;

    CHECK(begin(&npmle, left, right, 6, NULL) == IMR_OK);
    npmle.mass[0] = npmle.mass[2] = 0.5;
    npmle.mass[1] = 1e-14;
    CHECK(imr_turnbull_finish(&npmle, &estimate, NULL) == IMR_OK);
    CHECK(estimate.n_cells == 3 && estimate.n_support == 2);
    CHECK(estimate.cell_mass[1] == 0 && estimate.left[1] == 5 && estimate.right[1] == 6);
    imr_free(estimate.block);
    imr_turnbull_free(&npmle);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    double left[] = { 0, 1 }, right[] = { 2, 3 };
    imr_turnbull_t npmle;
    imr_turnbull_estimate_t estimate;

    CHECK(begin(&npmle, left, right, 2, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(
        imr_turnbull_finish(&npmle, &estimate, NULL), IMR_ERR_NOMEM, imr_free(estimate.block));
    imr_turnbull_free(&npmle);
}

HARNESS_MAIN({
    RUN(test_masses_that_are_not_the_best_are_not_certified);
    RUN(test_the_certificate_is_found_from_the_masses_alone);
    RUN(test_what_the_iteration_has_left_over_is_dropped);
    RUN(test_no_allocation_is_taken_for_granted);
})
