#include "response/contrast_formula.h"

#include "../harness.h"

static const imr_contrast_method_t formulas[] = { IMR_CONTRAST_NEWCOMBE, IMR_CONTRAST_AGRESTI_CAFFO,
    IMR_CONTRAST_WALD, IMR_CONTRAST_KATZ, IMR_CONTRAST_WOOLF };

static void
test_limits_by_hand(void)
{
    /* 2/4 v 1/4, z = 1 */
    imr_two_groups_t groups = { .x1 = 2, .n1 = 4, .x2 = 1, .n2 = 4 };
    /* Wilson at z = 1: (2.5 -+ sqrt(1.25)) / 5 and (1.5 -+ 1) / 5 */
    double low1 = (2.5 - sqrt(1.25)) / 5, high2 = 0.5;

    CHECK_NEAR(imr_contrast_formula_limit(IMR_CONTRAST_NEWCOMBE, &groups, 1),
        0.25 - sqrt((0.5 - low1) * (0.5 - low1) + (high2 - 0.25) * (high2 - 0.25)), 1e-14);
    CHECK_NEAR(imr_contrast_formula_limit(IMR_CONTRAST_WALD, &groups, -1),
        0.25 + sqrt(0.25 / 4 + 0.1875 / 4), 1e-14);
    CHECK_NEAR(imr_contrast_formula_limit(IMR_CONTRAST_AGRESTI_CAFFO, &groups, 1),
        3 / 6.0 - 2 / 6.0 - sqrt(0.25 / 6 + 2 / 9.0 / 6), 1e-13);
    CHECK_NEAR(imr_contrast_formula_limit(IMR_CONTRAST_KATZ, &groups, 1),
        2 * exp(-sqrt(0.5 - 0.25 + 1 - 0.25)), 1e-14);
    CHECK_NEAR(imr_contrast_formula_limit(IMR_CONTRAST_WOOLF, &groups, 1),
        3 * exp(-sqrt(0.5 + 0.5 + 1 + 1 / 3.0)), 1e-14);
}

static void
test_statistics_invert_the_limits(void)
{
    for (int64_t table = 0; table < 8 * 12; table++) {
        imr_two_groups_t groups = { .x1 = table / 12, .n1 = 7, .x2 = table % 12, .n2 = 11 };

        for (int i = 0; i < 5; i++) {
            for (double z = -2.5; z < 3; z += 1) {
                double limit = imr_contrast_formula_limit(formulas[i], &groups, z);
                double back = imr_contrast_formula_statistic(formulas[i], &groups, limit);

                if (limit > -1 && limit < 1 && limit != 0) {
                    CHECK(isinf(back) || fabs(back - z) < 1e-9);
                }
            }
        }
    }
}

static void
test_a_zero_makes_logarithms_say_nothing(void)
{
    imr_two_groups_t groups = { .x1 = 0, .n1 = 8, .x2 = 3, .n2 = 8 };

    CHECK(imr_contrast_formula_limit(IMR_CONTRAST_KATZ, &groups, 2) == 0);
    CHECK(isinf(imr_contrast_formula_limit(IMR_CONTRAST_KATZ, &groups, -2)));
    CHECK(imr_contrast_formula_statistic(IMR_CONTRAST_KATZ, &groups, 1) == 0);
    groups.x1 = 8;
    CHECK(imr_contrast_formula_limit(IMR_CONTRAST_KATZ, &groups, 2) > 0);
    CHECK(imr_contrast_formula_limit(IMR_CONTRAST_WOOLF, &groups, 2) == 0);
    CHECK(imr_contrast_formula_statistic(IMR_CONTRAST_WOOLF, &groups, 1) == 0);
}

static void
test_margins_that_newcombe_never_reaches(void)
{
    imr_two_groups_t groups = { .x1 = 10, .n1 = 10, .x2 = 0, .n2 = 10 };

    /* the limits end at 1 - sqrt(2) */
    CHECK(isinf(imr_contrast_formula_statistic(IMR_CONTRAST_NEWCOMBE, &groups, -0.5)));
    CHECK(imr_contrast_formula_statistic(IMR_CONTRAST_NEWCOMBE, &groups, -0.4) < 100);
    groups.x1 = 0;
    CHECK(imr_contrast_formula_statistic(IMR_CONTRAST_NEWCOMBE, &groups, 0) == 0);
}

HARNESS_MAIN({
    RUN(test_limits_by_hand);
    RUN(test_statistics_invert_the_limits);
    RUN(test_a_zero_makes_logarithms_say_nothing);
    RUN(test_margins_that_newcombe_never_reaches);
})
