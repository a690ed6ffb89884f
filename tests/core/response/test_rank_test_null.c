#include "response/rank_test_null.h"

#include "../harness.h"

/* Every tail against the sorted values of all divisions, each as likely. */
static void
check_tails(const imr_rank_null_t *null, const size_t *value, size_t n)
{
    for (size_t t = 0; t <= null->total; t++) {
        size_t lower = 0, upper = 0;

        for (size_t i = 0; i < n; i++) {
            lower += value[i] <= t;
            upper += value[i] >= t;
        }
        if (lower + upper > n) { /* a value that occurs */
            CHECK_NEAR(imr_rank_null_lower(null, t), (double) lower / (double) n, 1e-14);
            CHECK_NEAR(imr_rank_null_upper(null, t), (double) upper / (double) n, 1e-14);
        }
    }
}

static void
check_signs(const uint32_t *rank, size_t n)
{
    imr_rank_null_t null;
    size_t value[256], total = 0;

    CHECK(imr_rank_null_init(&null, n, 0, NULL) == IMR_OK);
    imr_rank_null_signs(&null, rank, n);
    for (size_t signs = 0; signs < (size_t) 1 << n; signs++) {
        value[signs] = 0;
        for (size_t i = 0; i < n; i++) {
            value[signs] += (signs >> i & 1) * rank[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        total += rank[i];
    }
    CHECK(null.total == total);
    check_tails(&null, value, (size_t) 1 << n);
    imr_rank_null_free(&null);
}

static void
test_signs(void)
{
    uint32_t plain[] = { 2, 4, 6, 8, 10, 12, 14, 16 }, tied[] = { 3, 3, 6, 9, 9, 13, 13, 13 };
    uint32_t one[] = { 2 }, alike[] = { 6, 6, 6, 6, 6 };

    check_signs(plain, 8);
    check_signs(tied, 8);
    check_signs(one, 1);
    check_signs(alike, 5);
}

static void
check_draws(const uint32_t *size, size_t n, size_t first, size_t second)
{
    imr_rank_null_t null;
    size_t value[1024], block[10], patients = first + second, ways = 0;

    for (size_t b = 0, i = 0; b < n; b++) {
        for (uint32_t k = 0; k < size[b]; k++) {
            block[i++] = b;
        }
    }
    for (size_t drawn = 0; drawn < (size_t) 1 << patients; drawn++) {
        size_t twice = 0, count = 0;

        for (size_t i = 0; i < patients; i++) {
            count += drawn >> i & 1;
            for (size_t j = 0; j < patients; j++) {
                if ((drawn >> i & 1) > (drawn >> j & 1)) {
                    twice += block[i] > block[j] ? 2 : block[i] == block[j];
                }
            }
        }
        if (count == first) {
            value[ways++] = twice;
        }
    }
    CHECK(imr_rank_null_init(&null, first, second, NULL) == IMR_OK);
    imr_rank_null_draws(&null, size, n);
    CHECK(null.total == 2 * first * second);
    check_tails(&null, value, ways);
    imr_rank_null_free(&null);
}

static void
test_draws(void)
{
    uint32_t plain[] = { 1, 1, 1, 1, 1, 1, 1, 1 }, tied[] = { 3, 1, 2, 2 };
    uint32_t lopsided[] = { 1, 5, 2 }, one[] = { 8 }, odd[] = { 3, 1, 1, 3 };

    for (size_t m = 1; m < 8; m++) {
        check_draws(plain, 8, m, 8 - m);
        check_draws(tied, 4, m, 8 - m);
        check_draws(lopsided, 3, m, 8 - m);
        check_draws(one, 1, m, 8 - m);
        check_draws(odd, 4, m, 8 - m);
    }
}

static void
test_a_distribution_is_made_anew_for_other_ties(void)
{
    uint32_t plain[] = { 2, 4, 6 }, tied[] = { 3, 3, 6 };
    imr_rank_null_t null;

    CHECK(imr_rank_null_init(&null, 3, 0, NULL) == IMR_OK);
    imr_rank_null_signs(&null, plain, 0); /* nothing to rank */
    CHECK(null.total == 0 && imr_rank_null_lower(&null, 0) == 1);
    CHECK(imr_rank_null_upper(&null, 0) == 1);
    imr_rank_null_signs(&null, plain, 3);
    CHECK(imr_rank_null_lower(&null, 4) == 3.0 / 8);
    imr_rank_null_signs(&null, tied, 3);
    CHECK(imr_rank_null_lower(&null, 3) == 3.0 / 8);
    imr_rank_null_signs(&null, tied, 3);
    CHECK(imr_rank_null_lower(&null, 3) == 3.0 / 8);
    imr_rank_null_free(&null);
}

static void
test_the_largest_distributions(void)
{
    static uint32_t ones[200], rank[736];
    imr_rank_null_t null;

    for (uint32_t i = 0; i < 736; i++) {
        rank[i] = 2 * (i + 1);
        ones[i % 200] = 1;
    }
    CHECK(imr_rank_null_work(736, 0) <= 2e8 && imr_rank_null_work(100, 100) <= 2e8);
    CHECK(imr_rank_null_init(&null, 736, 0, NULL) == IMR_OK);
    imr_rank_null_signs(&null, rank, 736);
    CHECK_NEAR(imr_rank_null_lower(&null, null.total), 1, 0);
    /* R 4.2.2: psignrank(130000, 736) */
    CHECK_NEAR(imr_rank_null_lower(&null, 260000), 0.16566301959327115, 1e-11);
    imr_rank_null_free(&null);
    CHECK(imr_rank_null_init(&null, 100, 100, NULL) == IMR_OK);
    imr_rank_null_draws(&null, ones, 200);
    /* R 4.2.2: pwilcox(2500, 100, 100), pwilcox(4300, 100, 100) */
    CHECK_NEAR(imr_rank_null_lower(&null, 5000), 1.6516154815878028e-10, 1e-11);
    CHECK_NEAR(imr_rank_null_lower(&null, 8600), 0.043721060233657572, 1e-11);
    imr_rank_null_free(&null);
}

static void
test_allocations(void)
{
    imr_rank_null_t null;

    FAIL_EACH_ALLOCATION(
        imr_rank_null_init(&null, 7, 5, NULL), IMR_ERR_NOMEM, imr_rank_null_free(&null));
}

HARNESS_MAIN({
    RUN(test_signs);
    RUN(test_draws);
    RUN(test_a_distribution_is_made_anew_for_other_ties);
    RUN(test_the_largest_distributions);
    RUN(test_allocations);
})
