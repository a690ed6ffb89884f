/* The one place where times are sorted and where it is decided which of them are tied. */
#ifndef IMR_ORDER_H
#define IMR_ORDER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/status.h"

/* --- keys: numbers that sort as their doubles do ---------------------------------------------- */

/* The key of a double, infinite or not but not NaN: a < b exactly when key(a) < key(b), and
 * -0.0 has the key of 0.0. */
static inline uint64_t
imr_key(double value)
{
    uint64_t bits;

    value += 0.0; /* -0.0 becomes 0.0 */
    memcpy(&bits, &value, sizeof(bits));
    return bits ^ ((0 - (bits >> 63)) | UINT64_C(0x8000000000000000));
}

static inline double
imr_key_value(uint64_t key)
{
    uint64_t bits = key ^ (((key >> 63) - 1) | UINT64_C(0x8000000000000000));
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* Sorts n keys, ascending. scratch has room for n more; the answer lies in one of the two buffers,
 * which is returned, and the other holds nothing of use. Linear in n, whatever the keys. */
uint64_t *imr_sort_keys(uint64_t *keys, uint64_t *scratch, size_t n);

/* The stable order of n values: permutation[0] is the row of the smallest, and rows with equal
 * values keep their order (-0.0 equals 0.0; infinities are values). argument names the values in a
 * fault. Fails with IMR_ERR_NONFINITE (NaN), IMR_ERR_TOO_MANY_ROWS or IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_order(
    const double *value, size_t n, const char *argument, uint32_t *permutation, imr_fault_t *fault);

/* One pass of a stable sort by several keys, the last one first: `order` holds the rows by the keys so far,
 * key those of this pass in that order. permutation has room for n, and key serves as scratch. Fails as
 * imr_order. */
int IMR_MUST_CHECK imr_order_pass(double *key, size_t n, const char *argument, uint32_t *order,
    uint32_t *permutation, imr_fault_t *fault);

/* --- keys of times, with room for a payload --------------------------------------------------- */

/* What the times of one call span. The gap between 0 and the earliest positive time is closed,
 * which leaves room for a payload (censored, group, cause) in the low bits of a packed key. */
typedef struct {
    uint64_t offset; /* taken off the bits of each positive time */
    uint64_t span; /* the latest time less offset */
} imr_time_range_t;

/* The bits of each time, checked while it is read, so that no later change of the array can matter;
 * then imr_pack_key each of them. Fails with IMR_ERR_NONFINITE or IMR_ERR_NEGATIVE, naming argument
 * and row. */
int IMR_MUST_CHECK imr_read_times(const double *time, size_t n, const char *argument,
    uint64_t *bits, imr_time_range_t *range, imr_fault_t *fault);

/* How many payload bits fit without loss: 1 always, and 6 unless the latest time is about 2^63
 * times the earliest positive one. */
static inline int
imr_payload_bits(const imr_time_range_t *range)
{
    int bits = 0;

    while (bits < 63 && range->span >> (63 - bits) == 0) {
        bits++;
    }
    return bits;
}

/* Packed keys sort by time, then by payload (< 1 << payload_bits, at most imr_payload_bits). */
static inline uint64_t
imr_pack_key(const imr_time_range_t *range, uint64_t bits, uint64_t payload, int payload_bits)
{
    return (bits > range->offset ? bits - range->offset : 0) << payload_bits | payload;
}

static inline double
imr_packed_time(const imr_time_range_t *range, uint64_t key, int payload_bits)
{
    uint64_t bits = key >> payload_bits;
    double time;

    bits = bits == 0 ? 0 : bits + range->offset;
    memcpy(&time, &bits, sizeof(time));
    return time;
}

/* --- whole days ------------------------------------------------------------------------------- */

/* Times that are all whole numbers below this are counted rather than sorted. */
#define IMR_DAYS 65536

/* 1 if each time is a whole number from 0 to IMR_DAYS - 1, and then *max_day is the largest (0 of
 * no times); otherwise 0. A hint only: imr_count_days checks what it reads. */
int imr_whole_days(const double *time, size_t n, uint32_t *max_day);

/* The same with the days themselves: these are what was checked. */
int imr_read_days(const double *time, size_t n, uint32_t *day, uint32_t *max_day);

/* counts[(day << bits) | label] = number of rows with that day and label (for Kaplan-Meier, bits is
 * 1 and the label is event: 0 censored, 1 observed). counts has room for 2 * (days << bits), of
 * which the second half is scratch; it need not be cleared; 0 < days <= IMR_DAYS, bits <= 8.
 * *counted is 0, and counts of no use, if a time is no whole number below days. Each row is
 * checked as it is counted. Fails with IMR_ERR_NONFINITE or IMR_ERR_NEGATIVE naming `time`, with
 * IMR_ERR_EVENT naming `event` for a label of more than `bits` bits, or IMR_ERR_TOO_MANY_ROWS. */
int IMR_MUST_CHECK imr_count_days(const double *time, const uint8_t *label, size_t n, int bits,
    size_t days, uint32_t *counts, int *counted, imr_fault_t *fault);

/* --- ties ------------------------------------------------------------------------------------- */

/* Times that differ by rounding alone (0.1 + 0.2 and 0.3) are one time. The rule is that of R's
 * survival (timefix, aeqSurv): of the distinct finite times in order, neighbours are one time if
 * their gap is at most 1.5e-8 (the square root of DBL_EPSILON), or at most 1.5e-8 of the mean of
 * |time| over the distinct times; a run of such neighbours takes the value of its first.
 *
 * distinct: m finite times, ascending without repetition. representative[j] (the same array, if
 * you like) is the value that time j takes. Returns how many were merged into an earlier one. */
size_t imr_merge_ties(const double *distinct, size_t m, double *representative);

/* The same for data in rows: start and stop of all rows are taken together (start may be NULL), and
 * fixed_start, fixed_stop (which may be start and stop) receive the values they take; *merged is
 * the number of distinct times that were merged into an earlier one.
 * Fails with IMR_ERR_NONFINITE naming `time` or `entry`, with IMR_ERR_INTERVAL naming `entry` at
 * the first row where start is not less than stop, with IMR_ERR_INTERVAL_TIED where it no longer
 * is, or with IMR_ERR_NOMEM. Any sign will do: whoever cannot take negative times refuses them. */
int IMR_MUST_CHECK imr_fix_ties(const double *start, const double *stop, size_t n,
    double *fixed_start, double *fixed_stop, size_t *merged, imr_fault_t *fault);

#endif
