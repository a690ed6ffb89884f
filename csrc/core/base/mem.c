#if defined(__linux__)
#define _DEFAULT_SOURCE /* madvise */
#endif

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#define HUGE_PAGE ((uintptr_t) 2 << 20)

/* Asks for pages of 2 MB inside a large block, as NumPy does: touching a new column of 10^6 rows is
 * 3 page faults then, and not 2000, which together take longer than to sort it. */
static void
ask_for_huge_pages(void *block, size_t bytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    uintptr_t begin = ((uintptr_t) block + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    uintptr_t end = ((uintptr_t) block + bytes) & ~(HUGE_PAGE - 1);

    if (begin < end) {
        (void) madvise((void *) begin, end - begin, MADV_HUGEPAGE); /* an advice: it may fail */
    }
#else
    (void) block;
    (void) bytes;
#endif
}

static int
overflows(size_t count, size_t size)
{
    return size != 0 && count > SIZE_MAX / size;
}

void *
imr_malloc(size_t count, size_t size)
{
    void *block;

    if (overflows(count, size)) {
        return NULL;
    }
    block = malloc(count * size == 0 ? 1 : count * size);
    if (block != NULL && count * size >= 2 * HUGE_PAGE) {
        ask_for_huge_pages(block, count * size);
    }
    return block;
}

void *
imr_calloc(size_t count, size_t size)
{
    if (overflows(count, size)) { /* calloc would refuse too, but under ASan it aborts */
        return NULL;
    }
    if (count == 0 || size == 0) {
        count = size = 1;
    }
    return calloc(count, size);
}

void
imr_free(void *block)
{
    free(block);
}
