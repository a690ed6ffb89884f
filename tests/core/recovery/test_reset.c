#include "recovery/reset.h"

#include "../harness.h"

#define MOST 4

/* One to four patients whose components are all met, unless a test changes a number: depletion to 0.05 of
 * 1/uL; return in (90, 120]; naive share 0.85; memory 0.05 of 0.4 before; overlap 0.02; mutation 2 of
 * 6 %; titre 20 of 100; drug-free from day 30 on; followed to day 400; protective titre 6 of 10. */
typedef struct {
    double column[IMR_RESET_COLUMNS][MOST];
    imr_reset_rows_t rows;
    double criteria[IMR_RESET_CRITERIA];
} cohort_t;

static void
give(cohort_t *self, imr_reset_column_t column, double value)
{
    for (size_t i = 0; i < MOST; i++) {
        self->column[column][i] = value;
    }
    self->rows.column[column] = self->column[column];
}

static void
cohort(cohort_t *self, size_t n)
{
    memset(self, 0, sizeof(*self));
    self->rows.n = n;
    give(self, IMR_RESET_RETURN_LEFT, 90);
    give(self, IMR_RESET_RETURN_RIGHT, 120);
    give(self, IMR_RESET_FOLLOWED, 400);
    give(self, IMR_RESET_NADIR, 0.05);
    give(self, IMR_RESET_NAIVE, 0.85);
    give(self, IMR_RESET_MEMORY, 0.05);
    give(self, IMR_RESET_MEMORY_BEFORE, 0.4);
    give(self, IMR_RESET_OVERLAP, 0.02);
    give(self, IMR_RESET_MUTATION, 2);
    give(self, IMR_RESET_MUTATION_BEFORE, 6);
    give(self, IMR_RESET_TITRE, 20);
    give(self, IMR_RESET_TITRE_EARLIER, 100);
    give(self, IMR_RESET_TITRE_CUT, 10);
    give(self, IMR_RESET_DRUG_FREE_FROM, 30);
    give(self, IMR_RESET_DRUG_FREE_TO, INFINITY);
    give(self, IMR_RESET_RELAPSED, INFINITY);
    give(self, IMR_RESET_PROTECTIVE, 6);
    give(self, IMR_RESET_PROTECTIVE_BEFORE, 10);
    self->criteria[IMR_RESET_BELOW] = 0.1;
    self->criteria[IMR_RESET_SAMPLES] = 2;
    self->criteria[IMR_RESET_NAIVE_AT_LEAST] = 0.8;
    self->criteria[IMR_RESET_MEMORY_AT_MOST] = 0.25;
    self->criteria[IMR_RESET_OVERLAP_AT_MOST] = 0.05;
    self->criteria[IMR_RESET_MUTATION_FALL] = 1;
    self->criteria[IMR_RESET_FOLD] = 4;
    self->criteria[IMR_RESET_DAYS] = 90;
    self->criteria[IMR_RESET_PROTECTIVE_AT_LEAST] = 0.5;
}

/* The verdict of one component of patient 0. */
static void
says(cohort_t *c, imr_reset_component_t component, imr_reset_status_t status,
    imr_reset_reason_t reason, double value, double bound)
{
    imr_reset_t r;

    CHECK(imr_reset_init(&r, &c->rows, c->criteria, 0.95, NULL) == IMR_OK);
    if (r.block == NULL) {
        return;
    }
    CHECK(r.status[component] == (int64_t) status);
    CHECK(r.reason[component] == (int64_t) reason);
    CHECK_NEAR(r.value[component], value, 1e-14);
    CHECK_NEAR(r.bound[component], bound, 1e-14);
    imr_reset_free(&r);
}

