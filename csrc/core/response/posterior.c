#include "response/posterior.h"

#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "base/special.h"
#include "response/binomial.h"

#define LARGEST_SHAPE 1e16

typedef struct {
    double alpha, beta;
} shape_t;

static int
is_shape(double value)
{
    return value >= IMR_PRIOR_MIN && value <= LARGEST_SHAPE;
}

static int
shape_of(const imr_shapes_t *shapes, size_t row, shape_t *shape, imr_fault_t *fault)
{
    shape->alpha = shapes->alpha[row * shapes->alpha_step];
    shape->beta = shapes->beta[row * shapes->beta_step];
    if (!is_shape(shape->alpha)) {
        return imr_fault(fault, IMR_ERR_PRIOR, "alpha", (int64_t) row, shape->alpha);
    }
    if (!is_shape(shape->beta)) {
        return imr_fault(fault, IMR_ERR_PRIOR, "beta", (int64_t) row, shape->beta);
    }
    return IMR_OK;
}

int
imr_posterior(const int64_t *events, size_t events_step, const int64_t *n, size_t n_step,
    const imr_shapes_t *prior, size_t begin, size_t end, double *alpha, double *beta, double *mean,
    double *median, imr_fault_t *fault)
{
    for (size_t i = begin; i < end; i++) {
        int64_t x = events[i * events_step], of = n[i * n_step];
        shape_t shape;
        int ret = imr_check_counts(x, of, i, fault);

        if (ret != IMR_OK) {
            return ret;
        }
        if (of > (INT64_C(1) << 53)) {
            return imr_fault(fault, IMR_ERR_COUNT, "n", (int64_t) i, (double) of);
        }
        shape.alpha = prior->alpha[i * prior->alpha_step];
        shape.beta = prior->beta[i * prior->beta_step];
        if (!(shape.alpha >= IMR_PRIOR_MIN && shape.alpha <= IMR_PRIOR_MAX)) {
            return imr_fault(fault, IMR_ERR_PRIOR, "prior alpha", (int64_t) i, shape.alpha);
        }
        if (!(shape.beta >= IMR_PRIOR_MIN && shape.beta <= IMR_PRIOR_MAX)) {
            return imr_fault(fault, IMR_ERR_PRIOR, "prior beta", (int64_t) i, shape.beta);
        }
        alpha[i] = shape.alpha + (double) x;
        beta[i] = shape.beta + (double) (of - x);
        mean[i] = alpha[i] / (alpha[i] + beta[i]);
        ret = imr_quantile_beta(0.5, alpha[i], beta[i], &median[i]);
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "events", (int64_t) i, (double) x);
        }
    }
    return IMR_OK;
}

/* --- intervals -------------------------------------------------------------------------------- */

typedef struct {
    shape_t shape;
    double outside; /* 1 - level */
} density_t;

static int
limits_around(const density_t *job, double below, double *low, double *high)
{
    int ret = imr_quantile_beta(below, job->shape.alpha, job->shape.beta, low);

    if (ret == IMR_OK) {
        ret =
            imr_quantile_beta_upper(job->outside - below, job->shape.alpha, job->shape.beta, high);
    }
    return ret;
}

/* log density at the lower limit less that at the upper one: it grows with the mass below */
static double
density_difference(double below, const void *context)
{
    const density_t *job = context;
    double low, high;

    if (!(below > 0)) {
        return -INFINITY;
    }
    if (!(below < job->outside)) {
        return INFINITY;
    }
    if (limits_around(job, below, &low, &high) != IMR_OK) {
        return NAN;
    }
    return (job->shape.alpha - 1) * log(low / high)
        + (job->shape.beta - 1) * (log1p(-low) - log1p(-high));
}

static int
highest_density(const density_t *job, double *low, double *high)
{
    double a = job->shape.alpha, b = job->shape.beta, below;
    int is_flat = a == 1 && b == 1, ret;

    if (a > 1 && b > 1) {
        ret = imr_solve_bracketed(density_difference, job, 0, job->outside, 0, &below);
        return ret == IMR_OK ? limits_around(job, below, low, high) : ret;
    }
    if (a <= 1 && b >= 1 && !is_flat) { /* falling */
        *low = 0;
        return imr_quantile_beta_upper(job->outside, a, b, high);
    }
    if (a >= 1 && b <= 1 && !is_flat) { /* rising */
        *high = 1;
        return imr_quantile_beta(job->outside, a, b, low);
    }
    return limits_around(job, job->outside / 2, low, high);
}

