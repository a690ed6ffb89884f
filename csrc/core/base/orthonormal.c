#include "base/orthonormal.h"

#include <math.h>
#include <string.h>

#include "base/inner_product.h"

#define COLLINEAR 1e-10

size_t
imr_orthonormal(
    const double *design, size_t n, size_t p, size_t last, double *basis, double *triangle)
{
    memset(triangle, 0, p * p * sizeof(double));
    for (size_t c = 0; c < p; c++) {
        size_t source = c == p - 1 ? last : c + (c >= last ? 1 : 0);
        double *q = basis + c * n, norm = 0, left, rest;

        memcpy(q, design + source * n, n * sizeof(double));
        for (size_t i = 0; i < n; i++) {
            double size = fabs(q[i]);

            norm = size > norm ? size : norm;
        }
        if (!(norm > 0)) {
            return source;
        }
        for (size_t i = 0; i < n; i++) {
            q[i] /= norm; /* squares that neither overflow nor vanish */
        }
        left = sqrt(imr_inner_product_in_parts(q, q, n));
        for (int pass = 0; pass < 2; pass++) {
            for (size_t b = 0; b < c; b++) {
                const double *other = basis + b * n;
                double product = imr_inner_product_in_parts(other, q, n);

                for (size_t i = 0; i < n; i++) {
                    q[i] -= product * other[i];
                }
                triangle[b * p + c] += product * norm;
            }
        }
        rest = sqrt(imr_inner_product_in_parts(q, q, n));
        if (!(rest > COLLINEAR * left)) {
            return source;
        }
        for (size_t i = 0; i < n; i++) {
            q[i] /= rest;
        }
        triangle[c * p + c] = rest * norm;
    }
    return p;
}
