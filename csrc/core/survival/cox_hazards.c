/* With x_j g(t) as further covariates the score where theta is 0 is the sum over sets of g times the
 * events' excess over the mean, and the information is made of those of the sets times 1, g and g^2:
 * three sums of the kind that cox_likelihood.c makes, with the hazards times a power of g. */
#include "survival/cox_hazards.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/distribution.h"
#include "base/mem.h"
#include "survival/cox_likelihood.h"
#include "survival/cox_residuals.h"
#include "survival/cox_rows.h"

#define ROUNDING 1e-12 /* information below this part of its diagonal is none */

typedef struct {
    const imr_cox_likelihood_t *likelihood;
    const imr_cox_trace_t *trace;
    double *g; /* sets: centred at the events */
    double *score; /* width: of theta */
    double *share; /* n */
    double *gram, *batch; /* width x width */
    double *vector; /* 2 x width */
    double *information; /* three times p x p: times 1, g, g^2 */
    double *all; /* 2p x 2p */
    double *right; /* 2p */
    double *block;
} test_t;

static int
test_init(test_t *self, const imr_cox_rows_t *rows)
{
    size_t p = rows->p, width = rows->width;
    double *next = imr_malloc(
        rows->sets + rows->n + 3 * width + 2 * width * width + 7 * p * p + 2 * p, sizeof(double));

    self->block = next;
    if (next == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->g = next;
    self->share = self->g + rows->sets;
    self->score = self->share + rows->n;
    self->vector = self->score + width;
    self->gram = self->vector + 2 * width;
    self->batch = self->gram + width * width;
    self->information = self->batch + width * width;
    self->all = self->information + 3 * p * p;
    self->right = self->all + 4 * p * p;
    return IMR_OK;
}

static void
center(test_t *self, const double *g)
{
    const imr_cox_rows_t *rows = self->likelihood->rows;
    double sum = 0, events = 0;

    for (size_t k = 0; k < rows->sets; k++) {
        double count = (double) (rows->end[k] - rows->first_event[k]);

        sum += count * g[k];
        events += count;
    }
    for (size_t k = 0; k < rows->sets; k++) {
        self->g[k] = g[k] - sum / events;
    }
}

static void
find_score(test_t *self, imr_cox_terms_t *terms)
{
    const imr_cox_rows_t *rows = self->likelihood->rows;

    memset(self->score, 0, rows->width * sizeof(double));
    for (size_t k = 0; k < rows->sets; k++) {
        imr_cox_sum_terms(rows, self->likelihood->ties, self->trace, k, terms);
        for (size_t i = (size_t) rows->first_event[k]; i < (size_t) rows->end[k]; i++) {
            double weight = imr_cox_weight(rows, i) * self->g[k];

            for (size_t j = 0; j < rows->p; j++) {
                self->score[j] += weight * (rows->z[i * rows->width + j] - terms->mean[j]);
            }
        }
    }
}

/* The part of a set's information that is taken off, times g^power: outer products of means. */
static void
take_means(test_t *self, size_t k, double times)
{
    const imr_cox_rows_t *rows = self->likelihood->rows;
    const imr_cox_trace_t *trace = self->trace;
    size_t width = rows->width;
    const double *sum = trace->sum + k * width, *tied = trace->tied_sum + k * width;
    double share = 1 / trace->total[k], t = fmin(1, trace->tied_total[k] * share), terms, events;
    double weights[2], slope;
    imr_cox_powers_t powers;

    imr_cox_terms(rows, self->likelihood->ties, k, &terms, &events);
    powers = imr_cox_powers(terms, t);
    slope = powers.frr / powers.rr;
    for (size_t j = 0; j < width; j++) { /* a square and what it leaves */
        self->vector[j] = share * (sum[j] - slope * tied[j]);
        self->vector[width + j] = share * tied[j];
    }
    weights[0] = times * events * powers.rr;
    weights[1] = times * events * (powers.ffrr - slope * powers.frr);
    imr_cox_add_gram(self->batch, width, self->vector, weights, 2);
}

static void
find_information(test_t *self, int power)
{
    const imr_cox_likelihood_t *likelihood = self->likelihood;
    const imr_cox_rows_t *rows = likelihood->rows;
    size_t p = rows->p, width = rows->width;
    double hazard = 0, *information = self->information + (size_t) power * p * p;

    memset(self->gram, 0, 2 * width * width * sizeof(double)); /* and batch, which follows it */
    memset(self->share, 0, rows->n * sizeof(double));
    for (size_t k = rows->sets; k-- > 0;) {
        size_t begin = (size_t) rows->begin[k], end = (size_t) rows->end[k];
        double times = power == 0 ? 1 : power == 1 ? self->g[k] : self->g[k] * self->g[k];

        if (k + 1 == rows->sets || rows->set_stratum[k] != rows->set_stratum[k + 1]) {
            hazard = 0;
        }
        hazard += times * likelihood->hazard[k];
        for (int64_t q = rows->leaving == NULL ? 0 : rows->leave_begin[k];
            rows->leaving != NULL && q < rows->leave_end[k]; q++) {
            self->share[rows->leaving[q]] = hazard;
        }
        for (size_t i = begin; i < end; i++) {
            double own = i >= (size_t) rows->first_event[k] ? times * likelihood->excess[k] : 0;

            self->share[i] = likelihood->risk[i] * (hazard - self->share[i] - own);
        }
        imr_cox_add_gram(
            self->gram, width, rows->z + begin * width, self->share + begin, end - begin);
        take_means(self, k, times);
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = r; c < p; c++) {
            information[r * p + c] = information[c * p + r] =
                self->gram[r * width + c] - self->batch[r * width + c];
        }
    }
}

