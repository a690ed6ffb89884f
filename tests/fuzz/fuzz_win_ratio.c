/* libFuzzer: any hierarchy is refused with a status, or gives counts that add up, scores that sum to 0 in each
 * stratum, limits round their estimates, the mirror image when the groups change sides, and an exact p-value
 * that random deals come near. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/win_ratio.h"
#include "survival/win_ratio_permutation.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
#define MOST 12
#define LEVELS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static double
value_of(uint8_t byte)
{
    static const double ODD[] = { NAN, -1, INFINITY, 1e-300, 1e300, 0.1 + 0.2 };

    return byte >= 250 ? ODD[byte - 250] : byte >= 240 ? byte / 10.0 : byte % 16;
}

static void
check_counts(const imr_win_pairs_t *pairs)
{
    int64_t left = pairs->pairs;

    for (size_t k = 0; k < pairs->outcomes; k++) {
        REQUIRE(pairs->wins[k] >= 0 && pairs->losses[k] >= 0);
        left -= pairs->wins[k] + pairs->losses[k];
        REQUIRE(pairs->ties[k] == left && left >= 0);
    }
    for (size_t s = 0; s < pairs->strata; s++) {
        int64_t sum = 0, won[2] = { 0, 0 };

        for (size_t p = pairs->start[2 * s]; p < pairs->start[2 * s + 2]; p++) {
            sum += pairs->score[p];
            won[p < pairs->start[2 * s + 1]] += pairs->won[p];
        }
        REQUIRE(sum == 0 && won[0] == won[1]);
    }
}

static void
check_measure(const imr_win_measure_t *m, double least, double most)
{
    REQUIRE(m->low >= least && m->low <= m->estimate);
    REQUIRE(m->high >= m->estimate && m->high <= most);
    REQUIRE(m->std_error > 0 && m->pvalue >= 0 && m->pvalue <= 1);
}

static int
near(double a, double b)
{
    return a == b || fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b)) + 1e-12;
}

static void
check_mirror(const imr_win_ratio_t *w, imr_win_data_t data, double level)
{
    int64_t other[MOST];
    imr_win_ratio_t v;

    for (size_t i = 0; i < data.n; i++) {
        other[i] = 1 - data.group[i];
    }
    data.group = other;
    REQUIRE(imr_win_ratio_init(&v, &data, level, NULL, NULL) == IMR_OK);
    for (size_t k = 0; k < data.outcomes; k++) {
        REQUIRE(v.pairs.wins[k] == w->pairs.losses[k] && v.pairs.ties[k] == w->pairs.ties[k]);
    }
    REQUIRE(near(v.net_benefit.low, -w->net_benefit.high));
    REQUIRE(near(v.win_ratio.pvalue, w->win_ratio.pvalue));
    imr_win_ratio_free(&v);
}

static void
check_test(const imr_win_pairs_t *pairs)
{
    static const uint64_t KEY[] = { 1, 2 };
    imr_win_permutation_t t;
    double exact;

    REQUIRE(imr_win_permutation_init(&t, pairs, NULL) == IMR_OK);
    REQUIRE(imr_win_permutation_exact(&t, NULL, NULL) == IMR_OK);
    exact = t.pvalue;
    REQUIRE(exact > 0 && exact <= 1);
    REQUIRE(imr_win_permutation_random(&t, KEY, 0, 400, NULL, NULL) == IMR_OK);
    REQUIRE(fabs(t.pvalue - exact) < 0.01 + 6 * sqrt(exact * (1 - exact) / 400));
    REQUIRE(imr_win_permutation_asymptotic(&t, NULL) == IMR_OK);
    REQUIRE(t.pvalue >= 0 && t.pvalue <= 1);
    imr_win_permutation_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double value[LEVELS][MOST], follow_up[LEVELS][MOST], level;
    uint8_t event[LEVELS][MOST];
    int64_t group[MOST], stratum[MOST];
    imr_win_outcome_t outcome[LEVELS];
    imr_win_data_t given = { .outcome = outcome, .group = group };
    imr_win_ratio_t w;
    imr_fault_t fault;

    if (size < 6) {
        return 0;
    }
    given.n = data[0] % (MOST + 1);
    given.outcomes = 1 + data[1] % LEVELS;
    given.strata = 1 + data[2] % 3;
    given.stratum = data[2] & 64 ? stratum : NULL;
    level = 0.5 + data[3] / 520.0;
    for (size_t i = 0; i < MOST; i++) {
        uint8_t byte = data[(4 + i) % size];

        group[i] = byte & 1;
        stratum[i] = (byte >> 1) % given.strata;
    }
    for (size_t k = 0; k < LEVELS; k++) {
        uint8_t what = data[(5 + k) % size];

        for (size_t i = 0; i < MOST; i++) {
            uint8_t byte = data[(9 + 7 * k + 11 * i) % size];

            value[k][i] = value_of(byte);
            follow_up[k][i] = value_of(data[(3 + 5 * k + 13 * i) % size]);
            event[k][i] = byte == 239 ? 2 : byte >> 4 & 1;
        }
        outcome[k] = (imr_win_outcome_t) { .kind = (imr_win_kind_t) (what % 3),
            .value = value[k],
            .event = event[k],
            .follow_up = what & 32 ? follow_up[k] : NULL,
            .smaller = what >> 6 & 1,
            .threshold = what % 3 == IMR_WIN_SCORE && what & 128 ? what % 5 / 2.0 : 0,
            .value_name = "value",
            .second_name = "second",
            .threshold_name = "threshold" };
    }
    if (imr_win_ratio_init(&w, &given, level, NULL, &fault) != IMR_OK) {
        REQUIRE(fault.argument != NULL && w.pairs.block == NULL);
        return 0;
    }
    check_counts(&w.pairs);
    check_measure(&w.win_ratio, 0, INFINITY);
    check_measure(&w.net_benefit, -1, 1);
    check_measure(&w.win_odds, 0, INFINITY);
    check_mirror(&w, given, level);
    check_test(&w.pairs);
    imr_win_ratio_free(&w);
    return 0;
}
