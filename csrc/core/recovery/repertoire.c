#include "recovery/repertoire.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "base/quantile.h"

#define MOST_READS (INT64_C(1) << 53)
#define TOP 10
/* Orders this close to 1 take a form that does not cancel there. */
#define NEAR_ONE 0.1

/* --- rows -------------------------------------------------------------------------------------- */

static int
check_rows(const int64_t *count, const int64_t *clone, const int64_t *sample, size_t n_samples,
    size_t n, imr_fault_t *fault)
{
    if (n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, "count", -1, NAN);
    }
    for (size_t i = 0; i < n; i++) {
        int64_t row = (int64_t) i;

        if (count[i] < 0 || count[i] > MOST_READS) {
            return imr_fault(fault, IMR_ERR_COUNT, "count", row, (double) count[i]);
        }
        if (clone != NULL && (clone[i] < 0 || (uint64_t) clone[i] >= n)) {
            return imr_fault(fault, IMR_ERR_CODE, "clone", row, (double) clone[i]);
        }
        if (sample != NULL && (sample[i] < 0 || (uint64_t) sample[i] >= n_samples)) {
            return imr_fault(fault, IMR_ERR_CODE, "sample", row, (double) sample[i]);
        }
    }
    return IMR_OK;
}

/* Stable counting sort of rows by code; ends has room for `codes` numbers. */
static void
sort_rows(const int64_t *code, size_t codes, const size_t *from, size_t n, size_t *to, size_t *ends)
{
    size_t sum = 0;

    memset(ends, 0, codes * sizeof(*ends));
    for (size_t i = 0; i < n; i++) {
        ends[code[i]]++;
    }
    for (size_t c = 0; c < codes; c++) {
        size_t here = ends[c];

        ends[c] = sum;
        sum += here;
    }
    for (size_t i = 0; i < n; i++) {
        to[ends[code[from[i]]]++] = from[i];
    }
}

void
imr_repertoire_order(
    const int64_t *clone, const int64_t *sample, size_t n_samples, size_t n, size_t *rows)
{
    size_t *sorted = rows + n, *ends = sorted + n;

    for (size_t i = 0; i < n; i++) {
        rows[i] = i;
    }
    if (clone != NULL) {
        sort_rows(clone, n, rows, n, sorted, ends);
        memcpy(rows, sorted, n * sizeof(*rows));
    }
    if (sample != NULL) {
        sort_rows(sample, n_samples, rows, n, sorted, ends);
        memcpy(rows, sorted, n * sizeof(*rows));
    }
}

static size_t
row_of_sample(const int64_t *sample, size_t n, size_t s)
{
    size_t row = 0;

    while (sample != NULL && row < n && sample[row] != (int64_t) s) {
        row++;
    }
    return row;
}

/* rows: by sample, then by clone. */
static int
merge_rows(imr_repertoire_clones_t *self, const size_t *rows, const int64_t *count,
    const int64_t *clone, const int64_t *sample, size_t n, imr_fault_t *fault)
{
    size_t used = 0, i = 0;

    for (size_t s = 0; s < self->n_samples; s++) {
        int64_t reads = 0;

        self->begin[s] = used;
        for (; i < n && (sample == NULL || sample[rows[i]] == (int64_t) s); i++) {
            size_t row = rows[i];
            int64_t code = clone == NULL ? (int64_t) row : clone[row];

            if (count[row] == 0) {
                continue;
            }
            reads += count[row];
            if (reads > MOST_READS) {
                return imr_fault(fault, IMR_ERR_READS, "count", (int64_t) row, (double) count[row]);
            }
            if (used > self->begin[s] && self->clone[used - 1] == code) {
                self->count[used - 1] += count[row];
            } else {
                self->clone[used] = code;
                self->count[used++] = count[row];
            }
        }
        if (used == self->begin[s]) {
            size_t row = row_of_sample(sample, n, s);

            return row < n ? imr_fault(fault, IMR_ERR_NO_READS, "count", (int64_t) row, 0)
                           : imr_fault(fault, IMR_ERR_NO_READS, "sample", -1, NAN);
        }
    }
    self->begin[self->n_samples] = used;
    return IMR_OK;
}

