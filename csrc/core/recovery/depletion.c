#include "recovery/depletion.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"

/* Longer series are sorted by imr_order when they are out of order. */
#define MOST_TO_INSERT 32

/* One sample: the count lies in [low, high], and low < high only below the limit. */
typedef struct {
    double day;
    double low;
    double high;
    uint32_t row;
    uint8_t below;
} sample_t;

/* The thresholds that hold for one patient; NaN: the limit of each sample. */
typedef struct {
    double depleted;
    double recovered;
    int64_t confirm;
    double min_separation;
} rule_t;

/* The samples of one patient in order of day: those before `first` were drawn up to the infusion. */
typedef struct {
    const sample_t *sample;
    size_t n;
    size_t first;
} visits_t;

static int
is_depleted(const rule_t *rule, const sample_t *sample)
{
    return sample->below || sample->high < rule->depleted;
}

static int
is_recovered(const rule_t *rule, const sample_t *sample)
{
    return !sample->below && !(sample->high < rule->recovered);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int
check_options(
    const imr_depletion_options_t *options, const imr_count_series_t *series, imr_fault_t *fault)
{
    double threshold = options->threshold, recovery = options->recovery;
    double fraction = options->baseline_fraction;

    if (!isnan(threshold) && !(threshold > 0 && isfinite(threshold))) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "threshold", -1, threshold);
    }
    if (!isnan(recovery) && !(recovery > 0 && (isfinite(recovery) || !isnan(fraction)))) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "recovery", -1, recovery);
    }
    if (recovery < threshold || (isnan(recovery) && !isnan(threshold))) {
        return imr_fault(fault, IMR_ERR_RECOVERY_BELOW_THRESHOLD, "recovery", -1, recovery);
    }
    if (!isnan(fraction) && !(fraction > 0 && isfinite(fraction))) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "baseline_fraction", -1, fraction);
    }
    if (options->confirm < 1) {
        return imr_fault(fault, IMR_ERR_CONFIRM, "confirm", -1, (double) options->confirm);
    }
    if (!(options->min_separation >= 0 && isfinite(options->min_separation))) {
        return imr_fault(fault, options->min_separation < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE,
            "min_separation", -1, options->min_separation);
    }
    if (isnan(threshold) && series->lloq == NULL) {
        return imr_fault(fault, IMR_ERR_LIMIT_NEEDED, "threshold", -1, NAN);
    }
    if (series->below != NULL && series->lloq == NULL) {
        return imr_fault(fault, IMR_ERR_LIMIT_NEEDED, "below", -1, NAN);
    }
    return IMR_OK;
}

/* Copies row i into *sample, and checks what it copied. */
static int
read_sample(const imr_count_series_t *series, size_t i, sample_t *sample, imr_fault_t *fault)
{
    double day = series->day[i], count = series->count[i];
    double limit = series->lloq == NULL ? 0 : series->lloq[i * series->lloq_step];
    int flagged = series->below != NULL && series->below[i] != 0;

    if (!isfinite(day)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "day", (int64_t) i, day);
    }
    if (!isfinite(count)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "count", (int64_t) i, count);
    }
    if (count < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "count", (int64_t) i, count);
    }
    if (series->lloq != NULL && !(limit > 0 && isfinite(limit))) {
        return imr_fault(
            fault, IMR_ERR_NOT_POSITIVE, "lloq", series->lloq_step == 0 ? -1 : (int64_t) i, limit);
    }
    if (flagged && count > limit) {
        return imr_fault(fault, IMR_ERR_COUNT_ABOVE_LIMIT, "count", (int64_t) i, count);
    }
    sample->day = day;
    sample->row = (uint32_t) i;
    sample->below = flagged || count < limit;
    sample->low = sample->below ? 0 : count;
    sample->high = sample->below ? limit : count;
    return IMR_OK;
}

