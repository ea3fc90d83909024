/* Python's way to _rawlog.h. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "_rawlog.h"

static PyObject *sift_lines(PyObject *Py_UNUSED(module), PyObject *args) {
    Py_buffer text, given;
    Py_ssize_t width;
    int all;
    if (!PyArg_ParseTuple(args, "y*y*np", &text, &given, &width, &all)) return NULL;
    Ids ids = {0};
    PyObject *kept = NULL, *named = NULL, *result = NULL;
    if (width < 8 || given.len % width)
        PyErr_SetString(PyExc_ValueError, "not ids of this width");
    else if (!make_ids(&ids, given.buf, (size_t)(given.len / width), (size_t)width))
        PyErr_NoMemory();
    else if ((kept = PyBytes_FromStringAndSize(NULL, text.len)) && (named = PyBytes_FromStringAndSize(NULL, text.len))) {
        uint8_t *lines = (uint8_t *)PyBytes_AS_STRING(kept), *names = (uint8_t *)PyBytes_AS_STRING(named);
        size_t lines_size, names_size;
        Py_BEGIN_ALLOW_THREADS
        sift(&ids, all, text.buf, (size_t)text.len, lines, &lines_size, names, &names_size);
        Py_END_ALLOW_THREADS
        if (!_PyBytes_Resize(&kept, (Py_ssize_t)lines_size) && !_PyBytes_Resize(&named, (Py_ssize_t)names_size))
            result = PyTuple_Pack(2, kept, named);
    }
    Py_XDECREF(kept);
    Py_XDECREF(named);
    free(ids.slots);
    PyBuffer_Release(&text);
    PyBuffer_Release(&given);
    return result;
}

static PyMethodDef functions[] = {
    {"sift", sift_lines, METH_VARARGS,
     "sift(text, ids, width, all): of whole lines of `git log --raw`, those that name one of the ids, which are given in a row,"
     " with the first lines of their commits, or of all; and the ids of the files that they bring, in a row."},
    {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_rawlog", "Reads what git log prints.", 0, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__rawlog(void) { return PyModuleDef_Init(&module); }
