#include "survival/win_ratio_permutation.h"

#include "../harness.h"

static void
compare(imr_win_pairs_t *pairs, const double *score, size_t n, const int64_t *group,
    const int64_t *stratum, size_t strata)
{
    imr_win_outcome_t outcome = { .kind = IMR_WIN_SCORE, .value = score };
    imr_win_data_t data = { n, &outcome, 1, group, stratum, strata };

    CHECK(imr_win_pairs_init(pairs, &data, NULL, NULL) == IMR_OK);
}

/* All deals of the labels within strata, as bits, of n <= 16 patients. */
static double
all_deals(const imr_win_permutation_t *t)
{
    const imr_win_pairs_t *pairs = t->pairs;
    double all = 0, extreme = 0;

    for (uint32_t deal = 0; deal < UINT32_C(1) << pairs->n; deal++) {
        double sum = 0;
        int fits = 1;

        for (size_t s = 0; s < pairs->strata; s++) {
            size_t treated = 0;

            for (size_t p = pairs->start[2 * s]; p < pairs->start[2 * s + 2]; p++) {
                treated += deal >> p & 1;
                sum += deal >> p & 1 ? t->score[p] : 0;
            }
            fits &= treated == pairs->start[2 * s + 1] - pairs->start[2 * s];
        }
        all += fits;
        extreme += fits && fabs(sum) >= fabs(t->observed) * (1 - 1e-9);
    }
    return extreme / all;
}

/* Three against three, apart: 2 of 20 deals. */
static void
test_separated(void)
{
    static const double SCORE[] = { 4, 5, 6, 1, 2, 3 };
    static const int64_t GROUP[] = { 1, 1, 1, 0, 0, 0 };
    imr_win_pairs_t pairs;
    imr_win_permutation_t t;

    compare(&pairs, SCORE, 6, GROUP, NULL, 1);
    CHECK(imr_win_permutation_init(&t, &pairs, NULL) == IMR_OK);
    CHECK(t.is_whole && fabs(t.observed) == 9 * 6 / 6.0);
    CHECK(imr_win_permutation_exact(&t, NULL, NULL) == IMR_OK);
    CHECK_NEAR(t.pvalue, 0.1, 1e-14);
    /* scores 5, 3, 1, -1, -3, -5: 9 / 30 of the squares, 70 */
    CHECK_NEAR(t.variance, 21, 1e-14);
    CHECK(imr_win_permutation_asymptotic(&t, NULL) == IMR_OK);
    CHECK_NEAR(t.pvalue, erfc(9 / sqrt(42)), 1e-13);
    imr_win_permutation_free(&t);
    imr_win_permutation_free(&t);
    imr_win_pairs_free(&pairs);
}

static void
test_against_all_deals(void)
{
    static const double SCORE[] = { 4, 1, 2, 2, 9, 3, 3, 3, 7, 5, 6, 0 };
    static const int64_t GROUP[] = { 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0 };
    static const int64_t STRATUM[] = { 0, 0, 0, 1, 1, 1, 1, 2, 2, 0, 1, 0 };
    static const uint64_t KEY[] = { 3, 4 };

    for (size_t strata = 1; strata <= 3; strata += 2) {
        imr_win_pairs_t pairs;
        imr_win_permutation_t t, halves;
        double exact;

        compare(&pairs, SCORE, 12, GROUP, strata == 1 ? NULL : STRATUM, strata);
        CHECK(imr_win_permutation_init(&t, &pairs, NULL) == IMR_OK);
        CHECK(imr_win_permutation_exact(&t, NULL, NULL) == IMR_OK);
        exact = t.pvalue;
        CHECK_NEAR(exact, all_deals(&t), 1e-13);
        CHECK(exact < 1);
        CHECK(imr_win_permutation_random(&t, KEY, 0, 4000, NULL, NULL) == IMR_OK);
        CHECK(fabs(t.pvalue - exact) < 5 * sqrt(exact * (1 - exact) / 4000) + 1e-3);
        CHECK(imr_win_permutation_init(&halves, &pairs, NULL) == IMR_OK);
        CHECK(imr_win_permutation_random(&halves, KEY, 900, 4000, NULL, NULL) == IMR_OK);
        CHECK(imr_win_permutation_random(&halves, KEY, 0, 900, NULL, NULL) == IMR_OK);
        CHECK(halves.pvalue == t.pvalue && halves.seen == 4000);
        imr_win_permutation_free(&halves);
        imr_win_permutation_free(&t);
        imr_win_pairs_free(&pairs);
    }
}

static void
test_ties_have_one_deal(void)
{
    static const double SCORE[] = { 1, 1, 1 };
    static const int64_t GROUP[] = { 1, 0, 0 };
    imr_win_pairs_t pairs;
    imr_win_permutation_t t;

    compare(&pairs, SCORE, 3, GROUP, NULL, 1);
    CHECK(imr_win_permutation_init(&t, &pairs, NULL) == IMR_OK);
    CHECK(imr_win_permutation_exact(&t, NULL, NULL) == IMR_OK && t.pvalue == 1);
    CHECK(imr_win_permutation_asymptotic(&t, NULL) == IMR_OK && t.pvalue == 1);
    imr_win_permutation_free(&t);
    imr_win_pairs_free(&pairs);
}

