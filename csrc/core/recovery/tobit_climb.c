#include "recovery/tobit_climb.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_sf_erf.h>

#include "base/cholesky.h"

#define LOG_ROOT_2_PI 0.918938533204672741780329736406
#define ROOT_HALF 0.707106781186547524400844362105
#define LOG_2 0.693147180559945309417232121458

/* Information that counts as none, as a share of that of exact values. */
#define FLAT 1e-9
/* With less than this it is asked whether the likelihood falls at all that way, FAR standard deviations out. */
#define NEARLY_FLAT 1e-4
#define FAR 100.0
#define AS_HIGH 1e-7

enum { MOST_STEPS = 200, MOST_HALVINGS = 50 };

/* --- rows -------------------------------------------------------------------------------------- */

static double
log_density(double z)
{
    return -0.5 * z * z - LOG_ROOT_2_PI;
}

/* log P(Z <= z), of any z. */
static double
log_lower(double z)
{
    if (z > -8 && z <= 5) { /* a fifth of the time, to the same digits */
        return log(0.5 * erfc(-z * ROOT_HALF));
    }
    return z > 5 ? log1p(-0.5 * erfc(z * ROOT_HALF)) : gsl_sf_log_erfc(-z * ROOT_HALF) - LOG_2;
}

/* log P(a < Z <= b), finite a < b. */
static double
log_between(double a, double b)
{
    if (a + b > 0) {
        double mirrored = -a;

        a = -b;
        b = mirrored;
    }
    if (a
        > -1) { /* both within 1 of 0, where the difference of two error functions is exact enough */
        return log(0.5 * (erf(b * ROOT_HALF) - erf(a * ROOT_HALF)));
    }
    return log_lower(b) + log(-expm1(log_lower(a) - log_lower(b)));
}

/* Ends so near each other that the differences of two tails have lost their digits: the density at the
 * middle m times the width w times 1 + (m^2 - 1) w^2 / 24 + (m^4 - 6 m^2 + 3) w^4 / 1920, whose next
 * term is below 1e-13. */
static imr_tobit_term_t
narrow_term(double m, double w)
{
    double u = w * w, n = m * m, a = (n - 1) / 24, b = ((n - 6) * n + 3) / 1920;
    double sum = 1 + u * (a + u * b);
    double by_m = u * (m / 12 + u * (n - 3) * m / 480) / sum;
    double by_mm = u * (1.0 / 12 + u * (n - 1) / 160) / sum;
    double by_w = w * (2 * a + 4 * u * b) / sum, by_ww = (2 * a + 12 * u * b) / sum;
    double by_mw = w * (m / 6 + u * (n - 3) * m / 120) / sum;
    imr_tobit_term_t term = { .loglik = log_density(m) + log(w) + log(sum),
        .middle = by_m - m,
        .width = 1 / w + by_w,
        .middle_middle = by_mm - by_m * by_m - 1,
        .middle_width = by_mw - by_m * by_w,
        .width_width = by_ww - by_w * by_w - 1 / (w * w) };

    return term;
}

/* One end open: its side is 1 for a value below it, -1 above. */
static imr_tobit_term_t
open_term(double end, double side)
{
    imr_tobit_term_t term = { .loglik = log_lower(side * end) };
    double ratio = exp(log_density(end) - term.loglik), away = -side * end;

    if (away > 100) { /* the difference of the logarithms has lost its digits */
        double square = 1 / (away * away);

        term.middle = side * away * (1 + square * (1 - 2 * square));
        term.middle_middle = -1 + square * (1 - 6 * square);
        return term;
    }
    term.middle = side * ratio;
    term.middle_middle = -ratio * (side * end + ratio);
    return term;
}

