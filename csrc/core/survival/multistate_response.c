#include "survival/multistate_response.h"

#include <math.h>
#include <string.h>

#include "base/follow_up.h"
#include "base/mem.h"

enum { NOT_YET, IN_RESPONSE, AFTER };
enum { FOLLOWED, RESPONSE, END, N_DAYS };
static const char *const NAMES[] = { "followed", "response", "end" };

/* From x to. */
static const uint8_t ALLOWED[] = { 0, 1, 1, 0, 0, 1, 0, 0, 0 };

typedef struct {
    imr_multistate_layout_t *self;
    double *time, *day; /* day: 3 a patient */
    int64_t *patient, *event, *initial, *group;
} rows_t;

static int
check_day(int column, size_t i, double day, imr_fault_t *fault)
{
    if (isnan(day) || (column == FOLLOWED && isinf(day) && day > 0)) {
        return imr_fault(fault,
            column == FOLLOWED ? IMR_ERR_NONFINITE : IMR_ERR_MULTISTATE_UNKNOWN_DAY, NAMES[column],
            (int64_t) i, day);
    }
    return day < 0 ? imr_fault(fault, IMR_ERR_NEGATIVE, NAMES[column], (int64_t) i, day) : IMR_OK;
}

/* Days of patient i after ties are merged, as they may follow each other. */
static int
check_order(const double *given[], const double *day, size_t i, imr_fault_t *fault)
{
    for (int column = RESPONSE; column < N_DAYS; column++) {
        if (isfinite(day[column]) && day[column] > day[FOLLOWED]) {
            return imr_fault(fault, IMR_ERR_MULTISTATE_AFTER_FOLLOWED, NAMES[column], (int64_t) i,
                given[column][i]);
        }
    }
    if (isfinite(day[RESPONSE]) && !(day[END] > day[RESPONSE])) {
        return imr_fault(fault, IMR_ERR_MULTISTATE_END, "end", (int64_t) i, given[END][i]);
    }
    return IMR_OK;
}

static void
add(rows_t *rows, size_t patient, double time, int state, int initial)
{
    imr_multistate_data_t *data = &rows->self->data;

    rows->time[data->n] = time;
    rows->patient[data->n] = (int64_t) patient;
    rows->event[data->n] = state < 0 ? 0 : state + 1;
    rows->initial[data->n] = initial + 1;
    data->n++;
}

static void
add_patient(rows_t *rows, size_t i, const double *day)
{
    int responds = isfinite(day[RESPONSE]), ends = isfinite(day[END]);
    int from_start = responds && day[RESPONSE] == 0;
    int initial = from_start ? IN_RESPONSE : NOT_YET;
    double last = ends ? day[END] : responds && !from_start ? day[RESPONSE] : -1;

    if (responds && !from_start) {
        add(rows, i, day[RESPONSE], IN_RESPONSE, initial);
    }
    if (ends) {
        add(rows, i, day[END], AFTER, initial);
    }
    if (day[FOLLOWED] > last) {
        add(rows, i, day[FOLLOWED], -1, initial);
    }
}

/* Days as given, checked, those that were seen merged where they tie: 3 a patient. */
static int
read_days(const imr_multistate_response_t *given, const double *columns[], double *day,
    int64_t *merged, imr_fault_t *fault)
{
    size_t n = N_DAYS * given->n, seen = 0;
    double *finite = imr_malloc(n, 2 * sizeof(double));
    int status = IMR_OK;

    if (finite == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t k = 0; k < n && status == IMR_OK; k++) {
        day[k] = columns[k % N_DAYS][k / N_DAYS];
        status = check_day((int) (k % N_DAYS), k / N_DAYS, day[k], fault);
        if (isfinite(day[k])) {
            finite[seen++] = day[k];
        }
    }
    if (status == IMR_OK) {
        status = imr_read_follow_up(
            finite, NULL, seen, given->fix_ties, finite + n, NULL, merged, fault);
    }
    for (size_t k = n; k-- > 0 && status == IMR_OK;) {
        day[k] = isfinite(day[k]) ? finite[n + --seen] : day[k];
    }
    imr_free(finite);
    return status;
}

static int
allocate(rows_t *rows, size_t n, imr_fault_t *fault)
{
    size_t days = N_DAYS * n;
    double *place = imr_malloc(days, 2 * sizeof(double) + 4 * sizeof(int64_t));

    if (place == NULL) {
        imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    rows->self->block = rows->time = place;
    rows->patient = (int64_t *) (place + 2 * days);
    rows->event = rows->patient + days;
    rows->initial = rows->event + days;
    rows->group = rows->initial + days;
    rows->day = place + days;
    return IMR_OK;
}

int
imr_multistate_response(
    const imr_multistate_response_t *given, imr_multistate_layout_t *self, imr_fault_t *fault)
{
    const double *columns[] = { given->followed, given->response, given->end };
    rows_t rows = { .self = self };
    int status;

    memset(self, 0, sizeof(*self));
    if (given->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "followed", -1, NAN);
    }
    if (given->n > UINT32_MAX / N_DAYS) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "followed", -1, NAN);
    }
    status = allocate(&rows, given->n, fault);
    if (status != IMR_OK) {
        return status;
    }
    status = read_days(given, columns, rows.day, &self->merged, fault);
    for (size_t i = 0; i < given->n && status == IMR_OK; i++) {
        const double *day = rows.day + N_DAYS * i;

        status = check_order(columns, day, i, fault);
        if (status == IMR_OK) {
            add_patient(&rows, i, day);
        }
    }
    for (size_t k = 0; k < self->data.n && given->group != NULL && status == IMR_OK; k++) {
        rows.group[k] = given->group[rows.patient[k]];
    }
    if (status != IMR_OK) {
        imr_multistate_layout_free(self);
        return status;
    }
    self->data.patient = rows.patient;
    self->data.time = rows.time;
    self->data.event = rows.event;
    self->data.initial = rows.initial;
    self->data.group = given->group == NULL ? NULL : rows.group;
    self->data.groups = given->groups;
    self->data.states = IMR_MULTISTATE_RESPONSE_STATES;
    self->data.allowed = ALLOWED;
    return IMR_OK;
}

void
imr_multistate_layout_free(imr_multistate_layout_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
