#include "base/special.h"

#include <float.h>
#include <math.h>

#include <gsl/gsl_sf_psi.h>

static const double root_2_pi = 2.50662827463100050242;

/* --- twice the digits of a double (Dekker 1971) ------------------------------------------------ */

typedef struct {
    double high, low;
} pair_t;

static pair_t
sum(double x, double y)
{
    double high = x + y, part = high - x;

    return (pair_t) { high, (x - (high - part)) + (y - part) };
}

static pair_t
product(double x, double y)
{
    double high = x * y, wide_x = 134217729 * x, wide_y = 134217729 * y;
    double x1 = wide_x - (wide_x - x), y1 = wide_y - (wide_y - y), x2 = x - x1, y2 = y - y1;

    return (pair_t) { high, ((x1 * y1 - high) + x1 * y2 + x2 * y1) + x2 * y2 };
}

static pair_t
add(pair_t x, pair_t y)
{
    pair_t s = sum(x.high, y.high);

    return sum(s.high, s.low + (x.low + y.low));
}

/* (x / y)^exponent: libm's pow is right to the last digit, for the base that it is given. */
static double
power_of_ratio(pair_t x, double y, double exponent)
{
    double ratio = x.high / y;
    pair_t back = product(ratio, y);
    double rest = (((x.high - back.high) - back.low) + x.low) / x.high;

    return pow(ratio, exponent) * exp(exponent * rest);
}

/* --- Stirling's formula and what it leaves ----------------------------------------------------- */

/* log(1 + t) - t, t > -1, without cancellation: with r = t / (2 + t), log(1 + t) is
 * 2 (r + r^3/3 + r^5/5 + ...) and t - 2r is rt. */
static double
log1p_minus(double t)
{
    double r = t / (2 + t), s = r * r, q = s * s, low, high;

    if (!(fabs(t) < 0.5)) {
        return log1p(t) - t;
    }
    low = (1.0 / 3 + s / 5) + q * (1.0 / 7 + s / 9)
        + q * q * ((1.0 / 11 + s / 13) + q * (1.0 / 15 + s / 17));
    high = (1.0 / 19 + s / 21) + q * (1.0 / 23 + s / 25) + q * q * (1.0 / 27 + s / 29);
    return r * (2 * s * (low + q * q * q * q * high) - t);
}

/* stirling_error at 1/2, 1, 3/2, ..., 31/2 */
static const double stirling_error_of_halves[] = {
    0.1534264097200273453,
    0.08106146679532725822,
    0.0548141210519176539,
    0.04134069595540929409,
    0.03316287351993628749,
    0.02767792568499833915,
    0.02374616365629749597,
    0.02079067210376509311,
    0.01848845053267318523,
    0.01664469118982119216,
    0.01513497322191737887,
    0.013876128823070748,
    0.01281046524292022692,
    0.0118967099458917701,
    0.01110455975820691733,
    0.0104112652619720965,
    0.009799416126158803298,
    0.009255462182712732918,
    0.008768700134139385463,
    0.008330563433362871256,
    0.007934114564314020547,
    0.007573675487951840795,
    0.00724455430132038318,
    0.006942840107209529866,
    0.006665247032707682442,
    0.006408994188004207068,
    0.006171712263039457648,
    0.005951370112758847736,
    0.005746216513010115682,
    0.005554733551962801371,
    0.005375599032926834494,
};

/* log gamma(x + 1) - ((x + 1/2) log x - x + log(2 pi) / 2), x >= 1/2 */
double
imr_stirling_error(double x)
{
    double w, high, shifted = 0;

    if (x < 16) {
        if (2 * x == floor(2 * x)) {
            return stirling_error_of_halves[(int) (2 * x) - 1];
        }
        /* error(x) - error(x + 1) = (x + 1/2) log(1 + 1/x) - 1 = r^2/3 + r^4/5 + ... */
        while (x < 16) {
            double r = 1 / (2 * x + 1), s = r * r, term = s;

            for (int k = 3; term > 1e-18; k += 2) {
                shifted += term / k;
                term *= s;
            }
            x += 1;
        }
    }
    w = 1 / (x * x);
    high = 1.0 / 1188 - w * (691.0 / 360360);
    return shifted
        + (1.0 / 12 + w * (-1.0 / 360 + w * (1.0 / 1260 + w * (-1.0 / 1680 + w * high)))) / x;
}

/* x^(x + 1) e^-x sqrt(2 pi) / gamma(x + 1) = sqrt(x) exp(-imr_stirling_error(x)), for any x > 0 */
static double
root_share(double x)
{
    if (x < 0.5) {
        return x * exp(1 - imr_stirling_error(1 + x)) * pow(x / (1 + x), x) / sqrt(1 + x);
    }
    return sqrt(x) * exp(-imr_stirling_error(x));
}

