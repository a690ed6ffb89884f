/* The Arrow C stream of a table of columns, so that polars, pyarrow, pandas 3, DuckDB and others
 * read a result directly. float64 and int64 columns are lent without a copy; str is copied.
 * The structures are those of the Arrow C data and C stream interfaces (arrow.apache.org). */
#include "binding.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

enum { FLAG_NULLABLE = 2 };

/* One column: either lent by a NumPy array, or text with its offsets. */
typedef struct {
    char *name;
    const char *format;
    PyObject *keep; /* the NumPy array or NULL */
    const void *data;
    int64_t *offsets; /* text only */
    char *text;
} column_t;

/* Held by the stream and by each array handed out, for consumers may move one column away and
 * release the rest, in any thread. */
typedef struct {
    atomic_long references;
    int64_t n_columns;
    int64_t length;
    int sent;
    column_t columns[];
} table_t;

static void
table_release(table_t *table)
{
    PyGILState_STATE gil;

    if (atomic_fetch_sub(&table->references, 1) > 1) {
        return;
    }
    gil = PyGILState_Ensure();
    for (int64_t i = 0; i < table->n_columns; i++) {
        Py_XDECREF(table->columns[i].keep);
        imr_free(table->columns[i].name);
        imr_free(table->columns[i].offsets);
        imr_free(table->columns[i].text);
    }
    PyGILState_Release(gil);
    imr_free(table);
}

/* --- schema: self-contained copies, so that it may outlive the stream ------------------------ */

static void
release_child_schema(struct ArrowSchema *schema)
{
    imr_free((void *) (uintptr_t) schema->name);
    schema->release = NULL;
}

static void
release_schema(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release != NULL) {
            schema->children[i]->release(schema->children[i]);
        }
        imr_free(schema->children[i]);
    }
    imr_free(schema->children);
    schema->release = NULL;
}

static char *
copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = imr_malloc(size, 1);

    return copy == NULL ? NULL : memcpy(copy, text, size);
}

static int
get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    const table_t *table = stream->private_data;

    memset(out, 0, sizeof(*out));
    out->children = imr_calloc((size_t) table->n_columns, sizeof(*out->children));
    if (out->children == NULL) {
        return ENOMEM;
    }
    out->format = "+s";
    out->name = "";
    out->release = release_schema;
    for (int64_t i = 0; i < table->n_columns; i++) {
        struct ArrowSchema *child = imr_calloc(1, sizeof(*child));

        if (child == NULL) {
            release_schema(out);
            return ENOMEM;
        }
        out->children[out->n_children++] = child;
        child->name = copy_text(table->columns[i].name);
        if (child->name == NULL) {
            release_schema(out);
            return ENOMEM;
        }
        child->format = table->columns[i].format;
        child->flags = FLAG_NULLABLE;
        child->release = release_child_schema;
    }
    return 0;
}

/* --- the one batch ---------------------------------------------------------------------------- */

static void
release_child_array(struct ArrowArray *array)
{
    imr_free(array->buffers);
    table_release(array->private_data);
    array->release = NULL;
}

static void
release_array(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release != NULL) {
            array->children[i]->release(array->children[i]);
        }
        imr_free(array->children[i]);
    }
    imr_free(array->children);
    imr_free(array->buffers);
    array->release = NULL;
}

static struct ArrowArray *
child_array(table_t *table, const column_t *column)
{
    struct ArrowArray *child = imr_calloc(1, sizeof(*child));

    if (child == NULL) {
        return NULL;
    }
    child->buffers = imr_calloc(3, sizeof(*child->buffers));
    if (child->buffers == NULL) {
        imr_free(child);
        return NULL;
    }
    child->length = table->length;
    child->n_buffers = column->offsets != NULL ? 3 : 2;
    child->buffers[1] = column->offsets != NULL ? (const void *) column->offsets : column->data;
    child->buffers[2] = column->text;
    atomic_fetch_add(&table->references, 1);
    child->private_data = table;
    child->release = release_child_array;
    return child;
}

static int
get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    table_t *table = stream->private_data;

    memset(out, 0, sizeof(*out));
    if (table->sent) {
        return 0; /* release == NULL says: the end */
    }
    out->length = table->length;
    out->n_buffers = 1;
    out->buffers = imr_calloc(1, sizeof(*out->buffers));
    out->children = imr_calloc((size_t) table->n_columns, sizeof(*out->children));
    if (out->buffers == NULL || out->children == NULL) {
        imr_free(out->buffers);
        imr_free(out->children);
        return ENOMEM;
    }
    out->release = release_array;
    for (int64_t i = 0; i < table->n_columns; i++) {
        struct ArrowArray *child = child_array(table, &table->columns[i]);

        if (child == NULL) {
            release_array(out);
            return ENOMEM;
        }
        out->children[out->n_children++] = child;
    }
    table->sent = 1;
    return 0;
}

