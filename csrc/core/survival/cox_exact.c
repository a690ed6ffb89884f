/* The exact partial likelihood: of all ways to choose as many rows as have the event from those at
 * risk, the events' share. The choices are those of independent draws with chances p of one odds
 * factor, given their number: with that factor set so that the expected number is the one observed,
 * no sum over choices over- or underflows. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/cox_likelihood.h"
#include "survival/cox_rows.h"

#define MOST_STEPS 100
#define CLOSE 1e-3 /* of the logarithm of the odds factor */

typedef struct {
    imr_cox_likelihood_t *likelihood;
    size_t first, end; /* the rows at risk, but for those gone */
    double sign; /* -1: the rows without the event are chosen, with the inverse hazard ratios */
    double drawn, all; /* how many are chosen, out of how many */
    double log_odds; /* the factor */
    size_t p, half; /* numbers of a symmetric matrix */
    double *center; /* p */
    double *y; /* p: of one row */
    double *chance, *sum,
        *square; /* of each number chosen: probability, E of sum of y, of its square */
} choice_t;

static int
is_at_risk(const choice_t *self, size_t i)
{
    return self->likelihood->gone == NULL || !self->likelihood->gone[i];
}

static double
chance_of(const choice_t *self, size_t i)
{
    return 1 / (1 + exp(-(self->sign * self->likelihood->eta[i] + self->log_odds)));
}

/* The odds factor, to a few digits: any would do but for rounding. Newton's steps, kept between a
 * factor at which nearly none is chosen and one at which nearly all are. */
static void
find_odds(choice_t *self)
{
    const imr_cox_rows_t *rows = self->likelihood->rows;
    double low = INFINITY, high = -INFINITY, mean = 0;

    for (size_t i = self->first; i < self->end; i++) {
        double eta = self->sign * self->likelihood->eta[i];

        if (is_at_risk(self, i)) {
            mean += imr_cox_weight(rows, i) * eta;
            low = fmin(low, -eta);
            high = fmax(high, -eta);
        }
    }
    self->log_odds = log(self->drawn / (self->all - self->drawn)) - mean / self->all;
    low = fmin(low, self->log_odds) - log(self->all) - 1;
    high = fmax(high, self->log_odds) + log(self->all) + 1;
    for (int step = 0; step < MOST_STEPS && high - low > CLOSE; step++) {
        double expected = 0, slope = 0, next;

        for (size_t i = self->first; i < self->end; i++) {
            double chance = chance_of(self, i);

            if (is_at_risk(self, i)) {
                expected += imr_cox_weight(rows, i) * chance;
                slope += imr_cox_weight(rows, i) * chance * (1 - chance);
            }
        }
        if (expected < self->drawn) {
            low = self->log_odds;
        } else {
            high = self->log_odds;
        }
        next = self->log_odds + (self->drawn - expected) / slope;
        if (fabs(next - self->log_odds) < CLOSE) {
            return;
        }
        self->log_odds = next > low && next < high ? next : 0.5 * (low + high);
    }
}

static void
find_center(choice_t *self)
{
    const imr_cox_rows_t *rows = self->likelihood->rows;

    memset(self->center, 0, self->p * sizeof(double));
    for (size_t i = self->first; i < self->end; i++) {
        double share = chance_of(self, i) * imr_cox_weight(rows, i) / self->drawn;

        for (size_t j = 0; is_at_risk(self, i) && j < self->p; j++) {
            double z = rows->z[i * rows->width + j];

            self->center[j] += share * z;
            self->likelihood->drawn_size[j] += self->drawn * share * z * z;
        }
    }
}

/* One more row to choose from; number d is of use if `least` <= d <= `most`. */
static void
offer_row(choice_t *self, double chance, size_t least, size_t most)
{
    size_t p = self->p, half = self->half;
    double other = 1 - chance;

    for (size_t d = most; d > 0 && d >= least; d--) {
        double before = self->chance[d - 1];
        double *sum = self->sum + d * p, *square = self->square + d * half;
        const double *sum_before = sum - p, *square_before = square - half;

        for (size_t r = 0, at = 0; r < p; r++) {
            for (size_t c = r; c < p; c++, at++) {
                square[at] = other * square[at]
                    + chance
                        * (square_before[at] + self->y[r] * (sum_before[c] + self->y[c] * before)
                            + self->y[c] * sum_before[r]);
            }
        }
        for (size_t r = 0; r < p; r++) {
            sum[r] = other * sum[r] + chance * (sum_before[r] + self->y[r] * before);
        }
        self->chance[d] = other * self->chance[d] + chance * before;
    }
    if (least == 0) {
        self->chance[0] *= other;
    }
}

