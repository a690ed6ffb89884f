#include "survival/panel_markov_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/follow_up.h"
#include "base/mem.h"
#include "base/order.h"

/* What is read: days after ties are merged, and rows in order. */
typedef struct {
    const imr_panel_data_t *data;
    double *day; /* as given */
    uint32_t *order, *permutation;
    double *key; /* scratch of the sorts */
    uint32_t *pattern; /* of each row as given */
    uint32_t reach[IMR_PANEL_MOST_STATES]; /* with itself */
    uint32_t before[IMR_PANEL_MOST_STATES]; /* from where a transition leads into it */
    void *block;
} reading_t;

/* --- the chain ----------------------------------------------------------------------------------- */

void
imr_panel_reach(const imr_panel_chain_t *chain, uint64_t transitions, uint32_t *reach)
{
    for (size_t s = 0; s < chain->states; s++) {
        reach[s] = UINT32_C(1) << s;
    }
    for (size_t pass = 0; pass < chain->states; pass++) {
        for (size_t j = 0; j < chain->transitions; j++) {
            if (transitions >> j & 1) {
                reach[chain->from[j]] |= reach[chain->to[j]];
            }
        }
    }
}

static int
check_chain(const imr_panel_data_t *data, reading_t *reading, imr_fault_t *fault)
{
    const imr_panel_chain_t *chain = &data->chain;
    size_t states = chain->states;

    if (states < 2 || states > IMR_PANEL_MOST_STATES || chain->transitions == 0
        || chain->transitions > IMR_PANEL_MOST_TRANSITIONS) {
        return imr_fault(fault, IMR_ERR_PANEL_SIZE, "transitions", -1, NAN);
    }
    if (data->sets > IMR_PANEL_MOST_SETS) {
        return imr_fault(fault, IMR_ERR_PANEL_SIZE, "censored", -1, (double) data->sets);
    }
    if (data->k > IMR_PANEL_MOST_COVARIATES) {
        return imr_fault(fault, IMR_ERR_PANEL_SIZE, "covariates", -1, (double) data->k);
    }
    for (size_t j = 0; j < chain->transitions; j++) {
        size_t from = chain->from[j], to = chain->to[j];

        if (from >= states || to >= states || from == to) {
            return imr_fault(fault, IMR_ERR_CODE, "transitions", (int64_t) j, NAN);
        }
        if (data->exact >> from & 1) {
            return imr_fault(fault, IMR_ERR_PANEL_EXACT_LEFT, "transitions", (int64_t) j, NAN);
        }
        reading->before[to] |= UINT32_C(1) << from;
    }
    imr_panel_reach(chain, UINT64_MAX, reading->reach);
    return IMR_OK;
}

/* --- order --------------------------------------------------------------------------------------- */

static int
read_days(reading_t *reading, imr_fault_t *fault)
{
    const imr_panel_data_t *data = reading->data;
    size_t merged;
    uint32_t most;

    if (!imr_whole_days(data->day, data->n, &most)) {
        int status = imr_fix_ties(NULL, data->day, data->n, NULL, reading->day, &merged, fault);

        if (status != IMR_OK && fault != NULL && fault->argument != NULL) {
            fault->argument = "day";
        }
        return status;
    }
    for (size_t i = 0; i < data->n; i++) {
        reading->day[i] = data->day[i];
        if (!isfinite(reading->day[i])) { /* written meanwhile by another thread */
            return imr_fault(fault, IMR_ERR_NONFINITE, "day", (int64_t) i, reading->day[i]);
        }
    }
    return IMR_OK;
}

/* --- covariates ---------------------------------------------------------------------------------- */

/* Numbers the rows with different covariates; self->patterns of them, of which reading->order then holds
 * one row each (in reading->permutation). */
static int
number_patterns(imr_panel_rows_t *self, reading_t *reading, imr_fault_t *fault)
{
    const imr_panel_data_t *data = reading->data;
    size_t n = data->n, k = data->k;
    int status = IMR_OK;

    for (size_t i = 0; i < n; i++) {
        reading->order[i] = (uint32_t) i;
        for (size_t c = 0; c < k; c++) {
            if (!isfinite(data->columns[i * k + c])) {
                return imr_fault(
                    fault, IMR_ERR_NONFINITE, "covariates", (int64_t) i, data->columns[i * k + c]);
            }
        }
    }
    for (size_t c = k; c-- > 0 && status == IMR_OK;) {
        for (size_t i = 0; i < n; i++) {
            reading->key[i] = data->columns[reading->order[i] * k + c];
        }
        status = imr_order_pass(
            reading->key, n, "covariates", reading->order, reading->permutation, fault);
    }
    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        const double *x = data->columns + reading->order[i] * k;
        const double *last = data->columns + reading->order[i == 0 ? 0 : i - 1] * k;
        int differs = i == 0;

        for (size_t c = 0; c < k; c++) {
            differs |= x[c] < last[c] || x[c] > last[c];
        }
        if (differs) {
            reading->permutation[self->patterns++] = reading->order[i];
        }
        reading->pattern[reading->order[i]] = (uint32_t) self->patterns - 1;
    }
    for (size_t i = 0; i < self->patterns && status == IMR_OK; i++) {
        memcpy(
            self->pattern + i * k, data->columns + reading->permutation[i] * k, k * sizeof(double));
    }
    return status;
}

