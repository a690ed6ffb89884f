#include "survival/rmst.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/quantile.h"

#define MOST_ITERATIONS 100
#define CONVERGED 1e-22 /* of the squared score, in units of its variance */
#define COLLINEAR 1e-12 /* of a column's squared length, free of the columns before it */
#define LARGEST_EXPONENT 30.0
#define NOISE 1e-14 /* in shares of tau: what rounding leaves of nothing */

/* The regression of min(T, tau) on an intercept, the groups but the reference, and the covariates,
 * in columns of mean 0 and length 1 (the intercept: of ones). */
typedef struct {
    const imr_rmst_adjusted_data_t *data;
    size_t n, p;
    double tau;
    double *time; /* up to tau */
    double *weight; /* 0 where the time up to tau is not known, else 1 over the chance to know it */
    double *outcome; /* weight times what the time is off the model: residuals */
    double *design; /* n rows of p */
    double *scale; /* p: what a column was divided by */
    double *beta, *score, *ahead, *behind; /* p each */
    double *bread, *meat; /* p x p */
    double *hazard; /* n x p: what the censorings at a row's time take off, summed from the start */
    uint8_t *known; /* is the time up to tau known? */
    uint32_t *order;
    size_t *begin; /* groups + 1: of each group's rows in by_group */
    uint32_t *by_group; /* rows by group and time */
    imr_stop_t *stop;
} regression_t;

static void
regression_free(regression_t *self)
{
    imr_free(self->time);
    imr_free(self->known);
    imr_free(self->order);
    imr_free(self->begin);
}

static int
regression_init(regression_t *self, const imr_rmst_adjusted_data_t *data, double tau)
{
    size_t n = data->n, p = data->groups + data->covariates;

    memset(self, 0, sizeof(*self));
    self->data = data;
    self->n = n;
    self->p = p;
    self->tau = tau;
    self->time = imr_malloc(3 * n + 1 + 2 * n * p + 5 * p + 2 * p * p, sizeof(double));
    self->known = imr_malloc(n, 1);
    self->order = imr_malloc(2 * n, sizeof(uint32_t));
    self->begin = imr_calloc(data->groups + 1, sizeof(size_t));
    if (self->time == NULL || self->known == NULL || self->order == NULL || self->begin == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->by_group = self->order + n;
    self->weight = self->time + n + 1; /* one more time: tau */
    self->outcome = self->weight + n;
    self->design = self->outcome + n;
    self->hazard = self->design + n * p;
    self->scale = self->hazard + n * p;
    self->beta = self->scale + p;
    self->score = self->beta + p;
    self->ahead = self->score + p;
    self->behind = self->ahead + p;
    self->bread = self->behind + p;
    self->meat = self->bread + p * p;
    return IMR_OK;
}

/* --- times and weights -------------------------------------------------------------------------- */

/* Times up to tau, tied ones merged, in order within each group. */
static int
read_times(regression_t *self, int fix_ties, imr_fault_t *fault)
{
    const imr_rmst_adjusted_data_t *data = self->data;
    size_t n = self->n, merged;
    double tau = self->tau;
    int status = IMR_OK;

    memcpy(self->time, data->time, n * sizeof(double));
    if (fix_ties) {
        self->time[n] = tau;
        status = imr_fix_ties(NULL, self->time, n + 1, NULL, self->time, &merged, fault);
        tau = self->time[n];
    }
    if (status == IMR_OK && imr_stop_asked(self->stop, 50 * (double) n)) {
        status = imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
    }
    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        int reaches = self->time[i] >= tau;

        self->known[i] = (uint8_t) (reaches || data->event[i]);
        self->time[i] = reaches ? self->tau : self->time[i];
        self->begin[data->group[i] + 1]++;
    }
    if (status == IMR_OK) {
        status = imr_order(self->time, n, "time", self->order, fault);
    }
    for (size_t g = 0; g < data->groups; g++) {
        self->begin[g + 1] += self->begin[g];
    }
    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        uint32_t row = self->order[i];

        self->by_group[self->begin[data->group[row]]++] = row;
    }
    for (size_t g = data->groups; g > 0; g--) {
        self->begin[g] = self->begin[g - 1];
    }
    self->begin[0] = 0;
    return status;
}

/* The rows of one group that share the time of rows[i]: *known of them, of `count` in all. */
static size_t
tied(const regression_t *self, const uint32_t *rows, size_t i, size_t n, size_t *known)
{
    size_t count = 0;

    *known = 0;
    while (i + count < n && self->time[rows[i + count]] == self->time[rows[i]]) {
        *known += self->known[rows[i + count++]];
    }
    return count;
}

