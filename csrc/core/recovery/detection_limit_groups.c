#include "recovery/detection_limit_groups.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "recovery/detection_limit_curve.h"
#include "recovery/tobit.h"

/* --- rows -------------------------------------------------------------------------------------- */

int
imr_detection_groups_init(imr_detection_groups_t *self, const double *value, const uint8_t *below,
    const uint8_t *above, const int64_t *group, size_t n, size_t groups,
    imr_detection_distribution_t distribution, imr_fault_t *fault)
{
    size_t members[IMR_LOGRANK_MOST_GROUPS] = { 0 };
    uint8_t *codes;
    int ret;

    memset(self, 0, sizeof(*self));
    if (groups < 2) {
        return imr_fault(fault, IMR_ERR_ONE_GROUP, "group", -1, NAN);
    }
    if (groups > IMR_LOGRANK_MOST_GROUPS) {
        return imr_fault(fault, IMR_ERR_MANY_GROUPS, "group", -1, NAN);
    }
    ret =
        imr_detection_rows_init(&self->rows, value, below, above, NULL, 0, n, distribution, fault);
    if (ret != IMR_OK) {
        return ret;
    }
    self->block = imr_malloc(n, sizeof(double) + 2);
    if (self->block == NULL) {
        ret = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    self->time = self->block;
    self->data.n = n;
    self->data.groups = groups;
    codes = (uint8_t *) (self->time + n);
    self->data.time = self->time;
    self->data.group = codes;
    self->data.event = codes + n;
    for (size_t i = 0; i < n; i++) {
        if (group[i] < 0 || (uint64_t) group[i] >= groups) {
            ret = imr_fault(fault, IMR_ERR_CODE, "group", (int64_t) i, (double) group[i]);
            goto out;
        }
        codes[i] = (uint8_t) group[i];
        members[group[i]]++;
    }
    for (size_t g = 0; g < groups; g++) {
        if (members[g] == 0) {
            ret = imr_fault(fault, IMR_ERR_ONE_GROUP, "group", -1, NAN);
            goto out;
        }
    }
out:
    if (ret != IMR_OK) {
        imr_detection_groups_free(self);
    }
    return ret;
}

void
imr_detection_groups_free(imr_detection_groups_t *self)
{
    imr_detection_rows_free(&self->rows);
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

int
imr_detection_groups_flip(imr_detection_groups_t *self, imr_fault_t *fault)
{
    size_t m;
    int curved = 0, ret;
    double *value = imr_malloc(self->data.n, sizeof(*value));
    uint8_t *event = (uint8_t *) (self->time + self->data.n) + self->data.n;

    if (value == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    ret = imr_detection_flip(&self->rows, self->time, event, value, &m, &curved, fault);
    imr_free(value);
    return ret == IMR_OK && !curved ? imr_fault(fault, IMR_ERR_NO_CURVE, "above", -1, NAN) : ret;
}

int
imr_detection_rank_test(const imr_detection_groups_t *self, const imr_logrank_weights_t *weights,
    imr_logrank_test_t *test, imr_fault_t *fault)
{
    imr_logrank_options_t options = { .weights = *weights, .level = 0.95 };
    imr_logrank_t logrank;
    int ret = imr_logrank(&self->data, &options, &logrank, fault);

    if (ret == IMR_OK) {
        *test = logrank.test;
    }
    return ret;
}

/* --- the likelihood ratio test ----------------------------------------------------------------- */

typedef struct {
    const imr_detection_groups_t *groups;
    const double *y;
    uint8_t kept[IMR_LOGRANK_MOST_GROUPS]; /* not altogether below, or above, the limits */
    int64_t below[IMR_LOGRANK_MOST_GROUPS];
    double *low, *high, *columns;
    double highest, critical;
    int status; /* of a fit within a search */
} comparison_t;

static void
count_groups(comparison_t *self)
{
    const imr_detection_rows_t *rows = &self->groups->rows;
    size_t groups = self->groups->data.groups;
    int64_t of_kind[IMR_LOGRANK_MOST_GROUPS][3] = { { 0 } };

    for (size_t i = 0; i < rows->n; i++) {
        of_kind[self->groups->data.group[i]][rows->kind[i]]++;
    }
    for (size_t g = 0; g < groups; g++) {
        self->below[g] = of_kind[g][IMR_BELOW];
        self->kept[g] = of_kind[g][IMR_DETECTED] > 0
            || (of_kind[g][IMR_BELOW] > 0 && of_kind[g][IMR_ABOVE] > 0);
    }
}

/* Fits the kept groups (apart: each its own median), or all of them together, those of group 1 less
 * `shift`. */
static int
fit_groups(comparison_t *self, int apart, double shift, imr_tobit_t *fit, imr_fault_t *fault)
{
    const imr_detection_rows_t *rows = &self->groups->rows;
    size_t groups = self->groups->data.groups, k = 0, n = 0, column[IMR_LOGRANK_MOST_GROUPS];

    for (size_t g = 0; g < groups; g++) {
        column[g] = k; /* the first kept group is that of the intercept */
        k += apart && self->kept[g];
    }
    for (size_t i = 0; i < rows->n; i++) {
        size_t g = self->groups->data.group[i];
        double y = self->y[i] - (g == 1 ? shift : 0);

        if (apart && !self->kept[g]) {
            continue;
        }
        self->low[n] = rows->kind[i] == IMR_BELOW ? -INFINITY : y;
        self->high[n] = rows->kind[i] == IMR_ABOVE ? INFINITY : y;
        for (size_t c = 1; c < k; c++) {
            self->columns[n * (k - 1) + c - 1] = column[g] == c;
        }
        n++;
    }
    return imr_tobit_fit(fit, self->low, self->high, self->columns, n, k > 0 ? k - 1 : 0, fault);
}

/* How much the likelihood ratio statistic of effect = shift exceeds the quantile. */
static double
excess(double shift, const void *context)
{
    comparison_t *self = *(comparison_t *const *) context;
    imr_tobit_t fit;
    double loglik;

    self->status = fit_groups(self, 0, shift, &fit, NULL);
    if (self->status != IMR_OK) {
        return NAN;
    }
    loglik = fit.loglik;
    imr_tobit_free(&fit);
    return 2 * (self->highest - loglik) - self->critical;
}

/* The one limit of an effect that is infinite in the direction of `side`, from which the excess rises. */
static int
limit_of_infinite(comparison_t *self, double side, double sd, double *limit)
{
    double inside = 0, at_start = excess(0, &self), toward = at_start > 0 ? side : -side;

    for (double width = sd; self->status == IMR_OK && width < 1e6 * sd; width *= 1.5) {
        double outside = inside + toward * width, above = excess(outside, &self);

        if (self->status == IMR_OK && (above > 0) != (at_start > 0)) {
            return imr_solve_bracketed(excess, &self, inside, outside, 1e-10 * sd, limit);
        }
        inside = outside;
    }
    return self->status == IMR_OK ? IMR_ERR_NOCONV : self->status;
}

static int
effect_of_two(comparison_t *self, imr_tobit_t *apart, double sd, double level,
    imr_detection_ratio_t *test, imr_fault_t *fault)
{
    double side, pvalue;
    int ret;

    if (self->kept[0] && self->kept[1]) {
        test->effect = apart->coef[1];
        return imr_tobit_profile(apart, 1, level, &test->low, &test->high, &pvalue, fault);
    }
    side = self->kept[0] ? (self->below[1] > 0 ? -1 : 1) : self->below[0] > 0 ? 1 : -1;
    test->effect = test->low = test->high = side * INFINITY;
    ret = limit_of_infinite(self, side, sd, side < 0 ? &test->high : &test->low);
    return ret == IMR_OK ? IMR_OK : imr_fault(fault, ret, "value", -1, NAN);
}

static int
compare(comparison_t *self, double level, imr_detection_ratio_t *test, imr_fault_t *fault)
{
    imr_tobit_t together = { 0 }, apart = { 0 };
    int ret = imr_quantile_chi_squared(level, 1, &self->critical);

    if (ret != IMR_OK) {
        return imr_fault(fault, ret, NULL, -1, NAN);
    }
    ret = fit_groups(self, 0, 0, &together, fault);
    if (ret == IMR_OK) {
        ret = fit_groups(self, 1, 0, &apart, fault);
    }
    if (ret == IMR_OK) {
        self->highest = apart.loglik;
        test->df = (int64_t) self->groups->data.groups - 1;
        test->statistic = fmax(0, 2 * (apart.loglik - together.loglik));
        test->loglik = apart.loglik;
        test->loglik_null = together.loglik;
        ret = imr_chi_squared_cdf_upper(test->statistic, (double) test->df, &test->pvalue);
    }
    if (ret == IMR_OK && test->df == 1) {
        ret = effect_of_two(self, &apart, together.sd, level, test, fault);
    }
    imr_tobit_free(&together);
    imr_tobit_free(&apart);
    return ret;
}

int
imr_detection_ratio_test(const imr_detection_groups_t *self,
    imr_detection_distribution_t distribution, double level, imr_detection_ratio_t *test,
    imr_fault_t *fault)
{
    size_t n = self->data.n, k = self->data.groups - 1;
    int logs = distribution == IMR_DETECTION_LOGNORMAL, ret;
    comparison_t comparison = { .groups = self };
    double *y, of_logs = 0;

    memset(test, 0, sizeof(*test));
    test->effect = test->low = test->high = NAN;
    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    if (self->rows.detected == 0) {
        return imr_fault(fault, IMR_ERR_NOTHING_DETECTED, "value", -1, NAN);
    }
    y = imr_malloc(n, (3 + k) * sizeof(double));
    if (y == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    comparison.y = y;
    comparison.low = y + n;
    comparison.high = y + 2 * n;
    comparison.columns = y + 3 * n;
    for (size_t i = 0; i < n; i++) {
        y[i] = logs ? log(self->rows.value[i]) : self->rows.value[i];
        of_logs += logs && self->rows.kind[i] == IMR_DETECTED ? y[i] : 0;
    }
    count_groups(&comparison);
    ret = compare(&comparison, level, test, fault);
    test->loglik -= of_logs;
    test->loglik_null -= of_logs;
    if (logs) {
        test->effect = exp(test->effect);
        test->low = exp(test->low);
        test->high = exp(test->high);
    }
    imr_free(y);
    return ret;
}
