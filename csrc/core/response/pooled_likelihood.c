#include "response/pooled_likelihood.h"

#include <math.h>
#include <string.h>

#include "base/quantile.h"
#include "base/solve.h"
#include "response/pooled_term.h"

#define MOST IMR_POOLED_MOST_TERMS
#define SIDE (IMR_POOLED_MOST_TERMS + 1)

/* Log-odds beyond which a rate is 0 or 1 to the last digit of a double. */
#define FAR_LOG_ODDS 40

/* The parameters are the coefficients, then the spread: the standard deviation of the log-odds, or
 * correlation / (1 - correlation). */
typedef struct {
    const imr_series_t *series;
    const imr_pooled_rule_t *rule;
    int glmm;
    int homogeneous; /* the spread stays at 0 */
    int joint; /* the spread climbs with the coefficients */
    double gain; /* promised by a step of Newton that is not worth its evaluation */
    int held; /* a coefficient that stays where it is, or -1 */
    double peak, target; /* of a profile: likelihood, normal quantile */
    int everywhere; /* a profile looks for all peaks at each of its points */
    double *at; /* where the search stands: the start of the next one as well */
    const double *start; /* coefficients from which all spreads are visited */
    int *status;
} model_t;

/* The log-likelihood where the search stands; its slope and its curvature, sign changed. */
static double
evaluate_terms(const model_t *model, double *slope, double *curvature)
{
    const imr_series_t *series = model->series;
    size_t p = series->p;
    double value = 0, spread = model->at[p], largest = 0;

    memset(slope, 0, SIDE * sizeof(double));
    memset(curvature, 0, SIDE * sizeof(double[SIDE]));
    for (size_t i = 0; i < series->k; i++) {
        const double *x = series->design + i * p;
        imr_pooled_term_t term;
        double eta = 0;

        for (size_t c = 0; c < p; c++) {
            eta += x[c] * model->at[c];
        }
        largest = fmax(largest, fabs(eta));
        if (model->glmm) {
            imr_pooled_mixed_term(model->rule, series->events[i], series->n[i], eta, spread, &term);
        } else {
            imr_pooled_beta_term(series->events[i], series->n[i], eta, spread, &term);
        }
        value += term.value;
        slope[p] += term.slope[1];
        curvature[p * SIDE + p] -= term.curvature[2];
        for (size_t r = 0; r < p; r++) {
            slope[r] += x[r] * term.slope[0];
            curvature[p * SIDE + r] -= x[r] * term.curvature[1];
            curvature[r * SIDE + p] -= x[r] * term.curvature[1];
            for (size_t c = 0; c < p; c++) {
                curvature[r * SIDE + c] -= x[r] * x[c] * term.curvature[0];
            }
        }
    }
    if (!(largest <= FAR_LOG_ODDS + (model->glmm ? 15 * spread : 0))) {
        *model->status = IMR_ERR_MODERATORS;
    }
    return value;
}

/* As above; the curvature of a rule of few nodes is that of its slopes. */
static double
evaluate(const model_t *model, double *slope, double *curvature)
{
    size_t d = model->series->p + 1;
    double value = evaluate_terms(model, slope, curvature);
    double step = 1e-5, ignored[SIDE * SIDE], up[SIDE], down[SIDE];

    for (size_t c = 0; c < d && model->glmm && model->rule->nodes > 0; c++) {
        double here = model->at[c];

        model->at[c] = here + step;
        evaluate_terms(model, up, ignored);
        model->at[c] = here - step;
        evaluate_terms(model, down, ignored);
        model->at[c] = here;
        for (size_t r = 0; r < d; r++) {
            curvature[r * SIDE + c] = (down[r] - up[r]) / (2 * step);
        }
    }
    return value;
}

