#include "base/mem.h"

#include <stdint.h>

#include "../harness.h"

static void
test_a_size_that_overflows_is_refused(void)
{
    CHECK(imr_malloc(SIZE_MAX, 16) == NULL);
    CHECK(imr_calloc(SIZE_MAX, 16) == NULL);
}

static void
test_nothing_asked_for_is_still_a_block(void)
{
    void *a = imr_malloc(0, 8), *b = imr_calloc(0, 8);

    CHECK(a != NULL && b != NULL);
    imr_free(a);
    imr_free(b);
    imr_free(NULL);
}

static void
test_the_chosen_allocation_fails(void)
{
    void *a;

    harness_fail_allocation(1);
    a = imr_malloc(1, 8);
    CHECK(a != NULL);
    imr_free(a);
    CHECK(!harness_allocation_failed());
    CHECK(imr_calloc(1, 8) == NULL);
    CHECK(harness_allocation_failed());
    harness_fail_allocation(-1);
}

HARNESS_MAIN({
    RUN(test_a_size_that_overflows_is_refused);
    RUN(test_nothing_asked_for_is_still_a_block);
    RUN(test_the_chosen_allocation_fails);
})
