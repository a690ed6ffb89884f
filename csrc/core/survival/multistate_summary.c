#include "survival/multistate_summary.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/quantile.h"
#include "survival/kaplan_meier_summary.h"

#define NO_SPREAD 1e-7 /* of an expected time: a standard error is 0 but for rounding */

int
imr_multistate_counts_fit(const imr_multistate_counts_t *counts)
{
    int64_t n = (int64_t) counts->n, states = (int64_t) counts->states;
    int fit = n > 0 && states >= 1 && states <= IMR_MULTISTATE_MOST
        && counts->before[counts->places] == counts->n;

    for (size_t k = 0; k < counts->transitions && fit; k++) {
        fit = counts->from[k] >= 0 && counts->from[k] < states && counts->to[k] >= 0
            && counts->to[k] < states && (k == 0 || counts->from[k] >= counts->from[k - 1]);
    }
    for (size_t j = 0; j < counts->places && fit; j++) {
        fit = counts->before[j] <= counts->before[j + 1];
    }
    for (size_t q = 0; q < counts->spans && fit; q++) {
        const imr_multistate_stretch_t *span = &counts->span[q];

        fit = span->state >= 0 && span->state < states && span->next >= -1 && span->next < states
            && span->end < counts->places && span->begin <= span->end;
    }
    return fit;
}

/* --- where times lie among the rows -------------------------------------------------------------- */

int
imr_multistate_locate(const imr_multistate_counts_t *counts, int fix_ties, double time, size_t row,
    size_t *until, int *exact, imr_fault_t *fault)
{
    const imr_kaplan_meier_t rows = {
        .n = counts->n, .time = counts->time, .at_risk = counts->at_risk
    };
    int64_t at_risk;
    size_t next = 0;
    int status = imr_kaplan_meier_locate(&rows, fix_ties, time, row, &next, exact, &at_risk, fault);

    *until = status == IMR_OK && *exact ? next + 1 : next;
    return status;
}

/* Is it known what comes after the last row, where the shares are p? */
static int
is_settled(const double *p, size_t step, const uint8_t *closed, size_t states)
{
    for (size_t s = 0; s < states; s++) {
        if (!closed[s] && p[s * step] > 0) {
            return 0;
        }
    }
    return 1;
}

static int
is_settled_at_end(const imr_multistate_t *self, const uint8_t *closed)
{
    size_t n = self->counts.n;

    return is_settled(self->estimate + n - 1, n, closed, self->counts.states);
}

/* --- state occupation ---------------------------------------------------------------------------- */

/* Patients whose state is known between row `until` - 1 and the next one. */
static double
known_between(const imr_multistate_t *self, size_t until)
{
    size_t n = self->counts.n;
    int64_t known = self->known[until > 0 ? until - 1 : 0];

    for (size_t s = 0; s < self->counts.states && until > 0; s++) {
        known -= self->censored[s * n + until - 1];
    }
    return (double) known;
}

int
imr_multistate_at(const imr_multistate_t *self, const uint8_t *closed,
    const imr_multistate_options_t *options, int fix_ties, const double *time, size_t count,
    imr_multistate_values_t *values, imr_fault_t *fault)
{
    size_t n = self->counts.n, states = self->counts.states;
    int settled = is_settled_at_end(self, closed);
    imr_multistate_scale_t scale;
    int status = imr_multistate_scale(options, &scale, fault);

    for (size_t i = 0; i < count && status == IMR_OK; i++) {
        size_t until, row;
        int exact;

        status = imr_multistate_locate(&self->counts, fix_ties, time[i], i, &until, &exact, fault);
        row = exact ? until - 1 : until; /* whose patients at risk are those at the time */
        for (size_t s = 0; s < states && status == IMR_OK; s++) {
            size_t to = s * count + i, from = s * n + until - 1;

            values->at_risk[to] = row < n ? self->counts.at_risk[s * n + row] : 0;
            if (until == 0) {
                values->estimate[to] = self->start[s];
                values->std_error[to] = self->start[states + s];
                values->low[to] = self->start[2 * states + s];
                values->high[to] = self->start[3 * states + s];
                continue;
            }
            if (until == n && !exact && !settled) {
                values->estimate[to] = values->std_error[to] = NAN;
                values->low[to] = values->high[to] = NAN;
                continue;
            }
            values->estimate[to] = self->estimate[from];
            values->std_error[to] = self->std_error[from];
            values->low[to] = self->low[from];
            values->high[to] = self->high[from];
            if (!exact && (self->estimate[from] == 0 || self->estimate[from] == 1)) {
                status = imr_multistate_limits(&scale, self->estimate[from], 0,
                    known_between(self, until), &values->low[to], &values->high[to]);
            }
        }
    }
    return status;
}

