#include "recovery/kinetics_model.h"

#include "../harness.h"

static const double THETA[IMR_KINETICS_MODELS][IMR_KINETICS_MOST] = {
    { 4.5, 110, 2.8, 0 },
    { 4.5, 110, 3.2, 0 },
    { 4.5, 4.7, 1.4, 0 },
    { -0.2, 0.035, 0, 0 },
    { 4.5, 0.7, -4.5, 0 },
    { 2, 90, 110, 2.8 },
    { 5, -1.5, 2, -4 },
    { 0.5, -3.5, 60, 0 },
};

static const double ORIGIN = 20;

static void
test_derivatives_are_those_of_the_curve(void)
{
    static const double day[] = { 25, 80, 110, 260 };

    for (int model = 0; model < IMR_KINETICS_MODELS; model++) {
        size_t p = imr_kinetics_unknowns((imr_kinetics_model_t) model);

        for (int in_logs = 0; in_logs < 2; in_logs++) {
            double level[4], slope[4 * IMR_KINETICS_MOST], up[4], down[4];

            imr_kinetics_curve(
                (imr_kinetics_model_t) model, THETA[model], ORIGIN, day, 4, in_logs, level, slope);
            for (size_t c = 0; c < p; c++) {
                double theta[IMR_KINETICS_MOST], step = 1e-6 * (1 + fabs(THETA[model][c]));

                memcpy(theta, THETA[model], sizeof(theta));
                theta[c] += step;
                imr_kinetics_curve(
                    (imr_kinetics_model_t) model, theta, ORIGIN, day, 4, in_logs, up, NULL);
                theta[c] -= 2 * step;
                imr_kinetics_curve(
                    (imr_kinetics_model_t) model, theta, ORIGIN, day, 4, in_logs, down, NULL);
                for (size_t i = 0; i < 4; i++) {
                    double by = slope[i * IMR_KINETICS_MOST + c];

                    if (isfinite(level[i])) {
                        CHECK(fabs((up[i] - down[i]) / (2 * step) - by) <= 1e-5 * (1 + fabs(by)));
                    }
                }
            }
        }
    }
}

static void
test_the_two_scales_agree(void)
{
    const double day = 95;

    for (int model = 0; model < IMR_KINETICS_MODELS; model++) {
        double plain, in_logs;

        imr_kinetics_curve(
            (imr_kinetics_model_t) model, THETA[model], ORIGIN, &day, 1, 0, &plain, NULL);
        imr_kinetics_curve(
            (imr_kinetics_model_t) model, THETA[model], ORIGIN, &day, 1, 1, &in_logs, NULL);
        CHECK_NEAR(log(plain), in_logs, 1e-13);
    }
}

static void
test_a_midpoint_is_half_way(void)
{
    double day = 110, level;

    imr_kinetics_curve(IMR_KINETICS_LOGISTIC, THETA[0], 0, &day, 1, 0, &level, NULL);
    CHECK_NEAR(level, 0.5 * exp(4.5), 1e-14);
    imr_kinetics_curve(IMR_KINETICS_GOMPERTZ, THETA[1], 0, &day, 1, 0, &level, NULL);
    CHECK_NEAR(level, 0.5 * exp(4.5), 1e-14);
    day = exp(4.7);
    imr_kinetics_curve(IMR_KINETICS_EMAX, THETA[2], 0, &day, 1, 0, &level, NULL);
    CHECK_NEAR(level, 0.5 * exp(4.5), 1e-12);
    day = 110;
    imr_kinetics_curve(IMR_KINETICS_LOGISTIC4, THETA[5], 0, &day, 1, 0, &level, NULL);
    CHECK_NEAR(level, 46, 1e-14);
    /* far outside, the tails: log plateau less the distance in scales, and nothing at all */
    day = 110 - 1000 * exp(2.8);
    imr_kinetics_curve(IMR_KINETICS_LOGISTIC, THETA[0], 0, &day, 1, 1, &level, NULL);
    CHECK_NEAR(level, 4.5 - 1000, 1e-12);
    imr_kinetics_curve(IMR_KINETICS_GOMPERTZ, THETA[1], 0, &day, 1, 0, &level, NULL);
    CHECK(level == 0);
    day = 50;
    imr_kinetics_curve(IMR_KINETICS_TURNOVER, THETA[7], 0, &day, 1, 0, &level, NULL);
    CHECK(level == 0);
    imr_kinetics_curve(IMR_KINETICS_TURNOVER, THETA[7], 0, &day, 1, 1, &level, NULL);
    CHECK(level == -INFINITY);
}

