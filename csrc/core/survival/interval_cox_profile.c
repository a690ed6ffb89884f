/* Newton's steps on the log-likelihood that is left when the hazards are at their best, which is concave
 * in the coefficients. */
#include "survival/interval_cox_profile.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/mem.h"

#define LARGEST 1e100
#define MOST_STEPS 200
/* In standard deviations of the columns. */
#define LONGEST_STEP 2.0
/* A gain in log-likelihood a row that rounding may hide. */
#define CLOSE 1e-10
#define SMALLEST_SCORE 1e-13

/* --- rows -------------------------------------------------------------------------------------- */

void
imr_interval_cox_fit_free(imr_interval_cox_fit_t *fit)
{
    imr_free(fit->block);
    imr_free(fit->first);
    imr_free(fit->support);
    memset(fit, 0, sizeof(*fit));
}

static int
make_room(imr_interval_cox_fit_t *fit, size_t n, size_t p, size_t m)
{
    size_t cells = m + 2;
    size_t doubles =
        n * p + 2 * p + 5 * n + 3 * p + 2 * p * p + cells * p + 10 * cells + 2 * cells * cells;
    double *at = imr_calloc(doubles, sizeof(double));
    imr_interval_hazards_t *h = &fit->hazards;

    fit->block = at;
    fit->first = imr_malloc(2 * n, sizeof(*fit->first));
    fit->support = imr_malloc(cells, sizeof(*fit->support));
    if (at == NULL || fit->first == NULL || fit->support == NULL) {
        return 0;
    }
    fit->x = at;
    fit->mean = fit->x + n * p;
    fit->scale = fit->mean + p;
    fit->ratio = fit->scale + p;
    h->before = fit->ratio + n;
    h->within = h->before + n;
    h->odds = h->within + n;
    h->bend = h->odds + n;
    fit->coef = h->bend + n;
    fit->best_coef = fit->coef + p;
    fit->score = fit->best_coef + p;
    fit->information = fit->score + p;
    fit->factor = fit->information + p * p;
    fit->cross = fit->factor + p * p;
    h->hazard = fit->cross + cells * p;
    h->score = h->hazard + cells;
    h->target = h->score + cells;
    h->pull = h->target + cells;
    h->part = h->pull + cells;
    fit->best_hazard = h->part + cells;
    fit->back = fit->best_hazard + cells;
    fit->left = fit->back + cells;
    fit->right = fit->left + cells;
    h->matrix = fit->right + 2 * cells;
    h->factor = h->matrix + cells * cells;
    h->n = n;
    h->m = m;
    h->first = fit->first;
    h->end = fit->first + n;
    h->ratio = fit->ratio;
    h->support = fit->support;
    return 1;
}

static int
read_columns(imr_interval_cox_fit_t *fit, const imr_interval_cox_data_t *data, imr_fault_t *fault)
{
    size_t n = data->n, p = data->p;

    for (size_t i = 0; i < n * p; i++) {
        double value = data->x[i];

        if (!isfinite(value)) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "X", (int64_t) (i / p), value);
        }
        if (fabs(value) > LARGEST) {
            return imr_fault(fault, IMR_ERR_COX_RANGE, "X", (int64_t) (i / p), value);
        }
        fit->x[i] = value;
    }
    for (size_t a = 0; a < p; a++) {
        double mean = 0, most = 0, squares = 0;

        for (size_t i = 0; i < n; i++) {
            mean += fit->x[i * p + a];
        }
        mean /= (double) n;
        for (size_t i = 0; i < n; i++) {
            fit->x[i * p + a] -= mean;
            most = fmax(most, fabs(fit->x[i * p + a]));
        }
        if (!(most > 1e-13 * fabs(mean))) {
            return imr_fault(fault, IMR_ERR_INTERVAL_COX_COLLINEAR, "X column", (int64_t) a, NAN);
        }
        for (size_t i = 0; i < n; i++) {
            double part = fit->x[i * p + a] / most;

            squares += part * part / (double) n;
        }
        fit->mean[a] = mean;
        fit->scale[a] = most * sqrt(squares);
        for (size_t i = 0; i < n; i++) {
            fit->x[i * p + a] /= fit->scale[a];
        }
    }
    return IMR_OK;
}

static int
check_rank(imr_interval_cox_fit_t *fit, imr_fault_t *fault)
{
    size_t p = fit->p, bad;
    double least[IMR_INTERVAL_COX_MOST_COLUMNS];

    memset(fit->factor, 0, p * p * sizeof(double));
    for (size_t i = 0; i < fit->n; i++) {
        for (size_t a = 0; a < p; a++) {
            for (size_t b = 0; b <= a; b++) {
                fit->factor[a * p + b] += fit->x[i * p + a] * fit->x[i * p + b];
            }
        }
    }
    for (size_t a = 0; a < p; a++) {
        least[a] = IMR_INTERVAL_COX_COLLINEAR * fit->factor[a * p + a];
    }
    bad = imr_cholesky(fit->factor, p, least);
    return bad == p
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_INTERVAL_COX_COLLINEAR, "X column", (int64_t) bad, NAN);
}

