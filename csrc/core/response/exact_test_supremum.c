#include "response/exact_test_supremum.h"

#include <math.h>

#include "base/mem.h"

/* A probability this close to 1 is that of all tables. */
static const double certain = 1e-12;

/* --- P(events) at one rate ---------------------------------------------------------------------- */

/* From the mode outwards; rise[k] is (n - k) / (k + 1), fall[k] is k / (n - k + 1). */
static void
fill_terms(const imr_supremum_t *self, double rate, double *terms)
{
    int64_t n = self->n, mode = (int64_t) ((double) (n + 1) * rate);
    double odds = rate / (1 - rate), inverse = (1 - rate) / rate, total;

    mode = mode < n ? mode : n;
    terms[mode] = total = 1;
    for (int64_t k = mode; k < n; k++) {
        terms[k + 1] = terms[k] * (odds * self->rise[k]);
        total += terms[k + 1];
    }
    for (int64_t k = mode; k > 0; k--) {
        terms[k - 1] = terms[k] * (inverse * self->fall[k]);
        total += terms[k - 1];
    }
    for (int64_t k = 0; k <= n; k++) {
        terms[k] *= 1 / total;
    }
}

/* The probability at one rate, and its first two derivatives in the log odds. */
typedef struct {
    double value, slope, curve;
} local_t;

static local_t
look(const imr_supremum_t *self, double rate)
{
    local_t local = { 0, 0, 0 };
    double mean = (double) self->n * rate, variance = mean * (1 - rate);

    fill_terms(self, rate, self->terms);
    for (int64_t k = 0; k <= self->n; k++) {
        double term = self->share[k] * self->terms[k], distance = (double) k - mean;

        local.value += term;
        local.slope += term * distance;
        local.curve += term * (distance * distance - variance);
    }
    return local;
}

static double
value_at(const imr_supremum_t *self, double rate)
{
    if (rate <= 0 || rate >= 1) {
        return rate <= 0 ? self->share[0] : self->share[self->n];
    }
    return look(self, rate).value;
}

/* --- the set ------------------------------------------------------------------------------------ */

int
imr_supremum_init(imr_supremum_t *self, int64_t n)
{
    size_t terms = (size_t) n + 1, points;

    self->n = n;
    /* a binomial of n varies over angles of 1 / sqrt(n) */
    self->points = points = 48 + (size_t) (4 * sqrt((double) n));
    /* between two points of the grid it grows by at most exp(2 n (half their distance)^2), twice */
    self->nearly = 1 - 4 * (double) n * pow(asin(1) / 2 / (double) points, 2);
    self->rates = imr_malloc(2 * points + 4 * terms, sizeof(double));
    self->basis = imr_malloc(terms * points, sizeof(double));
    if (self->rates == NULL || self->basis == NULL) {
        imr_supremum_free(self);
        return IMR_ERR_NOMEM;
    }
    self->probability = self->rates + points;
    self->share = self->probability + points;
    self->rise = self->share + terms;
    self->fall = self->rise + terms;
    self->terms = self->fall + terms;
    for (size_t k = 0; k < terms; k++) {
        self->rise[k] = (double) (terms - 1 - k) / (double) (k + 1);
        self->fall[k] = (double) k / (double) (terms - k);
    }
    for (size_t i = 0; i < points; i++) {
        double sine = sin(asin(1) * ((double) i + 0.5) / (double) points);

        self->rates[i] = sine * sine;
        fill_terms(self, self->rates[i], self->terms);
        for (size_t k = 0; k < terms; k++) {
            self->basis[k * points + i] = self->terms[k];
        }
    }
    imr_supremum_clear(self);
    return IMR_OK;
}

void
imr_supremum_free(imr_supremum_t *self)
{
    imr_free(self->rates);
    imr_free(self->basis);
    self->rates = NULL;
    self->basis = NULL;
}

void
imr_supremum_clear(imr_supremum_t *self)
{
    for (int64_t k = 0; k <= self->n; k++) {
        self->share[k] = 0;
    }
    for (size_t i = 0; i < self->points; i++) {
        self->probability[i] = 0;
    }
}

void
imr_supremum_add(imr_supremum_t *self, int64_t events, double more)
{
    const double *basis = self->basis + (size_t) events * self->points;

    self->share[events] += more;
    for (size_t i = 0; i < self->points; i++) {
        self->probability[i] += more * basis[i];
    }
}

/* --- its greatest probability -------------------------------------------------------------------- */

static double
log_odds(double rate)
{
    return log(rate / (1 - rate));
}

/* Newton's method for a zero of the slope, from a rate between two others; bisection where it leads
 * out. The last step is taken in the quadratic alone. */
static double
climb(const imr_supremum_t *self, double low, double high, double *rate)
{
    double at = log_odds(*rate), step;
    double left = low > 0 ? log_odds(low) : at - 40, right = high < 1 ? log_odds(high) : at + 40;
    local_t local = look(self, *rate);

    for (int i = 0; i < 60; i++) {
        if (local.slope > 0) {
            left = at;
        } else {
            right = at;
        }
        step = local.curve < 0 ? -local.slope / local.curve : INFINITY;
        if (!(at + step > left && at + step < right)) {
            step = 0.5 * (left + right) - at;
        } else if (fabs(step) < 1e-5) {
            *rate = 1 / (1 + exp(-at - step));
            return local.value + 0.5 * step * local.slope;
        }
        if (fabs(step) < 1e-9) { /* a flat top */
            break;
        }
        at += step;
        *rate = 1 / (1 + exp(-at));
        local = look(self, *rate);
    }
    return local.value;
}

static void
keep_greater(double value, double rate, double *greatest, double *at)
{
    if (value > *greatest) {
        *greatest = value;
        *at = rate;
    }
}

double
imr_supremum_find(const imr_supremum_t *self, double low, double high, double *rate)
{
    const double *value = self->probability;
    double greatest = value_at(self, low), top = 0, peak, at;
    size_t first = 0, last = self->points;

    *rate = low;
    keep_greater(value_at(self, high), high, &greatest, rate);
    while (first < last && self->rates[first] <= low) {
        first++;
    }
    while (first < last && self->rates[last - 1] >= high) {
        last--;
    }
    for (size_t i = first; i < last; i++) {
        top = fmax(top, value[i]);
        keep_greater(value[i], self->rates[i], &greatest, rate);
    }
    if (first == last && low < high) {
        at = 0.5 * (low + high);
        peak = climb(self, low, high, &at);
        keep_greater(peak, at, &greatest, rate);
    }
    if (greatest > 1 - certain) {
        return 1;
    }
    for (size_t i = first; i < last; i++) {
        if (value[i] < self->nearly * top || (i > first && value[i - 1] > value[i])
            || (i + 1 < last && value[i + 1] >= value[i])) {
            continue;
        }
        at = self->rates[i];
        peak = climb(self, i > first ? self->rates[i - 1] : low,
            i + 1 < last ? self->rates[i + 1] : high, &at);
        keep_greater(peak, at, &greatest, rate);
    }
    return fmin(1, greatest);
}
