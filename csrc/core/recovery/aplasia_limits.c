#include "recovery/aplasia_limits.h"

#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

#include "base/quantile.h"
#include "base/solve.h"

/* points of the shape from which the largest log-likelihood is looked for */
#define GRID 7
/* of the logarithm of a duration, from the one found last */
#define NEAR 0.02
/* a rise of the log-likelihood that moves no limit */
#define ENOUGH 1e-8
/* How far the logarithm of a duration, or of a ratio over the range of its covariate, is looked at from
 * that of the longest; and the logit of a share, and of a restricted mean over its horizon. */
#define FARTHEST 30.0
#define FARTHEST_SHARE 700.0

/* --- the largest log-likelihood for a value of a quantity -------------------------------------- */

typedef struct {
    imr_aplasia_likelihood_t *likelihood;
    imr_aplasia_quantity_t quantity;
    double argument;
    size_t column; /* of a ratio */
    double top, drop; /* the maximum, and how far below it the limits are */
    double x; /* the value: its logarithm, or the logit of a share */
    double sigma, share; /* of restricted_gap */
    double root; /* where that was 0 last, near which it is looked for first; NaN: nowhere yet */
    double v
        [IMR_APLASIA_MOST_UNKNOWNS]; /* where the largest was found last, with the shape as theta */
    double least_shape, most_shape;
    int is_thorough; /* look along a grid of shapes for a higher place too */
    imr_stop_t *stop;
    int is_stopped;
} profile_t;

/* The shape is theta, or, where the mean is infinite up to theta = 1, the logarithm of theta - 1. */
static int
is_above_one(const profile_t *p)
{
    return p->quantity == IMR_APLASIA_MEAN
        && p->likelihood->distribution == IMR_APLASIA_LOGLOGISTIC;
}

static double
theta_of(const profile_t *p, double shape)
{
    return is_above_one(p) ? 1 + exp(shape) : shape;
}

static double
restricted_gap(double mu, const void *context)
{
    const profile_t *p = context;

    return imr_aplasia_restricted(p->likelihood->distribution, mu, p->sigma, p->argument)
        - p->share;
}

static double
log_mean(const profile_t *p, double shape)
{
    double theta = theta_of(p, shape);

    if (!is_above_one(p)) {
        return imr_aplasia_log_mean(p->likelihood->distribution, 1 / theta);
    }
    /* sin(pi / theta) = sin(pi (theta - 1) / theta), without the digits that theta has lost */
    return log(M_PI / theta) - log(sin(M_PI * exp(shape) / theta));
}

/* The alpha at which the quantity has the value x; NaN where none gives it. */
static double
alpha_of(profile_t *p, double shape)
{
    double theta = theta_of(p, shape), centre = p->likelihood->centre, root = NAN, middle, far, z;
    imr_aplasia_w_t w = imr_aplasia_w(p->likelihood->distribution, theta);

    switch (p->quantity) {
        case IMR_APLASIA_QUANTILE:
            z = imr_aplasia_z(&w, p->argument, 1 - p->argument);
            return theta * (p->x - centre) - z;
        case IMR_APLASIA_MEAN:
            return theta * (p->x - centre - log_mean(p, shape));
        case IMR_APLASIA_SURVIVAL:
            z = imr_aplasia_z(&w, 1 / (1 + exp(p->x)), 1 / (1 + exp(-p->x)));
            return theta * (log(p->argument) - centre) - z;
        case IMR_APLASIA_RESTRICTED_MEAN:
        case IMR_APLASIA_RATIO: /* has no alpha */
        default:
            p->sigma = 1 / theta;
            p->share = 1 / (1 + exp(-p->x));
            middle = log(p->argument);
            far = 60 * (1 + p->sigma);
            if (isfinite(p->root) && restricted_gap(p->root - NEAR, p) < 0
                && restricted_gap(p->root + NEAR, p) > 0) {
                middle = p->root;
                far = NEAR;
            }
            if (imr_solve_bracketed(restricted_gap, p, middle - far, middle + far, 0, &root)
                != IMR_OK) {
                return NAN;
            }
            p->root = root;
            return theta * (root - centre);
    }
}

static void
tie_at(double shape, double *alpha, double *theta, void *context)
{
    *theta = theta_of(context, shape);
    *alpha = alpha_of(context, shape);
}

