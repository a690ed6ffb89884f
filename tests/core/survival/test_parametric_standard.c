#include "survival/parametric_standard.h"

#include "../harness.h"
#include "base/distribution.h"

static const imr_distribution_t all[] = { IMR_WEIBULL, IMR_LOGNORMAL, IMR_LOGLOGISTIC,
    IMR_GENGAMMA };

/* (e^x - 1 - x) / x^2, whose series begins 1/2 + x/6 + x^2/24 + x^3/120 */
static void
test_remainder_of_the_exponential(void)
{
    CHECK(imr_exp_remainder(0) == 0.5);
    CHECK_NEAR(imr_exp_remainder(1e-5), 0.5 + 1e-5 / 6 + 1e-10 / 24, 1e-15);
    CHECK_NEAR(imr_exp_remainder(0.7000001), imr_exp_remainder(0.6999999), 1e-6);
    CHECK_NEAR(imr_exp_remainder(2), (exp(2) - 3) / 4, 1e-15);
    CHECK_NEAR(imr_exp_remainder(-2), (exp(-2) + 1) / 4, 1e-15);
}

static void
test_tails_add_up_and_their_slope_is_the_density(void)
{
    double qs[] = { -2.5, -1, -1e-3, 0, 1e-9, 0.3, 1, 2.5 }, h = 1e-5;

    for (int d = 0; d < 4; d++) {
        for (int i = 0; i < (all[d] == IMR_GENGAMMA ? 8 : 1); i++) {
            for (double w = -3; w <= 2; w += 0.25) {
                double q = qs[i], r, s, slope, bend, low, high;
                double upper = imr_standard_upper(all[d], w, q, &r);
                double lower = imr_standard_lower(all[d], w, q, &s);
                double density = imr_standard_density(all[d], w, q, &slope, &bend);

                CHECK_NEAR(exp(upper) + exp(lower), 1, 1e-13);
                CHECK_NEAR(log(r) + upper, density, 1e-11);
                CHECK_NEAR(log(s) + lower, density, 1e-11);
                low = imr_standard_density(all[d], w - h, q, &r, &bend);
                high = imr_standard_density(all[d], w + h, q, &s, &bend);
                CHECK(fabs(slope - (high - low) / (2 * h)) < 1e-8 * (1 + fabs(slope)));
                (void) imr_standard_density(all[d], w, q, &slope, &bend);
                CHECK(fabs(bend - (s - r) / (2 * h)) < 1e-8 * (1 + fabs(bend)));
            }
        }
    }
}

/* q = 1 is the extreme value, q = 0 the normal, and q = -1 the extreme value upside down. */
static void
test_the_log_gamma_in_between(void)
{
    for (double w = -4; w <= 3; w += 0.5) {
        double r, s, a, b;

        CHECK_NEAR(imr_standard_upper(IMR_GENGAMMA, w, 1, &r),
            imr_standard_upper(IMR_WEIBULL, w, 0, &s), 1e-13);
        CHECK_NEAR(r, s, 1e-13);
        CHECK_NEAR(imr_standard_upper(IMR_GENGAMMA, w, 0, &r),
            imr_standard_upper(IMR_LOGNORMAL, w, 0, &s), 1e-15);
        CHECK_NEAR(imr_standard_upper(IMR_GENGAMMA, w, -1, &r),
            imr_standard_lower(IMR_WEIBULL, -w, 0, &s), 1e-13);
        /* no break at q = 0: its first order is -q w (w^2 - 3) / 6 in the log density */
        a = imr_standard_density(IMR_GENGAMMA, w, 1e-7, &r, &s);
        b = imr_standard_density(IMR_GENGAMMA, w, -1e-7, &r, &s);
        CHECK(fabs((a - b) / 2e-7 - -w * w * w / 6) < 1e-6);
        a = imr_standard_upper(IMR_GENGAMMA, w, 1e-6, &r);
        b = imr_standard_upper(IMR_GENGAMMA, w, -1e-6, &s);
        CHECK(fabs(0.5 * (a + b) - imr_standard_upper(IMR_LOGNORMAL, w, 0, &r)) < 1e-11);
    }
}

/* The gamma distribution of shape 1 / q^2 */
static void
test_against_the_gamma_distribution(void)
{
    for (double q = 0.2; q < 4; q *= 1.7) {
        for (double w = -6; w < 1.5; w += 0.5) {
            double p, r, k = 1 / (q * q);

            CHECK(imr_gamma_cdf(k * exp(q * w), k, 1, &p) == IMR_OK);
            CHECK_NEAR(exp(imr_standard_lower(IMR_GAMMA, w, q, &r)), p, 1e-12);
            CHECK(imr_gamma_cdf(k * exp(-q * w), k, 1, &p) == IMR_OK);
            CHECK_NEAR(exp(imr_standard_upper(IMR_GAMMA, w, -q, &r)), p, 1e-12);
        }
    }
}

/* No underflow: far out the logarithm goes on, and the ratio tends to the slope of the density. */
static void
test_far_tails(void)
{
    double r, s, slope, bend;

    /* log of the normal tail at 40 by its continued fraction: -804.60844 */
    CHECK_NEAR(imr_standard_upper(IMR_LOGNORMAL, 40, 0, &r), -804.608442013754, 1e-12);
    CHECK_NEAR(r, 40.02496886, 1e-8);
    CHECK_NEAR(imr_standard_upper(IMR_LOGNORMAL, 30.0000001, 0, &r),
        imr_standard_upper(IMR_LOGNORMAL, 29.9999999, 0, &s), 1e-7);
    CHECK_NEAR(r, s, 1e-7);
    CHECK_NEAR(imr_standard_upper(IMR_LOGLOGISTIC, 800, 0, &r), -800, 1e-15);
    CHECK_NEAR(imr_standard_lower(IMR_WEIBULL, -800, 0, &r), -800, 1e-15);
    CHECK_NEAR(imr_standard_lower(IMR_WEIBULL, 8, 0, &r), 0, 1e-15);
    CHECK(r == 0);
    CHECK_NEAR(imr_standard_upper(IMR_GENGAMMA, 12, 0.8, &r),
        imr_standard_density(IMR_GENGAMMA, 12, 0.8, &slope, &bend) - log(-slope), 1e-9);
    CHECK(r > 0 && isfinite(r));
}

HARNESS_MAIN({
    RUN(test_remainder_of_the_exponential);
    RUN(test_tails_add_up_and_their_slope_is_the_density);
    RUN(test_the_log_gamma_in_between);
    RUN(test_against_the_gamma_distribution);
    RUN(test_far_tails);
})
