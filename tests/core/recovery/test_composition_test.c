#include "recovery/composition_test.h"

#include "../harness.h"

static const double BEFORE[] = { 0.3, 0.6, 0.1, 0.4, 0.5, 0.1, 0.2, 0.7, 0.1 };
static const double AFTER[] = { 0.9, 0.05, 0.05, 0.8, 0.1, 0.1, 0.7, 0.2, 0.1 };

static void
close_rows(imr_composition_t *c, const double *value, size_t n, size_t parts)
{
    imr_composition_rows_t rows = { value, n, parts, NAN, NULL, 0, "share" };

    CHECK(imr_composition_init(c, &rows, NULL) == IMR_OK);
}

/* Of three pairs that all change the same way, one of 2^2 signs (but for the mirror) is as extreme. */
static void
test_three_pairs(void)
{
    imr_composition_t before, after;
    imr_composition_test_t t;
    double d[3], sum = 0;

    close_rows(&before, BEFORE, 3, 3);
    close_rows(&after, AFTER, 3, 3);
    CHECK(imr_composition_test_init(&t, &before, &after, NULL, 0.95, NULL) == IMR_OK);
    for (int i = 0; i < 3; i++) {
        d[i] = after.clr[3 * i] - before.clr[3 * i];
        sum += d[i];
    }
    CHECK_NEAR(t.effect[0], sum / 3, 1e-14);
    CHECK_NEAR(t.z[0], sum / sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]), 1e-13);
    CHECK(t.low[0] < t.effect[0] && t.effect[0] < t.high[0]);
    CHECK(t.arrangements == 4 && t.second == 0 && t.distance[0] > 0);
    CHECK(imr_composition_test_exact(&t, NULL, NULL) == IMR_OK);
    imr_composition_test_finish(&t, 1);
    CHECK_NEAR(t.pvalue[0], 0.25, 1e-15);
    CHECK_NEAR(t.global_pvalue, 0.25, 1e-15);
    for (int j = 0; j < 3; j++) {
        CHECK(t.adjusted[j] >= t.pvalue[j]);
    }
    imr_composition_test_free(&t);
    imr_composition_test_free(&t);
    imr_composition_free(&before);
    imr_composition_free(&after);
}

/* Two and two: the groups as they are and the other way round, of 6 deals. */
static void
test_two_groups(void)
{
    static const double VALUE[] = { 0.3, 0.7, 0.35, 0.65, 0.8, 0.2, 0.9, 0.1 };
    static const int64_t LABEL[] = { 0, 0, 1, 1 };
    imr_composition_t c;
    imr_composition_test_t t;

    close_rows(&c, VALUE, 4, 2);
    CHECK(imr_composition_test_init(&t, &c, NULL, LABEL, 0.95, NULL) == IMR_OK);
    CHECK_NEAR(t.effect[0], (c.clr[4] + c.clr[6] - c.clr[0] - c.clr[2]) / 2, 1e-14);
    CHECK_NEAR(t.effect[0], -t.effect[1], 1e-13);
    CHECK(t.arrangements == 6 && t.second == 2 && t.distance == NULL);
    CHECK(imr_composition_test_exact(&t, NULL, NULL) == IMR_OK);
    imr_composition_test_finish(&t, 1);
    CHECK(t.seen == 6);
    CHECK_NEAR(t.pvalue[0], 1.0 / 3, 1e-15);
    CHECK_NEAR(t.adjusted[1], 1.0 / 3, 1e-15);
    CHECK_NEAR(t.global_pvalue, 1.0 / 3, 1e-15);
    imr_composition_test_free(&t);
    imr_composition_free(&c);
}

