#include "recovery/tobit.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "recovery/tobit_climb.h"

#define SHARPER 10.0
#define AS_HIGH 1e-7 /* in log-likelihood */
#define LARGEST 1e100

static int
allocate(imr_tobit_t *self, size_t n, size_t k)
{
    size_t p = k + 1, m = p + 1;

    if (p > 1000 || n > SIZE_MAX / 64 / p) {
        return IMR_ERR_NOMEM;
    }
    self->n = n;
    self->p = p;
    self->block =
        imr_malloc(2 * n + 2 * n * p + p + m + 2 * m * m + p * p + p + 3 * m, sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->coef = self->block;
    self->std_error = self->coef + p;
    self->covariance = self->std_error + m;
    self->low = self->covariance + m * m;
    self->high = self->low + n;
    self->design = self->high + n;
    self->basis = self->design + n * p;
    self->triangle = self->basis + n * p;
    self->gamma = self->triangle + p * p;
    self->factor = self->gamma + p;
    self->work = self->factor + m * m;
    return IMR_OK;
}

/* --- rows -------------------------------------------------------------------------------------- */

static int
read_response(imr_tobit_t *self, const double *low, const double *high, imr_fault_t *fault)
{
    for (size_t i = 0; i < self->n; i++) {
        double a = low[i], b = high[i];
        int64_t row = (int64_t) i;

        if (isnan(a) || isnan(b)) {
            return imr_fault(fault, IMR_ERR_NONFINITE, isnan(a) ? "low" : "high", row, NAN);
        }
        if (a > b) {
            return imr_fault(fault, IMR_ERR_LIMITS_CROSSED, "low", row, a);
        }
        if (a == -INFINITY && b == INFINITY) {
            return imr_fault(fault, IMR_ERR_LIMITS_OPEN, "low", row, a);
        }
        if (a != -INFINITY && !(fabs(a) <= LARGEST)) {
            return imr_fault(fault, IMR_ERR_LIMIT_RANGE, "low", row, a);
        }
        if (b != INFINITY && !(fabs(b) <= LARGEST)) {
            return imr_fault(fault, IMR_ERR_LIMIT_RANGE, "high", row, b);
        }
        self->low[i] = a;
        self->high[i] = b;
        self->exact += a == b;
        self->below += a == -INFINITY;
        self->above += b == INFINITY;
    }
    self->between = (int64_t) self->n - self->exact - self->below - self->above;
    return self->exact + self->between > 0
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_NOTHING_DETECTED, NULL, -1, NAN);
}

/* Moves the response to 0 and its largest end to 1. */
static int
standardise(imr_tobit_t *self, imr_fault_t *fault)
{
    double least = INFINITY, most = -INFINITY;

    for (size_t i = 0; i < self->n; i++) {
        least = fmin(least, isinf(self->low[i]) ? self->high[i] : self->low[i]);
        most = fmax(most, isinf(self->high[i]) ? self->low[i] : self->high[i]);
    }
    self->center = least + 0.5 * (most - least);
    self->scale = 0.5 * (most - least);
    if (!(self->scale > 1e-12 * fabs(self->center)) || !(self->scale >= 1e-100)) {
        return imr_fault(fault, IMR_ERR_TOBIT_PERFECT, NULL, -1, NAN);
    }
    for (size_t i = 0; i < self->n; i++) {
        int narrow;

        self->low[i] = (self->low[i] - self->center) / self->scale;
        self->high[i] = (self->high[i] - self->center) / self->scale;
        narrow = self->low[i] != self->high[i] && self->high[i] - self->low[i] < 1e-6;
        if (narrow) {
            return imr_fault(fault, IMR_ERR_LIMITS_NARROW, "low", (int64_t) i,
                self->center + self->scale * self->low[i]);
        }
    }
    return IMR_OK;
}

static int
read_columns(imr_tobit_t *self, const double *columns, size_t k, imr_fault_t *fault)
{
    size_t n = self->n;

    for (size_t i = 0; i < n; i++) {
        self->design[i] = 1;
        for (size_t c = 0; c < k; c++) {
            double x = columns[i * k + c];

            if (!isfinite(x)) {
                return imr_fault(fault, IMR_ERR_NONFINITE, "X", (int64_t) i, x);
            }
            if (!(fabs(x) <= LARGEST)) {
                return imr_fault(fault, IMR_ERR_COVARIATE_RANGE, "X", (int64_t) i, x);
            }
            self->design[(c + 1) * n + i] = x;
        }
    }
    return IMR_OK;
}

