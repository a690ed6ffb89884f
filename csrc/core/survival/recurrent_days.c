#include "survival/recurrent_days.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"

/* Numbers of patients are looked up in a table of at most so many places a row. */
#define PLACES 4

/* Each row is counted in a cell: an event in that of its day, an end in one of two of its day behind those of
 * all events, that of terminal events first. Rows in order of cells are events, then ends, in order of time. */
typedef struct {
    const imr_recurrent_data_t *data;
    size_t n;
    uint32_t days;
    uint32_t *cell; /* of each row */
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
    uint32_t *place = imr_malloc(4 * room + 3 * (size_t) self->days, sizeof(*place));

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

/* 0 where a row is of no use. */
static int
read_cells(days_t *self)
{
    const double *time = self->data->time;
    const int64_t *event = self->data->event;
    uint32_t days = self->days;
    uint64_t bad = 0;

    for (size_t i = 0; i < self->n; i++) {
        double within = time[i] >= 0 && time[i] < days ? time[i] : -1;
        int32_t day = (int32_t) within;
        uint64_t code = (uint64_t) event[i];
        uint32_t end = days + 2 * (uint32_t) day + (code == IMR_RECURRENT_NONE);

        bad |= (uint64_t) (day != within) | (uint64_t) (day < 0) | (code > IMR_RECURRENT_TERMINAL);
        self->cell[i] = code == IMR_RECURRENT_EVENT ? (uint32_t) day : end;
    }
    return bad == 0;
}

/* The group of each number that rows have in `patient`; 0 where a row is of no use, or of another group. */
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
    memset(self->group, 0xff, numbers * sizeof(*self->group)); /* UINT32_MAX: nobody has the number */
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
    int64_t before = patient[0];
    uint32_t number = 0;
    int descends = 0;

    for (size_t i = 0; i < self->n; i++) {
        int64_t here = patient[i];

        descends |= here < before;
        number += here != before;
        self->patient[i] = number;
        before = here;
    }
    self->patients = (size_t) number + 1;
    return !descends;
}

/* Patients from their numbers less the least one, in `patient`: rows are counted into order by these. */
static void
number_places(days_t *self, uint32_t *place, size_t places)
{
    uint32_t *number = self->cell, next = 0;

    for (size_t i = 0; i < self->n; i++) {
        place[self->patient[i]]++;
    }
    for (size_t p = 0; p < places; p++) {
        uint32_t here = place[p];

        place[p] = next;
        next += here;
    }
    for (size_t i = 0; i < self->n; i++) {
        self->spare[place[self->patient[i]]++] = self->cell[i];
    }
    /* place[p] has become the first row of the next patient */
    memset(number, 0, (self->n + 1) * sizeof(*number));
    for (size_t p = 0; p < places; p++) {
        number[place[p]] = 1;
    }
    number[0] = 0;
    for (size_t i = 1; i < self->n; i++) {
        number[i] += number[i - 1];
    }
    self->patients = (size_t) number[self->n - 1] + 1;
    self->cell = self->spare;
    self->patient = number;
}

/* Patients in any order; 0 where their numbers lie too far apart. */
static int
number_any(days_t *self, int *status)
{
    const int64_t *patient = self->data->patient;
    int64_t least = patient[0], most = patient[0];
    uint64_t span;
    uint32_t *place;
    int done = 1;

    for (size_t i = 0; i < self->n; i++) {
        least = patient[i] < least ? patient[i] : least;
        most = patient[i] > most ? patient[i] : most;
    }
    span = (uint64_t) most - (uint64_t) least;
    if (span >= PLACES * self->n) {
        return 0;
    }
    for (size_t i = 0; i < self->n; i++) {
        uint64_t here = (uint64_t) patient[i] - (uint64_t) least;

        self->patient[i] = (uint32_t) here;
        done &= here <= span; /* else it has been changed meanwhile */
    }
    place = imr_calloc((size_t) span + 1, sizeof(*place));
    if (place == NULL) {
        *status = IMR_ERR_NOMEM;
    }
    done = place != NULL && done && read_groups(self, (size_t) span + 1, status);
    if (done) {
        number_places(self, place, (size_t) span + 1);
    }
    imr_free(place);
    return done;
}

static int
number_patients(days_t *self, int *status)
{
    return number_blocks(self) ? read_groups(self, self->patients, status)
                               : number_any(self, status);
}

/* --- order of time ------------------------------------------------------------------------------- */

/* How many rows each cell has; 0 where a patient has not one end. */
static int
count_cells(days_t *self)
{
    size_t ends = 0;
    int bad = 0;

    memset(self->count, 0, 3 * (size_t) self->days * sizeof(*self->count));
    for (size_t i = 0; i < self->n; i++) {
        uint32_t cell = self->cell[i];
        int is_end = cell >= self->days;

        self->count[cell]++;
        self->last[ends] = (cell - self->days) / 2;
        bad |= is_end & (self->patient[i] != ends);
        ends += (size_t) is_end;
    }
    return !bad && ends == self->patients;
}

/* Patients of rows in order of cells; 0 where one has an event after the end. */
static int
place_rows(days_t *self, uint32_t *patient)
{
    uint32_t next = 0;
    int bad = 0;

    for (size_t cell = 0; cell < 3 * (size_t) self->days; cell++) {
        uint32_t here = self->count[cell];

        self->count[cell] = next;
        next += here;
    }
    for (size_t i = 0; i < self->n; i++) {
        uint32_t cell = self->cell[i], here = self->patient[i];

        patient[self->count[cell]++] = here;
        bad |= (cell < self->days) & (cell > self->last[here]);
    }
    return !bad;
}

static int
allocate_rows(imr_recurrent_rows_t *rows, const days_t *self)
{
    double *place =
        imr_malloc(self->n, sizeof(double) + 2 * sizeof(uint32_t) + sizeof(uint8_t));

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

    for (uint32_t day = 0; day < self->days; day++) {
        const uint32_t *end = self->count + self->days + 2 * day;

        while (event < self->count[day]) {
            rows->event_time[event++] = day;
        }
        for (int kind = 0; kind < 2; kind++) {
            for (; rows->events + span < end[kind]; span++) {
                rows->stop[span] = day;
                rows->terminal[span] = kind == 0;
                rows->terminals += kind == 0;
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
imr_recurrent_days(const imr_recurrent_data_t *data, imr_recurrent_rows_t *rows, int *counted,
    imr_fault_t *fault)
{
    days_t self = { .data = data, .n = data->n };
    uint32_t last;
    int status = IMR_OK;

    *counted = 0;
    memset(rows, 0, sizeof(*rows));
    rows->other_row = -1;
    if (data->n == 0 || data->n > UINT32_MAX / PLACES || data->entry != NULL || !isnan(data->window)
        || !imr_whole_days(data->time, data->n, &last) || last + 2 > 2 * data->n) {
        return IMR_OK;
    }
    self.days = last + 1;
    if (allocate(&self) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    if (read_cells(&self) && number_patients(&self, &status) && count_cells(&self)) {
        status = allocate_rows(rows, &self);
        *counted = status == IMR_OK && place_rows(&self, rows->event_patient);
    }
    if (*counted) {
        fill_rows(rows, &self);
    } else {
        imr_recurrent_rows_free(rows);
    }
    imr_free(self.group);
    imr_free(self.block);
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, NULL, -1, NAN);
}
