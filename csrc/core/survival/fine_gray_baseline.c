/* The influence of a patient on the hazard at t, coefficients aside, has one form for those still at risk,
 * -risk H(t) - D(t), and is linear in W(t) for those who have left: H sums jump / S0 up to t, W the same
 * times the censoring survival of the stratum, and D = W E - K what the censorings so far take from
 * everybody at risk. So the sums of squares and products at all times are those of a few numbers a
 * stratum. */
#include "survival/fine_gray_baseline.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* One stratum at the time at hand. */
typedef struct {
    double at_risk, risk, risk_squared; /* of those at risk: how many, and their sums */
    double count, before; /* at_risk and W as they were before the time at hand */
    double competing; /* risk times weight of those who have had a competing event before */
    double weighted; /* W */
    double factor, rest; /* E, K */
    double square, product,
        factor_squared; /* of those who have left, a + b W: sums of a^2, a b, b^2 */
    double *there, *risk_there; /* p: of those at risk, sums of influences, and times risk */
    double *gone, *factor_gone; /* p: of those who have left, sums of a and b times influences */
} stratum_t;

/* The patient leaves; its influence on the hazard from now on is constant + factor W. */
static void
leave(
    stratum_t *self, double risk, double constant, double factor, const double *influence, size_t p)
{
    self->at_risk--;
    self->risk -= risk;
    self->risk_squared -= risk * risk;
    self->square += constant * constant;
    self->product += constant * factor;
    self->factor_squared += factor * factor;
    imr_fine_gray_add_times(self->there, -1, influence, p);
    imr_fine_gray_add_times(self->risk_there, -risk, influence, p);
    imr_fine_gray_add_times(self->gone, constant, influence, p);
    imr_fine_gray_add_times(self->factor_gone, factor, influence, p);
}

/* The sums at the time at hand: of squares, and of products with the influences on the score. */
static double
add_up(const stratum_t *self, double hazard, double *products, size_t p)
{
    double w = self->weighted, drag = w * self->factor - self->rest;

    for (size_t c = 0; c < p; c++) {
        products[c] += self->gone[c] + w * self->factor_gone[c] - hazard * self->risk_there[c]
            - drag * self->there[c];
    }
    return self->square + w * (2 * self->product + w * self->factor_squared)
        + hazard * hazard * self->risk_squared + 2 * hazard * drag * self->risk
        + drag * drag * self->at_risk;
}

static void
begin(const imr_fine_gray_fit_t *fit, stratum_t *strata, double *vectors, const double *influence)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t p = rows->p;

    memset(vectors, 0, 4 * rows->strata * p * sizeof(double));
    for (size_t s = 0; s < rows->strata; s++) {
        strata[s] = (stratum_t) { .there = vectors + 4 * s * p };
        strata[s].risk_there = strata[s].there + p;
        strata[s].gone = strata[s].risk_there + p;
        strata[s].factor_gone = strata[s].gone + p;
    }
    for (size_t i = 0; i < rows->n; i++) {
        stratum_t *own = strata + rows->stratum[i];

        own->at_risk++;
        own->risk += fit->risk[i];
        own->risk_squared += fit->risk[i] * fit->risk[i];
        imr_fine_gray_add_times(own->there, 1, influence + i * p, p);
        imr_fine_gray_add_times(own->risk_there, fit->risk[i], influence + i * p, p);
    }
}

/* Out of the sums at an event time, with the mean of covariates summed over the hazard. */
static double
with_coefficients(const imr_fine_gray_fit_t *fit, double square, double *products,
    const double *mean, const double *covariance)
{
    size_t p = fit->rows->p;

    imr_fine_gray_solve(fit->factor, p, products);
    for (size_t r = 0; r < p; r++) {
        double moved = imr_inner_product(covariance + r * p, mean, p);

        square += mean[r] * (moved - 2 * products[r]);
    }
    for (size_t r = 0; r < p; r++) {
        products[r] -= imr_inner_product(covariance + r * p, mean, p);
    }
    return fmax(square, 0);
}

