#include "recovery/repertoire_overlap.h"

#include "../harness.h"

typedef struct {
    imr_repertoire_sizes_t sizes;
    imr_repertoire_sample_t sample;
} held_t;

static void
hold(held_t *held, const int64_t *clone, const int64_t *count, size_t n)
{
    CHECK(imr_repertoire_sizes_init(&held->sizes, count, n, NULL) == IMR_OK);
    held->sample = (imr_repertoire_sample_t) { n, clone, count, &held->sizes };
}

static void
test_three_clones_and_two_by_hand(void)
{
    int64_t before[] = { 0, 1, 2 }, reads_before[] = { 5, 3, 2 };
    int64_t after[] = { 1, 3 }, reads_after[] = { 1, 3 };
    held_t a, b;
    imr_repertoire_overlap_t all, rarefied;

    hold(&a, before, reads_before, 3);
    hold(&b, after, reads_after, 2);
    imr_repertoire_overlap(&a.sample, &b.sample, &all);
    CHECK(all.shared == 1);
    CHECK_NEAR(all.jaccard, 0.25, 1e-15);
    CHECK_NEAR(all.weighted_jaccard, 0.25 / 1.75, 1e-15); /* least of 0.3 and 0.25 */
    CHECK_NEAR(all.morisita_horn, 2 * 0.3 * 0.25 / (0.38 + 0.625), 1e-15);
    /* one read each: both are of the shared clone with chance 0.3 * 0.25 */
    CHECK(imr_repertoire_rarefied_overlap(&a.sample, &b.sample, 1, &rarefied, NULL) == IMR_OK);
    CHECK_NEAR(rarefied.shared, 0.075, 1e-15);
    CHECK_NEAR(rarefied.jaccard, 0.075 / 1.925, 1e-15);
    CHECK_NEAR(rarefied.weighted_jaccard, 0.075 / 1.925, 1e-14);
    CHECK_NEAR(rarefied.morisita_horn, 0.075, 1e-15);
    /* two reads each, the clone with 1 of 2 in 21/45 and with 2 in 3/45; in 1/2 and never */
    CHECK(imr_repertoire_rarefied_overlap(&a.sample, &b.sample, 2, &rarefied, NULL) == IMR_OK);
    CHECK_NEAR(rarefied.shared, 24.0 / 45 / 2, 1e-15);
    CHECK_NEAR(rarefied.weighted_jaccard, (24.0 / 180) / (2 - 24.0 / 180), 1e-14);
    imr_repertoire_sizes_free(&a.sizes);
    imr_repertoire_sizes_free(&b.sizes);
}

static void
test_the_same_sample_and_no_shared_clone(void)
{
    int64_t clone[] = { 0, 1, 2 }, other[] = { 3, 4, 5 }, count[] = { 700, 20, 1 };
    held_t a, b;
    imr_repertoire_overlap_t all;

    hold(&a, clone, count, 3);
    hold(&b, other, count, 3);
    imr_repertoire_overlap(&a.sample, &a.sample, &all);
    CHECK(all.shared == 3 && all.jaccard == 1);
    CHECK_NEAR(all.weighted_jaccard, 1, 1e-15);
    CHECK_NEAR(all.morisita_horn, 1, 1e-15);
    CHECK(imr_repertoire_rarefied_overlap(&a.sample, &a.sample, 721, &all, NULL) == IMR_OK);
    CHECK_NEAR(all.shared, 3, 1e-14);
    CHECK_NEAR(all.jaccard, 1, 1e-14);
    CHECK_NEAR(all.weighted_jaccard, 1, 1e-14);
    CHECK_NEAR(all.morisita_horn, 1, 1e-14);
    imr_repertoire_overlap(&a.sample, &b.sample, &all);
    CHECK(all.shared == 0 && all.jaccard == 0 && all.weighted_jaccard == 0);
    CHECK(all.morisita_horn == 0);
    CHECK(imr_repertoire_rarefied_overlap(&a.sample, &b.sample, 9, &all, NULL) == IMR_OK);
    CHECK(all.shared == 0 && all.jaccard == 0 && all.morisita_horn == 0);
    imr_repertoire_sizes_free(&a.sizes);
    imr_repertoire_sizes_free(&b.sizes);
}

/* Of two independent numbers the mean of the lesser is the sum of P(X >= k) P(Y >= k); for huge clones of
 * one size it is the mean less sd / sqrt(pi), as for normal ones. */
static void
test_huge_clones(void)
{
    int64_t clone[] = { 0, 1 }, count[] = { 5000000, 5000000 };
    double mean = 1e6, sd = sqrt(2e6 * 0.25 * (1 - 0.2)),
           least = 2 * (mean - sd / sqrt(acos(-1))) / 2e6;
    held_t a;
    imr_repertoire_overlap_t rarefied;

    hold(&a, clone, count, 2);
    CHECK(
        imr_repertoire_rarefied_overlap(&a.sample, &a.sample, 2000000, &rarefied, NULL) == IMR_OK);
    CHECK_NEAR(rarefied.weighted_jaccard, least / (2 - least), 1e-9);
    imr_repertoire_sizes_free(&a.sizes);
}

static void
test_bad_depths_are_named(void)
{
    int64_t clone[] = { 0 }, more[] = { 9 }, fewer[] = { 4 };
    held_t a, b;
    imr_repertoire_overlap_t all;
    imr_fault_t fault;

    hold(&a, clone, more, 1);
    hold(&b, clone, fewer, 1);
    CHECK(imr_repertoire_rarefied_overlap(&a.sample, &b.sample, 5, &all, &fault) == IMR_ERR_DEPTH);
    CHECK(imr_repertoire_rarefied_overlap(&b.sample, &a.sample, 5, &all, &fault) == IMR_ERR_DEPTH);
    CHECK(fault.value == 5);
    CHECK(imr_repertoire_rarefied_overlap(&a.sample, &b.sample, 0, &all, &fault)
        == IMR_ERR_DEPTH_ZERO);
    FAIL_EACH_ALLOCATION(imr_repertoire_rarefied_overlap(&a.sample, &b.sample, 3, &all, NULL),
        IMR_ERR_NOMEM, (void) 0);
    imr_repertoire_sizes_free(&a.sizes);
    imr_repertoire_sizes_free(&b.sizes);
}

HARNESS_MAIN({
    RUN(test_three_clones_and_two_by_hand);
    RUN(test_the_same_sample_and_no_shared_clone);
    RUN(test_huge_clones);
    RUN(test_bad_depths_are_named);
})
