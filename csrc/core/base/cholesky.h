/* Symmetric positive definite systems of a few dozen unknowns. Matrices are p x p, by rows. */
#ifndef IMR_CHOLESKY_H
#define IMR_CHOLESKY_H

#include <stddef.h>

/* The lower factor of `matrix`, of which the lower half is read and overwritten. A pivot counts as 0
 * unless it exceeds least[j] (NULL: 0). Returns p, or the first j whose pivot counts as 0. */
size_t imr_cholesky(double *matrix, size_t p, const double *least);

void imr_solve_lower(const double *factor, size_t p, double *b); /* factor x = b, in place */
void imr_solve_upper(const double *factor, size_t p, double *b); /* factor' x = b, in place */

/* The inverse of factor factor', both halves. */
void imr_cholesky_inverse(const double *factor, size_t p, double *inverse);

#endif
