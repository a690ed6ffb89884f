/* Any small sample with limits, by every method: estimates between their limits, or a status that the
 * input explains. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

#include "recovery/detection_limit_groups.h"

enum { MOST = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_value(const imr_detection_value_t *value)
{
    if (!(value->left <= value->right)
        || (!isnan(value->low) && !(value->low <= value->right && value->left <= value->high))) {
        abort();
    }
}

static void
check_curve(const imr_detection_curve_t *curve)
{
    for (size_t i = 0; i < curve->n; i++) {
        double before = i == 0 ? 1 : curve->estimate[i - 1];

        if (!(curve->estimate[i] >= 0 && curve->estimate[i] <= before
                && curve->low[i] <= curve->estimate[i] && curve->high[i] >= curve->estimate[i])) {
            abort();
        }
    }
}

static void
check_sample(const imr_detection_rows_t *rows, const imr_detection_options_t *options)
{
    static const double p[] = { 0.1, 0.5, 0.9 };
    imr_detection_limit_t answer;
    imr_fault_t fault;
    int ret = imr_detection_limit(&answer, rows, options, p, 3, &fault);

    if (ret == IMR_ERR_NOCONV || ret == IMR_ERR_NO_SIGN_CHANGE || ret == IMR_ERR_RANGE) {
        abort();
    }
    if (ret != IMR_OK) {
        return;
    }
    check_curve(&answer.curve);
    check_value(&answer.mean);
    for (int i = 0; i < 3; i++) {
        check_value(&answer.quantile[i]);
        if (i > 0 && !(answer.quantile[i].left >= answer.quantile[i - 1].left)) {
            abort();
        }
    }
    if (options->method == IMR_DETECTION_LIKELIHOOD
        && !(answer.score_norm < 1e-6 && isfinite(answer.loglik))) {
        abort();
    }
    imr_detection_limit_free(&answer);
}

static void
check_groups(const double *value, const uint8_t *below, const uint8_t *above, const int64_t *group,
    size_t n, imr_detection_distribution_t distribution)
{
    imr_logrank_weights_t weights = { .kind = IMR_LOGRANK_PETO };
    imr_detection_groups_t groups;
    imr_detection_ratio_t ratio;
    imr_logrank_test_t rank;
    imr_fault_t fault;
    int ret;

    if (imr_detection_groups_init(&groups, value, below, above, group, n, 2, distribution, &fault)
        != IMR_OK) {
        return;
    }
    ret = imr_detection_ratio_test(&groups, distribution, 0.9, &ratio, &fault);
    if (ret == IMR_ERR_NOCONV || ret == IMR_ERR_NO_SIGN_CHANGE
        || (ret == IMR_OK && !(ratio.pvalue >= 0 && ratio.pvalue <= 1))) {
        abort();
    }
    if (ret == IMR_OK && !(ratio.low <= ratio.effect && ratio.effect <= ratio.high)) {
        abort();
    }
    if (imr_detection_groups_flip(&groups, &fault) == IMR_OK
        && imr_detection_rank_test(&groups, &weights, &rank, &fault) == IMR_OK
        && !(rank.pvalue >= 0 && rank.pvalue <= 1)) {
        abort();
    }
    imr_detection_groups_free(&groups);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double value[MOST];
    uint8_t below[MOST], above[MOST];
    int64_t group[MOST];
    imr_detection_options_t options = { .level = 0.9 };
    imr_detection_rows_t rows;
    imr_fault_t fault;
    size_t n;

    if (size < 4) {
        return 0;
    }
    gsl_set_error_handler_off();
    options.method = (imr_detection_method_t) (data[0] % 3);
    options.distribution = (imr_detection_distribution_t) (data[0] / 3 % 3);
    n = (size - 1) / 2 < MOST ? (size - 1) / 2 : MOST;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *row = data + 1 + 2 * i;

        value[i] = options.distribution == IMR_DETECTION_NORMAL
            ? (double) (int8_t) row[0] / 4
            : ldexp(1 + row[0] % 16, row[0] / 16 - 8);
        below[i] = row[1] % 4 == 1;
        above[i] = row[1] % 8 == 2;
        group[i] = row[1] / 8 % 2;
    }
    if (imr_detection_rows_init(
            &rows, value, below, above, NULL, 0, n, options.distribution, &fault)
        != IMR_OK) {
        return 0;
    }
    check_sample(&rows, &options);
    imr_detection_rows_free(&rows);
    if (options.distribution != IMR_DETECTION_GAMMA) {
        check_groups(value, below, above, group, n, options.distribution);
    }
    return 0;
}
