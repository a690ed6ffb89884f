#include "recovery/depletion.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "recovery/depletion_samples.h"

/* The thresholds that hold for one patient; NaN: the limit of each sample. */
typedef struct {
    double depleted;
    double recovered;
    int64_t confirm;
    double min_separation;
} rule_t;

/* The samples of one episode in order of day: those before `first` were drawn up to the
 * infusion. */
typedef struct {
    const imr_sample_t *sample;
    size_t n;
    size_t first;
    double infusion;
    double lymphodepletion;
} visits_t;

static int
is_depleted(const rule_t *rule, const imr_sample_t *sample)
{
    if (isnan(rule->depleted)) {
        return sample->unseen;
    }
    return sample->open ? sample->high <= rule->depleted : sample->high < rule->depleted;
}

static int
is_recovered(const rule_t *rule, const imr_sample_t *sample)
{
    return isnan(rule->recovered) ? !sample->unseen : sample->low >= rule->recovered;
}

/* A count that is known as a range can lie on either side of a threshold. */
static int
is_undecided(const rule_t *rule, const imr_sample_t *sample)
{
    double highest = sample->open ? nextafter(sample->high, 0) : sample->high;

    return (sample->low < rule->depleted && highest >= rule->depleted)
        || (sample->low < rule->recovered && highest >= rule->recovered);
}

/* --- options ---------------------------------------------------------------------------------- */

static int
check_options(const imr_depletion_options_t *options, const imr_count_series_t *series, int64_t row,
    imr_fault_t *fault)
{
    double threshold = options->threshold, recovery = options->recovery;
    double fraction = options->baseline_fraction;

    if (!isnan(threshold) && !(threshold > 0 && isfinite(threshold))) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "threshold", row, threshold);
    }
    if (!isnan(recovery) && !(recovery > 0 && (isfinite(recovery) || !isnan(fraction)))) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "recovery", row, recovery);
    }
    if (recovery < threshold || (isnan(recovery) && !isnan(threshold))) {
        return imr_fault(fault, IMR_ERR_RECOVERY_BELOW_THRESHOLD, "recovery", row, recovery);
    }
    if (!isnan(fraction) && !(fraction > 0 && isfinite(fraction))) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "baseline_fraction", row, fraction);
    }
    if (options->confirm < 1) {
        return imr_fault(fault, IMR_ERR_CONFIRM, "confirm", row, (double) options->confirm);
    }
    if (!(options->min_separation >= 0 && isfinite(options->min_separation))) {
        return imr_fault(fault, options->min_separation < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE,
            "min_separation", row, options->min_separation);
    }
    if (isnan(threshold) && series->lloq == NULL) {
        return imr_fault(fault, IMR_ERR_LIMIT_NEEDED, "threshold", row, NAN);
    }
    if (series->below != NULL && series->lloq == NULL) {
        return imr_fault(fault, IMR_ERR_LIMIT_NEEDED, "below", -1, NAN);
    }
    return IMR_OK;
}

/* --- one episode ------------------------------------------------------------------------------ */

/* The first sample that could be on either side of a threshold, or NULL. */
static const imr_sample_t *
find_undecided(const rule_t *rule, const visits_t *visits)
{
    for (size_t i = 0; i < visits->n; i++) {
        if (visits->sample[i].low < visits->sample[i].high
            && is_undecided(rule, &visits->sample[i])) {
            return &visits->sample[i];
        }
    }
    return NULL;
}

/* The count of one sample, or the most that it can be. */
static void
describe_count(const imr_sample_t *sample, double *count, double *day, uint8_t *below)
{
    *count = sample->high;
    *day = sample->day;
    *below = sample->low < sample->high;
}

