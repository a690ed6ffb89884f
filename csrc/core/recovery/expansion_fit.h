/* Expansion curves of Stein et al. 2019, one a patient and infusion, with profile likelihood limits.
 * Formulas, conventions and edge cases: docs/methods/recovery/expansion.md. */
#ifndef IMR_EXPANSION_FIT_H
#define IMR_EXPANSION_FIT_H

#include "recovery/expansion_fit_climb.h"
#include "recovery/expansion_visits.h"

/* How the fit of a row ended. */
#define IMR_EXPANSION_FIT_LIST(X)                                                                  \
    X(IMR_EXPANSION_FITTED, "fitted")                                                              \
    X(IMR_EXPANSION_FIT_NO_SAMPLES, "no-samples")                                                  \
    X(IMR_EXPANSION_FIT_NOT_QUANTIFIED, "not-quantified")                                          \
    X(IMR_EXPANSION_FIT_TOO_FEW, "too-few-samples")                                                \
    X(IMR_EXPANSION_FIT_NO_RISE, "no-rise")                                                        \
    X(IMR_EXPANSION_FIT_NO_DECLINE, "no-decline")                                                  \
    X(IMR_EXPANSION_FIT_NOT_IDENTIFIABLE, "not-identifiable")

/* What has an estimate and limits, in the order of the unknowns of the model. */
#define IMR_EXPANSION_FIT_QUANTITY_LIST(X)                                                         \
    X(IMR_FIT_CMAX, "cmax")                                                                        \
    X(IMR_FIT_TMAX, "tmax")                                                                        \
    X(IMR_FIT_DOUBLING_TIME, "doubling_time")                                                      \
    X(IMR_FIT_HALF_LIFE, "half_life")                                                              \
    X(IMR_FIT_SLOW_SHARE, "slow_share")                                                            \
    X(IMR_FIT_SLOW_HALF_LIFE, "slow_half_life")

typedef enum { IMR_EXPANSION_FIT_LIST(IMR_ENUM_OF_CHOICE) } imr_expansion_fit_status_t;
typedef enum { IMR_EXPANSION_FIT_QUANTITY_LIST(IMR_ENUM_OF_CHOICE) } imr_expansion_quantity_t;
enum { IMR_FIT_QUANTITIES = 0 IMR_EXPANSION_FIT_QUANTITY_LIST(IMR_ONE_OF_CHOICE) };

typedef struct {
    imr_expansion_decline_t decline;
    double level;
    int limits; /* 0: estimates alone */
} imr_expansion_fit_options_t;

/* One row. NaN where there is nothing to say; a limit that the likelihood leaves open is 0, infinity or,
 * of the share, 1. */
typedef struct {
    imr_expansion_fit_status_t status;
    int64_t samples, below; /* after the infusion */
    double estimate[IMR_FIT_QUANTITIES], low[IMR_FIT_QUANTITIES], high[IMR_FIT_QUANTITIES];
    double initial; /* the curve on day 0 */
    double auc_0_28; /* the area under it */
    double sd, loglik, score_norm;
    double phi[IMR_STEIN_UNKNOWNS];
} imr_expansion_fit_row_t;

typedef struct {
    imr_expansion_fit_options_t options;
    size_t rows;
    int64_t *patient, *episode;
    double *infusion_day, *next_infusion_day;
    imr_expansion_fit_row_t *row;
    imr_samples_t samples;
    void *block; /* holds the columns and rows */
    double *scratch; /* of the longest course */
    int64_t other_row; /* after IMR_ERR_DUPLICATE_SAMPLE: the earlier row of that patient and day */
} imr_expansion_fit_t;

/* Reads and checks what imr_expansion does, and lays out a row for each patient and infusion. On failure
 * *self holds nothing. */
int IMR_MUST_CHECK imr_expansion_fit_init(imr_expansion_fit_t *self,
    const imr_count_series_t *series, const imr_expansion_fit_options_t *options,
    imr_fault_t *fault);

/* Fits one row, whatever comes of it: each has a status. */
void imr_expansion_fit_row(imr_expansion_fit_t *self, size_t row);

/* The curve of a row on n days since its infusion, with limits for one day each where options.limits is set;
 * NaN where there is no fit, or no limit. */
void imr_expansion_fit_curve(imr_expansion_fit_t *self, size_t row, const double *day, size_t n,
    double *curve, double *low, double *high);

void imr_expansion_fit_free(imr_expansion_fit_t *self); /* safe after a failed call, and twice */

#endif
