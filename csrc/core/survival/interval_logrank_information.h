/* Shared by the files of interval_logrank alone. */
#ifndef IMR_INTERVAL_LOGRANK_INFORMATION_H
#define IMR_INTERVAL_LOGRANK_INFORMATION_H

#include "survival/interval_logrank.h"

/* The curve of a stratum, in its intervals with mass: survival[j] and hazard[j] (cumulative) before
 * interval j, and after all. */
typedef struct {
    size_t n; /* intervals */
    const double *survival, *hazard;
} imr_interval_curve_t;

/* A row holds the intervals first to end - 1, with probability p. */
typedef struct {
    size_t first, end;
    double p, score;
    size_t group;
} imr_interval_row_t;

/* Adds to `variance` (groups * groups) what the rows of a stratum tell of the effects of the groups,
 * given the curve. IMR_ERR_INTERVAL_LOGRANK_SIZE, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_interval_logrank_information(imr_interval_scores_t kind,
    const imr_interval_curve_t *curve, const imr_interval_row_t *rows, size_t n, size_t groups,
    double *variance, imr_fault_t *fault);

#endif
