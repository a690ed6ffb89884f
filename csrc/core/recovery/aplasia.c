#include "recovery/aplasia.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

static int
check_row(double onset_left, double onset_right, double recovery_left, double recovery_right,
    int64_t row, imr_fault_t *fault)
{
    if (!isfinite(onset_left)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "onset_left", row, onset_left);
    }
    if (!isfinite(onset_right)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "onset_right", row, onset_right);
    }
    if (onset_left > onset_right) {
        return imr_fault(fault, IMR_ERR_LEFT_AFTER_RIGHT, "onset_left", row, onset_left);
    }
    if (!isfinite(recovery_left)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "recovery_left", row, recovery_left);
    }
    if (isnan(recovery_right)) {
        return imr_fault(fault, IMR_ERR_RIGHT_MISSING, "recovery_right", row, recovery_right);
    }
    if (recovery_left > recovery_right) {
        return imr_fault(fault, IMR_ERR_LEFT_AFTER_RIGHT, "recovery_left", row, recovery_left);
    }
    if (recovery_left < onset_right) {
        return imr_fault(fault, IMR_ERR_RECOVERY_BEFORE_ONSET, "recovery_left", row, recovery_left);
    }
    if (recovery_right == onset_left) {
        return imr_fault(fault, IMR_ERR_NO_DURATION, "recovery_right", row, recovery_right);
    }
    return IMR_OK;
}

int
imr_aplasia_rows_init(imr_aplasia_rows_t *self, const double *onset_left, const double *onset_right,
    const double *recovery_left, const double *recovery_right, const double *covariate, size_t p,
    size_t n, const int64_t *group, int64_t code, imr_fault_t *fault)
{
    int status = IMR_OK;

    memset(self, 0, sizeof(*self));
    if (p > IMR_APLASIA_MOST_COVARIATES) {
        return imr_fault(fault, IMR_ERR_APLASIA_COVARIATES, "X", -1, (double) p);
    }
    self->block = imr_malloc(n > 0 ? n : 1, (4 + p) * sizeof(double));
    if (self->block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->p = p;
    self->onset_left = self->block;
    self->onset_right = self->onset_left + n;
    self->recovery_left = self->onset_right + n;
    self->recovery_right = self->recovery_left + n;
    self->covariate = self->recovery_right + n;
    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        double a = onset_left[i], b = onset_right[i], c = recovery_left[i], d = recovery_right[i];
        size_t k = self->n;

        status = check_row(a, b, c, d, (int64_t) i, fault);
        for (size_t j = 0; j < p && status == IMR_OK; j++) {
            double x = covariate[i * p + j];

            self->covariate[k * p + j] = x;
            if (!isfinite(x)) {
                status = imr_fault(fault, IMR_ERR_NONFINITE, "X", (int64_t) i, x);
            }
        }
        if (status != IMR_OK || (group != NULL && group[i] != code)) {
            continue;
        }
        self->onset_left[k] = a;
        self->onset_right[k] = b;
        self->recovery_left[k] = c;
        self->recovery_right[k] = d;
        self->recovered += isfinite(d) != 0;
        self->n++;
    }
    if (status == IMR_OK && self->n == 0) {
        status = imr_fault(fault, IMR_ERR_NO_PATIENT, "onset_left", -1, NAN);
    }
    if (status != IMR_OK) {
        imr_aplasia_rows_free(self);
    }
    return status;
}

void
imr_aplasia_rows_free(imr_aplasia_rows_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
