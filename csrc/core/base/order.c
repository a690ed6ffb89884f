#include "base/order.h"

#include <float.h>
#include <math.h>

#include "base/mem.h"

/* --- sorting keys ----------------------------------------------------------------------------- */

#define BLOCK 16         /* runs of this length are sorted by insertion, then merged */
#define RADIX_FROM 400   /* from this many keys on the radix sort wins */
#define DIGIT_MAX 11     /* widest digit: 2048 counts of 8 bytes stay in the first-level cache */
#define DIGITS_AT_ONCE 3 /* counted in one pass: 48 KB of stack */

static void
insertion_sort(uint64_t *keys, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t key = keys[i];
        size_t j = i;

        for (; j > 0 && keys[j - 1] > key; j--) {
            keys[j] = keys[j - 1];
        }
        keys[j] = key;
    }
}

static void
merge(const uint64_t *a, size_t na, const uint64_t *b, size_t nb, uint64_t *out)
{
    while (na > 0 && nb > 0) {
        size_t from_b = *b < *a;

        *out++ = from_b ? *b : *a;
        b += from_b;
        nb -= from_b;
        a += 1 - from_b;
        na -= 1 - from_b;
    }
    memcpy(out, na > 0 ? a : b, (na + nb) * sizeof(*out));
}

static uint64_t *
merge_sort(uint64_t *keys, uint64_t *scratch, size_t n)
{
    for (size_t i = 0; i < n; i += BLOCK) {
        insertion_sort(keys + i, n - i < BLOCK ? n - i : BLOCK);
    }
    for (size_t width = BLOCK; width < n; width *= 2) {
        uint64_t *from = keys;

        for (size_t i = 0; i < n; i += 2 * width) {
            size_t left = n - i < width ? n - i : width;
            size_t right = n - i - left < width ? n - i - left : width;

            merge(from + i, left, from + i + left, right, scratch + i);
        }
        keys = scratch;
        scratch = from;
    }
    return keys;
}

static int
bit_width(uint64_t x)
{
    int width = 0;

    for (; x != 0; x >>= 1) {
        width++;
    }
    return width;
}

/* Sorts by the `bits` bits of key - least above `shift`, stable, least significant digit first. */
static uint64_t *
radix_sort(uint64_t *keys, uint64_t *scratch, size_t n, uint64_t least, int shift, int bits)
{
    size_t count[DIGITS_AT_ONCE][(size_t)1 << DIGIT_MAX];

    while (bits > 0) {
        int digits = (bits + DIGIT_MAX - 1) / DIGIT_MAX;
        int width = (bits + digits - 1) / digits;
        size_t mask = ((size_t)1 << width) - 1;

        digits = digits < DIGITS_AT_ONCE ? digits : DIGITS_AT_ONCE;
        for (int d = 0; d < digits; d++) {
            memset(count[d], 0, (mask + 1) * sizeof(count[d][0]));
        }
        for (size_t i = 0; i < n; i++) {
            uint64_t key = (keys[i] - least) >> shift;

            for (int d = 0; d < digits; d++) {
                count[d][(key >> (d * width)) & mask]++;
            }
        }
        for (int d = 0; d < digits && bits > 0; d++) {
            uint64_t *from = keys;
            size_t *place = count[d], at = 0;

            if (place[((keys[0] - least) >> shift) & mask] < n) {
                for (size_t i = 0; i <= mask; i++) {
                    size_t here = place[i];

                    place[i] = at;
                    at += here;
                }
                for (size_t i = 0; i < n; i++) {
                    uint64_t key = from[i];

                    scratch[place[((key - least) >> shift) & mask]++] = key;
                }
                keys = scratch;
                scratch = from;
            }
            shift += width;
            bits -= width;
        }
    }
    return keys;
}

/* Finishes keys that are in order but for their low bits; gives up, leaving a permutation, when that
 * takes more than `budget` moves. */
