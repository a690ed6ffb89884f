/* The observed information about the effects of groups in a model, at no effect, less what is spent on
 * the curve. The curve's unknowns are its survival after each interval but the last; a row has the
 * probability g(S_first) - g(S_end), where g moves the curve by the effect. */
#include "survival/interval_logrank_information.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* Multiplications of the elimination: about a tenth of a second. */
#define MOST_WORK 1e8

/* The matrix of the curve's unknowns, each row from its first entry that is not 0 to the diagonal. */
typedef struct {
    size_t s; /* unknowns */
    size_t *first, *row; /* row[u] + v is the place of (u, v) */
    double *entry;
} envelope_t;

/* The derivatives of g, at no effect: in the effect once and twice, and in effect and survival. */
typedef struct {
    double once, twice, mixed;
} moves_t;

static moves_t
moves_at(imr_interval_scores_t kind, const imr_interval_curve_t *curve, double spread, size_t j)
{
    double s = curve->survival[j], h = curve->hazard[j], log_s;

    if (!(s > 0)) {
        return (moves_t) { 0, 0, 0 };
    }
    switch (kind) {
        case IMR_INTERVAL_WILCOXON:
            return (moves_t) { -s * (1 - s), s * (1 - s) * (1 - 2 * s), 2 * s - 1 };
        case IMR_INTERVAL_FINKELSTEIN:
            log_s = log(s);
            return (moves_t) { s * log_s, s * log_s * (1 + log_s), 1 + log_s };
        case IMR_INTERVAL_SUN:
        default: /* what the hazards owe to the survival follows in add_hazards */
            return (moves_t) { -s * h, s * (h * h - spread), -h };
    }
}

static int
lay_out(envelope_t *self, const imr_interval_row_t *rows, size_t n, imr_fault_t *fault)
{
    size_t s = self->s, at = 0;
    double work = 0;

    for (size_t u = 0; u < s; u++) {
        self->first[u] = u;
    }
    for (size_t i = 0; i < n; i++) {
        size_t u = rows[i].first, v = rows[i].end;

        if (u > 0 && v <= s && u - 1 < self->first[v - 1]) {
            self->first[v - 1] = u - 1;
        }
    }
    for (size_t u = 0; u < s; u++) {
        double length = (double) (u - self->first[u] + 1);

        work += length * length;
        self->row[u] = at - self->first[u];
        at += u - self->first[u] + 1;
    }
    if (work > MOST_WORK) {
        return imr_fault(fault, IMR_ERR_INTERVAL_LOGRANK_SIZE, "method", -1, NAN);
    }
    self->entry = imr_calloc(at, sizeof(*self->entry));
    return self->entry == NULL ? imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN) : IMR_OK;
}

/* Cholesky's factor within the envelope, in place. The matrix is positive definite, as the masses are
 * unique (docs/methods/survival/turnbull.md); a pivot that rounding takes away counts as infinite. */
static void
factor(envelope_t *self)
{
    for (size_t u = 0; u < self->s; u++) {
        double *row = self->entry + self->row[u], pivot = row[u];

        for (size_t v = self->first[u]; v < u; v++) {
            const double *other = self->entry + self->row[v];
            size_t from = self->first[u] > self->first[v] ? self->first[u] : self->first[v];

            for (size_t w = from; w < v; w++) {
                row[v] -= row[w] * other[w];
            }
            row[v] /= other[v];
            row[u] -= row[v] * row[v];
        }
        row[u] = row[u] > 1e-14 * pivot ? sqrt(row[u]) : INFINITY;
    }
}

/* factor x = b, in place. */
static void
solve(const envelope_t *self, double *b)
{
    for (size_t u = 0; u < self->s; u++) {
        const double *row = self->entry + self->row[u];

        for (size_t v = self->first[u]; v < u; v++) {
            b[u] -= row[v] * b[v];
        }
        b[u] /= row[u];
    }
}

