/* An orthonormal basis of the columns of a design (Gram-Schmidt, twice, so that nothing is lost to
 * rounding). */
#ifndef IMR_ORTHONORMAL_H
#define IMR_ORTHONORMAL_H

#include <stddef.h>

/* design and basis: p columns of n values, one after the other. The columns are taken in order but for
 * `last`, which comes at the end; triangle is the upper triangle R (p x p, by rows) with design =
 * basis R. Returns p, or the first column that depends on those before it. */
size_t imr_orthonormal(
    const double *design, size_t n, size_t p, size_t last, double *basis, double *triangle);

#endif
