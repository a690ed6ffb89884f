#include "binding.h"

#include "base/alternative.h"
#include "base/mem.h"
#include "survival/win_ratio.h"
#include "survival/win_ratio_permutation.h"

/* Random deals between two looks at Ctrl-C and two reports. */
#define DEALS_A_TURN 4096
/* Additions up to which "auto" is exact: 64 patients a group, in 30 ms. */
#define AUTO_WORK 1.2e8
#define LONGEST_NAME 48

#define METHOD_LIST(X)                                                                             \
    X(AUTO, "auto")                                                                                \
    X(EXACT, "exact")                                                                              \
    X(MONTE_CARLO, "monte-carlo")                                                                  \
    X(ASYMPTOTIC, "asymptotic")

enum { METHOD_LIST(IMR_ENUM_OF_CHOICE) };
enum { N_METHODS = 0 METHOD_LIST(IMR_ONE_OF_CHOICE) };

static const char *const METHODS[] = { METHOD_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const KINDS[] = { "time", "count", "score" };
static const char *const SECONDS[] = { "event", "follow_up", "" };

typedef struct {
    imr_win_outcome_t *outcome;
    PyArrayObject **arrays; /* two an outcome; NULL where there is none */
    char (*names)[LONGEST_NAME]; /* three an outcome */
    size_t count;
} outcomes_t;

static void
free_outcomes(outcomes_t *self)
{
    for (size_t k = 0; self->arrays != NULL && k < 2 * self->count; k++) {
        Py_XDECREF((PyObject *) self->arrays[k]);
    }
    imr_free(self->outcome);
    imr_free(self->arrays);
    imr_free(self->names);
}

/* One tuple (kind, value, second or None, smaller, threshold). -1 with an exception. */
static int
read_outcome(PyObject *module, PyObject *item, outcomes_t *self, size_t k, npy_intp n)
{
    imr_win_outcome_t *outcome = &self->outcome[k];
    PyArrayObject **arrays = self->arrays + 2 * k;
    char (*names)[LONGEST_NAME] = self->names + 3 * k;
    PyObject *kind, *value, *second;
    int choice;

    if (!PyTuple_Check(item)) {
        PyErr_SetString(PyExc_TypeError, "an outcome is a tuple");
        return -1;
    }
    if (!PyArg_ParseTuple(item, "OOOpd:outcome", &kind, &value, &second, &outcome->smaller,
            &outcome->threshold)) {
        return -1;
    }
    choice = imr_choice(module, kind, "kind", KINDS, 3);
    if (choice < 0) {
        return -1;
    }
    outcome->kind = (imr_win_kind_t) choice;
    snprintf(names[0], LONGEST_NAME, "outcomes[%d].%s", (int) k, KINDS[choice]);
    snprintf(names[1], LONGEST_NAME, "outcomes[%d].%s", (int) k, SECONDS[choice]);
    snprintf(names[2], LONGEST_NAME, "outcomes[%d].threshold", (int) k);
    arrays[0] = imr_array_double(module, value, names[0]);
    if (arrays[0] == NULL || imr_check_column(module, arrays[0], names[0], n, "group") < 0) {
        return -1;
    }
    if (outcome->kind == IMR_WIN_TIME) {
        arrays[1] = imr_array_flag(module, second, names[1]);
    } else if (second != Py_None) {
        arrays[1] = imr_array_double(module, second, names[1]);
    }
    if ((arrays[1] == NULL && (outcome->kind == IMR_WIN_TIME || second != Py_None))
        || (arrays[1] != NULL && imr_check_column(module, arrays[1], names[1], n, "group") < 0)) {
        return -1;
    }
    outcome->value = PyArray_DATA(arrays[0]);
    if (outcome->kind == IMR_WIN_TIME) {
        outcome->event = PyArray_DATA(arrays[1]);
    } else {
        outcome->follow_up = imr_column_data(arrays[1]);
    }
    outcome->value_name = names[0];
    outcome->second_name = names[1];
    outcome->threshold_name = names[2];
    return 0;
}

static int
read_outcomes(PyObject *module, PyObject *given, outcomes_t *self, npy_intp n)
{
    Py_ssize_t count = PySequence_Size(given);

    if (count < 0) {
        return -1;
    }
    if (count == 0) {
        imr_raise_input(module, "outcomes is empty; give at least one win_outcome");
        return -1;
    }
    self->count = (size_t) count;
    self->outcome = imr_calloc(self->count, sizeof(*self->outcome));
    self->arrays = imr_calloc(self->count, 2 * sizeof(PyArrayObject *));
    self->names = imr_calloc(3 * self->count, LONGEST_NAME);
    if (self->outcome == NULL || self->arrays == NULL || self->names == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t k = 0; k < count; k++) {
        PyObject *item = PySequence_GetItem(given, k);
        int failed = item == NULL || read_outcome(module, item, self, (size_t) k, n) < 0;

        Py_XDECREF(item);
        if (failed) {
            return -1;
        }
    }
    return 0;
}

/* The p-value of the permutation test. -1 with an exception. */
static int
permute(PyObject *module, const imr_win_pairs_t *pairs, int *method, const uint64_t key[2],
    Py_ssize_t replicates, PyObject *progress, double *pvalue)
{
    imr_win_permutation_t permutation = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    int status;

    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_win_permutation_init(&permutation, pairs, &fault);
    if (status == IMR_OK && *method == AUTO) {
        *method = permutation.work <= AUTO_WORK ? EXACT : replicates > 0 ? MONTE_CARLO : ASYMPTOTIC;
    }
    if (status == IMR_OK && *method == EXACT) {
        status = imr_win_permutation_exact(&permutation, &signals.stop, &fault);
    } else if (status == IMR_OK && *method == ASYMPTOTIC) {
        status = imr_win_permutation_asymptotic(&permutation, &fault);
    }
    PyEval_RestoreThread(signals.saved);
    for (Py_ssize_t from = 0; status == IMR_OK && *method == MONTE_CARLO && from < replicates;
        from += DEALS_A_TURN) {
        Py_ssize_t to = replicates - from > DEALS_A_TURN ? from + DEALS_A_TURN : replicates;

        signals.saved = PyEval_SaveThread();
        status = imr_win_permutation_random(
            &permutation, key, (uint32_t) from, (uint32_t) to, &signals.stop, &fault);
        PyEval_RestoreThread(signals.saved);
        if (status == IMR_OK && imr_report(progress, to, replicates) < 0) {
            imr_win_permutation_free(&permutation);
            return -1;
        }
    }
    *pvalue = permutation.pvalue;
    imr_win_permutation_free(&permutation);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

static PyObject *
measure(const imr_win_measure_t *m)
{
    return Py_BuildValue("(ddddd)", m->estimate, m->low, m->high, m->std_error, m->pvalue);
}

static PyObject *
win_ratio_tuple(imr_win_ratio_t *w, double pvalue, int method)
{
    imr_win_pairs_t *pairs = &w->pairs;
    size_t in_first = 0, outcomes = pairs->outcomes;
    PyObject *owner, *result;

    for (size_t s = 0; s < pairs->strata; s++) {
        in_first += pairs->start[2 * s + 1] - pairs->start[2 * s];
    }
    owner = imr_owner(pairs->block);
    pairs->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    result =
        Py_BuildValue("(nnLNNNNNNds)", (Py_ssize_t) in_first, (Py_ssize_t) (pairs->n - in_first),
            (long long) pairs->pairs, imr_column_int64(owner, pairs->wins, outcomes),
            imr_column_int64(owner, pairs->losses, outcomes),
            imr_column_int64(owner, pairs->ties, outcomes), measure(&w->win_ratio),
            measure(&w->net_benefit), measure(&w->win_odds), pvalue, METHODS[method]);
    Py_DECREF(owner);
    return result;
}

static PyObject *
win_ratio(PyObject *module, PyObject *args)
{
    PyObject *given, *group_value, *strata_value, *method_value, *progress, *result = NULL;
    PyArrayObject *group = NULL, *stratum = NULL;
    outcomes_t outcomes = { 0 };
    imr_win_data_t data = { 0 };
    imr_win_ratio_t w = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    unsigned long long low, high;
    Py_ssize_t replicates, strata;
    double level, pvalue;
    int method, status;

    if (!PyArg_ParseTuple(args, "OOOnOd(KK)nO:win_ratio", &given, &group_value, &strata_value,
            &strata, &method_value, &level, &low, &high, &replicates, &progress)
        || (method = imr_choice(module, method_value, "method", METHODS, N_METHODS)) < 0) {
        return NULL;
    }
    if (replicates < 0 || (uint64_t) replicates > UINT32_MAX || strata < 1) {
        return imr_raise_input(module,
            "replicates is %zd and there are %zd strata; give 0 to 4294967295, and one at least",
            replicates, strata);
    }
    group = imr_array_int64(module, group_value, "group");
    if (group == NULL || imr_check_column(module, group, "group", -1, NULL) < 0) {
        goto out;
    }
    data.n = (size_t) PyArray_DIM(group, 0);
    if (strata_value != Py_None) {
        stratum = imr_array_int64(module, strata_value, "strata");
        if (stratum == NULL
            || imr_check_column(module, stratum, "strata", (npy_intp) data.n, "group") < 0) {
            goto out;
        }
    }
    if (read_outcomes(module, given, &outcomes, (npy_intp) data.n) < 0) {
        goto out;
    }
    data.group = PyArray_DATA(group);
    data.stratum = imr_column_data(stratum);
    data.strata = (size_t) strata;
    data.outcome = outcomes.outcome;
    data.outcomes = outcomes.count;
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_win_ratio_init(&w, &data, level, &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    if (permute(module, &w.pairs, &method, (const uint64_t[]) { low, high }, replicates, progress,
            &pvalue)
        == 0) {
        result = win_ratio_tuple(&w, pvalue, method);
    }
out:
    imr_win_ratio_free(&w);
    free_outcomes(&outcomes);
    Py_XDECREF((PyObject *) group);
    Py_XDECREF((PyObject *) stratum);
    return result;
}

PyMethodDef imr_win_ratio_methods[] = {
    { "win_ratio", win_ratio, METH_VARARGS,
        "win_ratio($module, outcomes, group, strata, n_strata, method, level, key, replicates, "
        "progress, /)\n--\n\n"
        "(n_1, n_0, pairs, wins, losses, ties, win_ratio, net_benefit, win_odds, pvalue, method). "
        "An "
        "outcome is a tuple (kind, value, event or follow-up, smaller is better, threshold); each "
        "measure is (estimate, low, high, std_error, pvalue). group holds codes, 1 for the group "
        "whose wins are counted; 'auto' is exact, or monte-carlo where that is too large and there "
        "are replicates, or asymptotic." },
    { NULL, NULL, 0, NULL },
};
