#include "survival/fine_gray_rows.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"

#define SMALLEST_SPREAD 1e-100
#define SINGULAR 1e-11 /* of a variance: what is left of it is rounding */

size_t
imr_fine_gray_cholesky(double *matrix, size_t p, const double *gross)
{
    for (size_t c = 0; c < p; c++) {
        for (size_t r = c; r < p; r++) {
            double sum = matrix[r * p + c];

            for (size_t k = 0; k < c; k++) {
                sum -= matrix[r * p + k] * matrix[c * p + k];
            }
            if (r > c) {
                matrix[r * p + c] = sum / matrix[c * p + c];
            } else if (!(sum > SINGULAR * gross[c])) {
                return c;
            } else {
                matrix[c * p + c] = sqrt(sum);
            }
        }
    }
    return p;
}

void
imr_fine_gray_rows_free(imr_fine_gray_rows_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- times ------------------------------------------------------------------------------------- */

static int
check_rows(const imr_fine_gray_data_t *data, imr_fault_t *fault)
{
    size_t events = 0;

    if (data->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "time", -1, NAN);
    }
    if (data->n > UINT32_MAX || data->strata > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "time", -1, NAN);
    }
    if (data->p == 0) {
        return imr_fault(fault, IMR_ERR_NO_COLUMN, "X", -1, NAN);
    }
    for (size_t i = 0; i < data->n; i++) {
        double t = data->time[i];

        if (!(t >= 0 && isfinite(t))) {
            return imr_fault(
                fault, t < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE, "time", (int64_t) i, t);
        }
        if (data->stratum != NULL
            && (data->stratum[i] < 0 || (uint64_t) data->stratum[i] >= data->strata)) {
            return imr_fault(fault, IMR_ERR_CODE, "strata", (int64_t) i, (double) data->stratum[i]);
        }
        events += data->cause[i] == 1;
    }
    return events > 0 ? IMR_OK : imr_fault(fault, IMR_ERR_NO_EVENT_OF_INTEREST, "cause", -1, NAN);
}

static void *
take(char **at, size_t count, size_t size)
{
    void *column = *at;

    *at += (count * size + 7) / 8 * 8;
    return column;
}

static size_t
bytes(size_t count, size_t size)
{
    return (count * size + 7) / 8 * 8;
}

/* Columns of n rows, `groups` times and n_times times of interest. */
static int
allocate(imr_fine_gray_rows_t *self)
{
    size_t n = self->n, p = self->p, m = self->n_times;
    size_t cells = SIZE_MAX / 64;
    char *at;

    if (p > 1000000 || n > cells / p || self->strata > cells / m) {
        return IMR_ERR_NOMEM;
    }
    at = imr_malloc(bytes(n * p + 2 * p + self->groups + n + m * self->strata + m, 8)
            + bytes(self->groups + 1 + m, sizeof(size_t)) + bytes(n, 4) + bytes(n, 1),
        1);
    if (at == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->block = at;
    self->z = take(&at, n * p, 8);
    self->center = take(&at, p, 8);
    self->scale = take(&at, p, 8);
    self->time = take(&at, self->groups, 8);
    self->weight = take(&at, n, 8);
    self->censoring = take(&at, m * self->strata, 8);
    self->events = take(&at, m, 8);
    self->first = take(&at, self->groups + 1, sizeof(size_t));
    self->event_group = take(&at, m, sizeof(size_t));
    self->stratum = take(&at, n, 4);
    self->kind = take(&at, n, 1);
    return IMR_OK;
}

/* Rows by time; time holds those that ties are merged to. */
static int
order_rows(const imr_fine_gray_data_t *data, double *time, uint32_t *order, int64_t *merged,
    imr_fault_t *fault)
{
    size_t changed = 0;
    int status = IMR_OK;

    if (data->fix_ties) {
        status = imr_fix_ties(NULL, data->time, data->n, NULL, time, &changed, fault);
    } else {
        memcpy(time, data->time, data->n * sizeof(*time));
    }
    *merged = (int64_t) changed;
    return status == IMR_OK ? imr_order(time, data->n, "time", order, fault) : status;
}

/* The times, and which rows are of each. */
static void
group_rows(imr_fine_gray_rows_t *self, const imr_fine_gray_data_t *data, const double *time,
    const uint32_t *order)
{
    size_t g = 0, e = 0;

    for (size_t i = 0; i < self->n; i++) {
        uint32_t row = order[i];

        if (i == 0 || time[row] != self->time[g - 1]) {
            self->time[g] = time[row];
            self->first[g++] = i;
        }
        self->stratum[i] = data->stratum == NULL ? 0 : (uint32_t) data->stratum[row];
        self->kind[i] = data->cause[row] < 2 ? data->cause[row] : 2;
        if (self->kind[i] == 1) {
            if (e == 0 || self->event_group[e - 1] != g - 1) {
                self->event_group[e] = g - 1;
                self->events[e++] = 0;
            }
            self->events[e - 1]++;
        }
    }
    self->first[g] = self->n;
}

/* How many times there are, and times of an event of interest. */
static void
count_times(imr_fine_gray_rows_t *self, const imr_fine_gray_data_t *data, const double *time,
    const uint32_t *order)
{
    double of_interest = NAN;

    for (size_t i = 0; i < self->n; i++) {
        double t = time[order[i]];

        self->groups += i == 0 || t != time[order[i - 1]];
        if (data->cause[order[i]] == 1 && t != of_interest) {
            self->n_times++;
            of_interest = t;
        }
    }
}

/* G by Kaplan and Meier, events at the time of a censoring still at risk; scratch holds 3 values a
 * stratum. */
static void
fill_censoring(imr_fine_gray_rows_t *self, double *scratch)
{
    double *survival = scratch, *at_risk = scratch + self->strata;
    double *lost = at_risk + self->strata;
    size_t e = 0;

    for (size_t s = 0; s < self->strata; s++) {
        survival[s] = 1;
        at_risk[s] = lost[s] = 0;
    }
    for (size_t i = 0; i < self->n; i++) {
        at_risk[self->stratum[i]]++;
    }
    for (size_t g = 0; g < self->groups; g++) {
        size_t begin = self->first[g], end = self->first[g + 1];

        if (e < self->n_times && self->event_group[e] == g) {
            memcpy(self->censoring + e * self->strata, survival, self->strata * sizeof(double));
            e++;
        }
        for (size_t i = begin; i < end; i++) {
            self->weight[i] = 1 / survival[self->stratum[i]];
            lost[self->stratum[i]] += self->kind[i] == 0;
        }
        for (size_t i = begin; i < end; i++) { /* once for each stratum in which somebody is lost */
            size_t s = self->stratum[i];

            if (lost[s] > 0) {
                survival[s] *= 1 - lost[s] / at_risk[s];
                lost[s] = -lost[s];
            }
        }
        for (size_t i = begin; i < end; i++) {
            lost[self->stratum[i]] = 0;
        }
        for (size_t i = begin; i < end; i++) {
            at_risk[self->stratum[i]]--;
        }
    }
}

/* --- covariates -------------------------------------------------------------------------------- */

static int
read_columns(imr_fine_gray_rows_t *self, const imr_fine_gray_data_t *data, const uint32_t *order,
    imr_fault_t *fault)
{
    size_t n = self->n, p = self->p;

    memset(self->center, 0, p * sizeof(double));
    memset(self->scale, 0, p * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < p; c++) {
            double x = data->columns[(size_t) order[i] * p + c];

            if (!(fabs(x) <= IMR_FINE_GRAY_MOST_COVARIATE)) {
                return imr_fault(fault, isfinite(x) ? IMR_ERR_COVARIATE_RANGE : IMR_ERR_NONFINITE,
                    "X", (int64_t) order[i], x);
            }
            self->z[i * p + c] = x;
            self->center[c] += x;
        }
    }
    for (size_t c = 0; c < p; c++) {
        self->center[c] /= (double) n;
        for (size_t i = 0; i < n; i++) {
            double *z = self->z + i * p + c;

            *z -= self->center[c];
            self->scale[c] = fmax(self->scale[c], fabs(*z));
        }
        /* what a constant column leaves is rounding of the mean */
        if (!(self->scale[c] > 1e-13 * fabs(self->center[c]))) {
            return imr_fault(fault, IMR_ERR_COLLINEAR, "X column", (int64_t) c, NAN);
        }
        if (self->scale[c] < SMALLEST_SPREAD) {
            return imr_fault(fault, IMR_ERR_COVARIATE_RANGE, "X column", (int64_t) c, NAN);
        }
        for (size_t i = 0; i < n; i++) {
            self->z[i * p + c] /= self->scale[c];
        }
    }
    return IMR_OK;
}