static void
describe_baseline(imr_depletion_t *self, size_t row, const visits_t *visits)
{
    size_t before = 0;

    while (before < visits->first && visits->sample[before].day <= visits->lymphodepletion) {
        before++;
    }
    if (before > 0) {
        describe_count(&visits->sample[before - 1], &self->baseline[row], &self->baseline_day[row],
            &self->baseline_below[row]);
    }
    if (visits->first > 0) {
        describe_count(&visits->sample[visits->first - 1], &self->pre_infusion[row],
            &self->pre_infusion_day[row], &self->pre_infusion_below[row]);
    }
}

/* The least count that the samples after infusion allow to be stated, the first day of it, and how
 * many powers of ten lie between it and the baseline. */
static void
describe_nadir(imr_depletion_t *self, size_t row, const visits_t *visits)
{
    const imr_sample_t *least = &visits->sample[visits->first];
    int any_below = 0;

    for (size_t i = visits->first; i < visits->n; i++) {
        const imr_sample_t *sample = &visits->sample[i];

        any_below |= sample->low < sample->high;
        if (sample->high < least->high
            || (sample->high == least->high && sample->low < least->low)) {
            least = sample;
        }
    }
    self->nadir[row] = least->high;
    self->nadir_day[row] = least->day;
    self->nadir_below[row] = (uint8_t) any_below;
    if (self->baseline[row] > 0 && !self->baseline_below[row]) {
        self->depth[row] = log10(self->baseline[row] / least->high);
    }
}

/* The first sample at which depletion is seen after infusion, or visits->n. */
static size_t
describe_onset(imr_depletion_t *self, size_t row, const rule_t *rule, const visits_t *visits)
{
    const imr_sample_t *sample = visits->sample;
    size_t seen = visits->first, begin;

    while (seen < visits->n && !is_depleted(rule, &sample[seen])) {
        seen++;
    }
    if (seen == visits->n) {
        self->onset_left[row] = self->last_day[row];
        self->onset_right[row] = INFINITY;
        self->onset[row] = IMR_ONSET_NONE;
        return seen;
    }
    begin = seen;
    while (begin > 0 && is_depleted(rule, &sample[begin - 1])) {
        begin--;
    }
    self->onset_left[row] = begin > 0 ? sample[begin - 1].day : -INFINITY;
    self->onset_right[row] = sample[begin].day;
    if (begin >= visits->first) {
        self->onset[row] = begin > 0 ? IMR_ONSET_AFTER_INFUSION : IMR_ONSET_NO_EARLIER_SAMPLE;
    } else if (begin > 0 && sample[begin].day > visits->lymphodepletion) {
        self->onset[row] = IMR_ONSET_LYMPHODEPLETION;
    } else {
        self->onset_left[row] = -INFINITY;
        self->onset_right[row] = visits->infusion;
        self->onset[row] = IMR_ONSET_DEPLETED_BEFORE;
    }
    return seen;
}

/* How many of the samples from begin to end - 1 confirm one another, the first of them counted. */
static int64_t
confirmations(const rule_t *rule, const imr_sample_t *sample, size_t begin, size_t end)
{
    double last = sample[begin].day;
    int64_t count = 1;

    for (size_t i = begin + 1; i < end && count < rule->confirm; i++) {
        if (sample[i].day - last >= rule->min_separation) {
            last = sample[i].day;
            count++;
        }
    }
    return count;
}

/* From the first depleted sample on: runs of recovered samples are blips until one is confirmed. */
static void
describe_recovery(
    imr_depletion_t *self, size_t row, const rule_t *rule, const visits_t *visits, size_t seen)
{
    const imr_sample_t *sample = visits->sample;
    size_t begin = seen, end;

    self->status[row] = IMR_DEPLETION_NOT_RECOVERED;
    self->recovery_right[row] = INFINITY;
    while (begin < visits->n) {
        if (!is_recovered(rule, &sample[begin])) {
            self->recovery_left[row] = sample[begin].day;
            begin++;
            continue;
        }
        end = begin;
        while (end < visits->n && is_recovered(rule, &sample[end])) {
            end++;
        }
        if (confirmations(rule, sample, begin, end) >= rule->confirm) {
            self->recovery_right[row] = sample[begin].day;
            self->status[row] = IMR_DEPLETION_RECOVERED;
            break;
        }
        if (end == visits->n) {
            self->unconfirmed_day[row] = sample[begin].day;
            self->status[row] = IMR_DEPLETION_UNCONFIRMED;
        } else {
            self->blips[row]++;
        }
        begin = end;
    }
    self->duration_left[row] = self->recovery_left[row] - self->onset_right[row];
    self->duration_right[row] = self->recovery_right[row] - self->onset_left[row];
}

