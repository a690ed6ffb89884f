#include "survival/logrank_rows.h"

#include <math.h>
#include <string.h>

#include "base/follow_up.h"
#include "base/mem.h"
#include "base/order.h"

#define COUNT_FROM 256 /* from so many rows on, whole days are counted */
#define CELLS_PER_ROW 8 /* but not when the cells are many more than the rows */

/* Bits of a label: the group above the event. */
static int
label_bits(size_t groups)
{
    int bits = 1;

    while ((size_t) 1 << (bits - 1) < groups) {
        bits++;
    }
    return bits;
}

/* The first row with an event other than 0 and 1 or a group that is none, as a fault. */
static int
refuse_label(const imr_logrank_data_t *data, imr_fault_t *fault)
{
    for (size_t i = 0; i < data->n; i++) {
        if (data->event[i] > 1) {
            return imr_fault(fault, IMR_ERR_EVENT, "event", (int64_t) i, data->event[i]);
        }
        if (data->group[i] >= data->groups) {
            break;
        }
    }
    for (size_t i = 0; i < data->n; i++) {
        if (data->group[i] >= data->groups) {
            return imr_fault(fault, IMR_ERR_CODE, "group", (int64_t) i, data->group[i]);
        }
    }
    /* another thread has changed the row meanwhile */
    return imr_fault(fault, IMR_ERR_EVENT, "event", -1, NAN);
}

static void
set_patients(const double *count, size_t groups, int64_t *patients)
{
    for (size_t g = 0; g < groups; g++) {
        patients[g] = (int64_t) count[g];
    }
}

/* --- whole days -------------------------------------------------------------------------------- */

static void
visit_days(const uint32_t *counts, size_t days, int bits, size_t groups, imr_logrank_visit_t visit,
    void *context, int64_t *patients)
{
    double at_risk[IMR_LOGRANK_MOST_GROUPS] = { 0 }, events[IMR_LOGRANK_MOST_GROUPS];
    imr_logrank_table_t table = { .at_risk = at_risk, .events = events };

    for (size_t day = 0; day < days; day++) {
        const uint32_t *cell = counts + (day << bits);

        for (size_t g = 0; g < groups; g++) {
            at_risk[g] += (double) cell[2 * g] + (double) cell[2 * g + 1];
        }
    }
    set_patients(at_risk, groups, patients);
    for (size_t g = 0; g < groups; g++) {
        table.all_at_risk += at_risk[g];
    }
    for (size_t day = 0; day < days; day++) {
        const uint32_t *cell = counts + (day << bits);
        double leave = 0;

        table.all_events = 0;
        for (size_t g = 0; g < groups; g++) {
            events[g] = cell[2 * g + 1];
            table.all_events += events[g];
            leave += (double) cell[2 * g] + events[g];
        }
        if (table.all_events > 0) {
            table.time = (double) day;
            visit(context, &table);
        }
        for (size_t g = 0; g < groups && leave > 0; g++) {
            at_risk[g] -= (double) cell[2 * g] + events[g];
        }
        table.all_at_risk -= leave;
    }
}

/* *swept is 0, and nothing has been visited, when the times are no whole days or not worth
 * counting. Whole days below 65536 are too far apart to be merged. */
