#include "response/rank_test.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"

#define MOST_SCORE 1e300
#define MOST_ROWS 2147483647

/* Numbers are one score, or one difference, if they differ by no more than this share of the largest
 * number that went into them: 0.3 - 0.1 and 0.2. */
#define ROUNDING 0x1p-40

static int
check_scores(const double *score, size_t n, const char *argument, imr_fault_t *fault)
{
    if (n == 0) {
        imr_fault(fault, IMR_ERR_NO_ROWS, argument, -1, NAN);
        return IMR_ERR_NO_ROWS;
    }
    for (size_t i = 0; i < n; i++) {
        if (isnan(score[i])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, argument, (int64_t) i, score[i]);
        }
        if (fabs(score[i]) > MOST_SCORE) {
            return imr_fault(fault, IMR_ERR_SCORE_RANGE, argument, (int64_t) i, score[i]);
        }
    }
    return IMR_OK;
}

static int
check_options(
    imr_rank_test_t *self, const imr_rank_options_t *options, size_t rows, imr_fault_t *fault)
{
    double work = imr_rank_null_work(self->first, self->second);

    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (isnan(options->mu)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "mu", -1, options->mu);
    }
    if (fabs(options->mu) > MOST_SCORE) {
        return imr_fault(fault, IMR_ERR_SCORE_RANGE, "mu", -1, options->mu);
    }
    if (rows > MOST_ROWS) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ENDS, "x", -1, NAN);
    }
    if (options->method == IMR_RANK_EXACT && work > IMR_RANK_MOST_WORK) {
        return imr_fault(fault, IMR_ERR_RANKS_SIZE, "method", -1, NAN);
    }
    self->options = *options;
    self->is_exact = options->method == IMR_RANK_EXACT
        || (options->method == IMR_RANK_AUTO && work <= IMR_RANK_AUTO_WORK);
    return IMR_OK;
}

/* The arrays that last, and the room that the reading takes. */
typedef struct {
    double *value[2];
    int64_t *upto[2];
    double *score, *scale, *sorted, *sorted_scale;
    uint32_t *order;
} room_t;

