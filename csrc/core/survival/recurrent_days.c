#include "survival/recurrent_days.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"

/* Numbers of patients are looked up in a table of at most so many places a row. */
#define PLACES 4
/* Of a first patient between these no difference that wraps round looks small. */
#define MIDDLE (INT64_C(1) << 62)
/* Of more days a row most would be empty. */
#define DAYS 2

/* Each row is counted in a cell: one of four for each day, of events, terminal events, other ends, and an
 * empty one. */
enum { EVENT, TERMINAL, OTHER_END, BITS = 2, KINDS = 1 << BITS };

typedef struct {
    const imr_recurrent_data_t *data;
    size_t n;
    size_t days;
    uint32_t *cell; /* of each row: its day and kind */
    uint32_t *patient; /* of each row */
    uint32_t *spare;
    uint32_t *last; /* the day on which each patient ends */
    uint32_t *count; /* rows of each cell, later where the next one goes */
    uint32_t *group; /* of each patient, or NULL */
    size_t patients;
    void *block;
} days_t;

static int
allocate(days_t *self)
{
    size_t room = self->n + 1;
    uint32_t *place = imr_malloc(room, (4 + KINDS * DAYS) * sizeof(*place));

    if (place == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->block = self->cell = place;
    self->patient = place + room;
    self->spare = place + 2 * room;
    self->last = place + 3 * room;
    self->count = place + 4 * room;
    return IMR_OK;
}

/* --- rows ---------------------------------------------------------------------------------------- */

/* The cell of each row, in the place of its day; 0 where an event is of no use. */
static int
read_events(const int64_t *event, size_t n, uint32_t *cell)
{
    uint64_t bad = 0;

    for (size_t i = 0; i < n; i++) {
        uint64_t code = (uint64_t) event[i];
        uint32_t kind = (uint32_t) code == IMR_RECURRENT_NONE ? OTHER_END : (uint32_t) code >> 1;

        bad |= code >> 2 | (code & code >> 1); /* more than 3, or 3 */
        cell[i] = cell[i] << BITS | kind;
    }
    return bad == 0;
}

/* The group of each patient from the numbers that rows have in `patient`; 0 where a row is of no use, or of
 * another group than the patient. */
static int
read_groups(days_t *self, size_t numbers, int *status)
{
    const int64_t *group = self->data->group;
    size_t next = 0;
    int bad = 0;

    if (group == NULL) {
        return 1;
    }
    self->group = imr_malloc(numbers, sizeof(*self->group));
    if (self->group == NULL) {
        *status = IMR_ERR_NOMEM;
        return 0;
    }
    /* UINT32_MAX: nobody has the number */
    memset(self->group, 0xff, numbers * sizeof(*self->group));
    for (size_t i = 0; i < self->n; i++) {
        uint64_t code = (uint64_t) group[i];

        bad |= code >= self->data->groups || code >= UINT32_MAX;
        self->group[self->patient[i]] = (uint32_t) code;
    }
    for (size_t i = 0; i < self->n; i++) {
        bad |= self->group[self->patient[i]] != (uint64_t) group[i];
    }
    for (size_t number = 0; number < numbers; number++) {
        self->group[next] = self->group[number];
        next += self->group[number] != UINT32_MAX;
    }
    return !bad;
}

/* --- patients ------------------------------------------------------------------------------------ */

/* Patients that stand in ascending blocks; 0 where they do not. */
static int
number_blocks(days_t *self)
{
    const int64_t *patient = self->data->patient;
    uint32_t *numbers = self->patient, number = 0;
    int64_t before = patient[0];

    for (size_t i = 0; i < self->n; i++) {
        int64_t here = patient[i];

        if (here < before) {
            return 0;
        }
        number += here != before;
        numbers[i] = number;
        before = here;
    }
    self->patients = (size_t) number + 1;
    return 1;
}

/* What each count becomes: the sum of those before it. */
static void
sum_counts(uint32_t *count, size_t cells)
{
    uint32_t next = 0;

    for (size_t cell = 0; cell < cells; cell++) {
        uint32_t here = count[cell];

        count[cell] = next;
        next += here;
    }
}

/* Rows are counted into order by their places, and patients numbered in that order. */
static void
sort_places(days_t *self, uint32_t *count, size_t places)
{
    const uint32_t *place = self->patient, *cell = self->cell;
    uint32_t *sorted = self->spare, *number = self->cell;
    size_t n = self->n;

    for (size_t i = 0; i < n; i++) {
        count[place[i]]++;
    }
    sum_counts(count, places);
    for (size_t i = 0; i < n; i++) {
        sorted[count[place[i]]++] = cell[i];
    }
    memset(number, 0, (n + 1) * sizeof(*number));
    for (size_t p = 0; p < places; p++) {
        number[count[p]] = 1; /* where the rows of the next patient begin */
    }
    number[0] = 0;
    for (size_t i = 1; i < n; i++) {
        number[i] += number[i - 1];
    }
    self->patients = (size_t) number[n - 1] + 1;
    self->cell = sorted;
    self->patient = number;
}

/* The number of each patient less the least one; 0 where they lie too far apart. */
static int
read_places(const int64_t *patient, size_t n, uint32_t *place, size_t *places)
{
    /* taken off, this puts the first patient in the middle of 32 bits */
    uint64_t first = (uint64_t) patient[0] - (UINT64_C(1) << 31), far = 0;
    uint32_t least = UINT32_MAX, most = 0;

    if (patient[0] > MIDDLE || patient[0] < -MIDDLE) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t here = (uint64_t) patient[i] - first;

        far |= here >> 32;
        place[i] = (uint32_t) here;
    }
    for (size_t i = 0; i < n; i++) {
        least = place[i] < least ? place[i] : least;
        most = place[i] > most ? place[i] : most;
    }
    for (size_t i = 0; i < n; i++) {
        place[i] -= least;
    }
    *places = (size_t) (most - least) + 1;
    return far == 0 && *places <= PLACES * n;
}

