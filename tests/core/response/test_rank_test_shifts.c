#include "response/rank_test_shifts.h"

#include "../harness.h"

enum { MOST = 400 };

/* Values 0, step, 2 step, ... jittered, each held by 1 to `repeats` rows. */
typedef struct {
    double value[MOST];
    int64_t upto[MOST];
    imr_rank_blocks_t blocks;
} held_t;

static uint32_t state = 1;

static uint32_t
below(uint32_t bound)
{
    return harness_draw(&state, bound);
}

static void
fill(held_t *held, size_t n, double jitter, uint32_t repeats)
{
    int64_t rows = 0;

    for (size_t i = 0; i < n; i++) {
        rows += 1 + below(repeats);
        held->value[i] = (double) i - 20 + jitter * below(1000) / 1001.0;
        held->upto[i] = rows;
    }
    held->blocks.n = n;
    held->blocks.value = held->value;
    held->blocks.upto = held->upto;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

static double
row_value(const imr_rank_blocks_t *blocks, int64_t row)
{
    size_t i = 0;

    while (blocks->upto[i] <= row) {
        i++;
    }
    return blocks->value[i];
}

/* Each k, or one of `step`, in a scattered order, against the sorted sums of all rows. */
static void
check_all(const imr_rank_blocks_t *a, const imr_rank_blocks_t *b, size_t step)
{
    const imr_rank_blocks_t *other = b == NULL ? a : b;
    int64_t m = a->upto[a->n - 1], n = other->upto[other->n - 1];
    double *sums = malloc((size_t) (m * n) * sizeof(double));
    imr_rank_shifts_t shifts;
    imr_rank_shift_t shift;
    size_t count = 0;

    for (int64_t i = 0; i < m; i++) {
        double x = row_value(a, i);

        for (int64_t j = b == NULL ? i : 0; j < n; j++) {
            sums[count++] = x + row_value(other, j);
        }
    }
    qsort(sums, count, sizeof(double), compare);
    CHECK(imr_rank_shifts_init(&shifts, a, b, NULL) == IMR_OK);
    CHECK(shifts.count == (int64_t) count);
    for (size_t at = 0; at < count; at += step) {
        size_t k = at * 7919 % count, first = k, end = k + 1;

        while (first > 0 && sums[first - 1] == sums[k]) {
            first--;
        }
        while (end < count && sums[end] == sums[k]) {
            end++;
        }
        CHECK(imr_rank_shifts_select(&shifts, (int64_t) k + 1, &shift, NULL) == IMR_OK);
        CHECK(shift.value == sums[k]);
        CHECK(shift.below == (int64_t) first && shift.upto == (int64_t) end);
    }
    imr_rank_shifts_free(&shifts);
    free(sums);
}

static void
test_sums_are_those_of_all_pairs(void)
{
    held_t a, b;

    for (size_t n = 1; n < 12; n++) {
        for (int jitter = 0; jitter < 2; jitter++) {
            fill(&a, n, jitter, 1 + (uint32_t) n % 3);
            fill(&b, 12 - n, jitter, 2);
            check_all(&a.blocks, NULL, 1);
            check_all(&a.blocks, &b.blocks, 1);
        }
    }
}

static void
test_more_sums_than_are_listed(void)
{
    held_t a, b;
    size_t step = (size_t) harness_step(7);

    fill(&a, 150, 1, 2);
    fill(&b, 90, 1, 3);
    check_all(&a.blocks, NULL, 37 * step);
    check_all(&a.blocks, &b.blocks, 41 * step);
    fill(&a, 300, 0, 1); /* up to 150 pairs with one sum */
    check_all(&a.blocks, NULL, 97 * step);
    for (size_t i = 0; i < 200; i++) { /* over 240 orders of magnitude */
        a.value[i] =
            (i < 100 ? -1 : 1) * pow(10, i < 100 ? 120 - 1.2 * (double) i : 1.2 * (double) i - 120);
    }
    a.blocks.n = 200;
    check_all(&a.blocks, NULL, 53 * step);
}

static void
test_one_sum_of_very_many_pairs(void)
{
    double value[] = { 1, 2 };
    int64_t upto[] = { 2000000000, 2000000001 };
    imr_rank_blocks_t blocks = { 2, value, upto };
    imr_rank_shifts_t shifts;
    imr_rank_shift_t shift;

    CHECK(imr_rank_shifts_init(&shifts, &blocks, NULL, NULL) == IMR_OK);
    CHECK(shifts.count == INT64_C(2000000001) * 1000000001);
    CHECK(imr_rank_shifts_select(&shifts, shifts.count, &shift, NULL) == IMR_OK);
    CHECK(shift.value == 4 && shift.below == shifts.count - 1);
    CHECK(imr_rank_shifts_select(&shifts, shifts.count - 1, &shift, NULL) == IMR_OK);
    CHECK(shift.value == 3 && shift.upto - shift.below == 2000000000);
    imr_rank_shifts_free(&shifts);
}

static int
init_and_select(imr_rank_shifts_t *shifts, const imr_rank_blocks_t *blocks)
{
    imr_rank_shift_t shift;
    int ret = imr_rank_shifts_init(shifts, blocks, NULL, NULL);

    return ret == IMR_OK ? imr_rank_shifts_select(shifts, 3, &shift, NULL) : ret;
}

static void
test_allocations(void)
{
    imr_rank_shifts_t shifts;
    held_t a;

    fill(&a, 5, 1, 2);
    FAIL_EACH_ALLOCATION(
        init_and_select(&shifts, &a.blocks), IMR_ERR_NOMEM, imr_rank_shifts_free(&shifts));
}

HARNESS_MAIN({
    RUN(test_sums_are_those_of_all_pairs);
    RUN(test_more_sums_than_are_listed);
    RUN(test_one_sum_of_very_many_pairs);
    RUN(test_allocations);
})
