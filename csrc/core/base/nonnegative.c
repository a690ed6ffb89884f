#include "base/nonnegative.h"

#include <math.h>

/* A pivot this small in proportion is of numbers that depend on each other. */
#define LEAST_PIVOT 1e-13

/* Solves the equations of the passive numbers, and takes out one that depends on others. Returns 0 if
 * it did that. */
static int
solve_passive(imr_nonnegative_t *self)
{
    size_t count = self->count;
    const double *h = self->matrix;
    double *l = self->factor, *z = self->solution;

    for (size_t j = 0; j < count; j++) {
        double *row = l + j * count;

        z[j] = 0;
        if (!self->passive[j]) {
            continue;
        }
        for (size_t i = 0; i <= j; i++) {
            const double *other = l + i * count;
            double sum = h[i * count + j];

            if (!self->passive[i]) {
                row[i] = 0;
                continue;
            }
            for (size_t k = 0; k < i; k++) {
                sum -= row[k] * other[k];
            }
            if (i < j) {
                row[i] = sum / other[i];
            } else if (sum > LEAST_PIVOT * h[j * count + j]) {
                row[j] = sqrt(sum);
            } else {
                self->passive[j] = 0;
                self->x[j] = 0;
                return 0;
            }
        }
        z[j] = self->wanted[j];
        for (size_t k = 0; k < j; k++) {
            z[j] -= row[k] * z[k];
        }
        z[j] /= row[j];
    }
    for (size_t j = count; j-- > 0;) {
        if (self->passive[j]) {
            z[j] /= l[j * count + j];
            for (size_t k = 0; k < j; k++) {
                z[k] -= l[j * count + k] * z[j];
            }
        }
    }
    return 1;
}

/* The maximum of the passive numbers from x on; those that would become negative are taken out. */
static void
maximise_passive(imr_nonnegative_t *self, int bold)
{
    double *x = self->x;

    for (int negative = 1; negative;) {
        double part = 1;

        if (!solve_passive(self)) {
            continue;
        }
        negative = 0;
        for (size_t j = 0; j < self->count; j++) {
            if (self->passive[j] && !(self->solution[j] > 0)) {
                negative = 1;
                part = fmin(part, x[j] / (x[j] - self->solution[j]));
            }
        }
        part = bold ? 1 : part;
        for (size_t j = 0; j < self->count; j++) {
            double z = self->solution[j];
            int is_out =
                self->passive[j] && !(z > 0) && (bold || x[j] <= 0 || x[j] / (x[j] - z) <= part);

            x[j] = is_out || !self->passive[j] ? 0 : x[j] + part * (z - x[j]);
            if (is_out) {
                self->passive[j] = 0;
            }
        }
    }
}

/* The number taken out along which the quadratic rises most at x; count if it rises along none. */
static size_t
find_missed(const imr_nonnegative_t *self, double least_rise)
{
    size_t count = self->count, best = count;
    double most = least_rise;

    for (size_t j = 0; j < count; j++) {
        double rise = self->wanted[j];

        for (size_t k = 0; k < count && !self->passive[j]; k++) {
            rise -= self->matrix[j < k ? j * count + k : k * count + j] * self->x[k];
        }
        if (!self->passive[j] && rise > most) {
            most = rise;
            best = j;
        }
    }
    return best;
}

void
imr_nonnegative_maximise(imr_nonnegative_t *self, double least_rise, int bold)
{
    for (size_t j = 0; j < self->count; j++) {
        self->passive[j] = 1;
    }
    maximise_passive(self, bold);
    for (size_t round = 0; round < 3 * self->count; round++) {
        size_t missed = find_missed(self, least_rise);

        if (missed == self->count) {
            break;
        }
        self->passive[missed] = 1;
        maximise_passive(self, 0);
    }
}
