/* The fit of a Fine-Gray regression: likelihood, and the climb to its largest value. */
#ifndef IMR_FINE_GRAY_FIT_H
#define IMR_FINE_GRAY_FIT_H

#include "base/inner_product.h"
#include "survival/fine_gray_rows.h"

/* The likelihood at a point of the centred and scaled covariates, and what it is made of. */
typedef struct {
    const imr_fine_gray_rows_t *rows;
    imr_stop_t *stop;
    double *beta, *step, *trial, *score, *gross; /* p each */
    double *information, *factor; /* p p */
    double *eta, *risk; /* n: linear predictor, its exponential over that of the largest */
    double *jump, *mean; /* n_times, n_times p: of the hazard; of the covariates at risk */
    double *competing; /* n_times: risk of those who have had a competing event */
    double *of_stratum; /* (5 + 3 p) strata: sums of each stratum */
    double largest; /* eta */
    double loglik, decrement;
    int64_t iterations;
    void *block;
} imr_fine_gray_fit_t;

/* The rows, and stop (or NULL), are kept by reference. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_fine_gray_fit_init(
    imr_fine_gray_fit_t *fit, const imr_fine_gray_rows_t *rows, imr_stop_t *stop);
void imr_fine_gray_fit_free(imr_fine_gray_fit_t *fit); /* safe after a failure, and twice */

/* Goes from 0 to the largest likelihood: afterwards beta, eta, risk, jump, mean and factor (of the
 * information) are those there. IMR_ERR_NO_INFORMATION and IMR_ERR_MONOTONE, naming the column;
 * IMR_ERR_NOCONV, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_fine_gray_maximise(
    imr_fine_gray_fit_t *fit, double *loglik_null, imr_fault_t *fault);

static inline void
imr_fine_gray_add_times(double *sum, double factor, const double *z, size_t p)
{
    for (size_t c = 0; c < p; c++) {
        sum[c] += factor * z[c];
    }
}

/* The lower half of matrix + factor z z' */
static inline void
imr_fine_gray_add_square(double *matrix, double factor, const double *z, size_t p)
{
    for (size_t r = 0; r < p; r++) {
        double part = factor * z[r];

        for (size_t c = 0; c <= r; c++) {
            matrix[r * p + c] += part * z[c];
        }
    }
}

/* factor x = b, then factor' x = b, in place */
static inline void
imr_fine_gray_solve(const double *factor, size_t p, double *b)
{
    for (size_t r = 0; r < p; r++) {
        b[r] = (b[r] - imr_inner_product(factor + r * p, b, r)) / factor[r * p + r];
    }
    for (size_t r = p; r-- > 0;) {
        for (size_t k = r + 1; k < p; k++) {
            b[r] -= factor[k * p + r] * b[k];
        }
        b[r] /= factor[r * p + r];
    }
}

#endif
