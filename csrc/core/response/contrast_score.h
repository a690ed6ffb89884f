/* Score limits and tests for a contrast: Miettinen-Nurminen, Mee, Koopman, and the skewness-corrected
 * SCAS. Both groups have patients. */
#ifndef IMR_CONTRAST_SCORE_H
#define IMR_CONTRAST_SCORE_H

#include "response/contrast.h"

/* The value of the contrast whose score statistic is z: the lower limit for z > 0, the upper one
 * for z < 0. Infinite where nothing bounds a ratio. */
int IMR_MUST_CHECK imr_contrast_score_limit(imr_contrast_measure_t measure,
    imr_contrast_method_t method, const imr_two_groups_t *groups, double z, double *limit);

/* The score statistic of the hypothesis that the contrast is the margin: positive when the contrast
 * was seen above it, 0 when the table says nothing about it. */
int IMR_MUST_CHECK imr_contrast_score_statistic(imr_contrast_measure_t measure,
    imr_contrast_method_t method, const imr_two_groups_t *groups, double margin, double *z);

/* The rates of the largest likelihood among those with the contrast `margin`, and at them the
 * variance, without the factor N / (N - 1), of p1 - p2, of p1 - margin p2 for a ratio of at most 1, and
 * of p1 / margin - p2 for one above. */
typedef struct {
    double rate1, rate2, variance;
} imr_contrast_restricted_t;

/* For a difference strictly between -1 and 1, or a positive ratio. */
imr_contrast_restricted_t imr_contrast_restricted(
    imr_contrast_measure_t measure, const imr_two_counts_t *counts, double margin);

#endif
