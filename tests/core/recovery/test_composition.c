#include "recovery/composition.h"

#include "../harness.h"

static imr_composition_rows_t
rows_of(const double *value, size_t n, size_t parts)
{
    imr_composition_rows_t rows = { value, n, parts, 1, NULL, 0, "share" };

    return rows;
}

/* (1/2, 1/4, 1/4): logarithms 0, -log 2, -log 2 but for a constant. */
static void
test_log_ratios_by_hand(void)
{
    static const double VALUE[] = { 0.5, 0.25, 0.25, 0.25, 0.5, 0.25 };
    imr_composition_rows_t rows = rows_of(VALUE, 2, 3);
    imr_composition_t c;
    double log2 = log(2), root = sqrt(0.125);

    CHECK(imr_composition_init(&c, &rows, NULL) == IMR_OK);
    CHECK_NEAR(c.clr[0], 2 * log2 / 3, 1e-14);
    CHECK_NEAR(c.clr[1], -log2 / 3, 1e-14);
    CHECK_NEAR(c.share[0] + c.share[1] + c.share[2], 1, 1e-15);
    CHECK(c.replaced[0] == 0 && c.replaced[1] == 0);
    CHECK_NEAR(c.centre[0], root / (2 * root + 0.25), 1e-14);
    CHECK_NEAR(c.centre[2], 0.25 / (2 * root + 0.25), 1e-14);
    /* log(x1 / x2) is log 2 and -log 2: variance 2 log^2 2; log(x1 / x3): log 2 and 0 */
    CHECK_NEAR(c.variation[1], 2 * log2 * log2, 1e-13);
    CHECK_NEAR(c.variation[2], 0.5 * log2 * log2, 1e-13);
    CHECK(c.variation[0] == 0 && c.variation[3] == c.variation[1]);
    CHECK_NEAR(c.total_variance, (2 + 0.5 + 0.5) * log2 * log2 / 3, 1e-13);
    imr_composition_free(&c);
    imr_composition_free(&c);
}

/* Two zeros with limits 0.02 and 0.04 in a row that sums to 100: 0.013 and 0.026 of 100. */
static void
test_zeros_give_way(void)
{
    static const double VALUE[] = { 60, 40, 0, 0 };
    static const double LIMIT[] = { 1, 1, 2, 4 };
    imr_composition_rows_t rows = rows_of(VALUE, 1, 4);
    imr_composition_t c;

    rows.total = 100;
    rows.limit = LIMIT;
    CHECK(imr_composition_init(&c, &rows, NULL) == IMR_OK);
    CHECK_NEAR(c.share[2], 0.013, 1e-14);
    CHECK_NEAR(c.share[3], 0.026, 1e-14);
    CHECK_NEAR(c.share[0], 0.6 * (1 - 0.039), 1e-14);
    CHECK_NEAR(c.share[0] / c.share[1], 1.5, 1e-14);
    CHECK(c.replaced[0] == 2 && isnan(c.total_variance));
    imr_composition_free(&c);
    rows.limits_by_row = 1;
    CHECK(imr_composition_init(&c, &rows, NULL) == IMR_OK && c.replaced[0] == 2);
    imr_composition_free(&c);
}

static void
refuses(const imr_composition_rows_t *rows, int status, const char *argument, int64_t row)
{
    imr_composition_t c;
    imr_fault_t fault = { 0 };

    CHECK(imr_composition_init(&c, rows, &fault) == status);
    CHECK(fault.status == status && fault.row == row);
    CHECK(strcmp(fault.argument, argument) == 0);
    CHECK(c.block == NULL);
}

static void
test_bad_rows(void)
{
    static const double GOOD[] = { 0.5, 0.5, 0.4, 0.6 }, LIMIT[] = { 0.01, -1 }, WIDE[] = { 1, 1 };
    double value[] = { 0.5, 0.5, 0.4, 0.6 };
    imr_composition_rows_t rows = rows_of(value, 2, 2);

    refuses(&(imr_composition_rows_t) { GOOD, 0, 2, 1, NULL, 0, "share" }, IMR_ERR_NO_PATIENT,
        "share", -1);
    refuses(&(imr_composition_rows_t) { GOOD, 2, 1, 1, NULL, 0, "share" },
        IMR_ERR_COMPOSITION_PARTS, "share", -1);
    rows.total = 0;
    refuses(&rows, IMR_ERR_NOT_POSITIVE, "total", -1);
    rows.total = 100;
    refuses(&rows, IMR_ERR_COMPOSITION_SUM, "share", 0);
    rows.total = 1;
    rows.limit = LIMIT;
    refuses(&rows, IMR_ERR_NOT_POSITIVE, "limit", 1);
    rows.limit = NULL;
    value[3] = NAN;
    refuses(&rows, IMR_ERR_NONFINITE, "share", 1);
    value[3] = -0.6;
    refuses(&rows, IMR_ERR_NEGATIVE, "share", 1);
    value[3] = 1e-200;
    refuses(&rows, IMR_ERR_COMPOSITION_RANGE, "share", 1);
    value[2] = value[3] = 0;
    refuses(&rows, IMR_ERR_COMPOSITION_EMPTY, "share", 1);
    value[2] = 1;
    refuses(&rows, IMR_ERR_COMPOSITION_ZERO, "share", 1);
    rows.limit = WIDE;
    refuses(&rows, IMR_ERR_COMPOSITION_LIMIT, "limit", -1);
}