static int
finish_by_insertion(uint64_t *keys, size_t n, size_t budget)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t key = keys[i];
        size_t j = i;

        if (keys[i - 1] <= key) {
            continue;
        }
        for (; j > 0 && keys[j - 1] > key; j--) {
            keys[j] = keys[j - 1];
        }
        keys[j] = key;
        if (i - j > budget) {
            return 0;
        }
        budget -= i - j;
    }
    return 1;
}

uint64_t *
imr_sort_keys(uint64_t *keys, uint64_t *scratch, size_t n)
{
    uint64_t least = UINT64_MAX, most = 0, *sorted;
    size_t descents = 0;
    int range, bits;

    if (n < RADIX_FROM) {
        return merge_sort(keys, scratch, n);
    }
    for (size_t i = 0; i < n; i++) {
        least = keys[i] < least ? keys[i] : least;
        most = keys[i] > most ? keys[i] : most;
        descents += i > 0 && keys[i] < keys[i - 1];
    }
    if (descents == 0) {
        return keys;
    }
    /* Of n spread keys, log2(n) + 6 leading bits tell all but a few apart. */
    range = bit_width(most - least);
    bits = bit_width(n) + 6;
    if (bits >= range) {
        return radix_sort(keys, scratch, n, least, 0, range);
    }
    sorted = radix_sort(keys, scratch, n, least, range - bits, bits);
    if (!finish_by_insertion(sorted, n, 8 * n)) {
        sorted = radix_sort(sorted, sorted == keys ? scratch : keys, n, least, 0, range);
    }
    return sorted;
}

/* --- ordering values -------------------------------------------------------------------------- */

/* keys[i] becomes the leading bits of value i and, below them, i: unique, so sorting them is stable.
 * Where the leading bits of several rows agree, their other bits and i fit into a key together. */
int
imr_order(const double *value, size_t n, const char *argument, uint32_t *permutation,
    imr_fault_t *fault)
{
    uint64_t *keys = NULL, *scratch = NULL, *sorted;
    uint64_t least = UINT64_MAX, most = 0, row_mask;
    int row_bits, range, lost, status = IMR_OK;

    if (n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, argument, -1, NAN);
    }
    keys = imr_malloc(n, sizeof(*keys));
    scratch = imr_malloc(n, sizeof(*scratch));
    if (keys == NULL || scratch == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        double x = value[i];

        if (isnan(x)) {
            status = imr_fault(fault, IMR_ERR_NONFINITE, argument, (int64_t)i, x);
            goto out;
        }
        keys[i] = imr_key(x);
        least = keys[i] < least ? keys[i] : least;
        most = keys[i] > most ? keys[i] : most;
    }
    if (n == 0) {
        goto out;
    }
    row_bits = bit_width(n - 1);
    row_mask = ((uint64_t)1 << row_bits) - 1;
    range = bit_width(most - least);
    lost = range + row_bits > 64 ? range + row_bits - 64 : 0;
    for (size_t i = 0; i < n; i++) {
        keys[i] = (keys[i] - least) >> lost << row_bits | i;
    }
    sorted = imr_sort_keys(keys, scratch, n);
    for (size_t i = 0, end; i < n; i = end) {
        uint64_t *run = sorted + i;

        end = i + 1;
        if (lost > 0) {
            while (end < n && sorted[end] >> row_bits == sorted[i] >> row_bits) {
                end++;
            }
        }
        if (end - i > 1) {
            for (size_t j = i; j < end; j++) {
                uint64_t row = sorted[j] & row_mask;
                uint64_t low = (imr_key(value[row]) - least) & (((uint64_t)1 << lost) - 1);

                sorted[j] = low << row_bits | row;
            }
            run = imr_sort_keys(run, sorted == keys ? scratch : keys, end - i);
        }
        for (size_t j = i; j < end; j++) {
            permutation[j] = (uint32_t)(run[j - i] & row_mask);
        }
    }
out:
    imr_free(keys);
    imr_free(scratch);
    return status;
}

/* --- times ------------------------------------------------------------------------------------ */

