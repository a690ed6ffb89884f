#include "survival/parametric.h"

#include "parametric_fit.h"

static void
test_kinds_of_rows(void)
{
    double left[] = { 5, 5, 0, 6, 0, 7 }, right[] = { 5, INFINITY, 5, 9, INFINITY, 7 };
    double weight[] = { 1, 2, 1, 0.5, 1, 0 }, entry[] = { 0, 3, 0, 6, 0, 0 };
    imr_parametric_data_t data = {
        .left = left, .right = right, .weight = weight, .entry = entry, .n = 6
    };
    imr_parametric_t self;

    CHECK(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, NULL) == IMR_OK);
    for (int kind = IMR_ROW_EMPTY; kind <= IMR_ROW_INTERVAL; kind++) {
        CHECK(self.count[kind] == 1);
    }
    CHECK(self.n == 6 && self.weight == 5.5 && self.longest == 9);
    CHECK_NEAR(self.constant, -log(5), 1e-15);
    CHECK_NEAR(self.entry[1], log(3), 1e-15);
    CHECK(self.entry[0] == -INFINITY);
    imr_parametric_free(&self);
    CHECK(imr_parametric_init(&self, &data, IMR_GOMPERTZ, 0, NULL) == IMR_OK);
    CHECK_NEAR(self.a[0], 5.0 / 9, 1e-15);
    CHECK_NEAR(self.constant, -log(9), 1e-15);
    imr_parametric_free(&self);
}

static void
test_columns_are_centred_and_scaled(void)
{
    double columns[] = { 1, 10, 2, 10, 6, 40 }, left[] = { 1, 2, 3 };
    imr_parametric_data_t data = { .left = left, .columns = columns, .n = 3, .k = 2 };
    imr_parametric_t self;

    CHECK(imr_parametric_init(&self, &data, IMR_EXPONENTIAL, 0, NULL) == IMR_OK);
    CHECK(self.centre[0] == 3 && self.centre[1] == 20 && self.d == 3);
    CHECK_NEAR(self.spread[0], sqrt(14.0 / 3), 1e-15);
    CHECK_NEAR(self.columns[5], 20 / sqrt(200), 1e-15);
    imr_parametric_free(&self);
}

static void
test_groups_are_read_apart(void)
{
    double left[] = { 1, 2, NAN, 4 };
    int64_t group[] = { 0, 0, 1, 0 };
    imr_parametric_data_t data = { .left = left, .n = 4, .group = group };
    imr_parametric_t self;
    imr_fault_t fault;

    CHECK(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, NULL) == IMR_OK);
    CHECK(self.n == 3);
    imr_parametric_free(&self);
    data.code = 1;
    CHECK(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, &fault) == IMR_ERR_NONFINITE);
    CHECK(fault.row == 2);
    data.code = 2;
    CHECK(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, &fault) == IMR_ERR_NO_ROWS);
}

static void
test_bad_rows_are_named(void)
{
    static const struct {
        double left, right, entry, weight, x;
        int status;
        const char *argument;
    } cases[] = {
        { NAN, 5, 0, 1, 0, IMR_ERR_NONFINITE, "left" },
        { -1, 5, 0, 1, 0, IMR_ERR_NEGATIVE, "left" },
        { INFINITY, INFINITY, 0, 1, 0, IMR_ERR_LEFT_INFINITE, "left" },
        { 3, NAN, 0, 1, 0, IMR_ERR_RIGHT_MISSING, "right" },
        { 6, 5, 0, 1, 0, IMR_ERR_LEFT_AFTER_RIGHT, "left" },
        { 0, 0, 0, 1, 0, IMR_ERR_EVENT_AT_ZERO, "left" },
        { 3, 5, NAN, 1, 0, IMR_ERR_NONFINITE, "entry" },
        { 3, 5, -1, 1, 0, IMR_ERR_NEGATIVE, "entry" },
        { 3, 3, 3, 1, 0, IMR_ERR_INTERVAL, "entry" },
        { 3, INFINITY, 3, 1, 0, IMR_ERR_INTERVAL, "entry" },
        { 0, 5, 3, 1, 0, IMR_ERR_ENTRY_AFTER_LEFT, "entry" },
        { 3, 5, 0, NAN, 0, IMR_ERR_NONFINITE, "weights" },
        { 3, 5, 0, -1, 0, IMR_ERR_NEGATIVE, "weights" },
        { 3, 5, 0, 1, NAN, IMR_ERR_NONFINITE, "X" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        double left[] = { 1, cases[i].left, 9 }, right[] = { 2, cases[i].right, 9 };
        double entry[] = { 0, cases[i].entry, 0 }, weight[] = { 1, cases[i].weight, 1 };
        double columns[] = { 1, cases[i].x, 5 };
        imr_parametric_data_t data = { .left = left,
            .right = right,
            .entry = entry,
            .weight = weight,
            .columns = columns,
            .n = 3,
            .k = 1 };
        imr_parametric_t self;
        imr_fault_t fault;

        CHECK(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, &fault) == cases[i].status);
        CHECK(strcmp(fault.argument, cases[i].argument) == 0 && fault.row == 1);
        CHECK(self.block == NULL);
    }
}

static void
test_what_no_single_row_shows(void)
{
    double left[] = { 1, 2, 3 }, weight[] = { 0, 0, 0 }, constant[] = { 7, 7, 7 };
    double pair[] = { 1, 3, 2, 6.5, 5, 14 }, twice[] = { 1, 3, 2, 6, 5, 15 };
    uint8_t event[] = { 1, 2, 1 };
    imr_parametric_data_t data = { .left = left, .n = 3 };
    imr_parametric_t self;
    imr_fault_t fault;

    data.weight = weight;
    CHECK(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, &fault) == IMR_ERR_NO_WEIGHT);
    data.weight = NULL;
    data.event = event;
    CHECK(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, &fault) == IMR_ERR_EVENT);
    CHECK(fault.row == 1);
    data.event = NULL;
    data.columns = constant;
    data.k = 1;
    CHECK(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, &fault) == IMR_ERR_COLLINEAR);
    data.columns = twice;
    data.k = 2;
    CHECK(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, &fault) == IMR_ERR_COLLINEAR);
    CHECK(fault.row == 1);
    data.columns = pair;
    CHECK(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, &fault) == IMR_OK);
    imr_parametric_free(&self);
    data.n = 0;
    CHECK(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, &fault) == IMR_ERR_NO_ROWS);
}

static void
test_every_allocation_may_fail(void)
{
    imr_parametric_data_t data = aml();
    imr_parametric_t self;

    FAIL_EACH_ALLOCATION(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, NULL), IMR_ERR_NOMEM,
        imr_parametric_free(&self));
    data.k = 5000;
    CHECK(imr_parametric_init(&self, &data, IMR_WEIBULL, 0, NULL) == IMR_ERR_NOMEM);
}

HARNESS_MAIN({
    RUN(test_kinds_of_rows);
    RUN(test_columns_are_centred_and_scaled);
    RUN(test_groups_are_read_apart);
    RUN(test_bad_rows_are_named);
    RUN(test_what_no_single_row_shows);
    RUN(test_every_allocation_may_fail);
})
