#include "survival/logrank_scores.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "survival/logrank_rows.h"
#include "survival/logrank_weight.h"

/* The cumulative hazards of one stratum after another, one a set, at the times with events. */
typedef struct {
    const imr_logrank_weights_t *weights;
    size_t sets;
    imr_logrank_pooled_t pooled[IMR_LOGRANK_MOST_SETS];
    size_t n; /* tables so far */
    size_t stratum;
    size_t *begin; /* strata + 1: the first table of each stratum */
    double *time;
    double *weight, *hazard; /* weight[table * sets + set] */
} hazards_t;

static void
hazards_free(hazards_t *self)
{
    imr_free(self->begin);
    imr_free(self->time);
    imr_free(self->weight);
    imr_free(self->hazard);
}

static int
hazards_allocate(
    hazards_t *self, const imr_logrank_weights_t *weights, size_t sets, size_t strata, size_t rows)
{
    memset(self, 0, sizeof(*self));
    self->weights = weights;
    self->sets = sets;
    self->stratum = SIZE_MAX;
    self->begin = imr_calloc(strata + 1, sizeof(size_t));
    self->time = imr_malloc(rows, sizeof(double));
    self->weight = imr_malloc(rows, sets * sizeof(double));
    self->hazard = imr_malloc(rows, sets * sizeof(double));
    return self->begin == NULL || self->time == NULL || self->weight == NULL || self->hazard == NULL
        ? IMR_ERR_NOMEM
        : IMR_OK;
}

static void
visit(void *context, const imr_logrank_table_t *table)
{
    hazards_t *self = context;
    size_t j = self->n++, sets = self->sets;
    int first = table->stratum != self->stratum;

    self->stratum = table->stratum;
    self->begin[table->stratum + 1] = self->n;
    self->time[j] = table->time;
    for (size_t w = 0; w < sets; w++) {
        double n = table->all_at_risk, d = table->all_events, weight;

        if (first) {
            self->pooled[w] = (imr_logrank_pooled_t) { 1, 1 };
        }
        weight = imr_logrank_weight(&self->pooled[w], &self->weights[w], n, d);
        self->weight[j * sets + w] = weight;
        self->hazard[j * sets + w] =
            (first ? 0 : self->hazard[(j - 1) * sets + w]) + weight * (d / n);
    }
}

