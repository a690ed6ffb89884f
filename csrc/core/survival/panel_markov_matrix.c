#include "survival/panel_markov_matrix.h"

#include <math.h>
#include <string.h>

/* Terms below this share of the largest are left out. */
#define NOTHING 1e-24
#define MOST_HALVINGS 40

double
imr_panel_rate(const imr_panel_chain_t *chain, const double *intensity, double longest)
{
    double leaving[IMR_PANEL_MOST_STATES] = { 0 }, rate = 0;

    for (size_t j = 0; j < chain->transitions; j++) {
        leaving[chain->from[j]] += intensity[j];
    }
    for (size_t s = 0; s < chain->states; s++) {
        rate = fmax(rate, leaving[s]);
    }
    /* derivatives at 0 are divided by the rate: it is not that of a chain which never moves */
    return fmax(rate, 0.25 / longest);
}

size_t
imr_panel_terms(double mean, size_t states)
{
    size_t k = states > (size_t) mean ? states : (size_t) mean;
    double term = 1;

    for (; term > NOTHING && k < IMR_PANEL_MOST_TERMS - 1; k++) {
        term *= mean / (double) (k + 1);
    }
    return k + 1;
}

void
imr_panel_weights(double mean, size_t terms, double *weight)
{
    weight[0] = exp(-mean);
    for (size_t k = 1; k < terms; k++) {
        weight[k] = weight[k - 1] * mean / (double) k;
    }
}

/* next = row R, with derivatives. */
static void
multiply(const imr_panel_chain_t *chain, const double *share, const double *stay, double rate,
    int order, const double *row, double *next)
{
    size_t transitions = chain->transitions, jet = imr_panel_jet(transitions, order);

    for (size_t s = 0; s < chain->states; s++) {
        for (size_t j = 0; j < jet; j++) {
            next[s * jet + j] = stay[s] * row[s * jet + j];
        }
    }
    for (size_t a = 0; a < transitions; a++) {
        const double *source = row + chain->from[a] * jet;
        double *gains = next + chain->to[a] * jet, *loses = next + chain->from[a] * jet;

        for (size_t j = 0; j < jet; j++) {
            gains[j] += share[a] * source[j];
        }
        if (order == 0) {
            continue;
        }
        gains[1 + a] += source[0] / rate;
        loses[1 + a] -= source[0] / rate;
        for (size_t b = 0; order == 2 && b < transitions; b++) {
            size_t pair =
                b <= a ? imr_panel_pair(transitions, a, b) : imr_panel_pair(transitions, b, a);
            double flow = (b == a ? 2 : 1) * source[1 + b] / rate;

            gains[pair] += flow;
            loses[pair] -= flow;
        }
    }
}

void
imr_panel_series(const imr_panel_chain_t *chain, const double *intensity, double rate, size_t start,
    int order, size_t terms, double *table)
{
    size_t size = chain->states * imr_panel_jet(chain->transitions, order);
    double share[IMR_PANEL_MOST_TRANSITIONS], stay[IMR_PANEL_MOST_STATES];

    for (size_t s = 0; s < chain->states; s++) {
        stay[s] = 0;
    }
    for (size_t j = 0; j < chain->transitions; j++) {
        share[j] = intensity[j] / rate;
        stay[chain->from[j]] += intensity[j];
    }
    for (size_t s = 0; s < chain->states; s++) {
        stay[s] = (rate - stay[s]) / rate;
    }
    memset(table, 0, size * sizeof(double));
    table[start * imr_panel_jet(chain->transitions, order)] = 1;
    for (size_t k = 1; k < terms; k++) {
        multiply(chain, share, stay, rate, order, table + (k - 1) * size, table + k * size);
    }
}

size_t
imr_panel_work_size(const imr_panel_chain_t *chain, int order)
{
    size_t size = chain->states * imr_panel_jet(chain->transitions, order);

    return size * IMR_PANEL_MOST_TERMS + 2 * size * chain->states;
}

