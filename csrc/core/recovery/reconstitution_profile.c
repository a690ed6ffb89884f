/* For a share of return up to a time, alpha is a function of the two other unknowns: Newton's method in these
 * finds the largest log-likelihood. */
#include "recovery/reconstitution_profile.h"

#include <math.h>
#include <string.h>

#include "base/solve.h"
#include "recovery/reconstitution_share.h"

enum { A = IMR_RECONSTITUTION_ALPHA, T = IMR_RECONSTITUTION_THETA, R = IMR_RECONSTITUTION_RATE };

/* Logits of shares between these are looked at, and logarithms of times over the longest. */
#define LEAST_LOGIT (-300.0)
#define MOST_LOGIT 16.0
#define LEAST_TIME (-30.0)
#define MOST_TIME 30.0
#define MOST_STEPS 60
#define MOST_HALVINGS 30
/* A step from which the log-likelihood rises by less is the last one. */
#define LEAST_RISE 1e-9
/* Of the logit of a share, or the logarithm of a time, at a limit. */
#define TOLERANCE 1e-8
#define WORK_OF_A_SHARE 2e4

typedef struct {
    const imr_reconstitution_parametric_t *fit;
    double end; /* the logarithm of the time, in units */
    double logit; /* of the share at that time */
    double v[IMR_RECONSTITUTION_UNKNOWNS]; /* where the largest log-likelihood was found last */
    double reach; /* the square root of twice the drop */
    int of_times; /* the search is for a time, not for a share */
    imr_stop_t *stop;
    int is_stopped;
} profile_t;

static double
logit_of(double share)
{
    return log(share) - log1p(-fmin(share, 1));
}

/* --- the log-likelihood at a share ------------------------------------------------------------- */

static void
find_share(profile_t *p, const double *v, imr_reconstitution_share_t *share)
{
    imr_reconstitution_share(share, p->fit->fit.distribution, v, p->end);
    if (!p->is_stopped && imr_stop_asked(p->stop, WORK_OF_A_SHARE)) {
        p->is_stopped = 1;
    }
}

/* Moves alpha, from where it is, until the share is the one wanted: the larger alpha, the smaller the
 * share. 0 where that fails. */
static int
solve_alpha(profile_t *p, double *v, imr_reconstitution_share_t *share)
{
    double low = -INFINITY, high = INFINITY, stride = 4;

    for (int i = 0; i < 200 && !p->is_stopped; i++) {
        double gap, step, slope, rest;

        find_share(p, v, share);
        gap = logit_of(share->value) - p->logit;
        rest = 1 - share->value;
        if (fabs(gap) <= 1e-10 * (1 + fabs(p->logit)) || (rest > 0 && fabs(gap) * rest < 4e-16)) {
            return 1;
        }
        *(gap > 0 ? &low : &high) = v[A];
        slope = share->slope[A] / (share->value * rest);
        step = -gap / slope;
        /* too far, or no slope but rounding */
        if (!(fabs(step) <= stride) || (step > 0) != (gap > 0)) {
            step = gap > 0 ? stride : -stride;
            stride *= 2;
        }
        if (!(v[A] + step > low && v[A] + step < high)) {
            step = 0.5 * (low + high) - v[A];
        }
        if (!isfinite(v[A] + step)) {
            return 0;
        }
        if (fabs(step) <= 1e-15 * (1 + fabs(v[A]))) {
            return 1;
        }
        v[A] += step;
    }
    return 0;
}

typedef struct {
    double slope[2]; /* in theta and the rate, or its logarithm, alpha moving with them */
    double bend[2][2];
} point_t;

/* Can the rate be 0? It cannot where there were events, nor where all then return in the end. Its
 * logarithm is then the coordinate. */
static int
is_zero_allowed(const profile_t *p)
{
    return p->fit->n_competing == 0 && isfinite(p->end);
}

static double
loglik_of_rate(const imr_reconstitution_parametric_t *fit, double rate)
{
    double events = (double) fit->n_competing;

    return (events > 0 ? events * (log(rate) - log(fit->unit)) : 0) - rate * fit->exposure;
}

