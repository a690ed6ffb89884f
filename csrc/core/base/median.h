#ifndef IMR_MEDIAN_H
#define IMR_MEDIAN_H

#include <stddef.h>

/* The middle of n > 0 values, a few dozen, which are sorted in place; of an even number the mean of two. */
static inline double
imr_median(double *value, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double moving = value[i];
        size_t j = i;

        for (; j > 0 && value[j - 1] > moving; j--) {
            value[j] = value[j - 1];
        }
        value[j] = moving;
    }
    return n % 2 == 1 ? value[n / 2] : 0.5 * (value[n / 2 - 1] + value[n / 2]);
}

#endif
