#include "base/special.h"

#include "../harness.h"

static void
test_the_uniform_distribution(void)
{
    imr_tails_t tails = imr_beta_tails(0.25, 0.75, 1, 1);

    CHECK_NEAR(tails.lower, 0.25, 1e-15);
    CHECK_NEAR(tails.upper, 0.75, 1e-15);
    CHECK_NEAR(tails.density, 0.25 * 0.75, 1e-15);
}

HARNESS_MAIN({ RUN(test_the_uniform_distribution); })
