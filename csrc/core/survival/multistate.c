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

/* Where the stretches of a group end: its rows. */
typedef struct {
    size_t count, n; /* stretches, rows */
    double *time; /* of each row */
    uint32_t *before; /* rows before each day, where times are whole days, or NULL */
    uint32_t *row; /* otherwise that of the end of each stretch */
    void *block;
} ends_t;

static int
is_member(const imr_multistate_rows_t *rows, size_t group, size_t q)
{
    return group == IMR_MULTISTATE_ALL || rows->group[rows->span[q].patient] == group;
}

/* Marks of days, then their rows. */
static int
count_ends(ends_t *self, const imr_multistate_rows_t *rows, size_t group, imr_fault_t *fault)
{
    size_t days = rows->days;
    double *at = imr_malloc(days, sizeof(double) + sizeof(uint32_t));

    self->block = self->time = at;
    if (at == NULL) {
        imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    self->before = (uint32_t *) (at + days);
    memset(self->before, 0, days * sizeof(*self->before));
    if (group == IMR_MULTISTATE_ALL && rows->ends != NULL) {
        for (size_t day = 0; day < days; day++) {
            self->before[day] = rows->ends[day];
        }
    } else {
        for (size_t q = 0; q < rows->spans; q++) {
            self->before[(int32_t) rows->span[q].stop] |= (uint32_t) is_member(rows, group, q);
        }
    }
    for (size_t day = 0; day < days; day++) {
        uint32_t is_row = self->before[day];

        self->before[day] = (uint32_t) self->n;
        self->time[self->n] = (double) day;
        self->n += is_row;
    }
    return IMR_OK;
}

static int
sort_ends(ends_t *self, const imr_multistate_rows_t *rows, size_t group, imr_fault_t *fault)
{
    double *at = imr_malloc(self->count, 2 * sizeof(double) + 2 * sizeof(uint32_t)), *stop;
    uint32_t *order;
    size_t count = 0;
    int status;

    self->block = self->time = at;
    if (at == NULL) {
        imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    stop = self->time + self->count;
    self->row = (uint32_t *) (stop + self->count);
    order = self->row + self->count;
    for (size_t q = 0; q < rows->spans; q++) {
        if (is_member(rows, group, q)) {
            stop[count++] = rows->span[q].stop;
        }
    }
    status = imr_order(stop, count, "time", order, fault);
    for (size_t k = 0; k < count && status == IMR_OK; k++) {
        if (self->n == 0 || stop[order[k]] > self->time[self->n - 1]) {
            self->time[self->n++] = stop[order[k]];
        }
        self->row[order[k]] = (uint32_t) (self->n - 1);
    }
    return status;
}

static int
ends_init(ends_t *self, const imr_multistate_rows_t *rows, size_t group, imr_fault_t *fault)
{
    memset(self, 0, sizeof(*self));
    self->count = group == IMR_MULTISTATE_ALL ? rows->spans : 0;
    for (size_t q = 0; q < rows->spans && group != IMR_MULTISTATE_ALL; q++) {
        self->count += (size_t) is_member(rows, group, q);
    }
    if (self->count == 0) {
        imr_fault(fault, IMR_ERR_NO_PATIENT, "group", -1, NAN);
        return IMR_ERR_NO_PATIENT;
    }
    if (rows->days > 0 && (rows->days - 1) / DAYS_PER_SPAN <= self->count) {
        return count_ends(self, rows, group, fault);
    }
    return sort_ends(self, rows, group, fault);
}

/* How many rows lie at or before the start of a stretch. */
static size_t
rows_before(const ends_t *self, double start)
{
    size_t low = 0, high = self->n;

    if (self->before != NULL) {
        return start < 0 ? 0 : self->before[(int32_t) start + 1]; /* the stretch ends after it */
    }
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
    size_t columns = ((2 + 6 * states + 3 * moves) * n + 5 * states + 2 * moves) * 8;
    char *at = imr_malloc(columns + spans * IMR_MULTISTATE_STRETCH, 1);
    imr_multistate_counts_t *counts = &self->counts;

    if (at == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    memset(at, 0, columns);
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
    imr_multistate_place_stretches(counts, at);
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

/* Takes a column off another one, a row later. */
static void
take_off(int64_t *column, const int64_t *part, size_t n)
{
    for (size_t j = 1; j < n; j++) {
        column[j] -= part[j - 1];
    }
}

static void
take_in(int64_t *column, const int64_t *part, size_t n)
{
    for (size_t j = 1; j < n; j++) {
        column[j] += part[j - 1];
    }
}

/* The stretches of the group. Of each patient the first is counted where it begins, in at_risk; of each
 * stretch the end, in events or in censored; and of those who are last seen as they enter a state that, in
 * `gone`, states + 1 columns of which the first is of no use. Nothing branches on what a stretch holds. */
static void
count_spans(imr_multistate_t *self, const imr_multistate_rows_t *rows, size_t group,
    const ends_t *ends, const size_t place[], int64_t *gone)
{
    const imr_multistate_counts_t counts = self->counts;
    const ends_t by = *ends;
    const imr_multistate_span_t *span = rows->span;
    size_t n = counts.n, states = rows->states, spans = rows->spans, k = 0, patients = 0;
    int64_t *of_end[IMR_MULTISTATE_MOST][IMR_MULTISTATE_MOST + 1];
    int64_t *at_risk[IMR_MULTISTATE_MOST], *of_gone[IMR_MULTISTATE_MOST + 1];
    int last = 1;

    of_gone[0] = gone;
    for (size_t s = 0; s < states; s++) {
        at_risk[s] = counts.at_risk + s * n;
        of_gone[s + 1] = gone + (s + 1) * n;
        of_end[s][0] = self->censored + s * n;
        for (size_t to = 0; to < states; to++) {
            of_end[s][to + 1] = counts.events + place[s * states + to] * n;
        }
    }
    for (size_t q = 0; q < spans; q++, span++) {
        int first = last;
        size_t begin, end, next = (size_t) (span->to + 1);

        last = q + 1 == spans || span[1].patient != span->patient;
        if (!is_member(rows, group, q)) {
            continue;
        }
        if (by.before != NULL) {
            begin = rows_before(&by, span->start);
            end = by.before[(int32_t) span->stop];
        } else {
            begin = first ? rows_before(&by, span->start) : by.row[k - 1] + 1;
            end = by.row[k];
        }
        patients += (size_t) first;
        counts.patient[k] = (uint32_t) (patients - 1);
        counts.state[k] = (int8_t) span->state;
        counts.next[k] = (int8_t) span->to;
        counts.begin[k] = (uint32_t) begin;
        counts.end[k++] = (uint32_t) end;
        at_risk[span->state][begin] += first;
        of_end[span->state][next][end]++;
        of_gone[next][end] += last;
    }
    self->patients = (int64_t) patients;
}

/* Those at risk and known, out of those who come and go. */
static void
balance(imr_multistate_t *self, const imr_multistate_rows_t *rows, const int64_t *gone)
{
    const imr_multistate_counts_t *counts = &self->counts;
    size_t n = counts->n;

    for (size_t s = 0; s < rows->states; s++) {
        int64_t *at_risk = counts->at_risk + s * n, *censored = self->censored + s * n;
        const int64_t *left = gone + (s + 1) * n;

        for (size_t j = 0; j < n; j++) {
            self->known[j] += at_risk[j];
        }
        take_off(at_risk, censored, n);
        take_off(at_risk, left, n);
        for (size_t j = 0; j < n && !rows->closed[s]; j++) {
            censored[j] += left[j];
        }
        take_off(self->known, censored, n);
    }
    for (size_t k = 0; k < counts->transitions; k++) {
        take_off(counts->at_risk + (size_t) counts->from[k] * n, counts->events + k * n, n);
        take_in(counts->at_risk + (size_t) counts->to[k] * n, counts->events + k * n, n);
    }
    add_up(self->known, n);
    for (size_t s = 0; s < rows->states; s++) {
        int64_t *at_risk = counts->at_risk + s * n;

        add_up(at_risk, n);
        self->last_at_risk[s] = NAN;
        for (size_t j = n; j > 0 && isnan(self->last_at_risk[s]); j--) {
            self->last_at_risk[s] = at_risk[j - 1] > 0 ? counts->time[j - 1] : NAN;
        }
    }
}

static int
fill_counts(imr_multistate_t *self, const imr_multistate_rows_t *rows, size_t group,
    const ends_t *ends, const size_t place[], imr_fault_t *fault)
{
    const imr_multistate_counts_t *counts = &self->counts;
    int64_t *gone = imr_calloc((rows->states + 1) * counts->n, sizeof(*gone));

    if (gone == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    memcpy(counts->time, ends->time, counts->n * sizeof(double));
    for (size_t k = 0; k < rows->states * rows->states; k++) {
        if (rows->moves[k / rows->states][k % rows->states]) {
            counts->from[place[k]] = (int64_t) (k / rows->states);
            counts->to[place[k]] = (int64_t) (k % rows->states);
        }
    }
    count_spans(self, rows, group, ends, place, gone);
    balance(self, rows, gone);
    imr_free(gone);
    return IMR_OK;
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
    int64_t in_state[IMR_MULTISTATE_MOST] = { 0 };
    size_t j = counts->n;

    for (size_t k = 0; k < counts->transitions; k++) {
        size_t row = 0;

        while (row < j && counts->events[k * counts->n + row] == 0) {
            row++;
        }
        j = row;
    }
    *until = j;
    *counted = 0;
    for (size_t q = 0; q < counts->spans; q++) {
        int first = q == 0 || counts->patient[q] != counts->patient[q - 1];

        in_state[counts->state[q]] += first & (counts->begin[q] <= j);
    }
    for (size_t s = 0; s < counts->states; s++) {
        *counted += in_state[s];
    }
    for (size_t s = 0; s < counts->states && start != NULL; s++) {
        start[s] = (double) in_state[s] / (double) *counted;
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
    if (group == 0 && rows->groups == 1) {
        group = IMR_MULTISTATE_ALL;
    }
    if (status == IMR_OK) {
        status = ends_init(&ends, rows, group, fault);
    }
    if (status == IMR_OK) {
        status = allocate(self, &ends, rows->states, moves, fault);
    }
    if (status == IMR_OK) {
        status = fill_counts(self, rows, group, &ends, place, fault);
    }
    if (status == IMR_OK) {
        fill_hazards(self);
        status = estimate(self, options, &scale, stop, fault);
    }
    imr_free(ends.block);
    if (status != IMR_OK) {
        imr_multistate_free(self);
    }
    return status;
}
