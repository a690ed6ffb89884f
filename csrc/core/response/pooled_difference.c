#include "response/pooled_difference.h"

#include <math.h>

#include "base/distribution.h"
#include "base/mem.h"

#define MOST IMR_POOLED_MOST_TERMS
#define SIDE (IMR_POOLED_MOST_TERMS + 1)

/* Room for a selection of the series */
typedef struct {
    int64_t *events, *n;
    double *design, *y, *v, *weight;
} room_t;

/* Fits the series whose subgroup is kept, with one term for each of these or one for all. */
static int
fit(const imr_series_t *series, const int64_t *code, const int *kept, size_t groups, int one_term,
    const imr_pooled_options_t *options, const room_t *room, imr_pooled_t *result,
    imr_fault_t *fault)
{
    size_t column[MOST], p = 0, k = 0;
    imr_series_t selected;

    for (size_t g = 0; g < groups; g++) {
        column[g] = one_term ? 0 : p;
        p += kept[g] != 0;
    }
    p = one_term ? 1 : p;
    for (size_t i = 0; i < series->k; i++) {
        if (!kept[code[i]]) {
            continue;
        }
        room->events[k] = series->events[i];
        room->n[k] = series->n[i];
        for (size_t c = 0; c < p; c++) {
            room->design[k * p + c] = c == column[code[i]];
        }
        k++;
    }
    selected = (imr_series_t) { room->events, room->n, room->design, k, p };
    return imr_pooled(&selected, options, result, room->y, room->v, room->weight, fault);
}

/* The likelihood of a term for each subgroup under one spread. A subgroup of one outcome has a rate
 * of 0 or 1 and adds nothing; where whole series respond or do not, a series is one unit. */
static int
separate_loglik(const imr_series_t *series, const int64_t *code, size_t groups,
    const imr_pooled_options_t *options, const room_t *room, double *loglik, imr_fault_t *fault)
{
    double with[MOST] = { 0 }, without[MOST] = { 0 }, all[MOST] = { 0 }, of[MOST] = { 0 };
    imr_pooled_t result;
    int kept[MOST], whole = 1, left = 0, ret;

    for (size_t i = 0; i < series->k; i++) {
        int64_t events = series->events[i], rest = series->n[i] - events;

        with[code[i]] += (double) events;
        without[code[i]] += (double) rest;
        all[code[i]] += rest == 0;
        of[code[i]] += 1;
        whole &= events == 0 || rest == 0;
    }
    *loglik = 0;
    for (size_t g = 0; g < groups; g++) {
        kept[g] = with[g] > 0 && without[g] > 0;
        left += kept[g];
        if (whole && kept[g]) {
            *loglik += all[g] * log(all[g] / of[g]) + (of[g] - all[g]) * log1p(-all[g] / of[g]);
        }
    }
    if (whole || left == 0) {
        return IMR_OK;
    }
    ret = fit(series, code, kept, groups, 0, options, room, &result, fault);
    *loglik = ret == IMR_OK ? result.loglik : NAN;
    return ret;
}

/* Twice the gain of the likelihood by a rate of its own for each subgroup */
static int
likelihood_ratio(const imr_series_t *series, const int64_t *code, size_t groups,
    const imr_pooled_options_t *options, const room_t *room, double *statistic, imr_fault_t *fault)
{
    imr_pooled_t one;
    double separate;
    int kept[MOST], ret;

    for (size_t g = 0; g < groups; g++) {
        kept[g] = 1;
    }
    ret = fit(series, code, kept, groups, 1, options, room, &one, fault);
    if (ret == IMR_OK) {
        ret = separate_loglik(series, code, groups, options, room, &separate, fault);
    }
    if (ret == IMR_OK) {
        *statistic = fmax(0, 2 * (separate - one.loglik));
    }
    return ret;
}

