#include "recovery/expansion.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "recovery/expansion_visits.h"

/* A slope that misses a bound by rounding alone is within it. */
#define ROUNDING 1e-9

#define LOG_2 0.69314718055994530942

/* Room for the points of the longest course. */
typedef struct {
    imr_point_t *curve; /* what areas are taken under */
    imr_point_t *logs; /* of the quantified samples */
} points_t;

/* --- what is given ---------------------------------------------------------------------------- */

static int
check_options(
    const imr_expansion_options_t *options, const imr_count_series_t *series, imr_fault_t *fault)
{
    for (size_t i = 0; i < options->auc_days; i++) {
        double day = options->auc_day[i];

        if (!(day > 0)) {
            return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "auc_days", (int64_t) i, day);
        }
        if (!(day <= IMR_EXPANSION_MOST_DAYS)) {
            return imr_fault(fault, IMR_ERR_EXPANSION_RANGE, "auc_days", (int64_t) i, day);
        }
    }
    if (!(options->least_r2 >= 0 && options->least_r2 <= 1)) {
        return imr_fault(fault, IMR_ERR_LEAST_FIT, "min_adjusted_r2", -1, options->least_r2);
    }
    if (!(options->least_span >= 0 && isfinite(options->least_span))) {
        return imr_fault(fault, options->least_span < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE,
            "min_span", -1, options->least_span);
    }
    if (series->below != NULL && series->lloq == NULL) {
        return imr_fault(fault, IMR_ERR_LIMIT_NEEDED, "below", -1, NAN);
    }
    return IMR_OK;
}

/* --- one row ---------------------------------------------------------------------------------- */

/* The curve under which areas are taken, in days from infusion; from `first` to `last` the samples
 * between the first and the last quantified one. */
static size_t
draw_curve(imr_point_t *curve, const imr_visits_t *visits, size_t first, size_t last,
    const imr_expansion_options_t *options)
{
    size_t points = 0;

    if (visits->n == 0 || visits->sample[0].day > visits->infusion) {
        curve[points].day = 0;
        curve[points++].value =
            visits->before != NULL && imr_is_quantified(visits->before) ? visits->before->high : 0;
    }
    for (size_t i = 0; i < visits->n; i++) {
        const imr_sample_t *sample = &visits->sample[i];
        imr_expansion_below_t rule = i < first ? options->before_first
            : i < last                         ? options->between
                                               : options->after_last;
        double value = sample->high;

        if (!imr_is_quantified(sample)) {
            if (sample->day == visits->infusion) {
                rule = IMR_BELOW_ZERO; /* nothing was infused before */
            }
            if (rule == IMR_BELOW_MISSING) {
                continue;
            }
            value = rule == IMR_BELOW_HALF ? sample->high / 2 : 0;
        }
        curve[points].day = sample->day - visits->infusion;
        curve[points++].value = value;
        if (i > last) {
            break; /* zero once: the curve has come down */
        }
    }
    return points;
}

static void
describe_slope(imr_expansion_t *self, size_t row, const imr_point_t *logs, size_t n, size_t peak,
    const imr_expansion_options_t *options)
{
    size_t from = options->with_peak ? peak : peak + 1;
    imr_terminal_t terminal;

    if (n - from < IMR_TERMINAL_LEAST) {
        self->lambda_z_status[row] = IMR_SLOPE_TOO_FEW_POINTS;
        return;
    }
    if (!imr_curve_terminal(logs + from, n - from, &terminal)) {
        self->lambda_z_status[row] = IMR_SLOPE_NOT_DECLINING;
        return;
    }
    self->lambda_z[row] = terminal.rate;
    self->half_life[row] = LOG_2 / terminal.rate;
    self->lambda_z_points[row] = (int64_t) terminal.points;
    self->adjusted_r2[row] = terminal.adjusted;
    self->span[row] = (logs[n - 1].day - logs[n - terminal.points].day) * terminal.rate / LOG_2;
    self->lambda_z_status[row] = terminal.adjusted < options->least_r2 - ROUNDING
        ? IMR_SLOPE_POOR_FIT
        : self->span[row] < options->least_span * (1 - ROUNDING) ? IMR_SLOPE_SHORT_SPAN
                                                                 : IMR_SLOPE_ESTIMATED;
}

