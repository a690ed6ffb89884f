#include "survival/landmark.h"

#include <math.h>

#include "base/mem.h"
#include "base/order.h"

/* The times of a call after the merging of ties; change is infinity where there was none. */
typedef struct {
    double *time, *change;
    uint8_t *event;
    double at;
    int64_t merged;
    void *block;
} times_t;

static int
read_row(const imr_landmark_data_t *data, size_t i, times_t *times, imr_fault_t *fault)
{
    double time = data->time[i], change = data->change[i];
    uint8_t event = data->event[i];

    if (!isfinite(time)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "time", (int64_t) i, time);
    }
    if (isnan(change)) {
        return imr_fault(fault, IMR_ERR_CHANGE_MISSING, "change", (int64_t) i, NAN);
    }
    if (time < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "time", (int64_t) i, time);
    }
    if (change < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "change", (int64_t) i, change);
    }
    if (event > 1) {
        return imr_fault(fault, IMR_ERR_EVENT, "event", (int64_t) i, event);
    }
    times->time[i] = time;
    times->change[i] = change;
    times->event[i] = event;
    return IMR_OK;
}

/* Times, changes and the landmark are merged together, so that a change on the day of the landmark
 * is one by the landmark whatever the unit of time. */
static int
merge_ties(times_t *self, size_t n, imr_fault_t *fault)
{
    double *all = imr_malloc(2 * n + 1, sizeof(*all));
    size_t m = 0, merged = 0;
    int ret;

    if (all == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < n; i++) {
        all[m++] = self->time[i];
        if (isfinite(self->change[i])) {
            all[m++] = self->change[i];
        }
    }
    all[m++] = self->at;
    ret = imr_fix_ties(NULL, all, m, NULL, all, &merged, fault);
    m = 0;
    for (size_t i = 0; i < n; i++) {
        self->time[i] = all[m++];
        if (isfinite(self->change[i])) {
            self->change[i] = all[m++];
        }
    }
    self->at = all[m];
    self->merged = (int64_t) merged;
    imr_free(all);
    return ret;
}

static int
times_init(
    times_t *self, const imr_landmark_data_t *data, double at, int fix_ties, imr_fault_t *fault)
{
    size_t n = data->n;
    int ret = IMR_OK;

    *self = (times_t) { .at = at };
    if (n == 0) {
        (void) imr_fault(fault, IMR_ERR_NO_PATIENT, "time", -1, NAN);
        return IMR_ERR_NO_PATIENT;
    }
    self->block = imr_malloc(n, 2 * sizeof(double) + 1);
    if (self->block == NULL) {
        (void) imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    self->time = self->block;
    self->change = self->time + n;
    self->event = (uint8_t *) (self->change + n);
    for (size_t i = 0; ret == IMR_OK && i < n; i++) {
        ret = read_row(data, i, self, fault);
    }
    if (ret == IMR_OK && fix_ties) {
        ret = merge_ties(self, n, fault);
    }
    for (size_t i = 0; ret == IMR_OK && i < n; i++) {
        if (self->change[i] > self->time[i] && isfinite(self->change[i])) {
            ret =
                imr_fault(fault, IMR_ERR_CHANGE_AFTER_END, "change", (int64_t) i, data->change[i]);
        }
    }
    return ret;
}

int
imr_landmark(const imr_landmark_data_t *data, double at, int fix_ties, imr_landmark_t *self,
    imr_fault_t *fault)
{
    times_t times;
    int ret;

    if (!isfinite(at)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "at", -1, at);
    }
    if (at < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "at", -1, at);
    }
    ret = times_init(&times, data, at, fix_ties, fault);
    if (ret != IMR_OK) {
        goto out;
    }
    self->n = 0;
    self->events_before = self->censored_before = 0;
    self->merged = times.merged;
    for (size_t i = 0; i < data->n; i++) {
        if (!(times.time[i] > times.at)) {
            self->events_before += times.event[i];
            self->censored_before += 1 - times.event[i];
            continue;
        }
        self->row[self->n] = (int64_t) i;
        self->time[self->n] = times.time[i] - times.at;
        self->event[self->n] = times.event[i];
        self->changed[self->n] = times.change[i] <= times.at;
        self->n++;
    }
    if (self->n == 0) {
        ret = imr_fault(fault, IMR_ERR_LANDMARK, "at", -1, at);
    }
out:
    imr_free(times.block);
    return ret;
}

static void
add_row(imr_landmark_split_t *self, size_t row, double entry, double time, int event, int changed)
{
    size_t k = self->n++;

    self->row[k] = (int64_t) row;
    self->entry[k] = entry;
    self->time[k] = time;
    self->event[k] = (uint8_t) event;
    self->changed[k] = (uint8_t) changed;
}

int
imr_landmark_split(
    const imr_landmark_data_t *data, int fix_ties, imr_landmark_split_t *self, imr_fault_t *fault)
{
    times_t times;
    int ret = times_init(&times, data, 0, fix_ties, fault);

    self->n = 0;
    self->merged = times.merged;
    for (size_t i = 0; ret == IMR_OK && i < data->n; i++) {
        double time = times.time[i], change = times.change[i];

        if (!(time > times.at)) {
            ret = imr_fault(fault, IMR_ERR_NOT_POSITIVE, "time", (int64_t) i, data->time[i]);
        } else if (!(change > times.at)) {
            add_row(self, i, 0, time, times.event[i], 1);
        } else if (change < time) {
            add_row(self, i, 0, change, 0, 0);
            add_row(self, i, change, time, times.event[i], 1);
        } else { /* a change at the end itself comes after the event */
            add_row(self, i, 0, time, times.event[i], 0);
        }
    }
    imr_free(times.block);
    return ret;
}
