/* Any series of any patients and infusions: days in order, areas that grow, numbers that are finite or
 * NaN for a reason; or a status. Then the summary of what was found. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "recovery/expansion.h"
#include "recovery/expansion_fit.h"
#include "recovery/expansion_summary.h"

enum { MOST = 200, PATIENTS = 5, INFUSIONS = 2, AREAS = 3, MOST_FITTED = 24 };

typedef struct {
    double auc_day[AREAS];
    double least_r2;
    double least_span;
    uint8_t parts; /* which of the optional inputs are given */
    uint8_t rules;
    uint8_t second; /* day of the second infusion */
    uint8_t plain; /* take sensible options in place of the doubles */
} head_t;

typedef struct {
    double copies; /* as they are, in place of the small ones, where bit 1 of below is set */
    int16_t day; /* quarters; INT16_MAX is infinity */
    uint16_t few; /* eighths */
    uint8_t lloq; /* quarters */
    int8_t patient;
    uint8_t below;
} row_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void
check(const imr_expansion_t *a, size_t r, const double *auc_day)
{
    int64_t status = a->status[r];

    require(status >= 0 && status <= IMR_EXPANSION_NO_SAMPLES);
    require(a->samples_below[r] >= 0 && a->samples_below[r] <= a->samples[r]);
    for (size_t d = 0; d < a->auc_days; d++) {
        double area = a->auc[r * a->auc_days + d];
        int64_t rests_on = a->auc_status[r * a->auc_days + d];

        require((rests_on == IMR_AREA_NOT_FOLLOWED) == (isnan(area) != 0));
        require(isnan(area) || (area >= 0 && isfinite(area)));
        require(d == 0 || auc_day[d] < auc_day[d - 1] || isnan(area)
            || isnan(a->auc[r * a->auc_days])
            || area >= a->auc[r * a->auc_days + d - 1] * (1 - 1e-12)
            || isnan(a->auc[r * a->auc_days + d - 1]));
    }
    if (status >= IMR_EXPANSION_NEVER_QUANTIFIED) {
        require(isnan(a->cmax[r]) && a->lambda_z_status[r] == IMR_SLOPE_NOT_QUANTIFIED);
        return;
    }
    require(0 <= a->tfirst[r] && a->tfirst[r] <= a->tmax[r] && a->tmax[r] <= a->tlast[r]);
    require(a->tlast[r] <= a->last_day[r] && a->tlast[r] < a->lost_right[r]);
    require(a->last_day[r] <= a->next_infusion_day[r]);
    require(a->cmax[r] >= a->clast[r] && a->clast[r] > 0);
    require(a->auc_last[r] >= 0 && isfinite(a->auc_last[r]));
    require((a->lambda_z_status[r] <= IMR_SLOPE_POOR_FIT) == (a->lambda_z[r] > 0));
    if (a->lambda_z[r] > 0) {
        require(isfinite(a->lambda_z[r]) && isfinite(a->half_life[r]) && isfinite(a->auc_inf[r]));
        require(a->lambda_z_points[r] >= IMR_TERMINAL_LEAST && a->adjusted_r2[r] <= 1 + 1e-12);
        require(a->extrapolated[r] >= 0 && a->extrapolated[r] <= 1 && a->span[r] >= 0);
    }
}