/* Orders the n samples of one patient by day: mostly they are in order, or few. */
static int
sort_by_day(sample_t *sample, size_t n, imr_fault_t *fault)
{
    sample_t *copy = NULL;
    double *day = NULL;
    uint32_t *order = NULL;
    size_t sorted = 1;
    int status = IMR_OK;

    while (sorted < n && sample[sorted - 1].day <= sample[sorted].day) {
        sorted++;
    }
    if (n <= MOST_TO_INSERT) {
        for (; sorted < n; sorted++) {
            sample_t moving = sample[sorted];
            size_t i = sorted;

            for (; i > 0 && sample[i - 1].day > moving.day; i--) {
                sample[i] = sample[i - 1];
            }
            sample[i] = moving;
        }
    }
    if (sorted >= n) {
        return IMR_OK;
    }
    copy = imr_malloc(n, sizeof(*copy));
    day = imr_malloc(n, sizeof(*day));
    order = imr_malloc(n, sizeof(*order));
    if (copy == NULL || day == NULL || order == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        copy[i] = sample[i];
        day[i] = sample[i].day;
    }
    status = imr_order(day, n, "day", order, fault);
    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        sample[i] = copy[order[i]];
    }
out:
    imr_free(copy);
    imr_free(day);
    imr_free(order);
    return status;
}

/* Samples patient by patient and in order of day; those of patient p are start[p] to
 * start[p + 1] - 1. */
