#include "recovery/aplasia_limits.h"

#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

#include "base/quantile.h"
#include "base/solve.h"

/* points of the shape between which the largest log-likelihood is looked for */
#define GRID 7
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
    double cut; /* taken off the log-likelihood */
    double x; /* the value: its logarithm, or the logit of a share */
    double sigma, share; /* of restricted_gap */
    double v[IMR_APLASIA_MOST_UNKNOWNS]; /* where the largest was found last */
    double shape; /* there, as theta_of takes it */
    double least_shape, most_shape;
    imr_stop_t *stop;
    int is_stopped;
} profile_t;

/* The shape stands for theta: its logarithm, or, where the mean is infinite up to theta = 1, that of
 * theta - 1. */
static int
is_above_one(const profile_t *p)
{
    return p->quantity == IMR_APLASIA_MEAN
        && p->likelihood->distribution == IMR_APLASIA_LOGLOGISTIC;
}

static double
theta_of(const profile_t *p, double shape)
{
    return exp(shape) + is_above_one(p);
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
    double theta = theta_of(p, shape), centre = p->likelihood->centre, root = NAN, middle, z;
    imr_aplasia_distribution_t distribution = p->likelihood->distribution;

    switch (p->quantity) {
        case IMR_APLASIA_QUANTILE:
            z = imr_aplasia_z(distribution, p->argument, 1 - p->argument);
            return theta * (p->x - centre) - z;
        case IMR_APLASIA_MEAN:
            return theta * (p->x - centre - log_mean(p, shape));
        case IMR_APLASIA_SURVIVAL:
            z = imr_aplasia_z(distribution, 1 / (1 + exp(p->x)), 1 / (1 + exp(-p->x)));
            return theta * (log(p->argument) - centre) - z;
        case IMR_APLASIA_RESTRICTED_MEAN:
        case IMR_APLASIA_RATIO: /* has no alpha */
        default:
            p->sigma = 1 / theta;
            p->share = 1 / (1 + exp(-p->x));
            middle = log(p->argument);
            if (imr_solve_bracketed(restricted_gap, p, middle - 60 * (1 + p->sigma),
                    middle + 60 * (1 + p->sigma), 0, &root)
                != IMR_OK) {
                return NAN;
            }
            return theta * (root - centre);
    }
}

static int
is_stopped(profile_t *p)
{
    size_t m = p->likelihood->rows->p + 2;
    double work = 100.0 * (double) (p->likelihood->first[p->likelihood->rows->n] * m * m);

    if (!p->is_stopped) {
        p->is_stopped = imr_stop_asked(p->stop, work) != 0;
    }
    return p->is_stopped;
}

/* The largest log-likelihood with this shape; the other unknowns start from `v`, and end there. */
static double
at_shape(profile_t *p, double shape, double *v)
{
    uint8_t frozen[IMR_APLASIA_MOST_UNKNOWNS] = { 1, 1 };
    double score;
    int at_bound;

    v[IMR_APLASIA_ALPHA] = alpha_of(p, shape);
    v[IMR_APLASIA_THETA] = theta_of(p, shape);
    if (is_stopped(p) || !isfinite(v[IMR_APLASIA_ALPHA])) {
        return -INFINITY;
    }
    return p->likelihood->rows->p > 0
        ? imr_aplasia_climb(p->likelihood, frozen, v, &score, &at_bound, NULL)
        : imr_aplasia_loglik(p->likelihood, v, NULL, NULL);
}

/* Brent's method: golden sections and parabolas, in (low, high), from `middle` whose value is
 * given. */
static double
climb(profile_t *p, double low, double middle, double high, double value)
{
    double x = middle, w = middle, v = middle, fx = value, fw = value, fv = value;
    double step = 0, before = 0;

    for (int i = 0; i < 60; i++) {
        double centre = 0.5 * (low + high), tolerance = 2e-6, u, fu, r, q, s;
        double trial[IMR_APLASIA_MOST_UNKNOWNS];
        int golden = 1;

        if (fabs(x - centre) + 0.5 * (high - low) <= 2 * tolerance) {
            break;
        }
        if (fabs(before) > tolerance && isfinite(fw) && isfinite(fv)) {
            r = (x - w) * (fx - fv);
            q = (x - v) * (fx - fw);
            s = (x - v) * q - (x - w) * r;
            q = 2 * (q - r);
            s = q > 0 ? -s : s;
            q = fabs(q);
            if (fabs(s) < fabs(0.5 * q * before) && s > q * (low - x) && s < q * (high - x)) {
                before = step;
                step = s / q;
                golden = 0;
            }
        }
        if (golden) {
            before = x < centre ? high - x : low - x;
            step = 0.3819660112501051 * before;
        }
        u = x + (fabs(step) >= tolerance ? step : copysign(tolerance, step));
        memcpy(trial, p->v, sizeof(trial));
        fu = at_shape(p, u, trial);
        if (fu >= fx) {
            *(u >= x ? &low : &high) = x;
            v = w, fv = fw;
            w = x, fw = fx;
            x = u, fx = fu;
            memcpy(p->v, trial, sizeof(trial));
        } else {
            *(u < x ? &low : &high) = u;
            if (fu >= fw || w == x) {
                v = w, fv = fw;
                w = u, fw = fu;
            } else if (fu >= fv || v == x || v == w) {
                v = u, fv = fu;
            }
        }
    }
    p->shape = x;
    return fx;
}

