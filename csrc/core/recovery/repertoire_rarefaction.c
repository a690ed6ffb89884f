#include "recovery/repertoire_rarefaction.h"

#include <math.h>

#include "base/compensated.h"
#include "base/mem.h"

/* What is smaller in proportion changes no digit. */
#define NEGLIGIBLE 1e-20
#define LOG_NEGLIGIBLE (-46.1)
/* Chances that vanish beside the variance of any sample, and e^-FAR, which is less. */
#define VANISHED 1e-40
#define FAR 93.0
/* Sums of two sizes that are counted in a table. */
#define TABLE_MOST 16777216.0
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

/* --- the curve --------------------------------------------------------------------------------- */

/* absent(x + 1) / absent(x), or the same with x and the depth changed: (left - taken) / left. Double-double,
 * since variances are small differences of sums over pairs of clones. */
static imr_sum_t
less_absent(imr_sum_t absent, double left, double taken)
{
    double rest = left - taken, ratio = rest / left;
    imr_sum_t product = imr_sum_product(ratio, left);
    double low = ((rest - product.high) - product.low) / left;

    return imr_sum_add(imr_sum_times(absent, ratio), absent.high * low);
}

/* The chance that none of x reads is drawn. */
static imr_sum_t
absent_alone(double reads, double x, double depth)
{
    imr_sum_t absent = { 1, 0 };
    double turns = fmin(x, depth), taken = fmax(x, depth);

    for (double j = 0; j < turns && absent.high > 0; j++) {
        absent = reads - j > taken ? less_absent(absent, reads - j, taken) : imr_sum_of(0, 0);
    }
    return absent;
}

int
imr_repertoire_curve_init(imr_repertoire_curve_t *self, const imr_repertoire_sizes_t *sizes,
    int64_t least_depth, double z, imr_fault_t *fault)
{
    double reads = (double) sizes->reads, sums = 2 * (double) sizes->size[sizes->n - 1];
    size_t length;

    self->sizes = sizes;
    self->z = z;
    imr_repertoire_chao1(sizes, z, &self->chao1);
    sums = fmin(sums, FAR * reads / fmax((double) least_depth, 1));
    sums = sums > TABLE_MOST ? 0 : sums;
    length = (size_t) sums + 1;
    self->length = length;
    self->present = imr_calloc(sizes->n + length, sizeof(double));
    if (self->present == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->pairs = self->present + sizes->n;
    for (size_t i = 0; i < sizes->n && (uint64_t) sizes->size[i] < length; i++) {
        double here = sizes->clones[i];
        size_t size = (size_t) sizes->size[i];

        if (2 * size < length) {
            self->pairs[2 * size] += here * (here - 1);
        }
        for (size_t j = i + 1; j < sizes->n && (uint64_t) sizes->size[j] < length - size; j++) {
            self->pairs[size + (size_t) sizes->size[j]] += 2 * here * sizes->clones[j];
        }
    }
    return IMR_OK;
}

void
imr_repertoire_curve_free(imr_repertoire_curve_t *self)
{
    imr_free(self->present);
    self->present = NULL;
}

/* The mean and the mean of the square of the number of clones absent less that number, pair by pair. */
static void
absent_by_pairs(const imr_repertoire_sizes_t *sizes, double depth, imr_sum_t *once, imr_sum_t *both)
{
    double reads = (double) sizes->reads;

    *once = *both = imr_sum_of(0, 0);
    for (size_t i = 0; i < sizes->n; i++) {
        double size = (double) sizes->size[i], here = sizes->clones[i];

        *once = imr_sum_plus(*once, imr_sum_times(absent_alone(reads, size, depth), here));
        for (size_t j = i; j < sizes->n; j++) {
            double pairs = i == j ? here * (here - 1) : 2 * here * sizes->clones[j];
            imr_sum_t absent = absent_alone(reads, size + (double) sizes->size[j], depth);

            *both = imr_sum_plus(*both, imr_sum_times(absent, pairs));
        }
    }
}

/* Heck, van Belle and Simberloff 1975. */
static double
subsample_variance(const imr_repertoire_curve_t *self, double depth)
{
    const imr_repertoire_sizes_t *sizes = self->sizes;
    double reads = (double) sizes->reads;
    imr_sum_t absent = { 1, 0 }, once = { 0, 0 }, both = { 0, 0 }, square;
    size_t at = 0;
    int in_table =
        fmin(2 * (double) sizes->size[sizes->n - 1], FAR * reads / depth) < (double) self->length;

    if (!in_table) {
        absent_by_pairs(sizes, depth, &once, &both);
    }
    for (size_t sum = 0; in_table && sum < self->length && absent.high > VANISHED; sum++) {
        double left = reads - (double) sum;

        if (at < sizes->n && (uint64_t) sizes->size[at] == sum) {
            once = imr_sum_plus(once, imr_sum_times(absent, sizes->clones[at++]));
        }
        if (self->pairs[sum] > 0) {
            both = imr_sum_plus(both, imr_sum_times(absent, self->pairs[sum]));
        }
        absent = left > depth ? less_absent(absent, left, depth) : imr_sum_of(0, 0);
    }
    square = imr_sum_plus(imr_sum_times(once, once.high), imr_sum_times(once, once.low));
    both = imr_sum_plus(imr_sum_plus(both, once), imr_sum_of(-square.high, -square.low));
    return fmax(both.high, 0);
}

int
imr_repertoire_curve_point(imr_repertoire_curve_t *self, int64_t depth, int64_t row,
    imr_repertoire_point_t *point, imr_fault_t *fault)
{
    const imr_repertoire_sizes_t *sizes = self->sizes;
    double sum = 0, squares = 0, z = self->z;
    int status = imr_repertoire_check_depth(sizes, depth, 0, row, fault);

    if (status != IMR_OK) {
        return status;
    }
    imr_repertoire_present(sizes, depth, self->present);
    for (size_t i = 0; i < sizes->n; i++) {
        sum += sizes->clones[i] * self->present[i];
        squares += sizes->clones[i] * self->present[i] * self->present[i];
    }
    /* a read shows one clone, and all of them show all: nothing varies */
    point->estimate = depth == 1 ? 1 : depth == sizes->reads ? sizes->richness : sum;
    point->std_error = depth <= 1 ? 0 : sqrt(fmax(squares - sum * sum / self->chao1.estimate, 0));
    point->subsample_sd =
        depth <= 1 || depth == sizes->reads ? 0 : sqrt(subsample_variance(self, (double) depth));
    point->low = fmax(point->estimate - z * point->std_error, depth > 0);
    point->high = fmin(point->estimate + z * point->std_error, (double) depth);
    return IMR_OK;
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