/* One step of Newton over the parameters that are free; the gain it promises, or NaN. */
static double
newton_step(
    const model_t *model, const double *slope, const double *curvature, double *step, double *ridge)
{
    size_t p = model->series->p, d = 0, which[SIDE];
    double block[SIDE * SIDE], inverse[SIDE * SIDE], gain = 0, largest = 1e-300;

    *ridge = 0;

    for (size_t c = 0; c <= p; c++) {
        step[c] = 0;
        if ((int) c != model->held && (c < p || model->joint)) {
            which[d++] = c;
        }
    }
    for (size_t r = 0; r < d; r++) {
        for (size_t c = 0; c < d; c++) {
            block[r * SIDE + c] = curvature[which[r] * SIDE + which[c]];
        }
        largest = fmax(largest, fabs(block[r * SIDE + r]));
    }
    while (!imr_pooled_invert(block, d, inverse, NULL)) {
        double more = *ridge > 0 ? 9 * *ridge : 1e-9 * largest;

        if (model->joint || !isfinite(more)) {
            return NAN;
        }
        *ridge += more; /* a shorter step where the surface is flat or not concave */
        for (size_t r = 0; r < d; r++) {
            block[r * SIDE + r] += more;
        }
    }
    for (size_t r = 0; r < d; r++) {
        for (size_t c = 0; c < d; c++) {
            step[which[r]] += inverse[r * SIDE + c] * slope[which[c]];
        }
        gain += step[which[r]] * slope[which[r]];
    }
    return gain;
}

/* The best coefficients at the present spread, or, where the start is close, with it. The
 * binomial-normal likelihood is concave in the coefficients, as the integral over z of a function
 * that is log-concave in both; the beta-binomial is so in the rate. */
static double
climb(const model_t *model, double *slope, double *curvature)
{
    size_t p = model->series->p;
    double start[SIDE], step[SIDE], value = evaluate(model, slope, curvature), before = INFINITY;

    for (int iteration = 0; iteration < 100; iteration++) {
        double share = 1, next = -INFINITY, ridge;
        double gain = newton_step(model, slope, curvature, step, &ridge);

        if (isnan(gain)) {
            break;
        }
        /* converged, or as close as the rounding of the slopes allows */
        if (gain < model->gain || (gain < 1e-12 && (gain >= before || ridge > 0))
            || *model->status != IMR_OK) {
            return value;
        }
        before = gain;
        memcpy(start, model->at, sizeof(start));
        for (int halving = 0; halving < 50; halving++, share /= 2) {
            for (size_t c = 0; c <= p; c++) {
                model->at[c] = start[c] + share * step[c];
            }
            next = evaluate(model, slope, curvature);
            if (next >= value - 1e-12 * fabs(value)) {
                break;
            }
            *model->status = IMR_OK; /* an overlong step, taken back */
        }
        value = next;
    }
    if (model->joint) {
        *model->status = IMR_ERR_NOCONV;
    }
    return value; /* no peak yet: the slopes at the estimate are looked at in the end */
}

/* The slope in the spread of the likelihood with the best coefficients; for the binomial-normal,
 * which is even in it, that in half its square. */
static double
rise(double spread, const void *context)
{
    const model_t *model = context;
    size_t p = model->series->p;
    double slope[SIDE], curvature[SIDE * SIDE];

    model->at[p] = spread;
    climb(model, slope, curvature);
    if (*model->status != IMR_OK) {
        return NAN;
    }
    if (!model->glmm) {
        return slope[p];
    }
    return spread > 0 ? slope[p] / spread : -curvature[p * SIDE + p];
}

/* The peak with a spread between low, where the likelihood rises with it, and high, where it falls:
 * by Newton's method in all parameters, which may leave that range, or else by its slope. */
static double
peak_between(const model_t *model, double low, double high)
{
    size_t p = model->series->p;
    double slope[SIDE], curvature[SIDE * SIDE], value, root;
    model_t all = *model;
    int ret;

    all.joint = 1;
    model->at[p] = low > 0 ? sqrt(low * high) : high / 2;
    value = climb(&all, slope, curvature);
    if (*model->status == IMR_OK && model->at[p] >= low && model->at[p] <= high) {
        return value;
    }
    *model->status = IMR_OK;
    ret = imr_solve_bracketed(rise, model, low, high, 1e-12, &root);
    if (ret == IMR_ERR_NO_SIGN_CHANGE) { /* a slope of 0, to rounding, was taken for a sign */
        root = fabs(rise(low, model)) < fabs(rise(high, model)) ? low : high;
    } else if (ret != IMR_OK) {
        *model->status = *model->status != IMR_OK ? *model->status : ret;
        return NAN;
    }
    model->at[p] = root;
    return climb(model, slope, curvature);
}

/* The largest likelihood over the spread and the coefficients that are free: every peak between the
 * points of a grid of spreads, and that at 0, is visited. Ends at the best. */
