#include "base/solve.h"

#include <math.h>
#include <string.h>

/* Doubles in their order, as integers: neighbours differ by 1, and 0 is 0. */
static int64_t
rank_of(double x)
{
    int64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

static double
of_rank(int64_t rank)
{
    int64_t bits = rank < 0 ? INT64_MIN - rank : rank;
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* How many doubles lie between; uint64_t because the ends may have different signs. */
static uint64_t
doubles_between(double x, double y)
{
    int64_t i = rank_of(x), j = rank_of(y);

    return i < j ? (uint64_t) j - (uint64_t) i : (uint64_t) i - (uint64_t) j;
}

/* The point that leaves half of the doubles on either side. */
static double
middle_double(double x, double y)
{
    int64_t i = rank_of(x), j = rank_of(y);

    return of_rank((i & j) + ((i ^ j) >> 1));
}

/* Where between a and b to look next, as a share of the way from a; c is the end that was given up.
 * Chandrupatla (1997): inverse quadratic interpolation where that is monotone, else the middle. */
static double
next_share(double a, double b, double c, double fa, double fb, double fc)
{
    double xi = (a - b) / (c - b), phi = (fa - fb) / (fc - fb);

    if (isfinite(fa) && isfinite(fb) && isfinite(fc) && phi * phi < xi
        && (1 - phi) * (1 - phi) < 1 - xi) {
        return fa / (fb - fa) * fc / (fb - fc)
            + (c - a) / (b - a) * (fa / (fc - fa)) * (fb / (fc - fb));
    }
    return 0.5;
}

int
imr_solve_bracketed(
    imr_function_t f, const void *context, double low, double high, double tolerance, double *root)
{
    double a = high, b = low, c, fa, fb, fc, share = 0.5;
    uint64_t width;
    int idle = 0;

    if (!isfinite(low) || !isfinite(high) || !isfinite(tolerance)) {
        return IMR_ERR_NONFINITE;
    }
    if (tolerance < 0) {
        return IMR_ERR_NEGATIVE;
    }
    fa = f(a, context);
    fb = f(b, context);
    if (isnan(fa) || isnan(fb)) {
        return IMR_ERR_NOCONV;
    }
    if (fa == 0 || fb == 0) {
        *root = fb == 0 ? b : a;
        return IMR_OK;
    }
    if ((fa > 0) == (fb > 0)) {
        return IMR_ERR_NO_SIGN_CHANGE;
    }
    width = doubles_between(a, b);
    /* a and b hold the sign change; a is the newer end. Interpolation may take at most three idle
     * steps, that do not halve the number of doubles between, before a bisection does: 4 * 64. */
    while (width > 1) {
        double x = 0.5 * a + 0.5 * b, step, fx;
        uint64_t left;

        if (tolerance > 0 && fabs(0.5 * a - 0.5 * b) <= 0.5 * tolerance) {
            break;
        }
        if (idle >= 3) {
            x = middle_double(a, b);
        } else if (share != 0.5) {
            /* At least one double, or half the tolerance, away from either end. */
            x = a + share * (b - a);
            step = fmax(0.5 * tolerance, fabs(nextafter(a, b) - a));
            if (!(fabs(x - a) >= step)) {
                x = b > a ? a + step : a - step;
            }
            if (!(fabs(b - x) >= step)) {
                x = b > a ? b - step : b + step;
            }
        }
        if (!((x > a && x < b) || (x < a && x > b))) {
            x = middle_double(a, b);
        }
        fx = f(x, context);
        if (isnan(fx)) {
            return IMR_ERR_NOCONV;
        }
        if (fx == 0) {
            *root = x;
            return IMR_OK;
        }
        if ((fx > 0) == (fa > 0)) {
            c = a;
            fc = fa;
        } else {
            c = b;
            fc = fb;
            b = a;
            fb = fa;
        }
        a = x;
        fa = fx;
        left = doubles_between(a, b);
        idle = left <= width / 2 ? 0 : idle + 1;
        width = idle == 0 ? left : width;
        share = next_share(a, b, c, fa, fb, fc);
    }
    *root = fabs(fa) < fabs(fb) ? a : b;
    return IMR_OK;
}
