#include "recovery/expansion_curve.h"

#include "../harness.h"

static void
test_areas_by_hand(void)
{
    imr_point_t curve[] = { { 0, 0 }, { 2, 8 }, { 4, 2 }, { 6, 2 }, { 8, 0 } };

    /* a triangle of 8; 2 (8 - 2) / log 4; a rectangle of 4; down to 0 a triangle of 2 */
    CHECK_NEAR(imr_curve_area(curve, 5, IMR_LINEAR_UP_LOG_DOWN, 8), 8 + 12 / log(4) + 4 + 2, 1e-15);
    CHECK_NEAR(imr_curve_area(curve, 5, IMR_LINEAR, 8), 8 + 10 + 4 + 2, 1e-15);
    /* on day 1 it is at 4, on day 3 at 4 by the exponential and at 5 by the line, on day 7 at 1 */
    CHECK_NEAR(imr_curve_area(curve, 5, IMR_LINEAR_UP_LOG_DOWN, 1), 2, 1e-15);
    CHECK_NEAR(imr_curve_area(curve, 5, IMR_LINEAR_UP_LOG_DOWN, 3), 8 + 4 / log(2), 1e-15);
    CHECK_NEAR(imr_curve_area(curve, 5, IMR_LINEAR, 3), 8 + 6.5, 1e-15);
    /* a fall to 0 is straight, also where it is cut */
    CHECK_NEAR(
        imr_curve_area(curve, 5, IMR_LINEAR_UP_LOG_DOWN, 7), 8 + 12 / log(4) + 4 + 1.5, 1e-15);
    CHECK_NEAR(imr_curve_area(curve, 5, IMR_LINEAR, 7), 8 + 10 + 4 + 1.5, 1e-15);
    CHECK_NEAR(imr_curve_area(curve, 5, IMR_LINEAR, 100), 8 + 10 + 4 + 2, 1e-15);
    CHECK(imr_curve_area(curve, 5, IMR_LINEAR, 0) == 0
        && imr_curve_area(curve, 1, IMR_LINEAR, 9) == 0);
    CHECK(imr_curve_area(curve, 0, IMR_LINEAR, 9) == 0);
}

/* C0 exp(-k t) has the area C0 (1 - exp(-k t)) / k, however it is cut, and however slow it is. */
static void
test_an_exponential_is_exact(void)
{
    static const double rates[] = { 5, 0.16, 1e-6, 1e-12 };

    for (int r = 0; r < 4; r++) {
        imr_point_t curve[6];

        for (int i = 0; i < 6; i++) {
            curve[i].day = 1.7 * i;
            curve[i].value = 24000 * exp(-rates[r] * curve[i].day);
        }
        for (double until = 0.3; until < 8.5; until += 0.9) {
            CHECK_NEAR(imr_curve_area(curve, 6, IMR_LINEAR_UP_LOG_DOWN, until),
                -24000 * expm1(-rates[r] * until) / rates[r], 1e-14);
        }
    }
}

static void
test_the_slope(void)
{
    imr_point_t point[] = { { 3, 10 }, { 4, 12 }, { 5, 14 }, { 6, 16 } };
    imr_point_t at_once[] = { { 1e-200, 10 }, { 2e-200, 20 } };

    CHECK_NEAR(imr_curve_slope(point, 4), 2, 1e-15);
    CHECK(isnan(imr_curve_slope(point, 1)) && isnan(imr_curve_slope(point, 0)));
    CHECK(isnan(imr_curve_slope(at_once, 2)));
}

/* values 4, 2, 1, 0 on days 0, 1, 2, 3: the last three lie on a line of slope -1 and R squared
 * 1; all four on one of slope -1.3 with 1 - (1 - 8.45 / 8.75) 3 / 2 = 0.949. */
static void
test_the_terminal_slope_by_hand(void)
{
    imr_point_t point[4];
    imr_terminal_t found = { 0, 0, 0 };

    for (int i = 0; i < 4; i++) {
        point[i].day = i;
        point[i].value = i == 0 ? 4 : 3 - i;
    }
    CHECK(imr_curve_terminal(point, 4, &found));
    CHECK(found.points == 3);
    CHECK_NEAR(found.rate, 1, 1e-15);
    CHECK_NEAR(found.adjusted, 1, 1e-15);
    point[3].value = -0.8; /* now the last three are off their line, and all four nearer to one */
    CHECK(imr_curve_terminal(point, 4, &found));
    CHECK(found.points == 4);
    CHECK_NEAR(found.rate, 1.54, 1e-14);
    CHECK_NEAR(found.adjusted, 1 - (1 - 1.54 * 1.54 * 5 / 12.03) * 1.5, 1e-13);
}

/* Fits within 1e-4 of the best count as equal, and the one with more points is taken. */
static void
test_ties_take_more_points(void)
{
    imr_point_t point[5];
    imr_terminal_t found = { 0, 0, 0 };

    for (int i = 0; i < 5; i++) {
        point[i].day = i;
        point[i].value = -i + (i == 0 ? 0.01 : 0);
    }
    CHECK(imr_curve_terminal(point, 5, &found));
    CHECK(found.points == 5 && found.adjusted < 1 && found.adjusted > 1 - 1e-4);
    point[0].value = 0.1;
    CHECK(imr_curve_terminal(point, 5, &found));
    CHECK(found.points == 4);
}

static void
test_curves_that_do_not_decline(void)
{
    imr_point_t flat[] = { { 1, 5 }, { 2, 5 }, { 3, 5 } }, up[] = { { 1, 5 }, { 2, 6 }, { 3, 7 } };
    imr_point_t turn[] = { { 1, 100 }, { 2, 1 }, { 3, 2 }, { 4, 3 } };
    imr_terminal_t found = { -1, -1, 0 };

    CHECK(!imr_curve_terminal(flat, 3, &found));
    CHECK(!imr_curve_terminal(up, 3, &found));
    CHECK(!imr_curve_terminal(up, 2, &found));
    CHECK(found.rate == -1 && found.points == 0);
    CHECK(imr_curve_terminal(turn, 4, &found)); /* the last three rise, all four decline */
    CHECK(found.points == 4);
}

HARNESS_MAIN({
    RUN(test_areas_by_hand);
    RUN(test_an_exponential_is_exact);
    RUN(test_the_slope);
    RUN(test_the_terminal_slope_by_hand);
    RUN(test_ties_take_more_points);
    RUN(test_curves_that_do_not_decline);
})
