#include "recovery/aplasia_gamma.h"

#include <float.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>

#define MOST_TERMS 2000
#define LARGE 1e100

/* A function of k, with its first two derivatives. */
typedef struct {
    double value, slope, bend;
} jet_t;

imr_gamma_shape_t
imr_gamma_shape(double k)
{
    return (imr_gamma_shape_t) { k, log(k), gsl_sf_lngamma(k), gsl_sf_psi(k), gsl_sf_psi_1(k) };
}

static jet_t
times(jet_t a, jet_t b)
{
    return (jet_t) { a.value * b.value, a.slope * b.value + a.value * b.slope,
        a.bend * b.value + 2 * a.slope * b.slope + a.value * b.bend };
}

/* x^k exp(-x) / gamma(k), or / gamma(k + 1) */
static jet_t
front(const imr_gamma_shape_t *s, double x, int of_next)
{
    double log_x = log(x), slope = log_x - s->psi - (of_next ? 1 / s->k : 0);
    double bend = -s->psi_1 + (of_next ? 1 / (s->k * s->k) : 0);
    double value = exp(s->k * log_x - x - s->log_gamma - (of_next ? s->log_k : 0));

    return (jet_t) { value, value * slope, value * (slope * slope + bend) };
}

/* The sum of x^n / ((k + 1) ... (k + n)). */
static jet_t
series(double k, double x)
{
    double term = 1, slope = 0, square = 0;
    jet_t sum = { 1, 0, 0 };

    for (int n = 1; n < MOST_TERMS; n++) {
        double one = 1 / (k + n), bend;

        term *= x * one;
        slope -= one;
        square += one * one;
        bend = slope * slope + square;
        sum.value += term;
        sum.slope += term * slope;
        sum.bend += term * bend;
        if (term * (1 + bend) < 0.1 * DBL_EPSILON * sum.value && n > x - k) {
            break;
        }
    }
    return sum;
}

/* Legendre's continued fraction 1 / (x + 1 - k - 1 (1 - k) / (x + 3 - k - 2 (2 - k) / ...)), from its
 * convergents p / q. */
static jet_t
fraction(double k, double x)
{
    jet_t p[2] = { { 0, 0, 0 }, { 1, 0, 0 } }, q[2] = { { 1, 0, 0 }, { x + 1 - k, -1, 0 } };
    jet_t last = { 0, 0, 0 }, found = { 0, 0, 0 };

    for (int n = 1; n < MOST_TERMS; n++) {
        jet_t a = { n * (k - n), n, 0 }, b = { x + 2 * n + 1 - k, -1, 0 };
        jet_t *columns[] = { p, q };

        found.value = p[1].value / q[1].value;
        found.slope = (p[1].slope - found.value * q[1].slope) / q[1].value;
        found.bend =
            (p[1].bend - 2 * found.slope * q[1].slope - found.value * q[1].bend) / q[1].value;
        if (fabs(found.value - last.value) <= 2 * DBL_EPSILON * fabs(found.value)
            && fabs(found.slope - last.slope) <= 4 * DBL_EPSILON * (fabs(found.slope) + found.value)
            && fabs(found.bend - last.bend) <= 1e-13 * (fabs(found.bend) + found.value)) {
            break;
        }
        last = found;
        for (int c = 0; c < 2; c++) {
            jet_t next = times(b, columns[c][1]), before = times(a, columns[c][0]);

            columns[c][0] = columns[c][1];
            columns[c][1] = (jet_t) { next.value + before.value, next.slope + before.slope,
                next.bend + before.bend };
        }
        if (fabs(q[1].value) > LARGE) {
            for (int c = 0; c < 4; c++) {
                jet_t *j = &columns[c / 2][c % 2];

                *j = (jet_t) { j->value / LARGE, j->slope / LARGE, j->bend / LARGE };
            }
        }
    }
    return found;
}

imr_gamma_point_t
imr_gamma_point(const imr_gamma_shape_t *shape, double x)
{
    int is_low = x < shape->k + 1;
    jet_t tail;

    if (!(x > 0)) {
        return (imr_gamma_point_t) { 0, 1, 0, 0 };
    }
    tail = front(shape, x, is_low);
    if (tail.value <= 0) { /* below the smallest double */
        return (imr_gamma_point_t) { is_low ? 0 : 1, is_low ? 1 : 0, 0, 0 };
    }
    tail = times(tail, is_low ? series(shape->k, x) : fraction(shape->k, x));
    return is_low ? (imr_gamma_point_t) { tail.value, 1 - tail.value, tail.slope, tail.bend }
                  : (imr_gamma_point_t) { 1 - tail.value, tail.value, -tail.slope, -tail.bend };
}
