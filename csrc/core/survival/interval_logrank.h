/* Tests whether groups have the same distribution of an interval-censored time: scores of the pooled
 * NPMLE, their permutation distribution, and the score test. Formulas, sources and edge cases:
 * docs/methods/survival/interval_logrank.md. */
#ifndef IMR_INTERVAL_LOGRANK_H
#define IMR_INTERVAL_LOGRANK_H

#include "survival/logrank_scores.h"
#include "survival/turnbull.h"

#define IMR_INTERVAL_SCORES_LIST(X)                                                                \
    X(IMR_INTERVAL_SUN, "sun")                                                                     \
    X(IMR_INTERVAL_FINKELSTEIN, "finkelstein")                                                     \
    X(IMR_INTERVAL_WILCOXON, "wilcoxon")

typedef enum { IMR_INTERVAL_SCORES_LIST(IMR_ENUM_OF_CHOICE) } imr_interval_scores_t;

typedef struct {
    size_t n;
    const double *left, *right; /* survival/turnbull.h */
    const uint8_t *group; /* codes below groups */
    size_t groups;
    const int64_t *stratum; /* codes below strata, or NULL: one stratum */
    size_t strata;
} imr_interval_logrank_data_t;

typedef struct {
    imr_interval_scores_t kind;
    int information; /* the score test's variance, not the permutation one */
    const double *trend; /* one score a group, or NULL */
    imr_alternative_t alternative; /* greater: the later group, or higher score, is sooner */
    int fix_ties;
} imr_interval_logrank_options_t;

typedef struct {
    imr_interval_logrank_options_t options;
    size_t n, groups, strata;
    uint8_t *group;
    int64_t *stratum;
    imr_turnbull_ends_t ends;
    imr_turnbull_t npmle; /* of the stratum at work, of all groups */
    size_t at; /* that stratum */
    uint32_t *closed; /* survival/turnbull.h */
    double *score; /* a row */
    double size; /* the largest number that a score was made of; 0 where all scores are */
    double loglik, kkt_gap; /* of all strata, and the largest */
    int64_t count[IMR_LOGRANK_MOST_GROUPS];
    double excess[IMR_LOGRANK_MOST_GROUPS]; /* sums of scores */
    double *variance; /* groups * groups, of the excesses */
} imr_interval_logrank_t;

/* Reads and checks. Fails as imr_turnbull_ends_init and imr_logrank_check do, and with IMR_ERR_CODE. */
int IMR_MUST_CHECK imr_interval_logrank_init(imr_interval_logrank_t *self,
    const imr_interval_logrank_data_t *data, const imr_interval_logrank_options_t *options,
    imr_fault_t *fault);
void imr_interval_logrank_free(imr_interval_logrank_t *self); /* safe after a failed init, twice */

/* Goes on for some tens of milliseconds; *done when the scores of all rows are there. Also
 * IMR_ERR_UNCERTIFIED and, for the score test, IMR_ERR_INTERVAL_LOGRANK_SIZE. */
int IMR_MUST_CHECK imr_interval_logrank_advance(
    imr_interval_logrank_t *self, int *done, imr_fault_t *fault);

/* What the permutation tests deal out. */
int IMR_MUST_CHECK imr_interval_logrank_deal(
    const imr_interval_logrank_t *self, imr_logrank_scores_t *scores, imr_fault_t *fault);

/* The asymptotic test; it sets variance where the information has not. Its hazard ratio is NaN.
 * IMR_ERR_INTERVAL_LOGRANK_INFORMATION. */
int IMR_MUST_CHECK imr_interval_logrank_conclude(imr_interval_logrank_t *self,
    const imr_logrank_scores_t *scores, imr_logrank_test_t *test, imr_fault_t *fault);

#endif
