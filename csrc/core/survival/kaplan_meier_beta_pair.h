/* Two independent quantities in [0, 1], each known by beta product distributions: limits of their
 * difference or ratio and the p-value that goes with them. The limits of the two are combined as
 * Newcombe does, by the square-and-add rule (MOVER; Zou and Donner 2008).
 * Formulas: docs/methods/survival/curve_difference.md. */
#ifndef IMR_KAPLAN_MEIER_BETA_PAIR_H
#define IMR_KAPLAN_MEIER_BETA_PAIR_H

#include "survival/kaplan_meier_beta.h"

typedef enum {
    IMR_PAIR_DIFFERENCE, /* first less second */
    IMR_PAIR_LOG_RATIO,
    IMR_PAIR_LOG_RATIO_OF_COMPLEMENTS /* log of (1 - first) / (1 - second) */
} imr_pair_measure_t;

typedef struct {
    double estimate;
    imr_beta_part_t minus, plus;
} imr_beta_bounds_t;

/* The limit that leaves out `tail` on its side; the estimate is not left out whatever the tail. */
int IMR_MUST_CHECK imr_beta_bounds_low(
    const imr_beta_bounds_t *self, int mid_p, double tail, double *low);
int IMR_MUST_CHECK imr_beta_bounds_high(
    const imr_beta_bounds_t *self, int mid_p, double tail, double *high);

/* Square and add: the lower limit of a - b out of that of a and the upper one of b. The upper limit of
 * a - b is minus the lower one of b - a. */
double imr_mover_low(double a, double a_low, double b, double b_high);

/* Limits at the level (0 < level < 1), and the p-value: twice the tail at which one of them is 0; 1
 * where the estimates are equal. Logarithms of 0 are infinite; where both estimates are 0 (or 1, for
 * the complements) the limits are infinite too, and the p-value is 1. IMR_ERR_NOCONV. */
int IMR_MUST_CHECK imr_beta_pair(const imr_beta_bounds_t *first, const imr_beta_bounds_t *second,
    imr_pair_measure_t measure, int mid_p, double level, double *low, double *high, double *pvalue);

#endif
