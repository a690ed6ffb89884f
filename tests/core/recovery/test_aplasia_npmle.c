#include "recovery/aplasia_npmle.h"

#include "../stop_sweep.h"
#include "aplasia_npmle_cohort.h"
#include "aplasia_rows.h"

/* Exact onsets and recoveries: the share of the patients at each duration. */
static void
test_exact_durations(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_npmle_t npmle;
    imr_aplasia_npmle_fit_t fit;

    put(0, 1, 1, 10, 10);
    put(1, 2, 2, 11, 11);
    put(2, 0, 0, 30, 30);
    put(3, 0, 0, 20, INFINITY);
    for (int is_uniform = 0; is_uniform < 2; is_uniform++) {
        begin(&rows, 4, 0);
        CHECK(imr_aplasia_npmle_init(&npmle, &rows, is_uniform, -1, NULL) == IMR_OK);
        CHECK(imr_aplasia_npmle_fit(&npmle, &fit, NULL, NULL) == IMR_OK);
        CHECK(npmle.n_cells == 2 && npmle.left[0] == 9 && npmle.right[1] == 30);
        CHECK_NEAR(npmle.mass[0], 0.5, 1e-12);
        CHECK_NEAR(npmle.mass[1], 0.5, 1e-12);
        CHECK(fit.kkt_gap < 1e-12 && fit.starts == (is_uniform ? 1 : 32));
        CHECK(fit.agreeing == fit.starts);
        imr_aplasia_npmle_free(&npmle);
        imr_aplasia_rows_free(&rows);
    }
}

/* Two rows by hand: onset on day 1 or 2. Durations are 9 or 10 of the first row, and 4 or 5 of the
 * second; no cell holds both, so each has half of the mass. */
static void
test_two_rows_by_hand(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_npmle_t npmle;
    imr_aplasia_npmle_fit_t fit;

    put(0, 0, 2, 10, 12);
    put(1, 0, 2, 5, 7);
    begin(&rows, 2, 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, 1, -1, NULL) == IMR_OK);
    CHECK(imr_aplasia_npmle_fit(&npmle, &fit, NULL, NULL) == IMR_OK);
    CHECK(npmle.n_cells == 2 && npmle.left[0] == 4 && npmle.right[0] == 5);
    CHECK_NEAR(npmle.mass[0], 0.5, 1e-12);
    CHECK_NEAR(fit.loglik, 2 * log(0.5), 1e-12);
    imr_aplasia_npmle_free(&npmle);
    imr_aplasia_rows_free(&rows);
}

/* Whatever the cohort, the certificate is reached; the masses sum to 1, and no small move of them is
 * better. */
static void
test_cohorts_are_certified(void)
{
    for (unsigned seed = 1; seed <= 200; seed++) {
        imr_aplasia_rows_t rows;
        imr_aplasia_npmle_t npmle;
        imr_aplasia_npmle_fit_t fit;
        size_t n = cohort(seed);
        double total = 0;

        begin(&rows, n, 0);
        CHECK(imr_aplasia_npmle_init(&npmle, &rows, (int) (seed % 2), -1, NULL) == IMR_OK);
        CHECK(imr_aplasia_npmle_fit(&npmle, &fit, NULL, NULL) == IMR_OK);
        CHECK(fit.kkt_gap < 1e-9 && fit.agreeing >= 1 && fit.least_loglik <= fit.loglik + 1e-9);
        for (size_t j = 0; j < npmle.n_cells; j++) {
            total += npmle.mass[j];
        }
        CHECK_NEAR(total, 1, 1e-12);
        imr_aplasia_npmle_free(&npmle);
        imr_aplasia_rows_free(&rows);
    }
}

static void
test_it_can_be_stopped(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_npmle_t npmle;
    imr_aplasia_npmle_fit_t fit;

    begin(&rows, cohort(3), 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, 0, -1, NULL) == IMR_OK);
    STOP_AT_EACH_QUESTION(imr_aplasia_npmle_fit(&npmle, &fit, &sweep.stop, NULL), (void) 0);
    imr_aplasia_npmle_free(&npmle);
    imr_aplasia_rows_free(&rows);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_npmle_t npmle;
    imr_aplasia_npmle_fit_t fit;

    begin(&rows, cohort(4), 0);
    for (int is_uniform = 0; is_uniform < 2; is_uniform++) {
        FAIL_EACH_ALLOCATION((imr_aplasia_npmle_init(&npmle, &rows, is_uniform, -1, NULL) == IMR_OK
                                     ? imr_aplasia_npmle_fit(&npmle, &fit, NULL, NULL)
                                     : IMR_ERR_NOMEM),
            IMR_ERR_NOMEM, imr_aplasia_npmle_free(&npmle));
    }
    imr_aplasia_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_exact_durations);
    RUN(test_two_rows_by_hand);
    RUN(test_cohorts_are_certified);
    RUN(test_it_can_be_stopped);
    RUN(test_no_allocation_is_taken_for_granted);
})
