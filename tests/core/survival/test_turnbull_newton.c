#include "survival/turnbull_steps.h"
#include "turnbull_fit.h"

/* (0,1] (1,3] (1,2] (2,3]: masses 1/4, 3/8, 3/8 (tests/golden/survival/turnbull_handmade.json) */
static const double LEFT[] = { 0, 1, 1, 2 }, RIGHT[] = { 1, 3, 2, 3 };

/* Sums and gradient at the masses set by a test. */
static void
look_around(imr_turnbull_t *self)
{
    self->excess = -INFINITY;
    self->sum[0] = 0;
    for (size_t j = 0; j < self->n_cells; j++) {
        self->sum[j + 1] = self->sum[j] + self->mass[j];
        self->gradient[j] = 0;
    }
    for (size_t j = 0; j < self->n_cells; j++) {
        for (size_t i = self->first[j]; i < self->first[j + 1]; i++) {
            for (size_t k = j; k < self->end[i]; k++) {
                self->gradient[k] += self->weight[i] / (self->sum[self->end[i]] - self->sum[j]);
            }
        }
    }
    for (size_t j = 0; j < self->n_cells; j++) {
        self->excess = fmax(self->excess, self->gradient[j] - (double) self->rows);
    }
}

static void
test_steps_converge_quadratically(void)
{
    double masses[] = { 0.3, 0.3, 0.4 }, expected[] = { 0.25, 0.375, 0.375 };
    imr_turnbull_t npmle;

    CHECK(begin(&npmle, LEFT, RIGHT, 4, NULL) == IMR_OK);
    memcpy(npmle.mass, masses, sizeof(masses));
    look_around(&npmle);
    for (int i = 0; i < 6; i++) {
        CHECK(imr_turnbull_newton_step(&npmle, 1e6, NULL) == IMR_OK);
    }
    for (int j = 0; j < 3; j++) {
        CHECK_NEAR(npmle.mass[j], expected[j], 1e-15);
    }
    CHECK(npmle.work > 0 && npmle.newton_work > 0);
    imr_turnbull_free(&npmle);
}

static void
test_a_step_that_costs_too_much_is_not_taken(void)
{
    imr_turnbull_t npmle;
    double before;

    CHECK(begin(&npmle, LEFT, RIGHT, 4, NULL) == IMR_OK);
    look_around(&npmle);
    before = npmle.mass[0];
    CHECK(imr_turnbull_newton_step(&npmle, 3, NULL) == IMR_OK);
    CHECK(npmle.mass[0] == before && npmle.newton_work == 0 && npmle.matrix == NULL);
    imr_turnbull_free(&npmle);
}

static void
test_a_mass_that_would_be_negative_is_dropped(void)
{
    /* (0,2] (1,4] (3,6] (5,7] (1,2] (5,6]: cells (1,2] (3,4] (5,6], the middle one without mass */
    double left[] = { 0, 1, 3, 5, 1, 5 }, right[] = { 2, 4, 6, 7, 2, 6 };
    double masses[] = { 0.5, 1e-4, 0.4999 };
    imr_turnbull_t npmle;

    CHECK(begin(&npmle, left, right, 6, NULL) == IMR_OK);
    CHECK(npmle.n_cells == 3);
    memcpy(npmle.mass, masses, sizeof(masses));
    look_around(&npmle);
    CHECK(imr_turnbull_newton_step(&npmle, 1e6, NULL) == IMR_OK);
    CHECK(npmle.mass[1] == 0);
    CHECK_NEAR(npmle.mass[0], 0.5, 1e-6);
    imr_turnbull_free(&npmle);
}

static void
test_one_mass_has_nowhere_to_go(void)
{
    double left[] = { 0, 1 }, right[] = { 2, 3 };
    imr_turnbull_t npmle;

    CHECK(begin(&npmle, left, right, 2, NULL) == IMR_OK);
    look_around(&npmle);
    CHECK(imr_turnbull_newton_step(&npmle, 1e6, NULL) == IMR_OK);
    CHECK(npmle.n_cells == 1 && npmle.mass[0] == 1 && npmle.newton_work == 0);
    imr_turnbull_free(&npmle);
}

static void
test_a_pivot_lost_to_rounding_does_no_harm(void)
{
    double masses[] = { 0.5, 1e-9, 0.5 };
    imr_turnbull_t npmle;

    CHECK(begin(&npmle, LEFT, RIGHT, 4, NULL) == IMR_OK);
    memcpy(npmle.mass, masses, sizeof(masses));
    look_around(&npmle);
    CHECK(imr_turnbull_newton_step(&npmle, 1e6, NULL) == IMR_OK);
    for (int j = 0; j < 3; j++) {
        CHECK(npmle.mass[j] >= 0 && npmle.mass[j] <= 1);
    }
    imr_turnbull_free(&npmle);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    imr_turnbull_t npmle;

    CHECK(begin(&npmle, LEFT, RIGHT, 4, NULL) == IMR_OK);
    look_around(&npmle);
    FAIL_EACH_ALLOCATION(imr_turnbull_newton_step(&npmle, 1e6, NULL), IMR_ERR_NOMEM, (void) 0);
    CHECK(npmle.matrix != NULL);
    imr_turnbull_free(&npmle);
}

HARNESS_MAIN({
    RUN(test_steps_converge_quadratically);
    RUN(test_a_step_that_costs_too_much_is_not_taken);
    RUN(test_a_mass_that_would_be_negative_is_dropped);
    RUN(test_one_mass_has_nowhere_to_go);
    RUN(test_a_pivot_lost_to_rounding_does_no_harm);
    RUN(test_no_allocation_is_taken_for_granted);
})