static double
loglik_at(profile_t *p, double *v, imr_reconstitution_share_t *share)
{
    double loglik;

    if (!solve_alpha(p, v, share)) {
        return -INFINITY;
    }
    loglik = imr_aplasia_loglik(&p->fit->likelihood, v, NULL, NULL) + loglik_of_rate(p->fit, v[R]);
    return isnan(loglik) ? -INFINITY : loglik;
}

/* The derivatives where alpha has been solved for: those of the log-likelihood less `ratio` times the
 * share, along the surface on which the share is the same. */
static void
differentiate(profile_t *p, const double *v, const imr_reconstitution_share_t *share, point_t *at)
{
    double gradient[IMR_APLASIA_MOST_UNKNOWNS], hessian[4], l[3], h[3][3] = { { 0 } };
    double events = (double) p->fit->n_competing, ratio, along[2];

    (void) imr_aplasia_loglik(&p->fit->likelihood, v, gradient, hessian);
    l[A] = gradient[IMR_APLASIA_ALPHA];
    l[T] = gradient[IMR_APLASIA_THETA];
    l[R] = (events > 0 ? events / v[R] : 0) - p->fit->exposure;
    h[A][A] = hessian[0];
    h[A][T] = h[T][A] = hessian[1];
    h[T][T] = hessian[3];
    h[R][R] = events > 0 ? -events / (v[R] * v[R]) : 0;
    ratio = l[A] / share->slope[A];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            h[i][j] -= ratio * share->bend[i][j];
        }
    }
    for (int i = 0; i < 2; i++) {
        along[i] = -share->slope[i + 1] / share->slope[A];
        at->slope[i] = l[i + 1] - ratio * share->slope[i + 1];
    }
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
            at->bend[i][j] = h[i + 1][j + 1] + along[i] * h[A][j + 1] + along[j] * h[i + 1][A]
                + along[i] * along[j] * h[A][A];
        }
    }
    if (!is_zero_allowed(p)) {
        at->bend[1][1] = v[R] * (v[R] * at->bend[1][1] + at->slope[1]);
        at->bend[0][1] = at->bend[1][0] = v[R] * at->bend[0][1];
        at->slope[1] *= v[R];
    }
}

/* --- the climb --------------------------------------------------------------------------------- */

/* Newton's step in the coordinates that are free, with as large a ridge as makes it a rise. */
static double
find_step(const point_t *at, const int *is_held, double *step)
{
    double size[2] = { fabs(at->bend[0][0]), fabs(at->bend[1][1]) };

    step[0] = step[1] = 0;
    for (double ridge = 0; ridge < 1e9; ridge = ridge > 0 ? 10 * ridge : 1e-6) {
        double a = -at->bend[0][0] + ridge * (size[0] + 1e-6);
        double b = -at->bend[1][1] + ridge * (size[1] + 1e-6), c = -at->bend[0][1];

        a = is_held[0] ? 1 : a;
        b = is_held[1] ? 1 : b;
        c = is_held[0] || is_held[1] ? 0 : c;
        if (a > 0 && b > 0 && a * b - c * c > 1e-12 * a * b) {
            double x = is_held[0] ? 0 : at->slope[0], y = is_held[1] ? 0 : at->slope[1];

            step[0] = (b * x - c * y) / (a * b - c * c);
            step[1] = (a * y - c * x) / (a * b - c * c);
            return step[0] * x + step[1] * y;
        }
    }
    return 0;
}

/* The part of the step that stays within the bounds. */
static double
part_within(const profile_t *p, const double *v, const double *step)
{
    double least = 1 / IMR_APLASIA_MOST_SIGMA, most = 1 / IMR_APLASIA_LEAST_SIGMA, part = 1;

    if (v[T] + step[0] > most) {
        part = (most - v[T]) / step[0];
    } else if (v[T] + step[0] < least) {
        part = (least - v[T]) / step[0];
    }
    if (is_zero_allowed(p) && v[R] + step[1] < 0) {
        part = fmin(part, v[R] / -step[1]);
    }
    return part;
}

