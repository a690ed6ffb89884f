#include "recovery/depletion_samples.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"

/* Longer series are sorted by imr_order when they are out of order. */
#define MOST_TO_INSERT 32

/* Copies row i into *sample, and checks what it copied. */
static int
read_sample(const imr_count_series_t *series, size_t i, imr_sample_t *sample, imr_fault_t *fault)
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
    sample->rows = 1;
    sample->open = sample->unseen = flagged || count < limit;
    sample->low = sample->unseen ? 0 : count;
    sample->high = sample->unseen ? limit : count;
    return IMR_OK;
}

/* Orders n samples by day, those of one day by row: mostly they are in order, or few. */
static int
sort_by_day(imr_sample_t *sample, size_t n, imr_fault_t *fault)
{
    imr_sample_t *copy = NULL;
    double *day = NULL;
    uint32_t *order = NULL;
    size_t sorted = 1;
    int status = IMR_OK;

    while (sorted < n && sample[sorted - 1].day <= sample[sorted].day) {
        sorted++;
    }
    if (n <= MOST_TO_INSERT) {
        for (; sorted < n; sorted++) {
            imr_sample_t moving = sample[sorted];
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

/* Combines *next, a later row of the same day, into *sample by bounds: the least, largest or mean
 * count lies between that of the low and that of the high ends. A mean is a sum until
 * `settle_mean`. */
static void
combine(imr_sample_t *sample, const imr_sample_t *next, imr_duplicates_t rule)
{
    uint32_t rows = sample->rows + 1;

    switch (rule) {
        case IMR_DUPLICATES_LAST:
            *sample = *next;
            break;
        case IMR_DUPLICATES_MEAN:
            sample->low += next->low;
            sample->high += next->high;
            sample->open |= next->open;
            sample->unseen &= next->unseen;
            break;
        case IMR_DUPLICATES_MIN:
            if (next->high < sample->high || (next->high == sample->high && next->open)) {
                sample->high = next->high;
                sample->open = next->open;
            }
            sample->low = fmin(sample->low, next->low);
            sample->unseen |= next->unseen;
            break;
        case IMR_DUPLICATES_MAX:
            if (next->high > sample->high || (next->high == sample->high && !next->open)) {
                sample->high = next->high;
                sample->open = next->open;
            }
            sample->low = fmax(sample->low, next->low);
            sample->unseen &= next->unseen;
            break;
        case IMR_DUPLICATES_FIRST:
        case IMR_DUPLICATES_ERROR: /* never here */
        default:
            break;
    }
    if (next->open && rule != IMR_DUPLICATES_FIRST) {
        sample->row = next->row;
    }
    sample->rows = rows;
}

static int
settle_mean(imr_sample_t *sample, imr_fault_t *fault)
{
    sample->low /= sample->rows;
    sample->high /= sample->rows;
    if (!isfinite(sample->high)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "count", (int64_t) sample->row, sample->high);
    }
    return IMR_OK;
}

/* Moves the n samples of one patient and series, in order of day, from *from to *to, one a day;
 * *to lies before *from in the same block, or is it. Tells in *kept how many are left. */
static int
keep_one_a_day(imr_sample_t *to, const imr_sample_t *from, size_t n, imr_duplicates_t rule,
    size_t *kept, int64_t *other_row, imr_fault_t *fault)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        if (count == 0 || from[i].day != to[count - 1].day) {
            to[count++] = from[i];
        } else if (rule == IMR_DUPLICATES_ERROR) {
            *other_row = (int64_t) to[count - 1].row;
            return imr_fault(
                fault, IMR_ERR_DUPLICATE_DAY, "day", (int64_t) from[i].row, from[i].day);
        } else {
            combine(&to[count - 1], &from[i], rule);
        }
    }
    for (size_t i = 0; i < count && rule == IMR_DUPLICATES_MEAN; i++) {
        int status = to[i].rows == 1 ? IMR_OK : settle_mean(&to[i], fault);

        if (status != IMR_OK) {
            return status;
        }
    }
    *kept = count;
    return IMR_OK;
}

/* The position of row i among the pairs of patient and series. */
static int
read_course(const imr_count_series_t *series, size_t i, uint32_t *course, imr_fault_t *fault)
{
    int64_t patient = series->patient[i], which = series->series == NULL ? 0 : series->series[i];

    if (patient < 0 || (uint64_t) patient >= series->patients) {
        return imr_fault(fault, IMR_ERR_PATIENT_CODE, "patient", (int64_t) i, (double) patient);
    }
    if (which < 0 || (uint64_t) which >= series->n_series) {
        return imr_fault(fault, IMR_ERR_SERIES_CODE, "series", (int64_t) i, (double) which);
    }
    *course = (uint32_t) ((size_t) patient * series->n_series + (size_t) which);
    return IMR_OK;
}