int
imr_posterior_interval(const imr_shapes_t *shapes, size_t begin, size_t end,
    imr_posterior_kind_t kind, double level, double *low, double *high, imr_fault_t *fault)
{
    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    for (size_t i = begin; i < end; i++) {
        density_t job = { .outside = 1 - level };
        int ret = shape_of(shapes, i, &job.shape, fault);

        if (ret != IMR_OK) {
            return ret;
        }
        ret = kind == IMR_POSTERIOR_EQUAL_TAILED
            ? limits_around(&job, job.outside / 2, &low[i], &high[i])
            : highest_density(&job, &low[i], &high[i]);
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "alpha", (int64_t) i, job.shape.alpha);
        }
        low[i] = fmin(low[i], high[i]); /* rounding alone, at levels near 0 */
    }
    return IMR_OK;
}

int
imr_posterior_above(const imr_shapes_t *shapes, const double *p0, size_t p0_step, size_t begin,
    size_t end, double *probability, imr_fault_t *fault)
{
    for (size_t i = begin; i < end; i++) {
        double rate = p0[i * p0_step];
        shape_t shape;
        int ret = shape_of(shapes, i, &shape, fault);

        if (ret != IMR_OK) {
            return ret;
        }
        if (!(rate >= 0 && rate <= 1)) {
            return imr_fault(fault, IMR_ERR_NULL_RATE, "p0", (int64_t) i, rate);
        }
        ret = imr_beta_cdf_upper(rate, shape.alpha, shape.beta, &probability[i]);
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "p0", (int64_t) i, rate);
        }
    }
    return IMR_OK;
}

/* --- which of two rates is greater -------------------------------------------------------------- */

/* P(X > Y + margin) is an integral over u in (0, 1): x = x_from + width u, y = y_from + width u.
 * The narrower density stands outside, the tail of the other one inside. */
typedef struct {
    shape_t x, y;
    double x_from, y_from, width;
    int outside_is_x;
    double centre, scale; /* of log(u / (1 - u)) */
} comparison_t;

static double
integrand(const comparison_t *self, double t)
{
    double u = 1 / (1 + exp(-t)), rest = 1 / (1 + exp(t)), step;
    double x = self->x_from + self->width * u, x_rest = self->y_from + self->width * rest;
    double y = self->y_from + self->width * u, y_rest = self->x_from + self->width * rest;
    imr_tails_t of_x = imr_beta_tails(x, x_rest, self->x.alpha, self->x.beta);
    imr_tails_t of_y = imr_beta_tails(y, y_rest, self->y.alpha, self->y.beta);

    step = self->width * u * rest; /* the densities are those of log(x / (1 - x)) */
    return self->outside_is_x ? of_x.density * (step / (x * x_rest)) * of_y.lower
                              : of_y.density * (step / (y * y_rest)) * of_x.upper;
}

/* The logarithm of the integrand up to a constant and slowly varying factors, which never
 * underflows: the inner tail is that of a power below the mean, and level above it. */
static double
log_integrand(const comparison_t *self, double t)
{
    double u = 1 / (1 + exp(-t)), rest = 1 / (1 + exp(t));
    double x = self->x_from + self->width * u, x_rest = self->y_from + self->width * rest;
    double y = self->y_from + self->width * u, y_rest = self->x_from + self->width * rest;
    double x_mean = self->x.alpha / (self->x.alpha + self->x.beta);
    double y_mean = self->y.alpha / (self->y.alpha + self->y.beta);
    double value = log(u) + log(rest);

    if (self->outside_is_x) {
        value += (self->x.alpha - 1) * log(x) + (self->x.beta - 1) * log(x_rest);
        return value + self->y.alpha * log(fmin(y, y_mean))
            + self->y.beta * log(y < y_mean ? y_rest : 1 - y_mean);
    }
    value += (self->y.alpha - 1) * log(y) + (self->y.beta - 1) * log(y_rest);
    return value + self->x.alpha * log(fmax(x, x_mean))
        + self->x.beta * log(x > x_mean ? x_rest : 1 - x_mean);
}

