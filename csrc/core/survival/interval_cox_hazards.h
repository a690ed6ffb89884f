/* Shared by the files of interval_cox alone. */
#ifndef IMR_INTERVAL_COX_HAZARDS_H
#define IMR_INTERVAL_COX_HAZARDS_H

#include "survival/interval_cox.h"

/* The likelihood in the hazards of the first m cells (that of the last is infinite), at given hazard
 * ratios. A row holds the cells first to end - 1; end is m + 1 where it holds the last. */
typedef struct {
    size_t n, m;
    const uint32_t *first, *end;
    const double *ratio;
    double *hazard; /* of each cell, where the maximisation begins and ends */
    double loglik;
    double *score; /* in each hazard */
    double *before, *within; /* a row: cumulative hazard before its cells, and in them */
    double *odds; /* a row: 1 / (exp(ratio within) - 1); 0 where it holds the last cell */
    double *bend; /* a row: - the second derivative in `within` */
    double *matrix; /* m * m, minus the second derivatives */
    size_t *support; /* cells with a hazard; */
    size_t s; /* so many */
    double *factor; /* s * s: Cholesky's of their part of the matrix */
    double *target, *pull, *part; /* scratch, m each */
    int64_t iterations;
    imr_stop_t *stop;
} imr_interval_hazards_t;

/* Goes to the maximum. Its support and factor are those there. IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_interval_hazards_maximise(imr_interval_hazards_t *self, imr_fault_t *fault);

/* The largest violation of the conditions of the maximum, over the rows. */
double imr_interval_hazards_gap(const imr_interval_hazards_t *self);

#endif
