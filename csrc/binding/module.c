#define IMR_IMPORTS_NUMPY
#include "binding.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_version.h>

/* every table of methods; one row a binding file */
static PyMethodDef *const METHOD_TABLES[] = {
    imr_aplasia_methods,
    imr_arrow_methods,
    imr_concordance_methods,
    imr_competing_risks_methods,
    imr_composition_methods,
    imr_contrast_methods,
    imr_curve_difference_methods,
    imr_cox_after_methods,
    imr_cox_frailty_methods,
    imr_cox_methods,
    imr_depletion_methods,
    imr_detection_limit_methods,
    imr_expansion_cohort_methods,
    imr_expansion_methods,
    imr_fine_gray_methods,
    imr_gray_test_methods,
    imr_incidence_methods,
    imr_incidence_split_methods,
    imr_interval_cox_methods,
    imr_interval_logrank_methods,
    imr_kaplan_meier_bootstrap_methods,
    imr_kaplan_meier_methods,
    imr_kaplan_meier_summary_methods,
    imr_kinetics_cohort_methods,
    imr_kinetics_methods,
    imr_landmark_methods,
    imr_logistic_methods,
    imr_logrank_methods,
    imr_logrank_maxcombo_methods,
    imr_logrank_one_sample_methods,
    imr_logrank_permutation_methods,
    imr_logrank_replicates_methods,
    imr_multistate_difference_methods,
    imr_multistate_methods,
    imr_multistate_response_methods,
    imr_pooled_methods,
    imr_posterior_methods,
    imr_exact_test_methods,
    imr_paired_methods,
    imr_panel_markov_methods,
    imr_parametric_methods,
    imr_proportion_methods,
    imr_rank_test_methods,
    imr_pseudo_observations_methods,
    imr_reconstitution_methods,
    imr_reconstitution_parametric_methods,
    imr_reconstitution_test_methods,
    imr_rate_regression_methods,
    imr_repertoire_maturity_methods,
    imr_repertoire_methods,
    imr_reset_methods,
    imr_recurrent_methods,
    imr_rmst_methods,
    imr_stratified_methods,
    imr_titre_methods,
    imr_tobit_methods,
    imr_tobit_mixed_methods,
    imr_trend_methods,
    imr_turnbull_limits_methods,
    imr_turnbull_methods,
    imr_win_ratio_methods,
};

imr_state_t *
imr_state(PyObject *module)
{
    return PyModule_GetState(module);
}

static PyObject *
build_config(PyObject *module, PyObject *Py_UNUSED(none))
{
    (void) module;
    return Py_BuildValue("{s:s,s:s,s:s,s:s,s:s}", "gsl", gsl_version, "gsl_headers", GSL_VERSION,
        "gsl_link", IMR_GSL_LINK, "compiler", IMR_COMPILER, "limited_api",
#ifdef Py_LIMITED_API
        "3.11"
#else
        "no"
#endif
    );
}

/* Calling a frozen dataclass of 25 fields takes as long as a curve of 50 patients; this a fifth. */
static PyObject *
frozen(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    PyObject *type, *names, *values, *self;

    (void) module;
    if (count != 2 || !PyType_Check(args[0]) || !PyTuple_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "frozen takes a type and a tuple");
        return NULL;
    }
    type = args[0];
    values = args[1];
    names = PyObject_GetAttrString(type, "__slots__");
    if (names == NULL) {
        return NULL;
    }
    if (!PyTuple_Check(names) || PyTuple_Size(names) != PyTuple_Size(values)) {
        Py_DECREF(names);
        PyErr_Format(PyExc_TypeError, "%R does not have %zd fields", type, PyTuple_Size(values));
        return NULL;
    }
    self = PyType_GenericAlloc((PyTypeObject *) type, 0);
    for (Py_ssize_t i = 0; self != NULL && i < PyTuple_Size(values); i++) {
        if (PyObject_GenericSetAttr(self, PyTuple_GetItem(names, i), PyTuple_GetItem(values, i))
            < 0) {
            Py_CLEAR(self);
        }
    }
    Py_DECREF(names);
    return self;
}

static PyMethodDef module_methods[] = {
    { "frozen", (PyCFunction) (void (*)(void)) frozen, METH_FASTCALL,
        "frozen($module, cls, values, /)\n--\n\n"
        "An instance of a frozen, slotted dataclass with these values, in the order of its "
        "fields." },
    { "build_config", build_config, METH_NOARGS,
        "build_config($module, /)\n--\n\nHow the extension was built, as a dict of str." },
    { NULL, NULL, 0, NULL },
};

static int
module_exec(PyObject *module)
{
    imr_state_t *state = imr_state(module);

    if (PyArray_ImportNumPyAPI() < 0) {
        return -1;
    }
    /* GSL's own handler aborts the process. Each call of GSL is checked where it stands. */
    gsl_set_error_handler_off();
    if (imr_errors_init(module, state) < 0) {
        return -1;
    }
    for (size_t i = 0; i < sizeof(METHOD_TABLES) / sizeof(METHOD_TABLES[0]); i++) {
        if (PyModule_AddFunctions(module, METHOD_TABLES[i]) < 0) {
            return -1;
        }
    }
    return PyModule_AddStringConstant(module, "__version__", IMR_VERSION);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    imr_state_t *state = imr_state(module);

    Py_VISIT(state->error);
    Py_VISIT(state->input_error);
    Py_VISIT(state->convergence_error);
    return 0;
}

static int
module_clear(PyObject *module)
{
    imr_state_t *state = imr_state(module);

    Py_CLEAR(state->error);
    Py_CLEAR(state->input_error);
    Py_CLEAR(state->convergence_error);
    return 0;
}

static void
module_free(void *module)
{
    module_clear((PyObject *) module);
}

static PyModuleDef_Slot module_slots[] = {
    { Py_mod_exec, (void *) module_exec },
#if !defined(Py_LIMITED_API) && PY_VERSION_HEX >= 0x030c00f0
    { Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED },
#endif
#if !defined(Py_LIMITED_API) && PY_VERSION_HEX >= 0x030d00f0
    { Py_mod_gil, Py_MOD_GIL_NOT_USED },
#endif
    { 0, NULL },
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "immunoreset._core",
    .m_doc = "The C core of immunoreset. Use the public functions of immunoreset instead.",
    .m_size = sizeof(imr_state_t),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__core(void);

PyMODINIT_FUNC
PyInit__core(void)
{
    return PyModuleDef_Init(&module_def);
}
