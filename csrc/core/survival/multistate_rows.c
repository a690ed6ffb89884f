#include "survival/multistate_rows.h"

#include <math.h>
#include <string.h>

#include "base/follow_up.h"
#include "base/mem.h"
#include "base/order.h"
#include "survival/multistate_axis.h"

#define MOST IMR_MULTISTATE_MOST
#define CODES 64 /* room for those of events */
#define LARGE (UINT64_C(1) << 62) /* smaller numbers have differences */
#define PIECE 128 /* rows that are read at once */

typedef struct {
    const imr_multistate_data_t *data;
    double *entry, *time; /* after ties are merged */
    uint32_t *order; /* rows by patient, then time */
    double *start, *stop; /* of each stretch; stop is scratch of the sort before */
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

/* --- rows as they should be ---------------------------------------------------------------------- */

/* Some rows as narrow numbers. Where there is room for one more, it is that of the row before them. */
typedef struct {
    uint32_t first[PIECE]; /* of the patient */
    uint32_t start[PIECE + 1], stop[PIECE + 1]; /* days; before the start of follow-up UINT32_MAX */
    uint32_t code[PIECE + 1], initial[PIECE + 1], group[PIECE + 1];
    uint32_t pair[PIECE]; /* state and code, as in `seen` */
    uint32_t rest[PIECE]; /* state, next and first, by 8 bits */
} piece_t;

static uint64_t
read_states(const int64_t *given, size_t rows, uint32_t *state)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < rows; i++) {
        uint64_t code = (uint64_t) given[i];

        bits |= code;
        state[i] = (uint32_t) code;
    }
    return bits >> 8;
}

/* Which rows are the first of their patient. Not 0 if they are in no order, or a number is LARGE. */
static uint64_t
find_firsts(const int64_t *patient, size_t begin, size_t rows, uint32_t *first)
{
    uint64_t bits = (uint64_t) patient[begin] + LARGE;

    for (size_t i = begin == 0; i < rows; i++) {
        uint64_t mine = (uint64_t) patient[begin + i];
        uint64_t step = mine - (uint64_t) patient[begin + i - 1];

        bits |= step | (mine + LARGE);
        first[i] = (uint32_t) ((step | (0 - step)) >> 63);
    }
    if (begin == 0) {
        first[0] = 1;
    }
    return bits >> 63;
}

/* The rows from begin on. 0 if a number is none of its kind. */
static int
read_piece(const imr_multistate_rows_t *self, const imr_multistate_data_t *data, size_t begin,
    size_t rows, piece_t *piece, uint32_t *last_day)
{
    uint64_t bad = read_states(data->event + begin, rows, piece->code + 1);
    uint32_t day;

    if (data->initial != NULL) {
        bad |= read_states(data->initial + begin, rows, piece->initial + 1);
    }
    for (size_t i = 0; i < rows && data->group != NULL; i++) {
        int64_t code = data->group[begin + i];

        piece->group[i + 1] = (uint32_t) code;
        bad |= (uint64_t) code >= self->groups;
    }
    bad |= find_firsts(data->patient, begin, rows, piece->first);
    return bad == 0 && imr_read_days(data->time + begin, rows, piece->stop + 1, last_day)
        && (data->entry == NULL
            || imr_read_days(data->entry + begin, rows, piece->start + 1, &day));
}

/* Whether each row is a stretch that goes on from the row before, or a new patient's. Branches could go
 * either way, and most of the time would go on them. */
static int
link_piece(piece_t *piece, size_t rows, int has_entry, uint32_t states)
{
    uint32_t bad = 0;

    for (size_t i = 1; i <= rows && !has_entry; i++) {
        piece->start[i] = piece->stop[i - 1] | (0 - piece->first[i - 1]);
    }
    for (size_t i = 1; i <= rows; i++) {
        uint32_t again = piece->first[i - 1] - 1, code = piece->code[i];
        uint32_t state = (again & piece->code[i - 1]) | (~again & piece->initial[i]);

        piece->pair[i - 1] = ((state - 1) << 6) + code;
        piece->rest[i - 1] = (state - 1) | (code - 1) % 256 << 8 | piece->first[i - 1] << 16;
        bad |= again
            & ((piece->start[i] ^ piece->stop[i - 1]) | (piece->initial[i] ^ piece->initial[i - 1])
                | (piece->group[i] ^ piece->group[i - 1]));
        bad |= (int32_t) piece->start[i] >= (int32_t) piece->stop[i];
        bad |= code > states;
        bad |= state > states;
        bad |= state == 0;
        bad |= state == code;
    }
    return bad == 0;
}