imr_tobit_term_t
imr_tobit_term(double low, double high)
{
    double width = high - low, middle = low + 0.5 * width, at_low, at_high, low_low, high_high,
           cross;
    imr_tobit_term_t term = { 0 };

    if (low == high) {
        term.loglik = log_density(low);
        term.middle = -low;
        term.middle_middle = -1;
        return term;
    }
    if (isinf(low) && isinf(high)) {
        return term;
    }
    if (isinf(low)) {
        return open_term(high, 1);
    }
    if (isinf(high)) {
        return open_term(low, -1);
    }
    if (width < 1e-2 && fabs(middle) * width < 0.05) {
        return narrow_term(middle, width);
    }
    term.loglik = log_between(low, high);
    at_low = exp(log_density(low) - term.loglik);
    at_high = exp(log_density(high) - term.loglik);
    low_low = low * at_low - at_low * at_low;
    high_high = -high * at_high - at_high * at_high;
    cross = at_low * at_high;
    term.middle = at_high - at_low;
    term.width = 0.5 * (at_high + at_low);
    term.middle_middle = low_low + high_high + 2 * cross;
    term.middle_width = 0.5 * (high_high - low_low);
    term.width_width = 0.25 * (low_low + high_high - 2 * cross);
    return term;
}

/* --- all rows ---------------------------------------------------------------------------------- */

static double
predictor(const imr_tobit_climb_t *self, const double *gamma, size_t i)
{
    double sum = 0;

    for (size_t c = 0; c < self->k; c++) {
        sum += self->columns[c * self->n + i] * gamma[c];
    }
    return sum;
}

static double
moved(const imr_tobit_climb_t *self, double end, size_t i)
{
    return self->offset == NULL ? end : end - self->value * self->offset[i];
}

static double
loglik_at(const imr_tobit_climb_t *self, const double *gamma, double h)
{
    double sum = 0;

    for (size_t i = 0; i < self->n; i++) {
        double low = moved(self, self->low[i], i), high = moved(self, self->high[i], i);
        double eta = predictor(self, gamma, i);

        sum += imr_tobit_term(h * low - eta, h * high - eta).loglik + (low == high ? log(h) : 0);
    }
    return sum;
}

/* The score, and minus the second derivatives in the lower half of factor. */
static void
derivatives(imr_tobit_climb_t *self, double *score)
{
    size_t k = self->k, m = k + 1;
    double h = self->h;

    memset(score, 0, m * sizeof(double));
    memset(self->factor, 0, m * m * sizeof(double));
    for (size_t i = 0; i < self->n; i++) {
        double low = moved(self, self->low[i], i), high = moved(self, self->high[i], i);
        double eta = predictor(self, self->gamma, i), middle, width = 0, cross;
        imr_tobit_term_t t = imr_tobit_term(h * low - eta, h * high - eta);
        int exact = low == high;

        if (isfinite(low) && isfinite(high)) {
            width = high - low;
            middle = low + 0.5 * width;
        } else {
            middle = isinf(low) ? high : low;
        }
        cross = middle * t.middle_middle + width * t.middle_width;
        for (size_t r = 0; r < k; r++) {
            double x = self->columns[r * self->n + i];

            score[r] -= x * t.middle;
            for (size_t c = 0; c <= r; c++) {
                self->factor[r * m + c] += x * self->columns[c * self->n + i] * -t.middle_middle;
            }
            self->factor[k * m + r] += x * cross;
        }
        score[k] += middle * t.middle + width * t.width + (exact ? 1 / h : 0);
        self->factor[k * m + k] += (exact ? 1 / (h * h) : 0)
            - (middle * cross + width * (middle * t.middle_width + width * t.width_width));
    }
    if (self->fixed_h) {
        score[k] = 0;
        memset(self->factor + k * m, 0, k * sizeof(double));
        self->factor[k * m + k] = 1;
    }
}

/* As far along the step as the log-likelihood rises, or near the maximum falls by rounding alone; 0 where
 * it does not. */
static int
advance(imr_tobit_climb_t *self, const double *step, double *trial)
{
    double share = 1, rounding;

    rounding = self->score_norm < 1e-3 ? 1e-13 * ((double) self->n + fabs(self->loglik)) : 0;
    for (int halving = 0; halving < MOST_HALVINGS; halving++, share *= 0.5) {
        double h = self->h + share * step[self->k], loglik;

        if (!(h > 0)) {
            continue;
        }
        for (size_t c = 0; c < self->k; c++) {
            trial[c] = self->gamma[c] + share * step[c];
        }
        loglik = loglik_at(self, trial, h);
        if (loglik > self->loglik - rounding) {
            memcpy(self->gamma, trial, self->k * sizeof(double));
            self->h = h;
            self->loglik = loglik;
            return 1;
        }
    }
    return 0;
}