/* Random arrangements come near the exact p-value, and are those of their number, in any order. */
static void
random_near_exact(
    const imr_composition_t *first, const imr_composition_t *second, const int64_t *label)
{
    static const uint64_t KEY[] = { 5, 8 };
    imr_composition_test_t exact, whole, halves;

    CHECK(imr_composition_test_init(&exact, first, second, label, 0.9, NULL) == IMR_OK);
    CHECK(imr_composition_test_init(&whole, first, second, label, 0.9, NULL) == IMR_OK);
    CHECK(imr_composition_test_init(&halves, first, second, label, 0.9, NULL) == IMR_OK);
    CHECK(imr_composition_test_exact(&exact, NULL, NULL) == IMR_OK);
    CHECK(imr_composition_test_random(&whole, KEY, 0, 4000, NULL, NULL) == IMR_OK);
    CHECK(imr_composition_test_random(&halves, KEY, 1500, 4000, NULL, NULL) == IMR_OK);
    CHECK(imr_composition_test_random(&halves, KEY, 0, 1500, NULL, NULL) == IMR_OK);
    imr_composition_test_finish(&exact, 1);
    imr_composition_test_finish(&whole, 0);
    imr_composition_test_finish(&halves, 0);
    for (size_t j = 0; j < first->parts; j++) {
        double p = exact.pvalue[j];

        CHECK(fabs(whole.pvalue[j] - p) < 5 * sqrt(p * (1 - p) / 4000) + 1e-3);
        CHECK(whole.pvalue[j] == halves.pvalue[j] && whole.adjusted[j] == halves.adjusted[j]);
    }
    CHECK(fabs(whole.global_pvalue - exact.global_pvalue) < 0.04);
    imr_composition_test_free(&exact);
    imr_composition_test_free(&whole);
    imr_composition_test_free(&halves);
}

static void
test_random_arrangements(void)
{
    static const double ONE[] = { 1, 2, 3, 2, 2, 3, 1, 1, 4, 2, 3, 3, 1, 2, 2, 5, 2, 4 };
    static const double TWO[] = { 2, 2, 3, 2, 1, 3, 3, 1, 4, 2, 2, 3, 4, 2, 2, 5, 1, 4 };
    static const int64_t LABEL[] = { 0, 1, 0, 1, 1, 0 };
    imr_composition_t first, second;

    close_rows(&first, ONE, 6, 3);
    close_rows(&second, TWO, 6, 3);
    random_near_exact(&first, &second, NULL);
    random_near_exact(&first, NULL, LABEL);
    imr_composition_free(&first);
    imr_composition_free(&second);
}

/* Nothing changes: every arrangement is as extreme. */
static void
test_no_difference(void)
{
    imr_composition_t before;
    imr_composition_test_t t;

    close_rows(&before, BEFORE, 3, 3);
    CHECK(imr_composition_test_init(&t, &before, &before, NULL, 0.95, NULL) == IMR_OK);
    CHECK(imr_composition_test_exact(&t, NULL, NULL) == IMR_OK);
    imr_composition_test_finish(&t, 1);
    CHECK(t.statistic == 0 && t.z[1] == 0 && t.pvalue[1] == 1 && t.adjusted[2] == 1);
    CHECK(t.global_pvalue == 1 && t.low[0] == 0 && t.high[0] == 0);
    imr_composition_test_free(&t);
    imr_composition_free(&before);
}

static void
test_one_pair_and_one_a_group(void)
{
    static const int64_t LABEL[] = { 0, 1 };
    imr_composition_t before, after;
    imr_composition_test_t t;

    close_rows(&before, BEFORE, 1, 3);
    close_rows(&after, AFTER, 1, 3);
    CHECK(imr_composition_test_init(&t, &before, &after, NULL, 0.95, NULL) == IMR_OK);
    CHECK(imr_composition_test_exact(&t, NULL, NULL) == IMR_OK);
    imr_composition_test_finish(&t, 1);
    CHECK(t.pvalue[0] == 1 && isinf(t.low[0]) && isinf(t.high[0]));
    imr_composition_test_free(&t);
    imr_composition_free(&after);
    close_rows(&after, BEFORE, 2, 3);
    CHECK(imr_composition_test_init(&t, &after, NULL, LABEL, 0.95, NULL) == IMR_OK);
    CHECK(imr_composition_test_exact(&t, NULL, NULL) == IMR_OK);
    imr_composition_test_finish(&t, 1);
    CHECK(t.pvalue[0] == 1 && isinf(t.low[0]) && t.arrangements == 2);
    imr_composition_test_free(&t);
    imr_composition_free(&before);
    imr_composition_free(&after);
}

