#include "base/follow_up.h"

#include <math.h>

#include "base/order.h"

static int
check(double t, const char *argument, size_t row, imr_fault_t *fault)
{
    if (t >= 0 && isfinite(t)) {
        return IMR_OK;
    }
    return imr_fault(
        fault, t < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE, argument, (int64_t) row, t);
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
    if (fix_ties && status == IMR_OK) {
        status = imr_fix_ties(entry == NULL ? NULL : read_entry, read_time, n, read_entry,
            read_time, &changed, fault);
        *merged = (int64_t) changed;
    }
    return status;
}
