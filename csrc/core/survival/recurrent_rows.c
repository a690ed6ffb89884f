#include "survival/recurrent_rows.h"

#include <math.h>
#include <string.h>

#include "base/follow_up.h"
#include "base/mem.h"
#include "base/order.h"
#include "survival/recurrent_days.h"

/* A gap is as long as the window when it is shorter by rounding alone. */
#define ROUNDING 1e-9

/* What is read: times after ties are merged, and rows in order of patient, then time. */
typedef struct {
    const imr_recurrent_data_t *data;
    double *entry, *time;
    uint32_t *order; /* that of the rows */
    double *key; /* scratch of the sorts */
    uint32_t *permutation;
    void *block;
} reading_t;

/* --- checks of single rows ----------------------------------------------------------------------- */

static int
check_rows(const imr_recurrent_data_t *data, imr_fault_t *fault)
{
    if (data->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "time", -1, NAN);
    }
    if (data->n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "time", -1, NAN);
    }
    if (!isnan(data->window) && !(data->window >= 1e-100 && data->window <= 1e100)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "window", -1, data->window);
    }
    return IMR_OK;
}

/* The values that were copied, so that no later change of the arrays can matter. */
static int
check_values(const reading_t *reading, size_t i, imr_fault_t *fault)
{
    const imr_recurrent_data_t *data = reading->data;
    double first = data->entry == NULL ? reading->time[i] : reading->entry[i];

    if (!(first >= 0)) {
        return imr_fault(
            fault, IMR_ERR_NEGATIVE, data->entry == NULL ? "time" : "entry", (int64_t) i, first);
    }
    if (data->event[i] < 0 || data->event[i] > IMR_RECURRENT_TERMINAL) {
        return imr_fault(
            fault, IMR_ERR_RECURRENT_EVENT, "event", (int64_t) i, (double) data->event[i]);
    }
    if (data->group != NULL && (data->group[i] < 0 || (size_t) data->group[i] >= data->groups)) {
        return imr_fault(fault, IMR_ERR_CODE, "group", (int64_t) i, (double) data->group[i]);
    }
    return IMR_OK;
}

/* Merges tied times, unless all are whole days, of which none are tied but equal ones. */
static int
read_times(reading_t *reading, size_t *merged, imr_fault_t *fault)
{
    const imr_recurrent_data_t *data = reading->data;
    size_t n = data->n;
    uint32_t most;
    int whole = imr_whole_days(data->time, n, &most)
        && (data->entry == NULL || imr_whole_days(data->entry, n, &most));

    if (data->fix_ties && !whole) {
        return imr_fix_ties(
            data->entry, data->time, n, reading->entry, reading->time, merged, fault);
    }
    for (size_t i = 0; i < n; i++) {
        reading->time[i] = data->time[i];
        if (!isfinite(reading->time[i])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "time", (int64_t) i, reading->time[i]);
        }
        if (data->entry == NULL) {
            continue;
        }
        reading->entry[i] = data->entry[i];
        if (!isfinite(reading->entry[i])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "entry", (int64_t) i, reading->entry[i]);
        }
        if (!(reading->entry[i] < reading->time[i])) {
            return imr_fault(fault, IMR_ERR_INTERVAL, "entry", (int64_t) i, reading->entry[i]);
        }
    }
    return IMR_OK;
}

/* --- one patient after the other ----------------------------------------------------------------- */

static int
contradicts(imr_recurrent_rows_t *self, imr_fault_t *fault, int status, const char *argument,
    size_t row, size_t other, double value)
{
    self->other_row = (int64_t) other;
    return imr_fault(fault, status, argument, (int64_t) row, value);
}

static void
add_span(imr_recurrent_rows_t *self, double start, double stop, int terminal)
{
    if (self->start != NULL) {
        self->start[self->spans] = start;
    }
    self->stop[self->spans] = stop;
    self->terminal[self->spans] = (uint8_t) terminal;
    self->patient[self->spans] = (uint32_t) self->patients;
    self->spans++;
    self->terminals += terminal != 0;
}

/* An event of the patient who is read, unless it is one with the last that counted. */
static void
add_event(imr_recurrent_rows_t *self, size_t row, double time, double window)
{
    size_t last = self->events;

    if (!isnan(window) && last > 0 && self->event_patient[last - 1] == self->patients
        && time - self->event_time[last - 1] < window * (1 - ROUNDING)) {
        self->joined++;
        return;
    }
    self->counted[row] = 1;
    self->event_time[last] = time;
    self->event_patient[last] = (uint32_t) self->patients;
    self->events++;
}

