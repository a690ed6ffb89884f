#include "binding.h"

#include <math.h>

#include "base/mem.h"

#define OWNER_NAME "immunoreset.block"
#define LARGEST_EXACT_DOUBLE 9007199254740992.0

/* Raises "time[3] is None; <remedy>", or "level is None; ..." for a scalar. Always returns NULL. */
static PyArrayObject *
refuse_value(PyObject *module, const char *argument, int is_scalar, npy_intp row, PyObject *shown,
    const char *remedy)
{
    if (shown == NULL) {
        return NULL;
    }
    if (is_scalar) {
        imr_raise_input(module, "%s is %R; %s", argument, shown, remedy);
    } else {
        imr_raise_input(module, "%s[%zd] is %R; %s", argument, (Py_ssize_t) row, shown, remedy);
    }
    return NULL;
}

/* Explains why an array holds no numbers: its first such value, or else its type. Returns NULL. */
static PyArrayObject *
refuse_array(PyObject *module, PyArrayObject *array, const char *argument)
{
    PyObject *items, *item;
    double x;

    if (PyArray_TYPE(array) == NPY_OBJECT && PyArray_NDIM(array) <= 1) {
        items = PyArray_NDIM(array) == 1
            ? PyArray_ToList(array)
            : Py_BuildValue("[N]", PyArray_ToScalar(PyArray_DATA(array), array));
        for (Py_ssize_t i = 0; items != NULL && i < PyList_Size(items); i++) {
            item = PyList_GetItem(items, i);
            x = PyNumber_Check(item) ? PyFloat_AsDouble(item) : NAN;
            PyErr_Clear();
            if (isnan(x)) {
                refuse_value(module, argument, PyArray_NDIM(array) == 0, i, item,
                    imr_status_words(IMR_ERR_NONFINITE));
                Py_DECREF(items);
                return NULL;
            }
        }
        Py_XDECREF(items);
        PyErr_Clear();
    }
    imr_raise_input(module, "%s holds values of type %S; give numbers (int, float or bool)",
        argument, (PyObject *) PyArray_DESCR(array));
    return NULL;
}

static PyArrayObject *
cast(PyArrayObject *array, int type)
{
    PyArrayObject *result =
        (PyArrayObject *) PyArray_CastToType(array, PyArray_DescrFromType(type), 0);

    Py_DECREF(array);
    return result;
}

/* A Python number as an array of no dimensions, in a fifth of the time that NumPy takes to look at it;
 * NULL without an exception when it is none. */
static PyArrayObject *
single_number(PyObject *value, int type)
{
    PyArrayObject *array;
    long long whole = 0;
    double real = 0;
    int overflow = 0;

    if (PyLong_CheckExact(value)) {
        whole = PyLong_AsLongLongAndOverflow(value, &overflow);
        real = (double) whole;
    } else if (PyFloat_CheckExact(value) && type == NPY_DOUBLE) {
        real = PyFloat_AsDouble(value);
    } else {
        return NULL;
    }
    if (overflow != 0) {
        return NULL;
    }
    array = (PyArrayObject *) PyArray_SimpleNew(0, NULL, type);
    if (array == NULL) {
        PyErr_Clear();
    } else if (type == NPY_INT64) {
        *(int64_t *) PyArray_DATA(array) = whole;
    } else {
        *(double *) PyArray_DATA(array) = real;
    }
    return array;
}

/* Any array of bools, integers or floats, in C order and aligned. Numbers in an object array
 * (which is what a data frame with a gap gives) become doubles, unless one of them is missing. */