/* The columns but `without` as triangle times a basis of mean square 1 (Gram-Schmidt, twice). Returns the
 * first column that depends on those before it, or p. */
static size_t
orthogonalise(imr_tobit_t *self, size_t without)
{
    size_t n = self->n, p = self->p, rank = 0;

    memset(self->triangle, 0, p * p * sizeof(double));
    for (size_t j = 0; j < p; j++) {
        double *column = self->basis + rank * n, largest = 0, length = 0;

        if (j == without) {
            continue;
        }
        memcpy(column, self->design + j * n, n * sizeof(double));
        for (size_t i = 0; i < n; i++) {
            largest = fmax(largest, fabs(column[i]));
        }
        for (int pass = 0; pass < 2 && largest > 0; pass++) {
            for (size_t r = 0; r < rank; r++) {
                double product = 0;

                for (size_t i = 0; i < n; i++) {
                    product += self->basis[r * n + i] * (column[i] / (double) n);
                }
                self->triangle[r * p + rank] += product;
                for (size_t i = 0; i < n; i++) {
                    column[i] -= product * self->basis[r * n + i];
                }
            }
        }
        for (size_t i = 0; i < n && largest > 0; i++) {
            length += column[i] / largest * (column[i] / largest);
        }
        length = largest * sqrt(length / (double) n);
        if (!(length > 1e-11 * largest) || !(length >= 1e-100)) {
            return j;
        }
        self->triangle[rank * p + rank] = length;
        for (size_t i = 0; i < n; i++) {
            column[i] /= length;
        }
        rank++;
    }
    return p;
}

/* --- the fit ----------------------------------------------------------------------------------- */

static imr_tobit_climb_t
climb_of(const imr_tobit_t *self, size_t k)
{
    imr_tobit_climb_t climb = { .n = self->n,
        .k = k,
        .low = self->low,
        .high = self->high,
        .columns = self->basis,
        .gamma = self->gamma,
        .h = 1,
        .factor = self->factor,
        .work = self->work };

    return climb;
}

/* coordinates in the basis become coefficients, in place */
static void
solve_triangle(const imr_tobit_t *self, double *x)
{
    size_t p = self->p;

    for (size_t r = p; r-- > 0;) {
        for (size_t c = r + 1; c < p; c++) {
            x[r] -= self->triangle[r * p + c] * x[c];
        }
        x[r] /= self->triangle[r * p + r];
    }
}

/* Names the column that moves the predictors most along the flat direction of the climb. */
static int
report_infinite(imr_tobit_t *self, const imr_tobit_climb_t *climb, imr_fault_t *fault)
{
    size_t n = self->n, m = self->p + 1, most = 0;
    double *direction = self->work, largest = 0;

    memset(direction, 0, m * sizeof(double));
    direction[climb->flat] = 1;
    for (size_t r = climb->flat; r-- > 0;) {
        for (size_t c = r + 1; c <= climb->flat; c++) {
            direction[r] -= self->factor[c * m + r] * direction[c];
        }
        direction[r] /= self->factor[r * m + r];
    }
    solve_triangle(self, direction);
    for (size_t r = 1; r < self->p; r++) {
        double least = INFINITY, greatest = -INFINITY;

        for (size_t i = 0; i < n; i++) {
            least = fmin(least, self->design[r * n + i] * direction[r]);
            greatest = fmax(greatest, self->design[r * n + i] * direction[r]);
        }
        if (greatest - least > largest) {
            largest = greatest - least;
            most = r;
        }
    }
    return imr_fault(fault, IMR_ERR_TOBIT_INFINITE, "X column", (int64_t) most - 1, NAN);
}

/* Covariance of the coefficients and log sd: the inverse of the information in (gamma, h), carried over
 * by the derivatives of gamma / h and -log h. */