/* The integral over `length` of max(0, a line that falls or rises from `from` to `to`). */
static double
positive_area(double from, double to, double length)
{
    double most = fmax(from, to), least = fmin(from, to);

    if (most <= 0) {
        return 0;
    }
    return least >= 0 ? length * (from + to) / 2 : length * most * most / (2 * (most - least));
}

/* The integral of max(0, threshold - count) over the straight lines between the samples, from the
 * infusion to recovery or else to the last sample; with each count below its limit at 0 and at the
 * limit. */
static void
describe_deficit(imr_depletion_t *self, size_t row, const rule_t *rule, const visits_t *visits)
{
    const imr_sample_t *sample = visits->sample;

    if (isnan(rule->depleted) || visits->first == 0) {
        return;
    }
    self->deficit_low[row] = self->deficit_high[row] = 0;
    for (size_t i = visits->first - 1; i + 1 < visits->n; i++) {
        double length = sample[i + 1].day - sample[i].day,
               from = fmax(sample[i].day, visits->infusion);
        double part = (from - sample[i].day) / length;
        double high[2] = { rule->depleted - sample[i].low, rule->depleted - sample[i + 1].low };
        double low[2] = { rule->depleted - sample[i].high, rule->depleted - sample[i + 1].high };

        if (sample[i].day >= self->recovery_right[row]) {
            break;
        }
        high[0] += part * (high[1] - high[0]);
        low[0] += part * (low[1] - low[0]);
        self->deficit_high[row] += positive_area(high[0], high[1], sample[i + 1].day - from);
        self->deficit_low[row] += positive_area(low[0], low[1], sample[i + 1].day - from);
    }
}

/* Recovery is at the least of the two levels, and depletion is never above it. A threshold that is
 * the limit of each sample (NaN) stays as it is: no level lies below it. */
static void
lower_to_baseline(rule_t *rule, double level)
{
    if (!isnan(rule->recovered) && level < rule->recovered) {
        rule->recovered = level;
    }
    if (!isnan(rule->depleted) && level < rule->depleted) {
        rule->depleted = level;
    }
}

/* From the clock of the samples to that of the infusion. */
static void
count_from_infusion(imr_depletion_t *self, size_t row, double infusion)
{
    double *days[] = { self->baseline_day, self->pre_infusion_day, self->nadir_day,
        self->onset_left, self->onset_right, self->recovery_left, self->recovery_right,
        self->unconfirmed_day, self->last_day, self->next_infusion_day };

    for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++) {
        days[i][row] -= infusion;
    }
}

