#include "base/special.h"

#include "../harness.h"

static void
test_the_uniform_distribution(void)
{
    double lower, upper;

    imr_beta_tails(0.25, 0.75, 1, 1, &lower, &upper);
    CHECK_NEAR(lower, 0.25, 1e-15);
    CHECK_NEAR(upper, 0.75, 1e-15);
}

HARNESS_MAIN({ RUN(test_the_uniform_distribution); })
