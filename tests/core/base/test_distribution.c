#include "base/distribution.h"

#include "../harness.h"

/* At rate 1/4 all tails are whole multiples of 4^-n, here summed as integers; n = 31 is the largest
 * that fits. */
static void
test_binomial_tails_against_whole_numbers(void)
{
    for (int n = 1; n <= 31; n++) {
        uint64_t weight[32] = { 0 }, below = 0, whole = UINT64_C(1) << (2 * n);

        weight[0] = 1;
        for (int i = 1; i <= n; i++) {
            for (int k = i; k >= 0; k--) {
                weight[k] = 3 * weight[k] + (k > 0 ? weight[k - 1] : 0);
            }
        }
        for (int k = 0; k <= n; k++) {
            double p = -1, scale = ldexp(1, -2 * n);

            CHECK(imr_binomial_pmf(k, n, 0.25, &p) == IMR_OK);
            CHECK_NEAR(p, (double) weight[k] * scale, 3e-15);
            CHECK(imr_binomial_upper(k, n, 0.25, &p) == IMR_OK);
            CHECK_NEAR(p, (double) (whole - below) * scale, 3e-15);
            below += weight[k];
            CHECK(imr_binomial_cdf(k, n, 0.25, &p) == IMR_OK);
            CHECK_NEAR(p, (double) below * scale, 3e-15);
        }
    }
}

/* Python's fractions: math.comb(1000, 263) / 2^1000 and the like; the rate is the double itself. */
static void
test_binomial_far_tails(void)
{
    double p;

    CHECK(imr_binomial_pmf(263, 1000, 0.5, &p) == IMR_OK);
    CHECK_NEAR(p, 4.5201396726104197714e-53, 1e-14);
    CHECK(imr_binomial_cdf(263, 1000, 0.5, &p) == IMR_OK);
    CHECK_NEAR(p, 7.0119108107276997351e-53, 1e-14);
    CHECK(imr_binomial_upper(60, 5000, 0.001, &p) == IMR_OK);
    CHECK_NEAR(p, 5.6734038887717088549e-43, 1e-14);
    CHECK(imr_binomial_pmf(60, 5000, 0.001, &p) == IMR_OK);
    CHECK_NEAR(p, 5.2141498691071340501e-43, 1e-14);
    /* mpmath 1.3, 50 digits, from log gamma */
    CHECK(imr_binomial_pmf(310000, 1000000, 0.3, &p) == IMR_OK);
    CHECK_NEAR(p, 1.4951340852189544449e-106, 1e-14);
}

static void
test_binomial_at_the_edges(void)
{
    double p = -1;

    CHECK(imr_binomial_cdf(-1, 5, 0.3, &p) == IMR_OK && p == 0);
    CHECK(imr_binomial_cdf(5, 5, 0.3, &p) == IMR_OK && p == 1);
    CHECK(imr_binomial_upper(0, 5, 0.3, &p) == IMR_OK && p == 1);
    CHECK(imr_binomial_upper(6, 5, 0.3, &p) == IMR_OK && p == 0);
    CHECK(imr_binomial_pmf(6, 5, 0.3, &p) == IMR_OK && p == 0);
    CHECK(imr_binomial_pmf(0, 0, 0.3, &p) == IMR_OK && p == 1);
    CHECK(imr_binomial_pmf(0, 5, 0, &p) == IMR_OK && p == 1);
    CHECK(imr_binomial_pmf(5, 5, 1, &p) == IMR_OK && p == 1);
    CHECK(imr_binomial_pmf(4, 5, 1, &p) == IMR_OK && p == 0);
    CHECK(imr_binomial_upper(1, 5, 0, &p) == IMR_OK && p == 0);
    CHECK(imr_binomial_cdf(4, 5, 1, &p) == IMR_OK && p == 0);
    CHECK(imr_binomial_cdf(4, INT64_C(1) << 53, 1e-300, &p) == IMR_OK && p == 1);
    p = -1;
    CHECK(imr_binomial_pmf(1, -1, 0.3, &p) == IMR_ERR_COUNT && p == -1);
    CHECK(imr_binomial_cdf(1, INT64_MAX, 0.3, &p) == IMR_ERR_COUNT && p == -1);
    CHECK(imr_binomial_upper(1, 5, -0.1, &p) == IMR_ERR_NULL_RATE && p == -1);
    CHECK(imr_binomial_upper(1, 5, 1.1, &p) == IMR_ERR_NULL_RATE && p == -1);
    CHECK(imr_binomial_upper(1, 5, NAN, &p) == IMR_ERR_NULL_RATE && p == -1);
}

static void
test_normal_tails(void)
{
    /* mpmath 1.3, 60 digits */
    static const double rows[][2] = {
        { 0, 0.5 },
        { -1, 0.1586552539314570514 },
        { -5, 2.866515718791939117e-7 },
        { -20, 2.753624118606233695e-89 },
        { -37.5, 4.605353009581954844e-308 },
        { -INFINITY, 0 },
    };
    double p;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK(imr_normal_cdf(rows[i][0], &p) == IMR_OK);
        CHECK_NEAR(p, rows[i][1], 2e-15);
        CHECK(imr_normal_cdf_upper(-rows[i][0], &p) == IMR_OK);
        CHECK_NEAR(p, rows[i][1], 2e-15);
        CHECK(imr_normal_cdf(-rows[i][0], &p) == IMR_OK);
        CHECK_NEAR(p, 1 - rows[i][1], 2e-15);
    }
}

