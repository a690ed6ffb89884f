#include "base/orthonormal.h"

#include <math.h>
#include <string.h>

#define COLLINEAR 1e-10

/* In parts, so that no sum waits for the last. */
static double
product_of(const double *a, const double *b, size_t n)
{
    double part[8] = { 0 };
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        for (size_t lane = 0; lane < 8; lane++) {
            part[lane] += a[i + lane] * b[i + lane];
        }
    }
    for (; i < n; i++) {
        part[0] += a[i] * b[i];
    }
    return (part[0] + part[1]) + (part[2] + part[3]) + ((part[4] + part[5]) + (part[6] + part[7]));
}

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
        left = sqrt(product_of(q, q, n));
        for (int pass = 0; pass < 2; pass++) {
            for (size_t b = 0; b < c; b++) {
                const double *other = basis + b * n;
                double product = product_of(other, q, n);

                for (size_t i = 0; i < n; i++) {
                    q[i] -= product * other[i];
                }
                triangle[b * p + c] += product * norm;
            }
        }
        rest = sqrt(product_of(q, q, n));
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
