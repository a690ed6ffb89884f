/* The likelihood of titres about A(0) {s exp(-k t) + 1 - s}, s being the share and k the rate, and the search
 * for its maximum. Formulas: docs/methods/recovery/titre.md. */
#ifndef IMR_TITRE_CLIMB_H
#define IMR_TITRE_CLIMB_H

#include <math.h>

#include "recovery/titre_decay.h"
#include "recovery/tobit_climb.h"

/* The logit of the share is looked for at these, at both infinities, and between neighbours. */
enum { IMR_TITRE_LOGITS = 28, IMR_TITRE_MOST_RATES = 64 };

/* logit and log_rate are where the likelihood was looked at last; the score is its slope there. */
typedef struct {
    const imr_titre_decay_rows_t *rows;
    imr_tobit_climb_t climb;
    double gamma[1], factor[4], climb_work[6];
    double *low, *high, *ones, *offset; /* standardised */
    double center, scale;
    size_t n_rates; /* 1: given */
    double log_rates[IMR_TITRE_MOST_RATES], logits[IMR_TITRE_LOGITS];
    double logit, log_rate;
    double score_logit, score_rate;
    int is_perfect, is_stopped;
} imr_titre_search_t;

/* Of rows that can be fitted. s points to itself: it is not to be copied. */
void imr_titre_search_init(imr_titre_search_t *s, const imr_titre_decay_rows_t *rows);

/* The largest log-likelihood, of standardised values, at a share and a rate: over all rates of a share, over
 * all shares of a rate, and over both, where at[j] receives that of each logit. s then stands there. Minus
 * infinity where there is none. */
double imr_titre_look(imr_titre_search_t *s, double logit, double log_rate);
double imr_titre_best_rate(imr_titre_search_t *s, double logit);
double imr_titre_best_logit(imr_titre_search_t *s, double log_rate);
double imr_titre_find_peak(imr_titre_search_t *s, double *at);

/* Where s stands: what the samples tell, an exact one telling 1; the length of the score; the slope of the
 * log-likelihood in log sd; 1 where a curve with a tenth of the scatter is as likely. */
double imr_titre_effective(const imr_titre_search_t *s);
double imr_titre_score(const imr_titre_search_t *s);
double imr_titre_slope_in_sd(const imr_titre_search_t *s);
int imr_titre_has_no_scatter(imr_titre_search_t *s);

/* A logit far enough out to be none, for a search between finite ends. */
double imr_titre_within(double logit);

static inline double
imr_titre_logistic(double logit)
{
    return logit > 0 ? 1 / (1 + exp(-logit)) : exp(logit) / (1 + exp(logit));
}

#endif
