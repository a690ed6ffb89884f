#include "base/resample.h"

#include "../harness.h"

static const uint64_t seed[2] = { 20261105, 8 };

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
test_a_resample_has_as_many_rows_as_the_data(void)
{
    const size_t sizes[] = { 0, 1, 2, 3, 7, 15, 16, 17, 100, 645, 646, 1000, 16384, 16385, 100000 };
    imr_rng_t rng;

    imr_rng_init(&rng, seed, 0);
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        size_t n = sizes[s], sum = 0;
        uint32_t *counts = malloc(4 * n + 4);

        counts[n] = 12345;
        imr_resample_counts(&rng, n, counts);
        for (size_t i = 0; i < n; i++) {
            sum += counts[i];
        }
        CHECK(sum == n);
        CHECK(counts[n] == 12345);
        free(counts);
    }
}

/* The number of rows not drawn at all, and the count of each row, have the mean and variance of
 * the multinomial: P(row not drawn) = (1 - 1/n)^n. */
static void
test_counts_are_multinomial(void)
{
    const size_t sizes[] = { 2, 3, 15, 210, 3000 };

    for (size_t s = 0; s < 5; s++) {
        size_t n = sizes[s], repeats = 60000 / n, drawn[15] = { 0 };
        uint32_t *counts = malloc(4 * n);
        double missing = 0, p0 = pow(1 - 1 / (double) n, (double) n);
        double p00 = pow(1 - 2 / (double) n, (double) n), m = (double) n;
        double variance = m * p0 + m * (m - 1) * p00 - m * m * p0 * p0;

        for (size_t b = 0; b < repeats; b++) {
            imr_rng_t rng;

            imr_rng_init(&rng, seed, (uint32_t) b);
            imr_resample_counts(&rng, n, counts);
            for (size_t i = 0; i < n; i++) {
                missing += counts[i] == 0;
                drawn[i * 15 / n] += counts[i];
            }
        }
        CHECK(fabs(missing / (double) repeats - m * p0)
            < 4 * sqrt(variance / (double) repeats) + 1e-12);
        if (n >= 15) {
            /* 15 equal blocks of rows */
            CHECK(chi_squared(drawn, 15, repeats * n) < 36.1); /* qchisq(0.999, 14) */
        }
        free(counts);
    }
}

/* All 27 ways to draw 3 times of 3 rows, by their counts: 1 of 27 each for (3,0,0), 3 of 27 for
 * (2,1,0), 6 of 27 for (1,1,1). */
static void
test_three_draws_of_three_have_their_exact_chances(void)
{
    const double ways[4] = { 0, 6, 18, 3 }; /* by largest count */
    size_t seen[4] = { 0 }, n = 54000;
    double sum = 0;
    imr_rng_t rng;

    imr_rng_init(&rng, seed, 1);
    for (size_t b = 0; b < n; b++) {
        uint32_t c[3];
        uint32_t most;

        imr_resample_counts(&rng, 3, c);
        most = c[0] > c[1] ? c[0] : c[1];
        seen[most > c[2] ? most : c[2]]++;
    }
    for (int k = 1; k <= 3; k++) {
        double expected = (double) n * ways[k] / 27;

        sum += pow((double) seen[k] - expected, 2) / expected;
    }
    CHECK(sum < 13.8); /* qchisq(0.999, 2) */
}

static void
test_a_stream_gives_its_resample_whatever_ran_before(void)
{
    uint32_t first[20], again[20];
    imr_rng_t rng;

    imr_rng_init(&rng, seed, 41);
    imr_resample_counts(&rng, 20, first);
    imr_rng_init(&rng, seed, 40);
    imr_resample_counts(&rng, 20, again);
    CHECK(memcmp(first, again, sizeof(first)) != 0);
    imr_rng_init(&rng, seed, 41);
    imr_resample_counts(&rng, 20, again);
    CHECK(memcmp(first, again, sizeof(first)) == 0);
}

