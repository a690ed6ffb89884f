#include "survival/kaplan_meier_beta_pair.h"

#include <math.h>

#include "base/solve.h"

#define SMALLEST_TAIL 1e-300
#define LARGEST_TAIL (0.5 - 0x1p-53)

int
imr_beta_bounds_low(const imr_beta_bounds_t *self, int mid_p, double tail, double *low)
{
    int status = imr_beta_parts_low(&self->minus, &self->plus, mid_p, tail, low);

    *low = fmin(*low, self->estimate);
    return status;
}

int
imr_beta_bounds_high(const imr_beta_bounds_t *self, int mid_p, double tail, double *high)
{
    int status = imr_beta_parts_high(&self->minus, &self->plus, mid_p, tail, high);

    *high = fmax(*high, self->estimate);
    return status;
}

double
imr_mover_low(double a, double a_low, double b, double b_high)
{
    return a - b - hypot(a - a_low, b_high - b);
}

/* --- on the scale of a measure ------------------------------------------------------------------ */

typedef struct {
    const imr_beta_bounds_t *first, *second;
    imr_pair_measure_t measure;
    int mid_p;
} pair_t;

static double
scaled(imr_pair_measure_t measure, double x)
{
    return measure == IMR_PAIR_DIFFERENCE ? x : measure == IMR_PAIR_LOG_RATIO ? log(x) : log1p(-x);
}

/* The lower or the upper limit on the scale, on which complements are in reverse. */
static int
scaled_limit(const pair_t *pair, const imr_beta_bounds_t *self, int upper, double tail, double *x)
{
    int status = upper == (pair->measure != IMR_PAIR_LOG_RATIO_OF_COMPLEMENTS)
        ? imr_beta_bounds_high(self, pair->mid_p, tail, x)
        : imr_beta_bounds_low(self, pair->mid_p, tail, x);

    *x = scaled(pair->measure, *x);
    return status;
}

/* The lower limit of first less second on the scale. An estimate of minus infinity has no distance to
 * its limits: as first it leaves no lower limit, as second that of the worst case. */
static int
lower_limit(const pair_t *pair, double tail, double *low)
{
    double a = scaled(pair->measure, pair->first->estimate), a_low;
    double b = scaled(pair->measure, pair->second->estimate), b_high;
    int status = scaled_limit(pair, pair->first, 0, tail, &a_low);

    if (status == IMR_OK) {
        status = scaled_limit(pair, pair->second, 1, tail, &b_high);
    }
    if (status == IMR_OK) {
        *low = isinf(a) ? -INFINITY
            : isinf(b)  ? a_low - b_high
                        : imr_mover_low(a, a_low, b, b_high);
    }
    return status;
}

/* The upper limit of first less second is minus the lower one of second less first. */
static pair_t
reversed(const pair_t *pair)
{
    pair_t other = { pair->second, pair->first, pair->measure, pair->mid_p };

    return other;
}

static double
limit_at(double log_tail, const void *pair)
{
    double low;

    return lower_limit(pair, fmin(exp(log_tail), LARGEST_TAIL), &low) == IMR_OK ? low : NAN;
}

int
imr_beta_pair(const imr_beta_bounds_t *first, const imr_beta_bounds_t *second,
    imr_pair_measure_t measure, int mid_p, double level, double *low, double *high, double *pvalue)
{
    pair_t pair = { first, second, measure, mid_p }, back = reversed(&pair), *above;
    double from = log(SMALLEST_TAIL), to = log(LARGEST_TAIL), x;
    double tail = fmin((1 - level) / 2, LARGEST_TAIL);
    int status = lower_limit(&pair, tail, low);

    if (status == IMR_OK) {
        status = lower_limit(&back, tail, high);
        *high = -*high;
    }
    if (status != IMR_OK) {
        return status;
    }
    *pvalue = 1;
    above = (first->estimate > second->estimate) == (measure != IMR_PAIR_LOG_RATIO_OF_COMPLEMENTS)
        ? &pair
        : &back;
    if (first->estimate == second->estimate || limit_at(to, above) <= 0) {
        return IMR_OK;
    }
    if (limit_at(from, above) > 0) {
        *pvalue = 0;
        return IMR_OK;
    }
    status = imr_solve_bracketed(limit_at, above, from, to, 1e-12, &x);
    *pvalue = status == IMR_OK ? fmin(1, 2 * exp(x)) : *pvalue;
    return status;
}
