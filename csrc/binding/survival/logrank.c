#include "survival/logrank_columns.h"

#include "survival/logrank_maxcombo.h"

static const char *const WEIGHTS[] = { IMR_LOGRANK_WEIGHTS_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ALTERNATIVES[] = { IMR_ALTERNATIVE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const COLUMNS[] = { "time", "event", "group", "entry", "case_weights",
    "strata" };

enum {
    N_WEIGHTS = 0 IMR_LOGRANK_WEIGHTS_LIST(IMR_ONE_OF_CHOICE),
    N_ALTERNATIVES = 0 IMR_ALTERNATIVE_LIST(IMR_ONE_OF_CHOICE)
};

/* --- groups ------------------------------------------------------------------------------------ */

enum { VALUES = 256 };

static PyObject *
label_of(int boolean, long long value)
{
    return boolean ? PyBool_FromLong((long) value) : PyLong_FromLongLong(value);
}

/* The smallest and the largest of n values, n > 0. */
static void
find_range(int bytes, const void *data, npy_intp n, long long *least, long long *most)
{
    if (bytes) {
        const uint8_t *value = data;
        uint8_t low = value[0], high = value[0];

        for (npy_intp i = 0; i < n; i++) {
            low = value[i] < low ? value[i] : low;
            high = value[i] > high ? value[i] : high;
        }
        *least = low;
        *most = high;
    } else {
        const int64_t *value = data;
        int64_t low = value[0], high = value[0];

        for (npy_intp i = 0; i < n; i++) {
            low = value[i] < low ? value[i] : low;
            high = value[i] > high ? value[i] : high;
        }
        *least = low;
        *most = high;
    }
}

/* Numbers the values that are there; the memory may change meanwhile, so each value is masked. */
static int
number_values(
    int bytes, const void *data, npy_intp n, uint64_t least, uint8_t *present, uint8_t *to)
{
    uint8_t code[VALUES];
    const uint8_t *small = data;
    const int64_t *large = data;
    int count = 0;

    for (npy_intp i = 0; i < n; i++) {
        to[i] = (uint8_t) ((bytes ? small[i] : (uint64_t) large[i]) - least);
    }
    if (present[0] && present[1]) { /* two neighbouring values, numbered already */
        return 2;
    }
    for (npy_intp i = 0; i < n; i++) {
        present[to[i]] = 1;
    }
    for (int v = 0; v < VALUES; v++) {
        code[v] = (uint8_t) (present[v] ? count++ : 0);
    }
    for (npy_intp i = 0; i < n; i++) {
        to[i] = code[to[i]];
    }
    return count;
}

static PyObject *
code_values(int bytes, int boolean, const void *data, npy_intp n, long long least, long long most)
{
    uint8_t present[VALUES] = { 1, most == least + 1 };
    PyObject *codes = PyArray_SimpleNew(1, &n, NPY_UINT8), *labels;
    Py_ssize_t at = 0;
    int count;

    if (codes == NULL) {
        return NULL;
    }
    count = number_values(
        bytes, data, n, (uint64_t) least, present, PyArray_DATA((PyArrayObject *) codes));
    labels = PyList_New(count);
    for (int v = 0; labels != NULL && v < VALUES; v++) {
        PyObject *label = present[v] ? label_of(boolean, least + v) : NULL;

        if (present[v] && (label == NULL || PyList_SetItem(labels, at++, label) < 0)) {
            Py_CLEAR(labels);
        }
    }
    if (labels == NULL) {
        Py_DECREF(codes);
        return NULL;
    }
    return Py_BuildValue("(NN)", labels, codes);
}

/* Sorting labels takes longer than the test of 10^6 patients; whole numbers that are close together
 * need no sorting. */
static PyObject *
codes_of(PyObject *module, PyObject *value)
{
    PyArrayObject *array = (PyArrayObject *) value, *plain;
    PyObject *result = NULL;
    int bytes, boolean;
    long long least = 0, most = 0;
    npy_intp n;

    (void) module;
    if (!PyArray_Check(value) || PyArray_NDIM(array) != 1 || PyArray_DIM(array, 0) == 0
        || !(PyArray_ISBOOL(array) || PyArray_ISINTEGER(array))
        || PyArray_TYPE(array) == NPY_ULONGLONG || PyArray_TYPE(array) == NPY_ULONG) {
        return Py_NewRef(Py_None);
    }
    boolean = PyArray_ISBOOL(array);
    bytes = boolean || PyArray_TYPE(array) == NPY_UINT8;
    plain = (PyArrayObject *) PyArray_FromArray(array,
        PyArray_DescrFromType(bytes ? NPY_UINT8 : NPY_INT64),
        NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_ALIGNED | NPY_ARRAY_FORCECAST);
    if (plain == NULL) {
        return NULL;
    }
    n = PyArray_DIM(plain, 0);
    find_range(bytes, PyArray_DATA(plain), n, &least, &most);
    if ((uint64_t) most - (uint64_t) least >= VALUES) {
        result = Py_NewRef(Py_None);
    } else if (bytes && least == 0 && most == 1) {
        result = Py_BuildValue("([NN]O)", label_of(boolean, 0), label_of(boolean, 1), plain);
    } else {
        result = code_values(bytes, boolean, PyArray_DATA(plain), n, least, most);
    }
    Py_DECREF(plain);
    return result;
}

/* --- columns and choices ----------------------------------------------------------------------- */

PyArrayObject *
imr_logrank_group(PyObject *module, PyObject *value)
{
    PyArrayObject *array = (PyArrayObject *) value;

    if (!PyArray_Check(value) || PyArray_TYPE(array) != NPY_UINT8
        || !PyArray_IS_C_CONTIGUOUS(array)) {
        imr_raise_input(module, "group is to be codes in a contiguous array of uint8");
        return NULL;
    }
    return (PyArrayObject *) Py_NewRef(value);
}

static const void *
data_of(PyArrayObject *array)
{
    return array == NULL ? NULL : PyArray_DATA(array);
}

int
imr_logrank_columns_init(PyObject *module, imr_logrank_columns_t *self)
{
    npy_intp n = -1;

    memset(self->arrays, 0, sizeof(self->arrays));
    if (self->groups < 0 || self->strata < 1) {
        imr_raise_input(module, "the numbers of groups and strata are needed");
        return -1;
    }
    for (int c = 0; c < IMR_LOGRANK_N_COLUMNS; c++) {
        PyObject *given = self->given[c];
        PyArrayObject *array;

        if (Py_IsNone(given) && c >= IMR_LOGRANK_ENTRY) {
            continue;
        }
        array = c == IMR_LOGRANK_EVENT ? imr_array_flag(module, given, COLUMNS[c])
            : c == IMR_LOGRANK_GROUP   ? imr_logrank_group(module, given)
            : c == IMR_LOGRANK_STRATA  ? imr_array_int64(module, given, COLUMNS[c])
                                       : imr_array_double(module, given, COLUMNS[c]);
        self->arrays[c] = array;
        if (array == NULL || imr_check_column(module, array, COLUMNS[c], n, "time") < 0) {
            return -1;
        }
        n = PyArray_DIM(array, 0);
    }
    self->data = (imr_logrank_data_t) {
        .n = (size_t) n,
        .time = data_of(self->arrays[IMR_LOGRANK_TIME]),
        .event = data_of(self->arrays[IMR_LOGRANK_EVENT]),
        .group = data_of(self->arrays[IMR_LOGRANK_GROUP]),
        .groups = (size_t) self->groups,
        .entry = data_of(self->arrays[IMR_LOGRANK_ENTRY]),
        .weight = data_of(self->arrays[IMR_LOGRANK_CASE_WEIGHTS]),
        .stratum = data_of(self->arrays[IMR_LOGRANK_STRATA]),
        .strata = (size_t) self->strata,
    };
    return 0;
}

void
imr_logrank_columns_free(imr_logrank_columns_t *self)
{
    for (int c = 0; c < IMR_LOGRANK_N_COLUMNS; c++) {
        Py_XDECREF((PyObject *) self->arrays[c]);
    }
}

int
imr_logrank_read_weights(
    PyObject *module, PyObject *kind, double rho, double gamma, imr_logrank_weights_t *weights)
{
    int choice = imr_choice(module, kind, "weights", WEIGHTS, N_WEIGHTS);

    if (choice < 0) {
        return -1;
    }
    if (choice != IMR_LOGRANK_FLEMING_HARRINGTON && (rho != 0 || gamma != 0)) {
        imr_raise_input(module, "%s is not 0, but weights is %R; use weights='fleming-harrington'",
            rho != 0 ? "rho" : "gamma", kind);
        return -1;
    }
    *weights = (imr_logrank_weights_t) { (imr_logrank_kind_t) choice, rho, gamma };
    return 0;
}

int
imr_logrank_read_alternative(PyObject *module, PyObject *value, imr_alternative_t *alternative)
{
    int choice = imr_choice(module, value, "alternative", ALTERNATIVES, N_ALTERNATIVES);

    *alternative = (imr_alternative_t) choice;
    return choice < 0 ? -1 : 0;
}

int
imr_logrank_read_combinations(
    PyObject *module, PyObject *value, imr_logrank_weights_t *weights, size_t *count)
{
    Py_ssize_t n = PyTuple_Size(value);

    *count = 0;
    if (n < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < n && n <= IMR_LOGRANK_MOST_COMBINATIONS; i++) {
        PyObject *kind;
        double rho, gamma;

        if (!PyArg_ParseTuple(PyTuple_GetItem(value, i), "Odd", &kind, &rho, &gamma)
            || imr_logrank_read_weights(module, kind, rho, gamma, &weights[i]) < 0) {
            return -1;
        }
        (*count)++;
    }
    return 0;
}

int
imr_logrank_read_trend(PyObject *module, PyObject *value, Py_ssize_t groups, PyArrayObject **array,
    const double **scores)
{
    *array = NULL;
    *scores = NULL;
    if (Py_IsNone(value)) {
        return 0;
    }
    *array = imr_array_double(module, value, "trend");
    if (*array == NULL || imr_check_column(module, *array, "trend", groups, "the groups") < 0) {
        return -1;
    }
    *scores = PyArray_DATA(*array);
    return 0;
}

PyObject *
imr_logrank_doubles(const double *value, npy_intp rows, npy_intp columns)
{
    npy_intp dims[] = { rows, columns };
    PyObject *array = PyArray_SimpleNew(columns == 0 ? 1 : 2, dims, NPY_DOUBLE);

    if (array != NULL) {
        memcpy(PyArray_DATA((PyArrayObject *) array), value,
            (size_t) (rows * (columns == 0 ? 1 : columns)) * sizeof(*value));
        PyArray_CLEARFLAGS((PyArrayObject *) array, NPY_ARRAY_WRITEABLE);
    }
    return array;
}

PyObject *
imr_logrank_counts(const double *value, npy_intp n)
{
    PyObject *array = PyArray_SimpleNew(1, &n, NPY_INT64);

    if (array != NULL) {
        int64_t *count = PyArray_DATA((PyArrayObject *) array);

        for (npy_intp i = 0; i < n; i++) {
            count[i] = (int64_t) value[i];
        }
        PyArray_CLEARFLAGS((PyArrayObject *) array, NPY_ARRAY_WRITEABLE);
    }
    return array;
}

/* --- the test ---------------------------------------------------------------------------------- */

static PyObject *
covariance_of(const imr_logrank_sums_t *sums)
{
    size_t k = sums->groups;
    double covariance[IMR_LOGRANK_MOST_GROUPS * IMR_LOGRANK_MOST_GROUPS];

    imr_logrank_covariance(sums, covariance);
    return imr_logrank_doubles(covariance, (npy_intp) k, (npy_intp) k);
}

static PyObject *
result_of(const imr_logrank_t *answer)
{
    const imr_logrank_sums_t *sums = &answer->sums;
    const imr_logrank_test_t *test = &answer->test;
    npy_intp k = (npy_intp) sums->groups;
    double patients[IMR_LOGRANK_MOST_GROUPS] = { 0 };

    for (npy_intp g = 0; g < k; g++) {
        patients[g] = (double) answer->patients[g];
    }
    return Py_BuildValue("(NNNNNdLdddddL)", imr_logrank_counts(patients, k),
        imr_logrank_counts(sums->events, k), imr_logrank_doubles(sums->observed, k, 0),
        imr_logrank_doubles(sums->expected, k, 0), covariance_of(sums), test->statistic,
        (long long) test->df, test->pvalue, test->z, test->hazard_ratio, test->low, test->high,
        (long long) answer->merged);
}

static PyObject *
logrank(PyObject *module, PyObject *args)
{
    PyObject *kind, *trend, *alternative, *result = NULL;
    PyArrayObject *scores = NULL;
    imr_logrank_columns_t columns;
    imr_logrank_options_t options;
    imr_logrank_t answer;
    imr_fault_t fault;
    double rho, gamma;
    int status;

    if (!PyArg_ParseTuple(args, IMR_LOGRANK_COLUMNS_FORMAT "OddOOdp:logrank", &columns.given[0],
            &columns.given[1], &columns.given[2], &columns.groups, &columns.given[3],
            &columns.given[4], &columns.given[5], &columns.strata, &kind, &rho, &gamma, &trend,
            &alternative, &options.level, &options.fix_ties)
        || imr_logrank_read_weights(module, kind, rho, gamma, &options.weights) < 0
        || imr_logrank_read_alternative(module, alternative, &options.alternative) < 0) {
        return NULL;
    }
    if (imr_logrank_columns_init(module, &columns) < 0
        || imr_logrank_read_trend(module, trend, columns.groups, &scores, &options.scores) < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_logrank(&columns.data, &options, &answer, &fault);
    Py_END_ALLOW_THREADS
    result = status == IMR_OK ? result_of(&answer) : imr_raise(module, &fault);
out:
    imr_logrank_columns_free(&columns);
    Py_XDECREF((PyObject *) scores);
    return result;
}

PyMethodDef imr_logrank_methods[] = {
    { "logrank", logrank, METH_VARARGS,
        "logrank($module, columns, weights, rho, gamma, trend, alternative, level, timefix, /)\n"
        "--\n\n"
        "The numbers of survival.logrank; columns are (time, event, group, groups, entry,\n"
        "case_weights, strata, n_strata)." },
    { "logrank_codes", codes_of, METH_O,
        "logrank_codes($module, group, /)\n--\n\n"
        "The sorted distinct values and each row's position among them, of whole numbers that\n"
        "span less than 256; None for anything else." },
    { NULL, NULL, 0, NULL },
};