/* Return in (90, 120], and 90 days of remission from there: met in (180, 210]. */
static void
test_all_are_met(void)
{
    cohort_t c;
    imr_reset_t r;

    cohort(&c, 3);
    CHECK(imr_reset_init(&r, &c.rows, c.criteria, 0.95, NULL) == IMR_OK);
    for (size_t k = 0; k < 3 * IMR_RESET_COMPONENTS; k++) {
        CHECK(r.status[k] == IMR_RESET_MET);
    }
    CHECK(r.composite[2] == IMR_RESET_MET && r.left[2] == 180 && r.right[2] == 210);
    CHECK(r.precluded[2] == 0);
    /* three of three: the lower limit is 0.025^(1/3) */
    CHECK_NEAR(r.low[IMR_RESET_COMPONENTS], cbrt(0.025), 1e-12);
    CHECK(r.share[IMR_RESET_COMPONENTS] == 1 && r.high[IMR_RESET_COMPONENTS] == 1);
    CHECK(r.least[0] == 1 && r.most[0] == 1);
    imr_reset_free(&r);
    imr_reset_free(&r);
}

static void
test_depth(void)
{
    cohort_t c;

    cohort(&c, 1);
    says(&c, IMR_RESET_DEPTH, IMR_RESET_MET, IMR_RESET_DEPTH_BELOW, 0.05, 0.1);
    give(&c, IMR_RESET_NADIR, 0.1);
    says(&c, IMR_RESET_DEPTH, IMR_RESET_NOT_MET, IMR_RESET_DEPTH_ABOVE, 0.1, 0.1);
    give(&c, IMR_RESET_NADIR_BELOW, 1);
    says(&c, IMR_RESET_DEPTH, IMR_RESET_MET, IMR_RESET_DEPTH_UNDETECTED, 0.1, 0.1);
    give(&c, IMR_RESET_NADIR, 1);
    says(&c, IMR_RESET_DEPTH, IMR_RESET_NOT_ASSESSED, IMR_RESET_DEPTH_LIMIT, 1, 0.1);
    cohort(&c, 1);
    give(&c, IMR_RESET_NADIR_SAMPLES, 1);
    says(&c, IMR_RESET_DEPTH, IMR_RESET_NOT_MET, IMR_RESET_DEPTH_SAMPLES, 1, 2);
    give(&c, IMR_RESET_NADIR_SAMPLES, 2);
    says(&c, IMR_RESET_DEPTH, IMR_RESET_MET, IMR_RESET_DEPTH_BELOW, 0.05, 0.1);
    give(&c, IMR_RESET_NADIR_SAMPLES, NAN);
    says(&c, IMR_RESET_DEPTH, IMR_RESET_NOT_ASSESSED, IMR_RESET_NOT_MEASURED, NAN, NAN);
    give(&c, IMR_RESET_NADIR, NAN);
    says(&c, IMR_RESET_DEPTH, IMR_RESET_NOT_ASSESSED, IMR_RESET_NOT_MEASURED, NAN, NAN);
    c.criteria[IMR_RESET_BELOW] = NAN;
    says(&c, IMR_RESET_DEPTH, IMR_RESET_NOT_ASSESSED, IMR_RESET_OFF, NAN, NAN);
}

static void
test_renewal(void)
{
    cohort_t c;

    cohort(&c, 1);
    give(&c, IMR_RESET_NAIVE, 0.1 + 0.7); /* 0.7999999999999999 */
    says(&c, IMR_RESET_RENEWAL, IMR_RESET_MET, IMR_RESET_NAIVE_ENOUGH, 0.8, 0.8);
    give(&c, IMR_RESET_NAIVE, 0.79);
    says(&c, IMR_RESET_RENEWAL, IMR_RESET_NOT_MET, IMR_RESET_NAIVE_LOW, 0.79, 0.8);
    c.criteria[IMR_RESET_NAIVE_AT_LEAST] = NAN;
    says(&c, IMR_RESET_RENEWAL, IMR_RESET_MET, IMR_RESET_MEMORY_ENOUGH, 0.125, 0.25);
    cohort(&c, 1);
    give(&c, IMR_RESET_MEMORY, 0.11);
    says(&c, IMR_RESET_RENEWAL, IMR_RESET_NOT_MET, IMR_RESET_MEMORY_HIGH, 0.275, 0.25);
    /* one part fails, whatever the missing one would be */
    give(&c, IMR_RESET_NAIVE, NAN);
    says(&c, IMR_RESET_RENEWAL, IMR_RESET_NOT_MET, IMR_RESET_MEMORY_HIGH, 0.275, 0.25);
    give(&c, IMR_RESET_MEMORY, 0.05);
    says(&c, IMR_RESET_RENEWAL, IMR_RESET_NOT_ASSESSED, IMR_RESET_NOT_MEASURED, NAN, NAN);
    cohort(&c, 1);
    give(&c, IMR_RESET_MEMORY_BEFORE, 0);
    says(&c, IMR_RESET_RENEWAL, IMR_RESET_NOT_ASSESSED, IMR_RESET_MEMORY_NONE, NAN, NAN);
    give(&c, IMR_RESET_MEMORY_BEFORE, NAN);
    says(&c, IMR_RESET_RENEWAL, IMR_RESET_NOT_ASSESSED, IMR_RESET_NOT_MEASURED, NAN, NAN);
}

