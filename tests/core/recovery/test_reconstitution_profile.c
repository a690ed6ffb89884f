#include "recovery/reconstitution_profile.h"

#include "../stop_sweep.h"
#include "reconstitution_parametric_fit.h"
#include "recovery/aplasia_limits.h"

static double
drop_at(double level)
{
    double drop = 0;

    CHECK(imr_aplasia_drop(level, &drop, NULL) == IMR_OK);
    return drop;
}

/* Without competing events they are those of aplasia from day 0, which profiles in another way. */
static void
test_without_competing_events_they_are_those_of_aplasia(void)
{
    enum { N = 12 };
    double left[N], right[N], competing[N];

    for (uint64_t seed = 1; seed < 12; seed++) {
        imr_reconstitution_parametric_t fit;
        imr_reconstitution_between_t ours;
        imr_aplasia_limits_t theirs;
        imr_aplasia_distribution_t d = (imr_aplasia_distribution_t) (seed % 3);

        visits(left, right, competing, N, 28, seed);
        CHECK(fit_parametric(&fit, left, right, NULL, N, IMR_UNSEEN_UNKNOWN, d, NULL) == IMR_OK);
        for (double time = 60; time < 300; time += 80) {
            CHECK(imr_reconstitution_profile_share(&ours, &fit, time, drop_at(0.95), NULL, NULL)
                == IMR_OK);
            CHECK(imr_aplasia_limits(&theirs, &fit.fit, &fit.likelihood, IMR_APLASIA_SURVIVAL, time,
                      drop_at(0.95), NULL, NULL)
                == IMR_OK);
            CHECK(fabs(ours.estimate + theirs.estimate - 1) < 1e-12);
            CHECK(fabs(ours.low + theirs.high - 1) < 1e-6);
            CHECK(fabs(ours.high + theirs.low - 1) < 1e-6);
        }
        CHECK(imr_reconstitution_profile_quantile(&ours, &fit, 0.4, drop_at(0.9), NULL, NULL)
            == IMR_OK);
        CHECK(imr_aplasia_limits(&theirs, &fit.fit, &fit.likelihood, IMR_APLASIA_QUANTILE, 0.4,
                  drop_at(0.9), NULL, NULL)
            == IMR_OK);
        CHECK_NEAR(ours.estimate, theirs.estimate, 1e-10);
        CHECK_NEAR(ours.low, theirs.low, 1e-5);
        CHECK_NEAR(ours.high, theirs.high, 1e-5);
        CHECK(imr_reconstitution_profile_share(&ours, &fit, INFINITY, 1.9, NULL, NULL) == IMR_OK);
        CHECK(ours.low == 1 && ours.high == 1);
        imr_reconstitution_parametric_free(&fit);
    }
}

/* At a limit of the share, that share is at the limit of its quantile. */
static void
test_limits_of_quantiles_are_those_of_shares(void)
{
    enum { N = 15 };
    double left[N], right[N], competing[N];

    for (uint64_t seed = 20; seed < 26; seed++) {
        imr_reconstitution_parametric_t fit;
        imr_reconstitution_between_t share, day;

        visits(left, right, competing, N, 28, seed);
        CHECK(fit_parametric(
                  &fit, left, right, competing, N, IMR_UNSEEN_UNKNOWN, IMR_APLASIA_LOGNORMAL, NULL)
            == IMR_OK);
        CHECK(imr_reconstitution_profile_share(&share, &fit, 150, drop_at(0.95), NULL, NULL)
            == IMR_OK);
        CHECK(0 < share.low && share.low < share.estimate && share.estimate < share.high);
        CHECK(imr_reconstitution_profile_quantile(&day, &fit, share.low, drop_at(0.95), NULL, NULL)
            == IMR_OK);
        CHECK_NEAR(day.high, 150, 1e-4);
        CHECK(imr_reconstitution_profile_quantile(&day, &fit, share.high, drop_at(0.95), NULL, NULL)
            == IMR_OK);
        CHECK_NEAR(day.low, 150, 1e-4);
        imr_reconstitution_parametric_free(&fit);
    }
}

