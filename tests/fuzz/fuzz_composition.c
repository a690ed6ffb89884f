/* libFuzzer: any shares are refused with a status, or close to 1, with log-ratios that sum to 0, limits round
 * their estimate, and p-values that are shares of the arrangements, those of all subsets never the
 * smaller. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "recovery/composition_test.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
#define MOST 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static double
value_of(uint8_t byte)
{
    static const double ODD[] = { NAN, -1, INFINITY, 1e-300, 1e99, 1e-99 };

    return byte >= 250 ? ODD[byte - 250] : byte % 8 == 0 ? 0 : byte;
}

static void
closed(const imr_composition_t *c)
{
    for (size_t i = 0; i < c->n; i++) {
        double sum = 0, logs = 0;

        for (size_t j = 0; j < c->parts; j++) {
            REQUIRE(c->share[i * c->parts + j] > 0);
            sum += c->share[i * c->parts + j];
            logs += c->clr[i * c->parts + j];
        }
        REQUIRE(fabs(sum - 1) < 1e-12 && fabs(logs) < 1e-9);
    }
}

static void
share(const imr_composition_t *c, double level)
{
    uint8_t chosen[MOST] = { 1 };
    imr_composition_share_t s;

    REQUIRE(imr_composition_share_init(&s, c, chosen, level, NULL) == IMR_OK);
    REQUIRE(s.low <= s.mean && s.mean <= s.high && s.low >= 0 && s.high <= 1);
    REQUIRE(s.median_low <= s.median && s.median <= s.median_high && s.achieved_level >= level);
    imr_composition_share_free(&s);
}

static void
test(imr_composition_test_t *t)
{
    REQUIRE(imr_composition_test_exact(t, NULL, NULL) == IMR_OK);
    imr_composition_test_finish(t, 1);
    REQUIRE(t->seen == t->arrangements);
    REQUIRE(t->global_pvalue > 0 && t->global_pvalue <= 1);
    for (size_t j = 0; j < t->parts; j++) {
        REQUIRE(t->low[j] <= t->effect[j] && t->effect[j] <= t->high[j]);
        REQUIRE(t->pvalue[j] > 0 && t->adjusted[j] >= t->pvalue[j] && t->adjusted[j] <= 1);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double value[2][MOST * MOST], limit[MOST];
    int64_t label[MOST], ones = 0;
    imr_composition_rows_t rows = { .value = value[0], .total = NAN, .name = "share" };
    imr_composition_t before, after;
    imr_composition_test_t t;
    imr_fault_t fault;
    double level;

    if (size < 4) {
        return 0;
    }
    rows.n = data[0] % (MOST + 1);
    rows.parts = data[1] % (MOST + 1);
    rows.limit = data[2] % 4 ? limit : NULL;
    level = 0.5 + data[3] / 520.0;
    for (size_t k = 0; k < MOST * MOST; k++) {
        value[0][k] = value_of(4 + k < size ? data[4 + k] : (uint8_t) (17 * k + 1));
        value[1][k] = value_of(4 + k < size ? data[size - 1 - k] : (uint8_t) (29 * k + 3));
    }
    for (size_t k = 0; k < MOST; k++) {
        limit[k] = (data[2] % 16 + (double) k) / 64;
        label[k] = data[3] >> k & 1;
        ones += k < rows.n ? label[k] : 0;
    }
    if (imr_composition_init(&before, &rows, &fault) != IMR_OK) {
        REQUIRE(fault.argument != NULL);
        return 0;
    }
    closed(&before);
    share(&before, level);
    rows.value = value[1];
    rows.name = "after";
    if (imr_composition_init(&after, &rows, &fault) == IMR_OK) {
        closed(&after);
        REQUIRE(imr_composition_test_init(&t, &before, &after, NULL, level, NULL) == IMR_OK);
        test(&t);
        imr_composition_test_free(&t);
    }
    if (imr_composition_test_init(&t, &before, NULL, label, level, &fault) == IMR_OK) {
        REQUIRE(ones > 0 && ones < (int64_t) before.n);
        test(&t);
    } else {
        REQUIRE(fault.status == IMR_ERR_TWO_GROUPS);
    }
    imr_composition_test_free(&t);
    imr_composition_free(&before);
    imr_composition_free(&after);
    return 0;
}
