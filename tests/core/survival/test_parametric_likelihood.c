#include "survival/parametric_likelihood.h"

#include "parametric_fit.h"

static void
test_score_and_hessian_are_derivatives(void)
{
    double h = 1e-5, up[4], down[4];
    imr_parametric_t self;

    for (int i = 0; i < 7; i++) {
        CHECK(with_column(&self, all[i], 0) == IMR_OK);
        for (size_t j = 0; j < self.d; j++) {
            double high;

            memcpy(self.at, self.estimate, self.d * sizeof(double));
            self.at[j] += 0.05; /* away from the maximum, where the score is not 0 */
            self.at[j] += h;
            CHECK(imr_parametric_evaluate(&self, self.at, &self.here) == IMR_OK);
            high = self.here.loglik;
            memcpy(up, self.here.score, self.d * sizeof(double));
            self.at[j] -= 2 * h;
            CHECK(imr_parametric_evaluate(&self, self.at, &self.here) == IMR_OK);
            high -= self.here.loglik;
            memcpy(down, self.here.score, self.d * sizeof(double));
            self.at[j] += h;
            CHECK(imr_parametric_evaluate(&self, self.at, &self.here) == IMR_OK);
            CHECK(
                fabs(self.here.score[j] - high / (2 * h)) < 1e-7 * (1 + fabs(self.here.score[j])));
            for (size_t c = 0; c < self.d; c++) {
                double bend = self.here.hessian[j * self.d + c];

                CHECK(fabs(bend - (up[c] - down[c]) / (2 * h)) < 1e-5 * (1 + fabs(bend)));
                CHECK(bend == self.here.hessian[c * self.d + j]);
            }
        }
        imr_parametric_free(&self);
    }
}

HARNESS_MAIN({ RUN(test_score_and_hessian_are_derivatives); })
