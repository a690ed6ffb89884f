#include "survival/cox_curve.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "base/quantile.h"
#include "survival/cox_likelihood.h"
#include "survival/cox_residuals.h"
#include "survival/cox_rows.h"

/* Running sums over the sets of each stratum from the first time on, in the coordinates z: of hazard,
 * of its variance, and of hazard times mean covariates. */
typedef struct {
    const imr_cox_rows_t *rows;
    const double *coef, *covariance;
    double *hazard, *variance; /* sets */
    double *pull; /* sets x width */
    double *away; /* p */
    double *block;
} sums_t;

static int
sums_init(sums_t *self, const imr_cox_rows_t *rows, imr_cox_ties_t ties, const double *coef,
    const double *covariance, imr_stop_t *stop, imr_fault_t *fault)
{
    imr_cox_likelihood_t likelihood = { 0 };
    imr_cox_trace_t trace = { 0 };
    imr_cox_terms_t terms;
    size_t sets = rows->sets, width = rows->width;
    int status = imr_cox_trace_at(&likelihood, &trace, rows, ties, coef, stop, fault);

    memset(self, 0, sizeof(*self));
    self->rows = rows;
    self->coef = coef;
    self->covariance = covariance;
    if (status != IMR_OK) {
        goto out;
    }
    self->block = imr_malloc(sets * (width + 2) + rows->p + 3 * width, sizeof(double));
    if (self->block == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    self->hazard = self->block;
    self->variance = self->hazard + sets;
    self->pull = self->variance + sets;
    self->away = self->pull + sets * width;
    terms.mean = self->away + rows->p;
    terms.pull = terms.mean + width;
    terms.tied_pull = terms.pull + width;
    for (size_t k = sets; k-- > 0;) {
        int goes_on = k + 1 < sets && rows->set_stratum[k] == rows->set_stratum[k + 1];

        imr_cox_sum_terms(rows, ties, &trace, k, &terms);
        self->hazard[k] = likelihood.hazard[k] + (goes_on ? self->hazard[k + 1] : 0);
        self->variance[k] = terms.variance + (goes_on ? self->variance[k + 1] : 0);
        for (size_t j = 0; j < width; j++) {
            self->pull[k * width + j] =
                terms.pull[j] + (goes_on ? self->pull[(k + 1) * width + j] : 0);
        }
    }
out:
    imr_free(trace.total);
    imr_cox_likelihood_free(&likelihood);
    return status;
}

/* The cumulative hazard of covariates x from the start up to set k, and its standard error. */
static void
hazard_at(const sums_t *self, const double *x, size_t k, double *hazard, double *std_error)
{
    const imr_cox_rows_t *rows = self->rows;
    const double *center = rows->center + (size_t) rows->set_stratum[k] * rows->p;
    double eta = 0, variance = self->variance[k];

    for (size_t j = 0; j < rows->p; j++) {
        eta += self->coef[j] * (x[j] - center[j]);
        self->away[j] =
            rows->scale[j] * self->pull[k * rows->width + j] - (x[j] - center[j]) * self->hazard[k];
    }
    for (size_t r = 0; r < rows->p; r++) {
        for (size_t c = 0; c < rows->p; c++) {
            variance += self->away[r] * self->covariance[r * rows->p + c] * self->away[c];
        }
    }
    *hazard = exp(eta) * self->hazard[k];
    *std_error = exp(eta) * sqrt(fmax(0, variance));
}

/* --- the baseline ------------------------------------------------------------------------------- */

int
imr_cox_baseline(imr_cox_baseline_t *self, const imr_cox_rows_t *rows, imr_cox_ties_t ties,
    const double *coef, const double *covariance, const double *x, imr_stop_t *stop,
    imr_fault_t *fault)
{
    sums_t sums;
    size_t sets = rows->sets, at = 0, next;
    double present = 0;
    int status = sums_init(&sums, rows, ties, coef, covariance, stop, fault);

    memset(self, 0, sizeof(*self));
    if (status != IMR_OK) {
        goto out;
    }
    self->block = imr_malloc(6 * sets, sizeof(double));
    if (self->block == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    self->n = sets;
    self->time = self->block;
    self->cumulative_hazard = self->time + sets;
    self->std_error = self->cumulative_hazard + sets;
    self->at_risk = self->std_error + sets;
    self->events = self->at_risk + sets;
    self->stratum = (int64_t *) (self->events + sets);
    for (size_t begin = 0; begin < sets; begin = next) {
        for (next = begin + 1; next < sets && !imr_cox_begins_stratum(rows, next);) {
            next++;
        }
        present = 0;
        for (size_t k = begin; k < next; k++) {
            size_t row = at + (next - 1 - k);

            self->events[row] = 0;
            for (int64_t i = rows->begin[k]; i < rows->end[k]; i++) {
                present += imr_cox_weight(rows, (size_t) i);
                self->events[row] +=
                    i >= rows->first_event[k] ? imr_cox_weight(rows, (size_t) i) : 0;
            }
            for (int64_t q = rows->leaving == NULL ? 0 : rows->leave_begin[k];
                rows->leaving != NULL && q < rows->leave_end[k]; q++) {
                present -= imr_cox_weight(rows, (size_t) rows->leaving[q]);
            }
            self->at_risk[row] = present;
            self->time[row] = rows->set_time[k];
            self->stratum[row] = rows->set_stratum[k];
            hazard_at(&sums, x, k, &self->cumulative_hazard[row], &self->std_error[row]);
        }
        at += next - begin;
    }
out:
    imr_free(sums.block);
    return status;
}

void
imr_cox_baseline_free(imr_cox_baseline_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- survival of given patients ----------------------------------------------------------------- */

/* The limits of survival exp(-hazard); z is the normal quantile. */
static void
find_limits(imr_cox_curve_interval_t interval, double z, double hazard, double std_error,
    double *low, double *high)
{
    double survival = exp(-hazard);

    if (hazard == 0) {
        *low = *high = 1;
    } else if (interval == IMR_COX_CURVE_LOG_LOG) {
        *low = exp(-hazard * exp(z * std_error / hazard));
        *high = exp(-hazard * exp(-z * std_error / hazard));
    } else if (interval == IMR_COX_CURVE_LOG) {
        *low = exp(-hazard - z * std_error);
        *high = fmin(1, exp(-hazard + z * std_error));
    } else {
        *low = fmax(0, survival - z * std_error * survival);
        *high = fmin(1, survival + z * std_error * survival);
    }
}

static int
is_tied(double a, double b)
{
    double pair[2] = { fmin(a, b), fmax(a, b) };

    return a == b || imr_merge_ties(pair, 2, pair) == 1;
}

/* The first set of the stratum, or of the next one that has sets. */
static size_t
first_set(const imr_cox_rows_t *rows, int64_t stratum)
{
    size_t low = 0, high = rows->sets;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (rows->set_stratum[middle] < stratum) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The set of the stratum's sets first..next - 1 (from the last time to the first) up to which hazards
 * count at time t; next if none. */
static size_t
set_until(const imr_cox_rows_t *rows, size_t first, size_t next, double t, int fix_ties)
{
    size_t low = first, high = next;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (rows->set_time[middle] <= t) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return fix_ties && low > first && is_tied(rows->set_time[low - 1], t) ? low - 1 : low;
}

static int
check_asked(const imr_cox_rows_t *rows, const imr_cox_asked_t *asked, double *z, imr_fault_t *fault)
{
    if (!(asked->level > 0 && asked->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, asked->level);
    }
    for (size_t i = 0; i < asked->n_times; i++) {
        if (!(asked->times[i] >= 0)) {
            return imr_fault(fault, asked->times[i] < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE,
                "times", (int64_t) i, asked->times[i]);
        }
    }
    for (size_t i = 0; i < asked->m * rows->p; i++) {
        if (!isfinite(asked->x[i])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "X", (int64_t) (i / rows->p), asked->x[i]);
        }
    }
    for (size_t i = 0; asked->stratum != NULL && i < asked->m; i++) {
        if (asked->stratum[i] < 0 || (uint64_t) asked->stratum[i] >= rows->strata) {
            return imr_fault(
                fault, IMR_ERR_CODE, "strata", (int64_t) i, (double) asked->stratum[i]);
        }
    }
    return imr_quantile_normal(0.5 + 0.5 * asked->level, z) == IMR_OK
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_LEVEL, "level", -1, asked->level);
}

int
imr_cox_predict(const imr_cox_rows_t *rows, imr_cox_ties_t ties, const double *coef,
    const double *covariance, const imr_cox_asked_t *asked, double *survival,
    double *cumulative_hazard, double *std_error, double *low, double *high, imr_stop_t *stop,
    imr_fault_t *fault)
{
    sums_t sums = { 0 };
    double z = NAN;
    int status = check_asked(rows, asked, &z, fault);

    if (status == IMR_OK) {
        status = sums_init(&sums, rows, ties, coef, covariance, stop, fault);
    }
    for (size_t i = 0; status == IMR_OK && i < asked->m; i++) {
        int64_t stratum = asked->stratum == NULL ? 0 : asked->stratum[i];
        double last = rows->last_time[stratum];
        size_t first = first_set(rows, stratum), next = first_set(rows, stratum + 1);

        for (size_t j = 0; j < asked->n_times; j++) {
            size_t at = i * asked->n_times + j;
            size_t k = set_until(rows, first, next, asked->times[j], asked->fix_ties);

            cumulative_hazard[at] = std_error[at] = 0;
            if (asked->times[j] > last && !(asked->fix_ties && is_tied(last, asked->times[j]))) {
                survival[at] = cumulative_hazard[at] = std_error[at] = low[at] = high[at] = NAN;
                continue;
            }
            if (k < next) {
                hazard_at(&sums, asked->x + i * rows->p, k, &cumulative_hazard[at], &std_error[at]);
            }
            survival[at] = exp(-cumulative_hazard[at]);
            find_limits(
                asked->interval, z, cumulative_hazard[at], std_error[at], &low[at], &high[at]);
        }
    }
    imr_free(sums.block);
    return status;
}
