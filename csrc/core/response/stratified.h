/* Two groups compared within strata: common risk difference, risk ratio and odds ratio, and one rate
 * over strata. Formulas, sources and edge cases: docs/methods/response/stratified.md. */
#ifndef IMR_STRATIFIED_H
#define IMR_STRATIFIED_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_STRATIFIED_MEASURE_LIST(X)                                                             \
    X(IMR_STRATIFIED_DIFFERENCE, "difference")                                                     \
    X(IMR_STRATIFIED_RATIO, "ratio")                                                               \
    X(IMR_STRATIFIED_ODDS_RATIO, "odds-ratio")

typedef enum { IMR_STRATIFIED_MEASURE_LIST(IMR_ENUM_OF_CHOICE) } imr_stratified_measure_t;

#define IMR_STRATIFIED_METHOD_LIST(X)                                                              \
    X(IMR_STRATIFIED_MANTEL_HAENSZEL, "mantel-haenszel")                                           \
    X(IMR_STRATIFIED_MIETTINEN_NURMINEN, "miettinen-nurminen")                                     \
    X(IMR_STRATIFIED_MIETTINEN_NURMINEN_1985, "miettinen-nurminen-1985")                           \
    X(IMR_STRATIFIED_NEWCOMBE, "newcombe")                                                         \
    X(IMR_STRATIFIED_CONDITIONAL, "conditional")

typedef enum { IMR_STRATIFIED_METHOD_LIST(IMR_ENUM_OF_CHOICE) } imr_stratified_method_t;

/* x1 responders of n1 patients in group 1 and x2 of n2 in group 2, one value a stratum. */
typedef struct {
    const int64_t *x1, *n1, *x2, *n2;
    size_t strata;
} imr_strata_t;

typedef struct {
    imr_stratified_measure_t measure;
    imr_stratified_method_t method;
    double level;
} imr_stratified_options_t;

typedef struct {
    double estimate, low, high;
} imr_stratified_t;

/* At least one stratum, counts within bounds: what every entry below checks first. */
int IMR_MUST_CHECK imr_strata_check(const imr_strata_t *strata, imr_fault_t *fault);

/* Strata in which one group is empty contribute nothing; when all do, the estimate is NaN and the
 * interval holds every value. */
int IMR_MUST_CHECK imr_stratified(const imr_strata_t *strata,
    const imr_stratified_options_t *options, imr_stratified_t *estimate, imr_fault_t *fault);

/* One rate over strata with Wilson limits and the weights of Yan and Su, written to weights (0 for
 * a stratum without patients). */
int IMR_MUST_CHECK imr_stratified_proportion(const int64_t *events, const int64_t *n, size_t strata,
    double level, double *weights, imr_stratified_t *estimate, imr_fault_t *fault);

#endif
