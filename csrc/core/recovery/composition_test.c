#include "recovery/composition_test.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/quantile.h"
#include "base/resample.h"

/* Sums that are equal but for rounding differ by less, in units of what is summed. */
#define SAME 1e-9
/* Steps of a walk after which its sum is taken anew, so that rounding does not gather. */
#define FRESH 4096

/* --- the data ------------------------------------------------------------------------------------ */

static int
allocate(imr_composition_test_t *self, imr_fault_t *fault)
{
    size_t n = self->n, parts = self->parts;
    double *place = imr_calloc(n * parts + n + 12 * parts, sizeof(double));

    if (place == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->block = place;
    self->row = place;
    self->effect = (place += n * parts);
    self->low = (place += parts);
    self->high = (place += parts);
    self->z = (place += parts);
    self->pvalue = (place += parts);
    self->adjusted = (place += parts);
    self->scale = (place += parts);
    self->observed = (place += parts);
    self->sum = (place += parts);
    self->rank = (size_t *) (place += parts);
    self->extreme = (int64_t *) (place += parts);
    self->extreme_adjusted = (int64_t *) (place += parts);
    self->distance = place + parts;
    return IMR_OK;
}

/* Student's limits of a mean difference with this variance and these degrees of freedom. */
static int
set_limits(imr_composition_test_t *self, size_t j, double variance, double df, double level)
{
    double reach = INFINITY;

    if (df > 0) {
        int status = imr_quantile_t(0.5 + 0.5 * level, df, &reach);

        if (status != IMR_OK) {
            return status;
        }
        reach *= sqrt(variance);
    }
    self->low[j] = self->effect[j] - reach;
    self->high[j] = self->effect[j] + reach;
    return IMR_OK;
}

static int
read_pairs(imr_composition_test_t *self, const imr_composition_t *before,
    const imr_composition_t *after, double level)
{
    size_t n = self->n, parts = self->parts;

    for (size_t j = 0; j < parts; j++) {
        double squares = 0, spread = 0;
        int status;

        for (size_t i = 0; i < n; i++) {
            double d = after->clr[i * parts + j] - before->clr[i * parts + j];

            self->row[i * parts + j] = d;
            self->observed[j] += d;
            self->distance[i] += d * d;
            squares += d * d;
        }
        self->effect[j] = self->observed[j] / (double) n;
        for (size_t i = 0; i < n; i++) {
            double from = self->row[i * parts + j] - self->effect[j];

            spread += from * from;
        }
        self->scale[j] = sqrt(squares);
        status =
            set_limits(self, j, spread / ((double) n * (double) (n - 1)), (double) n - 1, level);
        if (status != IMR_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < n; i++) {
        self->distance[i] = sqrt(self->distance[i]);
    }
    return IMR_OK;
}

/* Variances of the groups are not taken to be equal (Welch 1947). */
static int
read_groups(imr_composition_test_t *self, const imr_composition_t *all, double level)
{
    size_t n = self->n, parts = self->parts;
    double size[2] = { (double) (n - self->second), (double) self->second };

    for (size_t j = 0; j < parts; j++) {
        double mean[2] = { 0, 0 }, spread[2] = { 0, 0 }, squares = 0, whole = 0, error, df = 0;
        int status;

        for (size_t i = 0; i < n; i++) {
            mean[self->label[i]] += all->clr[i * parts + j] / size[self->label[i]];
            whole += all->clr[i * parts + j] / (double) n;
        }
        for (size_t i = 0; i < n; i++) {
            double value = all->clr[i * parts + j], from = value - mean[self->label[i]];

            self->row[i * parts + j] = value - whole;
            squares += (value - whole) * (value - whole);
            spread[self->label[i]] += from * from;
            self->observed[j] += self->label[i] ? value - whole : 0;
        }
        self->effect[j] = mean[1] - mean[0];
        self->scale[j] = sqrt(squares * size[0] * size[1] / ((double) n * (double) (n - 1)));
        for (int g = 0; g < 2; g++) {
            spread[g] /= size[g] * (size[g] - 1);
        }
        error = spread[0] + spread[1];
        if (size[0] > 1 && size[1] > 1) {
            df = error > 0 ? error * error
                    / (spread[0] * spread[0] / (size[0] - 1)
                        + spread[1] * spread[1] / (size[1] - 1))
                           : (double) n - 2;
        }
        status = set_limits(self, j, error, df, level);
        if (status != IMR_OK) {
            return status;
        }
    }
    return IMR_OK;
}

/* Ascending by |z|. */
static void
rank_parts(imr_composition_test_t *self)
{
    for (size_t j = 0; j < self->parts; j++) {
        size_t place = j;

        for (; place > 0 && fabs(self->z[self->rank[place - 1]]) > fabs(self->z[j]); place--) {
            self->rank[place] = self->rank[place - 1];
        }
        self->rank[place] = j;
    }
}

static int
read_labels(imr_composition_test_t *self, const int64_t *label, imr_fault_t *fault)
{
    self->label = imr_malloc(self->n, 1);
    if (self->label == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < self->n; i++) {
        if (label[i] != 0 && label[i] != 1) {
            return imr_fault(fault, IMR_ERR_TWO_GROUPS, "group", (int64_t) i, NAN);
        }
        self->label[i] = (uint8_t) label[i];
        self->second += label[i] == 1;
    }
    if (self->second == 0 || self->second == self->n) {
        return imr_fault(fault, IMR_ERR_TWO_GROUPS, "group", -1, NAN);
    }
    return IMR_OK;
}

/* n - 1 free signs (the statistics do not tell an arrangement from its mirror), or n over m. */
static double
count_arrangements(const imr_composition_test_t *self)
{
    double count = 1;

    if (self->label == NULL) {
        return ldexp(1, (int) fmin(1000, (double) self->n - 1));
    }
    for (size_t k = 1; k <= self->second; k++) {
        count = fmin(1e300, count * ((double) (self->n - self->second + k) / (double) k));
    }
    return nearbyint(count);
}

int
imr_composition_test_init(imr_composition_test_t *self, const imr_composition_t *before,
    const imr_composition_t *after, const int64_t *label, double level, imr_fault_t *fault)
{
    int status;

    memset(self, 0, sizeof(*self));
    self->n = before->n;
    self->parts = before->parts;
    if (!(level > 0 && 0.5 + 0.5 * level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    if (after != NULL && (after->n != before->n || after->parts != before->parts)) {
        return imr_fault(fault, IMR_ERR_COMPOSITION_PAIRS, "after", -1, NAN);
    }
    status = allocate(self, fault);
    if (status == IMR_OK && label != NULL) {
        status = read_labels(self, label, fault);
    }
    if (status != IMR_OK) {
        imr_composition_test_free(self);
        return status;
    }
    status =
        label == NULL ? read_pairs(self, before, after, level) : read_groups(self, before, level);
    if (status != IMR_OK) {
        imr_composition_test_free(self);
        return imr_fault(fault, status, "level", -1, level);
    }
    if (label != NULL) {
        self->distance = NULL;
    }
    for (size_t j = 0; j < self->parts; j++) {
        self->z[j] = self->scale[j] > 0 ? self->observed[j] / self->scale[j] : 0;
        self->square += self->observed[j] * self->observed[j];
        self->statistic += self->effect[j] * self->effect[j];
    }
    self->statistic = sqrt(self->statistic);
    rank_parts(self);
    self->arrangements = count_arrangements(self);
    return IMR_OK;
}

void
imr_composition_test_free(imr_composition_test_t *self)
{
    imr_free(self->block);
    imr_free(self->label);
    memset(self, 0, sizeof(*self));
}

/* --- arrangements -------------------------------------------------------------------------------- */

/* Counts self->sum. */
static void
count(imr_composition_test_t *self)
{
    double square = 0, most = 0;

    for (size_t k = 0; k < self->parts; k++) {
        size_t j = self->rank[k];
        double here = fabs(self->sum[j]), z = self->scale[j] > 0 ? here / self->scale[j] : 0;

        square += here * here;
        self->extreme[j] += here >= fabs(self->observed[j]) - SAME * self->scale[j];
        most = fmax(most, z);
        self->extreme_adjusted[j] += most >= fabs(self->z[j]) - SAME;
    }
    self->extreme_global += square >= self->square * (1 - SAME);
    self->seen++;
}

static void
add(imr_composition_test_t *self, size_t i, double times)
{
    const double *row = self->row + i * self->parts;

    for (size_t j = 0; j < self->parts; j++) {
        self->sum[j] += times * row[j];
    }
}

static void
clear_sum(imr_composition_test_t *self)
{
    memset(self->sum, 0, self->parts * sizeof(double));
}

/* The signs in Gray's order, in which one changes at a time; that of the last patient stays. */
static int
walk_signs(imr_composition_test_t *self, imr_stop_t *stop)
{
    uint64_t steps = (uint64_t) self->arrangements;

    for (uint64_t s = 0; s < steps; s++) {
        uint64_t gray = s ^ (s >> 1);

        if (s % FRESH == 0) {
            clear_sum(self);
            for (size_t i = 0; i < self->n; i++) {
                add(self, i, i < 63 && gray >> i & 1 ? -1 : 1);
            }
        } else {
            size_t i = 0;

            while (!(s >> i & 1)) {
                i++;
            }
            add(self, i, gray >> i & 1 ? -2 : 2);
        }
        count(self);
        if (imr_stop_asked(stop, 4 * (double) self->parts)) {
            return IMR_ERR_STOPPED;
        }
    }
    return IMR_OK;
}

/* The sets of `second` rows in the order of a dictionary; level k holds the sum of the first k rows. */
static int
walk_sets(imr_composition_test_t *self, imr_stop_t *stop, imr_fault_t *fault)
{
    size_t m = self->second, n = self->n, parts = self->parts, k = 0;
    size_t *chosen = imr_malloc(m, sizeof(*chosen));
    double *sums = imr_calloc((m + 1) * parts, sizeof(*sums));
    int status = IMR_OK;

    if (chosen == NULL || sums == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    chosen[0] = 0;
    for (;;) {
        for (; k < m; k++) {
            const double *row = self->row + chosen[k] * parts;

            for (size_t j = 0; j < parts; j++) {
                sums[(k + 1) * parts + j] = sums[k * parts + j] + row[j];
            }
            if (k + 1 < m) {
                chosen[k + 1] = chosen[k] + 1;
            }
        }
        memcpy(self->sum, sums + m * parts, parts * sizeof(double));
        count(self);
        if (imr_stop_asked(stop, 4 * (double) parts)) {
            status = imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
            break;
        }
        while (k > 0 && chosen[k - 1] == n - m + k - 1) {
            k--;
        }
        if (k == 0) {
            break;
        }
        chosen[--k]++;
    }
out:
    imr_free(chosen);
    imr_free(sums);
    return status;
}

int
imr_composition_test_exact(imr_composition_test_t *self, imr_stop_t *stop, imr_fault_t *fault)
{
    if (!(self->arrangements <= IMR_COMPOSITION_MOST_EXACT)) {
        return imr_fault(fault, IMR_ERR_COMPOSITION_EXACT, "method", -1, NAN);
    }
    if (self->label != NULL) {
        return walk_sets(self, stop, fault);
    }
    return walk_signs(self, stop) == IMR_OK ? IMR_OK
                                            : imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
}

int
imr_composition_test_random(imr_composition_test_t *self, const uint64_t key[2], uint32_t begin,
    uint32_t end, imr_stop_t *stop, imr_fault_t *fault)
{
    size_t n = self->n;
    uint32_t *label = imr_malloc(n, sizeof(*label));

    if (label == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (uint32_t b = begin; b < end; b++) {
        imr_rng_t rng;

        imr_rng_init(&rng, key, b);
        clear_sum(self);
        for (size_t i = 0; i < n; i++) {
            label[i] = i >= n - self->second;
        }
        if (self->label != NULL) {
            imr_shuffle(&rng, label, n);
        }
        for (size_t i = 0; i < n; i++) {
            if (self->label == NULL) {
                add(self, i, imr_rng_next32(&rng) >> 31 ? -1 : 1);
            } else if (label[i]) {
                add(self, i, 1);
            }
        }
        count(self);
        if (imr_stop_asked(stop, (double) n * (10 + (double) self->parts))) {
            imr_free(label);
            return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
    }
    imr_free(label);
    return IMR_OK;
}

void
imr_composition_test_finish(imr_composition_test_t *self, int exact)
{
    double more = exact ? 0 : 1, all = self->seen + more, least = 0;

    self->global_pvalue = ((double) self->extreme_global + more) / all;
    for (size_t k = self->parts; k-- > 0;) {
        size_t j = self->rank[k];

        self->pvalue[j] = ((double) self->extreme[j] + more) / all;
        least = fmax(least, ((double) self->extreme_adjusted[j] + more) / all);
        self->adjusted[j] = least;
    }
}
