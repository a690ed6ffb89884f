#include "survival/logrank_columns.h"

#include "survival/recurrent.h"
#include "survival/recurrent_cox.h"
#include "survival/recurrent_test.h"

static const char *const VARIANCES[] = { IMR_RECURRENT_VARIANCE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const WEIGHTS[] = { IMR_RECURRENT_WEIGHT_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const MODELS[] = { IMR_RECURRENT_MODEL_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const METHODS[] = { "asymptotic", "exact", "monte-carlo", "auto" };
static const char *const INTERVALS[] = { IMR_RECURRENT_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };

enum { ASYMPTOTIC, EXACT, MONTE_CARLO, AUTO, N_METHODS };

/* Patients up to which "auto" is "exact": 2 ms. */
#define AUTO_PATIENTS 36

enum {
    N_MODELS = 0 IMR_RECURRENT_MODEL_LIST(IMR_ONE_OF_CHOICE),
    N_WEIGHTS = 0 IMR_RECURRENT_WEIGHT_LIST(IMR_ONE_OF_CHOICE),
    N_VARIANCES = 0 IMR_RECURRENT_VARIANCE_LIST(IMR_ONE_OF_CHOICE),
    N_INTERVALS = 0 IMR_RECURRENT_INTERVAL_LIST(IMR_ONE_OF_CHOICE)
};

/* --- rows ---------------------------------------------------------------------------------------- */

enum { TIME, PATIENT, EVENT, ENTRY, GROUP, N_COLUMNS };
static const char *const COLUMNS[] = { "time", "patient", "event", "entry", "group" };
static const char KINDS[] = "DIIdi";

/* A fault of a row of a patient names the patient, and the other row where there is one. */
static void
raise_row(PyObject *module, const imr_fault_t *fault, const imr_recurrent_rows_t *rows,
    const int64_t *patients, PyObject *names)
{
    PyObject *value;

    if (rows->other_row < 0 && fault->status != IMR_ERR_RECURRENT_NO_END) {
        imr_raise(module, fault);
        return;
    }
    value = PyFloat_FromDouble(fault->value);
    if (value != NULL) {
        imr_raise_history(module, fault, value, NULL, rows->other_row, patients, names);
        Py_DECREF(value);
    }
}

typedef struct {
    PyObject *given[N_COLUMNS];
    PyObject *names; /* None, or what the numbers of the patients stand for */
    Py_ssize_t groups;
    double window;
    int timefix;
    int ordered; /* imr_recurrent_rows_ordered is needed */
    PyArrayObject *arrays[N_COLUMNS];
    imr_recurrent_data_t data;
    imr_recurrent_rows_t rows;
} histories_t;

/* Zeros, or what histories_init made. */
static void
histories_free(histories_t *self)
{
    imr_recurrent_rows_free(&self->rows);
    imr_columns_free(self->arrays, KINDS);
}

/* From given to timefix. -1 with an exception; to be freed in any case. */
static int
histories_init(PyObject *module, histories_t *self)
{
    imr_recurrent_data_t *data = &self->data;
    imr_fault_t fault;
    int status;

    if (imr_columns(module, self->given, COLUMNS, KINDS, self->arrays) < 0) {
        return -1;
    }
    data->n = (size_t) PyArray_DIM(self->arrays[TIME], 0);
    data->patient = imr_column_data(self->arrays[PATIENT]);
    data->time = imr_column_data(self->arrays[TIME]);
    data->event = imr_column_data(self->arrays[EVENT]);
    data->entry = imr_column_data(self->arrays[ENTRY]);
    data->group = imr_column_data(self->arrays[GROUP]);
    data->groups = (size_t) self->groups;
    data->window = self->window;
    data->fix_ties = self->timefix;
    Py_BEGIN_ALLOW_THREADS
    status = self->ordered ? imr_recurrent_rows_ordered(data, &self->rows, &fault)
                           : imr_recurrent_rows(data, &self->rows, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        raise_row(module, &fault, &self->rows, data->patient, self->names);
        return -1;
    }
    return 0;
}

/* --- the curve ----------------------------------------------------------------------------------- */

static PyObject *
lend_curve(imr_recurrent_t *curve)
{
    PyObject *owner = imr_owner(curve->block), *result;
    size_t n = curve->n;

    curve->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    result = Py_BuildValue("(NNNNNNNNNNLd)", imr_column_double(owner, curve->time, n),
        imr_column_int64(owner, curve->at_risk, n), imr_column_int64(owner, curve->events, n),
        imr_column_int64(owner, curve->terminal, n), imr_column_int64(owner, curve->censored, n),
        imr_column_double(owner, curve->survival, n), imr_column_double(owner, curve->estimate, n),
        imr_column_double(owner, curve->std_error, n), imr_column_double(owner, curve->low, n),
        imr_column_double(owner, curve->high, n), (long long) curve->patients, curve->start_high);
    Py_DECREF(owner);
    return result;
}

static PyObject *
recurrent(PyObject *module, PyObject *args)
{
    PyObject *variance, *interval, *result = NULL;
    histories_t histories = { .groups = 1 };
    imr_recurrent_options_t options;
    imr_fault_t fault;
    int chosen;

    if (!PyArg_ParseTuple(args, "OOOOOOndOOdp:recurrent", &histories.given[PATIENT],
            &histories.names, &histories.given[TIME], &histories.given[EVENT],
            &histories.given[ENTRY], &histories.given[GROUP], &histories.groups, &histories.window,
            &variance, &interval, &options.level, &histories.timefix)
        || (chosen = imr_choice(module, variance, "variance", VARIANCES, N_VARIANCES)) < 0) {
        return NULL;
    }
    options.variance = (imr_recurrent_variance_t) chosen;
    chosen = imr_choice(module, interval, "interval", INTERVALS, N_INTERVALS);
    if (chosen < 0) {
        return NULL;
    }
    if (histories_init(module, &histories) < 0) {
        goto out;
    }
    options.interval = (imr_recurrent_interval_t) chosen;
    result = PyTuple_New(histories.groups);
    for (Py_ssize_t g = 0; g < histories.groups && result != NULL; g++) {
        imr_recurrent_t curve;
        PyObject *lent = NULL;
        int status;

        Py_BEGIN_ALLOW_THREADS
        status = imr_recurrent(&histories.rows, (size_t) g, &options, &curve, &fault);
        Py_END_ALLOW_THREADS
        if (status != IMR_OK) {
            imr_raise(module, &fault);
        } else {
            lent = lend_curve(&curve);
        }
        if (lent == NULL || PyErr_CheckSignals() < 0 || PyTuple_SetItem(result, g, lent) < 0) {
            Py_CLEAR(result);
        }
    }
    if (result != NULL) {
        result = Py_BuildValue("(Nnn)", result, (Py_ssize_t) histories.rows.joined,
            (Py_ssize_t) histories.rows.merged);
    }
out:
    histories_free(&histories);
    return result;
}

enum { AT_TIME, AT_RISK, ESTIMATE, STD_ERROR, LOW, HIGH, N_AT_COLUMNS };
static const char *const AT_COLUMNS[] = { "time", "at_risk", "estimate", "std_error", "low",
    "high" };
static const char AT_KINDS[] = "DIDDDD";

static PyObject *
recurrent_at(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "times" };
    PyObject *times, *given[N_AT_COLUMNS], *outputs[5] = { NULL }, *result = NULL;
    PyArrayObject *arrays[N_AT_COLUMNS] = { NULL };
    imr_rows_t rows = { .count = 1 };
    imr_recurrent_t curve = { .n = 0 };
    imr_fault_t fault;
    double *data[5];
    int timefix, status;

    if (!PyArg_ParseTuple(args, "O(OOOOOO)dp:recurrent_at", &times, &given[AT_TIME],
            &given[AT_RISK], &given[ESTIMATE], &given[STD_ERROR], &given[LOW], &given[HIGH],
            &curve.start_high, &timefix)) {
        return NULL;
    }
    rows.arrays[0] = imr_array_double(module, times, "times");
    if (imr_rows_init(module, &rows, names) < 0
        || imr_columns(module, given, AT_COLUMNS, AT_KINDS, arrays) < 0
        || imr_rows_outputs(&rows, outputs, data, 5) < 0) {
        goto out;
    }
    curve.n = (size_t) PyArray_DIM(arrays[AT_TIME], 0);
    curve.time = PyArray_DATA(arrays[AT_TIME]);
    curve.at_risk = PyArray_DATA(arrays[AT_RISK]);
    curve.estimate = PyArray_DATA(arrays[ESTIMATE]);
    curve.std_error = PyArray_DATA(arrays[STD_ERROR]);
    curve.low = PyArray_DATA(arrays[LOW]);
    curve.high = PyArray_DATA(arrays[HIGH]);
    Py_BEGIN_ALLOW_THREADS
    status = imr_recurrent_at(&curve, timefix, PyArray_DATA(rows.arrays[0]), rows.n, data[0],
        data[1], data[2], data[3], data[4], &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise_rows(module, &rows, names, &fault);
    } else {
        result = imr_rows_results(outputs, 5);
    }
out:
    for (int i = 0; i < 5; i++) {
        Py_XDECREF(outputs[i]);
    }
    imr_columns_free(arrays, AT_KINDS);
    imr_rows_free(&rows);
    return result;
}

/* --- the test ------------------------------------------------------------------------------------ */

/* The p-value by permutation of patients. -1 with an exception. */
static int
permute(PyObject *module, const imr_recurrent_test_t *test, const imr_recurrent_rows_t *rows,
    int method, imr_alternative_t alternative, const uint64_t key[2], Py_ssize_t replicates,
    PyObject *progress, double *pvalue)
{
    imr_logrank_scores_t scores;
    imr_fault_t fault;
    int status;

    if (imr_recurrent_test_deal(test, rows, &scores, &fault) != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    status = method == EXACT ? imr_logrank_work_exactly(module, &scores, alternative, "patient",
                                   IMR_ERR_EXACT_PATIENTS, pvalue)
                             : imr_logrank_work_randomly(module, &scores, NULL, alternative, key,
                                   replicates, progress, pvalue);
    imr_logrank_scores_free(&scores);
    return status;
}

static PyObject *
recurrent_test(PyObject *module, PyObject *args)
{
    PyObject *weight, *method, *direction, *progress, *result = NULL;
    histories_t histories = { .groups = 1 };
    imr_recurrent_test_t test = { .patients = 0 };
    imr_alternative_t alternative;
    imr_fault_t fault;
    unsigned long long low, high;
    Py_ssize_t replicates;
    double pvalue;
    int chosen, way, status;

    if (!PyArg_ParseTuple(args, "OOOOOOndOOOp(KK)nO:recurrent_test", &histories.given[PATIENT],
            &histories.names, &histories.given[TIME], &histories.given[EVENT],
            &histories.given[ENTRY], &histories.given[GROUP], &histories.groups, &histories.window,
            &weight, &method, &direction, &histories.timefix, &low, &high, &replicates, &progress)
        || (chosen = imr_choice(module, weight, "weights", WEIGHTS, N_WEIGHTS)) < 0
        || (way = imr_choice(module, method, "method", METHODS, N_METHODS)) < 0
        || imr_logrank_read_alternative(module, direction, &alternative) < 0) {
        return NULL;
    }
    if (replicates < 0 || (uint64_t) replicates > UINT32_MAX) {
        return imr_raise_input(module, "replicates is %zd; give 1 to 4294967295", replicates);
    }
    if (histories_init(module, &histories) < 0) {
        goto out;
    }
    if (way == AUTO) {
        way = histories.rows.patients <= AUTO_PATIENTS ? EXACT : ASYMPTOTIC;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_recurrent_test(&histories.rows, (imr_recurrent_weight_t) chosen, &test, &fault);
    if (status == IMR_OK && way == ASYMPTOTIC) {
        status = imr_recurrent_test_pvalue(&test, alternative, &pvalue, &fault);
    }
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
    } else if (way == ASYMPTOTIC
        || permute(module, &test, &histories.rows, way, alternative,
               (const uint64_t[]) { low, high }, replicates, progress, &pvalue)
            == 0) {
        result = Py_BuildValue("(sdddd(LL)(LL)nn)", METHODS[way], test.z, pvalue, test.excess,
            test.variance, (long long) test.count[0], (long long) test.count[1],
            (long long) test.events[0], (long long) test.events[1],
            (Py_ssize_t) histories.rows.joined, (Py_ssize_t) histories.rows.merged);
    }
    imr_recurrent_test_free(&test);
out:
    histories_free(&histories);
    return result;
}

/* --- rows for a Cox regression ------------------------------------------------------------------- */

static PyObject *
recurrent_layout(PyObject *module, PyObject *args)
{
    PyObject *covariates, *model, *owner, *result = NULL;
    PyArrayObject *matrix = NULL;
    histories_t histories = { .groups = 1, .ordered = 1 };
    imr_recurrent_layout_t layout;
    imr_fault_t fault;
    int chosen, status;

    histories.given[GROUP] = Py_None;
    if (!PyArg_ParseTuple(args, "OOOOOOdOp:recurrent_layout", &histories.given[PATIENT],
            &histories.names, &histories.given[TIME], &histories.given[EVENT],
            &histories.given[ENTRY], &covariates, &histories.window, &model, &histories.timefix)
        || (chosen = imr_choice(module, model, "model", MODELS, N_MODELS)) < 0) {
        return NULL;
    }
    if (histories_init(module, &histories) < 0
        || (matrix = imr_array_double(module, covariates, "X")) == NULL) {
        goto out;
    }
    if (PyArray_NDIM(matrix) != 2 || PyArray_DIM(matrix, 0) != (npy_intp) histories.data.n) {
        imr_raise_input(module, "X does not fit time; give a row for each of the %zd of time",
            (Py_ssize_t) histories.data.n);
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_recurrent_layout(&histories.data, &histories.rows, PyArray_DATA(matrix),
        (size_t) PyArray_DIM(matrix, 1), (imr_recurrent_model_t) chosen, &layout, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        raise_row(module, &fault, &histories.rows, histories.data.patient, histories.names);
        goto out;
    }
    owner = imr_owner(layout.block);
    if (owner != NULL) {
        result = Py_BuildValue("(NNNNNNn)", imr_column_int64(owner, layout.source, layout.n),
            imr_column_double(owner, layout.entry, layout.n),
            imr_column_double(owner, layout.time, layout.n),
            imr_column_flag(owner, layout.event, layout.n),
            imr_column_int64(owner, layout.stratum, layout.n),
            imr_column_int64(owner, layout.patient, layout.n), (Py_ssize_t) layout.patients);
        Py_DECREF(owner);
    }
out:
    histories_free(&histories);
    Py_XDECREF((PyObject *) matrix);
    return result;
}

PyMethodDef imr_recurrent_methods[] = {
    { "recurrent", recurrent, METH_VARARGS,
        "recurrent($module, patient, names, time, event, entry, group, groups, window, variance, "
        "interval, level, timefix, /)\n--\n\n"
        "(a tuple of columns, patients and the first upper limit for each group, joined, "
        "merged)." },
    { "recurrent_at", recurrent_at, METH_VARARGS,
        "recurrent_at($module, times, columns, start_high, timefix, /)\n--\n\n"
        "(estimate, std_error, low, high, at_risk) of a mean cumulative function at times." },
    { "recurrent_test", recurrent_test, METH_VARARGS,
        "recurrent_test($module, patient, names, time, event, entry, group, groups, window, "
        "weights, method, alternative, timefix, key, replicates, progress, /)\n--\n\n"
        "(method, z, pvalue, excess, variance, patients, events, joined, merged) of two groups." },
    { "recurrent_layout", recurrent_layout, METH_VARARGS,
        "recurrent_layout($module, patient, names, time, event, entry, X, window, model, timefix, "
        "/)\n--\n\n"
        "(source row, entry, time, event, stratum, code of the patient, patients) for a Cox "
        "regression." },
    { NULL, NULL, 0, NULL },
};