/* Sun's g depends on all of the curve before: the cumulative hazard at j changes with the survival
 * after interval k <= j by -1 / S_(k-1), and for k < j by S_(k+1) / S_k^2 besides. `weight` is minus
 * the sum of S / P over the rows that begin at j, less those that end there. */
static void
add_hazards(const imr_interval_curve_t *curve, const double *weight, double *mixed)
{
    double later = 0;

    for (size_t k = curve->n - 1; k > 0; k--) {
        const double *s = curve->survival + k;

        mixed[k - 1] += later * (s[1] / s[0]) / s[0] - (later + weight[k]) / s[-1];
        later += weight[k];
    }
}

/* Fills the envelope, mixed (of each group the s unknowns) and the diagonal of variance. */
static void
fill(envelope_t *self, imr_interval_scores_t kind, const imr_interval_curve_t *curve,
    const imr_interval_row_t *rows, size_t n, size_t groups, const moves_t *moves, double *mixed,
    double *weight, double *variance)
{
    size_t s = self->s;

    for (size_t i = 0; i < n; i++) {
        size_t u = rows[i].first, v = rows[i].end, g = rows[i].group;
        double p = rows[i].p, c = rows[i].score, bend = 1 / (p * p);
        double *of_group = mixed + g * s, *weights = weight + g * (s + 1);

        variance[g * groups + g] -= (moves[u].twice - moves[v].twice) / p - c * c;
        if (u > 0) {
            self->entry[self->row[u - 1] + u - 1] += bend;
            of_group[u - 1] += (moves[u].mixed - c) / p;
            weights[u] -= curve->survival[u] / p;
        }
        if (v <= s) {
            self->entry[self->row[v - 1] + v - 1] += bend;
            of_group[v - 1] -= (moves[v].mixed - c) / p;
            weights[v] += curve->survival[v] / p;
        }
        if (u > 0 && v <= s) {
            self->entry[self->row[v - 1] + u - 1] -= bend;
        }
    }
    for (size_t g = 0; g < groups && kind == IMR_INTERVAL_SUN; g++) {
        add_hazards(curve, weight + g * (s + 1), mixed + g * s);
    }
}

int
imr_interval_logrank_information(imr_interval_scores_t kind, const imr_interval_curve_t *curve,
    const imr_interval_row_t *rows, size_t n, size_t groups, double *variance, imr_fault_t *fault)
{
    size_t s = curve->n - 1;
    envelope_t envelope = { .s = s };
    moves_t *moves = imr_malloc(s + 2, sizeof(*moves));
    double *mixed = imr_calloc(groups * (2 * s + 1), sizeof(*mixed)), *weight = NULL;
    double spread = 0;
    int status;

    envelope.first = imr_malloc(s, 2 * sizeof(*envelope.first));
    if (moves == NULL || mixed == NULL || envelope.first == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    envelope.row = envelope.first + s;
    status = lay_out(&envelope, rows, n, fault);
    if (status != IMR_OK) {
        goto out;
    }
    for (size_t j = 0; j <= s + 1; j++) {
        double hazard;

        moves[j] = moves_at(kind, curve, spread, j);
        hazard = j <= s ? 1 - curve->survival[j + 1] / curve->survival[j] : 0;
        spread += hazard * (1 - hazard);
    }
    weight = mixed + groups * s;
    fill(&envelope, kind, curve, rows, n, groups, moves, mixed, weight, variance);
    factor(&envelope);
    for (size_t g = 0; g < groups; g++) {
        solve(&envelope, mixed + g * s);
        for (size_t h = 0; h <= g; h++) {
            double spent = 0;

            for (size_t u = 0; u < s; u++) {
                spent += mixed[g * s + u] * mixed[h * s + u];
            }
            variance[g * groups + h] -= spent;
            if (h < g) {
                variance[h * groups + g] -= spent;
            }
        }
    }
out:
    imr_free(moves);
    imr_free(mixed);
    imr_free(envelope.first);
    imr_free(envelope.entry);
    return status;
}