/* Means and spreads over the starts of all intervals; then the patterns in their units. */
static int
standardise(imr_panel_rows_t *self, imr_fault_t *fault)
{
    size_t k = self->k;

    for (size_t c = 0; c < k; c++) {
        double count = 0, low = INFINITY, high = -INFINITY, squares = 0;

        for (size_t i = 0; i < self->intervals; i++) {
            double x = self->pattern[self->interval[i].pattern * k + c];

            count += self->interval[i].count;
            self->mean[c] += (x - self->mean[c]) * self->interval[i].count / count;
            low = fmin(low, x);
            high = fmax(high, x);
        }
        for (size_t i = 0; i < self->intervals; i++) {
            double x = self->pattern[self->interval[i].pattern * k + c] - self->mean[c];

            squares += self->interval[i].count * x * x / count;
        }
        self->scale[c] = sqrt(squares);
        if (!(self->scale[c] > 1e-12 * fmax(fabs(low), fabs(high))) || !isfinite(squares)) {
            return imr_fault(fault, IMR_ERR_COLLINEAR, "covariates column", (int64_t) c, NAN);
        }
        self->range[c] = (high - low) / self->scale[c];
        for (size_t i = 0; i < self->patterns; i++) {
            self->pattern[i * k + c] = (self->pattern[i * k + c] - self->mean[c]) / self->scale[c];
        }
    }
    return IMR_OK;
}

/* --- one patient after the other ----------------------------------------------------------------- */

static int
contradicts(imr_panel_rows_t *self, imr_fault_t *fault, int status, const char *argument,
    size_t row, size_t other, double value)
{
    self->other_row = (int64_t) other;
    return imr_fault(fault, status, argument, (int64_t) row, value);
}

static void
add_interval(imr_panel_rows_t *self, const reading_t *reading, size_t from, size_t before,
    size_t row, uint32_t target, int exact)
{
    self->interval[self->intervals++] = (imr_panel_interval_t) {
        .gap = reading->day[row] - reading->day[before],
        .pattern = self->k > 0 ? reading->pattern[before] : 0,
        .target = target,
        .row = (uint32_t) row,
        .count = 1,
        .start = (uint8_t) from,
        .exact = (uint8_t) exact,
    };
}

/* Row i of the order after another of the same patient, and `last` if no other follows. */
static int
read_pair(imr_panel_rows_t *self, const reading_t *reading, size_t i, int last, imr_fault_t *fault)
{
    const imr_panel_data_t *data = reading->data;
    size_t states = data->chain.states, from = (size_t) self->state[i - 1];
    size_t to = (size_t) self->state[i];
    size_t row = reading->order[i], before = reading->order[i - 1];
    int same_day = !(reading->day[row] > reading->day[before]);
    int exact = to < states && data->exact >> to & 1;
    uint32_t target = to < states ? UINT32_C(1) << to : data->set[to - states];
    uint32_t wanted = exact ? reading->before[to] : target;

    if (from >= states || (to >= states && !last)) {
        return imr_fault(fault, IMR_ERR_PANEL_SET, "state", (int64_t) (to < states ? before : row),
            (double) (to < states ? from : to));
    }
    if (data->exact >> from & 1) {
        return contradicts(
            self, fault, IMR_ERR_PANEL_AFTER_DEATH, "state", row, before, (double) to);
    }
    if (same_day && (target != UINT32_C(1) << from)) {
        return contradicts(
            self, fault, IMR_ERR_PANEL_TWO_STATES, "state", row, before, (double) to);
    }
    if ((reading->reach[from] & wanted) == 0) {
        return contradicts(
            self, fault, IMR_ERR_PANEL_IMPOSSIBLE, "state", row, before, (double) to);
    }
    self->seen[from * self->columns_of_seen + to]++;
    if (!same_day) {
        add_interval(self, reading, from, before, row, target, exact);
    }
    return IMR_OK;
}

static int
read_patients(imr_panel_rows_t *self, const reading_t *reading, imr_fault_t *fault)
{
    const imr_panel_data_t *data = reading->data;
    size_t n = data->n, k = data->k, codes = data->chain.states + data->sets;

    for (size_t i = 0; i < n; i++) {
        size_t row = reading->order[i];
        int first = i == 0 || data->patient[row] != data->patient[reading->order[i - 1]];
        int last = i + 1 == n || data->patient[row] != data->patient[reading->order[i + 1]];
        int status = IMR_OK;

        self->day[i] = reading->day[row];
        self->state[i] = data->state[row];
        if (self->state[i] < 0 || (size_t) self->state[i] >= codes) {
            return imr_fault(fault, IMR_ERR_CODE, "state", (int64_t) row, (double) self->state[i]);
        }
        if (!first) {
            status = read_pair(self, reading, i, last, fault);
        } else if ((size_t) self->state[i] >= data->chain.states) {
            status = imr_fault(
                fault, IMR_ERR_PANEL_SET, "state", (int64_t) row, (double) self->state[i]);
        } else {
            for (size_t c = 0; c < k; c++) {
                self->initial[self->patients * k + c] = data->columns[row * k + c];
            }
            self->first[self->patients++] = (int64_t) i;
        }
        if (status != IMR_OK) {
            return status;
        }
    }
    self->first[self->patients] = (int64_t) n;
    return IMR_OK;
}

