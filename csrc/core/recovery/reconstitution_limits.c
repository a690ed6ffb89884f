/* Limits by the likelihood ratio. With a cost of rho a unit for return up to the time, and 1 for all
 * else, the masses that are best run along the profile of its probability as rho runs. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "recovery/reconstitution.h"

/* Costs beyond e^60 leave no mass that a double could tell from 0. */
#define MOST_LOG_COST 60
#define ENOUGH 1e-10

typedef struct {
    imr_reconstitution_t *cells;
    double loglik, critical;
    double theta; /* the probability of return up to the time at the last cost */
} profile_t;

/* The likelihood ratio statistic at a cost, less the critical value. */
static int
ratio_at(profile_t *self, double log_cost, double *ratio, imr_fault_t *fault)
{
    imr_reconstitution_t *cells = self->cells;
    double total = 0, early = 0;
    int done = 0, status = IMR_OK;

    for (size_t j = 0; j < cells->n_cells; j++) {
        cells->cost[j] = (double) cells->rows * (j < cells->early ? exp(log_cost) : 1);
        cells->mass[j] = 1 / (double) cells->n_cells;
    }
    cells->iterations = 0;
    cells->rounds_since_less = 0;
    while (status == IMR_OK && !done) {
        status = imr_reconstitution_advance(cells, &done, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    if (!(cells->excess <= IMR_RECONSTITUTION_CERTIFIED)) {
        return imr_fault(fault, IMR_ERR_UNCERTIFIED, "kkt_gap", -1, cells->excess);
    }
    for (size_t j = 0; j < cells->n_cells; j++) {
        total += cells->mass[j];
        early += j < cells->early ? cells->mass[j] : 0;
    }
    self->theta = fmin(1, early / total);
    *ratio = 2 * (self->loglik - imr_reconstitution_loglik(cells)) - self->critical;
    return IMR_OK;
}

/* The limit in the direction of costs: 1 for the lower one, -1 for the upper one. */
static int
find_limit(profile_t *self, double direction, double *limit, imr_fault_t *fault)
{
    double inner = 0, outer = 0.5, inner_ratio = -self->critical, outer_ratio, ratio;
    int status;

    for (;; outer *= 2) {
        double before = self->theta;

        status = ratio_at(self, direction * outer, &outer_ratio, fault);
        if (status != IMR_OK) {
            return status;
        }
        if (outer_ratio >= 0) {
            break;
        }
        *limit = self->theta;
        if (outer > MOST_LOG_COST / 2 || (outer > 4 && self->theta == before)) {
            return IMR_OK; /* as far as it goes: 0 or 1, within what a double can tell */
        }
        inner = outer;
        inner_ratio = outer_ratio;
    }
    /* a secant kept inside the bracket (Illinois) */
    for (int tries = 0, side = 0; tries < 200 && outer - inner > ENOUGH * outer; tries++) {
        double low = inner_ratio, high = outer_ratio;
        double middle = (inner * high - outer * low) / (high - low);

        if (!(middle > inner && middle < outer)) {
            middle = (inner + outer) / 2;
        }
        status = ratio_at(self, direction * middle, &ratio, fault);
        if (status != IMR_OK) {
            return status;
        }
        if (fabs(ratio) <= ENOUGH) {
            break;
        }
        if (ratio < 0) {
            inner = middle;
            inner_ratio = ratio;
            outer_ratio = side == -1 ? outer_ratio / 2 : outer_ratio;
            side = -1;
        } else {
            outer = middle;
            outer_ratio = ratio;
            inner_ratio = side == 1 ? inner_ratio / 2 : inner_ratio;
            side = 1;
        }
    }
    *limit = self->theta;
    return IMR_OK;
}

int
imr_reconstitution_limits(const imr_reconstitution_rows_t *rows, const int64_t *group, int64_t code,
    double time, double loglik, double critical, double *low, double *high, imr_fault_t *fault)
{
    imr_reconstitution_t cells;
    profile_t profile = { &cells, loglik, critical, NAN };
    int status;

    memset(&cells, 0, sizeof(cells));
    if (!(time >= 0) || isinf(time)) {
        return imr_fault(fault, IMR_ERR_NO_CURVE_TIME, "times", -1, time);
    }
    status = imr_reconstitution_init(&cells, rows, group, code, time, fault);
    if (status != IMR_OK) {
        goto out;
    }
    if (cells.early == 0) { /* no row gives return up to the time any probability */
        *low = 0;
        *high = -expm1(-critical / (2 * (double) cells.rows));
    } else if (cells.early == cells.n_cells) { /* every row does, and all of it */
        *low = exp(-critical / (2 * (double) cells.rows));
        *high = 1;
    } else {
        status = find_limit(&profile, 1, low, fault);
        if (status == IMR_OK) {
            profile.theta = NAN;
            status = find_limit(&profile, -1, high, fault);
        }
    }
out:
    imr_reconstitution_free(&cells);
    return status;
}
