#include "survival/kaplan_meier_beta_pair.h"

#include "../harness.h"

static imr_beta_bounds_t
spread(double estimate, double a, double b)
{
    imr_beta_bounds_t bounds = { estimate, { IMR_BETA_SPREAD, a, b },
        { IMR_BETA_SPREAD, a + 1, b } };

    return bounds;
}

static void
test_parts_have_the_moments_asked_for(void)
{
    imr_beta_part_t part = imr_beta_part(0.25, 3.0 / 80); /* Beta(1, 3) */

    CHECK(part.kind == IMR_BETA_SPREAD);
    CHECK_NEAR(part.a, 1, 1e-15);
    CHECK_NEAR(part.b, 3, 1e-15);
    CHECK(imr_beta_part(0, 0).kind == IMR_BETA_AT_ZERO);
    CHECK(imr_beta_part(1, 0).kind == IMR_BETA_AT_ONE);
    CHECK_NEAR(imr_beta_part(0.5, 0).a, 5e13, 1e-12); /* of no width */
}

/* Newcombe 1998, table II, method 10: 56/70 v 48/80 with Wilson's limits is (0.0524, 0.3339). */
static void
test_square_and_add_is_newcombe_s_rule(void)
{
    CHECK_NEAR(imr_mover_low(0.8, 0.69183, 0.6, 0.70038), 0.0524, 1e-3);
    CHECK_NEAR(-imr_mover_low(0.6, 0.49046, 0.8, 0.87696), 0.3339, 1e-3);
    CHECK(imr_mover_low(0, -INFINITY, -1, 0) == -INFINITY);
}

/* One of the two has no width: the limits of the difference are those of the other one. */
static void
test_against_a_known_quantity(void)
{
    imr_beta_bounds_t one = { 0.5, { IMR_BETA_SPREAD, 1, 1 }, { IMR_BETA_SPREAD, 1, 1 } };
    imr_beta_bounds_t none = { 0, { IMR_BETA_AT_ZERO, 0, 0 }, { IMR_BETA_AT_ZERO, 0, 0 } };
    double low, high, p;

    for (int mid_p = 0; mid_p < 2; mid_p++) {
        CHECK(imr_beta_pair(&one, &none, IMR_PAIR_DIFFERENCE, mid_p, 0.95, &low, &high, &p)
            == IMR_OK);
        CHECK_NEAR(low, 0.025, 1e-12);
        CHECK_NEAR(high, 0.975, 1e-12);
        CHECK(imr_beta_pair(&none, &one, IMR_PAIR_DIFFERENCE, mid_p, 0.95, &low, &high, &p)
            == IMR_OK);
        CHECK_NEAR(low, -0.975, 1e-12);
        CHECK(p < 1e-290);
    }
}

static void
test_limits_at_the_p_value_touch_zero(void)
{
    static const imr_pair_measure_t MEASURES[] = { IMR_PAIR_DIFFERENCE, IMR_PAIR_LOG_RATIO,
        IMR_PAIR_LOG_RATIO_OF_COMPLEMENTS };
    imr_beta_bounds_t a = spread(0.8, 8, 2), b = spread(0.4, 4, 6);
    double low, high, p, other, unused;

    for (int m = 0; m < 3; m++) {
        for (int mid_p = 0; mid_p < 2; mid_p++) {
            CHECK(imr_beta_pair(&a, &b, MEASURES[m], mid_p, 0.95, &low, &high, &p) == IMR_OK);
            CHECK(low < high && p > 0 && p < 1);
            CHECK(imr_beta_pair(&a, &b, MEASURES[m], mid_p, 1 - p, &low, &high, &other) == IMR_OK);
            CHECK(fabs(m == 2 ? high : low) < 1e-9);
            CHECK_NEAR(other, p, 1e-14);
            CHECK(
                imr_beta_pair(&b, &a, MEASURES[m], mid_p, 1 - p, &unused, &low, &other) == IMR_OK);
            CHECK_NEAR(other, p, 1e-10);
        }
    }
}

static void
test_estimates_at_the_ends(void)
{
    imr_beta_bounds_t all = { 1, { IMR_BETA_SPREAD, 8, 1 }, { IMR_BETA_AT_ONE, 0, 0 } };
    imr_beta_bounds_t some = spread(0.5, 5, 5);
    double low, high, p;

    CHECK(imr_beta_pair(&all, &all, IMR_PAIR_DIFFERENCE, 1, 0.95, &low, &high, &p) == IMR_OK);
    CHECK(p == 1 && low < 0 && high == -low);
    CHECK(imr_beta_pair(&all, &all, IMR_PAIR_LOG_RATIO_OF_COMPLEMENTS, 1, 0.95, &low, &high, &p)
        == IMR_OK);
    CHECK(p == 1 && low == -INFINITY && high == INFINITY);
    CHECK(imr_beta_pair(&all, &some, IMR_PAIR_LOG_RATIO_OF_COMPLEMENTS, 1, 0.95, &low, &high, &p)
        == IMR_OK);
    CHECK(low == -INFINITY && isfinite(high) && p > 0 && p <= 1);
    CHECK(imr_beta_pair(&some, &all, IMR_PAIR_LOG_RATIO_OF_COMPLEMENTS, 1, 0.95, &low, &high, &p)
        == IMR_OK);
    CHECK(high == INFINITY && isfinite(low));
}

HARNESS_MAIN({
    RUN(test_parts_have_the_moments_asked_for);
    RUN(test_square_and_add_is_newcombe_s_rule);
    RUN(test_against_a_known_quantity);
    RUN(test_limits_at_the_p_value_touch_zero);
    RUN(test_estimates_at_the_ends);
})
