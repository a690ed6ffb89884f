#include "response/contrast_unconditional.h"

#include "../harness.h"
#include "base/status.h"

static double
pvalue_of(int64_t x1, int64_t n1, int64_t x2, int64_t n2, double margin)
{
    imr_two_groups_t groups = { .x1 = x1, .n1 = n1, .x2 = x2, .n2 = n2 };
    double pvalue = NAN;

    CHECK(imr_unconditional_pvalue(&groups, margin, &pvalue) == IMR_OK);
    return pvalue;
}

static double
limit_of(int64_t x1, int64_t n1, int64_t x2, int64_t n2, double tail)
{
    imr_two_groups_t groups = { .x1 = x1, .n1 = n1, .x2 = x2, .n2 = n2 };
    double limit = NAN;

    CHECK(imr_unconditional_limit(&groups, tail, &limit) == IMR_OK);
    return limit;
}

static void
test_pvalues_by_hand(void)
{
    /* all of n against none: p^n (1 - p)^n is greatest at 1/2 */
    CHECK_NEAR(pvalue_of(3, 3, 0, 3, 0), 1 / 64.0, 1e-10);
    /* 1/1 v 0/1 at a difference of d: (p + d)(1 - p) at p = (1 - d) / 2 */
    CHECK_NEAR(pvalue_of(1, 1, 0, 1, 0.2), 0.36, 1e-10);
    CHECK_NEAR(pvalue_of(1, 1, 0, 1, -0.4), 0.09, 1e-10);
    /* every table is at least as extreme */
    CHECK_NEAR(pvalue_of(0, 3, 3, 3, -0.3), 1, 1e-12);
}

static void
test_limits_by_hand(void)
{
    /* 1/1 v 0/1: ((1 + d) / 2)^2 = 0.025 */
    CHECK_NEAR(limit_of(1, 1, 0, 1, 0.025), 2 * sqrt(0.025) - 1, 1e-8);
    /* 4/4 v 0/4: ((1 + d) / 2)^8 = 0.05 */
    CHECK_NEAR(limit_of(4, 4, 0, 4, 0.05), 2 * pow(0.05, 1.0 / 8) - 1, 1e-8);
    CHECK(limit_of(0, 5, 4, 4, 0.025) == -1);
}

static void
test_limits_are_the_smallest_accepted_difference(void)
{
    for (int64_t x1 = 0; x1 <= 5; x1++) {
        for (int64_t x2 = 0; x2 <= 6; x2++) {
            double low = limit_of(x1, 5, x2, 6, 0.025), scanned = -1;

            while (scanned < 1 && !(pvalue_of(x1, 5, x2, 6, scanned) > 0.025)) {
                scanned += 0.01;
            }
            CHECK(low <= scanned + 1e-9 && low >= scanned - 0.0101);
        }
    }
}

static void
test_the_region_has_a_staircase_for_an_edge(void)
{
    imr_two_groups_t groups = { .x1 = 3, .n1 = 6, .x2 = 4, .n2 = 7 };

    /* a larger x1, or a smaller x2, is never less extreme */
    for (double margin = -0.9; margin < 1; margin += 0.3) {
        for (groups.x1 = 0; groups.x1 < 6; groups.x1++) {
            CHECK(pvalue_of(groups.x1 + 1, 6, 4, 7, margin)
                <= pvalue_of(groups.x1, 6, 4, 7, margin) + 1e-12);
        }
    }
}

static void
test_out_of_memory(void)
{
    imr_two_groups_t groups = { .x1 = 2, .n1 = 3, .x2 = 1, .n2 = 3 };
    double value;

    FAIL_EACH_ALLOCATION(imr_unconditional_pvalue(&groups, 0.1, &value), IMR_ERR_NOMEM, (void) 0);
    FAIL_EACH_ALLOCATION(imr_unconditional_limit(&groups, 0.025, &value), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_pvalues_by_hand);
    RUN(test_limits_by_hand);
    RUN(test_limits_are_the_smallest_accepted_difference);
    RUN(test_the_region_has_a_staircase_for_an_edge);
    RUN(test_out_of_memory);
})
