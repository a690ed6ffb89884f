#include "survival/kaplan_meier_rows.h"

#include <math.h>
#include <string.h>

#include "base/compensated.h"
#include "base/follow_up.h"
#include "base/mem.h"
#include "base/order.h"
#include "survival/kaplan_meier_robust.h"

/* The rows of one call, read and checked once. */
typedef struct {
    double *exit;
    double *entry; /* NULL without */
    double *weight; /* NULL without */
    uint8_t *event; /* 2 where the row is left out */
    uint32_t *order; /* rows by time, scratch */
    uint32_t *by_exit; /* the rows kept, by group and time */
    uint32_t *by_entry;
    size_t *group_begin; /* groups + 1 */
    int64_t merged;
} rows_t;

static void
rows_free(rows_t *rows)
{
    imr_free(rows->exit);
    imr_free(rows->entry);
    imr_free(rows->weight);
    imr_free(rows->event);
    imr_free(rows->order);
    imr_free(rows->by_exit);
    imr_free(rows->by_entry);
    imr_free(rows->group_begin);
}

static int
rows_allocate(rows_t *rows, const imr_kaplan_meier_data_t *data, size_t groups)
{
    size_t n = data->n;

    rows->exit = imr_malloc(n, sizeof(double));
    rows->entry = data->entry == NULL ? NULL : imr_malloc(n, sizeof(double));
    rows->weight = data->weight == NULL ? NULL : imr_malloc(n, sizeof(double));
    rows->event = imr_malloc(n, 1);
    rows->order = imr_malloc(n, sizeof(uint32_t));
    rows->by_exit = imr_malloc(n, sizeof(uint32_t));
    rows->by_entry = data->entry == NULL ? NULL : imr_malloc(n, sizeof(uint32_t));
    rows->group_begin = imr_calloc(groups + 1, sizeof(size_t));
    return rows->exit == NULL || (data->entry != NULL && rows->entry == NULL)
            || (data->weight != NULL && rows->weight == NULL) || rows->event == NULL
            || rows->order == NULL || rows->by_exit == NULL
            || (data->entry != NULL && rows->by_entry == NULL) || rows->group_begin == NULL
        ? IMR_ERR_NOMEM
        : IMR_OK;
}

static int
read_codes(rows_t *rows, const imr_kaplan_meier_data_t *data, int reverse, imr_fault_t *fault)
{
    for (size_t i = 0; i < data->n; i++) {
        uint8_t event = data->event[i];

        if (event > 1) {
            return imr_fault(fault, IMR_ERR_EVENT, "event", (int64_t) i, event);
        }
        if (data->cluster != NULL
            && (data->cluster[i] < 0 || (uint64_t) data->cluster[i] >= data->clusters)) {
            return imr_fault(
                fault, IMR_ERR_CODE, "cluster", (int64_t) i, (double) data->cluster[i]);
        }
        if (data->group != NULL
            && (data->group[i] < 0 || (uint64_t) data->group[i] >= data->groups)) {
            return imr_fault(fault, IMR_ERR_CODE, "group", (int64_t) i, (double) data->group[i]);
        }
        rows->event[i] = (uint8_t) (event ^ !!reverse);
    }
    return IMR_OK;
}

/* The rows that are kept, stable by group: sorted[group_begin[g]] is the first of group g. */
static void
sort_by_group(
    const rows_t *rows, const imr_kaplan_meier_data_t *data, size_t groups, uint32_t *sorted)
{
    size_t *begin = rows->group_begin;
    size_t at = 0;

    memset(begin, 0, (groups + 1) * sizeof(*begin));
    for (size_t i = 0; i < data->n; i++) {
        if (rows->event[i] < 2) {
            begin[data->group == NULL ? 0 : data->group[i]]++;
        }
    }
    for (size_t g = 0; g <= groups; g++) {
        size_t here = begin[g];

        begin[g] = at;
        at += here;
    }
    for (size_t i = 0; i < data->n; i++) {
        uint32_t row = rows->order[i];

        if (rows->event[row] < 2) {
            sorted[begin[data->group == NULL ? 0 : data->group[row]]++] = row;
        }
    }
    for (size_t g = groups; g > 0; g--) { /* each begin has moved to the end of its group */
        begin[g] = begin[g - 1];
    }
    begin[0] = 0;
}