/* One patient with scores -2, 1 or 1, a unit of 3 apart: 1 is not as far from 0 as -2. */
static void
test_a_lattice_without_the_mirror(void)
{
    static const double SCORE[] = { 1, 4, 4 };
    static const int64_t GROUP[] = { 0, 0, 1 };
    imr_win_pairs_t pairs;
    imr_win_permutation_t t;

    compare(&pairs, SCORE, 3, GROUP, NULL, 1);
    CHECK(imr_win_permutation_init(&t, &pairs, NULL) == IMR_OK);
    CHECK(imr_win_permutation_exact(&t, NULL, NULL) == IMR_OK);
    CHECK(t.unit == 3);
    CHECK_NEAR(t.pvalue, 1, 1e-14);
    imr_win_permutation_free(&t);
    imr_win_pairs_free(&pairs);
    compare(&pairs, SCORE, 3, (const int64_t[]) { 1, 0, 0 }, NULL, 1);
    CHECK(imr_win_permutation_init(&t, &pairs, NULL) == IMR_OK);
    CHECK(imr_win_permutation_exact(&t, NULL, NULL) == IMR_OK);
    CHECK_NEAR(t.pvalue, 1 / 3.0, 1e-14); /* scores -2, 1, 1 */
    imr_win_permutation_free(&t);
    imr_win_pairs_free(&pairs);
}

/* Strata whose sizes have no small common multiple: no whole scores, and no exact test. */
static void
test_many_sizes_of_strata(void)
{
    static const size_t SIZE[] = { 2, 3, 5, 7, 11, 13, 17, 19, 23, 29 }; /* 6469693230 */
    static double score[129];
    static int64_t group[129], stratum[129];
    static const uint64_t KEY[] = { 1, 2 };
    imr_win_pairs_t pairs;
    imr_win_permutation_t t;
    imr_fault_t fault;
    size_t row = 0;

    for (size_t s = 0; s < 10; s++) {
        for (size_t i = 0; i < SIZE[s]; i++, row++) {
            score[row] = (double) (row * 37 % 11);
            group[row] = (int64_t) (i & 1);
            stratum[row] = (int64_t) s;
        }
    }
    compare(&pairs, score, row, group, stratum, 10);
    CHECK(imr_win_permutation_init(&t, &pairs, NULL) == IMR_OK);
    CHECK(!t.is_whole && t.work == INFINITY);
    CHECK(imr_win_permutation_exact(&t, NULL, &fault) == IMR_ERR_WIN_EXACT);
    CHECK(strcmp(fault.argument, "method") == 0);
    CHECK(imr_win_permutation_random(&t, KEY, 0, 500, NULL, NULL) == IMR_OK);
    {
        double random = t.pvalue;

        CHECK(imr_win_permutation_asymptotic(&t, NULL) == IMR_OK);
        CHECK(fabs(random - t.pvalue) < 0.12);
    }
    imr_win_permutation_free(&t);
    imr_win_pairs_free(&pairs);
}

static int
run(imr_win_permutation_t *t, const imr_win_pairs_t *pairs)
{
    int status = imr_win_permutation_init(t, pairs, NULL);

    return status == IMR_OK ? imr_win_permutation_exact(t, NULL, NULL) : status;
}

static void
test_stop_and_allocations(void)
{
    static const double SCORE[] = { 1, 2, 3 };
    static const int64_t GROUP[] = { 1, 0, 0 };
    static const uint64_t KEY[] = { 1, 2 };
    imr_stop_t stop = { harness_stop, NULL, 1e8 };
    imr_win_pairs_t pairs;
    imr_win_permutation_t t;

    compare(&pairs, SCORE, 3, GROUP, NULL, 1);
    CHECK(imr_win_permutation_init(&t, &pairs, NULL) == IMR_OK);
    CHECK(imr_win_permutation_exact(&t, &stop, NULL) == IMR_ERR_STOPPED);
    stop.work = 1e8;
    CHECK(imr_win_permutation_random(&t, KEY, 0, 9, &stop, NULL) == IMR_ERR_STOPPED);
    imr_win_permutation_free(&t);
    FAIL_EACH_ALLOCATION(run(&t, &pairs), IMR_ERR_NOMEM, imr_win_permutation_free(&t));
    imr_win_pairs_free(&pairs);
}

HARNESS_MAIN({
    RUN(test_separated);
    RUN(test_against_all_deals);
    RUN(test_ties_have_one_deal);
    RUN(test_a_lattice_without_the_mirror);
    RUN(test_many_sizes_of_strata);
    RUN(test_stop_and_allocations);
})
