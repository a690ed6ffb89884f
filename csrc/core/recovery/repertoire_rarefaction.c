#include "recovery/repertoire_rarefaction.h"

#include <math.h>

#include "base/compensated.h"
#include "base/mem.h"

/* What is smaller in proportion changes no digit. */
#define NEGLIGIBLE 1e-20
#define LOG_NEGLIGIBLE (-46.1)
#define TABLE_MOST 4194304.0
#define NEAR_ONE 0.1

int
imr_repertoire_check_depth(const imr_repertoire_sizes_t *sizes, int64_t depth, int64_t least,
    int64_t row, imr_fault_t *fault)
{
    if (depth < least) {
        return imr_fault(fault, IMR_ERR_DEPTH_ZERO, "depth", row, (double) depth);
    }
    return depth > sizes->reads ? imr_fault(fault, IMR_ERR_DEPTH, "depth", row, (double) depth)
                                : IMR_OK;
}

/* --- richness ---------------------------------------------------------------------------------- */

/* The chance of a read of the first `drawn` of n reads in turn: each finds one of `wanted` reads with
 * chance wanted / (n - j), as long as those before found none. A sum of positive terms. */
typedef struct {
    double reads, wanted, absent, present;
} chance_t;

static void
advance(chance_t *self, double j)
{
    double left = self->reads - j;

    self->present += self->absent * (self->wanted / left);
    self->absent *= (left - self->wanted) / left;
}

static double
present_alone(double reads, double size, double depth)
{
    double turns = fmin(size, depth);
    chance_t chance = { reads, fmax(size, depth), 1, 0 };

    for (double j = 0; j < turns && chance.absent > NEGLIGIBLE; j++) {
        advance(&chance, j);
    }
    return fmin(chance.present, 1);
}

void
imr_repertoire_present(const imr_repertoire_sizes_t *sizes, int64_t depth, double *present)
{
    double reads = (double) sizes->reads, drawn = (double) depth, largest, j = 0;
    chance_t chance = { reads, drawn, 1, 0 };

    largest = (double) sizes->size[sizes->n - 1];
    if (fmin(largest, -LOG_NEGLIGIBLE * reads / (drawn + 1)) > drawn * (double) sizes->n) {
        for (size_t i = 0; i < sizes->n; i++) {
            present[i] = present_alone(reads, (double) sizes->size[i], drawn);
        }
        return;
    }
    for (size_t i = 0; i < sizes->n; i++) {
        for (double size = (double) sizes->size[i]; j < size && chance.absent > NEGLIGIBLE; j++) {
            advance(&chance, j);
        }
        present[i] = fmin(chance.present, 1);
    }
}

/* log_absent of x: the logarithm of the chance that none of x reads is drawn. */
typedef struct {
    double reads, depth;
    size_t length;
    imr_sum_t *table; /* of 0 to length - 1; NULL where it would be too long */
} absence_t;

static imr_sum_t
log_absent(const absence_t *self, double x)
{
    imr_sum_t sum = { 0, 0 };

    if (x > self->reads - self->depth) {
        return imr_sum_of(-INFINITY, 0);
    }
    if (self->table != NULL) {
        return x < (double) self->length ? self->table[(size_t) x] : imr_sum_of(-INFINITY, 0);
    }
    for (double j = 0; j < self->depth; j++) {
        sum = imr_sum_add(sum, log1p(-x / (self->reads - j)));
    }
    return sum;
}

/* 0 where there is no memory. */
static int
absence_init(absence_t *self, const imr_repertoire_sizes_t *sizes, int64_t depth)
{
    double most = 2 * (double) sizes->size[sizes->n - 1];
    imr_sum_t sum = { 0, 0 };

    self->reads = (double) sizes->reads;
    self->depth = (double) depth;
    self->table = NULL;
    most = fmin(fmin(most, self->reads - self->depth), -LOG_NEGLIGIBLE * self->reads / self->depth);
    if (most > TABLE_MOST) {
        return 1;
    }
    self->length = (size_t) most + 1;
    self->table = imr_malloc(self->length, sizeof(*self->table));
    if (self->table == NULL) {
        return 0;
    }
    for (size_t x = 0; x < self->length; x++) {
        self->table[x] = sum;
        if (x + 1 < self->length) {
            sum = imr_sum_add(sum, log1p(-self->depth / (self->reads - (double) x)));
        }
    }
    return 1;
}

