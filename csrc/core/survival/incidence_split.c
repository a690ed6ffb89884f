#include "survival/incidence_split.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"

/* Copies in which tied times are equal, and the rows of each patient in order of time. */
typedef struct {
    const imr_split_data_t *data;
    double *start, *stop, *cuts, *event; /* one after the other */
    int64_t *patient, *event_patient;
    uint32_t *order; /* rows, patient by patient */
    size_t *first; /* patients + 1: where each patient begins in order */
    void *block;
} rows_t;

/* --- reading ------------------------------------------------------------------------------------ */

static int
check_code(int64_t code, size_t patients, const char *argument, size_t row, imr_fault_t *fault)
{
    return code >= 0 && (size_t) code < patients
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_PATIENT_CODE, argument, (int64_t) row, (double) code);
}

static int
copy_times(rows_t *rows, imr_incidence_split_t *self, imr_fault_t *fault)
{
    const imr_split_data_t *data = rows->data;
    int ret = IMR_OK;

    for (size_t i = 0; i < data->n && ret == IMR_OK; i++) {
        rows->start[i] = data->start[i];
        rows->stop[i] = data->stop[i];
        rows->patient[i] = data->patient[i];
        ret = check_code(rows->patient[i], data->patients, "patient", i, fault);
        if (ret == IMR_OK && !isfinite(rows->start[i])) {
            ret = imr_fault(fault, IMR_ERR_NONFINITE, "start", (int64_t) i, rows->start[i]);
        }
        if (ret == IMR_OK && !isfinite(rows->stop[i])) {
            ret = imr_fault(fault, IMR_ERR_NONFINITE, "stop", (int64_t) i, rows->stop[i]);
        }
        for (size_t c = 0; c < data->k && ret == IMR_OK; c++) {
            double cut = data->cuts[i * data->k + c];

            rows->cuts[i * data->k + c] = cut;
            if (!(cut > -INFINITY)) {
                self->patient = rows->patient[i];
                ret = imr_fault(fault, IMR_ERR_CUT, "cuts", (int64_t) i, cut);
            }
        }
    }
    for (size_t e = 0; e < data->m && ret == IMR_OK; e++) {
        rows->event[e] = data->event_time[e];
        rows->event_patient[e] = data->event_patient[e];
        ret = check_code(rows->event_patient[e], data->patients, "event_patient", e, fault);
        if (ret == IMR_OK && !isfinite(rows->event[e])) {
            ret = imr_fault(fault, IMR_ERR_NONFINITE, "events", (int64_t) e, rows->event[e]);
        }
    }
    return ret;
}

/* All times together, since a cut may be tied with a stop and an event with both. A cut at infinity is as
 * good as one at the end of its row. */
static int
settle_ties(rows_t *rows, imr_incidence_split_t *self, imr_fault_t *fault)
{
    const imr_split_data_t *data = rows->data;
    size_t n = data->n, k = data->k, merged;
    int ret;

    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < k; c++) {
            rows->cuts[i * k + c] =
                fmin(rows->cuts[i * k + c], fmax(rows->start[i], rows->stop[i]));
        }
    }
    ret =
        imr_fix_ties(NULL, rows->start, 2 * n + n * k + data->m, NULL, rows->start, &merged, fault);
    for (size_t i = 0; i < n && ret == IMR_OK; i++) {
        if (!(rows->start[i] < rows->stop[i])) {
            self->patient = rows->patient[i];
            ret = imr_fault(fault, IMR_ERR_INTERVAL, "start", (int64_t) i, rows->start[i]);
        }
    }
    return ret;
}

/* Cuts are the same in all rows of a patient, before those beyond a row are brought to its end. */
static int
check_cuts(const rows_t *rows, imr_incidence_split_t *self, imr_fault_t *fault)
{
    const imr_split_data_t *data = rows->data;
    int64_t *seen = imr_malloc(data->patients, sizeof(*seen));
    int ret = IMR_OK;

    if (seen == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t p = 0; p < data->patients; p++) {
        seen[p] = -1;
    }
    for (size_t i = 0; i < data->n && ret == IMR_OK; i++) {
        int64_t code = rows->patient[i], other = seen[code];

        for (size_t c = 0; other >= 0 && c < data->k && ret == IMR_OK; c++) {
            if (rows->cuts[i * data->k + c] != rows->cuts[(size_t) other * data->k + c]) {
                self->patient = code;
                self->other_row = other;
                ret = imr_fault(
                    fault, IMR_ERR_CUTS_DIFFER, "cuts", (int64_t) i, rows->cuts[i * data->k + c]);
            }
        }
        seen[code] = (int64_t) i;
    }
    imr_free(seen);
    return ret;
}

