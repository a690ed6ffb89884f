/* Transition probabilities of a continuous-time Markov chain, with their derivatives in the intensities.
 *
 * P(t) = exp(Qt) is the sum over k of w_k(t) R^k, with R = I + Q / rate a matrix of probabilities and w_k
 * the Poisson probabilities of mean rate t (Jensen 1953). No term is negative, so that small probabilities
 * keep their digits, and eigenvalues may be equal. Beyond IMR_PANEL_LONGEST the time is halved, and the
 * matrix squared. */
#ifndef IMR_PANEL_MARKOV_MATRIX_H
#define IMR_PANEL_MARKOV_MATRIX_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define IMR_PANEL_MOST_STATES 16
#define IMR_PANEL_MOST_TRANSITIONS 32
#define IMR_PANEL_LONGEST 32.0 /* of rate t in one sum */

typedef struct {
    size_t states, transitions;
    uint8_t from[IMR_PANEL_MOST_TRANSITIONS], to[IMR_PANEL_MOST_TRANSITIONS];
} imr_panel_chain_t;

/* A jet: a number, then (order 1) its derivatives in each intensity, then (order 2) the second ones in
 * transitions a >= b at imr_panel_pair. */
static inline size_t
imr_panel_jet(size_t transitions, int order)
{
    return order == 0 ? 1
        : order == 1  ? 1 + transitions
                      : 1 + transitions + transitions * (transitions + 1) / 2;
}

static inline size_t
imr_panel_pair(size_t transitions, size_t a, size_t b)
{
    return 1 + transitions + a * (a + 1) / 2 + b;
}

/* The rate of the sums for times up to `longest`: at least that at which any state is left. */
double imr_panel_rate(const imr_panel_chain_t *chain, const double *intensity, double longest);

/* How many terms a sum of this mean needs, at most IMR_PANEL_MOST_TERMS for mean <= IMR_PANEL_LONGEST. */
#define IMR_PANEL_MOST_TERMS 192
size_t imr_panel_terms(double mean, size_t states);

/* weight[k] = w_k, for k below terms. */
void imr_panel_weights(double mean, size_t terms, double *weight);

/* table[k] = row `start` of R^k: for each state a jet; k below terms. */
void imr_panel_series(const imr_panel_chain_t *chain, const double *intensity, double rate,
    size_t start, int order, size_t terms, double *table);

/* How many doubles of `work` imr_panel_matrix takes. */
size_t imr_panel_work_size(const imr_panel_chain_t *chain, int order);

/* probability[r][s]: jets of P(t), t >= 0. integral (NULL, or order <= 1): those of the expected time in s
 * up to t from r. IMR_ERR_PANEL_RATE when rate t exceeds 2^40. */
int IMR_MUST_CHECK imr_panel_matrix(const imr_panel_chain_t *chain, const double *intensity,
    double t, int order, double *probability, double *integral, double *work);

#endif
