#include "recovery/aplasia_parametric.h"

#include <math.h>
#include <string.h>

#include "base/quantile.h"
#include "base/solve.h"
#include "recovery/aplasia_duration.h"

#define SCORE_CERTIFIED 1e-8
/* points of log sigma between which the largest log-likelihood is looked for */
#define GRID 13
/* rows that the search for a start looks at */
#define FEW_ROWS 64
/* a logarithm of a duration further from that of the longest is none that is looked at */
#define FARTHEST 30.0

/* --- the log-likelihood ------------------------------------------------------------------------ */

/* A probability and its derivatives. */
typedef struct {
    double p, mu, tau, mu_mu, mu_tau, tau_tau;
} share_t;

/* Adds `weight` times the derivatives of P(duration <= t), whose point is at z. */
static void
add_end(share_t *share, const imr_aplasia_point_t *point, double z, double sigma, double weight)
{
    double f = weight * point->density, bend = weight * point->bend;

    if (point->density == 0) {
        return;
    }
    share->mu -= f / sigma;
    share->tau -= z * f;
    share->mu_mu += bend / (sigma * sigma);
    share->mu_tau += (bend * z + f) / sigma;
    share->tau_tau += (bend * z + f) * z;
}

/* Adds `weight` times the probability of a duration in (from, to]. */
static void
add_share(share_t *share, imr_aplasia_distribution_t distribution, double mu, double sigma,
    double from, double to, double weight)
{
    imr_aplasia_point_t here = { 0, 1, 0, 0 }, there = { 1, 0, 0, 0 };
    double z = -INFINITY, z_to = INFINITY;

    if (from > 0) {
        z = (log(from) - mu) / sigma;
        here = imr_aplasia_point(distribution, z);
        add_end(share, &here, z, sigma, -weight);
    }
    if (isfinite(to)) {
        z_to = (log(to) - mu) / sigma;
        there = imr_aplasia_point(distribution, z_to);
        add_end(share, &there, z_to, sigma, weight);
    }
    share->p += weight * (z > 0 ? here.upper - there.upper : there.lower - here.lower);
}

static share_t
share_of_row(const imr_aplasia_rows_t *rows, size_t i, imr_aplasia_distribution_t distribution,
    double mu, double sigma)
{
    double least = rows->least[i], width = rows->width[i], gap = rows->gap[i];
    share_t share = { 0 };

    if (width == 0) {
        add_share(&share, distribution, mu, sigma, least, least + gap, 1);
    } else if (gap == 0) { /* a density, averaged over the onset */
        add_share(&share, distribution, mu, sigma, least, least + width, 1 / width);
    } else if (least >= width) {
        for (int k = 0; k < IMR_APLASIA_FEW_NODES; k++) {
            double from = least + width * imr_aplasia_few_nodes[k].at;

            add_share(
                &share, distribution, mu, sigma, from, from + gap, imr_aplasia_few_nodes[k].weight);
        }
    } else { /* s = x^2, as the probability may rise like a power from 0 on */
        for (int k = 0; k < IMR_APLASIA_NODES; k++) {
            double x = imr_aplasia_nodes[k].at, from = least + width * x * x;

            add_share(&share, distribution, mu, sigma, from, from + gap,
                2 * x * imr_aplasia_nodes[k].weight);
        }
    }
    return share;
}

imr_aplasia_loglik_t
imr_aplasia_loglik(
    const imr_aplasia_rows_t *rows, imr_aplasia_distribution_t distribution, double mu, double tau)
{
    imr_aplasia_loglik_t sum = { 0 };
    double sigma = exp(tau);

    for (size_t i = 0; i < rows->n; i++) {
        share_t s;
        double slope_mu, slope_tau;

        if (rows->width[i] == 0 && rows->gap[i] == 0) {
            double y = log(rows->least[i]), z = (y - mu) / sigma;
            imr_aplasia_log_density_t d = imr_aplasia_log_density(distribution, z);

            sum.value += d.value - tau - y;
            sum.mu -= d.slope / sigma;
            sum.tau -= z * d.slope + 1;
            sum.mu_mu += d.bend / (sigma * sigma);
            sum.mu_tau += (d.bend * z + d.slope) / sigma;
            sum.tau_tau += (d.bend * z + d.slope) * z;
            continue;
        }
        s = share_of_row(rows, i, distribution, mu, sigma);
        if (!(s.p > 1e-300)) {
            sum.value = -INFINITY;
            return sum;
        }
        slope_mu = s.mu / s.p;
        slope_tau = s.tau / s.p;
        sum.value += log(s.p);
        sum.mu += slope_mu;
        sum.tau += slope_tau;
        sum.mu_mu += s.mu_mu / s.p - slope_mu * slope_mu;
        sum.mu_tau += s.mu_tau / s.p - slope_mu * slope_tau;
        sum.tau_tau += s.tau_tau / s.p - slope_tau * slope_tau;
    }
    return sum;
}

