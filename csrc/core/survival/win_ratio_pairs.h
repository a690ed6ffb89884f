/* Pairs of patients compared by a hierarchy of outcomes: the first outcome that decides a pair counts.
 * Rules and sources: docs/methods/survival/win_ratio.md. */
#ifndef IMR_WIN_RATIO_PAIRS_H
#define IMR_WIN_RATIO_PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/stop.h"

typedef enum { IMR_WIN_TIME, IMR_WIN_COUNT, IMR_WIN_SCORE } imr_win_kind_t;

typedef struct {
    imr_win_kind_t kind;
    const double *value; /* n */
    const uint8_t *event; /* n, of a time */
    const double *follow_up; /* n, of a count; NULL: of the same length in every patient */
    int smaller; /* the smaller value is the better one */
    double threshold; /* a difference of scores from which a pair is decided */
    const char *value_name, *second_name, *threshold_name; /* for a fault */
} imr_win_outcome_t;

typedef struct {
    size_t n;
    const imr_win_outcome_t *outcome;
    size_t outcomes;
    const int64_t *group; /* n: 1 for the group whose wins are counted, 0 for the other */
    const int64_t *stratum; /* n codes below strata, or NULL: pairs are of one stratum */
    size_t strata;
} imr_win_data_t;

/* Places are positions in `row`: stratum by stratum, the patients of group 1 first. */
typedef struct {
    size_t n, outcomes, strata;
    size_t *row; /* n */
    size_t *start; /* 2 strata + 1: the first place of group 1 and of group 0 of each stratum */
    int64_t *won, *lost; /* n, by place: pairs of the patient that group 1 won, and lost */
    int64_t *score; /* n, by place: wins less losses against all patients of the stratum */
    int64_t *wins, *losses, *ties; /* outcomes: of group 1, and pairs left undecided */
    int64_t pairs;
    void *block;
} imr_win_pairs_t;

/* Compares each patient with each other of the stratum. Fails naming what the outcome says:
 * IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE (times, counts, follow-up, threshold), IMR_ERR_EVENT,
 * IMR_ERR_WIN_COUNT, or IMR_ERR_SCORE_RANGE; naming `group`: IMR_ERR_TWO_GROUPS; `strata`: IMR_ERR_CODE,
 * IMR_ERR_WIN_STRATA; or with IMR_ERR_TOO_MANY_ROWS, IMR_ERR_NOMEM, IMR_ERR_STOPPED. Keeps no pointer to
 * the data. */
int IMR_MUST_CHECK imr_win_pairs_init(
    imr_win_pairs_t *self, const imr_win_data_t *data, imr_stop_t *stop, imr_fault_t *fault);
void imr_win_pairs_free(imr_win_pairs_t *self); /* safe after a failed init, and twice */

#endif
