#include "recovery/expansion_visits.h"

#include <math.h>
#include <string.h>

#define LEAST_COPIES 1e-100
#define MOST_COPIES 1e100

/* As imr_depletion_samples, in the words of this call, and within the range of its numbers. */
static int
read_samples(imr_samples_t *samples, const imr_count_series_t *series, int64_t *other_row,
    imr_fault_t *fault)
{
    int status = imr_depletion_samples(samples, series, other_row, fault);

    if (status == IMR_ERR_DUPLICATE_DAY) {
        return imr_fault(
            fault, IMR_ERR_DUPLICATE_SAMPLE, "day", fault->row, series->day[fault->row]);
    }
    if (status != IMR_OK) {
        if (fault->argument != NULL && strcmp(fault->argument, "count") == 0) {
            fault->argument = "copies";
        }
        return status;
    }
    for (size_t i = 0; i < samples->start[series->patients]; i++) {
        const imr_sample_t *sample = &samples->sample[i];
        double copies = sample->high;

        if (copies != 0 && !(copies >= LEAST_COPIES && copies <= MOST_COPIES)) {
            return imr_fault(fault, IMR_ERR_EXPANSION_RANGE, sample->unseen ? "lloq" : "copies",
                sample->unseen && series->lloq_step == 0 ? -1 : (int64_t) sample->row, copies);
        }
        if (!(fabs(sample->day) <= IMR_EXPANSION_MOST_DAYS)) {
            return imr_fault(
                fault, IMR_ERR_EXPANSION_RANGE, "day", (int64_t) sample->row, sample->day);
        }
    }
    return IMR_OK;
}

static int
check_infusions(const imr_count_series_t *series, imr_fault_t *fault)
{
    int status = imr_check_infusions(series, fault);

    for (size_t p = 0; status == IMR_OK && series->infusion_start != NULL && p < series->patients;
        p++) {
        for (int64_t i = series->infusion_start[p]; i < series->infusion_start[p + 1]; i++) {
            if (!(fabs(series->infusion_day[i]) <= IMR_EXPANSION_MOST_DAYS)) {
                return imr_fault(fault, IMR_ERR_EXPANSION_RANGE, "infusion_day", (int64_t) p,
                    series->infusion_day[i]);
            }
        }
    }
    return status;
}

int
imr_expansion_samples(
    imr_samples_t *self, const imr_count_series_t *series, int64_t *other_row, imr_fault_t *fault)
{
    imr_fault_t unasked = { 0 };
    int status;

    fault = fault == NULL ? &unasked : fault;
    status = read_samples(self, series, other_row, fault);
    if (status == IMR_OK) {
        status = check_infusions(series, fault);
    }
    if (status != IMR_OK) {
        imr_depletion_samples_free(self);
    }
    return status;
}

imr_visits_t
imr_expansion_visits(
    const imr_sample_t *sample, size_t n, double before, double infusion, double next)
{
    imr_visits_t visits = { sample, 0, NULL, infusion };

    while (n > 0 && visits.sample->day < infusion) {
        visits.before = visits.sample->day > before ? visits.sample : NULL;
        visits.sample++;
        n--;
    }
    while (visits.n < n && visits.sample[visits.n].day <= next) {
        visits.n++;
    }
    return visits;
}

size_t
imr_expansion_log_rows(const imr_visits_t *visits, double *day, double *log_copies, uint8_t *below)
{
    size_t n = 0;

    for (size_t i = 0; i < visits->n; i++) {
        const imr_sample_t *sample = &visits->sample[i];

        if (sample->day == visits->infusion) {
            continue; /* drawn before it */
        }
        day[n] = sample->day - visits->infusion;
        log_copies[n] = log(sample->high);
        below[n] = (uint8_t) !imr_is_quantified(sample);
        n++;
    }
    return n;
}

int
imr_expansion_check_logs(const imr_sample_t *sample, size_t n, imr_fault_t *fault)
{
    for (size_t i = 0; i < n; i++) {
        if (!(sample[i].high > 0)) {
            return imr_fault(fault, IMR_ERR_ZERO_COPIES, "copies", (int64_t) sample[i].row, 0);
        }
    }
    return IMR_OK;
}
