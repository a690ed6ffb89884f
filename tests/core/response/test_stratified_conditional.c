#include "response/stratified_conditional.h"

#include "../harness.h"
#include "strata.h"

static void
test_rabbits_agree_with_r(void)
{
    /* tests/golden/response/cmh_rabbits.json; R solves for the inverse of an odds ratio, to 1.2e-4 */
    imr_strata_t strata = rabbits();
    imr_stratified_conditional_t conditional;
    double estimate, low, high, lower, upper, minlike;

    CHECK(imr_stratified_conditional_init(&conditional, &strata, NULL) == IMR_OK);
    imr_stratified_conditional_tails(&conditional, &lower, &upper, &minlike);
    CHECK_NEAR(minlike, 0.039944903581267226, 1e-12);
    CHECK(imr_stratified_conditional_estimate(&conditional, &estimate) == IMR_OK);
    CHECK(fabs(1 / estimate - 1 / 10.361024081374909) < 1.23e-4);
    CHECK(imr_stratified_conditional_limits(&conditional, 0.025, &low, &high) == IMR_OK);
    CHECK(fabs(1 / low - 1 / 1.0774014301889798) < 1.23e-4);
    CHECK(fabs(1 / high - 1 / 529.8373990233523) < 1.23e-4);
    imr_stratified_conditional_free(&conditional);
    imr_stratified_conditional_free(&conditional);
}

static void
test_one_table_by_hand(void)
{
    /* 2 of 2 against 0 of 2: x1 is 0, 1 or 2 with 1, 4 and 1 of the 6 tables; at odds ratio r the
     * last one has r^2 / (1 + 4 r + r^2) = 1/4 where 3 r^2 - 4 r - 1 = 0 */
    int64_t x1 = 2, n = 2, x2 = 0;
    imr_strata_t strata = { &x1, &n, &x2, &n, 1 };
    imr_stratified_conditional_t conditional;
    double estimate, low, high, lower, upper, minlike;

    CHECK(imr_stratified_conditional_init(&conditional, &strata, NULL) == IMR_OK);
    imr_stratified_conditional_tails(&conditional, &lower, &upper, &minlike);
    CHECK_NEAR(lower, 1, 1e-15);
    CHECK_NEAR(upper, 1.0 / 6, 1e-14);
    CHECK_NEAR(minlike, 1.0 / 3, 1e-14);
    CHECK(imr_stratified_conditional_estimate(&conditional, &estimate) == IMR_OK);
    CHECK(isinf(estimate));
    CHECK(imr_stratified_conditional_limits(&conditional, 0.25, &low, &high) == IMR_OK);
    CHECK_NEAR(low, (2 + sqrt(7)) / 3, 1e-13);
    CHECK(isinf(high));
    imr_stratified_conditional_free(&conditional);
}

static void
test_limits_leave_out_their_tail_at_the_ends(void)
{
    /* 500 strata of one pair, discordant one way: the sum is binomial(500, r / (1 + r)) */
    enum { PAIRS = 500 };
    int64_t x1[PAIRS], one[PAIRS], x2[PAIRS];
    imr_strata_t strata = { x1, one, x2, one, PAIRS };
    imr_stratified_conditional_t conditional;
    double low, high, rate;

    for (int k = 0; k < PAIRS; k++) {
        x1[k] = one[k] = 1;
        x2[k] = 0;
    }
    CHECK(imr_stratified_conditional_init(&conditional, &strata, NULL) == IMR_OK);
    CHECK(imr_stratified_conditional_limits(&conditional, 0.025, &low, &high) == IMR_OK);
    rate = pow(0.025, 1.0 / PAIRS);
    CHECK_NEAR(low, rate / (1 - rate), 1e-10);
    imr_stratified_conditional_free(&conditional);
}

static void
test_margins_that_leave_one_table(void)
{
    int64_t x1[] = { 0, 3 }, n1[] = { 4, 3 }, x2[] = { 0, 2 }, n2[] = { 4, 2 };
    imr_strata_t strata = { x1, n1, x2, n2, 2 };
    imr_stratified_conditional_t conditional;
    double estimate, low, high, lower, upper, minlike;

    CHECK(imr_stratified_conditional_init(&conditional, &strata, NULL) == IMR_OK);
    imr_stratified_conditional_tails(&conditional, &lower, &upper, &minlike);
    CHECK(lower == 1 && upper == 1 && minlike == 1);
    CHECK(imr_stratified_conditional_estimate(&conditional, &estimate) == IMR_OK);
    CHECK(isnan(estimate));
    CHECK(imr_stratified_conditional_limits(&conditional, 0.025, &low, &high) == IMR_OK);
    CHECK(low == 0 && isinf(high));
    imr_stratified_conditional_free(&conditional);
}

static void
test_too_many_tables_are_refused(void)
{
    int64_t x1[] = { 2001, 2000 }, n1[] = { 5000, 5000 }, x2[] = { 0, 0 };
    imr_strata_t strata = { x1, n1, x2, n1, 2 };
    imr_stratified_conditional_t conditional;
    imr_fault_t fault;

    CHECK(imr_stratified_conditional_init(&conditional, &strata, &fault) == IMR_ERR_EXACT_STRATA);
    CHECK(conditional.log_mass == NULL && strcmp(fault.argument, "method") == 0);
}

static void
test_failed_allocations(void)
{
    imr_strata_t strata = rabbits();
    imr_stratified_conditional_t conditional;

    FAIL_EACH_ALLOCATION(imr_stratified_conditional_init(&conditional, &strata, NULL),
        IMR_ERR_NOMEM, imr_stratified_conditional_free(&conditional));
}

HARNESS_MAIN({
    RUN(test_rabbits_agree_with_r);
    RUN(test_one_table_by_hand);
    RUN(test_limits_leave_out_their_tail_at_the_ends);
    RUN(test_margins_that_leave_one_table);
    RUN(test_too_many_tables_are_refused);
    RUN(test_failed_allocations);
})
