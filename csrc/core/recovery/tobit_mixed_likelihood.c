#include "recovery/tobit_mixed_likelihood.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "recovery/tobit_climb.h"

#define LOG_ROOT_2_PI 0.918938533204672741780329736406
#define ROOT_HALF 0.707106781186547524400844362105

/* Nodes are evenly spaced. On a normal density the step, in standard deviations, has a relative error of
 * 2 exp(-2 pi^2 / step^2): 8e-14 of this one, and 9e-4 of twice this one. */
#define STEP 0.8
/* Every other node, at twice the step, shall agree with all of them so well. */
#define AGREES 1.5e-3
/* And the step shall be short of the width that belongs to the curvature at any node of this weight, as a
 * share of the largest: an open row may cut the integrand off sharply beside its mode. */
#define HEAVY 0.05
#define SHARP 0.9
#define NEGLIGIBLE 1e-14 /* a weight, as a share of the largest */

/* Beyond these the likelihood is not looked at. */
#define MOST_H 1e6
#define MOST_RHO 1e4

enum { MOST_HALVINGS = 12, MOST_NODES = 16000, MOST_STEPS = 100, ROW_WORK = 7 };

/* --- rows -------------------------------------------------------------------------------------- */

static int
allocate(imr_tobit_mixed_likelihood_t *self)
{
    size_t n = self->n, p = self->p, m = p + 2, patients = self->patients;
    size_t doubles = n * (5 + p + ROW_WORK) + 4 * patients + m + m * m + 2 * p + 3 * m + m * m;
    size_t sizes = 2 * patients + 1;

    if (p > 1000 || n > SIZE_MAX / 64 / (p + ROW_WORK) || patients > SIZE_MAX / 64) {
        return IMR_ERR_NOMEM;
    }
    self->block =
        imr_calloc(doubles * sizeof(double) + sizes * sizeof(size_t) + patients, sizeof(uint8_t));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->low = self->block;
    self->high = self->low + n;
    self->middle = self->high + n;
    self->width = self->middle + n;
    self->side = self->width + n;
    self->design = self->side + n;
    self->mode = self->design + n * p;
    self->spread = self->mode + patients;
    self->mean = self->spread + patients;
    self->variance = self->mean + patients;
    self->score = self->variance + patients;
    self->information = self->score + m;
    self->work = self->information + m * m;
    self->row_work = self->work + 2 * p + 3 * m + m * m;
    self->begin = (size_t *) (void *) (self->row_work + n * ROW_WORK);
    self->limited = self->begin + patients + 1;
    self->halvings = (uint8_t *) (self->limited + patients);
    return IMR_OK;
}

int
imr_tobit_mixed_likelihood_init(imr_tobit_mixed_likelihood_t *self, const double *low,
    const double *high, const double *columns, const int64_t *patient, size_t n, size_t p,
    size_t patients, imr_fault_t *fault)
{
    memset(self, 0, sizeof(*self));
    self->n = n;
    self->p = p;
    self->unknowns = p + 2;
    self->patients = patients;
    if (allocate(self) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < n; i++) {
        if (patient[i] < 0 || (uint64_t) patient[i] >= patients) {
            double code = (double) patient[i];

            imr_tobit_mixed_likelihood_free(self);
            return imr_fault(fault, IMR_ERR_PATIENT_CODE, "patient", (int64_t) i, code);
        }
        self->begin[patient[i] + 1]++;
    }
    for (size_t k = 0; k < patients; k++) {
        self->begin[k + 1] += self->begin[k];
        self->limited[k] = self->begin[k];
    }
    for (int exact = 1; exact >= 0; exact--) { /* those known exactly come first */
        for (size_t i = 0; i < n; i++) {
            size_t to;

            if ((low[i] == high[i]) != exact) {
                continue;
            }
            /* limited[k] is where the next row goes */
            to = self->limited[patient[i]]++;
            self->low[to] = low[i];
            self->high[to] = high[i];
            self->side[to] = isinf(low[i]) ? 1 : isinf(high[i]) ? -1 : 0;
            self->middle[to] = self->side[to] > 0 ? high[i] : low[i];
            if (self->side[to] == 0) {
                self->width[to] = high[i] - low[i];
                self->middle[to] += 0.5 * self->width[to];
            }
            for (size_t c = 0; c < p; c++) {
                self->design[to * p + c] = columns[c * n + i];
            }
        }
    }
    for (size_t k = 0; k < patients; k++) {
        self->limited[k] = self->begin[k];
        while (self->limited[k] < self->begin[k + 1]
            && self->low[self->limited[k]] == self->high[self->limited[k]]) {
            self->limited[k]++;
        }
        self->spread[k] = 1;
        self->variance[k] = 1;
    }
    return IMR_OK;
}

