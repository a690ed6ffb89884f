#include "response/stratified_test.h"

#include <math.h>

#include "base/distribution.h"
#include "response/stratified_conditional.h"

static int
cochran_mantel_haenszel(const imr_strata_t *strata, int corrected, imr_alternative_t alternative,
    double *statistic, double *pvalue)
{
    double excess = 0, variance = 0, z;

    for (size_t k = 0; k < strata->strata; k++) {
        double n1 = (double) strata->n1[k], n2 = (double) strata->n2[k], n = n1 + n2;
        double events = (double) strata->x1[k] + (double) strata->x2[k];

        if (n1 > 0 && n2 > 0) {
            excess += ((double) strata->x1[k] * n2 - (double) strata->x2[k] * n1) / n;
            variance += n1 / n * (n2 / n) * events * ((n - events) / (n - 1));
        }
    }
    *statistic = *pvalue = NAN;
    if (!(variance > 0)) {
        return IMR_OK;
    }
    /* an excess of one half must not miss its correction by the rounding of the sum */
    if (corrected && fabs(excess) > 0.5 - 1e-9) {
        excess = copysign(fmax(0, fabs(excess) - 0.5), excess);
    }
    z = excess / sqrt(variance);
    *statistic = z * z;
    switch (alternative) {
        case IMR_GREATER:
            return imr_normal_cdf_upper(z, pvalue);
        case IMR_LESS:
            return imr_normal_cdf(z, pvalue);
        case IMR_TWO_SIDED:
            break;
    }
    return imr_chi_squared_cdf_upper(*statistic, 1, pvalue);
}

static int
conditional_test(const imr_strata_t *strata, imr_stratified_test_method_t method,
    imr_alternative_t alternative, double *statistic, double *pvalue, imr_fault_t *fault)
{
    imr_stratified_conditional_t conditional;
    double lower, upper, minlike;
    int ret = imr_stratified_conditional_init(&conditional, strata, fault);

    if (ret != IMR_OK) {
        return ret;
    }
    imr_stratified_conditional_tails(&conditional, &lower, &upper, &minlike);
    imr_stratified_conditional_free(&conditional);
    *statistic = 0;
    for (size_t k = 0; k < strata->strata; k++) {
        *statistic += (double) strata->x1[k];
    }
    switch (alternative) {
        case IMR_GREATER:
            *pvalue = upper;
            break;
        case IMR_LESS:
            *pvalue = lower;
            break;
        case IMR_TWO_SIDED:
            *pvalue =
                method == IMR_STRATIFIED_TEST_MINLIKE ? minlike : fmin(1, 2 * fmin(lower, upper));
            break;
    }
    return IMR_OK;
}

int
imr_stratified_test(const imr_strata_t *strata, imr_stratified_test_method_t method,
    imr_alternative_t alternative, double *statistic, double *pvalue, imr_fault_t *fault)
{
    int ret = imr_strata_check(strata, fault);

    if (ret != IMR_OK) {
        return ret;
    }
    if (method == IMR_STRATIFIED_TEST_MINLIKE || method == IMR_STRATIFIED_TEST_CENTRAL) {
        return conditional_test(strata, method, alternative, statistic, pvalue, fault);
    }
    ret = cochran_mantel_haenszel(
        strata, method == IMR_STRATIFIED_TEST_CMH_CC, alternative, statistic, pvalue);
    return ret == IMR_OK ? ret : imr_fault(fault, ret, "x1", -1, NAN);
}

/* The x1 that has the odds ratio within the margins: the root of
 * x (n2 - events + x) = odds (n1 - x) (events - x), without cancellation. */
static double
fitted(double n1, double n2, double events, double odds)
{
    double b = n2 - events + odds * (n1 + events), c = odds * n1 * events, root;

    if (odds == 1) {
        return n1 * events / (n1 + n2);
    }
    root = sqrt(fmax(0, b * b + 4 * (1 - odds) * c));
    return b >= 0 ? 2 * c / (b + root) : (root - b) / (2 * (1 - odds));
}

int
imr_homogeneity_test(const imr_strata_t *strata, imr_homogeneity_method_t method, double *statistic,
    int64_t *df, double *pvalue, imr_fault_t *fault)
{
    imr_stratified_options_t options = { IMR_STRATIFIED_ODDS_RATIO, IMR_STRATIFIED_MANTEL_HAENSZEL,
        0.5 };
    imr_stratified_t common;
    double chi_square = 0, excess = 0, total = 0;
    int64_t telling = 0;
    int ret = imr_stratified(strata, &options, &common, fault);

    if (ret != IMR_OK) {
        return ret;
    }
    for (size_t k = 0; k < strata->strata; k++) {
        double n1 = (double) strata->n1[k], n2 = (double) strata->n2[k];
        double events = (double) strata->x1[k] + (double) strata->x2[k], x, variance;

        if (n1 == 0 || n2 == 0 || events == 0 || events == n1 + n2) {
            continue;
        }
        telling++;
        /* at 0 and infinity every table lies where the fit puts it */
        if (common.estimate > 0 && common.estimate < INFINITY) {
            x = fitted(n1, n2, events, common.estimate);
            variance = 1 / (1 / x + 1 / (n1 - x) + 1 / (events - x) + 1 / (n2 - events + x));
            x = (double) strata->x1[k] - x;
            chi_square += x * x / variance;
            excess += x;
            total += variance;
        }
    }
    *statistic = *pvalue = NAN;
    *df = 0;
    if (telling < 2) {
        return IMR_OK;
    }
    if (method == IMR_HOMOGENEITY_TARONE && total > 0) {
        chi_square = fmax(0, chi_square - excess * excess / total);
    }
    *statistic = chi_square;
    *df = telling - 1;
    ret = imr_chi_squared_cdf_upper(chi_square, (double) *df, pvalue);
    return ret == IMR_OK ? ret : imr_fault(fault, ret, "x1", -1, NAN);
}
