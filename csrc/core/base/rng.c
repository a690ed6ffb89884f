#include "base/rng.h"

#include <math.h>

#define ROUNDS 10

void
imr_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t word[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t a = (uint64_t) c0 * 0xD2511F53u, b = (uint64_t) c2 * 0xCD9E8D57u;

        c0 = (uint32_t) (b >> 32) ^ c1 ^ k0;
        c1 = (uint32_t) b;
        c2 = (uint32_t) (a >> 32) ^ c3 ^ k1;
        c3 = (uint32_t) a;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    word[0] = c0;
    word[1] = c1;
    word[2] = c2;
    word[3] = c3;
}

void
imr_rng_init(imr_rng_t *self, const uint64_t key[2], uint32_t stream)
{
    self->key[0] = (uint32_t) key[0];
    self->key[1] = (uint32_t) (key[0] >> 32);
    self->counter[0] = 0;
    self->counter[1] = stream;
    self->counter[2] = (uint32_t) key[1];
    self->counter[3] = (uint32_t) (key[1] >> 32);
    for (int i = 0; i < 4; i++) {
        self->word[i] = 0;
    }
    self->left = 0;
    self->has_spare = 0;
    self->spare = 0;
}

void
imr_rng_refill(imr_rng_t *self)
{
    imr_philox(self->counter, self->key, self->word);
    self->counter[0]++;
    self->left = 4;
}

void
imr_rng_fill32(imr_rng_t *self, uint32_t *word, size_t n)
{
    for (; n > 0 && self->left > 0; n--) {
        *word++ = imr_rng_next32(self);
    }
    for (; n >= 4; n -= 4, word += 4) {
        imr_philox(self->counter, self->key, word);
        self->counter[0]++;
    }
    for (; n > 0; n--) {
        *word++ = imr_rng_next32(self);
    }
}

double
imr_rng_normal(imr_rng_t *self)
{
    double x, y, square, scale;

    if (self->has_spare) {
        self->has_spare = 0;
        return self->spare;
    }
    /* the grid of imr_rng_uniform has no 1/2, so square is positive */
    do {
        x = 2 * imr_rng_uniform(self) - 1;
        y = 2 * imr_rng_uniform(self) - 1;
        square = x * x + y * y;
    } while (square >= 1);
    scale = sqrt(-2 * log(square) / square);
    self->has_spare = 1;
    self->spare = y * scale;
    return x * scale;
}

static void
view_set(void *state, unsigned long seed)
{
    const uint64_t key[2] = { seed, 0 };

    imr_rng_init(state, key, 0);
}

static unsigned long
view_get(void *state)
{
    return imr_rng_next32(state);
}

static double
view_get_double(void *state)
{
    return (double) (imr_rng_next64(state) >> 11) * 0x1p-53;
}

static const gsl_rng_type view_type = {
    .name = "philox4x32-10",
    .max = 0xffffffffu,
    .min = 0,
    .size = sizeof(imr_rng_t),
    .set = view_set,
    .get = view_get,
    .get_double = view_get_double,
};

gsl_rng
imr_rng_gsl(imr_rng_t *self)
{
    gsl_rng view = { .type = &view_type, .state = self };

    return view;
}
