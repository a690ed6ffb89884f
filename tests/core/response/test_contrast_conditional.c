#include "response/contrast_conditional.h"

#include "../harness.h"

static const imr_two_groups_t tea = { .x1 = 3, .n1 = 4, .x2 = 1, .n2 = 4 };

static double
limit_of(imr_conditional_rule_t rule, const imr_two_groups_t *groups, int upper, double tail)
{
    double limit = NAN;

    CHECK(imr_conditional_limit(rule, groups, upper, tail, &limit) == IMR_OK);
    return limit;
}

static void
test_pvalues_by_hand(void)
{
    /* Fisher's tea: 1 16 36 16 1 of 70 */
    CHECK_NEAR(
        imr_conditional_pvalue(IMR_CONDITIONAL_CENTRAL, &tea, 1, IMR_GREATER), 17 / 70.0, 1e-14);
    CHECK_NEAR(
        imr_conditional_pvalue(IMR_CONDITIONAL_CENTRAL, &tea, 1, IMR_LESS), 69 / 70.0, 1e-14);
    CHECK_NEAR(
        imr_conditional_pvalue(IMR_CONDITIONAL_MINLIKE, &tea, 1, IMR_TWO_SIDED), 34 / 70.0, 1e-14);
    CHECK_NEAR(
        imr_conditional_pvalue(IMR_CONDITIONAL_BLAKER, &tea, 1, IMR_TWO_SIDED), 34 / 70.0, 1e-14);
    CHECK_NEAR(
        imr_conditional_pvalue(IMR_CONDITIONAL_MID_P, &tea, 1, IMR_TWO_SIDED), 18 / 70.0, 1e-14);
    /* at an odds ratio of 2 the weights are 1 32 144 128 16 */
    CHECK_NEAR(
        imr_conditional_pvalue(IMR_CONDITIONAL_CENTRAL, &tea, 2, IMR_GREATER), 144 / 321.0, 1e-14);
    CHECK_NEAR(imr_conditional_pvalue(IMR_CONDITIONAL_MINLIKE, &tea, 2, IMR_TWO_SIDED), 177 / 321.0,
        1e-14);
}

/* Weights in full, one after the other. */
static double
pvalue_by_listing(imr_conditional_rule_t rule, const imr_two_groups_t *groups, double odds_ratio)
{
    double weights[64], total = 0, lower = 0, upper = 0, tail, other = 0, like = 0;
    int64_t least = groups->x1 + groups->x2 - groups->n2, most = groups->x1 + groups->x2;

    least = least > 0 ? least : 0;
    most = most < groups->n1 ? most : groups->n1;
    weights[least] = 1;
    for (int64_t j = least; j < most; j++) {
        weights[j + 1] = weights[j] * odds_ratio * (double) (groups->n1 - j)
            * (double) (groups->x1 + groups->x2 - j)
            / (double) ((j + 1) * (groups->n2 - groups->x1 - groups->x2 + j + 1));
    }
    for (int64_t j = least; j <= most; j++) {
        total += weights[j];
        lower += j <= groups->x1 ? weights[j] : 0;
        upper += j >= groups->x1 ? weights[j] : 0;
        like += weights[j] <= weights[groups->x1] * (1 + 1e-7) ? weights[j] : 0;
    }
    if (rule == IMR_CONDITIONAL_MINLIKE) {
        return like / total;
    }
    tail = fmin(lower, upper);
    for (int64_t k = least; k <= most + 1; k++) {
        double sum = 0;

        for (int64_t j = least; j <= most; j++) {
            sum += (lower < upper ? j >= k : j < k) ? weights[j] : 0;
        }
        other = sum <= tail * (1 + 1e-7) ? fmax(other, sum) : other;
    }
    return fmin(1, (tail + other) / total);
}

static void
test_rules_equal_a_listing_of_all_tables(void)
{
    static const double odds_ratios[] = { 0.04, 0.7, 1, 1.3, 20 };

    for (int64_t table = 0; table < 10 * 15; table++) {
        imr_two_groups_t groups = { .x1 = table / 15, .n1 = 9, .x2 = table % 15, .n2 = 14 };

        if (groups.x1 + groups.x2 == 0 || groups.x1 + groups.x2 == 23) {
            CHECK(imr_conditional_pvalue(IMR_CONDITIONAL_BLAKER, &groups, 2, IMR_TWO_SIDED) == 1);
            continue;
        }
        for (int i = 0; i < 5; i++) {
            for (int rule = IMR_CONDITIONAL_MINLIKE; rule <= IMR_CONDITIONAL_BLAKER; rule++) {
                imr_conditional_rule_t by = (imr_conditional_rule_t) rule;

                CHECK_NEAR(imr_conditional_pvalue(by, &groups, odds_ratios[i], IMR_TWO_SIDED),
                    pvalue_by_listing(by, &groups, odds_ratios[i]), 1e-12);
            }
        }
    }
}

