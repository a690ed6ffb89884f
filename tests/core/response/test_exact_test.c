#include "response/exact_test.h"

#include "../harness.h"

typedef struct {
    double statistic, pvalue, nuisance;
} answer_t;

static int
run(const imr_two_groups_rows_t *rows, size_t n, imr_exact_test_options_t options,
    const imr_exact_test_columns_t *columns, imr_fault_t *fault)
{
    imr_exact_test_plan_t *plan = NULL;
    int done = n == 0, ret = imr_exact_test_plan_new(&plan, rows, n, &options, fault);

    while (ret == IMR_OK && !done) {
        ret = imr_exact_test_plan_step(plan, columns, &done, fault);
    }
    imr_exact_test_plan_free(plan);
    return ret;
}

static int
answer_to(imr_exact_test_options_t options, int64_t x1, int64_t n1, int64_t x2, int64_t n2,
    answer_t *answer, imr_fault_t *fault)
{
    imr_two_groups_rows_t rows = { .x1 = &x1, .n1 = &n1, .x2 = &x2, .n2 = &n2 };
    imr_exact_test_columns_t columns = { &answer->statistic, &answer->pvalue, &answer->nuisance };

    return run(&rows, 1, options, &columns, fault);
}

static imr_exact_test_options_t
options_of(imr_exact_test_method_t method, imr_exact_test_rule_t rule,
    imr_alternative_t alternative, double berger_boos)
{
    imr_exact_test_options_t options = { method, rule, alternative, berger_boos };

    return options;
}

static answer_t
answer_of(imr_exact_test_options_t options, int64_t x1, int64_t n1, int64_t x2, int64_t n2)
{
    answer_t answer = { NAN, NAN, NAN };

    CHECK(answer_to(options, x1, n1, x2, n2, &answer, NULL) == IMR_OK);
    return answer;
}

static void
test_all_against_none_by_hand(void)
{
    answer_t a;

    /* 3/3 v 0/3: p^3 (1 - p)^3 at 1/2, twice for both directions */
    a = answer_of(options_of(IMR_BARNARD, IMR_RULE_ABSOLUTE, IMR_GREATER, 0), 3, 3, 0, 3);
    CHECK_NEAR(a.pvalue, 1 / 64.0, 1e-13);
    CHECK_NEAR(a.statistic, sqrt(6), 1e-14);
    CHECK(fabs(a.nuisance - 0.5) < 1e-6);
    a = answer_of(options_of(IMR_BOSCHLOO, IMR_RULE_MINLIKE, IMR_TWO_SIDED, 0), 3, 3, 0, 3);
    CHECK_NEAR(a.pvalue, 2 / 64.0, 1e-13);
    CHECK_NEAR(a.statistic, 0.1, 1e-14);
    a = answer_of(options_of(IMR_BOSCHLOO, IMR_RULE_CENTRAL, IMR_TWO_SIDED, 0), 3, 3, 0, 3);
    CHECK_NEAR(a.pvalue, 2 / 64.0, 1e-13);
    CHECK_NEAR(a.statistic, 0.05, 1e-14);
    a = answer_of(options_of(IMR_BARNARD_UNPOOLED, IMR_RULE_ABSOLUTE, IMR_LESS, 0), 3, 3, 0, 3);
    CHECK(a.pvalue == 1 && isinf(a.statistic));
    a = answer_of(options_of(IMR_FISHER, IMR_RULE_BLAKER, IMR_TWO_SIDED, 0), 3, 3, 0, 3);
    CHECK_NEAR(a.pvalue, 0.1, 1e-14);
    CHECK(a.statistic == 3 && isnan(a.nuisance));
    a = answer_of(options_of(IMR_FISHER_MID_P, IMR_RULE_CENTRAL, IMR_TWO_SIDED, 0), 3, 3, 0, 3);
    CHECK_NEAR(a.pvalue, 0.05, 1e-14);
}

static void
test_berger_and_boos_look_at_a_part(void)
{
    answer_t all = answer_of(
        options_of(IMR_BARNARD_UNPOOLED, IMR_RULE_ABSOLUTE, IMR_TWO_SIDED, 0), 7, 34, 1, 34);
    answer_t part = answer_of(
        options_of(IMR_BARNARD_UNPOOLED, IMR_RULE_ABSOLUTE, IMR_TWO_SIDED, 0.001), 7, 34, 1, 34);

    /* the supremum 0.0281 is at the rate 0.126 or its mirror 0.874, which 8 of 68 rules out */
    CHECK(part.nuisance < 0.4);
    CHECK(part.pvalue <= all.pvalue + 0.001 + 1e-12);
    part =
        answer_of(options_of(IMR_BOSCHLOO, IMR_RULE_MINLIKE, IMR_TWO_SIDED, 0.001), 7, 34, 1, 34);
    /* here it is at 0.51, so that the interval helps */
    CHECK(part.pvalue < 0.0384639 && part.nuisance < 0.4);
}

