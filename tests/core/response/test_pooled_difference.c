#include "response/pooled_difference.h"

#include "../harness.h"

static const int64_t EVENTS[] = { 4, 2, 6, 7, 3, 9, 11 };
static const int64_t PATIENTS[] = { 7, 5, 9, 8, 6, 14, 13 };
static const int64_t CODE[] = { 0, 1, 0, 1, 0, 1, 1 };

enum { K = 7 };

static imr_pooled_difference_t
difference(
    const imr_series_t *series, const int64_t *code, imr_pooled_options_t options, int common)
{
    imr_pooled_difference_t result = { NAN, NAN, NAN, NAN };

    CHECK(imr_pooled_difference(series, code, 2, &options, common, &result, NULL) == IMR_OK);
    return result;
}

static void
test_one_outcome_in_each_subgroup(void)
{
    const int64_t events[] = { 5, 8, 0, 0 }, n[] = { 5, 8, 4, 3 }, code[] = { 0, 0, 1, 1 };
    imr_series_t series = { events, n, NULL, 4, 1 };
    imr_pooled_options_t options = { .method = IMR_POOLED_BETA_BINOMIAL, .level = 0.95 };
    imr_pooled_difference_t test = difference(&series, code, options, 1);

    /* each series one unit: 2 of 2 against 0 of 2, 2 (0 - 4 log(1/2)) */
    CHECK_NEAR(test.statistic, 8 * log(2), 1e-12);
    CHECK(test.df == 1 && isinf(test.residual_df));
}

static void
test_equal_subgroups_do_not_differ(void)
{
    const int64_t events[] = { 3, 5, 3, 5 }, n[] = { 6, 9, 6, 9 }, code[] = { 0, 0, 1, 1 };
    imr_series_t series = { events, n, NULL, 4, 1 };

    for (int method = IMR_POOLED_GLMM; method <= IMR_POOLED_RAW; method++) {
        imr_pooled_options_t options = { .method = (imr_pooled_method_t) method, .level = 0.95 };
        imr_pooled_difference_t test = difference(&series, code, options, 1);

        CHECK(test.statistic >= 0 && test.statistic < 1e-9 && test.pvalue > 0.9999);
    }
}

static void
test_bad_input_is_named(void)
{
    const int64_t bad[] = { 0, 1, 0, 1, 0, 1, 2 }, one[] = { 0, 0, 0, 0, 0, 0, 0 };
    const int64_t flat[] = { 3, 3, 2, 5 }, of[] = { 6, 6, 9, 9 }, pairs[] = { 0, 0, 1, 1 };
    imr_series_t series = { EVENTS, PATIENTS, NULL, K, 1 }, still = { flat, of, NULL, 4, 1 };
    imr_series_t swapped = { PATIENTS, EVENTS, NULL, K, 1 };
    imr_pooled_options_t options = { .level = 0.95 };
    imr_pooled_difference_t result;
    imr_fault_t fault;

    CHECK(
        imr_pooled_difference(&series, CODE, 1, &options, 1, &result, &fault) == IMR_ERR_SUBGROUPS);
    CHECK(
        imr_pooled_difference(&series, one, 2, &options, 1, &result, &fault) == IMR_ERR_SUBGROUPS);
    CHECK(imr_pooled_difference(&series, bad, 2, &options, 1, &result, &fault) == IMR_ERR_CODE);
    CHECK(fault.row == 6);
    CHECK(imr_pooled_difference(&series, CODE, 2, &options, 0, &result, &fault)
        == IMR_ERR_ONE_HETEROGENEITY);
    CHECK(imr_pooled_difference(&swapped, CODE, 2, &options, 1, &result, &fault)
        == IMR_ERR_EVENTS_EXCEED);
    options.method = IMR_POOLED_LOGIT;
    options.knapp_hartung = 1;
    CHECK(imr_pooled_difference(&still, pairs, 2, &options, 0, &result, &fault)
        == IMR_ERR_NO_SCATTER);
}

static void
test_memory_runs_out(void)
{
    imr_series_t series = { EVENTS, PATIENTS, NULL, K, 1 };
    imr_pooled_options_t options = { .level = 0.95 };
    imr_pooled_difference_t result;

    FAIL_EACH_ALLOCATION(
        imr_pooled_difference(&series, CODE, 2, &options, 1, &result, NULL), IMR_ERR_NOMEM, );
}

HARNESS_MAIN({
    RUN(test_one_outcome_in_each_subgroup);
    RUN(test_equal_subgroups_do_not_differ);
    RUN(test_bad_input_is_named);
    RUN(test_memory_runs_out);
})
