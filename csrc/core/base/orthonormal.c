#include "base/orthonormal.h"

#include <math.h>
#include <string.h>

#define COLLINEAR 1e-10

size_t
imr_orthonormal(
    const double *design, size_t n, size_t p, size_t last, double *basis, double *triangle)
{
    memset(triangle, 0, p * p * sizeof(double));
    for (size_t c = 0; c < p; c++) {
        size_t source = c == p - 1 ? last : c + (c >= last ? 1 : 0);
        double *q = basis + c * n, norm = 0, left = 0;

        memcpy(q, design + source * n, n * sizeof(double));
        for (size_t i = 0; i < n; i++) {
            norm = fmax(norm, fabs(q[i]));
        }
        if (!(norm > 0)) {
            return source;
        }
        for (size_t i = 0; i < n; i++) {
            q[i] /= norm; /* squares that neither overflow nor vanish */
            left += q[i] * q[i];
        }
        left = sqrt(left);
        for (int pass = 0; pass < 2; pass++) {
            for (size_t b = 0; b < c; b++) {
                const double *other = basis + b * n;
                double product = 0;

                for (size_t i = 0; i < n; i++) {
                    product += other[i] * q[i];
                }
                for (size_t i = 0; i < n; i++) {
                    q[i] -= product * other[i];
                }
                triangle[b * p + c] += product * norm;
            }
        }
        double rest = 0;
        for (size_t i = 0; i < n; i++) {
            rest += q[i] * q[i];
        }
        rest = sqrt(rest);
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