/* The rows of P(t), and of the times, for a mean that one sum holds. */
static void
sum_rows(const imr_panel_chain_t *chain, const double *intensity, double t, int order,
    double *probability, double *integral, double *table)
{
    double weight[IMR_PANEL_MOST_TERMS], later[IMR_PANEL_MOST_TERMS];
    double rate = imr_panel_rate(chain, intensity, t), left = 0;
    size_t terms = imr_panel_terms(rate * t, chain->states);
    size_t size = chain->states * imr_panel_jet(chain->transitions, order);

    imr_panel_weights(rate * t, terms, weight);
    for (size_t k = terms; k-- > 0;) { /* later[k]: the mean time in step k, times the rate */
        later[k] = left;
        left += weight[k];
    }
    memset(probability, 0, chain->states * size * sizeof(double));
    if (integral != NULL) {
        memset(integral, 0, chain->states * size * sizeof(double));
    }
    for (size_t r = 0; r < chain->states; r++) {
        imr_panel_series(chain, intensity, rate, r, order, terms, table);
        for (size_t k = 0; k < terms; k++) {
            for (size_t j = 0; j < size; j++) {
                probability[r * size + j] += weight[k] * table[k * size + j];
            }
            for (size_t j = 0; integral != NULL && j < size; j++) {
                integral[r * size + j] += later[k] / rate * table[k * size + j];
            }
        }
    }
}

/* out += left right, with derivatives; out is another matrix. */
static void
add_product(
    const imr_panel_chain_t *chain, int order, const double *left, const double *right, double *out)
{
    size_t states = chain->states, transitions = chain->transitions;
    size_t jet = imr_panel_jet(transitions, order);

    for (size_t r = 0; r < states; r++) {
        for (size_t m = 0; m < states; m++) {
            const double *x = left + (r * states + m) * jet;

            for (size_t s = 0; s < states; s++) {
                const double *y = right + (m * states + s) * jet;
                double *z = out + (r * states + s) * jet;

                z[0] += x[0] * y[0];
                for (size_t j = 1; j < jet; j++) {
                    z[j] += x[0] * y[j] + x[j] * y[0];
                }
                for (size_t a = 0; order == 2 && a < transitions; a++) {
                    double *pairs = z + imr_panel_pair(transitions, a, 0);

                    for (size_t b = 0; b <= a; b++) {
                        pairs[b] += x[1 + a] * y[1 + b] + x[1 + b] * y[1 + a];
                    }
                }
            }
        }
    }
}

int
imr_panel_matrix(const imr_panel_chain_t *chain, const double *intensity, double t, int order,
    double *probability, double *integral, double *work)
{
    size_t states = chain->states, jet = imr_panel_jet(chain->transitions, order);
    size_t whole = states * states * jet;
    double *product = work, *times = work + whole;
    int halvings = 0;

    if (!(t > 0)) {
        memset(probability, 0, whole * sizeof(double));
        for (size_t r = 0; r < states; r++) {
            probability[(r * states + r) * jet] = 1;
        }
        if (integral != NULL) {
            memset(integral, 0, whole * sizeof(double));
        }
        return IMR_OK;
    }
    while (!(ldexp(imr_panel_rate(chain, intensity, t) * t, -halvings) <= IMR_PANEL_LONGEST)) {
        if (++halvings > MOST_HALVINGS) {
            return IMR_ERR_PANEL_RATE;
        }
    }
    sum_rows(chain, intensity, ldexp(t, -halvings), order, probability, integral, work + 2 * whole);
    for (int h = 0; h < halvings; h++) {
        if (integral != NULL) { /* the time in the first half, then from where it led */
            memcpy(times, integral, whole * sizeof(double));
            add_product(chain, order, probability, times, integral);
        }
        memset(product, 0, whole * sizeof(double));
        add_product(chain, order, probability, probability, product);
        memcpy(probability, product, whole * sizeof(double));
    }
    return IMR_OK;
}