static void
transform_back(imr_tobit_t *self, const imr_tobit_climb_t *climb)
{
    size_t p = self->p, m = p + 1;
    double *column = self->work, h = climb->h;

    for (size_t r = 0; r < p; r++) {
        self->coef[r] = self->gamma[r] / h;
    }
    for (size_t c = 0; c < m; c++) { /* column c of L^-1 J', kept as row c of the covariance */
        double *row = self->covariance + c * m;

        memset(column, 0, m * sizeof(double));
        if (c
            < p) { /* unit c, through the transposed triangle: coefficient c = sum column[r] beta_r */
            column[c] = 1;
            for (size_t r = 0; r < p; r++) {
                for (size_t s = 0; s < r; s++) {
                    column[r] -= self->triangle[s * p + r] * column[s];
                }
                column[r] /= self->triangle[r * p + r];
            }
            for (size_t r = 0; r < p; r++) {
                column[p] -= column[r] * self->coef[r] / h * self->scale;
                column[r] *= self->scale / h;
            }
        } else {
            column[p] = -1 / h;
        }
        for (size_t r = 0; r < m; r++) {
            for (size_t s = 0; s < r; s++) {
                column[r] -= climb->factor[r * m + s] * column[s];
            }
            column[r] /= climb->factor[r * m + r];
        }
        memcpy(row, column, m * sizeof(double));
    }
    for (size_t c = m; c-- > 0;) {
        for (size_t d = 0; d <= c; d++) {
            double sum = 0;

            for (size_t r = 0; r < m; r++) {
                sum += self->covariance[c * m + r] * self->covariance[d * m + r];
            }
            self->factor[c * m + d] = self->factor[d * m + c] = sum;
        }
    }
    memcpy(self->covariance, self->factor, m * m * sizeof(double));
    for (size_t c = 0; c < m; c++) {
        self->std_error[c] = sqrt(self->covariance[c * m + c]);
    }
    solve_triangle(self, self->coef);
    for (size_t r = 0; r < p; r++) {
        self->coef[r] *= self->scale;
    }
    self->coef[0] += self->center;
    self->sd = self->scale / h;
}

/* Where all rows agree with one line, if only at their ends, the likelihood rises for ever with h, soon by
 * less than a double shows: does it still where h is many times larger? coef is room for gamma. */
static int
check_summit(imr_tobit_t *self, imr_tobit_climb_t *climb)
{
    double h = climb->h, loglik = climb->loglik;
    int64_t iterations = climb->iterations;
    int ret;

    memcpy(self->coef, climb->gamma, self->p * sizeof(double));
    climb->fixed_h = climb->profile = 1;
    climb->h *= SHARPER;
    for (size_t c = 0; c < self->p; c++) {
        climb->gamma[c] *= SHARPER;
    }
    ret = imr_tobit_climb(climb);
    if (ret == IMR_OK && climb->loglik >= loglik - AS_HIGH) {
        return IMR_ERR_TOBIT_PERFECT;
    }
    memcpy(climb->gamma, self->coef, self->p * sizeof(double));
    climb->fixed_h = climb->profile = 0;
    climb->h = h;
    ret = imr_tobit_climb(climb);
    climb->iterations = iterations;
    return ret;
}

int
imr_tobit_fit(imr_tobit_t *self, const double *low, const double *high, const double *columns,
    size_t n, size_t k, imr_fault_t *fault)
{
    imr_tobit_climb_t climb;
    size_t dependent;
    int ret;

    memset(self, 0, sizeof(*self));
    if (n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, "low", -1, NAN);
    }
    ret = allocate(self, n, k);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, NULL, -1, NAN);
    }
    ret = read_response(self, low, high, fault);
    if (ret == IMR_OK) {
        ret = read_columns(self, columns, k, fault);
    }
    if (ret == IMR_OK) {
        ret = standardise(self, fault);
    }
    if (ret != IMR_OK) {
        goto out;
    }
    dependent = orthogonalise(self, SIZE_MAX);
    if (dependent < self->p) {
        ret = imr_fault(fault, IMR_ERR_COLLINEAR, "X column", (int64_t) dependent - 1, NAN);
        goto out;
    }
    climb = climb_of(self, self->p);
    memset(self->gamma, 0, self->p * sizeof(double));
    ret = imr_tobit_climb(&climb);
    if (ret == IMR_OK && (size_t) self->exact <= self->p) {
        ret = check_summit(self, &climb);
    }
    if (ret == IMR_ERR_TOBIT_INFINITE) {
        ret = report_infinite(self, &climb, fault);
        goto out;
    }
    if (ret != IMR_OK) {
        imr_fault(fault, ret, NULL, -1, NAN);
        goto out;
    }
    self->loglik = climb.loglik - (double) self->exact * log(self->scale);
    self->score_norm = climb.score_norm;
    self->iterations = climb.iterations;
    transform_back(self, &climb);
