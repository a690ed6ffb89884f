#include "aplasia_npmle_cohort.h"
#include "recovery/aplasia_npmle_steps.h"

/* After some rounds, steps in all masses at once end where no mass above 0 has a slope left; the
 * log-likelihood never falls. */
static void
test_steps_rise_to_a_stationary_point(void)
{
    for (unsigned seed = 2; seed < 42; seed++) {
        imr_aplasia_rows_t rows;
        imr_aplasia_npmle_t npmle;
        double before, slope = 0, total = 0;

        begin(&rows, cohort(seed), 0);
        CHECK(imr_aplasia_npmle_init(&npmle, &rows, 0, -1, NULL) == IMR_OK);
        CHECK(imr_aplasia_npmle_climb(&npmle, 0, 0, NULL, NULL) == IMR_OK);
        for (size_t j = 0; j < npmle.n_days; j++) { /* away from the end, on the same support */
            npmle.start[j] *= j % 2 ? 1.01 : 0.99;
            total += npmle.start[j];
        }
        for (size_t j = 0; j < npmle.n_days; j++) {
            npmle.start[j] /= total;
        }
        CHECK(imr_aplasia_npmle_find_p(&npmle));
        for (int step = 0; step < 20; step++) {
            before = imr_aplasia_npmle_loglik(&npmle);
            CHECK(imr_aplasia_npmle_ridge_step(&npmle, NULL) == IMR_OK);
            CHECK(step == 0 || imr_aplasia_npmle_loglik(&npmle) >= before - 1e-9);
        }
        {
            imr_aplasia_block_t blocks[] = {
                { 0, 0, npmle.n_cells, 1, npmle.mass, npmle.gradient },
                { 1, 0, npmle.n_days, 1, npmle.start, npmle.start_gradient },
            };

            (void) imr_aplasia_npmle_certify(&npmle, blocks, 2);
        }
        for (size_t j = 0; j < npmle.n_cells; j++) {
            slope = fmax(slope, npmle.mass[j] * fabs(npmle.gradient[j] - (double) npmle.rows));
        }
        for (size_t j = 0; j < npmle.n_days; j++) {
            slope =
                fmax(slope, npmle.start[j] * fabs(npmle.start_gradient[j] - (double) npmle.rows));
        }
        CHECK(slope < 1e-9);
        imr_aplasia_npmle_free(&npmle);
        imr_aplasia_rows_free(&rows);
    }
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_npmle_t npmle;

    begin(&rows, cohort(5), 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, 0, -1, NULL) == IMR_OK);
    CHECK(imr_aplasia_npmle_find_p(&npmle));
    FAIL_EACH_ALLOCATION(imr_aplasia_npmle_ridge_step(&npmle, NULL), IMR_ERR_NOMEM, (void) 0);
    imr_aplasia_npmle_free(&npmle);
    imr_aplasia_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_steps_rise_to_a_stationary_point);
    RUN(test_no_allocation_is_taken_for_granted);
})