static int
room_init(imr_rank_test_t *self, room_t *room, size_t rows, imr_fault_t *fault)
{
    size_t lasting = rows * (sizeof(double) + sizeof(int64_t) + sizeof(uint32_t));
    char *at = self->block = imr_malloc(lasting + 1, 1);

    room->score = imr_malloc(rows, 4 * sizeof(double) + sizeof(uint32_t));
    if (at == NULL || room->score == NULL) {
        imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    room->scale = room->score + rows;
    room->sorted = room->scale + rows;
    room->sorted_scale = room->sorted + rows;
    room->order = (uint32_t *) (void *) (room->sorted_scale + rows);
    room->value[0] = (double *) (void *) at;
    room->value[1] = room->value[0] + self->first;
    room->upto[0] = (int64_t *) (void *) (room->value[0] + rows);
    room->upto[1] = room->upto[0] + self->first;
    self->pattern = (uint32_t *) (void *) (room->upto[0] + rows);
    return IMR_OK;
}

/* --- blocks of one value ------------------------------------------------------------------------ */

static int
is_same(double a, double b, double scale)
{
    return fabs(a - b) <= ROUNDING * scale;
}

/* Sorts n scores, and makes blocks of those that differ by rounding alone. */
static int
make_blocks(imr_rank_test_t *self, room_t *room, int group, size_t n, imr_fault_t *fault)
{
    imr_rank_blocks_t *blocks = &self->blocks[group];
    double *value = room->value[group];
    int64_t *upto = room->upto[group];
    int ret = imr_order(room->score, n, NULL, room->order, fault);

    if (ret != IMR_OK) {
        return ret;
    }
    blocks->n = 0;
    for (size_t i = 0; i < n; i++) {
        double score = room->score[room->order[i]], scale = room->scale[room->order[i]];

        room->sorted[i] = score;
        room->sorted_scale[i] = scale;
        if (i == 0
            || !is_same(score, room->sorted[i - 1], fmax(scale, room->sorted_scale[i - 1]))) {
            value[blocks->n++] = score;
        }
        upto[blocks->n - 1] = (int64_t) i + 1;
    }
    blocks->value = value;
    blocks->upto = upto;
    return IMR_OK;
}

/* Are all blocks of one size? Adds what ties take off the variance. */
static int
look_at_sizes(const imr_rank_blocks_t *blocks, uint32_t size, double *cubes)
{
    int is_even = 1;

    for (size_t i = 0; i < blocks->n; i++) {
        double t = imr_rank_block_rows(blocks, i);

        is_even &= imr_rank_block_rows(blocks, i) == size;
        *cubes += t * (t * t - 1);
    }
    return is_even;
}

static double
rank_sum_deviation(double m, double n, double cubes)
{
    double all = m + n;

    return sqrt(m * n / 12 * ((all * (all * all - 1) - cubes) / (all * (all - 1))));
}

/* --- signed ranks ------------------------------------------------------------------------------- */

/* A run of differences as far from mu as each other. */
typedef struct {
    double distance, scale; /* of the last one */
    size_t size, positive;
} run_t;

static void
rank_run(imr_rank_test_t *self, const run_t *run, size_t nearer, double *squares)
{
    uint64_t rank = 2 * (uint64_t) nearer + run->size + 1;

    for (size_t i = 0; i < run->size; i++) {
        self->pattern[self->n_pattern++] = (uint32_t) rank;
    }
    self->doubled += rank * run->positive;
    self->most += rank * run->size;
    self->ties += run->size > 1 ? (int64_t) run->size : 0;
    *squares += (double) run->size * (double) rank * (double) rank;
}

/* Ranks the sorted differences by their distance from mu, the nearest first. */
static void
rank_distances(imr_rank_test_t *self, const room_t *room)
{
    const double *d = room->sorted, *scales = room->sorted_scale;
    size_t n = self->first, left = 0, right, nearer = 0;
    double mu = self->options.mu, squares = 0;
    run_t run = { 0 };

    while (left < n && d[left] < mu) {
        left++;
    }
    right = left;
    for (size_t i = 0; i < n; i++) {
        self->zeros += is_same(d[i], mu, scales[i]);
    }
    if (self->options.zeros == IMR_RANK_ZEROS_PRATT) {
        nearer = (size_t) self->zeros;
    }
    while (left > 0 || right < n) {
        int is_right = left == 0 || (right < n && d[right] - mu <= mu - d[left - 1]);
        size_t at = is_right ? right++ : --left;
        double distance = fabs(d[at] - mu);

        if (is_same(d[at], mu, scales[at])) {
            continue;
        }
        if (run.size > 0 && !is_same(distance, run.distance, fmax(scales[at], run.scale))) {
            rank_run(self, &run, nearer, &squares);
            nearer += run.size;
            run.size = run.positive = 0;
        }
        run.size++;
        run.positive += (size_t) is_right;
        run.distance = distance;
        run.scale = scales[at];
    }
    rank_run(self, &run, nearer, &squares);
    self->std_deviation_mu = sqrt(squares) / 4;
}

int
imr_signed_rank_init(imr_rank_test_t *self, const double *x, const double *y, size_t n,
    const imr_rank_options_t *options, imr_fault_t *fault)
{
    room_t room = { 0 };
    double cubes = 0, rows = (double) n;
    int ret;

    memset(self, 0, sizeof(*self));
    self->first = n;
    ret = check_options(self, options, n, fault);
    if (ret == IMR_OK) {
        ret = room_init(self, &room, n, fault);
    }
    if (ret != IMR_OK) {
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        room.score[i] = x[i];
        room.scale[i] = y == NULL ? 0 : y[i];
    }
    ret = check_scores(room.score, n, "x", fault);
    if (ret == IMR_OK) {
        ret = check_scores(room.scale, n, "y", fault);
    }
    if (ret != IMR_OK) {
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        double before = room.score[i], after = room.scale[i];

        room.score[i] = before - after;
        room.scale[i] = fmax(fmax(fabs(before), fabs(after)), fabs(options->mu));
    }
    ret = make_blocks(self, &room, 0, n, fault);
    if (ret != IMR_OK) {
        goto out;
    }
    rank_distances(self, &room);
    self->statistic = (double) self->doubled / 2;
    self->is_even =
        look_at_sizes(&self->blocks[0], imr_rank_block_rows(&self->blocks[0], 0), &cubes);
    self->std_deviation = sqrt((rows * (rows + 1) * (2 * rows + 1) - cubes / 2) / 24);
    if (self->is_exact) {
        ret = imr_rank_null_init(&self->null, n, 0, fault);
    }
    if (ret == IMR_OK) {
        ret = imr_rank_shifts_init(&self->shifts, &self->blocks[0], NULL, fault);
    }
out:
    imr_free(room.score);
    return ret;
}

/* --- rank sum ----------------------------------------------------------------------------------- */

/* The blocks of x and of y side by side; y is held negated, so that its blocks descend. */
static void
merge_groups(imr_rank_test_t *self)
{
    const imr_rank_blocks_t *x = &self->blocks[0], *y = &self->blocks[1];
    double mu = self->options.mu, cubes = 0;
    uint64_t below = 0; /* scores of y so far */
    size_t i = 0, j = y->n;

    self->most = 2 * (uint64_t) self->first * self->second;
    while (i < x->n || j > 0) {
        uint32_t of_x = i < x->n ? imr_rank_block_rows(x, i) : 0,
                 of_y = j > 0 ? imr_rank_block_rows(y, j - 1) : 0, size;
        double t;

        if (of_x > 0 && of_y > 0) {
            double first = x->value[i], second = -y->value[j - 1];
            double scale = fmax(fmax(fabs(first), fabs(second)), fabs(mu));

            if (!is_same(first - second, mu, scale)) {
                of_x = first - second < mu ? of_x : 0;
                of_y = of_x > 0 ? 0 : of_y;
            }
        }
        self->doubled += of_x * (2 * below + of_y);
        below += of_y;
        i += of_x > 0;
        j -= of_y > 0;
        size = of_x + of_y;
        t = size;
        cubes += t * (t * t - 1);
        self->ties += size > 1 ? size : 0;
        self->pattern[self->n_pattern++] = size;
    }
    self->std_deviation_mu = rank_sum_deviation((double) self->first, (double) self->second, cubes);
}

int
imr_rank_sum_init(imr_rank_test_t *self, const double *x, size_t m, const double *y, size_t n,
    const imr_rank_options_t *options, imr_fault_t *fault)
{
    room_t room = { 0 };
    double cubes = 0;
    int ret;

    memset(self, 0, sizeof(*self));
    self->first = m;
    self->second = n;
    ret = m == 0 ? imr_fault(fault, IMR_ERR_NO_ROWS, "x", -1, NAN) : IMR_OK;
    if (ret == IMR_OK && n == 0) {
        ret = imr_fault(fault, IMR_ERR_NO_ROWS, "y", -1, NAN);
    }
    if (ret == IMR_OK) {
        ret = check_options(self, options, m + n, fault);
    }
    if (ret == IMR_OK) {
        ret = room_init(self, &room, m + n, fault);
    }
    for (int group = 0; group < 2 && ret == IMR_OK; group++) {
        size_t rows = group == 0 ? m : n;

        memcpy(room.score, group == 0 ? x : y, rows * sizeof(double));
        ret = check_scores(room.score, rows, group == 0 ? "x" : "y", fault);
        for (size_t i = 0; i < rows && ret == IMR_OK; i++) {
            room.score[i] = group == 0 ? room.score[i] : -room.score[i];
            room.scale[i] = fabs(room.score[i]);
        }
        if (ret == IMR_OK) {
            ret = make_blocks(self, &room, group, rows, fault);
        }
    }
    imr_free(room.score);
    if (ret != IMR_OK) {
        return ret;
    }
    merge_groups(self);
    self->statistic = (double) self->doubled / 2;
    self->is_even = 1;
    for (int group = 0; group < 2; group++) {
        self->is_even &=
            look_at_sizes(&self->blocks[group], imr_rank_block_rows(&self->blocks[0], 0), &cubes);
    }
    self->std_deviation = rank_sum_deviation((double) m, (double) n, cubes);
    if (self->is_exact) {
        ret = imr_rank_null_init(&self->null, m, n, fault);
    }
    return ret == IMR_OK
        ? imr_rank_shifts_init(&self->shifts, &self->blocks[0], &self->blocks[1], fault)
        : ret;
}

void
imr_rank_test_free(imr_rank_test_t *self)
{
    imr_rank_null_free(&self->null);
    imr_rank_shifts_free(&self->shifts);
    imr_free(self->block);
    self->block = NULL;
}