/* Rows begin..end - 1 of the order are intervals. */
static int
read_intervals(imr_recurrent_rows_t *self, const reading_t *reading, size_t begin, size_t end,
    imr_fault_t *fault)
{
    const imr_recurrent_data_t *data = reading->data;
    double start = reading->entry[reading->order[begin]];

    for (size_t k = begin; k < end; k++) {
        size_t i = reading->order[k], before = k > begin ? reading->order[k - 1] : i;

        if (k > begin && data->event[before] == IMR_RECURRENT_TERMINAL) {
            return contradicts(
                self, fault, IMR_ERR_RECURRENT_AFTER_END, "time", i, before, data->time[i]);
        }
        if (k > begin && reading->entry[i] < reading->time[before]) {
            return contradicts(
                self, fault, IMR_ERR_RECURRENT_OVERLAP, "entry", i, before, data->entry[i]);
        }
        if (k > begin && reading->entry[i] > reading->time[before]) {
            add_span(self, start, reading->time[before], 0);
            start = reading->entry[i];
        }
        if (data->event[i] == IMR_RECURRENT_EVENT) {
            add_event(self, i, reading->time[i], data->window);
        }
    }
    add_span(self, start, reading->time[reading->order[end - 1]],
        data->event[reading->order[end - 1]] == IMR_RECURRENT_TERMINAL);
    return IMR_OK;
}

/* Rows begin..end - 1 of the order are events and one end of follow-up. */
static int
read_times_of_events(imr_recurrent_rows_t *self, const reading_t *reading, size_t begin, size_t end,
    imr_fault_t *fault)
{
    const imr_recurrent_data_t *data = reading->data;
    size_t last = data->n;

    for (size_t k = begin; k < end; k++) {
        size_t i = reading->order[k];

        if (data->event[i] != IMR_RECURRENT_EVENT) {
            if (last < data->n) {
                return contradicts(
                    self, fault, IMR_ERR_RECURRENT_TWO_ENDS, "time", i, last, data->time[i]);
            }
            last = i;
        }
    }
    if (last == data->n) {
        last = reading->order[end - 1];
        return imr_fault(fault, IMR_ERR_RECURRENT_NO_END, "time", (int64_t) last, data->time[last]);
    }
    for (size_t k = begin; k < end; k++) {
        size_t i = reading->order[k];

        if (reading->time[i] > reading->time[last]) {
            return contradicts(
                self, fault, IMR_ERR_RECURRENT_AFTER_END, "time", i, last, data->time[i]);
        }
        if (i != last) {
            add_event(self, i, reading->time[i], data->window);
        }
    }
    add_span(self, -INFINITY, reading->time[last], data->event[last] == IMR_RECURRENT_TERMINAL);
    return IMR_OK;
}

static int
read_patients(imr_recurrent_rows_t *self, const reading_t *reading, imr_fault_t *fault)
{
    const imr_recurrent_data_t *data = reading->data;
    int status = IMR_OK;

    for (size_t begin = 0, end; begin < data->n && status == IMR_OK; begin = end) {
        size_t first = reading->order[begin];

        for (end = begin; end < data->n; end++) {
            size_t i = reading->order[end];

            if (data->patient[i] != data->patient[first]) {
                break;
            }
            if (data->group != NULL && data->group[i] != data->group[first]) {
                return contradicts(self, fault, IMR_ERR_RECURRENT_GROUP, "group", i, first, NAN);
            }
        }
        self->group[self->patients] = data->group == NULL ? 0 : (uint32_t) data->group[first];
        status = data->entry == NULL ? read_times_of_events(self, reading, begin, end, fault)
                                     : read_intervals(self, reading, begin, end, fault);
        self->patients += status == IMR_OK;
    }
    return status;
}

/* --- stretches and events in order of time ------------------------------------------------------- */

static void
permute_doubles(double *value, double *scratch, const uint32_t *order, size_t n)
{
    memcpy(scratch, value, n * sizeof(*value));
    for (size_t k = 0; k < n; k++) {
        value[k] = scratch[order[k]];
    }
}

static void
permute_words(uint32_t *value, uint32_t *scratch, const uint32_t *order, size_t n)
{
    memcpy(scratch, value, n * sizeof(*value));
    for (size_t k = 0; k < n; k++) {
        value[k] = scratch[order[k]];
    }
}

/* The order of ends, of one time those by a terminal event first. */
static int
order_stops(
    imr_recurrent_rows_t *self, const reading_t *reading, uint32_t *order, imr_fault_t *fault)
{
    size_t next = 0;

    for (int terminal = 1; terminal >= 0; terminal--) {
        for (size_t k = 0; k < self->spans; k++) {
            order[next] = (uint32_t) k;
            next += self->terminal[k] == terminal;
        }
    }
    for (size_t k = 0; k < self->spans; k++) {
        reading->key[k] = self->stop[order[k]];
    }
    return imr_order_pass(reading->key, self->spans, "time", order, reading->permutation, fault);
}

