/* Rows of a Fine-Gray regression: checked, in order of time, covariates centred and scaled. */
#ifndef IMR_FINE_GRAY_ROWS_H
#define IMR_FINE_GRAY_ROWS_H

#include "survival/fine_gray.h"

/* n rows in order of time, of which those of one time are rows first[g]..first[g + 1] - 1; of these
 * times the e-th at which somebody has the event of interest is event_group[e]. */
typedef struct {
    size_t n, p, strata, groups, n_times;
    double *z; /* n p: (x - center) / scale */
    double *center, *scale; /* p */
    double *time; /* of each group */
    double *weight; /* 1 / G(time-), G the censoring survival of the row's stratum */
    double *censoring; /* n_times strata: G(t-) */
    double *events; /* n_times: how many have the event of interest */
    size_t *first; /* groups + 1 */
    size_t *event_group;
    uint32_t *stratum; /* n */
    uint8_t *kind; /* n: 0 censored, 1 the event of interest, 2 a competing one */
    int64_t merged;
    void *block;
} imr_fine_gray_rows_t;

/* What imr_fine_gray fails with before it fits. *self is zeroed on failure. */
int IMR_MUST_CHECK imr_fine_gray_rows(const imr_fine_gray_data_t *data, imr_fine_gray_rows_t *self,
    imr_stop_t *stop, imr_fault_t *fault);
void imr_fine_gray_rows_free(imr_fine_gray_rows_t *self); /* safe after a failure, and twice */

/* The lower Cholesky factor of the leading part of a symmetric matrix (p p, its lower half is read), in
 * place. Returns p, or the first row whose pivot is not above 1e-11 of gross[row]. */
size_t imr_fine_gray_cholesky(double *matrix, size_t p, const double *gross);

#endif
