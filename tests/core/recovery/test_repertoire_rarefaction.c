#include "recovery/repertoire_rarefaction.h"

#include "../harness.h"

#define Z 1.959963984540054

static imr_repertoire_sizes_t
sizes_of(const int64_t *count, size_t n)
{
    imr_repertoire_sizes_t sizes;

    CHECK(imr_repertoire_sizes_init(&sizes, count, n, NULL) == IMR_OK);
    return sizes;
}

/* A point of a curve of its own. */
static int
rarefy(const imr_repertoire_sizes_t *sizes, int64_t depth, int64_t row,
    imr_repertoire_point_t *point, imr_fault_t *fault)
{
    imr_repertoire_curve_t curve;
    int status = imr_repertoire_curve_init(&curve, sizes, depth, Z, fault);

    if (status == IMR_OK) {
        status = imr_repertoire_curve_point(&curve, depth, row, point, fault);
    }
    imr_repertoire_curve_free(&curve);
    return status;
}

static void
test_two_reads_of_three_by_hand(void)
{
    /* clones of 2 and 1: of the 3 pairs of reads one shows a single clone, two show both */
    int64_t count[] = { 2, 1 };
    imr_repertoire_sizes_t sizes = sizes_of(count, 2);
    imr_repertoire_point_t point;
    double present[2];

    imr_repertoire_present(&sizes, 2, present);
    CHECK_NEAR(present[0], 2.0 / 3, 1e-15);
    CHECK_NEAR(present[1], 1, 1e-15);
    CHECK(rarefy(&sizes, 2, -1, &point, NULL) == IMR_OK);
    CHECK_NEAR(point.estimate, 5.0 / 3, 1e-15);
    CHECK_NEAR(point.subsample_sd, sqrt(2.0 / 9), 1e-14);
    /* Chao1 is 2: (1 - 0) + (2/3)^2 - (5/3)^2 / 2 */
    CHECK_NEAR(point.std_error, sqrt(1 + 4.0 / 9 - 25.0 / 18), 1e-13);
    /* expected clones: 4/3 with one read, 1/3 with two */
    CHECK_NEAR(imr_repertoire_rarefied_hill(&sizes, 2, 0), 5.0 / 3, 1e-15);
    CHECK_NEAR(imr_repertoire_rarefied_hill(&sizes, 2, 1), exp(4.0 / 3 * 0.5 * log(2)), 1e-14);
    CHECK_NEAR(imr_repertoire_rarefied_hill(&sizes, 2, 2), 1 / (4.0 / 3 / 4 + 1.0 / 3), 1e-14);
    CHECK_NEAR(imr_repertoire_rarefied_hill(&sizes, 2, 3), 1 / sqrt(4.0 / 3 / 8 + 1.0 / 3), 1e-14);
    imr_repertoire_sizes_free(&sizes);
}

static void
test_the_ends_of_the_curve(void)
{
    int64_t count[] = { 5, 3, 1, 1 };
    imr_repertoire_sizes_t sizes = sizes_of(count, 4);
    imr_repertoire_point_t point;

    CHECK(rarefy(&sizes, 0, -1, &point, NULL) == IMR_OK);
    CHECK(point.estimate == 0 && point.std_error == 0 && point.low == 0 && point.high == 0);
    CHECK(rarefy(&sizes, 1, -1, &point, NULL) == IMR_OK);
    CHECK(point.estimate == 1 && point.subsample_sd == 0 && point.low == 1 && point.high == 1);
    CHECK(rarefy(&sizes, 10, -1, &point, NULL) == IMR_OK);
    CHECK(point.estimate == 4 && point.subsample_sd == 0 && point.std_error > 0);
    for (double order = 0; order < 3; order += 0.5) {
        CHECK(imr_repertoire_rarefied_hill(&sizes, 1, order) == 1);
        CHECK(
            imr_repertoire_rarefied_hill(&sizes, 10, order) == imr_repertoire_hill(&sizes, order));
    }
    imr_repertoire_sizes_free(&sizes);
}