static int
sort_samples(const imr_count_series_t *series, sample_t *sorted, size_t *start, int64_t *other_row,
    imr_fault_t *fault)
{
    uint32_t *patient = imr_malloc(series->n, sizeof(*patient));
    int status = IMR_OK;

    if (patient == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    memset(start, 0, (series->patients + 2) * sizeof(*start));
    for (size_t i = 0; i < series->n; i++) {
        int64_t code = series->patient[i];

        if (code < 0 || (uint64_t) code >= series->patients) {
            status = imr_fault(fault, IMR_ERR_PATIENT_CODE, "patient", (int64_t) i, (double) code);
            goto out;
        }
        patient[i] = (uint32_t) code;
        start[code + 2]++;
    }
    for (size_t p = 2; p < series->patients + 2; p++) {
        start[p] += start[p - 1];
    }
    for (size_t i = 0; i < series->n; i++) {
        status = read_sample(series, i, &sorted[start[patient[i] + 1]++], fault);
        if (status != IMR_OK) {
            goto out;
        }
    }
    for (size_t p = 0; p < series->patients; p++) {
        status = sort_by_day(sorted + start[p], start[p + 1] - start[p], fault);
        if (status != IMR_OK) {
            goto out;
        }
        for (size_t i = start[p] + 1; i < start[p + 1]; i++) {
            if (sorted[i].day == sorted[i - 1].day) {
                *other_row = (int64_t) sorted[i - 1].row;
                status = imr_fault(
                    fault, IMR_ERR_DUPLICATE_DAY, "day", (int64_t) sorted[i].row, sorted[i].day);
                goto out;
            }
        }
    }
out:
    imr_free(patient);
    return status;
}

/* --- one patient ------------------------------------------------------------------------------ */

/* A count below its limit cannot be told from the threshold unless the limit is as low as that. */
static int
check_limits(const rule_t *rule, const visits_t *visits, imr_fault_t *fault)
{
    for (size_t i = 0; i < visits->n; i++) {
        const sample_t *sample = &visits->sample[i];

        if (sample->below && (sample->high > rule->depleted || sample->high > rule->recovered)) {
            return imr_fault(
                fault, IMR_ERR_LIMIT_ABOVE_THRESHOLD, "lloq", (int64_t) sample->row, sample->high);
        }
    }
    return IMR_OK;
}

static void
describe_baseline(imr_depletion_t *self, size_t p, const visits_t *visits, double lymphodepletion)
{
    size_t before = 0;

    while (before < visits->first && visits->sample[before].day <= lymphodepletion) {
        before++;
    }
    if (before > 0) {
        self->baseline[p] = visits->sample[before - 1].high;
        self->baseline_day[p] = visits->sample[before - 1].day;
        self->baseline_below[p] = visits->sample[before - 1].below;
    }
    if (visits->first > 0) {
        self->pre_infusion[p] = visits->sample[visits->first - 1].high;
        self->pre_infusion_day[p] = visits->sample[visits->first - 1].day;
        self->pre_infusion_below[p] = visits->sample[visits->first - 1].below;
    }
}

/* The least count that the samples after infusion allow to be stated, the first day of it, and how
 * many powers of ten lie between it and the baseline. */
static void
describe_nadir(imr_depletion_t *self, size_t p, const visits_t *visits)
{
    const sample_t *least = &visits->sample[visits->first];
    int any_below = 0;

    for (size_t i = visits->first; i < visits->n; i++) {
        const sample_t *sample = &visits->sample[i];

        any_below |= sample->below;
        if (sample->high < least->high
            || (sample->high == least->high && sample->low < least->low)) {
            least = sample;
        }
    }
    self->nadir[p] = least->high;
    self->nadir_day[p] = least->day;
    self->nadir_below[p] = (uint8_t) any_below;
    if (self->baseline[p] > 0 && !self->baseline_below[p]) {
        self->depth[p] = log10(self->baseline[p] / least->high);
    }
}

/* The first sample at which depletion is seen after infusion, or visits->n. */
static size_t
describe_onset(imr_depletion_t *self, size_t p, const rule_t *rule, const visits_t *visits,
    double lymphodepletion)
{
    const sample_t *sample = visits->sample;
    size_t seen = visits->first, begin;

    while (seen < visits->n && !is_depleted(rule, &sample[seen])) {
        seen++;
    }
    if (seen == visits->n) {
        self->onset_left[p] = self->last_day[p];
        self->onset_right[p] = INFINITY;
        self->onset[p] = IMR_ONSET_NONE;
        return seen;
    }
    begin = seen;
    while (begin > 0 && is_depleted(rule, &sample[begin - 1])) {
        begin--;
    }
    self->onset_left[p] = begin > 0 ? sample[begin - 1].day : -INFINITY;
    self->onset_right[p] = sample[begin].day;
    if (begin >= visits->first) {
        self->onset[p] = begin > 0 ? IMR_ONSET_AFTER_INFUSION : IMR_ONSET_NO_EARLIER_SAMPLE;
    } else if (begin > 0 && sample[begin].day > lymphodepletion) {
        self->onset[p] = IMR_ONSET_LYMPHODEPLETION;
    } else {
        self->onset_left[p] = -INFINITY;
        self->onset_right[p] = 0;
        self->onset[p] = IMR_ONSET_DEPLETED_BEFORE;
    }
    return seen;
}

/* How many of the samples from begin to end - 1 confirm one another, the first of them counted. */
static int64_t
confirmations(const rule_t *rule, const sample_t *sample, size_t begin, size_t end)
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
    imr_depletion_t *self, size_t p, const rule_t *rule, const visits_t *visits, size_t seen)
{
    const sample_t *sample = visits->sample;
    size_t begin = seen, end;

    self->status[p] = IMR_DEPLETION_NOT_RECOVERED;
    self->recovery_right[p] = INFINITY;
    while (begin < visits->n) {
        if (!is_recovered(rule, &sample[begin])) {
            self->recovery_left[p] = sample[begin].day;
            begin++;
            continue;
        }
        end = begin;
        while (end < visits->n && is_recovered(rule, &sample[end])) {
            end++;
        }
        if (confirmations(rule, sample, begin, end) >= rule->confirm) {
            self->recovery_right[p] = sample[begin].day;
            self->status[p] = IMR_DEPLETION_RECOVERED;
            break;
        }
        if (end == visits->n) {
            self->unconfirmed_day[p] = sample[begin].day;
            self->status[p] = IMR_DEPLETION_UNCONFIRMED;
        } else {
            self->blips[p]++;
        }
        begin = end;
    }
    self->duration_left[p] = self->recovery_left[p] - self->onset_right[p];
    self->duration_right[p] = self->recovery_right[p] - self->onset_left[p];
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

/* The integral of max(0, threshold - count) over the straight lines between the samples, from day 0
 * to recovery or else to the last sample; with each count below its limit at 0 and at the limit. */
static void
describe_deficit(imr_depletion_t *self, size_t p, const rule_t *rule, const visits_t *visits)
{
    const sample_t *sample = visits->sample;

    if (isnan(rule->depleted) || visits->first == 0) {
        return;
    }
    self->deficit_low[p] = self->deficit_high[p] = 0;
    for (size_t i = visits->first - 1; i + 1 < visits->n; i++) {
        double length = sample[i + 1].day - sample[i].day, from = fmax(sample[i].day, 0);
        double part = (from - sample[i].day) / length;
        double high[2] = { rule->depleted - sample[i].low, rule->depleted - sample[i + 1].low };
        double low[2] = { rule->depleted - sample[i].high, rule->depleted - sample[i + 1].high };

        if (sample[i].day >= self->recovery_right[p]) {
            break;
        }
        high[0] += part * (high[1] - high[0]);
        low[0] += part * (low[1] - low[0]);
        self->deficit_high[p] += positive_area(high[0], high[1], sample[i + 1].day - from);
        self->deficit_low[p] += positive_area(low[0], low[1], sample[i + 1].day - from);
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

static int
describe_patient(imr_depletion_t *self, size_t p, visits_t visits, const imr_count_series_t *series,
    const imr_depletion_options_t *options, imr_fault_t *fault)
{
    double end = series->end_day == NULL ? INFINITY : series->end_day[p];
    double lymphodepletion =
        series->lymphodepletion_day == NULL ? NAN : series->lymphodepletion_day[p];
    rule_t rule = { options->threshold, options->recovery, options->confirm,
        options->min_separation };
    size_t all = visits.n, seen;
    int ret;

    if (isnan(end)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "end_day", (int64_t) p, end);
    }
    if (isinf(lymphodepletion)) {
        return imr_fault(
            fault, IMR_ERR_NONFINITE, "lymphodepletion_day", (int64_t) p, lymphodepletion);
    }
    if (lymphodepletion > 0) {
        return imr_fault(fault, IMR_ERR_LYMPHODEPLETION_DAY, "lymphodepletion_day", (int64_t) p,
            lymphodepletion);
    }
    while (visits.n > 0 && visits.sample[visits.n - 1].day > end) {
        visits.n--;
    }
    while (visits.first < visits.n && visits.sample[visits.first].day <= 0) {
        visits.first++;
    }
    self->samples[p] = (int64_t) visits.n;
    self->samples_after_end[p] = (int64_t) (all - visits.n);
    self->onset[p] = IMR_ONSET_NONE;
    if (visits.n > 0) {
        self->last_day[p] = visits.sample[visits.n - 1].day;
    }
    describe_baseline(self, p, &visits, lymphodepletion);
    if (visits.first == visits.n) {
        self->status[p] = IMR_DEPLETION_NO_SAMPLES;
        return IMR_OK;
    }
    describe_nadir(self, p, &visits);
    if (!isnan(options->baseline_fraction)) {
        if (!(self->baseline[p] > 0) || self->baseline_below[p]) {
            self->status[p] = IMR_DEPLETION_NO_BASELINE;
            return IMR_OK;
        }
        lower_to_baseline(&rule, options->baseline_fraction * self->baseline[p]);
    }
    ret = check_limits(&rule, &visits, fault);
    if (ret != IMR_OK) {
        return ret;
    }
    seen = describe_onset(self, p, &rule, &visits, lymphodepletion);
    if (seen == visits.n) {
        self->status[p] = IMR_DEPLETION_NEVER_DEPLETED;
    } else {
        describe_recovery(self, p, &rule, &visits, seen);
    }
    describe_deficit(self, p, &rule, &visits);
    return IMR_OK;
}

/* --- all patients ----------------------------------------------------------------------------- */

/* One block: the doubles, the integers, the flags. */
static int
allocate(imr_depletion_t *self, size_t patients)
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

    self->patients = patients;
    self->block =
        imr_calloc(patients, N_NUMBERS * sizeof(double) + N_COUNTS * sizeof(int64_t) + N_FLAGS);
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    numbers = self->block;
    counts = (int64_t *) (numbers + N_NUMBERS * patients);
    flags = (uint8_t *) (counts + N_COUNTS * patients);
    for (size_t i = 0; i < N_NUMBERS * patients; i++) {
        numbers[i] = NAN;
    }
#define PLACE(name, from)                                                                          \
    self->name = from;                                                                             \
    from += patients;
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
    sample_t *sorted = NULL;
    size_t *start = NULL;
    int status;

    memset(self, 0, sizeof(*self));
    self->other_row = -1;
    status = check_options(options, series, fault);
    if (status != IMR_OK) {
        goto out;
    }
    if (series->n > UINT32_MAX || series->patients > UINT32_MAX) {
        status = imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "count", -1, NAN);
        goto out;
    }
    sorted = imr_malloc(series->n, sizeof(*sorted));
    start = imr_malloc(series->patients + 2, sizeof(*start));
    if (sorted == NULL || start == NULL || allocate(self, series->patients) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    status = sort_samples(series, sorted, start, &self->other_row, fault);
    for (size_t p = 0; status == IMR_OK && p < series->patients; p++) {
        visits_t visits = { sorted + start[p], start[p + 1] - start[p], 0 };

        status = describe_patient(self, p, visits, series, options, fault);
    }
out:
    imr_free(sorted);
    imr_free(start);
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
