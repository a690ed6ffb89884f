#include "recovery/titre_retention.h"

#include "../harness.h"

static const double BEFORE[] = { 100, 80, 60, 120, 40 }, AFTER[] = { 50, 80, 30, 60, 40 };

static imr_titre_retention_rows_t
rows_of(void)
{
    imr_titre_retention_rows_t rows = { .before = BEFORE,
        .after = AFTER,
        .limits = { .dilution = NAN },
        .n = 5,
        .margin = 0.25,
        .protective = NAN,
        .level = 0.95 };

    return rows;
}

/* log2 ratios -1, 0, -1, -1, 0: mean -0.6, squares 1.2, error sqrt(1.2 / 4 / 5) = 0.244949 */
static void
test_student_by_hand(void)
{
    imr_titre_retention_rows_t rows = rows_of();
    imr_titre_retention_t r;
    double t = 2.7764451051977987; /* 97.5 % point, 4 degrees of freedom */

    CHECK(imr_titre_retention(&r, &rows, NULL) == IMR_OK);
    CHECK_NEAR(r.estimate, exp2(-0.6), 1e-13);
    CHECK_NEAR(r.low, exp2(-0.6 - t * sqrt(0.06)), 1e-12);
    CHECK_NEAR(r.high, exp2(-0.6 + t * sqrt(0.06)), 1e-12);
    CHECK_NEAR(r.sd, log(2) * sqrt(0.3), 1e-12);
    CHECK(r.df == 4 && r.known == 5 && r.censored == 0 && r.unknown == 0);
    /* R: 2 * pt(-2.449490, 4), pt(5.715476, 4, lower.tail = FALSE) */
    CHECK_NEAR(r.pvalue, 0.0704840, 1e-5);
    CHECK_NEAR(r.pvalue_margin, 0.00231792, 1e-5);
    CHECK(r.above_margin == 5 && r.below_margin == 0);
    CHECK_NEAR(r.pvalue_sign, 1.0 / 32, 1e-14);
    rows.margin = 0.5; /* three ratios are the margin itself */
    CHECK(imr_titre_retention(&r, &rows, NULL) == IMR_OK);
    CHECK(r.above_margin == 2 && r.below_margin == 0);
}

static void
test_protection(void)
{
    static const double LLOQ = 45;
    imr_titre_retention_rows_t rows = rows_of();
    imr_titre_retention_t r;
    imr_fault_t fault;

    rows.protective = 50;
    CHECK(imr_titre_retention(&r, &rows, NULL) == IMR_OK);
    CHECK(r.protected_before == 4 && r.protected_after == 3 && r.kept == 3);
    rows.limits.lloq = &LLOQ;
    CHECK(imr_titre_retention(&r, &rows, NULL) == IMR_OK);
    CHECK(r.kept == 3 && r.unknown == 1 && r.censored == 1);
    rows.protective = 42; /* below 45: on which side? */
    CHECK(imr_titre_retention(&r, &rows, &fault) == IMR_ERR_TITRE_PROTECTION);
    CHECK(fault.row == 2 && strcmp(fault.argument, "after") == 0);
}

static void
test_limits(void)
{
    static const double LLOQ = 1, B[] = { 16, 16, 16, 16, 16, 16 }, A[] = { 4, 8, 2, 8, 4, 0.5 };
    static const double B2[] = { 1600, 1600, 1600, 1600, 1600, 1600 };
    static const double A2[] = { 400, 800, 200, 800, 400, 50 }, LLOQ2 = 100;
    imr_titre_retention_rows_t rows = rows_of();
    imr_titre_retention_t r, known, other;

    rows.before = B;
    rows.after = A;
    rows.n = 6;
    CHECK(imr_titre_retention(&known, &rows, NULL) == IMR_OK);
    rows.limits.lloq = &LLOQ;
    CHECK(imr_titre_retention(&r, &rows, NULL) == IMR_OK);
    CHECK(r.known == 5 && r.censored == 1 && r.df > 4 && r.df < 5);
    CHECK(r.low < r.estimate && r.estimate < r.high && r.estimate > 0.8 * known.estimate);
    CHECK(r.score_norm < 1e-8 && r.pvalue < 0.05);
    CHECK(r.below_margin == 2 && r.above_margin == 2); /* 2 / 16, and below 1 / 16 */
    rows.before = B2; /* the unit does not matter */
    rows.after = A2;
    rows.limits.lloq = &LLOQ2;
    CHECK(imr_titre_retention(&other, &rows, NULL) == IMR_OK);
    CHECK_NEAR(other.estimate, r.estimate, 1e-9);
    CHECK_NEAR(other.low, r.low, 1e-8);
    CHECK_NEAR(other.high, r.high, 1e-8);
    CHECK_NEAR(other.pvalue, r.pvalue, 1e-7);
    CHECK_NEAR(other.pvalue_margin, r.pvalue_margin, 1e-7);
}

