#include "base/solve.h"

#include "../harness.h"

typedef struct {
    double at;
    int *calls;
} counted_t;

static double
counted(const void *context)
{
    const counted_t *self = context;

    (*self->calls)++;
    return self->at;
}

static double
cube(double x, const void *context)
{
    double at = counted(context);

    return x * x * x - at;
}

/* A smooth function with its root at `at`, flat or steep. */
static double
exponential(double x, const void *context)
{
    return expm1(30 * (x - counted(context)));
}

static double
ninth_power(double x, const void *context)
{
    double d = x - counted(context);

    return d * d * d * (d * d * d) * (d * d * d);
}

static double
jump(double x, const void *context)
{
    return x < counted(context) ? -1 : 1;
}

static double
infinite_jump(double x, const void *context)
{
    return x < counted(context) ? -INFINITY : 1e-300;
}

/* Tempts interpolation to one end for ever. */
static double
hook(double x, const void *context)
{
    double at = counted(context);

    return x < at ? -1e-300 : exp(700 * (x - at) / (1 + fabs(x)));
}

static double
nan_inside(double x, const void *context)
{
    (void) context;
    return x == 0 ? -1 : x == 1 ? 1 : NAN;
}

static double
minus_one(double x, const void *context)
{
    (void) x;
    (void) context;
    return -1;
}

static double
lower_limit_of_mid_p(double rate, const void *context)
{
    (void) context;
    return 1 - 0.5 * pow(1 - rate, 5) - 0.975;
}

/* The cube root of 2, by hand to 20 digits. */
static void
test_a_smooth_root_takes_few_evaluations(void)
{
    int calls = 0;
    counted_t two = { 2, &calls };
    double x = 0;

    CHECK(imr_solve_bracketed(cube, &two, 0, 2, 0, &x) == IMR_OK);
    CHECK_NEAR(x, 1.2599210498948731648, 2.3e-16);
    CHECK(calls <= 13);
    calls = 0;
    CHECK(imr_solve_bracketed(cube, &two, 2, 0, 1e-6, &x) == IMR_OK);
    CHECK(fabs(x - 1.2599210498948731648) <= 1e-6);
    CHECK(calls <= 10);
}

/* mid-P for 0 of 5: half of (1 - p)^5 is 0.025 at 1 - 0.05^(1/5). */
static void
test_a_limit_to_the_last_digits(void)
{
    double x = 0;

    CHECK(imr_solve_bracketed(lower_limit_of_mid_p, NULL, 0, 1, 0, &x) == IMR_OK);
    CHECK_NEAR(x, -expm1(log(0.05) / 5), 1e-15);
}

static void
test_every_function_ends_at_its_sign_change(void)
{
    static const imr_function_t functions[] = { cube, exponential, ninth_power, jump, infinite_jump,
        hook };
    static const double roots[] = { 0.3, -0.7, 1e-300, 5e-324, 0, -1e-9, 0.9999999999999999 };
    static const double ends[][2] = { { -1, 1 }, { 1, -1 }, { -1e300, 1 }, { -1.7e308, 1.7e308 },
        { -2, 5e17 } };

    for (size_t f = 0; f < sizeof functions / sizeof functions[0]; f++) {
        for (size_t r = 0; r < sizeof roots / sizeof roots[0]; r++) {
            for (size_t e = 0; e < sizeof ends / sizeof ends[0]; e++) {
                int calls = 0;
                counted_t at = { roots[r], &calls };
                double x = NAN, fx;

                CHECK(imr_solve_bracketed(functions[f], &at, ends[e][0], ends[e][1], 0, &x)
                    == IMR_OK);
                CHECK(calls <= 260);
                fx = functions[f](x, &at);
                CHECK(fx == 0 || (fx > 0) != (functions[f](nextafter(x, -INFINITY), &at) > 0)
                    || (fx > 0) != (functions[f](nextafter(x, INFINITY), &at) > 0));
            }
        }
    }
}

static void
test_a_tolerance_is_kept(void)
{
    for (double tolerance = 1; tolerance > 1e-12; tolerance /= 10) {
        int calls = 0;
        counted_t at = { 0.3, &calls };
        double x = NAN;

        CHECK(imr_solve_bracketed(jump, &at, -7, 11, tolerance, &x) == IMR_OK);
        CHECK(fabs(x - 0.3) <= tolerance);
        CHECK(imr_solve_bracketed(exponential, &at, -7, 11, tolerance, &x) == IMR_OK);
        CHECK(fabs(x - 0.3) <= tolerance);
    }
}

static void
test_a_root_at_an_end(void)
{
    int calls = 0;
    counted_t eight = { 8, &calls };
    double x = 0;

    CHECK(imr_solve_bracketed(cube, &eight, 2, 5, 0, &x) == IMR_OK && x == 2);
    CHECK(imr_solve_bracketed(cube, &eight, 1, 2, 0, &x) == IMR_OK && x == 2);
    CHECK(imr_solve_bracketed(cube, &eight, 2, 2, 0, &x) == IMR_OK && x == 2);
}

static void
test_what_cannot_be_solved(void)
{
    int calls = 0;
    counted_t two = { 2, &calls };
    double x = 42;

    CHECK(imr_solve_bracketed(minus_one, NULL, 0, 1, 0, &x) == IMR_ERR_NO_SIGN_CHANGE);
    CHECK(imr_solve_bracketed(cube, &two, 3, 4, 0, &x) == IMR_ERR_NO_SIGN_CHANGE);
    CHECK(imr_solve_bracketed(nan_inside, NULL, 0, 1, 0, &x) == IMR_ERR_NOCONV);
    CHECK(imr_solve_bracketed(nan_inside, NULL, 0, 0.5, 0, &x) == IMR_ERR_NOCONV);
    CHECK(imr_solve_bracketed(cube, &two, NAN, 4, 0, &x) == IMR_ERR_NONFINITE);
    CHECK(imr_solve_bracketed(cube, &two, 0, INFINITY, 0, &x) == IMR_ERR_NONFINITE);
    CHECK(imr_solve_bracketed(cube, &two, 0, 4, NAN, &x) == IMR_ERR_NONFINITE);
    CHECK(imr_solve_bracketed(cube, &two, 0, 4, -1e-9, &x) == IMR_ERR_NEGATIVE);
    CHECK(x == 42);
}

HARNESS_MAIN({
    RUN(test_a_smooth_root_takes_few_evaluations);
    RUN(test_a_limit_to_the_last_digits);
    RUN(test_every_function_ends_at_its_sign_change);
    RUN(test_a_tolerance_is_kept);
    RUN(test_a_root_at_an_end);
    RUN(test_what_cannot_be_solved);
})
