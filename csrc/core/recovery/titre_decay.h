/* One patient's titres as the sum of a part that decays, from plasma cells that are gone, and a part that
 * stays: A(t) = A_SL exp(-k t) + A_LL. Formulas and edge cases: docs/methods/recovery/titre.md. */
#ifndef IMR_TITRE_DECAY_H
#define IMR_TITRE_DECAY_H

#include <stddef.h>

#include "base/status.h"
#include "base/stop.h"

/* How the fit of a patient ended, and what a reader is told. */
#define IMR_TITRE_STATUS_LIST(X)                                                                   \
    X(IMR_TITRE_FITTED, "fitted", "")                                                              \
    X(IMR_TITRE_NO_SAMPLES, "no-samples", "no sample is left to fit")                              \
    X(IMR_TITRE_NONE_QUANTIFIED, "none-quantified",                                                \
        "every sample lies beyond a limit of its assay")                                           \
    X(IMR_TITRE_TOO_FEW, "too-few",                                                                \
        "the samples, or their days from the start on, are too few for the curve and the scatter " \
        "about it: give sd=")                                                                      \
    X(IMR_TITRE_NO_SCATTER, "no-scatter",                                                          \
        "the curve passes through every value or interval, so that nothing tells the scatter: "    \
        "give sd=")                                                                                \
    X(IMR_TITRE_NO_FALL, "no-fall", "no half-life fits better than a titre that stays")            \
    X(IMR_TITRE_NOT_IDENTIFIABLE, "not-identifiable",                                              \
        "the samples tell nothing of the share or the half-life, as where the first comes many "   \
        "half-lives after the start: give half_life=, or an earlier sample")                       \
    X(IMR_TITRE_NOT_CONVERGED, "not-converged", "no maximum of the likelihood was found")

#define IMR_TITRE_ENUM_OF_STATUS(name, words, reason) name,
#define IMR_TITRE_ONE_OF_STATUS(name, words, reason) +1
typedef enum { IMR_TITRE_STATUS_LIST(IMR_TITRE_ENUM_OF_STATUS) } imr_titre_status_t;
enum { IMR_TITRE_STATUSES = 0 IMR_TITRE_STATUS_LIST(IMR_TITRE_ONE_OF_STATUS) };

typedef struct {
    size_t n;
    const double *time; /* days from the start of the decay; 0 for samples before it */
    const double *low, *high; /* log titres, as in imr_titre_sample_t */
    double half_life; /* NaN: estimated */
    double sd; /* of log titres; NaN: estimated */
    double sd_df; /* with which sd was estimated, of many patients; infinite: it is known */
    double level;
    double *work; /* 4 n */
    imr_stop_t *stop; /* NULL: never */
} imr_titre_decay_rows_t;

/* NaN where there is nothing to say: of IMR_TITRE_NO_FALL for the half-life alone, of others that are not
 * fitted for all. Limits of the share are 0 and 1 where the likelihood leaves it open,
 * those of the half-life 0 and infinity. */
typedef struct {
    imr_titre_status_t status;
    double share, share_low, share_high; /* A_SL / (A_SL + A_LL) */
    double half_life, half_life_low, half_life_high; /* limits: NaN where it was given */
    double short_lived, long_lived; /* A_SL and A_LL */
    double sd; /* allowing for the unknowns of the curve */
    double loglik; /* of log titres */
    double df; /* of the limits; of sd where it was given */
    double score_norm;
} imr_titre_decay_t;

/* Of a patient with a given sd: the largest log-likelihood, its slope in log sd, what the samples tell (an
 * exact one telling 1), and the unknowns of the curve. */
typedef struct {
    double loglik, slope, effective, unknowns;
} imr_titre_peak_t;

/* All 0 of a patient who tells nothing. IMR_ERR_NOCONV, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_titre_decay_peak(const imr_titre_decay_rows_t *rows, imr_titre_peak_t *peak);

/* A status without numbers. */
void imr_titre_decay_clear(imr_titre_decay_t *self, imr_titre_status_t status);

/* half_life, sd and level have been checked; times are not negative. IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_titre_decay_fit(imr_titre_decay_t *self, const imr_titre_decay_rows_t *rows);

#endif
