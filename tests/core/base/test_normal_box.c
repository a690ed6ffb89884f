#include "base/normal_box.h"

#include "../harness.h"
#include "base/special.h"

static double
density(double x)
{
    return exp(-x * x / 2) / sqrt(2 * 3.14159265358979323846);
}

/* Equal correlations r of 0 or more: given a common part the variables are independent. */
static double
outside_equal(int k, double r, double limit, int two_sided)
{
    double sum = 0, step = 1.0 / 512;

    for (double z = -14; z < 14; z += step) {
        double above = imr_normal_lower(-(limit - sqrt(r) * z) / sqrt(1 - r));
        double below = two_sided ? imr_normal_lower((-limit - sqrt(r) * z) / sqrt(1 - r)) : 0;

        sum += step * density(z) * -expm1(k * log1p(-(above + below)));
    }
    return sum;
}

static void
fill_equal(size_t k, double r, double *correlation)
{
    for (size_t i = 0; i < k * k; i++) {
        correlation[i] = i % (k + 1) == 0 ? 1 : r;
    }
}

static void
test_one_and_independent_variables(void)
{
    double r[16];

    for (size_t k = 1; k <= 4; k++) {
        double tail = imr_normal_lower(-1.7);

        fill_equal(k, 0, r);
        CHECK_NEAR(imr_normal_outside(k, r, 1.7, 0), 1 - pow(1 - tail, (double) k), 1e-14);
        CHECK_NEAR(imr_normal_outside(k, r, 1.7, 1), 1 - pow(1 - 2 * tail, (double) k), 1e-14);
    }
}

static void
test_equal_correlations(void)
{
    double r[16];

    for (size_t k = 2; k <= 4; k++) {
        for (double rho = 0.05; rho < 0.99; rho += 0.13) {
            for (double limit = 0.3; limit < 7; limit += 0.9 * harness_step(4)) {
                fill_equal(k, rho, r);
                CHECK_NEAR(imr_normal_outside(k, r, limit, 0),
                    outside_equal((int) k, rho, limit, 0), 1e-7);
                CHECK_NEAR(imr_normal_outside(k, r, limit, 1),
                    outside_equal((int) k, rho, limit, 1), 1e-7);
            }
        }
    }
    fill_equal(3, 0.5, r);
    CHECK_NEAR(imr_normal_outside(3, r, -0.4, 0), outside_equal(3, 0.5, -0.4, 0), 1e-9);
    /* three orthants of correlation 1/2: P(all below 0) = 1/4 */
    CHECK_NEAR(imr_normal_outside(3, r, 0, 0), 0.75, 1e-12);
}

static void
test_singular_correlations(void)
{
    double one[] = { 1, 1, 1, 1 }, against[] = { 1, -1, -1, 1 }, tail = imr_normal_lower(-2);
    /* the third is the sum of the first two, halved by its deviation: cos of 60 degrees each */
    double sum[] = { 1, -0.5, 0.5, -0.5, 1, 0.5, 0.5, 0.5, 1 };
    double copies[16];

    CHECK_NEAR(imr_normal_outside(2, one, 2, 0), tail, 1e-9);
    CHECK_NEAR(imr_normal_outside(2, one, 2, 1), 2 * tail, 1e-9);
    CHECK_NEAR(imr_normal_outside(2, against, 2, 0), 2 * tail, 1e-9);
    CHECK_NEAR(imr_normal_outside(2, against, 2, 1), 2 * tail, 1e-9);
    fill_equal(4, 1, copies);
    CHECK_NEAR(imr_normal_outside(4, copies, 2, 1), 2 * tail, 1e-8);
    /* of two pairs of equal variables, two count */
    for (size_t i = 0; i < 16; i++) {
        copies[i] = i / 4 / 2 == i % 4 / 2 ? 1 : 0.3;
    }
    fill_equal(2, 0.3, one);
    CHECK_NEAR(imr_normal_outside(4, copies, 2, 1), imr_normal_outside(2, one, 2, 1), 1e-7);
    CHECK_NEAR(imr_normal_outside(4, copies, 2, 0), imr_normal_outside(2, one, 2, 0), 1e-7);
    {
        /* P outside a regular hexagon of inradius 2: 12 right triangles, by Owen's T at tan 30 */
        double t = 0, step = tan(3.14159265358979323846 / 6) / 20000;

        for (int i = 0; i < 20000; i++) {
            double x = (i + 0.5) * step;

            t += step * exp(-2 * (1 + x * x)) / (1 + x * x) / (2 * 3.14159265358979323846);
        }
        CHECK_NEAR(imr_normal_outside(3, sum, 2, 1), 12 * t, 1e-7);
    }
}

static void
test_far_tails_keep_their_digits(void)
{
    double r[16];

    fill_equal(4, 0.7, r);
    CHECK_NEAR(imr_normal_outside(4, r, 9, 1), outside_equal(4, 0.7, 9, 1), 1e-8);
    CHECK(imr_normal_outside(4, r, 38, 1) >= 2 * imr_normal_lower(-38));
    CHECK(imr_normal_outside(4, r, 0, 1) == 1);
}

HARNESS_MAIN({
    RUN(test_one_and_independent_variables);
    RUN(test_equal_correlations);
    RUN(test_singular_correlations);
    RUN(test_far_tails_keep_their_digits);
})
