#include "recovery/expansion_summary.h"

#include "../harness.h"

/* logs 1, 2 and 3: mean 2, standard deviation 1, t(0.975, 2) = 4.302652729749464 */
static void
test_three_values_by_hand(void)
{
    double value[] = { exp(3), NAN, exp(1), exp(2), 0 };
    imr_expansion_summary_t s;

    CHECK(imr_expansion_summary(&s, value, 5, 0.95, NULL) == IMR_OK);
    CHECK(s.n == 4 && s.missing == 1 && s.zeros == 1);
    CHECK_NEAR(s.geometric_mean, exp(2), 1e-14);
    CHECK_NEAR(s.geometric_low, exp(2 - 4.302652729749464 / sqrt(3)), 1e-13);
    CHECK_NEAR(s.geometric_high, exp(2 + 4.302652729749464 / sqrt(3)), 1e-13);
    CHECK_NEAR(s.geometric_cv, sqrt(exp(1) - 1), 1e-14);
    CHECK_NEAR(s.median, (exp(1) + exp(2)) / 2, 1e-15);
    CHECK(s.least == 0 && s.most == exp(3));
}

static void
test_few_values(void)
{
    double value[] = { 5, 0, 5 };
    imr_expansion_summary_t s;

    CHECK(imr_expansion_summary(&s, value, 0, 0.95, NULL) == IMR_OK);
    CHECK(s.n == 0 && isnan(s.geometric_mean) && isnan(s.median) && isnan(s.geometric_low));
    CHECK(imr_expansion_summary(&s, value + 1, 1, 0.95, NULL) == IMR_OK);
    CHECK(s.n == 1 && s.zeros == 1 && isnan(s.geometric_mean) && s.median == 0);
    CHECK(imr_expansion_summary(&s, value, 1, 0.95, NULL) == IMR_OK);
    CHECK_NEAR(s.geometric_mean, 5, 1e-15);
    CHECK(s.geometric_low == 0 && s.geometric_high == INFINITY && isnan(s.geometric_cv));
    CHECK(imr_expansion_summary(&s, value, 3, 0.95, NULL) == IMR_OK);
    CHECK(s.geometric_cv == 0 && s.geometric_low == s.geometric_high && s.median == 5);
}

static void
test_bad_input_is_named(void)
{
    double value[] = { 5, -1 };
    imr_expansion_summary_t s;
    imr_fault_t fault;

    CHECK(imr_expansion_summary(&s, value, 2, 0.95, &fault) == IMR_ERR_NEGATIVE && fault.row == 1);
    value[1] = INFINITY;
    CHECK(imr_expansion_summary(&s, value, 2, 0.95, &fault) == IMR_ERR_NONFINITE);
    CHECK(imr_expansion_summary(&s, value, 1, 1, &fault) == IMR_ERR_LEVEL);
    CHECK(imr_expansion_summary(&s, value, 1, NAN, &fault) == IMR_ERR_LEVEL);
}

static void
test_each_allocation_may_fail(void)
{
    double value[] = { 5, 6 };
    imr_expansion_summary_t s;

    FAIL_EACH_ALLOCATION(imr_expansion_summary(&s, value, 2, 0.95, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_three_values_by_hand);
    RUN(test_few_values);
    RUN(test_bad_input_is_named);
    RUN(test_each_allocation_may_fail);
})
