#include "survival/rmst.h"

#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"

/* One group on the scale of a measure: value, standard error, and the degrees of freedom of that. */
typedef struct {
    double value, error, df;
} scaled_t;

static scaled_t
on_scale(const imr_rmst_t *arm, imr_rmst_measure_t measure, imr_rmst_interval_t interval)
{
    double of = measure == IMR_RMST_LOST_RATIO ? arm->lost : arm->estimate;
    scaled_t scaled = { of, arm->std_error, INFINITY };

    if (measure != IMR_RMST_DIFFERENCE) {
        scaled.value = log(of);
        scaled.error /= of;
    }
    if (interval == IMR_RMST_T) {
        scaled.df = arm->observed - 1;
        scaled.error *= sqrt(arm->observed / scaled.df);
    }
    return scaled;
}

void
imr_rmst_unknown(imr_rmst_effect_t *effect, imr_rmst_measure_t measure, double tau)
{
    effect->std_error = effect->pvalue = NAN;
    effect->low = measure == IMR_RMST_DIFFERENCE ? -tau : 0;
    effect->high = measure == IMR_RMST_DIFFERENCE ? tau : INFINITY;
}

int
imr_rmst_test(imr_rmst_effect_t *effect, imr_rmst_measure_t measure, double value, double std_error,
    double df, double level)
{
    double tail = (1 - level) / 2, quantile, upper = 0.5, z = fabs(value) / std_error;
    int status =
        isinf(df) ? imr_quantile_normal(tail, &quantile) : imr_quantile_t(tail, df, &quantile);

    if (status == IMR_OK && !isnan(z)) { /* 0 over 0: the same in both, and no doubt of it */
        status = isinf(df) ? imr_normal_cdf_upper(z, &upper) : imr_t_cdf_upper(z, df, &upper);
    }
    if (status != IMR_OK) {
        return status;
    }
    effect->std_error = std_error;
    effect->pvalue = 2 * upper;
    effect->low = value + quantile * std_error;
    effect->high = value - quantile * std_error;
    if (measure != IMR_RMST_DIFFERENCE) {
        effect->low = exp(effect->low);
        effect->high = exp(effect->high);
    }
    return IMR_OK;
}

static int
moment_effect(const imr_rmst_t *group, const imr_rmst_t *reference, imr_rmst_measure_t measure,
    const imr_rmst_options_t *options, double tau, imr_rmst_effect_t *effect)
{
    scaled_t a = on_scale(group, measure, options->interval);
    scaled_t b = on_scale(reference, measure, options->interval);
    double error = hypot(a.error, b.error), df = INFINITY; /* no square overflows */
    int status;

    if (!isfinite(a.value) || !isfinite(b.value)
        || (options->interval == IMR_RMST_T && !(a.df > 0 && b.df > 0))) {
        imr_rmst_unknown(effect, measure, tau);
        return IMR_OK;
    }
    if (options->interval == IMR_RMST_T) { /* Welch and Satterthwaite */
        double share_a = a.error / error * (a.error / error);
        double share_b = b.error / error * (b.error / error);

        df = error > 0 ? 1 / (share_a * share_a / a.df + share_b * share_b / b.df) : a.df + b.df;
    }
    status = imr_rmst_test(effect, measure, a.value - b.value, error, df, options->level);
    if (measure == IMR_RMST_DIFFERENCE) {
        effect->low = fmax(effect->low, -tau);
        effect->high = fmin(effect->high, tau);
    }
    return status;
}

static int
beta_effect(const imr_rmst_t *group, const imr_rmst_t *reference, imr_rmst_measure_t measure,
    const imr_rmst_options_t *options, double tau, imr_rmst_effect_t *effect)
{
    static const imr_pair_measure_t PAIRS[] = { IMR_PAIR_DIFFERENCE, IMR_PAIR_LOG_RATIO,
        IMR_PAIR_LOG_RATIO_OF_COMPLEMENTS };
    int status = imr_beta_pair(&group->bounds, &reference->bounds, PAIRS[measure],
        options->interval == IMR_RMST_BETA_PRODUCT_MID_P, options->level, &effect->low,
        &effect->high, &effect->pvalue);

    effect->std_error = NAN;
    if (measure == IMR_RMST_DIFFERENCE) {
        effect->low *= tau;
        effect->high *= tau;
    } else {
        effect->low = exp(effect->low);
        effect->high = exp(effect->high);
    }
    return status;
}

int
imr_rmst_contrast(const imr_rmst_t *group, const imr_rmst_t *reference, double tau,
    const imr_rmst_options_t *options, imr_rmst_effect_t effects[IMR_RMST_MEASURES],
    imr_fault_t *fault)
{
    int beta = options->interval == IMR_RMST_BETA_PRODUCT
        || options->interval == IMR_RMST_BETA_PRODUCT_MID_P;

    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    effects[IMR_RMST_DIFFERENCE].estimate = group->estimate - reference->estimate;
    effects[IMR_RMST_RATIO].estimate = group->estimate / reference->estimate;
    effects[IMR_RMST_LOST_RATIO].estimate = group->lost / reference->lost;
    for (int measure = 0; measure < IMR_RMST_MEASURES; measure++) {
        int status = beta ? beta_effect(group, reference, (imr_rmst_measure_t) measure, options,
                                tau, effects + measure)
                          : moment_effect(group, reference, (imr_rmst_measure_t) measure, options,
                                tau, effects + measure);

        if (status != IMR_OK) {
            return imr_fault(fault, status, NULL, -1, NAN);
        }
    }
    return IMR_OK;
}