static double
maximise(const model_t *model)
{
    size_t p = model->series->p;
    double slope[SIDE], curvature[SIDE * SIDE], best[SIDE], best_value, low = 0;
    double first = model->glmm ? 0.25 : 0.0625, last = 4;
    model_t rough = *model;
    int rising;

    rough.gain = 1e-10; /* enough for a sign */
    for (size_t c = 0; c < p; c++) {
        model->at[c] = (int) c == model->held ? model->at[c] : model->start[c];
    }
    rising = rise(0, model) > 0;
    best_value = evaluate(model, slope, curvature);
    memcpy(best, model->at, sizeof(best));
    if (model->homogeneous) {
        return best_value;
    }
    for (double high = first; rising || low < last; high *= 4) {
        double slope_there = rise(high, &rough);

        if (high > 1e6) {
            *model->status = IMR_ERR_HETEROGENEITY;
        }
        if (*model->status != IMR_OK) {
            return NAN;
        }
        if (rising && !(slope_there > 0)) {
            double value = peak_between(model, low, high);

            if (*model->status != IMR_OK) {
                return NAN;
            }
            if (value > best_value + 1e-10) {
                best_value = value;
                memcpy(best, model->at, sizeof(best));
            }
        }
        rising = slope_there > 0;
        low = high;
    }
    memcpy(model->at, best, sizeof(best));
    return best_value;
}

/* The peak next to where the search stands, which is that of a neighbouring profile; all peaks where
 * there is none, or where `everywhere` asks for it. */
static double
profile_peak(model_t model, int everywhere)
{
    double slope[SIDE], curvature[SIDE * SIDE], *spread = &model.at[model.series->p];
    double value;

    if (!everywhere && *spread == 0 && !(rise(0, &model) > 0)) {
        return evaluate(&model, slope, curvature);
    }
    if (!everywhere && *spread > 0) {
        model.joint = 1;
        value = climb(&model, slope, curvature);
        if (*model.status == IMR_OK && (model.glmm || *spread >= 0)) {
            *spread = fabs(*spread); /* the binomial-normal is even in it */
            return value;
        }
        *spread = 0;
        *model.status = IMR_OK;
        model.joint = 0;
    }
    return maximise(&model);
}

/* The root of twice the fall of the likelihood when the coefficient is held there, which is close to a
 * straight line, less its quantile. */
static double
profile_excess(double value, const void *context)
{
    const model_t *model = context;

    model->at[0] = value;
    return sqrt(fmax(0, 2 * (model->peak - profile_peak(*model, model->everywhere))))
        - model->target;
}

/* One limit of the coefficient that is held, by secants within the points known to lie on either side
 * of it. Infinite where the likelihood never falls so far. */
static int
profile_limit(const model_t *model, double coef, double step, double *limit)
{
    double inner = coef, outer = copysign(INFINITY, step), at = coef + step;
    double before = coef, excess_before = -model->target;

    for (int i = 0; i < 100; i++) {
        double far = copysign(FAR_LOG_ODDS, step), excess, next;

        at = fabs(at) > FAR_LOG_ODDS ? far : at;
        excess = profile_excess(at, model);
        if (*model->status != IMR_OK) {
            return *model->status;
        }
        if (fabs(excess) < 1e-10 || fabs(outer - inner) < 1e-10 * (1 + fabs(at))) {
            *limit = at;
            return IMR_OK;
        }
        if (excess < 0 && fabs(at) >= FAR_LOG_ODDS) {
            *limit = copysign(INFINITY, step);
            return IMR_OK;
        }
        *(excess < 0 ? &inner : &outer) = at;
        next = at - excess * (at - before) / (excess - excess_before);
        before = at;
        excess_before = excess;
        if (isinf(outer)) {
            step = fmin(fmax((next - coef) / (at - coef), 1.1), 3) * (at - coef);
            next = isfinite(step) ? coef + step : coef + 2 * (at - coef);
        } else if (i > 30 || !((next - inner) * (next - outer) < 0)) {
            next = (inner + outer) / 2;
        }
        at = next;
    }
    return IMR_ERR_NOCONV;
}

/* Both limits of the only coefficient. The profile follows its peak from point to point; where another
 * one is higher at the end, it is made again with all peaks at each point. */
