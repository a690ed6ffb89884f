#include "survival/kaplan_meier.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "survival/kaplan_meier_curve.h"
#include "survival/kaplan_meier_rows.h"

#define COUNT_FROM 256 /* from so many rows on, whole days are counted */
#define DAYS_PER_ROW 8 /* but not when the days are many more than the rows */

/* --- the block of columns ---------------------------------------------------------------------- */

static void *
take(char **at, size_t count)
{
    void *column = *at;

    *at += count * 8;
    return column;
}

size_t
imr_kaplan_meier_words(const imr_kaplan_meier_shape_t *shape)
{
    return (shape->weighted ? 12 : 10) * shape->n + 2 * shape->entries + 5 * shape->members;
}

void
imr_kaplan_meier_place(imr_kaplan_meier_t *self, const imr_kaplan_meier_shape_t *shape, void *block)
{
    size_t n = shape->n;
    char *at = block;

    memset(self, 0, sizeof(*self));
    self->block = block;
    self->n = n;
    self->collapse = -1;
    self->time = take(&at, n);
    self->at_risk = take(&at, n);
    self->events = take(&at, n);
    self->censored = take(&at, n);
    self->estimate = take(&at, n);
    self->std_error = take(&at, n);
    self->low = take(&at, n);
    self->high = take(&at, n);
    self->cumulative_hazard = take(&at, n);
    self->cumulative_hazard_std_error = take(&at, n);
    if (shape->weighted) {
        self->weighted_at_risk = take(&at, n);
        self->weighted_events = take(&at, n);
    }
    self->entries = shape->entries;
    self->entry_time = take(&at, shape->entries);
    self->entered = take(&at, shape->entries);
    self->members = shape->members;
    self->member_first = take(&at, shape->members);
    self->member_last = take(&at, shape->members);
    self->member_event = take(&at, shape->members);
    self->member_weight = take(&at, shape->members);
    self->member_cluster = take(&at, shape->members);
}

int
imr_kaplan_meier_allocate(imr_kaplan_meier_t *self, const imr_kaplan_meier_shape_t *shape)
{
    void *block = imr_malloc(imr_kaplan_meier_words(shape), 8);

    if (block == NULL) {
        memset(self, 0, sizeof(*self));
        return IMR_ERR_NOMEM;
    }
    imr_kaplan_meier_place(self, shape, block);
    return IMR_OK;
}

