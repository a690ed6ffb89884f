#include "survival/concordance.h"

#include <math.h>
#include <string.h>

#include "base/compensated.h"
#include "base/distribution.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/quantile.h"
#include "survival/concordance_ranks.h"

#define SMALLEST_WEIGHT 1e-9 /* as for other sampling weights: they can be squared and summed */
#define LARGEST_WEIGHT 1e9
#define WORK_A_SPLIT 200 /* a sum over ranks, in multiplications */
#define WORK_A_ROW 30 /* of a sort or a pass out of order */

/* Rows in one stratum, or sorted ones, are positions first .. end - 1 of an order by stratum. */
typedef struct {
    const imr_concordance_data_t *data;
    const imr_concordance_options_t *options;
    size_t kept; /* rows with a weight */
    double *time, *entry; /* entry NULL without */
    double *weight; /* of the row */
    double *pair; /* weight of the pairs of an event at the row's time; 0 if it does not count */
    double *influence; /* n rows of scores: on the estimate */
    double *balance, *pairs; /* of each row: weights of concordant less discordant pairs; of all */
    imr_rank_sums_t sums; /* room for as many ranks as rows */
    uint8_t *event;
    uint32_t *by_time, *by_entry, *by_score; /* the rows kept, by stratum */
    uint32_t *rank; /* of the score of each row, from 0, within its stratum */
    uint32_t *order; /* scratch */
    size_t *begin; /* strata + 1 */
    imr_stop_t *stop;
} pairs_t;

static void
pairs_free(pairs_t *self)
{
    imr_free(self->time);
    imr_free(self->event);
    imr_free(self->by_time);
    imr_free(self->begin);
}

static size_t
strata_of(const imr_concordance_data_t *data)
{
    return data->stratum == NULL ? 1 : data->strata;
}

