#include "survival/logrank_replicates.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/logrank_exact.h"
#include "survival/logrank_rows.h"

/* A time asked for counts as a time of the data that it differs from by rounding alone. */
#define SAME_TIME 0x1p-26

/* The sums of one replicate, and its curves as far as they have come. */
typedef struct {
    imr_logrank_sums_t sums;
    size_t points, next; /* the first time of the estimates that has not been passed */
    const double *at;
    double reach; /* of SAME_TIME, or 0 with timefix off */
    double survival[IMR_LOGRANK_MOST_GROUPS];
    double last[IMR_LOGRANK_MOST_GROUPS]; /* the last follow-up of each group */
    double *estimate; /* of this replicate */
} replicate_t;

static void
note_estimates(replicate_t *self)
{
    for (size_t g = 0; g < self->sums.groups; g++) {
        self->estimate[g * self->points + self->next] = self->survival[g];
    }
    self->next++;
}

static void
add(void *context, const imr_logrank_table_t *table)
{
    replicate_t *self = context;

    imr_logrank_add(&self->sums, table);
    if (self->points == 0) {
        return;
    }
    while (self->next < self->points
        && self->at[self->next] + self->reach * fmax(1, table->time) < table->time) {
        note_estimates(self);
    }
    for (size_t g = 0; g < self->sums.groups; g++) {
        double n = table->at_risk[g], d = table->events[g];

        if (d > 0) {
            self->survival[g] *= (n - d) / n;
        }
    }
}

/* After its last follow-up a curve is not known, unless it has come to 0. */
static void
finish_estimates(replicate_t *self)
{
    while (self->next < self->points) {
        note_estimates(self);
    }
    for (size_t g = 0; g < self->sums.groups; g++) {
        for (size_t j = self->points; j > 0 && self->survival[g] > 0
            && self->at[j - 1] > self->last[g] + self->reach * fmax(1, self->last[g]);
            j--) {
            self->estimate[g * self->points + j - 1] = NAN;
        }
    }
}

int
imr_logrank_replicates_check(const imr_logrank_replicates_t *self, imr_fault_t *fault)
{
    imr_logrank_data_t data = { .n = self->n, .groups = self->groups };
    int status = imr_logrank_check(&data, &self->options, fault);

    if (status != IMR_OK) {
        return status;
    }
    if (self->exact && (self->groups != 2 || self->options.scores != NULL)) {
        return imr_fault(fault, IMR_ERR_EXACT_GROUPS, "group", -1, NAN);
    }
    for (size_t j = 0; j < self->points; j++) {
        if (!isfinite(self->at[j])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "at", (int64_t) j, self->at[j]);
        }
        if (self->at[j] < 0) {
            return imr_fault(fault, IMR_ERR_NEGATIVE, "at", (int64_t) j, self->at[j]);
        }
        if (j > 0 && !(self->at[j] > self->at[j - 1])) {
            return imr_fault(fault, IMR_ERR_NOT_ASCENDING, "at", (int64_t) j, self->at[j]);
        }
    }
    return IMR_OK;
}

static int
exact_pvalue(const imr_logrank_replicates_t *self, const imr_logrank_data_t *data, double *pvalue,
    imr_fault_t *fault)
{
    imr_logrank_scores_t scores;
    imr_logrank_exact_t exact = { 0 };
    int done = 0,
        status = imr_logrank_scores_init(
            &scores, data, &self->options.weights, 1, self->options.fix_ties, fault);

    if (status != IMR_OK) {
        return status;
    }
    status = imr_logrank_exact_init(&exact, &scores, self->options.alternative, fault);
    while (status == IMR_OK && !done) {
        status = imr_logrank_exact_step(&exact, &done, pvalue, fault);
    }
    imr_logrank_exact_free(&exact);
    imr_logrank_scores_free(&scores);
    return status;
}

static int
fit(const imr_logrank_replicates_t *self, const imr_logrank_data_t *data, uint64_t *buffer,
    replicate_t *replicate, imr_logrank_test_t *test, imr_fault_t *fault)
{
    int64_t patients[IMR_LOGRANK_MOST_GROUPS], merged;
    int swept, status;

    imr_logrank_sums_init(&replicate->sums, self->groups, &self->options.weights);
    for (size_t g = 0; g < self->groups; g++) {
        replicate->survival[g] = 1;
        replicate->last[g] = 0;
    }
    replicate->next = 0;
    status = imr_logrank_sweep_keys(
        data, self->options.fix_ties, buffer, add, replicate, patients, &merged, &swept, fault);
    if (status == IMR_OK && !swept) { /* times that leave no room in a key */
        status = imr_logrank_sweep(
            data, self->options.fix_ties, add, replicate, patients, &merged, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    if (self->points > 0) {
        for (size_t i = 0; i < self->n; i++) {
            size_t g = data->group[i];

            if (g < self->groups) { /* as when it was read */
                replicate->last[g] = fmax(replicate->last[g], data->time[i]);
            }
        }
        finish_estimates(replicate);
    }
    status = imr_logrank_conclude(&replicate->sums, &self->options, test, fault);
    return status == IMR_OK && self->exact ? exact_pvalue(self, data, &test->pvalue, fault)
                                           : status;
}

int
imr_logrank_replicates(const imr_logrank_replicates_t *self, size_t begin, size_t end,
    const imr_logrank_replicates_columns_t *columns, imr_fault_t *fault)
{
    uint64_t *buffer = imr_malloc(2 * self->n, sizeof(*buffer));
    replicate_t replicate = {
        .points = self->points,
        .at = self->at,
        .reach = self->options.fix_ties ? SAME_TIME : 0,
    };
    int status = IMR_OK;

    if (buffer == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = begin; i < end && status == IMR_OK; i++) {
        imr_logrank_data_t data = {
            .n = self->n,
            .time = self->time + i * self->n,
            .event = self->event + i * self->n,
            .group = self->group,
            .groups = self->groups,
        };
        imr_logrank_test_t test;

        replicate.estimate =
            self->points > 0 ? columns->estimate + i * self->groups * self->points : NULL;
        status = fit(self, &data, buffer, &replicate, &test, fault);
        if (status != IMR_OK) {
            if (fault != NULL && fault->row >= 0) {
                fault->row += (int64_t) (i * self->n);
            }
            break;
        }
        columns->statistic[i] = test.statistic;
        columns->z[i] = test.z;
        columns->pvalue[i] = test.pvalue;
        columns->df[i] = test.df;
    }
    imr_free(buffer);
    return status;
}