static const char *
get_last_error(struct ArrowArrayStream *stream)
{
    (void) stream;
    return NULL;
}

static void
release_stream(struct ArrowArrayStream *stream)
{
    table_release(stream->private_data);
    stream->release = NULL;
}

/* --- from Python ------------------------------------------------------------------------------ */

static void
free_stream(PyObject *capsule)
{
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, "arrow_array_stream");

    if (stream->release != NULL) {
        stream->release(stream);
    }
    imr_free(stream);
}

/* UTF-8 text with 64-bit offsets ("U"). */
static int
fill_text(column_t *column, PyObject *values, int64_t length)
{
    const char *text;
    Py_ssize_t size;
    int64_t total = 0;

    column->offsets = imr_calloc((size_t) length + 1, sizeof(*column->offsets));
    if (column->offsets == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int64_t i = 0; i < length; i++) {
        text = PyUnicode_AsUTF8AndSize(PyList_GetItem(values, i), &size);
        if (text == NULL) {
            return -1;
        }
        total += size;
        column->offsets[i + 1] = total;
    }
    column->text = imr_malloc((size_t) total, 1);
    if (column->text == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int64_t i = 0; i < length; i++) {
        text = PyUnicode_AsUTF8AndSize(PyList_GetItem(values, i), &size);
        if (text == NULL) {
            return -1;
        }
        memcpy(column->text + column->offsets[i], text, (size_t) size);
    }
    column->format = "U";
    return 0;
}

/* values: a list of str, or a contiguous 1-d array of float64 or int64 */
static int
fill_column(table_t *table, column_t *column, PyObject *name, PyObject *values)
{
    const char *text = PyUnicode_AsUTF8AndSize(name, NULL);
    Py_ssize_t length;

    if (text == NULL) {
        return -1;
    }
    column->name = copy_text(text);
    if (column->name == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    length = PyObject_Length(values);
    if (length < 0) {
        return -1;
    }
    if (table->length >= 0 && table->length != length) {
        PyErr_Format(PyExc_SystemError, "column %U has %zd rows, not %lld", name, length,
            (long long) table->length);
        return -1;
    }
    table->length = length;
    if (PyList_Check(values)) {
        return fill_text(column, values, length);
    }
    if (!PyArray_Check(values)
        || (PyArray_TYPE((PyArrayObject *) values) != NPY_DOUBLE
            && PyArray_TYPE((PyArrayObject *) values) != NPY_INT64)
        || !PyArray_IS_C_CONTIGUOUS((PyArrayObject *) values)) {
        PyErr_Format(PyExc_SystemError, "column %U is neither text nor float64 nor int64", name);
        return -1;
    }
    column->format = PyArray_TYPE((PyArrayObject *) values) == NPY_DOUBLE ? "g" : "l";
    column->data = PyArray_DATA((PyArrayObject *) values);
    column->keep = Py_NewRef(values);
    return 0;
}

static PyObject *
arrow_stream(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *names, *columns, *capsule = NULL;
    struct ArrowArrayStream *stream = NULL;
    table_t *table = NULL;
    Py_ssize_t n;

    if (!PyArg_ParseTuple(
            args, "O!O!:arrow_stream", &PyList_Type, &names, &PyList_Type, &columns)) {
        return NULL;
    }
    n = PyList_Size(names);
    if (n != PyList_Size(columns)) {
        PyErr_SetString(PyExc_SystemError, "as many names as columns are needed");
        return NULL;
    }
    table = imr_calloc(1, sizeof(*table) + (size_t) n * sizeof(column_t));
    stream = imr_calloc(1, sizeof(*stream));
    if (table == NULL || stream == NULL) {
        PyErr_NoMemory();
        goto out;
    }
    atomic_init(&table->references, 1);
    table->n_columns = n;
    table->length = -1;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (fill_column(
                table, &table->columns[i], PyList_GetItem(names, i), PyList_GetItem(columns, i))
            < 0) {
            goto out;
        }
    }
    stream->get_schema = get_schema;
    stream->get_next = get_next;
    stream->get_last_error = get_last_error;
    stream->release = release_stream;
    stream->private_data = table;
    capsule = PyCapsule_New(stream, "arrow_array_stream", free_stream);
    if (capsule != NULL) {
        return capsule;
    }
out:
    if (table != NULL) {
        atomic_store(&table->references, 1);
        table_release(table);
    }
    imr_free(stream);
    return NULL;
}

PyMethodDef imr_arrow_methods[] = {
    { "arrow_stream", arrow_stream, METH_VARARGS,
        "arrow_stream($module, names, columns, /)\n--\n\n"
        "An Arrow C stream capsule of one batch: columns are float64 or int64 arrays (lent) or "
        "lists of str (copied)." },
    { NULL, NULL, 0, NULL },
};
