#include "survival/panel_markov_likelihood.h"

#include <math.h>
#include <string.h>

typedef struct {
    const imr_panel_model_t *model;
    int order;
    size_t jet;
    double intensity[IMR_PANEL_MOST_TRANSITIONS];
    double *chance; /* jet: of one interval */
    double *row; /* states x jet: a row of P(t) */
    double *slope, *curvature; /* of the log-likelihood of a pattern, in its intensities */
    double *table; /* of series, or the work of a matrix */
    double loglik;
} sum_t;

static double *
part_of(double **next, size_t count)
{
    double *block = *next;

    *next += count;
    return block;
}

size_t
imr_panel_likelihood_work_size(const imr_panel_chain_t *chain)
{
    size_t jet = imr_panel_jet(chain->transitions, 2), states = chain->states;

    return jet + states * jet + chain->transitions * (1 + chain->transitions)
        + states * states * jet + imr_panel_work_size(chain, 2);
}

/* --- one interval ---------------------------------------------------------------------------------- */

/* sum->chance += times row s. */
static void
add_state(sum_t *sum, size_t s)
{
    for (size_t j = 0; j < sum->jet; j++) {
        sum->chance[j] += sum->row[s * sum->jet + j];
    }
}

/* sum->chance += row s times the intensity of transition a, which leaves s. */
static void
add_entry(sum_t *sum, size_t s, size_t a)
{
    const double *row = sum->row + s * sum->jet;
    size_t transitions = sum->model->rows->chain.transitions;

    for (size_t j = 0; j < sum->jet; j++) {
        sum->chance[j] += sum->intensity[a] * row[j];
    }
    if (sum->order == 0) {
        return;
    }
    sum->chance[1 + a] += row[0];
    for (size_t b = 0; sum->order == 2 && b < transitions; b++) {
        sum->chance[imr_panel_pair(transitions, a > b ? a : b, a > b ? b : a)] +=
            (a == b ? 2 : 1) * row[1 + b];
    }
}

/* The chance of the interval, from the row of P(t) of its start: states that count are in `wanted`. */
static void
chance_of(sum_t *sum, const imr_panel_interval_t *interval)
{
    const imr_panel_chain_t *chain = &sum->model->rows->chain;

    memset(sum->chance, 0, sum->jet * sizeof(double));
    for (size_t s = 0; s < chain->states && !interval->exact; s++) {
        if (interval->target >> s & 1) {
            add_state(sum, s);
        }
    }
    for (size_t a = 0; a < chain->transitions && interval->exact; a++) {
        if (interval->target >> chain->to[a] & 1) {
            add_entry(sum, chain->from[a], a);
        }
    }
}

static void
add_log(sum_t *sum, double count)
{
    size_t transitions = sum->model->rows->chain.transitions;
    double chance = sum->chance[0];

    sum->loglik += chance > 0 ? count * log(chance) : -INFINITY;
    if (!(chance > 0)) {
        return;
    }
    for (size_t a = 0; sum->order > 0 && a < transitions; a++) {
        double slope = sum->chance[1 + a] / chance;

        sum->slope[a] += count * slope;
        for (size_t b = 0; sum->order == 2 && b <= a; b++) {
            sum->curvature[a * transitions + b] += count
                * (sum->chance[imr_panel_pair(transitions, a, b)] / chance
                    - slope * (sum->chance[1 + b] / chance));
        }
    }
}

/* The states of the row that an interval's chance takes. */
static uint32_t
wanted_of(const imr_panel_chain_t *chain, const imr_panel_interval_t *interval)
{
    uint32_t wanted = 0;

    if (!interval->exact) {
        return interval->target;
    }
    for (size_t a = 0; a < chain->transitions; a++) {
        if (interval->target >> chain->to[a] & 1) {
            wanted |= UINT32_C(1) << chain->from[a];
        }
    }
    return wanted;
}

/* sum->row of the states wanted, by the series of the start in sum->table. */
static void
row_by_series(sum_t *sum, const imr_panel_interval_t *interval, double mean)
{
    const imr_panel_chain_t *chain = &sum->model->rows->chain;
    size_t terms = imr_panel_terms(mean, chain->states), jet = sum->jet;
    uint32_t wanted = wanted_of(chain, interval);
    double weight[IMR_PANEL_MOST_TERMS];

    imr_panel_weights(mean, terms, weight);
    for (size_t s = 0; s < chain->states; s++) {
        double *row = sum->row + s * jet;

        if (!(wanted >> s & 1)) {
            continue;
        }
        memset(row, 0, jet * sizeof(double));
        for (size_t k = 0; k < terms; k++) {
            const double *term = sum->table + (k * chain->states + s) * jet;

            for (size_t j = 0; j < jet; j++) {
                row[j] += weight[k] * term[j];
            }
        }
    }
}

/* --- one pattern of covariates --------------------------------------------------------------------- */

