/* Any rows: refused with a status, or patients beyond the landmark with time left, and rows of which
 * each patient's are one follow-up without gap or overlap, with the event at its end alone. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/landmark.h"

enum { MOST = 40 };

typedef struct {
    double time, change;
    uint8_t event;
} row_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int ok)
{
    if (!ok) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    double time[MOST], change[MOST], split_entry[2 * MOST], split_time[2 * MOST], at, followed = 0;
    uint8_t event[MOST], split_event[2 * MOST], changed[2 * MOST];
    int64_t rows[2 * MOST];
    size_t n = 0, events = 0, found = 0;
    imr_landmark_data_t data = { 0, time, event, change };
    imr_landmark_t lm = { 0, rows, split_time, split_event, changed, 0, 0, 0 };
    imr_landmark_split_t split = { 0, rows, split_entry, split_time, split_event, changed, 0 };
    imr_fault_t fault;
    int fix_ties;

    if (size < sizeof(at) + 1) {
        return 0;
    }
    gsl_set_error_handler_off();
    memcpy(&at, bytes, sizeof(at));
    fix_ties = bytes[sizeof(at)] & 1;
    for (size_t used = sizeof(at) + 1; n < MOST && used + sizeof(row_t) <= size; n++) {
        row_t row;

        memcpy(&row, bytes + used, sizeof(row));
        used += sizeof(row);
        time[n] = row.event & 4 ? fmod(row.time, 100) : row.time;
        change[n] = row.event & 8 ? INFINITY : row.event & 4 ? time[n] / 2 : row.change;
        event[n] = row.event & 1;
        events += event[n];
    }
    data.n = n;
    if (imr_landmark(&data, at, fix_ties, &lm, &fault) == IMR_OK) {
        check((int64_t) lm.n + lm.events_before + lm.censored_before == (int64_t) n);
        for (size_t k = 0; k < lm.n; k++) {
            check(lm.time[k] > 0 && (k == 0 || lm.row[k] > lm.row[k - 1]));
        }
    }
    if (imr_landmark_split(&data, fix_ties, &split, &fault) != IMR_OK) {
        return 0;
    }
    check(split.n >= n && split.n <= 2 * n);
    for (size_t k = 0; k < split.n; k++) {
        int first = k == 0 || split.row[k] != split.row[k - 1];

        check(split.entry[k] < split.time[k]);
        check(split.entry[k] == (first ? 0 : split.time[k - 1]));
        check(first || (split.changed[k] == 1 && split.changed[k - 1] == 0));
        check(first || split.event[k - 1] == 0);
        found += split.event[k];
        followed += split.time[k] - split.entry[k];
    }
    check(found == events && followed >= 0);
    return 0;
}