static void
test_all_orders_of_four_are_equally_frequent(void)
{
    size_t seen[256] = { 0 }, count[24], orders = 0, n = 48000;
    imr_rng_t rng;

    imr_rng_init(&rng, seed, 2);
    for (size_t b = 0; b < n; b++) {
        uint32_t label[4] = { 0, 1, 2, 3 };

        imr_shuffle(&rng, label, 4);
        seen[label[0] << 6 | label[1] << 4 | label[2] << 2 | label[3]]++;
    }
    for (size_t i = 0; i < 256; i++) {
        if (seen[i] > 0) {
            CHECK(orders < 24);
            count[orders++ % 24] = seen[i];
        }
    }
    CHECK(orders == 24);
    CHECK(chi_squared(count, 24, n) < 49.7); /* qchisq(0.999, 23) */
}

static void
test_a_shuffle_keeps_the_labels_and_moves_each_anywhere(void)
{
    const size_t sizes[] = { 0, 1, 2, 12, 13, 40, 20000 };
    imr_rng_t rng;

    imr_rng_init(&rng, seed, 3);
    for (size_t s = 0; s < 7; s++) {
        size_t n = sizes[s], wrong = 0;
        uint32_t *label = malloc(4 * n + 4);
        unsigned char *seen = calloc(n + 1, 1);

        for (size_t i = 0; i <= n; i++) {
            label[i] = (uint32_t) i;
        }
        imr_shuffle(&rng, label, n);
        CHECK(label[n] == n);
        for (size_t i = 0; i < n; i++) {
            wrong += seen[label[i]]++;
        }
        CHECK(wrong == 0);
        free(label);
        free(seen);
    }
    {
        size_t place[40 * 40] = { 0 };

        for (size_t b = 0; b < 20000; b++) {
            uint32_t label[40];

            for (uint32_t i = 0; i < 40; i++) {
                label[i] = i;
            }
            imr_shuffle(&rng, label, 40);
            for (size_t i = 0; i < 40; i++) {
                place[i * 40 + label[i]]++;
            }
        }
        /* 39^2 degrees of freedom, counts of a doubly stochastic table: qchisq(0.999, 1521) */
        CHECK(chi_squared(place, 1600, 800000) * 39 / 40 < 1697);
    }
}

/* A batch of draws is thrown away if the word left at the end is too small. 0 leaves 0, which
 * always is: 2^32 is a multiple neither of 15^7 nor of 24 * 23 * 22 * 21 * 20 * 19. */
static void
test_the_excess_words_are_drawn_again(void)
{
    imr_rng_t with, without;
    uint32_t counts[2][15], label[2][24];

    for (int call = 0; call < 2; call++) {
        imr_rng_init(&with, seed, 4);
        imr_rng_refill(&with);
        without = with;
        without.left = 3; /* without its first word, which is 0 in the other */
        with.word[0] = 0;
        if (call == 0) {
            imr_resample_counts(&with, 15, counts[0]);
            imr_resample_counts(&without, 15, counts[1]);
            CHECK(memcmp(counts[0], counts[1], sizeof(counts[0])) == 0);
        } else {
            for (uint32_t i = 0; i < 24; i++) {
                label[0][i] = label[1][i] = i;
            }
            imr_shuffle(&with, label[0], 24);
            imr_shuffle(&without, label[1], 24);
            CHECK(memcmp(label[0], label[1], sizeof(label[0])) == 0);
        }
    }
}

HARNESS_MAIN({
    RUN(test_a_resample_has_as_many_rows_as_the_data);
    RUN(test_counts_are_multinomial);
    RUN(test_three_draws_of_three_have_their_exact_chances);
    RUN(test_a_stream_gives_its_resample_whatever_ran_before);
    RUN(test_all_orders_of_four_are_equally_frequent);
    RUN(test_the_excess_words_are_drawn_again);
    RUN(test_a_shuffle_keeps_the_labels_and_moves_each_anywhere);
})