static void
test_estimate_by_hand(void)
{
    imr_two_groups_t groups = { .x1 = 1, .n1 = 1, .x2 = 1, .n2 = 2 };
    double estimate = NAN;

    /* x1 is 0 or 1 */
    CHECK(imr_conditional_estimate(&groups, &estimate) == IMR_OK && isinf(estimate));
    groups = (imr_two_groups_t) { .x1 = 0, .n1 = 5, .x2 = 0, .n2 = 7 };
    CHECK(imr_conditional_estimate(&groups, &estimate) == IMR_OK && isnan(estimate));
    CHECK(limit_of(IMR_CONDITIONAL_CENTRAL, &groups, 0, 0.025) == 0);
    CHECK(isinf(limit_of(IMR_CONDITIONAL_CENTRAL, &groups, 1, 0.025)));
    /* weights 1 4 1: the mean is 1 at an odds ratio of 1 */
    groups = (imr_two_groups_t) { .x1 = 1, .n1 = 2, .x2 = 1, .n2 = 2 };
    CHECK(imr_conditional_estimate(&groups, &estimate) == IMR_OK);
    CHECK_NEAR(estimate, 1, 1e-14);
    /* 1/2 v 0/2: weights 2 2 psi; P(X >= 1) = psi / (1 + psi) = 0.025 */
    groups = (imr_two_groups_t) { .x1 = 1, .n1 = 2, .x2 = 0, .n2 = 2 };
    CHECK_NEAR(limit_of(IMR_CONDITIONAL_CENTRAL, &groups, 0, 0.025), 0.025 / 0.975, 1e-13);
    CHECK_NEAR(limit_of(IMR_CONDITIONAL_MID_P, &groups, 0, 0.025), 0.05 / 0.95, 1e-13);
}

/* The smallest odds ratio of a fine grid whose p-value exceeds alpha. */
static double
low_by_scan(imr_conditional_rule_t rule, const imr_two_groups_t *groups, double alpha)
{
    for (int i = -900; i <= 900; i++) {
        if (imr_conditional_pvalue(rule, groups, exp(i / 100.0), IMR_TWO_SIDED) > alpha) {
            return i / 100.0;
        }
    }
    return INFINITY;
}

static void
test_limits_agree_with_a_scan_of_the_pvalues(void)
{
    for (int64_t table = 0; table < 8 * 10; table++) {
        imr_two_groups_t groups = { .x1 = table / 10, .n1 = 7, .x2 = table % 10, .n2 = 9 };

        for (int rule = IMR_CONDITIONAL_CENTRAL; rule <= IMR_CONDITIONAL_BLAKER; rule++) {
            imr_conditional_rule_t by = (imr_conditional_rule_t) rule;

            for (double alpha = 0.05; alpha < 0.8; alpha += 0.3) {
                double low = log(limit_of(by, &groups, 0, alpha / 2));

                if (low > -8 && low < 8) {
                    double scanned = low_by_scan(by, &groups, alpha);

                    CHECK(low <= scanned + 1e-9 && low > scanned - 0.0101);
                }
            }
        }
    }
}

static void
test_many_patients(void)
{
    imr_two_groups_t groups = { .x1 = 30000, .n1 = 100000, .x2 = 29000, .n2 = 100000 };
    double low = limit_of(IMR_CONDITIONAL_CENTRAL, &groups, 0, 0.025);

    /* Woolf: log odds ratio 0.048006, standard error 0.00979 */
    CHECK(fabs(log(low) - (0.048006 - 1.96 * 0.00979)) < 2e-4);
    CHECK(imr_conditional_pvalue(IMR_CONDITIONAL_MINLIKE, &groups, 1, IMR_TWO_SIDED) < 1e-5);
}

HARNESS_MAIN({
    RUN(test_pvalues_by_hand);
    RUN(test_rules_equal_a_listing_of_all_tables);
    RUN(test_estimate_by_hand);
    RUN(test_limits_agree_with_a_scan_of_the_pvalues);
    RUN(test_many_patients);
})