static void
test_t_tails(void)
{
    /* mpmath 1.3, 60 digits: t, df, P(T <= t) */
    static const double rows[][3] = {
        { -2.5, 7.3, 0.0198251173328002358 },
        { -40, 3.5, 4.383220554686509932e-6 },
        { -1e-3, 200, 0.4996015561505694153 },
        { -10, 1e6, 7.639305384089124777e-24 },
        { -5, 1e24, 2.866515718791939117e-7 }, /* normal */
        { 0, 3, 0.5 },
        { -INFINITY, 3, 0 },
    };
    static const double pi = 3.14159265358979323846;
    double p;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK(imr_t_cdf(rows[i][0], rows[i][1], &p) == IMR_OK);
        CHECK_NEAR(p, rows[i][2], 1e-14);
        CHECK(imr_t_cdf_upper(-rows[i][0], rows[i][1], &p) == IMR_OK);
        CHECK_NEAR(p, rows[i][2], 1e-14);
    }
    /* One degree of freedom is Cauchy's law, atan2(1, -t) / pi; two have the other closed form. */
    for (double t = -1e308; t < -1e-300; t /= 7) {
        double root = sqrt(2 + t * t);

        CHECK(imr_t_cdf(t, 1, &p) == IMR_OK);
        CHECK_NEAR(p, atan2(1, -t) / pi, 1e-14);
        if (t > -1e100) {
            CHECK(imr_t_cdf(t, 2, &p) == IMR_OK);
            CHECK_NEAR(p, 1 / (root * (root - t)), 1e-14);
        }
    }
}

static void
test_scale_is_a_unit(void)
{
    double p, q;

    for (double shape = 0.5; shape < 3e4; shape *= 5) {
        CHECK(imr_gamma_cdf(1.01 * shape, shape, 1, &p) == IMR_OK);
        CHECK(imr_gamma_cdf(ldexp(1.01 * shape, 9), shape, 512, &q) == IMR_OK);
        CHECK_NEAR(q, p, 1e-15);
        CHECK(imr_chi_squared_cdf(2 * (1.01 * shape), 2 * shape, &q) == IMR_OK);
        CHECK_NEAR(q, p, 1e-15);
        CHECK(imr_gamma_cdf_upper(1.01 * shape, shape, 1, &p) == IMR_OK);
        CHECK(imr_chi_squared_cdf_upper(2 * (1.01 * shape), 2 * shape, &q) == IMR_OK);
        CHECK_NEAR(q, p, 1e-15);
    }
    /* x / scale is below the doubles: (1e-310 / 1e20)^0.01 / gamma(1.01), mpmath 1.3. */
    CHECK(imr_gamma_cdf(1e-310, 0.01, 1e20, &p) == IMR_OK);
    CHECK_NEAR(p, 0.000504047272859995364556, 1e-14);
}

/* Outside of the support a tail is 0 or 1; a NaN or an impossible parameter is a status, and the
 * answer stays as it was. */
static void
test_arguments_out_of_range(void)
{
    static const double bad[] = { NAN, 0, -1, INFINITY, -INFINITY, 1e-200, 1e200 };
    double p = -1;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(imr_beta_cdf(0.5, bad[i], 2, &p) == IMR_ERR_NOT_POSITIVE);
        CHECK(imr_beta_cdf_upper(0.5, 2, bad[i], &p) == IMR_ERR_NOT_POSITIVE);
        CHECK(imr_gamma_cdf(0.5, bad[i], 2, &p) == IMR_ERR_NOT_POSITIVE);
        CHECK(imr_gamma_cdf_upper(0.5, 2, bad[i], &p) == IMR_ERR_NOT_POSITIVE);
        CHECK(imr_chi_squared_cdf(0.5, bad[i], &p) == IMR_ERR_NOT_POSITIVE);
        CHECK(imr_chi_squared_cdf_upper(0.5, bad[i], &p) == IMR_ERR_NOT_POSITIVE);
        CHECK(imr_t_cdf(0.5, bad[i], &p) == IMR_ERR_NOT_POSITIVE);
        CHECK(imr_t_cdf_upper(0.5, bad[i], &p) == IMR_ERR_NOT_POSITIVE);
    }
    CHECK(imr_beta_cdf(NAN, 2, 2, &p) == IMR_ERR_NONFINITE);
    CHECK(imr_gamma_cdf(NAN, 2, 2, &p) == IMR_ERR_NONFINITE);
    CHECK(imr_normal_cdf(NAN, &p) == IMR_ERR_NONFINITE);
    CHECK(imr_t_cdf(NAN, 2, &p) == IMR_ERR_NONFINITE);
    CHECK(p == -1);
    CHECK(imr_beta_cdf(-3, 2, 2, &p) == IMR_OK && p == 0);
    CHECK(imr_beta_cdf_upper(INFINITY, 2, 2, &p) == IMR_OK && p == 0);
    CHECK(imr_gamma_cdf(-3, 2, 2, &p) == IMR_OK && p == 0);
    CHECK(imr_gamma_cdf_upper(INFINITY, 2, 2, &p) == IMR_OK && p == 0);
}

HARNESS_MAIN({
    RUN(test_binomial_tails_against_whole_numbers);
    RUN(test_binomial_far_tails);
    RUN(test_binomial_at_the_edges);
    RUN(test_normal_tails);
    RUN(test_t_tails);
    RUN(test_scale_is_a_unit);
    RUN(test_arguments_out_of_range);
})