int
imr_repertoire_clones_init(imr_repertoire_clones_t *self, const int64_t *count,
    const int64_t *clone, const int64_t *sample, size_t n_samples, size_t n, imr_fault_t *fault)
{
    size_t *rows = NULL, codes = n > n_samples ? n : n_samples;
    int64_t *numbers;
    int status;

    memset(self, 0, sizeof(*self));
    status = check_rows(count, clone, sample, n_samples, n, fault);
    if (status != IMR_OK) {
        return status;
    }
    self->n_samples = n_samples;
    self->block = imr_malloc(2 * n + n_samples + 1, sizeof(int64_t));
    rows = imr_malloc(2 * n + codes, sizeof(*rows));
    if (self->block == NULL || rows == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    numbers = self->block;
    self->clone = numbers;
    self->count = numbers + n;
    self->begin = (size_t *) (numbers + 2 * n);
    imr_repertoire_order(clone, sample, n_samples, n, rows);
    status = merge_rows(self, rows, count, clone, sample, n, fault);
out:
    imr_free(rows);
    if (status != IMR_OK) {
        imr_repertoire_clones_free(self);
    }
    return status;
}

void
imr_repertoire_clones_free(imr_repertoire_clones_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- sizes ------------------------------------------------------------------------------------- */

int
imr_repertoire_sizes_init(
    imr_repertoire_sizes_t *self, const int64_t *count, size_t n, imr_fault_t *fault)
{
    uint64_t *keys = imr_malloc(2 * n, sizeof(*keys)), *sorted;
    size_t distinct = 1, at = 0;
    int status = IMR_OK;

    memset(self, 0, sizeof(*self));
    if (keys == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < n; i++) {
        keys[i] = (uint64_t) count[i];
        self->reads += count[i];
    }
    sorted = imr_sort_keys(keys, keys + n, n);
    for (size_t i = 1; i < n; i++) {
        distinct += sorted[i] != sorted[i - 1];
    }
    self->block = imr_calloc(2 * distinct, sizeof(int64_t));
    if (self->block == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    self->n = distinct;
    self->richness = (double) n;
    self->size = self->block;
    self->clones = (double *) (self->size + distinct);
    for (size_t i = 0; i < n; i++) {
        at += i > 0 && sorted[i] != sorted[i - 1];
        self->size[at] = (int64_t) sorted[i];
        self->clones[at]++;
    }
out:
    imr_free(keys);
    return status;
}

void
imr_repertoire_sizes_free(imr_repertoire_sizes_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

double
imr_repertoire_of_size(const imr_repertoire_sizes_t *self, int64_t size)
{
    for (size_t i = 0; i < self->n && self->size[i] <= size; i++) {
        if (self->size[i] == size) {
            return self->clones[i];
        }
    }
    return 0;
}

/* --- indices ----------------------------------------------------------------------------------- */

/* The logarithm of a clone's share of the reads; exact where the clone is nearly all of them. */
static double
log_share(const imr_repertoire_sizes_t *self, size_t i)
{
    int64_t others = self->reads - self->size[i];

    return others < self->size[i] ? log1p(-(double) others / (double) self->reads)
                                  : log((double) self->size[i] / (double) self->reads);
}

static double
shannon(const imr_repertoire_sizes_t *self)
{
    double sum = 0;

    for (size_t i = 0; i < self->n; i++) {
        sum -=
            self->clones[i] * ((double) self->size[i] / (double) self->reads) * log_share(self, i);
    }
    return fmax(sum, 0);
}

double
imr_repertoire_hill(const imr_repertoire_sizes_t *self, double order)
{
    double reads = (double) self->reads, sum = 0, largest;

    if (order == 0) {
        return self->richness;
    }
    if (order == 1) {
        return exp(shannon(self));
    }
    if (fabs(order - 1) < NEAR_ONE) {
        for (size_t i = 0; i < self->n; i++) {
            sum += self->clones[i] * ((double) self->size[i] / reads)
                * expm1((order - 1) * log_share(self, i));
        }
        return fmax(exp(log1p(sum) / (1 - order)), 1);
    }
    largest = (double) self->size[self->n - 1];
    for (size_t i = 0; i < self->n; i++) {
        double ratio = (double) self->size[i] / largest;

        sum += self->clones[i] * (order == 2 ? ratio * ratio : pow(ratio, order));
    }
    return fmax(exp((order * log_share(self, self->n - 1) + log(sum)) / (1 - order)), 1);
}

int
imr_repertoire_check_orders(const double *order, size_t n, imr_fault_t *fault)
{
    for (size_t i = 0; i < n; i++) {
        if (!(order[i] >= 0 && order[i] <= IMR_HILL_ORDER_MAX)) {
            return imr_fault(fault, IMR_ERR_HILL_ORDER, "orders", (int64_t) i, order[i]);
        }
    }
    return IMR_OK;
}

/* The reads of the largest clones, at most TOP of them, and how many clones hold half of all reads. */
static void
largest_clones(const imr_repertoire_sizes_t *self, imr_repertoire_indices_t *indices)
{
    double reads = (double) self->reads, held = 0, seen = 0, top = 0;

    indices->d50 = 0;
    for (size_t i = self->n; i-- > 0;) {
        double size = (double) self->size[i], here = self->clones[i];

        if (seen < TOP) {
            top += size * fmin(here, TOP - seen);
        }
        if (indices->d50 == 0 && 2 * (held + size * here) >= reads) {
            indices->d50 = seen + ceil((reads - 2 * held) / (2 * size));
        }
        held += size * here;
        seen += here;
        if (seen >= TOP && indices->d50 > 0) {
            break;
        }
    }
    indices->d50_share = indices->d50 / self->richness;
    indices->top10_share = top / reads;
}

void
imr_repertoire_indices(const imr_repertoire_sizes_t *self, imr_repertoire_indices_t *indices)
{
    double reads = (double) self->reads, richness = self->richness, seen = 0, simpson = 0, gini = 0;

    for (size_t i = 0; i < self->n; i++) {
        double share = (double) self->size[i] / reads, here = self->clones[i];

        simpson += here * share * ((double) (self->reads - self->size[i]) / reads);
        gini += here * share * ((2 * seen + here - richness) / richness);
        seen += here;
    }
    indices->shannon = shannon(self);
    /* a single clone is as clonal as a repertoire can be */
    indices->clonality = richness == 1 ? 1 : fmax(1 - indices->shannon / log(richness), 0);
    indices->gini = fmax(gini, 0);
    indices->gini_simpson = simpson;
    indices->coverage = 1 - imr_repertoire_of_size(self, 1) / reads;
    largest_clones(self, indices);
}

int
imr_repertoire_z(double level, double *z, imr_fault_t *fault)
{
    int status = level > 0 && level < 1 ? imr_quantile_normal((1 + level) / 2, z) : IMR_ERR_LEVEL;

    return status == IMR_OK ? IMR_OK : imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
}

/* --- Chao1 ------------------------------------------------------------------------------------- */

/* Where nothing is missing from the estimate: each clone is seen with the chance of its size. */
static void
limits_of_seen(const imr_repertoire_sizes_t *self, double z, imr_repertoire_chao1_t *chao1)
{
    double missed = 0, variance = 0, slope = 0, richness = self->richness;

    for (size_t i = 0; i < self->n; i++) {
        double size = (double) self->size[i], unseen = exp(-size);

        missed += self->clones[i] * unseen;
        variance += self->clones[i] * unseen * (1 - unseen);
        slope += self->clones[i] * size * unseen;
    }
    variance -= slope * slope / (double) self->reads;
    missed /= richness;
    chao1->std_error = sqrt(fmax(variance, 0));
    chao1->low = fmax(richness, (richness - z * chao1->std_error) / (1 - missed));
    chao1->high = (richness + z * chao1->std_error) / (1 - missed);
}

void
imr_repertoire_chao1(const imr_repertoire_sizes_t *self, double z, imr_repertoire_chao1_t *chao1)
{
    double once = imr_repertoire_of_size(self, 1), twice = imr_repertoire_of_size(self, 2);
    double a = ((double) self->reads - 1) / (double) self->reads, missing, variance, factor;

    missing = a * once * (once - 1) / (2 * (twice + 1));
    chao1->estimate = self->richness + missing;
    if (!(missing > 0)) {
        limits_of_seen(self, z, chao1);
        return;
    }
    if (twice > 0) {
        double next = twice + 1, both = once * (once - 1) / (next * next);

        variance = missing + a * a * once * pow((2 * once - 1) / next, 2) / 4
            + a * a * twice * both * both / 4;
    } else {
        variance = missing + a * a * once * pow(2 * once - 1, 2) / 4
            - a * a * pow(once, 4) / (4 * chao1->estimate);
    }
    chao1->std_error = sqrt(fmax(variance, 0));
    factor = exp(z * sqrt(log1p(variance / (missing * missing))));
    chao1->low = self->richness + missing / factor;
    chao1->high = self->richness + missing * factor;
}
