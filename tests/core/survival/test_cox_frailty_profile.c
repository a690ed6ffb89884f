#include "survival/cox_frailty_profile.h"

#include "../harness.h"
#include "cox_frailty_data.h"

typedef struct {
    imr_cox_rows_t rows;
    imr_cox_frailty_climb_t climb;
    imr_cox_frailty_profile_t profile;
} all_t;

static void
begin(all_t *all, imr_cox_data_t data, imr_cox_ties_t ties)
{
    double offset[16] = { 0 };
    imr_cox_options_t options = options_of(ties);

    if (data.offset == NULL) {
        data.offset = offset;
    }
    CHECK(imr_cox_rows_init(&all->rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_frailty_climb_init(&all->climb, &all->rows, ties, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_frailty_profile_init(&all->profile, &all->climb, NULL) == IMR_OK);
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
    RUN(test_limits_lie_where_the_profile_has_fallen);
    RUN(test_every_allocation_may_fail);
})