static int
sort_samples(imr_samples_t *self, const imr_count_series_t *series, uint32_t *course,
    int64_t *other_row, imr_fault_t *fault)
{
    size_t courses = series->patients * series->n_series, to = 0;
    size_t *start = self->start;
    int status = IMR_OK;

    memset(start, 0, (courses + 2) * sizeof(*start));
    for (size_t i = 0; i < series->n; i++) {
        status = read_course(series, i, &course[i], fault);
        if (status != IMR_OK) {
            return status;
        }
        start[course[i] + 2]++;
    }
    for (size_t c = 2; c < courses + 2; c++) {
        start[c] += start[c - 1];
    }
    for (size_t i = 0; i < series->n; i++) {
        status = read_sample(series, i, &self->sample[start[course[i] + 1]++], fault);
        if (status != IMR_OK) {
            return status;
        }
    }
    for (size_t c = 0; c < courses; c++) {
        imr_sample_t *from = self->sample + start[c];
        size_t n = start[c + 1] - start[c], kept = 0;

        status = sort_by_day(from, n, fault);
        if (status == IMR_OK) {
            status = keep_one_a_day(
                self->sample + to, from, n, series->duplicates, &kept, other_row, fault);
        }
        if (status != IMR_OK) {
            return status;
        }
        start[c] = to;
        to += kept;
    }
    start[courses] = to;
    return IMR_OK;
}

int
imr_depletion_samples(
    imr_samples_t *self, const imr_count_series_t *series, int64_t *other_row, imr_fault_t *fault)
{
    uint32_t *course = NULL;
    int status;

    memset(self, 0, sizeof(*self));
    *other_row = -1;
    if (series->n > UINT32_MAX || series->patients > UINT32_MAX || series->n_series > UINT32_MAX
        || series->patients * series->n_series > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "count", -1, NAN);
    }
    course = imr_malloc(series->n, sizeof(*course));
    self->sample = imr_malloc(series->n, sizeof(*self->sample));
    self->start = imr_malloc(series->patients * series->n_series + 2, sizeof(*self->start));
    if (course == NULL || self->sample == NULL || self->start == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    status = sort_samples(self, series, course, other_row, fault);
out:
    imr_free(course);
    if (status != IMR_OK) {
        imr_depletion_samples_free(self);
    }
    return status;
}

void
imr_depletion_samples_free(imr_samples_t *self)
{
    imr_free(self->sample);
    imr_free(self->start);
    memset(self, 0, sizeof(*self));
}

int
imr_check_infusions(const imr_count_series_t *series, imr_fault_t *fault)
{
    int64_t last = series->infusion_start == NULL ? 0 : series->infusion_start[series->patients];

    if (last < 0) {
        return imr_fault(fault, IMR_ERR_INFUSION_ORDER, "infusion_day", -1, NAN);
    }
    for (size_t p = 0; p < series->patients; p++) {
        size_t begin = series->infusion_start == NULL ? p : (size_t) series->infusion_start[p];
        size_t end =
            series->infusion_start == NULL ? p + 1 : (size_t) series->infusion_start[p + 1];
        double before = -INFINITY;

        if (end < begin || (p == 0 && begin > 0)
            || (series->infusion_start != NULL && end > (size_t) last)) {
            return imr_fault(fault, IMR_ERR_INFUSION_ORDER, "infusion_day", (int64_t) p, NAN);
        }
        for (size_t i = begin; i < end; i++) {
            double infusion = series->infusion_day == NULL ? 0 : series->infusion_day[i];
            double lymphodepletion =
                series->lymphodepletion_day == NULL ? NAN : series->lymphodepletion_day[i];

            if (!isfinite(infusion)) {
                return imr_fault(fault, IMR_ERR_NONFINITE, "infusion_day", (int64_t) p, infusion);
            }
            if (infusion <= before) {
                return imr_fault(
                    fault, IMR_ERR_INFUSION_ORDER, "infusion_day", (int64_t) p, infusion);
            }
            if (isinf(lymphodepletion)) {
                return imr_fault(
                    fault, IMR_ERR_NONFINITE, "lymphodepletion_day", (int64_t) p, lymphodepletion);
            }
            if (lymphodepletion > infusion || lymphodepletion <= before) {
                return imr_fault(fault, IMR_ERR_LYMPHODEPLETION_DAY, "lymphodepletion_day",
                    (int64_t) p, lymphodepletion);
            }
            before = infusion;
        }
        if (series->end_day != NULL && isnan(series->end_day[p])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "end_day", (int64_t) p, series->end_day[p]);
        }
    }
    return IMR_OK;
}