/* a log(a / m) + m - a, which is >= 0; m = scale x = a + d */
static double
deviance(double a, double m, double d, double x, double scale)
{
    double t = d / a;

    if (fabs(t) < 0.5) {
        return -a * log1p_minus(t);
    }
    return d - a * (m > 1e-200 ? log(m / a) : log(x) + log(scale / a));
}

/* exp(-total), total = deviance(a, m) + deviance(b, l), where it is so large that its own rounding
 * would show: powers of libm of the ratios m / a and l / b, where l = b - d, in 2^halvings parts
 * when one alone would overflow. For large b, or b = 0 (which stands for infinite), the second power
 * is exp(-d - other), other being the deviance of b. */
static double
far_factor(double total, pair_t m, double a, pair_t l, double b, pair_t d, double other)
{
    double parts = 1, value, reach = fabs(d.high) + total;
    int halvings = 0;

    while (reach > 600 * parts && 2 * parts < total) {
        parts *= 2;
        halvings++;
    }
    if (reach > 600 * parts || total > 800 || !(m.high > DBL_MIN)) {
        return exp(-total);
    }
    value = power_of_ratio(m, a, a / parts);
    if (b > 0 && b < 1e15) {
        value *= power_of_ratio(l, b, b / parts);
    } else {
        value *= exp(-d.high / parts) * exp(-(d.low + other) / parts);
    }
    for (; halvings > 0; halvings--) {
        value *= value;
    }
    return value;
}

/* Below this a deviance is right enough as an exponent. */
static const double near_deviance = 8;

/* x^a y^b / B(a, b) for x <= y; *excess is (a + b) x - a. */
static double
beta_density(double x, double a, double b, double *excess)
{
    pair_t n = sum(a, b), m = product(x, n.high), d, l;
    double total, other, front;

    m = sum(m.high, m.low + x * n.low);
    d = add(m, (pair_t) { -a, 0 });
    l = add((pair_t) { b, 0 }, (pair_t) { -d.high, -d.low });
    other = deviance(b, l.high, -d.high, 1, n.high);
    total = deviance(a, m.high, d.high, x, n.high) + other;
    *excess = d.high;
    if (a >= 0.5 && b >= 0.5) {
        front = sqrt(a * (b / n.high)) / root_2_pi;
        if (total <= near_deviance) {
            return front
                * exp(imr_stirling_error(n.high) - imr_stirling_error(a) - imr_stirling_error(b)
                    - total);
        }
        front *= exp(imr_stirling_error(n.high) - imr_stirling_error(a) - imr_stirling_error(b));
    } else {
        front = root_share(a) * (root_share(b) / root_share(n.high)) / root_2_pi;
        if (total <= near_deviance) {
            return front * exp(-total);
        }
    }
    return front * far_factor(total, m, a, l, b, d, other);
}

/* x^a e^-x / gamma(a); *excess is x - a. */
static double
gamma_density(pair_t x, double a, double *excess)
{
    pair_t d = add(x, (pair_t) { -a, 0 });
    double total = deviance(a, x.high, d.high, x.high, 1), front = root_share(a) / root_2_pi;

    *excess = d.high;
    if (total <= near_deviance) {
        return front * exp(-total);
    }
    return front * far_factor(total, x, a, (pair_t) { 0, 0 }, 0, d, 0);
}

/* --- tail / density ---------------------------------------------------------------------------- */

/* 1 / (beta_0 + alpha_1 / (beta_1 + ...)) by its convergents p / q. determinant is the difference
 * of two convergents times both denominators, free of cancellation. */
typedef struct {
    double p, q, last_p, last_q, determinant;
} fraction_t;

static inline int
converges(fraction_t *self, double alpha, double beta)
{
    double p = beta * self->p + alpha * self->last_p, q = beta * self->q + alpha * self->last_q;

    self->last_p = self->p;
    self->last_q = self->q;
    self->p = p;
    self->q = q;
    self->determinant *= alpha;
    while (fabs(q) > 0x1p160) {
        self->p *= 0x1p-160;
        self->last_p *= 0x1p-160;
        self->last_q *= 0x1p-160;
        self->determinant *= 0x1p-320;
        q = self->q *= 0x1p-160;
    }
    return fabs(self->determinant) <= 2e-17 * fabs(self->p * self->last_q);
}

/* More than ten times what any argument needs that is not sent to tail_quadrature. */
enum { FRACTION_TERMS = 5000 };

/* I_x(a, b) over x^a y^b / B(a, b), for x (a + b + 2) <= a + 1: the continued fraction of
 * DiDonato and Morris (1992). mx, bx are (a + b) x and b x, excess is mx - a. With x = 0 but
 * mx = bx > 0 it is that of the gamma distribution. */
