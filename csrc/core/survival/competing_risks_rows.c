#include "survival/competing_risks_rows.h"

#include <math.h>
#include <string.h>

#include "base/follow_up.h"
#include "base/mem.h"
#include "base/order.h"

#define COUNT_FROM 256 /* from so many rows on, whole days are counted */
#define CELLS_PER_ROW 16 /* but not when the cells are many more than the rows */
#define MOST_LABEL_BITS 8 /* of whole days */
#define MOST_GROUPS ((size_t) 1 << 25)
#define SMALL_LABELS 64 /* labels below this are looked up */
#define LARGEST_COUNT 9007199254740992.0 /* 2^53 */

void
imr_cause_records_free(imr_cause_records_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* One block for n records and `entries` of those who enter. */
static int
allocate(imr_cause_records_t *self, size_t n, size_t entries, int counted, size_t groups)
{
    size_t counts = counted ? n + entries : 0;
    size_t labels = (n + entries + 1) / 2; /* of 4 bytes each */
    double *at = imr_malloc(n + entries + labels + counts + groups, 8);

    if (at == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->block = at;
    self->n = n;
    self->entries = entries;
    self->time = at;
    self->entry_time = at + n;
    at += n + entries;
    self->label = (uint32_t *) at;
    self->entry_group = self->label + n;
    at += labels;
    if (counted) {
        self->count = (int64_t *) at;
        self->entry_count = self->count + n;
        at += n + entries;
    }
    self->patients = (int64_t *) at;
    memset(self->patients, 0, groups * sizeof(*self->patients));
    return IMR_OK;
}

/* How many bits hold the numbers below `count`. */
static int
bits_for(size_t count)
{
    int bits = 0;

    while (count > (size_t) 1 << bits) {
        bits++;
    }
    return bits;
}

/* *label of row i, or a fault. */
static inline int
read_label(const imr_competing_risks_data_t *data, size_t i, size_t groups, int cause_bits,
    uint32_t *label, imr_fault_t *fault)
{
    size_t cause = data->cause[i], group = 0;

    if (cause > data->causes) {
        return imr_fault(fault, IMR_ERR_CAUSE, "cause", (int64_t) i, (double) cause);
    }
    if (data->group != NULL) {
        if (data->group[i] < 0 || (uint64_t) data->group[i] >= groups) {
            return imr_fault(fault, IMR_ERR_CODE, "group", (int64_t) i, (double) data->group[i]);
        }
        group = (size_t) data->group[i];
    }
    *label = (uint32_t) (group << cause_bits | cause);
    return IMR_OK;
}

/* --- whole days -------------------------------------------------------------------------------- */

/* The labels of all rows in a byte each; the causes themselves where there is one group. */
static int
read_byte_labels(const imr_competing_risks_data_t *data, size_t groups, int cause_bits,
    uint8_t **bytes, imr_fault_t *fault)
{
    int status = IMR_OK;

    *bytes = imr_malloc(data->n, 1);
    if (*bytes == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < data->n && status == IMR_OK; i++) {
        uint32_t label = 0;

        status = read_label(data, i, groups, cause_bits, &label, fault);
        (*bytes)[i] = (uint8_t) label;
    }
    return status;
}

/* Each filled cell of counts[day << bits | label] is a record. */
static int
records_of_days(
    const uint32_t *counts, size_t days, int bits, size_t groups, imr_cause_records_t *self)
{
    size_t cells = days << bits, filled = 0;

    for (size_t i = 0; i < cells; i++) {
        filled += counts[i] > 0;
    }
    if (allocate(self, filled, 0, 1, groups) != IMR_OK) {
        return IMR_ERR_NOMEM;
    }
    filled = 0;
    for (size_t i = 0; i < cells; i++) {
        if (counts[i] > 0) {
            size_t label = i & (((size_t) 1 << bits) - 1);

            self->time[filled] = (double) (i >> bits);
            self->label[filled] = (uint32_t) label;
            self->count[filled++] = counts[i];
            self->patients[label >> self->cause_bits] += counts[i];
        }
    }
    return IMR_OK;
}

/* *counted is 0 when the times are no whole days, or not worth counting. */
static int
count_days(const imr_competing_risks_data_t *data, size_t groups, imr_cause_records_t *self,
    int *counted, imr_fault_t *fault)
{
    int bits = self->cause_bits + bits_for(groups), status;
    uint32_t *counts = NULL, max_day;
    uint8_t *labels = NULL;
    size_t days;

    *counted = 0;
    if (data->n < COUNT_FROM || bits > MOST_LABEL_BITS
        || !imr_whole_days(data->time, data->n, &max_day)) {
        return IMR_OK;
    }
    days = (size_t) max_day + 1;
    if ((days << bits) / CELLS_PER_ROW > data->n) {
        return IMR_OK;
    }
    counts = imr_malloc(2 * (days << bits), sizeof(*counts));
    if (counts == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    status = read_byte_labels(data, groups, self->cause_bits, &labels, fault);
    if (status == IMR_OK) {
        status = imr_count_days(data->time, labels, data->n, bits, days, counts, counted, fault);
    }
    if (status == IMR_OK && *counted) {
        status = records_of_days(counts, days, bits, groups, self);
        if (status != IMR_OK) {
            imr_fault(fault, status, NULL, -1, NAN);
        }
    }
    imr_free(labels);
    imr_free(counts);
    return status;
}

/* --- one patient a row, followed from the start ------------------------------------------------ */

/* *sorted is 0 when the labels do not fit into the keys. */
static int
sort_keys(const imr_competing_risks_data_t *data, size_t groups, int fix_ties,
    imr_cause_records_t *self, int *sorted, imr_fault_t *fault)
{
    int bits = self->cause_bits + bits_for(groups), status;
    size_t n = data->n, distinct = 0, at = 0;
    uint64_t *keys = imr_malloc(2 * n, sizeof(*keys)), *in_order;
    uint64_t mask = ((uint64_t) 1 << bits) - 1;
    double *times;
    imr_time_range_t range;

    if (keys == NULL || allocate(self, n, 0, 0, groups) != IMR_OK) {
        imr_free(keys);
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    status = imr_read_times(data->time, n, "time", keys, &range, fault);
    *sorted = status == IMR_OK && bits <= imr_payload_bits(&range);
    for (size_t i = 0; i < n && status == IMR_OK && *sorted; i++) {
        uint32_t label = 0;

        status = read_label(data, i, groups, self->cause_bits, &label, fault);
        self->patients[label >> self->cause_bits]++;
        keys[i] = imr_pack_key(&range, keys[i], label, bits);
    }
    if (status != IMR_OK || !*sorted) {
        goto out;
    }
    in_order = imr_sort_keys(keys, keys + n, n);
    times = (double *) (in_order == keys ? keys + n : keys);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || in_order[i] >> bits != in_order[i - 1] >> bits) {
            times[distinct++] = imr_packed_time(&range, in_order[i], bits);
        }
    }
    self->merged = fix_ties ? (int64_t) imr_merge_ties(times, distinct, times) : 0;
    for (size_t i = 0; i < n; i++) {
        at += i > 0 && in_order[i] >> bits != in_order[i - 1] >> bits;
        self->time[i] = times[at];
        self->label[i] = (uint32_t) (in_order[i] & mask);
    }
out:
    imr_free(keys);
    return status;
}

/* --- rows in general: delayed entry, weights --------------------------------------------------- */

typedef struct {
    double *exit, *entry;
    uint32_t *label, *order;
} rows_t;

static int
check_weight(double w, double *total)
{
    if (!isfinite(w)) {
        return IMR_ERR_NONFINITE;
    }
    if (w < 0) {
        return IMR_ERR_NEGATIVE;
    }
    if (w != floor(w)) {
        return IMR_ERR_FREQUENCY;
    }
    *total += w;
    return *total <= LARGEST_COUNT ? IMR_OK : IMR_ERR_COUNT;
}

/* Labels, and the weights in count[row]. */
static int
read_labels(const imr_competing_risks_data_t *data, size_t groups, rows_t *rows, int64_t *count,
    imr_cause_records_t *self, imr_fault_t *fault)
{
    double total = 0;

    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight == NULL ? 1 : data->weight[i];
        int status = check_weight(w, &total);

        if (status != IMR_OK) {
            return imr_fault(fault, status, "weights", (int64_t) i, w);
        }
        status = read_label(data, i, groups, self->cause_bits, &rows->label[i], fault);
        if (status != IMR_OK) {
            return status;
        }
        count[i] = (int64_t) w;
        self->patients[rows->label[i] >> self->cause_bits] += count[i];
    }
    return IMR_OK;
}

static int
sort_rows(const imr_competing_risks_data_t *data, size_t groups, int fix_ties,
    imr_cause_records_t *self, imr_fault_t *fault)
{
    size_t n = data->n, late = data->entry == NULL ? 0 : n, kept = 0;
    double *block = imr_malloc(2 * n + late + n, sizeof(double));
    rows_t rows = { .exit = block };
    int64_t *count;
    int status;

    if (block == NULL || allocate(self, n, late, 1, groups) != IMR_OK) {
        imr_free(block);
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    rows.entry = late == 0 ? NULL : block + n;
    count = (int64_t *) (block + n + late);
    rows.label = (uint32_t *) (block + 2 * n + late);
    rows.order = rows.label + n;
    status = imr_read_follow_up(
        data->time, data->entry, data->n, fix_ties, rows.exit, rows.entry, &self->merged, fault);
    if (status == IMR_OK) {
        status = read_labels(data, groups, &rows, count, self, fault);
    }
    if (status == IMR_OK) {
        status = imr_order(rows.exit, n, "time", rows.order, fault);
    }
    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        uint32_t row = rows.order[i];

        if (count[row] > 0) {
            self->time[kept] = rows.exit[row];
            self->label[kept] = rows.label[row];
            self->count[kept++] = count[row];
        }
    }
    self->n = kept;
    self->entries = late == 0 ? 0 : kept;
    if (status == IMR_OK && late > 0) {
        kept = 0;
        status = imr_order(rows.entry, n, "entry", rows.order, fault);
        for (size_t i = 0; i < n && status == IMR_OK; i++) {
            uint32_t row = rows.order[i];

            if (count[row] > 0) {
                self->entry_time[kept] = rows.entry[row];
                self->entry_group[kept] = rows.label[row] >> self->cause_bits;
                self->entry_count[kept++] = count[row];
            }
        }
    }
    imr_free(block);
    return status;
}

/* --- the one entry ----------------------------------------------------------------------------- */

int
imr_cause_records_fill_groups(
    const imr_competing_risks_data_t *data, const imr_cause_records_t *self, imr_fault_t *fault)
{
    size_t groups = data->group == NULL ? 1 : data->groups;

    for (size_t g = 0; g < groups; g++) {
        int has_rows = data->group == NULL;

        if (self->patients[g] > 0) {
            continue;
        }
        for (size_t i = 0; i < data->n && !has_rows; i++) {
            has_rows = (uint64_t) data->group[i] == g;
        }
        return has_rows ? imr_fault(fault, IMR_ERR_NO_WEIGHT, "weights", -1, NAN)
                        : imr_fault(fault, IMR_ERR_NO_PATIENT, "group", -1, NAN);
    }
    return IMR_OK;
}

int
imr_cause_records(const imr_competing_risks_data_t *data, int fix_ties, imr_cause_records_t *self,
    imr_fault_t *fault)
{
    size_t groups = data->group == NULL ? 1 : data->groups;
    int status = IMR_OK, done = 0;

    memset(self, 0, sizeof(*self));
    if (data->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "time", -1, NAN);
    }
    if (data->n > UINT32_MAX || groups > MOST_GROUPS) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "time", -1, NAN);
    }
    self->cause_bits = bits_for(data->causes + 1);
    if (data->entry == NULL && data->weight == NULL) {
        status = count_days(data, groups, self, &done, fault);
        if (status == IMR_OK && !done) {
            status = sort_keys(data, groups, fix_ties, self, &done, fault);
        }
    }
    if (status == IMR_OK && !done) {
        imr_free(self->block);
        self->block = NULL;
        status = sort_rows(data, groups, fix_ties, self, fault);
    }
    if (status != IMR_OK) {
        imr_cause_records_free(self);
    }
    return status;
}

