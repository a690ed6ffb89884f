/* The correlations grow together from 0 to their values. By Plackett (1954) the density of two
 * variables at a corner, times the probability that the others stay inside given that corner, is the
 * derivative of the probability to stay inside in their correlation. */
#include "base/normal_box.h"

#include <math.h>

#include "base/special.h"

#define TWO_PI 6.28318530717958647692

/* --- quadrature -------------------------------------------------------------------------------- */

enum { NODES = 12, PIECES = 12 };

/* Gauss and Legendre's, on -1 to 1; the other half mirrors this one. */
static const double NODE[] = { 0.1252334085114689154724, 0.3678314989981801937527,
    0.5873179542866174472967, 0.7699026741943046870369, 0.9041172563704748566785,
    0.9815606342467192506906 };
static const double WEIGHT[] = { 0.2491470458134027850006, 0.2334925365383548087609,
    0.2031674267230659217491, 0.1600783285433462263347, 0.1069393259953184309602,
    0.0471753363865118271946 };

static double
node(int i)
{
    return i < NODES / 2 ? -NODE[i] : NODE[i - NODES / 2];
}

static double
weight(int i)
{
    return WEIGHT[i % (NODES / 2)];
}

/* --- two variables ----------------------------------------------------------------------------- */

/* Owen's T for h >= 0 and 0 <= a <= 1. */
static double
owen_small(double h, double a)
{
    double half_square = h * h / 2, sum = 0;
    double reach = h * a > 8 ? 8 / h : a; /* beyond, exp(-x^2 h^2 / 2) is below 1e-14 */

    if (half_square > 700) {
        return 0;
    }
    for (int piece = 0; piece < 2; piece++) {
        for (int i = 0; i < NODES; i++) {
            double x = reach * ((piece + 0.5) / 2 + node(i) / 4);

            sum += weight(i) * exp(-half_square * (1 + x * x)) / (1 + x * x);
        }
    }
    return sum * reach / 4 / TWO_PI;
}

/* Owen's T function, any h and a, infinite a included. */
static double
owen(double h, double a)
{
    double t, size = fabs(a), below, above;

    h = fabs(h);
    if (size <= 1) {
        t = owen_small(h, size);
    } else {
        below = imr_normal_lower(-h);
        above = h > 0 ? imr_normal_lower(-h * size) : 0.5;
        /* in upper tails, which keep their digits */
        t = below / 2 + above / 2 - below * above
            - (h > 0 ? owen_small(h * size, 1 / size) : atan(1 / size) / TWO_PI);
    }
    return a < 0 ? -t : t;
}

/* P(X <= h, Y <= k) with correlation r, |r| <= 1 (Owen 1956). */
static double
both_below(double h, double k, double r)
{
    double across = sqrt(fmax(1 - r * r, 1e-30)), of_h, of_k, delta;

    if (h == 0 && k == 0) {
        return 0.25 + asin(r) / TWO_PI;
    }
    of_h = h == 0 ? copysign(0.25, k) : owen(h, (k / h - r) / across);
    of_k = k == 0 ? copysign(0.25, h) : owen(k, (h / k - r) / across);
    delta = h * k > 0 || (h * k == 0 && h + k >= 0) ? 0 : 0.5;
    return fmax(0, (imr_normal_lower(h) + imr_normal_lower(k)) / 2 - of_h - of_k - delta);
}

#define FAR 40.0 /* nobody is beyond so many standard deviations */

static double
clip(double x)
{
    return x > FAR ? FAR : x < -FAR ? -FAR : x;
}

/* --- the others given two at a corner ---------------------------------------------------------- */

typedef struct {
    size_t k;
    const double *correlation;
    double limit;
    int two_sided;
} box_t;

static double
at(const box_t *box, size_t i, size_t j)
{
    return box->correlation[i * box->k + j];
}

/* The other variables u given that i is at the limit and j at sign times it: their covariances are
 * t r less what i and j explain, written so that nothing cancels as i and j become one. rest is
 * 1 - (t r_ij)^2. */
