#include "survival/panel_markov_after.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/quantile.h"

/* The square of a smaller share is lost, and with it the standard error. */
#define SMALLEST 1e-150

/* A model at values of the covariates. States that are left at once lead to others, and are never held. */
typedef struct {
    imr_panel_chain_t chain; /* past such states */
    double intensity[IMR_PANEL_MOST_TRANSITIONS]; /* 0 where it is not known or infinite */
    double *variance; /* transitions x transitions: of their logarithms */
    size_t lasting[IMR_PANEL_MOST_STATES]; /* where a state leads at once: itself, usually */
    uint32_t
        possible[IMR_PANEL_MOST_STATES]; /* states that any transitions lead to, itself included */
    uint32_t unknown; /* states out of which some intensity is not known, or which lead to them */
    double quantile; /* of the normal distribution */
} at_t;

static int
check(const imr_panel_fitted_t *fitted, imr_fault_t *fault)
{
    const imr_panel_chain_t *chain = &fitted->chain;

    if (chain->states < 2 || chain->states > IMR_PANEL_MOST_STATES
        || chain->transitions > IMR_PANEL_MOST_TRANSITIONS
        || fitted->effects > IMR_PANEL_MOST_EFFECTS) {
        return imr_fault(fault, IMR_ERR_PANEL_SIZE, "transitions", -1, NAN);
    }
    for (size_t j = 0; j < chain->transitions; j++) {
        if (chain->from[j] >= chain->states || chain->to[j] >= chain->states) {
            return imr_fault(fault, IMR_ERR_CODE, "transitions", (int64_t) j, NAN);
        }
    }
    for (size_t e = 0; e < fitted->effects; e++) {
        if (fitted->transition[e] < 0 || (size_t) fitted->transition[e] >= chain->transitions
            || fitted->column[e] < 0 || (size_t) fitted->column[e] >= fitted->k) {
            return imr_fault(fault, IMR_ERR_CODE, "effects", (int64_t) e, NAN);
        }
    }
    if (!(fitted->level > 0 && fitted->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, fitted->level);
    }
    return IMR_OK;
}

static int
check_days(double t, imr_fault_t *fault)
{
    if (isnan(t)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "days", -1, t);
    }
    if (t < 0 || t > 1e100 || (t > 0 && t < 1e-100)) {
        return imr_fault(fault, IMR_ERR_PANEL_DAYS, "days", -1, t);
    }
    return IMR_OK;
}

/* --- values of the covariates ---------------------------------------------------------------------- */

/* How parameter a moves the logarithm of its transition's intensity. */
static double
factor_of(const imr_panel_fitted_t *fitted, size_t a, const double *x)
{
    size_t transitions = fitted->chain.transitions, c;

    if (a < transitions || x == NULL) {
        return a < transitions;
    }
    c = (size_t) fitted->column[a - transitions];
    return x[c] - fitted->mean[c];
}

static size_t
transition_of(const imr_panel_fitted_t *fitted, size_t a)
{
    size_t transitions = fitted->chain.transitions;

    return a < transitions ? a : (size_t) fitted->transition[a - transitions];
}

/* The intensities at x, and their variance. */
static int
intensities_at(at_t *at, const imr_panel_fitted_t *fitted, const double *x, imr_fault_t *fault)
{
    size_t transitions = fitted->chain.transitions, p = transitions + fitted->effects;

    for (size_t c = 0; x != NULL && c < fitted->k; c++) {
        if (!isfinite(x[c])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "at", (int64_t) c, x[c]);
        }
    }
    memcpy(at->intensity, fitted->estimate, transitions * sizeof(double));
    for (size_t a = transitions; a < p; a++) {
        double change = factor_of(fitted, a, x) * fitted->estimate[a];

        if (at->intensity[transition_of(fitted, a)] > 0 && !isnan(change)) {
            at->intensity[transition_of(fitted, a)] *= exp(change);
        }
    }
    memset(at->variance, 0, transitions * transitions * sizeof(double));
    for (size_t a = 0; a < p; a++) {
        double *row = at->variance + transition_of(fitted, a) * transitions;

        for (size_t b = 0; b < p; b++) {
            row[transition_of(fitted, b)] +=
                factor_of(fitted, a, x) * factor_of(fitted, b, x) * fitted->covariance[a * p + b];
        }
    }
    for (size_t j = 0; j < transitions; j++) {
        if (isinf(at->intensity[j]) && !isinf(fitted->estimate[j])) {
            return imr_fault(fault, IMR_ERR_PANEL_AT, "at", -1, NAN);
        }
    }
    return IMR_OK;
}

