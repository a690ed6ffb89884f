#include "recovery/titre_rows.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"

#define LEAST 1e-100
#define MOST 1e100
#define LEAST_DILUTION 1.1
#define MOST_DILUTION 1000.0

int
imr_titre_check_dilution(double dilution, imr_fault_t *fault)
{
    return isnan(dilution) || (dilution >= LEAST_DILUTION && dilution <= MOST_DILUTION)
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_TITRE_DILUTION, "dilution", -1, dilution);
}

static int
limit_at(const double *limit, size_t step, size_t i, const char *argument, double none,
    double *found, imr_fault_t *fault)
{
    *found = none;
    if (limit == NULL) {
        return IMR_OK;
    }
    *found = limit[step * i];
    return *found >= LEAST && *found <= MOST
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_NOT_POSITIVE, argument, step == 0 ? -1 : (int64_t) i, *found);
}

int
imr_titre_interval(const imr_titre_limits_t *limits, const double *value, const uint8_t *below,
    size_t i, const char *argument, double *low, double *high, imr_fault_t *fault)
{
    double x = value[i], lloq, uloq;
    int flagged = below != NULL && below[i];
    int status = limit_at(limits->lloq, limits->lloq_step, i, "lloq", 0, &lloq, fault);

    if (status == IMR_OK) {
        status = limit_at(limits->uloq, limits->uloq_step, i, "uloq", INFINITY, &uloq, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    if (!(lloq < uloq)) {
        return imr_fault(fault, IMR_ERR_TITRE_LIMITS, "lloq", (int64_t) i, lloq);
    }
    if (!isfinite(x)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, argument, (int64_t) i, x);
    }
    if (x < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, argument, (int64_t) i, x);
    }
    if (flagged && lloq > 0 && x > lloq) {
        return imr_fault(fault, IMR_ERR_COUNT_ABOVE_LIMIT, argument, (int64_t) i, x);
    }
    *low = -INFINITY;
    *high = INFINITY;
    if (x < lloq || (flagged && lloq > 0)) {
        *high = log(lloq);
        return IMR_OK;
    }
    if (x == 0) {
        return imr_fault(fault, IMR_ERR_TITRE_ZERO, argument, (int64_t) i, NAN);
    }
    if (!(x >= LEAST && x <= MOST)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, argument, (int64_t) i, x);
    }
    if (flagged) {
        *high = log(x);
    } else if (x >= uloq) {
        *low = log(uloq);
    } else {
        *low = log(x);
        *high = isnan(limits->dilution) ? *low : *low + log(limits->dilution);
    }
    return IMR_OK;
}

/* --- infusions of immunoglobulin ------------------------------------------------------------------ */

static int
check_day(double day, const char *argument, int64_t row, imr_fault_t *fault)
{
    if (!isfinite(day)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, argument, row, day);
    }
    return fabs(day) <= IMR_TITRE_MOST_DAYS
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_TITRE_DAY, argument, row, day);
}

static int
check_infusions(const imr_titre_rows_t *rows, imr_fault_t *fault)
{
    const imr_titre_infusions_t *infusions = &rows->infusions;
    int status = check_day(infusions->window, "ivig_window", -1, fault);

    if (status == IMR_OK && infusions->window < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "ivig_window", -1, infusions->window);
    }
    for (size_t k = 0; k < infusions->n && status == IMR_OK; k++) {
        if (infusions->patient[k] < 0 || infusions->patient[k] >= (int64_t) rows->patients) {
            return imr_fault(fault, IMR_ERR_PATIENT_CODE, "ivig_day", (int64_t) k,
                (double) infusions->patient[k]);
        }
        status = check_day(infusions->day[k], "ivig_day", (int64_t) k, fault);
    }
    return status;
}

static int
is_within(const imr_titre_infusions_t *infusions, int64_t patient, double day)
{
    for (size_t k = 0; k < infusions->n; k++) {
        double after = day - infusions->day[k];

        if (infusions->patient[k] == patient && after > 0 && after <= infusions->window) {
            return 1;
        }
    }
    return 0;
}

/* --- samples ------------------------------------------------------------------------------------- */

static int
allocate(imr_titre_samples_t *self, size_t n, size_t patients)
{
    size_t words = sizeof(imr_titre_sample_t) / sizeof(double);
    double *place;

    if (n > SIZE_MAX / 64 || patients > SIZE_MAX / 64) {
        return IMR_ERR_NOMEM;
    }
    place = imr_calloc(n * words + 2 * patients + 1, sizeof(double));
    if (place == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->patients = patients;
    self->block = place;
    self->sample = (imr_titre_sample_t *) place;
    self->start = (size_t *) (place + n * words);
    self->left_out = (int64_t *) (self->start + patients + 1);
    return IMR_OK;
}

/* Counts what each patient keeps into start[p + 1], and marks the rows. */
static int
check_rows(
    imr_titre_samples_t *self, const imr_titre_rows_t *rows, uint8_t *kept, imr_fault_t *fault)
{
    int status = check_infusions(rows, fault);
    double low, high;

    for (size_t i = 0; i < rows->n && status == IMR_OK; i++) {
        int64_t patient = rows->patient[i];

        if (patient < 0 || patient >= (int64_t) rows->patients) {
            return imr_fault(fault, IMR_ERR_PATIENT_CODE, "patient", (int64_t) i, (double) patient);
        }
        status = check_day(rows->day[i], "day", (int64_t) i, fault);
        if (status == IMR_OK
            && rows->value
                != NULL) { /* so that the first faulty row is named, not that of the first day */
            status = imr_titre_interval(
                &rows->limits, rows->value, rows->below, i, "value", &low, &high, fault);
        }
        if (status == IMR_OK) {
            kept[i] = !is_within(&rows->infusions, patient, rows->day[i]);
            self->start[patient + 1] += kept[i];
            self->left_out[patient] += !kept[i];
        }
    }
    return status;
}

int
imr_titre_samples_init(imr_titre_samples_t *self, const imr_titre_rows_t *rows, imr_fault_t *fault)
{
    size_t n = rows->n;
    uint32_t *order = NULL;
    uint8_t *kept = NULL;
    size_t *next = NULL;
    int status;

    memset(self, 0, sizeof(*self));
    status = imr_titre_check_dilution(rows->limits.dilution, fault);
    if (status != IMR_OK) {
        return status;
    }
    order = imr_malloc(n, sizeof(*order));
    kept = imr_malloc(n, sizeof(*kept));
    next = imr_malloc(rows->patients, sizeof(*next));
    if (order == NULL || kept == NULL || next == NULL
        || allocate(self, n, rows->patients) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    status = check_rows(self, rows, kept, fault);
    if (status == IMR_OK) {
        status = imr_order(rows->day, n, "day", order, fault);
    }
    for (size_t p = 0; p < rows->patients; p++) {
        self->start[p + 1] += self->start[p];
        next[p] = self->start[p];
    }
    for (size_t k = 0; k < n && status == IMR_OK; k++) {
        size_t i = order[k];
        imr_titre_sample_t sample = { .day = rows->day[i], .row = (uint32_t) i };

        if (rows->value != NULL) {
            status = imr_titre_interval(&rows->limits, rows->value, rows->below, i, "value",
                &sample.low, &sample.high, fault);
        }
        if (status == IMR_OK && kept[i]) {
            self->sample[next[rows->patient[i]]++] = sample;
        }
    }
out:
    imr_free(order);
    imr_free(kept);
    imr_free(next);
    if (status != IMR_OK) {
        imr_titre_samples_free(self);
    }
    return status;
}

void
imr_titre_samples_free(imr_titre_samples_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
