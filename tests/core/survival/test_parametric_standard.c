#include "../harness.h"

HARNESS_MAIN({ CHECK(1);
})