static double
lower_fraction(double a, double x, double mx, double bx, double excess)
{
    fraction_t f = { 1, a * (1 - excess) / (a + 1), 0, 1, 1 };
    double below = 1 / (a + 1);

    for (int i = 1; i < FRACTION_TERMS; i++) {
        double m = i, rest = m * (bx - m * x) * below, above = 1 / (a + 2 * m + 1);

        if (converges(&f, (a + (m - 1)) * (mx + (m - 1) * x) * rest * below,
                m + rest + (a + m) * (1 - excess + m * (2 - x)) * above)) {
            break;
        }
        below = above;
    }
    return f.p / f.q;
}

/* The upper tail of the gamma distribution over x^a e^-x / gamma(a), for x >= a + 1: Legendre. */
static double
upper_gamma_fraction(double a, double excess)
{
    fraction_t f = { 1, excess + 1, 0, 1, 1 };

    for (int i = 1; i < FRACTION_TERMS; i++) {
        double m = i;

        if (converges(&f, m * (a - m), excess + 1 + 2 * m)) {
            break;
        }
    }
    return f.p / f.q;
}

/* Near the middle of a distribution with large parameters the fractions are slow. deviate2 is the
 * squared distance from the mean in standard deviations. */
static int
is_central(double smaller_shape, double deviate2)
{
    return smaller_shape > 4e4 && deviate2 < 2;
}

static const double legendre_24[12][2] = {
    { 0.06405689286260562609, 0.127938195346752157 },
    { 0.1911188674736163092, 0.1258374563468282961 },
    { 0.3150426796961633744, 0.1216704729278033912 },
    { 0.4337935076260451385, 0.1155056680537256014 },
    { 0.5454214713888395357, 0.1074442701159656348 },
    { 0.6480936519369755693, 0.09761865210411388827 },
    { 0.7401241915785543642, 0.08619016153195327592 },
    { 0.820001985973902922, 0.07334648141108030573 },
    { 0.8864155270044010342, 0.05929858491543678075 },
    { 0.9382745520027327585, 0.04427743881741980617 },
    { 0.9747285559713094982, 0.02853138862893366318 },
    { 0.9951872199970213602, 0.01234122979998719955 },
};

/* Tail over density at x, which lies below the mode: the integral over v > 0, with x - v the
 * variable of the tail, of e^(-slope v) e(-v/x)^a e(v/y)^b / ((x - v) (y + v)), e(t) being
 * (1 + t) e^-t and slope = a/x - b/y >= 0. b = 0 leaves out what holds y, as for the gamma
 * distribution, whose upper tail has x < 0. a and b are large, so the integrand is smooth, and
 * nothing is left of it where the first two terms of its exponent have fallen to -40. */
static double
tail_quadrature(double a, double x, double b, double y, double slope)
{
    double curve = a / (x * x) + (b > 0 ? b / (y * y) : 0);
    double end = 80 / (slope + sqrt(slope * slope + 80 * curve)), area = 0;

    for (int i = 0; i < 24; i++) {
        double node = i < 12 ? 1 - legendre_24[i][0] : 1 + legendre_24[i - 12][0];
        double v = 0.5 * end * node, exponent = -slope * v + a * log1p_minus(-v / x);

        if (b > 0) {
            exponent += b * log1p_minus(v / y);
            area += legendre_24[i % 12][1] * exp(exponent) / ((x - v) * (y + v));
        } else {
            area += legendre_24[i % 12][1] * exp(exponent) / fabs(x - v);
        }
    }
    return 0.5 * end * area;
}

/* --- the upper tail of a small shape ----------------------------------------------------------- */

static const double legendre_8[4][2] = {
    { 0.1834346424956498049, 0.3626837833783619830 },
    { 0.5255324099163289858, 0.3137066458778872873 },
    { 0.7966664774136267395, 0.2223810344533744706 },
    { 0.9602898564975362317, 0.1012285362903762592 },
};

/* (log gamma(t + a) - log gamma(t)) / a for a < 1/2, which is the mean of the digamma function
 * between the two; less log t when t >= 1. */
static double
mean_digamma(double t, double a)
{
    double mean = 0, less = t < 1 ? log1p(a / t) / a : log(t);

    for (int i = 0; i < 8; i++) {
        double node = i < 4 ? 1 - legendre_8[i][0] : 1 + legendre_8[i - 4][0];
        double at = 0.5 * a * node, digamma;

        if (t > 1e3) {
            double w = 1 / (t + at);

            digamma = log1p(at / t) - w * (0.5 + w * (1.0 / 12 - w * w / 120));
        } else {
            digamma = gsl_sf_psi(t + at + (t < 1 ? 1 : 0)) - less;
        }
        mean += 0.5 * legendre_8[i % 4][1] * digamma;
    }
    return mean;
}