/* The hazards of the NPMLE of all rows, and the cells that each row holds. */
static void
read_cells(imr_interval_cox_fit_t *fit, const imr_turnbull_t *npmle,
    const imr_turnbull_ends_t *ends, const uint32_t *closed)
{
    size_t m = fit->hazards.m;
    double after = npmle->mass[m];

    for (size_t i = 0; i < fit->n; i++) {
        uint32_t left = ends->left[i], right = ends->right[i];

        fit->first[i] = closed[left] - (left == right ? 1 : 0);
        fit->first[fit->n + i] = closed[right];
    }
    memcpy(fit->left, npmle->left, (m + 1) * sizeof(double));
    memcpy(fit->right, npmle->right, (m + 1) * sizeof(double));
    for (size_t j = m; j > 0; j--) {
        double mass = npmle->mass[j - 1];

        fit->hazards.hazard[j - 1] = mass > 0 ? log1p(mass / after) : 0;
        after += mass;
    }
}

int
imr_interval_cox_read(imr_interval_cox_fit_t *fit, const imr_interval_cox_data_t *data,
    const imr_interval_cox_options_t *options, int64_t *merged, imr_fault_t *fault)
{
    imr_turnbull_ends_t ends;
    imr_turnbull_t npmle = { 0 };
    imr_turnbull_estimate_t estimate = { 0 };
    uint32_t *closed = NULL;
    int status =
        imr_turnbull_ends_init(&ends, data->left, data->right, data->n, options->fix_ties, fault);

    if (status == IMR_OK) {
        *merged = (int64_t) ends.merged;
        status = imr_turnbull_init(&npmle, &ends, NULL, 0, fault);
    }
    if (status == IMR_OK) {
        status = imr_turnbull_maximise(&npmle, &estimate, options->stop, fault);
    }
    if (status != IMR_OK) {
        goto out;
    }
    if (npmle.n_cells < 2) {
        status = imr_fault(fault, IMR_ERR_INTERVAL_COX_NOTHING, "right", -1, NAN);
        goto out;
    }
    if (npmle.n_cells > IMR_INTERVAL_COX_MOST_CELLS) {
        status = imr_fault(fault, IMR_ERR_INTERVAL_COX_SIZE, "left", -1, NAN);
        goto out;
    }
    closed = imr_malloc(ends.n_values + 1, sizeof(*closed));
    if (closed == NULL || !make_room(fit, data->n, data->p, npmle.n_cells - 1)) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    fit->n = data->n;
    fit->p = fit->held = data->p;
    fit->hazards.stop = options->stop;
    fit->null_loglik = estimate.loglik;
    imr_turnbull_closed(&npmle, &ends, closed);
    read_cells(fit, &npmle, &ends, closed);
    status = read_columns(fit, data, fault);
    if (status == IMR_OK) {
        status = check_rank(fit, fault);
    }
out:
    imr_free(estimate.block);
    imr_free(closed);
    imr_turnbull_free(&npmle);
    imr_turnbull_ends_free(&ends);
    return status;
}

/* --- the profile ------------------------------------------------------------------------------- */

static int
maximise_hazards(imr_interval_cox_fit_t *fit, imr_fault_t *fault)
{
    for (size_t i = 0; i < fit->n; i++) {
        double effect = 0;

        for (size_t a = 0; a < fit->p; a++) {
            effect += fit->coef[a] * fit->x[i * fit->p + a];
        }
        fit->ratio[i] = exp(effect);
    }
    return imr_interval_hazards_maximise(&fit->hazards, fault);
}

/* The score and the information of the coefficients, at the best hazards. */
static void
find_information(imr_interval_cox_fit_t *fit)
{
    const imr_interval_hazards_t *h = &fit->hazards;
    size_t p = fit->p, s = h->s;

    memset(fit->score, 0, p * sizeof(double));
    memset(fit->information, 0, p * p * sizeof(double));
    memset(fit->cross, 0, s * p * sizeof(double));
    for (size_t i = 0; i < fit->n; i++) {
        const double *x = fit->x + i * p;
        double ratio = fit->ratio[i], y = ratio * h->within[i];
        double lost = ratio * h->before[i], gain = y * h->odds[i];
        double bend = h->within[i] * h->bend[i] * h->within[i];
        double early = -ratio, own = ratio * h->odds[i] - h->bend[i] * h->within[i];

        for (size_t a = 0; a < p; a++) {
            fit->score[a] += x[a] * (gain - lost);
            for (size_t b = 0; b < p; b++) {
                fit->information[a * p + b] += x[a] * x[b] * (lost - gain + bend);
            }
            for (size_t u = 0; u < s && h->support[u] < h->end[i]; u++) {
                fit->cross[a * s + u] += x[a] * (h->support[u] < h->first[i] ? early : own);
            }
        }
    }
    for (size_t a = 0; a < p; a++) {
        imr_solve_lower(h->factor, s, fit->cross + a * s);
        for (size_t b = 0; b <= a; b++) {
            double spent = 0;

            for (size_t u = 0; u < s; u++) {
                spent += fit->cross[a * s + u] * fit->cross[b * s + u];
            }
            fit->information[a * p + b] -= spent;
            if (b < a) {
                fit->information[b * p + a] -= spent;
            }
        }
    }
}

