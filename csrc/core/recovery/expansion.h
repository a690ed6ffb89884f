/* Expansion and persistence of CAR T cells by noncompartmental analysis: one row for each patient and
 * infusion.
 * Definitions, conventions and edge cases: docs/methods/recovery/expansion.md. */
#ifndef IMR_EXPANSION_H
#define IMR_EXPANSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"
#include "recovery/depletion.h"
#include "recovery/expansion_curve.h"

/* What was seen after the infusion. */
#define IMR_EXPANSION_STATUS_LIST(X)                                                               \
    X(IMR_EXPANSION_QUANTIFIED, "quantified")                                                      \
    X(IMR_EXPANSION_RISING, "rising")                                                              \
    X(IMR_EXPANSION_NEVER_QUANTIFIED, "never-quantified")                                          \
    X(IMR_EXPANSION_NO_SAMPLES, "no-samples")

/* What the terminal slope rests on, or why there is none. */
#define IMR_EXPANSION_SLOPE_LIST(X)                                                                \
    X(IMR_SLOPE_ESTIMATED, "estimated")                                                            \
    X(IMR_SLOPE_SHORT_SPAN, "short-span")                                                          \
    X(IMR_SLOPE_POOR_FIT, "poor-fit")                                                              \
    X(IMR_SLOPE_NOT_DECLINING, "not-declining")                                                    \
    X(IMR_SLOPE_TOO_FEW_POINTS, "too-few-points")                                                  \
    X(IMR_SLOPE_NOT_QUANTIFIED, "not-quantified")

/* What an area up to a day rests on. */
#define IMR_EXPANSION_AREA_LIST(X)                                                                 \
    X(IMR_AREA_OBSERVED, "observed")                                                               \
    X(IMR_AREA_BELOW_LIMIT, "below-limit")                                                         \
    X(IMR_AREA_EXTRAPOLATED, "extrapolated")                                                       \
    X(IMR_AREA_NOT_FOLLOWED, "not-followed")

/* What a sample below its limit counts as in an area; the last one only before the last quantified
 * sample. */
#define IMR_EXPANSION_BELOW_LIST(X)                                                                \
    X(IMR_BELOW_ZERO, "zero")                                                                      \
    X(IMR_BELOW_MISSING, "missing")                                                                \
    X(IMR_BELOW_HALF, "half")

/* The columns of the answer; NaN where there is nothing to say. */
#define IMR_EXPANSION_NUMBER_LIST(X)                                                               \
    X(infusion_day)                                                                                \
    X(next_infusion_day)                                                                           \
    X(cmax)                                                                                        \
    X(tmax)                                                                                        \
    X(tfirst)                                                                                      \
    X(clast)                                                                                       \
    X(tlast)                                                                                       \
    X(lost_right)                                                                                  \
    X(auc_last)                                                                                    \
    X(auc_inf)                                                                                     \
    X(extrapolated)                                                                                \
    X(lambda_z)                                                                                    \
    X(half_life)                                                                                   \
    X(adjusted_r2)                                                                                 \
    X(span)                                                                                        \
    X(expansion_rate)                                                                              \
    X(doubling_time)                                                                               \
    X(last_day)

#define IMR_EXPANSION_COUNT_LIST(X)                                                                \
    X(patient)                                                                                     \
    X(episode)                                                                                     \
    X(samples)                                                                                     \
    X(samples_below)                                                                               \
    X(lambda_z_points)                                                                             \
    X(status)                                                                                      \
    X(lambda_z_status)

typedef enum { IMR_EXPANSION_STATUS_LIST(IMR_ENUM_OF_CHOICE) } imr_expansion_status_t;
typedef enum { IMR_EXPANSION_SLOPE_LIST(IMR_ENUM_OF_CHOICE) } imr_expansion_slope_t;
typedef enum { IMR_EXPANSION_AREA_LIST(IMR_ENUM_OF_CHOICE) } imr_expansion_area_t;
typedef enum { IMR_EXPANSION_BELOW_LIST(IMR_ENUM_OF_CHOICE) } imr_expansion_below_t;

typedef struct {
    imr_trapezoid_t trapezoid;
    imr_expansion_below_t before_first; /* quantified sample */
    imr_expansion_below_t between; /* quantified samples */
    imr_expansion_below_t after_last; /* ZERO or MISSING */
    int with_peak; /* the peak itself may be a point of the terminal slope */
    double least_r2; /* a worse terminal slope is marked */
    double least_span; /* and one over fewer half-lives */
    const double *auc_day; /* days from infusion */
    size_t auc_days;
} imr_expansion_options_t;

#define IMR_DOUBLE_COLUMN(name) double *name;
#define IMR_INT64_COLUMN(name) int64_t *name;
typedef struct {
    size_t rows;
    size_t auc_days;
    void *block; /* holds all columns */
    double *auc; /* rows x auc_days */
    IMR_EXPANSION_NUMBER_LIST(IMR_DOUBLE_COLUMN)
    int64_t *auc_status; /* rows x auc_days */
    IMR_EXPANSION_COUNT_LIST(IMR_INT64_COLUMN)
    int64_t other_row; /* after IMR_ERR_DUPLICATE_SAMPLE: the earlier row of that patient and day */
} imr_expansion_t;
#undef IMR_DOUBLE_COLUMN
#undef IMR_INT64_COLUMN

/* Rows in order of patient and infusion; days are counted from the infusion of the row. A row has the
 * samples from its infusion on, up to the next infusion; of series it reads one series, lloq, below
 * and infusions. On failure *self holds no block; the fault names patient, day, copies or lloq with its
 * row, infusion_day with its patient, auc_days with its position, or min_adjusted_r2 or min_span. */
int IMR_MUST_CHECK imr_expansion(imr_expansion_t *self, const imr_count_series_t *series,
    const imr_expansion_options_t *options, imr_fault_t *fault);
void imr_expansion_free(imr_expansion_t *self); /* safe after a failed call, and twice */

#endif
