#include "../harness.h"
static void test_nothing(void) { CHECK(1); }
HARNESS_MAIN({ RUN(test_nothing); })
