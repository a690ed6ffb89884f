/* Simultaneous bands of the Kaplan-Meier curve: Hall and Wellner 1980, and equal precision (Nair
 * 1984). The critical values are computed, for any level and range, not taken from tables.
 * Formulas, sources and edge cases: docs/methods/survival/kaplan_meier_band.md. */
#ifndef IMR_KAPLAN_MEIER_BAND_H
#define IMR_KAPLAN_MEIER_BAND_H

#include <stddef.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_KAPLAN_MEIER_BAND_LIST(X)                                                              \
    X(IMR_BAND_HALL_WELLNER, "hall-wellner")                                                       \
    X(IMR_BAND_EQUAL_PRECISION, "equal-precision")

#define IMR_KAPLAN_MEIER_BAND_SCALE_LIST(X)                                                        \
    X(IMR_BAND_PLAIN, "plain")                                                                     \
    X(IMR_BAND_LOG_LOG, "log-log")                                                                 \
    X(IMR_BAND_ARCSINE, "arcsine")

typedef enum { IMR_KAPLAN_MEIER_BAND_LIST(IMR_ENUM_OF_CHOICE) } imr_kaplan_meier_band_kind_t;
typedef enum { IMR_KAPLAN_MEIER_BAND_SCALE_LIST(IMR_ENUM_OF_CHOICE) } imr_kaplan_meier_band_scale_t;

typedef struct {
    imr_kaplan_meier_band_kind_t kind;
    imr_kaplan_meier_band_scale_t scale;
    double level;
} imr_kaplan_meier_band_options_t;

/* *critical is the k with P(|B(a)| <= k for all a in [from, to]) = level, B a Brownian bridge;
 * 0 <= from <= to <= 1, and not 0 = to or from = 1. Relative error below 1e-9 for levels from 0.01
 * to 1 - 1e-9. IMR_ERR_LEVEL, IMR_ERR_BAND_RANGE. */
int IMR_MUST_CHECK imr_hall_wellner_critical(
    double level, double from, double to, double *critical);

/* The same for |B(a)| / sqrt(a (1 - a)); 0 < from <= to < 1. */
int IMR_MUST_CHECK imr_equal_precision_critical(
    double level, double from, double to, double *critical);

/* The band over rows begin..end - 1 of a curve, and its critical value. greenwood[i] is the sum of
 * d / (r (r - d)) up to row i, n the number of patients (the a of Hall-Wellner is
 * n g / (1 + n g); the equal precision band does not depend on n). low and high are filled at these
 * rows alone and clipped to [0, 1].
 * At row `begin` an event must have been seen (greenwood > 0), and the estimate must lie strictly
 * between 0 and 1 in all rows, else IMR_ERR_BAND_RANGE, as when begin == end. IMR_ERR_LEVEL,
 * IMR_ERR_NOT_POSITIVE (n). */
int IMR_MUST_CHECK imr_kaplan_meier_band(const double *estimate, const double *greenwood,
    size_t begin, size_t end, double n, const imr_kaplan_meier_band_options_t *options,
    double *critical, double *low, double *high, imr_fault_t *fault);

#endif