/* Everything between baseline and deficit; days stay in the clock of the samples. */
static int
describe_course(imr_depletion_t *self, size_t row, const visits_t *visits,
    const imr_count_series_t *series, const imr_depletion_options_t *options, imr_fault_t *fault)
{
    rule_t rule = { options->threshold, options->recovery, options->confirm,
        options->min_separation };
    const imr_sample_t *undecided;
    size_t seen;

    describe_baseline(self, row, visits);
    if (visits->first == visits->n) {
        self->status[row] = IMR_DEPLETION_NO_SAMPLES;
        return IMR_OK;
    }
    describe_nadir(self, row, visits);
    if (!isnan(options->baseline_fraction)) {
        if (!(self->baseline[row] > 0) || self->baseline_below[row]) {
            self->status[row] = IMR_DEPLETION_NO_BASELINE;
            return IMR_OK;
        }
        lower_to_baseline(&rule, options->baseline_fraction * self->baseline[row]);
    }
    undecided = find_undecided(&rule, visits);
    if (undecided != NULL) {
        self->status[row] = IMR_DEPLETION_UNDECIDED;
        return options->undecided
            ? IMR_OK
            : imr_fault(fault, IMR_ERR_LIMIT_ABOVE_THRESHOLD, "lloq", (int64_t) undecided->row,
                  series->lloq[undecided->row * series->lloq_step]);
    }
    seen = describe_onset(self, row, &rule, visits);
    if (seen == visits->n) {
        self->status[row] = IMR_DEPLETION_NEVER_DEPLETED;
    } else {
        describe_recovery(self, row, &rule, visits, seen);
    }
    describe_deficit(self, row, &rule, visits);
    return IMR_OK;
}

/* The days that bound one episode. */
typedef struct {
    double before; /* the infusion before, or -infinity */
    double infusion;
    double next; /* the next infusion, or infinity */
    double lymphodepletion;
    double end;
} span_t;

/* Describes in `row` what the n samples of one patient and series show of one episode. */
static int
describe_episode(imr_depletion_t *self, size_t row, const imr_sample_t *sample, size_t n,
    const span_t *span, const imr_count_series_t *series, const imr_depletion_options_t *options,
    imr_fault_t *fault)
{
    visits_t visits = { sample, 0, 0, span->infusion, span->lymphodepletion };
    double stop = fmin(span->next, span->end);
    int status;

    while (n > 0 && visits.sample->day <= span->before) {
        visits.sample++;
        n--;
    }
    while (n > 0 && visits.sample[n - 1].day > span->next) {
        n--;
    }
    while (visits.n < n && visits.sample[visits.n].day <= stop) {
        visits.n++;
    }
    while (visits.first < visits.n && visits.sample[visits.first].day <= span->infusion) {
        visits.first++;
    }
    self->samples[row] = (int64_t) visits.n;
    self->samples_after_end[row] = (int64_t) (n - visits.n);
    for (size_t i = 0; i < visits.n; i++) {
        self->rows_combined[row] += visits.sample[i].rows - 1;
    }
    self->infusion_day[row] = span->infusion;
    self->next_infusion_day[row] = span->next;
    self->onset[row] = IMR_ONSET_NONE;
    if (visits.n > 0) {
        self->last_day[row] = visits.sample[visits.n - 1].day;
    }
    status = describe_course(self, row, &visits, series, options, fault);
    count_from_infusion(self, row, span->infusion);
    return status;
}

/* Describes the episodes of each series of patient p from *row on. */
static int
describe_patient(imr_depletion_t *self, size_t p, size_t *row, const imr_samples_t *samples,
    const imr_count_series_t *series, const imr_depletion_options_t *options, imr_fault_t *fault)
{
    size_t begin = series->infusion_start == NULL ? p : (size_t) series->infusion_start[p];
    size_t end = series->infusion_start == NULL ? p + 1 : (size_t) series->infusion_start[p + 1];

    for (size_t s = 0; s < series->n_series; s++) {
        size_t course = p * series->n_series + s;
        span_t span = { -INFINITY, 0, INFINITY, NAN,
            series->end_day == NULL ? INFINITY : series->end_day[p] };

        for (size_t i = begin; i < end; i++, (*row)++) {
            int status;

            if (series->infusion_day != NULL) {
                span.infusion = series->infusion_day[i];
                span.next = i + 1 < end ? series->infusion_day[i + 1] : INFINITY;
            }
            if (series->lymphodepletion_day != NULL) {
                span.lymphodepletion = series->lymphodepletion_day[i];
            }
            self->patient[*row] = (int64_t) p;
            self->series[*row] = (int64_t) s;
            self->episode[*row] = (int64_t) (i - begin + 1);
            status = describe_episode(self, *row, samples->sample + samples->start[course],
                samples->start[course + 1] - samples->start[course], &span, series, &options[s],
                fault);
            if (status != IMR_OK) {
                return status;
            }
            span.before = span.infusion;
        }
    }
    return IMR_OK;
}

