/* The marginal likelihood of tied times whose order was lost: the average over all orders, as the
 * integral over u > 0 of exp(-u) times the product over the events of 1 - exp(-u r / s), with r the
 * hazard ratio of the event and s the sum of those of the rows that stay. In y = log u the integrand
 * is analytic and its logarithm concave, so that the trapezoidal rule gains its digits geometrically. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/cox_likelihood.h"
#include "survival/cox_rows.h"

#define NODES_A_WIDTH 5.0 /* nodes in one standard deviation of the integrand */
#define MOST_LOG_RATIO 1e4 /* so that the nodes stay few */
#define NEGLIGIBLE -42.0 /* logarithm of the part of the peak at which the tails are cut */

typedef struct {
    const imr_cox_rows_t *rows;
    size_t first, events, p; /* events: rows */
    double *log_ratio; /* of each event: log r / s */
    double *away; /* events x p: z less its mean among those who stay */
    double *slope, *bend; /* of each event's log factor in log_ratio, at one y */
    double *mean_slope, *mean_bend;
    double *peak_move, *move, *mean_move; /* p: sum of slope times away, at the peak and less it */
    double *mean_square; /* p x p, upper half */
    double mass;
} integral_t;

/* The logarithm of the integrand at y, its derivative and second derivative; fills slope and bend. */
static double
integrand(integral_t *self, double y, double *first, double *second)
{
    double u = exp(y), value = y - u;

    *first = 1 - u;
    *second = -u;
    for (size_t i = 0; i < self->events; i++) {
        double weight = imr_cox_weight(self->rows, self->first + i);
        double x = exp(self->log_ratio[i] + y);

        if (x < 1e-300) { /* 1 - exp(-x) is x */
            value += weight * (self->log_ratio[i] + y);
            self->slope[i] = 1;
            self->bend[i] = 0;
        } else {
            value += weight * log(-expm1(-x));
            self->slope[i] = x > 700 ? 0 : x / expm1(x);
            self->bend[i] = self->slope[i] * (1 - x - self->slope[i]);
        }
        *first += weight * self->slope[i];
        *second += weight * self->bend[i];
    }
    return value;
}

static void
find_move(const integral_t *self, double *move)
{
    memset(move, 0, self->p * sizeof(double));
    for (size_t i = 0; i < self->events; i++) {
        double slope = imr_cox_weight(self->rows, self->first + i) * self->slope[i];

        for (size_t j = 0; j < self->p; j++) {
            move[j] += slope * self->away[i * self->p + j];
        }
    }
}

/* Adds the node at y, whose slope and bend have been filled. */
static void
add_node(integral_t *self, double mass)
{
    self->mass += mass;
    for (size_t i = 0; i < self->events; i++) {
        self->mean_slope[i] += mass * self->slope[i];
        self->mean_bend[i] += mass * self->bend[i];
    }
    find_move(self, self->move);
    for (size_t r = 0; r < self->p; r++) {
        self->move[r] -= self->peak_move[r];
        self->mean_move[r] += mass * self->move[r];
        for (size_t c = 0; c <= r; c++) {
            self->mean_square[c * self->p + r] += mass * self->move[r] * self->move[c];
        }
    }
}

/* Integrates; returns the logarithm of the integral. */
static int
integrate(integral_t *self, double events, double *logarithm, imr_stop_t *stop, imr_fault_t *fault)
{
    double y = log1p(events), peak, first, second, step;

    for (int i = 0; i < 60;
        i++) { /* the peak: u is 1 + the sum of slopes, between 1 and 1 + events */
        double change;

        integrand(self, y, &first, &second);
        change = -first / second;
        y = fmin(log1p(events), fmax(0, y + change));
        if (fabs(change) < 1e-6) {
            break;
        }
    }
    peak = integrand(self, y, &first, &second);
    if (!isfinite(peak)) {
        *logarithm = -INFINITY;
        return IMR_OK;
    }
    find_move(self, self->peak_move);
    step = 1 / (NODES_A_WIDTH * sqrt(-second));
    add_node(self, 1);
    for (int side = -1; side <= 1; side += 2) {
        for (int node = 1;; node++) {
            double height = integrand(self, y + side * step * node, &first, &second) - peak;

            if (!(height >= NEGLIGIBLE)) {
                break;
            }
            add_node(self, exp(height));
            if (imr_stop_asked(stop, (double) (self->events * (50 + 2 * self->p)))) {
                return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
            }
        }
    }
    *logarithm = peak + log(self->mass * step);
    return IMR_OK;
}

