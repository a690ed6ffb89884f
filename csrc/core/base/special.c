#include "base/special.h"

#include <float.h>
#include <math.h>

#include <gsl/gsl_sf_gamma.h>

/* x^a y^b / (a B(a, b)), and its complement's 1 / b. */
static double
beta_front(double x, double y, double a, double b)
{
    return exp(a * log(x) + b * log(y) - gsl_sf_lnbeta(a, b));
}

/* I_x(a, b) = front / a * this; Lentz. */
static double
beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 / (1 - (a + b) * x / (a + 1)), h = d;

    for (int m = 1; m < 100000; m++) {
        double k = m, e, change;

        e = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
        d = 1 / (1 + e * d);
        c = 1 + e / c;
        h *= c * d;
        e = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
        d = 1 / (1 + e * d);
        c = 1 + e / c;
        change = c * d;
        h *= change;
        if (fabs(change - 1) <= DBL_EPSILON) {
            break;
        }
    }
    return h;
}

void
imr_beta_tails(double x, double y, double a, double b, double *lower, double *upper)
{
    if (x <= 0 || y <= 0) {
        *lower = x <= 0 ? 0 : 1;
        *upper = x <= 0 ? 1 : 0;
        return;
    }
    if (x * (a + b + 2) < a + 1) {
        *lower = fmin(1, beta_front(x, y, a, b) * beta_fraction(x, a, b) / a);
        *upper = 1 - *lower;
    } else {
        *upper = fmin(1, beta_front(x, y, a, b) * beta_fraction(y, b, a) / b);
        *lower = 1 - *upper;
    }
}

void
imr_gamma_tails(double x, double a, double *lower, double *upper)
{
    *lower = gsl_sf_gamma_inc_P(a, x);
    *upper = gsl_sf_gamma_inc_Q(a, x);
}
