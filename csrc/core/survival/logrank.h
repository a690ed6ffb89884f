/* Log-rank tests: weighted, stratified, for trend, with delayed entry and frequency weights.
 * Formulas, sources and edge cases: docs/methods/survival/logrank.md. */
#ifndef IMR_LOGRANK_H
#define IMR_LOGRANK_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_LOGRANK_MOST_GROUPS 64

#define IMR_LOGRANK_WEIGHTS_LIST(X)                                                                \
    X(IMR_LOGRANK_EQUAL, "logrank")                                                                \
    X(IMR_LOGRANK_GEHAN, "gehan")                                                                  \
    X(IMR_LOGRANK_TARONE_WARE, "tarone-ware")                                                      \
    X(IMR_LOGRANK_PETO, "peto")                                                                    \
    X(IMR_LOGRANK_FLEMING_HARRINGTON, "fleming-harrington")

typedef enum { IMR_LOGRANK_WEIGHTS_LIST(IMR_ENUM_OF_CHOICE) } imr_logrank_kind_t;

/* rho and gamma are those of Fleming and Harrington, and 0 with the other kinds. */
typedef struct {
    imr_logrank_kind_t kind;
    double rho, gamma;
} imr_logrank_weights_t;

/* n rows. Where weight is 0 the row is as if it were not there. A row is at risk on (entry, time],
 * and is compared with the rows of its own stratum alone. */
typedef struct {
    size_t n;
    const double *time;
    const uint8_t *event; /* 1 observed, 0 censored */
    const double *entry; /* NULL: at risk from the start, time 0 included */
    const double *weight; /* NULL: 1. Whole numbers: that many equal rows */
    const uint8_t *group; /* codes below groups */
    size_t groups;
    const int64_t *stratum; /* codes below strata, or NULL: one stratum */
    size_t strata;
} imr_logrank_data_t;

typedef struct {
    imr_logrank_weights_t weights;
    const double *scores; /* one a group, for the test for trend, or NULL */
    imr_alternative_t alternative; /* greater: the later group, or higher score, has more events */
    double level; /* of the limits of the hazard ratio */
    int fix_ties; /* times that differ by rounding alone are one time */
} imr_logrank_options_t;

/* The counts at one time with events of one stratum. */
typedef struct {
    size_t stratum;
    double time;
    double all_at_risk, all_events;
    const double *at_risk; /* of each group, just before the time */
    const double *events;
} imr_logrank_table_t;

/* --- the sums over tables ---------------------------------------------------------------------- */

/* The pooled curves just before the next table of a stratum. */
typedef struct {
    double survival; /* product of 1 - d/n */
    double peto; /* product of 1 - d/(n + 1) */
} imr_logrank_pooled_t;

/* The covariance of groups g < h is minus link[g * groups + h], and their variances make each row
 * sum to 0: the links are the conductances of a network of groups, and are never negative. */
typedef struct {
    size_t groups;
    imr_logrank_weights_t weights;
    size_t stratum;
    imr_logrank_pooled_t pooled;
    double events[IMR_LOGRANK_MOST_GROUPS];
    double observed[IMR_LOGRANK_MOST_GROUPS]; /* weighted events */
    double expected[IMR_LOGRANK_MOST_GROUPS];
    double excess[IMR_LOGRANK_MOST_GROUPS]; /* observed less expected */
    double link[IMR_LOGRANK_MOST_GROUPS * IMR_LOGRANK_MOST_GROUPS];
} imr_logrank_sums_t;

void imr_logrank_sums_init(
    imr_logrank_sums_t *self, size_t groups, const imr_logrank_weights_t *weights);
/* Adds a table; those of one stratum follow each other in the order of time. */
void imr_logrank_add(imr_logrank_sums_t *self, const imr_logrank_table_t *table);

/* excess' V^- excess with the generalised inverse of the covariance, and its degrees of freedom:
 * the groups less the parts of them that nobody in another part was ever compared with. link and
 * excess are used up. No difference is formed, so no digits are lost. */
double imr_logrank_quadratic(size_t groups, double *link, double *excess, int64_t *df);

/* The covariance of the excesses: groups * groups values. */
void imr_logrank_covariance(const imr_logrank_sums_t *self, double *covariance);

/* The variance of sum of scores times excess. */
double imr_logrank_linear_variance(size_t groups, const double *link, const double *scores);

/* --- the test ---------------------------------------------------------------------------------- */

/* Where no two groups were ever at risk together at an event, or all weights were 0, nothing can be
 * compared: df is 0, statistic and z are 0, pvalue is 1. */
typedef struct {
    double statistic;
    int64_t df;
    double pvalue;
    double z; /* two groups or a trend, otherwise NaN */
    double hazard_ratio; /* of the second of two groups, equal weights; otherwise NaN. Peto's */
    double low, high; /* its limits; 0 and infinity where nothing can be compared */
} imr_logrank_test_t;

/* Reads the test off the sums, which are not changed. The options have been checked. */
int IMR_MUST_CHECK imr_logrank_conclude(const imr_logrank_sums_t *sums,
    const imr_logrank_options_t *options, imr_logrank_test_t *test, imr_fault_t *fault);

typedef struct {
    imr_logrank_sums_t sums;
    imr_logrank_test_t test;
    int64_t patients[IMR_LOGRANK_MOST_GROUPS]; /* rows, or sums of frequency weights */
    int64_t merged; /* distinct times that were merged into an earlier one */
} imr_logrank_t;

/* What is wrong with groups and options; rows are checked as they are read.
 * IMR_ERR_NO_PATIENT, IMR_ERR_TOO_MANY_ROWS, IMR_ERR_ONE_GROUP, IMR_ERR_MANY_GROUPS,
 * IMR_ERR_WEIGHT_EXPONENT, IMR_ERR_SCORE, IMR_ERR_SCORES_EQUAL, IMR_ERR_DIRECTION, IMR_ERR_LEVEL. */
int IMR_MUST_CHECK imr_logrank_check(
    const imr_logrank_data_t *data, const imr_logrank_options_t *options, imr_fault_t *fault);

/* Linear in n. Also fails as the rows do: see survival/logrank_rows.h. */
int IMR_MUST_CHECK imr_logrank(const imr_logrank_data_t *data, const imr_logrank_options_t *options,
    imr_logrank_t *self, imr_fault_t *fault);

#endif
