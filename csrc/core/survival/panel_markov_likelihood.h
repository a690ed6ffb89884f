/* The likelihood of a Markov model of panel data, and its climb. */
#ifndef IMR_PANEL_MARKOV_LIKELIHOOD_H
#define IMR_PANEL_MARKOV_LIKELIHOOD_H

#include "base/stop.h"
#include "survival/panel_markov_rows.h"

#define IMR_PANEL_MOST_PARAMETERS (IMR_PANEL_MOST_TRANSITIONS + IMR_PANEL_MOST_EFFECTS)

/* Effect e: covariate column[e] on transition[e]. Parameters are the log intensities of the transitions,
 * where all covariates are at their means, then the effects, of standardised covariates. */
typedef struct {
    const imr_panel_rows_t *rows;
    size_t effects;
    uint8_t transition[IMR_PANEL_MOST_EFFECTS], column[IMR_PANEL_MOST_EFFECTS];
    size_t p; /* transitions + effects */
    double *work; /* imr_panel_likelihood_work_size */
    imr_stop_t *stop;
} imr_panel_model_t;

/* The transition and covariate (or k) of parameter a. */
static inline size_t
imr_panel_transition_of(const imr_panel_model_t *model, size_t a)
{
    size_t transitions = model->rows->chain.transitions;

    return a < transitions ? a : model->transition[a - transitions];
}

size_t imr_panel_likelihood_work_size(const imr_panel_chain_t *chain);

/* An intensity is 0 where the bit of its transition is set in `zero`, whatever its parameter. */
typedef struct {
    double parameter[IMR_PANEL_MOST_PARAMETERS];
    uint64_t zero;
} imr_panel_point_t;

typedef struct {
    double loglik; /* -inf: impossible */
    double gradient[IMR_PANEL_MOST_PARAMETERS]; /* of a transition at 0: in the intensity itself */
    double *hessian; /* p x p, for order 2; rows of transitions at 0, and of their effects, are 0 */
} imr_panel_value_t;

/* IMR_ERR_STOPPED; IMR_ERR_PANEL_RATE for intensities beyond all numbers. */
int IMR_MUST_CHECK imr_panel_likelihood(const imr_panel_model_t *model,
    const imr_panel_point_t *point, int order, imr_panel_value_t *value);

/* --- panel_markov_climb.c ------------------------------------------------------------------------- */

/* Effects whose hazard ratio over the range of the covariate is beyond e^12 have no end. */
#define IMR_PANEL_LARGEST_EFFECT 12.0

typedef struct {
    const imr_panel_model_t *model;
    size_t fixed; /* a parameter that stays, or p */
    imr_panel_point_t point; /* where it begins, and ends */
    imr_panel_value_t value; /* there */
    uint64_t idle; /* transitions out of states that are never entered, which change nothing */
    double highest; /* no log intensity is higher */
    double enough; /* the score with which the climb has arrived */
    double *factor; /* p x p: Cholesky's of the information of the free parameters */
    double *hessian; /* p x p: scratch */
    size_t free[IMR_PANEL_MOST_PARAMETERS], count; /* the free parameters */
    double score_norm; /* of the score, each direction in units of its standard error */
    double weakest; /* the least share of a parameter's information that those before it leave */
    int64_t iterations; /* of all climbs */
} imr_panel_climb_t;

/* A parameter so near to its bound is there. */
#define IMR_PANEL_AT_BOUND 1e-9

/* The bound of a parameter above: below it is minus that for an effect, and none for an intensity. */
double imr_panel_bound(const imr_panel_climb_t *climb, size_t a);

/* Does a parameter of the point stand at its bound? */
int imr_panel_is_bounded(const imr_panel_climb_t *climb);

/* Climbs to the maximum of the free parameters from climb->point. Intensities may become 0, and leave it
 * where the likelihood then rises; parameters at their bound stay there while it rises beyond.
 * IMR_ERR_PANEL_FLAT when the information is singular there, IMR_ERR_NOCONV, IMR_ERR_STOPPED,
 * IMR_ERR_PANEL_RATE. */
int IMR_MUST_CHECK imr_panel_climb(imr_panel_climb_t *climb);

#endif
