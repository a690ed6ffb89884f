/* Exact inference on the odds ratio of a 2 x 2 table given its margins: x1 follows the non-central
 * hypergeometric distribution. Both groups have patients. */
#ifndef IMR_CONTRAST_CONDITIONAL_H
#define IMR_CONTRAST_CONDITIONAL_H

#include "base/alternative.h"
#include "response/contrast.h"

/* In one group: enough for any trial, and more would take seconds a row. */
#define IMR_CONDITIONAL_MOST_PATIENTS (INT64_C(1) << 24)

/* How a two-sided p-value counts the other tail. */
typedef enum {
    IMR_CONDITIONAL_CENTRAL, /* twice the smaller tail */
    IMR_CONDITIONAL_MID_P, /* the same with half of the probability of the table seen */
    IMR_CONDITIONAL_MINLIKE, /* the tables that are no likelier */
    IMR_CONDITIONAL_BLAKER /* the largest other tail that is no larger */
} imr_conditional_rule_t;

/* 1 when the margins leave only one table (a one-sided mid-p: one half). */
double imr_conditional_pvalue(imr_conditional_rule_t rule, const imr_two_groups_t *groups,
    double odds_ratio, imr_alternative_t alternative);

/* The odds ratio of the greatest conditional likelihood: 0 or infinite when x1 is the least or the
 * most that the margins allow, NaN when it is both. */
int IMR_MUST_CHECK imr_conditional_estimate(const imr_two_groups_t *groups, double *estimate);

/* The limit that leaves out `tail` (minlike and Blaker: twice that), of the same rule. */
int IMR_MUST_CHECK imr_conditional_limit(imr_conditional_rule_t rule,
    const imr_two_groups_t *groups, int upper, double tail, double *limit);

#endif
