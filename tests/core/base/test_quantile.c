#include "base/quantile.h"

#include "../harness.h"

static void
test_the_limit_on_which_gsl_answers_nan(void)
{
    double x;

    /* R: qbeta(0.975, 3, 258), the upper limit of 2 responders of 260 */
    CHECK(imr_quantile_beta(0.975, 3, 258, &x) == IMR_OK);
    CHECK_NEAR(x, 0.0275094647749, 1e-11);
}

HARNESS_MAIN({ RUN(test_the_limit_on_which_gsl_answers_nan); })
