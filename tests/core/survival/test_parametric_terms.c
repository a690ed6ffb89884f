#include "survival/parametric_terms.h"

#include "../harness.h"

static const imr_distribution_t all[] = { IMR_EXPONENTIAL, IMR_WEIBULL, IMR_LOGNORMAL,
    IMR_LOGLOGISTIC, IMR_GAMMA, IMR_GENGAMMA, IMR_GOMPERTZ };

static imr_local_t
local_of(imr_distribution_t distribution, int cure)
{
    imr_local_t local = { .distribution = distribution,
        .cure = cure,
        .at = { 0.3, distribution == IMR_GOMPERTZ ? 0.8 : -0.2, 0.4, -0.7 } };

    imr_local_settle(&local);
    return local;
}

/* Does the parameter act on this distribution? */
static int
acts(const imr_local_t *local, int m)
{
    return m == IMR_LOCATION || (m == IMR_SCALE && local->distribution != IMR_EXPONENTIAL)
        || (m == IMR_SHAPE && local->distribution == IMR_GENGAMMA)
        || (m == IMR_CURE && local->cure);
}

/* The slopes are those of the value, and the bends those of the slopes. */
static void
check_derivatives(imr_local_t local, imr_row_kind_t kind, double a, double b)
{
    double h = 1e-5;
    imr_term_t term, up, down;

    imr_parametric_term(&local, kind, a, b, &term);
    for (int m = 0; m < IMR_LOCALS; m++) {
        imr_local_t near = local;

        if (!acts(&local, m)) {
            continue;
        }
        near.at[m] = local.at[m] + h;
        imr_local_settle(&near);
        imr_parametric_term(&near, kind, a, b, &up);
        near.at[m] = local.at[m] - h;
        imr_local_settle(&near);
        imr_parametric_term(&near, kind, a, b, &down);
        CHECK(fabs(term.slope[m] - (up.value - down.value) / (2 * h))
            < 1e-8 * (1 + fabs(term.slope[m])));
        for (int c = 0; c < IMR_LOCALS; c++) {
            double bend = m > c ? term.bend[m][c] : term.bend[c][m];

            if (acts(&local, c)) {
                CHECK(
                    fabs(bend - (up.slope[c] - down.slope[c]) / (2 * h)) < 1e-6 * (1 + fabs(bend)));
            }
        }
    }
}

static void
test_derivatives(void)
{
    double ends[][2] = { { 0.4, 1.5 }, { 0.4, 0.401 }, { 0.05, 0.09 }, { 1.2, 2.1 } };

    for (int d = 0; d < 7; d++) {
        for (int cure = 0; cure < (all[d] == IMR_GOMPERTZ ? 1 : 2); cure++) {
            for (int i = 0; i < 4; i++) {
                imr_local_t local = local_of(all[d], cure);
                double a = ends[i][0], b = ends[i][1];

                check_derivatives(local, IMR_ROW_EXACT, a, b);
                check_derivatives(local, IMR_ROW_RIGHT, a, b);
                check_derivatives(local, IMR_ROW_LEFT, a, b);
                check_derivatives(local, IMR_ROW_INTERVAL, a, b);
            }
        }
    }
}

/* In q they are differences, which must not notice that an interval is narrow for some q of the stencil and
 * not for others. */
static void
test_derivatives_of_narrow_intervals(void)
{
    static const double shapes[] = { -2.5, -0.6, -1e-4, 0, 1e-9, 0.3, 1, 2 };
    static const double scales[] = { -2, -0.5, 0.7 }, places[] = { -3, -0.5, 0.1, 1.2, 2.2 };

    for (int which = 0; which < 3 * 5 * 8 * 2; which += harness_step(7)) {
        double a = 0.3 + places[which % 5] * exp(scales[which / 5 % 3]);
        imr_local_t local = { .distribution = which % 2 == 0 ? IMR_GENGAMMA : IMR_GAMMA,
            .at = { 0.3, scales[which / 5 % 3], shapes[which / 30] } };

        imr_local_settle(&local);
        for (double width = 1e-6; width < 0.3; width *= 1.7) {
            check_derivatives(local, IMR_ROW_INTERVAL, a, a + width * local.scale);
        }
    }
}

/* P(T > a) = P(a < T <= b) + P(T > b), and the density is the limit of narrow intervals. */
static void
test_probabilities_add_up(void)
{
    for (int d = 0; d < 7; d++) {
        for (int cure = 0; cure < (all[d] == IMR_GOMPERTZ ? 1 : 2); cure++) {
            imr_local_t local = local_of(all[d], cure);

            for (double width = 1e-9; width < 3; width *= 10) {
                imr_term_t after_a, after_b, between, exact;

                imr_parametric_term(&local, IMR_ROW_RIGHT, 0.6, 0, &after_a);
                imr_parametric_term(&local, IMR_ROW_RIGHT, 0.6 + width, 0, &after_b);
                imr_parametric_term(&local, IMR_ROW_INTERVAL, 0.6, 0.6 + width, &between);
                CHECK_NEAR(exp(after_a.value), exp(after_b.value) + exp(between.value), 1e-13);
                imr_parametric_term(&local, IMR_ROW_EXACT, 0.6 + 0.5 * width, 0, &exact);
                CHECK(width > 1e-4 || fabs(between.value - log(width) - exact.value) < 1e-5);
            }
        }
    }
}

static void
test_time_slope(void)
{
    for (int d = 0; d < 7; d++) {
        imr_local_t local = local_of(all[d], all[d] != IMR_GOMPERTZ);
        double a = 0.6, h = 1e-6;
        imr_term_t here, up, down;

        imr_parametric_term(&local, IMR_ROW_RIGHT, a, 0, &here);
        imr_parametric_term(&local, IMR_ROW_RIGHT, a + h, 0, &up);
        imr_parametric_term(&local, IMR_ROW_RIGHT, a - h, 0, &down);
        CHECK_NEAR(imr_parametric_time_slope(&local, a, &here),
            (up.value - down.value) / (2 * h) * (all[d] == IMR_GOMPERTZ ? a : 1), 1e-8);
    }
}

/* No location makes a row more likely than the one the deviance compares with. */
static void
test_deviance_is_from_the_best_location(void)
{
    for (int d = 0; d < 6; d++) {
        for (int kind = IMR_ROW_EXACT; kind <= IMR_ROW_INTERVAL; kind++) {
            imr_local_t local = local_of(all[d], 0);
            double best = -INFINITY, sign, half;
            imr_term_t here, term;

            imr_parametric_term(&local, (imr_row_kind_t) kind, 0.9, 1.6, &here);
            half = imr_parametric_deviance(&local, (imr_row_kind_t) kind, 0.9, 1.6, &sign);
            for (double location = -60; location < 60; location += 0.01) {
                local.at[IMR_LOCATION] = location;
                imr_parametric_term(&local, (imr_row_kind_t) kind, 0.9, 1.6, &term);
                best = fmax(best, term.value);
            }
            CHECK(best <= here.value + half + 1e-12 && best > here.value + half - 1e-3);
            CHECK(sign * here.slope[IMR_LOCATION] > 0);
        }
    }
}

HARNESS_MAIN({
    RUN(test_derivatives);
    RUN(test_derivatives_of_narrow_intervals);
    RUN(test_probabilities_add_up);
    RUN(test_time_slope);
    RUN(test_deviance_is_from_the_best_location);
})
