/* libFuzzer: any days are refused with a status that names a column, or the limits hold their rate and ratio,
 * and the widest limits hold those; events and times of the two periods are those of the patients. */
#include <math.h>
#include <stdlib.h>

#include "recovery/reset_relapse.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
#define MOST 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static double
day_of(uint8_t byte, double followed, int strange)
{
    static const double ODD[] = { NAN, -1, 1e300, 1e-300, 0.1 };

    if (strange && byte >= 250) {
        return byte == 255 ? INFINITY : ODD[byte - 250];
    }
    return byte >= 200 ? INFINITY : byte / 200.0 * followed;
}

static void
period(const imr_reset_period_t *p)
{
    REQUIRE(p->events_least <= p->events && p->events <= p->events_most);
    REQUIRE(p->time_least <= p->time * (1 + 1e-9) && p->time <= p->time_most * (1 + 1e-9));
    REQUIRE(p->low >= 0 && p->low < p->high && p->low_least >= 0);
    REQUIRE(isnan(p->rate) || (p->low <= p->rate && p->rate <= p->high));
    REQUIRE(p->low_least <= p->low * (1 + 1e-9) && p->high <= p->high_most * (1 + 1e-9));
    REQUIRE(isnan(p->rate)
        || (p->rate_least <= p->rate * (1 + 1e-9) && p->rate <= p->rate_most * (1 + 1e-9)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double day[5][MOST], total = 0;
    imr_reset_relapse_rows_t rows = { 0, day[0], day[1], day[2], day[3], day[4] };
    imr_reset_relapse_t r;
    imr_fault_t fault;
    int64_t events = 0;

    if (size < 3) {
        return 0;
    }
    rows.n = data[0] % (MOST + 1);
    rows.start = data[1] % 2 ? NULL : day[4];
    for (size_t i = 0; i < MOST; i++) {
        uint8_t byte[5];

        for (size_t k = 0; k < 5; k++) {
            byte[k] = 3 + 5 * i + k < size ? data[3 + 5 * i + k] : (uint8_t) (31 * i + 41 * k);
        }
        day[2][i] = byte[2];
        for (size_t k = 0; k < 5; k++) {
            if (k != 2) {
                day[k][i] = day_of(byte[k], byte[2], data[1] & 4);
            }
        }
        if (!(data[1] & 4) && !(day[0][i] < day[1][i])) {
            day[0][i] = 0;
            day[1][i] = day[2][i] > 0 ? day[2][i] : INFINITY;
        }
        if (!(data[1] & 4) && !(day[4][i] <= day[2][i] && day[4][i] < day[3][i])) {
            day[4][i] = 0;
            day[3][i] = day[3][i] > 0 ? day[3][i] : INFINITY;
        }
    }
    if (imr_reset_relapse(&r, &rows, 365.25, 0.5 + data[2] / 520.0, &fault) != IMR_OK) {
        REQUIRE(fault.argument != NULL);
        return 0;
    }
    for (size_t i = 0; i < rows.n; i++) {
        if (!isnan(day[0][i])) {
            events += isfinite(day[3][i]);
            total += fmin(day[2][i], day[3][i]) - (rows.start == NULL ? 0 : day[4][i]);
        }
    }
    period(&r.before);
    period(&r.after);
    REQUIRE(r.before.events + r.after.events == events);
    REQUIRE(r.after.events_most - r.after.events_least == r.ambiguous);
    REQUIRE(fabs(r.before.time + r.after.time - total) <= 1e-9 * total);
    REQUIRE(fabs(r.before.time_least + r.after.time_most - total) <= 1e-9 * total);
    REQUIRE(r.low >= 0 && r.low < r.high && r.pvalue > 0 && r.pvalue <= 1);
    REQUIRE(isnan(r.ratio) || (r.low <= r.ratio && r.ratio <= r.high));
    REQUIRE(r.low_least <= r.low * (1 + 1e-9) && r.high <= r.high_most * (1 + 1e-9));
    REQUIRE(r.pvalue <= r.pvalue_most * (1 + 1e-9) && r.pvalue_most <= 1);
    REQUIRE(isnan(r.ratio)
        || (r.ratio_least <= r.ratio * (1 + 1e-9) && r.ratio <= r.ratio_most * (1 + 1e-9)));
    return 0;
}