/* The first time that is no finite number or negative, as a fault; IMR_OK if there is none. */
static int
find_bad_time(const double *time, size_t n, const char *argument, imr_fault_t *fault)
{
    for (size_t i = 0; i < n; i++) {
        double t = time[i];

        if (!isfinite(t)) {
            return imr_fault(fault, IMR_ERR_NONFINITE, argument, (int64_t)i, t);
        }
        if (t < 0) {
            return imr_fault(fault, IMR_ERR_NEGATIVE, argument, (int64_t)i, t);
        }
    }
    return IMR_OK;
}

int
imr_read_times(const double *time, size_t n, const char *argument, uint64_t *bits,
    imr_time_range_t *range, imr_fault_t *fault)
{
    uint64_t earliest = UINT64_MAX, latest = 0;

    for (size_t i = 0; i < n; i++) {
        double t = time[i];
        uint64_t u;

        if (!(t >= 0 && t <= DBL_MAX)) {
            return imr_fault(fault, isfinite(t) ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE, argument,
                (int64_t)i, t);
        }
        t += 0.0; /* -0.0 becomes 0.0 */
        memcpy(&u, &t, sizeof(u));
        bits[i] = u;
        latest = u > latest ? u : latest;
        earliest = u - 1 < earliest ? u - 1 : earliest; /* 0 - 1 is the largest there is */
    }
    range->offset = latest == 0 ? 0 : earliest;
    range->span = latest - range->offset;
    return IMR_OK;
}

/* --- whole days ------------------------------------------------------------------------------- */

/* Added to a whole number from 0 to IMR_DAYS - 1, this leaves it in the low 16 bits of the sum; any
 * other number shows in the high bits of the sum, or does not come back on subtraction. No
 * conversion to an integer is undefined that way, whatever the array holds. */
#define WHOLE 0x1p52
#define WHOLE_HIGH (UINT64_C(0x4330000000000000) >> 16)

static inline uint64_t
sum_bits(double sum)
{
    uint64_t bits;

    memcpy(&bits, &sum, sizeof(bits));
    return bits;
}

int
imr_whole_days(const double *time, size_t n, uint32_t *max_day)
{
    uint64_t most = 0;

    for (size_t start = 0; start < n; start += 1024) {
        size_t end = n - start < 1024 ? n : start + 1024;
        uint64_t high = 0;
        int broken = 0;

        for (size_t i = start; i < end; i++) {
            double sum = time[i] + WHOLE;
            uint64_t bits = sum_bits(sum);

            high |= (bits >> 16) ^ WHOLE_HIGH;
            broken |= sum - WHOLE != time[i];
            most = bits > most ? bits : most;
        }
        if (high != 0 || broken) {
            return 0;
        }
    }
    *max_day = (uint32_t)(most & (IMR_DAYS - 1));
    return 1;
}

int
imr_count_days(const double *time, const uint8_t *label, size_t n, int bits, size_t days,
    uint32_t *counts, int *counted, imr_fault_t *fault)
{
    size_t cells = days << bits;
    uint32_t *odd = counts + cells;
    uint64_t high = 0;
    unsigned labels = 0;
    int broken = 0, status;

    *counted = 0;
    if (n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "time", -1, NAN);
    }
    memset(counts, 0, 2 * cells * sizeof(*counts));
    for (size_t i = 0; i < n; i++) {
        double t = time[i], sum = t + WHOLE;
        uint64_t u = sum_bits(sum), day = u & (IMR_DAYS - 1);
        unsigned l = label[i];

        high |= (u >> 16) ^ WHOLE_HIGH;
        broken |= (sum - WHOLE != t) | (day >= days);
        labels |= l;
        day = day < days ? day : 0;
        (i & 1 ? odd : counts)[day << bits | (l & ((1u << bits) - 1))]++;
    }
    if (labels >> bits != 0) {
        for (size_t i = 0; i < n; i++) {
            if (label[i] >> bits != 0) {
                return imr_fault(fault, IMR_ERR_EVENT, "event", (int64_t)i, label[i]);
            }
        }
    }
    if (high != 0 || broken) {
        status = find_bad_time(time, n, "time", fault);
        return status;
    }
    for (size_t i = 0; i < cells; i++) {
        counts[i] += odd[i];
    }
    *counted = labels >> bits == 0;
    return IMR_OK;
}

