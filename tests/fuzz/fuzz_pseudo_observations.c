/* libFuzzer: any rows are refused with a status, or give finite pseudo-observations; those of survival
 * without censoring are the observations. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/pseudo_observations.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define MOST_ROWS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double time[MOST_ROWS], value[MOST_ROWS], estimate, at;
    uint8_t event[MOST_ROWS];
    size_t n = 0;
    int complete = 1;
    imr_fault_t fault = { 0 };
    imr_pseudo_observations_t self;

    if (size < 1) {
        return 0;
    }
    at = data[0] / 2.0;
    for (size_t i = 1; i + 1 < size && n < MOST_ROWS; i += 2) {
        event[n] = (data[i] & 3) % 3;
        complete &= event[n] > 0;
        time[n] = data[i + 1] / 2.0;
        if (data[i] >> 1 == 127 && i + 9 < size) {
            memcpy(time + n, data + i + 2, 8);
            i += 8;
            complete = 0;
        }
        n++;
    }
    if (imr_pseudo_observations_init(&self, time, event, n, 2, 1, &fault) != IMR_OK) {
        REQUIRE(self.row == NULL);
        return 0;
    }
    for (int of = 0; of < 3; of++) {
        int status = imr_pseudo_observations(
            &self, (imr_pseudo_observations_of_t) of, at, "at", 0, &estimate, value, 1, &fault);

        for (size_t i = 0; i < n && status == IMR_OK; i++) {
            REQUIRE(isfinite(value[i]));
            REQUIRE(
                !complete || of != IMR_PSEUDO_SURVIVAL || fabs(value[i] - (time[i] > at)) < 1e-9);
            REQUIRE(!complete || of != IMR_PSEUDO_INCIDENCE
                || fabs(value[i] - (time[i] <= at && event[i] == 1)) < 1e-9);
        }
    }
    imr_pseudo_observations_free(&self);
    return 0;
}
