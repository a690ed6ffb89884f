#ifndef IMR_INNER_PRODUCT_H
#define IMR_INNER_PRODUCT_H

#include <stddef.h>

static inline double
imr_inner_product(const double *a, const double *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

#endif
