/* The curves of largest likelihood among those with a given probability of return up to a time are the
 * maxima with one row more, which pulls the probability up or down: the weight of that row stands for
 * the probability, and is found so that the likelihood ratio is the quantile. */
#include "recovery/reconstitution_limits.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/quantile.h"

/* The likelihood ratio hits its quantile to this; the rest is mended along the slope, which is known. */
#define NEAR 1e-6
#define MOST_TRIES 200
/* A pull this strong, in rows, that neither reaches the quantile nor the end of the space. */
#define MOST_PULL 1e9
/* Masses that are none but for what the iteration has left. */
#define NO_MASS 1e-10

static int
maximise(const imr_reconstitution_limits_t *self, imr_reconstitution_t *cells, imr_fault_t *fault)
{
    double work = 1 + (double) cells->n_cells * (double) cells->n_cells;
    int done = 0, status = IMR_OK;

    cells->iterations = 0;
    cells->rounds_since_less = 0;
    while (status == IMR_OK && !done) {
        if (imr_stop_asked(self->stop, work * (double) cells->n_cells)) {
            return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
        status = imr_reconstitution_advance(cells, &done, fault);
    }
    if (status == IMR_OK && !(imr_reconstitution_certify(cells) <= IMR_RECONSTITUTION_CERTIFIED)) {
        status = imr_fault(fault, IMR_ERR_UNCERTIFIED, "kkt_gap", -1, cells->excess);
    }
    return status;
}

int
imr_reconstitution_limits_init(imr_reconstitution_limits_t *self,
    const imr_reconstitution_rows_t *rows, const int64_t *group, int64_t code, double level,
    imr_stop_t *stop, imr_fault_t *fault)
{
    imr_reconstitution_t cells;
    int status;

    memset(self, 0, sizeof(*self));
    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    self->rows = rows;
    self->group = group;
    self->code = code;
    self->stop = stop;
    status = imr_quantile_chi_squared(level, 1, &self->quantile);
    if (status != IMR_OK) {
        return imr_fault(fault, status, "level", -1, level);
    }
    status = imr_reconstitution_init(&cells, rows, group, code, fault);
    if (status == IMR_OK) {
        status = maximise(self, &cells, fault);
    }
    if (status == IMR_OK) {
        self->loglik = imr_reconstitution_loglik(&cells);
    }
    imr_reconstitution_free(&cells);
    return status;
}

/* The probability of the pulled cells where they are pulled with this weight, by how much the
 * likelihood ratio exceeds its quantile there, and whether nothing is left outside them. */
typedef struct {
    double weight, share, excess;
    int is_all;
} pull_t;

static int
pull(const imr_reconstitution_limits_t *self, imr_reconstitution_t *cells, pull_t *at,
    imr_fault_t *fault)
{
    double inside = 0, outside = 0;
    int status;

    cells->pull = at->weight;
    cells->total = (double) cells->rows + at->weight;
    status = maximise(self, cells, fault);
    for (size_t j = 0; j < cells->n_cells; j++) {
        if (j >= cells->pull_begin && j < cells->pull_end) {
            inside += cells->mass[j];
        } else {
            outside += cells->mass[j];
        }
    }
    at->share = inside / (inside + outside);
    at->excess = 2 * (self->loglik - imr_reconstitution_loglik(cells)) - self->quantile;
    at->is_all = outside <= NO_MASS * inside;
    return status;
}

/* The square root of the likelihood ratio, which is nearly linear in the weight, less its wanted
 * value. */
static double
gap_of(const imr_reconstitution_limits_t *self, const pull_t *at)
{
    return sqrt(fmax(0, at->excess + self->quantile)) - sqrt(self->quantile);
}

/* The largest probability of the pulled cells: the weight by regula falsi, with halved ends (Illinois).
 */
static int
find_share(const imr_reconstitution_limits_t *self, imr_reconstitution_t *cells, double *share,
    imr_fault_t *fault)
{
    double low = 0, below = -sqrt(self->quantile), high = INFINITY, above = 0;
    pull_t at = { .weight = sqrt((double) cells->rows * self->quantile) };
    int side = 0;

    for (int tries = 0; tries < MOST_TRIES && at.weight < MOST_PULL * (double) cells->rows;
        tries++) {
        int status = pull(self, cells, &at, fault);
        double gap = gap_of(self, &at);

        if (status != IMR_OK) {
            return status;
        }
        if (at.is_all && at.excess <= 0) {
            *share = 1;
            return IMR_OK;
        }
        if (fabs(at.excess) <= NEAR * self->quantile) {
            /* the ratio rises with the share by 2 * weight / share */
            *share = fmin(1, at.share - at.excess * at.share / (2 * at.weight));
            return IMR_OK;
        }
        if (gap < 0) {
            low = at.weight;
            below = gap;
            above = side < 0 ? above / 2 : above;
            side = -1;
        } else {
            high = at.weight;
            above = gap;
            below = side > 0 ? below / 2 : below;
            side = 1;
        }
        at.weight = isinf(high) ? 4 * low : low + (high - low) * below / (below - above);
    }
    return imr_fault(fault, IMR_ERR_UNCERTIFIED, "pull", -1, at.weight);
}

/* The largest probability of return up to a time, or the least. */
static int
find_limit(const imr_reconstitution_limits_t *self, double time, int is_up, double *limit,
    imr_fault_t *fault)
{
    imr_reconstitution_t cells;
    double share = 0;
    int status =
        imr_reconstitution_init_cut(&cells, self->rows, self->group, self->code, time, fault);

    if (status == IMR_OK) {
        cells.pull_begin = is_up ? 0 : cells.cut_cells;
        cells.pull_end = is_up ? cells.cut_cells : cells.n_cells;
        status = find_share(self, &cells, &share, fault);
    }
    imr_reconstitution_free(&cells);
    *limit = is_up ? share : 1 - share;
    return status;
}

int
imr_reconstitution_limits_at(const imr_reconstitution_limits_t *self, double time, double *low,
    double *high, imr_fault_t *fault)
{
    int status;

    if (!isfinite(time)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "times", -1, time);
    }
    if (time < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "times", -1, time);
    }
    status = find_limit(self, time, 0, low, fault);
    return status == IMR_OK ? find_limit(self, time, 1, high, fault) : status;
}

