#include "recovery/titre_seroconversion.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define LEAST 1e-100
#define MOST 1e100

/* Marks the positive rows. */
static int
read_values(const imr_seroconversion_rows_t *rows, uint8_t *positive, imr_fault_t *fault)
{
    for (size_t i = 0; i < rows->n; i++) {
        double value = rows->value[i], uln = rows->uln[rows->uln_step * i];

        if (!(uln >= LEAST && uln <= MOST)) {
            return imr_fault(
                fault, IMR_ERR_NOT_POSITIVE, "uln", rows->uln_step == 0 ? -1 : (int64_t) i, uln);
        }
        if (!isfinite(value)) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "value", (int64_t) i, value);
        }
        if (value < 0) {
            return imr_fault(fault, IMR_ERR_NEGATIVE, "value", (int64_t) i, value);
        }
        positive[i] = value > uln;
    }
    return IMR_OK;
}

/* Rows have valid patients. */
static int
check_assays(const imr_seroconversion_rows_t *rows, imr_fault_t *fault)
{
    int64_t *first;
    int status = IMR_OK;

    if (rows->assay == NULL) {
        return IMR_OK;
    }
    first = imr_malloc(rows->patients, sizeof(*first));
    if (first == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t p = 0; p < rows->patients; p++) {
        first[p] = -1;
    }
    for (size_t i = 0; i < rows->n && status == IMR_OK; i++) {
        int64_t *seen = first + rows->patient[i];

        if (*seen >= 0 && rows->assay[*seen] != rows->assay[i]) {
            status = imr_fault(fault, IMR_ERR_TITRE_ASSAY, "assay", (int64_t) i, NAN);
        }
        *seen = *seen < 0 ? (int64_t) i : *seen;
    }
    imr_free(first);
    return status;
}

static int
check_days(const imr_titre_samples_t *samples, imr_fault_t *fault)
{
    for (size_t p = 0; p < samples->patients; p++) {
        for (size_t k = samples->start[p] + 1; k < samples->start[p + 1]; k++) {
            if (samples->sample[k].day == samples->sample[k - 1].day) {
                return imr_fault(fault, IMR_ERR_TITRE_DUPLICATE, "day",
                    (int64_t) samples->sample[k].row, samples->sample[k].day);
            }
        }
    }
    return IMR_OK;
}

static int
allocate(imr_seroconversion_t *self, size_t n)
{
    double *number;
    int64_t *count;

#define IMR_ONE(name) +1
    self->block = number = imr_calloc(n,
        (0 IMR_SEROCONVERSION_NUMBER_LIST(IMR_ONE) IMR_SEROCONVERSION_COUNT_LIST(IMR_ONE))
            * sizeof(double));
#undef IMR_ONE
    if (number == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->patients = n;
#define IMR_PLACE(name)                                                                            \
    self->name = number;                                                                           \
    number += n;
    IMR_SEROCONVERSION_NUMBER_LIST(IMR_PLACE)
#undef IMR_PLACE
    count = (int64_t *) number;
#define IMR_PLACE(name)                                                                            \
    self->name = count;                                                                            \
    count += n;
    IMR_SEROCONVERSION_COUNT_LIST(IMR_PLACE)
#undef IMR_PLACE
    return IMR_OK;
}

/* --- a patient ----------------------------------------------------------------------------------- */

/* The samples of a patient after the start: the first of `confirm` negative ones in a row, or n; *positive_at
 * is the last positive one before it, n where that is the baseline. */
static size_t
find_run(const imr_titre_sample_t *sample, size_t n, size_t from, const uint8_t *positive,
    int64_t confirm, size_t *positive_at)
{
    int64_t run = 0;

    *positive_at = n;
    for (size_t k = from; k < n; k++) {
        run = positive[sample[k].row] ? 0 : run + 1;
        if (run == confirm) {
            return k + 1 - (size_t) confirm;
        }
        *positive_at = run == 0 ? k : *positive_at;
    }
    return n;
}

static void
follow(imr_seroconversion_t *self, size_t p, const imr_titre_sample_t *sample, size_t n,
    const uint8_t *positive, const double *value, double start_day, int64_t confirm)
{
    size_t from = 0, positive_at, first;

    self->left[p] = self->right[p] = self->baseline[p] = self->baseline_day[p] = NAN;
    self->positive_again_day[p] = NAN;
    self->last_day[p] = n > 0 ? sample[n - 1].day - start_day : NAN;
    self->samples[p] = (int64_t) n;
    while (from < n && sample[from].day <= start_day) {
        from++;
    }
    if (from == 0) {
        self->status[p] = IMR_SEROCONVERSION_NO_BASELINE;
        return;
    }
    self->baseline[p] = value[sample[from - 1].row];
    self->baseline_day[p] = sample[from - 1].day - start_day;
    if (!positive[sample[from - 1].row]) {
        self->status[p] = IMR_SEROCONVERSION_NEGATIVE_BEFORE;
        return;
    }
    if (from == n) {
        self->status[p] = IMR_SEROCONVERSION_NO_FOLLOW_UP;
        return;
    }
    first = find_run(sample, n, from, positive, confirm, &positive_at);
    self->left[p] = positive_at == n ? 0 : sample[positive_at].day - start_day;
    self->right[p] = first == n ? INFINITY : sample[first].day - start_day;
    self->status[p] = first < n       ? IMR_SEROCONVERSION_CONVERTED
        : positive[sample[n - 1].row] ? IMR_SEROCONVERSION_POSITIVE
                                      : IMR_SEROCONVERSION_UNCONFIRMED;
    for (size_t k = first; k < n; k++) {
        if (positive[sample[k].row]) {
            self->positive_again_day[p] = sample[k].day - start_day;
            break;
        }
    }
}

int
imr_seroconversion(
    imr_seroconversion_t *self, const imr_seroconversion_rows_t *rows, imr_fault_t *fault)
{
    imr_titre_rows_t order = { .patient = rows->patient,
        .day = rows->day,
        .limits = { .dilution = NAN },
        .infusions = rows->infusions,
        .n = rows->n,
        .patients = rows->patients };
    imr_titre_samples_t samples;
    uint8_t *positive = NULL;
    int status;

    memset(self, 0, sizeof(*self));
    if (rows->confirm < 1) {
        return imr_fault(fault, IMR_ERR_TITRE_CONFIRM, "confirm", -1, (double) rows->confirm);
    }
    if (!isfinite(rows->start_day)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "start_day", -1, rows->start_day);
    }
    status = imr_titre_samples_init(&samples, &order, fault);
    if (status != IMR_OK) {
        return status;
    }
    positive = imr_malloc(rows->n, sizeof(*positive));
    if (positive == NULL || allocate(self, rows->patients) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    status = read_values(rows, positive, fault);
    if (status == IMR_OK) {
        status = check_assays(rows, fault);
    }
    if (status == IMR_OK) {
        status = check_days(&samples, fault);
    }
    for (size_t p = 0; p < rows->patients && status == IMR_OK; p++) {
        const imr_titre_sample_t *sample = samples.sample + samples.start[p];

        follow(self, p, sample, samples.start[p + 1] - samples.start[p], positive, rows->value,
            rows->start_day, rows->confirm);
        self->left_out[p] = samples.left_out[p];
    }
out:
    imr_free(positive);
    imr_titre_samples_free(&samples);
    if (status != IMR_OK) {
        imr_seroconversion_free(self);
    }
    return status;
}

void
imr_seroconversion_free(imr_seroconversion_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