/* Which coefficients may move: not the one that is held, nor one at the end of its range that wants
 * to go on. */
static size_t
free_columns(const imr_interval_cox_fit_t *fit, size_t *column)
{
    size_t count = 0;

    for (size_t a = 0; a < fit->p; a++) {
        int at_end =
            fabs(fit->coef[a]) >= IMR_INTERVAL_COX_FARTHEST && fit->coef[a] * fit->score[a] > 0;

        if (a != fit->held && !at_end) {
            column[count++] = a;
        }
    }
    return count;
}

/* Newton's step of the free coefficients; where the information has vanished, along the score. */
static void
find_step(imr_interval_cox_fit_t *fit, double *step)
{
    size_t column[IMR_INTERVAL_COX_MOST_COLUMNS], p = fit->p, count = free_columns(fit, column);
    double part[IMR_INTERVAL_COX_MOST_COLUMNS], least[IMR_INTERVAL_COX_MOST_COLUMNS], longest = 0;

    memset(step, 0, p * sizeof(*step));
    for (size_t u = 0; u < count; u++) {
        for (size_t v = 0; v < count; v++) {
            fit->factor[u * count + v] = fit->information[column[u] * p + column[v]];
        }
        least[u] = 1e-14 * (double) fit->n;
        part[u] = fit->score[column[u]];
    }
    if (imr_cholesky(fit->factor, count, least) == count) {
        imr_solve_lower(fit->factor, count, part);
        imr_solve_upper(fit->factor, count, part);
    } else {
        for (size_t u = 0; u < count; u++) {
            part[u] = part[u] > 0 ? LONGEST_STEP : part[u] < 0 ? -LONGEST_STEP : 0;
        }
    }
    for (size_t u = 0; u < count; u++) {
        longest = fmax(longest, fabs(part[u]));
    }
    for (size_t u = 0; u < count; u++) {
        step[column[u]] = longest > LONGEST_STEP ? part[u] * (LONGEST_STEP / longest) : part[u];
    }
}

/* The largest score of the coefficients that may move. */
static double
largest_score(const imr_interval_cox_fit_t *fit)
{
    size_t column[IMR_INTERVAL_COX_MOST_COLUMNS], count = free_columns(fit, column);
    double most = 0;

    for (size_t u = 0; u < count; u++) {
        most = fmax(most, fabs(fit->score[column[u]]));
    }
    return most;
}

/* From the coefficients along the step as far as the log-likelihood rises or, near the maximum, where
 * rounding hides that, the score falls; *moved is 0 if it does not. Score and information are those
 * there. */
static int
go_on(imr_interval_cox_fit_t *fit, const double *step, double slope, int *moved, imr_fault_t *fault)
{
    double from[IMR_INTERVAL_COX_MOST_COLUMNS], share = 1;
    double loglik = fit->hazards.loglik, most = largest_score(fit);
    int status = IMR_OK, close = slope < CLOSE * (double) fit->n;

    memcpy(from, fit->coef, fit->p * sizeof(*from));
    memcpy(fit->back, fit->hazards.hazard, fit->hazards.m * sizeof(double));
    for (int half = 0; half < (close ? 3 : 40); half++, share /= 2) {
        for (size_t a = 0; a < fit->p; a++) {
            fit->coef[a] = a == fit->held
                ? from[a]
                : fmin(IMR_INTERVAL_COX_FARTHEST,
                      fmax(-IMR_INTERVAL_COX_FARTHEST, from[a] + share * step[a]));
        }
        status = maximise_hazards(fit, fault);
        if (status != IMR_OK) {
            return status;
        }
        find_information(fit);
        *moved = close ? largest_score(fit) < 0.5 * most : fit->hazards.loglik > loglik;
        if (*moved) {
            return IMR_OK;
        }
        memcpy(fit->hazards.hazard, fit->back, fit->hazards.m * sizeof(double));
    }
    memcpy(fit->coef, from, fit->p * sizeof(*from));
    status = maximise_hazards(fit, fault);
    if (status == IMR_OK) {
        find_information(fit);
    }
    return status;
}

int
imr_interval_cox_climb(imr_interval_cox_fit_t *fit, imr_fault_t *fault)
{
    double step[IMR_INTERVAL_COX_MOST_COLUMNS];
    int moved = 1, status = maximise_hazards(fit, fault);

    if (status != IMR_OK) {
        return status;
    }
    find_information(fit);
    for (int round = 0; round < MOST_STEPS && moved && status == IMR_OK; round++) {
        double slope = 0;

        if (largest_score(fit) <= SMALLEST_SCORE * (double) fit->n) {
            break;
        }
        find_step(fit, step);
        for (size_t a = 0; a < fit->p; a++) {
            slope += fit->score[a] * step[a];
        }
        status = go_on(fit, step, slope, &moved, fault);
    }
    return status;
}