/* With a < 1/2 nearly all may lie below x. Then lower = exp(a (log x + rise) + log(1 + a s)) with
 * s the sum over j >= 1 of (1 - b)(2 - b)...(j - b) / j! x^j / (a + j); upper is 1 minus that.
 * b = 0 gives the gamma distribution, for which b x is x and x^j falls away. */
static double
upper_of_small_shape(double x, double a, double b)
{
    double log_x = b > 1 ? (x > 1e-280 ? log(b * x) : log(b) + log(x)) : log(x);
    double rise = b > 0 ? mean_digamma(b, a) : 0;
    double bx = b > 0 ? b * x : x, own = b > 0 ? x : 0, term = 1, s = 0;

    for (int j = 1; j < 200; j++) {
        term *= own - bx / j;
        s += term / (a + j);
        if (fabs(term) <= 1e-18) {
            break;
        }
    }
    return -expm1(a * (log_x + rise - mean_digamma(1, a)) + log1p(a * s));
}

/* --- tails ------------------------------------------------------------------------------------- */

imr_tails_t
imr_beta_tails(double x, double y, double a, double b)
{
    double n = a + b, excess, density, near, far, ratio, deviate2;
    int above, central;

    if (!(x > 0) || !(y > 0)) {
        return (imr_tails_t) { x > 0 ? 1 : 0, x > 0 ? 0 : 1, 0, 0 };
    }
    if (x <= y) {
        density = beta_density(x, a, b, &excess);
    } else {
        density = beta_density(y, b, a, &excess);
        excess = -excess;
    }
    deviate2 = excess / (n * x) * (excess / y);
    central = is_central(a < b ? a : b, deviate2);
    above = excess > (central ? 0 : 1 - 2 * x);
    if (above) {
        double swap = x;

        x = y;
        y = swap;
        swap = a;
        a = b;
        b = swap;
        excess = -excess;
    }
    if (central) {
        ratio = tail_quadrature(a, x, b, y, -excess / (x * y));
    } else {
        ratio = lower_fraction(a, x, n * x, b * x, excess);
    }
    near = density * ratio;
    near = near < 1 ? near : 1;
    far = 1 - near;
    if (near > 0.75 && a < 0.5) {
        far = upper_of_small_shape(x, a, b);
        near = 1 - far;
    }
    return above ? (imr_tails_t) { far, near, density, excess }
                 : (imr_tails_t) { near, far, density, -excess };
}

imr_tails_t
imr_gamma_tails(double x, double low, double a)
{
    double excess, density, lower, upper;
    int central;

    if (!(x > 0)) {
        return (imr_tails_t) { 0, 1, 0, 0 };
    }
    if (x > 1e3 * IMR_SHAPE_MAX) {
        return (imr_tails_t) { 1, 0, 0, 0 };
    }
    density = gamma_density((pair_t) { x, low }, a, &excess);
    central = is_central(a, excess / x * excess);
    if (excess > (central ? 0 : 1)) {
        upper = density
            * (central ? tail_quadrature(a, -x, 0, 1, excess / x)
                       : upper_gamma_fraction(a, excess));
        upper = fmin(1, upper);
        return (imr_tails_t) { 1 - upper, upper, density, -excess };
    }
    lower = density
        * (central ? tail_quadrature(a, x, 0, 1, -excess / x) : lower_fraction(a, 0, x, x, excess));
    lower = fmin(1, lower);
    upper = 1 - lower;
    if (lower > 0.75 && a < 0.5) {
        upper = upper_of_small_shape(x, a, 0);
        lower = 1 - upper;
    }
    return (imr_tails_t) { lower, upper, density, -excess };
}

double
imr_binomial_mass(double k, double n, double rate)
{
    double excess, rest = n - k;
    pair_t other;

    if (k == 0 || rest == 0) {
        other = sum(1, -rate);
        return k == 0 ? power_of_ratio(other, 1, n) : pow(rate, n);
    }
    if (rate <= 0.5) {
        return beta_density(rate, k, rest, &excess) * (n / k / rest);
    }
    return beta_density(1 - rate, rest, k, &excess) * (n / k / rest);
}

double
imr_normal_lower(double x)
{
    static const double root_half = 0.70710678118654752440, rest = -4.8336466567264565e-17;
    static const double root_pi = 1.77245385090551602730;
    double z = -x * root_half, lost;

    if (!(fabs(x) < 50)) {
        return x > 0 ? 1 : 0;
    }
    /* What z lost in its making, times the slope of erfc at z. */
    lost = -product(x, root_half).low - x * rest;
    return 0.5 * erfc(z) - lost * exp(-z * z) / root_pi;
}
