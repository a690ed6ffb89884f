/* Rows of patients who move between states, as they should be: in one pass. */
#ifndef IMR_MULTISTATE_IN_ORDER_H
#define IMR_MULTISTATE_IN_ORDER_H

#include "survival/multistate_rows.h"

#define IMR_MULTISTATE_CODES 64 /* of events, and room for more: a power of 2 */

/* Reads rows in order of patient and time, on whole days, each a stretch of its own, to stretches on an axis of
 * days; seen marks their states and the codes of events that end them, and code 0 any. 0 if there is any
 * other row, or a fault. */
int imr_multistate_in_order(imr_multistate_rows_t *self, const imr_multistate_data_t *data,
    uint8_t (*seen)[IMR_MULTISTATE_CODES]);

#endif
