#include "binding.h"

#include "survival/kaplan_meier_bootstrap.h"

/* Draws between two looks at Ctrl-C: about 10 ms. */
#define DRAWS_A_TURN (1 << 21)

static PyObject *
bootstrap(PyObject *module, PyObject *args)
{
    PyObject *time, *event, *progress, *replicates = NULL, *result = NULL;
    PyArrayObject *times = NULL, *events = NULL;
    imr_kaplan_meier_bootstrap_t job = { 0 };
    imr_fault_t fault = { 0 };
    unsigned long long low, high;
    uint64_t key[2];
    double p, estimate = 0, *quantile;
    Py_ssize_t begin, end, turn;
    npy_intp count;
    int status;

    if (!PyArg_ParseTuple(args, "OOd(KK)nnO:kaplan_meier_bootstrap", &time, &event, &p, &low, &high,
            &begin, &end, &progress)) {
        return NULL;
    }
    if (begin < 0 || end < begin || (uint64_t) end > UINT32_MAX) {
        return imr_raise_input(
            module, "replicates run from %zd to %zd; give 0 to 4294967295", begin, end);
    }
    key[0] = low;
    key[1] = high;
    times = imr_array_double(module, time, "time");
    events = times == NULL ? NULL : imr_array_flag(module, event, "event");
    if (events == NULL || imr_check_column(module, times, "time", -1, NULL) < 0
        || imr_check_column(module, events, "event", PyArray_DIM(times, 0), "time") < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_kaplan_meier_bootstrap_init(
        &job, PyArray_DATA(times), PyArray_DATA(events), (size_t) PyArray_DIM(times, 0), &fault);
    if (status == IMR_OK) {
        status = imr_kaplan_meier_bootstrap_estimate(&job, p, &estimate, &fault);
    }
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    count = end - begin;
    replicates = PyArray_SimpleNew(1, &count, NPY_DOUBLE);
    if (replicates == NULL) {
        goto out;
    }
    quantile = PyArray_DATA((PyArrayObject *) replicates);
    turn = 1 + (Py_ssize_t) (DRAWS_A_TURN / job.n);
    for (Py_ssize_t from = begin; from < end; from += turn) {
        Py_ssize_t to = turn < end - from ? from + turn : end;

        Py_BEGIN_ALLOW_THREADS
        status = imr_kaplan_meier_bootstrap_replicates(
            &job, p, key, (uint32_t) from, (uint32_t) to, quantile + (from - begin), &fault);
        Py_END_ALLOW_THREADS
        if (status != IMR_OK) {
            imr_raise(module, &fault);
            goto out;
        }
        if (imr_report(progress, to - begin, count) < 0) {
            goto out;
        }
    }
    PyArray_CLEARFLAGS((PyArrayObject *) replicates, NPY_ARRAY_WRITEABLE);
    result = Py_BuildValue("(dO)", estimate, replicates);
out:
    imr_kaplan_meier_bootstrap_free(&job);
    Py_XDECREF((PyObject *) times);
    Py_XDECREF((PyObject *) events);
    Py_XDECREF(replicates);
    return result;
}

PyMethodDef imr_kaplan_meier_bootstrap_methods[] = {
    { "kaplan_meier_bootstrap", bootstrap, METH_VARARGS,
        "kaplan_meier_bootstrap($module, time, event, p, key, begin, end, progress, /)\n--\n\n"
        "(estimate, replicates) of survival.bootstrap_quantile, replicates begin to end - 1 only;\n"
        "progress is None or is called with the number done and the number of them." },
    { NULL, NULL, 0, NULL },
};