/* --- the share of some subsets ------------------------------------------------------------------ */

static void
test_share_by_hand(void)
{
    /* logits of the first part: log 4, log 9, log 1 */
    static const double VALUE[] = { 0.8, 0.2, 0.9, 0.1, 0.5, 0.5 };
    static const double T_95_2 = 4.30265272974946;
    static const uint8_t FIRST[] = { 1, 0 };
    imr_composition_rows_t rows = rows_of(VALUE, 3, 2);
    imr_composition_t c;
    imr_composition_share_t s;
    double mean = (log(4) + log(9)) / 3, sd, reach;

    sd = sqrt(
        ((log(4) - mean) * (log(4) - mean) + (log(9) - mean) * (log(9) - mean) + mean * mean) / 2);
    reach = T_95_2 * sd / sqrt(3);
    CHECK(imr_composition_init(&c, &rows, NULL) == IMR_OK);
    CHECK(imr_composition_share_init(&s, &c, FIRST, 0.95, NULL) == IMR_OK);
    CHECK_NEAR(s.share[1], 0.9, 1e-15);
    CHECK_NEAR(s.mean, 1 / (1 + exp(-mean)), 1e-14);
    CHECK_NEAR(s.low, 1 / (1 + exp(reach - mean)), 1e-12);
    CHECK_NEAR(s.high, 1 / (1 + exp(-mean - reach)), 1e-12);
    CHECK_NEAR(s.median, 0.8, 1e-15);
    CHECK(s.median_low == 0 && s.median_high == 1 && s.achieved_level == 1);
    imr_composition_share_free(&s);
    imr_composition_share_free(&s);
    /* three coins show no or three heads once in four: at 70 % the least and the greatest will do */
    CHECK(imr_composition_share_init(&s, &c, FIRST, 0.7, NULL) == IMR_OK);
    CHECK_NEAR(s.median_low, 0.5, 1e-15);
    CHECK_NEAR(s.median_high, 0.9, 1e-15);
    CHECK_NEAR(s.achieved_level, 0.75, 1e-14);
    imr_composition_share_free(&s);
    imr_composition_free(&c);
}

static void
test_one_sample(void)
{
    static const double VALUE[] = { 0.8, 0.2 };
    static const uint8_t SECOND[] = { 0, 1 }, BOTH[] = { 1, 1 }, NONE[] = { 0, 0 };
    imr_composition_rows_t rows = rows_of(VALUE, 1, 2);
    imr_composition_t c;
    imr_composition_share_t s;
    imr_fault_t fault;

    CHECK(imr_composition_init(&c, &rows, NULL) == IMR_OK);
    CHECK(imr_composition_share_init(&s, &c, SECOND, 0.95, NULL) == IMR_OK);
    CHECK_NEAR(s.mean, 0.2, 1e-14);
    CHECK_NEAR(s.median, 0.2, 1e-14);
    CHECK(s.low == 0 && s.high == 1 && s.median_low == 0 && s.median_high == 1);
    imr_composition_share_free(&s);
    CHECK(imr_composition_share_init(&s, &c, BOTH, 0.95, &fault) == IMR_ERR_COMPOSITION_CHOICE);
    CHECK(imr_composition_share_init(&s, &c, NONE, 0.95, &fault) == IMR_ERR_COMPOSITION_CHOICE);
    CHECK(imr_composition_share_init(&s, &c, SECOND, 1, &fault) == IMR_ERR_LEVEL);
    CHECK(strcmp(fault.argument, "level") == 0);
    imr_composition_free(&c);
}

static void
test_each_allocation_fails(void)
{
    static const double VALUE[] = { 0.5, 0.25, 0.25, 0.25, 0.5, 0.25 };
    static const uint8_t FIRST[] = { 1, 0, 0 };
    imr_composition_rows_t rows = rows_of(VALUE, 2, 3);
    imr_composition_t c;
    imr_composition_share_t s;

    FAIL_EACH_ALLOCATION(
        imr_composition_init(&c, &rows, NULL), IMR_ERR_NOMEM, imr_composition_free(&c));
    CHECK(imr_composition_init(&c, &rows, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_composition_share_init(&s, &c, FIRST, 0.95, NULL), IMR_ERR_NOMEM,
        imr_composition_share_free(&s));
    imr_composition_free(&c);
}

HARNESS_MAIN({
    RUN(test_log_ratios_by_hand);
    RUN(test_zeros_give_way);
    RUN(test_bad_rows);
    RUN(test_share_by_hand);
    RUN(test_one_sample);
    RUN(test_each_allocation_fails);
})