/* Climbs from v, which it changes. */
static double
climb(profile_t *p, double *v)
{
    uint8_t frozen[IMR_APLASIA_MOST_UNKNOWNS] = { 0 };
    imr_aplasia_tie_t tie = { tie_at, p, p->least_shape, p->most_shape };
    imr_aplasia_route_t route = { frozen, &tie, ENOUGH, p->stop };
    double value, score;
    int at_bound;

    if (p->quantity == IMR_APLASIA_RATIO) {
        route.tie = NULL;
        v[IMR_APLASIA_GAMMA + p->column] = 0;
        frozen[IMR_APLASIA_GAMMA + p->column] = 1;
    } else {
        frozen[IMR_APLASIA_ALPHA] = 1;
    }
    value = imr_aplasia_climb(p->likelihood, &route, v, &score, &at_bound);
    p->is_stopped |= isnan(value);
    return isnan(value) ? -INFINITY : value;
}

/* From the best point of a grid of shapes, with the ratios of p->v. */
static double
climb_from_grid(profile_t *p, double *v)
{
    size_t m = p->likelihood->rows->p + IMR_APLASIA_GAMMA;
    double best = -INFINITY, theta = theta_of(p, p->v[IMR_APLASIA_THETA]);
    double trial[IMR_APLASIA_MOST_UNKNOWNS] = { 0 };

    for (int i = 0; i < GRID; i++) {
        double part = i / (double) (GRID - 1), value;
        double here = is_above_one(p) ? p->least_shape + part * (p->most_shape - p->least_shape)
                                      : p->least_shape * pow(p->most_shape / p->least_shape, part);

        trial[IMR_APLASIA_ALPHA] = alpha_of(p, here);
        trial[IMR_APLASIA_THETA] = theta_of(p, here);
        for (size_t j = IMR_APLASIA_GAMMA; j < m; j++) {
            trial[j] = p->v[j] * (trial[IMR_APLASIA_THETA] / theta);
        }
        value = isfinite(trial[IMR_APLASIA_ALPHA])
            ? imr_aplasia_loglik(p->likelihood, trial, NULL, NULL)
            : -INFINITY;
        if (value > best) {
            best = value;
            memcpy(v, trial, m * sizeof(*v));
            v[IMR_APLASIA_THETA] = here;
        }
    }
    return isfinite(best) && !p->is_stopped ? climb(p, v) : -INFINITY;
}

/* The largest log-likelihood at p->x, from where it was found last. */
static double
largest(profile_t *p)
{
    double v[IMR_APLASIA_MOST_UNKNOWNS], other[IMR_APLASIA_MOST_UNKNOWNS], value, there;

    memcpy(v, p->v, sizeof(v));
    memcpy(other, p->v, sizeof(other));
    value = climb(p, v);
    if (p->quantity != IMR_APLASIA_RATIO && (p->is_thorough || !isfinite(value))) {
        there = climb_from_grid(p, other);
        if (there > value) {
            value = there;
            memcpy(v, other, sizeof(v));
        }
    }
    if (isfinite(value)) {
        memcpy(p->v, v, sizeof(v));
    }
    return value;
}

/* The log durations less what the ratio makes of them: its column is then held at 0. */
static void
put_offsets(profile_t *p)
{
    const imr_aplasia_rows_t *rows = p->likelihood->rows;

    for (size_t i = 0; i < rows->n; i++) {
        p->likelihood->offset[i] = p->x * rows->covariate[i * rows->p + p->column];
    }
}

/* --- limits ------------------------------------------------------------------------------------ */

/* In square roots, which are nearly straight lines in x. */
static double
above_cut(double x, const void *context)
{
    profile_t *p = (profile_t *) (uintptr_t) context; /* it keeps where it was, for the next */
    double value;

    p->x = x;
    if (p->quantity == IMR_APLASIA_RATIO) {
        put_offsets(p);
    }
    value = p->is_stopped ? -INFINITY : largest(p);
    return isfinite(value) ? sqrt(p->drop) - sqrt(fmax(0, p->top - value)) : -1e300;
}

/* Between two values, of which the second is below the cut. Another place may be higher than the one
 * that is followed from value to value: where it is at the limit found, it is looked for everywhere. */