/* Each row has a status, and a fit its certificate. */
static void
check_fits(const imr_count_series_t *series, imr_expansion_decline_t decline)
{
    imr_expansion_fit_options_t options = { decline, 0.9, 1 };
    imr_expansion_fit_t fit;

    if (imr_expansion_fit_init(&fit, series, &options, NULL) != IMR_OK) {
        require(fit.block == NULL);
        return;
    }
    for (size_t r = 0; r < fit.rows; r++) {
        static const double day = 12;
        const imr_expansion_fit_row_t *row = &fit.row[r];
        double curve, low, high;

        imr_expansion_fit_row(&fit, r);
        require(row->status <= IMR_EXPANSION_FIT_NOT_IDENTIFIABLE);
        if (row->status != IMR_EXPANSION_FITTED) {
            continue;
        }
        require(row->score_norm >= 0 && row->sd >= 0 && row->estimate[IMR_FIT_CMAX] > 0);
        for (int q = 0; q < IMR_FIT_QUANTITIES; q++) {
            require(!(row->low[q] > row->estimate[q] * (1 + 1e-9)));
            require(!(row->high[q] < row->estimate[q] * (1 - 1e-9)));
        }
        if (r == 0) {
            imr_expansion_fit_curve(&fit, r, &day, 1, &curve, &low, &high);
            require(curve >= 0 && !(low > curve * (1 + 1e-6)) && !(high < curve * (1 - 1e-6)));
        }
    }
    imr_expansion_fit_free(&fit);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    head_t head;
    row_t row;
    double day[MOST], copies[MOST], lloq[MOST] = { 1 }, infusion[PATIENTS * INFUSIONS];
    int64_t patient[MOST], start[PATIENTS + 1];
    uint8_t below[MOST];
    imr_count_series_t series = {
        .patient = patient, .day = day, .count = copies, .patients = PATIENTS, .n_series = 1
    };
    imr_expansion_options_t options = { 0 };
    imr_expansion_summary_t summary;
    imr_expansion_t answer;
    imr_fault_t fault;

    gsl_set_error_handler_off();
    if (size < sizeof(head)) {
        return 0;
    }
    memcpy(&head, data, sizeof(head));
    data += sizeof(head);
    size -= sizeof(head);
    if (head.plain & 1) {
        head.auc_day[0] = 14;
        head.auc_day[1] = 28;
        head.auc_day[2] = 90;
        head.least_r2 = 0.8;
        head.least_span = 2;
    }
    while (series.n < MOST && size >= sizeof(row)) {
        memcpy(&row, data, sizeof(row));
        patient[series.n] = row.patient;
        day[series.n] = row.day == INT16_MAX ? INFINITY : row.day / 4.0;
        copies[series.n] = row.below & 2 ? row.copies : row.few / 8.0;
        lloq[series.n] = row.lloq / 4.0;
        below[series.n++] = row.below & 1;
        data += sizeof(row);
        size -= sizeof(row);
    }
    for (int p = 0; p < PATIENTS; p++) {
        start[p] = (int64_t) p * INFUSIONS;
        infusion[p * INFUSIONS] = 0;
        infusion[p * INFUSIONS + 1] = head.second / 4.0;
    }
    start[PATIENTS] = PATIENTS * INFUSIONS;
    series.lloq = head.parts & 1 ? lloq : NULL;
    series.lloq_step = head.parts & 2 ? 1 : 0;
    series.below = head.parts & 4 ? below : NULL;
    series.infusion_start = head.parts & 8 ? start : NULL;
    series.infusion_day = head.parts & 8 ? infusion : NULL;
    options.trapezoid = (imr_trapezoid_t) (head.rules & 1);
    options.with_peak = head.rules >> 1 & 1;
    options.after_last = (imr_expansion_below_t) (head.rules >> 2 & 1);
    options.before_first = (imr_expansion_below_t) ((head.rules >> 3) % 3);
    options.between = (imr_expansion_below_t) ((head.rules >> 5) % 3);
    options.least_r2 = head.least_r2;
    options.least_span = head.least_span;
    options.auc_day = head.auc_day;
    options.auc_days = AREAS;
    if (imr_expansion(&answer, &series, &options, &fault) == IMR_OK) {
        for (size_t r = 0; r < answer.rows; r++) {
            check(&answer, r, head.auc_day);
        }
        require(imr_expansion_summary(&summary, answer.cmax, answer.rows, 0.95, &fault) == IMR_OK);
        require(summary.zeros == 0 && (summary.n == 0) == (isnan(summary.geometric_mean) != 0));
        require(summary.n == 0
            || (summary.geometric_low <= summary.geometric_high && summary.least <= summary.median
                && summary.median <= summary.most));
    } else {
        require(answer.block == NULL);
    }
    imr_expansion_free(&answer);
    if (series.n <= MOST_FITTED) {
        check_fits(&series, (imr_expansion_decline_t) (head.rules >> 7));
    }
    return 0;
}