static PyArrayObject *
numbers(PyObject *module, PyObject *value, const char *argument)
{
    PyArrayObject *plain,
        *array = (PyArrayObject *) PyArray_CheckFromAny(value, NULL, 0, 0,
            NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_ALIGNED | NPY_ARRAY_NOTSWAPPED, NULL);

    if (array == NULL || PyArray_ISBOOL(array) || PyArray_ISINTEGER(array)
        || PyArray_ISFLOAT(array)) {
        return array;
    }
    plain = NULL;
    if (PyArray_TYPE(array) == NPY_OBJECT) {
        plain = (PyArrayObject *) PyArray_CastToType(array, PyArray_DescrFromType(NPY_DOUBLE), 0);
        PyErr_Clear();
    }
    for (npy_intp i = 0; plain != NULL && i < PyArray_SIZE(plain); i++) {
        if (isnan(((const double *) PyArray_DATA(plain))[i])) {
            Py_DECREF(plain);
            plain = NULL;
        }
    }
    if (plain == NULL) {
        refuse_array(module, array, argument);
    }
    Py_DECREF(array);
    return plain;
}

PyArrayObject *
imr_array_double(PyObject *module, PyObject *value, const char *argument)
{
    PyArrayObject *array = single_number(value, NPY_DOUBLE);

    if (array == NULL) {
        array = numbers(module, value, argument);
    }
    return array == NULL || PyArray_TYPE(array) == NPY_DOUBLE ? array : cast(array, NPY_DOUBLE);
}

PyArrayObject *
imr_array_int64(PyObject *module, PyObject *value, const char *argument)
{
    PyArrayObject *array = single_number(value, NPY_INT64);
    PyObject *shown;

    if (array == NULL) {
        array = numbers(module, value, argument);
    }
    if (array == NULL || PyArray_TYPE(array) == NPY_INT64) {
        return array;
    }
    if (!PyArray_ISFLOAT(array) && !PyArray_ISUNSIGNED(array)) {
        return cast(array, NPY_INT64);
    }
    array = cast(array, NPY_DOUBLE);
    for (npy_intp i = 0; array != NULL && i < PyArray_SIZE(array); i++) {
        double x = ((const double *) PyArray_DATA(array))[i];

        if (!(fabs(x) <= LARGEST_EXACT_DOUBLE) || x != floor(x)) {
            shown = PyFloat_FromDouble(x);
            refuse_value(module, argument, PyArray_NDIM(array) == 0, i, shown,
                isnan(x)
                    ? "a whole number is needed here: leave the row out, or impute it, before the "
                      "call"
                    : "a whole number is needed here: give counts, not rates");
            Py_XDECREF(shown);
            Py_DECREF(array);
            return NULL;
        }
    }
    return array == NULL ? NULL : cast(array, NPY_INT64);
}

/* Is each of n values 0 or 1? Written without an exit from the loops, which are then vectorised. */
static int
are_flags(int type, const void *data, npy_intp n)
{
    const uint8_t *bytes = data;
    const int64_t *integers = data;
    const double *doubles = data;
    uint64_t others = 0;

    for (npy_intp i = 0; type == NPY_UINT8 && i < n; i++) {
        others |= bytes[i] & ~UINT64_C(1);
    }
    for (npy_intp i = 0; type == NPY_INT64 && i < n; i++) {
        others |= (uint64_t) integers[i] & ~UINT64_C(1);
    }
    for (npy_intp i = 0; type == NPY_DOUBLE && i < n; i++) {
        others |= (uint64_t) ((doubles[i] != 0) & (doubles[i] != 1));
    }
    return others == 0;
}

PyArrayObject *
imr_array_flag(PyObject *module, PyObject *value, const char *argument)
{
    PyArrayObject *array = numbers(module, value, argument), *doubles;
    PyObject *shown;
    int type;

    if (array == NULL || PyArray_ISBOOL(array)) {
        return array;
    }
    type = PyArray_TYPE(array);
    if (type != NPY_UINT8 && type != NPY_INT64 && type != NPY_DOUBLE) {
        type = PyArray_ISINTEGER(array) ? NPY_INT64 : NPY_DOUBLE;
        array = cast(array, type);
    }
    if (array == NULL || are_flags(type, PyArray_DATA(array), PyArray_SIZE(array))) {
        return array == NULL || type == NPY_UINT8 ? array : cast(array, NPY_UINT8);
    }
    doubles = cast(array, NPY_DOUBLE);
    for (npy_intp i = 0; doubles != NULL && i < PyArray_SIZE(doubles); i++) {
        double x = ((const double *) PyArray_DATA(doubles))[i];

        if (x != 0 && x != 1) {
            shown = PyFloat_FromDouble(x);
            refuse_value(module, argument, PyArray_NDIM(doubles) == 0, i, shown,
                "code an event as 1 or True and a censored row as 0 or False");
            Py_XDECREF(shown);
            break;
        }
    }
    Py_XDECREF((PyObject *) doubles);
    return NULL;
}