static void
test_repertoire(void)
{
    cohort_t c;

    cohort(&c, 1);
    says(&c, IMR_RESET_REPERTOIRE, IMR_RESET_MET, IMR_RESET_OVERLAP_ENOUGH, 0.02, 0.05);
    give(&c, IMR_RESET_MUTATION, 6);
    says(&c, IMR_RESET_REPERTOIRE, IMR_RESET_NOT_MET, IMR_RESET_MUTATION_STAYS, 6, 6);
    give(&c, IMR_RESET_OVERLAP, 0.06);
    says(&c, IMR_RESET_REPERTOIRE, IMR_RESET_NOT_MET, IMR_RESET_OVERLAP_HIGH, 0.06, 0.05);
    cohort(&c, 1);
    c.criteria[IMR_RESET_OVERLAP_AT_MOST] = NAN;
    says(&c, IMR_RESET_REPERTOIRE, IMR_RESET_MET, IMR_RESET_MUTATION_FALLS, 2, 6);
    give(&c, IMR_RESET_MUTATION_BEFORE, NAN);
    says(&c, IMR_RESET_REPERTOIRE, IMR_RESET_NOT_ASSESSED, IMR_RESET_NOT_MEASURED, NAN, NAN);
}

static void
test_serology(void)
{
    cohort_t c;

    cohort(&c, 1);
    says(&c, IMR_RESET_SEROLOGY, IMR_RESET_MET, IMR_RESET_TITRE_FALLS, 5, 4);
    give(&c, IMR_RESET_TITRE, 25);
    says(&c, IMR_RESET_SEROLOGY, IMR_RESET_MET, IMR_RESET_TITRE_FALLS, 4, 4);
    give(&c, IMR_RESET_TITRE, 50);
    says(&c, IMR_RESET_SEROLOGY, IMR_RESET_NOT_MET, IMR_RESET_TITRE_FALLS_LITTLE, 2, 4);
    give(&c, IMR_RESET_TITRE_BELOW, 1);
    says(&c, IMR_RESET_SEROLOGY, IMR_RESET_NOT_ASSESSED, IMR_RESET_TITRE_LIMIT, 50, NAN);
    give(&c, IMR_RESET_TITRE, 10);
    says(&c, IMR_RESET_SEROLOGY, IMR_RESET_MET, IMR_RESET_TITRE_NEGATIVE, 10, 10);
    give(&c, IMR_RESET_TITRE_EARLIER, 10);
    says(&c, IMR_RESET_SEROLOGY, IMR_RESET_NOT_ASSESSED, IMR_RESET_TITRE_BEFORE, 10, 10);
    cohort(&c, 1);
    c.rows.column[IMR_RESET_TITRE_EARLIER] = NULL;
    says(&c, IMR_RESET_SEROLOGY, IMR_RESET_NOT_MET, IMR_RESET_TITRE_POSITIVE, 20, 10);
    cohort(&c, 1);
    c.rows.column[IMR_RESET_TITRE_CUT] = NULL;
    give(&c, IMR_RESET_TITRE, 0);
    says(&c, IMR_RESET_SEROLOGY, IMR_RESET_MET, IMR_RESET_TITRE_FALLS, INFINITY, 4);
    give(&c, IMR_RESET_TITRE, NAN);
    says(&c, IMR_RESET_SEROLOGY, IMR_RESET_NOT_ASSESSED, IMR_RESET_NOT_MEASURED, NAN, NAN);
}