void
imr_tobit_mixed_likelihood_free(imr_tobit_mixed_likelihood_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- one patient ------------------------------------------------------------------------------- */

/* What its rows are where u is 0, and the sums over those known exactly that all nodes share. */
typedef struct {
    const imr_tobit_mixed_likelihood_t *likelihood;
    size_t patient, first, limited, end;
    double h, rho;
    double exact; /* rows, and over them the sums of */
    double z, zz; /* z and its square, */
    double y, yy, yz; /* the response, its square and product with z */
    double *x, *xz; /* p: the columns, and their products with z */
    double *at_low, *at_high; /* n: z of the ends */
} rows_t;

static rows_t
rows_of(imr_tobit_mixed_likelihood_t *self, size_t patient, const double *at)
{
    size_t p = self->p;
    rows_t rows = { .likelihood = self,
        .patient = patient,
        .first = self->begin[patient],
        .limited = self->limited[patient],
        .end = self->begin[patient + 1],
        .h = at[p],
        .rho = at[p + 1],
        .x = self->work,
        .xz = self->work + p,
        .at_low = self->row_work,
        .at_high = self->row_work + self->n };

    memset(rows.x, 0, 2 * p * sizeof(double));
    for (size_t i = rows.first; i < rows.end; i++) {
        const double *x = self->design + i * p;
        double eta = 0;

        for (size_t c = 0; c < p; c++) {
            eta += x[c] * at[c];
        }
        rows.at_low[i] = rows.h * self->low[i] - eta;
        rows.at_high[i] = rows.h * self->high[i] - eta;
        if (i < rows.limited) {
            double z = rows.at_low[i], y = self->low[i];

            rows.exact += 1;
            rows.z += z;
            rows.zz += z * z;
            rows.y += y;
            rows.yy += y * y;
            rows.yz += y * z;
            for (size_t c = 0; c < p; c++) {
                rows.x[c] += x[c];
                rows.xz[c] += x[c] * z;
            }
        }
    }
    return rows;
}

/* Row i, `shift` above its z: as imr_tobit_term, but for the log-likelihood of an open row, of which the
 * product takes the probability: one logarithm then does for many rows. */
static imr_tobit_term_t
term_of(const rows_t *rows, size_t i, double shift, double *product)
{
    double side = rows->likelihood->side[i];
    double z = side > 0 ? rows->at_high[i] - shift : shift - rows->at_low[i];
    imr_tobit_term_t term = { 0 };
    double ratio, probability;

    if (side == 0 || !(z > -8)) {
        term = imr_tobit_term(rows->at_low[i] - shift, rows->at_high[i] - shift);
        /* between two ends far out it is a difference that has lost its digits */
        term.middle_middle = fmin(0, fmax(-1, term.middle_middle));
        return term;
    }
    probability = 0.5 * erfc(-z * ROOT_HALF);
    if (*product < 1e-200) {
        term.loglik = log(*product);
        *product = 1;
    }
    *product *= probability;
    ratio = exp(-0.5 * z * z - LOG_ROOT_2_PI) / probability;
    term.middle = side * ratio;
    term.middle_middle = -ratio * (z + ratio);
    return term;
}

/* The logarithm of the integrand, but for constants, and its slope and curvature (both halves of which are
 * at most 1 + rho^2 a row). */
typedef struct {
    double value, slope, curvature;
} height_t;

static height_t
height_at(const rows_t *rows, double u)
{
    double rho = rows->rho, shift = rho * u, middle = 0, bend = 0, product = 1;
    height_t height = { 0 };

    for (size_t i = rows->limited; i < rows->end; i++) {
        imr_tobit_term_t t = term_of(rows, i, shift, &product);

        height.value += t.loglik;
        middle += t.middle;
        bend += t.middle_middle;
    }
    height.value += -0.5 * u * u - 0.5 * (rows->zz - shift * (2 * rows->z - shift * rows->exact));
    height.slope = -u + rho * (rows->z - shift * rows->exact) - rho * middle;
    height.curvature = 1 + rho * rho * (rows->exact - bend);
    return height;
}

/* The mode, from the last one on, to `wanted` of the spread there: Newton's method on a concave function,
 * between points known to be on either side. Leaves mode and spread. */
static double
find_mode(imr_tobit_mixed_likelihood_t *self, const rows_t *rows, double wanted)
{
    double u = self->mode[rows->patient], left = -INFINITY, right = INFINITY, value = NAN;

    for (int step = 0; step < MOST_STEPS; step++) {
        height_t height = height_at(rows, u);
        double move = height.slope / height.curvature, next = u + move;

        self->mode[rows->patient] = u;
        self->spread[rows->patient] = 1 / sqrt(height.curvature);
        value = height.value;
        if (!(fabs(move) > wanted * self->spread[rows->patient])) {
            break;
        }
        if (height.slope > 0) {
            left = u;
            /* the curvature is at least 1 */
            right = fmin(right, u + height.slope);
        } else {
            right = u;
            left = fmax(left, u + height.slope);
        }
        u = next > left && next < right ? next : left + 0.5 * (right - left);
    }
    return value;
}

/* Sums over the nodes, weighted by the integrand as a share of its largest value. */
typedef struct {
    double weight, every_other;
    double sharpest; /* the largest curvature of the logarithm */
    double u, uu;
    /* over the rows with limits: second derivatives in h, in h and rho, and in rho */
    double hh, uh, rr;
    double *
        center; /* unknowns: the score at the first node, from which those at the others are counted */
    double *score, *square; /* unknowns, and unknowns x unknowns (lower half) */
    double *bend, *cross, *shifted; /* n: in eta, in eta and h, and in eta times u */
    double *node_score, *node_bend, *node_cross; /* unknowns, n and n: of one node */
    int64_t nodes;
} sums_t;

static void
clear(imr_tobit_mixed_likelihood_t *self, const rows_t *rows, sums_t *sums)
{
    size_t m = self->unknowns, n = self->n, limited = rows->end - rows->limited;

    memset(sums, 0, sizeof(*sums));
    sums->score = self->work + 2 * self->p;
    sums->square = sums->score + m;
    sums->node_score = sums->square + m * m;
    sums->center = sums->node_score + m;
    sums->bend = self->row_work + 2 * n;
    sums->cross = sums->bend + n;
    sums->shifted = sums->cross + n;
    sums->node_bend = sums->shifted + n;
    sums->node_cross = sums->node_bend + n;
    memset(sums->score, 0, (m + m * m) * sizeof(double));
    memset(sums->bend + rows->limited, 0, limited * sizeof(double));
    memset(sums->cross + rows->limited, 0, limited * sizeof(double));
    memset(sums->shifted + rows->limited, 0, limited * sizeof(double));
}

/* Adds a node; returns its weight. */
static double
add_node(const rows_t *rows, sums_t *sums, double u, double highest, int even)
{
    const imr_tobit_mixed_likelihood_t *self = rows->likelihood;
    size_t p = self->p, m = p + 2;
    double rho = rows->rho, shift = rho * u, weight, middle = 0, bend = 0, cross = 0, hh = 0,
           product = 1;
    double value = -0.5 * u * u - 0.5 * (rows->zz - shift * (2 * rows->z - shift * rows->exact));
    double *score = sums->node_score;

    for (size_t c = 0; c < p; c++) {
        score[c] = rows->xz[c] - shift * rows->x[c];
    }
    score[p] = rows->exact / rows->h - (rows->yz - shift * rows->y);
    for (size_t i = rows->limited; i < rows->end; i++) {
        const double *x = self->design + i * p;
        double y = self->middle[i], width = self->width[i];
        imr_tobit_term_t t = term_of(rows, i, shift, &product);

        value += t.loglik;
        for (size_t c = 0; c < p; c++) {
            score[c] -= x[c] * t.middle;
        }
        score[p] += y * t.middle + width * t.width;
        sums->node_bend[i] = t.middle_middle;
        sums->node_cross[i] = y * t.middle_middle + width * t.middle_width;
        middle += t.middle;
        bend += t.middle_middle;
        cross += sums->node_cross[i];
        hh += y * sums->node_cross[i] + width * (y * t.middle_width + width * t.width_width);
    }
    score[p + 1] = u * (rows->z - shift * rows->exact - middle);
    weight = product * exp(value - highest);
    if (weight > HEAVY) {
        sums->sharpest = fmax(sums->sharpest, 1 + rho * rho * (rows->exact - bend));
    }
    if (sums->nodes++ == 0) {
        memcpy(sums->center, score, m * sizeof(double));
    }
    sums->weight += weight;
    sums->every_other += even ? 2 * weight : 0;
    sums->u += weight * u;
    sums->uu += weight * u * u;
    sums->hh += weight * hh;
    sums->uh += weight * u * cross;
    sums->rr += weight * u * u * bend;
    for (size_t i = rows->limited; i < rows->end; i++) {
        sums->bend[i] += weight * sums->node_bend[i];
        sums->cross[i] += weight * sums->node_cross[i];
        sums->shifted[i] += weight * u * sums->node_bend[i];
    }
    for (size_t r = 0; r < m; r++) {
        score[r] -= sums->center[r];
        sums->score[r] += weight * score[r];
        for (size_t c = 0; c <= r; c++) {
            sums->square[r * m + c] += weight * score[r] * score[c];
        }
    }
    return weight;
}

/* The logarithm of the integral, and the sums. The step is halved until every other node agrees. */
static double
integrate(imr_tobit_mixed_likelihood_t *self, const rows_t *rows, sums_t *sums)
{
    size_t k = rows->patient;
    double highest = find_mode(self, rows, 1e-2), step;

    for (;; self->halvings[k]++) {
        step = ldexp(STEP * self->spread[k], -self->halvings[k] - self->finer);
        clear(self, rows, sums);
        (void) add_node(rows, sums, self->mode[k], highest, 1);
        for (int side = -1; side <= 1; side += 2) {
            int even = 0;
            double weight;

            for (int64_t node = 1;; node++, even = !even) {
                weight = add_node(
                    rows, sums, self->mode[k] + (double) (side * node) * step, highest, even);
                if (!(weight > NEGLIGIBLE * sums->weight)) {
                    break;
                }
            }
        }
        if (self->halvings[k] == MOST_HALVINGS || sums->nodes > MOST_NODES
            || !isfinite(sums->weight)
            || (step * step * sums->sharpest <= SHARP * SHARP
                && fabs(sums->every_other - sums->weight) <= AGREES * sums->weight)) {
            break;
        }
    }
    if (sums->nodes > self->most_nodes) {
        self->most_nodes = sums->nodes;
    }
    return highest + log(sums->weight * step) - (1 + rows->exact) * LOG_ROOT_2_PI
        + rows->exact * log(rows->h);
}

/* The score is the mean of that given u, and the second derivatives the mean of those given u plus the
 * variance of the score given u (Louis 1982). */
static void
add_patient(imr_tobit_mixed_likelihood_t *self, const rows_t *rows, const sums_t *sums)
{
    size_t p = self->p, m = p + 2, k = rows->patient;
    double total = sums->weight, u = sums->u / total, *info = self->information;

    self->mean[k] = u;
    self->variance[k] = sums->uu / total - u * u;
    for (size_t r = 0; r < m; r++) {
        double mean = sums->score[r] / total;

        self->score[r] += sums->center[r] + mean;
        for (size_t c = 0; c <= r; c++) {
            info[r * m + c] -= sums->square[r * m + c] / total - mean * (sums->score[c] / total);
        }
    }
    for (size_t i = rows->first; i < rows->end; i++) {
        const double *x = self->design + i * p;
        int exact = i < rows->limited;
        double bend = exact ? -1 : sums->bend[i] / total;
        double cross = exact ? -self->low[i] : sums->cross[i] / total;
        double shifted = exact ? -u : sums->shifted[i] / total;

        for (size_t r = 0; r < p; r++) {
            for (size_t c = 0; c <= r; c++) {
                info[r * m + c] -= x[r] * x[c] * bend;
            }
            info[p * m + r] += x[r] * cross;
            info[(p + 1) * m + r] -= x[r] * shifted;
        }
    }
    info[p * m + p] += rows->yy + rows->exact / (rows->h * rows->h) - sums->hh / total;
    info[(p + 1) * m + p] -= rows->y * u - sums->uh / total;
    info[(p + 1) * m + p + 1] += rows->exact * sums->uu / total - sums->rr / total;
}

int
imr_tobit_mixed_likelihood_at(imr_tobit_mixed_likelihood_t *self, const double *at)
{
    size_t m = self->unknowns;

    self->loglik =
        at[self->p] > 0 && at[self->p] < MOST_H && fabs(at[m - 1]) < MOST_RHO ? 0 : -INFINITY;
    memset(self->score, 0, m * sizeof(double));
    memset(self->information, 0, m * m * sizeof(double));
    for (size_t k = 0; k < self->patients && isfinite(self->loglik); k++) {
        rows_t rows = rows_of(self, k, at);
        sums_t sums;

        self->loglik += integrate(self, &rows, &sums);
        add_patient(self, &rows, &sums);
        if (imr_stop_asked(self->stop,
                (double) sums.nodes * (double) (50 * (rows.end - rows.limited) + m * m))) {
            return IMR_ERR_STOPPED;
        }
    }
    for (size_t r = 0; r < m; r++) {
        for (size_t c = 0; c < r; c++) {
            self->information[c * m + r] = self->information[r * m + c];
        }
    }
    return IMR_OK;
}

void
imr_tobit_mixed_modes(imr_tobit_mixed_likelihood_t *self, const double *at)
{
    for (size_t k = 0; k < self->patients; k++) {
        rows_t rows = rows_of(self, k, at);

        (void) find_mode(self, &rows, 1e-12);
    }
}