static void
add_integral(const integral_t *self, imr_cox_likelihood_t *likelihood, size_t k, double logarithm)
{
    size_t p = self->p, width = likelihood->rows->width;
    double slopes = 0;

    likelihood->loglik += logarithm;
    for (size_t r = 0; r < p; r++) {
        double mean = self->mean_move[r] / self->mass;

        likelihood->score[r] += self->peak_move[r] + mean;
        for (size_t c = 0; c <= r; c++) {
            likelihood->direct[c * width + r] -=
                self->mean_square[c * p + r] / self->mass - mean * self->mean_move[c] / self->mass;
        }
    }
    for (size_t i = 0; i < self->events; i++) {
        double weight = imr_cox_weight(self->rows, self->first + i) / self->mass;
        const double *away = self->away + i * p;

        slopes += weight * self->mean_slope[i];
        for (size_t r = 0; r < p; r++) {
            for (size_t c = 0; c <= r; c++) {
                likelihood->direct[c * width + r] -=
                    weight * self->mean_bend[i] * away[r] * away[c];
            }
        }
    }
    likelihood->hazard[k] = likelihood->excess[k] = slopes / likelihood->at_risk.total;
    imr_cox_batch(likelihood, likelihood->mean, sqrt(slopes));
}

int
imr_cox_marginal_set(imr_cox_likelihood_t *self, size_t k, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = self->rows;
    integral_t integral = { .rows = rows, .first = (size_t) rows->first_event[k], .p = rows->p };
    double events, one, logarithm = 0, *block;
    size_t p = rows->p;
    int in_range = 1, status = IMR_OK;

    self->hazard[k] = self->excess[k] = 0;
    if (self->at_risk.present == 0) {
        return IMR_OK; /* nobody stays: every order is possible, and the average is 1 */
    }
    imr_cox_terms(rows, IMR_COX_MARGINAL, k, &events, &one);
    integral.events = (size_t) rows->end[k] - integral.first;
    block = imr_calloc(integral.events * (p + 5) + 3 * p + p * p, sizeof(double));
    if (block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    integral.log_ratio = block;
    integral.slope = integral.log_ratio + integral.events;
    integral.bend = integral.slope + integral.events;
    integral.mean_slope = integral.bend + integral.events;
    integral.mean_bend = integral.mean_slope + integral.events;
    integral.away = integral.mean_bend + integral.events;
    integral.peak_move = integral.away + integral.events * p;
    integral.move = integral.peak_move + p;
    integral.mean_move = integral.move + p;
    integral.mean_square = integral.mean_move + p;
    for (size_t j = 0; j < rows->width; j++) {
        self->mean[j] = self->at_risk.sum[j] / self->at_risk.total;
    }
    for (size_t i = 0; i < integral.events; i++) {
        size_t row = integral.first + i;

        in_range &= fabs(self->eta[row] - self->at_risk.level) < MOST_LOG_RATIO;
        integral.log_ratio[i] = self->eta[row] - self->at_risk.level - log(self->at_risk.total);
        for (size_t j = 0; j < p; j++) {
            integral.away[i * p + j] = rows->z[row * rows->width + j] - self->mean[j];
        }
    }
    if (in_range) {
        status = integrate(&integral, events, &logarithm, self->stop, fault);
    }
    if (status == IMR_OK && in_range && isfinite(logarithm)) {
        add_integral(&integral, self, k, logarithm);
    } else {
        self->loglik = -INFINITY; /* out of range */
    }
    imr_free(block);
    return status;
}