/* Q between the means of the subgroups, weighted by the inverse of their covariance */
static int
between(const imr_series_t *series, const int64_t *code, size_t groups,
    const imr_pooled_options_t *options, int common, const room_t *room, double *statistic,
    imr_fault_t *fault)
{
    double mean[MOST], covariance[SIDE * SIDE] = { 0 }, inverse[SIDE * SIDE], total = 0, sum = 0;
    imr_pooled_t result;
    int kept[MOST] = { 0 }, ret = IMR_OK;

    for (size_t g = 0; g < groups; g++) {
        kept[g] = common;
    }
    if (common) {
        ret = fit(series, code, kept, groups, 0, options, room, &result, fault);
        for (size_t r = 0; r < groups && ret == IMR_OK; r++) {
            mean[r] = result.coef[r];
            covariance[r * SIDE + r] = result.covariance[r * MOST + r];
        }
    }
    for (size_t g = 0; g < groups && ret == IMR_OK && !common; g++) {
        kept[g] = 1;
        ret = fit(series, code, kept, groups, 1, options, room, &result, fault);
        kept[g] = 0;
        mean[g] = result.coef[0];
        covariance[g * SIDE + g] = result.covariance[0];
    }
    if (ret != IMR_OK) {
        return ret;
    }
    if (!imr_pooled_invert(covariance, groups, inverse, NULL)) {
        return imr_fault(fault, IMR_ERR_NO_SCATTER, "knapp_hartung", -1, 1);
    }
    for (size_t g = 0; g < groups; g++) {
        total += inverse[g * SIDE + g];
        sum += inverse[g * SIDE + g] * mean[g];
    }
    *statistic = 0;
    for (size_t g = 0; g < groups; g++) {
        *statistic += inverse[g * SIDE + g] * (mean[g] - sum / total) * (mean[g] - sum / total);
    }
    return IMR_OK;
}

static int
check(const imr_series_t *series, const int64_t *code, size_t groups,
    const imr_pooled_options_t *options, int common, imr_fault_t *fault)
{
    int64_t members[MOST] = { 0 };

    if (groups < 2 || groups > MOST) {
        return imr_fault(fault, IMR_ERR_SUBGROUPS, "group", -1, (double) groups);
    }
    if (!common && options->method <= IMR_POOLED_BETA_BINOMIAL) {
        return imr_fault(fault, IMR_ERR_ONE_HETEROGENEITY, "heterogeneity", -1, NAN);
    }
    for (size_t i = 0; i < series->k; i++) {
        if (code[i] < 0 || code[i] >= (int64_t) groups) {
            return imr_fault(fault, IMR_ERR_CODE, "group", (int64_t) i, (double) code[i]);
        }
        members[code[i]]++;
    }
    for (size_t g = 0; g < groups; g++) {
        if (members[g] == 0) {
            return imr_fault(fault, IMR_ERR_SUBGROUPS, "group", -1, (double) groups);
        }
    }
    return IMR_OK;
}

int
imr_pooled_difference(const imr_series_t *series, const int64_t *code, size_t groups,
    const imr_pooled_options_t *options, int common, imr_pooled_difference_t *result,
    imr_fault_t *fault)
{
    imr_pooled_options_t plain = *options;
    size_t k = series->k;
    double residual = (double) k - (double) groups, f;
    room_t room;
    int64_t *counts;
    double *block;
    int ret = check(series, code, groups, options, common, fault);

    if (ret != IMR_OK) {
        return ret;
    }
    counts = imr_malloc(2 * k, sizeof(int64_t));
    block = imr_malloc((MOST + 3) * k, sizeof(double));
    if (counts == NULL || block == NULL) {
        ret = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    room = (room_t) { counts, counts + k, block, block + MOST * k, block + (MOST + 1) * k,
        block + (MOST + 2) * k };
    plain.interval = IMR_POOLED_WALD; /* limits are not looked at */
    result->df = (double) groups - 1;
    result->residual_df = INFINITY;
    if (options->method <= IMR_POOLED_BETA_BINOMIAL) {
        ret = likelihood_ratio(series, code, groups, &plain, &room, &result->statistic, fault);
    } else {
        ret = between(series, code, groups, &plain, common, &room, &result->statistic, fault);
    }
    if (ret != IMR_OK) {
        goto out;
    }
    if (options->knapp_hartung && common && residual > 0
        && options->method > IMR_POOLED_BETA_BINOMIAL) {
        f = result->statistic /= result->df;
        result->residual_df = residual;
        ret = imr_beta_cdf(
            residual / (residual + result->df * f), residual / 2, result->df / 2, &result->pvalue);
    } else {
        ret = imr_chi_squared_cdf_upper(result->statistic, result->df, &result->pvalue);
    }
    if (ret != IMR_OK) {
        ret = imr_fault(fault, ret, "events", -1, NAN);
    }
out:
    imr_free(counts);
    imr_free(block);
    return ret;
}
