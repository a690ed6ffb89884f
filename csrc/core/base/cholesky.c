#include "base/cholesky.h"

#include <math.h>
#include <string.h>

size_t
imr_cholesky(double *matrix, size_t p, const double *least)
{
    for (size_t r = 0; r < p; r++) {
        double *row = matrix + r * p;

        for (size_t c = 0; c < r; c++) {
            const double *other = matrix + c * p;

            for (size_t k = 0; k < c; k++) {
                row[c] -= row[k] * other[k];
            }
            row[c] /= other[c];
        }
        for (size_t k = 0; k < r; k++) {
            row[r] -= row[k] * row[k];
        }
        if (!(row[r] > (least == NULL ? 0 : least[r]))) {
            return r;
        }
        row[r] = sqrt(row[r]);
    }
    return p;
}

void
imr_solve_lower(const double *factor, size_t p, double *b)
{
    for (size_t r = 0; r < p; r++) {
        for (size_t k = 0; k < r; k++) {
            b[r] -= factor[r * p + k] * b[k];
        }
        b[r] /= factor[r * p + r];
    }
}

void
imr_solve_upper(const double *factor, size_t p, double *b)
{
    for (size_t r = p; r-- > 0;) {
        for (size_t k = r + 1; k < p; k++) {
            b[r] -= factor[k * p + r] * b[k];
        }
        b[r] /= factor[r * p + r];
    }
}

void
imr_cholesky_inverse(const double *factor, size_t p, double *inverse)
{
    for (size_t c = 0; c < p; c++) { /* row c of a symmetric matrix is its column c */
        double *column = inverse + c * p;

        memset(column, 0, p * sizeof(*column));
        column[c] = 1;
        imr_solve_lower(factor, p, column);
        imr_solve_upper(factor, p, column);
    }
}
