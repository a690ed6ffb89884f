#include "base/quantile.h"

#include <float.h>
#include <math.h>

#include "base/special.h"

/* Every quantile here is a coordinate u at which the logarithm of a tail has a given value: u is
 * log(x / (1 - x)) for the beta, log x for the gamma, x for the normal distribution. In units of
 * ratio = tail / tail', the derivatives of u by log tail are polynomials p_k with
 *
 *   p_1 = 1,                   p_{k+1} = (1 - bend) p_k + p_k',
 *   bend' = bend (1 - bend) - fall,      fall' = fall (2 - 2 bend + skew),
 *   skew' = skew (1 - bend) - twist fall,
 *
 * where bend is ratio tail'' / tail'. So one evaluation of the tail near the solution gives the
 * series of u round it, and one step of seventh order from a start that is a few per cent off is
 * final. */
typedef struct {
    double ratio, bend, fall, skew, twist;
} slopes_t;

/* The change of u that changes log tail by c; *is_final when the terms left out are below the
 * rounding of the tail. */
static double
series_step(const slopes_t *at, double c, int *is_final)
{
    double a = at->bend, b = at->fall, s = at->skew, k = at->twist, left = 1 - a;
    double p2 = left;
    double p3 = left * (1 - 2 * a) + b;
    double p4 = left * (1 - a * (6 - 6 * a)) + b * (6 - 7 * a + s);
    double p5 = left * (1 - 2 * a) * (1 - a * (12 - 12 * a))
        + b * (25 - a * (70 - 46 * a) + s * (10 - 11 * a + s) + b * (7 - k));
    double p6 = left * (1 - a * (30 - a * (150 - a * (240 - 120 * a))))
        + b
            * (90 - a * (455 - a * (690 - 326 * a))
                + s * (65 - a * (165 - 101 * a) + s * (15 - 16 * a + s))
                + b * (105 - 127 * a + s * (25 - 4 * k) - k * (15 - 16 * a)));
    double c2 = c * c, fifth = c2 * c2 * c * p5 / 120, sixth = c2 * c2 * c2 * p6 / 720;

    *is_final = fabs(c) < 0.5 && fabs(c) * (fabs(sixth) + 0.5 * fabs(c * fifth)) <= 2e-15;
    return at->ratio * (c + c2 * (p2 / 2 + c * p3 / 6 + c2 * p4 / 24) + fifth + sixth);
}

/* --- the search that ends whatever the start --------------------------------------------------- */

/* low < u < high; a step is taken when it stays inside and the interval shrinks, else its middle. */
typedef struct {
    double low, high, width;
    int idle;
} search_t;

static double
next_point(search_t *self, double u, int is_low, double step)
{
    double next = u + step;

    if (is_low) {
        self->low = u;
    } else {
        self->high = u;
    }
    if (self->high - self->low <= 0.5 * self->width) {
        self->width = self->high - self->low;
        self->idle = 0;
    } else {
        self->idle++;
    }
    if (!(next > self->low && next < self->high) || self->idle > 4) {
        next = 0.5 * (self->low + self->high);
    }
    return next;
}

static int
is_exhausted(const search_t *self, double u)
{
    return !(u > self->low && u < self->high);
}

/* log(tail / target) */
static double
log_excess(double tail, double target)
{
    double excess = (tail - target) / target;

    return fabs(excess) < 0.5 ? log1p(excess) : log(tail) - log(target);
}

/* Abramowitz and Stegun 26.2.23: the normal quantile of p <= 1/2, to 4.5e-4. */
static double
rough_normal(double log_p)
{
    double t = sqrt(-2 * log_p);

    return (2.515517 + t * (0.802853 + t * 0.010328))
        / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
        - t;
}

/* --- beta -------------------------------------------------------------------------------------- */

/* x and 1 - x, so that neither loses its digits. */
typedef struct {
    double x, y;
} share_t;

static share_t
of_odds(double odds)
{
    return (share_t) { odds / (1 + odds), 1 / (1 + odds) };
}

/* Odds close to those of the lower quantile of p <= 1/2, in exp(-650) to exp(650). */
static double
start_beta(double p, double a, double b)
{
    double log_p = log(p), z = rough_normal(log_p), u;

    if (a < 0.6 || b < 0.6) {
        /* x^(a - 1) left of the mean, (1 - x)^(b - 1) right of it */
        double left = a * log(a / (a + b)) - log(a), right = b * log(b / (a + b)) - log(b);
        double total = fmax(left, right) + log1p(exp(-fabs(left - right)));

        if (log_p < left - total) {
            u = (log_p + log(a) + total) / a;
        } else {
            u = -(log1p(-p) + log(b) + total) / b;
        }
    } else {
        double v = 1 / (9 * a), w = 1 / (9 * b), c = (1 - w) * (1 - w) - z * z * w;
        double half = (1 - w) * (1 - v), under = half * half - c * ((1 - v) * (1 - v) - z * z * v);

        if (z > -3 && c > 0 && under > 0 && half * half > under) {
            /* Paulson (1942): the cube root of F = (x / a) / ((1 - x) / b) is nearly normal. */
            double root = (half - sqrt(under)) / c;

            return a / b * (root * root * root);
        }
        /* Abramowitz and Stegun 26.5.22 */
        {
            double s = 1 / (2 * fmax(a, 1) - 1), t = 1 / (2 * fmax(b, 1) - 1), h = 2 / (s + t);
            double r = (z * z - 3) / 6, root = sqrt(fmax(0, h + r));

            u = log(a / b) + 2 * (z * root / h + (t - s) * (r + 5.0 / 6 - 2 / (3 * h)));
        }
    }
    return exp(fmin(650, fmax(-650, u)));
}