static void
test_clinical(void)
{
    cohort_t c;

    cohort(&c, 1);
    says(&c, IMR_RESET_CLINICAL, IMR_RESET_MET, IMR_RESET_REMISSION, NAN, 210);
    give(&c, IMR_RESET_FOLLOWED, 210);
    says(&c, IMR_RESET_CLINICAL, IMR_RESET_MET, IMR_RESET_REMISSION, NAN, 210);
    give(&c, IMR_RESET_FOLLOWED, 209);
    says(&c, IMR_RESET_CLINICAL, IMR_RESET_NOT_YET, IMR_RESET_FOLLOW_UP, 209, 210);
    give(&c, IMR_RESET_STOPPED_BY, 1);
    says(&c, IMR_RESET_CLINICAL, IMR_RESET_NOT_MET, IMR_RESET_STOPPED, 209, NAN);
    cohort(&c, 1);
    give(&c, IMR_RESET_DRUG_FREE_TO, 209);
    says(&c, IMR_RESET_CLINICAL, IMR_RESET_NOT_MET, IMR_RESET_DRUG, 209, 210);
    give(&c, IMR_RESET_DRUG_FREE_TO, 120);
    says(&c, IMR_RESET_CLINICAL, IMR_RESET_NOT_MET, IMR_RESET_NOT_DRUG_FREE, NAN, 120);
    cohort(&c, 1);
    give(&c, IMR_RESET_DRUG_FREE_FROM, 121);
    says(&c, IMR_RESET_CLINICAL, IMR_RESET_NOT_MET, IMR_RESET_NOT_DRUG_FREE, NAN, 120);
    give(&c, IMR_RESET_RELAPSED, 209);
    says(&c, IMR_RESET_CLINICAL, IMR_RESET_NOT_MET, IMR_RESET_RELAPSE, 209, 210);
    cohort(&c, 1);
    give(&c, IMR_RESET_RELAPSED, 210);
    says(&c, IMR_RESET_CLINICAL, IMR_RESET_MET, IMR_RESET_REMISSION, NAN, 210);
    give(&c, IMR_RESET_DRUG_FREE_FROM, NAN);
    give(&c, IMR_RESET_DRUG_FREE_TO, NAN);
    says(&c, IMR_RESET_CLINICAL, IMR_RESET_NOT_ASSESSED, IMR_RESET_NOT_MEASURED, NAN, NAN);
}

static void
test_protection(void)
{
    cohort_t c;

    cohort(&c, 1);
    says(&c, IMR_RESET_PROTECTION, IMR_RESET_MET, IMR_RESET_TITRE_KEPT, 0.6, 0.5);
    give(&c, IMR_RESET_PROTECTIVE, 4);
    says(&c, IMR_RESET_PROTECTION, IMR_RESET_NOT_MET, IMR_RESET_TITRE_LOST, 0.4, 0.5);
    give(&c, IMR_RESET_PROTECTIVE_BEFORE, 0);
    says(&c, IMR_RESET_PROTECTION, IMR_RESET_NOT_ASSESSED, IMR_RESET_TITRE_NONE, NAN, NAN);
    give(&c, IMR_RESET_PROTECTIVE_BEFORE, NAN);
    says(&c, IMR_RESET_PROTECTION, IMR_RESET_NOT_ASSESSED, IMR_RESET_NOT_MEASURED, NAN, NAN);
}

/* What awaits the return of B cells, in a patient who has not had it: nothing measured at return. */
static void
unreturned(cohort_t *c)
{
    cohort(c, 1);
    give(c, IMR_RESET_RETURN_RIGHT, INFINITY);
    give(c, IMR_RESET_NAIVE, NAN);
    give(c, IMR_RESET_MEMORY, NAN);
    give(c, IMR_RESET_OVERLAP, NAN);
    give(c, IMR_RESET_MUTATION, NAN);
}

