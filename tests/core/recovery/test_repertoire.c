#include "recovery/repertoire.h"

#include "../harness.h"

/* 10 reads: 4, 3, 2, 1 */
static const int64_t FOUR[] = { 3, 1, 4, 2 };

static imr_repertoire_sizes_t
sizes_of(const int64_t *count, size_t n)
{
    imr_repertoire_sizes_t sizes;

    CHECK(imr_repertoire_sizes_init(&sizes, count, n, NULL) == IMR_OK);
    return sizes;
}

static void
test_rows_of_one_clone_are_added_up(void)
{
    int64_t count[] = { 2, 0, 5, 1, 3 }, clone[] = { 1, 0, 1, 0, 1 }, sample[] = { 1, 0, 0, 0, 1 };
    imr_repertoire_clones_t clones;

    CHECK(imr_repertoire_clones_init(&clones, count, clone, sample, 2, 5, NULL) == IMR_OK);
    CHECK(clones.begin[0] == 0 && clones.begin[1] == 2 && clones.begin[2] == 3);
    CHECK(clones.clone[0] == 0 && clones.count[0] == 1);
    CHECK(clones.clone[1] == 1 && clones.count[1] == 5);
    CHECK(clones.clone[2] == 1 && clones.count[2] == 5);
    imr_repertoire_clones_free(&clones);
    CHECK(imr_repertoire_clones_init(&clones, count, NULL, NULL, 1, 5, NULL) == IMR_OK);
    CHECK(clones.begin[1] == 4 && clones.clone[1] == 2 && clones.count[1] == 5);
    imr_repertoire_clones_free(&clones);
}

static void
test_four_clones_by_hand(void)
{
    imr_repertoire_sizes_t sizes = sizes_of(FOUR, 4);
    imr_repertoire_indices_t indices;
    double entropy = -(0.4 * log(0.4) + 0.3 * log(0.3) + 0.2 * log(0.2) + 0.1 * log(0.1));

    CHECK(sizes.n == 4 && sizes.reads == 10 && sizes.richness == 4 && sizes.size[0] == 1);
    imr_repertoire_indices(&sizes, &indices);
    CHECK_NEAR(indices.shannon, entropy, 1e-15);
    CHECK_NEAR(indices.clonality, 1 - entropy / log(4), 1e-13);
    CHECK_NEAR(indices.gini_simpson, 0.7, 1e-15); /* 1 - 0.16 - 0.09 - 0.04 - 0.01 */
    CHECK_NEAR(indices.gini, 0.25, 1e-15); /* (-3 - 2 + 3 + 12) / (4 * 10) */
    CHECK(indices.coverage == 0.9 && indices.d50 == 2 && indices.d50_share == 0.5);
    CHECK(indices.top10_share == 1);
    CHECK(imr_repertoire_hill(&sizes, 0) == 4);
    CHECK_NEAR(imr_repertoire_hill(&sizes, 1), exp(entropy), 1e-15);
    CHECK_NEAR(imr_repertoire_hill(&sizes, 2), 1 / 0.3, 1e-14);
    CHECK_NEAR(imr_repertoire_hill(&sizes, 3), 1 / sqrt(0.1), 1e-14); /* 64 + 27 + 8 + 1 = 100 */
    CHECK_NEAR(imr_repertoire_hill(&sizes, 100), pow(pow(0.4, 100), -1.0 / 99), 1e-12);
    imr_repertoire_sizes_free(&sizes);
}

static void
test_orders_near_one_are_continuous(void)
{
    imr_repertoire_sizes_t sizes = sizes_of(FOUR, 4);
    double at = imr_repertoire_hill(&sizes, 1);

    CHECK_NEAR(imr_repertoire_hill(&sizes, 1 + 1e-13), at, 1e-12);
    CHECK_NEAR(imr_repertoire_hill(&sizes, 1 - 1e-13), at, 1e-12);
    CHECK_NEAR(
        imr_repertoire_hill(&sizes, 1.1 - 1e-12), imr_repertoire_hill(&sizes, 1.1 + 1e-12), 1e-11);
    imr_repertoire_sizes_free(&sizes);
}