/* Makes the rows stretches, on an axis of days. */
static void
keep_piece(imr_multistate_rows_t *self, const piece_t *piece, size_t rows, uint8_t (*seen)[CODES])
{
    imr_multistate_stretch_t *span = self->span + self->spans;
    uint8_t *ends = self->ends, *pairs = seen[0];

    for (size_t i = 0; i < rows; i++, span++) {
        uint32_t stop = piece->stop[i + 1], rest = piece->rest[i];

        span->begin = piece->start[i + 1] + 1;
        span->end = stop;
        span->state = (int8_t) rest;
        span->next = (int8_t) (rest >> 8);
        span->first = (uint16_t) (rest >> 16);
        ends[stop] = 1;
        pairs[piece->pair[i]] = 1;
    }
    self->spans += rows;
    if (self->groups > 1) {
        for (size_t i = 0; i < rows; i++) {
            self->patients += piece->first[i];
            self->group[self->patients - 1] = piece->group[i + 1];
        }
    } else {
        for (size_t i = 0; i < rows; i++) {
            self->patients += piece->first[i];
        }
    }
}

/* Reads rows in order of patient and time, on whole days, each a stretch of its own: without sorting. 0 if
 * there is any other row, or a fault. */
static int
read_in_order(
    imr_multistate_rows_t *self, const imr_multistate_data_t *data, uint8_t (*seen)[CODES])
{
    piece_t piece;
    uint32_t last_day;

    if (data->initial == NULL && !is_state(data, data->first)) {
        return 0;
    }
    piece.stop[0] = piece.code[0] = 0;
    for (size_t i = 0; i <= PIECE; i++) {
        piece.initial[i] = (uint32_t) data->first;
        piece.group[i] = 0;
    }
    for (size_t begin = 0, rows; begin < data->n; begin += rows) {
        rows = data->n - begin < PIECE ? data->n - begin : PIECE;
        if (!read_piece(self, data, begin, rows, &piece, &last_day)
            || !link_piece(&piece, rows, data->entry != NULL, (uint32_t) data->states)) {
            return 0;
        }
        if (last_day >= self->places) {
            memset(self->ends + self->places, 0, last_day + 1 - self->places);
            self->places = last_day + 1;
        }
        keep_piece(self, &piece, rows, seen);
        piece.stop[0] = piece.stop[rows];
        piece.code[0] = piece.code[rows];
        piece.initial[0] = piece.initial[rows];
        piece.group[0] = piece.group[rows];
    }
    if (self->groups == 1) {
        memset(self->group, 0, self->patients * sizeof(*self->group));
    }
    for (size_t s = 0; s < MOST; s++) {
        for (size_t to = 1; to < CODES; to++) {
            seen[s][0] |= seen[s][to];
        }
    }
    return 1;
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

/* Stretches of whole days. */
static void
place_days(imr_multistate_rows_t *self, const reading_t *reading, uint32_t last_day)
{
    self->places = (size_t) last_day + 1;
    memset(self->ends, 0, self->places);
    for (size_t q = 0; q < self->spans; q++) {
        double start = reading->start[q];

        self->span[q].begin = start < 0 ? 0 : (uint32_t) start + 1;
        self->span[q].end = (uint32_t) reading->stop[q];
        self->ends[self->span[q].end] = 1;
    }
}

/* Rows in any order, and what is wrong with them. */
static int
read_in_any_order(imr_multistate_rows_t *self, const imr_multistate_data_t *data,
    uint8_t (*seen)[CODES], imr_fault_t *fault)
{
    size_t n = data->n;
    double *scratch = imr_malloc(n, 4 * sizeof(double) + 2 * sizeof(uint32_t));
    reading_t reading = { .data = data, .block = scratch };
    uint32_t last_day, day;
    int status;

    if (scratch == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    memset(seen, 0, MOST * sizeof(*seen));
    self->spans = self->patients = 0;
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
    for (size_t k = 0; k < n && status == IMR_OK;) {
        status = read_patient(self, &reading, k, &k, fault);
    }
    for (size_t k = 0; k < self->spans && status == IMR_OK; k++) {
        seen[self->span[k].state][0] = 1;
        seen[self->span[k].state][self->span[k].next + 1] = 1;
    }
    if (status == IMR_OK) {
        if (imr_whole_days(reading.time, n, &last_day)
            && (data->entry == NULL || imr_whole_days(reading.entry, n, &day))) {
            place_days(self, &reading, last_day);
        } else {
            status = imr_multistate_rank(self, reading.start, reading.stop, fault);
        }
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
