#include "survival/interval_logrank.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/distribution.h"
#include "base/mem.h"
#include "survival/interval_logrank_information.h"

/* Scores come out of an iteration: sums are told apart only where they differ by more than 2^-36 of
 * the largest, each. */
#define BITS 36
/* A variance that is less than this part of what it was before the other groups were taken out. */
#define NO_INFORMATION 1e-10

/* --- rows -------------------------------------------------------------------------------------- */

void
imr_interval_logrank_free(imr_interval_logrank_t *self)
{
    imr_free(self->group);
    imr_free(self->stratum);
    imr_free(self->closed);
    imr_free(self->score);
    imr_free(self->variance);
    imr_turnbull_ends_free(&self->ends);
    imr_turnbull_free(&self->npmle);
    memset(self, 0, sizeof(*self));
}

static int
copy_codes(
    imr_interval_logrank_t *self, const imr_interval_logrank_data_t *data, imr_fault_t *fault)
{
    for (size_t i = 0; i < data->n; i++) {
        uint8_t group = data->group[i];
        int64_t stratum = data->stratum == NULL ? 0 : data->stratum[i];

        if (group >= data->groups) {
            return imr_fault(fault, IMR_ERR_CODE, "group", (int64_t) i, group);
        }
        if (stratum < 0 || (uint64_t) stratum >= self->strata) {
            return imr_fault(fault, IMR_ERR_CODE, "strata", (int64_t) i, (double) stratum);
        }
        self->group[i] = group;
        self->stratum[i] = stratum;
        self->count[group]++;
    }
    return IMR_OK;
}