/* The lower quantile beyond the range of start_beta, where x, or 1 - x, is a power of the tail to
 * the last digit; x = y = 0 when it does not lie there. */
static share_t
extreme_beta(double p, double a, double b, double odds)
{
    double edge = odds < 1 ? odds : 1 / odds, lower;

    if (odds < 1) {
        lower = imr_beta_tails(edge, 1, a, b).lower;
        if (lower > p) {
            return (share_t) { edge * exp(-log_excess(lower, p) / a), 1 };
        }
    } else {
        lower = imr_beta_tails(1, edge, a, b).lower;
        if (lower < p) {
            return (share_t) { 1, edge * exp((log1p(-p) - log1p(-lower)) / b) };
        }
    }
    return (share_t) { 0, 0 };
}

/* The lower quantile, p <= 1/2. */
static share_t
lower_beta(double p, double a, double b)
{
    search_t search = { -800, 800, 1600, 0 };
    double odds = start_beta(p, a, b);
    share_t at;

    if (!(odds > 1e-282 && odds < 1e282)) {
        at = extreme_beta(p, a, b, odds);
        if (at.x + at.y > 0) {
            return at;
        }
    }
    for (;;) {
        imr_tails_t tails;
        slopes_t slopes;
        double change, step, u;
        int is_final;

        at = of_odds(odds);
        tails = imr_beta_tails(at.x, at.y, a, b);
        change = -log_excess(tails.lower, p);
        slopes.ratio = tails.lower / tails.density;
        slopes.bend = slopes.ratio * (a * at.y - b * at.x);
        slopes.fall = slopes.ratio * slopes.ratio * (a + b) * at.x * at.y;
        slopes.skew = slopes.ratio * (at.y - at.x);
        slopes.twist = 2 / (a + b);
        step = series_step(&slopes, change, &is_final);
        if (is_final) {
            /* The smaller share moves by a small part of itself: one rounding for each answer. */
            double grown = expm1(step), moved = at.x * at.y * grown / (1 + at.x * grown);

            if (at.x <= at.y) {
                return (share_t) { at.x + moved, 1 - (at.x + moved) };
            }
            return (share_t) { 1 - (at.y - moved), at.y - moved };
        }
        u = log(at.x / at.y);
        u = next_point(&search, u, change > 0, step);
        if (is_exhausted(&search, u)) {
            return at;
        }
        odds = exp(u);
    }
}

static int
check(double p, double shape, double other)
{
    if (!(p > 0 && p < 1)) {
        return IMR_ERR_PROBABILITY;
    }
    if (!(fmin(shape, other) >= IMR_SHAPE_MIN && fmax(shape, other) <= IMR_SHAPE_MAX)) {
        return IMR_ERR_NOT_POSITIVE;
    }
    return IMR_OK;
}

int
imr_quantile_beta(double p, double a, double b, double *x)
{
    int status = check(p, a, b);

    if (status == IMR_OK) {
        *x = p <= 0.5 ? lower_beta(p, a, b).x : lower_beta(1 - p, b, a).y;
    }
    return status;
}

int
imr_quantile_beta_upper(double q, double a, double b, double *x)
{
    int status = check(q, a, b);

    if (status == IMR_OK) {
        *x = q <= 0.5 ? lower_beta(q, b, a).y : lower_beta(1 - q, a, b).x;
    }
    return status;
}

/* --- gamma ------------------------------------------------------------------------------------- */

/* Something like the quantile; between 1e-282 and 1e102. */
static double
start_gamma(double p, int is_upper, double a)
{
    double log_p = log(p), z = is_upper ? -rough_normal(log_p) : rough_normal(log_p);
    double root = 1 - 1 / (9 * a) + z / (3 * sqrt(a)), u = 0;

    if (a > 0.4 && root > 0.2) {
        /* Wilson and Hilferty (1931): the cube root is nearly normal. */
        return a * (root * root * root);
    }
    if (!is_upper) {
        /* x^a / gamma(a + 1), with two terms of log gamma(a + 1) */
        u = a < 1 ? (log_p - a * (0.577 - a * 0.577)) / a : log(a) - 1 + log_p / a;
    }
    return exp(fmin(log(a + 1), fmax(-650, u)));
}

