#include "survival/multistate_rows.h"

#include <math.h>
#include <string.h>

#include "base/follow_up.h"
#include "base/mem.h"
#include "base/order.h"
#include "survival/multistate_axis.h"
#include "survival/multistate_in_order.h"

#define MOST IMR_MULTISTATE_MOST
#define CODES IMR_MULTISTATE_CODES

typedef struct {
    const imr_multistate_data_t *data;
    double *entry, *time; /* after ties are merged */
    uint32_t *order; /* rows by patient, then time */
    double *start, *stop; /* of each stretch; stop is scratch of the sort before */
    uint32_t *permutation;
    int whole; /* all times are whole days, up to last_day */
    uint32_t last_day;
    void *block;
} reading_t;

/* --- checks of single rows ----------------------------------------------------------------------- */

static int
check_size(const imr_multistate_data_t *data, imr_fault_t *fault)
{
    if (data->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "time", -1, NAN);
    }
    if (data->n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "time", -1, NAN);
    }
    if (data->states < 1 || data->states > IMR_MULTISTATE_MOST) {
        return imr_fault(fault, IMR_ERR_MULTISTATE_STATES, "states", -1, (double) data->states);
    }
    return IMR_OK;
}

/* The codes of row i, or a fault; each is read once, so that no later change of the arrays can matter. */
static int
read_codes(const imr_multistate_data_t *data, size_t i, int64_t *event, int64_t *initial,
    int64_t *group, imr_fault_t *fault)
{
    *event = data->event[i];
    *initial = data->initial == NULL ? data->first : data->initial[i];
    *group = data->group == NULL ? 0 : data->group[i];
    if (*event != 0 && !imr_multistate_is_state(data, *event)) {
        return imr_fault(fault, IMR_ERR_MULTISTATE_STATE, "event", (int64_t) i, (double) *event);
    }
    if (!imr_multistate_is_state(data, *initial)) {
        return imr_fault(fault, IMR_ERR_MULTISTATE_STATE, "initial",
            data->initial == NULL ? -1 : (int64_t) i, (double) *initial);
    }
    if (*group < 0 || (data->group != NULL && (uint64_t) *group >= data->groups)) {
        return imr_fault(fault, IMR_ERR_CODE, "group", (int64_t) i, (double) *group);
    }
    return IMR_OK;
}

/* --- one patient after the other ----------------------------------------------------------------- */

/* Where a patient stands while the rows are read. */
typedef struct {
    int64_t initial, group;
    int64_t state; /* from 0 */
    imr_multistate_stretch_t *open; /* the stretch that the next row goes on, or NULL */
    size_t before; /* the row before, n of none */
} history_t;

static int
contradicts(imr_multistate_rows_t *self, const history_t *history, imr_fault_t *fault, int status,
    const char *argument, size_t row, double value)
{
    self->from = history->state;
    return imr_fault(fault, status, argument, (int64_t) row, value);
}

/* Row i begins where the row before ended. */
static int
check_place(imr_multistate_rows_t *self, const reading_t *reading, const history_t *history,
    size_t i, imr_fault_t *fault)
{
    const imr_multistate_data_t *data = reading->data;
    double ended;

    if (data->absorbing != NULL && data->absorbing[history->state]) {
        return contradicts(
            self, history, fault, IMR_ERR_MULTISTATE_AFTER_END, "time", i, data->time[i]);
    }
    if (history->before == data->n) {
        return IMR_OK;
    }
    ended = reading->time[history->before];
    if (data->entry == NULL) {
        return reading->time[i] > ended
            ? IMR_OK
            : contradicts(
                  self, history, fault, IMR_ERR_MULTISTATE_SAME_TIME, "time", i, data->time[i]);
    }
    if (reading->entry[i] < ended) {
        return contradicts(
            self, history, fault, IMR_ERR_MULTISTATE_OVERLAP, "entry", i, data->entry[i]);
    }
    return reading->entry[i] == ended
        ? IMR_OK
        : contradicts(self, history, fault, IMR_ERR_MULTISTATE_GAP, "entry", i, data->entry[i]);
}

static double
start_of(const reading_t *reading, const history_t *history, size_t i)
{
    if (reading->data->entry != NULL) {
        return reading->entry[i];
    }
    return history->before == reading->data->n ? -INFINITY : reading->time[history->before];
}

/* Row i, at whose end state `to` is entered (-1: none). */
static int
add_row(imr_multistate_rows_t *self, const reading_t *reading, history_t *history, size_t i,
    int64_t to, imr_fault_t *fault)
{
    const imr_multistate_data_t *data = reading->data;
    int status = check_place(self, reading, history, i, fault);

    if (status != IMR_OK) {
        return status;
    }
    if (history->open == NULL) {
        reading->start[self->spans] = start_of(reading, history, i);
        history->open = &self->span[self->spans++];
        history->open->first = history->before == data->n;
        history->open->state = (int8_t) history->state;
        history->open->next = -1;
    }
    reading->stop[self->spans - 1] = reading->time[i];
    if (to >= 0 && to != history->state) {
        if (data->allowed != NULL
            && !data->allowed[(size_t) history->state * data->states + (size_t) to]) {
            return contradicts(
                self, history, fault, IMR_ERR_MULTISTATE_NOT_ALLOWED, "event", i, (double) to + 1);
        }
        history->open->next = (int8_t) to;
        history->open = NULL;
        history->state = to;
    }
    history->before = i;
    return IMR_OK;
}

