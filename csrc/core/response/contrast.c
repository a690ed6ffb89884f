#include "response/contrast.h"

#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "response/contrast_conditional.h"
#include "response/contrast_formula.h"
#include "response/contrast_score.h"
#include "response/contrast_unconditional.h"

#define MEASURES_OF_METHOD(name, words, measures) measures,
static const unsigned char METHOD_MEASURES[] = { IMR_CONTRAST_METHOD_LIST(MEASURES_OF_METHOD) };

int
imr_contrast_is_defined(imr_contrast_method_t method, imr_contrast_measure_t measure)
{
    return (METHOD_MEASURES[method] >> measure) & 1;
}

/* What is computed once for all rows. */
typedef struct {
    imr_contrast_options_t options;
    double tail; /* the probability left out on each side that has a limit */
    double z; /* the normal quantile of 1 - tail */
} job_t;

typedef struct {
    double estimate, low, high, statistic, pvalue;
} answer_t;

static int
is_exact(imr_contrast_method_t method)
{
    return method == IMR_CONTRAST_CHAN_ZHANG || method >= IMR_CONTRAST_CONDITIONAL;
}

static imr_conditional_rule_t
rule_of(imr_contrast_method_t method)
{
    switch (method) {
        case IMR_CONTRAST_CONDITIONAL_MID_P:
            return IMR_CONDITIONAL_MID_P;
        case IMR_CONTRAST_CONDITIONAL_MINLIKE:
            return IMR_CONDITIONAL_MINLIKE;
        case IMR_CONTRAST_CONDITIONAL_BLAKER:
            return IMR_CONDITIONAL_BLAKER;
        default:
            return IMR_CONDITIONAL_CENTRAL;
    }
}

/* --- estimates ---------------------------------------------------------------------------------- */

static double
quotient(double above, double below)
{
    return above == 0 && below == 0 ? NAN : above / below;
}

static int
estimate_of(const job_t *job, const imr_two_groups_t *groups, double *estimate)
{
    imr_two_counts_t c = imr_two_counts(groups);

    switch (job->options.measure) {
        case IMR_DIFFERENCE:
            *estimate = c.x1 / c.n1 - c.x2 / c.n2;
            return IMR_OK;
        case IMR_RATIO:
            *estimate = quotient(c.x1 / c.n1, c.x2 / c.n2);
            return IMR_OK;
        case IMR_ODDS_RATIO:
            break;
    }
    if (is_exact(job->options.method)) {
        return imr_conditional_estimate(groups, estimate);
    }
    *estimate = quotient(c.x1 * c.y2, c.y1 * c.x2);
    return IMR_OK;
}

/* --- limits --------------------------------------------------------------------------------------- */

static int
limit_of(const job_t *job, const imr_two_groups_t *groups, int upper, double *limit)
{
    imr_two_groups_t swapped = imr_two_groups_swapped(groups);
    double z = upper ? -job->z : job->z;
    int ret;

    switch (job->options.method) {
        case IMR_CONTRAST_MIETTINEN_NURMINEN:
        case IMR_CONTRAST_MEE:
        case IMR_CONTRAST_KOOPMAN:
        case IMR_CONTRAST_MIETTINEN_NURMINEN_1985:
        case IMR_CONTRAST_SCAS:
            return imr_contrast_score_limit(
                job->options.measure, job->options.method, groups, z, limit);
        case IMR_CONTRAST_CHAN_ZHANG:
            ret = imr_unconditional_limit(upper ? &swapped : groups, job->tail, limit);
            *limit = upper ? -*limit : *limit;
            return ret;
        case IMR_CONTRAST_CONDITIONAL:
        case IMR_CONTRAST_CONDITIONAL_MID_P:
        case IMR_CONTRAST_CONDITIONAL_MINLIKE:
        case IMR_CONTRAST_CONDITIONAL_BLAKER:
            return imr_conditional_limit(
                rule_of(job->options.method), groups, upper, job->tail, limit);
        default:
            *limit = imr_contrast_formula_limit(job->options.method, groups, z);
            return IMR_OK;
    }
}

static int
limits_of(const job_t *job, const imr_two_groups_t *groups, answer_t *answer)
{
    int ret = IMR_OK;

    if (job->options.alternative != IMR_LESS) {
        ret = limit_of(job, groups, 0, &answer->low);
    }
    if (ret == IMR_OK && job->options.alternative != IMR_GREATER) {
        ret = limit_of(job, groups, 1, &answer->high);
    }
    if (answer->low > answer->high) { /* by rounding alone, at levels near 0 */
        answer->low = answer->high;
    }
    return ret;
}

/* --- tests ------------------------------------------------------------------------------------ */

static int
normal_pvalue(imr_alternative_t alternative, double z, double *pvalue)
{
    int ret;

    switch (alternative) {
        case IMR_GREATER:
            return imr_normal_cdf_upper(z, pvalue);
        case IMR_LESS:
            return imr_normal_cdf(z, pvalue);
        case IMR_TWO_SIDED:
            break;
    }
    ret = imr_normal_cdf_upper(fabs(z), pvalue);
    *pvalue *= 2;
    return ret;
}

static int
unconditional_pvalue(
    const imr_two_groups_t *groups, double margin, imr_alternative_t alternative, double *pvalue)
{
    imr_two_groups_t swapped = imr_two_groups_swapped(groups);
    double greater = 1, less = 1;
    int ret = IMR_OK;

    if (alternative != IMR_LESS) {
        ret = imr_unconditional_pvalue(groups, margin, &greater);
    }
    if (ret == IMR_OK && alternative != IMR_GREATER) {
        ret = imr_unconditional_pvalue(&swapped, -margin, &less);
    }
    *pvalue = fmin(1, (alternative == IMR_TWO_SIDED ? 2 : 1) * fmin(greater, less));
    return ret;
}