static int
pairs_init(
    pairs_t *self, const imr_concordance_data_t *data, const imr_concordance_options_t *options)
{
    size_t n = data->n;

    memset(self, 0, sizeof(*self));
    self->data = data;
    self->options = options;
    self->time = imr_malloc(8 * n + 1 + n * data->scores, sizeof(double));
    self->event = imr_malloc(n, 1);
    self->by_time = imr_malloc(5 * n, sizeof(uint32_t));
    self->begin = imr_calloc(strata_of(data) + 1, sizeof(size_t));
    if (self->time == NULL || self->event == NULL || self->by_time == NULL || self->begin == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->entry = data->entry == NULL ? NULL : self->time + n;
    self->weight = self->time + 2 * n;
    self->pair = self->weight + n;
    self->balance = self->pair + n;
    self->pairs = self->balance + n;
    self->sums.at_rank = self->pairs + n;
    self->sums.sum = self->sums.at_rank + n;
    self->influence = self->sums.sum + n + 1;
    self->by_entry = self->by_time + n;
    self->by_score = self->by_entry + n;
    self->rank = self->by_score + n;
    self->order = self->rank + n;
    return IMR_OK;
}

/* --- reading ------------------------------------------------------------------------------------ */

static int
check_time(double time, const char *argument, size_t i, imr_fault_t *fault)
{
    if (time >= 0 && isfinite(time)) {
        return IMR_OK;
    }
    return imr_fault(
        fault, time < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE, argument, (int64_t) i, time);
}

static int
read_row(pairs_t *self, size_t i, imr_fault_t *fault)
{
    const imr_concordance_data_t *data = self->data;
    double weight = data->weight == NULL ? 1 : data->weight[i];
    int status = check_time(data->time[i], "time", i, fault);

    if (status == IMR_OK && data->entry != NULL) {
        status = check_time(data->entry[i], "entry", i, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    self->event[i] = data->event[i];
    if (self->event[i] > 1) {
        return imr_fault(fault, IMR_ERR_EVENT, "event", (int64_t) i, data->event[i]);
    }
    if (weight != 0 && !(weight >= SMALLEST_WEIGHT && weight <= LARGEST_WEIGHT)) {
        status = isnan(weight) || isinf(weight) ? IMR_ERR_NONFINITE
            : weight < 0                        ? IMR_ERR_NEGATIVE
                                                : IMR_ERR_WEIGHT_RANGE;
        return imr_fault(fault, status, "weights", (int64_t) i, weight);
    }
    if (data->stratum != NULL
        && (data->stratum[i] < 0 || (uint64_t) data->stratum[i] >= data->strata)) {
        return imr_fault(fault, IMR_ERR_CODE, "strata", (int64_t) i, (double) data->stratum[i]);
    }
    self->weight[i] = weight;
    self->time[i] = data->time[i];
    if (data->entry != NULL) {
        self->entry[i] = data->entry[i];
        if (!(self->entry[i] < self->time[i])) {
            return imr_fault(fault, IMR_ERR_INTERVAL, "entry", (int64_t) i, self->entry[i]);
        }
    }
    return IMR_OK;
}

/* The rows kept out of `order`, stable by stratum. */
static void
sort_by_stratum(pairs_t *self, uint32_t *sorted)
{
    const imr_concordance_data_t *data = self->data;
    size_t strata = strata_of(data), *begin = self->begin, at = 0;

    memset(begin, 0, (strata + 1) * sizeof(*begin));
    for (size_t i = 0; i < data->n; i++) {
        begin[data->stratum == NULL ? 0 : data->stratum[i]] += self->weight[i] > 0;
    }
    for (size_t s = 0; s <= strata; s++) {
        size_t here = begin[s];

        begin[s] = at;
        at += here;
    }
    self->kept = at;
    for (size_t i = 0; i < data->n; i++) {
        uint32_t row = self->order[i];

        if (self->weight[row] > 0) {
            sorted[begin[data->stratum == NULL ? 0 : data->stratum[row]]++] = row;
        }
    }
    for (size_t s = strata; s > 0; s--) {
        begin[s] = begin[s - 1];
    }
    begin[0] = 0;
}

/* The status of a pass over all rows, or IMR_ERR_STOPPED. */
static int
after(pairs_t *self, int status, imr_fault_t *fault)
{
    return status == IMR_OK && imr_stop_asked(self->stop, (double) (WORK_A_ROW * self->data->n))
        ? imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN)
        : status;
}

static int
read_rows(pairs_t *self, imr_fault_t *fault)
{
    const imr_concordance_data_t *data = self->data;
    size_t n = data->n, merged;
    int status = IMR_OK;

    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        status = read_row(self, i, fault);
    }
    if (status == IMR_OK && self->options->fix_ties) {
        status = imr_fix_ties(self->entry, self->time, n, self->entry, self->time, &merged, fault);
    }
    status = after(self, status, fault);
    if (status == IMR_OK && self->entry != NULL) {
        status = imr_order(self->entry, n, "entry", self->order, fault);
        if (status == IMR_OK) {
            sort_by_stratum(self, self->by_entry);
        }
        status = after(self, status, fault);
    }
    if (status == IMR_OK) {
        status = after(self, imr_order(self->time, n, "time", self->order, fault), fault);
    }
    if (status == IMR_OK) {
        sort_by_stratum(self, self->by_time);
        if (self->kept == 0) {
            status = imr_fault(fault, IMR_ERR_NO_WEIGHT, "weights", -1, NAN);
        }
    }
    return status;
}

/* Ranks of a score within each stratum, equal scores of equal rank. */
static int
rank_scores(pairs_t *self, size_t score, imr_fault_t *fault)
{
    const imr_concordance_data_t *data = self->data;
    double *value = self->sums.at_rank; /* not yet in use */
    int status;

    for (size_t i = 0; i < data->n; i++) {
        value[i] = data->score[i * data->scores + score];
        if (!isfinite(value[i])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "score", (int64_t) i, value[i]);
        }
        value[i] = self->options->risk ? -value[i] : value[i];
    }
    status = imr_order(value, data->n, "score", self->order, fault);
    if (status != IMR_OK) {
        return status;
    }
    sort_by_stratum(self, self->by_score);
    for (size_t s = 0; s < strata_of(data); s++) {
        uint32_t rank = 0;

        for (size_t k = self->begin[s]; k < self->begin[s + 1]; k++) {
            uint32_t row = self->by_score[k];

            rank += k > self->begin[s] && value[row] != value[self->by_score[k - 1]];
            self->rank[row] = rank;
        }
    }
    return IMR_OK;
}