/* --- expected time ------------------------------------------------------------------------------- */

/* Student's, of so many patients; without spread by what the m patients known may hide. */
static int
time_limits(const imr_multistate_scale_t *scale, double time, double std_error, double tau,
    double patients, double m, double *low, double *high)
{
    double elsewhere = m > 0 ? -expm1(log(scale->tail) / m) : 1, reach;
    int status = IMR_OK;

    if (patients > 1 && std_error > NO_SPREAD * time) {
        status = imr_quantile_t(1 - scale->tail, patients - 1, &reach);
        *low = fmax(0, time - reach * std_error);
        *high = fmin(tau, time + reach * std_error);
    } else {
        *low = time * (1 - elsewhere);
        *high = fmin(tau, *low + tau * elsewhere);
    }
    return status;
}

static double
patients_of(const imr_multistate_counts_t *counts)
{
    size_t patients = 0;

    for (size_t q = 0; q < counts->spans; q++) {
        patients += counts->span[q].first;
    }
    return (double) patients;
}

int
imr_multistate_time(const imr_multistate_t *self, const uint8_t *closed,
    const imr_multistate_options_t *options, double tau, imr_multistate_values_t *values,
    imr_stop_t *stop, imr_fault_t *fault)
{
    const imr_multistate_counts_t *counts = &self->counts;
    imr_multistate_walk_t walk = {
        .variance = options->variance, .start = self->start, .tau = tau
    };
    imr_multistate_path_t path = { .time = values->estimate, .time_variance = values->std_error };
    imr_multistate_scale_t scale;
    int status = imr_multistate_scale(options, &scale, fault), exact;
    size_t until;
    double known;

    if (status != IMR_OK) {
        return status;
    }
    if (!(tau > 0) || isinf(tau)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "tau", -1, tau);
    }
    status = imr_multistate_locate(counts, 1, tau, 0, &until, &exact, fault);
    if (status == IMR_OK && until == counts->n && !exact && !is_settled_at_end(self, closed)) {
        status = imr_fault(fault, IMR_ERR_TAU, "tau", -1, tau);
    }
    if (status != IMR_OK) {
        return status;
    }
    known = exact ? (double) self->known[until - 1] : known_between(self, until);
    imr_multistate_find_start(self, &walk.counted, &walk.until, NULL);
    path.estimate = imr_malloc(counts->n * counts->states, sizeof(double));
    if (path.estimate == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    status = imr_multistate_walk(counts, &walk, &path, stop, fault);
    for (size_t s = 0; s < counts->states && status == IMR_OK; s++) {
        values->estimate[s] = fmin(values->estimate[s], tau);
        values->std_error[s] = sqrt(values->std_error[s]);
        status = time_limits(&scale, values->estimate[s], values->std_error[s], tau,
            patients_of(counts), known, &values->low[s], &values->high[s]);
        if (status != IMR_OK) {
            imr_fault(fault, status, "level", -1, options->level);
        }
    }
    imr_free(path.estimate);
    return status;
}

