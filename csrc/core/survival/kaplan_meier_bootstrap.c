#include "survival/kaplan_meier_bootstrap.h"

#include "base/mem.h"
#include "base/order.h"
#include "base/resample.h"
#include "survival/kaplan_meier_quantile.h"

/* --- the data in order ------------------------------------------------------------------------ */

/* Packed keys in order: which of them begin a distinct time, and the values these take. */
static int
merge(const imr_time_range_t *range, const uint64_t *keys, size_t n, double **representative)
{
    double *distinct = imr_malloc(n, sizeof(*distinct));
    size_t rows = 0;

    *representative = distinct;
    if (distinct == NULL) {
        return IMR_ERR_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || keys[i] >> 1 != keys[i - 1] >> 1) {
            distinct[rows++] = imr_packed_time(range, keys[i], 1);
        }
    }
    (void) imr_merge_ties(distinct, rows, distinct);
    return IMR_OK;
}

/* Rows out of keys in order; representative[j] is the value of the j-th distinct time. */
static int
fill_rows(imr_kaplan_meier_bootstrap_t *self, const uint64_t *keys, const double *representative)
{
    size_t distinct = 0, row = 0, n = self->n;
    char *block;

    self->rows = 1;
    for (size_t i = 1; i < n; i++) {
        if (keys[i] >> 1 != keys[i - 1] >> 1) {
            distinct++;
            self->rows += representative[distinct] > representative[distinct - 1];
        }
    }
    block = imr_malloc(self->rows + 1, sizeof(double) + 2 * sizeof(uint32_t));
    if (block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->time = (double *) (void *) block;
    self->first = (uint32_t *) (void *) (self->time + self->rows + 1);
    self->censored_from = self->first + self->rows + 1;
    self->time[0] = representative[0];
    self->first[0] = self->censored_from[0] = 0;
    distinct = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && keys[i] >> 1 != keys[i - 1] >> 1
            && representative[++distinct] > self->time[row]) {
            self->time[++row] = representative[distinct];
            self->first[row] = self->censored_from[row] = (uint32_t) i;
        }
        self->censored_from[row] += 1 - (uint32_t) (keys[i] & 1);
    }
    self->first[self->rows] = (uint32_t) n;
    return IMR_OK;
}

int
imr_kaplan_meier_bootstrap_init(imr_kaplan_meier_bootstrap_t *self, const double *time,
    const uint8_t *event, size_t n, imr_fault_t *fault)
{
    uint64_t *keys = NULL, *sorted;
    double *representative = NULL;
    imr_time_range_t range;
    int ret;

    *self = (imr_kaplan_meier_bootstrap_t) { .n = n };
    if (n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "time", -1, NAN);
    }
    if (n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "time", -1, (double) n);
    }
    keys = imr_malloc(n, 2 * sizeof(*keys));
    if (keys == NULL) {
        ret = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    ret = imr_read_times(time, n, "time", keys, &range, fault);
    if (ret != IMR_OK) {
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        if (event[i] > 1) {
            ret = imr_fault(fault, IMR_ERR_EVENT, "event", (int64_t) i, event[i]);
            goto out;
        }
        keys[i] = imr_pack_key(&range, keys[i], 1 - event[i], 1);
    }
    sorted = imr_sort_keys(keys, keys + n, n);
    if (merge(&range, sorted, n, &representative) != IMR_OK
        || fill_rows(self, sorted, representative) != IMR_OK) {
        ret = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
out:
    imr_free(keys);
    imr_free(representative);
    if (ret != IMR_OK) {
        *self = (imr_kaplan_meier_bootstrap_t) { .n = 0 };
    }
    return ret;
}

void
imr_kaplan_meier_bootstrap_free(imr_kaplan_meier_bootstrap_t *self)
{
    imr_free(self->time);
    *self = (imr_kaplan_meier_bootstrap_t) { .n = 0 };
}

/* --- replicates ------------------------------------------------------------------------------- */

/* S stays at the fraction after `row`: where does it fall, or the replicate end? */
static double
end_of_stretch(const imr_kaplan_meier_bootstrap_t *self, const uint32_t *count, size_t row)
{
    double last = self->time[row];

    for (row++; row < self->rows; row++) {
        for (uint32_t i = self->first[row]; i < self->first[row + 1]; i++) {
            if (count[i] > 0) {
                last = self->time[row];
                if (i < self->censored_from[row]) {
                    return last;
                }
            }
        }
    }
    return last;
}

/* The quantile of a sample that holds patient i count[i] times, n patients in all. */
static double
quantile_of(const imr_kaplan_meier_bootstrap_t *self, const uint32_t *count, double fraction)
{
    const uint32_t *first = self->first, *censored_from = self->censored_from;
    uint32_t at_risk = (uint32_t) self->n, i = 0;
    double survival = 1;

    for (size_t row = 0; row < self->rows; row++) {
        uint32_t events = 0, censored = 0;

        for (; i < censored_from[row]; i++) {
            events += count[i];
        }
        for (; i < first[row + 1]; i++) {
            censored += count[i];
        }
        /* no branch on events > 0, which is as good as random; nobody at risk has no event */
        at_risk += at_risk == 0;
        survival *= (double) (at_risk - events) / (double) at_risk;
        if (imr_quantile_reached(survival, fraction)) {
            return imr_quantile_is_flat(survival, fraction)
                ? imr_quantile_middle(self->time[row], end_of_stretch(self, count, row))
                : self->time[row];
        }
        at_risk -= events + censored;
    }
    return INFINITY;
}

static int
check_p(double p, imr_fault_t *fault)
{
    return p > 0 && p < 1 ? IMR_OK : imr_fault(fault, IMR_ERR_PROBABILITY, "p", -1, p);
}

int
imr_kaplan_meier_bootstrap_estimate(
    const imr_kaplan_meier_bootstrap_t *self, double p, double *quantile, imr_fault_t *fault)
{
    uint32_t *count;
    int ret = check_p(p, fault);

    if (ret != IMR_OK) {
        return ret;
    }
    count = imr_malloc(self->n, sizeof(*count));
    if (count == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < self->n; i++) {
        count[i] = 1;
    }
    *quantile = quantile_of(self, count, 1 - p);
    imr_free(count);
    return IMR_OK;
}

int
imr_kaplan_meier_bootstrap_replicates(const imr_kaplan_meier_bootstrap_t *self, double p,
    const uint64_t key[2], uint32_t begin, uint32_t end, double *quantile, imr_fault_t *fault)
{
    uint32_t *count;
    int ret = check_p(p, fault);

    if (ret != IMR_OK) {
        return ret;
    }
    count = imr_malloc(self->n, sizeof(*count));
    if (count == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (uint32_t i = begin; i < end; i++) {
        imr_rng_t rng;

        imr_rng_init(&rng, key, i);
        imr_resample_counts(&rng, self->n, count);
        quantile[i - begin] = quantile_of(self, count, 1 - p);
    }
    imr_free(count);
    return IMR_OK;
}
