#include "binding.h"

#include "survival/kaplan_meier_bootstrap.h"

#define PATIENTS_A_TURN 1000000 /* drawn between two looks at Ctrl-C: some 10 ms */

/* Replicates begin..end - 1, in turns. -1 with an exception. */
static int
fill(PyObject *module, const imr_kaplan_meier_bootstrap_t *data, double p, const uint64_t key[2],
    uint32_t begin, uint32_t end, double *quantile)
{
    uint32_t turn = data->n < PATIENTS_A_TURN ? (uint32_t) (PATIENTS_A_TURN / data->n) : 1;
    imr_fault_t fault;
    int status;

    for (uint32_t from = begin; from < end; from += turn) {
        uint32_t to = end - from < turn ? end : from + turn;

        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS status = imr_kaplan_meier_bootstrap_replicates(
            data, p, key, from, to, quantile + (from - begin), &fault);
        Py_END_ALLOW_THREADS if (status != IMR_OK)
        {
            imr_raise(module, &fault);
            return -1;
        }
        if (end - from < turn) {
            break;
        }
    }
    return 0;
}

static PyObject *
bootstrap(PyObject *module, PyObject *args)
{
    PyObject *time_given, *event_given, *replicates = NULL, *result = NULL;
    PyArrayObject *time = NULL, *event = NULL;
    imr_kaplan_meier_bootstrap_t data = { .n = 0 };
    imr_fault_t fault;
    unsigned long long words[2];
    unsigned int begin, end;
    double p, estimate;
    uint64_t key[2];
    npy_intp count;
    int status;

    if (!PyArg_ParseTuple(args, "OOd(KK)II:kaplan_meier_bootstrap", &time_given, &event_given, &p,
            &words[0], &words[1], &begin, &end)) {
        return NULL;
    }
    key[0] = words[0];
    key[1] = words[1];
    count = end > begin ? (npy_intp) (end - begin) : 0;
    time = imr_array_double(module, time_given, "time");
    if (time == NULL || imr_check_column(module, time, "time", -1, NULL) < 0) {
        goto out;
    }
    event = imr_array_flag(module, event_given, "event");
    if (event == NULL
        || imr_check_column(module, event, "event", PyArray_DIM(time, 0), "time") < 0) {
        goto out;
    }
    replicates = PyArray_SimpleNew(1, &count, NPY_DOUBLE);
    if (replicates == NULL) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS status = imr_kaplan_meier_bootstrap_init(
        &data, PyArray_DATA(time), PyArray_DATA(event), (size_t) PyArray_DIM(time, 0), &fault);
    if (status == IMR_OK) {
        status = imr_kaplan_meier_bootstrap_estimate(&data, p, &estimate, &fault);
    }
    Py_END_ALLOW_THREADS if (status != IMR_OK)
    {
        imr_raise(module, &fault);
        goto out;
    }
    if (fill(module, &data, p, key, begin, begin + (uint32_t) count,
            PyArray_DATA((PyArrayObject *) replicates))
        == 0) {
        result = Py_BuildValue("(dO)", estimate, replicates);
    }
out:
    imr_kaplan_meier_bootstrap_free(&data);
    Py_XDECREF(replicates);
    Py_XDECREF((PyObject *) time);
    Py_XDECREF((PyObject *) event);
    return result;
}

PyMethodDef imr_kaplan_meier_bootstrap_methods[] = {
    { "kaplan_meier_bootstrap", bootstrap, METH_VARARGS,
        "kaplan_meier_bootstrap($module, time, event, p, key, begin, end, /)\n--\n\n"
        "(estimate, quantiles of replicates begin..end - 1), infinite where not reached." },
    { NULL, NULL, 0, NULL },
};
