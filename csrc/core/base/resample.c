#include "base/resample.h"

#include <string.h>

/* Several draws out of one word of 32 bits (Brackett-Rozinsky and Lemire 2024, "Batched ranged
 * random integer generation"): the high half of word * bound is a draw, the low half is the word
 * for the next bound. All draws together are exactly uniform if the word left at the end is not
 * among the 2^32 mod product smallest; otherwise the batch is drawn again. Products stay below
 * PRODUCT_MAX, so that this is rare, unless a single bound is above it. */
#define PRODUCT_MAX (UINT32_C(1) << 28)
#define BATCH_MAX 16
#define WORDS 64

static inline uint32_t
draw_below(uint32_t *word, uint32_t bound)
{
    uint64_t x = (uint64_t) *word * bound;

    *word = (uint32_t) x;
    return (uint32_t) (x >> 32);
}

void
imr_resample_counts(imr_rng_t *rng, size_t n, uint32_t *counts)
{
    imr_resample_some(rng, n, n, counts);
}

void
imr_resample_some(imr_rng_t *rng, size_t draws, size_t n, uint32_t *counts)
{
    uint32_t word[WORDS];
    uint32_t bound = (uint32_t) n, product = bound, excess;
    size_t left = draws, batch = 1;

    if (n == 0) {
        return;
    }
    memset(counts, 0, n * sizeof(*counts));
    while (batch < BATCH_MAX && (uint64_t) product * bound <= PRODUCT_MAX) {
        product *= bound;
        batch++;
    }
    excess = (0 - product) % product;
    while (left > 0) {
        size_t words = (left + batch - 1) / batch;

        words = words < WORDS ? words : WORDS;
        imr_rng_fill32(rng, word, words);
        for (size_t i = 0; i < words; i++) {
            uint32_t draw[BATCH_MAX];
            size_t wanted = left < batch ? left : batch;

            for (size_t j = 0; j < batch; j++) {
                draw[j] = draw_below(&word[i], bound);
            }
            if (word[i] < excess) {
                continue;
            }
            for (size_t j = 0; j < wanted; j++) {
                counts[draw[j]]++;
            }
            left -= wanted;
        }
    }
}

void
imr_shuffle(imr_rng_t *rng, uint32_t *label, size_t n)
{
    while (n > 1) {
        size_t batch = 1, batch_max = n - 1 < BATCH_MAX ? n - 1 : BATCH_MAX;
        uint32_t draw[BATCH_MAX], word, product = (uint32_t) n;

        while (batch < batch_max && (uint64_t) product * (n - batch) <= PRODUCT_MAX) {
            product *= (uint32_t) (n - batch);
            batch++;
        }
        do {
            word = imr_rng_next32(rng);
            for (size_t j = 0; j < batch; j++) {
                draw[j] = draw_below(&word, (uint32_t) (n - j));
            }
        } while (word < product && word < (0 - product) % product);
        for (size_t j = 0; j < batch; j++) {
            uint32_t last = label[--n];

            label[n] = label[draw[j]];
            label[draw[j]] = last;
        }
    }
}
