/* The maximisation: in turn in the masses of the cells and in those of the onset days. */
#include "recovery/aplasia_npmle.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "recovery/aplasia_npmle_steps.h"

/* Far below what is certified, so that the masses are good to many digits too. */
#define WANTED_GAP 1e-12
#define GOOD_GAP 1e-10
#define MOST_ROUNDS 3000
/* With onset masses, in so many rounds all move by expectation and maximisation alone: Newton's step would
 * take most of them away at once, and often lead to a lower end. */
#define EARLY_ROUNDS 20
/* So many rounds without less excess are slow. */
#define SLOW 3
/* Masses below this part of 1 / rows, where the gradient says that there should be none, are dropped. */
#define LEFTOVER 1e-11
/* Climbs whose log-likelihoods differ by less ended at the same height. */
#define SAME_HEIGHT 1e-6

static imr_aplasia_block_t
block_of(imr_aplasia_npmle_t *self, int of_days, size_t low, size_t high, double total)
{
    return (imr_aplasia_block_t) { of_days, low, high, total,
        (of_days ? self->start : self->mass) + low,
        (of_days ? self->start_gradient : self->gradient) + low };
}

/* --- the climb ---------------------------------------------------------------------------------- */

/* The masses of `base` with `part` of a step. */
static void
put_masses(double *mass, const double *base, const double *step, size_t count, double part)
{
    for (size_t j = 0; j < count; j++) {
        mass[j] = fmax(0, base[j] + part * step[j]);
    }
}

static void
put_total(const imr_aplasia_block_t *block)
{
    double total = 0;

    for (size_t j = 0; j < block->high - block->low; j++) {
        total += block->mass[j];
    }
    for (size_t j = 0; j < block->high - block->low; j++) {
        block->mass[j] *= block->total / total;
    }
}

/* How far a step may go until a mass is 0. */
static double
room_of(const double *base, const double *step, size_t count)
{
    double room = INFINITY;

    for (size_t j = 0; j < count; j++) {
        room = step[j] < 0 ? fmin(room, -base[j] / step[j]) : room;
    }
    return room;
}

/* Goes on in the direction of the last round, in growing steps while the log-likelihood rises: moving one
 * kind of masses at a time is slow along a ridge. */
static void
go_on(imr_aplasia_npmle_t *self, const imr_aplasia_block_t *blocks, int n_blocks)
{
    size_t m = self->n_cells, k = self->n_days;
    double *step = self->old_mass, *start_step = self->old_start, part = 0, next = 1, room;
    double loglik = imr_aplasia_npmle_loglik(self);

    for (size_t j = 0; j < m; j++) {
        self->base_mass[j] = self->mass[j];
        step[j] = self->mass[j] - step[j];
    }
    for (size_t j = 0; j < k; j++) {
        self->base_start[j] = self->start[j];
        start_step[j] = self->start[j] - start_step[j];
    }
    room = fmin(room_of(self->base_mass, step, m), room_of(self->base_start, start_step, k));
    for (; isfinite(room) && next <= room; next *= 4) {
        double there;

        put_masses(self->mass, self->base_mass, step, m, next);
        put_masses(self->start, self->base_start, start_step, k, next);
        there = imr_aplasia_npmle_find_p(self) ? imr_aplasia_npmle_loglik(self) : -INFINITY;
        if (!(there > loglik)) {
            break;
        }
        loglik = there;
        part = next;
    }
    put_masses(self->mass, self->base_mass, step, m, part);
    put_masses(self->start, self->base_start, start_step, k, part);
    for (int b = 0; b < n_blocks; b++) { /* a long step makes much of the rounding of its sum */
        put_total(&blocks[b]);
    }
    (void) imr_aplasia_npmle_find_p(self);
}