/* --- intervals ----------------------------------------------------------------------------------- */

#define COMPARE(member)                                                                            \
    if (x->member != y->member) {                                                                  \
        return x->member < y->member ? -1 : 1;                                                     \
    }

static int
same_terms(const void *left, const void *right)
{
    const imr_panel_interval_t *x = left, *y = right;

    COMPARE(pattern)
    COMPARE(start)
    if (x->gap < y->gap || x->gap > y->gap) {
        return x->gap < y->gap ? -1 : 1;
    }
    COMPARE(target)
    return 0;
}

static int
compare(const void *left, const void *right)
{
    const imr_panel_interval_t *x = left, *y = right;
    int order = same_terms(left, right);

    if (order != 0) {
        return order;
    }
    COMPARE(row)
    return 0;
}

/* Counts equal intervals together. */
static int
gather(imr_panel_rows_t *self, imr_fault_t *fault)
{
    size_t kept = 0;

    if (self->intervals == 0) {
        return imr_fault(fault, IMR_ERR_PANEL_NO_INTERVAL, "day", -1, NAN);
    }
    qsort(self->interval, self->intervals, sizeof(*self->interval), compare);
    self->shortest = INFINITY;
    for (size_t i = 0; i < self->intervals; i++) {
        self->shortest = fmin(self->shortest, self->interval[i].gap);
        self->longest = fmax(self->longest, self->interval[i].gap);
        self->total += self->interval[i].gap;
        if (i > 0 && same_terms(&self->interval[kept - 1], &self->interval[i]) == 0) {
            self->interval[kept - 1].count++;
        } else {
            self->interval[kept++] = self->interval[i];
        }
    }
    self->intervals = kept;
    return IMR_OK;
}

/* --- memory -------------------------------------------------------------------------------------- */

static int
allocate(imr_panel_rows_t *self, reading_t *reading)
{
    size_t n = reading->data->n, k = self->k, seen = self->chain.states * self->columns_of_seen;
    double *doubles;

    if (n > SIZE_MAX / (256 + 32 * (k + 1))) {
        return IMR_ERR_NOMEM;
    }
    self->block = imr_calloc(
        n * sizeof(*self->interval) + (n * (2 + 2 * k) + 3 * k + seen + n + 1) * sizeof(double), 1);
    reading->block = imr_malloc(n, 2 * sizeof(double) + 3 * sizeof(uint32_t));
    if (self->block == NULL || reading->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->interval = self->block;
    doubles = (double *) (self->interval + n);
    self->day = doubles;
    self->pattern = self->day + n;
    self->initial = self->pattern + n * k;
    self->mean = self->initial + n * k;
    self->scale = self->mean + k;
    self->range = self->scale + k;
    self->state = (int64_t *) (self->range + k);
    self->seen = self->state + n;
    self->first = self->seen + seen;
    reading->day = reading->block;
    reading->key = reading->day + n;
    reading->order = (uint32_t *) (reading->key + n);
    reading->permutation = reading->order + n;
    reading->pattern = reading->permutation + n;
    return IMR_OK;
}

int
imr_panel_rows(const imr_panel_data_t *data, imr_panel_rows_t *self, imr_fault_t *fault)
{
    reading_t reading = { .data = data };
    int status;

    *self = (imr_panel_rows_t) { .chain = data->chain, .exact = data->exact, .k = data->k };
    self->other_row = -1;
    if (data->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "patient", -1, NAN);
    }
    if (data->n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "patient", -1, NAN);
    }
    status = check_chain(data, &reading, fault);
    if (status != IMR_OK) {
        return status;
    }
    self->columns_of_seen = data->chain.states + data->sets;
    status = allocate(self, &reading);
    if (status != IMR_OK) {
        imr_fault(fault, status, NULL, -1, NAN);
    }
    if (status == IMR_OK) {
        status = read_days(&reading, fault);
    }
    if (status == IMR_OK && self->k > 0) {
        status = number_patterns(self, &reading, fault);
    }
    if (status == IMR_OK) {
        status = imr_order_histories(data->patient, reading.day, data->n, reading.order,
            reading.permutation, reading.key, fault);
    }
    if (status == IMR_OK) {
        status = read_patients(self, &reading, fault);
    }
    if (status == IMR_OK) {
        status = gather(self, fault);
    }
    if (status == IMR_OK) {
        self->patterns = self->k > 0 ? self->patterns : 1;
        status = standardise(self, fault);
    }
    imr_free(reading.block);
    return status;
}

void
imr_panel_rows_free(imr_panel_rows_t *self)
{
    imr_free(self->block);
    self->block = NULL;
}
