/* The sorted rows of a Cox regression as read-only columns, and back. */
#include "cox_shared.h"

#include <stddef.h>

enum {
    Z,
    TIME,
    ENTRY,
    WEIGHT,
    OFFSET,
    CENTER,
    SCALE,
    REACH,
    LAST_TIME,
    SET_TIME,
    BEGIN,
    FIRST_EVENT,
    END,
    SET_STRATUM,
    LEAVING,
    LEAVE_BEGIN,
    LEAVE_END,
    ROW,
    CLUSTER
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
static const size_t PLACES[] = { offsetof(imr_cox_rows_t, z), offsetof(imr_cox_rows_t, time),
    offsetof(imr_cox_rows_t, entry), offsetof(imr_cox_rows_t, weight),
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

/* --- and back ----------------------------------------------------------------------------------- */

static int
refuse(PyObject *module)
{
    imr_raise_input(module, "these are no rows of a Cox regression; fit the model anew");
    return -1;
}

/* Do the numbers of a column point into `limit` places? */
static int
point_into(const int64_t *column, size_t n, size_t limit)
{
    for (size_t i = 0; column != NULL && i < n; i++) {
        if (column[i] < 0 || (uint64_t) column[i] >= limit) {
            return 0;
        }
    }
    return 1;
}

static int
are_sound(const imr_cox_rows_t *rows)
{
    int64_t n = (int64_t) rows->n;

    for (size_t k = 0; k < rows->sets; k++) {
        if (rows->begin[k] < 0 || rows->first_event[k] < rows->begin[k]
            || rows->end[k] <= rows->first_event[k] || rows->end[k] > n
            || (k > 0 && rows->begin[k] < rows->end[k - 1])
            || (k > 0 && rows->set_stratum[k] < rows->set_stratum[k - 1])
            || (rows->leaving != NULL
                && (rows->leave_begin[k] < 0 || rows->leave_end[k] < rows->leave_begin[k]
                    || rows->leave_end[k] > n))) {
            return 0;
        }
    }
    return point_into(rows->set_stratum, rows->sets, rows->strata)
        && point_into(rows->leaving, rows->n, rows->n)
        && point_into(rows->row, rows->n, (size_t) rows->rows_given)
        && point_into(rows->cluster, rows->cluster == NULL ? 0 : rows->n, (size_t) rows->clusters);
}

int
imr_cox_hold(PyObject *module, PyObject *tuple, imr_cox_held_t *held)
{
    imr_cox_rows_t *rows = &held->rows;
    Py_ssize_t n, p, strata, sets, width;
    long long clusters, given, patients;

    memset(held, 0, sizeof(*held));
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != IMR_COX_ROW_COLUMNS + 1
        || !PyTuple_Check(PyTuple_GetItem(tuple, IMR_COX_ROW_COLUMNS))) {
        return refuse(module);
    }
    if (!PyArg_ParseTuple(PyTuple_GetItem(tuple, IMR_COX_ROW_COLUMNS), "nnnnniLLL", &n, &p, &strata,
            &sets, &width, &rows->sampling, &clusters, &given, &patients)) {
        return -1;
    }
    if (n < 1 || p < 1 || strata < 1 || sets < 1 || width != p + (p & 1)) {
        return refuse(module);
    }
    rows->n = (size_t) n;
    rows->p = (size_t) p;
    rows->strata = (size_t) strata;
    rows->sets = (size_t) sets;
    rows->width = (size_t) width;
    rows->clusters = clusters;
    rows->rows_given = given;
    rows->patients = patients;
    for (int c = 0; c < IMR_COX_ROW_COLUMNS; c++) {
        PyObject *item = PyTuple_GetItem(tuple, c);
        void *data;

        if (Py_IsNone(item)) {
            continue;
        }
        held->columns[c] = is_integer(c) ? imr_array_int64(module, item, "rows")
                                         : imr_array_double(module, item, "rows");
        if (held->columns[c] == NULL) {
            return -1;
        }
        if (PyArray_NDIM(held->columns[c]) != 1
            || (size_t) PyArray_DIM(held->columns[c], 0) != length_of(rows, c)) {
            return refuse(module);
        }
        data = PyArray_DATA(held->columns[c]);
        memcpy((char *) rows + PLACES[c], &data, sizeof(data));
    }
    for (int c = 0; c < IMR_COX_ROW_COLUMNS; c++) {
        int optional = c == ENTRY || c == WEIGHT || c == OFFSET || c == CLUSTER
            || (c >= LEAVING && c <= LEAVE_END);

        if (held->columns[c] == NULL && !optional) {
            return refuse(module);
        }
    }
    if (rows->leaving != NULL
        && (rows->leave_begin == NULL || rows->leave_end == NULL || rows->entry == NULL)) {
        return refuse(module);
    }
    return are_sound(rows) ? 0 : refuse(module);
}

void
imr_cox_release(imr_cox_held_t *held)
{
    for (int c = 0; c < IMR_COX_ROW_COLUMNS; c++) {
        Py_CLEAR(held->columns[c]);
    }
}