static size_t
count_distinct(const double *time, size_t n)
{
    size_t count = n > 0;

    for (size_t k = 1; k < n; k++) {
        count += time[k] != time[k - 1];
    }
    return count;
}

/* Stable sorts: patients are in order within a time. */
static int
sort_times(imr_recurrent_rows_t *self, const reading_t *reading, imr_fault_t *fault)
{
    uint32_t *order = reading->permutation;
    double *scratch = reading->key;
    int status = imr_order(self->event_time, self->events, "time", order, fault);

    if (status != IMR_OK) {
        return status;
    }
    permute_doubles(self->event_time, scratch, order, self->events);
    permute_words(self->event_patient, (uint32_t *) scratch, order, self->events);
    order = (uint32_t *) reading->time; /* which has been read */
    status = order_stops(self, reading, order, fault);
    if (status != IMR_OK) {
        return status;
    }
    permute_doubles(self->stop, scratch, order, self->spans);
    permute_words(self->patient, (uint32_t *) scratch, order, self->spans);
    memcpy(scratch, self->terminal, self->spans);
    for (size_t k = 0; k < self->spans; k++) {
        self->terminal[k] = ((const uint8_t *) scratch)[order[k]];
    }
    self->times =
        count_distinct(self->event_time, self->events) + count_distinct(self->stop, self->spans);
    if (self->start == NULL) {
        return IMR_OK;
    }
    permute_doubles(self->start, scratch, order, self->spans);
    return imr_order(self->start, self->spans, "entry", self->by_start, fault);
}

static int
allocate(imr_recurrent_rows_t *self, reading_t *reading, imr_fault_t *fault)
{
    size_t n = reading->data->n;
    double *place = imr_malloc(n, 3 * sizeof(double) + 5 * sizeof(uint32_t) + 2 * sizeof(uint8_t));
    double *scratch = imr_malloc(n, 3 * sizeof(double) + sizeof(uint32_t));

    self->block = place;
    reading->block = scratch;
    if (place == NULL || scratch == NULL) {
        imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    self->stop = place;
    self->event_time = place + n;
    self->group = (uint32_t *) (place + 3 * n);
    self->patient = self->group + n;
    self->event_patient = self->patient + n;
    self->order = reading->order = self->event_patient + n;
    self->terminal = (uint8_t *) (self->order + 2 * n);
    self->counted = self->terminal + n;
    memset(self->counted, 0, n);
    if (reading->data->entry != NULL) {
        self->start = place + 2 * n;
        self->by_start = self->order + n;
    }
    reading->entry = scratch;
    reading->time = scratch + n;
    reading->key = scratch + 2 * n;
    reading->permutation = (uint32_t *) (scratch + 3 * n);
    return IMR_OK;
}

int
imr_recurrent_rows_ordered(
    const imr_recurrent_data_t *data, imr_recurrent_rows_t *self, imr_fault_t *fault)
{
    reading_t reading = { .data = data };
    int status;

    memset(self, 0, sizeof(*self));
    self->other_row = -1;
    status = check_rows(data, fault);
    if (status == IMR_OK) {
        status = allocate(self, &reading, fault);
    }
    if (status == IMR_OK) {
        status = read_times(&reading, &self->merged, fault);
    }
    for (size_t i = 0; i < data->n && status == IMR_OK; i++) {
        status = check_values(&reading, i, fault);
    }
    if (status == IMR_OK) {
        status = imr_order_histories(data->patient, reading.time, data->n, reading.order,
            reading.permutation, reading.key, fault);
    }
    if (status == IMR_OK) {
        status = read_patients(self, &reading, fault);
    }
    if (status == IMR_OK) {
        status = sort_times(self, &reading, fault);
    }
    imr_free(reading.block);
    if (status != IMR_OK) {
        int64_t other_row = self->other_row;

        imr_recurrent_rows_free(self);
        self->other_row = other_row;
    }
    return status;
}

int
imr_recurrent_rows(const imr_recurrent_data_t *data, imr_recurrent_rows_t *self, imr_fault_t *fault)
{
    int counted, status = imr_recurrent_days(data, self, &counted, fault);

    return status != IMR_OK || counted ? status : imr_recurrent_rows_ordered(data, self, fault);
}

void
imr_recurrent_rows_free(imr_recurrent_rows_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
