/* Wilcoxon's tests: the signed ranks of paired scores, the rank sum of two groups; each with the
 * Hodges-Lehmann estimate of the shift and the interval that inverts the test.
 * Formulas, sources and edge cases: docs/methods/response/rank_test.md. */
#ifndef IMR_RANK_TEST_H
#define IMR_RANK_TEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"
#include "response/rank_test_null.h"
#include "response/rank_test_shifts.h"

#define IMR_RANK_METHOD_LIST(X)                                                                    \
    X(IMR_RANK_AUTO, "auto")                                                                       \
    X(IMR_RANK_EXACT, "exact")                                                                     \
    X(IMR_RANK_ASYMPTOTIC, "asymptotic")

typedef enum { IMR_RANK_METHOD_LIST(IMR_ENUM_OF_CHOICE) } imr_rank_method_t;

/* Differences of zero are left out before ranking, or ranked and then left out. */
#define IMR_RANK_ZEROS_LIST(X)                                                                     \
    X(IMR_RANK_ZEROS_WILCOXON, "wilcoxon")                                                         \
    X(IMR_RANK_ZEROS_PRATT, "pratt")

typedef enum { IMR_RANK_ZEROS_LIST(IMR_ENUM_OF_CHOICE) } imr_rank_zeros_t;

typedef struct {
    imr_alternative_t alternative;
    imr_rank_method_t method;
    imr_rank_zeros_t zeros;
    int correct; /* for continuity, where the method is asymptotic */
    double mu, level;
} imr_rank_options_t;

/* The additions of one exact distribution (imr_rank_null_work) up to which IMR_RANK_AUTO is exact,
 * and up to which IMR_RANK_EXACT is to be had: 271 and 736 pairs, 47 and 100 patients a group. */
#define IMR_RANK_AUTO_WORK 1e7
#define IMR_RANK_MOST_WORK 2e8

/* A search among the shifts for the first one at which an answer changes from no to yes. */
typedef struct {
    int64_t no; /* just above so many of the shifts the answer is no */
    int64_t yes; /* and above the next one that differs, after so many, it is yes */
    double value; /* that one */
    int is_open; /* there is a limit to look for */
} imr_rank_search_t;

typedef struct {
    double statistic, pvalue, estimate;
    double low, high; /* infinite where no shift is rejected on that side */
    double achieved_level; /* 1 less the larger p-value just outside the limits */
    int64_t zeros; /* differences of mu */
    int64_t ties; /* scores or differences, but those of zero, that share their rank */
    int is_exact;

    imr_rank_options_t options;
    size_t first, second; /* rows; second is 0 for signed ranks */
    imr_rank_blocks_t blocks[2];
    int is_even; /* blocks of one size: ties do not change from shift to shift */
    double std_deviation; /* of the statistic beside all shifts */
    uint32_t *pattern; /* at mu, then at the shift that is looked at */
    size_t n_pattern;
    uint64_t doubled, most; /* the statistic at mu and its largest value, twice */
    double std_deviation_mu;
    imr_rank_null_t null;
    imr_rank_shifts_t shifts;
    imr_rank_search_t search;
    double outside; /* the larger p-value just outside the limits found so far */
    int stage;
    void *block;
} imr_rank_test_t;

/* Reads the scores of n patients before and after (y NULL: their differences), or of two groups of
 * m and n, and ranks them. Fails naming `x` or `y`: IMR_ERR_NO_ROWS, IMR_ERR_NONFINITE,
 * IMR_ERR_SCORE_RANGE, IMR_ERR_TOO_MANY_ENDS; with IMR_ERR_LEVEL, IMR_ERR_RANKS_SIZE or
 * IMR_ERR_NOMEM. *self keeps no pointer to the input. */
int IMR_MUST_CHECK imr_signed_rank_init(imr_rank_test_t *self, const double *x, const double *y,
    size_t n, const imr_rank_options_t *options, imr_fault_t *fault);
int IMR_MUST_CHECK imr_rank_sum_init(imr_rank_test_t *self, const double *x, size_t m,
    const double *y, size_t n, const imr_rank_options_t *options, imr_fault_t *fault);

/* Goes on for some tens of milliseconds; *done when the results stand. */
int IMR_MUST_CHECK imr_rank_test_advance(imr_rank_test_t *self, int *done, imr_fault_t *fault);

void imr_rank_test_free(imr_rank_test_t *self); /* safe after a failed init, and twice */

#endif