/* --- ties ------------------------------------------------------------------------------------- */

/* sqrt(DBL_EPSILON), exactly 2^-26 */
#define TIE_TOLERANCE 0x1p-26

static double
mean_magnitude(const double *value, size_t m)
{
    /* halved often enough that the sum of m of them is finite */
    double scale = fmax(fabs(value[0]), fabs(value[m - 1])) > 0x1p900 ? 0x1p-64 : 1;
    double sum = 0;

    for (size_t i = 0; i < m; i += 1024) {
        size_t end = m - i < 1024 ? m : i + 1024;
        double part = 0;

        for (size_t j = i; j < end; j++) {
            part += fabs(value[j]) * scale;
        }
        sum += part;
    }
    return sum / (double)m / scale;
}

size_t
imr_merge_ties(const double *distinct, size_t m, double *representative)
{
    size_t merged = 0;
    double mean, before;

    if (m == 0) {
        return 0;
    }
    mean = mean_magnitude(distinct, m);
    before = distinct[0];
    representative[0] = before;
    for (size_t j = 1; j < m; j++) {
        double here = distinct[j], gap = here - before;

        if (gap <= TIE_TOLERANCE || gap / mean <= TIE_TOLERANCE) {
            representative[j] = representative[j - 1];
            merged++;
        }
        else {
            representative[j] = here;
        }
        before = here;
    }
    return merged;
}

/* What value becomes: `to` of the last of m times `from` that equals it, or itself. */
static double
look_up(const double *from, const double *to, size_t m, double value)
{
    size_t low = 0, high = m;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (from[middle] < value) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return low < m && from[low] == value ? to[low] : value;
}

int
imr_fix_ties(const double *start, const double *stop, size_t n, double *fixed_start,
    double *fixed_stop, size_t *merged, imr_fault_t *fault)
{
    size_t count = start == NULL ? n : 2 * n, m = 0, changed = 0;
    uint64_t *keys = NULL, *scratch = NULL, *sorted;
    double *from, *to;
    int status = IMR_OK;

    *merged = 0;
    keys = imr_malloc(count, sizeof(*keys));
    scratch = imr_malloc(count, sizeof(*scratch));
    if (keys == NULL || scratch == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        double t = stop[i];

        if (!isfinite(t)) {
            status = imr_fault(fault, IMR_ERR_NONFINITE, "time", (int64_t)i, t);
            goto out;
        }
        keys[i] = imr_key(t);
        fixed_stop[i] = t;
    }
    for (size_t i = 0; start != NULL && i < n; i++) {
        double t = start[i];

        if (!isfinite(t)) {
            status = imr_fault(fault, IMR_ERR_NONFINITE, "entry", (int64_t)i, t);
            goto out;
        }
        if (!(t < fixed_stop[i])) {
            status = imr_fault(fault, IMR_ERR_INTERVAL, "entry", (int64_t)i, t);
            goto out;
        }
        keys[n + i] = imr_key(t);
        fixed_start[i] = t;
    }
    sorted = imr_sort_keys(keys, scratch, count);
    from = (double *)(sorted == keys ? scratch : keys);
    to = (double *)sorted;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || sorted[i] != sorted[i - 1]) {
            from[m++] = imr_key_value(sorted[i]);
        }
    }
    *merged = imr_merge_ties(from, m, to);
    if (*merged == 0) {
        goto out;
    }
    for (size_t j = 0; j < m; j++) {
        if (to[j] != from[j]) {
            from[changed] = from[j];
            to[changed++] = to[j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        fixed_stop[i] = look_up(from, to, changed, fixed_stop[i]);
    }
    for (size_t i = 0; start != NULL && i < n; i++) {
        double before = fixed_start[i];

        fixed_start[i] = look_up(from, to, changed, before);
        if (!(fixed_start[i] < fixed_stop[i])) {
            status = imr_fault(fault, IMR_ERR_INTERVAL_TIED, "entry", (int64_t)i, before);
            goto out;
        }
    }
out:
    imr_free(keys);
    imr_free(scratch);
    return status;
}
