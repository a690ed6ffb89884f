#include "base/resample.h"

#include <string.h>

/* A word times the product of k bounds, unbiased by Lemire's rejection, yields k independent draws at once
 * (Brackett-Rozinsky and Lemire 2024, "Batched ranged random integer generation"): the high half of
 * word * bound is a draw, the low half is the word for the next bound, and the batch is kept if what is left is not
 * among the 2^32 mod product smallest. Products stay below this, so that few batches are redrawn. */
#define PRODUCT_MAX (UINT32_C(1) << 28)
#define WORDS 64

void
imr_resample_counts(imr_rng_t *rng, size_t n, uint32_t *counts)
{
    uint32_t word[WORDS];
    uint32_t bound = (uint32_t)n, product = bound, excess;
    size_t left = n, batch = 1;

    memset(counts, 0, n * sizeof(*counts));
    if (n == 0) {
        return;
    }
    while (batch < 16 && (uint64_t)product * bound <= PRODUCT_MAX) {
        product *= bound;
        batch++;
    }
    excess = (0 - product) % product;
    while (left > 0) {
        size_t words = (left + batch - 1) / batch;

        words = words < WORDS ? words : WORDS;
        imr_rng_fill32(rng, word, words);
        for (size_t i = 0; i < words; i++) {
            uint32_t draw[16], rest = word[i];
            size_t wanted = left < batch ? left : batch;

            for (size_t j = 0; j < batch; j++) {
                uint64_t x = (uint64_t)rest * bound;

                draw[j] = (uint32_t)(x >> 32);
                rest = (uint32_t)x;
            }
            if (rest < excess) {
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
    for (size_t i = n; i > 1; i--) {
        size_t j = imr_rng_below(rng, (uint32_t)i);
        uint32_t swap = label[i - 1];

        label[i - 1] = label[j];
        label[j] = swap;
    }
}
