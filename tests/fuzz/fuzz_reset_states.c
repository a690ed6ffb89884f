/* libFuzzer: any days are refused with a status that names a column, or the shares of each day sum to 1 and
 * the times to tau, and limits hold them. */
#include <math.h>
#include <stdlib.h>

#include "recovery/reset_states.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
#define MOST 6
#define STATES IMR_RESET_STATES

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
holds(const double *estimate, const double *low, const double *high, double total)
{
    double sum = 0;

    for (size_t s = 0; s < STATES; s++) {
        REQUIRE(estimate[s] >= 0 && estimate[s] <= total * (1 + 1e-9));
        REQUIRE(low[s] >= 0 && high[s] <= total && low[s] < high[s]);
        REQUIRE(low[s] <= estimate[s] + 1e-9 * total && estimate[s] <= high[s] + 1e-9 * total);
        sum += estimate[s];
    }
    REQUIRE(fabs(sum - total) <= 1e-9 * total);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double day[8][MOST], at[3], tau;
    imr_reset_state_rows_t rows = { 0, day[0], day[1], day[2], day[3], day[4], day[5], day[6],
        day[7], 1 };
    imr_reset_states_t r;
    imr_fault_t fault;
    int strange;

    if (size < 6) {
        return 0;
    }
    rows.n = data[0] % (MOST + 1);
    rows.turn = data[0] / 255.0;
    rows.drug_free_from = data[1] & 1 ? day[5] : NULL;
    rows.drug_free_to = data[1] & 1 ? day[6] : NULL;
    rows.dead = data[1] & 2 ? day[7] : NULL;
    strange = data[1] & 4;
    for (size_t i = 0; i < MOST; i++) {
        uint8_t byte[8];

        for (size_t k = 0; k < 8; k++) {
            byte[k] = 6 + 8 * i + k < size ? data[6 + 8 * i + k] : (uint8_t) (31 * i + 41 * k);
        }
        for (size_t k = 0; k < 8; k++) {
            day[k][i] = day_of(byte[k], byte[3], strange);
        }
        day[3][i] = byte[3];
        day[7][i] = byte[7] % 2;
        if (!strange) {
            day[1][i] = isinf(day[1][i]) ? 0 : day[1][i];
            day[2][i] = day[2][i] > day[1][i] ? day[2][i] : INFINITY;
            day[0][i] = isfinite(day[2][i]) ? fmin(day[0][i], day[1][i]) : day[0][i];
            day[6][i] = day[6][i] > day[5][i] ? day[6][i] : INFINITY;
        }
    }
    at[0] = data[2] / 2.0;
    at[1] = at[0] + data[3] / 4.0;
    at[2] = at[1] + data[4] / 4.0;
    tau = data[5];
    if (imr_reset_states_init(&r, &rows, at, data[4] % 4, tau, 0.95, NULL, &fault) != IMR_OK) {
        REQUIRE(fault.argument != NULL);
        return 0;
    }
    for (size_t d = 0; d < r.days; d++) {
        int64_t present = 0;

        holds(r.share + d * STATES, r.low + d * STATES, r.high + d * STATES, 1);
        for (size_t s = 0; s < STATES; s++) {
            present += r.present[d * STATES + s];
        }
        REQUIRE(present == r.known[d] && r.known[d] <= (int64_t) r.n && r.known[d] > 0);
        REQUIRE(r.complete[d] == (r.known[d] == (int64_t) r.n));
    }
    holds(r.time, r.time_low, r.time_high, tau);
    imr_reset_states_free(&r);
    return 0;
}
