#include "base/follow_up.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"

#define LARGEST_COUNT 9007199254740992.0 /* 2^53; sums below it are exact */
#define SMALLEST_WEIGHT 1e-9
#define LARGEST_WEIGHT 1e9
#define SPARSE 4 /* times as many numbers as rows, and more, are sorted, not counted */

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

/* One more pass of a sort by several keys, by the numbers of patients, of which there are `range` from least
 * on: they are counted. */
static int
order_numbers(const int64_t *patient, uint64_t least, size_t range, size_t n, uint32_t *order,
    uint32_t *permutation, imr_fault_t *fault)
{
    uint32_t *before = imr_calloc(range + 1, sizeof(*before));

    if (before == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < n; i++) {
        before[(uint64_t) patient[i] - least + 1]++;
    }
    for (size_t number = 1; number <= range; number++) {
        before[number] += before[number - 1];
    }
    for (size_t k = 0; k < n; k++) {
        permutation[before[(uint64_t) patient[order[k]] - least]++] = order[k];
    }
    memcpy(order, permutation, n * sizeof(*order));
    imr_free(before);
    return IMR_OK;
}

int
imr_order_histories(const int64_t *patient, const double *time, size_t n, uint32_t *order,
    uint32_t *permutation, double *key, imr_fault_t *fault)
{
    int64_t least = INT64_MAX, most = INT64_MIN;
    uint64_t range;
    int sorted = 1, status;

    for (size_t i = 0; i < n; i++) {
        order[i] = (uint32_t) i;
        sorted &= i == 0 || patient[i - 1] < patient[i]
            || (patient[i - 1] == patient[i] && time[i - 1] <= time[i]);
        least = patient[i] < least ? patient[i] : least;
        most = patient[i] > most ? patient[i] : most;
    }
    if (sorted) {
        return IMR_OK;
    }
    memcpy(key, time, n * sizeof(*key));
    status = imr_order_pass(key, n, "time", order, permutation, fault);
    range = (uint64_t) most - (uint64_t) least;
    if (status == IMR_OK && range < SPARSE * n) {
        return order_numbers(
            patient, (uint64_t) least, (size_t) range + 1, n, order, permutation, fault);
    }
    /* by halves, since a double does not hold all numbers */
    for (int high = 0; high < 2 && status == IMR_OK; high++) {
        for (size_t k = 0; k < n; k++) {
            uint64_t number = (uint64_t) patient[order[k]] ^ (UINT64_C(1) << 63);

            key[k] = (double) (high ? number >> 32 : number & UINT32_MAX);
        }
        status = imr_order_pass(key, n, "patient", order, permutation, fault);
    }
    return status;
}