static int
read_rows(rows_t *rows, const imr_kaplan_meier_data_t *data,
    const imr_kaplan_meier_options_t *options, size_t groups, imr_fault_t *fault)
{
    int status = imr_read_follow_up(data->time, data->entry, data->n, options->fix_ties, rows->exit,
        rows->entry, &rows->merged, fault);

    if (status == IMR_OK) {
        status = imr_read_weights(data->weight, data->n, options->variance == IMR_KM_ROBUST,
            IMR_ERR_WEIGHT_FRACTION, "weights", rows->weight, fault);
    }
    if (status == IMR_OK) {
        status = read_codes(rows, data, options->reverse, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    for (size_t i = 0; i < data->n; i++) {
        if (rows->exit[i] < options->start_time || (rows->weight != NULL && rows->weight[i] == 0)) {
            rows->event[i] = 2;
        }
    }
    if (rows->entry != NULL) {
        status = imr_order(rows->entry, data->n, "entry", rows->order, fault);
        if (status != IMR_OK) {
            return status;
        }
        sort_by_group(rows, data, groups, rows->by_entry);
    }
    status = imr_order(rows->exit, data->n, "time", rows->order, fault);
    if (status == IMR_OK) {
        sort_by_group(rows, data, groups, rows->by_exit);
    }
    return status;
}

/* Distinct values among value[row[0..n-1]], which ascend. */
static size_t
count_distinct(const double *value, const uint32_t *row, size_t n)
{
    size_t distinct = 0;

    for (size_t i = 0; i < n; i++) {
        distinct += i == 0 || value[row[i]] != value[row[i - 1]];
    }
    return distinct;
}

/* Patients at risk: how many, and with sampling weights the sum of these. */
typedef struct {
    int64_t count;
    imr_sum_t weight;
} present_t;

static void
change(present_t *present, const rows_t *rows, int weighted, uint32_t row, int sign)
{
    double weight = rows->weight == NULL ? 1 : rows->weight[row];

    present->count += weighted ? sign : sign * (int64_t) weight;
    present->weight = imr_sum_add(present->weight, sign * weight);
}

static void
fill_entries(
    imr_kaplan_meier_t *self, const rows_t *rows, int weighted, const uint32_t *by_entry, size_t n)
{
    present_t entered = { 0, { 0, 0 } };
    size_t j = 0;

    for (size_t i = 0; i < n; i++) {
        change(&entered, rows, weighted, by_entry[i], 1);
        if (i + 1 == n || rows->entry[by_entry[i + 1]] != rows->entry[by_entry[i]]) {
            self->entry_time[j] = rows->entry[by_entry[i]];
            self->entered[j++] = entered.count;
        }
    }
}

static void
fill_counts(imr_kaplan_meier_t *self, const rows_t *rows, int weighted, const uint32_t *by_exit,
    const uint32_t *by_entry, size_t n)
{
    present_t present = { 0, { 0, 0 } };
    size_t coming = 0, i = 0;

    for (size_t j = 0; j < self->n; j++) {
        double t = rows->exit[by_exit[i]];
        present_t events = { 0, { 0, 0 } }, all = { 0, { 0, 0 } };

        for (; coming < n; coming++) {
            uint32_t row = by_entry == NULL ? by_exit[coming] : by_entry[coming];

            if (by_entry != NULL && !(rows->entry[row] < t)) {
                break;
            }
            change(&present, rows, weighted, row, 1);
        }
        self->time[j] = t;
        self->at_risk[j] = present.count;
        if (weighted) {
            self->weighted_at_risk[j] = present.weight.high;
        }
        for (; i < n && rows->exit[by_exit[i]] == t; i++) {
            change(&all, rows, weighted, by_exit[i], 1);
            change(&present, rows, weighted, by_exit[i], -1);
            if (rows->event[by_exit[i]]) {
                change(&events, rows, weighted, by_exit[i], 1);
            }
        }
        self->events[j] = events.count;
        self->censored[j] = all.count - events.count;
        if (weighted) {
            self->weighted_events[j] = events.weight.high;
        }
        self->patients += by_entry == NULL ? 0 : all.count;
    }
    if (by_entry == NULL) {
        self->patients = self->at_risk[0];
    }
}

/* How many of the curve's times are at or before t. */
static size_t
times_until(const imr_kaplan_meier_t *self, double t)
{
    size_t low = 0, high = self->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (self->time[middle] <= t) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void
fill_members(imr_kaplan_meier_t *self, const rows_t *rows, const imr_kaplan_meier_data_t *data,
    const uint32_t *by_exit)
{
    size_t j = 0;

    for (size_t i = 0; i < self->members; i++) {
        uint32_t row = by_exit[i];

        while (self->time[j] < rows->exit[row]) {
            j++;
        }
        self->member_first[i] =
            rows->entry == NULL ? 0 : (int64_t) times_until(self, rows->entry[row]);
        self->member_last[i] = (int64_t) j;
        self->member_event[i] = rows->event[row];
        self->member_weight[i] = rows->weight == NULL ? 1 : rows->weight[row];
        self->member_cluster[i] = data->cluster == NULL ? (int64_t) i : data->cluster[row];
    }
}

static int
fill_group(imr_kaplan_meier_t *self, const rows_t *rows, const imr_kaplan_meier_data_t *data,
    const imr_kaplan_meier_options_t *options, size_t g, imr_fault_t *fault)
{
    size_t begin = rows->group_begin[g], n = rows->group_begin[g + 1] - begin;
    const uint32_t *by_exit = rows->by_exit + begin;
    const uint32_t *by_entry = rows->by_entry == NULL ? NULL : rows->by_entry + begin;
    int robust = options->variance == IMR_KM_ROBUST;
    imr_kaplan_meier_shape_t shape = { 0 };

    shape.n = count_distinct(rows->exit, by_exit, n);
    shape.entries = by_entry == NULL ? 0 : count_distinct(rows->entry, by_entry, n);
    shape.members = robust ? n : 0;
    shape.weighted = robust && data->weight != NULL;
    if (imr_kaplan_meier_allocate(self, &shape) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->merged = rows->merged;
    fill_counts(self, rows, shape.weighted, by_exit, by_entry, n);
    if (by_entry != NULL) {
        fill_entries(self, rows, shape.weighted, by_entry, n);
    }
    for (size_t j = self->n - 1; j > 0 && options->form == IMR_KM_PRODUCT_LIMIT; j--) {
        if (self->events[j - 1] == self->at_risk[j - 1]) {
            self->collapse = (int64_t) j - 1;
        }
    }
    if (!robust) {
        return IMR_OK;
    }
    fill_members(self, rows, data, by_exit);
    return imr_kaplan_meier_robust_errors(
        self, options->form, data->cluster == NULL ? n : data->clusters, fault);
}

/* Why a group has no rows left: none are in it, all weigh 0, or are followed up too shortly. */
static int
refuse_empty_group(const rows_t *rows, const imr_kaplan_meier_data_t *data,
    const imr_kaplan_meier_options_t *options, size_t g, imr_fault_t *fault)
{
    int has_rows = 0;

    for (size_t i = 0; i < data->n; i++) {
        if (data->group == NULL || (uint64_t) data->group[i] == g) {
            has_rows = 1;
            if (rows->exit[i] < options->start_time) {
                return imr_fault(fault, IMR_ERR_START_TIME, "start_time", -1, options->start_time);
            }
        }
    }
    return has_rows ? imr_fault(fault, IMR_ERR_NO_WEIGHT, "weights", -1, NAN)
                    : imr_fault(fault, IMR_ERR_NO_PATIENT, "group", -1, NAN);
}

int
imr_kaplan_meier_rows(const imr_kaplan_meier_data_t *data,
    const imr_kaplan_meier_options_t *options, size_t groups, imr_kaplan_meier_t *curves,
    imr_fault_t *fault)
{
    rows_t rows = { 0 };
    int status = rows_allocate(&rows, data, groups);

    if (status != IMR_OK) {
        imr_fault(fault, status, NULL, -1, NAN);
        goto out;
    }
    status = read_rows(&rows, data, options, groups, fault);
    for (size_t g = 0; g < groups && status == IMR_OK; g++) {
        status = rows.group_begin[g] == rows.group_begin[g + 1]
            ? refuse_empty_group(&rows, data, options, g, fault)
            : fill_group(curves + g, &rows, data, options, g, fault);
    }
out:
    rows_free(&rows);
    return status;
}
