#include "survival/multistate.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/quantile.h"

#define BETWEEN 1024 /* stretches that are counted at once */
#define NO_SPREAD 1e-7 /* of an estimate: a standard error is 0 but for rounding */

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

/* Of each place on the axis whether a stretch of the group ends there, then the rows before it. */
static void
find_rows(imr_multistate_counts_t *self, const imr_multistate_rows_t *rows, uint32_t *before)
{
    int all = self->spans == rows->spans;

    for (size_t j = 0; j < rows->places; j++) {
        before[j] = all ? rows->ends[j] : 0;
    }
    for (size_t q = 0; q < self->spans && !all; q++) {
        before[self->span[q].end] = 1;
    }
    for (size_t j = 0; j < rows->places; j++) {
        uint32_t is_row = before[j];

        before[j] = (uint32_t) self->n;
        self->n += is_row;
    }
    before[rows->places] = (uint32_t) self->n;
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
allocate(imr_multistate_t *self, const imr_multistate_rows_t *rows, size_t moves,
    const uint32_t *before, imr_fault_t *fault)
{
    imr_multistate_counts_t *counts = &self->counts;
    size_t n = counts->n, states = rows->states, places = rows->places;
    size_t columns = (2 + 6 * states + 3 * moves) * n + 5 * states + 2 * moves;
    char *at = imr_calloc(columns * 8 + (places + 1) * sizeof(*before), 1);

    if (at == NULL) {
        imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    self->block = at;
    counts->states = states;
    counts->transitions = moves;
    counts->places = places;
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
    counts->before = (uint32_t *) at;
    memcpy(counts->before, before, (places + 1) * sizeof(*before));
    return IMR_OK;
}

static int
lay_out(imr_multistate_t *self, const imr_multistate_rows_t *rows, size_t moves, imr_fault_t *fault)
{
    uint32_t *before = imr_malloc(rows->places + 1, sizeof(*before));
    int status;

    if (before == NULL) {
        imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    find_rows(&self->counts, rows, before);
    status = allocate(self, rows, moves, before, fault);
    imr_free(before);
    return status;
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
 * `gone`. Nothing branches on what a stretch holds: which of them are the first and the last is noted. */
static void
count_spans(imr_multistate_t *self, const size_t place[], int64_t *gone)
{
    const imr_multistate_counts_t counts = self->counts;
    size_t n = counts.n, states = counts.states;
    int64_t *of_end[IMR_MULTISTATE_MOST][IMR_MULTISTATE_MOST + 1];

    for (size_t s = 0; s < states; s++) {
        of_end[s][0] = self->censored + s * n;
        for (size_t to = 0; to < states; to++) {
            of_end[s][to + 1] = counts.events + place[s * states + to] * n;
        }
    }
    for (size_t begin = 0, end; begin < counts.spans; begin = end) {
        uint32_t first[BETWEEN], last[BETWEEN];
        size_t firsts = 0, lasts = 0;

        end = counts.spans - begin < BETWEEN ? counts.spans : begin + BETWEEN;
        for (size_t q = begin; q < end; q++) {
            const imr_multistate_stretch_t *span = &counts.span[q];

            of_end[span->state][span->next + 1][counts.before[span->end]]++;
            first[firsts] = last[lasts] = (uint32_t) q;
            firsts += span->first & 1;
            lasts += (size_t) (span[1].first & (span->next >= 0));
        }
        for (size_t k = 0; k < firsts; k++) {
            const imr_multistate_stretch_t *span = &counts.span[first[k]];

            counts.at_risk[(size_t) span->state * n + counts.before[span->begin]]++;
        }
        for (size_t k = 0; k < lasts; k++) {
            const imr_multistate_stretch_t *span = &counts.span[last[k]];

            gone[(size_t) span->next * n + counts.before[span->end]]++;
        }
        self->patients += (int64_t) firsts;
    }
}

/* Those at risk and known, out of those who come and go. */
static void
balance(imr_multistate_t *self, const imr_multistate_rows_t *rows, const int64_t *gone)
{
    const imr_multistate_counts_t *counts = &self->counts;
    size_t n = counts->n;

    for (size_t s = 0; s < rows->states; s++) {
        int64_t *at_risk = counts->at_risk + s * n, *censored = self->censored + s * n;
        const int64_t *left = gone + s * n;

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
fill_counts(imr_multistate_t *self, const imr_multistate_rows_t *rows, const size_t place[],
    imr_fault_t *fault)
{
    const imr_multistate_counts_t *counts = &self->counts;
    int64_t *gone = imr_calloc(rows->states * counts->n, sizeof(*gone));

    if (gone == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t j = 0; j < rows->places; j++) {
        if (counts->before[j] < counts->before[j + 1]) {
            counts->time[counts->before[j]] = rows->time[j];
        }
    }
    for (size_t k = 0; k < rows->states * rows->states; k++) {
        if (rows->moves[k / rows->states][k % rows->states]) {
            counts->from[place[k]] = (int64_t) (k / rows->states);
            counts->to[place[k]] = (int64_t) (k % rows->states);
        }
    }
    count_spans(self, place, gone);
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
    const imr_multistate_t *self, int64_t *counted, size_t *until, double *start)
{
    const imr_multistate_counts_t *counts = &self->counts;
    int64_t in_state[IMR_MULTISTATE_MOST];
    size_t n = counts->n, states = counts->states, j = n;

    for (size_t k = 0; k < counts->transitions; k++) {
        size_t row = 0;

        while (row < j && counts->events[k * n + row] == 0) {
            row++;
        }
        j = row;
    }
    *until = j;
    *counted = 0;
    for (size_t s = 0; s < states; s++) {
        in_state[s] = j < n ? counts->at_risk[s * n + j] : 0;
        for (size_t row = 0; row < j; row++) { /* before the first change nobody else leaves */
            in_state[s] += self->censored[s * n + row];
        }
        *counted += in_state[s];
    }
    for (size_t s = 0; s < states && start != NULL; s++) {
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
    imr_multistate_find_start(self, &walk.counted, &walk.until, self->start);
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
    int all = group == IMR_MULTISTATE_ALL, there = all || group < rows->groups;
    size_t begin = all || !there ? 0 : rows->of_group[group];
    size_t end = all ? rows->spans : there ? rows->of_group[group + 1] : 0;
    imr_multistate_scale_t scale;
    int status = imr_multistate_scale(options, &scale, fault);

    memset(self, 0, sizeof(*self));
    self->counts.span = rows->span + begin;
    self->counts.spans = end - begin;
    if (status == IMR_OK && begin == end) {
        status = imr_fault(fault, IMR_ERR_NO_PATIENT, "group", -1, NAN);
    }
    if (status == IMR_OK) {
        status = lay_out(self, rows, moves, fault);
    }
    if (status == IMR_OK) {
        status = fill_counts(self, rows, place, fault);
    }
    if (status == IMR_OK) {
        fill_hazards(self);
        status = estimate(self, options, &scale, stop, fault);
    }
    if (status != IMR_OK) {
        imr_multistate_free(self);
    }
    return status;
}