/* The first column along which, with those before it making up for it, the likelihood does not fall: k if
 * there is none. A wide interval of one row is as flat in its middle, but falls. */
static size_t
find_endless(const imr_tobit_climb_t *self, double *way, double *trial)
{
    size_t k = self->k, m = k + 1;

    for (size_t c = 0; c < k; c++) {
        double pivot = self->factor[c * m + c], longest = 0;

        if (!(pivot * pivot < NEARLY_FLAT * (double) self->n)) {
            continue;
        }
        for (size_t r = c + 1; r-- > 0;) { /* factor' way = the unit of column c */
            way[r] = r == c ? 1 : 0;
            for (size_t s = r + 1; s <= c; s++) {
                way[r] -= self->factor[s * m + r] * way[s];
            }
            way[r] /= self->factor[r * m + r];
        }
        for (size_t i = 0; i < self->n; i++) {
            double sum = 0;

            for (size_t r = 0; r <= c; r++) {
                sum += self->columns[r * self->n + i] * way[r];
            }
            longest = fmax(longest, fabs(sum));
        }
        for (int side = -1; side <= 1; side += 2) {
            memcpy(trial, self->gamma, k * sizeof(double));
            for (size_t r = 0; r <= c; r++) {
                trial[r] += side * FAR / longest * way[r];
            }
            if (loglik_at(self, trial, self->h) >= self->loglik - AS_HIGH) {
                return c;
            }
        }
    }
    return k;
}

/* After the last step: a profile asks for the likelihood alone, which is short by half the square of the
 * score. Rows may be on a line to seven digits, whose rounding is what keeps h from rising further. */
static int
ending(const imr_tobit_climb_t *self)
{
    if (self->score_norm < (self->profile ? 1e-4 : 1e-6)) {
        return IMR_OK;
    }
    return self->h > 1e6 && !self->fixed_h ? IMR_ERR_TOBIT_PERFECT : IMR_ERR_NOCONV;
}

int
imr_tobit_climb(imr_tobit_climb_t *self)
{
    size_t m = self->k + 1;
    double *step = self->work, *trial = step + m, *least = trial + m, before = INFINITY;

    self->loglik = loglik_at(self, self->gamma, self->h);
    for (self->iterations = 0; self->iterations < MOST_STEPS; self->iterations++) {
        double decrement = 0;

        derivatives(self, step);
        /* exact values would give pivots of n, as columns have mean square 1, and of n / h^2 */
        for (size_t c = 0; c < self->k; c++) {
            least[c] = self->profile ? 0 : FLAT * (double) self->n;
            self->factor[c * m + c] += self->profile ? FLAT * (double) self->n : 0;
        }
        least[self->k] = self->fixed_h ? 0 : FLAT * (double) self->n / (self->h * self->h);
        self->flat = imr_cholesky(self->factor, m, least);
        if (self->flat < m || (self->h > 1e8 && !self->fixed_h)) {
            return self->flat < self->k ? IMR_ERR_TOBIT_INFINITE : IMR_ERR_TOBIT_PERFECT;
        }
        imr_solve_lower(self->factor, m, step);
        for (size_t c = 0; c < m; c++) {
            decrement += step[c] * step[c];
        }
        imr_solve_upper(self->factor, m, step);
        self->score_norm = sqrt(decrement);
        /* Newton's method squares a small score, until rounding ends it */
        if (self->score_norm < 1e-11 || (self->score_norm < 1e-6 && self->score_norm > 0.5 * before)
            || !advance(self, step, trial)) {
            self->flat = self->profile ? self->k : find_endless(self, step, trial);
            return self->flat < self->k ? IMR_ERR_TOBIT_INFINITE : ending(self);
        }
        before = self->score_norm;
    }
    return ending(self);
}
