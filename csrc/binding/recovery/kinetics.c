#include "binding.h"

#include "kinetics_columns.h"

static const char *const MODELS[] = { IMR_KINETICS_MODEL_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ERRORS[] = { IMR_KINETICS_ERROR_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const QUANTITIES[] = { IMR_KINETICS_QUANTITY_LIST(IMR_WORDS_OF_CHOICE) };

#define WORDS_OF_STATUS(name, words, reason) words,
#define REASON_OF_STATUS(name, words, reason) reason,
static const char *const STATUSES[] = { IMR_KINETICS_STATUS_LIST(WORDS_OF_STATUS) };
static const char *const REASONS[] = { IMR_KINETICS_STATUS_LIST(REASON_OF_STATUS) };

enum { N_ERRORS = 0 IMR_KINETICS_ERROR_LIST(IMR_ONE_OF_CHOICE) };

enum { PATIENT, DAY, COUNT, LLOQ, BELOW, CART };
static const char *const NAMES[] = { "patient", "day", "count", "lloq", "below", "cart" };

static PyObject *
tuple_of_words(const char *const *words, Py_ssize_t n)
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

static PyObject *
kinetics_words(PyObject *module, PyObject *Py_UNUSED(none))
{
    PyObject *words[4] = { tuple_of_words(MODELS, IMR_KINETICS_MODELS),
        tuple_of_words(ERRORS, N_ERRORS), tuple_of_words(STATUSES, IMR_KINETICS_STATUSES),
        tuple_of_words(REASONS, IMR_KINETICS_STATUSES) };

    (void) module;
    return imr_pack(words, 4);
}

/* --- reading ----------------------------------------------------------------------------------- */

static int
read_columns(PyObject *module, PyObject *const *given, PyArrayObject **array)
{
    npy_intp rows = -1;

    for (int c = PATIENT; c < IMR_KINETICS_COLUMNS; c++) {
        if (Py_IsNone(given[c]) && c >= LLOQ) {
            continue;
        }
        array[c] = c == PATIENT ? imr_array_int64(module, given[c], NAMES[c])
            : c == BELOW        ? imr_array_flag(module, given[c], NAMES[c])
                                : imr_array_double(module, given[c], NAMES[c]);
        if (array[c] == NULL) {
            return -1;
        }
        if (c == LLOQ && PyArray_NDIM(array[c]) == 0) {
            continue;
        }
        if (imr_check_column(module, array[c], NAMES[c], rows, NAMES[PATIENT]) < 0) {
            return -1;
        }
        rows = PyArray_DIM(array[PATIENT], 0);
    }
    return 0;
}

static int
read_models(PyObject *module, PyObject *names, imr_kinetics_options_t *options)
{
    Py_ssize_t count = PyList_Size(names);

    if (count < 1 || count > IMR_KINETICS_MODELS) {
        imr_raise_input(
            module, "model names %zd models; give one to %d", count, (int) IMR_KINETICS_MODELS);
        return -1;
    }
    for (Py_ssize_t m = 0; m < count; m++) {
        int model = imr_choice(
            module, PyList_GetItem(names, m), "model", MODELS, (int) IMR_KINETICS_MODELS);

        if (model < 0) {
            return -1;
        }
        options->models[m] = (imr_kinetics_model_t) model;
    }
    options->n_models = (size_t) count;
    return 0;
}

int
imr_kinetics_read(PyObject *module, PyObject *const *given, PyArrayObject **array, PyObject *models,
    PyObject *error, int from_nadir, Py_ssize_t patients, imr_kinetics_options_t *options,
    imr_kinetics_rows_t *rows)
{
    int which = imr_choice(module, error, "error", ERRORS, N_ERRORS);

    if (which < 0 || read_models(module, models, options) < 0
        || read_columns(module, given, array) < 0) {
        return -1;
    }
    options->error = (imr_kinetics_error_t) which;
    options->start = from_nadir ? IMR_KINETICS_FROM_NADIR : IMR_KINETICS_FROM_DAY;
    rows->patient = imr_column_data(array[PATIENT]);
    rows->day = imr_column_data(array[DAY]);
    rows->count = imr_column_data(array[COUNT]);
    rows->lloq = imr_column_data(array[LLOQ]);
    rows->lloq_step = array[LLOQ] == NULL || PyArray_NDIM(array[LLOQ]) == 0 ? 0 : 1;
    rows->below = imr_column_data(array[BELOW]);
    rows->cart = imr_column_data(array[CART]);
    rows->n = (size_t) PyArray_DIM(array[PATIENT], 0);
    rows->patients = (size_t) patients;
    return 0;
}

const char *
imr_kinetics_quantity_words(imr_kinetics_quantity_t quantity)
{
    return QUANTITIES[quantity];
}

/* --- handing out ------------------------------------------------------------------------------- */

static int
set_column(PyObject *columns, const char *name, PyObject *column)
{
    int ret = column == NULL ? -1 : PyDict_SetItemString(columns, name, column);

    Py_XDECREF(column);
    return ret;
}

/* Hands the block of *answer over to a dict of columns. */
static PyObject *
columns_of(imr_kinetics_t *answer)
{
    const char *words[IMR_KINETICS_QUANTITIES];
    size_t n = answer->patients, q = answer->quantities, most = IMR_KINETICS_MOST;
    PyObject *columns = PyDict_New(), *owner = imr_owner(answer->block);
    int ret = columns == NULL || owner == NULL ? -1 : 0;

    answer->block = NULL;
    for (size_t i = 0; i < q; i++) {
        words[i] = QUANTITIES[answer->quantity[i]];
    }
#define SET_NUMBER(name)                                                                           \
    ret = ret < 0 ? ret : set_column(columns, #name, imr_column_double(owner, answer->name, n));
#define SET_COUNT(name)                                                                            \
    ret = ret < 0 ? ret : set_column(columns, #name, imr_column_int64(owner, answer->name, n));
#define SET_MATRIX(name, width)                                                                    \
    ret = ret < 0 ? ret                                                                            \
                  : set_column(columns, #name, imr_matrix_double(owner, answer->name, n, width));
    IMR_KINETICS_NUMBER_LIST(SET_NUMBER)
    IMR_KINETICS_COUNT_LIST(SET_COUNT)
    SET_MATRIX(estimate, q)
    SET_MATRIX(std_error, q)
    SET_MATRIX(low, q)
    SET_MATRIX(high, q)
    SET_MATRIX(theta, most)
    SET_MATRIX(covariance, most * most)
    SET_MATRIX(aicc_of, answer->options.n_models)
#undef SET_NUMBER
#undef SET_COUNT
#undef SET_MATRIX
    ret = ret < 0 ? ret : set_column(columns, "quantities", tuple_of_words(words, (Py_ssize_t) q));
    Py_XDECREF(owner);
    if (ret < 0) {
        Py_CLEAR(columns);
    }
    return columns;
}

/* Fits all patients in turns. -1 with an exception when a signal says so. */
static int
fit_in_turns(imr_kinetics_t *answer)
{
    size_t turn = answer->options.limits ? IMR_ROWS_A_TURN / 8 : IMR_ROWS_A_TURN;

    for (size_t from = 0; from < answer->patients; from += turn) {
        size_t to = from + turn < answer->patients ? from + turn : answer->patients;

        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS
        imr_kinetics_fit(answer, from, to);
        Py_END_ALLOW_THREADS
    }
    return 0;
}

static PyObject *
kinetics(PyObject *module, PyObject *args)
{
    PyObject *given[IMR_KINETICS_COLUMNS], *models, *error, *result = NULL;
    PyArrayObject *array[IMR_KINETICS_COLUMNS] = { NULL };
    imr_kinetics_options_t options = { 0 };
    imr_kinetics_rows_t rows = { 0 };
    imr_kinetics_t answer = { 0 };
    imr_fault_t fault;
    Py_ssize_t patients;
    int status, from_nadir;

    if (!PyArg_ParseTuple(args, "nOOOOOOO!Opdddp:kinetics", &patients, &given[PATIENT], &given[DAY],
            &given[COUNT], &given[LLOQ], &given[BELOW], &given[CART], &PyList_Type, &models, &error,
            &from_nadir, &options.start_day, &options.threshold, &options.level, &options.limits)) {
        return NULL;
    }
    if (imr_kinetics_read(
            module, given, array, models, error, from_nadir, patients, &options, &rows)
        < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_kinetics_init(&answer, &rows, &options, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
    } else if (fit_in_turns(&answer) == 0) {
        result = columns_of(&answer);
    }
out:
    imr_kinetics_free(&answer);
    for (int c = 0; c < IMR_KINETICS_COLUMNS; c++) {
        Py_XDECREF((PyObject *) array[c]);
    }
    return result;
}

/* --- curves ------------------------------------------------------------------------------------ */

enum { MODEL, THETA, COVARIANCE, ORIGIN, DF, DAYS, N_GIVEN };

static PyObject *
kinetics_at(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "model", "theta", "covariance", "origin", "df", "days" };
    PyObject *given[N_GIVEN], *outputs[3] = { NULL };
    PyArrayObject *array[N_GIVEN] = { NULL };
    double *data[3], level;
    imr_fault_t fault;
    npy_intp dims[2];
    size_t n_days, n, most = IMR_KINETICS_MOST;
    int status = IMR_OK;

    if (!PyArg_ParseTuple(args, "OOOOOOd:kinetics_at", &given[MODEL], &given[THETA],
            &given[COVARIANCE], &given[ORIGIN], &given[DF], &given[DAYS], &level)) {
        return NULL;
    }
    for (int i = 0; i < N_GIVEN; i++) {
        array[i] = i == MODEL ? imr_array_int64(module, given[i], names[i])
                              : imr_array_double(module, given[i], names[i]);
        if (array[i] == NULL) {
            goto out;
        }
    }
    if (imr_check_column(module, array[DAYS], "days", -1, NULL) < 0) {
        goto out;
    }
    n = (size_t) PyArray_SIZE(array[MODEL]);
    n_days = (size_t) PyArray_DIM(array[DAYS], 0);
    if ((size_t) PyArray_SIZE(array[THETA]) != n * most
        || (size_t) PyArray_SIZE(array[COVARIANCE]) != n * most * most
        || (size_t) PyArray_SIZE(array[ORIGIN]) != n || (size_t) PyArray_SIZE(array[DF]) != n) {
        imr_raise_input(module, "the columns of the patients differ in length");
        goto out;
    }
    dims[0] = (npy_intp) n;
    dims[1] = (npy_intp) n_days;
    for (int i = 0; i < 3; i++) {
        outputs[i] = PyArray_SimpleNew(2, dims, NPY_DOUBLE);
        if (outputs[i] == NULL) {
            goto out;
        }
        data[i] = PyArray_DATA((PyArrayObject *) outputs[i]);
    }
    for (size_t p = 0; p < n && status == IMR_OK; p++) {
        int64_t model = ((const int64_t *) PyArray_DATA(array[MODEL]))[p];

        if (model < 0 || model >= IMR_KINETICS_MODELS) {
            imr_raise_input(module, "model holds no code of a model");
            goto out;
        }
        status = imr_kinetics_at((imr_kinetics_model_t) model,
            (const double *) PyArray_DATA(array[THETA]) + p * most,
            (const double *) PyArray_DATA(array[COVARIANCE]) + p * most * most,
            ((const double *) PyArray_DATA(array[ORIGIN]))[p],
            ((const double *) PyArray_DATA(array[DF]))[p], level, PyArray_DATA(array[DAYS]), n_days,
            data[0] + p * n_days, data[1] + p * n_days, data[2] + p * n_days, &fault);
    }
    if (status == IMR_OK) {
        for (int i = 0; i < N_GIVEN; i++) {
            Py_DECREF((PyObject *) array[i]);
        }
        return imr_rows_results(outputs, 3);
    }
    imr_raise(module, &fault);
out:
    for (int i = 0; i < N_GIVEN; i++) {
        Py_XDECREF((PyObject *) array[i]);
    }
    for (int i = 0; i < 3; i++) {
        Py_XDECREF(outputs[i]);
    }
    return NULL;
}

PyMethodDef imr_kinetics_methods[] = {
    { "kinetics", kinetics, METH_VARARGS,
        "kinetics($module, patients, patient, day, count, lloq, below, cart, models, error,"
        " from_nadir, start_day, threshold, level, limits, /)\n--\n\n"
        "The columns of recovery.kinetics; patient holds codes below the number of patients." },
    { "kinetics_at", kinetics_at, METH_VARARGS,
        "kinetics_at($module, model, theta, covariance, origin, df, days, level, /)\n--\n\n"
        "Estimate, low and high of each patient's curve on each day." },
    { "kinetics_words", kinetics_words, METH_NOARGS,
        "kinetics_words($module, /)\n--\n\n"
        "Models, errors, statuses and the reasons of the statuses, in the order of their codes." },
    { NULL, NULL, 0, NULL },
};