static void
test_one_clone_and_even_clones(void)
{
    int64_t one[] = { 7 }, even[] = { 3, 3, 3, 3 }, huge[] = { INT64_C(1) << 52, 1 };
    imr_repertoire_sizes_t sizes = sizes_of(one, 1);
    imr_repertoire_indices_t indices;

    imr_repertoire_indices(&sizes, &indices);
    CHECK(indices.shannon == 0 && indices.clonality == 1 && indices.gini == 0);
    CHECK(indices.gini_simpson == 0 && indices.coverage == 1 && indices.d50 == 1);
    for (int order = 0; order < 4; order++) {
        CHECK(imr_repertoire_hill(&sizes, order) == 1);
    }
    imr_repertoire_sizes_free(&sizes);
    sizes = sizes_of(even, 4);
    imr_repertoire_indices(&sizes, &indices);
    CHECK(indices.clonality < 1e-15 && indices.gini == 0 && indices.d50 == 2);
    for (int order = 0; order < 4; order++) {
        CHECK_NEAR(imr_repertoire_hill(&sizes, order), 4, 1e-14);
    }
    imr_repertoire_sizes_free(&sizes);
    /* the entropy of shares 1 - e and e is e - e log e to the first order */
    sizes = sizes_of(huge, 2);
    imr_repertoire_indices(&sizes, &indices);
    CHECK_NEAR(indices.shannon, 0x1p-52 * (1 + 52 * log(2)), 1e-14);
    imr_repertoire_sizes_free(&sizes);
}

static void
test_chao1_by_hand(void)
{
    int64_t some[] = { 1, 1, 1, 2, 5 }, single[] = { 1, 1 }, none[] = { 4, 4 };
    imr_repertoire_sizes_t sizes = sizes_of(some, 5);
    imr_repertoire_chao1_t chao1;
    double z, variance, factor;

    CHECK(imr_repertoire_z(0.95, &z, NULL) == IMR_OK);
    CHECK_NEAR(z, 1.959963984540054, 1e-14);
    imr_repertoire_chao1(&sizes, z, &chao1);
    /* f1 = 3, f2 = 1, n = 10: 0.9 * 3 * 2 / (2 * 2) = 1.35 */
    CHECK_NEAR(chao1.estimate, 6.35, 1e-15);
    variance = 1.35 + 0.81 * 3 * 25 / 16 + 0.81 * 9 * 4 / 64;
    CHECK_NEAR(chao1.std_error, sqrt(variance), 1e-14);
    factor = exp(z * sqrt(log(1 + variance / (1.35 * 1.35))));
    CHECK_NEAR(chao1.low, 5 + 1.35 / factor, 1e-13);
    CHECK_NEAR(chao1.high, 5 + 1.35 * factor, 1e-13);
    imr_repertoire_sizes_free(&sizes);
    sizes = sizes_of(single, 2);
    imr_repertoire_chao1(&sizes, z, &chao1);
    CHECK_NEAR(chao1.estimate, 2.5, 1e-15); /* 2 + 0.5 * 2 * 1 / 2 */
    CHECK_NEAR(chao1.std_error, sqrt(0.5 + 0.25 * 2 * 9 / 4 - 0.25 * 16 / (4 * 2.5)), 1e-14);
    imr_repertoire_sizes_free(&sizes);
    sizes = sizes_of(none, 2);
    imr_repertoire_chao1(&sizes, z, &chao1);
    variance = 2 * exp(-4) * (1 - exp(-4)) - pow(8 * exp(-4), 2) / 8;
    CHECK(chao1.estimate == 2 && chao1.low == 2);
    CHECK_NEAR(chao1.std_error, sqrt(variance), 1e-13);
    CHECK_NEAR(chao1.high, (2 + z * sqrt(variance)) / (1 - exp(-4)), 1e-13);
    imr_repertoire_sizes_free(&sizes);
}

