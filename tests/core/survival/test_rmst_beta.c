#include "survival/rmst_beta.h"

#include "../harness.h"

/* Gaffke's sums for 1, 2, 4 of [0, 5]: weights uniform on the simplex, over the points and 0 below, or
 * the points and 5 above. Their mean is that of four points, their variance that of these over 5. */
static void
test_uncensored_areas_are_gaffke_s(void)
{
    double time[] = { 1, 2, 4 };
    int64_t at_risk[] = { 3, 2, 1 }, events[] = { 1, 1, 1 };
    imr_kaplan_meier_t curve = { .n = 3, .time = time, .at_risk = at_risk, .events = events };
    imr_beta_part_t minus, plus, expected;

    imr_rmst_beta_parts(&curve, 3, 0, 5, &minus, &plus);
    /* 0, 1, 2, 4 over 5: mean 7/20, mean of squares 21/100 */
    expected = imr_beta_part(7.0 / 20, (21.0 / 100 - 49.0 / 400) / 5);
    CHECK_NEAR(minus.a, expected.a, 1e-13);
    CHECK_NEAR(minus.b, expected.b, 1e-13);
    /* 1, 2, 4, 5 over 5: 12/20, 46/100 */
    expected = imr_beta_part(12.0 / 20, (46.0 / 100 - 144.0 / 400) / 5);
    CHECK_NEAR(plus.a, expected.a, 1e-13);
    CHECK_NEAR(plus.b, expected.b, 1e-13);
}

/* The same with 2 twice, and with the last still there at the end of [0, 3]. */
static void
test_ties_are_points_one_after_the_other(void)
{
    double time[] = { 1, 2, 4 };
    int64_t at_risk[] = { 4, 3, 1 }, events[] = { 1, 2, 1 };
    imr_kaplan_meier_t curve = { .n = 3, .time = time, .at_risk = at_risk, .events = events };
    imr_beta_part_t minus, plus, expected;

    imr_rmst_beta_parts(&curve, 2, 1, 3, &minus, &plus);
    /* 0, 1, 2, 2, 3 over 3: 8/15, 18/45; the one above counts as 3 */
    expected = imr_beta_part(8.0 / 15, (18.0 / 45 - 64.0 / 225) / 6);
    CHECK_NEAR(minus.a, expected.a, 1e-13);
    CHECK_NEAR(minus.b, expected.b, 1e-13);
    expected = imr_beta_part(11.0 / 15, (27.0 / 45 - 121.0 / 225) / 6);
    CHECK_NEAR(plus.a, expected.a, 1e-13);
}

static void
test_curves_without_events(void)
{
    double time[] = { 1, 2 };
    int64_t at_risk[] = { 3, 2 }, events[] = { 0, 0 };
    imr_kaplan_meier_t curve = { .n = 2, .time = time, .at_risk = at_risk, .events = events };
    imr_beta_part_t minus, plus;

    imr_rmst_beta_parts(&curve, 1, 2, 2, &minus, &plus);
    CHECK(plus.kind == IMR_BETA_AT_ONE);
    CHECK_NEAR(minus.a, 2, 1e-13);
    CHECK_NEAR(minus.b, 1, 1e-13);
}

HARNESS_MAIN({
    RUN(test_uncensored_areas_are_gaffke_s);
    RUN(test_ties_are_points_one_after_the_other);
    RUN(test_curves_without_events);
})
