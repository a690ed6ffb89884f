#include "recovery/aplasia_npmle_steps.h"

#include "aplasia_npmle_cohort.h"

static imr_aplasia_rows_t rows;
static imr_aplasia_npmle_t npmle;

static void
start(unsigned seed, int is_uniform)
{
    begin(&rows, cohort(seed), 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, is_uniform, -1, NULL) == IMR_OK);
    CHECK(imr_aplasia_npmle_find_p(&npmle));
}

static void
end(void)
{
    imr_aplasia_npmle_free(&npmle);
    imr_aplasia_rows_free(&rows);
}

/* Of two rows with onset on day 1 or 2; durations of 9 or 10 days, and of 4 or 5. */
static void
test_probabilities_by_hand(void)
{
    put(0, 0, 2, 10, 11);
    put(1, 0, 2, 5, 7);
    begin(&rows, 2, 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, 0, -1, NULL) == IMR_OK);
    CHECK(npmle.n_cells == 3); /* (4, 5], and 9 of the second day, 10 of the first */
    npmle.mass[0] = 0.5;
    npmle.mass[1] = 0.2;
    npmle.mass[2] = 0.3;
    npmle.start[0] = 0.25;
    npmle.start[1] = 0.75;
    CHECK(imr_aplasia_npmle_find_p(&npmle));
    CHECK_NEAR(npmle.p[0], 0.25 * 0.3 + 0.75 * 0.2, 1e-15);
    CHECK_NEAR(npmle.p[1], 0.5, 1e-15);
    npmle.is_uniform = 1;
    CHECK(imr_aplasia_npmle_find_p(&npmle));
    CHECK_NEAR(npmle.p[0], 0.25, 1e-15);
    npmle.mass[0] = 0;
    CHECK(!imr_aplasia_npmle_find_p(&npmle));
    end();
}

/* The gradient in the parts of a block, the others held, is that of differences. */
static void
test_gradients_are_differences(void)
{
    for (unsigned seed = 3; seed < 30; seed += 4) {
        double h = 1e-6;

        start(seed, 0);
        for (int which = 0; which < 3; which++) {
            size_t split = npmle.n_cells / 2;
            double total = which == 2
                ? 1
                : (double) (which == 0 ? split : npmle.n_cells - split) / (double) npmle.n_cells;
            imr_aplasia_block_t block = { which == 2, which == 1 ? split : 0,
                which == 2       ? npmle.n_days
                    : which == 0 ? split
                                 : npmle.n_cells,
                total, which == 2 ? npmle.start : npmle.mass + (which == 1 ? split : 0),
                which == 2 ? npmle.start_gradient : npmle.gradient + (which == 1 ? split : 0) };

            if (block.low == block.high) {
                continue;
            }
            (void) imr_aplasia_npmle_certify(&npmle, &block, 1);
            for (size_t j = 0; j < block.high - block.low; j++) {
                double old = block.mass[j], slope, expected;

                /* a part moved into j, taken from all in proportion */
                block.mass[j] = old + h * total;
                CHECK(imr_aplasia_npmle_find_p(&npmle));
                slope = imr_aplasia_npmle_loglik(&npmle);
                block.mass[j] = old - h * total;
                CHECK(imr_aplasia_npmle_find_p(&npmle));
                slope = (slope - imr_aplasia_npmle_loglik(&npmle)) / (2 * h);
                block.mass[j] = old;
                CHECK(imr_aplasia_npmle_find_p(&npmle));
                expected = block.gradient[j];
                for (size_t i = 0; i < npmle.rows && which < 2; i++) {
                    expected -= npmle.other[i] / npmle.p[i]; /* what the sum of parts gives */
                }
                CHECK_NEAR(slope, expected, 1e-6);
            }
        }
        end();
    }
}

static void
test_a_move_never_falls(void)
{
    for (unsigned seed = 1; seed < 40; seed++) {
        double before, after;

        start(seed, 0);
        for (int round = 0; round < 6; round++) {
            imr_aplasia_block_t cells = { 0, 0, npmle.n_cells, 1, npmle.mass, npmle.gradient };
            imr_aplasia_block_t days = { 1, 0, npmle.n_days, 1, npmle.start, npmle.start_gradient };

            before = imr_aplasia_npmle_loglik(&npmle);
            CHECK(imr_aplasia_npmle_move(&npmle, &cells, 0, NULL) == IMR_OK);
            CHECK(imr_aplasia_npmle_move(&npmle, &days, round < 2, NULL) == IMR_OK);
            after = imr_aplasia_npmle_loglik(&npmle);
            CHECK(after >= before - 1e-10);
        }
        end();
    }
}

/* Cells of one row each are determined; with a row that holds two cells that no other row tells apart, mass
 * may go to and fro. */
static void
test_uniqueness(void)
{
    imr_aplasia_npmle_fit_t fit;

    put(0, 1, 1, 10, 20);
    put(1, 1, 1, 30, 40);
    begin(&rows, 2, 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, 1, -1, NULL) == IMR_OK);
    CHECK(imr_aplasia_npmle_fit(&npmle, &fit, NULL, NULL) == IMR_OK && fit.unique);
    end();
    put(0, 0, 2, 10, 11);
    begin(&rows, 1, 0);
    CHECK(imr_aplasia_npmle_init(&npmle, &rows, 1, -1, NULL) == IMR_OK);
    CHECK(npmle.n_cells == 2); /* 9 of the second day, 10 of the first: each is as good */
    CHECK(imr_aplasia_npmle_fit(&npmle, &fit, NULL, NULL) == IMR_OK && !fit.unique);
    end();
}

static int
move_once(void)
{
    int status = imr_aplasia_npmle_init(&npmle, &rows, 0, -1, NULL);

    if (status == IMR_OK) {
        imr_aplasia_block_t cells = { 0, 0, npmle.n_cells, 1, npmle.mass, npmle.gradient };

        CHECK(imr_aplasia_npmle_find_p(&npmle));
        status = imr_aplasia_npmle_move(&npmle, &cells, 0, NULL);
    }
    return status;
}

static void
test_every_allocation_may_fail(void)
{
    begin(&rows, cohort(3), 0);
    FAIL_EACH_ALLOCATION(move_once(), IMR_ERR_NOMEM, imr_aplasia_npmle_free(&npmle));
    end();
}

HARNESS_MAIN({
    RUN(test_probabilities_by_hand);
    RUN(test_gradients_are_differences);
    RUN(test_a_move_never_falls);
    RUN(test_uniqueness);
    RUN(test_every_allocation_may_fail);
})