/* Inverse probabilities of censoring: the Kaplan-Meier of the censorings just before each time, events
 * at a time coming before its censorings. */
static void
weigh_group(regression_t *self, const uint32_t *rows, size_t n)
{
    double uncensored = 1;
    size_t count, known;

    for (size_t i = 0; i < n; i += count) {
        count = tied(self, rows, i, n, &known);
        for (size_t k = i; k < i + count; k++) {
            self->weight[rows[k]] = self->known[rows[k]] ? 1 / uncensored : 0;
        }
        if (known < count) {
            uncensored *= 1 - (double) (count - known) / (double) (n - i - known);
        }
    }
}

/* --- the design --------------------------------------------------------------------------------- */

/* The group of a column of the design, 1 to groups - 1. */
static size_t
group_of(const imr_rmst_adjusted_data_t *data, size_t column)
{
    return column <= data->reference ? column - 1 : column;
}

static double
raw_value(const imr_rmst_adjusted_data_t *data, size_t i, size_t column)
{
    if (column == 0) {
        return 1;
    }
    return column < data->groups ? (double) ((size_t) data->group[i] == group_of(data, column))
                                 : data->covariate[i * data->covariates + column - data->groups];
}

static int
read_design(regression_t *self, imr_fault_t *fault)
{
    size_t n = self->n, p = self->p;

    for (size_t i = 0; i < n * self->data->covariates; i++) {
        if (!isfinite(self->data->covariate[i])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "covariates",
                (int64_t) (i / self->data->covariates), self->data->covariate[i]);
        }
    }
    for (size_t c = 0; c < p; c++) {
        double largest = 0, mean = 0, square = 0;

        for (size_t i = 0; i < n; i++) {
            largest = fmax(largest, fabs(raw_value(self->data, i, c)));
        }
        for (size_t i = 0; i < n && largest > 0; i++) {
            double value = raw_value(self->data, i, c) / largest;

            self->design[i * p + c] = value;
            mean += value / (double) n;
        }
        for (size_t i = 0; i < n && c > 0; i++) {
            self->design[i * p + c] -= mean;
            square += self->design[i * p + c] * self->design[i * p + c];
        }
        self->scale[c] = c == 0 ? 1 : largest * sqrt(square);
        if (c > 0 && !(largest > 0 && sqrt(square / (double) n) > sqrt(COLLINEAR))) {
            return imr_fault(fault, IMR_ERR_COLLINEAR, "covariates column",
                (int64_t) (c - self->data->groups), NAN);
        }
        for (size_t i = 0; i < n && c > 0; i++) {
            self->design[i * p + c] /= sqrt(square);
        }
        if (imr_stop_asked(self->stop, (double) (20 * n))) {
            return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
    }
    return IMR_OK;
}

/* --- the fit ------------------------------------------------------------------------------------ */

/* matrix += factor row row', the lower half */
static void
add_square(double *matrix, const double *row, size_t p, double factor)
{
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b <= a; b++) {
            matrix[a * p + b] += factor * row[a] * row[b];
        }
    }
}

/* The Cholesky factor in place of the matrix; p, or the first column that depends on those before. */
static size_t
factorize(double *matrix, size_t p)
{
    for (size_t c = 0; c < p; c++) {
        double whole = matrix[c * p + c];

        for (size_t k = 0; k <= c; k++) {
            double sum = matrix[c * p + k];

            for (size_t m = 0; m < k; m++) {
                sum -= matrix[c * p + m] * matrix[k * p + m];
            }
            if (k == c) {
                if (!(sum > COLLINEAR * whole)) {
                    return c;
                }
                matrix[c * p + c] = sqrt(sum);
            } else {
                matrix[c * p + k] = sum / matrix[k * p + k];
            }
        }
    }
    return p;
}

/* x = matrix^-1 x by the factor; the squared length of x half way, which is x' matrix^-1 x. */
static double
solve(const double *factor, size_t p, double *x)
{
    double length = 0;

    for (size_t r = 0; r < p; r++) {
        for (size_t k = 0; k < r; k++) {
            x[r] -= factor[r * p + k] * x[k];
        }
        x[r] /= factor[r * p + r];
        length += x[r] * x[r];
    }
    for (size_t r = p; r-- > 0;) {
        for (size_t k = r + 1; k < p; k++) {
            x[r] -= factor[k * p + r] * x[k];
        }
        x[r] /= factor[r * p + r];
    }
    return length;
}

static double
predictor(const regression_t *self, size_t i)
{
    double eta = 0;

    for (size_t c = 0; c < self->p; c++) {
        eta += self->design[i * self->p + c] * self->beta[c];
    }
    return eta;
}

