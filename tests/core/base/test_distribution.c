#include "base/distribution.h"

#include "../harness.h"

static void
test_binomial_tails_by_hand(void)
{
    double p;

    /* n = 4, rate 1/2: 1 4 6 4 1 of 16. */
    CHECK(imr_binomial_pmf(1, 4, 0.5, &p) == IMR_OK);
    CHECK_NEAR(p, 4.0 / 16, 1e-14);
    CHECK(imr_binomial_cdf(1, 4, 0.5, &p) == IMR_OK);
    CHECK_NEAR(p, 5.0 / 16, 1e-14);
    CHECK(imr_binomial_upper(3, 4, 0.5, &p) == IMR_OK);
    CHECK_NEAR(p, 5.0 / 16, 1e-14);
}

HARNESS_MAIN({ RUN(test_binomial_tails_by_hand); })
