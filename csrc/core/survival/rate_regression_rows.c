/* Rows with the same covariates are one pattern, for which there is one linear predictor but for the exposure:
 * with few patterns, as of arms, the work that grows with the number of coefficients is done once for each.
 * Within a pattern rows are in order of their counts, and runs of the same count in order of these, so that the
 * logarithms of several rows can be taken as one. */
#include "survival/rate_regression_rows.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/orthonormal.h"
#include "base/special.h"
#include "survival/rate_regression_climb.h"

typedef struct {
    void *block;
    double *time; /* n */
    size_t *count, *code, *order; /* n: events, pattern, rows by their events */
    size_t *table, slots; /* to find a pattern again */
    size_t *next; /* of a sort: where the next row with a code goes */
} reading_t;

static int
check_events(imr_rate_regression_t *self, const imr_rate_data_t *data, imr_fault_t *fault)
{
    int64_t most = 0, total = 0;

    for (size_t i = 0; i < data->n; i++) {
        int64_t y = data->events[i];

        if (y < 0) {
            return imr_fault(fault, IMR_ERR_NEGATIVE, "events", (int64_t) i, (double) y);
        }
        if (y > IMR_RATE_MOST_EVENTS) {
            return imr_fault(fault, IMR_ERR_RATE_EVENTS, "events", (int64_t) i, (double) y);
        }
        most = y > most ? y : most;
        total += y;
        if (data->cluster != NULL
            && (data->cluster[i] < 0 || (size_t) data->cluster[i] >= data->clusters)) {
            return imr_fault(
                fault, IMR_ERR_CODE, "cluster", (int64_t) i, (double) data->cluster[i]);
        }
    }
    if (total == 0) {
        return imr_fault(fault, IMR_ERR_RATE_NO_EVENT, "events", -1, NAN);
    }
    self->most = (size_t) most;
    self->total_events = (double) total;
    return IMR_OK;
}

static int
check_exposure(imr_rate_regression_t *self, const imr_rate_data_t *data, reading_t *reading,
    imr_fault_t *fault)
{
    for (size_t i = 0; i < data->n; i++) {
        double time = data->exposure == NULL ? 1 : data->exposure[i];
        size_t y = (size_t) data->events[i];

        if (isnan(time)) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "exposure", (int64_t) i, time);
        }
        if (!imr_is_shape(time)) {
            return imr_fault(fault, IMR_ERR_RATE_NO_EXPOSURE, "exposure", (int64_t) i, time);
        }
        for (size_t c = 0; c < data->k; c++) {
            double x = data->columns[i * data->k + c];

            if (!isfinite(x)) {
                return imr_fault(fault, IMR_ERR_NONFINITE, "X", (int64_t) i, x);
            }
        }
        reading->time[i] = time;
        reading->count[i] = y <= self->most ? y : 0; /* another thread may have written since */
        self->total_exposure += time;
    }
    return IMR_OK;
}

/* --- patterns --------------------------------------------------------------------------------------- */