/* --- all patients ----------------------------------------------------------------------------- */

/* One block: the doubles, the integers, the flags. */
static int
allocate(imr_depletion_t *self, size_t rows)
{
    enum {
#define ONE(name) +1
        N_NUMBERS = IMR_DEPLETION_NUMBER_LIST(ONE),
        N_COUNTS = IMR_DEPLETION_COUNT_LIST(ONE),
        N_FLAGS = IMR_DEPLETION_FLAG_LIST(ONE)
#undef ONE
    };
    double *numbers = NULL;
    int64_t *counts = NULL;
    uint8_t *flags = NULL;

    self->rows = rows;
    self->block =
        imr_calloc(rows, N_NUMBERS * sizeof(double) + N_COUNTS * sizeof(int64_t) + N_FLAGS);
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    numbers = self->block;
    counts = (int64_t *) (numbers + N_NUMBERS * rows);
    flags = (uint8_t *) (counts + N_COUNTS * rows);
    for (size_t i = 0; i < N_NUMBERS * rows; i++) {
        numbers[i] = NAN;
    }
#define PLACE(name, from)                                                                          \
    self->name = from;                                                                             \
    from += rows;
#define PLACE_NUMBER(name) PLACE(name, numbers)
#define PLACE_COUNT(name) PLACE(name, counts)
#define PLACE_FLAG(name) PLACE(name, flags)
    IMR_DEPLETION_NUMBER_LIST(PLACE_NUMBER)
    IMR_DEPLETION_COUNT_LIST(PLACE_COUNT)
    IMR_DEPLETION_FLAG_LIST(PLACE_FLAG)
#undef PLACE_NUMBER
#undef PLACE_COUNT
#undef PLACE_FLAG
#undef PLACE
    return IMR_OK;
}

int
imr_depletion(imr_depletion_t *self, const imr_count_series_t *series,
    const imr_depletion_options_t *options, imr_fault_t *fault)
{
    imr_samples_t samples = { 0 };
    size_t row = 0,
           infusions = series->infusion_start == NULL
        ? series->patients
        : (size_t) series->infusion_start[series->patients];
    int status = IMR_OK;

    memset(self, 0, sizeof(*self));
    self->other_row = -1;
    for (size_t s = 0; s < series->n_series && status == IMR_OK; s++) {
        status = check_options(&options[s], series, series->n_series > 1 ? (int64_t) s : -1, fault);
    }
    if (status == IMR_OK) {
        status = imr_depletion_samples(&samples, series, &self->other_row, fault);
    }
    if (status == IMR_OK) {
        status = imr_check_infusions(series, fault);
    }
    if (status != IMR_OK) {
        goto out;
    }
    if (infusions > UINT32_MAX || infusions * series->n_series > UINT32_MAX) {
        status = imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "infusion_day", -1, NAN);
        goto out;
    }
    status = allocate(self, infusions * series->n_series);
    if (status != IMR_OK) {
        status = imr_fault(fault, status, NULL, -1, NAN);
        goto out;
    }
    for (size_t p = 0; status == IMR_OK && p < series->patients; p++) {
        status = describe_patient(self, p, &row, &samples, series, options, fault);
    }
out:
    imr_depletion_samples_free(&samples);
    if (status != IMR_OK) {
        imr_depletion_free(self);
    }
    return status;
}

void
imr_depletion_free(imr_depletion_t *self)
{
    imr_free(self->block);
    self->block = NULL;
}
