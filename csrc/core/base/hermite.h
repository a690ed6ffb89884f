/* Gauss-Hermite quadrature against the standard normal distribution in a few dimensions. */
#ifndef IMR_HERMITE_H
#define IMR_HERMITE_H

#include <stddef.h>

enum { IMR_HERMITE_MOST = 8, IMR_HERMITE_MOST_NODES = 7 };

/* 1, 3, 5 or 7 */
static inline int
imr_hermite_has(size_t nodes)
{
    return nodes % 2 == 1 && nodes <= IMR_HERMITE_MOST_NODES;
}

/* The mean of exp(f(z) + z'z / 2) over standard normal z of q dimensions, by the product of so many nodes in
 * each: near 1 where f is near -z'z / 2. f may overwrite z. */
double imr_hermite_mean(
    size_t q, size_t nodes, double (*f)(void *context, double *z), void *context);

#endif