/* Takes out states that are left at once, and finds those out of which not everything is known. */
static void
settle(at_t *at, const imr_panel_fitted_t *fitted)
{
    const imr_panel_chain_t *given = &fitted->chain;
    uint64_t moving = 0;
    uint32_t reach[IMR_PANEL_MOST_STATES], unknown = 0;

    at->chain = *given;
    for (size_t s = 0; s < given->states; s++) {
        at->lasting[s] = s;
    }
    for (size_t pass = 0; pass < given->states; pass++) {
        for (size_t j = 0; j < given->transitions; j++) {
            if (isinf(at->intensity[j])) {
                at->lasting[given->from[j]] = at->lasting[given->to[j]];
            }
        }
    }
    for (size_t j = 0; j < given->transitions; j++) {
        unknown |= isnan(at->intensity[j]) ? UINT32_C(1) << given->from[j] : 0;
        moving |= at->intensity[j] > 0 ? UINT64_C(1) << j : 0;
    }
    imr_panel_reach(given, moving, reach);
    imr_panel_reach(given, UINT64_MAX, at->possible);
    for (size_t s = 0; s < given->states; s++) {
        at->unknown |= reach[s] & unknown ? UINT32_C(1) << s : 0;
    }
    for (size_t j = 0; j < given->transitions; j++) {
        size_t from = given->from[j];

        at->chain.to[j] = (uint8_t) at->lasting[given->to[j]];
        if (!isfinite(at->intensity[j]) || at->lasting[from] != from || at->chain.to[j] == from) {
            at->intensity[j] = 0;
        }
    }
}

static int
at_init(at_t *at, const imr_panel_fitted_t *fitted, const double *x, double *variance,
    imr_fault_t *fault)
{
    int status = check(fitted, fault);

    at->variance = variance;
    at->unknown = 0;
    if (status == IMR_OK) {
        status = intensities_at(at, fitted, x, fault);
    }
    if (status == IMR_OK) {
        settle(at, fitted);
        status = imr_quantile_normal(0.5 + 0.5 * fitted->level, &at->quantile);
    }
    return status;
}

/* --- probabilities and times ----------------------------------------------------------------------- */

/* The standard error of a jet's number, derivatives being in intensities. */
static double
std_error_of(const at_t *at, const double *jet)
{
    size_t transitions = at->chain.transitions;
    double sum = 0;

    for (size_t a = 0; a < transitions; a++) {
        for (size_t b = 0; b < transitions; b++) {
            sum += at->intensity[a] * jet[1 + a] * at->intensity[b] * jet[1 + b]
                * at->variance[a * transitions + b];
        }
    }
    return sqrt(fmax(sum, 0));
}

/* Limits of `part` of a whole, of which `rest` remains, on the scale of the logit. */
static void
logit_limits(double part, double rest, double std_error, double quantile, double *low, double *high)
{
    double whole = part + rest, width = quantile * std_error * whole / (part * rest);

    *low = whole / (1 + rest / part * exp(width));
    *high = whole / (1 + rest / part * exp(-width));
}

/* Is the answer what it is whatever the intensities? */
static int
is_certain(const at_t *at, size_t r, size_t s)
{
    uint32_t itself = UINT32_C(1) << s;

    return (at->possible[r] & itself) == 0 || at->possible[r] == itself;
}

