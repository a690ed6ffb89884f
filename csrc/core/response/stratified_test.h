/* Tests over strata: no association (Cochran-Mantel-Haenszel, exact conditional), and one common odds
 * ratio (Breslow-Day, Tarone). Formulas and edge cases: docs/methods/response/stratified.md. */
#ifndef IMR_STRATIFIED_TEST_H
#define IMR_STRATIFIED_TEST_H

#include "response/stratified.h"

#define IMR_STRATIFIED_TEST_LIST(X)                                                                \
    X(IMR_STRATIFIED_TEST_CMH, "cochran-mantel-haenszel")                                          \
    X(IMR_STRATIFIED_TEST_CMH_CC, "cochran-mantel-haenszel-cc")                                    \
    X(IMR_STRATIFIED_TEST_MINLIKE, "conditional-minlike")                                          \
    X(IMR_STRATIFIED_TEST_CENTRAL, "conditional-central")

typedef enum { IMR_STRATIFIED_TEST_LIST(IMR_ENUM_OF_CHOICE) } imr_stratified_test_method_t;

#define IMR_HOMOGENEITY_TEST_LIST(X)                                                               \
    X(IMR_HOMOGENEITY_BRESLOW_DAY, "breslow-day")                                                  \
    X(IMR_HOMOGENEITY_TARONE, "tarone")

typedef enum { IMR_HOMOGENEITY_TEST_LIST(IMR_ENUM_OF_CHOICE) } imr_homogeneity_method_t;

/* *statistic is the chi-square, or the responders of group 1 for the exact tests. When the margins
 * leave one table only, the chi-square and its p-value are NaN and the exact p-value is 1. */
int IMR_MUST_CHECK imr_stratified_test(const imr_strata_t *strata,
    imr_stratified_test_method_t method, imr_alternative_t alternative, double *statistic,
    double *pvalue, imr_fault_t *fault);

/* *df is the number of strata that tell about the odds ratio, less 1; with fewer than two of them
 * the statistic and the p-value are NaN and *df is 0. */
int IMR_MUST_CHECK imr_homogeneity_test(const imr_strata_t *strata, imr_homogeneity_method_t method,
    double *statistic, int64_t *df, double *pvalue, imr_fault_t *fault);

#endif
