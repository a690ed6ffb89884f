#include "survival/fine_gray_fit.h"

#include "../harness.h"

/* Two events of interest, two competing ones, nobody censored: with r = e^b the likelihood is
 * r / (2 r + 2) / (r + 2), which is largest at r = sqrt(2). */
static const double TIME[] = { 1, 4, 2, 3 };
static const uint8_t CAUSE[] = { 1, 3, 2, 1 };
static const double X[] = { 1, 1, 0, 0 };

static imr_fine_gray_data_t
data_of(const double *x, size_t p)
{
    return (imr_fine_gray_data_t) { .n = 4,
        .time = TIME,
        .cause = CAUSE,
        .columns = x,
        .p = p,
        .strata = 1,
        .level = 0.95,
        .fix_ties = 1 };
}

static void
test_the_largest_likelihood(void)
{
    imr_fine_gray_data_t data = data_of(X, 1);
    imr_fine_gray_rows_t rows;
    imr_fine_gray_fit_t fit = { 0 };
    double null, r = sqrt(2);

    CHECK(imr_fine_gray_rows(&data, &rows, NULL, NULL) == IMR_OK);
    CHECK(imr_fine_gray_fit_init(&fit, &rows, NULL) == IMR_OK);
    CHECK(imr_fine_gray_maximise(&fit, &null, NULL) == IMR_OK);
    CHECK(rows.scale[0] == 0.5);
    CHECK_NEAR(fit.beta[0] / rows.scale[0], log(r), 1e-12);
    CHECK_NEAR(null, log(1.0 / 12), 1e-14);
    CHECK_NEAR(fit.loglik, log(r / (2 * r + 2) / (r + 2)), 1e-14);
    CHECK(fit.decrement < 1e-16 && fit.iterations > 1);
    /* means at risk, in units of half a patient: 2 p - 1 */
    CHECK_NEAR(fit.mean[0], 2 * (2 * r / (2 * r + 2)) - 1, 1e-12);
    CHECK_NEAR(fit.mean[1], 2 * (r / (r + 2)) - 1, 1e-12);
    imr_fine_gray_fit_free(&fit);
    imr_fine_gray_fit_free(&fit);
    imr_fine_gray_rows_free(&rows);
}

static void
test_a_likelihood_that_rises_for_ever_is_told(void)
{
    static const double UP[] = { 1, 0, 0, 1 };
    imr_fine_gray_data_t data = data_of(UP, 1);
    imr_fine_gray_rows_t rows;
    imr_fine_gray_fit_t fit = { 0 };
    imr_fault_t fault;
    double null;

    CHECK(imr_fine_gray_rows(&data, &rows, NULL, NULL) == IMR_OK);
    CHECK(imr_fine_gray_fit_init(&fit, &rows, NULL) == IMR_OK);
    CHECK(imr_fine_gray_maximise(&fit, &null, &fault) == IMR_ERR_MONOTONE && fault.row == 0);
    CHECK(fit.iterations < 30);
    imr_fine_gray_fit_free(&fit);
    imr_fine_gray_rows_free(&rows);
}

static void
test_sums_and_solutions(void)
{
    /* L = (2, 0; 1, 3), L L' = (4, 2; 2, 10) */
    static const double FACTOR[] = { 2, 0, 1, 3 }, Z[] = { 1, 2 };
    double b[] = { 10, 32 }, matrix[] = { 0, 0, 0, 0 }, sum[] = { 1, 1 };

    imr_fine_gray_solve(FACTOR, 2, b);
    CHECK_NEAR(b[0], 1, 1e-15);
    CHECK_NEAR(b[1], 3, 1e-15);
    imr_fine_gray_add_square(matrix, 3, Z, 2);
    CHECK(matrix[0] == 3 && matrix[1] == 0 && matrix[2] == 6 && matrix[3] == 12);
    imr_fine_gray_add_times(sum, 2, Z, 2);
    CHECK(sum[0] == 3 && sum[1] == 5 && imr_inner_product(sum, Z, 2) == 13);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    imr_fine_gray_data_t data = data_of(X, 1);
    imr_fine_gray_rows_t rows;
    imr_fine_gray_fit_t fit = { 0 };

    CHECK(imr_fine_gray_rows(&data, &rows, NULL, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(
        imr_fine_gray_fit_init(&fit, &rows, NULL), IMR_ERR_NOMEM, imr_fine_gray_fit_free(&fit));
    imr_fine_gray_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_the_largest_likelihood);
    RUN(test_a_likelihood_that_rises_for_ever_is_told);
    RUN(test_sums_and_solutions);
    RUN(test_no_allocation_is_taken_for_granted);
})