static int
number_patients(days_t *self, int *status)
{
    uint32_t *count;
    size_t places;

    if (number_blocks(self)) {
        return read_groups(self, self->patients, status);
    }
    if (!read_places(self->data->patient, self->n, self->patient, &places)
        || !read_groups(self, places, status)) {
        return 0;
    }
    count = imr_calloc(places, sizeof(*count));
    if (count == NULL) {
        *status = IMR_ERR_NOMEM;
        return 0;
    }
    sort_places(self, count, places);
    imr_free(count);
    return 1;
}

/* --- order of time ------------------------------------------------------------------------------- */

/* How many rows each cell has; 0 where a patient has not one end. */
static int
count_cells(const days_t *self)
{
    const uint32_t *cells = self->cell, *patient = self->patient;
    uint32_t *count = self->count, *last = self->last;
    size_t ends = 0;
    int bad = 0;

    memset(count, 0, KINDS * self->days * sizeof(*count));
    for (size_t i = 0; i < self->n; i++) {
        uint32_t cell = cells[i];
        int is_end = cell % KINDS != EVENT;

        count[cell]++;
        last[ends] = cell >> BITS;
        bad |= is_end & (patient[i] != ends);
        ends += (size_t) is_end;
    }
    return !bad && ends == self->patients;
}

/* Patients of events, and behind them those of ends, in order of cells; 0 where one has an event after
 * the end. */
static int
place_rows(const days_t *self, uint32_t *placed)
{
    const uint32_t *cells = self->cell, *patient = self->patient, *last = self->last;
    uint32_t *next = self->count, event = 0, end = (uint32_t) (self->n - self->patients);
    int bad = 0;

    for (size_t cell = 0; cell < KINDS * self->days; cell++) {
        uint32_t here = next[cell], *to = cell % KINDS == EVENT ? &event : &end;

        next[cell] = *to;
        *to += here;
    }
    for (size_t i = 0; i < self->n; i++) {
        uint32_t cell = cells[i], here = patient[i];

        placed[next[cell]++] = here;
        bad |= cell >> BITS > last[here];
    }
    return !bad;
}

static int
allocate_rows(imr_recurrent_rows_t *rows, const days_t *self)
{
    double *place = imr_malloc(self->n, sizeof(double) + 2 * sizeof(uint32_t) + sizeof(uint8_t));

    if (place == NULL) {
        return IMR_ERR_NOMEM;
    }
    rows->patients = rows->spans = self->patients;
    rows->events = self->n - self->patients;
    rows->block = rows->event_time = place;
    rows->stop = place + rows->events;
    rows->event_patient = (uint32_t *) (place + self->n);
    rows->patient = rows->event_patient + rows->events;
    rows->group = rows->event_patient + self->n;
    rows->terminal = (uint8_t *) (rows->group + rows->patients);
    return IMR_OK;
}

/* What there is besides the patients, from where the rows of each cell end. */
static void
fill_rows(imr_recurrent_rows_t *rows, const days_t *self)
{
    size_t event = 0, span = 0;

    rows->times = self->days;
    for (size_t day = 0; day < self->days; day++) {
        const uint32_t *end = self->count + KINDS * day;

        while (event < end[EVENT]) {
            rows->event_time[event++] = (double) day;
        }
        for (int kind = TERMINAL; kind <= OTHER_END; kind++) {
            for (; rows->events + span < end[kind]; span++) {
                rows->stop[span] = (double) day;
                rows->terminal[span] = kind == TERMINAL;
                rows->terminals += kind == TERMINAL;
            }
        }
    }
    if (self->group == NULL) {
        memset(rows->group, 0, rows->patients * sizeof(*rows->group));
    } else {
        memcpy(rows->group, self->group, rows->patients * sizeof(*rows->group));
    }
}

int
imr_recurrent_days(
    const imr_recurrent_data_t *data, imr_recurrent_rows_t *rows, int *counted, imr_fault_t *fault)
{
    days_t self = { .data = data, .n = data->n };
    uint32_t last;
    int status = IMR_OK;

    *counted = 0;
    memset(rows, 0, sizeof(*rows));
    rows->other_row = -1;
    if (self.n == 0 || self.n > UINT32_MAX / PLACES || data->entry != NULL
        || !isnan(data->window)) {
        return IMR_OK;
    }
    if (allocate(&self) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    if (!imr_read_days(data->time, self.n, self.cell, &last) || last >= DAYS * self.n) {
        goto out;
    }
    self.days = (size_t) last + 1;
    if (read_events(data->event, self.n, self.cell) && number_patients(&self, &status)
        && count_cells(&self)) {
        status = allocate_rows(rows, &self);
        *counted = status == IMR_OK && place_rows(&self, rows->event_patient);
    }
    if (*counted) {
        fill_rows(rows, &self);
    } else {
        imr_recurrent_rows_free(rows);
        rows->other_row = -1;
    }
out:
    imr_free(self.group);
    imr_free(self.block);
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, NULL, -1, NAN);
}
