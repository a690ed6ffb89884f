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

/* Of long vectors: in four parts, so that no sum waits for the last. */
static inline double
imr_inner_product_in_parts(const double *a, const double *b, size_t n)
{
    double part[4] = { 0, 0, 0, 0 };
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        for (size_t lane = 0; lane < 4; lane++) {
            part[lane] += a[i + lane] * b[i + lane];
        }
    }
    for (; i < n; i++) {
        part[0] += a[i] * b[i];
    }
    return part[0] + part[1] + (part[2] + part[3]);
}

#endif