int
imr_aplasia_npmle_climb(
    imr_aplasia_npmle_t *self, size_t split, double early, imr_stop_t *stop, imr_fault_t *fault)
{
    imr_aplasia_block_t blocks[] = { block_of(self, 0, 0, split, early),
        block_of(self, 0, split, self->n_cells, 1 - (split > 0 ? early : 0)),
        block_of(self, 1, 0, self->n_days, 1) };
    double least = INFINITY;
    int since_less = 0, n_blocks = self->is_uniform ? 2 : 3;

    self->excess = imr_aplasia_npmle_certify(self, blocks, n_blocks);
    for (int round = 0; round < MOST_ROUNDS; round++) {
        double work = (double) (10 * self->n_pairs + self->rows * (self->n_cells + self->n_days));

        if (self->excess <= WANTED_GAP || (self->excess <= GOOD_GAP && since_less > 10)
            || since_less > 200 || isinf(self->excess)) {
            break;
        }
        if (imr_stop_asked(stop, work)) {
            return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
        memcpy(self->old_mass, self->mass, self->n_cells * sizeof(*self->mass));
        memcpy(self->old_start, self->start, self->n_days * sizeof(*self->start));
        for (int b = 0; b < n_blocks; b++) {
            int status = imr_aplasia_npmle_move(
                self, &blocks[b], !self->is_uniform && round < EARLY_ROUNDS, fault);

            if (status != IMR_OK) {
                return status;
            }
        }
        if (since_less > SLOW && split == 0 && !self->is_uniform) {
            int status = imr_aplasia_npmle_ridge_step(self, fault);

            if (status != IMR_OK) {
                return status;
            }
        } else {
            go_on(self, blocks, n_blocks);
        }
        self->iterations++;
        self->excess = imr_aplasia_npmle_certify(self, blocks, n_blocks);
        since_less++;
        if (self->excess < 0.9 * least) {
            least = self->excess;
            since_less = 0;
        }
    }
    return IMR_OK;
}

/* --- the estimate ------------------------------------------------------------------------------- */

/* Guesses of the onset masses: equal; earlier or later days more likely, mildly and strongly; and then at
 * random, always the same ones. */
static const double TILTS[] = { 0, -1, 1, -4, 4 };
#define N_TILTS ((int) (sizeof(TILTS) / sizeof(TILTS[0])))
#define FEWEST_STARTS 8
#define MOST_STARTS 32
/* So many pairs of row and onset day in all starts. */
#define PAIRS_OF_STARTS 20000
static const uint64_t KEY[2] = { 0, 0 };

static void
guess(imr_aplasia_npmle_t *self, int number)
{
    double total = 0, k = (double) self->n_days;
    imr_rng_t rng;

    imr_rng_init(&rng, KEY, (uint32_t) number);
    for (size_t j = 0; j < self->n_days; j++) {
        self->start[j] = number < N_TILTS ? exp(TILTS[number] * ((double) j + 0.5) / k)
                                          : -log(imr_rng_uniform(&rng));
        total += self->start[j];
    }
    for (size_t j = 0; j < self->n_days; j++) {
        self->start[j] /= total;
    }
    for (size_t j = 0; j < self->n_cells; j++) {
        self->mass[j] = 1 / (double) self->n_cells;
    }
}

static int
starts_of(const imr_aplasia_npmle_t *self)
{
    size_t wanted = PAIRS_OF_STARTS / self->n_pairs;

    if (self->is_uniform || self->n_days == 1) { /* concave */
        return 1;
    }
    return wanted < FEWEST_STARTS ? FEWEST_STARTS
        : wanted > MOST_STARTS    ? MOST_STARTS
                                  : (int) wanted;
}

static void
drop_leftovers(double *mass, const double *gradient, size_t count, double n)
{
    double total = 0;

    for (size_t j = 0; j < count; j++) {
        if (mass[j] * n < LEFTOVER && gradient[j] < n) {
            mass[j] = 0;
        }
        total += mass[j];
    }
    for (size_t j = 0; j < count; j++) {
        mass[j] /= total;
    }
}

int
imr_aplasia_npmle_fit(
    imr_aplasia_npmle_t *self, imr_aplasia_npmle_fit_t *fit, imr_stop_t *stop, imr_fault_t *fault)
{
    size_t m = self->n_cells, k = self->n_days;
    double *best = imr_malloc(m + k, sizeof(*best)), loglik[MOST_STARTS];
    imr_aplasia_block_t blocks[] = { block_of(self, 0, 0, m, 1), block_of(self, 1, 0, k, 1) };
    int status = IMR_OK;

    memset(fit, 0, sizeof(*fit));
    if (best == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    fit->starts = starts_of(self);
    fit->loglik = -INFINITY;
    fit->least_loglik = INFINITY;
    for (int s = 0; s < fit->starts && status == IMR_OK; s++) {
        guess(self, s);
        status = imr_aplasia_npmle_climb(self, 0, 0, stop, fault);
        loglik[s] = imr_aplasia_npmle_loglik(self);
        fit->least_loglik = fmin(fit->least_loglik, loglik[s]);
        /* ends of one height differ by rounding: the first stays */
        if (status == IMR_OK && (s == 0 || loglik[s] > fit->loglik + SAME_HEIGHT)) {
            fit->loglik = loglik[s];
            memcpy(best, self->mass, m * sizeof(*best));
            memcpy(best + m, self->start, k * sizeof(*best));
        }
    }
    for (int s = 0; s < fit->starts && status == IMR_OK; s++) {
        fit->agreeing += loglik[s] >= fit->loglik - SAME_HEIGHT;
    }
    if (status == IMR_OK) {
        memcpy(self->mass, best, m * sizeof(*best));
        memcpy(self->start, best + m, k * sizeof(*best));
        (void) imr_aplasia_npmle_certify(self, blocks, self->is_uniform ? 1 : 2);
        drop_leftovers(self->mass, self->gradient, m, (double) self->rows);
        if (!self->is_uniform) {
            drop_leftovers(self->start, self->start_gradient, k, (double) self->rows);
        }
        fit->kkt_gap = fmax(0, imr_aplasia_npmle_certify(self, blocks, self->is_uniform ? 1 : 2));
        self->excess = fit->kkt_gap;
        fit->loglik = imr_aplasia_npmle_loglik(self);
        if (!(fit->kkt_gap <= IMR_APLASIA_CERTIFIED)) {
            status = imr_fault(fault, IMR_ERR_UNCERTIFIED, "kkt_gap", -1, fit->kkt_gap);
        } else {
            status = imr_aplasia_npmle_find_unique(self, &fit->unique, fault);
        }
    }
    imr_free(best);
    return status;
}
