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

/* Variance of the observed difference of rates, without the factor N / (N - 1), at the rates of the
 * largest likelihood among those that differ by the margin, which lies strictly between -1 and 1. */
double imr_contrast_difference_variance(const imr_two_counts_t *counts, double margin);

#endif