int
imr_check_column(PyObject *module, PyArrayObject *array, const char *argument, npy_intp length,
    const char *length_of)
{
    if (PyArray_NDIM(array) != 1) {
        imr_raise_input(module, "%s has %d dimensions; give one value a patient (one dimension)",
            argument, PyArray_NDIM(array));
        return -1;
    }
    if (length >= 0 && PyArray_DIM(array, 0) != length) {
        imr_raise_input(module, "%s has %zd rows and %s has %zd; give both from the same rows",
            argument, (Py_ssize_t) PyArray_DIM(array, 0), length_of, (Py_ssize_t) length);
        return -1;
    }
    return 0;
}

int
imr_columns(PyObject *module, PyObject *const *given, const char *const *names, const char *kinds,
    PyArrayObject **arrays)
{
    npy_intp n = -1;

    for (int c = 0; kinds[c] != '\0'; c++) {
        int kind = kinds[c] | 0x20; /* lower case */

        if (Py_IsNone(given[c])) {
            if (kinds[c] == kind) {
                continue;
            }
            imr_raise_input(module, "%s is None; give one value a patient", names[c]);
            return -1;
        }
        arrays[c] = kind == 'f' ? imr_array_flag(module, given[c], names[c])
            : kind == 'i'       ? imr_array_int64(module, given[c], names[c])
                                : imr_array_double(module, given[c], names[c]);
        if (arrays[c] == NULL
            || (kind != 'm' && imr_check_column(module, arrays[c], names[c], n, names[0]) < 0)) {
            return -1;
        }
        if (kind == 'm' && (PyArray_NDIM(arrays[c]) != 2 || PyArray_DIM(arrays[c], 0) != n)) {
            imr_raise_input(module,
                "%s has %d dimensions and %zd rows; give a row for each of the "
                "%zd of %s, with a column a variable",
                names[c], PyArray_NDIM(arrays[c]),
                PyArray_NDIM(arrays[c]) == 0 ? 1 : (Py_ssize_t) PyArray_DIM(arrays[c], 0),
                (Py_ssize_t) n, names[0]);
            return -1;
        }
        n = c == 0 ? PyArray_DIM(arrays[0], 0) : n;
    }
    return 0;
}

void
imr_columns_free(PyArrayObject **arrays, const char *kinds)
{
    for (int c = 0; kinds[c] != '\0'; c++) {
        Py_XDECREF((PyObject *) arrays[c]);
    }
}

const void *
imr_column_data(PyArrayObject *array)
{
    return array == NULL ? NULL : PyArray_DATA(array);
}

static void
free_block(PyObject *owner)
{
    imr_free(PyCapsule_GetPointer(owner, OWNER_NAME));
}

PyObject *
imr_owner(void *block)
{
    PyObject *owner = PyCapsule_New(block, OWNER_NAME, free_block);

    if (owner == NULL) {
        imr_free(block);
    }
    return owner;
}

static PyObject *
lent(PyObject *owner, void *data, int ndim, const npy_intp *dims, int type)
{
    PyObject *array = PyArray_SimpleNewFromData(ndim, dims, type, data);

    if (array == NULL) {
        return NULL;
    }
    PyArray_CLEARFLAGS((PyArrayObject *) array, NPY_ARRAY_WRITEABLE);
    Py_INCREF(owner); /* the next call takes it over, whether it succeeds or not */
    if (PyArray_SetBaseObject((PyArrayObject *) array, owner) < 0) {
        Py_DECREF(array);
        return NULL;
    }
    return array;
}

