/* Any counts, level and form: limits in [0, 1] that enclose the estimate, or a status. Without late
 * entries they never rise. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/kaplan_meier_beta.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    uint8_t events, censored, entered, shift;
} row_t;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    imr_kaplan_meier_beta_t job;
    imr_fault_t fault = { 0 };
    double level, low, high, last_low, last_high = 1, estimate = 1;
    int64_t left;
    int late = 0;
    row_t row;

    gsl_set_error_handler_off();
    if (size < sizeof(level) + 2) {
        return 0;
    }
    memcpy(&level, data, sizeof(level));
    if (data[8] & 2) {
        level = fabs(remainder(level, 1)); /* most doubles are no level */
    }
    if (imr_kaplan_meier_beta_init(&job, data[8] & 1, level, &fault) != IMR_OK) {
        REQUIRE(fault.status == IMR_ERR_LEVEL && !(level > 0 && level < 1));
        return 0;
    }
    left = data[9];
    REQUIRE(imr_kaplan_meier_beta_start(&job, left, &last_low, &high, &fault) == IMR_OK);
    REQUIRE(high == 1 && last_low >= 0 && last_low <= 1);
    data += 10;
    size -= 10;
    for (int64_t i = 0; i < 60 && size >= sizeof(row);
        i++, data += sizeof(row), size -= sizeof(row)) {
        int64_t at_risk, events, censored;
        int status;

        memcpy(&row, data, sizeof(row));
        at_risk = left + (row.entered < 128 ? 0 : (int64_t) (row.entered - 127) << row.shift % 40);
        events = (int64_t) row.events << (row.shift % 8);
        censored = row.censored;
        status = imr_kaplan_meier_beta_row(&job, at_risk, events, censored, i, &low, &high, &fault);
        if (events + censored > at_risk) {
            REQUIRE(status == IMR_ERR_EVENTS_EXCEED && fault.row == i);
            return 0;
        }
        REQUIRE(status == IMR_OK);
        REQUIRE(low >= 0 && low <= high && high <= 1);
        estimate *= at_risk == 0 ? 1 : (double) (at_risk - events) / (double) at_risk;
        if (level > 0.5 && estimate > 1e-60) {
            REQUIRE(low <= estimate * (1 + 1e-12) && estimate <= high * (1 + 1e-12));
        }
        late = late || at_risk > left;
        if (!late) {
            REQUIRE(low <= last_low * (1 + 1e-9) + 1e-14 && high <= last_high);
        }
        last_low = low;
        last_high = high;
        left = at_risk - events - censored;
    }
    return 0;
}