/* Rows k .. end - 1 of by_time share a time; returns end. *events is their weight with the event. */
static size_t
tied_until(const pairs_t *self, size_t k, size_t end, double *events, double *all)
{
    double time = self->time[self->by_time[k]];

    *events = *all = 0;
    for (; k < end && self->time[self->by_time[k]] == time; k++) {
        uint32_t row = self->by_time[k];

        *all += self->weight[row];
        *events += self->event[row] ? self->weight[row] : 0;
    }
    return k;
}

static double
pair_weight(
    imr_concordance_method_t method, double at_risk, double all, double survival, double uncensored)
{
    switch (method) {
        case IMR_CONCORDANCE_HARRELL:
            break;
        case IMR_CONCORDANCE_UNO:
            return 1 / (uncensored * uncensored);
        case IMR_CONCORDANCE_PETO:
            return all * survival / at_risk;
        case IMR_CONCORDANCE_SCHEMPER:
            return all * survival / (uncensored * at_risk);
        case IMR_CONCORDANCE_EQUAL:
            return 1 / at_risk;
    }
    return 1;
}

/* What the pairs of each event weigh, from the curves of a stratum just before its time. */
static void
weigh_stratum(pairs_t *self, size_t begin, size_t end)
{
    const imr_concordance_options_t *options = self->options;
    imr_sum_t at_risk = { 0, 0 };
    double survival = 1, uncensored = 1, events, all, total = 0;
    size_t coming = begin;

    for (size_t k = begin; k < end; k++) {
        total += self->weight[self->by_time[k]];
    }
    if (self->entry == NULL) {
        at_risk.high = total;
    }
    for (size_t k = begin; k < end;) {
        double t = self->time[self->by_time[k]];
        size_t until = tied_until(self, k, end, &events, &all);

        for (; self->entry != NULL && coming < end && self->entry[self->by_entry[coming]] < t;
            coming++) {
            at_risk = imr_sum_add(at_risk, self->weight[self->by_entry[coming]]);
        }
        for (; k < until; k++) {
            self->pair[self->by_time[k]] = self->event[self->by_time[k]] && !(t > options->tau)
                ? pair_weight(options->method, at_risk.high, total, survival, uncensored)
                : 0;
        }
        if (all > events) { /* censorings come after the events */
            uncensored *= 1 - (all - events) / (at_risk.high - events);
        }
        survival *= 1 - events / at_risk.high;
        at_risk = imr_sum_add(at_risk, -all);
    }
}

/* --- pairs -------------------------------------------------------------------------------------- */

/* Events against those still at risk, from the last time to the first; counts them. */
static int
pair_events(pairs_t *self, size_t begin, size_t end, size_t ranks, imr_concordance_counts_t *counts)
{
    size_t leaving = end;
    double there = 0;

    imr_rank_sums_clear(&self->sums, ranks);
    for (size_t k = end; k > begin;) {
        double t = self->time[self->by_time[k - 1]];
        size_t until = k;

        for (; self->entry != NULL && leaving > begin; leaving--) {
            uint32_t row = self->by_entry[leaving - 1];

            if (self->entry[row] < t) {
                break;
            }
            imr_rank_sums_add(&self->sums, self->rank[row], -self->weight[row]);
            there -= self->weight[row];
        }
        for (; k > begin && self->time[self->by_time[k - 1]] == t; k--) {
            uint32_t row = self->by_time[k - 1];

            if (!self->event[row]) {
                imr_rank_sums_add(&self->sums, self->rank[row], self->weight[row]);
                there += self->weight[row];
            }
        }
        for (size_t j = k; j < until; j++) {
            uint32_t row = self->by_time[j];
            double pair = self->pair[row], own = self->weight[row] * pair;
            imr_rank_split_t split;

            if (pair > 0) {
                split = imr_rank_sums_split(&self->sums, self->rank[row], there);
                self->balance[row] += pair * (split.greater - split.less);
                self->pairs[row] += pair * there;
                counts->concordant += own * split.greater;
                counts->discordant += own * split.less;
                counts->tied_score += own * split.equal;
            }
        }
        for (size_t j = k; j < until; j++) {
            uint32_t row = self->by_time[j];

            if (self->event[row]) {
                imr_rank_sums_add(&self->sums, self->rank[row], self->weight[row]);
                there += self->weight[row];
            }
        }
        if (imr_stop_asked(self->stop, (double) (WORK_A_SPLIT * (until - k)))) {
            return IMR_ERR_STOPPED;
        }
    }
    return IMR_OK;
}

