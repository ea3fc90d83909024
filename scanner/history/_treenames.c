/* Python's way to _treenames.h. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "_treenames.h"

/* Adds the new names of a tree to a list of pairs. */
static int add_names(PyObject *list, Py_ssize_t number, const uint8_t *text, size_t place, size_t end, size_t hash, Seen *seen) {
    while (place < end) {
        size_t size;
        const uint8_t *name = next_name(text, &place, end, hash, &size);
        if (!is_new(seen, name, size)) continue;
        PyObject *pair = Py_BuildValue("ny#", number, name, (Py_ssize_t)size);
        int bad = !pair || PyList_Append(list, pair);
        Py_XDECREF(pair);
        if (bad) return 0;
    }
    return 1;
}

static PyObject *fresh(PyObject *Py_UNUSED(module), PyObject *args) {
    Py_buffer text, seen;
    PyObject *begins, *ends, *found = NULL;
    Py_ssize_t hash;
    if (!PyArg_ParseTuple(args, "y*O!O!nw*", &text, &PyList_Type, &begins, &PyList_Type, &ends, &hash, &seen)) return NULL;
    if (seen.len != sizeof(Seen) || hash < 0)
        PyErr_SetString(PyExc_ValueError, "not a table of names, or no size of an id");
    else
        found = PyList_New(0);
    for (Py_ssize_t i = 0; found && i < PyList_GET_SIZE(begins) && i < PyList_GET_SIZE(ends); i++) {
        Py_ssize_t begin = PyLong_AsSsize_t(PyList_GET_ITEM(begins, i)), end = PyLong_AsSsize_t(PyList_GET_ITEM(ends, i));
        int good = !PyErr_Occurred();
        if (good && (begin < 0 || begin > end || end > text.len)) {
            PyErr_SetString(PyExc_ValueError, "not places in the text");
            good = 0;
        }
        if (!good || !add_names(found, i, text.buf, (size_t)begin, (size_t)end, (size_t)hash, seen.buf)) Py_CLEAR(found);
    }
    PyBuffer_Release(&text);
    PyBuffer_Release(&seen);
    return found;
}

static PyMethodDef functions[] = {
    {"fresh", fresh, METH_VARARGS,
     "fresh(text, begins, ends, hash_size, seen): (number of the tree, name) of each entry of the trees in the text that was"
     " not seen before, by a table of SEEN bytes, zeros at first, which notes what is."},
    {NULL, NULL, 0, NULL}};

static int add_constants(PyObject *module) { return PyModule_AddIntConstant(module, "SEEN", sizeof(Seen)); }

static PyModuleDef_Slot slots[] = {{Py_mod_exec, add_constants}, {0, NULL}};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_treenames", "Reads the names in trees.", 0, functions, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__treenames(void) { return PyModuleDef_Init(&module); }
