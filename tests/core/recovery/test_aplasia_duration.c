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
check_point(const imr_aplasia_w_t *w, double z)
{
    double h = 1e-5, theta = w->theta;
    imr_aplasia_w_t less = imr_aplasia_w(w->distribution, theta - h);
    imr_aplasia_w_t more = imr_aplasia_w(w->distribution, theta + h);
    imr_aplasia_point_t p = imr_aplasia_point(w, z), low = imr_aplasia_point(w, z - h);
    imr_aplasia_point_t high = imr_aplasia_point(w, z + h), before = imr_aplasia_point(&less, z);
    imr_aplasia_point_t after = imr_aplasia_point(&more, z);
    imr_aplasia_log_density_t l = imr_aplasia_log_density(w, z);
    imr_aplasia_log_density_t l_low = imr_aplasia_log_density(w, z - h);
    imr_aplasia_log_density_t l_high = imr_aplasia_log_density(w, z + h);
    imr_aplasia_log_density_t l_before = imr_aplasia_log_density(&less, z);
    imr_aplasia_log_density_t l_after = imr_aplasia_log_density(&more, z);

    CHECK_NEAR(p.lower + p.upper, 1, 1e-14);
    CHECK(fabs((high.lower - low.lower) / (2 * h) - p.density) < 1e-8);
    CHECK(fabs((high.density - low.density) / (2 * h) - p.bend) < 1e-8);
    CHECK(fabs((after.lower - before.lower) / (2 * h) - p.theta) < 1e-8);
    CHECK(fabs((after.theta - before.theta) / (2 * h) - p.theta_theta) < 1e-7);
    CHECK(fabs((after.density - before.density) / (2 * h) - p.z_theta) < 1e-8);
    CHECK(fabs(exp(l.value) / p.density - 1) < 1e-12);
    CHECK(fabs(l.slope * p.density - p.bend) < 1e-14);
    CHECK(fabs((l_high.slope - l_low.slope) / (2 * h) - l.bend) < 1e-8 * (1 + fabs(l.bend)));
    CHECK(fabs((l_after.value - l_before.value) / (2 * h) - l.theta) < 1e-7 * (1 + fabs(l.theta)));
    CHECK(fabs((l_after.theta - l_before.theta) / (2 * h) - l.theta_theta)
        < 1e-7 * (1 + fabs(l.theta_theta)));
    CHECK(fabs((l_high.theta - l_low.theta) / (2 * h) - l.z_theta) < 1e-7 * (1 + fabs(l.z_theta)));
    CHECK(fabs(imr_aplasia_z(w, p.lower, p.upper) - z) < 1e-11);
}

static void
test_points_and_their_derivatives_agree(void)
{
    static const double THETA[] = { 0.6, 2.5, 12 };

    for (int d = 0; d < 4; d++) {
        for (size_t k = 0; k < 3; k++) {
            imr_aplasia_w_t w = imr_aplasia_w((imr_aplasia_distribution_t) d, THETA[k]);

            for (double z = -3; z <= 1.5; z += 0.5) {
                check_point(&w, z);
            }
            CHECK(imr_aplasia_point(&w, 1e9).upper < 1e-290);
            CHECK(imr_aplasia_point(&w, -1e9).lower < 1e-100);
            CHECK(imr_aplasia_point(&w, 1e9).density < 1e-290);
        }
    }
}

/* At shape 1 both are the exponential distribution, its mean 1. */
static void
test_a_gamma_duration_of_shape_one_is_exponential(void)
{
    imr_aplasia_w_t gamma = imr_aplasia_w(IMR_APLASIA_GAMMA_DURATION, 1);
    imr_aplasia_w_t weibull = imr_aplasia_w(IMR_APLASIA_WEIBULL, 1);

    for (double z = -5; z < 3; z += 0.4) {
        CHECK_NEAR(imr_aplasia_point(&gamma, z).lower, imr_aplasia_point(&weibull, z).lower, 1e-13);
        CHECK_NEAR(imr_aplasia_point(&gamma, z).upper, imr_aplasia_point(&weibull, z).upper, 1e-13);
        CHECK_NEAR(imr_aplasia_log_density(&gamma, z).value,
            imr_aplasia_log_density(&weibull, z).value, 1e-13);
    }
}

/* The mean of min(duration, horizon) by the midpoint rule. */
static double
plain_restricted(imr_aplasia_distribution_t distribution, double mu, double sigma, double horizon)
{
    enum { PARTS = 100000 };
    double total = 0;
    imr_aplasia_w_t w = imr_aplasia_w(distribution, 1 / sigma);

    for (int i = 0; i < PARTS; i++) {
        double t = horizon * (i + 0.5) / PARTS;

        total += imr_aplasia_point(&w, (log(t) - mu) / sigma).upper / PARTS;
    }
    return total;
}

static void
test_restricted_means_are_areas(void)
{
    static const double SIGMA[] = { 0.1, 0.4, 0.99, 1.7 };

    for (int d = 0; d < 4; d++) {
        imr_aplasia_distribution_t w = (imr_aplasia_distribution_t) d;

        for (size_t i = 0; i < 4; i++) {
            for (double horizon = 60; horizon < 500; horizon *= 2.5) {
                CHECK_NEAR(imr_aplasia_restricted(w, 4.8, SIGMA[i], horizon),
                    plain_restricted(w, 4.8, SIGMA[i], horizon), 1e-5);
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
    for (int d = 0; d < 4; d++) { /* a late horizon restricts nothing */
        CHECK_NEAR(1e7 * imr_aplasia_restricted((imr_aplasia_distribution_t) d, 4, 0.3, 1e7),
            exp(4 + imr_aplasia_log_mean((imr_aplasia_distribution_t) d, 0.3)), 1e-9);
    }
}

HARNESS_MAIN({
    RUN(test_the_rules_integrate_polynomials);
    RUN(test_points_and_their_derivatives_agree);
    RUN(test_a_gamma_duration_of_shape_one_is_exponential);
    RUN(test_restricted_means_are_areas);
    RUN(test_means);
})
