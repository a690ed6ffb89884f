#include "survival/multistate.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "base/quantile.h"

#define NO_SPREAD 1e-7 /* of an estimate: a standard error is 0 but for rounding */
#define DAYS_PER_SPAN 16 /* more days than so many a stretch are sorted, not counted */

/* --- limits -------------------------------------------------------------------------------------- */

int
imr_multistate_scale(
    const imr_multistate_options_t *options, imr_multistate_scale_t *scale, imr_fault_t *fault)
{
    *scale = (imr_multistate_scale_t) { options->interval, (1 - options->level) / 2, 0 };
    if (!(options->level > 0 && options->level < 1)
        || imr_quantile_normal(scale->tail, &scale->z) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    scale->z = -scale->z;
    return IMR_OK;
}

static int
limits_of_counts(double tail, double x, double m, double *low, double *high)
{
    int status = IMR_OK;

    *low = 0;
    *high = 1;
    if (x <= 0) {
        *high = m > 0 ? -expm1(log(tail) / m) : 1;
    } else if (x >= m) {
        *low = m > 0 ? exp(log(tail) / m) : 0;
    } else {
        status = imr_quantile_beta(tail, x, m - x + 1, low);
        if (status == IMR_OK) {
            status = imr_quantile_beta_upper(tail, x + 1, m - x, high);
        }
    }
    return status;
}

int
imr_multistate_limits(const imr_multistate_scale_t *scale, double p, double std_error, double m,
    double *low, double *high)
{
    double reach = scale->z * std_error;

    if (!(p > 0 && p < 1 && std_error > NO_SPREAD * p)) {
        return limits_of_counts(scale->tail, p < 1 ? p * m : m, m, low, high);
    }
    switch (scale->interval) {
        case IMR_MULTISTATE_PLAIN:
            *low = p - reach;
            *high = p + reach;
            break;
        case IMR_MULTISTATE_LOG:
            *low = p * exp(-reach / p);
            *high = p * exp(reach / p);
            break;
        case IMR_MULTISTATE_LOG_LOG:
            *low = exp(log(p) * exp(reach / (p * -log(p))));
            *high = exp(log(p) * exp(-reach / (p * -log(p))));
            break;
        case IMR_MULTISTATE_LOGIT:
            *low = p / (p + (1 - p) * exp(reach / (p * (1 - p))));
            *high = p / (p + (1 - p) * exp(-reach / (p * (1 - p))));
            break;
    }
    *low = fmax(0, fmin(*low, p));
    *high = fmin(1, fmax(*high, p));
    return IMR_OK;
}

/* --- rows ---------------------------------------------------------------------------------------- */

/* The stretches of a group, and the row of the end of each. */
typedef struct {
    const imr_multistate_span_t **span;
    uint32_t *row;
    double *stop, *time; /* time: distinct ones, in order */
    size_t count, n;
    void *block;
} ends_t;

/* Marks of whole days, then their rows. */
static int
count_ends(ends_t *self, size_t days)
{
    uint32_t *row_of_day = imr_calloc(days, sizeof(*row_of_day));

    if (row_of_day == NULL) {
        return IMR_ERR_NOMEM;
    }
    for (size_t q = 0; q < self->count; q++) {
        row_of_day[(size_t) self->stop[q]] = 1;
    }
    for (size_t day = 0; day < days; day++) {
        if (row_of_day[day]) {
            row_of_day[day] = (uint32_t) self->n;
            self->time[self->n++] = (double) day;
        }
    }
    for (size_t q = 0; q < self->count; q++) {
        self->row[q] = row_of_day[(size_t) self->stop[q]];
    }
    imr_free(row_of_day);
    return IMR_OK;
}

static int
sort_ends(ends_t *self, imr_fault_t *fault)
{
    uint32_t *order = imr_malloc(self->count, sizeof(*order));
    int status;

    if (order == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    status = imr_order(self->stop, self->count, "time", order, fault);
    for (size_t k = 0; k < self->count && status == IMR_OK; k++) {
        double stop = self->stop[order[k]];

        if (self->n == 0 || stop > self->time[self->n - 1]) {
            self->time[self->n++] = stop;
        }
        self->row[order[k]] = (uint32_t) (self->n - 1);
    }
    imr_free(order);
    return status;
}

static int
ends_init(ends_t *self, const imr_multistate_rows_t *rows, size_t group, imr_fault_t *fault)
{
    size_t most = rows->spans;
    uint32_t last_day;
    char *at = imr_malloc(most, sizeof(*self->span) + 2 * sizeof(double) + sizeof(uint32_t));

    memset(self, 0, sizeof(*self));
    self->block = at;
    if (at == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->span = (const imr_multistate_span_t **) at;
    self->stop = (double *) (self->span + most);
    self->time = self->stop + most;
    self->row = (uint32_t *) (self->time + most);
    for (size_t q = 0; q < rows->spans; q++) {
        if (group == IMR_MULTISTATE_ALL || rows->group[rows->span[q].patient] == group) {
            self->span[self->count] = &rows->span[q];
            self->stop[self->count++] = rows->span[q].stop;
        }
    }
    if (self->count == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "group", -1, NAN);
    }
    if (imr_whole_days(self->stop, self->count, &last_day)
        && last_day / DAYS_PER_SPAN <= self->count) {
        int status = count_ends(self, (size_t) last_day + 1);

        return status == IMR_OK ? status : imr_fault(fault, status, NULL, -1, NAN);
    }
    return sort_ends(self, fault);
}

/* How many rows lie at or before the start of a stretch. */
static size_t
rows_before(const ends_t *self, double start)
{
    size_t low = 0, high = self->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (self->time[middle] <= start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* --- the block of columns ------------------------------------------------------------------------ */

static void *
take(char **at, size_t count)
{
    void *column = *at;

    *at += count * 8;
    return column;
}

static int
allocate(
    imr_multistate_t *self, const ends_t *ends, size_t states, size_t moves, imr_fault_t *fault)
{
    size_t n = ends->n, spans = ends->count;
    char *at = imr_calloc((2 + 6 * states + 3 * moves) * n + 5 * states + 2 * moves + 5 * spans, 8);
    imr_multistate_counts_t *counts = &self->counts;

    if (at == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->block = at;
    counts->n = n;
    counts->states = states;
    counts->transitions = moves;
    counts->spans = spans;
    counts->time = take(&at, n);
    self->known = take(&at, n);
    counts->at_risk = take(&at, states * n);
    self->censored = take(&at, states * n);
    self->estimate = take(&at, states * n);
    self->std_error = take(&at, states * n);
    self->low = take(&at, states * n);
    self->high = take(&at, states * n);
    counts->events = take(&at, moves * n);
    self->hazard = take(&at, moves * n);
    self->hazard_std_error = take(&at, moves * n);
    self->start = take(&at, 4 * states);
    self->last_at_risk = take(&at, states);
    counts->from = take(&at, moves);
    counts->to = take(&at, moves);
    counts->patient = take(&at, spans);
    counts->state = take(&at, spans);
    counts->next = take(&at, spans);
    counts->begin = take(&at, spans);
    counts->end = take(&at, spans);
    return IMR_OK;
}

void
imr_multistate_free(imr_multistate_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- counts -------------------------------------------------------------------------------------- */

/* Numbers of the transitions, by from and to. */
static size_t
number_moves(const imr_multistate_rows_t *rows, size_t place[])
{
    size_t moves = 0;

    for (size_t k = 0; k < rows->states * rows->states; k++) {
        place[k] = moves;
        moves += rows->moves[k / rows->states][k % rows->states];
    }
    return moves;
}

/* Adds up a column of changes. */
static void
add_up(int64_t *column, size_t n)
{
    for (size_t j = 1; j < n; j++) {
        column[j] += column[j - 1];
    }
}

/* Those who come in and go out at row j, of which there may be none. */
static void
change(int64_t *column, size_t n, size_t j, int64_t by)
{
    if (j < n) {
        column[j] += by;
    }
}

/* The stretch q of the group: what it adds to the counts. */
static void
count_span(imr_multistate_t *self, const imr_multistate_rows_t *rows, const ends_t *ends, size_t q,
    const size_t place[])
{
    const imr_multistate_span_t *span = ends->span[q];
    const imr_multistate_counts_t *counts = &self->counts;
    size_t n = counts->n, state = (size_t) span->state, end = ends->row[q], begin;
    int first = q == 0 || ends->span[q - 1]->patient != span->patient;
    int last = q + 1 == ends->count || ends->span[q + 1]->patient != span->patient;

    begin = first ? rows_before(ends, span->start) : ends->row[q - 1] + 1;
    self->patients += first;
    counts->patient[q] = self->patients - 1;
    counts->state[q] = span->state;
    counts->next[q] = span->to;
    counts->begin[q] = (int64_t) begin;
    counts->end[q] = (int64_t) end;
    change(counts->at_risk + state * n, n, begin, 1);
    change(counts->at_risk + state * n, n, end + 1, -1);
    if (span->to >= 0) {
        counts->events[place[state * rows->states + (size_t) span->to] * n + end]++;
    }
    if (first) {
        change(self->known, n, begin, 1);
    }
    if (last && !(span->to >= 0 && rows->closed[span->to])) {
        self->censored[(size_t) (span->to >= 0 ? span->to : span->state) * n + end]++;
        change(self->known, n, end + 1, -1);
    }
}

static void
fill_counts(imr_multistate_t *self, const imr_multistate_rows_t *rows, const ends_t *ends,
    const size_t place[])
{
    const imr_multistate_counts_t *counts = &self->counts;
    size_t n = counts->n;

    memcpy(counts->time, ends->time, n * sizeof(double));
    for (size_t k = 0; k < rows->states * rows->states; k++) {
        if (rows->moves[k / rows->states][k % rows->states]) {
            counts->from[place[k]] = (int64_t) (k / rows->states);
            counts->to[place[k]] = (int64_t) (k % rows->states);
        }
    }
    for (size_t q = 0; q < ends->count; q++) {
        count_span(self, rows, ends, q, place);
    }
    add_up(self->known, n);
    for (size_t s = 0; s < rows->states; s++) {
        int64_t *at_risk = counts->at_risk + s * n;

        add_up(at_risk, n);
        self->last_at_risk[s] = NAN;
        for (size_t j = n; j > 0 && isnan(self->last_at_risk[s]); j--) {
            self->last_at_risk[s] = at_risk[j - 1] > 0 ? ends->time[j - 1] : NAN;
        }
    }
}

static void
fill_hazards(imr_multistate_t *self)
{
    size_t n = self->counts.n;

    for (size_t k = 0; k < self->counts.transitions; k++) {
        const int64_t *events = self->counts.events + k * n;
        const int64_t *at_risk = self->counts.at_risk + (size_t) self->counts.from[k] * n;
        double hazard = 0, variance = 0;

        for (size_t j = 0; j < n; j++) {
            if (events[j] > 0) {
                double rate = (double) events[j] / (double) at_risk[j];

                hazard += rate;
                variance += rate / (double) at_risk[j];
            }
            self->hazard[k * n + j] = hazard;
            self->hazard_std_error[k * n + j] = sqrt(variance);
        }
    }
}

/* --- the estimate -------------------------------------------------------------------------------- */

void
imr_multistate_find_start(
    const imr_multistate_counts_t *counts, int64_t *counted, size_t *until, double *start)
{
    size_t j = counts->n;

    for (size_t q = 0; q < counts->spans; q++) {
        if (counts->next[q] >= 0 && (size_t) counts->end[q] < j) {
            j = (size_t) counts->end[q];
        }
    }
    *until = j;
    *counted = 0;
    for (size_t q = 0; q < counts->spans; q++) {
        int first = q == 0 || counts->patient[q] != counts->patient[q - 1];

        if (first && (size_t) counts->begin[q] <= j) {
            ++*counted;
            if (start != NULL) {
                start[counts->state[q]]++;
            }
        }
    }
    for (size_t s = 0; s < counts->states && start != NULL; s++) {
        start[s] /= (double) *counted;
    }
}

/* Columns of the states out of the rows of a path; limits as in the row before where nothing changes. */
static int
fill_limits(imr_multistate_t *self, const imr_multistate_scale_t *scale,
    const imr_multistate_path_t *path, imr_fault_t *fault)
{
    size_t n = self->counts.n, states = self->counts.states;
    int status = IMR_OK;

    for (size_t s = 0; s < states; s++) {
        double *estimate = self->estimate + s * n, *std_error = self->std_error + s * n;
        double *low = self->low + s * n, *high = self->high + s * n, before = NAN;

        for (size_t j = 0; j < n && status == IMR_OK; j++) {
            double variance = path->variance[j * states + s];

            estimate[j] = path->estimate[j * states + s];
            if (j > 0 && estimate[j] == estimate[j - 1] && variance == before
                && self->known[j] == self->known[j - 1]) {
                std_error[j] = std_error[j - 1];
                low[j] = low[j - 1];
                high[j] = high[j - 1];
                continue;
            }
            before = variance;
            std_error[j] = sqrt(variance);
            status = imr_multistate_limits(
                scale, estimate[j], std_error[j], (double) self->known[j], &low[j], &high[j]);
        }
    }
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, "level", -1, 1 - 2 * scale->tail);
}

static int
fill_start(imr_multistate_t *self, const imr_multistate_scale_t *scale, int64_t counted,
    imr_fault_t *fault)
{
    size_t states = self->counts.states;
    int status = IMR_OK;

    for (size_t s = 0; s < states && status == IMR_OK; s++) {
        double p = self->start[s], std_error = sqrt(p * (1 - p) / (double) counted);

        self->start[states + s] = std_error;
        status = imr_multistate_limits(scale, p, std_error, (double) counted,
            &self->start[2 * states + s], &self->start[3 * states + s]);
    }
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, "level", -1, 1 - 2 * scale->tail);
}

static int
estimate(imr_multistate_t *self, const imr_multistate_options_t *options,
    const imr_multistate_scale_t *scale, imr_stop_t *stop, imr_fault_t *fault)
{
    size_t cells = self->counts.n * self->counts.states;
    imr_multistate_walk_t walk = { .variance = options->variance, .start = self->start };
    imr_multistate_path_t path = { .estimate = imr_malloc(2 * cells, sizeof(double)) };
    int status;

    if (path.estimate == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    path.variance = path.estimate + cells;
    imr_multistate_find_start(&self->counts, &walk.counted, &walk.until, self->start);
    status = imr_multistate_walk(&self->counts, &walk, &path, stop, fault);
    if (status == IMR_OK) {
        self->lost_row = path.lost_row;
        self->lost_state = path.lost_state;
        status = fill_limits(self, scale, &path, fault);
    }
    if (status == IMR_OK) {
        status = fill_start(self, scale, walk.counted, fault);
    }
    imr_free(path.estimate);
    return status;
}

int
imr_multistate(const imr_multistate_rows_t *rows, size_t group,
    const imr_multistate_options_t *options, imr_multistate_t *self, imr_stop_t *stop,
    imr_fault_t *fault)
{
    size_t place[IMR_MULTISTATE_MOST * IMR_MULTISTATE_MOST];
    size_t moves = number_moves(rows, place);
    imr_multistate_scale_t scale;
    ends_t ends = { .block = NULL };
    int status = imr_multistate_scale(options, &scale, fault);

    memset(self, 0, sizeof(*self));
    if (status == IMR_OK) {
        status = ends_init(&ends, rows, group, fault);
    }
    if (status == IMR_OK) {
        status = allocate(self, &ends, rows->states, moves, fault);
    }
    if (status == IMR_OK) {
        fill_counts(self, rows, &ends, place);
        fill_hazards(self);
        status = estimate(self, options, &scale, stop, fault);
    }
    imr_free(ends.block);
    if (status != IMR_OK) {
        imr_multistate_free(self);
    }
    return status;
}