static void
test_before_return(void)
{
    static const imr_reset_component_t WAITING[] = { IMR_RESET_RENEWAL, IMR_RESET_REPERTOIRE,
        IMR_RESET_CLINICAL };
    cohort_t c;
    imr_reset_t r;

    for (size_t k = 0; k < 3; k++) {
        unreturned(&c);
        says(&c, WAITING[k], IMR_RESET_NOT_YET, IMR_RESET_AWAITS_RETURN, 400, NAN);
        give(&c, IMR_RESET_STOPPED_BY, 1);
        says(&c, WAITING[k], IMR_RESET_NOT_MET, IMR_RESET_STOPPED, 400, NAN);
        give(&c, IMR_RESET_RETURN_LEFT, NAN);
        give(&c, IMR_RESET_RETURN_RIGHT, NAN);
        says(&c, WAITING[k], IMR_RESET_NOT_ASSESSED, IMR_RESET_NO_RETURN, NAN, NAN);
    }
    unreturned(&c);
    CHECK(imr_reset_init(&r, &c.rows, c.criteria, 0.95, NULL) == IMR_OK);
    /* not back by day 90, so without 90 days of remission after it by day 180 */
    CHECK(r.composite[0] == IMR_RESET_NOT_YET && r.left[0] == 180 && isinf(r.right[0]));
    CHECK(isnan(r.share[IMR_RESET_COMPONENTS]));
    CHECK(r.low[IMR_RESET_COMPONENTS] == 0 && r.high[IMR_RESET_COMPONENTS] == 1);
    CHECK(r.least[IMR_RESET_COMPONENTS] == 0 && r.most[IMR_RESET_COMPONENTS] == 1);
    imr_reset_free(&r);
    give(&c, IMR_RESET_RELAPSED, 100);
    says(&c, IMR_RESET_CLINICAL, IMR_RESET_NOT_MET, IMR_RESET_RELAPSE_EARLY, 100, NAN);
}

/* Met; relapsed; titre still high; without a measurement of overlap. */
static void
test_composite_and_its_time(void)
{
    cohort_t c;
    imr_reset_t r;

    cohort(&c, 4);
    c.column[IMR_RESET_FOLLOWED][3] = 500;
    c.column[IMR_RESET_RELAPSED][1] = 150;
    c.column[IMR_RESET_TITRE][2] = 90;
    c.column[IMR_RESET_OVERLAP][3] = NAN;
    CHECK(imr_reset_init(&r, &c.rows, c.criteria, 0.95, NULL) == IMR_OK);
    CHECK(r.composite[0] == IMR_RESET_MET && r.composite[1] == IMR_RESET_NOT_MET);
    CHECK(r.composite[2] == IMR_RESET_NOT_MET && r.composite[3] == IMR_RESET_NOT_ASSESSED);
    CHECK(r.precluded[1] == 1 && r.left[1] == 500 && isinf(r.right[1]));
    CHECK(r.precluded[2] == 0 && r.left[2] == 180 && isinf(r.right[2]));
    CHECK(isnan(r.left[3]) && isnan(r.right[3]));
    CHECK_NEAR(r.share[IMR_RESET_COMPONENTS], 1.0 / 3, 1e-15);
    CHECK(r.least[IMR_RESET_COMPONENTS] == 0.25 && r.most[IMR_RESET_COMPONENTS] == 0.5);
    CHECK(r.count[IMR_RESET_COMPONENTS * IMR_RESET_STATUSES + IMR_RESET_NOT_MET] == 2);
    CHECK(r.count[IMR_RESET_CLINICAL * IMR_RESET_STATUSES + IMR_RESET_MET] == 3);
    imr_reset_free(&r);
    /* the antibody left last: between day 200 and 230 */
    give(&c, IMR_RESET_SEROLOGY_LEFT, 200);
    give(&c, IMR_RESET_SEROLOGY_RIGHT, 230);
    CHECK(imr_reset_init(&r, &c.rows, c.criteria, 0.95, NULL) == IMR_OK);
    CHECK(r.left[0] == 200 && r.right[0] == 230);
    CHECK(r.left[2] == 200 && isinf(r.right[2]));
    imr_reset_free(&r);
}