/* The share of tau that row i lives, or loses. */
static double
share(const regression_t *self, size_t i, int lost)
{
    return (lost ? self->tau - self->time[i] : self->time[i]) / self->tau;
}

/* Residuals times weights, the score out of them, and the information with weights or without. */
static int
evaluate(regression_t *self, imr_rmst_measure_t measure, int weighted)
{
    size_t p = self->p;

    memset(self->score, 0, p * sizeof(double));
    memset(self->bread, 0, p * p * sizeof(double));
    for (size_t i = 0; i < self->n; i++) {
        const double *row = self->design + i * p;
        double eta = predictor(self, i), slope = 1, w = self->weight[i];

        if (measure != IMR_RMST_DIFFERENCE) {
            slope = eta = exp(eta);
        }
        self->outcome[i] = w * (share(self, i, measure == IMR_RMST_LOST_RATIO) - eta);
        for (size_t c = 0; c < p; c++) {
            self->score[c] += self->outcome[i] * row[c];
        }
        add_square(self->bread, row, p, weighted ? w * slope : slope);
        if (imr_stop_asked(self->stop, (double) (p * p + p + 20))) {
            return IMR_ERR_STOPPED;
        }
    }
    return IMR_OK;
}

/* Newton's method on the weighted estimating equation; one step where the link is the identity. */
static int
fit(regression_t *self, imr_rmst_measure_t measure, size_t *dependent)
{
    int log_link = measure != IMR_RMST_DIFFERENCE;
    double total = 0, weights = 0;

    memset(self->beta, 0, self->p * sizeof(double));
    for (size_t i = 0; i < self->n; i++) {
        total += self->weight[i] * share(self, i, measure == IMR_RMST_LOST_RATIO);
        weights += self->weight[i];
    }
    if (log_link) {
        self->beta[0] = log(total / weights);
        if (!isfinite(self->beta[0])) {
            return IMR_ERR_NOCONV;
        }
    }
    for (int iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
        double length, largest = 0;

        if (evaluate(self, measure, 1) != IMR_OK) {
            return IMR_ERR_STOPPED;
        }
        *dependent = factorize(self->bread, self->p);
        if (*dependent < self->p) {
            return iteration == 0 ? IMR_ERR_COLLINEAR : IMR_ERR_NOCONV;
        }
        length = solve(self->bread, self->p, self->score);
        for (size_t i = 0; i < self->n && log_link; i++) {
            double step = 0;

            for (size_t c = 0; c < self->p; c++) {
                step += self->design[i * self->p + c] * self->score[c];
            }
            largest = fmax(largest, fabs(step));
        }
        for (size_t c = 0; c < self->p; c++) { /* no predictor moves by more than 1 */
            self->beta[c] += self->score[c] / fmax(1, largest);
        }
        for (size_t i = 0; i < self->n && log_link; i++) {
            if (!(fabs(predictor(self, i)) < LARGEST_EXPONENT)) {
                return IMR_ERR_NOCONV;
            }
        }
        if (imr_stop_asked(self->stop, (double) (2 * self->n * self->p))) {
            return IMR_ERR_STOPPED;
        }
        if (length <= CONVERGED || (!log_link && iteration > 0)) {
            return IMR_OK;
        }
    }
    return IMR_ERR_NOCONV;
}

/* --- the robust variance ------------------------------------------------------------------------ */

/* Adds up the squares of what each row of one group contributes: its own residual, and what its
 * censoring, or its being there at the censorings of others, does to the weights. */
static int
add_influence(regression_t *self, const uint32_t *rows, size_t n)
{
    size_t p = self->p, count, known;
    double *hazard = self->hazard, *behind = self->behind, *ahead = self->ahead;

    memset(ahead, 0, p * sizeof(double));
    for (size_t i = 0; i < n; i++) { /* of all rows, and from here on of those later than i */
        for (size_t c = 0; c < p; c++) {
            ahead[c] += self->outcome[rows[i]] * self->design[rows[i] * p + c];
        }
    }
    memset(behind, 0, p * sizeof(double));
    for (size_t i = 0; i < n; i += count) {
        double left;

        count = tied(self, rows, i, n, &known);
        left = (double) (n - i - known);
        for (size_t k = i; k < i + count; k++) {
            for (size_t c = 0; c < p; c++) {
                double own = self->outcome[rows[k]] * self->design[rows[k] * p + c];

                ahead[c] -= own;
                hazard[k * p + c] = own - behind[c];
            }
        }
        for (size_t c = 0; c < p && known < count; c++) {
            double jump = ahead[c] / left * ((double) (count - known) / left);

            behind[c] += jump;
            for (size_t k = i; k < i + count; k++) {
                hazard[k * p + c] += self->known[rows[k]] ? 0 : ahead[c] / left - jump;
            }
        }
        for (size_t k = i; k < i + count; k++) {
            add_square(self->meat, hazard + k * p, p, 1);
        }
        if (imr_stop_asked(self->stop, (double) (count * (p * p + 5 * p + 20)))) {
            return IMR_ERR_STOPPED;
        }
    }
    return IMR_OK;
}

