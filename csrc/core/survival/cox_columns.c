#include "survival/cox_columns.h"

#include <math.h>
#include <string.h>

#include "base/follow_up.h"
#include "base/mem.h"
#include "base/order.h"

void
imr_cox_columns_free(imr_cox_columns_t *self)
{
    imr_free(self->time);
    imr_free(self->event);
    imr_free(self->order);
    imr_free(self->stratum);
}

static int
allocate(imr_cox_columns_t *self, const imr_cox_data_t *data)
{
    size_t n = data->n;
    size_t count = 1u + (data->entry != NULL) + (data->weight != NULL) + (data->offset != NULL);
    double *next;

    self->time = imr_malloc(count * n, sizeof(double));
    self->event = imr_malloc(n, 1);
    self->order = imr_malloc(3 * n, sizeof(uint32_t));
    self->stratum = data->stratum == NULL ? NULL : imr_malloc(n, sizeof(int64_t));
    if (self->time == NULL || self->event == NULL || self->order == NULL
        || (data->stratum != NULL && self->stratum == NULL)) {
        return IMR_ERR_NOMEM;
    }
    next = self->time + n;
    if (data->entry != NULL) {
        self->entry = next;
        next += n;
    }
    if (data->weight != NULL) {
        self->weight = next;
        next += n;
    }
    if (data->offset != NULL) {
        self->offset = next;
    }
    self->scratch = self->order + n;
    self->kept = self->scratch + n;
    return IMR_OK;
}

/* --- reading ------------------------------------------------------------------------------------ */

/* Codes, events and offsets; the rows with a weight are those that count. */
static int
read_rest(imr_cox_columns_t *self, const imr_cox_data_t *data, int sampling, imr_fault_t *fault)
{
    for (size_t i = 0; i < data->n; i++) {
        uint8_t event = data->event[i];
        int64_t count;

        if (event > 1) {
            return imr_fault(fault, IMR_ERR_EVENT, "event", (int64_t) i, event);
        }
        if (data->stratum != NULL) {
            int64_t code = data->stratum[i];

            if (code < 0 || (uint64_t) code >= data->strata) {
                return imr_fault(fault, IMR_ERR_CODE, "strata", (int64_t) i, (double) code);
            }
            self->stratum[i] = code;
        }
        if (data->offset != NULL) {
            double offset = data->offset[i];

            if (!(fabs(offset) <= IMR_COX_MOST_OFFSET)) {
                return imr_fault(fault, isfinite(offset) ? IMR_ERR_COX_OFFSET : IMR_ERR_NONFINITE,
                    "offset", (int64_t) i, offset);
            }
            self->offset[i] = offset;
        }
        self->event[i] = event;
        if (self->weight != NULL && self->weight[i] == 0) {
            continue;
        }
        count = self->weight == NULL || sampling ? 1 : (int64_t) self->weight[i];
        self->patients += count;
        self->events += event ? count : 0;
        self->kept[self->n++] = (uint32_t) i;
    }
    if (self->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_WEIGHT, "weights", -1, NAN);
    }
    return self->events > 0 ? IMR_OK : imr_fault(fault, IMR_ERR_COX_NO_EVENT, "event", -1, NAN);
}

/* --- sorting ------------------------------------------------------------------------------------ */

/* order: the rows that count, from the last value to the first; `days` says that all values are whole
 * days up to last_day. */