/* Heck, van Belle and Simberloff 1975: the covariance of two clones' absence is
 * P(a) P(b) (P(a and b) / (P(a) P(b)) - 1). */
static double
subsample_variance(const imr_repertoire_sizes_t *sizes, const absence_t *absence)
{
    double variance = 0;

    for (size_t i = 0; i < sizes->n; i++) {
        double size = (double) sizes->size[i], here = sizes->clones[i];
        imr_sum_t log_i = log_absent(absence, size);
        double absent_i = exp(log_i.high);

        if (absent_i < NEGLIGIBLE) {
            break;
        }
        variance += here * absent_i * -expm1(log_i.high);
        for (size_t j = i; j < sizes->n; j++) {
            double pairs = i == j ? here * (here - 1) : 2 * here * sizes->clones[j];
            imr_sum_t log_j = log_absent(absence, (double) sizes->size[j]), both;
            double absent_j = exp(log_j.high), ratio = -1;

            if (absent_j < NEGLIGIBLE) {
                break;
            }
            both = log_absent(absence, size + (double) sizes->size[j]);
            if (isfinite(both.high)) {
                imr_sum_t apart = imr_sum_plus(log_i, log_j);

                both = imr_sum_plus(both, imr_sum_of(-apart.high, -apart.low));
                ratio = expm1(both.high + both.low);
            }
            variance += pairs * absent_i * absent_j * ratio;
        }
    }
    return fmax(variance, 0);
}

