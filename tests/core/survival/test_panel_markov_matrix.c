#include "survival/panel_markov_matrix.h"

#include "../harness.h"
#include "panel_rows.h"

enum { SIZE = 200000 };
static double matrix[4096], integral[4096], other[4096], work[SIZE];

static void
test_two_states_have_a_closed_form(void)
{
    const imr_panel_chain_t chain = { 2, 2, { 0, 1 }, { 1, 0 } };
    static const double times[] = { 1e-9, 0.01, 1, 30, 500, 1e5 };
    const double q[2] = { 0.3, 0.1 };

    CHECK(imr_panel_work_size(&chain, 1) <= SIZE);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        double t = times[i], moved = 0.75 * -expm1(-0.4 * t);

        CHECK(imr_panel_matrix(&chain, q, t, 1, matrix, integral, work) == IMR_OK);
        CHECK_NEAR(matrix[3], moved, 1e-10 * fmax(1, t / 1e4));
        CHECK_NEAR(matrix[0], 1 - moved, 1e-10 * fmax(1, t / 1e4));
        CHECK_NEAR(integral[0] + integral[3], t, 1e-10 * fmax(1, t / 1e4));
        if (t >= 1) {
            CHECK_NEAR(integral[3], 0.75 * (t + expm1(-0.4 * t) / 0.4), 1e-10 * fmax(1, t / 1e4));
        }
    }
    CHECK(imr_panel_matrix(&chain, q, 0, 1, matrix, integral, work) == IMR_OK);
    CHECK(matrix[0] == 1 && matrix[3] == 0 && integral[0] == 0);
    CHECK(imr_panel_matrix(&chain, q, 1e15, 1, matrix, NULL, work) == IMR_ERR_PANEL_RATE);
}

static void
test_equal_rates_and_short_times_keep_their_digits(void)
{
    const double equal[2] = { 2, 2 };

    for (double t = 1e-6; t < 10; t *= 10) {
        double twice =
            t < 1e-3 ? 2 * t * t * (1 - 4 * t / 3 + t * t) : 1 - exp(-2 * t) * (1 + 2 * t);

        CHECK(imr_panel_matrix(&progressive, equal, t, 0, matrix, NULL, work) == IMR_OK);
        CHECK_NEAR(matrix[0], exp(-2 * t), 1e-13);
        CHECK_NEAR(matrix[1], 2 * t * exp(-2 * t), 1e-13);
        CHECK_NEAR(matrix[2], twice, t < 1e-3 ? 1e-8 : 1e-9);
        CHECK(matrix[3] == 0 && matrix[8] == 1);
    }
}

static void
test_different_rates_are_those_of_the_progressive_model(void)
{
    const double q[2] = { 0.7, 0.2 };
    double t = 3;

    CHECK(imr_panel_matrix(&progressive, q, t, 0, matrix, NULL, work) == IMR_OK);
    CHECK_NEAR(matrix[1], 0.7 * (exp(-0.2 * t) - exp(-0.7 * t)) / 0.5, 1e-13);
    CHECK_NEAR(matrix[4], exp(-0.2 * t), 1e-13);
}

/* Derivatives by differences, of short and of halved times. */
static void
test_derivatives_are_those_of_differences(void)
{
    static const double times[] = { 0.4, 5, 120 };
    size_t jet = imr_panel_jet(3, 2), low = imr_panel_jet(3, 1);

    for (size_t i = 0; i < 3; i++) {
        double q[3] = { 0.4, 0.3, 0.05 }, step = 1e-5;

        CHECK(imr_panel_matrix(&relapsing, q, times[i], 2, matrix, NULL, work) == IMR_OK);
        for (size_t a = 0; a < 3; a++) {
            q[a] += step;
            CHECK(imr_panel_matrix(&relapsing, q, times[i], 1, other, NULL, work) == IMR_OK);
            q[a] -= 2 * step;
            CHECK(imr_panel_matrix(&relapsing, q, times[i], 1, integral, NULL, work) == IMR_OK);
            q[a] += step;
            for (size_t cell = 0; cell < 9; cell++) {
                double slope = (other[cell * low] - integral[cell * low]) / (2 * step);

                CHECK(fabs(matrix[cell * jet + 1 + a] - slope) < 1e-6 * (1 + fabs(slope)));
                for (size_t b = 0; b < 3; b++) {
                    size_t pair = imr_panel_pair(3, a > b ? a : b, a > b ? b : a);
                    double bend =
                        (other[cell * low + 1 + b] - integral[cell * low + 1 + b]) / (2 * step);

                    CHECK(fabs(matrix[cell * jet + pair] - bend) < 1e-5 * (1 + fabs(bend)));
                }
            }
        }
    }
}

static void
test_a_chain_that_never_moves_has_derivatives(void)
{
    const double still[2] = { 0, 0 };
    size_t jet = imr_panel_jet(2, 2);

    CHECK(imr_panel_matrix(&progressive, still, 3, 2, matrix, NULL, work) == IMR_OK);
    CHECK(fabs(matrix[0] - 1) < 1e-14 && matrix[jet] == 0);
    CHECK_NEAR(matrix[jet + 1], 3, 1e-13); /* d P_12 / d q_12 = t */
    CHECK_NEAR(matrix[2 * jet + imr_panel_pair(2, 1, 0)], 4.5, 1e-13); /* t^2 / 2 */
}

static void
test_terms_suffice_and_are_few(void)
{
    double weight[IMR_PANEL_MOST_TERMS], sum = 0;
    size_t terms = imr_panel_terms(IMR_PANEL_LONGEST, IMR_PANEL_MOST_STATES);

    CHECK(terms < IMR_PANEL_MOST_TERMS);
    imr_panel_weights(IMR_PANEL_LONGEST, terms, weight);
    for (size_t k = 0; k < terms; k++) {
        sum += weight[k];
    }
    CHECK_NEAR(sum, 1, 1e-13);
    CHECK(imr_panel_terms(0.1, 3) < 25);
}

HARNESS_MAIN({
    RUN(test_two_states_have_a_closed_form);
    RUN(test_equal_rates_and_short_times_keep_their_digits);
    RUN(test_different_rates_are_those_of_the_progressive_model);
    RUN(test_derivatives_are_those_of_differences);
    RUN(test_a_chain_that_never_moves_has_derivatives);
    RUN(test_terms_suffice_and_are_few);
})
