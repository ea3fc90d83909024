/* Python's way to _fresh.h. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "_fresh.h"

/* The place of an object in a text, by two lists of numbers; false with an exception where that is none. */
static int place_of(PyObject *begins, PyObject *ends, Py_ssize_t number, Py_ssize_t size, Range *place) {
    Py_ssize_t begin = PyLong_AsSsize_t(PyList_GET_ITEM(begins, number)), end = PyLong_AsSsize_t(PyList_GET_ITEM(ends, number));
    if (PyErr_Occurred()) return 0;
    if (begin < 0 || begin > end || end > size) return PyErr_Format(PyExc_ValueError, "not places in the text"), 0;
    *place = (Range){(size_t)begin, (size_t)end};
    return 1;
}

/* Adds a value, which is released, to a list. */
static int add(PyObject *list, PyObject *value) {
    int bad = !value || PyList_Append(list, value);
    Py_XDECREF(value);
    return !bad;
}

/* Adds the new names of a tree to a list of pairs. */
static int add_names(PyObject *list, Py_ssize_t number, const uint8_t *text, Range tree, size_t hash, Seen *seen) {
    while (tree.low < tree.high) {
        size_t size;
        const uint8_t *name = next_name(text, &tree.low, tree.high, hash, &size);
        if (is_new(seen, name, size) && !add(list, Py_BuildValue("ny#", number, name, (Py_ssize_t)size))) return 0;
    }
    return 1;
}

static PyObject *names(PyObject *Py_UNUSED(module), PyObject *args) {
    Py_buffer text, seen;
    PyObject *begins, *ends, *found = NULL;
    Py_ssize_t hash;
    Range tree;
    if (!PyArg_ParseTuple(args, "y*O!O!nw*", &text, &PyList_Type, &begins, &PyList_Type, &ends, &hash, &seen)) return NULL;
    if (seen.len != sizeof(Seen) || hash < 0)
        PyErr_SetString(PyExc_ValueError, "not a table of names, or no size of an id");
    else
        found = PyList_New(0);
    for (Py_ssize_t i = 0; found && i < PyList_GET_SIZE(begins) && i < PyList_GET_SIZE(ends); i++)
        if (!place_of(begins, ends, i, text.len, &tree) || !add_names(found, i, text.buf, tree, (size_t)hash, seen.buf))
            Py_CLEAR(found);
    PyBuffer_Release(&text);
    PyBuffer_Release(&seen);
    return found;
}

/* Marks the lengths and first bytes of lines that are looked for; false with an exception for what is no line. */
static int mark_lines(PyObject *known, uint8_t *marks) {
    Py_ssize_t at = 0;
    PyObject *line;
    while (PyDict_Next(known, &at, &line, NULL)) {
        if (!PyBytes_Check(line)) return PyErr_Format(PyExc_TypeError, "not a line"), 0;
        marks[mark_of((const uint8_t *)PyBytes_AS_STRING(line), (size_t)PyBytes_GET_SIZE(line))] = 1;
    }
    return 1;
}

static PyObject *lines(PyObject *Py_UNUSED(module), PyObject *args) {
    Py_buffer text;
    PyObject *known, *found = NULL;
    uint8_t marks[MARKS] = {0};
    if (!PyArg_ParseTuple(args, "y*O!", &text, &PyDict_Type, &known)) return NULL;
    if (mark_lines(known, marks)) found = PyList_New(0);
    size_t size = (size_t)text.len, number = 0;
    for (size_t place = 0, end; found && place <= size; place = end + 1) {
        const uint8_t *data = (const uint8_t *)text.buf + place, *newline = place < size ? memchr(data, '\n', size - place) : NULL;
        end = newline ? place + (size_t)(newline - data) : size;
        number++;
        if (!marks[mark_of(data, end - place)]) continue;
        PyObject *line = PyBytes_FromStringAndSize((const char *)data, (Py_ssize_t)(end - place));
        int has = line ? PyDict_Contains(known, line) : -1;
        if (has < 0 || (has && !add(found, Py_BuildValue("nnO", (Py_ssize_t)place, (Py_ssize_t)number, line)))) Py_CLEAR(found);
        Py_XDECREF(line);
    }
    PyBuffer_Release(&text);
    return found;
}

static PyMethodDef functions[] = {
    {"names", names, METH_VARARGS,
     "names(text, begins, ends, hash_size, seen): (number of the tree, name) of each entry of the trees in the text that was"
     " not seen before, by a table of SEEN bytes, zeros at first, which notes what is."},
    {"lines", lines, METH_VARARGS, "lines(text, known): (place, number from 1, line) of each line of a text that is in a dictionary."},
    {NULL, NULL, 0, NULL}};

static int add_constants(PyObject *module) { return PyModule_AddIntConstant(module, "SEEN", sizeof(Seen)); }

static PyModuleDef_Slot slots[] = {{Py_mod_exec, add_constants}, {0, NULL}};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_fresh", "Tells what of objects in a row is new.", 0, functions, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__fresh(void) { return PyModuleDef_Init(&module); }
