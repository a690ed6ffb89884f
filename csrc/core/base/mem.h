#ifndef IMR_MEM_H
#define IMR_MEM_H

#include <stddef.h>

/* Room for count items of size bytes, or NULL: out of memory, or count * size does not fit.
 * A count of 0 still gives a block that can be freed. The C tests wrap malloc and calloc at link
 * time, so that each allocation of a call fails in turn. */
void *imr_malloc(size_t count, size_t size);
void *imr_calloc(size_t count, size_t size);
void imr_free(void *block);

#endif
