#include "base/rng.h"

#include <gsl/gsl_randist.h>

#include "../harness.h"

static const uint64_t seed[2] = { 20261105, 7 };

/* Known answers of the authors' library Random123 (kat_vectors, philox4x32 10). */
static void
test_known_answers(void)
{
    const uint32_t input[3][6] = { { 0 },
        { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
        { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0 } };
    const uint32_t expected[3][4] = { { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 },
        { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd },
        { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } };

    for (int i = 0; i < 3; i++) {
        uint32_t word[4];

        imr_philox(input[i], input[i] + 4, word);
        CHECK(memcmp(word, expected[i], sizeof(word)) == 0);
    }
}

static void
test_seed_stream_and_block_make_the_counter(void)
{
    /* the third known answer, with block 0 for its block 0x243f6a88 */
    const uint64_t key[2] = { 0x299f31d0a4093822, 0x0370734413198a2e };
    const uint32_t counter[2][4] = { { 0, 0x85a308d3, 0x13198a2e, 0x03707344 },
        { 1, 0x85a308d3, 0x13198a2e, 0x03707344 } };
    const uint32_t philox_key[2] = { 0xa4093822, 0x299f31d0 };
    imr_rng_t rng;

    imr_rng_init(&rng, key, 0x85a308d3);
    for (int block = 0; block < 2; block++) {
        uint32_t word[4];

        imr_philox(counter[block], philox_key, word);
        for (int i = 0; i < 4; i++) {
            CHECK(imr_rng_next32(&rng) == word[i]);
        }
    }
}

static void
test_a_fill_is_the_same_as_single_words(void)
{
    for (size_t skip = 0; skip < 6; skip++) {
        for (size_t n = 0; n < 15; n++) {
            imr_rng_t one, many;
            uint32_t word[15];

            imr_rng_init(&one, seed, 3);
            for (size_t i = 0; i < skip; i++) {
                imr_rng_next32(&one);
            }
            many = one;
            imr_rng_fill32(&many, word, n);
            for (size_t i = 0; i < n; i++) {
                CHECK(word[i] == imr_rng_next32(&one));
            }
            CHECK(imr_rng_next32(&many) == imr_rng_next32(&one));
        }
    }
}

static void
test_64_bits_are_two_words(void)
{
    const uint64_t zero[2] = { 0, 0 };
    imr_rng_t rng;

    imr_rng_init(&rng, zero, 0);
    CHECK(imr_rng_next64(&rng) == 0xe169c58d6627e8d5);
    CHECK(imr_rng_next64(&rng) == 0x9b00dbd8bc57ac4c);
}

/* Chi-squared of counts that should be equal. */
static double
chi_squared(const size_t *count, size_t cells, size_t draws)
{
    double expected = (double) draws / (double) cells, sum = 0;

    for (size_t i = 0; i < cells; i++) {
        sum += pow((double) count[i] - expected, 2) / expected;
    }
    return sum;
}

static void
test_uniforms_are_uniform_and_inside(void)
{
    size_t count[100] = { 0 }, pair[64] = { 0 };
    imr_rng_t rng;
    double least = 1, most = 0, last = 0;

    imr_rng_init(&rng, seed, 0);
    for (size_t i = 0; i < 200000; i++) {
        double u = imr_rng_uniform(&rng);

        least = u < least ? u : least;
        most = u > most ? u : most;
        count[(size_t) (u * 100)]++;
        if (i % 2 == 1) {
            pair[(size_t) (last * 8) * 8 + (size_t) (u * 8)]++;
        }
        last = u;
    }
    CHECK(least > 0 && most < 1);
    /* qchisq(c(0.001, 0.999), 99) and of 63 degrees of freedom, R 4.2.2 */
    CHECK(chi_squared(count, 100, 200000) > 61.1 && chi_squared(count, 100, 200000) < 148.2);
    CHECK(chi_squared(pair, 64, 100000) > 33.9 && chi_squared(pair, 64, 100000) < 103.4);
}

static void
test_streams_do_not_repeat_each_other(void)
{
    size_t count[100] = { 0 };

    for (uint32_t stream = 0; stream < 50000; stream++) {
        imr_rng_t rng;

        imr_rng_init(&rng, seed, stream);
        count[(size_t) (imr_rng_uniform(&rng) * 100)]++;
    }
    CHECK(chi_squared(count, 100, 50000) > 61.1 && chi_squared(count, 100, 50000) < 148.2);
}

static void
test_below_is_unbiased(void)
{
    /* Without rejection each four words make three numbers below 3 * 2^30, of which the one
     * divisible by 3 comes twice: the residues would have chances 1/2, 1/4, 1/4. */
    const uint32_t large = 3u << 30;
    size_t count[3] = { 0 }, face[6] = { 0 };
    imr_rng_t rng;

    imr_rng_init(&rng, seed, 1);
    for (size_t i = 0; i < 60000; i++) {
        uint32_t x = imr_rng_below(&rng, large), y = imr_rng_below(&rng, 6);

        CHECK(x < large && y < 6);
        count[x % 3]++;
        face[y]++;
        CHECK(imr_rng_below(&rng, 1) == 0);
    }
    /* qchisq(0.999, c(2, 5)) is 13.8 and 20.5 */
    CHECK(chi_squared(count, 3, 60000) < 13.8);
    CHECK(chi_squared(face, 6, 60000) < 20.5);
}

static void
test_normals_are_normal(void)
{
    /* qnorm(1:9 / 10) to 6 digits, R 4.2.2 */
    const double decile[9] = { -1.281552, -0.841621, -0.524401, -0.253347, 0, 0.253347, 0.524401,
        0.841621, 1.281552 };
    size_t count[10] = { 0 }, n = 100000;
    double product = 0, last = 0, square = 0;
    imr_rng_t rng;

    imr_rng_init(&rng, seed, 2);
    for (size_t i = 0; i < n; i++) {
        double z = imr_rng_normal(&rng);
        size_t cell = 0;

        while (cell < 9 && z > decile[cell]) {
            cell++;
        }
        count[cell]++;
        square += z * z;
        product += last * z;
        last = z;
    }
    CHECK(chi_squared(count, 10, n) < 27.9); /* qchisq(0.999, 9) */
    /* four standard deviations of a mean of z^2 and of the products of neighbours */
    CHECK(fabs(square / (double) n - 1) < 4 * sqrt(2 / (double) n));
    CHECK(fabs(product / (double) n) < 4 * sqrt(1 / (double) n));
}

static void
test_gsl_draws_from_the_stream(void)
{
    imr_rng_t rng, twin;
    gsl_rng view;
    double mean = 0;

    imr_rng_init(&rng, seed, 4);
    twin = rng;
    view = imr_rng_gsl(&rng);
    CHECK(gsl_rng_get(&view) == imr_rng_next32(&twin));
    CHECK(gsl_rng_uniform(&view) == (double) (imr_rng_next64(&twin) >> 11) * 0x1p-53);
    CHECK(imr_rng_next32(&rng) == imr_rng_next32(&twin));
    CHECK(gsl_rng_min(&view) == 0 && gsl_rng_max(&view) == 0xffffffff);
    for (int i = 0; i < 20000; i++) {
        mean += gsl_ran_binomial(&view, 0.3, 10) / 20000.0;
    }
    /* mean 3, variance 2.1; four standard deviations */
    CHECK(fabs(mean - 3) < 4 * sqrt(2.1 / 20000));
    gsl_rng_set(&view, 20261105);
    imr_rng_init(&twin, (const uint64_t[2]) { 20261105, 0 }, 0);
    CHECK(gsl_rng_get(&view) == imr_rng_next32(&twin));
}

HARNESS_MAIN({
    RUN(test_known_answers);
    RUN(test_seed_stream_and_block_make_the_counter);
    RUN(test_a_fill_is_the_same_as_single_words);
    RUN(test_64_bits_are_two_words);
    RUN(test_uniforms_are_uniform_and_inside);
    RUN(test_streams_do_not_repeat_each_other);
    RUN(test_below_is_unbiased);
    RUN(test_normals_are_normal);
    RUN(test_gsl_draws_from_the_stream);
})
