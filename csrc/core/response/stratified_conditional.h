/* The exact distribution of the responders of group 1, summed over strata, given all margins: a
 * convolution of hypergeometric distributions, tilted by the common odds ratio. */
#ifndef IMR_STRATIFIED_CONDITIONAL_H
#define IMR_STRATIFIED_CONDITIONAL_H

#include "response/stratified.h"

#define IMR_STRATIFIED_MOST_TABLES 4000

typedef struct {
    double *log_mass; /* of least, least + 1, ... at an odds ratio of 1, not normalised */
    size_t last; /* the position of the largest possible sum */
    size_t seen; /* the position of the sum observed */
} imr_stratified_conditional_t;

/* IMR_ERR_EXACT_STRATA beyond IMR_STRATIFIED_MOST_TABLES possible sums. The strata are checked. */
int IMR_MUST_CHECK imr_stratified_conditional_init(
    imr_stratified_conditional_t *self, const imr_strata_t *strata, imr_fault_t *fault);
void imr_stratified_conditional_free(imr_stratified_conditional_t *self); /* and twice */

/* P(sum <= seen) and P(sum >= seen) at an odds ratio of 1, and the sum of the probabilities that are
 * no larger than that of the sum seen. */
void imr_stratified_conditional_tails(
    const imr_stratified_conditional_t *self, double *lower, double *upper, double *minlike);

/* The odds ratio of the largest conditional likelihood: 0 or infinite when the sum is the least or
 * the largest, NaN when it is both. */
int IMR_MUST_CHECK imr_stratified_conditional_estimate(
    const imr_stratified_conditional_t *self, double *estimate);

/* The odds ratios at which the upper and the lower tail of the sum seen are `tail`. */
int IMR_MUST_CHECK imr_stratified_conditional_limits(
    const imr_stratified_conditional_t *self, double tail, double *low, double *high);

#endif
