#include "recovery/reconstitution_share.h"

#include "../harness.h"

static const double THETA[] = { 0.25, 0.7, 1, 3, 20 }, RATE[] = { 0, 1e-6, 0.02, 1, 40 };

/* Exponential return at hazard h, exp(-alpha): h / (h + rate) (1 - exp(-(h + rate) t)). */
static void
test_of_an_exponential_return(void)
{
    for (int i = 0; i < 5; i++) {
        for (double alpha = -3; alpha <= 3; alpha++) {
            double v[] = { alpha, 1, RATE[i] }, h = exp(-alpha);
            imr_reconstitution_share_t share;

            for (double end = -4; end <= 2; end += 0.5) {
                double expected = -h / (h + RATE[i]) * expm1(-(h + RATE[i]) * exp(end));

                imr_reconstitution_share(&share, IMR_APLASIA_WEIBULL, v, end);
                CHECK(fabs(share.value - expected) < 1e-13);
            }
            imr_reconstitution_share(&share, IMR_APLASIA_WEIBULL, v, INFINITY);
            CHECK(fabs(share.value - h / (h + RATE[i])) < 1e-13);
        }
    }
}

/* Without competing events it is the distribution of return. */
static void
test_without_a_rate(void)
{
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < 5; i++) {
            for (double z = -7; z <= 5; z++) {
                double v[] = { 0.3, THETA[i], 0 };
                imr_aplasia_w_t w = imr_aplasia_w((imr_aplasia_distribution_t) k, v[1]);
                imr_reconstitution_share_t share;

                imr_reconstitution_share(
                    &share, (imr_aplasia_distribution_t) k, v, (z + v[0]) / v[1]);
                CHECK_NEAR(share.value, imr_aplasia_point(&w, z).lower, 1e-10);
            }
        }
    }
}

/* The trapezoid rule in z, for which 4000 steps are many. */
static double
slow(imr_aplasia_distribution_t distribution, const double *v, double end)
{
    double top = fmin(45, v[1] * end - v[0]), total = 0, step = (top + 60) / 4000;
    imr_aplasia_w_t w = imr_aplasia_w(distribution, v[1]);

    for (int i = 0; i <= 4000; i++) {
        double z = -60 + step * i, s = exp(fmin(700, (v[0] + z) / v[1]));

        total += (i == 0 || i == 4000 ? 0.5 : 1) * step * imr_aplasia_point(&w, z).density
            * exp(-v[2] * s);
    }
    return total;
}

static void
test_of_a_slow_sum(void)
{
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < 25; i++) {
            double v[] = { -0.4, THETA[i / 5], RATE[i % 5] };
            imr_reconstitution_share_t share;

            imr_reconstitution_share(&share, (imr_aplasia_distribution_t) k, v, 0.2);
            CHECK(fabs(share.value - slow((imr_aplasia_distribution_t) k, v, 0.2)) < 2e-5);
            imr_reconstitution_share(&share, (imr_aplasia_distribution_t) k, v, INFINITY);
            CHECK(fabs(share.value - slow((imr_aplasia_distribution_t) k, v, INFINITY)) < 1e-11);
        }
    }
}

/* Derivatives against differences. */
static void
test_derivatives(void)
{
    const double ends[] = { -1, 0.2, INFINITY };

    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < 75; i++) {
            double v[] = { 0.2, THETA[i % 5], 0.01 + RATE[i / 5 % 5] }, end = ends[i / 25];
            imr_reconstitution_share_t share, up, down;
            imr_aplasia_distribution_t d = (imr_aplasia_distribution_t) k;

            imr_reconstitution_share(&share, d, v, end);
            for (int a = 0; a < 3; a++) {
                double here = v[a], step = a == IMR_RECONSTITUTION_RATE ? 1e-4 * here : 1e-5;

                v[a] = here + step;
                imr_reconstitution_share(&up, d, v, end);
                v[a] = here - step;
                imr_reconstitution_share(&down, d, v, end);
                v[a] = here;
                CHECK(fabs(share.slope[a] - (up.value - down.value) / (2 * step))
                    < 1e-7 * (1 + fabs(share.slope[a])));
                for (int b = 0; b < 3; b++) {
                    double bend = (up.slope[b] - down.slope[b]) / (2 * step);

                    CHECK(fabs(share.bend[a][b] - bend) < 1e-6 * (1 + fabs(bend)));
                }
            }
        }
    }
}

static void
test_at_the_ends(void)
{
    double v[] = { 0, 1, 0.5 };
    imr_reconstitution_share_t share;

    imr_reconstitution_share(&share, IMR_APLASIA_LOGNORMAL, v, -INFINITY);
    CHECK(share.value == 0 && share.slope[0] == 0);
    v[0] = 700; /* nobody returns */
    imr_reconstitution_share(&share, IMR_APLASIA_LOGNORMAL, v, INFINITY);
    CHECK(share.value >= 0 && share.value < 1e-300);
}

HARNESS_MAIN({
    RUN(test_of_an_exponential_return);
    RUN(test_without_a_rate);
    RUN(test_of_a_slow_sum);
    RUN(test_derivatives);
    RUN(test_at_the_ends);
})
