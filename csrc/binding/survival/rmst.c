#include "binding.h"

#include <math.h>

#include "base/mem.h"
#include "survival/rmst.h"

static const char *const INTERVALS[] = { IMR_RMST_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const TAUS[] = { "largest-common" };

enum { N_INTERVALS = 0 IMR_RMST_INTERVAL_LIST(IMR_ONE_OF_CHOICE) };

enum { TIME, EVENT, ENTRY, WEIGHTS, GROUP, COVARIATES, N_COLUMNS };
static const char *const COLUMNS[] = { "time", "event", "entry", "weights", "group", "covariates" };
static const char KINDS[] = "DFddim";

/* What a call is about, as far as both functions share it. */
typedef struct {
    PyArrayObject *arrays[N_COLUMNS];
    imr_kaplan_meier_data_t data;
    imr_rmst_options_t options;
    PyObject *labels; /* of the groups, borrowed; None without */
    imr_rmst_t *means; /* one a group */
    double tau;
    size_t groups;
} call_t;

/* A time beyond the follow-up of a group: names both and says how far it goes. */
static void
raise_tau(PyObject *module, const call_t *call, const imr_fault_t *fault)
{
    PyObject *tau = PyFloat_FromDouble(call->options.tau);
    PyObject *largest = PyFloat_FromDouble(fault->value);
    PyObject *label = NULL;

    if (!Py_IsNone(call->labels) && fault->row >= 0) {
        label = PySequence_GetItem(call->labels, (Py_ssize_t) fault->row);
    }
    if (tau != NULL && largest != NULL && (label != NULL || Py_IsNone(call->labels))) {
        if (label == NULL) {
            imr_raise_input(module,
                "tau is %R; the curve is known up to %R only, where the last patient is censored: "
                "give a tau up to there, or 'largest-common'",
                tau, largest);
        } else {
            imr_raise_input(module,
                "tau is %R; the curve of group %R is known up to %R only, where its last patient "
                "is "
                "censored: give a tau up to there, or 'largest-common'",
                tau, label, largest);
        }
    }
    Py_XDECREF(tau);
    Py_XDECREF(largest);
    Py_XDECREF(label);
}

static int
read_tau(PyObject *module, PyObject *value, double *tau)
{
    imr_fault_t fault = { IMR_ERR_NOT_POSITIVE, "tau", -1, NAN };

    if (PyUnicode_Check(value)) {
        *tau = NAN;
        return imr_choice(module, value, "tau", TAUS, 1);
    }
    *tau = PyFloat_AsDouble(value);
    if (*tau == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (!(*tau > 0 && isfinite(*tau))) {
        fault.value = *tau;
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

/* Converts the arguments and computes the mean of each group. -1 with an exception; call_free in any
 * case. */
static int
call_means(PyObject *module, call_t *call, PyObject *const *given, Py_ssize_t groups, PyObject *tau,
    PyObject *interval)
{
    imr_fault_t fault;
    int status, choice = imr_choice(module, interval, "interval", INTERVALS, N_INTERVALS);

    if (choice < 0 || read_tau(module, tau, &call->options.tau) < 0
        || imr_columns(module, given, COLUMNS, KINDS, call->arrays) < 0) {
        return -1;
    }
    if (groups < 1) {
        imr_raise_input(module, "the number of groups is needed");
        return -1;
    }
    call->options.interval = (imr_rmst_interval_t) choice;
    call->groups = (size_t) groups;
    call->data = (imr_kaplan_meier_data_t) {
        .n = (size_t) PyArray_DIM(call->arrays[TIME], 0),
        .time = imr_column_data(call->arrays[TIME]),
        .event = imr_column_data(call->arrays[EVENT]),
        .entry = imr_column_data(call->arrays[ENTRY]),
        .weight = imr_column_data(call->arrays[WEIGHTS]),
        .group = imr_column_data(call->arrays[GROUP]),
        .groups = (size_t) groups,
    };
    call->means = imr_calloc(call->groups, sizeof(*call->means));
    if (call->means == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_rmst(&call->data, &call->options, call->means, &call->tau, &fault);
    Py_END_ALLOW_THREADS
    if (status == IMR_ERR_TAU) {
        raise_tau(module, call, &fault);
    } else if (status != IMR_OK) {
        imr_raise(module, &fault);
    }
    return status == IMR_OK ? 0 : -1;
}

static void
call_free(call_t *call)
{
    imr_columns_free(call->arrays, KINDS);
    imr_free(call->means);
}

/* One tuple, the fields of RestrictedMean up to `events`. */
static PyObject *
mean_tuple(const call_t *call, size_t group)
{
    const imr_rmst_t *mean = call->means + group;

    return Py_BuildValue("ddddddddLL", call->tau, mean->estimate, mean->std_error, mean->low,
        mean->high, mean->lost, mean->lost_low, mean->lost_high, (long long) mean->n,
        (long long) mean->events);
}

static PyObject *
mean_tuples(const call_t *call)
{
    PyObject *list = PyList_New((Py_ssize_t) call->groups);

    for (size_t g = 0; list != NULL && g < call->groups; g++) {
        PyObject *tuple = mean_tuple(call, g);

        if (tuple == NULL || PyList_SetItem(list, (Py_ssize_t) g, tuple) < 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *
rmst(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *tau, *interval, *result = NULL;
    call_t call = { .means = NULL };
    Py_ssize_t groups;

    given[COVARIATES] = Py_None;
    if (!PyArg_ParseTuple(args, "OOOOOnOOOdp:rmst", &given[TIME], &given[EVENT], &given[ENTRY],
            &given[WEIGHTS], &given[GROUP], &groups, &call.labels, &tau, &interval,
            &call.options.level, &call.options.fix_ties)) {
        return NULL;
    }
    if (call_means(module, &call, given, groups, tau, interval) == 0) {
        result = call.data.group == NULL ? mean_tuple(&call, 0) : mean_tuples(&call);
    }
    call_free(&call);
    return result;
}

/* --- contrasts ---------------------------------------------------------------------------------- */

static int
unadjusted(const call_t *call, size_t reference, imr_rmst_effect_t *effects, imr_fault_t *fault)
{
    int status = IMR_OK;

    for (size_t g = 0; g < call->groups && status == IMR_OK; g++) {
        imr_rmst_effect_t here[IMR_RMST_MEASURES];

        status = imr_rmst_contrast(
            call->means + g, call->means + reference, call->tau, &call->options, here, fault);
        for (size_t m = 0; m < IMR_RMST_MEASURES && status == IMR_OK; m++) {
            effects[m * call->groups + g] = here[m];
        }
    }
    return status;
}

static int
adjusted(const call_t *call, size_t reference, imr_rmst_effect_t *effects, imr_stop_t *stop,
    imr_fault_t *fault)
{
    imr_rmst_adjusted_data_t data = {
        .n = call->data.n,
        .time = call->data.time,
        .event = call->data.event,
        .group = call->data.group,
        .groups = call->groups,
        .reference = reference,
        .covariate = imr_column_data(call->arrays[COVARIATES]),
        .covariates = (size_t) PyArray_DIM(call->arrays[COVARIATES], 1),
    };

    return imr_rmst_adjusted(&data, call->tau, &call->options, effects, stop, fault);
}

/* One field of one measure: a number for two groups, else a column of the groups but the reference. */
static PyObject *
effect_field(const call_t *call, size_t reference, const imr_rmst_effect_t *effects, size_t offset)
{
    npy_intp count = (npy_intp) call->groups - 1;
    PyObject *array = count == 1 ? NULL : PyArray_SimpleNew(1, &count, NPY_DOUBLE);
    double value = NAN;
    size_t row = 0;

    for (size_t g = 0; g < call->groups && (array != NULL || count == 1); g++) {
        if (g != reference) {
            memcpy(&value, (const char *) (effects + g) + offset, sizeof(value));
            if (array != NULL) {
                ((double *) PyArray_DATA((PyArrayObject *) array))[row++] = value;
            }
        }
    }
    if (array != NULL) {
        PyArray_CLEARFLAGS((PyArrayObject *) array, NPY_ARRAY_WRITEABLE);
    }
    return count == 1 ? PyFloat_FromDouble(value) : array;
}

static PyObject *
contrast(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *tau, *interval, *measures[IMR_RMST_MEASURES], *result = NULL;
    call_t call = { .means = NULL };
    imr_rmst_effect_t *effects = NULL;
    imr_signals_t signals;
    imr_fault_t fault;
    Py_ssize_t groups, reference;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOOnOnOOOdp:rmst_contrast", &given[TIME], &given[EVENT],
            &given[ENTRY], &given[WEIGHTS], &given[GROUP], &groups, &call.labels, &reference,
            &given[COVARIATES], &tau, &interval, &call.options.level, &call.options.fix_ties)) {
        return NULL;
    }
    if (groups < 2 || reference < 0 || reference >= groups || Py_IsNone(given[GROUP])) {
        return imr_raise_input(module, "group has one label; a contrast takes two or more");
    }
    if (call_means(module, &call, given, groups, tau, interval) < 0
        || (call.arrays[COVARIATES] != NULL && PyErr_CheckSignals() < 0)) {
        goto out;
    }
    effects = imr_calloc(IMR_RMST_MEASURES * call.groups, sizeof(*effects));
    if (effects == NULL) {
        PyErr_NoMemory();
        goto out;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = call.arrays[COVARIATES] == NULL
        ? unadjusted(&call, (size_t) reference, effects, &fault)
        : adjusted(&call, (size_t) reference, effects, &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    for (size_t m = 0; m < IMR_RMST_MEASURES; m++) {
        const imr_rmst_effect_t *of = effects + m * call.groups;
        PyObject *fields[] = {
            effect_field(&call, (size_t) reference, of, offsetof(imr_rmst_effect_t, estimate)),
            effect_field(&call, (size_t) reference, of, offsetof(imr_rmst_effect_t, std_error)),
            effect_field(&call, (size_t) reference, of, offsetof(imr_rmst_effect_t, low)),
            effect_field(&call, (size_t) reference, of, offsetof(imr_rmst_effect_t, high)),
            effect_field(&call, (size_t) reference, of, offsetof(imr_rmst_effect_t, pvalue)),
        };

        measures[m] = imr_pack(fields, 5);
    }
    result =
        Py_BuildValue("(dNN)", call.tau, mean_tuples(&call), imr_pack(measures, IMR_RMST_MEASURES));
out:
    imr_free(effects);
    call_free(&call);
    return result;
}

PyMethodDef imr_rmst_methods[] = {
    { "rmst", rmst, METH_VARARGS,
        "rmst($module, time, event, entry, weights, group, groups, labels, tau, interval, level,"
        " timefix, /)\n--\n\n"
        "The fields of survival.RestrictedMean up to `events`, or a list of them with group." },
    { "rmst_contrast", contrast, METH_VARARGS,
        "rmst_contrast($module, time, event, entry, weights, group, groups, labels, reference,"
        " covariates, tau, interval, level, timefix, /)\n--\n\n"
        "(tau, the means as by rmst, (estimate, std_error, low, high, pvalue) of each measure)." },
    { NULL, NULL, 0, NULL },
};