/* What a row gains as the later one of pairs with the events so far, or with sign -1 loses again. */
static void
pair_subject(pairs_t *self, uint32_t row, double events, int sign)
{
    imr_rank_split_t split = imr_rank_sums_split(&self->sums, self->rank[row], events);

    self->balance[row] += sign * (split.less - split.greater);
    self->pairs[row] += sign * events;
}

/* The same pairs seen from those still at risk, from the first time to the last. */
static int
pair_subjects(pairs_t *self, size_t begin, size_t end, size_t ranks)
{
    size_t coming = begin;
    double events = 0;

    imr_rank_sums_clear(&self->sums, ranks);
    for (size_t k = begin; k < end;) {
        double t = self->time[self->by_time[k]];
        size_t until = k, first = k;

        for (; self->entry != NULL && coming < end && self->entry[self->by_entry[coming]] < t;
            coming++) {
            pair_subject(self, self->by_entry[coming], events, -1);
        }
        for (; until < end && self->time[self->by_time[until]] == t; until++) {
            if (self->event[self->by_time[until]]) {
                pair_subject(self, self->by_time[until], events, 1);
            }
        }
        for (size_t j = k; j < until; j++) {
            double weight = self->weight[self->by_time[j]] * self->pair[self->by_time[j]];

            if (weight > 0) {
                imr_rank_sums_add(&self->sums, self->rank[self->by_time[j]], weight);
                events += weight;
            }
        }
        for (; k < until; k++) {
            if (!self->event[self->by_time[k]]) {
                pair_subject(self, self->by_time[k], events, 1);
            }
        }
        if (imr_stop_asked(self->stop, (double) (WORK_A_SPLIT * (until - first)))) {
            return IMR_ERR_STOPPED;
        }
    }
    return IMR_OK;
}

/* Weights of pairs of events at one time. */
static void
count_tied_times(pairs_t *self, size_t begin, size_t end, imr_concordance_counts_t *counts)
{
    /* at_rank is a sum of the events at one time, cleared by those very events */
    memset(self->sums.at_rank, 0, (end - begin) * sizeof(double));
    for (size_t k = begin; k < end;) {
        double t = self->time[self->by_time[k]], before = 0, pairs = 0, same = 0, pair = 0;
        size_t until = k;

        for (; until < end && self->time[self->by_time[until]] == t; until++) {
            uint32_t row = self->by_time[until];

            if (self->pair[row] > 0) {
                pair = self->pair[row];
                pairs += self->weight[row] * before;
                same += self->weight[row] * self->sums.at_rank[self->rank[row]];
                before += self->weight[row];
                self->sums.at_rank[self->rank[row]] += self->weight[row];
            }
        }
        for (; k < until; k++) {
            self->sums.at_rank[self->rank[self->by_time[k]]] = 0;
        }
        counts->tied_both += pair * same;
        counts->tied_time += pair * (pairs - same);
    }
}

static int
count_score(pairs_t *self, size_t score, imr_concordance_t *result)
{
    const imr_concordance_data_t *data = self->data;
    imr_concordance_counts_t *counts = &result->counts;
    double ordered, c;

    memset(counts, 0, sizeof(*counts));
    memset(self->balance, 0, data->n * sizeof(double));
    memset(self->pairs, 0, data->n * sizeof(double));
    for (size_t s = 0; s < strata_of(data); s++) {
        size_t begin = self->begin[s], end = self->begin[s + 1];
        size_t ranks = begin == end ? 0 : (size_t) self->rank[self->by_score[end - 1]] + 1;

        if (pair_events(self, begin, end, ranks, counts) != IMR_OK
            || pair_subjects(self, begin, end, ranks) != IMR_OK) {
            return IMR_ERR_STOPPED;
        }
        count_tied_times(self, begin, end, counts);
        if (imr_stop_asked(self->stop, (double) (WORK_A_ROW * (end - begin)))) {
            return IMR_ERR_STOPPED;
        }
    }
    ordered = counts->concordant + counts->discordant + counts->tied_score;
    c = (counts->concordant + counts->tied_score / 2) / ordered;
    result->estimate = c; /* 0 / 0 is NaN */
    for (size_t i = 0; i < data->n; i++) {
        double moved = (self->pairs[i] + self->balance[i]) / 2 - c * self->pairs[i];

        self->influence[i * data->scores + score] =
            self->weight[i] > 0 ? self->weight[i] * (moved / ordered) : 0;
    }
    return IMR_OK;
}

