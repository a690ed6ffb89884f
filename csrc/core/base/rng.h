/* Random numbers without state outside the caller's: Philox4x32-10 (Salmon, Moraes, Dror and Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3", SC11), a bijection of counter and key. Stream i
 * is there at once for each i, so replicate i draws from stream i whichever thread runs it. */
#ifndef IMR_RNG_H
#define IMR_RNG_H

#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_rng.h>

typedef struct {
    uint32_t key[2];
    uint32_t counter[4]; /* of the next block: block, stream, and the second half of the seed */
    uint32_t word[4]; /* the last block */
    uint32_t left; /* how many words of it are unused */
    int has_spare;
    double spare; /* the other normal of the last pair */
} imr_rng_t;

/* One block: 128 bits out of a counter of 128 and a key of 64. */
void imr_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t word[4]);

/* The start of a stream. key holds 128 bits of seed. A stream has 2^34 words of 32 bits, then
 * repeats. */
void imr_rng_init(imr_rng_t *self, const uint64_t key[2], uint32_t stream);

/* The next n words, the same as n calls of imr_rng_next32. */
void imr_rng_fill32(imr_rng_t *self, uint32_t *word, size_t n);
void imr_rng_refill(imr_rng_t *self);

static inline uint32_t
imr_rng_next32(imr_rng_t *self)
{
    if (self->left == 0) {
        imr_rng_refill(self);
    }
    return self->word[4 - self->left--];
}

/* Two words, the low one first. */
static inline uint64_t
imr_rng_next64(imr_rng_t *self)
{
    uint64_t low = imr_rng_next32(self);

    return low | (uint64_t) imr_rng_next32(self) << 32;
}

/* On a grid of 2^52 points, 0 and 1 excluded: from 2^-53 to 1 - 2^-53. */
static inline double
imr_rng_uniform(imr_rng_t *self)
{
    return ((double) (imr_rng_next64(self) >> 12) + 0.5) * 0x1p-52;
}

/* 0 to bound - 1 with exactly equal chances; bound > 0. */
static inline uint32_t
imr_rng_below(imr_rng_t *self, uint32_t bound)
{
    uint64_t product = (uint64_t) imr_rng_next32(self) * bound;

    /* Lemire 2019: the 2^32 mod bound smallest fractions are one too many */
    if ((uint32_t) product < bound) {
        uint32_t excess = (0 - bound) % bound;

        while ((uint32_t) product < excess) {
            product = (uint64_t) imr_rng_next32(self) * bound;
        }
    }
    return (uint32_t) (product >> 32);
}

/* Standard normal (Marsaglia's polar method; variates come in pairs). */
double imr_rng_normal(imr_rng_t *self);

/* A view of the stream for gsl_ran_*, on the caller's stack: gsl_rng view = imr_rng_gsl(&rng). It
 * draws from *self, which must outlive it; never gsl_rng_free it. */
gsl_rng imr_rng_gsl(imr_rng_t *self);

#endif