/* The test of theta_first .. theta_last: NaN where their information, given the coefficients,
 * vanishes. */
static int
find_test(test_t *self, size_t first, size_t last, imr_cox_test_t *test)
{
    size_t p = self->likelihood->rows->p, m = last - first + 1, size = p + m;
    const double *one = self->information, *two = one + p * p, *three = two + p * p;

    for (size_t r = 0; r < size; r++) {
        for (size_t c = 0; c <= r; c++) {
            size_t i = r < p ? r : first + r - p, j = c < p ? c : first + c - p;

            self->all[r * size + c] = (r < p ? one : c < p ? two : three)[i * p + j];
        }
        self->right[r] = ROUNDING * self->all[r * size + r];
    }
    test->statistic = test->pvalue = NAN;
    if (imr_cholesky(self->all, size, self->right) < size) {
        return IMR_OK;
    }
    for (size_t r = 0; r < size; r++) {
        self->right[r] = r < p ? 0 : self->score[first + r - p];
    }
    imr_solve_lower(self->all, size, self->right);
    test->statistic = 0;
    for (size_t r = 0; r < size; r++) {
        test->statistic += self->right[r] * self->right[r];
    }
    return imr_chi_squared_cdf_upper(test->statistic, (double) m, &test->pvalue);
}

int
imr_cox_hazards(const imr_cox_rows_t *rows, imr_cox_ties_t ties, const double *coef,
    const double *g, imr_cox_test_t *test, imr_stop_t *stop, imr_fault_t *fault)
{
    imr_cox_likelihood_t likelihood = { 0 };
    imr_cox_trace_t trace = { 0 };
    test_t self = { .likelihood = &likelihood, .trace = &trace };
    imr_cox_terms_t terms;
    double *room = NULL;
    size_t p = rows->p, width = rows->width;
    int status = imr_cox_trace_at(&likelihood, &trace, rows, ties, coef, stop, fault);

    if (status != IMR_OK) {
        goto out;
    }
    room = imr_malloc(3 * width, sizeof(double));
    if (room == NULL || test_init(&self, rows) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    terms.mean = room;
    terms.pull = room + width;
    terms.tied_pull = terms.pull + width;
    center(&self, g);
    find_score(&self, &terms);
    for (int power = 0; power < 3; power++) {
        find_information(&self, power);
    }
    for (size_t j = 0; j < p && status == IMR_OK; j++) {
        status = find_test(&self, j, j, test + j);
    }
    if (status == IMR_OK) {
        status = find_test(&self, 0, p - 1, test + p);
    }
    if (status != IMR_OK) {
        imr_fault(fault, status, "transform", -1, NAN);
    }
out:
    imr_free(room);
    imr_free(self.block);
    imr_free(trace.total);
    imr_cox_likelihood_free(&likelihood);
    return status;
}