static void
test_bad_input_is_named(void)
{
    int64_t count[] = { 1, -1 }, clone[] = { 0, 2 }, sample[] = { 0, 2 }, none[] = { 3, 0 };
    int64_t most[] = { INT64_C(1) << 53, 1 }, both[] = { 0, 1 };
    double order[] = { 0, 101 }, z;
    imr_repertoire_clones_t clones;
    imr_fault_t fault;

    CHECK(imr_repertoire_clones_init(&clones, count, NULL, NULL, 1, 0, &fault) == IMR_ERR_NO_ROWS);
    CHECK(imr_repertoire_clones_init(&clones, count, NULL, NULL, 1, 2, &fault) == IMR_ERR_COUNT);
    CHECK(strcmp(fault.argument, "count") == 0 && fault.row == 1 && fault.value == -1);
    CHECK(imr_repertoire_clones_init(&clones, none, clone, NULL, 1, 2, &fault) == IMR_ERR_CODE);
    CHECK(strcmp(fault.argument, "clone") == 0 && fault.row == 1);
    CHECK(imr_repertoire_clones_init(&clones, none, NULL, sample, 2, 2, &fault) == IMR_ERR_CODE);
    CHECK(strcmp(fault.argument, "sample") == 0 && fault.row == 1);
    CHECK(imr_repertoire_clones_init(&clones, none, NULL, both, 2, 2, &fault) == IMR_ERR_NO_READS);
    CHECK(strcmp(fault.argument, "count") == 0 && fault.row == 1);
    CHECK(imr_repertoire_clones_init(&clones, none, NULL, both, 3, 2, &fault) == IMR_ERR_NO_READS);
    CHECK(imr_repertoire_clones_init(&clones, none + 1, NULL, both, 2, 1, &fault)
        == IMR_ERR_NO_READS);
    CHECK(imr_repertoire_clones_init(&clones, most, NULL, both, 3, 2, &fault) == IMR_ERR_NO_READS);
    CHECK(strcmp(fault.argument, "sample") == 0 && fault.row == -1);
    CHECK(imr_repertoire_clones_init(&clones, most, NULL, NULL, 1, 2, &fault) == IMR_ERR_READS);
    CHECK(imr_repertoire_check_orders(order, 2, &fault) == IMR_ERR_HILL_ORDER && fault.row == 1);
    order[1] = NAN;
    CHECK(imr_repertoire_check_orders(order, 2, &fault) == IMR_ERR_HILL_ORDER);
    CHECK(imr_repertoire_z(1, &z, &fault) == IMR_ERR_LEVEL);
    CHECK(imr_repertoire_z(1 - 0x1p-53, &z, &fault) == IMR_ERR_LEVEL);
}

static void
test_every_allocation_may_fail(void)
{
    int64_t count[] = { 2, 0, 5 }, clone[] = { 1, 0, 1 }, sample[] = { 1, 0, 0 };
    imr_repertoire_clones_t clones;
    imr_repertoire_sizes_t sizes;

    FAIL_EACH_ALLOCATION(imr_repertoire_clones_init(&clones, count, clone, sample, 2, 3, NULL),
        IMR_ERR_NOMEM, imr_repertoire_clones_free(&clones));
    FAIL_EACH_ALLOCATION(imr_repertoire_sizes_init(&sizes, FOUR, 4, NULL), IMR_ERR_NOMEM,
        imr_repertoire_sizes_free(&sizes));
}

HARNESS_MAIN({
    RUN(test_rows_of_one_clone_are_added_up);
    RUN(test_four_clones_by_hand);
    RUN(test_orders_near_one_are_continuous);
    RUN(test_one_clone_and_even_clones);
    RUN(test_chao1_by_hand);
    RUN(test_bad_input_is_named);
    RUN(test_every_allocation_may_fail);
})
