/* Any rows and options: curves that never rise, within [0, 1], with limits around them, and summaries
 * that lie on them; or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/kaplan_meier_curve.h"
#include "survival/kaplan_meier_summary.h"

enum { ROWS = 40, GROUPS = 3 };

typedef struct {
    uint8_t form, interval, lower, variance, flags, n;
    uint16_t level;
    double start_time;
} header_t;

typedef struct {
    uint8_t kind; /* how to read the times, event, group, cluster */
    uint8_t time, entry, weight;
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
time_of(const row_t *row, uint8_t value)
{
    switch (row->kind % 4) {
        case 0:
            return value;
        case 1:
            return value * 0.1;
        case 2:
            return value + 1e-9 * (row->kind / 4 % 4);
        default:
            return row->raw;
    }
}

static void
check_curve(const imr_kaplan_meier_t *km, const imr_kaplan_meier_options_t *options)
{
    int exact = options->lower == IMR_KM_USUAL && options->level > 0.5;

    demand(km->n > 0 && km->patients > 0);
    for (size_t j = 0; j < km->n; j++) {
        double s = km->estimate[j];

        demand(j == 0 || km->time[j] > km->time[j - 1]);
        demand(km->at_risk[j] > 0 && km->events[j] >= 0 && km->censored[j] >= 0);
        demand(km->events[j] + km->censored[j] > 0);
        demand(km->events[j] + km->censored[j] <= km->at_risk[j]);
        demand(s >= 0 && s <= 1 && (j == 0 || s <= km->estimate[j - 1]));
        demand(km->cumulative_hazard[j] >= 0 && km->cumulative_hazard_std_error[j] >= 0);
        demand(km->std_error[j] >= 0 || s == 0);
        if (s == 0 && !imr_kaplan_meier_is_beta(options->interval)) {
            demand(isnan(km->low[j]) && isnan(km->high[j]));
        } else if (s < 1 || options->interval != IMR_KM_ARCSINE) {
            demand(km->low[j] >= 0 && km->high[j] <= 1);
            demand(!exact || (km->low[j] <= s + 1e-9 && s <= km->high[j] + 1e-9));
        }
    }
}

static void
check_summaries(const imr_kaplan_meier_t *km, const imr_kaplan_meier_options_t *options, double x)
{
    imr_kaplan_meier_made_t made = {
        .form = options->form,
        .level = options->level,
        .start = options->start_time > 0 ? options->start_time : 0,
        .fix_ties = options->fix_ties,
        .beta = imr_kaplan_meier_is_beta(options->interval),
    };
    imr_kaplan_meier_band_options_t band = { IMR_BAND_EQUAL_PRECISION, IMR_BAND_LOG_LOG,
        options->level };
    double last = km->time[km->n - 1], estimate, error, low, high, critical, limits[2][ROWS];
    double p = x > 0 && x < 1 ? x : 0.5;
    int64_t at_risk;
    size_t begin, end;

    if (imr_kaplan_meier_at(km, &made, &x, 1, &estimate, &error, &low, &high, &at_risk, NULL)
        == IMR_OK) {
        demand(isnan(estimate) ? x > last : estimate >= 0 && estimate <= 1);
        demand(at_risk >= 0 && at_risk <= km->patients);
    }
    demand(imr_kaplan_meier_quantile(km, &made, &p, 1, &estimate, &low, &high, NULL) == IMR_OK);
    demand(isnan(estimate) || (estimate >= km->time[0] && estimate <= last));
    if (imr_kaplan_meier_rmst(km, &made, x, &estimate, &error, &low, &high, NULL) == IMR_OK) {
        demand(estimate >= 0 && estimate <= x && error >= 0 && low <= estimate && estimate <= high);
    }
    if (imr_kaplan_meier_band_between(
            km, &made, NAN, x, &band, &begin, &end, &critical, limits[0], limits[1], NULL)
        == IMR_OK) {
        demand(begin < end && end <= km->n && critical > 0);
        for (size_t j = begin; j < end; j++) {
            demand(limits[0][j] <= km->estimate[j] && km->estimate[j] <= limits[1][j]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double time[ROWS], entry[ROWS], weight[ROWS];
    uint8_t event[ROWS];
    int64_t cluster[ROWS], group[ROWS];
    imr_kaplan_meier_options_t options;
    imr_kaplan_meier_data_t rows = { .time = time, .event = event };
    imr_kaplan_meier_t curves[GROUPS];
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
        time[i] = time_of(&row, row.time);
        entry[i] = header.flags & 64 ? row.entry * 0.1 : time[i] - 1 - row.entry % 8;
        entry[i] = header.flags & 64 || entry[i] > 0 ? entry[i] : 0;
        event[i] = row.kind == 255 ? 2 : row.kind >> 4 & 1;
        weight[i] = header.variance % 2 ? row.weight * 0.25 : row.weight % 4;
        group[i] = row.weight % GROUPS;
        cluster[i] = row.entry % 8;
    }
    options = (imr_kaplan_meier_options_t) {
        .form = (imr_kaplan_meier_form_t) (header.form % (IMR_KM_NELSON_AALEN + 1)),
        .interval =
            (imr_kaplan_meier_interval_t) (header.interval % (IMR_KM_BETA_PRODUCT_MID_P + 1)),
        .lower = (imr_kaplan_meier_lower_t) (header.lower % (IMR_KM_MODIFIED + 1)),
        .variance = (imr_kaplan_meier_variance_t) (header.variance % 2),
        .level = header.level / 65536.0,
        .start_time = header.flags & 1 ? header.start_time : NAN,
        .reverse = header.flags >> 1 & 1,
        .fix_ties = header.flags >> 2 & 1,
    };
    rows.entry = header.flags & 8 ? entry : NULL;
    rows.weight = header.flags & 16 ? weight : NULL;
    rows.group = header.flags & 32 ? group : NULL;
    rows.groups = header.flags & 32 ? GROUPS : 1;
    rows.cluster = header.flags & 128 ? cluster : NULL;
    rows.clusters = 8;
    if (rows.cluster != NULL) {
        options.variance = IMR_KM_ROBUST;
    }
    if (imr_kaplan_meier(&rows, &options, curves, &fault) != IMR_OK) {
        demand(fault.status != IMR_OK && fault.argument != NULL);
        return 0;
    }
    for (size_t g = 0; g < rows.groups; g++) {
        imr_kaplan_meier_beta_t state;

        if (imr_kaplan_meier_is_beta(options.interval)) {
            demand(imr_kaplan_meier_beta_limits(curves + g, &options, &state, 0, curves[g].n, NULL)
                == IMR_OK);
        }
        check_curve(curves + g, &options);
        check_summaries(curves + g, &options, header.start_time);
        check_summaries(curves + g, &options, curves[g].time[curves[g].n / 2]);
        imr_kaplan_meier_free(curves + g);
    }
    return 0;
}
