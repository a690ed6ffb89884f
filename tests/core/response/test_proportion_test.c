#include "response/proportion_test.h"

#include "../harness.h"

static double
pvalue(imr_proportion_test_method_t method, imr_alternative_t alternative, int64_t x, int64_t n,
    double rate)
{
    double statistic, p = NAN;

    CHECK(
        imr_proportion_test(&x, 0, &n, 0, &rate, 0, 0, 1, method, alternative, &statistic, &p, NULL)
        == IMR_OK);
    return p;
}

static void
test_pvalues_by_hand(void)
{
    /* X ~ Bin(4, 1/2): 1 4 6 4 1 sixteenths */
    CHECK_NEAR(pvalue(IMR_PROPORTION_TEST_MINLIKE, IMR_TWO_SIDED, 4, 4, 0.5), 2 / 16.0, 1e-14);
    CHECK_NEAR(pvalue(IMR_PROPORTION_TEST_CENTRAL, IMR_TWO_SIDED, 1, 4, 0.5), 10 / 16.0, 1e-14);
    CHECK_NEAR(pvalue(IMR_PROPORTION_TEST_MID_P, IMR_TWO_SIDED, 4, 4, 0.5), 1 / 16.0, 1e-14);
    CHECK_NEAR(pvalue(IMR_PROPORTION_TEST_MID_P, IMR_GREATER, 3, 4, 0.5), 3 / 16.0, 1e-14);
    CHECK_NEAR(pvalue(IMR_PROPORTION_TEST_BLAKER, IMR_TWO_SIDED, 0, 4, 0.5), 2 / 16.0, 1e-14);
    CHECK_NEAR(pvalue(IMR_PROPORTION_TEST_MINLIKE, IMR_LESS, 1, 4, 0.5), 5 / 16.0, 1e-14);
    CHECK(pvalue(IMR_PROPORTION_TEST_MINLIKE, IMR_TWO_SIDED, 2, 4, 0.5) == 1);
    CHECK(pvalue(IMR_PROPORTION_TEST_SCORE, IMR_TWO_SIDED, 2, 4, 0.5) == 1);
    /* X ~ Bin(3, 1/4): 27 27 9 1 of 64: no count is likelier than 0, and 2 or 3 are less likely */
    CHECK(pvalue(IMR_PROPORTION_TEST_MINLIKE, IMR_TWO_SIDED, 0, 3, 0.25) == 1);
    CHECK_NEAR(pvalue(IMR_PROPORTION_TEST_MINLIKE, IMR_TWO_SIDED, 2, 3, 0.25), 10 / 64.0, 1e-14);
}

static void
test_pvalues_at_the_edges(void)
{
    for (int m = 0; m <= IMR_PROPORTION_TEST_SCORE; m++) {
        imr_proportion_test_method_t method = (imr_proportion_test_method_t) m;

        CHECK(pvalue(method, IMR_TWO_SIDED, 0, 0, 0.3) == 1);
        CHECK(pvalue(method, IMR_TWO_SIDED, 3, 8, 0) == 0);
        CHECK(pvalue(method, IMR_TWO_SIDED, 3, 8, 1) == 0);
        CHECK(pvalue(method, IMR_TWO_SIDED, 0, 8, 0) == 1);
        CHECK(pvalue(method, IMR_TWO_SIDED, 8, 8, 1) == 1);
    }
}

static void
test_bad_input_is_named(void)
{
    int64_t x[] = { 1, 9 }, n[] = { 8, 8 };
    double rate = 1.5, half = 0.5, statistic[2], p[2];
    imr_fault_t fault;

    CHECK(imr_proportion_test(x, 1, n, 1, &rate, 0, 0, 1, IMR_PROPORTION_TEST_SCORE, IMR_TWO_SIDED,
              statistic, p, &fault)
        == IMR_ERR_NULL_RATE);
    CHECK(strcmp(fault.argument, "null") == 0 && fault.value == 1.5);
    CHECK(imr_proportion_test(x, 1, n, 1, &half, 0, 0, 2, IMR_PROPORTION_TEST_SCORE, IMR_TWO_SIDED,
              statistic, p, &fault)
        == IMR_ERR_EVENTS_EXCEED);
    CHECK(fault.row == 1);
}

HARNESS_MAIN({
    RUN(test_pvalues_by_hand);
    RUN(test_pvalues_at_the_edges);
    RUN(test_bad_input_is_named);
})