/* Intervals begin..end - 1, of one pattern and one start, in order of their gaps. */
static int
add_intervals(sum_t *sum, size_t begin, size_t end)
{
    const imr_panel_rows_t *rows = sum->model->rows;
    const imr_panel_interval_t *interval = rows->interval;
    const imr_panel_chain_t *chain = &rows->chain;
    size_t row = chain->states * sum->jet, short_ones = end;
    double longest = interval[end - 1].gap, rate = imr_panel_rate(chain, sum->intensity, longest);

    while (short_ones > begin && !(rate * interval[short_ones - 1].gap <= IMR_PANEL_LONGEST)) {
        short_ones--;
    }
    if (short_ones > begin) {
        longest = interval[short_ones - 1].gap;
        rate = imr_panel_rate(chain, sum->intensity, longest);
        imr_panel_series(chain, sum->intensity, rate, interval[begin].start, sum->order,
            imr_panel_terms(rate * longest, chain->states), sum->table);
    }
    for (size_t i = begin; i < short_ones; i++) {
        row_by_series(sum, &interval[i], rate * interval[i].gap);
        chance_of(sum, &interval[i]);
        add_log(sum, interval[i].count);
    }
    for (size_t i = short_ones; i < end; i++) {
        double *matrix = sum->table, *work = matrix + chain->states * row;

        if (i == short_ones || interval[i].gap > interval[i - 1].gap) {
            int status = imr_panel_matrix(
                chain, sum->intensity, interval[i].gap, sum->order, matrix, NULL, work);

            if (status != IMR_OK) {
                return status;
            }
            memcpy(sum->row, matrix + interval[i].start * row, row * sizeof(double));
        }
        chance_of(sum, &interval[i]);
        add_log(sum, interval[i].count);
    }
    return IMR_OK;
}

/* What a parameter multiplies in the logarithm of its transition's intensity. */
static double
factor_of(const imr_panel_model_t *model, size_t a, const double *x)
{
    size_t transitions = model->rows->chain.transitions;

    return a < transitions ? 1 : x[model->column[a - transitions]];
}

static void
intensities(sum_t *sum, const imr_panel_point_t *point, const double *x)
{
    const imr_panel_model_t *model = sum->model;
    size_t transitions = model->rows->chain.transitions;

    for (size_t j = 0; j < transitions; j++) {
        sum->intensity[j] = point->zero >> j & 1 ? 0 : point->parameter[j];
    }
    for (size_t e = 0; e < model->effects; e++) {
        sum->intensity[model->transition[e]] +=
            point->parameter[transitions + e] * x[model->column[e]];
    }
    for (size_t j = 0; j < transitions; j++) {
        sum->intensity[j] = point->zero >> j & 1 ? 0 : exp(sum->intensity[j]);
    }
}

/* From slopes in the intensities of a pattern to those in the parameters. */
static void
add_pattern(
    const sum_t *sum, const imr_panel_point_t *point, const double *x, imr_panel_value_t *value)
{
    const imr_panel_model_t *model = sum->model;
    size_t transitions = model->rows->chain.transitions;

    for (size_t a = 0; sum->order > 0 && a < model->p; a++) {
        size_t i = imr_panel_transition_of(model, a);
        double factor = factor_of(model, a, x);

        if (point->zero >> i & 1) {
            value->gradient[a] += a < transitions ? sum->slope[a] : 0;
            continue;
        }
        value->gradient[a] += factor * sum->intensity[i] * sum->slope[i];
        for (size_t b = 0; sum->order == 2 && b <= a; b++) {
            size_t j = imr_panel_transition_of(model, b);
            double curvature = sum->curvature[i > j ? i * transitions + j : j * transitions + i];
            double part = sum->intensity[i] * sum->intensity[j] * curvature
                + (i == j ? sum->intensity[i] * sum->slope[i] : 0);

            value->hessian[a * model->p + b] += factor * factor_of(model, b, x) * part;
        }
    }
}

int
imr_panel_likelihood(const imr_panel_model_t *model, const imr_panel_point_t *point, int order,
    imr_panel_value_t *value)
{
    const imr_panel_rows_t *rows = model->rows;
    size_t transitions = rows->chain.transitions, p = model->p;
    sum_t sum = { .model = model, .order = order, .jet = imr_panel_jet(transitions, order) };
    double *next = model->work;
    int status = IMR_OK;

    sum.chance = part_of(&next, sum.jet);
    sum.row = part_of(&next, rows->chain.states * sum.jet);
    sum.slope = part_of(&next, transitions);
    sum.curvature = part_of(&next, transitions * transitions);
    sum.table = next;
    memset(value->gradient, 0, p * sizeof(double));
    if (order == 2) {
        memset(value->hessian, 0, p * p * sizeof(double));
    }
    for (size_t begin = 0, end; begin < rows->intervals && status == IMR_OK; begin = end) {
        uint32_t pattern = rows->interval[begin].pattern;
        const double *x = rows->pattern + pattern * rows->k;

        intensities(&sum, point, x);
        memset(sum.slope, 0, (transitions + transitions * transitions) * sizeof(double));
        for (end = begin;
            status == IMR_OK && end < rows->intervals && rows->interval[end].pattern == pattern;
            begin = end) {
            while (end < rows->intervals && rows->interval[end].pattern == pattern
                && rows->interval[end].start == rows->interval[begin].start) {
                end++;
            }
            status = add_intervals(&sum, begin, end);
            if (imr_stop_asked(
                    model->stop, (double) ((end - begin) * sum.jet * 16 * rows->chain.states))) {
                status = IMR_ERR_STOPPED;
            }
        }
        add_pattern(&sum, point, x, value);
    }
    value->loglik = sum.loglik;
    return status;
}
