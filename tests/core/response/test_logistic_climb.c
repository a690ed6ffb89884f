#include "response/logistic_climb.h"

#include "../harness.h"

enum { N = 6, P = 2 };

/* Three patients of two groups: the model that a climb needs, without a fit. */
static void
set_up(imr_logistic_t *model, double *block, const double *sign)
{
    memset(model, 0, sizeof(*model));
    model->n = N;
    model->p = P;
    model->triangle = block;
    model->design = model->triangle + P * P;
    model->basis = model->design + N * P;
    model->sign = model->basis + N * P;
    model->work = model->sign + N;
    for (int i = 0; i < N; i++) {
        model->design[i] = 1;
        model->design[N + i] = i < 3;
        model->sign[i] = sign[i];
    }
}

static void
test_the_basis_is_orthonormal_and_makes_the_design(void)
{
    double block[200], sign[N] = { 1, 1, -1, 1, -1, -1 };
    imr_logistic_t model;

    set_up(&model, block, sign);
    for (size_t last = 0; last < P; last++) {
        CHECK(imr_logistic_orthogonalize(&model, last) == P);
        for (int a = 0; a < P; a++) {
            size_t source = a == P - 1 ? last : 1 - last;

            for (int b = 0; b < P; b++) {
                double product = 0;

                for (int i = 0; i < N; i++) {
                    product += model.basis[a * N + i] * model.basis[b * N + i];
                }
                CHECK(fabs(product - (a == b)) < 1e-15);
            }
            for (int i = 0; i < N; i++) {
                double sum = 0;

                for (int b = 0; b < P; b++) {
                    sum += model.basis[b * N + i] * model.triangle[b * P + a];
                }
                CHECK(fabs(sum - model.design[source * N + (size_t) i]) < 1e-15);
            }
        }
    }
    for (int i = 0; i < N; i++) {
        model.design[N + i] = 3;
    }
    CHECK(imr_logistic_orthogonalize(&model, 1) == 1);
}

static void
test_triangles_are_solved_by_hand(void)
{
    double factor[] = { 2, 0, 1, 4 }, b[] = { 2, 9 }, c[] = { 4, 8 };

    imr_logistic_solve(factor, 2, 2, b); /* 2 x = 2, x + 4 y = 9 */
    CHECK_NEAR(b[0], 1, 1e-15);
    CHECK_NEAR(b[1], 2, 1e-15);
    imr_logistic_solve_transposed(factor, 2, 2, c); /* 2 x + y = 4, 4 y = 8 */
    CHECK_NEAR(c[0], 1, 1e-15);
    CHECK_NEAR(c[1], 2, 1e-15);
}

static void
test_a_climb_ends_at_the_log_odds_or_says_that_they_separate(void)
{
    double block[200], mixed[N] = { 1, 1, -1, 1, -1, -1 }, apart[N] = { 1, 1, 1, -1, -1, -1 };
    imr_logistic_t model;
    imr_logistic_climb_t climb;
    int separated = 0;

    CHECK(P * P + 2 * N * P + N + (int) imr_logistic_work_size(N, P) <= 200);
    set_up(&model, block, mixed);
    CHECK(imr_logistic_orthogonalize(&model, 1) == P);
    imr_logistic_climb_init(&climb, &model, 0, P);
    climb.coordinates[0] = climb.coordinates[1] = 0;
    CHECK(imr_logistic_climb(&climb, &separated) == IMR_OK && !separated);
    /* 2 of 3 against 1 of 3 */
    CHECK_NEAR(climb.coordinates[1] / model.triangle[3], log(4), 1e-9);
    CHECK_NEAR(climb.loglik, 4 * log(2.0 / 3) + 2 * log(1.0 / 3), 1e-13);
    set_up(&model, block, apart);
    CHECK(imr_logistic_orthogonalize(&model, 1) == P);
    imr_logistic_climb_init(&climb, &model, 0, P);
    climb.coordinates[0] = climb.coordinates[1] = 0;
    CHECK(imr_logistic_climb(&climb, &separated) == IMR_OK && separated);
}

HARNESS_MAIN({
    RUN(test_the_basis_is_orthonormal_and_makes_the_design);
    RUN(test_triangles_are_solved_by_hand);
    RUN(test_a_climb_ends_at_the_log_odds_or_says_that_they_separate);
})
