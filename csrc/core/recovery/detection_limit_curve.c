#include "recovery/detection_limit_curve.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "survival/kaplan_meier.h"
#include "survival/kaplan_meier_curve.h"
#include "survival/kaplan_meier_quantile.h"

int
imr_detection_flip(const imr_detection_rows_t *rows, double *time, uint8_t *event, double *value,
    size_t *m, int *curved, imr_fault_t *fault)
{
    size_t n = rows->n, distinct = 0;
    double least_above = INFINITY, most = -INFINITY;
    uint32_t *order = imr_malloc(n, sizeof(*order));
    int ret = IMR_ERR_NOMEM;

    if (order == NULL) {
        imr_fault(fault, ret, NULL, -1, NAN);
        goto out;
    }
    ret = imr_order(rows->value, n, "value", order, fault);
    if (ret != IMR_OK) {
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        if (rows->kind[i] == IMR_ABOVE) {
            least_above = fmin(least_above, rows->value[i]);
        } else {
            most = fmax(most, rows->value[i]);
        }
    }
    *curved = most <= least_above;
    if (rows->above > 0) {
        value[distinct++] = least_above;
    }
    for (size_t k = n; k-- > 0;) {
        size_t i = order[k];

        if (rows->kind[i] == IMR_ABOVE) {
            time[i] = 0;
            event[i] = 1;
            continue;
        }
        if (distinct == (rows->above > 0) || rows->value[i] != value[distinct - 1]) {
            value[distinct++] = rows->value[i];
        }
        time[i] = (double) (distinct - 1);
        event[i] = rows->kind[i] == IMR_DETECTED;
    }
    *m = distinct;
out:
    imr_free(order);
    return ret;
}

static void
copy_curve(imr_detection_curve_t *self, const imr_kaplan_meier_t *km)
{
    size_t n = km->n;

    self->n = n;
    self->start_low = km->start_low;
    memcpy(self->estimate, km->estimate, n * sizeof(double));
    memcpy(self->low, km->low, n * sizeof(double));
    memcpy(self->high, km->high, n * sizeof(double));
    memcpy(self->at_or_below, km->at_risk, n * sizeof(int64_t));
    memcpy(self->detected, km->events, n * sizeof(int64_t));
    memcpy(self->censored, km->censored, n * sizeof(int64_t));
}

int
imr_detection_curve(
    imr_detection_curve_t *self, const imr_detection_rows_t *rows, double level, imr_fault_t *fault)
{
    imr_kaplan_meier_options_t options = {
        .interval = IMR_KM_BETA_PRODUCT, .level = level, .start_time = NAN
    };
    imr_kaplan_meier_data_t data = { .n = rows->n };
    imr_kaplan_meier_t km = { 0 };
    imr_kaplan_meier_beta_t state;
    size_t m = 0;
    int curved = 0, ret;
    double *time = imr_malloc(rows->n, sizeof(double) + 1);
    uint8_t *event;

    if (time == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    event = (uint8_t *) (time + rows->n);
    ret = imr_detection_flip(rows, time, event, self->value, &m, &curved, fault);
    if (ret != IMR_OK || !curved) {
        goto out;
    }
    data.time = time;
    data.event = event;
    ret = imr_kaplan_meier(&data, &options, &km, fault);
    if (ret == IMR_OK) {
        ret = imr_kaplan_meier_beta_limits(&km, &options, &state, 0, km.n, fault);
    }
    if (ret == IMR_OK) {
        copy_curve(self, &km);
        self->above = rows->above > 0;
    }
    imr_kaplan_meier_free(&km);
out:
    imr_free(time);
    return ret;
}

/* --- summary ----------------------------------------------------------------------------------- */

/* Where the share below never falls to p, the quantile lies below the least value or limit; where it
 * stays at p down to the last one, below the value at which it comes to p. */
static imr_detection_value_t
quantile_of(const imr_detection_curve_t *curve, double floor, double p)
{
    size_t n = curve->n, reached = 0, fall;
    const double *share = curve->estimate, *value = curve->value;
    imr_detection_value_t answer;

    answer.low = imr_quantile_of_curve(value, curve->high, n, p);
    answer.low = isinf(answer.low) ? floor : answer.low;
    answer.high = imr_quantile_of_curve(value, curve->low, n, p);
    if (curve->start_low <= p || (curve->above && curve->low[0] <= p)) {
        answer.high = INFINITY;
    } else if (isinf(answer.high)) {
        answer.high = value[n - 1];
    }
    while (reached < n && !imr_quantile_reached(share[reached], p)) {
        reached++;
    }
    if (reached == n) {
        answer.left = floor;
        answer.right = value[n - 1];
        return answer;
    }
    answer.left = answer.right = value[reached];
    if (imr_quantile_is_flat(share[reached], p)) {
        fall = reached;
        while (fall < n && !(share[fall] < p - IMR_QUANTILE_TOLERANCE)) {
            fall++;
        }
        if (fall == n) {
            answer.left = floor;
        } else if (!(curve->above && reached == 0)) {
            answer.left = answer.right = imr_quantile_middle(value[fall], value[reached]);
        } else {
            answer.left = value[fall];
        }
    }
    if (curve->above && reached == 0) {
        answer.right = INFINITY;
    }
    return answer;
}

void
imr_detection_curve_summary(imr_detection_limit_t *self, double floor, const double *p, size_t n_p)
{
    const imr_detection_curve_t *curve = &self->curve;
    imr_detection_value_t nothing = { NAN, NAN, NAN, NAN };
    double before = 1, sum = 0, last = curve->value[curve->n - 1];
    double left = curve->estimate[curve->n - 1];

    for (size_t i = 0; i < curve->n; i++) {
        sum += (before - curve->estimate[i]) * curve->value[i];
        before = curve->estimate[i];
    }
    self->sd = nothing;
    self->mean = nothing;
    self->mean.left = left > 0 ? sum + left * floor : sum;
    self->mean.right = curve->above ? INFINITY : sum + left * last;
    for (size_t i = 0; i < n_p; i++) {
        self->quantile[i] = quantile_of(curve, floor, p[i]);
    }
}