/* --- the largest log-likelihood for a value of a quantity -------------------------------------- */

typedef struct {
    const imr_aplasia_rows_t *rows;
    imr_aplasia_distribution_t distribution;
    imr_aplasia_quantity_t quantity;
    double argument;
    double cut; /* taken off the log-likelihood */
    double x; /* the value: its logarithm, or the logit of a share */
    double sigma, share; /* of restricted_gap */
    double best_tau; /* where the largest was found */
} profile_t;

static double
restricted_gap(double mu, const void *context)
{
    const profile_t *p = context;

    return imr_aplasia_restricted(p->distribution, mu, p->sigma, p->argument) - p->share;
}

/* The mu at which the quantity has the value x; NaN where no mu gives it. */
static double
mu_of(profile_t *p, double sigma)
{
    double root = NAN, lower, middle;

    switch (p->quantity) {
        case IMR_APLASIA_QUANTILE:
            return p->x - sigma * imr_aplasia_z(p->distribution, p->argument, 1 - p->argument);
        case IMR_APLASIA_MEAN:
            return p->x - imr_aplasia_log_mean(p->distribution, sigma);
        case IMR_APLASIA_SURVIVAL:
            lower = 1 / (1 + exp(p->x));
            return log(p->argument)
                - sigma * imr_aplasia_z(p->distribution, lower, 1 / (1 + exp(-p->x)));
        case IMR_APLASIA_RESTRICTED_MEAN:
        default:
            p->sigma = sigma;
            p->share = 1 / (1 + exp(-p->x));
            middle = log(p->argument);
            if (imr_solve_bracketed(restricted_gap, p, middle - 60 * (1 + sigma),
                    middle + 60 * (1 + sigma), 0, &root)
                != IMR_OK) {
                return NAN;
            }
            return root;
    }
}

static double
at_tau(profile_t *p, double tau)
{
    double mu = mu_of(p, exp(tau));

    return isfinite(mu) ? imr_aplasia_loglik(p->rows, p->distribution, mu, tau).value : -INFINITY;
}

/* Brent's method: golden sections and parabolas, in (low, high), from `middle` whose value is
 * given. */
