/* The sorted rows of a Cox regression as two read-only arrays, and back: one for each column would take
 * longer to make than a small fit. */
#include "cox_shared.h"

#define MOST_COLUMNS 10000 /* covariates, as in the core */

static int
present(const imr_cox_rows_t *rows)
{
    return (rows->entry == NULL ? 0 : IMR_COX_HAS_ENTRY)
        | (rows->weight == NULL ? 0 : IMR_COX_HAS_WEIGHT)
        | (rows->offset == NULL ? 0 : IMR_COX_HAS_OFFSET)
        | (rows->cluster == NULL ? 0 : IMR_COX_HAS_CLUSTER);
}

PyObject *
imr_cox_lend_rows(imr_cox_rows_t *rows)
{
    int columns = present(rows);
    imr_cox_extent_t extent = imr_cox_rows_extent(rows, columns);
    double *numbers = rows->block;
    PyObject *owner = imr_owner(rows->block), *result;

    rows->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    result = Py_BuildValue("(NN(nnnniLLLi))", imr_column_double(owner, numbers, extent.numbers),
        imr_column_int64(owner, (int64_t *) (void *) (numbers + extent.numbers), extent.places),
        (Py_ssize_t) rows->n, (Py_ssize_t) rows->p, (Py_ssize_t) rows->strata,
        (Py_ssize_t) rows->sets, rows->sampling, (long long) rows->clusters,
        (long long) rows->rows_given, (long long) rows->patients, columns);
    Py_DECREF(owner);
    return result;
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
    imr_cox_extent_t extent;
    Py_ssize_t n, p, strata, sets;
    long long clusters, given, patients;
    int columns;

    memset(held, 0, sizeof(*held));
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != 3
        || !PyTuple_Check(PyTuple_GetItem(tuple, 2))) {
        return refuse(module);
    }
    if (!PyArg_ParseTuple(PyTuple_GetItem(tuple, 2), "nnnniLLLi", &n, &p, &strata, &sets,
            &rows->sampling, &clusters, &given, &patients, &columns)) {
        return -1;
    }
    held->numbers = imr_array_double(module, PyTuple_GetItem(tuple, 0), "rows");
    if (held->numbers == NULL) {
        return -1;
    }
    held->places = imr_array_int64(module, PyTuple_GetItem(tuple, 1), "rows");
    if (held->places == NULL) {
        return -1;
    }
    /* none is longer than the arrays, so that the sums below cannot overflow */
    if (n < 1 || p < 1 || p > MOST_COLUMNS || strata < 1 || sets < 1
        || n > PyArray_SIZE(held->numbers) || strata > PyArray_SIZE(held->numbers)
        || sets > PyArray_SIZE(held->numbers)) {
        return refuse(module);
    }
    rows->n = (size_t) n;
    rows->p = (size_t) p;
    rows->strata = (size_t) strata;
    rows->sets = (size_t) sets;
    rows->width = rows->p + (rows->p & 1);
    rows->clusters = clusters;
    rows->rows_given = given;
    rows->patients = patients;
    extent = imr_cox_rows_extent(rows, columns);
    if (PyArray_NDIM(held->numbers) != 1 || PyArray_NDIM(held->places) != 1
        || (size_t) PyArray_SIZE(held->numbers) != extent.numbers
        || (size_t) PyArray_SIZE(held->places) != extent.places) {
        return refuse(module);
    }
    imr_cox_rows_place(rows, columns, PyArray_DATA(held->numbers), PyArray_DATA(held->places));
    return are_sound(rows) ? 0 : refuse(module);
}

void
imr_cox_release(imr_cox_held_t *held)
{
    Py_CLEAR(held->numbers);
    Py_CLEAR(held->places);
}
