#include "binding.h"

#include "recovery/composition.h"
#include "recovery/composition_test.h"

/* Random arrangements between two looks at Ctrl-C and two reports. */
#define ARRANGEMENTS_A_TURN 4096

/* Two-dimensional shares, closed; limit is None, a number a subset, or one a row and subset. -1 with an
 * exception; composition starts as zeros. */
static int
read_shares(PyObject *module, PyObject *value, const char *name, PyObject *limit_value,
    PyObject *total, imr_composition_t *composition)
{
    PyArrayObject *share = imr_array_double(module, value, name), *limit = NULL;
    imr_composition_rows_t rows = { .name = name, .total = Py_NAN };
    imr_fault_t fault;
    int status;

    if (share == NULL) {
        return -1;
    }
    if (PyArray_NDIM(share) != 2) {
        imr_raise_input(module, "%s has %d dimensions; give a row a sample with a column a subset",
            name, PyArray_NDIM(share));
        goto out;
    }
    rows.value = PyArray_DATA(share);
    rows.n = (size_t) PyArray_DIM(share, 0);
    rows.parts = (size_t) PyArray_DIM(share, 1);
    if (total != Py_None) {
        rows.total = PyFloat_AsDouble(total);
        if (rows.total == -1 && PyErr_Occurred()) {
            goto out;
        }
        rows.total = rows.total == rows.total ? rows.total : 0; /* NaN is no total */
    }
    if (limit_value != Py_None) {
        limit = imr_array_double(module, limit_value, "limit");
        if (limit == NULL) {
            goto out;
        }
        rows.limit = PyArray_DATA(limit);
        rows.limits_by_row = PyArray_NDIM(limit) == 2;
        if (PyArray_NDIM(limit) == 0
            || PyArray_DIM(limit, PyArray_NDIM(limit) - 1) != (npy_intp) rows.parts
            || (rows.limits_by_row && PyArray_DIM(limit, 0) != (npy_intp) rows.n)
            || PyArray_NDIM(limit) > 2) {
            imr_raise_input(module,
                "limit does not fit %s with its %zd rows and %zd subsets; give a number, one a "
                "subset, or one a row and subset",
                name, (Py_ssize_t) rows.n, (Py_ssize_t) rows.parts);
            goto out;
        }
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_composition_init(composition, &rows, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    Py_DECREF(share);
    Py_XDECREF((PyObject *) limit);
    return 0;
out:
    Py_DECREF(share);
    Py_XDECREF((PyObject *) limit);
    return -1;
}

static PyObject *
composition(PyObject *module, PyObject *args)
{
    PyObject *value, *limit, *total, *owner, *result = NULL;
    imr_composition_t c = { 0 };

    if (!PyArg_ParseTuple(args, "OOO:composition", &value, &limit, &total)
        || read_shares(module, value, "share", limit, total, &c) < 0) {
        return NULL;
    }
    owner = imr_owner(c.block);
    if (owner != NULL) {
        result = Py_BuildValue("(NNNNNd)", imr_matrix_double(owner, c.share, c.n, c.parts),
            imr_matrix_double(owner, c.clr, c.n, c.parts), imr_column_int64(owner, c.replaced, c.n),
            imr_column_double(owner, c.centre, c.parts),
            imr_matrix_double(owner, c.variation, c.parts, c.parts), c.total_variance);
        Py_DECREF(owner);
    }
    return result;
}

static PyObject *
composition_share(PyObject *module, PyObject *args)
{
    PyObject *value, *limit, *total, *chosen_value, *owner, *result = NULL;
    PyArrayObject *chosen = NULL;
    imr_composition_t c = { 0 };
    imr_composition_share_t s = { 0 };
    imr_fault_t fault;
    double level;
    int status;

    if (!PyArg_ParseTuple(
            args, "OOOOd:composition_share", &value, &limit, &total, &chosen_value, &level)
        || read_shares(module, value, "share", limit, total, &c) < 0) {
        return NULL;
    }
    chosen = imr_array_flag(module, chosen_value, "parts");
    if (chosen == NULL
        || imr_check_column(module, chosen, "parts", (npy_intp) c.parts, "the subsets") < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_composition_share_init(&s, &c, PyArray_DATA(chosen), level, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    owner = imr_owner(s.block);
    if (owner != NULL) {
        result = Py_BuildValue("(Nddddddd)", imr_column_double(owner, s.share, c.n), s.mean, s.low,
            s.high, s.median, s.median_low, s.median_high, s.achieved_level);
        Py_DECREF(owner);
    }
out:
    imr_composition_free(&c);
    Py_XDECREF((PyObject *) chosen);
    return result;
}

/* --- the test ------------------------------------------------------------------------------------ */

/* -1 with an exception. */
static int
arrange(PyObject *module, imr_composition_test_t *test, int is_exact, const uint64_t key[2],
    Py_ssize_t replicates, PyObject *progress)
{
    imr_signals_t signals;
    imr_fault_t fault;
    int status = IMR_OK;

    imr_signals_init(&signals);
    if (is_exact) {
        signals.saved = PyEval_SaveThread();
        status = imr_composition_test_exact(test, &signals.stop, &fault);
        PyEval_RestoreThread(signals.saved);
    }
    for (Py_ssize_t from = 0; !is_exact && status == IMR_OK && from < replicates;
        from += ARRANGEMENTS_A_TURN) {
        Py_ssize_t to =
            replicates - from > ARRANGEMENTS_A_TURN ? from + ARRANGEMENTS_A_TURN : replicates;

        signals.saved = PyEval_SaveThread();
        status = imr_composition_test_random(
            test, key, (uint32_t) from, (uint32_t) to, &signals.stop, &fault);
        PyEval_RestoreThread(signals.saved);
        if (status == IMR_OK && imr_report(progress, to, replicates) < 0) {
            return -1;
        }
    }
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    imr_composition_test_finish(test, is_exact);
    return 0;
}

static PyObject *
test_tuple(imr_composition_test_t *t)
{
    PyObject *owner = imr_owner(t->block), *result;

    t->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    result = Py_BuildValue("(nnddNNNNNNN)", (Py_ssize_t) t->n, (Py_ssize_t) t->second, t->statistic,
        t->global_pvalue, imr_column_double(owner, t->effect, t->parts),
        imr_column_double(owner, t->low, t->parts), imr_column_double(owner, t->high, t->parts),
        imr_column_double(owner, t->z, t->parts), imr_column_double(owner, t->pvalue, t->parts),
        imr_column_double(owner, t->adjusted, t->parts),
        imr_column_double(owner, t->distance, t->distance == NULL ? 0 : t->n));
    Py_DECREF(owner);
    return result;
}

static PyObject *
composition_test(PyObject *module, PyObject *args)
{
    PyObject *before_value, *after_value, *group_value, *limit, *total, *progress, *result = NULL;
    PyArrayObject *group = NULL;
    imr_composition_t before = { 0 }, after = { 0 };
    imr_composition_test_t test = { 0 };
    imr_fault_t fault;
    unsigned long long low, high;
    Py_ssize_t replicates;
    double level, most;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOOdd(KK)nO:composition_test", &before_value, &after_value,
            &group_value, &limit, &total, &level, &most, &low, &high, &replicates, &progress)) {
        return NULL;
    }
    if (replicates < 0 || (uint64_t) replicates > UINT32_MAX) {
        return imr_raise_input(module, "replicates is %zd; give 0 to 4294967295", replicates);
    }
    if (read_shares(module, before_value, group_value == Py_None ? "before" : "share", limit, total,
            &before)
        < 0) {
        goto out;
    }
    if (group_value == Py_None) {
        if (read_shares(module, after_value, "after", limit, total, &after) < 0) {
            goto out;
        }
    } else {
        group = imr_array_int64(module, group_value, "group");
        if (group == NULL
            || imr_check_column(module, group, "group", (npy_intp) before.n, "share") < 0) {
            goto out;
        }
    }
    status = imr_composition_test_init(&test, &before, group == NULL ? &after : NULL,
        group == NULL ? NULL : PyArray_DATA(group), level, &fault);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    {
        int is_exact = replicates == 0 || test.arrangements <= most;
        double arrangements = is_exact ? test.arrangements : (double) replicates;

        if (arrange(module, &test, is_exact, (const uint64_t[]) { low, high }, replicates, progress)
            == 0) {
            result = test_tuple(&test);
        }
        if (result != NULL) {
            result = Py_BuildValue("(NdN)", PyBool_FromLong(is_exact), arrangements, result);
        }
    }
out:
    imr_composition_test_free(&test);
    imr_composition_free(&before);
    imr_composition_free(&after);
    Py_XDECREF((PyObject *) group);
    return result;
}

PyMethodDef imr_composition_methods[] = {
    { "composition", composition, METH_VARARGS,
        "composition($module, share, limit, total, /)\n--\n\n"
        "(share, clr, replaced, centre, variation, total_variance) of recovery.composition." },
    { "composition_share", composition_share, METH_VARARGS,
        "composition_share($module, share, limit, total, parts, level, /)\n--\n\n"
        "(share, mean, low, high, median, median_low, median_high, achieved_level); parts has a "
        "flag "
        "a subset." },
    { "composition_test", composition_test, METH_VARARGS,
        "composition_test($module, before, after, group, limit, total, level, most_exact, key, "
        "replicates, progress, /)\n--\n\n"
        "(is_exact, arrangements, (n, second, statistic, pvalue, effect, low, high, z, pvalues, "
        "adjusted, distance)); group holds codes, or is None of pairs. It is exact where there are "
        "no "
        "more than most_exact arrangements, or replicates is 0." },
    { NULL, NULL, 0, NULL },
};
