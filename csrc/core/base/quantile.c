#include "base/quantile.h"

#include <float.h>
#include <math.h>
#include <string.h>

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
    double c2 = c * c, t3 = c2 * c * p3 / 6, t4 = c2 * c2 * p4 / 24;
    double t5 = c2 * c2 * c * p5 / 120, t6 = c2 * c2 * c2 * p6 / 720;
    double step = at->ratio * (c + c2 * p2 / 2 + t3 + t4 + t5 + t6);

    /* As if the terms went on geometrically, odd and even ones by themselves; and well inside the
     * circle of radius pi in which log(x / (1 - x)) is analytic. */
    *is_final = fabs(step) < 1 && fabs(c) < 0.5 && t5 * t5 <= 1e-15 * fabs(t3)
        && t6 * t6 <= 1e-15 * fabs(t4);
    return step;
}

/* --- the search that ends whatever the start --------------------------------------------------- */

/* The solution lies between low and high, taken as the places of two positive doubles in the row of
 * all of them. idle counts the steps since the width was last halved. */
typedef struct {
    uint64_t low, high, width;
    int idle;
} search_t;

static uint64_t
place_of(double x)
{
    uint64_t place;

    memcpy(&place, &x, sizeof place);
    return place;
}

static double
double_at(uint64_t place)
{
    double x;

    memcpy(&x, &place, sizeof x);
    return x;
}

static search_t
everywhere(void)
{
    uint64_t end = place_of(DBL_MAX);

    return (search_t) { 0, end, end, 0 };
}

/* Where to look after x, on whose left or right the solution lies: at next, unless that is outside
 * or steps have been idle, then in the middle. 0 when there is no double left between. */
static double
next_point(search_t *self, double x, int solution_is_right, double next)
{
    uint64_t place = place_of(x);

    if (solution_is_right) {
        self->low = place;
    } else {
        self->high = place;
    }
    if (self->high <= self->low + 1) {
        return 0;
    }
    self->idle++;
    if (self->high - self->low <= self->width / 2) {
        self->width = self->high - self->low;
        self->idle = 0;
    }
    place = next > 0 && next <= DBL_MAX ? place_of(next) : 0;
    if (place <= self->low || place >= self->high || self->idle > 4) {
        place = self->low + (self->high - self->low) / 2;
    }
    return double_at(place);
}

/* log(tail / target) */
static double
log_excess(double tail, double target)
{
    double ratio = tail / target;

    if (fabs(ratio - 1) < 0.5) {
        return log1p((tail - target) / target);
    }
    return ratio <= DBL_MAX ? log(ratio) : log(tail) - log(target);
}

/* The change of the log of the other tail that brings this one to target. */
static double
other_change(double tail, double target)
{
    return log1p(-target) - log1p(-tail);
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

/* The larger share has its last digit from the smaller one. */
static share_t
of_smaller(double x, double y)
{
    return x <= y ? (share_t) { x, 1 - x } : (share_t) { 1 - y, y };
}

/* Odds close to those of the lower quantile of p <= 1/2; 0 or infinity when they are extreme. */
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
    return exp(u);
}

/* The quantile of p <= 1/2 in one tail, from a start. */
static share_t
search_beta(double p, int is_upper, double a, double b, double odds)
{
    search_t search = everywhere();

    for (;;) {
        imr_tails_t tails;
        slopes_t slopes;
        share_t at;
        double tail, change, step;
        int is_final, is_right;

        odds = odds > IMR_POWER_EDGE ? odds : IMR_POWER_EDGE;
        odds = odds < 1 / IMR_POWER_EDGE ? odds : 1 / IMR_POWER_EDGE;
        at = of_odds(odds);
        tails = imr_beta_tails(at.x, at.y, a, b);
        tail = is_upper ? tails.upper : tails.lower;
        change = -log_excess(tail, p);
        is_right = is_upper ? change < 0 : change > 0;
        if (odds == IMR_POWER_EDGE && !is_right) {
            return (share_t) { odds * exp((is_upper ? other_change(tail, p) : change) / a), 1 };
        }
        if (odds == 1 / IMR_POWER_EDGE && is_right) {
            return (share_t) { 1, exp((is_upper ? change : other_change(tail, p)) / b) / odds };
        }
        slopes.ratio = (is_upper ? -tail : tail) / tails.density;
        slopes.bend = slopes.ratio * tails.bend;
        slopes.fall = slopes.ratio * slopes.ratio * (a + b) * at.x * at.y;
        slopes.skew = slopes.ratio * (at.y - at.x);
        slopes.twist = 2 / (a + b);
        step = series_step(&slopes, change, &is_final);
        if (is_final) {
            /* Each share moves by a small part of itself, and is rounded once. */
            double grown = expm1(step), moved = at.x * at.y * grown / (1 + at.x * grown);

            return of_smaller(at.x + moved, at.y - moved);
        }
        odds = next_point(&search, odds, is_right, odds * exp(step));
        if (odds == 0) {
            share_t low = of_odds(double_at(search.low)), high = of_odds(double_at(search.high));

            return of_smaller(0.5 * (low.x + high.x), 0.5 * (low.y + high.y));
        }
    }
}

