#include "base/order.h"

#include <float.h>
#include <math.h>

#include "base/mem.h"

/* --- sorting keys ----------------------------------------------------------------------------- */

#define RADIX_FROM 20 /* from so few keys on, counting digits beats comparing keys */
#define DIGIT_MAX 10 /* widest digit: beyond 1024 streams the stores miss the caches */

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

static int
bit_width(uint64_t x)
{
    int width = 0;

    for (int step = 32; step > 0; step /= 2) {
        if (x >> step != 0) {
            x >>= step;
            width += step;
        }
    }
    return width + (x != 0);
}

/* Moves n keys, in order of their digit (key - least) >> shift & mask, to the other buffer. count:
 * how many there are of each digit; lost. */
static void
scatter(const uint64_t *from, uint64_t *to, size_t n, uint64_t least, int shift, size_t mask,
    size_t *count)
{
    size_t at = 0;

    for (size_t i = 0; i <= mask; i++) {
        size_t here = count[i];

        count[i] = at;
        at += here;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t key = from[i];

        to[count[((key - least) >> shift) & mask]++] = key;
    }
}

/* Sorts by the `digits` digits of `width` bits of (key - least) >> shift, the least significant
 * first, three digits a turn. */
static uint64_t *
radix_sort(
    uint64_t *keys, uint64_t *scratch, size_t n, uint64_t least, int shift, int digits, int width)
{
    size_t count[3][(size_t) 1 << DIGIT_MAX];
    size_t mask = ((size_t) 1 << width) - 1;

    for (; digits > 0; digits -= 3) {
        for (int d = 0; d < 3; d++) {
            memset(count[d], 0, (mask + 1) * sizeof(count[d][0]));
        }
        for (size_t i = 0; i < n; i++) {
            uint64_t key = (keys[i] - least) >> shift;

            count[0][key & mask]++;
            count[1][key >> width & mask]++;
            if (digits > 2) {
                count[2][key >> 2 * width & mask]++;
            }
        }
        for (int d = 0; d < digits && d < 3; d++) {
            if (count[d][(keys[0] - least) >> shift & mask] < n) { /* else all are alike */
                uint64_t *from = keys;

                scatter(from, scratch, n, least, shift, mask, count[d]);
                keys = scratch;
                scratch = from;
            }
            shift += width;
        }
    }
    return keys;
}

/* Finishes keys that are in order but for their low bits; gives up, leaving a permutation, when
 * that takes more than `budget` moves. */
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
    int range, bits, digits, width, shift;

    if (n < RADIX_FROM) {
        insertion_sort(keys, n);
        return keys;
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
    bits = bits < range ? bits : range;
    digits = (bits + DIGIT_MAX - 1) / DIGIT_MAX;
    width = (bits + digits - 1) / digits;
    shift = range > digits * width ? range - digits * width : 0;
    sorted = radix_sort(keys, scratch, n, least, shift, digits, width);
    if (shift > 0 && !finish_by_insertion(sorted, n, 8 * n)) {
        digits = (range + width - 1) / width;
        sorted = radix_sort(sorted, sorted == keys ? scratch : keys, n, least, 0, digits, width);
    }
    return sorted;
}

/* --- ordering values -------------------------------------------------------------------------- */

/* Added to a whole number from 0 to 65535, this leaves it in the low bits of the sum; any other
 * number shows in the high bits of the sum, or does not come back on subtraction. Nothing is
 * undefined that way, whatever the array holds. */
#define WHOLE 0x1p52
#define WHOLE_BITS UINT64_C(0x4330000000000000)

static inline uint64_t
bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

/* 0 if t, of which sum is t + WHOLE, is a whole day. */
static inline uint64_t
not_a_day(double t, double sum)
{
    return (bits_of(sum) ^ WHOLE_BITS) >> 16 | (bits_of(sum - WHOLE) ^ bits_of(t + 0.0));
}

/* The order of days up to `most`, by counting. before has room for most + 2. */
static void
order_days(const uint32_t *day, size_t n, uint32_t most, uint32_t *before, uint32_t *permutation)
{
    memset(before, 0, (most + 2) * sizeof(*before));
    for (size_t i = 0; i < n; i++) {
        before[day[i] + 1]++;
    }
    for (size_t d = 1; d <= most; d++) {
        before[d] += before[d - 1];
    }
    for (size_t i = 0; i < n; i++) {
        permutation[before[day[i]]++] = (uint32_t) i;
    }
}

/* keys[i] becomes the leading bits of value i and, below them, i: unique, so sorting is stable. Last bits in
 * which no two values differ, as of whole numbers, are left off.
 * Where the leading bits of several rows agree, their other bits and i fit into a key together. */
