#include "response/pooled_term.h"

#include "../harness.h"

/* Slopes and curvatures against central differences of the value, at steps where both agree */
static void
check_derivatives(const imr_pooled_rule_t *rule, int64_t x, int64_t n, double eta, double spread)
{
    const double h = 1e-4;
    imr_pooled_term_t at, moved[4];

    for (int i = 0; i < 5; i++) {
        imr_pooled_term_t *term = i < 4 ? &moved[i] : &at;
        double e = eta
            + (i == 0        ? -h
                    : i == 1 ? h
                             : 0),
               s = spread
            + (i == 2        ? -h
                    : i == 3 ? h
                             : 0);

        if (rule != NULL) {
            imr_pooled_mixed_term(rule, x, n, e, s, term);
        } else {
            imr_pooled_beta_term(x, n, e, s, term);
        }
    }
    CHECK(fabs((moved[1].value - moved[0].value) / (2 * h) - at.slope[0]) < 1e-6);
    CHECK(fabs((moved[3].value - moved[2].value) / (2 * h) - at.slope[1]) < 1e-6);
    if (rule == NULL || rule->nodes == 0) {
        CHECK(fabs((moved[1].slope[0] - moved[0].slope[0]) / (2 * h) - at.curvature[0]) < 1e-6);
        CHECK(fabs((moved[3].slope[0] - moved[2].slope[0]) / (2 * h) - at.curvature[1]) < 1e-6);
        CHECK(fabs((moved[3].slope[1] - moved[2].slope[1]) / (2 * h) - at.curvature[2])
            < 1e-6 * (1 + fabs(at.curvature[2])));
    }
}

static void
test_derivatives_are_those_of_the_value(void)
{
    const int64_t x[] = { 0, 5, 3, 1, 0 }, n[] = { 4, 5, 8, 1, 1 };
    imr_pooled_rule_t exact, few;

    imr_pooled_rule(0, &exact);
    imr_pooled_rule(7, &few);
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 9; j++) {
            double eta = -4 + j, spread = 0.3 + 0.7 * j;

            check_derivatives(&exact, x[i], n[i], eta, spread);
            check_derivatives(&few, x[i], n[i], eta, spread);
            check_derivatives(NULL, x[i], n[i], eta, spread);
        }
    }
}

/* Both rules end at one integral where 64 nodes are plenty. */
static void
test_the_two_rules_agree(void)
{
    imr_pooled_rule_t exact, many;
    imr_pooled_term_t one, other;

    imr_pooled_rule(0, &exact);
    imr_pooled_rule(64, &many);
    for (int64_t n = 1; n < 12; n++) {
        for (int64_t x = 0; x <= n; x++) {
            imr_pooled_mixed_term(&exact, x, n, 0.7, 1.1, &one);
            imr_pooled_mixed_term(&many, x, n, 0.7, 1.1, &other);
            CHECK_NEAR(one.value, other.value, 1e-11);
        }
    }
}

/* The chances of all outcomes of one series add up to 1, however large the spread. */
static void
test_outcomes_add_up_to_one(void)
{
    const double spreads[] = { 0, 0.1, 0.5, 2, 8, 40 };
    imr_pooled_rule_t exact;

    imr_pooled_rule(0, &exact);
    for (int i = 0; i < 6; i++) {
        double mixed = 0, beta = 0, choose = 1;

        for (int64_t x = 0; x <= 9; x++) {
            imr_pooled_term_t term;

            imr_pooled_mixed_term(&exact, x, 9, 1.3, spreads[i], &term);
            mixed += choose * exp(term.value);
            imr_pooled_beta_term(x, 9, 1.3, spreads[i], &term);
            beta += choose * exp(term.value);
            choose *= (double) (9 - x) / (double) (x + 1);
        }
        CHECK_NEAR(mixed, 1, 1e-12);
        CHECK_NEAR(beta, 1, 1e-12);
    }
}

/* At a spread of 0 both are the binomial, and the second derivative is that of the limit. */
static void
test_no_spread_is_binomial(void)
{
    imr_pooled_rule_t exact;
    imr_pooled_term_t none, little, beta;

    imr_pooled_rule(0, &exact);
    imr_pooled_mixed_term(&exact, 3, 8, -0.4, 0, &none);
    imr_pooled_mixed_term(&exact, 3, 8, -0.4, 1e-3, &little);
    imr_pooled_beta_term(3, 8, -0.4, 0, &beta);
    CHECK_NEAR(none.value, 3 * -0.4 - 8 * log1p(exp(-0.4)), 1e-14);
    CHECK_NEAR(beta.value, none.value, 1e-14);
    CHECK_NEAR(beta.slope[0], none.slope[0], 1e-13);
    CHECK_NEAR(beta.curvature[0], none.curvature[0], 1e-13);
    CHECK_NEAR(little.curvature[2], none.curvature[2], 1e-4);
    CHECK_NEAR(little.slope[1] / 1e-3, none.curvature[2], 1e-4);
}

HARNESS_MAIN({
    RUN(test_derivatives_are_those_of_the_value);
    RUN(test_the_two_rules_agree);
    RUN(test_outcomes_add_up_to_one);
    RUN(test_no_spread_is_binomial);
})
