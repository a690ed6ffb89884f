#include "survival/multistate_steps.h"

#include "../harness.h"
#include "multistate_data.h"

/* Steps at 1, 2 and 3; up to 2.5 the last one has no width. */
static void
test_steps_by_hand(void)
{
    imr_multistate_data_t data = hand_data();
    imr_multistate_options_t options = usual_options(IMR_MULTISTATE_GREENWOOD);
    imr_multistate_walk_t walk = { .tau = 2.5 };
    imr_multistate_rows_t rows;
    imr_multistate_t fit;
    imr_multistate_steps_t steps;
    double x[] = { 1, 0, 0 };
    uint32_t before[7];

    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(imr_multistate(&rows, 0, &options, &fit, NULL, NULL) == IMR_OK);
    CHECK(imr_multistate_steps_init(&steps, &fit.counts, &walk) == IMR_OK);
    CHECK(steps.count == 3 && steps.step[2].row == 2 && steps.step[3].row == 5);
    CHECK(steps.lead == 1 && steps.step[0].width == 1 && steps.step[1].width == 0.5);
    CHECK(steps.step[2].width == 0);
    CHECK(steps.step[1].begin == 1 && !steps.move[1].ends && steps.move[2].ends);
    CHECK_NEAR(steps.move[2].stay, 1. / 3, 1e-15);
    imr_multistate_advance(&steps, 1, x);
    CHECK_NEAR(x[0], 1. / 3, 1e-15);
    CHECK_NEAR(x[1], 1. / 3, 1e-15);
    imr_multistate_steps_before(&steps, before); /* places: days 0 to 5, of which rows are 1 to 5 */
    CHECK(before[0] == 0 && before[1] == 0 && before[2] == 1 && before[4] == 3 && before[6] == 3);
    imr_multistate_steps_free(&steps);
    imr_multistate_steps_free(&steps);
    walk.first = 5;
    CHECK(imr_multistate_steps_init(&steps, &fit.counts, &walk) == IMR_OK);
    CHECK(steps.count == 0 && steps.lead == 2.5);
    imr_multistate_steps_free(&steps);
    FAIL_EACH_ALLOCATION(imr_multistate_steps_init(&steps, &fit.counts, &walk), IMR_ERR_NOMEM,
        imr_multistate_steps_free(&steps));
    imr_multistate_free(&fit);
    imr_multistate_rows_free(&rows);
}

HARNESS_MAIN(RUN(test_steps_by_hand);)
