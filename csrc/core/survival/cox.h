/* Cox's proportional hazards regression. Formulas, sources and edge cases:
 * docs/methods/survival/cox.md. */
#ifndef IMR_COX_H
#define IMR_COX_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"
#include "base/stop.h"

#define IMR_COX_TIES_LIST(X)                                                                       \
    X(IMR_COX_EFRON, "efron")                                                                      \
    X(IMR_COX_BRESLOW, "breslow")                                                                  \
    X(IMR_COX_EXACT, "exact") /* the partial likelihood of discrete times */                       \
    X(IMR_COX_MARGINAL, "exact-marginal") /* of continuous times of which the order is lost */

#define IMR_COX_WEIGHTS_LIST(X)                                                                    \
    X(IMR_COX_FREQUENCY, "frequency") /* so many equal rows */                                     \
    X(IMR_COX_SAMPLING, "sampling")

#define IMR_COX_PENALTY_LIST(X)                                                                    \
    X(IMR_COX_UNPENALIZED, "none")                                                                 \
    X(IMR_COX_FIRTH, "firth")

#define IMR_COX_INTERVAL_LIST(X)                                                                   \
    X(IMR_COX_WALD, "wald")                                                                        \
    X(IMR_COX_PROFILE, "profile")

typedef enum { IMR_COX_TIES_LIST(IMR_ENUM_OF_CHOICE) } imr_cox_ties_t;
typedef enum { IMR_COX_WEIGHTS_LIST(IMR_ENUM_OF_CHOICE) } imr_cox_weights_t;
typedef enum { IMR_COX_PENALTY_LIST(IMR_ENUM_OF_CHOICE) } imr_cox_penalty_t;
typedef enum { IMR_COX_INTERVAL_LIST(IMR_ENUM_OF_CHOICE) } imr_cox_interval_t;

/* --- input ------------------------------------------------------------------------------------- */

/* Columns of n rows; those that may be NULL are left out then. Codes of strata and clusters run from
 * 0 to their number less 1. */
typedef struct {
    size_t n, p;
    const double *time;
    const uint8_t *event;
    const double *x; /* n rows of p */
    const double *entry; /* or NULL: at risk on (entry, time] */
    const double *weight; /* or NULL; a row of weight 0 is as if it were not there */
    const double *offset; /* or NULL */
    const int64_t *stratum; /* or NULL */
    size_t strata; /* 1 without */
    const int64_t *cluster; /* or NULL */
    size_t clusters;
} imr_cox_data_t;

typedef struct {
    imr_cox_ties_t ties;
    imr_cox_weights_t weights;
    imr_cox_penalty_t penalty;
    imr_cox_interval_t interval;
    double level;
    int robust;
    int fix_ties;
} imr_cox_options_t;

/* --- the rows, sorted --------------------------------------------------------------------------- */

/* Rows by stratum, in each from the last time to the first, at one time the events after the censored.
 * A set is a time of a stratum with events: rows begin[k]..end[k] - 1 come under observation since the
 * set before it (which is later in time), those from first_event[k] on have the event, and the rows
 * leaving[leave_begin[k]..leave_end[k] - 1] have not yet entered. Rows that belong to no set, since
 * they end before the first event, take no part. */
typedef struct {
    size_t n, p, strata, sets;
    size_t width; /* of a row of z: p, made even by a column of 0 */
    int sampling; /* are the weights sampling weights? */
    double *z; /* covariates, each less its mean in the stratum, over its scale */
    double *weight, *offset; /* NULL without */
    double *center; /* strata x p */
    double *scale, *reach; /* p; reach is the largest |z| of a column */
    double *time, *entry; /* n; entry NULL without delayed entry */
    double *set_time;
    double *last_time; /* the latest time of each stratum */
    int64_t *begin, *first_event, *end, *set_stratum;
    int64_t *leaving, *leave_begin, *leave_end; /* NULL without delayed entry */
    int64_t *row; /* where each row stood in the input */
    int64_t *cluster; /* NULL without */
    int64_t clusters, rows_given, patients, events, merged;
    void *block; /* all of the numbers, then all of the whole numbers */
} imr_cox_rows_t;

/* Which of the columns that may be NULL are there. */
enum {
    IMR_COX_HAS_ENTRY = 1,
    IMR_COX_HAS_WEIGHT = 2,
    IMR_COX_HAS_OFFSET = 4,
    IMR_COX_HAS_CLUSTER = 8
};

typedef struct {
    size_t numbers, places; /* how many doubles and how many int64_t */
} imr_cox_extent_t;

/* Of all columns, by n, p, strata, sets and width. */
imr_cox_extent_t imr_cox_rows_extent(const imr_cox_rows_t *self, int columns);

/* Points the columns into two arrays of that extent. */
void imr_cox_rows_place(imr_cox_rows_t *self, int columns, double *numbers, int64_t *places);

/* --- a fit -------------------------------------------------------------------------------------- */

/* A chi-squared test, with as many degrees of freedom as there are covariates. */
typedef struct {
    double statistic, pvalue;
} imr_cox_test_t;

/* All arrays belong to the covariates as they were given. */
typedef struct {
    size_t p;
    double *coef, *std_error, *low, *high, *pvalue; /* p */
    double *hazard_ratio, *z; /* p: exp(coef), coef / std_error */
    double *covariance, *naive; /* p x p; the same without robust */
    double loglik, loglik_null; /* without the penalty */
    double penalized, penalized_null; /* with it; the same without one */
    imr_cox_test_t ratio_test, score_test, wald_test; /* of all coefficients at once */
    double score_norm; /* of the (penalised) score, each direction in units of its standard error */
    int64_t iterations;
    int64_t monotone; /* the column whose coefficient is infinite, or -1 */
    double monotone_sign;
    double
        monotone_limit; /* the profile limit that there is, infinite if none, NaN if out of reach */
    void *block;
} imr_cox_t;

/* Fits the model and keeps the sorted rows for what follows. stop may be NULL.
 * IMR_ERR_COX_MONOTONE names the column in the fault; *self then says what is known of it. On failure
 * nothing is left to free. */
int IMR_MUST_CHECK imr_cox_fit(imr_cox_t *self, imr_cox_rows_t *rows, const imr_cox_data_t *data,
    const imr_cox_options_t *options, imr_stop_t *stop, imr_fault_t *fault);
void imr_cox_free(imr_cox_t *self); /* safe after a failed fit, and twice */
void imr_cox_rows_free(imr_cox_rows_t *self);

#endif
