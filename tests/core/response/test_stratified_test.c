#include "response/stratified_test.h"

#include "../harness.h"
#include "strata.h"

static double
pvalue_of(const imr_strata_t *strata, imr_stratified_test_method_t method,
    imr_alternative_t alternative, double *statistic)
{
    double pvalue = NAN;

    CHECK(imr_stratified_test(strata, method, alternative, statistic, &pvalue, NULL) == IMR_OK);
    return pvalue;
}

static void
test_rabbits_agree_with_r(void)
{
    /* tests/golden/response/cmh_rabbits.json */
    imr_strata_t strata = rabbits();
    double statistic, both, one;

    pvalue_of(&strata, IMR_STRATIFIED_TEST_CMH, IMR_TWO_SIDED, &statistic);
    CHECK_NEAR(statistic, 5.6571428571428575, 1e-13);
    both = pvalue_of(&strata, IMR_STRATIFIED_TEST_CMH_CC, IMR_TWO_SIDED, &statistic);
    CHECK_NEAR(statistic, 3.9285714285714288, 1e-13);
    CHECK_NEAR(both, 0.047472255142918106, 1e-12);
    one = pvalue_of(&strata, IMR_STRATIFIED_TEST_CMH_CC, IMR_GREATER, &statistic);
    CHECK_NEAR(one, both / 2, 1e-12);
    CHECK_NEAR(
        pvalue_of(&strata, IMR_STRATIFIED_TEST_CMH_CC, IMR_LESS, &statistic), 1 - one, 1e-12);
    CHECK_NEAR(pvalue_of(&strata, IMR_STRATIFIED_TEST_MINLIKE, IMR_TWO_SIDED, &statistic),
        0.039944903581267226, 1e-12);
    CHECK(statistic == 16);
    one = pvalue_of(&strata, IMR_STRATIFIED_TEST_CENTRAL, IMR_GREATER, &statistic);
    CHECK_NEAR(
        pvalue_of(&strata, IMR_STRATIFIED_TEST_CENTRAL, IMR_TWO_SIDED, &statistic), 2 * one, 1e-14);
}

static void
test_strata_that_tell_nothing(void)
{
    int64_t x1[] = { 0, 3 }, n1[] = { 4, 3 }, x2[] = { 0, 0 }, n2[] = { 4, 0 };
    imr_strata_t strata = { x1, n1, x2, n2, 2 };
    double statistic, pvalue;
    int64_t df;

    pvalue = pvalue_of(&strata, IMR_STRATIFIED_TEST_CMH, IMR_TWO_SIDED, &statistic);
    CHECK(isnan(pvalue) && isnan(statistic));
    pvalue = pvalue_of(&strata, IMR_STRATIFIED_TEST_MINLIKE, IMR_TWO_SIDED, &statistic);
    CHECK(pvalue == 1 && statistic == 3);
    CHECK(imr_homogeneity_test(&strata, IMR_HOMOGENEITY_BRESLOW_DAY, &statistic, &df, &pvalue, NULL)
        == IMR_OK);
    CHECK(isnan(statistic) && isnan(pvalue) && df == 0);
}

static void
test_equal_odds_ratios_are_homogeneous(void)
{
    /* odds ratios 4 and 4: 8/12 v 4/12 and 40/60 v 20/60 */
    int64_t x1[] = { 8, 40 }, n1[] = { 12, 60 }, x2[] = { 4, 20 };
    imr_strata_t strata = { x1, n1, x2, n1, 2 };
    double statistic, pvalue;
    int64_t df;

    CHECK(imr_homogeneity_test(&strata, IMR_HOMOGENEITY_BRESLOW_DAY, &statistic, &df, &pvalue, NULL)
        == IMR_OK);
    CHECK(statistic < 1e-20 && pvalue > 0.999999 && df == 1);
}

static void
test_breslow_day_by_hand(void)
{
    /* mirrored tables 2/3 v 1/3 and 1/3 v 2/3: the common odds ratio is 1, the fits are 1.5, the
     * variance of each is 1 / (4 / 1.5), so the statistic is 2 * 0.25 * 4 / 1.5 = 4/3; Tarone takes
     * off (0.5 - 0.5)^2 */
    int64_t x1[] = { 2, 1 }, n[] = { 3, 3 }, x2[] = { 1, 2 };
    imr_strata_t strata = { x1, n, x2, n, 2 };
    double statistic, pvalue;
    int64_t df;

    for (int m = 0; m <= IMR_HOMOGENEITY_TARONE; m++) {
        CHECK(imr_homogeneity_test(
                  &strata, (imr_homogeneity_method_t) m, &statistic, &df, &pvalue, NULL)
            == IMR_OK);
        CHECK_NEAR(statistic, 4.0 / 3, 1e-14);
        CHECK_NEAR(pvalue, erfc(sqrt(2.0 / 3)), 1e-13);
    }
}

static void
test_an_infinite_common_odds_ratio_is_common(void)
{
    int64_t x1[] = { 4, 5 }, x2[] = { 0, 2 }, n2[] = { 6, 3 };
    imr_strata_t strata = { x1, x1, x2, n2, 2 };
    double statistic, pvalue;
    int64_t df;

    CHECK(imr_homogeneity_test(&strata, IMR_HOMOGENEITY_TARONE, &statistic, &df, &pvalue, NULL)
        == IMR_OK);
    CHECK(statistic == 0 && pvalue == 1 && df == 1);
}

static void
test_an_excess_of_one_half_is_corrected_to_nothing(void)
{
    /* -1/2 - 5/7 + 12/7, whose sum in doubles is just below 1/2 */
    int64_t x1[] = { 0, 1, 4 }, n1[] = { 1, 4, 4 }, x2[] = { 1, 2, 0 }, n2[] = { 1, 3, 3 };
    imr_strata_t strata = { x1, n1, x2, n2, 3 };
    double statistic;

    CHECK(pvalue_of(&strata, IMR_STRATIFIED_TEST_CMH_CC, IMR_TWO_SIDED, &statistic) == 1);
    CHECK(statistic == 0);
}

static void
test_bad_input_is_named(void)
{
    int64_t x1 = 3, n1 = 2, x2 = 0, n2 = 1, df;
    imr_strata_t strata = { &x1, &n1, &x2, &n2, 1 };
    double statistic, pvalue;
    imr_fault_t fault;

    CHECK(
        imr_stratified_test(&strata, IMR_STRATIFIED_TEST_CMH, IMR_LESS, &statistic, &pvalue, &fault)
        == IMR_ERR_EVENTS_EXCEED);
    CHECK(fault.row == 0);
    CHECK(imr_homogeneity_test(&strata, IMR_HOMOGENEITY_TARONE, &statistic, &df, &pvalue, &fault)
        == IMR_ERR_EVENTS_EXCEED);
}

static void
test_failed_allocations(void)
{
    imr_strata_t strata = rabbits();
    double statistic, pvalue;

    FAIL_EACH_ALLOCATION(imr_stratified_test(&strata, IMR_STRATIFIED_TEST_MINLIKE, IMR_TWO_SIDED,
                             &statistic, &pvalue, NULL),
        IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_rabbits_agree_with_r);
    RUN(test_strata_that_tell_nothing);
    RUN(test_equal_odds_ratios_are_homogeneous);
    RUN(test_breslow_day_by_hand);
    RUN(test_an_infinite_common_odds_ratio_is_common);
    RUN(test_an_excess_of_one_half_is_corrected_to_nothing);
    RUN(test_bad_input_is_named);
    RUN(test_failed_allocations);
})