void
imr_kaplan_meier_free(imr_kaplan_meier_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- one patient a row, followed from the start ------------------------------------------------ */

/* Fills the curve from counts[2 * day + event] of `days` days, those before `from` left out. */
static int
curve_of_days(const uint32_t *counts, size_t from, size_t days, int reverse, size_t n,
    imr_kaplan_meier_t *self)
{
    imr_kaplan_meier_shape_t shape = { 0 };
    int64_t left = (int64_t) n;
    size_t j = 0;

    for (size_t day = 0; day < days; day++) {
        int64_t here = (int64_t) counts[2 * day] + counts[2 * day + 1];

        shape.n += day >= from && here > 0;
        left -= day < from ? here : 0;
    }
    if (shape.n == 0) {
        return IMR_ERR_START_TIME;
    }
    if (imr_kaplan_meier_allocate(self, &shape) != IMR_OK) {
        return IMR_ERR_NOMEM;
    }
    self->patients = left;
    for (size_t day = from; day < days; day++) {
        int64_t events = counts[2 * day + !reverse], censored = counts[2 * day + !!reverse];

        if (events + censored > 0) {
            self->time[j] = (double) day;
            self->at_risk[j] = left;
            self->events[j] = events;
            self->censored[j++] = censored;
            left -= events + censored;
        }
    }
    return IMR_OK;
}

/* *counted is 0 when the times are no whole days, or not worth counting. */
static int
fit_days(const imr_kaplan_meier_data_t *data, const imr_kaplan_meier_options_t *options,
    imr_kaplan_meier_t *self, int *counted, imr_fault_t *fault)
{
    uint32_t *counts = NULL, max_day;
    size_t days, from = 0;
    int status;

    *counted = 0;
    if (data->n < COUNT_FROM || !imr_whole_days(data->time, data->n, &max_day)) {
        return IMR_OK;
    }
    days = (size_t) max_day + 1;
    if (days / DAYS_PER_ROW > data->n) {
        return IMR_OK;
    }
    counts = imr_malloc(4 * days, sizeof(*counts));
    if (counts == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    status = imr_count_days(data->time, data->event, data->n, 1, days, counts, counted, fault);
    if (status == IMR_OK && *counted) {
        if (options->start_time > 0) {
            from = options->start_time < (double) days ? (size_t) ceil(options->start_time) : days;
        }
        status = curve_of_days(counts, from, days, options->reverse, data->n, self);
        if (status == IMR_ERR_START_TIME) {
            imr_fault(fault, status, "start_time", -1, options->start_time);
        } else if (status != IMR_OK) {
            imr_fault(fault, status, NULL, -1, NAN);
        }
    }
    imr_free(counts);
    return status;
}

/* The distinct times of sorted keys, merged where they differ by rounding, from start_time on. time may
 * lie in the same block as the keys, before them. Returns how many there are. */
static size_t
distinct_times(const uint64_t *keys, size_t n, const imr_time_range_t *range,
    const imr_kaplan_meier_options_t *options, double *time, int64_t *merged)
{
    size_t distinct = 0, rows = 0;

    for (size_t i = 0; i < n; i++) {
        if (i == 0 || keys[i] >> 1 != keys[i - 1] >> 1) {
            time[distinct++] = imr_packed_time(range, keys[i], 1);
        }
    }
    *merged = options->fix_ties ? (int64_t) imr_merge_ties(time, distinct, time) : 0;
    for (size_t i = 0; i < distinct; i++) {
        if ((rows == 0 || time[i] != time[rows - 1]) && !(time[i] < options->start_time)) {
            time[rows++] = time[i];
        }
    }
    return rows;
}

/* Fills the columns of counts from sorted keys of n patients with the curve's times, of which those
 * before the first row have been left out. */
static void
counts_of_keys(
    const uint64_t *keys, size_t n, const imr_time_range_t *range, imr_kaplan_meier_t *self)
{
    int64_t left = (int64_t) n;
    size_t i = 0;

    for (size_t j = 0; j < self->n; j++) {
        int64_t censored = 0, all = 0;
        int last = j + 1 == self->n;
        double next = last ? 0 : self->time[j + 1];

        do {
            censored += (int64_t) (keys[i++] & 1);
            all++;
        } while (i < n && (last || imr_packed_time(range, keys[i], 1) < next));
        self->at_risk[j] = left;
        self->events[j] = all - censored;
        self->censored[j] = censored;
        left -= all;
    }
}

/* A block larger than the curve needs by half is changed for one that fits. */
static int
fit_block(imr_kaplan_meier_t *self, size_t words)
{
    imr_kaplan_meier_shape_t shape = { .n = self->n };
    imr_kaplan_meier_t fitting;

    if (imr_kaplan_meier_words(&shape) > words / 3 * 2) {
        return IMR_OK;
    }
    if (imr_kaplan_meier_allocate(&fitting, &shape) != IMR_OK) {
        return IMR_ERR_NOMEM;
    }
    memcpy(fitting.time, self->time, 4 * self->n * sizeof(*self->time)); /* and the counts */
    fitting.patients = self->patients;
    fitting.merged = self->merged;
    imr_kaplan_meier_free(self);
    *self = fitting;
    return IMR_OK;
}

/* The keys are sorted at the end of the block that becomes the curve, where its last columns will be:
 * a curve of many patients then takes no memory but its own. */
static int
fit_keys(const imr_kaplan_meier_data_t *data, const imr_kaplan_meier_options_t *options,
    imr_kaplan_meier_t *self, imr_fault_t *fault)
{
    imr_kaplan_meier_shape_t shape = { .n = data->n };
    size_t n = data->n, words = imr_kaplan_meier_words(&shape), before = 0;
    uint64_t *block = imr_malloc(words, sizeof(*block)), *keys, *sorted;
    imr_time_range_t range;
    int64_t merged;
    int status;

    if (block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    keys = block + words - 2 * n;
    status = imr_read_times(data->time, n, "time", keys, &range, fault);
    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        uint8_t event = data->event[i];

        if (event > 1) {
            status = imr_fault(fault, IMR_ERR_EVENT, "event", (int64_t) i, event);
        }
        keys[i] = imr_pack_key(&range, keys[i], (uint64_t) (event == !!options->reverse), 1);
    }
    if (status != IMR_OK) {
        imr_free(block);
        return status;
    }
    sorted = imr_sort_keys(keys, keys + n, n);
    shape.n = distinct_times(sorted, n, &range, options, (double *) block, &merged);
    if (shape.n == 0) {
        imr_free(block);
        return imr_fault(fault, IMR_ERR_START_TIME, "start_time", -1, options->start_time);
    }
    imr_kaplan_meier_place(self, &shape, block);
    while (imr_packed_time(&range, sorted[before], 1) < self->time[0]) {
        before++;
    }
    self->patients = (int64_t) (n - before);
    self->merged = merged;
    counts_of_keys(sorted + before, n - before, &range, self);
    if (fit_block(self, words) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    return IMR_OK;
}

/* --- the one entry ----------------------------------------------------------------------------- */

static int
check_options(const imr_kaplan_meier_data_t *data, const imr_kaplan_meier_options_t *options,
    imr_fault_t *fault)
{
    if (data->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "time", -1, NAN);
    }
    if (data->n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "time", -1, NAN);
    }
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (isinf(options->start_time)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "start_time", -1, options->start_time);
    }
    if (options->start_time < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "start_time", -1, options->start_time);
    }
    if (imr_kaplan_meier_is_beta(options->interval)
        && (data->entry != NULL || options->variance == IMR_KM_ROBUST
            || options->form != IMR_KM_PRODUCT_LIMIT || options->lower != IMR_KM_USUAL)) {
        return imr_fault(fault, IMR_ERR_BETA_PRODUCT, "interval", -1, NAN);
    }
    return IMR_OK;
}

int
imr_kaplan_meier(const imr_kaplan_meier_data_t *data, const imr_kaplan_meier_options_t *chosen,
    imr_kaplan_meier_t *curves, imr_fault_t *fault)
{
    imr_kaplan_meier_options_t options = *chosen;
    size_t groups = data->group == NULL ? 1 : data->groups;
    int counted = 0, status;

    memset(curves, 0, groups * sizeof(*curves));
    if (data->cluster != NULL) {
        options.variance = IMR_KM_ROBUST;
    }
    status = check_options(data, &options, fault);
    if (status != IMR_OK) {
        return status;
    }
    if (data->entry == NULL && data->weight == NULL && data->group == NULL
        && options.variance == IMR_KM_GREENWOOD) {
        status = fit_days(data, &options, curves, &counted, fault);
        if (status == IMR_OK && !counted) {
            status = fit_keys(data, &options, curves, fault);
        }
    } else {
        status = imr_kaplan_meier_rows(data, &options, groups, curves, fault);
    }
    for (size_t g = 0; g < groups && status == IMR_OK; g++) {
        status = imr_kaplan_meier_fill(curves + g, &options, fault);
    }
    for (size_t g = 0; g < groups && status != IMR_OK; g++) {
        imr_kaplan_meier_free(curves + g);
    }
    return status;
}
