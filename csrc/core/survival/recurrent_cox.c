#include "survival/recurrent_cox.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

typedef struct {
    const imr_recurrent_data_t *data;
    imr_recurrent_rows_t *rows;
    const double *covariate;
    size_t columns;
    imr_recurrent_model_t model;
    size_t events; /* the most of a patient */
} given_t;

static int
fails(const given_t *given, imr_fault_t *fault, int status, const char *argument, size_t row,
    size_t other, double value)
{
    given->rows->other_row = (int64_t) other;
    return imr_fault(fault, status, argument, (int64_t) row, value);
}

static void
add(imr_recurrent_layout_t *self, size_t source, double entry, double time, int event,
    size_t stratum)
{
    self->source[self->n] = (int64_t) source;
    self->entry[self->n] = entry;
    self->time[self->n] = time;
    self->event[self->n] = (uint8_t) event;
    self->stratum[self->n] = (int64_t) stratum;
    self->patient[self->n] = (int64_t) self->patients;
    self->n++;
}

/* The end of a patient's rows begin..end - 1 of the order. */
static size_t
end_of_patient(const given_t *given, size_t begin)
{
    const imr_recurrent_data_t *data = given->data;
    const uint32_t *order = given->rows->order;
    size_t end = begin;

    while (end < data->n && data->patient[order[end]] == data->patient[order[begin]]) {
        end++;
    }
    return end;
}

/* --- intervals from one event to the next --------------------------------------------------------- */

typedef struct {
    double from; /* observed up to here */
    double origin; /* of the time since the last event */
    size_t number; /* of the next event */
} history_t;

static void
add_interval(
    imr_recurrent_layout_t *self, const given_t *given, history_t *history, size_t i, double from)
{
    double time = given->data->time[i];
    int event = given->rows->counted[i];
    int is_gap = given->model == IMR_RECURRENT_PWP_GAP;
    int has_strata = is_gap || given->model == IMR_RECURRENT_PWP_TOTAL;

    /* an interval that starts at the last event but for rounding starts at 0 */
    add(self, i, is_gap ? fmax(0, from - history->origin) : from,
        is_gap ? time - history->origin : time, event, has_strata ? history->number : 1);
    history->from = time;
    if (event) {
        history->origin = time;
        history->number++;
    }
}

/* Rows given as intervals stay what they are. */
static void
lay_intervals(imr_recurrent_layout_t *self, const given_t *given, size_t begin, size_t end)
{
    const uint32_t *order = given->rows->order;
    history_t history = { .origin = given->data->entry[order[begin]], .number = 1 };

    for (size_t k = begin; k < end; k++) {
        add_interval(self, given, &history, order[k], given->data->entry[order[k]]);
    }
}

/* Rows given as times: each event ends an interval, and so does the end unless it is at the last event. */
static int
lay_times(imr_recurrent_layout_t *self, const given_t *given, size_t begin, size_t end,
    imr_fault_t *fault)
{
    const imr_recurrent_data_t *data = given->data;
    const uint32_t *order = given->rows->order;
    history_t history = { .number = 1 };
    size_t last = order[begin], before = last;

    for (size_t k = begin; k < end; k++) {
        size_t i = order[k];

        if (data->event[i] != IMR_RECURRENT_EVENT) {
            last = i;
        } else if (given->rows->counted[i]) {
            if (!(data->time[i] > history.from)) {
                return fails(
                    given, fault, IMR_ERR_RECURRENT_SAME_TIME, "time", i, before, data->time[i]);
            }
            add_interval(self, given, &history, i, history.from);
            before = i;
        }
    }
    if (data->time[last] > history.from) {
        add_interval(self, given, &history, last, history.from);
    }
    return IMR_OK;
}

/* --- the times of all events, each from the start -------------------------------------------------- */