static int
test_of(const job_t *job, const imr_two_groups_t *groups, double margin, answer_t *answer)
{
    const imr_contrast_options_t *options = &job->options;
    int ret;

    switch (options->method) {
        case IMR_CONTRAST_CONDITIONAL:
        case IMR_CONTRAST_CONDITIONAL_MID_P:
        case IMR_CONTRAST_CONDITIONAL_MINLIKE:
        case IMR_CONTRAST_CONDITIONAL_BLAKER:
            answer->statistic = (double) groups->x1;
            answer->pvalue = imr_conditional_pvalue(
                rule_of(options->method), groups, margin, options->alternative);
            return IMR_OK;
        case IMR_CONTRAST_MIETTINEN_NURMINEN:
        case IMR_CONTRAST_MEE:
        case IMR_CONTRAST_KOOPMAN:
        case IMR_CONTRAST_MIETTINEN_NURMINEN_1985:
        case IMR_CONTRAST_SCAS:
        case IMR_CONTRAST_CHAN_ZHANG:
            ret = imr_contrast_score_statistic(options->measure,
                is_exact(options->method) ? IMR_CONTRAST_MEE : options->method, groups, margin,
                &answer->statistic);
            break;
        default:
            answer->statistic = imr_contrast_formula_statistic(options->method, groups, margin);
            ret = IMR_OK;
            break;
    }
    if (ret == IMR_OK && options->method == IMR_CONTRAST_CHAN_ZHANG) {
        return unconditional_pvalue(groups, margin, options->alternative, &answer->pvalue);
    }
    return ret == IMR_OK ? normal_pvalue(options->alternative, answer->statistic, &answer->pvalue)
                         : ret;
}

/* --- many rows -------------------------------------------------------------------------------- */

static int
answer_of(const job_t *job, const imr_two_groups_t *groups, double margin, answer_t *answer)
{
    int is_difference = job->options.measure == IMR_DIFFERENCE;
    int ret;

    *answer = (answer_t) { NAN, is_difference ? -1 : 0, is_difference ? 1 : INFINITY, NAN, 1 };
    if (groups->n1 == 0 || groups->n2 == 0) {
        return IMR_OK;
    }
    ret = estimate_of(job, groups, &answer->estimate);
    if (ret == IMR_OK) {
        ret = limits_of(job, groups, answer);
    }
    return ret == IMR_OK ? test_of(job, groups, margin, answer) : ret;
}

static int
job_init(job_t *job, const imr_contrast_options_t *options, imr_fault_t *fault)
{
    int ret;

    if (!imr_contrast_is_defined(options->method, options->measure)) {
        return imr_fault(fault, IMR_ERR_MEASURE, "method", -1, NAN);
    }
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (options->alternative != IMR_TWO_SIDED
        && (options->method == IMR_CONTRAST_CONDITIONAL_MINLIKE
            || options->method == IMR_CONTRAST_CONDITIONAL_BLAKER)) {
        return imr_fault(fault, IMR_ERR_CONDITIONAL_ONE_SIDED, "alternative", -1, NAN);
    }
    job->tail =
        options->alternative == IMR_TWO_SIDED ? (1 - options->level) / 2 : 1 - options->level;
    ret = imr_quantile_normal(job->tail, &job->z);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "level", -1, options->level);
    }
    job->z = -job->z;
    return IMR_OK;
}

static int
check_margin(imr_contrast_measure_t measure, double margin, size_t row, imr_fault_t *fault)
{
    if (measure == IMR_DIFFERENCE && !(margin > -1 && margin < 1)) {
        return imr_fault(fault, IMR_ERR_DIFFERENCE_MARGIN, "margin", (int64_t) row, margin);
    }
    if (measure != IMR_DIFFERENCE && !(margin >= 1e-9 && margin <= 1e9)) {
        return imr_fault(fault, IMR_ERR_RATIO_MARGIN, "margin", (int64_t) row, margin);
    }
    return IMR_OK;
}

static int64_t
most_patients(imr_contrast_method_t method)
{
    if (method == IMR_CONTRAST_CHAN_ZHANG) {
        return IMR_UNCONDITIONAL_MOST_PATIENTS;
    }
    return is_exact(method) ? IMR_CONDITIONAL_MOST_PATIENTS : INT64_MAX;
}

int
imr_contrast(const imr_two_groups_rows_t *rows, const double *margin, size_t margin_step,
    size_t begin, size_t end, const imr_contrast_options_t *options,
    const imr_contrast_columns_t *columns, imr_fault_t *fault)
{
    imr_two_groups_t groups;
    answer_t answer;
    job_t job = { .options = *options };
    int ret = job_init(&job, options, fault);

    if (ret != IMR_OK) {
        return ret;
    }
    for (size_t i = begin; i < end; i++) {
        double against = margin[i * margin_step];

        ret = imr_two_groups_read(rows, i, &groups, fault);
        if (ret != IMR_OK) {
            return ret;
        }
        ret = imr_two_groups_check_size(&groups, most_patients(options->method), i, fault);
        if (ret != IMR_OK) {
            return ret;
        }
        ret = check_margin(options->measure, against, i, fault);
        if (ret != IMR_OK) {
            return ret;
        }
        ret = answer_of(&job, &groups, against, &answer);
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "x1", (int64_t) i, (double) groups.x1);
        }
        columns->estimate[i] = answer.estimate;
        columns->low[i] = answer.low;
        columns->high[i] = answer.high;
        columns->statistic[i] = answer.statistic;
        columns->pvalue[i] = answer.pvalue;
    }
    return IMR_OK;
}