/* *end is the place in the order after the rows of the patient that begin at begin. */
static int
read_patient(imr_multistate_rows_t *self, const reading_t *reading, size_t begin, size_t *end,
    imr_fault_t *fault)
{
    const imr_multistate_data_t *data = reading->data;
    size_t first = reading->order[begin], k;
    int64_t patient = data->patient[first];
    history_t history = { .before = data->n };
    int status = IMR_OK;

    for (k = begin; k < data->n && status == IMR_OK; k++) {
        size_t i = reading->order[k];
        int64_t event, initial, group;

        if (k > begin && data->patient[i] != patient) {
            break;
        }
        self->other_row = -1;
        status = read_codes(data, i, &event, &initial, &group, fault);
        if (status != IMR_OK) {
            break;
        }
        if (k == begin) {
            history.initial = initial;
            history.group = group;
            history.state = initial - 1;
        }
        self->other_row = history.before == data->n ? -1 : (int64_t) history.before;
        if (group != history.group) {
            status = imr_fault(fault, IMR_ERR_MULTISTATE_GROUP, "group", (int64_t) i, NAN);
        } else if (initial != history.initial) {
            status = imr_fault(
                fault, IMR_ERR_MULTISTATE_INITIAL, "initial", (int64_t) i, (double) initial);
        } else {
            status = add_row(self, reading, &history, i, event - 1, fault);
        }
    }
    self->group[self->patients] = (uint32_t) history.group;
    self->patients++;
    *end = k;
    return status;
}

/* --- states -------------------------------------------------------------------------------------- */

static void
close_states(imr_multistate_rows_t *self, const imr_multistate_data_t *data, uint8_t (*seen)[CODES])
{
    size_t states = data->states;

    for (size_t s = 0; s < states; s++) {
        int leads = 0;

        for (size_t to = 0; to < states; to++) {
            self->moves[s][to] = data->allowed != NULL ? data->allowed[s * states + to]
                                                       : (uint8_t) (s != to && seen[s][to + 1]);
            leads |= self->moves[s][to];
        }
        self->closed[s] = data->allowed != NULL ? !leads : !seen[s][0];
        self->closed[s] |= data->absorbing != NULL && data->absorbing[s];
    }
}

/* Is what was seen allowed? */
static int
is_allowed(const imr_multistate_data_t *data, uint8_t (*seen)[CODES])
{
    size_t states = data->states;
    int allowed = 1;

    for (size_t s = 0; s < states; s++) {
        allowed &= !(data->absorbing != NULL && data->absorbing[s] && seen[s][0]);
        for (size_t to = 0; to < states && data->allowed != NULL; to++) {
            allowed &= to == s || !seen[s][to + 1] || data->allowed[s * states + to];
        }
    }
    return allowed;
}

/* --- the one entry ------------------------------------------------------------------------------- */