/* --- variances ---------------------------------------------------------------------------------- */

static int
finish(const pairs_t *self, imr_concordance_t *result, double *covariance, imr_fault_t *fault)
{
    size_t scores = self->data->scores;
    double z, upper = 0.5;
    int status = imr_quantile_normal((1 - self->options->level) / 2, &z);

    memset(covariance, 0, scores * scores * sizeof(double));
    for (size_t i = 0; i < self->data->n; i++) {
        const double *row = self->influence + i * scores;

        for (size_t a = 0; a < scores; a++) {
            for (size_t b = 0; b < scores; b++) {
                covariance[a * scores + b] += row[a] * row[b];
            }
        }
    }
    for (size_t a = 0; a < scores && status == IMR_OK; a++) {
        imr_concordance_t *own = result + a;
        double square = 0, error;

        own->std_error = error = sqrt(covariance[a * scores + a]);
        own->low = error > 0 ? fmax(0, own->estimate + z * error) : NAN;
        own->high = error > 0 ? fmin(1, own->estimate - z * error) : NAN;
        for (size_t i = 0; i < self->data->n; i++) {
            double moved = self->influence[i * scores + a] - self->influence[i * scores];

            square += moved * moved;
        }
        own->difference = own->estimate - result->estimate;
        own->difference_std_error = error = sqrt(square);
        own->difference_low = fmax(-1, own->difference + z * error);
        own->difference_high = fmin(1, own->difference - z * error);
        own->difference_pvalue = 1;
        if (isnan(own->difference)) {
            own->difference_low = own->difference_high = own->difference_pvalue = NAN;
        } else if (own->difference != 0) {
            status = imr_normal_cdf_upper(fabs(own->difference) / error, &upper);
            own->difference_pvalue = 2 * upper;
        }
    }
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, NULL, -1, NAN);
}

static int
check_options(const imr_concordance_data_t *data, const imr_concordance_options_t *options,
    imr_fault_t *fault)
{
    int censoring =
        options->method == IMR_CONCORDANCE_UNO || options->method == IMR_CONCORDANCE_SCHEMPER;

    if (data->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "time", -1, NAN);
    }
    if (data->n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "time", -1, NAN);
    }
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (!isnan(options->tau) && !(options->tau > 0 && isfinite(options->tau))) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "tau", -1, options->tau);
    }
    if (data->entry != NULL && censoring) {
        return imr_fault(fault, IMR_ERR_CENSORING_ENTRY, "entry", -1, NAN);
    }
    return IMR_OK;
}

int
imr_concordance(const imr_concordance_data_t *data, const imr_concordance_options_t *options,
    imr_concordance_t *result, double *covariance, imr_stop_t *stop, imr_fault_t *fault)
{
    pairs_t self;
    int status = check_options(data, options, fault);

    if (status != IMR_OK) {
        return status;
    }
    status = pairs_init(&self, data, options);
    if (status != IMR_OK) {
        imr_fault(fault, status, NULL, -1, NAN);
        goto out;
    }
    self.stop = stop;
    status = after(&self, read_rows(&self, fault), fault);
    for (size_t s = 0; s < strata_of(data) && status == IMR_OK; s++) {
        weigh_stratum(&self, self.begin[s], self.begin[s + 1]);
    }
    for (size_t score = 0; score < data->scores && status == IMR_OK; score++) {
        status = after(&self, rank_scores(&self, score, fault), fault);
        if (status == IMR_OK && count_score(&self, score, result + score) != IMR_OK) {
            status = imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
    }
    if (status == IMR_OK) {
        status = finish(&self, result, covariance, fault);
    }
out:
    pairs_free(&self);
    return status;
}