/* The rows first..end - 1 are all of one time, at which `hazard` is H, and one event adds `unit`. */
static void
leave_all(const imr_fine_gray_fit_t *fit, stratum_t *strata, size_t first, size_t end,
    double hazard, double unit, const double *influence)
{
    const imr_fine_gray_rows_t *rows = fit->rows;

    for (size_t i = first; i < end; i++) {
        stratum_t *own = strata + rows->stratum[i];
        double constant = own->rest - fit->risk[i] * hazard, factor = -own->factor;

        if (rows->kind[i] == 0) {
            constant -= own->competing / own->count * own->before;
            factor += own->competing / own->count;
        } else if (rows->kind[i] == 1) {
            constant += unit;
        } else { /* stays at risk, with a weight */
            constant += fit->risk[i] * rows->weight[i] * own->weighted;
            factor -= fit->risk[i] * rows->weight[i];
        }
        leave(own, fit->risk[i], constant, factor, influence + i * rows->p, rows->p);
    }
    for (size_t i = first; i < end; i++) {
        if (rows->kind[i] == 2) {
            strata[rows->stratum[i]].competing += fit->risk[i] * rows->weight[i];
        }
    }
}

static int
go_through(imr_fine_gray_fit_t *fit, stratum_t *strata, double *mean, const double *influence,
    const double *covariance, double *variance, double *with_beta)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t p = rows->p, e = 0;
    double hazard = 0;

    memset(mean, 0, p * sizeof(double));
    for (size_t g = 0; g < rows->groups && e < rows->n_times; g++) {
        size_t first = rows->first[g], end = rows->first[g + 1];
        int here = rows->event_group[e] == g;
        double unit = here ? fit->jump[e] / rows->events[e] : 0; /* 1 / S0 */

        for (size_t i = first; i < end; i++) {
            strata[rows->stratum[i]].count = strata[rows->stratum[i]].at_risk;
            strata[rows->stratum[i]].before = strata[rows->stratum[i]].weighted;
        }
        for (size_t i = first; i < end; i++) {
            stratum_t *own = strata + rows->stratum[i];

            if (rows->kind[i] == 0) {
                double pull = own->competing / (own->count * own->count);

                own->factor += pull;
                own->rest += pull * own->before;
            }
        }
        for (size_t s = 0; here && s < rows->strata; s++) {
            strata[s].weighted += fit->jump[e] * unit * rows->censoring[e * rows->strata + s];
        }
        hazard += here ? fit->jump[e] * unit : 0;
        leave_all(fit, strata, first, end, hazard, unit, influence);
        if (here) {
            double *products = with_beta + e * p;

            imr_fine_gray_add_times(mean, fit->jump[e], fit->mean + e * p, p);
            variance[e] = 0;
            memset(products, 0, p * sizeof(double));
            for (size_t s = 0; s < rows->strata; s++) {
                variance[e] += add_up(strata + s, hazard, products, p);
            }
            variance[e] = with_coefficients(fit, variance[e], products, mean, covariance);
            e++;
        }
        if (imr_stop_asked(fit->stop,
                (double) ((end - first) * (4 * p + 20) + (here ? rows->strata * p + p * p : 0)))) {
            return IMR_ERR_STOPPED;
        }
    }
    return IMR_OK;
}

int
imr_fine_gray_baseline(imr_fine_gray_fit_t *fit, const double *influence, const double *covariance,
    double *variance, double *with_beta)
{
    size_t p = fit->rows->p, strata = fit->rows->strata;
    stratum_t *sums = imr_malloc(strata, sizeof(*sums));
    double *vectors = imr_malloc((4 * strata + 1) * p, sizeof(*vectors));
    int status = IMR_ERR_NOMEM;

    if (sums != NULL && vectors != NULL) {
        begin(fit, sums, vectors, influence);
        status = go_through(
            fit, sums, vectors + 4 * strata * p, influence, covariance, variance, with_beta);
    }
    imr_free(sums);
    imr_free(vectors);
    return status;
}