/* Where the integrand peaks, and how wide it is there. */
static void
find_peak(comparison_t *self)
{
    double golden = (sqrt(5) - 1) / 2, low = -690, high = 690;
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double at_left = log_integrand(self, left), at_right = log_integrand(self, right), fall, d;

    while (high - low > 1e-6) {
        if (at_left < at_right) {
            low = left;
            left = right;
            at_left = at_right;
            right = low + golden * (high - low);
            at_right = log_integrand(self, right);
        } else {
            high = right;
            right = left;
            at_right = at_left;
            left = high - golden * (high - low);
            at_left = log_integrand(self, left);
        }
    }
    self->centre = (low + high) / 2;
    for (d = 1e-9; d < 1; d *= 2) { /* until the density has fallen by e^(1/2) on one side */
        fall = log_integrand(self, self->centre)
            - fmin(log_integrand(self, self->centre - d), log_integrand(self, self->centre + d));
        if (fall > 0.5) {
            break;
        }
    }
    self->scale = fmin(1, d);
}

/* The trapezoid rule in s, log(u / (1 - u)) = centre + scale sinh(s): the integrand is analytic and
 * falls doubly exponentially, so halving the step doubles the digits. Adds the nodes k * step on
 * both sides for k = 1, 1 + by, ... to the sum. */
static double
add_nodes(const comparison_t *self, double step, int by, double sum)
{
    for (int side = -1; side <= 1; side += 2) {
        for (int k = 1;; k += by) {
            double s = k * step, t = self->centre + side * self->scale * sinh(s), term;

            if (!(fabs(t) < 700)) {
                break;
            }
            term = self->scale * cosh(s) * integrand(self, t);
            sum += term;
            if (term < 1e-18 * sum) {
                break;
            }
        }
    }
    return sum;
}

static double
variance_of(const shape_t *shape)
{
    double sum = shape->alpha + shape->beta;

    return shape->alpha / sum * (shape->beta / sum) / (sum + 1);
}

static int
greater(const shape_t *x, const shape_t *y, double margin, double *probability)
{
    comparison_t job = { .x = *x, .y = *y };
    double previous, value, sum, beyond = 0;

    job.x_from = fmax(margin, 0);
    job.y_from = fmax(-margin, 0);
    job.width = 1 - fabs(margin);
    job.outside_is_x = variance_of(x) < variance_of(y);
    find_peak(&job);
    if (margin < 0) { /* where the inner tail is 1 */
        imr_tails_t end = job.outside_is_x
            ? imr_beta_tails(job.width, job.y_from, x->alpha, x->beta)
            : imr_beta_tails(job.y_from, job.width, y->alpha, y->beta);

        beyond = job.outside_is_x ? end.upper : end.lower;
    }
    sum = add_nodes(&job, 0.5, 1, job.scale * integrand(&job, job.centre));
    value = 0.5 * sum + beyond;
    for (double step = 0.25; step > 1e-3; step /= 2) {
        previous = value;
        sum = add_nodes(&job, step, 2, sum);
        value = step * sum + beyond;
        if (fabs(value - previous) <= 1e-11 * value + 1e-290) {
            *probability = fmin(value, 1);
            return IMR_OK;
        }
    }
    return IMR_ERR_NOCONV;
}

int
imr_posterior_greater(const imr_shapes_t *shapes, const imr_shapes_t *other, double margin,
    size_t begin, size_t end, double *probability, imr_fault_t *fault)
{
    if (!(margin > -1 && margin < 1)) {
        return imr_fault(fault, IMR_ERR_RATE_MARGIN, "margin", -1, margin);
    }
    for (size_t i = begin; i < end; i++) {
        shape_t x, y;
        int ret = shape_of(shapes, i, &x, fault);

        if (ret == IMR_OK) {
            ret = shape_of(other, i, &y, fault);
        }
        if (ret != IMR_OK) {
            return ret;
        }
        ret = greater(&x, &y, margin, &probability[i]);
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "alpha", (int64_t) i, x.alpha);
        }
    }
    return IMR_OK;
}

/* --- patients still to come --------------------------------------------------------------------- */