static int
sweep_days(const imr_logrank_data_t *data, imr_logrank_visit_t visit, void *context,
    int64_t *patients, int *swept, imr_fault_t *fault)
{
    int bits = label_bits(data->groups), status = IMR_OK;
    uint8_t *label = NULL, events = 0, others = 0;
    uint32_t *counts = NULL, max_day;
    size_t days;

    *swept = 0;
    if (data->n < COUNT_FROM || !imr_whole_days(data->time, data->n, &max_day)) {
        return IMR_OK;
    }
    days = (size_t) max_day + 1;
    if ((days << bits) / CELLS_PER_ROW > data->n) {
        return IMR_OK;
    }
    label = imr_malloc(data->n, 1);
    counts = imr_malloc(2 * (days << bits), sizeof(*counts));
    if (label == NULL || counts == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    for (size_t i = 0; i < data->n; i++) {
        uint8_t event = data->event[i], group = data->group[i];

        label[i] = (uint8_t) (group << 1 | event);
        events |= event;
        others |= (uint8_t) (group >= data->groups);
    }
    if (events > 1 || others) {
        status = refuse_label(data, fault);
        goto out;
    }
    status = imr_count_days(data->time, label, data->n, bits, days, counts, swept, fault);
    if (status == IMR_OK && *swept) {
        visit_days(counts, days, bits, data->groups, visit, context, patients);
    }
out:
    imr_free(label);
    imr_free(counts);
    return status;
}

/* --- keys -------------------------------------------------------------------------------------- */

/* The distinct times of sorted keys, in order. Returns how many there are. */
static size_t
distinct_times(
    const uint64_t *keys, size_t n, const imr_time_range_t *range, int bits, double *time)
{
    size_t distinct = 0;

    for (size_t i = 0; i < n; i++) {
        if (i == 0 || keys[i] >> bits != keys[i - 1] >> bits) {
            time[distinct++] = imr_packed_time(range, keys[i], bits);
        }
    }
    return distinct;
}

/* time[j] is what the j-th distinct time of the keys has become. */
static void
visit_keys(const uint64_t *keys, size_t n, const double *time, size_t distinct, int bits,
    imr_logrank_visit_t visit, void *context, double *at_risk)
{
    double events[IMR_LOGRANK_MOST_GROUPS] = { 0 };
    imr_logrank_table_t table = { .at_risk = at_risk, .events = events };
    uint64_t mask = ((uint64_t) 1 << bits) - 1;
    size_t begin = 0, i = 0;

    for (size_t j = 0; j < distinct; begin = i) {
        size_t first = j;

        table.time = time[j];
        table.all_at_risk = (double) (n - begin);
        table.all_events = 0;
        do { /* one distinct time, and those that have become it */
            uint64_t head = keys[i] >> bits;

            do {
                uint64_t label = keys[i] & mask;
                double event = (double) (label & 1);

                events[label >> 1] += event;
                table.all_events += event;
                i++;
            } while (i < n && keys[i] >> bits == head);
            j++;
        } while (j < distinct && time[j] == time[first]);
        if (table.all_events > 0) {
            visit(context, &table);
        }
        for (size_t k = begin; k < i; k++) {
            uint64_t group = (keys[k] & mask) >> 1;

            at_risk[group]--;
            events[group] = 0;
        }
    }
}

int
imr_logrank_sweep_keys(const imr_logrank_data_t *data, int fix_ties, uint64_t *buffer,
    imr_logrank_visit_t visit, void *context, int64_t *patients, int64_t *merged, int *swept,
    imr_fault_t *fault)
{
    size_t n = data->n, groups = data->groups, distinct;
    double at_risk[IMR_LOGRANK_MOST_GROUPS] = { 0 }, *time;
    int bits = label_bits(groups), status;
    uint64_t *sorted, mask = ((uint64_t) 1 << bits) - 1;
    unsigned events = 0, others = 0;
    imr_time_range_t range;

    *swept = 0;
    *merged = 0;
    status = imr_read_times(data->time, n, "time", buffer, &range, fault);
    if (status != IMR_OK || imr_payload_bits(&range) < bits) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned event = data->event[i], group = data->group[i];

        events |= event;
        others |= group >= groups;
        buffer[i] = imr_pack_key(&range, buffer[i], (group << 1 | event) & mask, bits);
    }
    if (events > 1 || others) {
        return refuse_label(data, fault);
    }
    for (size_t i = 0; i < n; i++) {
        at_risk[(buffer[i] & mask) >> 1]++;
    }
    set_patients(at_risk, groups, patients);
    sorted = imr_sort_keys(buffer, buffer + n, n);
    time = (double *) (sorted == buffer ? buffer + n : buffer);
    distinct = distinct_times(sorted, n, &range, bits, time);
    if (fix_ties) {
        *merged = (int64_t) imr_merge_ties(time, distinct, time);
    }
    visit_keys(sorted, n, time, distinct, bits, visit, context, at_risk);
    *swept = 1;
    return IMR_OK;
}

