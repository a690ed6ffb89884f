/* Win ratio, net benefit and win odds of two groups over a hierarchy of outcomes, with limits by the
 * theory of U-statistics. Formulas, sources and edge cases: docs/methods/survival/win_ratio.md. */
#ifndef IMR_WIN_RATIO_H
#define IMR_WIN_RATIO_H

#include "survival/win_ratio_pairs.h"

typedef struct {
    double estimate, low, high;
    double
        std_error; /* of the logarithm, or of the inverse hyperbolic tangent; inf where there is none */
    double pvalue;
} imr_win_measure_t;

typedef struct {
    imr_win_pairs_t pairs;
    double win, loss; /* chances of group 1 to win and to lose a pair, over the strata */
    double independent; /* pairs of distinct patients that the sample is worth at the least */
    imr_win_measure_t win_ratio, net_benefit, win_odds;
} imr_win_ratio_t;

/* Fails as imr_win_pairs_init, or with IMR_ERR_LEVEL naming `level`. */
int IMR_MUST_CHECK imr_win_ratio_init(imr_win_ratio_t *self, const imr_win_data_t *data,
    double level, imr_stop_t *stop, imr_fault_t *fault);
void imr_win_ratio_free(imr_win_ratio_t *self); /* safe after a failed init, and twice */

#endif
