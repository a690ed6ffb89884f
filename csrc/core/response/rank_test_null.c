#include "response/rank_test_null.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

double
imr_rank_null_work(size_t first, size_t second)
{
    double a = (double) first, b = (double) second;

    return second == 0 ? a * a * (a + 1) / 2 : fmin(a, b) * a * b * (a + b);
}

/* --- memory ------------------------------------------------------------------------------------- */

int
imr_rank_null_init(imr_rank_null_t *self, size_t first, size_t second, imr_fault_t *fault)
{
    size_t chosen = first < second ? first : second, patients = first + second;
    size_t most = second == 0 ? first * (first + 1) : 2 * first * second;
    size_t width = most / 2 + 1, rows = second == 0 ? 2 : chosen + 1;
    size_t doubles = (2 + rows) * width + chosen + 1;
    double *at;

    memset(self, 0, sizeof(*self));
    self->first = first;
    self->second = second;
    self->unmade = 1;
    self->block = at = imr_malloc(doubles + patients / 2 + 1, sizeof(double));
    if (self->block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->tails[0] = at;
    self->tails[1] = at + width;
    self->mass = at + 2 * width;
    self->weight = self->mass + rows * width;
    self->pattern = (uint32_t *) (void *) (at + doubles);
    return IMR_OK;
}

void
imr_rank_null_free(imr_rank_null_t *self)
{
    imr_free(self->block);
    self->block = NULL;
}

/* Is it another pattern than the last? Then it is noted. */
static int
is_new(imr_rank_null_t *self, const uint32_t *pattern, size_t n)
{
    if (!self->unmade && n == self->n_pattern
        && memcmp(pattern, self->pattern, n * sizeof(*pattern)) == 0) {
        return 0;
    }
    memcpy(self->pattern, pattern, n * sizeof(*pattern));
    self->n_pattern = n;
    self->unmade = 0;
    return 1;
}

static void
cumulate(const double *mass, size_t width, double whole, double *tail)
{
    double sum = 0;

    for (size_t j = 0; j < width; j++) {
        sum += mass[j];
        tail[j] = sum / whole;
    }
}

/* --- signs -------------------------------------------------------------------------------------- */

static size_t
common_divisor(size_t a, size_t b)
{
    while (b != 0) {
        size_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

void
imr_rank_null_signs(imr_rank_null_t *self, const uint32_t *rank, size_t n)
{
    size_t width, reach = 0;
    double *now = self->mass, *next;

    if (!is_new(self, rank, n)) {
        return;
    }
    self->total = self->unit = 0;
    for (size_t i = 0; i < n; i++) {
        self->total += rank[i];
        self->unit = common_divisor(rank[i], self->unit);
    }
    self->unit = n == 0 ? 1 : self->unit;
    width = self->total / 2 / self->unit + 1;
    next = now + width;
    memset(now, 0, 2 * width * sizeof(*now));
    now[0] = 1;
    for (size_t i = 0; i < n; i++) {
        size_t step = rank[i] / self->unit, end = reach + step + 1;
        double *last = now;

        end = end < width ? end : width;
        for (size_t s = 0; s < step && s < end; s++) {
            next[s] = 0.5 * now[s];
        }
        for (size_t s = step; s < end; s++) {
            next[s] = 0.5 * (now[s] + now[s - step]);
        }
        reach = end - 1;
        now = next;
        next = last;
    }
    cumulate(now, width, 1, self->tails[0]);
    self->low = self->high = self->tails[0];
}

/* --- draws -------------------------------------------------------------------------------------- */

/* Adds a block of `size` tied scores, before which `seen` lie: mass[k] counts, for k scores drawn so
 * far, the ways to each value. In place, the larger k first. */
static void
add_block(
    imr_rank_null_t *self, size_t seen, size_t size, size_t chosen, size_t others, size_t width)
{
    size_t most = seen + size < chosen ? seen + size : chosen;
    size_t least = seen + size > others ? seen + size - others : 0;
    double *weight = self->weight;

    weight[0] = 1;
    for (size_t a = 1; a <= size && a <= chosen; a++) {
        weight[a] = weight[a - 1] * (double) (size - a + 1) / (double) a;
    }
    for (size_t k = most; k >= least && k > 0; k--) {
        double *to = self->mass + k * width;

        for (size_t a = 1; a <= size && a <= k; a++) {
            const double *from = self->mass + (k - a) * width;
            size_t below, shift, end;

            if (k - a > seen || seen - (k - a) > others) {
                continue;
            }
            below = seen - (k - a);
            shift = (2 * a * below + a * (size - a)) / self->unit;
            if (shift >= width) {
                continue;
            }
            end = 2 * (k - a) * below / self->unit + 1; /* what k - a scores can reach so far */
            end = end < width - shift ? end : width - shift;
            for (size_t s = 0; s < end; s++) {
                to[s + shift] += weight[a] * from[s];
            }
        }
    }
}

/* Every score its own block: mass[u] counts the ways to the value u, the coefficients of the Gaussian
 * binomial. One score drawn more multiplies by (1 - q^(others + k)) / (1 - q^k). */
static void
count_untied(double *mass, size_t chosen, size_t others, size_t width)
{
    memset(mass, 0, width * sizeof(*mass));
    mass[0] = 1;
    for (size_t k = 1; k <= chosen; k++) {
        for (size_t u = width; u-- > others + k;) {
            mass[u] -= mass[u - others - k];
        }
        for (size_t u = k; u < width; u++) {
            mass[u] += mass[u - k];
        }
    }
}

static void
count_tied(imr_rank_null_t *self, int is_reversed, size_t chosen, size_t others, size_t width)
{
    size_t seen = 0;

    memset(self->mass, 0, (chosen + 1) * width * sizeof(double));
    self->mass[0] = 1;
    for (size_t b = 0; b < self->n_pattern; b++) {
        size_t size = self->pattern[is_reversed ? self->n_pattern - 1 - b : b];

        add_block(self, seen, size, chosen, others, width);
        seen += size;
    }
}

/* The tail from the value 0 on, of the blocks from the first or from the last to the other end. */
static void
draw(imr_rank_null_t *self, int is_reversed, double *tail)
{
    size_t chosen = self->first < self->second ? self->first : self->second;
    size_t others = self->first + self->second - chosen;
    size_t width = self->total / 2 / self->unit + 1;
    double ways = 1, *mass = self->mass;

    for (size_t k = 1; k <= chosen; k++) {
        ways = ways * (double) (others + k) / (double) k;
    }
    if (self->n_pattern == chosen + others) {
        count_untied(mass, chosen, others, width);
    } else {
        count_tied(self, is_reversed, chosen, others, width);
        mass += chosen * width;
    }
    cumulate(mass, width, ways, tail);
}

void
imr_rank_null_draws(imr_rank_null_t *self, const uint32_t *size, size_t n)
{
    int is_symmetric = 1, is_mirrored = self->first > self->second;

    if (!is_new(self, size, n)) {
        return;
    }
    self->total = 2 * self->first * self->second;
    self->unit = 2;
    for (size_t b = 0; b < n; b++) {
        is_symmetric &= size[b] == size[n - 1 - b];
        if (size[b] % 2 == 0) {
            self->unit = 1; /* a tie of two may count 1/2 */
        }
    }
    draw(self, 0, self->tails[0]);
    if (!is_symmetric) {
        draw(self, 1, self->tails[1]);
    }
    /* what the smaller group gains, the larger one loses */
    self->low = self->tails[is_symmetric ? 0 : is_mirrored];
    self->high = self->tails[is_symmetric ? 0 : !is_mirrored];
}

/* --- tails -------------------------------------------------------------------------------------- */

double
imr_rank_null_lower(const imr_rank_null_t *self, size_t t)
{
    if (2 * t < self->total) {
        return self->low[t / self->unit];
    }
    return t >= self->total ? 1 : 1 - self->high[(self->total - t - 1) / self->unit];
}

double
imr_rank_null_upper(const imr_rank_null_t *self, size_t t)
{
    if (2 * t > self->total) {
        return self->high[(self->total - t) / self->unit];
    }
    return t == 0 ? 1 : 1 - self->low[(t - 1) / self->unit];
}
