/* The way to the maximum of the likelihood of an interval-censored regression, or of its profile in one
 * coefficient. The unknowns are the coefficients and the logarithms of the cumulative hazards at the
 * boundaries between cells: in these the log-likelihood is concave, and the condition that hazards are
 * not negative is that the logarithms do not fall. */
#ifndef IMR_INTERVAL_COX_CLIMB_H
#define IMR_INTERVAL_COX_CLIMB_H

#include "base/compensated.h"
#include "survival/interval_cox_rows.h"

/* First derivatives of a row's log-likelihood by the logarithms of its cumulative hazards x and y at its
 * begin and end, and of both together (that is, of its hazard ratio); minus the second derivatives, but
 * for xy; minus those with the hazard ratio. */
typedef struct {
    double slope_x, slope_y, slope;
    double xx, yy, xy;
    double ratio_x, ratio_y, ratio;
    double q; /* 1 / (exp(y - x) - 1) */
} imr_interval_cox_row_t;

/* For a hazard in one more cell, events that want it over patients at risk, less 1: at the maximum
 * 0 where there is a hazard, and nowhere more. */
typedef struct {
    imr_interval_cox_row_t *row; /* n */
    double *coef; /* p: of z */
    double *jump; /* cells: the hazard in each; the last is infinite, and not in use */
    double *sum,
        *rest; /* cells: the cumulative hazard at the boundary before each, and its rounding */
    double *score; /* p */
    double *slope; /* cells: of the log-likelihood in the logarithm of each sum; 0 at the first */
    double *bend; /* cells: minus its second derivative */
    double *gain; /* cells: as above */
    double loglik; /* minus infinity where a row has no probability, and the rest is of no use */
    double gap; /* what the gains leave of the log-likelihood, over the events */
    double outside; /* the largest gain where there is no hazard */
} imr_interval_cox_point_t;

typedef struct {
    const imr_interval_cox_rows_t *rows;
    imr_stop_t *stop;
    size_t fixed; /* the coefficient that stays where it is; p for none */
    int loose; /* end when nothing more is to be gained, however long the steps still are */
    imr_interval_cox_point_t here, trial;
    double norm; /* of the slopes in all unknowns here, in units of their standard errors */
    int64_t iterations;

    double *step; /* p: the step goes to coef + step, sum * exp(change) */
    double *change; /* cells */
    double *first_step, *first_change; /* of Newton's step before cells are dropped */
    uint8_t *gone; /* cells: whose hazard is 0 at the end of the step */
    double *at_risk; /* cells + 1: sums over the rows that begin at a boundary */
    imr_sum_t *begun, *ended; /* cells + 1: of those with an event, that begin or end there */
    double *level,
        *level_weight; /* cells: pools of the convex minorant; Newton's starts and changes */
    uint32_t *cell, *place, *reach; /* cells + 1: Newton's unknowns */
    size_t *entry; /* cells + 1 */
    double *excess; /* cells + 1 */
    double *right; /* cells x (p + 1) */
    double *schur; /* p x p: information on the free coefficients, the baseline maximised out */
    double *factor, *raw; /* p x p, p */
    double *free_slope; /* p */
    size_t *free_column; /* p */
    size_t n_free;
    double *matrix;
    size_t matrix_room;
    void *block;
} imr_interval_cox_climb_t;

/* Begins at the maximum without coefficients. IMR_ERR_NOMEM. imr_interval_cox_climb_free in any case. */
int IMR_MUST_CHECK imr_interval_cox_climb_init(imr_interval_cox_climb_t *self,
    const imr_interval_cox_rows_t *rows, imr_stop_t *stop, imr_fault_t *fault);
void imr_interval_cox_climb_free(imr_interval_cox_climb_t *self);

/* Climbs from `here`, whose coefficients may have been set. Fails with IMR_ERR_INTERVAL_COX_SPREAD or
 * IMR_ERR_INTERVAL_COX_RANGE naming the column, IMR_ERR_UNCERTIFIED, IMR_ERR_STOPPED or IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_interval_cox_climb(imr_interval_cox_climb_t *self, imr_fault_t *fault);

#endif