static const imr_kinetics_slot_t *
slot_of(int model, imr_kinetics_quantity_t quantity)
{
    size_t count;
    const imr_kinetics_slot_t *slots = imr_kinetics_slots((imr_kinetics_model_t) model, &count);

    for (size_t s = 0; s < count; s++) {
        if (slots[s].quantity == quantity) {
            return &slots[s];
        }
    }
    return NULL;
}

static void
test_a_curve_crosses_on_its_crossing_day(void)
{
    for (int model = 0; model < IMR_KINETICS_MODELS; model++) {
        const imr_kinetics_slot_t *slot = slot_of(model, IMR_KINETICS_CROSSING_DAY);
        imr_kinetics_model_t of = (imr_kinetics_model_t) model;
        double slope[IMR_KINETICS_MOST], back[IMR_KINETICS_MOST], phi[IMR_KINETICS_MOST], day,
            level;
        size_t p = imr_kinetics_unknowns(of);

        CHECK((slot == NULL) == (of == IMR_KINETICS_BIEXPONENTIAL));
        if (slot == NULL) {
            memcpy(phi, THETA[model], sizeof(phi));
            CHECK(!imr_kinetics_to_theta(of, IMR_COORDINATES_CROSSING, 10, ORIGIN, phi, slope));
            continue;
        }
        day = imr_kinetics_coordinate(of, slot, 10, ORIGIN, THETA[model], slope);
        imr_kinetics_curve(of, THETA[model], ORIGIN, &day, 1, 0, &level, NULL);
        CHECK_NEAR(level, 10, 1e-11);
        /* and back, with derivatives that are each other's inverse */
        memcpy(phi, THETA[model], sizeof(phi));
        phi[slot->coordinate] = day;
        CHECK(imr_kinetics_to_theta(of, slot->coordinates, 10, ORIGIN, phi, back));
        CHECK_NEAR(phi[slot->coordinate], THETA[model][slot->coordinate], 1e-11);
        for (size_t c = 0; c < p; c++) {
            double theta[IMR_KINETICS_MOST], unused[IMR_KINETICS_MOST], up, down;
            double step = 1e-6 * (1 + fabs(THETA[model][c]));

            memcpy(theta, THETA[model], sizeof(theta));
            theta[c] += step;
            up = imr_kinetics_coordinate(of, slot, 10, ORIGIN, theta, unused);
            theta[c] -= 2 * step;
            down = imr_kinetics_coordinate(of, slot, 10, ORIGIN, theta, unused);
            CHECK(fabs((up - down) / (2 * step) - slope[c]) <= 1e-5 * (1 + fabs(slope[c])));
        }
    }
}

static void
test_a_curve_below_the_threshold_never_crosses(void)
{
    for (int model = 0; model < IMR_KINETICS_MODELS; model++) {
        const imr_kinetics_slot_t *slot = slot_of(model, IMR_KINETICS_CROSSING_DAY);
        double slope[IMR_KINETICS_MOST];

        if (slot != NULL && model != IMR_KINETICS_EXPONENTIAL) {
            CHECK(imr_kinetics_coordinate(
                      (imr_kinetics_model_t) model, slot, 1000, ORIGIN, THETA[model], slope)
                == INFINITY);
        }
    }
}

static void
test_the_plateau_of_a_turnover_is_influx_over_loss(void)
{
    const imr_kinetics_slot_t *slot = slot_of(IMR_KINETICS_TURNOVER, IMR_KINETICS_PLATEAU);
    double slope[IMR_KINETICS_MOST], phi[IMR_KINETICS_MOST] = { 4, -3.5, 60 };

    CHECK_NEAR(imr_kinetics_coordinate(
                   IMR_KINETICS_TURNOVER, slot, NAN, 0, THETA[IMR_KINETICS_TURNOVER], slope),
        4, 1e-15);
    CHECK(slope[0] == 1 && slope[1] == -1 && slope[2] == 0);
    CHECK(imr_kinetics_to_theta(IMR_KINETICS_TURNOVER, slot->coordinates, NAN, 0, phi, slope));
    CHECK_NEAR(phi[0], 0.5, 1e-15);
    CHECK(slope[0] == 1 && slope[1] == 1);
}

HARNESS_MAIN({
    RUN(test_derivatives_are_those_of_the_curve);
    RUN(test_the_two_scales_agree);
    RUN(test_a_midpoint_is_half_way);
    RUN(test_a_curve_crosses_on_its_crossing_day);
    RUN(test_a_curve_below_the_threshold_never_crosses);
    RUN(test_the_plateau_of_a_turnover_is_influx_over_loss);
})