/* From the least value before the peak, the last of equal ones, up to the peak. */
static void
describe_rise(imr_expansion_t *self, size_t row, const imr_point_t *logs, size_t peak)
{
    size_t least = 0;
    double rate;

    for (size_t i = 1; i < peak; i++) {
        if (logs[i].value <= logs[least].value) {
            least = i;
        }
    }
    rate = imr_curve_slope(logs + least, peak + 1 - least);
    self->expansion_rate[row] = rate;
    if (rate > 0) {
        self->doubling_time[row] = LOG_2 / rate;
    }
}

/* The area up to `day`, and what it rests on. */
static double
area_until(const imr_expansion_t *self, size_t row, double day, const imr_point_t *curve, size_t n,
    const imr_expansion_options_t *options, int64_t *rests_on)
{
    double area = imr_curve_area(curve, n, options->trapezoid, day);
    double beyond = day - self->tlast[row], rate = self->lambda_z[row];
    int lost = self->lost_right[row] < INFINITY;

    if (beyond <= 0) {
        *rests_on = IMR_AREA_OBSERVED;
        return area;
    }
    if (lost && options->after_last == IMR_BELOW_ZERO) {
        *rests_on = IMR_AREA_BELOW_LIMIT;
        return area;
    }
    *rests_on = isnan(rate) ? IMR_AREA_NOT_FOLLOWED : IMR_AREA_EXTRAPOLATED;
    return area - self->clast[row] * expm1(-rate * beyond) / rate;
}

/* A patient in whom nothing was quantified has no area on the days that were seen. */
static void
describe_nothing(imr_expansion_t *self, size_t row, const imr_expansion_options_t *options)
{
    self->status[row] =
        self->samples[row] > 0 ? IMR_EXPANSION_NEVER_QUANTIFIED : IMR_EXPANSION_NO_SAMPLES;
    self->lambda_z_status[row] = IMR_SLOPE_NOT_QUANTIFIED;
    for (size_t d = 0; d < options->auc_days; d++) {
        int followed = self->last_day[row] >= options->auc_day[d];

        self->auc[row * options->auc_days + d] = followed ? 0 : NAN;
        self->auc_status[row * options->auc_days + d] =
            followed ? IMR_AREA_BELOW_LIMIT : IMR_AREA_NOT_FOLLOWED;
    }
}

static void
describe_row(imr_expansion_t *self, size_t row, const imr_visits_t *visits, const points_t *points,
    const imr_expansion_options_t *options)
{
    size_t n_seen = 0, n_curve, peak = 0, first = 0, last = 0;
    imr_point_t *logs = points->logs, *curve = points->curve;

    self->samples[row] = (int64_t) visits->n;
    if (visits->n > 0) {
        self->last_day[row] = visits->sample[visits->n - 1].day - visits->infusion;
    }
    for (size_t i = 0; i < visits->n; i++) {
        double copies = visits->sample[i].high;

        if (!imr_is_quantified(&visits->sample[i])) {
            continue;
        }
        first = n_seen == 0 ? i : first;
        last = i;
        logs[n_seen].day = visits->sample[i].day - visits->infusion;
        logs[n_seen].value = log(copies);
        if (n_seen == 0 || copies > self->cmax[row]) {
            self->cmax[row] = copies;
            peak = n_seen;
        }
        n_seen++;
    }
    self->samples_below[row] = (int64_t) (visits->n - n_seen);
    if (n_seen == 0) {
        describe_nothing(self, row, options);
        return;
    }
    self->tmax[row] = logs[peak].day;
    self->tfirst[row] = logs[0].day;
    self->clast[row] = visits->sample[last].high;
    self->tlast[row] = logs[n_seen - 1].day;
    self->lost_right[row] =
        last + 1 < visits->n ? visits->sample[last + 1].day - visits->infusion : INFINITY;
    self->status[row] = peak + 1 == n_seen && last + 1 == visits->n ? IMR_EXPANSION_RISING
                                                                    : IMR_EXPANSION_QUANTIFIED;
    describe_slope(self, row, logs, n_seen, peak, options);
    describe_rise(self, row, logs, peak);
    n_curve = draw_curve(curve, visits, first, last, options);
    self->auc_last[row] = imr_curve_area(curve, n_curve, options->trapezoid, self->tlast[row]);
    if (!isnan(self->lambda_z[row])) {
        double beyond = self->clast[row] / self->lambda_z[row];

        self->auc_inf[row] = self->auc_last[row] + beyond;
        self->extrapolated[row] = beyond / self->auc_inf[row];
    }
    for (size_t d = 0; d < options->auc_days; d++) {
        size_t cell = row * options->auc_days + d;

        self->auc[cell] = area_until(
            self, row, options->auc_day[d], curve, n_curve, options, &self->auc_status[cell]);
    }
}

