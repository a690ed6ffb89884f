#include "survival/cox_frailty_profile.h"

#include "../harness.h"
#include "cox_frailty_data.h"

typedef struct {
    imr_cox_rows_t rows;
    imr_cox_frailty_climb_t climb;
    imr_cox_frailty_profile_t profile;
} all_t;

/* coef: the best without frailty, of the first covariate (the others 0) */
static void
begin_at(all_t *all, imr_cox_data_t data, imr_cox_ties_t ties, double coef)
{
    double offset[16] = { 0 };
    imr_cox_options_t options = options_of(ties);

    if (data.offset == NULL) {
        data.offset = offset;
    }
    CHECK(imr_cox_rows_init(&all->rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_frailty_climb_init(&all->climb, &all->rows, ties, NULL, NULL) == IMR_OK);
    all->climb.coef[0] = coef * all->rows.scale[0];
    CHECK(imr_cox_frailty_profile_init(&all->profile, &all->climb, NULL) == IMR_OK);
}

static void
begin(all_t *all, imr_cox_data_t data, imr_cox_ties_t ties)
{
    begin_at(all, data, ties, 0);
}

static void
end(all_t *all)
{
    imr_cox_frailty_profile_free(&all->profile);
    imr_cox_frailty_profile_free(&all->profile);
    imr_cox_frailty_climb_free(&all->climb);
    imr_cox_rows_free(&all->rows);
}

static void
test_the_profile_of_two_centres_by_hand(void)
{
    all_t all;

    begin(&all, pair(), IMR_COX_BRESLOW);
    for (double theta = 1e-3; theta < 1e5; theta *= 7) {
        CHECK(imr_cox_frailty_profile_at(&all.profile, theta, 1e-10, NULL) == IMR_OK);
        CHECK_NEAR(all.profile.value, pair_loglik(theta), 1e-12);
    }
    /* half the sum of (events - expected)^2 - events: 3 expected of 6, and 9 of 6 */
    CHECK_NEAR(all.profile.flat_slope, 0.5 * (9 - 6 + 9 - 6), 1e-12);
    end(&all);
}

static void
test_the_slope_is_that_of_the_value(void)
{
    for (int ties = IMR_COX_EFRON; ties <= IMR_COX_BRESLOW; ties++) {
        all_t all;

        begin(&all, ten(), (imr_cox_ties_t) ties);
        for (double theta = 0.01; theta < 200; theta *= 3) {
            double h = 1e-4 * theta, up, down, slope;

            CHECK(imr_cox_frailty_profile_at(&all.profile, theta + h, 1e-10, NULL) == IMR_OK);
            up = all.profile.value;
            CHECK(imr_cox_frailty_profile_at(&all.profile, theta - h, 1e-10, NULL) == IMR_OK);
            down = all.profile.value;
            CHECK(imr_cox_frailty_profile_at(&all.profile, theta, 1e-10, NULL) == IMR_OK);
            slope = (up - down) / (2 * h);
            CHECK(fabs(all.profile.slope - slope) < 1e-7 * (1 + fabs(slope)) + 1e-14 / h * 100);
        }
        end(&all);
    }
}

/* Of a random table of 8 rows in 4 clusters. */
typedef struct {
    double time[8], x[8], offset[8];
    uint8_t event[8];
    int64_t cluster[8];
} table_t;

static imr_cox_data_t
random_table(table_t *table, uint32_t *state)
{
    for (size_t i = 0; i < 8; i++) {
        table->time[i] = 1 + harness_draw(state, 6);
        table->event[i] = harness_draw(state, 4) > 0;
        table->x[i] = (double) harness_draw(state, 5);
        table->offset[i] = harness_draw(state, 9) / 4.0;
        table->cluster[i] = harness_draw(state, 4);
    }
    return (imr_cox_data_t) { .n = 8,
        .p = 1,
        .time = table->time,
        .event = table->event,
        .x = table->x,
        .offset = table->offset,
        .strata = 1,
        .cluster = table->cluster,
        .clusters = 4 };
}

/* A profile of another random table; 0 where its likelihood has no maximum. */
static int
begin_random(all_t *all, table_t *table, uint32_t *state)
{
    imr_cox_data_t data = random_table(table, state);
    imr_cox_options_t options = options_of(IMR_COX_BRESLOW);
    imr_cox_t fit;
    imr_cox_rows_t rows;
    int status = imr_cox_fit(&fit, &rows, &data, &options, NULL, NULL);

    if (status == IMR_OK) {
        begin_at(all, data, IMR_COX_BRESLOW, fit.coef[0]);
    }
    imr_cox_free(&fit);
    imr_cox_rows_free(&rows);
    return status == IMR_OK;
}

/* The profile nowhere passes the bound of the interval, which closes in on it as that becomes narrow. */
static void
check_bound(all_t *all, double from, double to)
{
    imr_cox_frailty_point_t low, high, inner;
    double bound, nearest;

    CHECK(imr_cox_frailty_point(&all->profile, from, 1e-10, &low, NULL) == IMR_OK);
    CHECK(imr_cox_frailty_point(&all->profile, to, 1e-10, &high, NULL) == IMR_OK);
    bound = imr_cox_frailty_bound(&all->profile, &low, &high);
    nearest = fmax(low.value, high.value);
    for (int k = 1; k < 8; k++) {
        double theta = from == 0 ? to * k / 8 : from * pow(to / from, k / 8.0);

        CHECK(imr_cox_frailty_point(&all->profile, theta, 1e-10, &inner, NULL) == IMR_OK);
        CHECK(inner.value <= bound + 1e-9);
        CHECK(from == 0 || inner.value <= imr_cox_frailty_bound_beyond(&low) + 1e-9);
        nearest = fmax(nearest, inner.value);
    }
    CHECK(bound >= nearest - 1e-9);
    CHECK((from == 0 ? to > 1e-4 : to > 1.001 * from) || bound < nearest + 2e-3);
}

static void
test_the_profile_stays_below_its_bounds(void)
{
    uint32_t state = 1;
    int tables = 0;

    for (int draw = 0; draw < 60; draw += harness_step(7)) {
        table_t table;
        all_t all;

        if (!begin_random(&all, &table, &state)) {
            continue;
        }
        tables++;
        check_bound(&all, 0, 1.0 / 64);
        check_bound(&all, 0, 1e-4);
        for (double theta = 1.0 / 64; theta < 1e4; theta *= 4) {
            check_bound(&all, theta, 4 * theta);
            check_bound(&all, theta, 1.001 * theta);
        }
        end(&all);
    }
    CHECK(tables > 2);
}

static void
test_the_maximum_is_the_highest_of_a_fine_grid(void)
{
    uint32_t state = 2;

    for (int draw = 0; draw < 60; draw += harness_step(7)) {
        table_t table;
        all_t all;

        if (!begin_random(&all, &table, &state)) {
            continue;
        }
        CHECK(imr_cox_frailty_maximise(&all.profile, NULL) == IMR_OK);
        for (double theta = 1e-3; theta < 1e5; theta *= 1.4) {
            CHECK(imr_cox_frailty_profile_at(&all.profile, theta, 1e-7, NULL) == IMR_OK);
            CHECK(all.profile.value <= all.profile.top + 1e-9);
        }
        CHECK(all.profile.flat_value <= all.profile.top);
        end(&all);
    }
}

static void
test_limits_lie_where_the_profile_has_fallen(void)
{
    all_t all;
    double low, high;

    begin(&all, pair(), IMR_COX_BRESLOW);
    CHECK(imr_cox_frailty_maximise(&all.profile, NULL) == IMR_OK);
    CHECK(all.profile.theta > 0 && all.profile.theta_norm < 1e-9);
    CHECK(imr_cox_frailty_limits(&all.profile, 0.01, &low, &high, NULL) == IMR_OK);
    CHECK(0 < low && low < all.profile.theta && all.profile.theta < high);
    CHECK_NEAR(pair_loglik(low), all.profile.top - 0.005, 1e-12);
    CHECK_NEAR(pair_loglik(high), all.profile.top - 0.005, 1e-12);
    /* the likelihood falls as a power of the variance, so that high levels reach far */
    CHECK(imr_cox_frailty_limits(&all.profile, 60, &low, &high, NULL) == IMR_OK);
    CHECK(low == 0 && high == INFINITY);
    end(&all);
}

static void
test_every_allocation_may_fail(void)
{
    all_t all;

    begin(&all, ten(), IMR_COX_EFRON);
    imr_cox_frailty_profile_free(&all.profile);
    FAIL_EACH_ALLOCATION(imr_cox_frailty_profile_init(&all.profile, &all.climb, NULL),
        IMR_ERR_NOMEM, imr_cox_frailty_profile_free(&all.profile));
    end(&all);
}

HARNESS_MAIN({
    RUN(test_the_profile_of_two_centres_by_hand);
    RUN(test_the_slope_is_that_of_the_value);
    RUN(test_the_profile_stays_below_its_bounds);
    RUN(test_the_maximum_is_the_highest_of_a_fine_grid);
    RUN(test_limits_lie_where_the_profile_has_fallen);
    RUN(test_every_allocation_may_fail);
})
