#include "binding.h"

#include <math.h>

#include "survival/panel_markov.h"
#include "survival/panel_markov_after.h"

static const char *const LIMITS[] = { IMR_PANEL_LIMITS_LIST(IMR_WORDS_OF_CHOICE) };

enum { N_LIMITS = 0 IMR_PANEL_LIMITS_LIST(IMR_ONE_OF_CHOICE) };

/* --- rows ---------------------------------------------------------------------------------------- */

enum { PATIENT, DAY, STATE, COVARIATES, N_COLUMNS };
static const char *const COLUMNS[] = { "patient", "day", "state", "covariates" };
static const char KINDS[] = "IDIm";

/* A fault of a state names it in words, with the patient, and the row and the state before. */
static void
raise_row(PyObject *module, const imr_fault_t *fault, int64_t other_row, PyArrayObject *const *rows,
    PyObject *patient_names, PyObject *state_names)
{
    const int64_t *states = imr_column_data(rows[STATE]);
    PyObject *value, *was = NULL;

    if (fault->argument == NULL || strcmp(fault->argument, "state") != 0 || fault->row < 0
        || fault->status == IMR_ERR_CODE) {
        imr_raise(module, fault);
        return;
    }
    value = PySequence_GetItem(state_names, (Py_ssize_t) fault->value);
    if (value != NULL && other_row >= 0) {
        was = PySequence_GetItem(state_names, (Py_ssize_t) states[other_row]);
    }
    if (value != NULL && (was != NULL || other_row < 0)) {
        imr_raise_history(
            module, fault, value, was, other_row, imr_column_data(rows[PATIENT]), patient_names);
    }
    Py_XDECREF(value);
    Py_XDECREF(was);
}

/* --- chain and effects ---------------------------------------------------------------------------- */

typedef struct {
    PyObject *given[4];
    PyArrayObject
        *arrays[4]; /* from and to of the transitions; transition and column of the effects */
    imr_panel_chain_t chain;
    size_t effects;
} model_t;

static void
model_free(model_t *self)
{
    for (int i = 0; i < 4; i++) {
        Py_XDECREF((PyObject *) self->arrays[i]);
    }
}

static int
model_init(PyObject *module, model_t *self, Py_ssize_t states)
{
    static const char *const names[] = { "transitions", "transitions", "effects", "effects" };

    for (int i = 0; i < 4; i++) {
        self->arrays[i] = imr_array_int64(module, self->given[i], names[i]);
        if (self->arrays[i] == NULL
            || imr_check_column(module, self->arrays[i], names[i],
                   i % 2 == 0 ? -1 : PyArray_DIM(self->arrays[i - 1], 0), names[i])
                < 0) {
            return -1;
        }
    }
    if (PyArray_DIM(self->arrays[0], 0) > IMR_PANEL_MOST_TRANSITIONS
        || states > IMR_PANEL_MOST_STATES || states < 2) {
        imr_raise_input(module, "transitions has %zd entries between %zd states; %s",
            (Py_ssize_t) PyArray_DIM(self->arrays[0], 0), states,
            imr_status_words(IMR_ERR_PANEL_SIZE));
        return -1;
    }
    self->chain.states = (size_t) states;
    self->chain.transitions = (size_t) PyArray_DIM(self->arrays[0], 0);
    self->effects = (size_t) PyArray_DIM(self->arrays[2], 0);
    for (size_t j = 0; j < self->chain.transitions; j++) {
        int64_t from = ((const int64_t *) PyArray_DATA(self->arrays[0]))[j];
        int64_t to = ((const int64_t *) PyArray_DATA(self->arrays[1]))[j];

        if (from < 0 || from >= states || to < 0 || to >= states) {
            imr_raise_input(module, "transitions[%zd] is (%lld, %lld); states are numbered from 0",
                (Py_ssize_t) j, (long long) from, (long long) to);
            return -1;
        }
        self->chain.from[j] = (uint8_t) from;
        self->chain.to[j] = (uint8_t) to;
    }
    return 0;
}

/* --- the fit ------------------------------------------------------------------------------------- */

enum {
    ESTIMATE,
    STD_ERROR,
    LOW,
    HIGH,
    PVALUE,
    COVARIANCE,
    SOJOURN,
    SOJOURN_LOW,
    SOJOURN_HIGH,
    N_ARRAYS
};