int
imr_order(
    const double *value, size_t n, const char *argument, uint32_t *permutation, imr_fault_t *fault)
{
    uint64_t *keys = NULL, *scratch = NULL, *sorted;
    uint64_t least = UINT64_MAX, most = 0, differ = 0, row_mask;
    uint32_t last_day;
    int row_bits, alike, range, lost, status = IMR_OK;

    if (n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, argument, -1, NAN);
    }
    keys = imr_malloc(n, sizeof(*keys));
    scratch = imr_malloc(n, sizeof(*scratch));
    if (keys == NULL || scratch == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    if (n >= RADIX_FROM && imr_read_days(value, n, (uint32_t *) keys, &last_day)
        && last_day + 2 <= 2 * n) {
        order_days((uint32_t *) keys, n, last_day, (uint32_t *) scratch, permutation);
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        double x = value[i];

        if (isnan(x)) {
            status = imr_fault(fault, IMR_ERR_NONFINITE, argument, (int64_t) i, x);
            goto out;
        }
        keys[i] = imr_key(x);
        least = keys[i] < least ? keys[i] : least;
        most = keys[i] > most ? keys[i] : most;
        differ |= keys[i] ^ keys[0];
    }
    if (n == 0) {
        goto out;
    }
    row_bits = bit_width(n - 1);
    row_mask = ((uint64_t) 1 << row_bits) - 1;
    alike = differ == 0 ? 0 : bit_width(differ & (0 - differ)) - 1;
    range = bit_width((most - least) >> alike);
    lost = range + row_bits > 64 ? range + row_bits - 64 : 0;
    for (size_t i = 0; i < n; i++) {
        keys[i] = (keys[i] - least) >> alike >> lost << row_bits | i;
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
                uint64_t low = (imr_key(value[row]) - least) >> alike;

                low &= ((uint64_t) 1 << lost) - 1;
                sorted[j] = low << row_bits | row;
            }
            run = imr_sort_keys(run, sorted == keys ? scratch : keys, end - i);
        }
        for (size_t j = i; j < end; j++) {
            permutation[j] = (uint32_t) (run[j - i] & row_mask);
        }
    }
out:
    imr_free(keys);
    imr_free(scratch);
    return status;
}

int
imr_order_pass(double *key, size_t n, const char *argument, uint32_t *order, uint32_t *permutation,
    imr_fault_t *fault)
{
    uint32_t *sorted = (uint32_t *) key; /* the keys have served by then */
    int status = imr_order(key, n, argument, permutation, fault);

    if (status != IMR_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        sorted[i] = order[permutation[i]];
    }
    memcpy(order, sorted, n * sizeof(*sorted));
    return IMR_OK;
}

/* --- times ------------------------------------------------------------------------------------ */

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
                (int64_t) i, t);
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

#define CHUNK 1024 /* rows between two looks at whether it is still worth going on */

/* The first row with a time that is negative or no number, or a label of too many bits, as a fault;
 * IMR_OK if there is none. */
static int
find_bad_row(const double *time, const uint8_t *label, size_t n, int bits, imr_fault_t *fault)
{
    for (size_t i = 0; i < n; i++) {
        double t = time[i];
        unsigned l = label[i];

        if (!(t >= 0 && t <= DBL_MAX)) {
            return imr_fault(
                fault, isfinite(t) ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE, "time", (int64_t) i, t);
        }
        if (l >> bits != 0) {
            return imr_fault(fault, IMR_ERR_EVENT, "event", (int64_t) i, l);
        }
    }
    return IMR_OK;
}

int
imr_whole_days(const double *time, size_t n, uint32_t *max_day)
{
    double most[4] = { 0, 0, 0, 0 }; /* apart, so that no step waits for the last */

    for (size_t start = 0; start < n; start += CHUNK) {
        size_t rows = n - start < CHUNK ? n - start : CHUNK, i = 0;
        const double *t = time + start;
        uint64_t bad = 0;

        for (i = 0; i < rows; i++) {
            bad |= not_a_day(t[i], t[i] + WHOLE);
        }
        if (bad != 0) {
            return 0;
        }
        for (i = 0; i + 4 <= rows; i += 4) {
            for (size_t lane = 0; lane < 4; lane++) {
                most[lane] = t[i + lane] > most[lane] ? t[i + lane] : most[lane];
            }
        }
        for (; i < rows; i++) {
            most[0] = t[i] > most[0] ? t[i] : most[0];
        }
    }
    most[0] = fmax(fmax(most[0], most[1]), fmax(most[2], most[3]));
    if (!(most[0] < IMR_DAYS)) { /* changed meanwhile */
        return 0;
    }
    *max_day = (uint32_t) most[0];
    return 1;
}

int
imr_read_days(const double *time, size_t n, uint32_t *day, uint32_t *max_day)
{
    int32_t most = 0;

    for (size_t start = 0; start < n; start += CHUNK) {
        size_t rows = n - start < CHUNK ? n - start : CHUNK;
        const double *t = time + start;
        uint32_t *d = day + start;
        uint64_t high = 0, part = 0;

        for (size_t i = 0; i < rows; i++) {
            double x = t[i], sum = x + WHOLE;

            d[i] = (uint32_t) bits_of(sum);
            high |= bits_of(sum) ^ WHOLE_BITS;
            part |= bits_of(sum - WHOLE) ^ bits_of(x + 0.0);
        }
        if ((high >> 16 | part) != 0) {
            return 0;
        }
        for (size_t i = 0; i < rows; i++) { /* signed, which vectors compare faster */
            most = (int32_t) d[i] > most ? (int32_t) d[i] : most;
        }
    }
    *max_day = (uint32_t) most;
    return 1;
}

