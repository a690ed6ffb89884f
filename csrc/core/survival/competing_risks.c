#include "survival/competing_risks.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/quantile.h"
#include "survival/kaplan_meier_beta.h"
#include "survival/log_log.h"

#define BLOCK IMR_LOG_LOG_BLOCK /* rows worked at a time, so that they stay in the cache */

/* --- the block of columns ---------------------------------------------------------------------- */

static void *
take(char **at, size_t count)
{
    void *column = *at;

    *at += count * 8;
    return column;
}

static int
allocate(imr_competing_risks_t *self, size_t n, size_t causes, size_t entries)
{
    size_t words = (6 + 5 * causes) * n + 2 * entries;
    char *at = imr_malloc(words, 8);

    if (at == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->block = at;
    self->n = n;
    self->causes = causes;
    self->collapse = -1;
    self->time = take(&at, n);
    self->at_risk = take(&at, n);
    self->censored = take(&at, n);
    self->event_free = take(&at, n);
    self->event_free_std_error = take(&at, n);
    self->remaining = take(&at, n);
    self->events = take(&at, causes * n);
    self->estimate = take(&at, causes * n);
    self->std_error = take(&at, causes * n);
    self->low = take(&at, causes * n);
    self->high = take(&at, causes * n);
    self->entries = entries;
    self->entry_time = take(&at, entries);
    self->entered = take(&at, entries);
    memset(self->censored, 0, n * sizeof(*self->censored));
    memset(self->events, 0, causes * n * sizeof(*self->events));
    return IMR_OK;
}

void
imr_competing_risks_free(imr_competing_risks_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- counts ------------------------------------------------------------------------------------ */

/* How far each group has come while records are read. */
typedef struct {
    size_t rows, entries;
    double time, entry_time;
    int64_t present, entered;
} progress_t;

static void
start(progress_t *progress, const imr_cause_records_t *records, size_t groups)
{
    for (size_t g = 0; g < groups; g++) {
        progress[g] = (progress_t) {
            .time = NAN,
            .entry_time = NAN,
            .present = records->entries == 0 ? records->patients[g] : 0,
        };
    }
}

/* The columns of each group, of as many rows and entries as it has distinct times. */
static int
allocate_curves(const imr_cause_records_t *records, size_t causes, size_t groups,
    progress_t *progress, imr_competing_risks_t *curves)
{
    int status = IMR_OK;

    start(progress, records, groups);
    for (size_t i = 0; i < records->n; i++) {
        progress_t *group = progress + (records->label[i] >> records->cause_bits);

        group->rows += !(records->time[i] == group->time);
        group->time = records->time[i];
    }
    for (size_t i = 0; i < records->entries; i++) {
        progress_t *group = progress + records->entry_group[i];

        group->entries += !(records->entry_time[i] == group->entry_time);
        group->entry_time = records->entry_time[i];
    }
    for (size_t g = 0; g < groups && status == IMR_OK; g++) {
        status = allocate(curves + g, progress[g].rows, causes, progress[g].entries);
    }
    return status;
}

/* Those who enter before t. */
static size_t
let_in(const imr_cause_records_t *records, size_t coming, double t, progress_t *progress,
    imr_competing_risks_t *curves)
{
    for (; coming < records->entries && records->entry_time[coming] < t; coming++) {
        size_t g = records->entry_group[coming];
        progress_t *group = progress + g;

        group->entries += !(records->entry_time[coming] == group->entry_time);
        group->entry_time = records->entry_time[coming];
        group->present += records->entry_count[coming];
        group->entered += records->entry_count[coming];
        curves[g].entry_time[group->entries - 1] = group->entry_time;
        curves[g].entered[group->entries - 1] = group->entered;
    }
    return coming;
}

static void
fill_counts(const imr_cause_records_t *records, size_t groups, progress_t *progress,
    imr_competing_risks_t *curves)
{
    size_t coming = 0;

    start(progress, records, groups);
    for (size_t i = 0; i < records->n; i++) {
        double t = records->time[i];
        size_t g = records->label[i] >> records->cause_bits;
        size_t cause = records->label[i] & ((1u << records->cause_bits) - 1);
        int64_t count = records->count == NULL ? 1 : records->count[i];
        imr_competing_risks_t *curve = curves + g;
        size_t j;

        coming = let_in(records, coming, t, progress, curves);
        if (!(t == progress[g].time)) {
            progress[g].time = t;
            curve->time[progress[g].rows] = t;
            curve->at_risk[progress[g].rows++] = progress[g].present;
        }
        j = progress[g].rows - 1;
        if (cause == 0) {
            curve->censored[j] += count;
        } else {
            curve->events[(cause - 1) * curve->n + j] += count;
        }
        progress[g].present -= count;
    }
    for (size_t g = 0; g < groups; g++) {
        curves[g].patients = records->patients[g];
        curves[g].merged = records->merged;
    }
}

/* --- event-free survival ----------------------------------------------------------------------- */

static int64_t
events_of_all(const imr_competing_risks_t *self, size_t j)
{
    int64_t sum = 0;

    for (size_t k = 0; k < self->causes; k++) {
        sum += self->events[k * self->n + j];
    }
    return sum;
}

/* Survival and Greenwood's sum telescope between censorings, so that the error does not grow with n
 * and without censoring survival is the fraction of patients left, correctly rounded. */
static void
fill_event_free(imr_competing_risks_t *self)
{
    double survival = 1, variance = 0, left = 0, from = 0, base = 1, variance_base = 0;
    double followed = 0; /* after a competing event: how many would still be followed */
    double fewest = (double) self->at_risk[0];

    for (size_t j = 0; j < self->n; j++) {
        int64_t all = events_of_all(self, j);
        double n = (double) self->at_risk[j], d = (double) all, c = (double) self->censored[j];

        if (n != left) {
            from = n;
            base = survival;
            variance_base = variance;
        }
        left = n - d;
        survival = base * (left / from);
        variance = variance_base + (from - left) / (from * left);
        self->event_free[j] = survival;
        self->event_free_std_error[j] = survival > 0 ? survival * sqrt(variance) : NAN;
        if (left == 0 && j + 1 < self->n && self->collapse < 0) {
            self->collapse = (int64_t) j;
        }
        followed += d;
        followed *= c > 0 ? (left - c) / left : 1;
        fewest = fmin(fewest, left - c + followed);
        self->remaining[j] = fewest;
    }
}

/* --- one cause --------------------------------------------------------------------------------- */

/* What the limits need of the options. */
typedef struct {
    imr_incidence_interval_t interval;
    double level;
    double z;
} scale_t;

static double
clip(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* Limits of `count` estimates 0 < F < 1 with their errors. */
static void
transformed_limits(const scale_t *scale, size_t count, const double *F, const double *error,
    double *low, double *high)
{
    double z = scale->z, log_error[BLOCK];

    switch (scale->interval) {
        case IMR_INCIDENCE_PLAIN:
            for (size_t i = 0; i < count; i++) {
                low[i] = clip(F[i] - z * error[i]);
                high[i] = clip(F[i] + z * error[i]);
            }
            break;
        case IMR_INCIDENCE_LOG:
            for (size_t i = 0; i < count; i++) {
                low[i] = F[i] * exp(-z * error[i] / F[i]);
                high[i] = clip(F[i] * exp(z * error[i] / F[i]));
            }
            break;
        case IMR_INCIDENCE_LOG_LOG:
            for (size_t i = 0; i < count; i++) {
                log_error[i] = error[i] / F[i];
            }
            if (imr_narrow_log_log_limits(z, count, F, log_error, low, high)) {
                break;
            }
            for (size_t i = 0; i < count; i++) {
                double log_f = log(F[i]), c = z * log_error[i] / -log_f;

                low[i] = exp(log_f * exp(c));
                high[i] = exp(log_f * exp(-c));
            }
            break;
        case IMR_INCIDENCE_LOGIT:
            for (size_t i = 0; i < count; i++) {
                double odds = F[i] / (1 - F[i]), factor = exp(z * error[i] / (F[i] * (1 - F[i])));

                low[i] = odds / (odds + factor);
                high[i] = odds / (odds + 1 / factor);
            }
            break;
    }
}

double
imr_incidence_limit_of_none(double level, double m)
{
    return m > 0 ? -expm1(log((1 - level) / 2) / m) : 1;
}

/* The lower limit at row j, by which all patients have had the event of cause k and none another one:
 * 1 less the upper limit of the beta product for event-free survival. */
static int
limit_of_all(const imr_competing_risks_t *self, const scale_t *scale, size_t k, size_t j,
    double *limit, imr_fault_t *fault)
{
    const int64_t *events = self->events + k * self->n;
    imr_kaplan_meier_beta_t state;
    double low, high;
    int status = imr_kaplan_meier_beta_init(&state, 0, scale->level, fault);

    for (size_t i = 0; status == IMR_OK && i < j; i++) {
        status = imr_kaplan_meier_beta_feed(
            &state, self->at_risk[i], events[i], self->censored[i], (int64_t) i, fault);
    }
    if (status == IMR_OK) {
        status = imr_kaplan_meier_beta_row(&state, self->at_risk[j], events[j], self->censored[j],
            (int64_t) j, &low, &high, fault);
        *limit = 1 - high;
    }
    return status;
}

/* Where the running sums of a cause stand: V = sum a G^2 - 2 b G + c over rows, each with its own
 * G = F - F(t_j); slope is half the derivative of V by F, and curvature that of slope. */
typedef struct {
    double estimate, variance, slope, curvature;
    double events, from, base; /* events so far; at the last censoring; the estimate then */
    double survival, at_risk; /* event-free survival before it, and how many were at risk */
    double left; /* at risk after the last row */
    double others; /* events of other causes */
} sums_t;

static void
add_row(sums_t *sums, imr_incidence_variance_t variance, double at_risk, double events, double own,
    double before)
{
    imr_incidence_step_t step = imr_incidence_step(variance, at_risk, events, own, before);
    double F, rise;

    sums->events += own; /* without such events there is no rise, exactly */
    F = sums->base + sums->survival * ((sums->events - sums->from) / sums->at_risk);
    rise = F - sums->estimate;
    sums->variance += rise * (2 * sums->slope + rise * sums->curvature);
    sums->slope += rise * sums->curvature;
    sums->estimate = F;
    sums->curvature += step.a;
    sums->slope -= step.b;
    sums->variance += step.c;
}

/* The rows of a block at which a cause has events, gathered: its estimate there, and how sure. */
typedef struct {
    size_t count;
    size_t row[BLOCK];
    double estimate[BLOCK], error[BLOCK], low[BLOCK], high[BLOCK];
} risen_t;

/* Estimates and variances of the rows among begin..end - 1 at which the cause has events. */
static void
sum_rows(const imr_competing_risks_t *self, imr_incidence_variance_t variance, size_t k,
    size_t begin, size_t end, sums_t *sums, risen_t *risen)
{
    const int64_t *events = self->events + k * self->n;

    risen->count = 0;
    for (size_t j = begin; j < end; j++) {
        double own = (double) events[j], all = (double) events_of_all(self, j);
        double at_risk = (double) self->at_risk[j];
        double before = j == 0 ? 1 : self->event_free[j - 1];
        size_t i = risen->count;

        if (at_risk != sums->left) {
            sums->from = sums->events;
            sums->base = sums->estimate;
            sums->survival = before;
            sums->at_risk = at_risk;
        }
        sums->left = at_risk - all;
        add_row(sums, variance, at_risk, all, own, before);
        if (before > 0) {
            sums->others += all - own;
            risen->row[i] = j;
            risen->estimate[i] = sums->estimate;
            risen->error[i] = sums->variance;
            risen->count += own > 0;
        }
    }
}

/* The columns of rows begin..end - 1 out of those of the risen; what stands between two of them is as
 * in the row before. */
static void
spread_rows(const imr_competing_risks_t *self, double level, size_t k, size_t begin, size_t end,
    const risen_t *risen)
{
    double *estimate = self->estimate + k * self->n, *std_error = self->std_error + k * self->n;
    double *low = self->low + k * self->n, *high = self->high + k * self->n;
    size_t j = begin;

    for (; j < end && (risen->count == 0 || j < risen->row[0]); j++) {
        if (j > 0 && estimate[j - 1] > 0) {
            estimate[j] = estimate[j - 1];
            std_error[j] = std_error[j - 1];
            low[j] = low[j - 1];
            high[j] = high[j - 1];
        } else {
            double m = j == 0 ? (double) self->at_risk[0] : self->remaining[j - 1];

            estimate[j] = std_error[j] = low[j] = 0;
            high[j] = imr_incidence_limit_of_none(level, m);
        }
    }
    for (size_t i = 0; i < risen->count; i++) {
        size_t next = i + 1 < risen->count ? risen->row[i + 1] : end;

        for (; j < next; j++) {
            estimate[j] = risen->estimate[i];
            std_error[j] = risen->error[i];
            low[j] = risen->low[i];
            high[j] = risen->high[i];
        }
    }
}

static int
fill_cause(imr_competing_risks_t *self, imr_incidence_variance_t variance, const scale_t *scale,
    size_t k, imr_fault_t *fault)
{
    sums_t sums = { .survival = 1 };
    risen_t risen;
    int status = IMR_OK;

    for (size_t begin = 0; begin < self->n && status == IMR_OK; begin += BLOCK) {
        size_t end = self->n - begin < BLOCK ? self->n : begin + BLOCK, last;
        int complete;

        sum_rows(self, variance, k, begin, end, &sums, &risen);
        last = risen.count - 1; /* used where there is one */
        complete = risen.count > 0 && sums.others == 0 && self->event_free[risen.row[last]] == 0;
        for (size_t i = 0; i < risen.count; i++) {
            /* below 1, to which it may have come by rounding */
            risen.estimate[i] = risen.estimate[i] < 1 ? risen.estimate[i] : 1 - 0x1p-53;
            risen.error[i] = sqrt(risen.error[i] > 0 ? risen.error[i] : 0);
        }
        transformed_limits(scale, risen.count, risen.estimate, risen.error, risen.low, risen.high);
        if (complete) {
            risen.estimate[last] = risen.high[last] = 1;
            risen.error[last] = variance == IMR_INCIDENCE_GREENWOOD ? 0 : risen.error[last];
            status = limit_of_all(self, scale, k, risen.row[last], &risen.low[last], fault);
        }
        spread_rows(self, scale->level, k, begin, end, &risen);
    }
    return status;
}

int
imr_competing_risks(const imr_competing_risks_data_t *data,
    const imr_competing_risks_options_t *options, imr_competing_risks_t *curves, imr_fault_t *fault)
{
    size_t groups = data->group == NULL ? 1 : data->groups;
    imr_cause_records_t records = { 0 };
    scale_t scale = { options->interval, options->level, 0 };
    progress_t *progress = NULL;
    int status;

    memset(curves, 0, groups * sizeof(*curves));
    if (!(options->level > 0 && options->level < 1)
        || imr_quantile_normal((1 - options->level) / 2, &scale.z) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    scale.z = -scale.z;
    status = imr_cause_records(data, options->fix_ties, &records, fault);
    if (status == IMR_OK) {
        status = imr_cause_records_fill_groups(data, &records, fault);
    }
    if (status != IMR_OK) {
        goto out;
    }
    progress = imr_malloc(groups, sizeof(*progress));
    status = progress == NULL ? IMR_ERR_NOMEM
                              : allocate_curves(&records, data->causes, groups, progress, curves);
    if (status != IMR_OK) {
        imr_fault(fault, status, NULL, -1, NAN);
        goto out;
    }
    fill_counts(&records, groups, progress, curves);
    for (size_t g = 0; g < groups && status == IMR_OK; g++) {
        fill_event_free(curves + g);
        curves[g].start_high =
            imr_incidence_limit_of_none(options->level, (double) curves[g].at_risk[0]);
        for (size_t k = 0; k < data->causes && status == IMR_OK; k++) {
            status = fill_cause(curves + g, options->variance, &scale, k, fault);
        }
    }
out:
    imr_cause_records_free(&records);
    imr_free(progress);
    for (size_t g = 0; g < groups && status != IMR_OK; g++) {
        imr_competing_risks_free(curves + g);
    }
    return status;
}