static int
sweep_sorted(const imr_logrank_data_t *data, int fix_ties, imr_logrank_visit_t visit, void *context,
    int64_t *patients, int64_t *merged, int *swept, imr_fault_t *fault)
{
    uint64_t *buffer = imr_malloc(2 * data->n, sizeof(*buffer));
    int status;

    if (buffer == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    status = imr_logrank_sweep_keys(
        data, fix_ties, buffer, visit, context, patients, merged, swept, fault);
    imr_free(buffer);
    return status;
}

/* --- rows in general --------------------------------------------------------------------------- */

void
imr_logrank_rows_free(imr_logrank_rows_t *self)
{
    imr_free(self->time);
    imr_free(self->entry);
    imr_free(self->weight);
    imr_free(self->event);
    imr_free(self->group);
    imr_free(self->order);
    imr_free(self->by_time);
    imr_free(self->by_entry);
    imr_free(self->begin);
    memset(self, 0, sizeof(*self));
}

static int
allocate(imr_logrank_rows_t *self, const imr_logrank_data_t *data)
{
    size_t n = data->n;
    int entries = data->entry != NULL, weights = data->weight != NULL;

    self->time = imr_malloc(n, sizeof(double));
    self->entry = entries ? imr_malloc(n, sizeof(double)) : NULL;
    self->weight = weights ? imr_malloc(n, sizeof(double)) : NULL;
    self->event = imr_malloc(n, 1);
    self->group = imr_malloc(n, 1);
    self->order = imr_malloc(n, sizeof(uint32_t));
    self->by_time = imr_malloc(n, sizeof(uint32_t));
    self->by_entry = entries ? imr_malloc(n, sizeof(uint32_t)) : NULL;
    self->begin = imr_calloc(self->strata + 1, sizeof(size_t));
    return self->time == NULL || (entries && (self->entry == NULL || self->by_entry == NULL))
            || (weights && self->weight == NULL) || self->event == NULL || self->group == NULL
            || self->order == NULL || self->by_time == NULL || self->begin == NULL
        ? IMR_ERR_NOMEM
        : IMR_OK;
}

static int
read_weights(imr_logrank_rows_t *self, const imr_logrank_data_t *data, imr_fault_t *fault)
{
    int status = imr_read_weights(
        data->weight, data->n, 0, IMR_ERR_FREQUENCY, "case_weights", self->weight, fault);

    if (status != IMR_OK || data->weight == NULL) {
        return status;
    }
    for (size_t i = 0; i < data->n; i++) {
        if (self->weight[i] > 0) {
            return IMR_OK;
        }
    }
    return imr_fault(fault, IMR_ERR_NO_WEIGHT, "case_weights", -1, NAN);
}

static int
read_codes(imr_logrank_rows_t *self, const imr_logrank_data_t *data, imr_fault_t *fault)
{
    for (size_t i = 0; i < data->n; i++) {
        self->event[i] = data->event[i];
        self->group[i] = data->group[i];
        if (self->event[i] > 1 || self->group[i] >= self->groups) {
            return refuse_label(data, fault);
        }
        if (data->stratum != NULL
            && (data->stratum[i] < 0 || (uint64_t) data->stratum[i] >= self->strata)) {
            return imr_fault(fault, IMR_ERR_CODE, "strata", (int64_t) i, (double) data->stratum[i]);
        }
    }
    return IMR_OK;
}

/* The rows that are kept, stable by stratum. */
static void
sort_by_stratum(imr_logrank_rows_t *self, const imr_logrank_data_t *data, uint32_t *sorted)
{
    size_t *begin = self->begin;
    size_t at = 0;

    memset(begin, 0, (self->strata + 1) * sizeof(*begin));
    for (size_t i = 0; i < data->n; i++) {
        if (self->weight == NULL || self->weight[i] > 0) {
            begin[data->stratum == NULL ? 0 : data->stratum[i]]++;
        }
    }
    for (size_t s = 0; s <= self->strata; s++) {
        size_t here = begin[s];

        begin[s] = at;
        at += here;
    }
    for (size_t i = 0; i < data->n; i++) {
        uint32_t row = self->order[i];

        if (self->weight == NULL || self->weight[row] > 0) {
            sorted[begin[data->stratum == NULL ? 0 : data->stratum[row]]++] = row;
        }
    }
    for (size_t s = self->strata; s > 0; s--) { /* each begin has moved to the end of its stratum */
        begin[s] = begin[s - 1];
    }
    begin[0] = 0;
}

static int
read_rows(
    imr_logrank_rows_t *self, const imr_logrank_data_t *data, int fix_ties, imr_fault_t *fault)
{
    int status = imr_read_follow_up(
        data->time, data->entry, data->n, fix_ties, self->time, self->entry, &self->merged, fault);

    if (status == IMR_OK) {
        status = read_weights(self, data, fault);
    }
    if (status == IMR_OK) {
        status = read_codes(self, data, fault);
    }
    if (status == IMR_OK && self->entry != NULL) {
        status = imr_order(self->entry, data->n, "entry", self->order, fault);
        if (status == IMR_OK) {
            sort_by_stratum(self, data, self->by_entry);
        }
    }
    if (status == IMR_OK) {
        status = imr_order(self->time, data->n, "time", self->order, fault);
    }
    if (status == IMR_OK) {
        sort_by_stratum(self, data, self->by_time);
    }
    return status;
}

int
imr_logrank_rows_init(
    imr_logrank_rows_t *self, const imr_logrank_data_t *data, int fix_ties, imr_fault_t *fault)
{
    int status;

    memset(self, 0, sizeof(*self));
    self->groups = data->groups;
    self->strata = data->stratum == NULL ? 1 : data->strata;
    status = allocate(self, data);
    if (status != IMR_OK) {
        imr_fault(fault, status, NULL, -1, NAN);
    } else {
        status = read_rows(self, data, fix_ties, fault);
    }
    if (status != IMR_OK) {
        imr_logrank_rows_free(self);
    }
    return status;
}

static double
weight_of(const imr_logrank_rows_t *self, uint32_t row)
{
    return self->weight == NULL ? 1 : self->weight[row];
}

static void
visit_stratum(
    const imr_logrank_rows_t *self, size_t stratum, imr_logrank_visit_t visit, void *context)
{
    size_t end = self->begin[stratum + 1], coming = self->begin[stratum], i = coming;
    const uint32_t *arrivals = self->by_entry == NULL ? self->by_time : self->by_entry;
    double at_risk[IMR_LOGRANK_MOST_GROUPS] = { 0 }, events[IMR_LOGRANK_MOST_GROUPS] = { 0 };
    imr_logrank_table_t table = { .stratum = stratum, .at_risk = at_risk, .events = events };

    while (i < end) {
        double time = self->time[self->by_time[i]];
        size_t begin = i;

        for (; coming < end; coming++) {
            uint32_t row = arrivals[coming];

            if (self->entry != NULL && !(self->entry[row] < time)) {
                break;
            }
            at_risk[self->group[row]] += weight_of(self, row);
            table.all_at_risk += weight_of(self, row);
        }
        table.time = time;
        table.all_events = 0;
        for (; i < end && self->time[self->by_time[i]] == time; i++) {
            uint32_t row = self->by_time[i];

            if (self->event[row]) {
                events[self->group[row]] += weight_of(self, row);
                table.all_events += weight_of(self, row);
            }
        }
        if (table.all_events > 0) {
            visit(context, &table);
        }
        for (size_t k = begin; k < i; k++) {
            uint32_t row = self->by_time[k];

            events[self->group[row]] = 0;
            at_risk[self->group[row]] -= weight_of(self, row);
            table.all_at_risk -= weight_of(self, row);
        }
    }
}

void
imr_logrank_rows_sweep(
    const imr_logrank_rows_t *self, imr_logrank_visit_t visit, void *context, int64_t *patients)
{
    double count[IMR_LOGRANK_MOST_GROUPS] = { 0 };

    for (size_t i = 0; i < self->begin[self->strata]; i++) {
        uint32_t row = self->by_time[i];

        count[self->group[row]] += weight_of(self, row);
    }
    set_patients(count, self->groups, patients);
    for (size_t s = 0; s < self->strata; s++) {
        visit_stratum(self, s, visit, context);
    }
}

/* --- the one entry ----------------------------------------------------------------------------- */

int
imr_logrank_sweep(const imr_logrank_data_t *data, int fix_ties, imr_logrank_visit_t visit,
    void *context, int64_t *patients, int64_t *merged, imr_fault_t *fault)
{
    imr_logrank_rows_t rows;
    int swept = 0, status = IMR_OK;

    *merged = 0;
    if (data->entry == NULL && data->weight == NULL && data->stratum == NULL) {
        status = sweep_days(data, visit, context, patients, &swept, fault);
        if (status == IMR_OK && !swept) {
            status = sweep_sorted(data, fix_ties, visit, context, patients, merged, &swept, fault);
        }
    }
    if (status != IMR_OK || swept) {
        return status;
    }
    status = imr_logrank_rows_init(&rows, data, fix_ties, fault);
    if (status == IMR_OK) {
        imr_logrank_rows_sweep(&rows, visit, context, patients);
        *merged = rows.merged;
        imr_logrank_rows_free(&rows);
    }
    return status;
}
