/* The rows of an interval-censored regression: cells, covariates, and what their order says. */
#ifndef IMR_INTERVAL_COX_ROWS_H
#define IMR_INTERVAL_COX_ROWS_H

#include "survival/interval_cox.h"

/* Boundary k lies before cell k, boundary `cells` after the last. The row's event lies between the
 * boundaries begin and end. Rows that hold all cells say nothing, and are left out. */
typedef struct {
    size_t n, p, cells;
    uint32_t *begin, *end; /* n */
    double *z; /* n rows of p: covariates less their mean, over their scale */
    double *center, *scale; /* p, of all rows given */
    double *left, *right; /* of each cell */
    double
        *hazard; /* of each cell, infinite in the last: the maximum where all coefficients are 0 */
    double loglik_null;
    int64_t events, merged;
    void *block;
} imr_interval_cox_rows_t;

/* Fails as imr_turnbull_ends_init does, and with IMR_ERR_NO_COLUMN, IMR_ERR_COX_RANGE,
 * IMR_ERR_COX_NO_EVENT, IMR_ERR_INTERVAL_COX_ORDER, IMR_ERR_INTERVAL_COX_COLLINEAR,
 * IMR_ERR_UNCERTIFIED, IMR_ERR_STOPPED or IMR_ERR_NOMEM; nothing is then left to free. */
int IMR_MUST_CHECK imr_interval_cox_rows_init(imr_interval_cox_rows_t *self,
    const imr_interval_cox_data_t *data, int fix_ties, imr_stop_t *stop, imr_fault_t *fault);
void imr_interval_cox_rows_free(imr_interval_cox_rows_t *self);

/* direction (p, of the coefficients of z): one in which the likelihood rises for ever; *found is 0 if
 * there is none. With towards (p), one that has a positive product with it. */
int IMR_MUST_CHECK imr_interval_cox_monotone(const imr_interval_cox_rows_t *rows,
    const double *towards, double *direction, int *found, imr_stop_t *stop, imr_fault_t *fault);

#endif