/* Which coordinates are at a bound that the slope leads beyond. */
static void
find_held(const profile_t *p, const double *v, const point_t *at, int *is_held)
{
    double least = 1 / IMR_APLASIA_MOST_SIGMA, most = 1 / IMR_APLASIA_LEAST_SIGMA;

    is_held[0] = (v[T] >= most && at->slope[0] >= 0) || (v[T] <= least && at->slope[0] <= 0);
    is_held[1] = !p->fit->has_rate || (v[R] <= 0 && at->slope[1] <= 0);
}

/* Climbs from v, where the log-likelihood is `loglik`; ends at v. */
static double
climb(profile_t *p, double *v, imr_reconstitution_share_t *share, double loglik)
{
    double least = 1 / IMR_APLASIA_MOST_SIGMA, most = 1 / IMR_APLASIA_LEAST_SIGMA;

    for (int i = 0; i < MOST_STEPS && isfinite(loglik); i++) {
        double step[2], trial[3], rise, part, next = -INFINITY;
        double along[] = { -share->slope[T] / share->slope[A], -share->slope[R] / share->slope[A] };
        int is_held[2], halvings = 0;
        point_t at;

        differentiate(p, v, share, &at);
        find_held(p, v, &at, is_held);
        rise = find_step(&at, is_held, step);
        part = part_within(p, v, step);
        if (part == 0) { /* along a bound that the step alone would leave */
            is_held[0] |= v[T] >= most || v[T] <= least;
            is_held[1] |= v[R] <= 0;
            rise = find_step(&at, is_held, step);
            part = part_within(p, v, step);
        }
        if (!(rise > LEAST_RISE)) {
            break;
        }
        for (; halvings < MOST_HALVINGS; halvings++, part /= 2) {
            trial[T] = fmax(least, fmin(most, v[T] + part * step[0]));
            trial[R] = is_zero_allowed(p) ? fmax(0, v[R] + part * step[1])
                                          : v[R] * exp(fmin(5, part * step[1]));
            trial[A] = v[A] + along[0] * (trial[T] - v[T]) + along[1] * (trial[R] - v[R]);
            next = loglik_at(p, trial, share);
            if (next > loglik + 1e-4 * part * rise) {
                break;
            }
        }
        if (halvings == MOST_HALVINGS) {
            break;
        }
        memcpy(v, trial, sizeof(trial));
        loglik = next;
    }
    return loglik;
}

static double
share_at_rate(double log_rate, const void *context)
{
    const profile_t *p = context;
    double v[] = { p->v[A], p->v[T], exp(log_rate) };
    imr_reconstitution_share_t share;

    imr_reconstitution_share(&share, p->fit->fit.distribution, v, p->end);
    return share.value - 1 / (1 + exp(-p->logit));
}

/* The rate that gives the share with alpha and theta as they were last. 0 where there is none. */
static int
start_from_rate(const profile_t *p, double *v)
{
    double log_rate, low = -40, high = 8;

    if (!p->fit->has_rate) {
        return 0;
    }
    if (p->v[R] > 0) {
        low = fmax(low, log(p->v[R]) - 4);
        high = fmin(high, log(p->v[R]) + 4);
    }
    if (imr_solve_bracketed(share_at_rate, p, low, high, 1e-3, &log_rate) != IMR_OK) {
        return 0;
    }
    v[A] = p->v[A];
    v[T] = p->v[T];
    v[R] = exp(log_rate);
    return 1;
}

/* The largest log-likelihood at the share and the time, from where the last one was found with the better of
 * another alpha and another rate. p->v moves there. */
static double
largest(profile_t *p)
{
    imr_reconstitution_share_t share, other_share;
    double v[IMR_RECONSTITUTION_UNKNOWNS], other[IMR_RECONSTITUTION_UNKNOWNS], loglik, beside;

    memcpy(v, p->v, sizeof(v));
    loglik = v[R] > 0 || isfinite(p->end) ? loglik_at(p, v, &share) : -INFINITY;
    if (start_from_rate(p, other)) {
        beside = loglik_at(p, other, &other_share);
        if (beside > loglik) {
            loglik = beside;
            share = other_share;
            memcpy(v, other, sizeof(v));
        }
    }
    if (!isfinite(loglik)) { /* too far from the last point: from a wide distribution */
        v[T] = 1;
        v[R] = v[R] > 0 || isfinite(p->end) ? v[R] : 1;
        loglik = loglik_at(p, v, &share);
    }
    loglik = climb(p, v, &share, loglik);
    if (isfinite(loglik)) {
        memcpy(p->v, v, sizeof(v));
    }
    return loglik;
}