static int
order_descending(imr_cox_columns_t *self, const double *value, imr_fault_t *fault)
{
    size_t n = self->n;
    int status = IMR_ERR_NOMEM;

    if (self->whole_days && self->last_day < 4 * n) {
        size_t days = self->last_day + 1, at = 0;
        uint32_t *count = imr_calloc(days, sizeof(*count));

        if (count == NULL) {
            return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        }
        for (size_t i = 0; i < n; i++) {
            count[(size_t) value[self->kept[i]]]++;
        }
        for (size_t day = days; day-- > 0;) {
            uint32_t here = count[day];

            count[day] = (uint32_t) at;
            at += here;
        }
        for (size_t i = 0; i < n; i++) {
            self->order[count[(size_t) value[self->kept[i]]]++] = self->kept[i];
        }
        imr_free(count);
        return IMR_OK;
    }
    double *negative = imr_malloc(n, sizeof(double));
    if (negative != NULL) {
        for (size_t i = 0; i < n; i++) {
            negative[i] = -value[self->kept[i]];
        }
        status = imr_order(negative, n, "time", self->scratch, fault);
        for (size_t i = 0; i < n && status == IMR_OK; i++) {
            self->order[i] = self->kept[self->scratch[i]];
        }
        imr_free(negative);
    }
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, NULL, -1, NAN);
}

/* Sorts `order` by stratum, rows of one stratum keeping their order. */
static int
sort_by_stratum(imr_cox_columns_t *self, size_t strata, imr_fault_t *fault)
{
    size_t *count, at = 0, n = self->n;

    if (self->stratum == NULL) {
        return IMR_OK;
    }
    count = imr_calloc(strata, sizeof(*count));
    if (count == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < n; i++) {
        count[self->stratum[self->order[i]]]++;
    }
    for (size_t s = 0; s < strata; s++) {
        size_t here = count[s];

        count[s] = at;
        at += here;
    }
    for (size_t i = 0; i < n; i++) {
        self->scratch[count[self->stratum[self->order[i]]]++] = self->order[i];
    }
    memcpy(self->order, self->scratch, n * sizeof(*self->order));
    imr_free(count);
    return IMR_OK;
}

/* Puts the events of each time after its censored rows; returns how many times have events. */
static size_t
put_events_last(imr_cox_columns_t *self)
{
    size_t sets = 0, n = self->n;
    uint32_t *order = self->order;

    for (size_t i = 0, end; i < n; i = end) {
        double t = self->time[order[i]];
        int64_t stratum = imr_cox_stratum_of(self, order[i]);
        size_t events = 0, at = i;

        for (end = i; end < n && self->time[order[end]] == t
            && (self->stratum == NULL || imr_cox_stratum_of(self, order[end]) == stratum);
            end++) {
            if (self->event[order[end]]) {
                self->scratch[events++] = order[end];
            } else {
                order[at++] = order[end];
            }
        }
        memcpy(order + at, self->scratch, events * sizeof(*order));
        sets += events > 0;
    }
    return sets;
}

int
imr_cox_columns_init(imr_cox_columns_t *self, const imr_cox_data_t *data,
    const imr_cox_options_t *options, imr_fault_t *fault)
{
    int sampling = options->weights == IMR_COX_SAMPLING, status;
    uint32_t day = 0;

    memset(self, 0, sizeof(*self));
    self->strata = data->strata;
    status = allocate(self, data);
    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    status = imr_read_follow_up(data->time, data->entry, data->n, options->fix_ties, self->time,
        self->entry, &self->merged, fault);
    if (status == IMR_OK) {
        status = imr_read_weights(
            data->weight, data->n, sampling, IMR_ERR_COX_FRACTION, "weights", self->weight, fault);
    }
    if (status == IMR_OK) {
        status = read_rest(self, data, sampling, fault);
    }
    self->whole_days = status == IMR_OK && imr_whole_days(self->time, data->n, &self->last_day)
        && (self->entry == NULL || imr_whole_days(self->entry, data->n, &day));
    return status;
}

int
imr_cox_columns_by_time(imr_cox_columns_t *self, size_t *sets, imr_fault_t *fault)
{
    int status = order_descending(self, self->time, fault);

    if (status == IMR_OK) {
        status = sort_by_stratum(self, self->strata, fault);
    }
    if (status == IMR_OK) {
        *sets = put_events_last(self);
    }
    return status;
}

int
imr_cox_columns_by_entry(imr_cox_columns_t *self, imr_fault_t *fault)
{
    int status = order_descending(self, self->entry, fault);

    return status == IMR_OK ? sort_by_stratum(self, self->strata, fault) : status;
}
