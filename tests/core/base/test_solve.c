#include "base/solve.h"

#include "../harness.h"

static double
cube_minus_two(double x, const void *context)
{
    (void) context;
    return x * x * x - 2;
}

static void
test_the_cube_root_of_two(void)
{
    double x;

    CHECK(imr_solve_bracketed(cube_minus_two, NULL, 0, 2, 0, &x) == IMR_OK);
    CHECK_NEAR(x, 1.2599210498948731648, 3e-16);
}

HARNESS_MAIN({ RUN(test_the_cube_root_of_two); })