/* --- numbers of the causes --------------------------------------------------------------------- */

int
imr_cause_codes(const int64_t *cause, size_t n, int64_t censored, int64_t *labels, size_t *causes,
    uint8_t *code, imr_fault_t *fault)
{
    uint8_t rank[IMR_MOST_CAUSES + 1] = { 0 }, known[SMALL_LABELS] = { 0 };
    size_t found = *causes;
    int given = *causes > 0;

    if (found > IMR_MOST_CAUSES) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_CAUSES, "causes", -1, (double) found);
    }
    for (size_t i = 0; i < n; i++) {
        int64_t label = cause[i];
        int small = label >= 0 && label < SMALL_LABELS;
        size_t k = 0;

        if (small && known[label] > 0) {
            code[i] = known[label] - 1;
            continue;
        }
        if (label != censored) {
            while (k < found && labels[k] != label) {
                k++;
            }
            if (k == found && (given || found == IMR_MOST_CAUSES)) {
                return imr_fault(fault, given ? IMR_ERR_UNKNOWN_CAUSE : IMR_ERR_TOO_MANY_CAUSES,
                    "cause", (int64_t) i, (double) label);
            }
            if (k == found) {
                labels[found++] = label;
            }
            k++;
        }
        code[i] = (uint8_t) k;
        if (small) {
            known[label] = (uint8_t) (k + 1);
        }
    }
    *causes = found;
    if (given) {
        return IMR_OK;
    }
    for (size_t k = 0; k < found; k++) {
        size_t smaller = 0;

        for (size_t other = 0; other < found; other++) {
            smaller += labels[other] < labels[k];
        }
        rank[k + 1] = (uint8_t) (smaller + 1);
    }
    for (size_t i = 0; i < n; i++) {
        code[i] = rank[code[i]];
    }
    for (size_t k = 1; k < found; k++) {
        int64_t label = labels[k];
        size_t at = k;

        for (; at > 0 && labels[at - 1] > label; at--) {
            labels[at] = labels[at - 1];
        }
        labels[at] = label;
    }
    return IMR_OK;
}
