/* The likelihood of a normal response known exactly or between two ends, and the climb to its maximum.
 *
 * In gamma = beta / sd and h = 1 / sd, with z = h y - x'gamma, each row adds log h - z^2 / 2, or
 * log{Phi(z of high) - Phi(z of low)}: concave in (gamma, h), so there is one maximum (Olsen 1978). */
#ifndef IMR_TOBIT_CLIMB_H
#define IMR_TOBIT_CLIMB_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* What one row adds at its two standardised ends: the log-likelihood (of a value known exactly without
 * log h), and its first and second derivatives in the middle of the ends and in their width; with an open
 * end, or equal ones, the middle is the end and the width stays as it is. */
typedef struct {
    double loglik;
    double middle, width;
    double middle_middle, middle_width, width_width;
} imr_tobit_term_t;

/* -infinity and infinity are open ends; low <= high. */
imr_tobit_term_t imr_tobit_term(double low, double high);

/* n rows and k columns, one after the other; the response of row i lies from low[i] to high[i], less
 * value * offset[i] (offset NULL: nothing). */
typedef struct {
    size_t n, k;
    const double *low, *high, *columns, *offset;
    double value;
    int fixed_h; /* h stays as it is */
    int profile; /* a coefficient without information is no failure: the likelihood is what is asked */
    double *gamma; /* k; where the climb begins, and where it ended */
    double h;
    double loglik;
    double score_norm; /* of the score, each direction in units of its standard error */
    double *factor; /* Cholesky factor of minus the second derivatives, of k + 1 unknowns, h last */
    double *work; /* 3 (k + 1) */
    size_t flat; /* the unknown without information, after IMR_ERR_TOBIT_INFINITE */
    int64_t iterations;
} imr_tobit_climb_t;

/* IMR_ERR_TOBIT_INFINITE where the likelihood rises for ever with a coefficient, IMR_ERR_TOBIT_PERFECT
 * where it does with h, IMR_ERR_NOCONV. */
int IMR_MUST_CHECK imr_tobit_climb(imr_tobit_climb_t *self);

#endif
