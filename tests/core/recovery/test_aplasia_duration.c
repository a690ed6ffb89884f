#include "recovery/aplasia_duration.h"

#include "../harness.h"

static void
test_the_rules_integrate_polynomials(void)
{
    double few = 0, many = 0;

    for (int k = 0; k < IMR_APLASIA_FEW_NODES; k++) {
        few += imr_aplasia_few_nodes[k].weight * pow(imr_aplasia_few_nodes[k].at, 15);
    }
    for (int k = 0; k < IMR_APLASIA_NODES; k++) {
        many += imr_aplasia_nodes[k].weight * pow(imr_aplasia_nodes[k].at, 39);
    }
    CHECK_NEAR(few, 1 / 16.0, 1e-13);
    CHECK_NEAR(many, 1 / 40.0, 1e-13);
}

static void
test_points_and_their_derivatives_agree(void)
{
    double h = 1e-5;

    for (int d = 0; d < 3; d++) {
        imr_aplasia_distribution_t w = (imr_aplasia_distribution_t) d;

        for (double z = -4; z <= 2; z += 0.5) {
            imr_aplasia_point_t p = imr_aplasia_point(w, z);
            imr_aplasia_point_t low = imr_aplasia_point(w, z - h);
            imr_aplasia_point_t high = imr_aplasia_point(w, z + h);
            imr_aplasia_log_density_t l = imr_aplasia_log_density(w, z);

            CHECK_NEAR(p.lower + p.upper, 1, 1e-14);
            CHECK_NEAR((high.lower - low.lower) / (2 * h), p.density, 1e-6);
            CHECK(fabs((high.density - low.density) / (2 * h) - p.bend) < 1e-8);
            CHECK_NEAR(exp(l.value), p.density, 1e-13);
            CHECK(fabs(l.slope * p.density - p.bend) < 1e-14);
            CHECK(fabs((imr_aplasia_log_density(w, z + h).slope
                           - imr_aplasia_log_density(w, z - h).slope)
                          / (2 * h)
                      - l.bend)
                < 1e-8);
            CHECK(fabs(imr_aplasia_z(w, p.lower, p.upper) - z) < 1e-12);
        }
        CHECK(
            imr_aplasia_point(w, 1e9).upper < 1e-290 && imr_aplasia_point(w, -1e9).lower < 1e-290);
        CHECK(imr_aplasia_point(w, 1e9).density < 1e-290);
    }
}

/* The mean of min(duration, horizon) by the midpoint rule. */
static double
plain_restricted(imr_aplasia_distribution_t w, double mu, double sigma, double horizon)
{
    enum { PARTS = 400000 };
    double total = 0;

    for (int i = 0; i < PARTS; i++) {
        double t = horizon * (i + 0.5) / PARTS;

        total += imr_aplasia_point(w, (log(t) - mu) / sigma).upper / PARTS;
    }
    return total;
}

static void
test_restricted_means_are_areas(void)
{
    static const double SIGMA[] = { 0.1, 0.4, 0.99, 1.7 };

    for (int d = 0; d < 3; d++) {
        imr_aplasia_distribution_t w = (imr_aplasia_distribution_t) d;

        for (size_t i = 0; i < 4; i++) {
            for (double horizon = 60; horizon < 500; horizon *= 2.5) {
                CHECK_NEAR(imr_aplasia_restricted(w, 4.8, SIGMA[i], horizon),
                    plain_restricted(w, 4.8, SIGMA[i], horizon), 1e-6);
            }
        }
        CHECK_NEAR(imr_aplasia_restricted(w, 4.8, 0.3, 1e-3), 1, 1e-9);
    }
}

static void
test_means(void)
{
    CHECK_NEAR(imr_aplasia_log_mean(IMR_APLASIA_WEIBULL, 2), log(2), 1e-14); /* 2! */
    CHECK_NEAR(imr_aplasia_log_mean(IMR_APLASIA_LOGNORMAL, 2), 2, 1e-15);
    CHECK_NEAR(imr_aplasia_log_mean(IMR_APLASIA_LOGLOGISTIC, 0.5), log(1.5707963267948966), 1e-14);
    CHECK(isinf(imr_aplasia_log_mean(IMR_APLASIA_LOGLOGISTIC, 1)));
    for (int d = 0; d < 3; d++) { /* a late horizon restricts nothing */
        CHECK_NEAR(1e7 * imr_aplasia_restricted((imr_aplasia_distribution_t) d, 4, 0.3, 1e7),
            exp(4 + imr_aplasia_log_mean((imr_aplasia_distribution_t) d, 0.3)), 1e-9);
    }
}

HARNESS_MAIN({
    RUN(test_the_rules_integrate_polynomials);
    RUN(test_points_and_their_derivatives_agree);
    RUN(test_restricted_means_are_areas);
    RUN(test_means);
})