static size_t
hash_of(const imr_rate_data_t *data, size_t row)
{
    uint64_t hash = 0;

    for (size_t c = 0; c < data->k; c++) {
        double value = data->columns[row * data->k + c] + 0.0; /* -0.0 equals 0.0 */
        uint64_t bits;

        memcpy(&bits, &value, sizeof(bits));
        hash = (hash ^ bits) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    return (size_t) hash;
}

static int
is_same(const imr_rate_data_t *data, size_t a, size_t b)
{
    for (size_t c = 0; c < data->k; c++) {
        if (data->columns[a * data->k + c] != data->columns[b * data->k + c]) {
            return 0;
        }
    }
    return 1;
}

/* The pattern of each row; returns how many there are, or 0 if they are more than half of the slots. */
static size_t
find_patterns(const imr_rate_data_t *data, reading_t *reading)
{
    size_t mask = reading->slots - 1, found = 0;

    memset(reading->table, 0, reading->slots * sizeof(size_t));
    for (size_t i = 0; i < data->n; i++) {
        size_t slot = hash_of(data, i) & mask,
               *first = reading->table + slot; /* one more than a row */

        while (*first > 0 && !is_same(data, *first - 1, i)) {
            slot = (slot + 1) & mask;
            first = reading->table + slot;
        }
        if (*first == 0) {
            if (found == reading->slots / 2) {
                return 0;
            }
            *first = i + 1;
            reading->code[i] = found++;
        }
        reading->code[i] = reading->code[*first - 1];
    }
    return found;
}

/* --- order ------------------------------------------------------------------------------------------ */

/* Rows in the order of their codes, and in the order they had where those are equal. next: codes + 1; where
 * rows with each code begin. */
static void
sort_rows(const size_t *code, size_t codes, size_t n, const size_t *from, size_t *to, size_t *next)
{
    memset(next, 0, (codes + 1) * sizeof(size_t));
    for (size_t i = 0; i < n; i++) {
        next[code[i] + 1]++;
    }
    for (size_t c = 0; c < codes; c++) {
        next[c + 1] += next[c];
    }
    for (size_t i = 0; i < n; i++) {
        size_t row = from == NULL ? i : from[i];

        to[next[code[row]]++] = row;
    }
}

/* Into self->row and self->start. */
static void
order_rows(imr_rate_regression_t *self, const reading_t *reading)
{
    size_t n = self->n, patterns = self->patterns;

    if (patterns == n) { /* each row may be its own pattern: all in order of their counts */
        sort_rows(reading->count, self->most + 1, n, NULL, self->row, reading->next);
        for (size_t g = 0; g <= patterns; g++) {
            self->start[g] = g;
        }
        return;
    }
    sort_rows(reading->count, self->most + 1, n, NULL, reading->order, reading->next);
    sort_rows(reading->code, patterns, n, reading->order, self->row, reading->next);
    self->start[0] = 0;
    memcpy(self->start + 1, reading->next, patterns * sizeof(size_t));
}

/* --- copies ----------------------------------------------------------------------------------------- */

static void
copy_pattern(
    imr_rate_regression_t *self, const imr_rate_data_t *data, const reading_t *reading, size_t g)
{
    size_t first = self->row[self->start[g]];
    double longest = 0, rows = (double) (self->start[g + 1] - self->start[g]);
    double root = rows > 1 ? sqrt(rows) : 1;

    for (size_t i = self->start[g]; i < self->start[g + 1]; i++) {
        double time = reading->time[self->row[i]];

        longest = time > longest ? time : longest;
    }
    self->active[g] = 1;
    self->offset[g] = log(longest);
    self->design[g] = root;
    for (size_t c = 0; c < data->k; c++) {
        self->design[(c + 1) * self->patterns + g] = root * data->columns[first * data->k + c];
    }
    for (size_t i = self->start[g]; i < self->start[g + 1]; i++) {
        double y = (double) reading->count[self->row[i]];
        double share = reading->time[self->row[i]] / longest;

        self->count[i] = y;
        self->share[i] = share;
        self->events[g] += y;
        self->shares[g] += share;
        if (y > 0 && share < 1) {
            self->within += y * log(share);
        }
    }
}

/* The ends of runs go where the patterns of rows were. */
static void
find_runs(imr_rate_regression_t *self, const reading_t *reading)
{
    size_t *end = reading->code, *count = reading->count;

    for (size_t i = 0; i < self->n; self->runs++) {
        size_t from = i;

        while (
            i < self->n && i < from + IMR_RATE_LONGEST_RUN && self->count[i] == self->count[from]) {
            i++;
        }
        end[self->runs] = i;
        count[self->runs] = (size_t) self->count[from];
    }
    sort_rows(count, self->most + 1, self->runs, NULL, reading->order, reading->next);
    for (size_t k = 0; k < self->runs; k++) {
        size_t own = reading->order[k];

        self->run[k].from = own > 0 ? end[own - 1] : 0;
        self->run[k].end = end[own];
    }
}

static void
count_above(imr_rate_regression_t *self)
{
    for (size_t i = 0; i < self->n; i++) {
        if (self->count[i] > 0) {
            self->above[(size_t) self->count[i] - 1] += 1;
        }
    }
    for (size_t j = self->most - 1; j > 0; j--) {
        self->above[j - 1] += self->above[j];
    }
    for (size_t j = 1; j < self->most; j++) {
        self->constant -= self->above[j] * log((double) (j + 1));
    }
}

/* --- memory ----------------------------------------------------------------------------------------- */

static int
allocate_reading(const imr_rate_regression_t *self, reading_t *reading)
{
    size_t n = self->n, codes = (n > self->most + 1 ? n : self->most + 1) + 1;

    reading->slots = 16;
    while (reading->slots < n / 4) {
        reading->slots *= 2;
    }
    /* a double has room for a size_t */
    reading->block = imr_malloc(4 * n + reading->slots + codes, sizeof(double));
    if (reading->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    reading->time = reading->block;
    reading->count = (size_t *) (reading->time + n);
    reading->code = reading->count + n;
    reading->order = reading->code + n;
    reading->table = reading->order + n;
    reading->next = reading->table + reading->slots;
    return IMR_OK;
}

static int
allocate(imr_rate_regression_t *self)
{
    size_t n = self->n, p = self->p, g = self->patterns;

    self->block = imr_calloc(2 * g * p + 4 * g + 2 * n + 2 * p * p + 5 * p + self->most
            + imr_rate_work_size(n, p, g) + g + 1 + 3 * n,
        sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->coef = self->block;
    self->std_error = self->coef + p;
    self->near = self->std_error + p;
    self->direction = self->near + p;
    self->widest = self->direction + p;
    self->covariance = self->widest + p;
    self->triangle = self->covariance + p * p;
    self->count = self->triangle + p * p;
    self->share = self->count + n;
    self->offset = self->share + n;
    self->events = self->offset + g;
    self->shares = self->events + g;
    self->active = self->shares + g;
    self->design = self->active + g;
    self->basis = self->design + g * p;
    self->above = self->basis + g * p;
    self->work = self->above + self->most;
    self->start = (size_t *) (self->work + imr_rate_work_size(n, p, g));
    self->row = self->start + g + 1;
    self->run = (imr_rate_run_t *) (self->row + n);
    return IMR_OK;
}

int
imr_rate_read_rows(imr_rate_regression_t *self, const imr_rate_data_t *data, imr_fault_t *fault)
{
    reading_t reading = { 0 };
    int ret = check_events(self, data, fault);

    if (ret != IMR_OK) {
        return ret;
    }
    self->n = data->n;
    self->p = data->k + 1;
    if (self->p > 10000 || self->n > SIZE_MAX / 64 / self->p
        || allocate_reading(self, &reading) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    ret = check_exposure(self, data, &reading, fault);
    if (ret != IMR_OK) {
        goto out;
    }
    self->patterns = find_patterns(data, &reading);
    if (self->patterns == 0) {
        self->patterns = self->n;
    }
    ret = allocate(self);
    if (ret != IMR_OK) {
        imr_fault(fault, ret, NULL, -1, NAN);
        goto out;
    }
    order_rows(self, &reading);
    for (size_t g = 0; g < self->patterns; g++) {
        copy_pattern(self, data, &reading, g);
    }
    find_runs(self, &reading);
    count_above(self);
out:
    imr_free(reading.block);
    return ret;
}

size_t
imr_rate_make_basis(imr_rate_regression_t *self, size_t last)
{
    size_t patterns = self->patterns;
    size_t found;

    if (self->made == last + 1) {
        return self->p;
    }
    found = imr_orthonormal(self->design, patterns, self->p, last, self->basis, self->triangle);
    self->made = found == self->p ? last + 1 : 0;
    for (size_t c = 0; found == self->p && c < self->p; c++) {
        double *column = self->basis + c * patterns, largest = 0, length = 0, least;

        for (size_t r = 0; r <= c; r++) {
            length = hypot(length, self->triangle[r * self->p + c]);
        }
        for (size_t g = 0; g < patterns; g++) {
            double size = fabs(column[g]);

            largest = size > largest ? size : largest;
        }
        /* below it all is rounding, which would tell of a coordinate of which only patterns left out tell */
        least = 8 * DBL_EPSILON * length / self->triangle[c * self->p + c] * largest;
        self->widest[c] = largest;
        for (size_t g = 0; g < patterns; g++) {
            column[g] = fabs(column[g]) > least ? column[g] : 0;
        }
        for (size_t g = 0; patterns < self->n && g < patterns; g++) { /* else each is one row */
            column[g] /= sqrt((double) (self->start[g + 1] - self->start[g]));
        }
    }
    return found;
}