static int
limit_between(profile_t *p, double inside, double outside, double *limit)
{
    int status;

    p->is_thorough = 0;
    status = imr_solve_bracketed(above_cut, p, inside, outside, 1e-8, limit);
    p->is_thorough = 1;
    if (status != IMR_OK || !(above_cut(*limit, p) > 1e-6)) {
        return status;
    }
    return imr_solve_bracketed(above_cut, p, inside, outside, 1e-8, limit);
}

/* Where the largest log-likelihood falls to the cut, from x on in steps; `end` where it does not
 * up to there. */
static int
limit_from(
    const profile_t *start, double x, double step, double end, double *limit, imr_fault_t *fault)
{
    profile_t p = *start;
    double at = x;
    int status;

    for (;;) {
        double next = at + step;

        if ((step > 0) == (next >= end)) {
            *limit = end;
            return IMR_OK;
        }
        if (above_cut(next, &p) < 0) {
            status = limit_between(&p, at, next, limit);
            break;
        }
        at = next;
        step *= 1.6;
    }
    if (p.is_stopped) {
        return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
    }
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, "limit", -1, NAN);
}

static double
estimate_of(const imr_aplasia_fit_t *fit, imr_aplasia_quantity_t quantity, double argument)
{
    imr_aplasia_distribution_t distribution = fit->distribution;
    imr_aplasia_w_t w = imr_aplasia_w(distribution, isinf(fit->mu) ? 1 : 1 / fit->sigma);
    int is_early = fit->mu < 0;

    switch (quantity) {
        case IMR_APLASIA_QUANTILE:
            return isinf(fit->mu)
                ? exp(fit->mu)
                : exp(fit->mu + fit->sigma * imr_aplasia_z(&w, argument, 1 - argument));
        case IMR_APLASIA_MEAN:
            return isinf(fit->mu) ? exp(fit->mu)
                                  : exp(fit->mu + imr_aplasia_log_mean(distribution, fit->sigma));
        case IMR_APLASIA_SURVIVAL:
            return isinf(fit->mu)
                ? !is_early
                : imr_aplasia_point(&w, (log(argument) - fit->mu) / fit->sigma).upper;
        case IMR_APLASIA_RESTRICTED_MEAN:
            return isinf(fit->mu)
                ? (is_early ? 0 : argument)
                : argument * imr_aplasia_restricted(distribution, fit->mu, fit->sigma, argument);
        case IMR_APLASIA_RATIO:
        default:
            return exp(fit->coefficient[(size_t) argument]);
    }
}

/* The value of the estimate on the scale of the search. */
static double
start_of(
    const imr_aplasia_fit_t *fit, imr_aplasia_quantity_t quantity, double argument, double estimate)
{
    if (quantity == IMR_APLASIA_RATIO) {
        return fit->coefficient[(size_t) argument];
    }
    if (quantity == IMR_APLASIA_SURVIVAL && isfinite(fit->mu)) { /* both tails to all digits */
        imr_aplasia_w_t w = imr_aplasia_w(fit->distribution, 1 / fit->sigma);
        imr_aplasia_point_t p = imr_aplasia_point(&w, (log(argument) - fit->mu) / fit->sigma);

        return log(p.upper) - log(p.lower);
    }
    if (quantity == IMR_APLASIA_SURVIVAL || quantity == IMR_APLASIA_RESTRICTED_MEAN) {
        double share = quantity == IMR_APLASIA_SURVIVAL ? estimate : estimate / argument;

        return log(share) - log1p(-share);
    }
    return log(estimate);
}

static double
range_of(const imr_aplasia_rows_t *rows, size_t column)
{
    double low = INFINITY, high = -INFINITY;

    for (size_t i = 0; i < rows->n; i++) {
        low = fmin(low, rows->covariate[i * rows->p + column]);
        high = fmax(high, rows->covariate[i * rows->p + column]);
    }
    return high - low;
}

static void
clear_offsets(imr_aplasia_likelihood_t *likelihood)
{
    for (size_t i = 0; i < likelihood->rows->n; i++) {
        likelihood->offset[i] = 0;
    }
}