static int
allocate(imr_multistate_rows_t *self, const imr_multistate_data_t *data, imr_fault_t *fault)
{
    size_t n = data->n;
    char *place = imr_malloc(n * sizeof(uint32_t) + IMR_DAYS, 1);

    self->block = place;
    self->span = imr_malloc(n + 1, sizeof(imr_multistate_stretch_t));
    if (place == NULL || self->span == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->group = (uint32_t *) place;
    self->ends = (uint8_t *) (self->group + n);
    return IMR_OK;
}

static int
is_sorted(const reading_t *reading)
{
    int sorted = 1;

    for (size_t k = 0; k < reading->data->n; k++) {
        sorted &= reading->order[k] == k;
    }
    return sorted;
}

static const int64_t *
gather(const int64_t *column, const uint32_t *order, size_t n, int64_t *sorted)
{
    for (size_t k = 0; k < n && column != NULL; k++) {
        sorted[k] = column[order[k]];
    }
    return column == NULL ? NULL : sorted;
}

/* Rows of whole days in order. *done is 0 if they cannot be read so. */
static int
sort_and_read(imr_multistate_rows_t *self, const reading_t *reading, uint8_t (*seen)[CODES],
    int *done, imr_fault_t *fault)
{
    imr_multistate_data_t data = *reading->data;
    size_t n = data.n;
    int64_t *column = imr_malloc(n, 4 * sizeof(*column));

    *done = 0;
    if (column == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t k = 0; k < n; k++) {
        size_t i = reading->order[k];

        reading->stop[k] = reading->time[i];
        reading->start[k] = data.entry == NULL ? 0 : reading->entry[i];
    }
    data.time = reading->stop;
    data.entry = data.entry == NULL ? NULL : reading->start;
    data.patient = gather(data.patient, reading->order, n, column);
    data.event = gather(data.event, reading->order, n, column + n);
    data.initial = gather(data.initial, reading->order, n, column + 2 * n);
    data.group = gather(data.group, reading->order, n, column + 3 * n);
    *done = imr_multistate_in_order(self, &data, seen) && is_allowed(&data, seen);
    imr_free(column);
    return IMR_OK;
}

/* Stretches of whole days. */
static void
place_days(imr_multistate_rows_t *self, const reading_t *reading)
{
    self->places = (size_t) reading->last_day + 1;
    memset(self->ends, 0, self->places);
    for (size_t q = 0; q < self->spans; q++) {
        double start = reading->start[q];

        self->span[q].begin = start < 0 ? 0 : (uint32_t) start + 1;
        self->span[q].end = (uint32_t) reading->stop[q];
        self->ends[self->span[q].end] = 1;
    }
}

static int
read_one_by_one(imr_multistate_rows_t *self, const reading_t *reading, uint8_t (*seen)[CODES],
    imr_fault_t *fault)
{
    int status = IMR_OK;

    memset(seen, 0, MOST * sizeof(*seen));
    self->spans = self->patients = 0;
    for (size_t k = 0; k < reading->data->n && status == IMR_OK;) {
        status = read_patient(self, reading, k, &k, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    for (size_t q = 0; q < self->spans; q++) {
        seen[self->span[q].state][0] = 1;
        seen[self->span[q].state][self->span[q].next + 1] = 1;
    }
    if (!reading->whole) {
        return imr_multistate_rank(self, reading->start, reading->stop, fault);
    }
    place_days(self, reading);
    return IMR_OK;
}

/* Rows in any order, and what is wrong with them. */
static int
read_in_any_order(imr_multistate_rows_t *self, const imr_multistate_data_t *data,
    uint8_t (*seen)[CODES], imr_fault_t *fault)
{
    size_t n = data->n;
    double *scratch = imr_malloc(n, 4 * sizeof(double) + 2 * sizeof(uint32_t));
    reading_t reading = { .data = data, .block = scratch };
    uint32_t day;
    int status, done = 0;

    if (scratch == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    reading.time = scratch;
    reading.entry = scratch + n;
    reading.start = scratch + 2 * n;
    reading.stop = scratch + 3 * n;
    reading.order = (uint32_t *) (scratch + 4 * n);
    reading.permutation = reading.order + n;
    status = imr_read_follow_up(data->time, data->entry, n, data->fix_ties, reading.time,
        reading.entry, &self->merged, fault);
    if (status == IMR_OK) {
        status = imr_order_histories(data->patient, reading.time, n, reading.order,
            reading.permutation, reading.stop, fault);
    }
    if (status == IMR_OK) {
        reading.whole = imr_whole_days(reading.time, n, &reading.last_day)
            && (data->entry == NULL || imr_whole_days(reading.entry, n, &day));
    }
    if (status == IMR_OK && reading.whole && !is_sorted(&reading)) {
        status = sort_and_read(self, &reading, seen, &done, fault);
    }
    if (status == IMR_OK && !done) {
        status = read_one_by_one(self, &reading, seen, fault);
    }
    imr_free(reading.block);
    return status;
}

int
imr_multistate_rows(
    const imr_multistate_data_t *data, imr_multistate_rows_t *self, imr_fault_t *fault)
{
    uint8_t seen[MOST][CODES];
    int status;

    memset(self, 0, sizeof(*self));
    self->other_row = self->from = -1;
    self->states = data->states;
    self->groups = data->group == NULL ? 1 : data->groups;
    status = check_size(data, fault);
    if (status == IMR_OK) {
        status = allocate(self, data, fault);
    }
    if (status == IMR_OK
        && !(imr_multistate_in_order(self, data, seen) && is_allowed(data, seen))) {
        status = read_in_any_order(self, data, seen, fault);
    }
    if (status == IMR_OK && self->axis == NULL) {
        status = imr_multistate_keep_days(self, fault);
    }
    if (status == IMR_OK) {
        self->span[self->spans] = (imr_multistate_stretch_t) { .first = 1 };
        status = imr_multistate_sort_groups(self, fault);
    }
    if (status != IMR_OK) {
        int64_t other_row = self->other_row, from = self->from;

        imr_multistate_rows_free(self);
        self->other_row = other_row;
        self->from = from;
        return status;
    }
    close_states(self, data, seen);
    return IMR_OK;
}

void
imr_multistate_rows_free(imr_multistate_rows_t *self)
{
    imr_free(self->of_group);
    imr_free(self->axis);
    imr_free(self->span);
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
