#include "survival/parametric_climb.h"

#include "parametric_fit.h"

static double
logit_at(const imr_parametric_t *self, const imr_hold_t *hold)
{
    imr_local_t local = imr_parametric_local(
        self, self->at, imr_parametric_location(self, self->at, hold->covariates));
    imr_term_t term;

    imr_parametric_logit(&local, hold->time, &term);
    return term.value;
}

/* What is held is so at the end, and nothing beside it that is held too has a higher likelihood. */
static void
test_holds(void)
{
    double x = 0.7;
    imr_parametric_t self;

    for (int i = 0; i < 7; i++) {
        for (int cure = 0; cure < (all[i] == IMR_GOMPERTZ || all[i] == IMR_GENGAMMA ? 1 : 2);
            cure++) {
            CHECK(with_column(&self, all[i], cure) == IMR_OK);
            for (double value = -1.5; value <= 1.5; value += 0.75) {
                imr_hold_t hold = { .kind = IMR_HOLD_SURVIVAL,
                    .value = value,
                    .covariates = &x,
                    .time = all[i] == IMR_GOMPERTZ ? 0.4 : 3.2 };
                double best;

                memcpy(self.at, self.estimate, self.d * sizeof(double));
                CHECK(imr_parametric_climb(&self, &hold, 1e-16) == IMR_OK);
                best = self.here.loglik;
                CHECK(fabs(logit_at(&self, &hold) - value) < 1e-8);
                CHECK(best <= self.loglik - self.constant + 1e-10);
                for (size_t j = 1; j < self.d; j++) {
                    imr_hold_t other = hold;

                    if (self.at[j] < IMR_NO_CURE) {
                        continue;
                    }
                    self.at[j] += 0.01;
                    CHECK(imr_parametric_climb(&self, &other, 1e-16) == IMR_OK);
                    CHECK(fabs(self.here.loglik - best) < 1e-9);
                }
            }
            imr_parametric_free(&self);
        }
    }
}

static void
test_a_held_location_and_a_held_parameter(void)
{
    double x = -0.4;
    imr_hold_t location = { .kind = IMR_HOLD_LOCATION, .value = 3, .covariates = &x };
    imr_hold_t scale = { .kind = IMR_HOLD_PARAMETER, .parameter = 2 };
    imr_parametric_t self;

    CHECK(with_column(&self, IMR_WEIBULL, 0) == IMR_OK);
    CHECK(
        imr_parametric_place(&self, IMR_SCALE) == 2 && imr_parametric_place(&self, IMR_CURE) == 3);
    CHECK(imr_parametric_climb(&self, &location, 1e-16) == IMR_OK);
    CHECK_NEAR(imr_parametric_location(&self, self.at, &x), 3, 1e-14);
    self.at[2] = 0.2;
    CHECK(imr_parametric_climb(&self, &scale, 1e-16) == IMR_OK);
    CHECK(self.at[2] == 0.2 && fabs(self.here.score[0]) + fabs(self.here.score[1]) < 1e-7);
    imr_parametric_free(&self);
}

static void
test_no_location_below_the_cured(void)
{
    imr_local_t local = { .distribution = IMR_WEIBULL, .cure = 1, .at = { 1, 0, 0, 0 } };

    imr_local_settle(&local);
    CHECK(imr_parametric_solve_location(&local, 1, 0.1));
    CHECK_NEAR(exp(-exp(1 - local.at[IMR_LOCATION])), (1 / (1 + exp(-0.1)) - 0.5) / 0.5, 1e-12);
    CHECK(!imr_parametric_solve_location(&local, 1, -0.1));
}

HARNESS_MAIN({
    RUN(test_holds);
    RUN(test_a_held_location_and_a_held_parameter);
    RUN(test_no_location_below_the_cured);
})
