#include "survival/multistate_rows.h"

#include <math.h>
#include <string.h>

#include "base/follow_up.h"
#include "base/mem.h"
#include "base/order.h"

#define MOST IMR_MULTISTATE_MOST
#define CODES (MOST + 1) /* of events */
#define PIECE 512 /* rows that are read at once */

typedef struct {
    const imr_multistate_data_t *data;
    double *entry, *time; /* after ties are merged */
    uint32_t *order; /* rows by patient, then time */
    double *key; /* scratch of the sort */
    uint32_t *permutation;
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

static int
is_state(const imr_multistate_data_t *data, int64_t code)
{
    return code >= 1 && code <= (int64_t) data->states && code <= IMR_MULTISTATE_MOST;
}

/* The codes of row i, or a fault; each is read once, so that no later change of the arrays can matter. */
static int
read_codes(const imr_multistate_data_t *data, size_t i, int64_t *event, int64_t *initial,
    int64_t *group, imr_fault_t *fault)
{
    *event = data->event[i];
    *initial = data->initial == NULL ? data->first : data->initial[i];
    *group = data->group == NULL ? 0 : data->group[i];
    if (*event != 0 && !is_state(data, *event)) {
        return imr_fault(fault, IMR_ERR_MULTISTATE_STATE, "event", (int64_t) i, (double) *event);
    }
    if (!is_state(data, *initial)) {
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
    imr_multistate_span_t *open; /* the stretch that the next row goes on, or NULL */
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
        history->open = &self->span[self->spans++];
        history->open->start = start_of(reading, history, i);
        history->open->patient = (uint32_t) self->patients;
        history->open->state = (int16_t) history->state;
        history->open->to = -1;
    }
    history->open->stop = reading->time[i];
    if (to >= 0 && to != history->state) {
        if (data->allowed != NULL
            && !data->allowed[(size_t) history->state * data->states + (size_t) to]) {
            return contradicts(
                self, history, fault, IMR_ERR_MULTISTATE_NOT_ALLOWED, "event", i, (double) to + 1);
        }
        history->open->to = (int16_t) to;
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

/* --- rows as they should be ---------------------------------------------------------------------- */

static uint64_t
bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

/* The last day of some rows, of which initial states and groups are read. 0: there is none, or a fault. */
static int
read_piece(const imr_multistate_rows_t *self, const imr_multistate_data_t *data, size_t begin,
    size_t rows, int64_t *initial, uint32_t *group, uint32_t *last_day)
{
    uint32_t day;

    for (size_t i = 0; i < rows && data->initial != NULL; i++) {
        initial[i] = data->initial[begin + i];
        if (!is_state(data, initial[i])) {
            return 0;
        }
    }
    for (size_t i = 0; i < rows && data->group != NULL; i++) {
        int64_t code = data->group[begin + i];

        group[i] = (uint32_t) code;
        if (code < 0 || (uint64_t) code >= self->groups) {
            return 0;
        }
    }
    return imr_whole_days(data->time + begin, rows, last_day)
        && (data->entry == NULL || imr_whole_days(data->entry + begin, rows, &day));
}

/* Reads rows in order of patient and time, on whole days, each a stretch of its own: without sorting, and
 * without a branch that could go either way, on which most of the time would go. 0 if there is any other
 * row, or a fault. */
static int
read_in_order(
    imr_multistate_rows_t *self, const imr_multistate_data_t *data, uint8_t (*seen)[CODES])
{
    const imr_multistate_data_t given = *data;
    int64_t initial[PIECE], patient = INT64_MIN, of_patient = 0;
    uint32_t group[PIECE] = { 0 }, of_group = 0, last_day;
    uint64_t bad = 0, before = 0;
    double end = 0;
    size_t patients = 0;

    for (size_t i = 0; i < PIECE; i++) {
        initial[i] = given.first;
    }
    for (size_t begin = 0; begin < given.n; begin += PIECE) {
        size_t rows = given.n - begin < PIECE ? given.n - begin : PIECE;
        imr_multistate_span_t *span = self->span + begin;

        if (!read_piece(self, data, begin, rows, initial, group, &last_day)) {
            return 0;
        }
        if (last_day >= self->days) {
            memset(self->ends + self->days, 0, last_day + 1 - self->days);
            self->days = last_day + 1;
        }
        for (size_t i = 0; i < rows; i++) {
            int64_t mine = given.patient[begin + i];
            uint64_t first = (patients == 0) | (mine != patient), again = 0 - (first ^ 1);
            uint64_t code = (uint64_t) given.event[begin + i];
            uint64_t state = ((~again & (uint64_t) initial[i]) | (again & before)) - 1;
            double starts[] = { end, -INFINITY }, stop = given.time[begin + i];
            double start = given.entry == NULL ? starts[first] : given.entry[begin + i];

            if (mine < patient || code > given.states || code == state + 1 || state >= given.states
                || !(start < stop) || !(stop >= 0 && stop <= last_day)
                || (given.entry != NULL && start < 0)) {
                return 0;
            }
            bad |= again & (bits_of(start) ^ bits_of(end));
            bad |= again & (uint64_t) (initial[i] ^ of_patient);
            bad |= again & (group[i] ^ of_group);
            patients += first;
            span[i].start = start;
            span[i].stop = stop;
            span[i].patient = (uint32_t) (patients - 1);
            span[i].state = (int16_t) state;
            span[i].to = (int16_t) (code - 1);
            self->group[patients - 1] = group[i];
            self->ends[(int32_t) stop] = 1;
            seen[state][code] = 1;
            patient = mine;
            of_patient = initial[i];
            of_group = group[i];
            before = code;
            end = stop;
        }
    }
    for (size_t s = 0; s < MOST; s++) {
        for (size_t to = 1; to < CODES; to++) {
            seen[s][0] |= seen[s][to];
        }
    }
    self->spans = given.n;
    self->patients = patients;
    return bad == 0;
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
    char *place = imr_malloc(n * (sizeof(imr_multistate_span_t) + sizeof(uint32_t)) + IMR_DAYS, 1);

    self->block = place;
    if (place == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->span = (imr_multistate_span_t *) place;
    self->group = (uint32_t *) (self->span + n);
    self->ends = (uint8_t *) (self->group + n);
    return IMR_OK;
}

/* Rows in any order, and what is wrong with them. */
static int
read_in_any_order(imr_multistate_rows_t *self, const imr_multistate_data_t *data,
    uint8_t (*seen)[CODES], imr_fault_t *fault)
{
    size_t n = data->n;
    double *scratch = imr_malloc(n, 3 * sizeof(double) + 2 * sizeof(uint32_t));
    reading_t reading = { .data = data, .block = scratch };
    uint32_t last_day;
    int status;

    if (scratch == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    memset(seen, 0, MOST * sizeof(*seen));
    self->spans = self->patients = 0;
    reading.time = scratch;
    reading.entry = scratch + n;
    reading.key = scratch + 2 * n;
    reading.order = (uint32_t *) (scratch + 3 * n);
    reading.permutation = reading.order + n;
    status = imr_read_follow_up(data->time, data->entry, n, data->fix_ties, reading.time,
        reading.entry, &self->merged, fault);
    if (status == IMR_OK) {
        status = imr_order_histories(
            data->patient, reading.time, n, reading.order, reading.permutation, reading.key, fault);
    }
    for (size_t k = 0; k < n && status == IMR_OK;) {
        status = read_patient(self, &reading, k, &k, fault);
    }
    for (size_t k = 0; k < self->spans && status == IMR_OK; k++) {
        seen[self->span[k].state][0] = 1;
        seen[self->span[k].state][self->span[k].to + 1] = 1;
    }
    self->days = 0;
    self->ends = NULL;
    if (status == IMR_OK && imr_whole_days(reading.time, n, &last_day)
        && (data->entry == NULL || imr_whole_days(reading.entry, n, &self->days))) {
        self->days = last_day + 1;
    }
    imr_free(reading.block);
    return status;
}

int
imr_multistate_rows(
    const imr_multistate_data_t *data, imr_multistate_rows_t *self, imr_fault_t *fault)
{
    uint8_t seen[MOST][CODES] = { { 0 } };
    int status;

    memset(self, 0, sizeof(*self));
    self->other_row = self->from = -1;
    self->states = data->states;
    self->groups = data->group == NULL ? 1 : data->groups;
    status = check_size(data, fault);
    if (status == IMR_OK) {
        status = allocate(self, data, fault);
    }
    if (status == IMR_OK && !(read_in_order(self, data, seen) && is_allowed(data, seen))) {
        status = read_in_any_order(self, data, seen, fault);
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
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
