#include "base/status.h"

#include "../harness.h"

static void
test_each_status_has_words_and_a_kind(void)
{
#define IMR_STATUS_CHECK(name, number, kind, words)                                                \
    CHECK(strcmp(imr_status_words(number), words) == 0);                                           \
    CHECK(imr_status_kind(number) == IMR_KIND_##kind);
    IMR_STATUS_LIST(IMR_STATUS_CHECK)
#undef IMR_STATUS_CHECK
    CHECK(strcmp(imr_status_words(1), "unknown status") == 0);
    CHECK(imr_status_kind(1) == IMR_KIND_NONE);
}

static void
test_a_fault_says_argument_row_and_value(void)
{
    imr_fault_t fault = { 0 };

    CHECK(imr_fault(&fault, IMR_ERR_NEGATIVE, "time", 17, -3) == IMR_ERR_NEGATIVE);
    CHECK(fault.status == IMR_ERR_NEGATIVE);
    CHECK(strcmp(fault.argument, "time") == 0);
    CHECK(fault.row == 17);
    CHECK(fault.value == -3);
    CHECK(imr_fault(NULL, IMR_ERR_NOMEM, NULL, -1, NAN) == IMR_ERR_NOMEM);
}

HARNESS_MAIN({
    RUN(test_each_status_has_words_and_a_kind);
    RUN(test_a_fault_says_argument_row_and_value);
})