static void
test_refusals_and_stops(void)
{
    static const int64_t ONE_GROUP[] = { 1, 1, 1 }, BAD[] = { 0, 2, 1 }, GOOD[] = { 0, 1, 1 };
    static const uint64_t KEY[] = { 1, 2 };
    imr_stop_t stop = { harness_stop, NULL, 1e8 };
    imr_composition_t before, after;
    imr_composition_test_t t;
    imr_fault_t fault;

    close_rows(&before, BEFORE, 3, 3);
    close_rows(&after, AFTER, 2, 3);
    CHECK(imr_composition_test_init(&t, &before, &after, NULL, 0.95, &fault)
        == IMR_ERR_COMPOSITION_PAIRS);
    CHECK(strcmp(fault.argument, "after") == 0);
    CHECK(imr_composition_test_init(&t, &before, NULL, ONE_GROUP, 0.95, &fault)
        == IMR_ERR_TWO_GROUPS);
    CHECK(imr_composition_test_init(&t, &before, NULL, BAD, 0.95, &fault) == IMR_ERR_TWO_GROUPS);
    CHECK(fault.row == 1);
    CHECK(imr_composition_test_init(&t, &before, NULL, GOOD, 0, &fault) == IMR_ERR_LEVEL);
    CHECK(imr_composition_test_init(&t, &before, NULL, GOOD, 0.95, &fault) == IMR_OK);
    CHECK(imr_composition_test_exact(&t, &stop, &fault) == IMR_ERR_STOPPED);
    stop.work = 1e8;
    CHECK(imr_composition_test_random(&t, KEY, 0, 9, &stop, &fault) == IMR_ERR_STOPPED);
    imr_composition_test_free(&t);
    CHECK(imr_composition_test_init(&t, &before, &before, NULL, 0.95, &fault) == IMR_OK);
    stop.work = 1e8;
    CHECK(imr_composition_test_exact(&t, &stop, &fault) == IMR_ERR_STOPPED);
    t.arrangements = 2 * IMR_COMPOSITION_MOST_EXACT;
    CHECK(imr_composition_test_exact(&t, NULL, &fault) == IMR_ERR_COMPOSITION_EXACT);
    imr_composition_test_free(&t);
    imr_composition_free(&before);
    imr_composition_free(&after);
}

/* More steps than go between two fresh sums: counts agree with sums of each arrangement by itself. */
static void
test_a_long_walk(void)
{
    double one[32], two[32], least;
    imr_composition_t before, after;
    imr_composition_test_t t;
    int64_t extreme = 0;

    for (int k = 0; k < 32; k++) {
        one[k] = 1 + (k * 7) % 5;
        two[k] = 1 + (k * 11) % 6;
    }
    close_rows(&before, one, 16, 2);
    close_rows(&after, two, 16, 2);
    CHECK(imr_composition_test_init(&t, &before, &after, NULL, 0.95, NULL) == IMR_OK);
    CHECK(imr_composition_test_exact(&t, NULL, NULL) == IMR_OK);
    least = fabs(t.observed[0]) - 1e-9;
    for (uint32_t signs = 0; signs < 1U << 15; signs++) {
        double sum = 0;

        for (int i = 0; i < 16; i++) {
            sum += (signs >> i & 1 ? -1 : 1) * t.row[2 * i];
        }
        extreme += fabs(sum) >= least;
    }
    CHECK(t.extreme[0] == extreme && t.seen == 32768);
    imr_composition_test_free(&t);
    imr_composition_free(&before);
    imr_composition_free(&after);
}

static int
run_groups(imr_composition_test_t *t, const imr_composition_t *c, const int64_t *label)
{
    static const uint64_t KEY[] = { 1, 2 };
    int status = imr_composition_test_init(t, c, NULL, label, 0.95, NULL);

    status = status == IMR_OK ? imr_composition_test_exact(t, NULL, NULL) : status;
    return status == IMR_OK ? imr_composition_test_random(t, KEY, 0, 2, NULL, NULL) : status;
}

static void
test_each_allocation_fails(void)
{
    static const int64_t LABEL[] = { 0, 1, 1 };
    imr_composition_t c;
    imr_composition_test_t t;

    close_rows(&c, BEFORE, 3, 3);
    FAIL_EACH_ALLOCATION(run_groups(&t, &c, LABEL), IMR_ERR_NOMEM, imr_composition_test_free(&t));
    imr_composition_free(&c);
}

HARNESS_MAIN({
    RUN(test_three_pairs);
    RUN(test_two_groups);
    RUN(test_random_arrangements);
    RUN(test_no_difference);
    RUN(test_one_pair_and_one_a_group);
    RUN(test_refusals_and_stops);
    RUN(test_a_long_walk);
    RUN(test_each_allocation_fails);
})