/* Offers all rows; returns the logarithm of the sum over choices but for that of chance[drawn]. */
static int
offer_rows(choice_t *self, double *logs, imr_fault_t *fault)
{
    imr_cox_likelihood_t *likelihood = self->likelihood;
    const imr_cox_rows_t *rows = likelihood->rows;
    size_t drawn = (size_t) self->drawn, offered = 0, all = (size_t) self->all;

    *logs = -self->drawn * self->log_odds;
    for (size_t i = self->first; i < self->end; i++) {
        double chance = chance_of(self, i), weight = imr_cox_weight(rows, i);
        double odds = exp(self->sign * likelihood->eta[i] + self->log_odds);

        if (!is_at_risk(self, i)) {
            continue;
        }
        *logs += weight * log1p(odds);
        for (size_t j = 0; j < self->p; j++) {
            self->y[j] = rows->z[i * rows->width + j] - self->center[j];
        }
        for (double copy = 0; copy < weight; copy++) {
            size_t rest = all - ++offered;

            offer_row(
                self, chance, drawn > rest ? drawn - rest : 0, offered < drawn ? offered : drawn);
            if (imr_stop_asked(likelihood->stop, self->drawn * (double) (3 * self->half + 4))) {
                return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
            }
        }
    }
    return IMR_OK;
}

/* Loglik, score and information of the choice, out of what the offers left. */
static void
add_choice(const choice_t *self, double logs)
{
    imr_cox_likelihood_t *likelihood = self->likelihood;
    size_t p = self->p, drawn = (size_t) self->drawn, width = likelihood->rows->width;
    double scale = 1 / self->chance[drawn];
    const double *sum = self->sum + drawn * p, *square = self->square + drawn * self->half;

    likelihood->loglik -= logs + log(self->chance[drawn]);
    for (size_t r = 0, at = 0; r < p; r++) {
        likelihood->score[r] -= self->sign * (self->drawn * self->center[r] + sum[r] * scale);
        for (size_t c = r; c < p; c++, at++) {
            likelihood->direct[r * width + c] +=
                square[at] * scale - sum[r] * scale * sum[c] * scale;
        }
    }
}

/* Takes the sums over all at risk off the log-likelihood and the score: what is left when the rows
 * without the event are chosen instead. */
static void
take_all(const choice_t *self)
{
    imr_cox_likelihood_t *likelihood = self->likelihood;
    const imr_cox_rows_t *rows = likelihood->rows;

    for (size_t i = self->first; i < self->end; i++) {
        double weight = imr_cox_weight(rows, i);

        if (!is_at_risk(self, i)) {
            continue;
        }
        likelihood->loglik -= weight * likelihood->eta[i];
        for (size_t j = 0; j < self->p; j++) {
            likelihood->score[j] -= weight * rows->z[i * rows->width + j];
        }
    }
}

int
imr_cox_exact_set(imr_cox_likelihood_t *self, size_t k, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = self->rows;
    choice_t choice = { .likelihood = self, .p = rows->p };
    double events, one, logs, *block;
    size_t numbers;
    int status;

    imr_cox_terms(rows, IMR_COX_EXACT, k, &events, &one);
    choice.first = self->at_risk.first;
    choice.end = (size_t) rows->end[k];
    choice.half = rows->p * (rows->p + 1) / 2;
    for (size_t i = choice.first; i < choice.end; i++) {
        choice.all += is_at_risk(&choice, i) ? imr_cox_weight(rows, i) : 0;
    }
    choice.sign = 2 * events > choice.all ? -1 : 1;
    choice.drawn = choice.sign < 0 ? choice.all - events : events;
    if (choice.sign < 0) {
        take_all(&choice);
    }
    if (choice.drawn == 0) {
        return IMR_OK;
    }
    numbers = 1 + choice.p + choice.half;
    if (choice.drawn > (double) (SIZE_MAX / 64) / (double) numbers) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    block = imr_calloc(((size_t) choice.drawn + 1) * numbers + 2 * choice.p, sizeof(double));
    if (block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    choice.center = block;
    choice.y = choice.center + choice.p;
    choice.chance = choice.y + choice.p;
    choice.sum = choice.chance + (size_t) choice.drawn + 1;
    choice.square = choice.sum + ((size_t) choice.drawn + 1) * choice.p;
    choice.chance[0] = 1;
    find_odds(&choice);
    find_center(&choice);
    status = offer_rows(&choice, &logs, fault);
    if (status == IMR_OK && choice.chance[(size_t) choice.drawn] > 0) {
        add_choice(&choice, logs);
    } else {
        self->loglik = -INFINITY; /* out of range */
    }
    imr_free(block);
    return status;
}
