/* libFuzzer: any columns are refused with a status that names one, or every patient has one status a
 * component, met exactly where all are; the interval of the time lies within the follow-up; the shares lie
 * within their limits, and those between what the undecided could make of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "recovery/reset.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
#define MOST 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static double
value_of(uint8_t byte)
{
    static const double ODD[] = { NAN, INFINITY, -1, 1e300, 1e-300, NAN };

    return byte >= 250 ? ODD[byte - 250] : byte >= 128 ? (byte - 128) / 100.0 : byte;
}

/* What is mostly accepted: a day, a share or a flag as the column wants it. */
static double
fitting(int column, uint8_t byte)
{
    switch (column) {
        case IMR_RESET_RETURN_LEFT:
            return 20;
        case IMR_RESET_RETURN_RIGHT:
            return byte % 3 ? 40 + byte % 8 : INFINITY;
        case IMR_RESET_FOLLOWED:
            return 48 + byte % 64;
        case IMR_RESET_DRUG_FREE_FROM:
            return byte % 64 > 45 ? NAN : 1 + byte % 47;
        case IMR_RESET_DRUG_FREE_TO:
        case IMR_RESET_RELAPSED:
            return byte % 64 > 46 ? INFINITY : byte % 48;
        default:
            return column >= IMR_RESET_DEPTH_LEFT ? (column - IMR_RESET_DEPTH_LEFT) % 2 ? 47 : 20
                : byte % 5 == 4                   ? NAN
                                                  : byte % 5 / 4.0 * (byte % 2 ? 1 : 0.5);
    }
}

static void
patient(const imr_reset_t *r, const imr_reset_rows_t *rows, size_t i)
{
    const int64_t *status = r->status + i * IMR_RESET_COMPONENTS;
    double longest = 0;
    int all_met = 1, one_fails = 0;

    for (size_t k = 0; k < rows->n; k++) {
        longest = fmax(longest, rows->column[IMR_RESET_FOLLOWED][k]);
    }
    for (size_t k = 0; k < IMR_RESET_COMPONENTS; k++) {
        REQUIRE(status[k] >= 0 && status[k] < IMR_RESET_STATUSES);
        REQUIRE(r->reason[i * IMR_RESET_COMPONENTS + k] < IMR_RESET_REASONS);
        REQUIRE(r->assessed[k] || status[k] == IMR_RESET_NOT_ASSESSED);
        all_met &= !r->assessed[k] || status[k] == IMR_RESET_MET;
        one_fails |= status[k] == IMR_RESET_NOT_MET;
    }
    REQUIRE((r->composite[i] == IMR_RESET_MET) == all_met);
    REQUIRE((r->composite[i] == IMR_RESET_NOT_MET) == one_fails);
    if (r->composite[i] == IMR_RESET_NOT_ASSESSED) {
        REQUIRE(isnan(r->left[i]) && isnan(r->right[i]));
        return;
    }
    REQUIRE(r->left[i] >= 0 && r->left[i] <= longest);
    REQUIRE(all_met ? r->right[i] >= r->left[i] && r->right[i] <= longest : isinf(r->right[i]));
    REQUIRE(!r->precluded[i] || (one_fails && r->left[i] == longest));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double column[IMR_RESET_COLUMNS][MOST], criteria[IMR_RESET_CRITERIA];
    imr_reset_rows_t rows = { 0 };
    imr_reset_t r;
    imr_fault_t fault;
    size_t at = 4;

    if (size < 4) {
        return 0;
    }
    rows.n = data[0] % (MOST + 1);
    for (int k = 0; k < IMR_RESET_CRITERIA; k++) {
        criteria[k] = at < size ? value_of(data[at++]) : 1;
        if (!(data[1] & 1) && !(criteria[k] >= 0 && isfinite(criteria[k]))) {
            criteria[k] = NAN;
        }
    }
    for (int k = 0; k < IMR_RESET_COLUMNS; k++) {
        uint8_t given = at < size ? data[at++] : 1;

        for (size_t i = 0; i < MOST; i++) {
            uint8_t byte = at < size ? data[at++] : (uint8_t) (31 * i + 7 * (size_t) k);

            column[k][i] = data[1] % 4 == 3 ? value_of(byte) : fitting(k, byte);
        }
        rows.column[k] = k <= IMR_RESET_FOLLOWED || given % 4 ? column[k] : NULL;
    }
    if (imr_reset_init(&r, &rows, criteria, 0.5 + data[3] / 520.0, &fault) != IMR_OK) {
        REQUIRE(fault.argument != NULL || fault.status == IMR_ERR_RESET_NOTHING);
        return 0;
    }
    for (size_t i = 0; i < r.n; i++) {
        patient(&r, &rows, i);
    }
    for (size_t k = 0; k < IMR_RESET_ROWS; k++) {
        int64_t all = 0;

        for (size_t s = 0; s < IMR_RESET_STATUSES; s++) {
            all += r.count[k * IMR_RESET_STATUSES + s];
        }
        REQUIRE(all == (int64_t) r.n);
        REQUIRE(r.least[k] >= 0 && r.least[k] <= r.most[k] && r.most[k] <= 1);
        REQUIRE(r.low[k] >= 0 && r.low[k] < r.high[k] && r.high[k] <= 1);
        REQUIRE(isnan(r.share[k])
            || (r.low[k] <= r.share[k] && r.share[k] <= r.high[k] && r.share[k] >= r.least[k]
                && r.share[k] <= r.most[k]));
    }
    imr_reset_free(&r);
    return 0;
}
