#include "survival/multistate_walk.h"

#include "../harness.h"
#include "../stop_sweep.h"
#include "multistate_data.h"

typedef struct {
    imr_multistate_rows_t rows;
    imr_multistate_t fit;
} fitted_t;

static void
setup(fitted_t *self)
{
    imr_multistate_data_t data = hand_data();
    imr_multistate_options_t options = usual_options(IMR_MULTISTATE_JACKKNIFE);

    CHECK(imr_multistate_rows(&data, &self->rows, NULL) == IMR_OK);
    CHECK(imr_multistate(&self->rows, 0, &options, &self->fit, NULL, NULL) == IMR_OK);
}

static void
teardown(fitted_t *self)
{
    imr_multistate_free(&self->fit);
    imr_multistate_rows_free(&self->rows);
}

/* Days in A up to 4 are 1, 2, 4 and 2, all seen: mean 9/4, and the variance of such a mean. */
static void
test_time_in_a_state(void)
{
    for (int variance = 0; variance < 2; variance++) {
        double estimate[15], time[3], spread[3];
        fitted_t self;
        imr_multistate_walk_t walk = { .variance = (imr_multistate_variance_t) variance, .tau = 4 };
        imr_multistate_path_t path = { estimate, NULL, time, spread, 0, 0 };

        setup(&self);
        walk.start = self.fit.start;
        walk.counted = 4;
        CHECK(imr_multistate_walk(&self.fit.counts, &walk, &path, NULL, NULL) == IMR_OK);
        CHECK_NEAR(time[0], 2.25, 1e-15);
        CHECK_NEAR(time[0] + time[1] + time[2], 4, 1e-15);
        CHECK_NEAR(spread[0], 4.75 / 16, 1e-14);
        teardown(&self);
    }
}

/* From B after 1: at 2 nobody leaves B, at 3 one of two. */
static void
test_a_path_from_one_state(void)
{
    static const double START[] = { 0, 1, 0 };

    for (int variance = 0; variance < 2; variance++) {
        double estimate[12], spread[12];
        fitted_t self;
        imr_multistate_walk_t walk = { .variance = (imr_multistate_variance_t) variance };
        imr_multistate_path_t path = { estimate, spread, NULL, NULL, 0, 0 };

        setup(&self);
        walk.start = START;
        walk.first = 1;
        CHECK(imr_multistate_walk(&self.fit.counts, &walk, &path, NULL, NULL) == IMR_OK);
        CHECK(estimate[1] == 1 && spread[1] == 0);
        CHECK(path.lost_row == 1 && path.lost_state == 0); /* nobody is in A on this path */
        CHECK_NEAR(estimate[3 + 1], 0.5, 1e-15);
        CHECK_NEAR(spread[3 + 1], 0.125, 1e-15);
        CHECK_NEAR(estimate[9 + 2], 0.5, 1e-15);
        teardown(&self);
    }
}

/* A row after the last one is no row, and a path of no rows has none. */
static void
test_a_path_of_no_rows(void)
{
    static const double START[] = { 0, 1, 0 };
    double time[3], spread[3];
    fitted_t self;
    imr_multistate_walk_t walk = { .start = START, .first = 5, .tau = 2 };
    imr_multistate_path_t path = { NULL, NULL, time, spread, 0, 0 };

    setup(&self);
    CHECK(imr_multistate_walk(&self.fit.counts, &walk, &path, NULL, NULL) == IMR_OK);
    CHECK(time[1] == 2 && time[0] == 0 && spread[1] == 0 && path.lost_row == -1);
    teardown(&self);
}

static void
test_the_jackknife_can_be_stopped(void)
{
    double estimate[15], spread[15];
    fitted_t self;
    imr_multistate_walk_t walk = { .variance = IMR_MULTISTATE_JACKKNIFE };
    imr_multistate_path_t path = { estimate, spread, NULL, NULL, 0, 0 };

    setup(&self);
    walk.start = self.fit.start;
    STOP_AT_EACH_QUESTION(
        imr_multistate_walk(&self.fit.counts, &walk, &path, &sweep.stop, NULL), (void) 0);
    teardown(&self);
}

static void
test_out_of_memory(void)
{
    double estimate[15], spread[15];
    fitted_t self;
    imr_multistate_walk_t walk = { .variance = IMR_MULTISTATE_JACKKNIFE };
    imr_multistate_path_t path = { estimate, spread, NULL, NULL, 0, 0 };

    setup(&self);
    walk.start = self.fit.start;
    FAIL_EACH_ALLOCATION(
        imr_multistate_walk(&self.fit.counts, &walk, &path, NULL, NULL), IMR_ERR_NOMEM, (void) 0);
    teardown(&self);
}

HARNESS_MAIN(RUN(test_time_in_a_state); RUN(test_a_path_from_one_state);
    RUN(test_a_path_of_no_rows); RUN(test_the_jackknife_can_be_stopped); RUN(test_out_of_memory);)
