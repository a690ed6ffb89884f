#include "binding.h"

#include "base/mem.h"
#include "survival/kaplan_meier.h"
#include "survival/kaplan_meier_curve.h"

static const char *const FORMS[] = { IMR_KAPLAN_MEIER_FORM_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const INTERVALS[] = { IMR_KAPLAN_MEIER_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const LOWERS[] = { IMR_KAPLAN_MEIER_LOWER_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const VARIANCES[] = { IMR_KAPLAN_MEIER_VARIANCE_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_FORMS = 0 IMR_KAPLAN_MEIER_FORM_LIST(IMR_ONE_OF_CHOICE),
    N_INTERVALS = 0 IMR_KAPLAN_MEIER_INTERVAL_LIST(IMR_ONE_OF_CHOICE),
    N_LOWERS = 0 IMR_KAPLAN_MEIER_LOWER_LIST(IMR_ONE_OF_CHOICE),
    N_VARIANCES = 0 IMR_KAPLAN_MEIER_VARIANCE_LIST(IMR_ONE_OF_CHOICE)
};

/* --- fitting ----------------------------------------------------------------------------------- */

enum { TIME, EVENT, ENTRY, WEIGHTS, CLUSTER, GROUP, N_COLUMNS };
static const char KINDS[] = "DFddii";
static const char *const COLUMNS[] = { "time", "event", "entry", "weights", "cluster", "group" };

/* The tuple that python/immunoreset/survival/kaplan_meier.py makes a result of. */
static PyObject *
lend_curve(imr_kaplan_meier_t *curve)
{
    PyObject *owner = imr_owner(curve->block), *items[18];
    size_t n = curve->n;
    int weighted = curve->weighted_at_risk != NULL;

    curve->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    items[0] = imr_column_double(owner, curve->time, n);
    items[1] = imr_column_int64(owner, curve->at_risk, n);
    items[2] = imr_column_int64(owner, curve->events, n);
    items[3] = imr_column_int64(owner, curve->censored, n);
    items[4] = imr_column_double(owner, curve->estimate, n);
    items[5] = imr_column_double(owner, curve->std_error, n);
    items[6] = imr_column_double(owner, curve->low, n);
    items[7] = imr_column_double(owner, curve->high, n);
    items[8] = imr_column_double(owner, curve->cumulative_hazard, n);
    items[9] = imr_column_double(owner, curve->cumulative_hazard_std_error, n);
    items[10] =
        weighted ? imr_column_double(owner, curve->weighted_at_risk, n) : Py_NewRef(Py_None);
    items[11] = weighted ? imr_column_double(owner, curve->weighted_events, n) : Py_NewRef(Py_None);
    items[12] = PyLong_FromLongLong(curve->patients);
    items[13] = PyLong_FromLongLong(curve->merged);
    items[14] = PyLong_FromLongLong(curve->collapse);
    items[15] = Py_BuildValue("(dd)", curve->start_low, curve->start_high);
    if (curve->entries == 0) {
        items[16] = Py_NewRef(Py_None);
    } else {
        PyObject *entries[] = {
            imr_column_double(owner, curve->entry_time, curve->entries),
            imr_column_int64(owner, curve->entered, curve->entries),
        };

        items[16] = imr_pack(entries, 2);
    }
    if (curve->members == 0) {
        items[17] = Py_NewRef(Py_None);
    } else {
        PyObject *members[] = {
            imr_column_int64(owner, curve->member_first, curve->members),
            imr_column_int64(owner, curve->member_last, curve->members),
            imr_column_int64(owner, curve->member_event, curve->members),
            imr_column_double(owner, curve->member_weight, curve->members),
            imr_column_int64(owner, curve->member_cluster, curve->members),
        };

        items[17] = imr_pack(members, 5);
    }
    Py_DECREF(owner);
    return imr_pack(items, 18);
}

/* The limits of the beta product, in turns. -1 with an exception. */
static int
fill_beta_limits(
    PyObject *module, imr_kaplan_meier_t *curve, const imr_kaplan_meier_options_t *options)
{
    imr_kaplan_meier_beta_t state;
    imr_fault_t fault;
    int status;

    for (size_t begin = 0; begin < curve->n; begin += IMR_ROWS_A_TURN) {
        size_t end = begin + IMR_ROWS_A_TURN < curve->n ? begin + IMR_ROWS_A_TURN : curve->n;

        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_kaplan_meier_beta_limits(curve, options, &state, begin, end, &fault);
        Py_END_ALLOW_THREADS
        if (status != IMR_OK) {
            imr_raise(module, &fault);
            return -1;
        }
    }
    return 0;
}

static int
parse_choices(PyObject *module, PyObject *const *words, imr_kaplan_meier_options_t *options)
{
    int form = imr_choice(module, words[0], "form", FORMS, N_FORMS);
    int interval = form < 0 ? -1 : imr_choice(module, words[1], "interval", INTERVALS, N_INTERVALS);
    int lower = interval < 0 ? -1 : imr_choice(module, words[2], "lower", LOWERS, N_LOWERS);
    int variance =
        lower < 0 ? -1 : imr_choice(module, words[3], "variance", VARIANCES, N_VARIANCES);

    options->form = (imr_kaplan_meier_form_t) form;
    options->interval = (imr_kaplan_meier_interval_t) interval;
    options->lower = (imr_kaplan_meier_lower_t) lower;
    options->variance = (imr_kaplan_meier_variance_t) variance;
    return variance < 0 ? -1 : 0;
}

static PyObject *
fit(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *words[4], *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL };
    Py_ssize_t clusters, groups;
    imr_kaplan_meier_options_t options;
    imr_kaplan_meier_data_t data;
    imr_kaplan_meier_t *curves = NULL;
    imr_fault_t fault;
    size_t filled = 0;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOOnOnOOOOddpp:kaplan_meier", &given[TIME], &given[EVENT],
            &given[ENTRY], &given[WEIGHTS], &given[CLUSTER], &clusters, &given[GROUP], &groups,
            &words[0], &words[1], &words[2], &words[3], &options.level, &options.start_time,
            &options.reverse, &options.fix_ties)
        || parse_choices(module, words, &options) < 0) {
        return NULL;
    }
    if (clusters < 0 || groups < 1) {
        return imr_raise_input(module, "the numbers of clusters and groups are needed");
    }
    if (imr_columns(module, given, COLUMNS, KINDS, arrays) < 0) {
        goto out;
    }
    data = (imr_kaplan_meier_data_t) {
        .n = (size_t) PyArray_DIM(arrays[TIME], 0),
        .time = imr_column_data(arrays[TIME]),
        .event = imr_column_data(arrays[EVENT]),
        .entry = imr_column_data(arrays[ENTRY]),
        .weight = imr_column_data(arrays[WEIGHTS]),
        .cluster = imr_column_data(arrays[CLUSTER]),
        .clusters = (size_t) clusters,
        .group = imr_column_data(arrays[GROUP]),
        .groups = (size_t) groups,
    };
    curves = imr_calloc((size_t) groups, sizeof(*curves));
    if (curves == NULL) {
        PyErr_NoMemory();
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_kaplan_meier(&data, &options, curves, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    filled = data.group == NULL ? 1 : (size_t) groups;
    for (size_t g = 0; g < filled && imr_kaplan_meier_is_beta(options.interval); g++) {
        if (fill_beta_limits(module, curves + g, &options) < 0) {
            goto out;
        }
    }
    if (data.group == NULL) {
        result = lend_curve(curves);
        goto out;
    }
    result = PyList_New(groups);
    for (Py_ssize_t g = 0; result != NULL && g < groups; g++) {
        PyObject *curve = lend_curve(curves + g);

        if (curve == NULL || PyList_SetItem(result, g, curve) < 0) {
            Py_CLEAR(result);
        }
    }
out:
    for (size_t g = 0; g < filled; g++) {
        imr_kaplan_meier_free(curves + g);
    }
    imr_free(curves);
    imr_columns_free(arrays, KINDS);
    return result;
}

PyMethodDef imr_kaplan_meier_methods[] = {
    { "kaplan_meier", fit, METH_VARARGS,
        "kaplan_meier($module, time, event, entry, weights, cluster, clusters, group, groups, form,"
        " interval, lower, variance, level, start_time, reverse, timefix, /)\n--\n\n"
        "The columns of survival.kaplan_meier, or a list of them with group." },
    { NULL, NULL, 0, NULL },
};