/* One of five is met and four are not: the least and the largest share are both 1/5, to the last bit. */
static void
test_bounds_without_undecided(void)
{
    double column[3][5], naive[5] = { 0.9, 0, 0, 0, 0 };
    cohort_t c;
    imr_reset_t r;

    cohort(&c, 1);
    for (int k = 0; k < IMR_RESET_COLUMNS; k++) {
        for (size_t i = 0; k < 3 && i < 5; i++) {
            column[k][i] = c.column[k][0];
        }
        c.rows.column[k] = k < 3 ? column[k] : k == IMR_RESET_NAIVE ? naive : NULL;
    }
    c.rows.n = 5;
    CHECK(imr_reset_init(&r, &c.rows, c.criteria, 0.95, NULL) == IMR_OK);
    CHECK(r.least[IMR_RESET_RENEWAL] == 0.2 && r.most[IMR_RESET_RENEWAL] == 0.2);
    imr_reset_free(&r);
}

/* Titres alone: met at a visit that nobody noted, up to the end of follow-up. */
static void
test_no_return_needed(void)
{
    cohort_t c;
    imr_reset_t r;

    cohort(&c, 1);
    give(&c, IMR_RESET_RETURN_LEFT, NAN);
    give(&c, IMR_RESET_RETURN_RIGHT, NAN);
    for (int k = IMR_RESET_NADIR; k < IMR_RESET_COLUMNS; k++) {
        if (k != IMR_RESET_TITRE && k != IMR_RESET_TITRE_CUT && k != IMR_RESET_TITRE_EARLIER) {
            c.rows.column[k] = NULL;
        }
    }
    CHECK(imr_reset_init(&r, &c.rows, c.criteria, 0.95, NULL) == IMR_OK);
    CHECK(r.composite[0] == IMR_RESET_MET && r.left[0] == 0 && r.right[0] == 400);
    CHECK(r.assessed[IMR_RESET_SEROLOGY] && !r.assessed[IMR_RESET_DEPTH]);
    imr_reset_free(&r);
}

static void
refuses(cohort_t *c, int status, const char *argument, int64_t row)
{
    imr_reset_t r;
    imr_fault_t fault = { 0 };

    CHECK(imr_reset_init(&r, &c->rows, c->criteria, 0.95, &fault) == status);
    CHECK(fault.row == row && r.block == NULL);
    CHECK(argument == NULL ? fault.argument == NULL : strcmp(fault.argument, argument) == 0);
}

static void
test_what_is_refused(void)
{
    cohort_t c;
    imr_reset_t r;

    cohort(&c, 1);
    CHECK(imr_reset_init(&r, &c.rows, c.criteria, 1, NULL) == IMR_ERR_LEVEL);
    give(&c, IMR_RESET_SEROLOGY_LEFT, 200);
    give(&c, IMR_RESET_SEROLOGY_RIGHT, INFINITY);
    refuses(&c, IMR_ERR_RESET_UNTIMED, "serology_right", 0);
    cohort(&c, 1);
    for (int k = IMR_RESET_STOPPED_BY; k < IMR_RESET_COLUMNS; k++) {
        c.rows.column[k] = NULL;
    }
    refuses(&c, IMR_ERR_RESET_NOTHING, NULL, -1);
}

static void
test_allocations(void)
{
    cohort_t c;
    imr_reset_t r;

    cohort(&c, 3);
    FAIL_EACH_ALLOCATION(
        imr_reset_init(&r, &c.rows, c.criteria, 0.95, NULL), IMR_ERR_NOMEM, imr_reset_free(&r));
}

HARNESS_MAIN(RUN(test_all_are_met); RUN(test_depth); RUN(test_renewal); RUN(test_repertoire);
    RUN(test_serology); RUN(test_clinical); RUN(test_protection); RUN(test_before_return);
    RUN(test_composite_and_its_time); RUN(test_bounds_without_undecided);
    RUN(test_no_return_needed); RUN(test_what_is_refused); RUN(test_allocations);)
