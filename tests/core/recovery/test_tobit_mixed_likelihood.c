#include "../harness.h"
#include "recovery/tobit_mixed_likelihood.h"

HARNESS_MAIN({ CHECK(1); })
