/* Rows for the tests of values with limits: one call, no groups. */
#ifndef IMR_TEST_DETECTION_ROWS_H
#define IMR_TEST_DETECTION_ROWS_H

#include "recovery/detection_limit.h"

/* Positive values but with the normal distribution; above may be NULL. */
static inline imr_detection_rows_t
detection_rows(const double *value, const uint8_t *below, const uint8_t *above, size_t n,
    imr_detection_distribution_t distribution)
{
    imr_detection_rows_t rows;
    int ret = imr_detection_rows_init(&rows, value, below, above, NULL, 0, n, distribution, NULL);

    (void) ret; /* of a failure the rows are empty */
    return rows;
}

#endif