/* --- limits ------------------------------------------------------------------------------------ */

/* Above 0 beyond the limits. It is near a straight line in x on either side of the estimate. */
static double
beyond(double x, const void *context)
{
    profile_t *p = (profile_t *) (uintptr_t) context; /* it keeps where it was, for the next */
    double loglik;

    *(p->of_times ? &p->end : &p->logit) = x;
    loglik = largest(p);
    return isfinite(loglik) ? sqrt(2 * fmax(0, p->fit->loglik - loglik)) - p->reach : 1e10;
}

/* Is x within the limits after all, from the narrowest distribution, or from the estimate? There are
 * rarely two maxima, where those of few patients are at the least sigma. *p is then at the other one. */
static int
is_inside_elsewhere(profile_t *p, const profile_t *start, double x)
{
    for (int i = 0; i < 2; i++) {
        profile_t trial = i == 0 ? *p : *start;
        double outside;

        if (i == 0) {
            trial.v[T] = 1 / IMR_APLASIA_LEAST_SIGMA;
        }
        outside = beyond(x, &trial);
        p->is_stopped |= trial.is_stopped;
        if (outside < -1e-6) {
            *p = trial;
            return 1;
        }
    }
    return 0;
}

/* Where the sign of `beyond` changes between `in` and `out`: by regula falsi, and each third time by halves. It
 * does not ask again at the ends, as what is found there may depend on the way. */
static double
find_change(profile_t *p, double in, double f_in, double out, double f_out)
{
    for (int i = 0; i < 100 && fabs(out - in) > TOLERANCE; i++) {
        double at = i % 3 == 2 ? 0.5 * (in + out) : in + (out - in) * f_in / (f_in - f_out), f;

        /* a little to the side that is farther off, so that both ends close in */
        at += fabs(at - in) < fabs(at - out) ? copysign(0.4 * TOLERANCE, out - in)
                                             : copysign(0.4 * TOLERANCE, in - out);
        f = beyond(at, p);
        if (f <= 0) {
            in = at;
            f_in = f;
        } else {
            out = at;
            f_out = f;
        }
        if (p->is_stopped) {
            break;
        }
    }
    return in;
}

/* The limit from x on, `end` where there is none up to there; the first step has the size of `step`, each
 * other one leads a little beyond where the last one lets the limit be expected. */
static int
limit_from(
    const profile_t *start, double x, double step, double end, double *limit, imr_fault_t *fault)
{
    profile_t p = *start;
    double at = x, inside = -p.reach, outside = 0, first = step;
    int rounds = 0;

    do {
        for (step = first;;) {
            double next = (step > 0) == (at + step >= end) ? end : at + step, expected;

            outside = beyond(next, &p);
            if (outside > 0 || p.is_stopped) {
                *limit = find_change(&p, at, inside, next, outside);
                break;
            }
            if (next == end) {
                *limit = end;
                return IMR_OK;
            }
            expected = fabs(next - x) * (1.1 * p.reach / (outside + p.reach) - 1);
            at = next;
            inside = outside;
            step = copysign(fmax(0.3 * fabs(next - x), fmin(4 * fabs(step), expected)), step);
        }
        at = *limit;
        inside = 0;
    } while (!p.is_stopped && ++rounds < 3 && is_inside_elsewhere(&p, start, at));
    return p.is_stopped ? imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN) : IMR_OK;
}

/* Both limits from x on, between the ends of the range; 0 in *is_inside where x is beyond them itself. */
static int
limits_from(profile_t *p, double x, const double *range, double *low, double *high, int *is_inside,
    imr_fault_t *fault)
{
    int status;

    *is_inside = beyond(x, p) <= 0;
    if (p->is_stopped) {
        return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
    }
    if (!*is_inside) {
        return IMR_OK;
    }
    status = limit_from(p, x, -0.25, range[0], low, fault);
    return status == IMR_OK ? limit_from(p, x, 0.25, range[1], high, fault) : status;
}