/* The tables of a stratum at or before a time end before the one returned. */
static size_t
tables_until(const hazards_t *self, size_t stratum, double time)
{
    size_t low = self->begin[stratum], high = self->begin[stratum + 1];

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (self->time[middle] <= time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The scores of one row; an event has a table at its time. size grows to the largest number that a
 * score was made of, by which its rounding is measured. */
static void
score_row(const hazards_t *hazards, const imr_logrank_rows_t *rows, size_t stratum, uint32_t row,
    double *score, double *size)
{
    size_t sets = hazards->sets, first = hazards->begin[stratum];
    size_t until = tables_until(hazards, stratum, rows->time[row]);
    size_t before = rows->entry == NULL ? first : tables_until(hazards, stratum, rows->entry[row]);

    for (size_t w = 0; w < sets; w++) {
        double weight = rows->event[row] ? hazards->weight[(until - 1) * sets + w] : 0;
        double lived = until > first ? hazards->hazard[(until - 1) * sets + w] : 0;
        double missed = before > first ? hazards->hazard[(before - 1) * sets + w] : 0;

        score[w] = weight - (lived - missed);
        size[w] = fmax(size[w], fmax(weight, lived));
    }
}

/* --- patients ---------------------------------------------------------------------------------- */

void
imr_logrank_scores_free(imr_logrank_scores_t *self)
{
    imr_free(self->score);
    imr_free(self->begin);
    imr_free(self->label);
    imr_free(self->count);
    imr_free(self->link);
    memset(self, 0, sizeof(*self));
}

static size_t
weight_of(const imr_logrank_rows_t *rows, uint32_t row)
{
    return rows->weight == NULL ? 1 : (size_t) rows->weight[row];
}

static int
make_room(imr_logrank_scores_t *self, size_t strata, size_t groups, size_t sets)
{
    self->strata = strata;
    self->groups = groups;
    self->sets = sets;
    if (self->n > IMR_LOGRANK_MOST_PERMUTED) {
        return IMR_ERR_TOO_MANY_PERMUTED;
    }
    self->score = imr_malloc(self->n, sets * sizeof(int64_t));
    self->begin = imr_malloc(strata + 1, sizeof(size_t));
    self->label = imr_malloc(self->n, sizeof(uint32_t));
    self->count = imr_calloc(strata * groups, sizeof(size_t));
    self->link = imr_calloc(sets * groups * groups, sizeof(double));
    return self->score == NULL || self->begin == NULL || self->label == NULL || self->count == NULL
            || self->link == NULL
        ? IMR_ERR_NOMEM
        : IMR_OK;
}

static int
allocate(imr_logrank_scores_t *self, const imr_logrank_rows_t *rows, size_t sets)
{
    for (size_t i = 0; i < rows->begin[rows->strata]; i++) {
        self->n += weight_of(rows, rows->by_time[i]); /* the sum is below 2^53 */
    }
    return make_room(self, rows->strata, rows->groups, sets);
}

/* Whole multiples of a unit for a set of scores: as fine as the sum of n of them allows, and coarser
 * than the rounding of what they were made of, so that scores of 0 are 0. */
static void
count_in_units(imr_logrank_scores_t *self, const double *score, double size, size_t set, int bits)
{
    int64_t *units = self->score + set * self->n, any = 0;
    double room = 0x1p61;

    while (ldexp((double) self->n, bits) > room) {
        bits--;
    }
    for (size_t i = 0; i < self->n; i++) {
        units[i] = size > 0 ? (int64_t) nearbyint(ldexp(score[i] / size, bits)) : 0;
        any |= units[i];
    }
    self->unit[set] = any != 0 ? ldexp(size, -bits) : 0;
}

/* Of a stratum of n patients with scores of variance v, n_g and n_h in two groups, the link of the
 * permutation covariance is v n_g n_h / n. */
static void
add_links(imr_logrank_scores_t *self, size_t stratum)
{
    size_t begin = self->begin[stratum], n = self->begin[stratum + 1] - begin;
    const size_t *count = self->count + stratum * self->groups;

    for (size_t w = 0; w < self->sets && n > 1; w++) {
        const int64_t *score = self->score + w * self->n + begin;
        double *link = self->link + w * self->groups * self->groups, mean = 0, variance = 0;

        for (size_t i = 0; i < n; i++) {
            mean += (double) score[i] / (double) n;
        }
        for (size_t i = 0; i < n; i++) {
            double gap = ((double) score[i] - mean) * self->unit[w];

            variance += gap * gap / (double) (n - 1);
        }
        for (size_t g = 0; g < self->groups; g++) {
            for (size_t h = g + 1; h < self->groups; h++) {
                link[g * self->groups + h] +=
                    variance * (double) count[g] * ((double) count[h] / (double) n);
            }
        }
    }
}

/* Puts the patients of a stratum, whose order so far is that of the rows, into the order of their
 * scores: by the last set first, and stably. */
static int
sort_stratum(
    imr_logrank_scores_t *self, size_t stratum, double *value, uint32_t *order, imr_fault_t *fault)
{
    size_t begin = self->begin[stratum], n = self->begin[stratum + 1] - begin;
    int64_t *moved = (int64_t *) value;

    for (size_t last = self->sets; last > 0; last--) {
        const int64_t *score = self->score + (last - 1) * self->n + begin;
        int status;

        for (size_t i = 0; i < n; i++) {
            value[i] = (double) score[i];
        }
        status = imr_order(value, n, "time", order, fault);
        if (status != IMR_OK) {
            return status;
        }
        for (size_t w = 0; w < self->sets; w++) {
            int64_t *column = self->score + w * self->n + begin;

            memcpy(moved, column, n * sizeof(*moved));
            for (size_t i = 0; i < n; i++) {
                column[i] = moved[order[i]];
            }
        }
        for (size_t i = 0; i < n; i++) {
            moved[i] = self->label[begin + i];
        }
        for (size_t i = 0; i < n; i++) {
            self->label[begin + i] = (uint32_t) moved[order[i]];
        }
    }
    return IMR_OK;
}

static int
fill(imr_logrank_scores_t *self, const imr_logrank_rows_t *rows, const hazards_t *hazards,
    double *score, uint32_t *order, imr_fault_t *fault)
{
    size_t sets = self->sets, patient = 0;
    double size[IMR_LOGRANK_MOST_SETS] = { 0 };
    int status = IMR_OK;

    for (size_t s = 0; s < self->strata; s++) {
        self->begin[s] = patient;
        for (size_t i = rows->begin[s]; i < rows->begin[s + 1]; i++) {
            uint32_t row = rows->by_time[i];
            double of_row[IMR_LOGRANK_MOST_SETS] = { 0 };

            score_row(hazards, rows, s, row, of_row, size);
            self->count[s * self->groups + rows->group[row]] += weight_of(rows, row);
            for (size_t copies = weight_of(rows, row); copies > 0; copies--) {
                self->label[patient] = rows->group[row];
                for (size_t w = 0; w < sets; w++) {
                    score[w * self->n + patient] = of_row[w];
                }
                patient++;
            }
        }
    }
    self->begin[self->strata] = patient;
    for (size_t w = 0; w < sets; w++) {
        count_in_units(self, score + w * self->n, size[w], w, 44);
    }
    for (size_t s = 0; s < self->strata && status == IMR_OK; s++) {
        status = sort_stratum(self, s, score, order, fault);
        if (status == IMR_OK) {
            add_links(self, s);
        }
    }
    return status;
}

static int
read_scores(imr_logrank_scores_t *self, const imr_logrank_rows_t *rows,
    const imr_logrank_weights_t *weights, size_t sets, imr_fault_t *fault)
{
    hazards_t hazards;
    int64_t patients[IMR_LOGRANK_MOST_GROUPS];
    double *score = NULL;
    uint32_t *order = NULL;
    int status = hazards_allocate(&hazards, weights, sets, rows->strata, rows->begin[rows->strata]);

    if (status == IMR_OK) {
        status = allocate(self, rows, sets);
    }
    if (status == IMR_OK) {
        score = imr_malloc(self->n, sets * sizeof(*score));
        order = imr_malloc(self->n, sizeof(*order));
        status = score == NULL || order == NULL ? IMR_ERR_NOMEM : IMR_OK;
    }
    if (status != IMR_OK) {
        imr_fault(fault, status, status == IMR_ERR_NOMEM ? NULL : "time", -1, NAN);
        goto out;
    }
    imr_logrank_rows_sweep(rows, visit, &hazards, patients);
    for (size_t s = 0; s < rows->strata; s++) { /* a stratum without events has no tables */
        if (hazards.begin[s + 1] < hazards.begin[s]) {
            hazards.begin[s + 1] = hazards.begin[s];
        }
    }
    status = fill(self, rows, &hazards, score, order, fault);
out:
    hazards_free(&hazards);
    imr_free(score);
    imr_free(order);
    return status;
}

int
imr_logrank_scores_init(imr_logrank_scores_t *self, const imr_logrank_data_t *data,
    const imr_logrank_weights_t *weights, size_t sets, int fix_ties, imr_fault_t *fault)
{
    imr_logrank_rows_t rows;
    int status;

    memset(self, 0, sizeof(*self));
    status = imr_logrank_rows_init(&rows, data, fix_ties, fault);
    if (status != IMR_OK) {
        return status;
    }
    status = read_scores(self, &rows, weights, sets, fault);
    imr_logrank_rows_free(&rows);
    if (status != IMR_OK) {
        imr_logrank_scores_free(self);
    }
    return status;
}

static int
fill_given(imr_logrank_scores_t *self, const imr_logrank_given_t *given, double *score,
    uint32_t *order, imr_fault_t *fault)
{
    size_t n = self->n, begin = 0;
    int status = IMR_OK;

    for (size_t i = 0; i < n; i++) {
        self->count[(size_t) given->stratum[i] * self->groups + given->group[i]]++;
    }
    for (size_t s = 0; s < self->strata; s++) {
        self->begin[s] = begin;
        for (size_t g = 0; g < self->groups; g++) {
            begin += self->count[s * self->groups + g];
        }
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = self->begin[given->stratum[i]]++;

        score[at] = given->score[i];
        self->label[at] = given->group[i];
    }
    for (size_t s = self->strata; s > 0; s--) { /* each has moved on to the next */
        self->begin[s] = self->begin[s - 1];
    }
    self->begin[0] = 0;
    count_in_units(self, score, given->size, 0, given->bits);
    for (size_t s = 0; s < self->strata && status == IMR_OK; s++) {
        status = sort_stratum(self, s, score, order, fault);
        if (status == IMR_OK) {
            add_links(self, s);
        }
    }
    return status;
}

int
imr_logrank_scores_given(
    imr_logrank_scores_t *self, const imr_logrank_given_t *given, imr_fault_t *fault)
{
    double *score = imr_malloc(given->n, sizeof(*score));
    uint32_t *order = imr_malloc(given->n, sizeof(*order));
    int status;

    memset(self, 0, sizeof(*self));
    self->n = given->n;
    status = make_room(self, given->strata, given->groups, 1);
    if (status == IMR_OK && (score == NULL || order == NULL)) {
        status = IMR_ERR_NOMEM;
    }
    status = status == IMR_OK
        ? fill_given(self, given, score, order, fault)
        : imr_fault(fault, status, status == IMR_ERR_NOMEM ? NULL : "left", -1, NAN);
    imr_free(score);
    imr_free(order);
    if (status != IMR_OK) {
        imr_logrank_scores_free(self);
    }
    return status;
}

void
imr_logrank_scores_sum(const imr_logrank_scores_t *self, const uint32_t *label, int64_t *sum)
{
    memset(sum, 0, self->sets * self->groups * sizeof(*sum));
    for (size_t w = 0; w < self->sets; w++) {
        const int64_t *score = self->score + w * self->n;
        int64_t *of_group = sum + w * self->groups;

        for (size_t i = 0; i < self->n; i++) {
            of_group[label[i]] += score[i];
        }
    }
}