int
imr_interval_logrank_init(imr_interval_logrank_t *self, const imr_interval_logrank_data_t *data,
    const imr_interval_logrank_options_t *options, imr_fault_t *fault)
{
    imr_logrank_data_t size = { .n = data->n, .groups = data->groups };
    imr_logrank_options_t choices = {
        .scores = options->trend, .alternative = options->alternative, .level = 0.5
    };
    int status;

    memset(self, 0, sizeof(*self));
    self->options = *options;
    self->n = data->n;
    self->groups = data->groups;
    self->strata = data->stratum == NULL ? 1 : data->strata;
    status = imr_turnbull_ends_init(
        &self->ends, data->left, data->right, data->n, options->fix_ties, fault);
    if (status == IMR_OK) {
        status = imr_logrank_check(&size, &choices, fault);
    }
    if (status != IMR_OK) {
        goto out;
    }
    self->group = imr_malloc(data->n, sizeof(*self->group));
    self->stratum = imr_malloc(data->n, sizeof(*self->stratum));
    self->closed = imr_malloc(self->ends.n_values + 1, sizeof(*self->closed));
    self->score = imr_malloc(data->n, sizeof(*self->score));
    self->variance = imr_calloc(data->groups * data->groups, sizeof(*self->variance));
    if (self->group == NULL || self->stratum == NULL || self->closed == NULL || self->score == NULL
        || self->variance == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    status = copy_codes(self, data, fault);
out:
    if (status != IMR_OK) {
        imr_interval_logrank_free(self);
    }
    return status;
}

/* --- scores ------------------------------------------------------------------------------------ */

/* The intervals with mass, in order, and how many of them come before each cell. */
static void
read_curve(const imr_turnbull_t *npmle, double *survival, double *hazard, uint32_t *before,
    imr_interval_curve_t *curve)
{
    size_t m = npmle->n_cells, s = 0;
    double after = 0;

    for (size_t j = 0; j <= m; j++) {
        before[j] = (uint32_t) s;
        s += j < m && npmle->mass[j] > 0;
    }
    curve->n = s;
    survival[s] = 0;
    for (size_t j = m; j > 0; j--) {
        if (npmle->mass[j - 1] > 0) {
            after += npmle->mass[j - 1];
            survival[before[j - 1]] = after;
        }
    }
    survival[0] = 1;
    hazard[0] = 0;
    for (size_t j = 0; j < s; j++) {
        hazard[j + 1] = hazard[j] + (survival[j] - survival[j + 1]) / survival[j];
    }
    curve->survival = survival;
    curve->hazard = hazard;
}

static double
score_of(imr_interval_scores_t kind, const imr_interval_curve_t *curve,
    const imr_interval_row_t *row, double *size)
{
    double left = curve->survival[row->first], right = curve->survival[row->end];
    double start, step;

    switch (kind) {
        case IMR_INTERVAL_WILCOXON:
            *size = 1;
            return left + right - 1;
        case IMR_INTERVAL_FINKELSTEIN:
            start = log(left);
            step = right > 0 ? right / row->p * log1p(row->p / right) : 0;
            break;
        case IMR_INTERVAL_SUN:
        default:
            start = -curve->hazard[row->first];
            step = right / row->p * (curve->hazard[row->end] - curve->hazard[row->first]);
            break;
    }
    *size = fmax(1, -start);
    return start + step;
}

/* The rows of the stratum at work; where an interval holds all rows, all scores are 0. */
static size_t
score_rows(imr_interval_logrank_t *self, const imr_interval_curve_t *curve, const uint32_t *before,
    imr_interval_row_t *rows)
{
    const imr_turnbull_ends_t *ends = &self->ends;
    size_t n = 0;

    for (size_t i = 0; i < self->n; i++) {
        imr_interval_row_t row = { .group = self->group[i] };
        uint32_t left = ends->left[i], right = ends->right[i];
        double size = 0;

        if (self->stratum[i] != (int64_t) self->at) {
            continue;
        }
        row.first = before[self->closed[left] - (left == right ? 1 : 0)];
        row.end = before[self->closed[right]];
        row.p = curve->survival[row.first] - curve->survival[row.end];
        row.score = curve->n > 1 ? score_of(self->options.kind, curve, &row, &size) : 0;
        self->score[i] = row.score;
        self->size = fmax(self->size, size);
        self->excess[row.group] += row.score;
        rows[n++] = row;
    }
    return n;
}

static int
finish_stratum(imr_interval_logrank_t *self, imr_fault_t *fault)
{
    imr_turnbull_estimate_t estimate;
    imr_interval_curve_t curve;
    size_t m = self->npmle.n_cells, n;
    double *survival = NULL;
    uint32_t *before = NULL;
    imr_interval_row_t *rows = NULL;
    int status = imr_turnbull_finish(&self->npmle, &estimate, fault);

    if (status != IMR_OK) {
        return status;
    }
    self->loglik += estimate.loglik;
    self->kkt_gap = fmax(self->kkt_gap, estimate.kkt_gap);
    survival = imr_malloc(2 * (m + 1), sizeof(*survival));
    before = imr_malloc(m + 1, sizeof(*before));
    rows = imr_malloc(self->npmle.rows, sizeof(*rows));
    if (survival == NULL || before == NULL || rows == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    read_curve(&self->npmle, survival, survival + m + 1, before, &curve);
    imr_turnbull_closed(&self->npmle, &self->ends, self->closed);
    n = score_rows(self, &curve, before, rows);
    if (self->options.information && curve.n > 1) {
        status = imr_interval_logrank_information(
            self->options.kind, &curve, rows, n, self->groups, self->variance, fault);
    }
out:
    imr_free(estimate.block);
    imr_free(survival);
    imr_free(before);
    imr_free(rows);
    return status;
}

int
imr_interval_logrank_advance(imr_interval_logrank_t *self, int *done, imr_fault_t *fault)
{
    int status = IMR_OK, found = 0;

    if (self->npmle.block == NULL) {
        status =
            imr_turnbull_init(&self->npmle, &self->ends, self->stratum, (int64_t) self->at, fault);
        found = status == IMR_ERR_NO_ROWS; /* a code without rows is no stratum */
        status = found ? IMR_OK : status;
    }
    if (status == IMR_OK && !found) {
        status = imr_turnbull_advance(&self->npmle, &found, fault);
        if (status == IMR_OK && found) {
            status = finish_stratum(self, fault);
        }
    }
    if (found) {
        imr_turnbull_free(&self->npmle);
        self->at++;
    }
    *done = self->at == self->strata;
    return status;
}

/* --- the test ---------------------------------------------------------------------------------- */

int
imr_interval_logrank_deal(
    const imr_interval_logrank_t *self, imr_logrank_scores_t *scores, imr_fault_t *fault)
{
    imr_logrank_given_t given = {
        .n = self->n,
        .score = self->score,
        .size = self->size,
        .bits = BITS,
        .group = self->group,
        .groups = self->groups,
        .stratum = self->stratum,
        .strata = self->strata,
    };

    return imr_logrank_scores_given(scores, &given, fault);
}

/* Three or more groups, without scores. The excesses sum to 0, so the last one tells nothing more. */
static int
conclude_jointly(const imr_interval_logrank_t *self, imr_logrank_test_t *test, imr_fault_t *fault)
{
    enum { MOST = IMR_LOGRANK_MOST_GROUPS - 1 };
    size_t k = self->groups - 1;
    double factor[MOST * MOST], least[MOST], excess[MOST];
    int status;

    for (size_t g = 0; g < k; g++) {
        memcpy(factor + g * k, self->variance + g * self->groups, k * sizeof(*factor));
        least[g] = NO_INFORMATION * self->variance[g * self->groups + g];
        excess[g] = self->excess[g];
    }
    if (imr_cholesky(factor, k, least) < k) {
        return imr_fault(fault, IMR_ERR_INTERVAL_LOGRANK_INFORMATION, "method", -1, NAN);
    }
    imr_solve_lower(factor, k, excess);
    for (size_t g = 0; g < k; g++) {
        test->statistic += excess[g] * excess[g];
    }
    test->df = (int64_t) k;
    status = imr_chi_squared_cdf_upper(test->statistic, (double) k, &test->pvalue);
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, NULL, -1, NAN);
}

/* The permutation covariance as links is kept; of the information only the entries between groups
 * are, with their signs turned. */
static void
read_links(
    imr_interval_logrank_t *self, const imr_logrank_scores_t *scores, imr_logrank_sums_t *sums)
{
    size_t k = self->groups;

    if (!self->options.information) {
        memcpy(sums->link, scores->link, k * k * sizeof(double));
        imr_logrank_covariance(sums, self->variance);
        return;
    }
    for (size_t g = 0; g < k; g++) {
        for (size_t h = g + 1; h < k; h++) {
            sums->link[g * k + h] = -self->variance[g * k + h];
        }
    }
}

int
imr_interval_logrank_conclude(imr_interval_logrank_t *self, const imr_logrank_scores_t *scores,
    imr_logrank_test_t *test, imr_fault_t *fault)
{
    static const double SECOND[] = { 0, 1 };
    /* the kind is one without a hazard ratio: excesses of these scores are no counts of events */
    static const imr_logrank_weights_t PLAIN = { IMR_LOGRANK_FLEMING_HARRINGTON, 0, 0 };
    imr_logrank_options_t options = { .weights = PLAIN,
        .scores = self->options.trend,
        .alternative = self->options.alternative,
        .level = 0.5 };
    imr_logrank_sums_t sums;
    size_t k = self->groups;

    imr_logrank_sums_init(&sums, k, &PLAIN);
    memcpy(sums.excess, self->excess, k * sizeof(double));
    read_links(self, scores, &sums);
    if (self->options.information && scores->unit[0] > 0) {
        const double *trend = self->options.trend == NULL ? SECOND : self->options.trend;

        if (k > 2 && self->options.trend == NULL) {
            *test = (imr_logrank_test_t) { 0, 0, 1, NAN, NAN, NAN, NAN };
            return conclude_jointly(self, test, fault);
        }
        if (!(imr_logrank_linear_variance(k, sums.link, trend) > 0)) {
            return imr_fault(fault, IMR_ERR_INTERVAL_LOGRANK_INFORMATION, "method", -1, NAN);
        }
    }
    return imr_logrank_conclude(&sums, &options, test, fault);
}
