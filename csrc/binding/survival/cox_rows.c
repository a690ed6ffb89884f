/* The sorted rows of a Cox regression as read-only columns, and back. */
#include "cox_shared.h"

#include <stddef.h>

enum {
    Z, WEIGHT, OFFSET, CENTER, SCALE, REACH, LAST_TIME, SET_TIME, BEGIN, FIRST_EVENT, END,
    SET_STRATUM, LEAVING, LEAVE_BEGIN, LEAVE_END, ROW, CLUSTER
};

static int
is_integer(int column)
{
    return column >= BEGIN;
}

static size_t
length_of(const imr_cox_rows_t *rows, int column)
{
    switch (column) {
        case Z:
            return rows->n * rows->width;
        case CENTER:
            return rows->strata * rows->p;
        case SCALE:
        case REACH:
            return rows->p;
        case LAST_TIME:
            return rows->strata;
        case SET_TIME:
        case BEGIN:
        case FIRST_EVENT:
        case END:
        case SET_STRATUM:
        case LEAVE_BEGIN:
        case LEAVE_END:
            return rows->sets;
        default:
            return rows->n;
    }
}

/* Where in the rows the pointer to a column stands. */
static const size_t PLACES[] = { offsetof(imr_cox_rows_t, z), offsetof(imr_cox_rows_t, weight),
    offsetof(imr_cox_rows_t, offset), offsetof(imr_cox_rows_t, center),
    offsetof(imr_cox_rows_t, scale), offsetof(imr_cox_rows_t, reach),
    offsetof(imr_cox_rows_t, last_time), offsetof(imr_cox_rows_t, set_time),
    offsetof(imr_cox_rows_t, begin), offsetof(imr_cox_rows_t, first_event),
    offsetof(imr_cox_rows_t, end), offsetof(imr_cox_rows_t, set_stratum),
    offsetof(imr_cox_rows_t, leaving), offsetof(imr_cox_rows_t, leave_begin),
    offsetof(imr_cox_rows_t, leave_end), offsetof(imr_cox_rows_t, row),
    offsetof(imr_cox_rows_t, cluster) };

PyObject *
imr_cox_lend_rows(imr_cox_rows_t *rows)
{
    PyObject *owner = imr_owner(rows->block), *items[IMR_COX_ROW_COLUMNS + 1];

    rows->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    for (int c = 0; c < IMR_COX_ROW_COLUMNS; c++) {
        size_t length = length_of(rows, c);
        void *data;

        memcpy(&data, (const char *) rows + PLACES[c], sizeof(data));
        items[c] = data == NULL ? Py_NewRef(Py_None)
            : is_integer(c)     ? imr_column_int64(owner, data, length)
                                : imr_column_double(owner, data, length);
    }
    items[IMR_COX_ROW_COLUMNS] = Py_BuildValue("(nnnnniLLL)", (Py_ssize_t) rows->n,
        (Py_ssize_t) rows->p, (Py_ssize_t) rows->strata, (Py_ssize_t) rows->sets,
        (Py_ssize_t) rows->width, rows->sampling, (long long) rows->clusters,
        (long long) rows->rows_given, (long long) rows->patients);
    Py_DECREF(owner);
    return imr_pack(items, IMR_COX_ROW_COLUMNS + 1);
}
