/* The mean cumulative function of recurrent events, with or without a terminal event.
 * Formulas, sources and edge cases: docs/methods/survival/recurrent.md. */
#ifndef IMR_RECURRENT_H
#define IMR_RECURRENT_H

#include "base/alternative.h"
#include "survival/recurrent_rows.h"

#define IMR_RECURRENT_VARIANCE_LIST(X)                                                             \
    X(IMR_RECURRENT_ROBUST, "robust")                                                              \
    X(IMR_RECURRENT_POISSON, "poisson")                                                            \
    X(IMR_RECURRENT_SAMPLE, "sample")

#define IMR_RECURRENT_INTERVAL_LIST(X)                                                             \
    X(IMR_RECURRENT_LOG, "log")                                                                    \
    X(IMR_RECURRENT_PLAIN, "plain")

typedef enum { IMR_RECURRENT_VARIANCE_LIST(IMR_ENUM_OF_CHOICE) } imr_recurrent_variance_t;
typedef enum { IMR_RECURRENT_INTERVAL_LIST(IMR_ENUM_OF_CHOICE) } imr_recurrent_interval_t;

typedef struct {
    imr_recurrent_variance_t variance;
    imr_recurrent_interval_t interval;
    double level;
} imr_recurrent_options_t;

/* One row for each distinct time of an event, a terminal event or an end of observation. */
typedef struct {
    size_t n;
    double *time;
    int64_t *at_risk, *events, *terminal, *censored;
    double *survival; /* without the terminal event, Kaplan-Meier; 1 where there is none */
    double *estimate;
    double *std_error, *low, *high; /* NaN where the variance says nothing */
    double start_high; /* upper limit before the first row */
    int64_t patients;
    void *block;
} imr_recurrent_t;

/* Of the patients of one group. Linear in rows. IMR_ERR_LEVEL, IMR_ERR_NO_PATIENT (naming `group`),
 * IMR_ERR_RECURRENT_VARIANCE, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_recurrent(const imr_recurrent_rows_t *rows, size_t group,
    const imr_recurrent_options_t *options, imr_recurrent_t *self, imr_fault_t *fault);
void imr_recurrent_free(imr_recurrent_t *self); /* safe after a failure, and twice */

/* Values at `count` times, after the last row NaN; at_risk is that of the row at a time or next after it.
 * IMR_ERR_NONFINITE and IMR_ERR_NEGATIVE name `times`. */
int IMR_MUST_CHECK imr_recurrent_at(const imr_recurrent_t *self, int fix_ties, const double *times,
    size_t count, double *estimate, double *std_error, double *low, double *high, double *at_risk,
    imr_fault_t *fault);

#endif