/* --- quantiles --------------------------------------------------------------------------------- */

/* Step k of the line: the values are the odd ones, and before, between and after them the even. */
static double
time_of(const imr_turnbull_ends_t *ends, size_t k)
{
    size_t v = k / 2;
    double before = v > 0 ? ends->value[v - 1] : 0;

    if (k % 2 == 1) {
        return ends->value[v];
    }
    return v == ends->n_values ? 2 * before + 1 : before + (ends->value[v] - before) / 2;
}

/* The first step where a limit has come up to p, the upper one, or passed it, the lower one. Both
 * limits rise with time. */
static int
find_step(
    const imr_reconstitution_limits_t *self, double p, int is_up, size_t *step, imr_fault_t *fault)
{
    const imr_turnbull_ends_t *ends = &self->rows->ends;
    size_t begin = 0, end = 2 * ends->n_values + 1;

    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        double limit;
        int status = find_limit(self, time_of(ends, middle), is_up, &limit, fault);

        if (status != IMR_OK) {
            return status;
        }
        if (is_up ? limit >= p : limit > p) {
            end = middle;
        } else {
            begin = middle + 1;
        }
    }
    *step = begin;
    return IMR_OK;
}

/* A step between two values begins at the first. */
static double
start_of(const imr_turnbull_ends_t *ends, size_t step)
{
    if (step > 2 * ends->n_values) {
        return INFINITY;
    }
    return step % 2 == 1 ? ends->value[step / 2] : step == 0 ? 0 : ends->value[step / 2 - 1];
}

int
imr_reconstitution_limits_quantile(const imr_reconstitution_limits_t *self, double p, double *low,
    double *high, imr_fault_t *fault)
{
    size_t first, last;
    int status;

    if (!(p > 0 && p < 1)) {
        return imr_fault(fault, IMR_ERR_PROBABILITY, "p", -1, p);
    }
    status = find_step(self, p, 1, &first, fault);
    if (status == IMR_OK) {
        status = find_step(self, p, 0, &last, fault);
    }
    if (status == IMR_OK) {
        *low = start_of(&self->rows->ends, first);
        *high = start_of(&self->rows->ends, last);
    }
    return status;
}