/* The quantile of p <= 1/2 in one tail of the gamma distribution with scale 1. */
static double
standard_gamma(double p, int is_upper, double a)
{
    search_t search = { -800, 300, 1100, 0 };
    double x = start_gamma(p, is_upper, a);

    if (x < 1e-282) {
        imr_tails_t edge = imr_gamma_tails(x, a);

        if (is_upper ? edge.upper < p : edge.lower > p) {
            return x
                * exp((is_upper ? log1p(-p) - log1p(-edge.upper) : -log_excess(edge.lower, p)) / a);
        }
    }
    for (;;) {
        imr_tails_t tails = imr_gamma_tails(x, a);
        double tail = is_upper ? tails.upper : tails.lower;
        double change = -log_excess(tail, p), step, u;
        slopes_t slopes;
        int is_final;

        slopes.ratio = (is_upper ? -tail : tail) / tails.density;
        slopes.bend = slopes.ratio * (a - x);
        slopes.fall = slopes.ratio * slopes.ratio * x;
        slopes.skew = slopes.ratio;
        slopes.twist = 0;
        step = series_step(&slopes, change, &is_final);
        if (is_final) {
            return x + x * expm1(step);
        }
        u = log(x);
        u = next_point(&search, u, is_upper ? change < 0 : change > 0, step);
        if (is_exhausted(&search, u)) {
            return x;
        }
        x = exp(u);
    }
}

static int
scaled_gamma(double p, int is_upper, double shape, double scale, double *x)
{
    int status = check(p, shape, scale);
    double value;

    if (status == IMR_OK) {
        value = scale
            * (p <= 0.5 ? standard_gamma(p, is_upper, shape)
                        : standard_gamma(1 - p, !is_upper, shape));
        if (value > DBL_MAX) {
            return IMR_ERR_RANGE;
        }
        *x = value;
    }
    return status;
}

int
imr_quantile_gamma(double p, double shape, double scale, double *x)
{
    return scaled_gamma(p, 0, shape, scale, x);
}

int
imr_quantile_gamma_upper(double q, double shape, double scale, double *x)
{
    return scaled_gamma(q, 1, shape, scale, x);
}

int
imr_quantile_chi_squared(double p, double df, double *x)
{
    return scaled_gamma(p, 0, 0.5 * df, 2, x);
}

int
imr_quantile_chi_squared_upper(double q, double df, double *x)
{
    return scaled_gamma(q, 1, 0.5 * df, 2, x);
}

/* --- normal and t ------------------------------------------------------------------------------ */

/* p <= 1/2 */
static double
lower_normal(double p)
{
    static const double pi = 3.14159265358979323846, root_2_pi = 2.50662827463100050242;
    static const double root_half = 0.70710678118654752440;
    double x;

    if (p > 0.3) {
        /* Three terms of the series in d, which is exact, and four of the one in what is left. */
        double d = p - 0.5, d2 = pi * d * d, s;

        x = root_2_pi * d * (1 + d2 * (1.0 / 3 + d2 * (7.0 / 30)));
        s = (d - 0.5 * erf(x * root_half)) * root_2_pi * exp(0.5 * x * x);
        return x + s * (1 + s * (x / 2 + s * ((1 + 2 * x * x) / 6 + s * x * (7 + 6 * x * x) / 24)));
    }
    x = rough_normal(log(p));
    for (int i = 0;; i++) {
        double tail = imr_normal_lower(x), ratio = tail * root_2_pi * exp(0.5 * x * x);
        slopes_t slopes = { ratio, -ratio * x, ratio * ratio, 0, 0 };
        int is_final;

        x += series_step(&slopes, -log_excess(tail, p), &is_final);
        if (is_final || i == 3) {
            return x;
        }
    }
}

int
imr_quantile_normal(double p, double *x)
{
    if (!(p > 0 && p < 1)) {
        return IMR_ERR_PROBABILITY;
    }
    *x = p <= 0.5 ? lower_normal(p) : -lower_normal(1 - p);
    return IMR_OK;
}

/* -t for p <= 1/2: half the lower tail of the beta distribution at df / (df + t^2). */
static double
upper_t(double p, double df)
{
    share_t at;
    double edge = IMR_T_IS_POWER * sqrt(df), tail;

    if (p == 0.5) {
        return 0;
    }
    if (df > IMR_T_IS_NORMAL) {
        return -lower_normal(p);
    }
    if (imr_t_cdf(-edge, df, &tail) == IMR_OK && tail > p) {
        return edge * exp(log_excess(tail, p) / df);
    }
    if (p <= 0.25) {
        at = lower_beta(2 * p, 0.5 * df, 0.5);
    } else {
        at = lower_beta(1 - 2 * p, 0.5, 0.5 * df);
        at = (share_t) { at.y, at.x };
    }
    return sqrt(df * (at.y / at.x));
}

int
imr_quantile_t(double p, double df, double *x)
{
    int status = check(p, df, 1);
    double value;

    if (status == IMR_OK) {
        value = p <= 0.5 ? -upper_t(p, df) : upper_t(1 - p, df);
        if (!(fabs(value) <= DBL_MAX)) {
            return IMR_ERR_RANGE;
        }
        *x = value;
    }
    return status;
}