static double
climb(profile_t *p, double low, double middle, double high, double value)
{
    double x = middle, w = middle, v = middle, fx = value, fw = value, fv = value;
    double step = 0, before = 0;

    for (int i = 0; i < 60; i++) {
        double centre = 0.5 * (low + high), tolerance = 1e-7, u, fu, r, q, s;
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
        fu = at_tau(p, u);
        if (fu >= fx) {
            *(u >= x ? &low : &high) = x;
            v = w, fv = fw;
            w = x, fw = fx;
            x = u, fx = fu;
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
    p->best_tau = x;
    return fx;
}

static double
largest(profile_t *p)
{
    double least = log(IMR_APLASIA_LEAST_SIGMA);
    double step = (log(IMR_APLASIA_MOST_SIGMA) - least) / (GRID - 1), best = -INFINITY;
    int k = 0;

    for (int i = 0; i < GRID; i++) {
        double value = at_tau(p, least + step * i);

        if (value > best) {
            best = value;
            k = i;
        }
    }
    p->best_tau = least + step * k;
    if (!isfinite(best)) {
        return best;
    }
    return climb(p, least + step * (k > 0 ? k - 1 : 0), p->best_tau,
        least + step * (k < GRID - 1 ? k + 1 : k), best);
}

/* --- the maximum ------------------------------------------------------------------------------- */

static double
scale_of(const imr_aplasia_rows_t *rows)
{
    return rows->longest > 0 ? log(rows->longest) : 0;
}

/* How far from a maximum: the derivative in tau counts unless it points out of bounds. */
static double
score_of(const imr_aplasia_loglik_t *l, int at_bound, size_t n)
{
    double tau = at_bound * l->tau > 0 ? 0 : l->tau;

    return fmax(fabs(l->mu), fabs(tau)) / (double) n;
}

/* A step in one variable by itself. */
static double
uphill(double slope, double bend)
{
    double step = bend < 0 ? -slope / bend : copysign(0.1, slope);

    return fmax(-0.5, fmin(0.5, step));
}

/* Newton's method from a point near the maximum. */
static void
polish(imr_aplasia_fit_t *self, const imr_aplasia_rows_t *rows, double mu, double tau)
{
    double least = log(IMR_APLASIA_LEAST_SIGMA), most = log(IMR_APLASIA_MOST_SIGMA);
    imr_aplasia_loglik_t l = imr_aplasia_loglik(rows, self->distribution, mu, tau);

    for (int i = 0; i < 100; i++) {
        double d_mu, d_tau = 0, det, part = 1, least_part;
        imr_aplasia_loglik_t next;

        self->at_bound = tau <= least + 1e-6 && l.tau <= 0 ? -1
            : tau >= most - 1e-6 && l.tau >= 0             ? 1
                                                           : 0;
        if (self->at_bound != 0 && tau != (self->at_bound < 0 ? least : most)) {
            tau = self->at_bound < 0 ? least : most;
            l = imr_aplasia_loglik(rows, self->distribution, mu, tau);
        }
        self->score = score_of(&l, self->at_bound, rows->n);
        det = l.mu_mu * l.tau_tau - l.mu_tau * l.mu_tau;
        if (self->at_bound == 0 && det > 0 && l.mu_mu < 0) {
            d_mu = -(l.tau_tau * l.mu - l.mu_tau * l.tau) / det;
            d_tau = -(l.mu_mu * l.tau - l.mu_tau * l.mu) / det;
        } else {
            d_mu = uphill(l.mu, l.mu_mu);
            d_tau = self->at_bound == 0 ? uphill(l.tau, l.tau_tau) : 0;
        }
        if ((tau <= least && d_tau < 0) || (tau >= most && d_tau > 0)) { /* along the bound */
            d_tau = 0;
            d_mu = uphill(l.mu, l.mu_mu);
        }
        if (tau + d_tau < least || tau + d_tau > most) { /* up to the bound, in this direction */
            part = ((d_tau < 0 ? least : most) - tau) / d_tau;
            part = part > 1e-6 ? part : 1e-6;
        }
        least_part = 1e-6 * part;
        if (self->score < 1e-13 || !isfinite(d_mu) || !isfinite(d_tau)) {
            break;
        }
        for (; part > least_part; part /= 2) {
            next = imr_aplasia_loglik(rows, self->distribution, mu + part * d_mu,
                fmax(least, fmin(most, tau + part * d_tau)));
            if (next.value > l.value
                || (next.value >= l.value - 1e-12 * (1 + fabs(l.value))
                    && score_of(&next, self->at_bound, rows->n) < self->score)) {
                break;
            }
        }
        if (part <= least_part) {
            break;
        }
        mu += part * d_mu;
        tau = fmax(least, fmin(most, tau + part * d_tau));
        l = next;
    }
    self->mu = mu;
    self->sigma = exp(tau);
    self->loglik = l.value;
}

int
imr_aplasia_fit(imr_aplasia_fit_t *self, const imr_aplasia_rows_t *rows,
    imr_aplasia_distribution_t distribution, imr_fault_t *fault)
{
    imr_aplasia_rows_t few = *rows;
    profile_t p = { .rows = &few,
        .distribution = distribution,
        .quantity = IMR_APLASIA_QUANTILE,
        .argument = 0.5 };
    double best = -INFINITY, x = 0, tau = 0;

    memset(self, 0, sizeof(*self));
    self->distribution = distribution;
    if (rows->recovered == 0) { /* the later, the better */
        self->mu = INFINITY;
        self->sigma = NAN;
        return IMR_OK;
    }
    few.n = few.n < FEW_ROWS ? few.n : FEW_ROWS;
    for (int i = 0; i <= 60; i++) {
        for (int k = 0; k < GRID; k++) {
            double value,
                at = log(IMR_APLASIA_LEAST_SIGMA)
                + log(IMR_APLASIA_MOST_SIGMA / IMR_APLASIA_LEAST_SIGMA) / (GRID - 1) * k;

            p.x = scale_of(rows) + 3 - 0.2 * i;
            value = at_tau(&p, at);
            if (value > best) {
                best = value;
                x = p.x;
                tau = at;
            }
        }
    }
    p.rows = rows;
    p.x = x;
    if (largest(&p) > -INFINITY) {
        tau = p.best_tau;
    }
    polish(self, rows, mu_of(&p, exp(tau)), tau);
    return self->score <= SCORE_CERTIFIED
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_NOCONV, "score", -1, self->score);
}

/* --- limits ------------------------------------------------------------------------------------ */

static double
above_cut(double x, const void *context)
{
    profile_t p = *(const profile_t *) context;
    double value;

    p.x = x;
    value = largest(&p) - p.cut;
    return isfinite(value) ? value : -1e300;
}

/* Where the largest log-likelihood falls to the cut, from x on in steps; `end` where it does not
 * up to there. */
static int
limit_from(const profile_t *p, double x, double step, double end, double *limit, imr_fault_t *fault)
{
    double at = x;
    int status;

    for (int i = 0;; i++) {
        double next = at + step;

        if ((step > 0) == (next >= end)) {
            *limit = end;
            return IMR_OK;
        }
        if (above_cut(next, p) < 0) {
            status = imr_solve_bracketed(above_cut, p, at, next, 1e-9, limit);
            return status == IMR_OK ? IMR_OK : imr_fault(fault, status, "limit", -1, NAN);
        }
        at = next;
        step *= 1.6;
    }
}

static double
estimate_of(const imr_aplasia_fit_t *fit, imr_aplasia_quantity_t quantity, double argument)
{
    switch (quantity) {
        case IMR_APLASIA_QUANTILE:
            return isinf(fit->mu)
                ? INFINITY
                : exp(fit->mu
                      + fit->sigma * imr_aplasia_z(fit->distribution, argument, 1 - argument));
        case IMR_APLASIA_MEAN:
            return isinf(fit->mu)
                ? INFINITY
                : exp(fit->mu + imr_aplasia_log_mean(fit->distribution, fit->sigma));
        case IMR_APLASIA_SURVIVAL:
            return isinf(fit->mu)
                ? 1
                : imr_aplasia_point(fit->distribution, (log(argument) - fit->mu) / fit->sigma)
                      .upper;
        case IMR_APLASIA_RESTRICTED_MEAN:
        default:
            return isinf(fit->mu) ? argument
                                  : argument
                    * imr_aplasia_restricted(fit->distribution, fit->mu, fit->sigma, argument);
    }
}

static double
logit(double share)
{
    return fmax(-FARTHEST, fmin(FARTHEST, log(share) - log1p(-share)));
}

int
imr_aplasia_limits(imr_aplasia_limits_t *self, const imr_aplasia_fit_t *fit,
    const imr_aplasia_rows_t *rows, imr_aplasia_quantity_t quantity, double argument, double drop,
    imr_fault_t *fault)
{
    int in_shares = quantity == IMR_APLASIA_SURVIVAL || quantity == IMR_APLASIA_RESTRICTED_MEAN;
    double middle = in_shares ? 0 : scale_of(rows), x, low, high, scale;
    profile_t p = { .rows = rows,
        .distribution = fit->distribution,
        .quantity = quantity,
        .argument = argument,
        .cut = fit->loglik - drop };
    int status;

    if (quantity == IMR_APLASIA_QUANTILE && !(argument > 0 && argument < 1)) {
        return imr_fault(fault, IMR_ERR_PROBABILITY, "p", -1, argument);
    }
    if (in_shares && !(argument >= 1e-100 && argument <= 1e100)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE,
            quantity == IMR_APLASIA_SURVIVAL ? "time" : "horizon", -1, argument);
    }
    scale = quantity == IMR_APLASIA_RESTRICTED_MEAN ? argument : 1;
    self->estimate = estimate_of(fit, quantity, argument);
    x = in_shares ? logit(self->estimate / scale) : log(self->estimate);
    x = fmax(middle - FARTHEST, fmin(middle + FARTHEST, x));
    status = limit_from(&p, x, -0.2, middle - FARTHEST, &low, fault);
    if (status == IMR_OK) {
        status = limit_from(&p, x, 0.2, middle + FARTHEST, &high, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    if (in_shares) {
        self->low = low <= -FARTHEST ? 0 : scale / (1 + exp(-low));
        self->high = high >= FARTHEST ? scale : scale / (1 + exp(-high));
    } else {
        self->low = low <= middle - FARTHEST ? 0 : exp(low);
        self->high = high >= middle + FARTHEST ? INFINITY : exp(high);
    }
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
