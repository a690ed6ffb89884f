#include "recovery/detection_limit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "recovery/detection_limit_curve.h"
#include "recovery/detection_limit_model.h"
#include "recovery/detection_limit_order.h"

#define LARGEST 1e100

/* --- rows -------------------------------------------------------------------------------------- */

static int
read_value(double value, imr_detection_distribution_t distribution)
{
    if (!isfinite(value)) {
        return IMR_ERR_NONFINITE;
    }
    if (distribution == IMR_DETECTION_NORMAL) {
        return fabs(value) <= LARGEST ? IMR_OK : IMR_ERR_LIMIT_RANGE;
    }
    if (!(value > 0)) {
        return IMR_ERR_VALUE_ZERO;
    }
    return value >= 1 / LARGEST && value <= LARGEST ? IMR_OK : IMR_ERR_LIMIT_RANGE;
}

int
imr_detection_rows_init(imr_detection_rows_t *self, const double *value, const uint8_t *below,
    const uint8_t *above, const int64_t *group, int64_t code, size_t n,
    imr_detection_distribution_t distribution, imr_fault_t *fault)
{
    int ret = IMR_OK;

    memset(self, 0, sizeof(*self));
    self->block = imr_malloc(n, sizeof(double) + 1);
    if (self->block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->value = self->block;
    self->kind = (uint8_t *) (self->value + n);
    for (size_t i = 0; i < n && ret == IMR_OK; i++) {
        double read = value[i];
        int is_below = below != NULL && below[i] != 0, is_above = above != NULL && above[i] != 0;

        ret = read_value(read, distribution);
        if (ret != IMR_OK) {
            imr_fault(fault, ret, "value", (int64_t) i, read);
        } else if (is_below && is_above) {
            ret = imr_fault(fault, IMR_ERR_BELOW_AND_ABOVE, "above", (int64_t) i, 1);
        } else if (group == NULL || group[i] == code) {
            self->value[self->n] = read;
            self->kind[self->n++] = is_below ? IMR_BELOW : is_above ? IMR_ABOVE : IMR_DETECTED;
            self->below += is_below;
            self->above += is_above;
        }
    }
    self->detected = (int64_t) self->n - self->below - self->above;
    if (ret == IMR_OK && self->n == 0) {
        ret = imr_fault(fault, IMR_ERR_NO_ROWS, "value", -1, NAN);
    }
    if (ret != IMR_OK) {
        imr_detection_rows_free(self);
    }
    return ret;
}

void
imr_detection_rows_free(imr_detection_rows_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- one sample -------------------------------------------------------------------------------- */

static int
allocate(imr_detection_limit_t *self, size_t n, size_t n_p)
{
    imr_detection_curve_t *curve = &self->curve;

    self->block = imr_malloc(7 * n + 4 * n_p, sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->quantile = self->block;
    curve->value = (double *) (self->quantile + n_p);
    curve->estimate = curve->value + n;
    curve->low = curve->estimate + n;
    curve->high = curve->low + n;
    curve->at_or_below = (int64_t *) (curve->high + n);
    curve->detected = curve->at_or_below + n;
    curve->censored = curve->detected + n;
    return IMR_OK;
}

int
imr_detection_limit(imr_detection_limit_t *self, const imr_detection_rows_t *rows,
    const imr_detection_options_t *options, const double *p, size_t n_p, imr_fault_t *fault)
{
    double floor = options->distribution == IMR_DETECTION_NORMAL ? -INFINITY : 0;
    int ret;

    memset(self, 0, sizeof(*self));
    self->parameter[0] = self->parameter[1] = self->loglik = self->score_norm = NAN;
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    for (size_t i = 0; i < n_p; i++) {
        if (!(p[i] > 0 && p[i] < 1)) {
            return imr_fault(fault, IMR_ERR_PROBABILITY, "p", (int64_t) i, p[i]);
        }
    }
    ret = allocate(self, rows->n, n_p);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, NULL, -1, NAN);
    }
    ret = imr_detection_curve(&self->curve, rows, options->level, fault);
    if (ret != IMR_OK) {
        goto out;
    }
    switch (options->method) {
        case IMR_DETECTION_KAPLAN_MEIER:
            ret = self->curve.n > 0 ? IMR_OK : imr_fault(fault, IMR_ERR_NO_CURVE, "above", -1, NAN);
            if (ret == IMR_OK) {
                imr_detection_curve_summary(self, floor, p, n_p);
            }
            break;
        case IMR_DETECTION_ORDER_STATISTICS:
            ret = imr_detection_order(self, rows, options, p, n_p, fault);
            break;
        case IMR_DETECTION_LIKELIHOOD:
        default:
            ret = imr_detection_model(self, rows, options, p, n_p, fault);
            break;
    }
out:
    if (ret != IMR_OK) {
        imr_detection_limit_free(self);
    }
    return ret;
}

void
imr_detection_limit_free(imr_detection_limit_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