/* One row for each number of an event: until it, or until the end. */
static int
lay_marginal(imr_recurrent_layout_t *self, const given_t *given, size_t begin, size_t end,
    imr_fault_t *fault)
{
    const imr_recurrent_data_t *data = given->data;
    const uint32_t *order = given->rows->order;
    size_t first = order[begin], number = 1;
    double entry = data->entry == NULL ? 0 : data->entry[first];
    double until = entry;

    for (size_t k = begin; k < end; k++) {
        size_t i = order[k], before = order[k > begin ? k - 1 : k];

        for (size_t j = 0; j < given->columns; j++) {
            double value = given->covariate[i * given->columns + j];

            if (value != given->covariate[first * given->columns + j]) {
                return fails(given, fault, IMR_ERR_RECURRENT_CHANGES, "X", i, first, value);
            }
        }
        if (k > begin && data->entry != NULL && given->rows->spans > given->rows->patients
            && data->entry[i] > data->time[before]) {
            return fails(given, fault, IMR_ERR_RECURRENT_GAP, "entry", i, before, data->entry[i]);
        }
        if (given->rows->counted[i]) {
            if (!(data->time[i] > entry)) {
                return fails(
                    given, fault, IMR_ERR_RECURRENT_SAME_TIME, "time", i, before, data->time[i]);
            }
            add(self, first, entry, data->time[i], 1, number++);
        }
        until = fmax(until, data->time[i]);
    }
    for (; number <= given->events && until > entry; number++) {
        add(self, first, entry, until, 0, number);
    }
    return IMR_OK;
}

/* --- all patients --------------------------------------------------------------------------------- */

static int
check_covariates(const given_t *given, imr_fault_t *fault)
{
    for (size_t i = 0; i < given->data->n; i++) {
        for (size_t j = 0; j < given->columns; j++) {
            double value = given->covariate[i * given->columns + j];

            if (!isfinite(value)) {
                return imr_fault(fault, IMR_ERR_NONFINITE, "X", (int64_t) i, value);
            }
        }
    }
    return IMR_OK;
}

/* The most events of a patient, at least 1: how many rows each has. */
static size_t
most_events(const given_t *given)
{
    size_t most = 1, end;

    for (size_t begin = 0; begin < given->data->n; begin = end) {
        size_t count = 0;

        end = end_of_patient(given, begin);
        for (size_t k = begin; k < end; k++) {
            count += given->rows->counted[given->rows->order[k]];
        }
        most = count > most ? count : most;
    }
    return most;
}

static int
allocate(imr_recurrent_layout_t *self, size_t n, imr_fault_t *fault)
{
    double *place = imr_malloc(n, 2 * sizeof(double) + 3 * sizeof(int64_t) + sizeof(uint8_t));

    if (place == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->block = self->entry = place;
    self->time = place + n;
    self->source = (int64_t *) (place + 2 * n);
    self->stratum = self->source + n;
    self->patient = self->stratum + n;
    self->event = (uint8_t *) (self->patient + n);
    return IMR_OK;
}

int
imr_recurrent_layout(const imr_recurrent_data_t *data, imr_recurrent_rows_t *rows,
    const double *covariate, size_t columns, imr_recurrent_model_t model,
    imr_recurrent_layout_t *self, imr_fault_t *fault)
{
    given_t given = { data, rows, covariate, columns, model, 1 };
    size_t room = data->n;
    int status;

    memset(self, 0, sizeof(*self));
    status = check_covariates(&given, fault);
    if (status == IMR_OK) {
        if (model == IMR_RECURRENT_WLW) {
            given.events = most_events(&given);
            room = rows->patients * given.events;
        }
        status = allocate(self, room, fault);
    }
    for (size_t begin = 0, end; begin < data->n && status == IMR_OK; begin = end) {
        size_t rows_before = self->n;

        end = end_of_patient(&given, begin);
        if (model == IMR_RECURRENT_WLW) {
            status = lay_marginal(self, &given, begin, end, fault);
        } else if (data->entry == NULL) {
            status = lay_times(self, &given, begin, end, fault);
        } else {
            lay_intervals(self, &given, begin, end);
        }
        self->patients += self->n > rows_before;
    }
    if (status != IMR_OK) {
        imr_recurrent_layout_free(self);
    }
    return status;
}

void
imr_recurrent_layout_free(imr_recurrent_layout_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