/* The lower quantile, p <= 1/2, sought on the side where the odds hold the digits of the smaller
 * share. */
static share_t
lower_beta(double p, double a, double b)
{
    double odds = start_beta(p, a, b);
    share_t at;

    if (odds <= 1) {
        return search_beta(p, 0, a, b, odds);
    }
    at = search_beta(p, 1, b, a, 1 / odds);
    return (share_t) { at.y, at.x };
}

static int
check(double p, double shape, double other)
{
    if (!(p > 0 && p < 1)) {
        return IMR_ERR_PROBABILITY;
    }
    if (!imr_is_shape(shape) || !imr_is_shape(other)) {
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

/* --- normal ------------------------------------------------------------------------------------ */

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
        double tail = imr_normal_lower(x), ratio = tail * root_2_pi / exp(-0.5 * x * x);
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

/* --- gamma ------------------------------------------------------------------------------------- */

/* Something like the quantile; 0 when it is extreme. */
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
    return fmin(a + 1, exp(u));
}

/* The quantile of p <= 1/2 in one tail of the gamma distribution. */
static double
tail_gamma(double p, int is_upper, double a, double scale)
{
    search_t search = everywhere();
    double x = start_gamma(p, is_upper, a);

    if (a > 1e25) {
        /* Fisher and Cornish (1960); the terms left out are below the last digit. */
        double z = is_upper ? -lower_normal(p) : lower_normal(p);

        return fma(scale, a, scale * (z * sqrt(a) + (z * z - 1) / 3));
    }
    for (;;) {
        imr_tails_t tails;
        double tail, change, step, next;
        slopes_t slopes;
        int is_final, is_right;

        x = x > IMR_POWER_EDGE ? x : IMR_POWER_EDGE;
        tails = imr_gamma_tails(x, 0, a);
        tail = is_upper ? tails.upper : tails.lower;
        change = -log_excess(tail, p);
        is_right = is_upper ? change < 0 : change > 0;
        if (x == IMR_POWER_EDGE && !is_right) {
            return x * scale * exp((is_upper ? other_change(tail, p) : change) / a);
        }
        slopes.ratio = (is_upper ? -tail : tail) / tails.density;
        slopes.bend = slopes.ratio * tails.bend;
        slopes.fall = slopes.ratio * slopes.ratio * x;
        slopes.skew = slopes.ratio;
        slopes.twist = 0;
        step = series_step(&slopes, change, &is_final);
        if (is_final) {
            double moved = x * expm1(step);

            /* scale (x + moved) with one rounding */
            next = x + moved;
            return fma(scale, next, scale * (moved - (next - x)));
        }
        next = next_point(&search, x, is_right, x * exp(step));
        if (next == 0) {
            return scale * x;
        }
        x = next;
    }
}

static int
scaled_gamma(double p, int is_upper, double shape, double scale, double *x)
{
    int status = check(p, shape, scale);
    double value;

    if (status == IMR_OK) {
        value = p <= 0.5 ? tail_gamma(p, is_upper, shape, scale)
                         : tail_gamma(1 - p, !is_upper, shape, scale);
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

/* --- t ----------------------------------------------------------------------------------------- */

/* -t for p <= 1/2: half the lower tail of the beta distribution at df / (df + t^2). */
static double
upper_t(double p, double df)
{
    share_t at;
    double t = IMR_T_IS_POWER * sqrt(df), tail;

    if (p == 0.5) {
        return 0;
    }
    if (df > IMR_T_IS_NORMAL) {
        return -lower_normal(p);
    }
    /* The tail there is less than IMR_T_IS_POWER^-df, that is exp(-230 df). */
    if (log(p) < -230 * df && imr_t_cdf(-t, df, &tail) == IMR_OK && tail > p) {
        /* A second time for what the exponential lost. */
        t *= exp(log_excess(tail, p) / df);
        return imr_t_cdf(-t, df, &tail) == IMR_OK ? t * exp(log_excess(tail, p) / df) : t;
    }
    if (p <= 0.25) {
        at = lower_beta(2 * p, 0.5 * df, 0.5);
    } else {
        at = lower_beta(1 - 2 * p, 0.5, 0.5 * df);
        at = (share_t) { at.y, at.x };
    }
    t = sqrt(df * (at.y / at.x));
    if (t > 10 && imr_t_cdf(-t, df, &tail) == IMR_OK) {
        /* The root and the two quotients round: far out that shows. (df + 1) t / (df + t^2) is about
         * the slope of -log tail. */
        t += log_excess(tail, p) * (df / t + t) / (df + 1);
    }
    return t;
}

int
imr_quantile_t(double p, double df, double *x)
{
    int status = check(p, df, 1);
    double value;

    if (status == IMR_OK) {
        value = p <= 0.5 ? 0 - upper_t(p, df) : upper_t(1 - p, df);
        if (!(fabs(value) <= DBL_MAX)) {
            return IMR_ERR_RANGE;
        }
        *x = value;
    }
    return status;
}
