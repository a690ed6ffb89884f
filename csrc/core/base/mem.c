#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>

void *
imr_malloc(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    return malloc(count * size == 0 ? 1 : count * size);
}

void *
imr_calloc(size_t count, size_t size)
{
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