static double
left_over(const box_t *box, double t, double rest, size_t i, size_t j, size_t u, size_t v)
{
    double r = t * at(box, i, j), toward = r < 0 ? -1 : 1;
    double ui = t * at(box, u, i), uj = toward * t * at(box, u, j);
    double vi = t * at(box, v, i), vj = toward * t * at(box, v, j);
    double own = u == v ? 1 : t * at(box, u, v);

    return own - (ui - uj) * (vi - vj) / rest - (ui * vj + uj * vi) / (1 + fabs(r));
}

static double
inside_given(const box_t *box, double t, double rest, size_t i, size_t j, int sign)
{
    double r = t * at(box, i, j), low[2], high[2], deviation[2], correlation;
    /* limit / (1 + sign r), from both */
    double pull = box->limit * (sign * r < 0 ? (1 + fabs(r)) / rest : 1 / (1 + fabs(r)));
    size_t others[2], count = 0;

    for (size_t u = 0; u < box->k; u++) {
        if (u != i && u != j) {
            others[count++] = u;
        }
    }
    for (size_t c = 0; c < count; c++) {
        size_t u = others[c];
        double mean = pull * t * (at(box, u, i) + sign * at(box, u, j));

        deviation[c] = sqrt(fmax(left_over(box, t, rest, i, j, u, u), 1e-28));
        high[c] = clip((box->limit - mean) / deviation[c]);
        low[c] = box->two_sided ? clip((-box->limit - mean) / deviation[c]) : -FAR;
    }
    if (count == 0) {
        return 1;
    }
    if (count == 1) {
        return low[0] > 0 ? imr_normal_lower(-low[0]) - imr_normal_lower(-high[0])
                          : imr_normal_lower(high[0]) - imr_normal_lower(low[0]);
    }
    correlation =
        left_over(box, t, rest, i, j, others[0], others[1]) / (deviation[0] * deviation[1]);
    correlation = correlation > 1 ? 1 : correlation < -1 ? -1 : correlation;
    return fmax(0,
        both_below(high[0], high[1], correlation) - both_below(low[0], high[1], correlation)
            - both_below(high[0], low[1], correlation) + both_below(low[0], low[1], correlation));
}

/* --- the path ---------------------------------------------------------------------------------- */

/* The derivative in t = 1 - s^2 of the probability to stay inside. */
static double
slope(const box_t *box, double s)
{
    double t = 1 - s * s, gone = s * s * (2 - s * s), sum = 0; /* gone: 1 - t^2 */

    for (size_t i = 0; i < box->k; i++) {
        for (size_t j = i + 1; j < box->k; j++) {
            double full = at(box, i, j), r = t * full;
            double rest = gone + t * t * (1 - full) * (1 + full);

            /* both at the limit, or both at minus it; one at the limit and the other at minus it */
            for (int sign = 1; sign >= (box->two_sided ? -1 : 1); sign -= 2) {
                double apart = sign * r < 0 ? rest / (1 + fabs(r)) : 1 + fabs(r);
                double density = exp(-box->limit * box->limit / apart) / (TWO_PI * sqrt(rest));

                if (density > 0 && full != 0) {
                    sum += full * sign * (box->two_sided ? 2 : 1) * density
                        * inside_given(box, t, rest, i, j, sign);
                }
            }
        }
    }
    return sum;
}

double
imr_normal_outside(size_t k, const double *correlation, double limit, int two_sided)
{
    box_t box = { k, correlation, limit, two_sided };
    double one = (two_sided ? 2 : 1) * imr_normal_lower(-limit), path = 0, high = 1;
    double outside = -expm1((double) k * log1p(-one));

    if (k == 1 || !(one < 1)) {
        return one < 1 ? one : 1;
    }
    /* pieces that halve towards s = 0, where the correlations are complete and may be singular */
    for (int piece = PIECES; piece > 0; piece--) {
        double low = piece == 1 ? 0 : high / 2;

        for (int i = 0; i < NODES; i++) {
            double s = (high + low) / 2 + (high - low) / 2 * node(i);

            path += weight(i) * (high - low) * s * slope(&box, s);
        }
        high = low;
    }
    outside -= path;
    return outside > 1 ? 1 : outside < one ? one : outside;
}
