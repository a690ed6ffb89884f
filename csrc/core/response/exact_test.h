/* Exact tests that two independent groups have one response rate.
 * Formulas, sources and edge cases: docs/methods/response/exact_test.md. */
#ifndef IMR_EXACT_TEST_H
#define IMR_EXACT_TEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"
#include "response/two_groups.h"

#define IMR_EXACT_TEST_MOST_PATIENTS 1000 /* in one group, for an unconditional test */

/* How a two-sided p-value looks at both directions. */
#define IMR_EXACT_TEST_RULE_LIST(X)                                                                \
    X(IMR_RULE_MINLIKE, "minlike")                                                                 \
    X(IMR_RULE_CENTRAL, "central")                                                                 \
    X(IMR_RULE_BLAKER, "blaker")                                                                   \
    X(IMR_RULE_ABSOLUTE, "absolute")

typedef enum { IMR_EXACT_TEST_RULE_LIST(IMR_ENUM_OF_CHOICE) } imr_exact_test_rule_t;

/* name, words, and the rules it has, as bits 1 << rule; the first of them is its own */
#define IMR_EXACT_TEST_METHOD_LIST(X)                                                              \
    X(IMR_FISHER, "fisher", 7)                                                                     \
    X(IMR_FISHER_MID_P, "fisher-mid-p", 2)                                                         \
    X(IMR_BARNARD, "barnard", 8)                                                                   \
    X(IMR_BARNARD_UNPOOLED, "barnard-unpooled", 8)                                                 \
    X(IMR_BOSCHLOO, "boschloo", 3)

#define IMR_EXACT_TEST_ENUM(name, words, rules) name,
typedef enum { IMR_EXACT_TEST_METHOD_LIST(IMR_EXACT_TEST_ENUM) } imr_exact_test_method_t;
#undef IMR_EXACT_TEST_ENUM

typedef struct {
    imr_exact_test_method_t method;
    imr_exact_test_rule_t rule; /* of a two-sided test */
    imr_alternative_t alternative;
    double berger_boos; /* the error spent on the nuisance rate: 0 looks at all rates */
} imr_exact_test_options_t;

typedef struct {
    double *statistic, *pvalue;
    double *nuisance; /* the common rate at which an unconditional p-value is reached, else NaN */
} imr_exact_test_columns_t;

/* Has the method this rule? */
int imr_exact_test_has_rule(imr_exact_test_method_t method, imr_exact_test_rule_t rule);

/* Tests that share n1 and n2 share most of the work of an unconditional test, so rows are worked in
 * the order of their groups, a part of them at each call. */
typedef struct imr_exact_test_plan imr_exact_test_plan_t;

/* NULL in *plan after a failure. The rows must outlive the plan. */
int IMR_MUST_CHECK imr_exact_test_plan_new(imr_exact_test_plan_t **plan,
    const imr_two_groups_rows_t *rows, size_t n, const imr_exact_test_options_t *options,
    imr_fault_t *fault);
void imr_exact_test_plan_free(imr_exact_test_plan_t *plan); /* NULL is allowed */

/* Works on for some milliseconds; *done when all rows are. */
int IMR_MUST_CHECK imr_exact_test_plan_step(imr_exact_test_plan_t *plan,
    const imr_exact_test_columns_t *columns, int *done, imr_fault_t *fault);

#endif