/* Nobody has returned, or all did by the first visit: one limit is the end of the range. */
static void
test_nobody_and_all(void)
{
    static const double LATE[] = { 28, 56, 56 }, NEVER[] = { INFINITY, INFINITY, INFINITY },
                        ZERO[] = { 0, 0, 0 }, FIRST[] = { 28, 28, 56 },
                        COMPETING[] = { INFINITY, 60, INFINITY };
    imr_reconstitution_parametric_t fit;
    imr_reconstitution_between_t at;

    for (int k = 0; k < 2; k++) {
        CHECK(fit_parametric(&fit, LATE, NEVER, k ? COMPETING : NEVER, 3, IMR_UNSEEN_UNKNOWN,
                  IMR_APLASIA_WEIBULL, NULL)
            == IMR_OK);
        CHECK(imr_reconstitution_profile_share(&at, &fit, 50, drop_at(0.95), NULL, NULL) == IMR_OK);
        CHECK(at.estimate == 0 && at.low == 0 && at.high > 0.3 && at.high < 1);
        CHECK(imr_reconstitution_profile_share(&at, &fit, INFINITY, drop_at(0.95), NULL, NULL)
            == IMR_OK);
        CHECK(at.estimate == 0 && at.low == 0 && at.high > 0.5);
        CHECK(imr_reconstitution_profile_quantile(&at, &fit, 0.5, drop_at(0.95), NULL, NULL)
            == IMR_OK);
        CHECK(isinf(at.estimate) && isinf(at.high) && at.low > 0 && at.low < 60);
        imr_reconstitution_parametric_free(&fit);
    }
    CHECK(fit_parametric(
              &fit, ZERO, FIRST, COMPETING, 3, IMR_UNSEEN_UNKNOWN, IMR_APLASIA_WEIBULL, NULL)
        == IMR_OK);
    CHECK(imr_reconstitution_profile_share(&at, &fit, 30, drop_at(0.95), NULL, NULL) == IMR_OK);
    CHECK(at.estimate == 1 && at.high == 1 && at.low > 0 && at.low < 0.6);
    CHECK(imr_reconstitution_profile_quantile(&at, &fit, 0.5, drop_at(0.95), NULL, NULL) == IMR_OK);
    CHECK(at.estimate == 0 && at.low == 0 && at.high > 0 && isfinite(at.high));
    CHECK(imr_reconstitution_profile_share(&at, &fit, 0, drop_at(0.95), NULL, NULL) == IMR_OK);
    CHECK(at.estimate == 0 && at.low == 0 && at.high == 0);
    imr_reconstitution_parametric_free(&fit);
}

static void
test_refusals(void)
{
    static const double LEFT[] = { 28, 56 }, RIGHT[] = { 56, 84 };
    imr_reconstitution_parametric_t fit;
    imr_reconstitution_between_t at;
    imr_fault_t fault;

    CHECK(fit_parametric(&fit, LEFT, RIGHT, NULL, 2, IMR_UNSEEN_UNKNOWN, IMR_APLASIA_WEIBULL, NULL)
        == IMR_OK);
    CHECK(imr_reconstitution_profile_share(&at, &fit, NAN, 1.9, NULL, &fault) == IMR_ERR_NONFINITE);
    CHECK(imr_reconstitution_profile_share(&at, &fit, -1, 1.9, NULL, &fault) == IMR_ERR_NEGATIVE);
    CHECK(strcmp(fault.argument, "times") == 0);
    CHECK(imr_reconstitution_profile_quantile(&at, &fit, 1, 1.9, NULL, &fault)
        == IMR_ERR_PROBABILITY);
    imr_reconstitution_parametric_free(&fit);
}

/* A call that is stopped says so. */
static void
test_stops(void)
{
    static const double LEFT[] = { 28, 56, 28, 84 }, RIGHT[] = { 56, 84, INFINITY, 112 },
                        COMPETING[] = { INFINITY, INFINITY, 40, INFINITY };
    imr_reconstitution_parametric_t fit;
    imr_reconstitution_between_t at;

    CHECK(fit_parametric(
              &fit, LEFT, RIGHT, COMPETING, 4, IMR_UNSEEN_UNKNOWN, IMR_APLASIA_WEIBULL, NULL)
        == IMR_OK);
    STOP_AT_EACH_QUESTION(
        imr_reconstitution_profile_share(&at, &fit, 70, 1.9, &sweep.stop, NULL), (void) 0);
    STOP_AT_EACH_QUESTION(
        imr_reconstitution_profile_quantile(&at, &fit, 0.5, 1.9, &sweep.stop, NULL), (void) 0);
    imr_reconstitution_parametric_free(&fit);
}

HARNESS_MAIN({
    RUN(test_stops);
    RUN(test_without_competing_events_they_are_those_of_aplasia);
    RUN(test_limits_of_quantiles_are_those_of_shares);
    RUN(test_nobody_and_all);
    RUN(test_refusals);
})