int
imr_panel_probability(const imr_panel_fitted_t *fitted, double t, const double *x, int times,
    double *estimate, double *std_error, double *low, double *high, imr_fault_t *fault)
{
    size_t states = fitted->chain.states, transitions = fitted->chain.transitions;
    size_t jet = 1 + transitions, whole = states * states * jet;
    double *block, *matrix, *integral, *answer;
    at_t at;
    int status = check(fitted, fault);

    if (status == IMR_OK) {
        status = check_days(t, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    block =
        imr_malloc(transitions * transitions + 2 * whole + imr_panel_work_size(&fitted->chain, 1),
            sizeof(double));
    if (block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    matrix = block + transitions * transitions;
    integral = matrix + whole;
    answer = times ? integral : matrix;
    status = at_init(&at, fitted, x, block, fault);
    if (status == IMR_OK) {
        status = imr_panel_matrix(
            &at.chain, at.intensity, t, 1, matrix, times ? integral : NULL, integral + whole);
        if (status != IMR_OK) {
            imr_fault(fault, status, "days", -1, t);
        }
    }
    for (size_t r = 0; r < states && status == IMR_OK; r++) {
        const double *row = answer + at.lasting[r] * states * jet;

        for (size_t s = 0; s < states; s++) {
            size_t i = r * states + s;
            double part = row[s * jet], rest = 0;

            for (size_t other = 0; other < states; other++) {
                rest += other == s ? 0 : row[other * jet];
            }
            estimate[i] = low[i] = high[i] = part;
            std_error[i] = std_error_of(&at, row + s * jet);
            if (t > 0 && !is_certain(&at, r, s)) {
                if (at.unknown >> r & 1) {
                    estimate[i] = std_error[i] = low[i] = high[i] = NAN;
                } else if (part > SMALLEST * rest && rest > SMALLEST * part) {
                    logit_limits(part, rest, std_error[i], at.quantile, &low[i], &high[i]);
                } else {
                    low[i] = high[i] = std_error[i] = NAN;
                }
            }
        }
    }
    imr_free(block);
    return status;
}

/* --- sojourns -------------------------------------------------------------------------------------- */

int
imr_panel_sojourn(const imr_panel_fitted_t *fitted, const double *intensity_low,
    const double *intensity_high, double *estimate, double *low, double *high, imr_fault_t *fault)
{
    const imr_panel_chain_t *chain = &fitted->chain;
    size_t transitions = chain->transitions, p = transitions + fitted->effects;
    double quantile = 0;
    int status = check(fitted, fault);

    if (status == IMR_OK) {
        status = imr_quantile_normal(0.5 + 0.5 * fitted->level, &quantile);
    }
    for (size_t s = 0; s < chain->states && status == IMR_OK; s++) {
        double leaving = 0, variance = 0, width;
        size_t ways = 0, way = 0;

        for (size_t a = 0; a < transitions; a++) {
            if (chain->from[a] != s) {
                continue;
            }
            ways++;
            way = a;
            leaving += fitted->estimate[a];
            for (size_t b = 0; b < transitions; b++) {
                if (chain->from[b] == s && isfinite(fitted->estimate[a] * fitted->estimate[b])) {
                    variance +=
                        fitted->estimate[a] * fitted->estimate[b] * fitted->covariance[a * p + b];
                }
            }
        }
        estimate[s] = 1 / leaving; /* inf of an absorbing state, 0 of one that is left at once */
        width = quantile * sqrt(fmax(variance, 0)) / leaving;
        if (ways == 1) {
            low[s] = 1 / intensity_high[way];
            high[s] = 1 / intensity_low[way];
        } else if (ways == 0) {
            low[s] = high[s] = INFINITY;
        } else if (leaving > 0 && isfinite(leaving)) {
            low[s] = estimate[s] * exp(-width);
            high[s] = estimate[s] * exp(width);
        } else {
            low[s] = leaving <= 0 ? NAN : 0;
            high[s] = isinf(leaving) ? NAN : INFINITY;
        }
    }
    return status;
}

/* --- prevalence ------------------------------------------------------------------------------------ */

/* The state of a patient t after the first row; states of them and more: not followed, or not known. */
static size_t
state_at(const imr_panel_fitted_t *fitted, const imr_panel_seen_t *seen, size_t patient, double t)
{
    const imr_panel_chain_t *chain = &fitted->chain;
    size_t first = (size_t) seen->first[patient], last = (size_t) seen->first[patient + 1] - 1;
    size_t i = last;

    while (i > first && seen->day[i] - seen->day[first] > t) {
        i--;
    }
    if (i == last && seen->day[last] - seen->day[first] < t) {
        for (size_t j = 0; j < chain->transitions; j++) {
            if (chain->from[j] == (size_t) seen->state[last]) {
                return chain->states;
            }
        }
    }
    return (size_t) seen->state[i];
}

static int
check_seen(const imr_panel_fitted_t *fitted, const imr_panel_seen_t *seen, imr_fault_t *fault)
{
    for (size_t i = 0; i < seen->patients; i++) {
        int64_t first = seen->first[i];

        if (first < 0 || seen->first[i + 1] <= first || seen->state[first] < 0
            || (size_t) seen->state[first] >= fitted->chain.states) {
            return imr_fault(fault, IMR_ERR_CODE, "first", (int64_t) i, (double) first);
        }
    }
    return IMR_OK;
}

int
imr_panel_prevalence(const imr_panel_fitted_t *fitted, const imr_panel_seen_t *seen, double t,
    int64_t *observed, double *expected, imr_fault_t *fault)
{
    size_t states = fitted->chain.states, transitions = fitted->chain.transitions;
    double *block, *matrix;
    int ready = 0, status = check(fitted, fault);
    at_t at;

    if (status == IMR_OK) {
        status = check_days(t, fault);
    }
    if (status == IMR_OK) {
        status = check_seen(fitted, seen, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    block = imr_malloc(
        transitions * transitions + states * states + imr_panel_work_size(&fitted->chain, 0),
        sizeof(double));
    if (block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    matrix = block + transitions * transitions;
    memset(observed, 0, states * sizeof(*observed));
    memset(expected, 0, states * sizeof(*expected));
    for (size_t i = 0; i < seen->patients && status == IMR_OK; i++) {
        size_t state = state_at(fitted, seen, i, t);
        size_t begin = (size_t) seen->state[seen->first[i]];

        if (state >= states) {
            continue;
        }
        if (!ready || fitted->k > 0) {
            ready = 1;
            status = at_init(
                &at, fitted, fitted->k > 0 ? seen->initial + i * fitted->k : NULL, block, fault);
            if (status == IMR_OK) {
                status = imr_panel_matrix(
                    &at.chain, at.intensity, t, 0, matrix, NULL, matrix + states * states);
            }
            if (status != IMR_OK) {
                break;
            }
        }
        observed[state]++;
        for (size_t s = 0; s < states; s++) {
            expected[s] +=
                t > 0 && at.unknown >> begin & 1 ? NAN : matrix[at.lasting[begin] * states + s];
        }
    }
    imr_free(block);
    return status;
}