static int
profile_limits(model_t *model, const double *peak, double level, imr_pooled_t *result)
{
    double reach, *limits[2] = { &result->low[0], &result->high[0] };
    int ret = imr_quantile_normal((1 + level) / 2, &model->target);

    reach = model->target * result->std_error[0];
    reach = isfinite(reach) ? reach : 1;
    model->held = 0;
    model->gain = 1e-13;
    for (int side = 0; side < 2 && ret == IMR_OK; side++) {
        for (model->everywhere = 0; model->everywhere < 2; model->everywhere++) {
            memcpy(model->at, peak, SIDE * sizeof(double));
            *model->status = IMR_OK;
            ret = profile_limit(model, peak[0], side ? reach : -reach, limits[side]);
            if (ret == IMR_OK && !model->everywhere && isfinite(*limits[side])) {
                double peak_there;

                model->at[0] = *limits[side];
                peak_there = profile_peak(*model, 1);
                if (*model->status == IMR_OK
                    && fabs(2 * (model->peak - peak_there) - model->target * model->target)
                        < 1e-6) {
                    break;
                }
            }
        }
    }
    return ret;
}

int
imr_pooled_likelihood(const imr_series_t *series, const imr_pooled_options_t *options,
    imr_pooled_t *result, imr_fault_t *fault)
{
    imr_pooled_rule_t rule;
    imr_pooled_term_t one;
    double at[SIDE] = { 0 }, start[SIDE] = { 0 }, peak[SIDE], slope[SIDE], curvature[SIDE * SIDE],
           inverse[SIDE * SIDE];
    size_t p = series->p, d;
    int status = IMR_OK, ret = IMR_OK;
    model_t model = { .series = series,
        .rule = &rule,
        .glmm = options->method == IMR_POOLED_GLMM,
        .homogeneous = series->k == 1,
        .held = -1,
        .gain = 1e-24,
        .at = at,
        .status = &status };

    imr_pooled_rule(options->nodes, &rule);
    evaluate(&model, slope, curvature);
    if (!imr_pooled_invert(curvature, p, inverse, NULL)) {
        return imr_fault(fault, IMR_ERR_MODERATORS, "moderators", -1, NAN);
    }
    model.start = start;
    climb(&model, slope, curvature); /* what separates the series does so at any spread */
    if (status == IMR_OK && !imr_pooled_invert(curvature, p, inverse, NULL)) {
        status = IMR_ERR_MODERATORS;
    }
    if (status == IMR_OK) {
        memcpy(start, at, sizeof(start));
        model.peak = maximise(&model);
    }
    if (status != IMR_OK) {
        return imr_fault(
            fault, status, status == IMR_ERR_MODERATORS ? "moderators" : "events", -1, NAN);
    }
    memcpy(peak, at, sizeof(peak));
    model.start = peak;
    result->loglik = evaluate(&model, slope, curvature);
    d = peak[p] > 0 ? p + 1 : p;
    for (size_t r = 0; r < d; r++) {
        result->score_norm = fmax(result->score_norm, fabs(slope[r]));
    }
    if (!(result->score_norm < 1e-6 * (1 + fabs(result->loglik)))) {
        return imr_fault(fault, IMR_ERR_NOCONV, "events", -1, NAN);
    }
    if (!imr_pooled_invert(curvature, d, inverse, NULL)) { /* flat: a coefficient is infinite */
        return imr_fault(fault, IMR_ERR_MODERATORS, "moderators", -1, NAN);
    }
    result->tau2 = model.glmm ? peak[p] * peak[p] : NAN;
    result->correlation = model.glmm ? NAN : peak[p] / (1 + peak[p]);
    for (size_t r = 0; r < p; r++) {
        result->coef[r] = peak[r];
        result->std_error[r] = sqrt(inverse[r * SIDE + r]);
        for (size_t c = 0; c < p; c++) {
            result->covariance[r * MOST + c] = inverse[r * SIDE + c];
        }
    }
    if (model.glmm) { /* of one patient of one series */
        imr_pooled_rule(0, &rule);
        imr_pooled_mixed_term(&rule, 1, 1, peak[0], peak[p], &one);
        imr_pooled_rule(options->nodes, &rule);
    } else {
        imr_pooled_beta_term(1, 1, peak[0], peak[p], &one);
    }
    result->mean_rate = exp(one.value);
    if (options->interval == IMR_POOLED_PROFILE && p == 1) {
        ret = profile_limits(&model, peak, options->level, result);
    }
    return ret == IMR_OK ? IMR_OK : imr_fault(fault, ret, "events", -1, NAN);
}
