/* Any times and events: rows in order that hold every patient once, quantiles that are times or
 * middles of two, or a status that names the row. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/kaplan_meier_bootstrap.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { MOST = 200, REPLICATES = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_rows(const imr_kaplan_meier_bootstrap_t *job, const uint8_t *event)
{
    size_t events = 0, given = 0;

    REQUIRE(job->rows >= 1 && job->first[0] == 0 && job->first[job->rows] == job->n);
    for (size_t row = 0; row < job->rows; row++) {
        REQUIRE(job->first[row] < job->first[row + 1]);
        REQUIRE(job->first[row] <= job->censored_from[row]);
        REQUIRE(job->censored_from[row] <= job->first[row + 1]);
        REQUIRE(row == 0 || job->time[row - 1] < job->time[row]);
        events += job->censored_from[row] - job->first[row];
    }
    for (size_t i = 0; i < job->n; i++) {
        given += event[i];
    }
    REQUIRE(events == given);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double time[MOST], p, quantile[REPLICATES], one;
    uint8_t event[MOST];
    const uint64_t key[2] = { size, 1 };
    imr_kaplan_meier_bootstrap_t job;
    imr_fault_t fault = { 0 };
    size_t n = 0;
    int status;

    if (size < sizeof(p)) {
        return 0;
    }
    memcpy(&p, data, sizeof(p));
    p = isfinite(p) && data[0] & 1 ? fabs(remainder(p, 1)) : p;
    data += sizeof(p);
    size -= sizeof(p);
    for (; n < MOST && size >= 9; n++, data += 9, size -= 9) {
        memcpy(&time[n], data, sizeof(time[n]));
        if (data[8] & 2) {
            time[n] = data[0] % 16 / 10.0; /* ties */
        }
        event[n] = data[8] & 4 ? data[8] & 1 : data[8] % 3;
    }
    status = imr_kaplan_meier_bootstrap_init(&job, time, event, n, &fault);
    if (status != IMR_OK) {
        REQUIRE(n == 0 || fault.row >= 0);
        REQUIRE(job.time == NULL);
        return 0;
    }
    check_rows(&job, event);
    status =
        imr_kaplan_meier_bootstrap_replicates(&job, p, key, 3, 3 + REPLICATES, quantile, &fault);
    REQUIRE((status == IMR_OK) == (p > 0 && p < 1));
    if (status == IMR_OK) {
        for (int i = 0; i < REPLICATES; i++) {
            REQUIRE(quantile[i] == INFINITY
                || (quantile[i] >= job.time[0] && quantile[i] <= job.time[job.rows - 1]));
        }
        REQUIRE(imr_kaplan_meier_bootstrap_replicates(&job, p, key, 5, 6, &one, NULL) == IMR_OK);
        REQUIRE(one == quantile[2]);
        REQUIRE(imr_kaplan_meier_bootstrap_estimate(&job, p, &one, NULL) == IMR_OK);
    }
    imr_kaplan_meier_bootstrap_free(&job);
    return 0;
}
