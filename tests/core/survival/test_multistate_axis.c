#include "survival/multistate_axis.h"

#include "base/mem.h"

#include "../harness.h"

#define SPANS 4

static uint32_t group[] = { 1, 0, 0 };
static uint8_t ends[65536];

/* Three patients, the second of two stretches. */
static void
setup(imr_multistate_rows_t *self)
{
    *self = (imr_multistate_rows_t) { .groups = 2, .patients = 3, .spans = SPANS };
    self->group = group;
    self->ends = ends;
    self->span = calloc(SPANS + 1, sizeof(*self->span));
    self->span[0].first = self->span[1].first = self->span[3].first = self->span[4].first = 1;
}

static void
test_times_in_order(void)
{
    static const double START[] = { -INFINITY, 0, 0.5, 0.5 }, STOP[] = { 2.5, 0.5, 7, 2.5 };
    static const uint32_t BEGIN[] = { 0, 0, 1, 1 }, END[] = { 1, 0, 2, 1 };
    imr_multistate_rows_t self;

    setup(&self);
    CHECK(imr_multistate_rank(&self, START, STOP, NULL) == IMR_OK);
    CHECK(self.places == 3 && self.time[0] == 0.5 && self.time[2] == 7);
    for (size_t q = 0; q < SPANS; q++) {
        CHECK(self.span[q].begin == BEGIN[q] && self.span[q].end == END[q]);
        CHECK(self.ends[END[q]]);
    }
    imr_multistate_rows_free(&self);
}

/* 64 days are enough for 4 stretches; 65 and more are 4 ends. */
static void
test_days(void)
{
    static const uint32_t BEGIN[] = { 0, 0, 41, 41 }, END[] = { 9, 40, 64, 40 };

    for (uint32_t more = 0; more < 2; more++) {
        imr_multistate_rows_t self;

        setup(&self);
        for (size_t q = 0; q < SPANS; q++) {
            self.span[q].begin = BEGIN[q];
            self.span[q].end = END[q] + (q == 2 ? 16 * more : 0);
        }
        self.span[3].end = 60;
        self.places = 65 + 16 * more;
        CHECK(imr_multistate_keep_days(&self, NULL) == IMR_OK);
        if (more) {
            CHECK(self.places == 4 && self.time[2] == 60 && self.time[3] == 80);
            CHECK(self.span[1].begin == 0 && self.span[2].begin == 2 && self.span[2].end == 3);
            CHECK(self.span[3].begin == 2 && self.span[3].end == 2);
        } else {
            CHECK(self.places == 65 && self.time[64] == 64);
            CHECK(self.span[3].begin == 41 && self.span[3].end == 60);
        }
        imr_multistate_rows_free(&self);
    }
}

static void
test_patients_by_group(void)
{
    static const uint32_t END[] = { 1, 2, 3, 0 }; /* where they were */
    imr_multistate_rows_t self;

    setup(&self);
    for (size_t q = 0; q < SPANS; q++) {
        self.span[q].end = (uint32_t) q;
    }
    CHECK(imr_multistate_sort_groups(&self, NULL) == IMR_OK);
    CHECK(self.of_group[0] == 0 && self.of_group[1] == 3 && self.of_group[2] == 4);
    for (size_t q = 0; q < SPANS; q++) {
        CHECK(self.span[q].end == END[q]);
    }
    CHECK(self.span[0].first && !self.span[1].first && self.span[SPANS].first);
    imr_multistate_rows_free(&self);
}

static void
test_out_of_memory(void)
{
    static const double STOP[] = { 2.5, 0.5, 7, 2.5 };
    imr_multistate_rows_t self;

    setup(&self);
    self.places = 1000;
    FAIL_EACH_ALLOCATION(imr_multistate_rank(&self, STOP, STOP, NULL), IMR_ERR_NOMEM,
        (imr_free(self.axis), self.axis = NULL));
    FAIL_EACH_ALLOCATION((self.places = 1000, imr_multistate_keep_days(&self, NULL)), IMR_ERR_NOMEM,
        (imr_free(self.axis), self.axis = NULL));
    FAIL_EACH_ALLOCATION(imr_multistate_sort_groups(&self, NULL), IMR_ERR_NOMEM,
        (imr_free(self.of_group), self.of_group = NULL));
    imr_multistate_rows_free(&self);
}

HARNESS_MAIN(RUN(test_times_in_order); RUN(test_days); RUN(test_patients_by_group);
    RUN(test_out_of_memory);)