/* Rows by patient, each patient's by time; none overlaps the one before or leaves a gap to it. */
static int
order_rows(rows_t *rows, imr_incidence_split_t *self, imr_fault_t *fault)
{
    const imr_split_data_t *data = rows->data;
    uint32_t *by_time = imr_malloc(data->n, sizeof(*by_time));
    int ret;

    if (by_time == NULL) {
        (void) imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    ret = imr_order(rows->start, data->n, "start", by_time, fault);
    if (ret != IMR_OK) {
        goto out;
    }
    memset(rows->first, 0, (data->patients + 1) * sizeof(*rows->first));
    for (size_t i = 0; i < data->n; i++) {
        rows->first[rows->patient[i] + 1]++;
    }
    for (size_t p = 0; p < data->patients; p++) {
        rows->first[p + 1] += rows->first[p];
    }
    for (size_t i = 0; i < data->n; i++) {
        rows->order[rows->first[rows->patient[by_time[i]]]++] = by_time[i];
    }
    for (size_t p = data->patients; p > 0; p--) { /* each has come to where the next one begins */
        rows->first[p] = rows->first[p - 1];
    }
    rows->first[0] = 0;
    for (size_t i = 1; i < data->n && ret == IMR_OK; i++) {
        size_t at = rows->order[i], before = rows->order[i - 1];

        if (rows->patient[at] == rows->patient[before] && rows->start[at] != rows->stop[before]) {
            self->patient = rows->patient[at];
            self->other_row = (int64_t) before;
            ret = imr_fault(fault,
                rows->start[at] < rows->stop[before] ? IMR_ERR_ROWS_OVERLAP : IMR_ERR_ROWS_GAP,
                "start", (int64_t) at, rows->start[at]);
        }
    }
out:
    imr_free(by_time);
    return ret;
}

static int
read_rows(rows_t *rows, imr_incidence_split_t *self, imr_fault_t *fault)
{
    const imr_split_data_t *data = rows->data;
    size_t times = 2 * data->n + data->n * data->k + data->m;
    int ret;

    rows->block = imr_malloc(times + data->patients + 1 + 2 * data->n + data->m, sizeof(double));
    if (rows->block == NULL) {
        (void) imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    rows->start = rows->block;
    rows->stop = rows->start + data->n;
    rows->cuts = rows->stop + data->n;
    rows->event = rows->cuts + data->n * data->k;
    rows->patient = (int64_t *) (rows->event + data->m);
    rows->event_patient = rows->patient + data->n;
    rows->first = (size_t *) (rows->event_patient + data->m);
    rows->order = (uint32_t *) (rows->first + data->patients + 1);
    ret = copy_times(rows, self, fault);
    if (ret == IMR_OK) {
        ret = check_cuts(rows, self, fault);
    }
    if (ret == IMR_OK) {
        ret = settle_ties(rows, self, fault);
    }
    if (ret == IMR_OK) {
        ret = order_rows(rows, self, fault);
    }
    return ret;
}

/* --- pieces ------------------------------------------------------------------------------------- */

static void
split_rows(const rows_t *rows, imr_incidence_split_t *self, size_t *first_piece)
{
    const imr_split_data_t *data = rows->data;

    for (size_t i = 0; i < data->n; i++) {
        double from = rows->start[i];

        first_piece[i] = self->pieces;
        for (size_t c = 0; c <= data->k; c++) {
            double to =
                c < data->k ? fmin(rows->cuts[i * data->k + c], rows->stop[i]) : rows->stop[i];
            size_t piece = self->pieces;

            if (to > from) {
                self->row[piece] = (int64_t) i;
                self->phase[piece] = (int64_t) c;
                self->events[piece] = 0;
                self->start[piece] = from;
                self->stop[piece] = to;
                self->exposure[piece] = to - from;
                self->pieces++;
                from = to;
            }
        }
    }
    first_piece[data->n] = self->pieces;
}

static int
count_events(
    const rows_t *rows, imr_incidence_split_t *self, const size_t *first_piece, imr_fault_t *fault)
{
    const imr_split_data_t *data = rows->data;

    for (size_t e = 0; e < data->m; e++) {
        int64_t code = rows->event_patient[e];
        size_t low = rows->first[code], high = rows->first[code + 1], piece;
        double time = rows->event[e];

        self->patient = code;
        if (low == high || !(time > rows->start[rows->order[low]])) {
            return imr_fault(fault, IMR_ERR_EVENT_OUTSIDE, "events", (int64_t) e, time);
        }
        while (high - low > 1) { /* the last row that starts before the event */
            size_t middle = low + (high - low) / 2;

            if (time > rows->start[rows->order[middle]]) {
                low = middle;
            } else {
                high = middle;
            }
        }
        if (time > rows->stop[rows->order[low]]) {
            return imr_fault(fault, IMR_ERR_EVENT_OUTSIDE, "events", (int64_t) e, time);
        }
        piece = first_piece[rows->order[low]];
        while (time > self->stop[piece]) {
            piece++;
        }
        self->events[piece]++;
    }
    self->patient = -1;
    return IMR_OK;
}

int
imr_incidence_split(imr_incidence_split_t *self, const imr_split_data_t *data, imr_fault_t *fault)
{
    size_t most = data->n * (data->k + 1), *first_piece = NULL;
    rows_t rows = { .data = data };
    int ret;

    memset(self, 0, sizeof(*self));
    self->other_row = self->patient = -1;
    if (data->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, "start", -1, NAN);
    }
    ret = read_rows(&rows, self, fault);
    if (ret != IMR_OK) {
        goto out;
    }
    self->block = imr_malloc(6 * most, sizeof(double));
    first_piece = imr_malloc(data->n + 1, sizeof(*first_piece));
    if (self->block == NULL || first_piece == NULL) {
        ret = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    self->start = self->block;
    self->stop = self->start + most;
    self->exposure = self->stop + most;
    self->row = (int64_t *) (self->exposure + most);
    self->phase = self->row + most;
    self->events = self->phase + most;
    split_rows(&rows, self, first_piece);
    ret = count_events(&rows, self, first_piece, fault);
out:
    imr_free(rows.block);
    imr_free(first_piece);
    if (ret != IMR_OK) {
        imr_free(self->block);
        self->block = NULL;
    }
    return ret;
}
