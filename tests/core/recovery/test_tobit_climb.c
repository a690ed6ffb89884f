#include "recovery/tobit_climb.h"

#include "../harness.h"

static void
test_a_row_adds_the_logarithm_of_its_probability(void)
{
    /* R 4.2.2: pnorm(-1, log.p = TRUE), pnorm(-40, log.p = TRUE), log(pnorm(0.5) - pnorm(-1)),
     * dnorm(2, log = TRUE) */
    CHECK_NEAR(imr_tobit_term(-INFINITY, -1).loglik, -1.8410216450092636, 1e-14);
    CHECK_NEAR(imr_tobit_term(40, INFINITY).loglik, -804.6084420137538, 1e-14);
    CHECK_NEAR(imr_tobit_term(-1, 0.5).loglik, -0.62959563255286377, 1e-14);
    CHECK_NEAR(imr_tobit_term(2, 2).loglik, -2.9189385332046727, 1e-15);
    CHECK(imr_tobit_term(-INFINITY, INFINITY).loglik == 0);
    /* the same interval on either side of 0, and where both tails underflow */
    CHECK_NEAR(imr_tobit_term(3, 4).loglik, imr_tobit_term(-4, -3).loglik, 1e-14);
    CHECK_NEAR(imr_tobit_term(50, 51).loglik, imr_tobit_term(50, INFINITY).loglik, 1e-14);
    CHECK_NEAR(imr_tobit_term(0.7, 0.7 + 0.99e-4).loglik,
        log(0.5 * (erf((0.7 + 0.99e-4) * sqrt(0.5)) - erf(0.7 * sqrt(0.5)))), 1e-11);
}

static void
test_derivatives_are_those_of_the_row(void)
{
    static const double ends[][2] = { { -1, 0.5 }, { 2, 3.5 }, { -6, -5.5 }, { -0.2, 4 },
        { 1, 1.009 } };
    const double d = 1e-5;

    for (size_t i = 0; i < 5; i++) {
        double a = ends[i][0], b = ends[i][1], e = 1e-3 * (b - a);
        imr_tobit_term_t t = imr_tobit_term(a, b), right = imr_tobit_term(a + d, b + d);
        imr_tobit_term_t left = imr_tobit_term(a - d, b - d);
        imr_tobit_term_t wide, slim;

        wide = imr_tobit_term(a - e / 2, b + e / 2);
        slim = imr_tobit_term(a + e / 2, b - e / 2);
        CHECK_NEAR((right.loglik - left.loglik) / (2 * d), t.middle, 1e-7);
        CHECK_NEAR((right.middle - left.middle) / (2 * d), t.middle_middle, 1e-6);
        /* 1 / width and its rounding go into the quotient */
        CHECK_NEAR((right.width - left.width) / (2 * d), t.middle_width, 1e-4);
        CHECK_NEAR((wide.loglik - slim.loglik) / (2 * e), t.width, 1e-5);
        CHECK_NEAR((wide.width - slim.width) / (2 * e), t.width_width, 1e-4);
    }
    /* the two formulas meet */
    CHECK_NEAR(
        imr_tobit_term(1, 1.00999).middle_middle, imr_tobit_term(1, 1.01001).middle_middle, 1e-7);
    CHECK_NEAR(imr_tobit_term(-2, -1.99001).loglik, imr_tobit_term(-2, -1.98999).loglik, 1e-3);
    CHECK_NEAR(imr_tobit_term(-INFINITY, 1).middle,
        exp(-0.5) / sqrt(8 * atan(1)) / 0.84134474606854293, 1e-13);
    /* far out the two formulas meet, and the second derivative is that of a square */
    CHECK_NEAR(imr_tobit_term(-INFINITY, -100.01).middle, 100.02, 1e-5);
    CHECK_NEAR(imr_tobit_term(-INFINITY, -100.01).middle_middle,
        imr_tobit_term(-INFINITY, -99.99).middle_middle, 1e-7);
    CHECK_NEAR(imr_tobit_term(1e6, INFINITY).middle_middle, -1, 1e-11);
    CHECK_NEAR(imr_tobit_term(1, INFINITY).middle, -imr_tobit_term(-INFINITY, -1).middle, 1e-15);
}

static void
test_exact_values_give_their_mean_and_root_mean_square(void)
{
    double y[] = { -1, 0, 0.5, 1 }, one[] = { 1, 1, 1, 1 }, gamma = 0, factor[4], work[6];
    imr_tobit_climb_t climb = { .n = 4,
        .k = 1,
        .low = y,
        .high = y,
        .columns = one,
        .h = 1,
        .gamma = &gamma,
        .factor = factor,
        .work = work };

    CHECK(imr_tobit_climb(&climb) == IMR_OK);
    CHECK_NEAR(gamma / climb.h, 0.125, 1e-10);
    CHECK_NEAR(1 / climb.h,
        sqrt((1.125 * 1.125 + 0.125 * 0.125 + 0.375 * 0.375 + 0.875 * 0.875) / 4), 1e-10);
    CHECK(climb.score_norm < 1e-9);
    climb.fixed_h = 1;
    climb.h = 2;
    gamma = 0;
    CHECK(imr_tobit_climb(&climb) == IMR_OK && climb.h == 2);
    CHECK_NEAR(gamma, 0.25, 1e-10);
}

HARNESS_MAIN({
    RUN(test_a_row_adds_the_logarithm_of_its_probability);
    RUN(test_derivatives_are_those_of_the_row);
    RUN(test_exact_values_give_their_mean_and_root_mean_square);
})
