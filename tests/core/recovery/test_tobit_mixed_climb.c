#include "recovery/tobit_mixed_climb.h"

#include "../harness.h"

enum { N = 8, PATIENTS = 4, M = 3 };

static const int64_t PATIENT[N] = { 0, 0, 1, 1, 2, 2, 3, 3 };
static const double ONE[N] = { 1, 1, 1, 1, 1, 1, 1, 1 };

typedef struct {
    imr_tobit_mixed_likelihood_t likelihood;
    double at[M], factor[M * M], work[3 * M];
    imr_tobit_mixed_climb_t climb;
} fixture_t;

static void
begin(fixture_t *self, const double *y, const double *plane)
{
    imr_tobit_mixed_climb_t climb = { .likelihood = &self->likelihood,
        .plane = plane,
        .wanted = 1e-10,
        .at = self->at,
        .factor = self->factor,
        .work = self->work };

    CHECK(
        imr_tobit_mixed_likelihood_init(&self->likelihood, y, y, ONE, PATIENT, N, 1, PATIENTS, NULL)
        == IMR_OK);
    self->climb = climb;
    self->at[0] = 0;
    self->at[1] = 1;
    self->at[2] = 0;
}

/* Pairs with means -2, 0, 1, 1 and differences 1, 1, 2, 2: balanced analysis of variance has a closed
 * form by maximum likelihood, sd^2 = SSW / (N - PATIENTS), sd^2 + 2 patient_sd^2 = SSB / PATIENTS. */
static const double Y[N] = { -2.5, -1.5, -0.5, 0.5, 0, 2, 0, 2 };

static void
test_balanced_pairs_have_a_closed_form(void)
{
    fixture_t self;
    double within = (0.5 + 0.5 + 2 + 2) / 4, between = 2 * (4 + 0 + 1 + 1) / 4.0;

    begin(&self, Y, NULL);
    CHECK(imr_tobit_mixed_climb(&self.climb) == IMR_OK);
    CHECK(fabs(self.at[0]) < 1e-9); /* the mean is 0 */
    CHECK_NEAR(1 / self.at[1], sqrt(within), 1e-9);
    CHECK_NEAR(fabs(self.at[2]) / self.at[1], sqrt((between - within) / 2), 1e-9);
    CHECK(self.climb.score_norm < 1e-6 && self.climb.pull == 0 && self.climb.iterations > 2);
    imr_tobit_mixed_likelihood_free(&self.likelihood);
}

/* On a plane one quantity stays, and the pull is the slope of the height in it. */
static void
test_a_plane_is_kept(void)
{
    static const double ratio[M] = { 0, 0, 1 }, mean[M] = { 1, -0.5, 0 };
    double height[2], pull = 0;
    fixture_t self;

    for (int i = 0; i < 3; i++) { /* rho at 0.5 - 1e-4, 0.5 + 1e-4 and 0.5 */
        begin(&self, Y, ratio);
        self.at[2] = 0.5 + (i == 2 ? 0 : i == 1 ? 1e-4 : -1e-4);
        CHECK(imr_tobit_mixed_climb(&self.climb) == IMR_OK);
        CHECK(self.at[2] == 0.5 + (i == 2 ? 0 : i == 1 ? 1e-4 : -1e-4));
        pull = self.climb.pull;
        if (i < 2) {
            height[i] = self.climb.loglik;
        }
        imr_tobit_mixed_likelihood_free(&self.likelihood);
    }
    CHECK_NEAR((height[1] - height[0]) / 2e-4, pull, 1e-6);
    begin(&self, Y, mean); /* the mean at 0.5: the sum of squares between is 2 (6 + 4 * 0.25) */
    self.at[0] = 0.5;
    CHECK(imr_tobit_mixed_climb(&self.climb) == IMR_OK);
    CHECK_NEAR(self.at[0] / self.at[1], 0.5, 1e-12);
    CHECK_NEAR(1 / self.at[1], sqrt(1.25), 1e-8);
    CHECK_NEAR(fabs(self.at[2]) / self.at[1], sqrt((2 * 7 / 4.0 - 1.25) / 2), 1e-8);
    imr_tobit_mixed_likelihood_free(&self.likelihood);
}

static void
test_it_stays_at_0_where_patients_do_not_differ(void)
{
    static const double y[N] = { -1, 1, -2, 2, -1, 1, -2, 2 };
    fixture_t self;

    for (int i = 0; i < 2; i++) {
        begin(&self, y, NULL);
        self.at[2] = i;
        CHECK(imr_tobit_mixed_climb(&self.climb) == IMR_OK);
        CHECK(fabs(self.at[2]) < 1e-6);
        CHECK_NEAR(1 / self.at[1], sqrt(2.5), 1e-9);
        imr_tobit_mixed_likelihood_free(&self.likelihood);
    }
}

static void
test_it_says_where_there_is_no_summit(void)
{
    static const double y[N] = { -1, -1, 0, 0, 2, 2, 3, 3 };
    fixture_t self;

    begin(&self, y, NULL);
    CHECK(imr_tobit_mixed_climb(&self.climb) == IMR_ERR_TOBIT_MIXED_RIGID);
    CHECK(fabs(self.at[2]) > IMR_TOBIT_MIXED_MOST);
    self.at[1] = -1;
    CHECK(imr_tobit_mixed_climb(&self.climb) == IMR_ERR_NOCONV);
    imr_tobit_mixed_likelihood_free(&self.likelihood);
}

HARNESS_MAIN({
    RUN(test_balanced_pairs_have_a_closed_form);
    RUN(test_a_plane_is_kept);
    RUN(test_it_stays_at_0_where_patients_do_not_differ);
    RUN(test_it_says_where_there_is_no_summit);
})