static PyObject *
column(PyObject *owner, void *data, size_t n, int type)
{
    npy_intp length = (npy_intp) n;

    return lent(owner, data, 1, &length, type);
}

PyObject *
imr_matrix_double(PyObject *owner, double *data, size_t rows, size_t columns)
{
    npy_intp dims[2] = { (npy_intp) rows, (npy_intp) columns };

    return lent(owner, data, 2, dims, NPY_DOUBLE);
}

PyObject *
imr_matrix_int64(PyObject *owner, int64_t *data, size_t rows, size_t columns)
{
    npy_intp dims[2] = { (npy_intp) rows, (npy_intp) columns };

    return lent(owner, data, 2, dims, NPY_INT64);
}

PyObject *
imr_column_double(PyObject *owner, double *data, size_t n)
{
    return column(owner, data, n, NPY_DOUBLE);
}

PyObject *
imr_column_int64(PyObject *owner, int64_t *data, size_t n)
{
    return column(owner, data, n, NPY_INT64);
}

PyObject *
imr_column_flag(PyObject *owner, uint8_t *data, size_t n)
{
    return column(owner, data, n, NPY_BOOL);
}

PyObject *
imr_pack(PyObject **items, int count)
{
    PyObject *tuple = PyTuple_New(count);
    int failed = tuple == NULL;

    for (int i = 0; i < count; i++) {
        failed |= items[i] == NULL;
        if (tuple == NULL || items[i] == NULL) {
            Py_XDECREF(items[i]);
        } else {
            PyTuple_SetItem(tuple, i, items[i]);
        }
    }
    if (failed) {
        Py_CLEAR(tuple);
    }
    return tuple;
}

/* Copies an array into the common shape, unless it is a single number or has it already. */
static int
broadcast(imr_rows_t *rows, int i)
{
    PyArrayObject *array = rows->arrays[i], *full;

    if (PyArray_NDIM(array) == 0
        || (PyArray_NDIM(array) == rows->ndim
            && PyArray_CompareLists(PyArray_DIMS(array), rows->dims, rows->ndim))) {
        return 0;
    }
    full = (PyArrayObject *) PyArray_SimpleNew(rows->ndim, rows->dims, PyArray_TYPE(array));
    if (full == NULL || PyArray_CopyInto(full, array) < 0) {
        Py_XDECREF((PyObject *) full);
        return -1;
    }
    rows->arrays[i] = full;
    Py_DECREF((PyObject *) array);
    return 0;
}

static void
refuse_shapes(PyObject *module, const imr_rows_t *rows, const char *const *arguments)
{
    PyObject *list = PyUnicode_FromString(arguments[0]), *longer;

    for (int i = 1; list != NULL && i < rows->count; i++) {
        longer =
            PyUnicode_FromFormat(i < rows->count - 1 ? "%U, %s" : "%U and %s", list, arguments[i]);
        Py_DECREF(list);
        list = longer;
    }
    if (list != NULL) {
        imr_raise_input(module,
            "the shapes of %U do not fit; give arrays of one shape, or single numbers", list);
        Py_DECREF(list);
    }
}

int
imr_rows_init(PyObject *module, imr_rows_t *rows, const char *const *arguments)
{
    PyObject *shapes;
    int dimensions = 0;

    for (int i = 0; i < rows->count; i++) {
        if (rows->arrays[i] == NULL) {
            return -1;
        }
        dimensions += PyArray_NDIM(rows->arrays[i]);
        rows->steps[i] = 0;
    }
    rows->ndim = 0;
    rows->n = 1;
    if (dimensions == 0) {
        return 0;
    }
    shapes = PyArray_MultiIterFromObjects((PyObject **) rows->arrays, rows->count, 0);
    if (shapes == NULL) {
        PyErr_Clear();
        refuse_shapes(module, rows, arguments);
        return -1;
    }
    rows->ndim = ((PyArrayMultiIterObject *) shapes)->nd;
    for (int d = 0; d < rows->ndim; d++) {
        rows->dims[d] = ((PyArrayMultiIterObject *) shapes)->dimensions[d];
        rows->n *= (size_t) rows->dims[d];
    }
    Py_DECREF(shapes);
    for (int i = 0; i < rows->count; i++) {
        if (broadcast(rows, i) < 0) {
            return -1;
        }
        rows->steps[i] = PyArray_NDIM(rows->arrays[i]) == 0 ? 0 : 1;
    }
    return 0;
}

