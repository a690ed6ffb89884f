/* Regression on order statistics: values below their limit are put where a line through the detected
 * ones, against normal quantiles, says. */
#ifndef IMR_DETECTION_LIMIT_ORDER_H
#define IMR_DETECTION_LIMIT_ORDER_H

#include "recovery/detection_limit.h"

/* The plotting positions of Helsel and Cohn (1988): for n rows, each the probability of a smaller
 * value. order is the order of the values (imr_order); no row is above a limit. */
void imr_detection_positions(
    const imr_detection_rows_t *rows, const uint32_t *order, double *position);

/* Fills mean, sd, quantiles and parameters, without limits. IMR_ERR_ORDER_DISTRIBUTION,
 * IMR_ERR_ORDER_STATISTICS, IMR_ERR_NO_CURVE, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_detection_order(imr_detection_limit_t *self,
    const imr_detection_rows_t *rows, const imr_detection_options_t *options, const double *p,
    size_t n_p, imr_fault_t *fault);

#endif