/* P(Y = y + 1) / P(Y = y) for the beta-binomial Y of m */
static double
ratio(const shape_t *shape, int64_t m, int64_t y)
{
    double rest = (double) (m - y), k = (double) y;

    return rest * (shape->alpha + k) / ((k + 1) * (shape->beta + rest - 1));
}

static int
check_future(int64_t m, imr_fault_t *fault)
{
    if (m < 0 || m > IMR_MOST_FUTURE_PATIENTS) {
        return imr_fault(fault, IMR_ERR_FUTURE_PATIENTS, "m", -1, (double) m);
    }
    return IMR_OK;
}

static int64_t
expected_responders(const shape_t *shape, int64_t m)
{
    return (int64_t) floor((double) m * (shape->alpha / (shape->alpha + shape->beta)));
}

int
imr_posterior_predictive(const imr_shapes_t *shapes, int64_t m, size_t begin, size_t end,
    double *probability, imr_fault_t *fault)
{
    int ret = check_future(m, fault);

    for (size_t i = begin; i < end && ret == IMR_OK; i++) {
        double *row = probability + i * ((size_t) m + 1), sum = 0;
        shape_t shape;
        int64_t middle;

        ret = shape_of(shapes, i, &shape, fault);
        if (ret != IMR_OK) {
            break;
        }
        middle = expected_responders(&shape, m);
        row[middle] = 1;
        for (int64_t y = middle; y < m; y++) {
            row[y + 1] = row[y] * ratio(&shape, m, y);
        }
        for (int64_t y = middle - 1; y >= 0; y--) {
            row[y] = row[y + 1] / ratio(&shape, m, y);
        }
        for (int64_t y = 0; y <= m; y++) {
            sum += row[y];
        }
        for (int64_t y = 0; y <= m; y++) {
            row[y] /= sum;
        }
    }
    return ret;
}

/* The fewest responders of m with P(rate > p0) above threshold; m + 1 when none suffice. */
static int
fewest_responders(const shape_t *shape, int64_t m, double p0, double threshold, int64_t *fewest)
{
    int64_t below = -1, above = m + 1;

    while (above - below > 1) {
        int64_t middle = below + (above - below) / 2;
        double a = shape->alpha + (double) middle, b = shape->beta + (double) (m - middle), p;
        int ret = imr_beta_cdf_upper(p0, a, b, &p);

        if (ret != IMR_OK) {
            return ret;
        }
        if (p > threshold) {
            above = middle;
        } else {
            below = middle;
        }
    }
    *fewest = above;
    return IMR_OK;
}

/* P(Y >= fewest) for the beta-binomial Y of m */
static double
at_least(const shape_t *shape, int64_t m, int64_t fewest)
{
    int64_t middle = expected_responders(shape, m);
    double enough = middle >= fewest ? 1 : 0, rest = 1 - enough, term = 1;

    for (int64_t y = middle; y < m; y++) {
        term *= ratio(shape, m, y);
        enough += y + 1 >= fewest ? term : 0;
        rest += y + 1 >= fewest ? 0 : term;
    }
    term = 1;
    for (int64_t y = middle - 1; y >= 0; y--) {
        term /= ratio(shape, m, y);
        enough += y >= fewest ? term : 0;
        rest += y >= fewest ? 0 : term;
    }
    return enough / (enough + rest);
}

int
imr_posterior_success(const imr_shapes_t *shapes, int64_t m, double p0, double threshold,
    size_t begin, size_t end, double *probability, imr_fault_t *fault)
{
    int ret = check_future(m, fault);

    if (ret == IMR_OK && !(p0 >= 0 && p0 <= 1)) {
        ret = imr_fault(fault, IMR_ERR_NULL_RATE, "p0", -1, p0);
    }
    if (ret == IMR_OK && !(threshold > 0 && threshold < 1)) {
        ret = imr_fault(fault, IMR_ERR_PROBABILITY, "threshold", -1, threshold);
    }
    for (size_t i = begin; i < end && ret == IMR_OK; i++) {
        shape_t shape;
        int64_t fewest;

        ret = shape_of(shapes, i, &shape, fault);
        if (ret == IMR_OK) {
            ret = fewest_responders(&shape, m, p0, threshold, &fewest);
        }
        if (ret == IMR_OK) {
            probability[i] = at_least(&shape, m, fewest);
        }
    }
    return ret;
}