static profile_t
begin(const imr_reconstitution_parametric_t *self, double drop, imr_stop_t *stop)
{
    profile_t p = { .fit = self, .reach = sqrt(2 * drop), .stop = stop };

    p.v[A] = self->fit.v[IMR_APLASIA_ALPHA];
    p.v[T] = self->fit.v[IMR_APLASIA_THETA];
    p.v[R] = self->rate;
    if (isinf(self->fit.mu)) {
        p.v[A] = 0;
        p.v[T] = 1;
    }
    return p;
}

int
imr_reconstitution_profile_share(imr_reconstitution_between_t *answer,
    const imr_reconstitution_parametric_t *self, double time, double drop, imr_stop_t *stop,
    imr_fault_t *fault)
{
    profile_t p = begin(self, drop, stop);
    const double range[] = { LEAST_LOGIT, MOST_LOGIT };
    double competing, low = 0, high = 0, x;
    int is_inside, status;

    if (isnan(time)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "times", -1, time);
    }
    if (time < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "times", -1, time);
    }
    imr_reconstitution_parametric_shares(self, time, &answer->estimate, &competing);
    answer->low = answer->high = answer->estimate;
    if (time == 0 || (isinf(time) && !self->has_rate)) { /* nobody, or all */
        answer->estimate = answer->low = answer->high = time > 0;
        return IMR_OK;
    }
    p.end = log(time) - self->likelihood.centre;
    x = fmax(LEAST_LOGIT, fmin(MOST_LOGIT, logit_of(answer->estimate)));
    status = limits_from(&p, x, range, &low, &high, &is_inside, fault);
    if (status == IMR_OK && is_inside) {
        /* they enclose the estimate to the last digit too */
        low = low <= LEAST_LOGIT ? 0 : 1 / (1 + exp(-low));
        high = high >= MOST_LOGIT ? 1 : 1 / (1 + exp(-high));
        answer->low = fmin(low, answer->estimate);
        answer->high = fmax(high, answer->estimate);
    }
    return status;
}

/* --- quantiles --------------------------------------------------------------------------------- */

static double
share_less_logit(double end, const void *context)
{
    const profile_t *p = context;
    imr_reconstitution_share_t share;

    imr_reconstitution_share(&share, p->fit->fit.distribution, p->v, end);
    return share.value > 0 ? fmax(-1e10, fmin(1e10, logit_of(share.value) - p->logit)) : -1e10;
}

/* The logarithm of the day at the estimate, within the range that is looked at. */
static double
quantile_of(const profile_t *p)
{
    double root = MOST_TIME;

    if (isinf(p->fit->fit.mu)) {
        return p->fit->fit.mu > 0 ? MOST_TIME : LEAST_TIME;
    }
    if (share_less_logit(LEAST_TIME, p) >= 0) {
        return LEAST_TIME;
    }
    return imr_solve_bracketed(share_less_logit, p, LEAST_TIME, MOST_TIME, 0, &root) == IMR_OK
        ? root
        : MOST_TIME;
}

/* The day of a logarithm that is within the range. */
static double
day_of(const profile_t *p, double end)
{
    return end <= LEAST_TIME ? 0
        : end >= MOST_TIME   ? INFINITY
                             : exp(end + p->fit->likelihood.centre);
}

int
imr_reconstitution_profile_quantile(imr_reconstitution_between_t *answer,
    const imr_reconstitution_parametric_t *self, double share, double drop, imr_stop_t *stop,
    imr_fault_t *fault)
{
    profile_t p = begin(self, drop, stop);
    const double range[] = { LEAST_TIME, MOST_TIME };
    double low = 0, high = 0, x;
    int is_inside, status;

    if (!(share > 0 && share < 1)) {
        return imr_fault(fault, IMR_ERR_PROBABILITY, "p", -1, share);
    }
    p.logit = logit_of(share);
    p.of_times = 1;
    x = quantile_of(&p);
    answer->estimate = answer->low = answer->high = day_of(&p, x);
    status = limits_from(&p, x, range, &low, &high, &is_inside, fault);
    if (status == IMR_OK && is_inside) {
        answer->low = fmin(day_of(&p, low), answer->estimate);
        answer->high = fmax(day_of(&p, high), answer->estimate);
    }
    return status;
}