int
imr_repertoire_rarefy(const imr_repertoire_sizes_t *sizes, int64_t depth, int64_t row, double z,
    imr_repertoire_point_t *point, imr_fault_t *fault)
{
    imr_repertoire_chao1_t chao1;
    absence_t absence = { 0 };
    double *present, sum = 0, squares = 0;
    int status = imr_repertoire_check_depth(sizes, depth, 0, row, fault);

    if (status != IMR_OK) {
        return status;
    }
    present = imr_malloc(sizes->n, sizeof(*present));
    if (present == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    imr_repertoire_present(sizes, depth, present);
    imr_repertoire_chao1(sizes, z, &chao1);
    for (size_t i = 0; i < sizes->n; i++) {
        sum += sizes->clones[i] * present[i];
        squares += sizes->clones[i] * present[i] * present[i];
    }
    /* a read shows one clone, and all of them show all: nothing varies */
    point->estimate = depth == 1 ? 1 : depth == sizes->reads ? sizes->richness : sum;
    point->subsample_sd = 0;
    point->std_error = depth <= 1 ? 0 : sqrt(fmax(squares - sum * sum / chao1.estimate, 0));
    if (depth > 1 && depth < sizes->reads) {
        if (absence_init(&absence, sizes, depth)) {
            point->subsample_sd = sqrt(subsample_variance(sizes, &absence));
        } else {
            status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        }
    }
    point->low = fmax(point->estimate - z * point->std_error, depth > 0);
    point->high = fmin(point->estimate + z * point->std_error, (double) depth);
    imr_free(absence.table);
    imr_free(present);
    return status;
}

/* --- Hill numbers ------------------------------------------------------------------------------ */

imr_repertoire_draw_t
imr_repertoire_draw(int64_t reads, int64_t size, int64_t depth)
{
    imr_repertoire_draw_t self = { (double) size, (double) depth, 0, 0, 0, 0 };
    double mode = ((double) size + 1) * ((double) depth + 1) / ((double) reads + 2);

    self.others = (double) (reads - size) - (double) depth;
    self.least = self.others < 0 ? (int64_t) -self.others : 0;
    self.most = size < depth ? size : depth;
    self.mode = (int64_t) mode;
    self.mode = self.mode < self.least ? self.least : self.mode > self.most ? self.most : self.mode;
    return self;
}

double
imr_repertoire_draw_up(const imr_repertoire_draw_t *self, int64_t k)
{
    double at = (double) k;

    return (self->size - at) * (self->depth - at) / ((at + 1) * (self->others + at + 1));
}

double
imr_repertoire_draw_down(const imr_repertoire_draw_t *self, int64_t k)
{
    double at = (double) k;

    return at * (self->others + at) / ((self->size - at + 1) * (self->depth - at + 1));
}

/* What a clone with k of the reads adds to the sum of a Hill number. */
typedef struct {
    double order, depth, scale;
} term_t;

static double
term(const term_t *self, int64_t k)
{
    double share = (double) k / self->depth;

    if (k == 0) {
        return 0;
    }
    if (self->order == 1) {
        return -share * log(share);
    }
    if (fabs(self->order - 1) < NEAR_ONE) {
        return share * expm1((self->order - 1) * log(share));
    }
    return pow((double) k / self->scale, self->order);
}

/* The mean of the term over all subsamples. */
static double
expected(const imr_repertoire_draw_t *draw, const term_t *self)
{
    double weight = 1, weights = 1, sum = term(self, draw->mode), more = sum;

    for (int64_t k = draw->mode;
        k < draw->most && (weight > NEGLIGIBLE || fabs(more) > NEGLIGIBLE * fabs(sum)); k++) {
        weight *= imr_repertoire_draw_up(draw, k);
        weights += weight;
        more = weight * term(self, k + 1);
        sum += more;
    }
    weight = 1;
    for (int64_t k = draw->mode; k > draw->least && weight > NEGLIGIBLE; k--) {
        weight *= imr_repertoire_draw_down(draw, k);
        weights += weight;
        sum += weight * term(self, k - 1);
    }
    return sum / weights;
}

static double
rarefied_simpson(const imr_repertoire_sizes_t *sizes, double depth)
{
    double reads = (double) sizes->reads, same = 0;

    for (size_t i = 0; i < sizes->n; i++) {
        double size = (double) sizes->size[i];

        same += sizes->clones[i] * (size / reads) * ((size - 1) / (reads - 1));
    }
    return depth / (1 + (depth - 1) * same);
}

static double
rarefied_richness(const imr_repertoire_sizes_t *sizes, int64_t depth)
{
    double sum = 0;

    for (size_t i = 0; i < sizes->n; i++) {
        sum += sizes->clones[i]
            * present_alone((double) sizes->reads, (double) sizes->size[i], (double) depth);
    }
    return sum;
}

double
imr_repertoire_rarefied_hill(const imr_repertoire_sizes_t *sizes, int64_t depth, double order)
{
    term_t self = { order, (double) depth, 1 };
    double sum = 0;

    if (depth == sizes->reads) {
        return imr_repertoire_hill(sizes, order);
    }
    if (depth == 1) {
        return 1;
    }
    if (order == 0) {
        return rarefied_richness(sizes, depth);
    }
    if (order == 2) {
        return rarefied_simpson(sizes, self.depth);
    }
    self.scale = fmax((double) sizes->size[sizes->n - 1] * (self.depth / (double) sizes->reads), 1);
    for (size_t i = 0; i < sizes->n; i++) {
        imr_repertoire_draw_t draw = imr_repertoire_draw(sizes->reads, sizes->size[i], depth);

        sum += sizes->clones[i] * expected(&draw, &self);
    }
    if (order == 1) {
        return exp(sum);
    }
    if (fabs(order - 1) < NEAR_ONE) {
        return exp(log1p(sum) / (1 - order));
    }
    return exp((order * log(self.scale / self.depth) + log(sum)) / (1 - order));
}
