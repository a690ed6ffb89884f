#include "base/follow_up.h"

#include <math.h>

#include "base/order.h"

#define LARGEST_COUNT 9007199254740992.0 /* 2^53; sums below it are exact */
#define SMALLEST_WEIGHT 1e-9
#define LARGEST_WEIGHT 1e9

static int
check(double t, const char *argument, size_t row, imr_fault_t *fault)
{
    if (t >= 0 && isfinite(t)) {
        return IMR_OK;
    }
    return imr_fault(
        fault, t < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE, argument, (int64_t) row, t);
}

/* Whole days are never tied by rounding. */
static int
are_whole_days(const double *time, const double *entry, size_t n)
{
    uint32_t day;

    return imr_whole_days(time, n, &day) && (entry == NULL || imr_whole_days(entry, n, &day));
}

int
imr_read_follow_up(const double *time, const double *entry, size_t n, int fix_ties,
    double *read_time, double *read_entry, int64_t *merged, imr_fault_t *fault)
{
    size_t changed = 0;
    int status = IMR_OK;

    *merged = 0;
    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        read_time[i] = time[i];
        status = check(read_time[i], "time", i, fault);
        if (entry != NULL && status == IMR_OK) {
            read_entry[i] = entry[i];
            status = check(read_entry[i], "entry", i, fault);
        }
    }
    for (size_t i = 0; entry != NULL && i < n && status == IMR_OK; i++) {
        if (!(read_entry[i] < read_time[i])) {
            status = imr_fault(fault, IMR_ERR_INTERVAL, "entry", (int64_t) i, read_entry[i]);
        }
    }
    if (fix_ties && status == IMR_OK
        && !are_whole_days(read_time, entry == NULL ? NULL : read_entry, n)) {
        status = imr_fix_ties(entry == NULL ? NULL : read_entry, read_time, n, read_entry,
            read_time, &changed, fault);
        *merged = (int64_t) changed;
    }
    return status;
}

static int
check_weight(double w, int sampling, int fraction)
{
    if (!isfinite(w)) {
        return IMR_ERR_NONFINITE;
    }
    if (w < 0) {
        return IMR_ERR_NEGATIVE;
    }
    if (sampling) {
        return w == 0 || (w >= SMALLEST_WEIGHT && w <= LARGEST_WEIGHT) ? IMR_OK
                                                                       : IMR_ERR_WEIGHT_RANGE;
    }
    return w == floor(w) ? IMR_OK : fraction;
}

int
imr_read_weights(const double *weight, size_t n, int sampling, int fraction, const char *argument,
    double *read, imr_fault_t *fault)
{
    double total = 0;

    for (size_t i = 0; weight != NULL && i < n; i++) {
        double w = weight[i];
        int status = check_weight(w, sampling, fraction);

        total += w;
        if (status == IMR_OK && !sampling && !(total < LARGEST_COUNT)) {
            status = IMR_ERR_COUNT;
        }
        if (status != IMR_OK) {
            return imr_fault(fault, status, argument, (int64_t) i, w);
        }
        read[i] = w;
    }
    return IMR_OK;
}
