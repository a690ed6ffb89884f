/* The curve of values below a limit: flipped, "below 5" becomes a censored time (Helsel 2012, ch. 6). */
#ifndef IMR_DETECTION_LIMIT_CURVE_H
#define IMR_DETECTION_LIMIT_CURVE_H

#include "recovery/detection_limit.h"

/* The flipped rows: time counts the distinct values from the largest down, event is 0 for values below
 * a limit. Values above an upper limit come first, as events at time 0 with the least of these limits
 * as their value; *curved is 0 where such a limit lies below another value or limit. time, event and
 * value have room for n; *m receives the number of distinct values. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_detection_flip(const imr_detection_rows_t *rows, double *time,
    uint8_t *event, double *value, size_t *m, int *curved, imr_fault_t *fault);

/* Fills the curve, which has room for n rows, with limits by the beta product. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_detection_curve(imr_detection_curve_t *self,
    const imr_detection_rows_t *rows, double level, imr_fault_t *fault);

/* Mean and quantiles of the curve. Values lie at `floor` or above it (0, or -infinity). */
void imr_detection_curve_summary(
    imr_detection_limit_t *self, double floor, const double *p, size_t n_p);

#endif
