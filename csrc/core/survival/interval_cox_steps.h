/* Shared by the files of the climb alone. */
#ifndef IMR_INTERVAL_COX_STEPS_H
#define IMR_INTERVAL_COX_STEPS_H

#include <math.h>

#include "survival/interval_cox_climb.h"

/* The derivatives of a row's log-likelihood log(exp(-x) - exp(-y)), x and y being its cumulative hazards
 * at both ends; between is y - x, infinite where the event was not seen. */
static inline void
imr_interval_cox_row(imr_interval_cox_row_t *row, double x, double between)
{
    int is_open = isinf(between);
    double q = is_open ? 0 : 1 / expm1(between), y = is_open ? 0 : x + between;
    double u = between, slow = u * (0.5 - u * (1.0 / 12 - u * u * (1.0 / 720 - u * u / 30240)));
    double part = is_open ? 1 : u < 0.03 ? slow : 1 - u * q; /* 1 - u / (e^u - 1) */
    double rest = is_open ? 0 : u - part;

    row->q = q;
    row->slope_x = -x * (1 + q);
    row->slope_y = y * q;
    row->slope = -x + (1 - part);
    row->xx = x * (1 + q) * (1 + x * q);
    row->yy = y * q * (x * (1 + q) + rest);
    row->xy = x * y * q * (1 + q);
    row->ratio_x = x * (1 + q) * part;
    row->ratio_y = y * q * rest;
    row->ratio = x + (1 - part) * rest;
}

/* The logarithm of a row's hazard ratio. */
static inline double
imr_interval_cox_log_ratio(const imr_interval_cox_rows_t *rows, const double *coef, size_t i)
{
    double sum = 0;

    for (size_t j = 0; j < rows->p; j++) {
        sum += coef[j] * rows->z[i * rows->p + j];
    }
    return sum;
}

/* The hazard in the cells between two boundaries. */
static inline double
imr_interval_cox_between(
    const imr_interval_cox_rows_t *rows, const imr_interval_cox_point_t *point, size_t i)
{
    size_t a = rows->begin[i], b = rows->end[i];

    return b == rows->cells ? INFINITY
        : b == a + 1        ? point->jump[a]
                            : (point->sum[b] - point->sum[a]) + (point->rest[b] - point->rest[a]);
}

/* The slope of the log-likelihood at a point along the step. */
double imr_interval_cox_slope(
    const imr_interval_cox_climb_t *self, const imr_interval_cox_point_t *point);

/* Newton's step for the free coefficients and the cells with a hazard; finds norm, schur and the factor
 * of the latter. *found is 0 if it leads nowhere, 2 if it
 * ends where a first hazard is gone. IMR_ERR_STOPPED, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_interval_cox_newton(
    imr_interval_cox_climb_t *self, int *found, imr_fault_t *fault);

/* At a maximum: is some combination of the coefficients without information, also with the cells that
 * could have a hazard without loss? *column is the last that takes part. IMR_ERR_STOPPED, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_interval_cox_flat(
    imr_interval_cox_climb_t *self, int *flat, size_t *column, imr_fault_t *fault);

#endif
