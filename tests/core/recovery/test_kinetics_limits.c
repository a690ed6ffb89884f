#include "recovery/kinetics_fit.h"

#include "../harness.h"
#include "kinetics_rows.h"

/* 97.5% quantiles of the t distribution, R 4.2.2 */
#define T_2 4.3026527297494637
#define T_9 2.2621571627982049

static void
test_a_line_of_logarithms_has_the_limits_of_regression(void)
{
    /* slope 0.9, its standard error sqrt(0.07): see test_kinetics_fit.c */
    const double day[] = { 0, 1, 2, 3 }, count[] = { 1, exp(1), exp(1), exp(3) };
    rows_t rows;
    imr_kinetics_climb_t climb =
        climb_of(&rows, IMR_KINETICS_EXPONENTIAL, IMR_KINETICS_LOG, day, count, 4, 0);
    imr_kinetics_fit_t fit;
    double ends[2], low, high;
    size_t n;
    const imr_kinetics_slot_t *slots = imr_kinetics_slots(IMR_KINETICS_EXPONENTIAL, &n);

    imr_kinetics_fit_rows(&climb, &fit);
    CHECK(imr_kinetics_ends(&climb, &fit, &slots[1], T_2, ends) == 0);
    CHECK_NEAR(ends[0], 0.9 - T_2 * sqrt(0.07), 1e-6);
    CHECK_NEAR(ends[1], 0.9 + T_2 * sqrt(0.07), 1e-6);
    imr_kinetics_show_ends(slots[2].shown, ends, NULL, &low, &high);
    CHECK_NEAR(low, log(2) / ends[1], 1e-14);
    CHECK(high == INFINITY); /* a rate of 0 is within its limits */
    /* the day of crossing has Fieller's limits: where |a + b x - log 10| is t times its standard error */
    CHECK(imr_kinetics_ends(&climb, &fit, &slots[3], T_2, ends) == 0);
    for (int e = 0; e < 2; e++) {
        if (isfinite(ends[e])) {
            double x = ends[e], off = -0.1 + 0.9 * x - log(10);

            CHECK_NEAR(off * off, T_2 * T_2 * 0.35 * (0.25 + (x - 1.5) * (x - 1.5) / 5), 1e-4);
        }
    }
    CHECK(isfinite(ends[0]));
}

static double
squares_with_plateau(double plateau)
{
    rows_t rows;
    imr_kinetics_climb_t climb = climb_of(
        &rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_ADDITIVE, CHICK_DAY, CHICK_WEIGHT, 12, 0);

    climb.phi[0] = plateau;
    climb.phi[1] = 25;
    climb.phi[2] = log(9);
    climb.fixed = 0;
    CHECK(imr_kinetics_climb(&climb) == IMR_OK);
    return -2 * climb.loglik;
}

static void
test_limits_are_where_the_squares_have_grown_by_the_quantile(void)
{
    /* Bates and Watts: rss / (least rss) = 1 + t^2 / df */
    rows_t rows;
    imr_kinetics_climb_t climb = climb_of(
        &rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_ADDITIVE, CHICK_DAY, CHICK_WEIGHT, 12, 0);
    imr_kinetics_fit_t fit;
    double ends[2];
    size_t n;
    const imr_kinetics_slot_t *slots = imr_kinetics_slots(IMR_KINETICS_LOGISTIC, &n);

    imr_kinetics_fit_rows(&climb, &fit);
    CHECK(imr_kinetics_ends(&climb, &fit, &slots[0], T_9, ends) == 0);
    CHECK_NEAR(squares_with_plateau(ends[0]), fit.rss * (1 + T_9 * T_9 / 9), 1e-6);
    CHECK(ends[1] == INFINITY); /* the chick grows on: no plateau is too high */
    CHECK(squares_with_plateau(fit.theta[0] + 20) < fit.rss * (1 + T_9 * T_9 / 9));
}

static void
test_a_curve_below_the_threshold_has_a_first_possible_day(void)
{
    rows_t rows;
    imr_kinetics_climb_t climb =
        climb_of(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG, PATIENT_DAY, PATIENT_COUNT, 8, 2);
    imr_kinetics_fit_t fit;
    double ends[2], t = 2.776;
    size_t n;
    const imr_kinetics_slot_t *slots = imr_kinetics_slots(IMR_KINETICS_LOGISTIC, &n);

    climb.threshold = 110;
    imr_kinetics_fit_rows(&climb, &fit);
    CHECK(fit.status == IMR_KINETICS_FITTED && exp(fit.theta[0]) < 110);
    CHECK(imr_kinetics_ends(&climb, &fit, &slots[n - 1], t, ends) == 0);
    CHECK(ends[0] > 112 && ends[0] < 400);
    CHECK(ends[1] == INFINITY);
    climb.threshold = 1e6;
    CHECK(imr_kinetics_ends(&climb, &fit, &slots[n - 1], t, ends) == 0);
    CHECK(ends[0] == INFINITY);
}

static void
test_every_shown_end_is_in_order(void)
{
    static const double day[] = { 0, 100 }, level[] = { 100, 1 };
    const imr_kinetics_cart_t cart = { day, level, 2 };
    const double ends[] = { 1, 2 }, open[] = { -INFINITY, INFINITY };
    double low, high;

    for (int shown = IMR_SHOWN_ITSELF; shown <= IMR_SHOWN_CART; shown++) {
        imr_kinetics_show_ends((imr_shown_t) shown, ends, &cart, &low, &high);
        CHECK(low < high);
        imr_kinetics_show_ends((imr_shown_t) shown, open, &cart, &low, &high);
        CHECK(high == INFINITY && low == (shown == IMR_SHOWN_ITSELF ? -INFINITY : 0));
    }
}

static void
test_counts_without_scatter_have_no_limits(void)
{
    const double day[] = { 0, 1, 2, 3 }, count[] = { 1, exp(1), exp(2), exp(3) };
    rows_t rows;
    imr_kinetics_climb_t climb =
        climb_of(&rows, IMR_KINETICS_EXPONENTIAL, IMR_KINETICS_LOG, day, count, 4, 0);
    imr_kinetics_fit_t fit;
    double ends[2];
    size_t n;
    const imr_kinetics_slot_t *slots = imr_kinetics_slots(IMR_KINETICS_EXPONENTIAL, &n);

    imr_kinetics_fit_rows(&climb, &fit);
    CHECK(fit.status == IMR_KINETICS_FITTED);
    CHECK(imr_kinetics_ends(&climb, &fit, &slots[1], T_2, ends) == 0);
    CHECK(isnan(ends[0]) && isnan(ends[1]));
}

HARNESS_MAIN({
    RUN(test_a_line_of_logarithms_has_the_limits_of_regression);
    RUN(test_limits_are_where_the_squares_have_grown_by_the_quantile);
    RUN(test_a_curve_below_the_threshold_has_a_first_possible_day);
    RUN(test_every_shown_end_is_in_order);
    RUN(test_counts_without_scatter_have_no_limits);
})