void
imr_rows_free(imr_rows_t *rows)
{
    for (int i = 0; i < rows->count; i++) {
        Py_XDECREF((PyObject *) rows->arrays[i]);
    }
}

PyObject *
imr_raise_rows(
    PyObject *module, const imr_rows_t *rows, const char *const *arguments, imr_fault_t *fault)
{
    for (int i = 0; i < rows->count; i++) {
        if (fault->argument != NULL && strcmp(fault->argument, arguments[i]) == 0
            && rows->steps[i] == 0) {
            fault->row = -1;
        }
    }
    return imr_raise(module, fault);
}

PyObject *
imr_rows_output(const imr_rows_t *rows)
{
    return PyArray_SimpleNew(rows->ndim, rows->dims, NPY_DOUBLE);
}

int
imr_rows_outputs(const imr_rows_t *rows, PyObject **outputs, double **data, int count)
{
    for (int i = 0; i < count; i++) {
        outputs[i] = imr_rows_output(rows);
        if (outputs[i] == NULL) {
            return -1;
        }
        data[i] = PyArray_DATA((PyArrayObject *) outputs[i]);
    }
    return 0;
}

PyObject *
imr_rows_result(PyObject *output)
{
    PyObject *number;

    if (output == NULL) {
        return NULL;
    }
    if (PyArray_NDIM((PyArrayObject *) output) == 0) {
        number = PyFloat_FromDouble(*(double *) PyArray_DATA((PyArrayObject *) output));
        Py_DECREF(output);
        return number;
    }
    PyArray_CLEARFLAGS((PyArrayObject *) output, NPY_ARRAY_WRITEABLE);
    return output;
}

PyObject *
imr_rows_results(PyObject **outputs, int count)
{
    PyObject *results;

    for (int i = 0; i < count; i++) {
        outputs[i] = imr_rows_result(outputs[i]);
    }
    results = imr_pack(outputs, count);
    memset(outputs, 0, (size_t) count * sizeof(*outputs));
    return results;
}

int
imr_choice(
    PyObject *module, PyObject *value, const char *argument, const char *const *names, int count)
{
    PyObject *list, *name;

    if (PyUnicode_Check(value)) {
        for (int i = 0; i < count; i++) {
            if (PyUnicode_CompareWithASCIIString(value, names[i]) == 0) {
                return i;
            }
        }
    }
    list = PyList_New(0);
    for (int i = 0; list != NULL && i < count; i++) {
        name = PyUnicode_FromString(names[i]);
        if (name == NULL || PyList_Append(list, name) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(name);
    }
    if (list != NULL) {
        imr_raise_input(module, "%s is %R; choose one of %R", argument, value, list);
        Py_DECREF(list);
    }
    return -1;
}

PyObject *
imr_words(const char *const *words, Py_ssize_t n)
{
    PyObject *tuple = PyTuple_New(n), *word;

    for (Py_ssize_t i = 0; tuple != NULL && i < n; i++) {
        word = PyUnicode_FromString(words[i]);
        if (word == NULL || PyTuple_SetItem(tuple, i, word) < 0) {
            Py_CLEAR(tuple);
        }
    }
    return tuple;
}

int
imr_set_column(PyObject *columns, const char *name, PyObject *column)
{
    int ret = column == NULL ? -1 : PyDict_SetItemString(columns, name, column);

    Py_XDECREF(column);
    return ret;
}
