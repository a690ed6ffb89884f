/* What each row has of the hazard: the backward pass of an evaluation. */
#include <math.h>

#include "base/compensated.h"
#include "survival/cox_likelihood.h"
#include "survival/cox_rows.h"

#define BLOCK 256
/* A difference that has shrunk to this part is rounding, or nearly so: of 32 digits, and of the 16 that
 * hazard ratios in units of different levels agree to. */
#define LOST 1e-14
#define LOST_BETWEEN_LEVELS 1e-3

/* Does every set of a stratum have the level of the others? */
static int
is_level(const imr_cox_likelihood_t *self)
{
    for (size_t k = 1; k < self->rows->sets; k++) {
        if (!imr_cox_begins_stratum(self->rows, k) && self->level[k] != self->level[k - 1]) {
            return 0;
        }
    }
    return 1;
}

/* Of row i of set k, the hazard since it entered times its risk, from each set by itself; adds their number. */
static double
since_entry(const imr_cox_likelihood_t *self, size_t i, size_t k, size_t *summed)
{
    const imr_cox_rows_t *rows = self->rows;
    double sum = 0, tied = i < (size_t) rows->first_event[k] ? 0 : self->excess[k];

    for (size_t m = k; m < rows->sets && rows->set_stratum[m] == rows->set_stratum[k]
        && rows->set_time[m] > rows->entry[i];
        m++, tied = 0, ++*summed) {
        sum += (self->hazard[m] - tied) * exp(self->eta[i] - self->level[m]);
    }
    return sum * imr_cox_weight(rows, i);
}

/* The hazard is in units of exp(-level) of the set at hand. What a row does not have of it, since it entered
 * late, is taken off a sum that may be much larger: both carry their rounding errors, and where that is not
 * enough the row's own sets are added. */
int
imr_cox_exposure(imr_cox_likelihood_t *self, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = self->rows;
    size_t width = rows->width;
    imr_sum_t hazard = { 0, 0 }, tied;
    size_t pending = 0; /* rows after the last one of set k that gram has yet to see */
    double lost = is_level(self) ? LOST : LOST_BETWEEN_LEVELS;

    for (size_t k = rows->sets; k-- > 0;) {
        size_t begin = (size_t) rows->begin[k], end = (size_t) rows->end[k], summed = 0;

        if (k + 1 == rows->sets || rows->set_stratum[k] != rows->set_stratum[k + 1]) {
            hazard.high = hazard.low = 0;
        } else if (self->level[k] != self->level[k + 1]) {
            hazard = imr_sum_times(hazard, exp(self->level[k] - self->level[k + 1]));
        }
        tied = imr_sum_add(hazard, self->hazard[k] - self->excess[k]);
        hazard = imr_sum_add(hazard, self->hazard[k]);
        for (int64_t q = rows->leaving == NULL ? 0 : rows->leave_begin[k];
            rows->leaving != NULL && q < rows->leave_end[k]; q++) {
            size_t i = (size_t) rows->leaving[q];
            double risk = exp(self->eta[i] - self->level[k]) * imr_cox_weight(rows, i);
            imr_sum_t missed = imr_sum_times(hazard, risk);

            self->out[i] = missed.high;
            self->out_low[i] = missed.low;
        }
        for (size_t i = begin; i < end; i++) {
            imr_sum_t own = i < (size_t) rows->first_event[k] ? hazard : tied;

            if (rows->leaving == NULL) {
                self->out[i] = self->risk[i] * own.high;
            } else {
                imr_sum_t all = imr_sum_times(own, self->risk[i]);
                double left = (all.high - self->out[i]) + (all.low - self->out_low[i]);

                if (!(left >= lost * all.high)) {
                    left = since_entry(self, i, k, &summed);
                }
                self->out[i] = left;
            }
        }
        pending += end - begin;
        if (summed > 0 && imr_stop_asked(self->stop, 20 * (double) summed)) {
            return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
        if (pending < BLOCK && k > 0 && (size_t) rows->end[k - 1] == begin) {
            continue; /* sets of few rows wait for more */
        }
        for (size_t i = begin; pending > 0;) {
            size_t count = pending < BLOCK ? pending : BLOCK;

            imr_cox_add_gram(self->gram, width, rows->z + i * width, self->out + i, count);
            if (imr_stop_asked(self->stop, (double) (width * width * count) / 2)) {
                return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
            }
            i += count;
            pending -= count;
        }
    }
    return IMR_OK;
}