out:
    if (ret != IMR_OK) {
        imr_tobit_free(self);
    }
    return ret;
}

void
imr_tobit_free(imr_tobit_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- profiles ---------------------------------------------------------------------------------- */

typedef struct {
    imr_tobit_climb_t *climb;
    double highest, quantile;
} profile_t;

/* The climb of a profile, from the fitted values on. */
static void
restart(imr_tobit_climb_t *climb, double h)
{
    memset(climb->gamma, 0, climb->k * sizeof(double));
    climb->h = h;
}

/* How much the likelihood ratio statistic of coefficient = value, or of log sd = value, exceeds the
 * quantile; each climb begins where the last one ended or, where that is too far away, where all is wide. */
static double
excess(double value, const void *context)
{
    const profile_t *profile = context;
    imr_tobit_climb_t *climb = profile->climb;
    double reach = 0;
    int ret;

    if (climb->fixed_h) {
        for (size_t c = 0; c < climb->k; c++) {
            climb->gamma[c] *= exp(-value) / climb->h; /* the coefficients stay */
        }
        climb->h = exp(-value);
    } else {
        climb->value = value;
    }
    ret = imr_tobit_climb(climb);
    if (ret != IMR_OK && !climb->fixed_h) {
        for (size_t i = 0; i < climb->n; i++) {
            reach = fmax(reach, fabs(climb->offset[i] * value));
        }
        restart(climb, 1 / (1 + reach));
        ret = imr_tobit_climb(climb);
    }
    return ret == IMR_OK ? 2 * (profile->highest - climb->loglik) - profile->quantile : NAN;
}

/* A first step of a standard error that the likelihood does not reach is far too long: so is the error, where
 * a wide interval hardly says anything of the coefficient within it. */
static int
search_limit(const profile_t *profile, double inside, double width, double side, double *limit)
{
    double h = profile->climb->h;

    for (int step = 0; step < 100; step++) {
        double outside = inside + side * width, above = excess(outside, profile);

        if (isnan(above)) {
            width /= 16;
            restart(profile->climb, h);
        } else if (above > 0) {
            return imr_solve_bracketed(excess, profile, inside, outside, 1e-12 * width, limit);
        } else {
            inside = outside;
            width *= 1.5;
        }
    }
    *limit = side * INFINITY;
    return IMR_OK;
}

int
imr_tobit_profile(imr_tobit_t *self, size_t j, double level, double *low, double *high,
    double *pvalue, imr_fault_t *fault)
{
    int of_sd = j == self->p, ret = IMR_OK;
    imr_tobit_climb_t climb = climb_of(self, of_sd ? self->p : self->p - 1);
    profile_t profile = { .climb = &climb,
        .highest = self->loglik + (double) self->exact * log(self->scale) };
    double h = self->scale / self->sd, middle = of_sd ? -log(h) : self->coef[j] / self->scale;
    double width = self->std_error[j] / (of_sd ? 1 : self->scale), statistic;

    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    if (!of_sd) {
        climb.offset = self->design + j * self->n;
        middle -= j == 0 ? self->center / self->scale : 0;
    }
    climb.fixed_h = of_sd;
    climb.profile = 1;
    if (orthogonalise(self, of_sd ? SIZE_MAX : j) < self->p) {
        return imr_fault(fault, IMR_ERR_COLLINEAR, "X column", (int64_t) j - 1, NAN);
    }
    ret = imr_quantile_chi_squared(level, 1, &profile.quantile);
    for (int side = -1; side <= 1 && ret == IMR_OK; side += 2) {
        restart(&climb, h);
        ret = search_limit(&profile, middle, width, side, side < 0 ? low : high);
    }
    *pvalue = NAN;
    if (ret == IMR_OK && of_sd) {
        *low = self->scale * exp(*low);
        *high = self->scale * exp(*high);
    } else if (ret == IMR_OK) {
        double shift = j == 0 ? self->center : 0;

        *low = *low * self->scale + shift;
        *high = *high * self->scale + shift;
        restart(&climb, h);
        statistic = excess(-shift / self->scale, &profile) + profile.quantile;
        ret = isnan(statistic) ? IMR_ERR_NOCONV
                               : imr_chi_squared_cdf_upper(fmax(statistic, 0), 1, pvalue);
    }
    return ret == IMR_OK ? IMR_OK : imr_fault(fault, ret, "X column", (int64_t) j - 1, NAN);
}