/* From the best point of a grid, or the shape found last where that is better. */
static double
largest_over_shapes(profile_t *p)
{
    double step = (p->most_shape - p->least_shape) / (GRID - 1), middle = p->shape;
    double best[IMR_APLASIA_MOST_UNKNOWNS], trial[IMR_APLASIA_MOST_UNKNOWNS], low, high;
    double largest;

    memcpy(best, p->v, sizeof(best));
    largest = at_shape(p, p->shape, best);
    for (int i = 0; i < GRID; i++) {
        double shape = p->least_shape + step * i, value;

        memcpy(trial, p->v, sizeof(trial));
        value = at_shape(p, shape, trial);
        if (value > largest) {
            largest = value;
            middle = shape;
            memcpy(best, trial, sizeof(best));
        }
    }
    if (!isfinite(largest)) {
        return largest;
    }
    memcpy(p->v, best, sizeof(best));
    low = fmax(p->least_shape, middle - step);
    high = fmin(p->most_shape, middle + step);
    return climb(p, low, middle, high, largest);
}

/* The log durations less what the ratio makes of them; its column is then held at 0. */
static double
largest_for_ratio(profile_t *p)
{
    const imr_aplasia_rows_t *rows = p->likelihood->rows;
    uint8_t frozen[IMR_APLASIA_MOST_UNKNOWNS] = { 0 };
    double score, v[IMR_APLASIA_MOST_UNKNOWNS], value;
    int at_bound;

    if (is_stopped(p)) {
        return -INFINITY;
    }
    for (size_t i = 0; i < rows->n; i++) {
        p->likelihood->offset[i] = p->x * rows->covariate[i * rows->p + p->column];
    }
    memcpy(v, p->v, sizeof(v));
    v[IMR_APLASIA_GAMMA + p->column] = 0;
    frozen[IMR_APLASIA_GAMMA + p->column] = 1;
    value = imr_aplasia_climb(p->likelihood, frozen, v, &score, &at_bound, NULL);
    if (isfinite(value)) {
        memcpy(p->v, v, sizeof(v));
    }
    return value;
}

/* --- limits ------------------------------------------------------------------------------------ */

static double
above_cut(double x, const void *context)
{
    profile_t *p = (profile_t *) (uintptr_t) context; /* it keeps where it was, for the next */
    double value;

    p->x = x;
    value =
        (p->quantity == IMR_APLASIA_RATIO ? largest_for_ratio(p) : largest_over_shapes(p)) - p->cut;
    return isfinite(value) ? value : -1e300;
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
            status = imr_solve_bracketed(above_cut, &p, at, next, 1e-8, limit);
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
    int is_early = fit->mu < 0;

    switch (quantity) {
        case IMR_APLASIA_QUANTILE:
            return isinf(fit->mu)
                ? exp(fit->mu)
                : exp(fit->mu + fit->sigma * imr_aplasia_z(distribution, argument, 1 - argument));
        case IMR_APLASIA_MEAN:
            return isinf(fit->mu) ? exp(fit->mu)
                                  : exp(fit->mu + imr_aplasia_log_mean(distribution, fit->sigma));
        case IMR_APLASIA_SURVIVAL:
            return isinf(fit->mu)
                ? !is_early
                : imr_aplasia_point(distribution, (log(argument) - fit->mu) / fit->sigma).upper;
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
        imr_aplasia_point_t p =
            imr_aplasia_point(fit->distribution, (log(argument) - fit->mu) / fit->sigma);

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
        .cut = fit->loglik - drop,
        .stop = stop };
    int status = check(quantity, argument, likelihood->rows->p, fault);

    if (status != IMR_OK) {
        return status;
    }
    p.least_shape = is_above_one(&p) ? -35 : -log(IMR_APLASIA_MOST_SIGMA);
    p.most_shape =
        is_above_one(&p) ? log(1 / IMR_APLASIA_LEAST_SIGMA - 1) : -log(IMR_APLASIA_LEAST_SIGMA);
    memcpy(p.v, fit->v, sizeof(p.v));
    p.shape = isinf(fit->mu) ? 0
        : is_above_one(&p)   ? log(fmax(exp(p.least_shape), fit->v[IMR_APLASIA_THETA] - 1))
                             : log(fit->v[IMR_APLASIA_THETA]);
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
