#include "survival/cox_residuals.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/cox_rows.h"

int
imr_cox_trace_init(imr_cox_trace_t *self, const imr_cox_rows_t *rows, imr_fault_t *fault)
{
    size_t sets = rows->sets;

    self->total = imr_malloc(sets * 2 * (rows->width + 1), sizeof(double));
    if (self->total == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->tied_total = self->total + sets;
    self->sum = self->tied_total + sets;
    self->tied_sum = self->sum + sets * rows->width;
    return IMR_OK;
}

int
imr_cox_trace_at(imr_cox_likelihood_t *likelihood, imr_cox_trace_t *trace,
    const imr_cox_rows_t *rows, imr_cox_ties_t ties, const double *coef, imr_stop_t *stop,
    imr_fault_t *fault)
{
    double *z_coef = NULL;
    int status;

    if (ties != IMR_COX_EFRON && ties != IMR_COX_BRESLOW) {
        (void) imr_fault(fault, IMR_ERR_COX_EXACT, "ties", -1, NAN);
        return IMR_ERR_COX_EXACT;
    }
    status = imr_cox_trace_init(trace, rows, fault);
    if (status == IMR_OK) {
        status = imr_cox_likelihood_init(likelihood, rows, ties, 0, stop, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    z_coef = imr_calloc(rows->width, sizeof(double));
    if (z_coef == NULL) {
        (void) imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    for (size_t j = 0; j < rows->p; j++) {
        z_coef[j] = coef[j] * rows->scale[j];
    }
    likelihood->trace = trace;
    status = imr_cox_evaluate(likelihood, z_coef, fault);
    if (status == IMR_OK && !isfinite(likelihood->loglik)) {
        status = imr_fault(fault, IMR_ERR_COX_SPREAD, "X", -1, NAN);
    }
    imr_free(z_coef);
    return status;
}

void
imr_cox_sum_terms(const imr_cox_rows_t *rows, imr_cox_ties_t ties, const imr_cox_trace_t *trace,
    size_t k, imr_cox_terms_t *sums)
{
    size_t width = rows->width;
    const double *sum = trace->sum + k * width, *tied = trace->tied_sum + k * width;
    double share = 1 / trace->total[k], t = fmin(1, trace->tied_total[k] * share), terms, events;
    imr_cox_powers_t powers;

    imr_cox_terms(rows, ties, k, &terms, &events);
    powers = imr_cox_powers(terms, t);
    sums->variance = events * powers.rr * share * share;
    for (size_t j = 0; j < width; j++) {
        sums->mean[j] = share * (sum[j] * powers.r - tied[j] * powers.fr) / terms;
        sums->pull[j] = events * share * share * (sum[j] * powers.rr - tied[j] * powers.frr);
        sums->tied_pull[j] = events * share * share * (sum[j] * powers.frr - tied[j] * powers.ffrr);
    }
}

/* --- hazards of rows ---------------------------------------------------------------------------- */

/* Sums over runs of sets, each of them of its own terms: what a row that entered late has of the hazard
 * may be lost in a difference of sums from the first time on. A tree, node i the sum of 2i and 2i + 1. */
typedef struct {
    size_t leaves, width;
    double *node; /* 2 leaves x width; NULL where no row enters late */
    double *own; /* width: see runs_of_row */
    size_t *
        until; /* of each row: the set of its entry, which is not its own; `leaves` if it has none */
} runs_t;

static void
runs_free(runs_t *self)
{
    imr_free(self->node);
    imr_free(self->until);
}

static int
runs_init(runs_t *self, const imr_cox_rows_t *rows, size_t width, imr_fault_t *fault)
{
    *self = (runs_t) { .leaves = rows->sets, .width = width };
    if (rows->leaving == NULL) {
        return IMR_OK;
    }
    self->node = imr_calloc((2 * self->leaves + 1) * width, sizeof(double));
    self->until = imr_malloc(rows->n, sizeof(size_t));
    if (self->node == NULL || self->until == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->own = self->node + 2 * self->leaves * width;
    for (size_t i = 0; i < rows->n; i++) {
        self->until[i] = self->leaves;
    }
    for (size_t k = 0; k < rows->sets; k++) {
        for (int64_t q = rows->leave_begin[k]; q < rows->leave_end[k]; q++) {
            self->until[rows->leaving[q]] = k;
        }
    }
    return IMR_OK;
}

/* Once the leaves have been set. */
static void
runs_grow(runs_t *self)
{
    size_t width = self->width;

    for (size_t i = self->leaves; self->node != NULL && i-- > 1;) {
        for (size_t j = 0; j < width; j++) {
            self->node[i * width + j] =
                self->node[2 * i * width + j] + self->node[(2 * i + 1) * width + j];
        }
    }
}

static void
runs_add(const double *node, size_t width, double *sum)
{
    for (size_t j = 0; j < width; j++) {
        sum[j] += node[j];
    }
}

/* Of row i of set k: `all`, the sum from the first time on, or that since the row entered. */
static const double *
runs_of_row(const runs_t *self, size_t i, size_t k, const double *all)
{
    size_t low = k + self->leaves, width = self->width, high;

    if (self->node == NULL || self->until[i] == self->leaves) {
        return all;
    }
    memset(self->own, 0, width * sizeof(double));
    for (high = self->until[i] + self->leaves; low < high; low /= 2, high /= 2) {
        if (low % 2 == 1) {
            runs_add(self->node + low++ * width, width, self->own);
        }
        if (high % 2 == 1) {
            runs_add(self->node + --high * width, width, self->own);
        }
    }
    return self->own;
}

static int
ends_stratum(const imr_cox_rows_t *rows, size_t k)
{
    return k + 1 == rows->sets || imr_cox_begins_stratum(rows, k + 1);
}

/* score += sign * hazard ratio * (z hazard - pull) for one row */
static void
pull_row(const imr_cox_likelihood_t *likelihood, size_t i, double sign, double hazard,
    const double *pull, double *score)
{
    const imr_cox_rows_t *rows = likelihood->rows;
    const double *z = rows->z + i * rows->width;
    double ratio = sign * exp(likelihood->eta[i]);

    for (size_t j = 0; j < rows->p; j++) {
        score[i * rows->p + j] += ratio * (z[j] * hazard - pull[j]);
    }
}

/* Of set k: its hazard, and the pull. */
static void
set_sums(
    const imr_cox_likelihood_t *likelihood, size_t k, imr_cox_terms_t *terms, double *hazard_pull)
{
    imr_cox_sum_terms(likelihood->rows, likelihood->ties, likelihood->trace, k, terms);
    hazard_pull[0] = likelihood->hazard[k];
    memcpy(hazard_pull + 1, terms->pull, likelihood->rows->width * sizeof(double));
}

int
imr_cox_score_residuals(const imr_cox_likelihood_t *likelihood, double *score, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = likelihood->rows;
    size_t p = rows->p, width = rows->width;
    double *all = imr_malloc(5 * width + 2, sizeof(double)), *set;
    imr_cox_terms_t terms;
    runs_t runs;
    int status = runs_init(&runs, rows, width + 1, fault);

    if (status != IMR_OK || all == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    set = all + width + 1;
    terms.mean = set + width + 1;
    terms.pull = terms.mean + width;
    terms.tied_pull = terms.pull + width;
    for (size_t k = 0; runs.node != NULL && k < rows->sets; k++) {
        set_sums(likelihood, k, &terms, runs.node + (runs.leaves + k) * runs.width);
    }
    runs_grow(&runs);
    memset(score, 0, rows->n * p * sizeof(double));
    for (size_t k = rows->sets; k-- > 0;) {
        if (ends_stratum(rows, k)) {
            memset(all, 0, runs.width * sizeof(double));
        }
        set_sums(likelihood, k, &terms, set);
        runs_add(set, runs.width, all);
        for (size_t i = (size_t) rows->begin[k]; i < (size_t) rows->end[k]; i++) {
            const double *sum = runs_of_row(&runs, i, k, all);

            pull_row(likelihood, i, -1, sum[0], sum + 1, score);
            if (i >= (size_t) rows->first_event[k]) {
                pull_row(likelihood, i, 1, likelihood->excess[k], terms.tied_pull, score);
                for (size_t j = 0; j < p; j++) {
                    score[i * p + j] += rows->z[i * width + j] - terms.mean[j];
                }
            }
        }
    }
out:
    runs_free(&runs);
    imr_free(all);
    return status;
}

/* Expected events of each row, of one unit of its weight. */
static int
find_expected(const imr_cox_likelihood_t *likelihood, double *expected, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = likelihood->rows;
    double all = 0;
    runs_t runs;
    int status = runs_init(&runs, rows, 1, fault);

    if (status != IMR_OK) {
        goto out;
    }
    if (runs.node != NULL) {
        memcpy(runs.node + runs.leaves, likelihood->hazard, rows->sets * sizeof(double));
    }
    runs_grow(&runs);
    memset(expected, 0, rows->n * sizeof(double));
    for (size_t k = rows->sets; k-- > 0;) {
        if (ends_stratum(rows, k)) {
            all = 0;
        }
        all += likelihood->hazard[k];
        for (size_t i = (size_t) rows->begin[k]; i < (size_t) rows->end[k]; i++) {
            double tied = i >= (size_t) rows->first_event[k] ? likelihood->excess[k] : 0;

            expected[i] = exp(likelihood->eta[i]) * (*runs_of_row(&runs, i, k, &all) - tied);
        }
    }
out:
    runs_free(&runs);
    return status;
}

/* --- the robust covariance ---------------------------------------------------------------------- */

/* The sum over rows of multiplicity times influence influence', with the influence covariance times the
 * score: squares first, so that no variance of nothing is below 0. */
static void
add_squares(const double *score, const double *times, size_t n, size_t p, const double *covariance,
    double *influence, double *square)
{
    memset(square, 0, p * p * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        const double *a = score + i * p;

        for (size_t r = 0; r < p; r++) {
            influence[r] = 0;
            for (size_t c = 0; c < p; c++) {
                influence[r] += covariance[r * p + c] * a[c];
            }
        }
        for (size_t r = 0; r < p; r++) {
            double part = (times == NULL ? 1 : times[i]) * influence[r];

            for (size_t c = 0; c <= r; c++) {
                square[r * p + c] += part * influence[c];
            }
        }
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c < r; c++) {
            square[c * p + r] = square[r * p + c];
        }
    }
}

int
imr_cox_robust(const imr_cox_likelihood_t *likelihood, const double *covariance, double *robust,
    imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = likelihood->rows;
    size_t n = rows->n, p = rows->p, clusters = rows->cluster == NULL ? 0 : (size_t) rows->clusters;
    double *score = imr_malloc((n + 1) * p, sizeof(double)), *influence;
    double *sums = imr_calloc(clusters * p, sizeof(double));
    int status = IMR_ERR_NOMEM;

    if (score == NULL || sums == NULL) {
        imr_fault(fault, status, NULL, -1, NAN);
        goto out;
    }
    influence = score + n * p;
    status = imr_cox_score_residuals(likelihood, score, fault);
    if (status != IMR_OK) {
        goto out;
    }
    if (rows->cluster != NULL) {
        for (size_t i = 0; i < n; i++) {
            double weight = imr_cox_weight(rows, i);

            for (size_t j = 0; j < p; j++) {
                sums[(size_t) rows->cluster[i] * p + j] += weight * score[i * p + j];
            }
        }
        add_squares(sums, NULL, clusters, p, covariance, influence, robust);
    } else if (rows->sampling) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < p; j++) {
                score[i * p + j] *= rows->weight[i];
            }
        }
        add_squares(score, NULL, n, p, covariance, influence, robust);
    } else {
        add_squares(score, rows->weight, n, p, covariance, influence, robust);
    }
out:
    imr_free(score);
    imr_free(sums);
    return status;
}

/* --- residuals as they are handed out ----------------------------------------------------------- */

static int
martingale(
    const imr_cox_likelihood_t *likelihood, int deviance, double *residual, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = likelihood->rows;
    double *expected = likelihood->out; /* not in use after an evaluation */
    int status = find_expected(likelihood, expected, fault);

    if (status != IMR_OK) {
        return status;
    }
    for (size_t i = 0; i < rows->n; i++) {
        residual[rows->row[i]] = -expected[i];
    }
    for (size_t k = 0; k < rows->sets; k++) {
        for (int64_t i = rows->first_event[k]; i < rows->end[k]; i++) {
            residual[rows->row[i]] += 1;
        }
    }
    if (!deviance) {
        return IMR_OK;
    }
    for (size_t i = 0; i < rows->n; i++) {
        double *r = residual + rows->row[i], event = *r + expected[i] > 0.5 ? 1 : 0;
        double inside = event == 0 ? *r : *r + log(expected[i]);

        *r = copysign(sqrt(fmax(0, -2 * inside)), *r);
    }
    return IMR_OK;
}

/* Score residuals as they are given, or with the covariance as influences on the coefficients: a row
 * with a sampling weight has all its weight's influence. */
static void
place_rows(
    const imr_cox_rows_t *rows, const double *score, const double *covariance, double *residual)
{
    size_t p = rows->p;

    for (size_t i = 0; i < rows->n; i++) {
        double *to = residual + (size_t) rows->row[i] * p;
        const double *from = score + i * p;
        double weight = rows->sampling ? rows->weight[i] : 1;

        for (size_t j = 0; j < p; j++) {
            to[j] = 0;
            for (size_t c = 0; covariance != NULL && c < p; c++) {
                to[j] += weight * covariance[j * p + c] * from[c] * rows->scale[c];
            }
            if (covariance == NULL) {
                to[j] = from[j] * rows->scale[j];
            }
        }
    }
}

size_t
imr_cox_event_rows(const imr_cox_rows_t *rows)
{
    size_t events = 0;

    for (size_t k = 0; k < rows->sets; k++) {
        events += (size_t) (rows->end[k] - rows->first_event[k]);
    }
    return events;
}

/* One row an event: by stratum, then time (the sets come from the last time to the first). */
static int
schoenfeld(const imr_cox_likelihood_t *likelihood, const double *coef, const double *covariance,
    double *residual, int64_t *event_row, double *event_time, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = likelihood->rows;
    size_t p = rows->p, width = rows->width, at = 0, next;
    double *away = imr_malloc(4 * width, sizeof(double)), events = 0;
    imr_cox_terms_t terms;

    if (away == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    terms.mean = away + width;
    terms.pull = terms.mean + width;
    terms.tied_pull = terms.pull + width;
    for (size_t k = 0; k < rows->sets; k++) {
        for (int64_t i = rows->first_event[k]; i < rows->end[k]; i++) {
            events += imr_cox_weight(rows, (size_t) i);
        }
    }
    for (size_t begin = 0; begin < rows->sets; begin = next) {
        for (next = begin + 1; next < rows->sets && !imr_cox_begins_stratum(rows, next);) {
            next++;
        }
        for (size_t k = next; k-- > begin;) {
            imr_cox_sum_terms(rows, likelihood->ties, likelihood->trace, k, &terms);
            for (int64_t i = rows->first_event[k]; i < rows->end[k]; i++, at++) {
                double *to = residual + at * p;

                event_row[at] = rows->row[i];
                event_time[at] = rows->set_time[k];
                for (size_t j = 0; j < p; j++) {
                    away[j] = (rows->z[(size_t) i * width + j] - terms.mean[j]) * rows->scale[j];
                }
                memcpy(to, away, p * sizeof(double));
                for (size_t j = 0; covariance != NULL && j < p; j++) {
                    to[j] = coef[j];
                    for (size_t c = 0; c < p; c++) {
                        to[j] += events * covariance[j * p + c] * away[c];
                    }
                }
            }
        }
    }
    imr_free(away);
    return IMR_OK;
}

int
imr_cox_residuals(const imr_cox_rows_t *rows, imr_cox_ties_t ties, const double *coef,
    const double *covariance, imr_cox_residual_t kind, double *residual, int64_t *event_row,
    double *event_time, imr_stop_t *stop, imr_fault_t *fault)
{
    imr_cox_likelihood_t likelihood = { 0 };
    imr_cox_trace_t trace = { 0 };
    size_t numbers = imr_cox_residual_width(rows, kind);
    double *score = NULL;
    int status = imr_cox_trace_at(&likelihood, &trace, rows, ties, coef, stop, fault);

    if (status != IMR_OK) {
        goto out;
    }
    for (size_t i = 0; !imr_cox_is_of_events(kind) && i < (size_t) rows->rows_given * numbers;
        i++) {
        residual[i] = NAN;
    }
    if (kind == IMR_COX_MARTINGALE || kind == IMR_COX_DEVIANCE) {
        status = martingale(&likelihood, kind == IMR_COX_DEVIANCE, residual, fault);
    } else if (imr_cox_is_of_events(kind)) {
        status =
            schoenfeld(&likelihood, coef, kind == IMR_COX_SCALED_SCHOENFELD ? covariance : NULL,
                residual, event_row, event_time, fault);
    } else {
        score = imr_malloc(rows->n * rows->p, sizeof(double));
        status = score == NULL ? imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN)
                               : imr_cox_score_residuals(&likelihood, score, fault);
        if (status == IMR_OK) {
            place_rows(rows, score, kind == IMR_COX_DFBETA ? covariance : NULL, residual);
        }
    }
out:
    imr_free(score);
    imr_free(trace.total);
    imr_cox_likelihood_free(&likelihood);
    return status;
}