/* Refuses a column that is a combination of those before it. */
static int
check_columns(const imr_fine_gray_rows_t *self, double *gram, imr_fault_t *fault)
{
    size_t p = self->p, dependent;
    double *gross = gram + p * p;

    memset(gram, 0, p * p * sizeof(double));
    for (size_t i = 0; i < self->n; i++) {
        const double *z = self->z + i * p;

        for (size_t r = 0; r < p; r++) {
            for (size_t c = 0; c <= r; c++) {
                gram[r * p + c] += z[r] * z[c];
            }
        }
    }
    for (size_t c = 0; c < p; c++) {
        gross[c] = gram[c * p + c];
    }
    dependent = imr_fine_gray_cholesky(gram, p, gross);
    return dependent == p
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_COLLINEAR, "X column", (int64_t) dependent, NAN);
}

/* The status of a pass over n rows, or IMR_ERR_STOPPED. */
static int
after(int status, size_t n, imr_stop_t *stop, imr_fault_t *fault)
{
    return status == IMR_OK && imr_stop_asked(stop, 50 * (double) n)
        ? imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN)
        : status;
}

int
imr_fine_gray_rows(const imr_fine_gray_data_t *data, imr_fine_gray_rows_t *self, imr_stop_t *stop,
    imr_fault_t *fault)
{
    double *time = NULL, *scratch = NULL;
    uint32_t *order = NULL;
    int status;

    memset(self, 0, sizeof(*self));
    status = check_rows(data, fault);
    if (status != IMR_OK) {
        return status;
    }
    self->n = data->n;
    self->p = data->p;
    self->strata = data->stratum == NULL ? 1 : data->strata;
    time = imr_malloc(data->n, sizeof(*time));
    order = imr_malloc(data->n, sizeof(*order));
    if (time == NULL || order == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    status = after(order_rows(data, time, order, &self->merged, fault), data->n, stop, fault);
    if (status != IMR_OK) {
        goto out;
    }
    count_times(self, data, time, order);
    scratch = data->p > 100000 ? NULL : imr_malloc(3 * self->strata + data->p * (data->p + 1), 8);
    if (scratch == NULL || allocate(self) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    group_rows(self, data, time, order);
    fill_censoring(self, scratch);
    status = after(IMR_OK, data->n, stop, fault);
    if (status == IMR_OK) {
        status = after(read_columns(self, data, order, fault), data->n, stop, fault);
    }
    if (status == IMR_OK) {
        status = check_columns(self, scratch, fault);
    }
out:
    imr_free(time);
    imr_free(order);
    imr_free(scratch);
    if (status != IMR_OK) {
        imr_fine_gray_rows_free(self);
    }
    return status;
}