/* Without the GIL, but for questions. */
static int
work(imr_panel_markov_t *fit, const imr_panel_data_t *data, const imr_panel_options_t *options,
    double **columns, imr_signals_t *signals, imr_fault_t *fault)
{
    imr_panel_fitted_t fitted;
    int status = imr_panel_markov_fit(fit, data, options, &signals->stop, fault);

    if (status != IMR_OK) {
        return status;
    }
    status = imr_panel_markov_limits(fit, columns[LOW], columns[HIGH], columns[PVALUE], fault);
    memcpy(columns[ESTIMATE], fit->estimate, fit->p * sizeof(double));
    memcpy(columns[STD_ERROR], fit->std_error, fit->p * sizeof(double));
    memcpy(columns[COVARIANCE], fit->covariance, fit->p * fit->p * sizeof(double));
    fitted = (imr_panel_fitted_t) { .chain = fit->rows.chain,
        .estimate = fit->estimate,
        .covariance = fit->covariance,
        .level = options->level };
    fitted.effects = 0;
    if (status == IMR_OK && fit->model.effects > 0) {
        fitted.effects = options->effects;
        fitted.transition = options->transition;
        fitted.column = options->column;
        fitted.k = fit->rows.k;
    }
    return status != IMR_OK
        ? status
        : imr_panel_sojourn(&fitted, columns[LOW], columns[HIGH], columns[SOJOURN],
              columns[SOJOURN_LOW], columns[SOJOURN_HIGH], fault);
}

/* Rows and counts, lent. */
static PyObject *
lend_rows(imr_panel_rows_t *rows, size_t n)
{
    PyObject *owner = imr_owner(rows->block), *result;

    rows->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    result = Py_BuildValue("(NNNNNN)", imr_column_int64(owner, rows->first, rows->patients + 1),
        imr_column_double(owner, rows->day, n), imr_column_int64(owner, rows->state, n),
        imr_matrix_double(owner, rows->initial, rows->patients, rows->k),
        imr_column_double(owner, rows->mean, rows->k),
        imr_matrix_int64(owner, rows->seen, rows->chain.states, rows->columns_of_seen));
    Py_DECREF(owner);
    return result;
}

static int
read_sets(PyObject *module, PyObject *sets, imr_panel_data_t *data)
{
    Py_ssize_t count = PySequence_Size(sets);

    if (count < 0) {
        return -1;
    }
    if (count > IMR_PANEL_MOST_SETS) {
        imr_raise_input(
            module, "censored has %zd entries; %s", count, imr_status_words(IMR_ERR_PANEL_SIZE));
        return -1;
    }
    data->sets = (size_t) count;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PySequence_GetItem(sets, i);

        data->set[i] = item == NULL ? 0 : (uint32_t) PyLong_AsUnsignedLongMask(item);
        Py_XDECREF(item);
        if (PyErr_Occurred() != NULL) {
            return -1;
        }
    }
    return 0;
}