/* The variance of beta[column]: of bread^-1 meat bread^-1. */
static double
sandwich(const regression_t *self, size_t column, double *unit)
{
    double variance = 0;

    memset(unit, 0, self->p * sizeof(double));
    unit[column] = 1;
    solve(self->bread, self->p, unit);
    for (size_t a = 0; a < self->p; a++) {
        for (size_t b = 0; b <= a; b++) {
            variance += (a == b ? 1 : 2) * self->meat[a * self->p + b] * unit[a] * unit[b];
        }
    }
    return variance;
}

static double
without_noise(double x, double unit)
{
    return fabs(x) > NOISE * unit ? x : 0;
}

/* Each group but the reference: its estimate, and what follows from its variance. */
static int
fill_effects(
    regression_t *self, imr_rmst_measure_t measure, double level, imr_rmst_effect_t *effects)
{
    const imr_rmst_adjusted_data_t *data = self->data;
    double unit = measure == IMR_RMST_DIFFERENCE ? self->tau : 1;
    int status = IMR_OK;

    if (evaluate(self, measure, 0) != IMR_OK) {
        return IMR_ERR_STOPPED;
    }
    if (factorize(self->bread, self->p) < self->p) {
        return IMR_ERR_NOCONV;
    }
    memset(self->meat, 0, self->p * self->p * sizeof(double));
    for (size_t g = 0; g < data->groups && status == IMR_OK; g++) {
        size_t begin = self->begin[g];

        status = add_influence(self, self->by_group + begin, self->begin[g + 1] - begin);
    }
    for (size_t c = 1; c < data->groups && status == IMR_OK; c++) {
        imr_rmst_effect_t *effect = effects + group_of(data, c);
        double value = without_noise(self->beta[c] / self->scale[c] * unit, unit);
        double error =
            without_noise(sqrt(sandwich(self, c, self->ahead)) / self->scale[c] * unit, unit);

        effect->estimate = measure == IMR_RMST_DIFFERENCE ? value : exp(value);
        status = imr_rmst_test(effect, measure, value, error, INFINITY, level);
    }
    return status;
}

/* One measure; a ratio may have no finite solution. */
static int
fit_measure(regression_t *self, imr_rmst_measure_t measure, double level,
    imr_rmst_effect_t *effects, imr_fault_t *fault)
{
    size_t dependent = 0, groups = self->data->groups;
    int status = fit(self, measure, &dependent);

    if (status == IMR_ERR_COLLINEAR) {
        return imr_fault(
            fault, status, "covariates column", (int64_t) dependent - (int64_t) groups, NAN);
    }
    if (status == IMR_OK) {
        status = fill_effects(self, measure, level, effects);
    }
    if (status == IMR_ERR_NOCONV) {
        for (size_t g = 0; g < groups; g++) {
            effects[g].estimate = NAN;
            imr_rmst_unknown(effects + g, measure, self->tau);
        }
        return IMR_OK;
    }
    if (status == IMR_ERR_STOPPED) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    return status == IMR_OK ? IMR_OK : imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
}

int
imr_rmst_adjusted(const imr_rmst_adjusted_data_t *data, double tau,
    const imr_rmst_options_t *options, imr_rmst_effect_t *effects, imr_stop_t *stop,
    imr_fault_t *fault)
{
    regression_t self;
    int status = regression_init(&self, data, tau);

    if (status != IMR_OK) {
        imr_fault(fault, status, NULL, -1, NAN);
        goto out;
    }
    self.stop = stop;
    status = read_times(&self, options->fix_ties, fault);
    if (status == IMR_OK && imr_stop_asked(stop, 50 * (double) data->n)) {
        status = imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
    }
    if (status == IMR_OK) {
        status = read_design(&self, fault);
    }
    if (status != IMR_OK) {
        goto out;
    }
    for (size_t g = 0; g < data->groups; g++) {
        weigh_group(&self, self.by_group + self.begin[g], self.begin[g + 1] - self.begin[g]);
    }
    for (int measure = 0; measure < IMR_RMST_MEASURES && status == IMR_OK; measure++) {
        status = fit_measure(&self, (imr_rmst_measure_t) measure, options->level,
            effects + (size_t) measure * data->groups, fault);
    }
out:
    regression_free(&self);
    return status;
}
