#include "base/ascent.h"

#include "../harness.h"

/* -(x - 2)^2 / 2 - 3 (y - x^2 / 4)^2 / 2, with its maximum at (2, 1); `asked` counts the values. */
typedef struct {
    int asked;
} hill_t;

static double
hill(void *context, const double *x)
{
    ((hill_t *) context)->asked++;
    return -0.5 * pow(x[0] - 2, 2) - 1.5 * pow(x[1] - 0.25 * x[0] * x[0], 2);
}

static void
hill_gradient(void *context, const double *x, double *gradient)
{
    double off = x[1] - 0.25 * x[0] * x[0];

    (void) context;
    gradient[0] = -(x[0] - 2) + 1.5 * off * x[0];
    gradient[1] = -3 * off;
}

static int
past_one(void *context, const double *x)
{
    (void) context;
    return x[0] > 1;
}

static int
stop_at_once(void *context)
{
    (void) context;
    return 1;
}

static double
saddle(void *context, const double *x)
{
    (void) context;
    return x[0] * x[0] - x[1] * x[1];
}

static void
test_the_maximum_of_a_curved_hill_is_found(void)
{
    for (int exact = 0; exact < 2; exact++) {
        hill_t context = { 0 };
        imr_ascent_t climb = {
            .context = &context, .value = hill, .gradient = exact ? hill_gradient : NULL, .count = 2
        };

        imr_ascent_start(&climb);
        CHECK(climb.highest == -2);
        CHECK(imr_ascent_bfgs(&climb, 50) == 0);
        CHECK(imr_ascent_newton(&climb) == IMR_OK);
        CHECK_NEAR(climb.x[0], 2, 1e-4);
        CHECK_NEAR(climb.x[1], 1, 1e-4);
        CHECK(climb.score_norm < 1e-3 && climb.iterations > 1 && context.asked > 2);
        /* minus the second derivatives there: ((1 + 3, -3), (-3, 3)) */
        CHECK_NEAR(climb.factor[0], 2, 1e-3);
        CHECK_NEAR(climb.factor[2], -1.5, 1e-3);
        CHECK_NEAR(climb.factor[3], sqrt(3 - 2.25), 1e-3);
    }
}

static void
test_it_ends_where_it_is_told_to_and_goes_on_when_called_again(void)
{
    hill_t context = { 0 };
    imr_ascent_t climb = { .context = &context, .value = hill, .ends = past_one, .count = 2 };

    imr_ascent_start(&climb);
    CHECK(imr_ascent_bfgs(&climb, 50) == 1);
    CHECK(climb.x[0] > 1);
    climb.ends = NULL;
    climb.stopped = stop_at_once;
    CHECK(imr_ascent_bfgs(&climb, 50) == 0 && climb.x[0] != 2);
    CHECK(imr_ascent_newton(&climb) == IMR_ERR_NOCONV);
    climb.stopped = NULL;
    CHECK(imr_ascent_bfgs(&climb, 50) == 0);
    CHECK_NEAR(climb.x[0], 2, 1e-2);
}

static void
test_a_saddle_is_no_maximum(void)
{
    imr_ascent_t climb = { .value = saddle, .count = 2 };

    imr_ascent_start(&climb);
    CHECK(imr_ascent_bfgs(&climb, 50) == 0);
    CHECK(imr_ascent_newton(&climb) == IMR_ERR_NOCONV);
}

/* One point with a value, and with others beside it that have none. */
static double
cliff(void *context, const double *x)
{
    (void) context;
    return isnan(x[0]) ? 100 : x[0] < 0.0005 && x[0] > -0.0005 ? 0 : -INFINITY;
}

static void
test_without_a_gradient_it_stays_where_it_is(void)
{
    imr_ascent_t climb = { .value = cliff, .count = 1 };

    imr_ascent_start(&climb);
    CHECK(imr_ascent_bfgs(&climb, 50) == 0 && climb.x[0] == 0 && climb.highest == 0);
    CHECK(imr_ascent_newton(&climb) == IMR_ERR_NOCONV);
}

HARNESS_MAIN({
    RUN(test_the_maximum_of_a_curved_hill_is_found);
    RUN(test_it_ends_where_it_is_told_to_and_goes_on_when_called_again);
    RUN(test_a_saddle_is_no_maximum);
    RUN(test_without_a_gradient_it_stays_where_it_is);
})
