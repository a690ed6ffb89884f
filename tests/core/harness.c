#include "harness.h"

int harness_failures = 0;
int harness_checks = 0;

static long allocations_left = -1;
static int allocation_failed = 0;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static int
fails_now(void)
{
    if (allocations_left < 0) {
        return 0;
    }
    if (allocations_left-- > 0) {
        return 0;
    }
    allocation_failed = 1;
    return 1;
}

void *
__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void
harness_fail_allocation(long k)
{
    allocations_left = k;
    allocation_failed = 0;
}

int
harness_allocation_failed(void)
{
    return allocation_failed;
}

void
harness_near(
    const char *file, int line, const char *what, double actual, double expected, double tolerance)
{
    harness_checks++;
    if (isnan(actual) && isnan(expected)) {
        return;
    }
    if (actual == expected) {
        return;
    }
    if (fabs(actual - expected) <= tolerance * fmax(1e-300, fabs(expected))) {
        return;
    }
    harness_failures++;
    fprintf(stderr, "%s:%d: %s is %.17g, expected %.17g\n", file, line, what, actual, expected);
}

int
harness_step(int quick)
{
    return getenv("IMMUNORESET_QUICK") != NULL ? quick : 1;
}

int
harness_wanted(int argc, char **argv, const char *name)
{
    if (argc < 2) {
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

int
harness_report(const char *program)
{
    fprintf(stderr, "%s: %d checks, %d failed\n", program, harness_checks, harness_failures);
    return harness_failures == 0 && harness_checks > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
