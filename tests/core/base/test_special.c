#include "base/special.h"

#include "../harness.h"

/* mpmath 1.3, 60 digits, from the continued fractions: x, a, b, lower, upper */
static void
test_beta_tails_agree_with_sixty_digits(void)
{
    static const double rows[][5] = {
        { 0.25, 3, 258, 1.0, 1.255997116843092677e-29 },
        { 0.0275, 3, 258, 0.9749520404996942747, 0.0250479595003057253 },
        { 0.3, 2000, 4700, 0.6065344298725042889, 0.3934655701274957111 },
        { 0.31, 50000, 110000, 0.01538929134772006913, 0.9846107086522799309 },
        { 1e-05, 0.01, 3, 0.9046640856116699159, 0.09533591438833008413 },
        { 0.9, 0.25, 0.3, 0.7465360832870939773, 0.2534639167129060227 },
        { 0.3, 150, 3.5, 1.303923680376889604e-74, 1.0 },
        { 0.5, 300.25, 300, 0.4959264038601657411, 0.5040735961398342589 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        imr_tails_t tails = imr_beta_tails(rows[i][0], 1 - rows[i][0], rows[i][1], rows[i][2]);

        CHECK_NEAR(tails.lower, rows[i][3], 1e-14);
        CHECK_NEAR(tails.upper, rows[i][4], 1e-14);
        tails = imr_beta_tails(1 - rows[i][0], rows[i][0], rows[i][2], rows[i][1]);
        if (1 - (1 - rows[i][0]) == rows[i][0]) {
            CHECK_NEAR(tails.upper, rows[i][3], 1e-14);
            CHECK_NEAR(tails.lower, rows[i][4], 1e-14);
        }
    }
}

/* mpmath 1.3, 60 digits, from the power series and Legendre's fraction: x, a, lower, upper */
static void
test_gamma_tails_agree_with_sixty_digits(void)
{
    static const double rows[][4] = {
        { 3.0, 0.01, 0.9998670286434298445, 0.000132971356570155485 },
        { 100.0, 120.5, 0.02532025713964205867, 0.9746797428603579413 },
        { 100000.0, 100400.0, 0.103291561801242029, 0.896708438198757971 },
        { 150.0, 90.0, 0.9999999508572588628, 4.91427411372087308e-8 },
        { 0.001, 0.3, 0.1402424589248673709, 0.8597575410751326291 },
        { 49000.0, 50000.0, 3.384754228079491427e-6, 0.9999966152457719205 },
        { 50.0, 1.5, 1.0, 1.554159431389604921e-21 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        imr_tails_t tails = imr_gamma_tails(rows[i][0], 0, rows[i][1]);

        CHECK_NEAR(tails.lower, rows[i][2], 1e-14);
        CHECK_NEAR(tails.upper, rows[i][3], 1e-14);
    }
}

/* Beta(a, 1) is x^a, Beta(1/2, 1/2) the arcsine law, Beta(2, 2) is x^2 (3 - 2x); Gamma(1) is the
 * exponential law, Gamma(1/2) the square of a normal deviate. */
static void
test_closed_forms(void)
{
    static const double pi = 3.14159265358979323846;

    for (double x = 1.0 / 64; x < 1; x += 1.0 / 64) {
        CHECK_NEAR(imr_beta_tails(x, 1 - x, 7, 1).lower, pow(x, 7), 4e-15);
        CHECK_NEAR(imr_beta_tails(x, 1 - x, 1, 7).upper, pow(1 - x, 7), 4e-15);
        CHECK_NEAR(imr_beta_tails(x, 1 - x, 0.5, 0.5).lower, 2 / pi * asin(sqrt(x)), 4e-15);
        CHECK_NEAR(imr_beta_tails(x, 1 - x, 2, 2).lower, x * x * (3 - 2 * x), 4e-15);
        CHECK_NEAR(imr_beta_tails(x, 1 - x, 2, 2).density, 6 * x * x * (1 - x) * (1 - x), 4e-15);
        CHECK_NEAR(imr_gamma_tails(40 * x, 0, 1).upper, exp(-40 * x), 4e-15);
        CHECK_NEAR(imr_gamma_tails(40 * x, 0, 1).lower, -expm1(-40 * x), 4e-15);
        CHECK_NEAR(imr_gamma_tails(40 * x, 0, 0.5).upper, erfc(sqrt(40 * x)), 4e-14);
        CHECK_NEAR(imr_gamma_tails(40 * x, 0, 0.5).lower, erf(sqrt(40 * x)), 4e-15);
        CHECK_NEAR(imr_gamma_tails(40 * x, 0, 2).density, 1600 * x * x * exp(-40 * x), 4e-15);
    }
}

/* bend is the slope of log density. */
static void
test_bend_is_the_slope_of_the_density(void)
{
    for (double a = 0.3; a < 2000; a *= 3) {
        double odds = a / 17, step = 1e-5;
        double left = odds * exp(-step), right = odds * exp(step);
        imr_tails_t beta = imr_beta_tails(odds / (1 + odds), 1 / (1 + odds), a, 20);
        imr_tails_t gamma = imr_gamma_tails(1.1 * a, 0, a);

        CHECK_NEAR(beta.bend,
            log(imr_beta_tails(right / (1 + right), 1 / (1 + right), a, 20).density
                / imr_beta_tails(left / (1 + left), 1 / (1 + left), a, 20).density)
                / (2 * step),
            1e-6);
        CHECK_NEAR(gamma.bend,
            log(imr_gamma_tails(1.1 * a * exp(step), 0, a).density
                / imr_gamma_tails(1.1 * a * exp(-step), 0, a).density)
                / (2 * step),
            1e-6);
    }
}

/* The 24-point rule and the continued fraction take over from each other at two shapes: both sides
 * of the border lie on one smooth curve. I(x; a, a) at x = 1/2 is 1/2. */
static void
test_the_middle_of_symmetric_distributions(void)
{
    for (double a = 0.5; a < 1e99; a *= 1.7) {
        CHECK_NEAR(imr_beta_tails(0.5, 0.5, a, a).lower, 0.5, 4e-15);
        CHECK_NEAR(imr_beta_tails(0.5, 0.5, a, a).upper, 0.5, 4e-15);
    }
}

static void
test_the_ends_of_the_support(void)
{
    CHECK(imr_beta_tails(0, 1, 0.1, 5).lower == 0 && imr_beta_tails(0, 1, 0.1, 5).upper == 1);
    CHECK(imr_beta_tails(1, 0, 0.1, 5).lower == 1 && imr_beta_tails(1, 0, 0.1, 5).upper == 0);
    CHECK(imr_gamma_tails(0, 0, 2).lower == 0 && imr_gamma_tails(0, 0, 2).upper == 1);
    CHECK(imr_gamma_tails(INFINITY, 0, 2).lower == 1 && imr_gamma_tails(INFINITY, 0, 2).upper == 0);
}

HARNESS_MAIN({
    RUN(test_beta_tails_agree_with_sixty_digits);
    RUN(test_gamma_tails_agree_with_sixty_digits);
    RUN(test_closed_forms);
    RUN(test_bend_is_the_slope_of_the_density);
    RUN(test_the_middle_of_symmetric_distributions);
    RUN(test_the_ends_of_the_support);
})
