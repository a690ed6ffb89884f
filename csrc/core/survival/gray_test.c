#include "survival/gray_test.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"

#define MOST_RHO 10
#define NO_VARIANCE 1e-10 /* of the largest one, or of */
#define ROUNDING 1e-12 /* the events: a variance that is 0 but for rounding */

/* --- rows of one stratum ----------------------------------------------------------------------- */

/* A group at the time at hand. share is at_risk / survival: how many there would be without events. */
typedef struct {
    double at_risk, survival, own_incidence, share;
    double events, own; /* of any cause, of the cause of interest */
    double left; /* leave at this time, censored or not */
} group_t;

/* V = sum of w (u + t a)(u + t a)' over the jumps of a group, where a is what the events since carry
 * on to each score: slope is half the derivative of V by a, curvature that of slope. */
typedef struct {
    double *slope; /* one for each score */
    double curvature;
} jumps_t;

typedef struct {
    size_t groups;
    group_t *group;
    jumps_t *jumps;
    double *score, *covariance, *carried, *expected; /* k, k k, k, k */
    double pooled; /* incidence of all groups, before the time at hand */
    double events; /* of the cause of interest, each with its squared weight */
    void *block;
} work_t;

static int
allocate(work_t *work, size_t groups)
{
    size_t k = groups;
    double *at;

    work->groups = k;
    work->block = imr_malloc(k * (sizeof(group_t) + sizeof(jumps_t)) + (2 * k * k + 3 * k) * 8, 1);
    if (work->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    work->group = work->block;
    work->jumps = (jumps_t *) (work->group + k);
    at = (double *) (work->jumps + k);
    for (size_t q = 0; q < k; q++) {
        work->jumps[q].slope = at;
        at += k;
    }
    work->covariance = at;
    work->score = at + k * k;
    work->carried = work->score + k;
    work->expected = work->carried + k;
    return IMR_OK;
}

/* The stratum's patients are at risk, and nothing has happened. */
static void
begin_stratum(work_t *work, const int64_t *patients)
{
    for (size_t q = 0; q < work->groups; q++) {
        work->group[q] = (group_t) { .at_risk = (double) patients[q], .survival = 1 };
        work->jumps[q].curvature = 0;
        memset(work->jumps[q].slope, 0, work->groups * sizeof(double));
    }
    work->pooled = 0;
}

/* Weight of the jump of group q for the score of group p, which is p's share of it. */
static double
direct(const work_t *work, size_t p, size_t q, double shares, double weight)
{
    double share = work->group[q].share;

    return weight * ((p == q ? share : 0) - share * (work->group[p].share / shares));
}

/* The jumps so far of group q carry on to the scores what events expected now take from them. */
static void
carry(work_t *work, size_t q, double shares, double factor)
{
    jumps_t *jumps = work->jumps + q;
    size_t k = work->groups;

    for (size_t p = 0; p < k; p++) {
        work->carried[p] = direct(work, p, q, shares, factor);
    }
    for (size_t p = 0; p < k; p++) {
        double slope = jumps->slope[p], rise = work->carried[p];

        for (size_t r = 0; r <= p; r++) {
            work->covariance[p * k + r] += slope * work->carried[r] + rise * jumps->slope[r]
                + jumps->curvature * rise * work->carried[r];
        }
    }
    for (size_t p = 0; p < k; p++) {
        jumps->slope[p] += jumps->curvature * work->carried[p];
    }
}

/* The events of the cause of interest expected in group q at this time join its jumps. */
static void
add_own_jump(work_t *work, size_t q, double shares, double weight, double total, double ratio)
{
    const group_t *group = work->group + q;
    size_t k = work->groups;
    double at_risk = shares * group->survival; /* all groups, in patients of this one */
    double ties = total > 1 ? (at_risk > total ? (at_risk - total) / (at_risk - 1) : 0) : 1;
    double w = ties * total / (shares * group->share), t = 1 - ratio;

    for (size_t p = 0; p < k; p++) {
        work->carried[p] = direct(work, p, q, shares, weight);
    }
    for (size_t p = 0; p < k; p++) {
        for (size_t r = 0; r <= p; r++) {
            work->covariance[p * k + r] += w * work->carried[p] * work->carried[r];
        }
        work->jumps[q].slope[p] += w * t * work->carried[p];
    }
    work->jumps[q].curvature += w * t * t;
}

static void
add_other_jump(work_t *work, size_t q, double events, double ratio)
{
    const group_t *group = work->group + q;
    double ties = events > 1 ? (group->at_risk - events) / (group->at_risk - 1) : 1;

    work->jumps[q].curvature += ties * events / (group->share * group->share) * ratio * ratio;
}

/* One time with an event: its counts are in the groups. */
static void
add_time(work_t *work, double rho)
{
    double shares = 0, hazards = 0, total = 0, rest = 1 - work->pooled, weight, after;
    size_t k = work->groups;

    for (size_t q = 0; q < k; q++) {
        group_t *group = work->group + q;

        group->share = group->at_risk > 0 ? group->at_risk / group->survival : 0;
        shares += group->share;
        hazards += group->share * (1 - group->own_incidence);
        total += group->own;
    }
    /* the pooled incidence, unlike those of the groups, may come to more than 1 */
    weight = rho == 0 ? 1 : rest > 0 ? pow(rest, rho) : 0;
    work->events += total * weight * weight;
    if (total > 0) {
        for (size_t q = 0; q < k; q++) {
            const group_t *group = work->group + q;
            double expected = total * (group->share * (1 - group->own_incidence) / hazards);

            work->expected[q] += expected;
            work->score[q] += weight * (group->own - expected);
            if (group->share > 0 && rest > 0) {
                carry(work, q, shares, weight * total / (shares * rest));
            }
        }
    }
    after = 1 - (work->pooled + total / shares);
    for (size_t q = 0; q < k; q++) {
        group_t *group = work->group + q;
        double left = group->at_risk - group->events, survival, ratio;

        if (group->share == 0) {
            continue;
        }
        survival = group->survival * (left / group->at_risk);
        ratio = survival > 0 ? after / survival : 0;
        if (total > 0) {
            add_own_jump(work, q, shares, weight, total, ratio);
        }
        if (group->events > group->own) {
            add_other_jump(work, q, group->events - group->own, ratio);
        }
        group->own_incidence += group->own / group->share;
        group->survival = survival;
    }
    work->pooled = 1 - after;
}

/* Those who have left at the time at hand are no longer at risk. */
static void
end_time(work_t *work, double rho)
{
    double events = 0;

    for (size_t q = 0; q < work->groups; q++) {
        events += work->group[q].events;
    }
    if (events > 0) {
        add_time(work, rho);
    }
    for (size_t q = 0; q < work->groups; q++) {
        group_t *group = work->group + q;

        group->at_risk -= group->left;
        group->events = group->own = group->left = 0;
    }
}

/* The scores of one cause (from 1) and their covariance, over all strata. order has the records stratum
 * by stratum, of which the first begins at begin[s]. IMR_ERR_STOPPED. */
static int
sum_scores(work_t *work, const imr_cause_records_t *records, const uint32_t *order,
    const size_t *begin, size_t strata, size_t cause, double rho, imr_stop_t *stop)
{
    size_t k = work->groups;

    memset(work->covariance, 0, k * k * sizeof(double));
    memset(work->score, 0, k * sizeof(double));
    memset(work->expected, 0, k * sizeof(double));
    work->events = 0;
    for (size_t s = 0; s < strata; s++) {
        begin_stratum(work, records->patients + s * k);
        for (size_t i = begin[s]; i < begin[s + 1]; i++) {
            size_t record = order == NULL ? i : order[i];
            uint32_t label = records->label[record];
            double count = records->count == NULL ? 1 : (double) records->count[record];
            size_t of = label & ((1u << records->cause_bits) - 1);
            group_t *group = work->group + (label >> records->cause_bits) - s * k;

            group->left += count;
            group->events += of > 0 ? count : 0;
            group->own += of == cause ? count : 0;
            if (i + 1 == begin[s + 1]
                || records->time[order == NULL ? i + 1 : order[i + 1]] != records->time[record]) {
                end_time(work, rho);
                if (imr_stop_asked(stop, (double) (4 * k * k * k + 10 * k))) {
                    return IMR_ERR_STOPPED;
                }
            }
        }
    }
    return IMR_OK;
}

/* --- the statistic ----------------------------------------------------------------------------- */

/* score' covariance^- score by a Cholesky factor with the largest variance first, as far as there is
 * variance; the rank is *df. Uses up both. */
static double
quadratic_form(double *covariance, double *score, size_t k, double events, int64_t *df)
{
    double largest = ROUNDING / NO_VARIANCE * events, sum = 0;

    *df = 0;
    for (size_t p = 0; p < k; p++) {
        largest = fmax(largest, covariance[p * k + p]);
        for (size_t r = 0; r < p; r++) {
            covariance[r * k + p] = covariance[p * k + r];
        }
    }
    for (size_t step = 0; step + 1 < k; step++) { /* the scores add up to 0 */
        size_t pivot = step;
        double swap;

        for (size_t p = step; p < k; p++) {
            pivot = covariance[p * k + p] > covariance[pivot * k + pivot] ? p : pivot;
        }
        if (!(covariance[pivot * k + pivot] > NO_VARIANCE * largest)) {
            break;
        }
        for (size_t p = 0; p < k && pivot != step; p++) {
            swap = covariance[p * k + pivot];
            covariance[p * k + pivot] = covariance[p * k + step];
            covariance[p * k + step] = swap;
        }
        for (size_t p = 0; p < k && pivot != step; p++) {
            swap = covariance[pivot * k + p];
            covariance[pivot * k + p] = covariance[step * k + p];
            covariance[step * k + p] = swap;
        }
        swap = score[pivot];
        score[pivot] = score[step];
        score[step] = swap;
        for (size_t p = step + 1; p < k; p++) {
            double factor = covariance[p * k + step] / covariance[step * k + step];

            for (size_t r = step + 1; r < k; r++) {
                covariance[p * k + r] -= factor * covariance[step * k + r];
            }
            score[p] -= factor * score[step];
        }
        sum += score[step] * score[step] / covariance[step * k + step];
        ++*df;
    }
    return sum;
}

/* --- the one entry ----------------------------------------------------------------------------- */

static int
check(const imr_gray_data_t *data, imr_fault_t *fault)
{
    if (data->groups < 2) {
        return imr_fault(fault, IMR_ERR_ONE_GROUP, "group", -1, NAN);
    }
    if (data->groups > IMR_GRAY_MOST_GROUPS) {
        return imr_fault(fault, IMR_ERR_MANY_GROUPS, "group", -1, NAN);
    }
    if (!(fabs(data->rho) <= MOST_RHO)) {
        return imr_fault(fault, IMR_ERR_RHO, "rho", -1, data->rho);
    }
    for (size_t i = 0; i < data->n; i++) {
        if (data->group[i] < 0 || (uint64_t) data->group[i] >= data->groups) {
            return imr_fault(fault, IMR_ERR_CODE, "group", (int64_t) i, (double) data->group[i]);
        }
        if (data->stratum != NULL
            && (data->stratum[i] < 0 || (uint64_t) data->stratum[i] >= data->strata)) {
            return imr_fault(fault, IMR_ERR_CODE, "strata", (int64_t) i, (double) data->stratum[i]);
        }
    }
    return IMR_OK;
}

/* The records by stratum, and where each begins; those of one stratum as they are. */
static int
sort_by_stratum(const imr_cause_records_t *records, size_t groups, size_t strata, size_t *begin,
    uint32_t **order)
{
    size_t at = 0;

    memset(begin, 0, (strata + 1) * sizeof(*begin));
    if (strata == 1) {
        begin[1] = records->n;
        return IMR_OK;
    }
    *order = imr_malloc(records->n, sizeof(**order));
    if (*order == NULL) {
        return IMR_ERR_NOMEM;
    }
    for (size_t i = 0; i < records->n; i++) {
        begin[(records->label[i] >> records->cause_bits) / groups]++;
    }
    for (size_t s = 0; s <= strata; s++) {
        size_t here = begin[s];

        begin[s] = at;
        at += here;
    }
    for (size_t i = 0; i < records->n; i++) {
        (*order)[begin[(records->label[i] >> records->cause_bits) / groups]++] = (uint32_t) i;
    }
    for (size_t s = strata; s > 0; s--) { /* each begin has moved to the end of its stratum */
        begin[s] = begin[s - 1];
    }
    begin[0] = 0;
    return IMR_OK;
}

static void
count_events(const imr_cause_records_t *records, size_t groups, size_t causes, int64_t *observed)
{
    memset(observed, 0, causes * groups * sizeof(*observed));
    for (size_t i = 0; i < records->n; i++) {
        size_t cause = records->label[i] & ((1u << records->cause_bits) - 1);
        size_t group = (records->label[i] >> records->cause_bits) % groups;

        if (cause > 0) {
            observed[(cause - 1) * groups + group] +=
                records->count == NULL ? 1 : records->count[i];
        }
    }
}

int
imr_gray_test(const imr_gray_data_t *data, double *statistic, int64_t *df, double *pvalue,
    int64_t *observed, double *expected, imr_stop_t *stop, imr_fault_t *fault)
{
    size_t k = data->groups, strata = data->stratum == NULL ? 1 : data->strata, *begin = NULL;
    imr_competing_risks_data_t rows = { .n = data->n,
        .time = data->time,
        .cause = data->cause,
        .causes = data->causes,
        .group = data->group,
        .groups = k };
    imr_cause_records_t records = { 0 };
    work_t work = { 0 };
    uint32_t *order = NULL;
    int64_t *cells = NULL;
    int status = check(data, fault);

    if (status != IMR_OK) {
        return status;
    }
    if (strata > 1) {
        cells = imr_malloc(data->n, sizeof(*cells));
        for (size_t i = 0; cells != NULL && i < data->n; i++) {
            cells[i] = data->stratum[i] * (int64_t) k + data->group[i];
        }
        rows.group = cells;
        rows.groups = strata * k;
    }
    begin = imr_malloc(strata + 1, sizeof(*begin));
    if ((strata > 1 && cells == NULL) || begin == NULL || allocate(&work, k) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    status = imr_cause_records(&rows, data->fix_ties, &records, fault);
    if (status == IMR_OK && sort_by_stratum(&records, k, strata, begin, &order) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    if (status != IMR_OK) {
        goto out;
    }
    count_events(&records, k, data->causes, observed);
    for (size_t c = 0; c < data->causes; c++) {
        status = sum_scores(&work, &records, order, begin, strata, c + 1, data->rho, stop);
        if (status != IMR_OK) {
            imr_fault(fault, status, NULL, -1, NAN);
            goto out;
        }
        memcpy(expected + c * k, work.expected, k * sizeof(double));
        statistic[c] = quadratic_form(work.covariance, work.score, k, work.events, &df[c]);
        pvalue[c] = 1;
        if (df[c] > 0
            && (status = imr_chi_squared_cdf_upper(statistic[c], (double) df[c], &pvalue[c]))
                != IMR_OK) {
            imr_fault(fault, status, "rho", -1, data->rho);
            goto out;
        }
    }
out:
    imr_cause_records_free(&records);
    imr_free(work.block);
    imr_free(order);
    imr_free(cells);
    imr_free(begin);
    return status;
}