static PyObject *
panel_markov(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *patient_names, *state_names, *sets, *word,
        *arrays[N_ARRAYS] = { NULL }, *packed, *result = NULL;
    PyArrayObject *rows[N_COLUMNS] = { NULL };
    double *columns[N_ARRAYS];
    model_t model = { .effects = 0 };
    imr_panel_markov_t fit = { 0 };
    imr_panel_data_t data = { 0 };
    imr_panel_options_t options;
    imr_signals_t signals;
    imr_fault_t fault;
    Py_ssize_t states;
    unsigned int exact;
    npy_intp dims[2];
    int status, choice;

    if (!PyArg_ParseTuple(args, "OOOOOOn(OOOO)IOOd:panel_markov", &given[PATIENT], &patient_names,
            &given[DAY], &given[STATE], &state_names, &given[COVARIATES], &states, &model.given[0],
            &model.given[1], &model.given[2], &model.given[3], &exact, &sets, &word,
            &options.level)) {
        return NULL;
    }
    choice = imr_choice(module, word, "limits", LIMITS, N_LIMITS);
    if (choice < 0) {
        return NULL;
    }
    options.limits = (imr_panel_limits_t) choice;
    if (imr_columns(module, given, COLUMNS, KINDS, rows) < 0
        || model_init(module, &model, states) < 0 || read_sets(module, sets, &data) < 0) {
        goto out;
    }
    data.n = (size_t) PyArray_DIM(rows[PATIENT], 0);
    data.patient = imr_column_data(rows[PATIENT]);
    data.day = imr_column_data(rows[DAY]);
    data.state = imr_column_data(rows[STATE]);
    data.columns = imr_column_data(rows[COVARIATES]);
    data.k = rows[COVARIATES] == NULL ? 0 : (size_t) PyArray_DIM(rows[COVARIATES], 1);
    data.chain = model.chain;
    data.exact = exact;
    options.effects = model.effects;
    options.transition = imr_column_data(model.arrays[2]);
    options.column = imr_column_data(model.arrays[3]);
    for (int i = 0; i < N_ARRAYS; i++) {
        dims[0] = dims[1] =
            i >= SOJOURN ? states : (npy_intp) (model.chain.transitions + model.effects);
        arrays[i] = PyArray_SimpleNew(i == COVARIANCE ? 2 : 1, dims, NPY_DOUBLE);
        if (arrays[i] == NULL) {
            goto out;
        }
        columns[i] = PyArray_DATA((PyArrayObject *) arrays[i]);
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = work(&fit, &data, &options, columns, &signals, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        raise_row(module, &fault, fit.rows.other_row, rows, patient_names, state_names);
        goto out;
    }
    packed = imr_rows_results(arrays, N_ARRAYS);
    if (packed != NULL) {
        result = Py_BuildValue("NNddLnd", packed, lend_rows(&fit.rows, data.n), fit.loglik,
            fit.climb.score_norm, (long long) fit.climb.iterations, (Py_ssize_t) fit.rows.patients,
            fit.rows.total);
    }
out:
    imr_panel_markov_free(&fit);
    imr_columns_free(rows, KINDS);
    model_free(&model);
    for (int i = 0; i < N_ARRAYS; i++) {
        Py_XDECREF(arrays[i]);
    }
    return result;
}

/* --- after the fit ------------------------------------------------------------------------------- */

enum { FITTED_ESTIMATE, FITTED_COVARIANCE, FITTED_MEAN, N_FITTED };

typedef struct {
    model_t model;
    PyObject *given[N_FITTED];
    PyArrayObject *arrays[N_FITTED];
    imr_panel_fitted_t fitted;
} fitted_t;

static void
fitted_free(fitted_t *self)
{
    model_free(&self->model);
    for (int i = 0; i < N_FITTED; i++) {
        Py_XDECREF((PyObject *) self->arrays[i]);
    }
}

/* From (states, from, to, transition, column, estimate, covariance, mean, level). */
static int
fitted_init(PyObject *module, fitted_t *self, PyObject *packed)
{
    static const char *const names[] = { "estimate", "covariance", "mean" };
    Py_ssize_t states;
    npy_intp p;

    if (!PyArg_ParseTuple(packed, "nOOOOOOOd:fitted", &states, &self->model.given[0],
            &self->model.given[1], &self->model.given[2], &self->model.given[3], &self->given[0],
            &self->given[1], &self->given[2], &self->fitted.level)
        || model_init(module, &self->model, states) < 0) {
        return -1;
    }
    p = (npy_intp) (self->model.chain.transitions + self->model.effects);
    for (int i = 0; i < N_FITTED; i++) {
        self->arrays[i] = imr_array_double(module, self->given[i], names[i]);
        if (self->arrays[i] == NULL) {
            return -1;
        }
    }
    if (PyArray_SIZE(self->arrays[FITTED_ESTIMATE]) != p
        || PyArray_SIZE(self->arrays[FITTED_COVARIANCE]) != p * p) {
        imr_raise_input(module,
            "estimate and covariance are not those of the transitions and "
            "effects; give what panel_markov returned");
        return -1;
    }
    self->fitted.chain = self->model.chain;
    self->fitted.effects = self->model.effects;
    self->fitted.transition = PyArray_DATA(self->model.arrays[2]);
    self->fitted.column = PyArray_DATA(self->model.arrays[3]);
    self->fitted.estimate = PyArray_DATA(self->arrays[FITTED_ESTIMATE]);
    self->fitted.covariance = PyArray_DATA(self->arrays[FITTED_COVARIANCE]);
    self->fitted.mean = PyArray_DATA(self->arrays[FITTED_MEAN]);
    self->fitted.k = (size_t) PyArray_SIZE(self->arrays[FITTED_MEAN]);
    return 0;
}

/* New arrays for each of the days: count of them, with `ndim` axes of one length for the states. */
static int
outputs_init(
    PyArrayObject *days, size_t states, int ndim, const int *types, int count, PyObject **outputs)
{
    npy_intp dims[34];
    int axes = PyArray_NDIM(days);

    if (axes > 30) {
        PyErr_SetString(PyExc_ValueError, "days has too many dimensions");
        return -1;
    }
    for (int i = 0; i < axes; i++) {
        dims[i] = PyArray_DIM(days, i);
    }
    for (int i = 0; i < ndim; i++) {
        dims[axes + i] = (npy_intp) states;
    }
    for (int i = 0; i < count; i++) {
        outputs[i] = PyArray_SimpleNew(axes + ndim, dims, types[i]);
        if (outputs[i] == NULL) {
            return -1;
        }
    }
    return 0;
}

/* A fault in a day names the one of several that was asked for. */
static void
raise_on_day(PyObject *module, const PyArrayObject *days, npy_intp d, imr_fault_t *fault)
{
    if (fault->argument != NULL && strcmp(fault->argument, "days") == 0 && PyArray_NDIM(days) > 0) {
        fault->row = d;
    }
    imr_raise(module, fault);
}

static PyObject *
panel_markov_probability(PyObject *module, PyObject *args)
{
    static const int types[] = { NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE };
    PyObject *packed, *days_given, *at_given, *outputs[4] = { NULL }, *result = NULL;
    PyArrayObject *days = NULL, *at = NULL;
    fitted_t self = { .fitted.k = 0 };
    const double *x = NULL;
    double *data[4];
    size_t cells;
    int times;

    if (!PyArg_ParseTuple(args, "O!OOp:panel_markov_probability", &PyTuple_Type, &packed,
            &days_given, &at_given, &times)) {
        return NULL;
    }
    if (fitted_init(module, &self, packed) < 0) {
        goto out;
    }
    days = imr_array_double(module, days_given, "days");
    if (days == NULL || outputs_init(days, self.fitted.chain.states, 2, types, 4, outputs) < 0) {
        goto out;
    }
    if (at_given != Py_None) {
        at = imr_array_double(module, at_given, "at");
        if (at == NULL) {
            goto out;
        }
        if ((size_t) PyArray_SIZE(at) != self.fitted.k) {
            imr_raise_input(module, "at has %zd values; give one for each of the %zd covariates",
                (Py_ssize_t) PyArray_SIZE(at), (Py_ssize_t) self.fitted.k);
            goto out;
        }
        x = PyArray_DATA(at);
    }
    cells = self.fitted.chain.states * self.fitted.chain.states;
    for (int i = 0; i < 4; i++) {
        data[i] = PyArray_DATA((PyArrayObject *) outputs[i]);
    }
    for (npy_intp d = 0; d < PyArray_SIZE(days); d++) {
        size_t begin = (size_t) d * cells;
        imr_fault_t fault;
        int status;

        Py_BEGIN_ALLOW_THREADS
        status = imr_panel_probability(&self.fitted, ((const double *) PyArray_DATA(days))[d], x,
            times, data[0] + begin, data[1] + begin, data[2] + begin, data[3] + begin, &fault);
        Py_END_ALLOW_THREADS
        if (status != IMR_OK) {
            raise_on_day(module, days, d, &fault);
            goto out;
        }
        if (PyErr_CheckSignals() < 0) {
            goto out;
        }
    }
    result = imr_rows_results(outputs, 4);
out:
    fitted_free(&self);
    Py_XDECREF((PyObject *) days);
    Py_XDECREF((PyObject *) at);
    for (int i = 0; i < 4; i++) {
        Py_XDECREF(outputs[i]);
    }
    return result;
}

enum { FIRST, SEEN_DAY, SEEN_STATE, INITIAL, N_SEEN };

/* -1 with an exception unless the rows are those of panel_markov, as far as memory goes. */
static int
seen_init(PyObject *module, PyObject *const *given, PyArrayObject **arrays, imr_panel_seen_t *seen,
    size_t k)
{
    npy_intp patients, n;

    arrays[FIRST] = imr_array_int64(module, given[FIRST], "first");
    arrays[SEEN_DAY] = imr_array_double(module, given[SEEN_DAY], "day");
    arrays[SEEN_STATE] = imr_array_int64(module, given[SEEN_STATE], "state");
    arrays[INITIAL] = imr_array_double(module, given[INITIAL], "initial");
    for (int i = 0; i < N_SEEN; i++) {
        if (arrays[i] == NULL) {
            return -1;
        }
    }
    patients = PyArray_SIZE(arrays[FIRST]) - 1;
    n = PyArray_SIZE(arrays[SEEN_DAY]);
    seen->first = PyArray_DATA(arrays[FIRST]);
    seen->day = PyArray_DATA(arrays[SEEN_DAY]);
    seen->state = PyArray_DATA(arrays[SEEN_STATE]);
    seen->initial = PyArray_DATA(arrays[INITIAL]);
    if (patients < 0 || PyArray_SIZE(arrays[SEEN_STATE]) != n || seen->first[patients] != n
        || PyArray_SIZE(arrays[INITIAL]) != patients * (npy_intp) k) {
        imr_raise_input(
            module, "first, day, state and initial do not fit; give those of panel_markov");
        return -1;
    }
    seen->patients = (size_t) patients;
    return 0;
}

static PyObject *
panel_markov_prevalence(PyObject *module, PyObject *args)
{
    static const int types[] = { NPY_INT64, NPY_DOUBLE };
    PyObject *packed, *given[N_SEEN], *days_given, *outputs[2] = { NULL }, *result = NULL;
    PyArrayObject *days = NULL, *arrays[N_SEEN] = { NULL };
    fitted_t self = { .fitted.k = 0 };
    imr_panel_seen_t seen;

    if (!PyArg_ParseTuple(args, "O!(OOOO)O:panel_markov_prevalence", &PyTuple_Type, &packed,
            &given[FIRST], &given[SEEN_DAY], &given[SEEN_STATE], &given[INITIAL], &days_given)) {
        return NULL;
    }
    if (fitted_init(module, &self, packed) < 0
        || seen_init(module, given, arrays, &seen, self.fitted.k) < 0) {
        goto out;
    }
    days = imr_array_double(module, days_given, "days");
    if (days == NULL || outputs_init(days, self.fitted.chain.states, 1, types, 2, outputs) < 0) {
        goto out;
    }
    for (npy_intp d = 0; d < PyArray_SIZE(days); d++) {
        size_t begin = (size_t) d * self.fitted.chain.states;
        imr_fault_t fault;
        int status;

        Py_BEGIN_ALLOW_THREADS
        status = imr_panel_prevalence(&self.fitted, &seen, ((const double *) PyArray_DATA(days))[d],
            (int64_t *) PyArray_DATA((PyArrayObject *) outputs[0]) + begin,
            (double *) PyArray_DATA((PyArrayObject *) outputs[1]) + begin, &fault);
        Py_END_ALLOW_THREADS
        if (status != IMR_OK) {
            raise_on_day(module, days, d, &fault);
            goto out;
        }
        if (PyErr_CheckSignals() < 0) {
            goto out;
        }
    }
    result = imr_rows_results(outputs, 2);
out:
    fitted_free(&self);
    Py_XDECREF((PyObject *) days);
    for (int i = 0; i < N_SEEN; i++) {
        Py_XDECREF((PyObject *) arrays[i]);
    }
    for (int i = 0; i < 2; i++) {
        Py_XDECREF(outputs[i]);
    }
    return result;
}

PyMethodDef imr_panel_markov_methods[] = {
    { "panel_markov", panel_markov, METH_VARARGS,
        "panel_markov($module, patient, patient_names, day, state, state_names, covariates, "
        "states,\n"
        "model, exact, sets, limits, level, /)\n--\n\n"
        "((estimate, std_error, low, high, pvalue, covariance, sojourn, low, high), (first, day,\n"
        "state, initial, mean, seen), loglik, score_norm, iterations, patients, total) of\n"
        "survival.panel_markov; model is (from, to, effects' transition, effects' column)." },
    { "panel_markov_probability", panel_markov_probability, METH_VARARGS,
        "panel_markov_probability($module, fitted, days, at, times, /)\n--\n\n"
        "(estimate, std_error, low, high) of probabilities or expected times; fitted is (states,\n"
        "from, to, effects' transition, effects' column, estimate, covariance, mean, level)." },
    { "panel_markov_prevalence", panel_markov_prevalence, METH_VARARGS,
        "panel_markov_prevalence($module, fitted, seen, days, /)\n--\n\n"
        "(observed, expected) patients in each state." },
    { NULL, NULL, 0, NULL },
};