/* Describes the infusions of patient p, whose samples are given, from *row on. */
static void
describe_patient(imr_expansion_t *self, size_t p, size_t *row, const imr_sample_t *sample, size_t n,
    const imr_count_series_t *series, const imr_expansion_options_t *options,
    const points_t *points)
{
    size_t begin = series->infusion_start == NULL ? p : (size_t) series->infusion_start[p];
    size_t end = series->infusion_start == NULL ? p + 1 : (size_t) series->infusion_start[p + 1];
    double before = -INFINITY;

    for (size_t i = begin; i < end; i++, (*row)++) {
        double infusion = series->infusion_day == NULL ? 0 : series->infusion_day[i];
        double next =
            series->infusion_day != NULL && i + 1 < end ? series->infusion_day[i + 1] : INFINITY;
        imr_visits_t visits = imr_expansion_visits(sample, n, before, infusion, next);

        self->patient[*row] = (int64_t) p;
        self->episode[*row] = (int64_t) (i - begin + 1);
        self->infusion_day[*row] = infusion;
        self->next_infusion_day[*row] = next - infusion;
        describe_row(self, *row, &visits, points, options);
        before = infusion;
    }
}

/* --- all patients ----------------------------------------------------------------------------- */

/* One block: the doubles, then the integers. */
static int
allocate(imr_expansion_t *self, size_t rows, size_t auc_days)
{
    enum {
#define ONE(name) +1
        N_NUMBERS = 0 IMR_EXPANSION_NUMBER_LIST(ONE),
        N_COUNTS = 0 IMR_EXPANSION_COUNT_LIST(ONE)
#undef ONE
    };
    double *numbers;
    int64_t *counts;

    self->rows = rows;
    self->auc_days = auc_days;
    self->block = imr_calloc(
        rows, (N_NUMBERS + auc_days) * sizeof(double) + (N_COUNTS + auc_days) * sizeof(int64_t));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    numbers = self->block;
    counts = (int64_t *) (numbers + (N_NUMBERS + auc_days) * rows);
    for (size_t i = 0; i < (N_NUMBERS + auc_days) * rows; i++) {
        numbers[i] = NAN;
    }
    self->auc = numbers;
    numbers += auc_days * rows;
    self->auc_status = counts;
    counts += auc_days * rows;
#define PLACE_NUMBER(name)                                                                         \
    self->name = numbers;                                                                          \
    numbers += rows;
#define PLACE_COUNT(name)                                                                          \
    self->name = counts;                                                                           \
    counts += rows;
    IMR_EXPANSION_NUMBER_LIST(PLACE_NUMBER)
    IMR_EXPANSION_COUNT_LIST(PLACE_COUNT)
#undef PLACE_NUMBER
#undef PLACE_COUNT
    return IMR_OK;
}

int
imr_expansion(imr_expansion_t *self, const imr_count_series_t *series,
    const imr_expansion_options_t *options, imr_fault_t *fault)
{
    imr_samples_t samples = { 0 };
    points_t points = { NULL, NULL };
    size_t row = 0, infusions;
    int status;

    memset(self, 0, sizeof(*self));
    self->other_row = -1;
    status = check_options(options, series, fault);
    if (status == IMR_OK) {
        status = imr_expansion_samples(&samples, series, &self->other_row, fault);
    }
    if (status != IMR_OK) {
        goto out;
    }
    infusions = series->infusion_start == NULL ? series->patients
                                               : (size_t) series->infusion_start[series->patients];
    if (infusions > UINT32_MAX || options->auc_days > UINT32_MAX / 64) {
        status = imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "infusion_day", -1, NAN);
        goto out;
    }
    points.curve = imr_malloc(series->n + 1, sizeof(*points.curve));
    points.logs = imr_malloc(series->n + 1, sizeof(*points.logs));
    if (points.curve == NULL || points.logs == NULL
        || allocate(self, infusions, options->auc_days) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    for (size_t p = 0; p < series->patients; p++) {
        describe_patient(self, p, &row, samples.sample + samples.start[p],
            samples.start[p + 1] - samples.start[p], series, options, &points);
    }
out:
    imr_depletion_samples_free(&samples);
    imr_free(points.curve);
    imr_free(points.logs);
    if (status != IMR_OK) {
        imr_expansion_free(self);
    }
    return status;
}

void
imr_expansion_free(imr_expansion_t *self)
{
    imr_free(self->block);
    self->block = NULL;
}
