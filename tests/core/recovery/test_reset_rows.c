#include "recovery/reset_rows.h"

#include "../harness.h"

/* Two patients with the three columns that are required; a test gives one more, or changes one. */
typedef struct {
    double left[2], right[2], followed[2], more[2], more_right[2];
    double criteria[IMR_RESET_CRITERIA];
    imr_reset_rows_t rows;
} given_t;

static void
start(given_t *self)
{
    *self = (given_t) { .left = { 90, 60 }, .right = { 120, INFINITY }, .followed = { 400, 100 } };
    self->rows.n = 2;
    self->rows.column[IMR_RESET_RETURN_LEFT] = self->left;
    self->rows.column[IMR_RESET_RETURN_RIGHT] = self->right;
    self->rows.column[IMR_RESET_FOLLOWED] = self->followed;
}

static void
check(given_t *self, int status, const char *argument, int64_t row, double value)
{
    imr_fault_t fault = { 0 };

    CHECK(imr_reset_check(&self->rows, self->criteria, &fault) == status);
    if (status != IMR_OK) {
        CHECK(strcmp(fault.argument, argument) == 0 && fault.row == row);
        CHECK_NEAR(fault.value, value, 0);
    }
}

/* A column with this number for the second patient, and `good` for the first. */
static void
one_column(imr_reset_column_t column, double good, double value, int status, const char *argument)
{
    given_t g;

    start(&g);
    g.more[0] = good;
    g.more[1] = value;
    g.rows.column[column] = g.more;
    check(&g, status, argument, 1, value);
}

static void
two_columns(
    imr_reset_column_t left, double from, double to, int status, const char *argument, double value)
{
    given_t g;

    start(&g);
    g.more[0] = 10;
    g.more_right[0] = 20;
    g.more[1] = from;
    g.more_right[1] = to;
    g.rows.column[left] = g.more;
    g.rows.column[left + 1] = g.more_right;
    check(&g, status, argument, 1, value);
}

static void
test_numbers(void)
{
    one_column(IMR_RESET_NADIR, 1, NAN, IMR_OK, NULL);
    one_column(IMR_RESET_NADIR, 1, -1, IMR_ERR_NEGATIVE, "nadir");
    one_column(IMR_RESET_NADIR, 1, INFINITY, IMR_ERR_NONFINITE, "nadir");
    one_column(IMR_RESET_OVERLAP, 1, 1.5, IMR_ERR_RESET_SHARE, "overlap");
    one_column(IMR_RESET_MEMORY_BEFORE, 1, 40, IMR_ERR_RESET_SHARE, "memory_share_before");
    one_column(IMR_RESET_STOPPED_BY, 1, 2, IMR_ERR_RESET_FLAG, "stopped");
    one_column(IMR_RESET_STOPPED_BY, 1, NAN, IMR_ERR_RESET_DAY, "stopped");
    one_column(IMR_RESET_RELAPSED, 1, NAN, IMR_ERR_RESET_DAY, "relapse");
    one_column(IMR_RESET_RELAPSED, INFINITY, 100, IMR_OK, NULL);
    one_column(IMR_RESET_RELAPSED, INFINITY, 101, IMR_ERR_RESET_AFTER_END, "relapse");
    one_column(IMR_RESET_NAIVE, 0.5, NAN, IMR_OK, NULL);
    one_column(IMR_RESET_NAIVE, 0.5, 0.5, IMR_ERR_RESET_UNRETURNED, "naive_share");
    one_column(IMR_RESET_MEMORY, 0.5, 0.5, IMR_ERR_RESET_UNRETURNED, "memory_share");
}

static void
test_intervals(void)
{
    two_columns(IMR_RESET_SEROLOGY_LEFT, 50, 50, IMR_OK, NULL, 0);
    two_columns(IMR_RESET_SEROLOGY_LEFT, NAN, NAN, IMR_OK, NULL, 0);
    two_columns(IMR_RESET_SEROLOGY_LEFT, 50, NAN, IMR_ERR_RESET_DAY, "serology_right", NAN);
    two_columns(IMR_RESET_DEPTH_LEFT, NAN, 50, IMR_ERR_RESET_DAY, "depth_left", NAN);
    two_columns(IMR_RESET_DEPTH_LEFT, 60, 50, IMR_ERR_RESET_ORDER, "depth_left", 60);
    two_columns(
        IMR_RESET_REPERTOIRE_LEFT, 50, 101, IMR_ERR_RESET_AFTER_END, "repertoire_right", 101);
    two_columns(
        IMR_RESET_PROTECTION_LEFT, 101, INFINITY, IMR_ERR_RESET_AFTER_END, "protection_left", 101);
    two_columns(IMR_RESET_DRUG_FREE_FROM, INFINITY, INFINITY, IMR_OK, NULL, 0);
    two_columns(IMR_RESET_DRUG_FREE_FROM, NAN, NAN, IMR_OK, NULL, 0);
    two_columns(IMR_RESET_DRUG_FREE_FROM, 30, NAN, IMR_ERR_RESET_DAY, "drug_free_to", NAN);
    two_columns(IMR_RESET_DRUG_FREE_FROM, NAN, 30, IMR_ERR_RESET_DAY, "drug_free_from", NAN);
    two_columns(IMR_RESET_DRUG_FREE_FROM, 30, 30, IMR_ERR_RESET_ORDER, "drug_free_from", 30);
    two_columns(
        IMR_RESET_DRUG_FREE_FROM, INFINITY, 30, IMR_ERR_RESET_ORDER, "drug_free_from", INFINITY);
    two_columns(
        IMR_RESET_DRUG_FREE_FROM, 101, INFINITY, IMR_ERR_RESET_AFTER_END, "drug_free_from", 101);
    two_columns(IMR_RESET_DRUG_FREE_FROM, 10, 101, IMR_ERR_RESET_AFTER_END, "drug_free_to", 101);
}

static void
test_return_and_follow_up(void)
{
    given_t g;

    start(&g);
    check(&g, IMR_OK, NULL, 0, 0);
    g.right[1] = 60;
    check(&g, IMR_ERR_RESET_ORDER, "return_left", 1, 60);
    g.right[1] = NAN;
    check(&g, IMR_ERR_RESET_DAY, "return_right", 1, NAN);
    g.left[1] = NAN;
    check(&g, IMR_OK, NULL, 0, 0);
    g.followed[1] = NAN;
    check(&g, IMR_ERR_RESET_DAY, "followed", 1, NAN);
    start(&g);
    g.followed[0] = 119;
    check(&g, IMR_ERR_RESET_AFTER_END, "return_right", 0, 120);
    start(&g);
    g.criteria[IMR_RESET_FOLD] = -4;
    check(&g, IMR_ERR_RESET_CRITERION, "titre_fold", -1, -4);
    g.criteria[IMR_RESET_FOLD] = INFINITY;
    check(&g, IMR_ERR_RESET_CRITERION, "titre_fold", -1, INFINITY);
    start(&g);
    g.rows.n = 0;
    check(&g, IMR_ERR_NO_PATIENT, "return_left", -1, NAN);
}

static void
test_a_column_that_is_not_there_is_not_measured(void)
{
    given_t g;

    start(&g);
    CHECK(isnan(imr_reset_value(&g.rows, IMR_RESET_NADIR, 0)));
    CHECK(imr_reset_value(&g.rows, IMR_RESET_RETURN_LEFT, 1) == 60);
}

HARNESS_MAIN(RUN(test_numbers); RUN(test_intervals); RUN(test_return_and_follow_up);
    RUN(test_a_column_that_is_not_there_is_not_measured);)