/* --- transitions --------------------------------------------------------------------------------- */

static int64_t
at_risk_at(const imr_multistate_counts_t *counts, size_t state, size_t row)
{
    return row < counts->n ? counts->at_risk[state * counts->n + row] : 0;
}

/* The value of each state at time i after `until` rows, of a path from row `first`. */
static int
fill_transition(const imr_multistate_counts_t *counts, const imr_multistate_walk_t *walk,
    const imr_multistate_path_t *path, const imr_multistate_scale_t *scale, int certain,
    size_t until, size_t i, size_t count, imr_multistate_values_t *values)
{
    size_t states = counts->states;
    int status = IMR_OK;

    for (size_t s = 0; s < states && status == IMR_OK; s++) {
        size_t to = s * count + i, from = (until - walk->first - 1) * states + s;
        double p = until > walk->first ? path->estimate[from] : walk->start[s];

        values->estimate[to] = p;
        values->std_error[to] = until > walk->first ? sqrt(path->variance[from]) : 0;
        if (certain) {
            values->low[to] = values->high[to] = p;
        } else {
            status = imr_multistate_limits(scale, p, values->std_error[to],
                (double) values->at_risk[0], &values->low[to], &values->high[to]);
        }
    }
    return status;
}

int
imr_multistate_transition(const imr_multistate_t *self, const uint8_t *closed,
    const imr_multistate_options_t *options, int fix_ties, size_t from, double since,
    const double *time, size_t count, imr_multistate_values_t *values, imr_stop_t *stop,
    imr_fault_t *fault)
{
    const imr_multistate_counts_t *counts = &self->counts;
    double start[IMR_MULTISTATE_MOST] = { 0 };
    imr_multistate_walk_t walk = { .variance = options->variance, .start = start };
    imr_multistate_path_t path = { .estimate = NULL };
    imr_multistate_scale_t scale;
    int status = imr_multistate_scale(options, &scale, fault), exact;
    size_t cells;

    if (status != IMR_OK) {
        return status;
    }
    status = imr_multistate_locate(counts, fix_ties, since, 0, &walk.first, &exact, fault);
    if (status != IMR_OK) {
        return imr_fault(fault, status, "since", -1, since);
    }
    start[from] = 1;
    values->at_risk[0] = at_risk_at(counts, from, walk.first);
    cells = (counts->n - walk.first) * counts->states;
    path.estimate = imr_malloc(2 * cells, sizeof(double));
    if (path.estimate == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    path.variance = path.estimate + cells;
    status = imr_multistate_walk(counts, &walk, &path, stop, fault);
    for (size_t i = 0; i < count && status == IMR_OK; i++) {
        const double *last = cells > 0 ? path.estimate + cells - counts->states : start;
        size_t until;
        int at_now; /* at since itself everything is known */

        status = imr_multistate_locate(counts, fix_ties, time[i], i, &until, &exact, fault);
        if (status == IMR_OK && until < walk.first) {
            status = imr_fault(fault, IMR_ERR_MULTISTATE_BACKWARDS, "times", (int64_t) i, time[i]);
        }
        if (status == IMR_OK && time[i] < since && !(exact && until == walk.first)) {
            status = imr_fault(fault, IMR_ERR_MULTISTATE_BACKWARDS, "times", (int64_t) i, time[i]);
        }
        if (status != IMR_OK) {
            break;
        }
        at_now = time[i] <= since;
        if (until == counts->n && !exact && !at_now
            && !is_settled(last, 1, closed, counts->states)) {
            for (size_t s = 0; s < counts->states; s++) {
                size_t to = s * count + i;

                values->estimate[to] = values->std_error[to] = NAN;
                values->low[to] = values->high[to] = NAN;
            }
            continue;
        }
        status = fill_transition(
            counts, &walk, &path, &scale, at_now || closed[from] != 0, until, i, count, values);
    }
    imr_free(path.estimate);
    return status;
}