static void
test_hill_numbers_agree_where_there_are_two_ways(void)
{
    int64_t count[40];
    imr_repertoire_sizes_t sizes;

    for (int i = 0; i < 40; i++) {
        count[i] = 1 + i * i * i;
    }
    sizes = sizes_of(count, 40);
    for (int64_t depth = 2; depth < sizes.reads; depth = 3 * depth + 1) {
        CHECK_NEAR(imr_repertoire_rarefied_hill(&sizes, depth, 2 + 1e-13),
            imr_repertoire_rarefied_hill(&sizes, depth, 2), 1e-11);
        CHECK_NEAR(imr_repertoire_rarefied_hill(&sizes, depth, 1e-14),
            imr_repertoire_rarefied_hill(&sizes, depth, 0), 1e-11);
        CHECK_NEAR(imr_repertoire_rarefied_hill(&sizes, depth, 1 + 1e-13),
            imr_repertoire_rarefied_hill(&sizes, depth, 1), 1e-11);
        CHECK_NEAR(imr_repertoire_rarefied_hill(&sizes, depth, 0.9 + 1e-13),
            imr_repertoire_rarefied_hill(&sizes, depth, 0.9 - 1e-13), 1e-10);
    }
    imr_repertoire_sizes_free(&sizes);
}

static void
test_huge_clones_are_worked_without_a_table(void)
{
    /* two clones of 2^32 reads: m reads show one clone with chance 2 (1/2)^m, nearly */
    int64_t count[] = { INT64_C(1) << 32, INT64_C(1) << 32 };
    imr_repertoire_sizes_t sizes = sizes_of(count, 2);
    imr_repertoire_point_t point;
    double apart = 1 - 1.0 / 16;

    CHECK(rarefy(&sizes, 5, -1, &point, NULL) == IMR_OK);
    CHECK_NEAR(point.estimate, 1 + apart, 1e-8);
    CHECK_NEAR(point.subsample_sd, sqrt(apart * (1 - apart)), 1e-7);
    CHECK(rarefy(&sizes, INT64_C(1) << 32, -1, &point, NULL) == IMR_OK);
    CHECK(point.estimate == 2 && point.subsample_sd == 0);
    imr_repertoire_sizes_free(&sizes);
}

/* One curve for all depths is as good as one each, and what its table leaves out is worked pair by pair. */
static void
test_the_least_depth_does_not_matter(void)
{
    int64_t count[] = { 900, 300, 40, 7, 7, 2, 1, 1, 1 };
    imr_repertoire_sizes_t sizes = sizes_of(count, 9);
    imr_repertoire_curve_t curve;
    imr_repertoire_point_t point, alone;

    CHECK(imr_repertoire_curve_init(&curve, &sizes, INT64_MAX, Z, NULL) == IMR_OK);
    for (int64_t depth = 2; depth < sizes.reads; depth = 2 * depth + 1) {
        CHECK(imr_repertoire_curve_point(&curve, depth, -1, &point, NULL) == IMR_OK);
        CHECK(rarefy(&sizes, depth, -1, &alone, NULL) == IMR_OK);
        CHECK_NEAR(point.subsample_sd, alone.subsample_sd, 1e-13);
        CHECK(point.estimate == alone.estimate && point.low == alone.low);
    }
    imr_repertoire_curve_free(&curve);
    imr_repertoire_sizes_free(&sizes);
}

static void
test_bad_depths_are_named(void)
{
    int64_t count[] = { 2, 1 };
    imr_repertoire_sizes_t sizes = sizes_of(count, 2);
    imr_repertoire_point_t point;
    imr_fault_t fault;

    CHECK(rarefy(&sizes, 4, 7, &point, &fault) == IMR_ERR_DEPTH);
    CHECK(strcmp(fault.argument, "depth") == 0 && fault.row == 7 && fault.value == 4);
    CHECK(rarefy(&sizes, -1, 0, &point, &fault) == IMR_ERR_DEPTH_ZERO);
    CHECK(imr_repertoire_check_depth(&sizes, 0, 1, -1, &fault) == IMR_ERR_DEPTH_ZERO);
    imr_repertoire_sizes_free(&sizes);
}

static void
test_every_allocation_may_fail(void)
{
    int64_t count[] = { 5, 3, 1, 1 };
    imr_repertoire_sizes_t sizes = sizes_of(count, 4);
    imr_repertoire_point_t point;

    FAIL_EACH_ALLOCATION(rarefy(&sizes, 4, -1, &point, NULL), IMR_ERR_NOMEM, (void) 0);
    imr_repertoire_sizes_free(&sizes);
}

HARNESS_MAIN({
    RUN(test_two_reads_of_three_by_hand);
    RUN(test_the_ends_of_the_curve);
    RUN(test_hill_numbers_agree_where_there_are_two_ways);
    RUN(test_huge_clones_are_worked_without_a_table);
    RUN(test_the_least_depth_does_not_matter);
    RUN(test_bad_depths_are_named);
    RUN(test_every_allocation_may_fail);
})