static int
check(imr_aplasia_quantity_t quantity, double argument, size_t columns, imr_fault_t *fault)
{
    if (quantity == IMR_APLASIA_RATIO && !(argument >= 0 && argument < (double) columns)) {
        return imr_fault(fault, IMR_ERR_COUNT, "column", -1, argument);
    }
    if (quantity == IMR_APLASIA_QUANTILE && !(argument > 0 && argument < 1)) {
        return imr_fault(fault, IMR_ERR_PROBABILITY, "p", -1, argument);
    }
    if ((quantity == IMR_APLASIA_SURVIVAL || quantity == IMR_APLASIA_RESTRICTED_MEAN)
        && !(argument >= 1e-100 && argument <= 1e100)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE,
            quantity == IMR_APLASIA_SURVIVAL ? "time" : "horizon", -1, argument);
    }
    return IMR_OK;
}

int
imr_aplasia_limits(imr_aplasia_limits_t *self, const imr_aplasia_fit_t *fit,
    imr_aplasia_likelihood_t *likelihood, imr_aplasia_quantity_t quantity, double argument,
    double drop, imr_stop_t *stop, imr_fault_t *fault)
{
    double middle = 0, far = FARTHEST, step = 0.2, scale = 1, x, low, high;
    int in_shares = quantity == IMR_APLASIA_SURVIVAL || quantity == IMR_APLASIA_RESTRICTED_MEAN;
    profile_t p = { .likelihood = likelihood,
        .quantity = quantity,
        .argument = argument,
        .top = fit->loglik,
        .drop = drop,
        .is_thorough = 1,
        .root = NAN,
        .stop = stop };
    int status = check(quantity, argument, likelihood->rows->p, fault);

    if (status != IMR_OK) {
        return status;
    }
    p.least_shape = is_above_one(&p) ? -35 : 1 / IMR_APLASIA_MOST_SIGMA;
    p.most_shape = 1 / IMR_APLASIA_LEAST_SIGMA;
    p.most_shape = is_above_one(&p) ? log(p.most_shape - 1) : p.most_shape;
    memcpy(p.v, fit->v, sizeof(p.v));
    if (isinf(fit->mu)) {
        p.v[IMR_APLASIA_THETA] = 1;
    }
    if (is_above_one(&p)) {
        p.v[IMR_APLASIA_THETA] = log(fmax(exp(p.least_shape), p.v[IMR_APLASIA_THETA] - 1));
    }
    if (in_shares) {
        far = quantity == IMR_APLASIA_SURVIVAL ? FARTHEST_SHARE : FARTHEST;
        scale = quantity == IMR_APLASIA_RESTRICTED_MEAN ? argument : 1;
    } else if (quantity == IMR_APLASIA_RATIO) {
        p.column = (size_t) argument;
        step /= range_of(likelihood->rows, p.column);
        far /= range_of(likelihood->rows, p.column);
    } else {
        middle = likelihood->centre;
    }
    self->estimate = estimate_of(fit, quantity, argument);
    x = start_of(fit, quantity, argument, self->estimate);
    x = fmax(middle - far, fmin(middle + far, x));
    if (above_cut(x, &p)
        < 0) { /* the estimate, and the other values too, are beyond the farthest */
        self->low = self->high = self->estimate;
        clear_offsets(likelihood);
        return p.is_stopped ? imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN) : IMR_OK;
    }
    status = limit_from(&p, x, -step, middle - far, &low, fault);
    if (status == IMR_OK) {
        status = limit_from(&p, x, step, middle + far, &high, fault);
    }
    clear_offsets(likelihood);
    if (status != IMR_OK) {
        return status;
    }
    self->low = low <= middle - far ? 0 : in_shares ? scale / (1 + exp(-low)) : exp(low);
    self->high = high >= middle + far ? (in_shares ? scale : INFINITY)
        : in_shares                   ? scale / (1 + exp(-high))
                                      : exp(high);
    /* the limits enclose the estimate to the last digit too */
    self->low = fmin(self->low, self->estimate);
    self->high = fmax(self->high, self->estimate);
    return IMR_OK;
}

int
imr_aplasia_drop(double level, double *drop, imr_fault_t *fault)
{
    double quantile;
    int status;

    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    status = imr_quantile_chi_squared_upper(1 - level, 1, &quantile);
    if (status != IMR_OK) {
        return imr_fault(fault, status, "level", -1, level);
    }
    *drop = 0.5 * quantile;
    return IMR_OK;
}