int
imr_count_days(const double *time, const uint8_t *label, size_t n, int bits, size_t days,
    uint32_t *counts, int *counted, imr_fault_t *fault)
{
    size_t cells = days << bits;
    uint32_t *odd = counts + cells; /* alternate rows: adding to one cell twice running stalls */
    uint64_t day[CHUNK];
    unsigned label_mask = (1u << bits) - 1;

    *counted = 0;
    if (n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "time", -1, NAN);
    }
    memset(counts, 0, 2 * cells * sizeof(*counts));
    for (size_t start = 0; start < n; start += CHUNK) {
        size_t rows = n - start < CHUNK ? n - start : CHUNK;
        const double *t = time + start;
        const uint8_t *l = label + start;
        uint64_t bad = 0;
        unsigned labels = 0;

        for (size_t i = 0; i < rows; i++) {
            double x = t[i], sum = x + WHOLE;

            day[i] = bits_of(sum) ^ WHOLE_BITS;
            bad |= not_a_day(x, sum) | (days - 1 - day[i]) >> 63;
        }
        if (bad != 0) {
            return find_bad_row(time, label, n, bits, fault);
        }
        for (size_t i = 0; i < rows; i++) {
            unsigned code = l[i];

            (i % 2 == 0 ? counts : odd)[day[i] << bits | (code & label_mask)]++;
            labels |= code;
        }
        if ((labels & ~label_mask) != 0) {
            return find_bad_row(time, label, n, bits, fault);
        }
    }
    for (size_t i = 0; i < cells; i++) {
        counts[i] += odd[i];
    }
    *counted = 1;
    return IMR_OK;
}

/* --- ties ------------------------------------------------------------------------------------- */

/* sqrt(DBL_EPSILON), exactly 2^-26 */
#define TIE_TOLERANCE 0x1p-26

static double
mean_magnitude(const double *value, size_t m)
{
    /* so small that the sum of m of them is finite */
    double scale = fmax(fabs(value[0]), fabs(value[m - 1])) > 0x1p900 ? 0x1p-64 : 1;
    double sum = 0;

    for (size_t start = 0; start < m; start += CHUNK) {
        size_t end = m - start < CHUNK ? m : start + CHUNK, i = start;
        double part[4] = { 0, 0, 0, 0 };

        for (; i + 4 <= end; i += 4) {
            for (size_t lane = 0; lane < 4; lane++) {
                part[lane] += fabs(value[i + lane]) * scale;
            }
        }
        for (; i < end; i++) {
            part[0] += fabs(value[i]) * scale;
        }
        sum += part[0] + part[1] + (part[2] + part[3]);
    }
    return sum / (double) m / scale;
}

size_t
imr_merge_ties(const double *distinct, size_t m, double *representative)
{
    size_t merged = 0;
    double mean, near, before;

    if (m == 0) {
        return 0;
    }
    mean = mean_magnitude(distinct, m);
    /* a little more than the larger limit: most neighbours are further apart, without a division */
    near = TIE_TOLERANCE * fmax(1, mean) * (1 + 8 * DBL_EPSILON);
    before = distinct[0];
    representative[0] = before;
    for (size_t j = 1; j < m; j++) {
        double here = distinct[j], gap = here - before;

        representative[j] = here;
        if (gap <= near && (gap <= TIE_TOLERANCE || gap / mean <= TIE_TOLERANCE)) {
            representative[j] = representative[j - 1];
            merged++;
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
        } else {
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
            status = imr_fault(fault, IMR_ERR_NONFINITE, "time", (int64_t) i, t);
            goto out;
        }
        keys[i] = imr_key(t);
        fixed_stop[i] = t;
    }
    for (size_t i = 0; start != NULL && i < n; i++) {
        double t = start[i];

        if (!isfinite(t)) {
            status = imr_fault(fault, IMR_ERR_NONFINITE, "entry", (int64_t) i, t);
            goto out;
        }
        if (!(t < fixed_stop[i])) {
            status = imr_fault(fault, IMR_ERR_INTERVAL, "entry", (int64_t) i, t);
            goto out;
        }
        keys[n + i] = imr_key(t);
        fixed_start[i] = t;
    }
    sorted = imr_sort_keys(keys, scratch, count);
    from = (double *) (sorted == keys ? scratch : keys);
    to = (double *) sorted;
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
            status = imr_fault(fault, IMR_ERR_INTERVAL_TIED, "entry", (int64_t) i, before);
            goto out;
        }
    }
out:
    imr_free(keys);
    imr_free(scratch);
    return status;
}
