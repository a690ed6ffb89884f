/* Any rows and options: incidences that never fall, that add up to 1 with event-free survival, with
 * limits round them, and summaries that lie on them; or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/competing_risks_summary.h"

enum { ROWS = 40, GROUPS = 3, CAUSES = 3 };

typedef struct {
    uint8_t interval, variance, flags, causes;
    uint16_t level;
    double x;
} header_t;

typedef struct {
    uint8_t kind, time, entry, weight, cause, group;
    double raw;
} row_t;

static void
demand(int condition)
{
    if (!condition) {
        abort();
    }
}

static double
time_of(const row_t *row)
{
    switch (row->kind % 4) {
        case 0:
            return row->time;
        case 1:
            return row->time * 0.1;
        case 2:
            return row->time + 1e-9 * (row->kind / 4 % 4);
        default:
            return row->raw;
    }
}

static void
check_curves(const imr_competing_risks_t *ci, int tight)
{
    for (size_t j = 0; j < ci->n; j++) {
        double sum = ci->event_free[j];

        demand(j == 0 || ci->time[j] > ci->time[j - 1]);
        demand(ci->at_risk[j] > 0 && ci->censored[j] >= 0 && ci->remaining[j] >= 0);
        for (size_t k = 0; k < ci->causes; k++) {
            size_t i = k * ci->n + j;
            double F = ci->estimate[i];

            sum += F;
            demand(F >= 0 && F <= 1 && (j == 0 || F >= ci->estimate[i - 1]));
            demand(ci->std_error[i] >= 0 && ci->std_error[i] < 2);
            demand(ci->low[i] >= 0 && ci->high[i] <= 1);
            demand(!tight || (ci->low[i] <= F + 1e-9 && F <= ci->high[i] + 1e-9));
        }
        demand(fabs(sum - 1) < 1e-12);
    }
}

static void
check_summaries(
    const imr_competing_risks_t *ci, const imr_competing_risks_options_t *options, double x)
{
    double estimate, error, low, high, p = x > 0 && x < 1 ? x : 0.5;
    int64_t at_risk;

    for (size_t k = 0; k < ci->causes; k++) {
        if (imr_competing_risks_at(
                ci, k, options, &x, 1, &estimate, &error, &low, &high, &at_risk, NULL)
            == IMR_OK) {
            demand(isnan(estimate) ? x > ci->time[ci->n - 1] : estimate >= 0 && estimate <= 1);
            demand(at_risk >= 0 && at_risk <= ci->patients);
            demand(isnan(low) || (low >= 0 && high <= 1));
        }
        demand(imr_competing_risks_quantile(ci, k, &p, 1, &estimate, &low, &high, NULL) == IMR_OK);
        demand(isnan(estimate) || (estimate >= ci->time[0] && estimate <= ci->time[ci->n - 1]));
        if (imr_competing_risks_time_lost(ci, k, options, x, &estimate, &error, &low, &high, NULL)
            == IMR_OK) {
            demand(estimate >= 0 && estimate <= x && error >= 0 && low <= estimate);
            demand(estimate <= high && high <= x);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double time[ROWS], entry[ROWS], weight[ROWS];
    uint8_t cause[ROWS];
    int64_t group[ROWS], raw[ROWS], labels[IMR_MOST_CAUSES];
    imr_competing_risks_data_t rows = { .time = time, .cause = cause };
    imr_competing_risks_options_t options;
    imr_competing_risks_t curves[GROUPS];
    imr_fault_t fault = { 0 };
    header_t header;
    row_t row;

    if (size < sizeof(header)) {
        return 0;
    }
    gsl_set_error_handler_off();
    memcpy(&header, data, sizeof(header));
    for (size_t at = sizeof(header); at + sizeof(row) <= size && rows.n < ROWS; at += sizeof(row)) {
        size_t i = rows.n++;

        memcpy(&row, data + at, sizeof(row));
        time[i] = time_of(&row);
        entry[i] = header.flags & 64 ? row.entry * 0.1 : time[i] - 1 - row.entry % 8;
        entry[i] = header.flags & 64 || entry[i] > 0 ? entry[i] : 0;
        raw[i] = row.cause % 5;
        weight[i] = row.weight == 255 ? 0.5 : row.weight % 4;
        group[i] = row.group % GROUPS;
    }
    rows.causes = header.causes % 2 ? 0 : CAUSES;
    for (size_t k = 0; k < CAUSES; k++) {
        labels[k] = (int64_t) k + 1;
    }
    if (imr_cause_codes(raw, rows.n, 0, labels, &rows.causes, cause, &fault) != IMR_OK) {
        demand(fault.row >= 0);
        return 0;
    }
    options = (imr_competing_risks_options_t) {
        .interval = (imr_incidence_interval_t) (header.interval % (IMR_INCIDENCE_LOGIT + 1)),
        .variance = (imr_incidence_variance_t) (header.variance % 2),
        .level = header.level / 65536.0,
        .fix_ties = header.flags & 1,
    };
    rows.entry = header.flags & 8 ? entry : NULL;
    rows.weight = header.flags & 16 ? weight : NULL;
    rows.group = header.flags & 32 ? group : NULL;
    rows.groups = GROUPS;
    if (imr_competing_risks(&rows, &options, curves, &fault) != IMR_OK) {
        demand(fault.status != IMR_OK && fault.argument != NULL);
        return 0;
    }
    for (size_t g = 0; g < (rows.group == NULL ? 1 : GROUPS); g++) {
        check_curves(curves + g, options.level > 0.5);
        check_summaries(curves + g, &options, header.x);
        check_summaries(curves + g, &options, curves[g].time[curves[g].n / 2]);
        imr_competing_risks_free(curves + g);
    }
    return 0;
}
