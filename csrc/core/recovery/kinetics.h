/* B cell recovery curves, one a patient.
 * Definitions, conventions and edge cases: docs/methods/recovery/kinetics.md. */
#ifndef IMR_KINETICS_H
#define IMR_KINETICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "recovery/kinetics_fit.h"

/* From which sample on a patient's counts are taken as those of a recovery. */
#define IMR_KINETICS_START_LIST(X)                                                                 \
    X(IMR_KINETICS_FROM_NADIR, "nadir")                                                            \
    X(IMR_KINETICS_FROM_DAY, "day")

typedef enum { IMR_KINETICS_START_LIST(IMR_ENUM_OF_CHOICE) } imr_kinetics_start_rule_t;

/* Samples in any order; several of one day are several observations. A count below its limit is one that
 * is less than it or flagged. */
typedef struct {
    const int64_t *patient; /* codes, 0 to patients - 1 */
    const double *day;
    const double *count;
    const double *lloq; /* NULL: no limits */
    size_t lloq_step; /* 0: one limit for all */
    const uint8_t *below; /* NULL: no flags */
    const double *cart; /* CAR T cell levels, NaN: not measured; NULL: none */
    size_t n;
    size_t patients;
} imr_kinetics_rows_t;

typedef struct {
    imr_kinetics_model_t models[IMR_KINETICS_MODELS]; /* of several the one with the least AICc */
    size_t n_models;
    imr_kinetics_error_t error;
    imr_kinetics_start_rule_t start;
    double start_day; /* -infinity: all samples */
    double threshold; /* whose crossing is asked; NaN: none */
    double level;
    int limits; /* 0: estimates and standard errors alone */
} imr_kinetics_options_t;

/* The columns of the answer, one row a patient; NaN where there is nothing to say. */
#define IMR_KINETICS_NUMBER_LIST(X)                                                                \
    X(first_day)                                                                                   \
    X(last_day)                                                                                    \
    X(origin)                                                                                      \
    X(sd)                                                                                          \
    X(loglik)                                                                                      \
    X(aicc)                                                                                        \
    X(rss)                                                                                         \
    X(df)                                                                                          \
    X(score_norm)

#define IMR_KINETICS_COUNT_LIST(X)                                                                 \
    X(status)                                                                                      \
    X(model)                                                                                       \
    X(samples)                                                                                     \
    X(below)                                                                                       \
    X(left_out)

typedef struct {
    double day, count, cart;
    uint32_t row;
    uint8_t below;
} imr_kinetics_sample_t;

#define IMR_DOUBLE_COLUMN(name) double *name;
#define IMR_INT64_COLUMN(name) int64_t *name;
typedef struct {
    imr_kinetics_options_t options;
    size_t patients, quantities;
    imr_kinetics_quantity_t quantity[IMR_KINETICS_QUANTITIES]; /* of the models, in their order */
    imr_kinetics_sample_t *sample; /* by patient and day */
    size_t *start; /* those of patient p stand from start[p] to start[p + 1] */
    double *scratch;
    double *day, *value, *level, *slope; /* in scratch, for the longest patient */
    double *cart_day, *cart_level, *raw;
    uint8_t *flag;
    void *block; /* holds all columns */
    IMR_KINETICS_NUMBER_LIST(IMR_DOUBLE_COLUMN)
    double *estimate, *std_error, *low, *high; /* patients x quantities */
    double *theta; /* patients x IMR_KINETICS_MOST */
    double *covariance; /* patients x IMR_KINETICS_MOST x IMR_KINETICS_MOST, of theta */
    double *aicc_of; /* patients x n_models */
    IMR_KINETICS_COUNT_LIST(IMR_INT64_COLUMN)
} imr_kinetics_t;
#undef IMR_DOUBLE_COLUMN
#undef IMR_INT64_COLUMN

/* Reads and checks the rows, each as it is copied. On failure *self holds nothing; the fault names
 * patient, day, count, lloq or cart with its row, or an option. */
int IMR_MUST_CHECK imr_kinetics_init(imr_kinetics_t *self, const imr_kinetics_rows_t *rows,
    const imr_kinetics_options_t *options, imr_fault_t *fault);

/* Lays out the samples of one patient from the start of the recovery on, in the scratch of *self; every
 * CAR T cell level of the patient counts. */
imr_kinetics_climb_t imr_kinetics_lay_out(
    imr_kinetics_t *self, size_t patient, imr_kinetics_cart_t *cart);

/* Fits patients `from` to `to` - 1: every one of them gets a status, none fails the call. */
void imr_kinetics_fit(imr_kinetics_t *self, size_t from, size_t to);

void imr_kinetics_free(imr_kinetics_t *self); /* safe after a failed call, and twice */

/* Curves on given days with limits of one day each, of the t distribution with df degrees of freedom on the
 * scale of logarithms: n_days of them, by theta and covariance as they are kept above. */
int IMR_MUST_CHECK imr_kinetics_at(imr_kinetics_model_t model, const double *theta,
    const double *covariance, double origin, double df, double level, const double *day,
    size_t n_days, double *estimate, double *low, double *high, imr_fault_t *fault);

#endif