static void
test_rows_of_many_groups_equal_one_by_one(void)
{
    static const imr_exact_test_method_t methods[] = { IMR_FISHER, IMR_BARNARD, IMR_BOSCHLOO,
        IMR_BOSCHLOO };
    static const imr_exact_test_rule_t rules[] = { IMR_RULE_MINLIKE, IMR_RULE_ABSOLUTE,
        IMR_RULE_MINLIKE, IMR_RULE_CENTRAL };
    enum { ROWS = 200 };
    int64_t x1[ROWS], n1[ROWS], x2[ROWS], n2[ROWS];
    double statistic[ROWS], pvalue[ROWS], nuisance[ROWS];
    imr_two_groups_rows_t rows = { x1, n1, x2, n2, 1, 1, 1, 1 };
    imr_exact_test_columns_t columns = { statistic, pvalue, nuisance };

    for (int i = 0; i < ROWS; i++) {
        n1[i] = i % 5;
        n2[i] = (i / 5) % 4 + 2;
        x1[i] = i % (n1[i] + 1);
        x2[i] = (i / 7) % (n2[i] + 1);
    }
    for (int m = 0; m < 4; m++) {
        imr_exact_test_options_t options = options_of(methods[m], rules[m], IMR_TWO_SIDED, 0);

        CHECK(run(&rows, ROWS, options, &columns, NULL) == IMR_OK);
        for (int i = 0; i < ROWS; i++) {
            answer_t one = answer_of(options, x1[i], n1[i], x2[i], n2[i]);

            CHECK_NEAR(pvalue[i], one.pvalue, 1e-12);
            CHECK(n1[i] == 0 ? isnan(statistic[i]) : statistic[i] == one.statistic);
        }
    }
}

static void
test_bad_input_is_named(void)
{
    imr_exact_test_options_t options = options_of(IMR_BARNARD, IMR_RULE_MINLIKE, IMR_TWO_SIDED, 0);
    imr_fault_t fault;
    answer_t a;

    CHECK(answer_to(options, 1, 2, 1, 2, &a, &fault) == IMR_ERR_TWO_SIDED_RULE);
    options.rule = IMR_RULE_ABSOLUTE;
    CHECK(answer_to(options, 3, 2, 1, 2, &a, &fault) == IMR_ERR_EVENTS_EXCEED);
    CHECK(strcmp(fault.argument, "x1") == 0 && fault.row == 0);
    CHECK(answer_to(options, 1, 2, 1, 1001, &a, &fault) == IMR_ERR_EXACT_SIZE);
    options.berger_boos = NAN;
    CHECK(answer_to(options, 1, 2, 1, 2, &a, &fault) == IMR_ERR_BERGER_BOOS);
    options = options_of(IMR_FISHER, IMR_RULE_MINLIKE, IMR_TWO_SIDED, 0.01);
    CHECK(answer_to(options, 1, 2, 1, 2, &a, &fault) == IMR_ERR_NO_NUISANCE);
    options.berger_boos = 0;
    CHECK(answer_to(options, 1, 2, -1, 2, &a, &fault) == IMR_ERR_NEGATIVE);
}

static void
test_out_of_memory(void)
{
    answer_t a;

    FAIL_EACH_ALLOCATION(
        answer_to(options_of(IMR_FISHER, IMR_RULE_MINLIKE, IMR_TWO_SIDED, 0), 1, 2, 1, 2, &a, NULL),
        IMR_ERR_NOMEM, (void) 0);
    FAIL_EACH_ALLOCATION(answer_to(options_of(IMR_BOSCHLOO, IMR_RULE_CENTRAL, IMR_TWO_SIDED, 0.001),
                             1, 2, 1, 2, &a, NULL),
        IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_all_against_none_by_hand);
    RUN(test_berger_and_boos_look_at_a_part);
    RUN(test_rows_of_many_groups_equal_one_by_one);
    RUN(test_bad_input_is_named);
    RUN(test_out_of_memory);
})