/* A limit so far down that it hardly matters leaves Student's interval. */
static void
test_the_likelihood_is_student_without_limits(void)
{
    static const double ULOQ = 1e90;
    double before[7] = { 100, 80, 60, 120, 40, 1, 1 },
           after[7] = { 50, 80, 30, 60, 40, 2e90, 2e90 };
    imr_titre_retention_rows_t rows = rows_of();
    imr_titre_retention_t r;

    rows.before = before;
    rows.after = after;
    rows.limits.uloq = &ULOQ;
    rows.n = 6;
    CHECK(imr_titre_retention(&r, &rows, NULL) == IMR_OK);
    CHECK(r.censored == 1 && r.estimate > 1 && r.sd > 10); /* far away, and it shows */
}

static void
test_ends(void)
{
    static const double SAME[] = { 40, 40, 40 }, LLOQ = 45, LOW = 50;
    imr_titre_retention_rows_t rows = rows_of();
    imr_titre_retention_t r;
    imr_fault_t fault;

    rows.n = 1;
    CHECK(imr_titre_retention(&r, &rows, NULL) == IMR_OK);
    CHECK_NEAR(r.estimate, 0.5, 1e-15);
    CHECK(r.low == 0 && isinf(r.high) && r.pvalue == 1 && r.pvalue_margin == 1 && r.df == 0);
    rows.n = 3;
    rows.before = rows.after = SAME; /* nothing changes: no scatter */
    CHECK(imr_titre_retention(&r, &rows, NULL) == IMR_OK);
    CHECK(r.estimate == 1 && r.low == 1 && r.high == 1 && r.pvalue == 1 && r.pvalue_margin == 0);
    rows.margin = 1;
    CHECK(imr_titre_retention(&r, &rows, NULL) == IMR_OK);
    CHECK_NEAR(r.pvalue_margin, 0.5, 1e-15);
    rows.limits.lloq = &LLOQ; /* all below their limit */
    CHECK(imr_titre_retention(&r, &rows, NULL) == IMR_OK);
    CHECK(isnan(r.estimate) && r.low == 0 && isinf(r.high) && r.unknown == 3 && r.pvalue == 1);
    rows.before = BEFORE; /* all of them below after, and nothing else */
    CHECK(imr_titre_retention(&r, &rows, &fault) == IMR_ERR_TITRE_NO_SPREAD);
    CHECK(strcmp(fault.argument, "after") == 0);
    rows.after = AFTER; /* one known ratio, one with a limit */
    rows.limits.lloq = &LOW;
    rows.n = 3;
    CHECK(imr_titre_retention(&r, &rows, &fault) == IMR_OK
        || fault.status == IMR_ERR_TITRE_NO_SPREAD);
}

static int
status_of(imr_titre_retention_rows_t rows, imr_fault_t *fault)
{
    imr_titre_retention_t r;

    return imr_titre_retention(&r, &rows, fault);
}

static void
test_bad_rows(void)
{
    static const double ZERO[] = { 50, 0, 30, 60, 40 };
    imr_titre_retention_rows_t rows = rows_of(), bad;
    imr_fault_t fault;

    bad = rows;
    bad.level = 0;
    CHECK(status_of(bad, &fault) == IMR_ERR_LEVEL);
    bad = rows;
    bad.margin = 0;
    CHECK(status_of(bad, &fault) == IMR_ERR_NOT_POSITIVE && strcmp(fault.argument, "margin") == 0);
    bad = rows;
    bad.protective = -1;
    CHECK(status_of(bad, &fault) == IMR_ERR_NOT_POSITIVE);
    bad = rows;
    bad.n = 0;
    CHECK(status_of(bad, &fault) == IMR_ERR_NO_PATIENT);
    bad = rows;
    bad.after = ZERO;
    CHECK(status_of(bad, &fault) == IMR_ERR_TITRE_ZERO && fault.row == 1);
    CHECK(strcmp(fault.argument, "after") == 0);
    bad.after = AFTER;
    bad.before = ZERO;
    CHECK(status_of(bad, &fault) == IMR_ERR_TITRE_ZERO);
    CHECK(strcmp(fault.argument, "before") == 0);
}

static void
test_each_allocation_fails(void)
{
    imr_titre_retention_rows_t rows = rows_of();
    imr_titre_retention_t r;

    FAIL_EACH_ALLOCATION(imr_titre_retention(&r, &rows, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_student_by_hand);
    RUN(test_protection);
    RUN(test_limits);
    RUN(test_the_likelihood_is_student_without_limits);
    RUN(test_ends);
    RUN(test_bad_rows);
    RUN(test_each_allocation_fails);
})
