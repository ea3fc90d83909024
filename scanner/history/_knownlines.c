/* Finds in a text the lines that are looked for. Every read is within the text. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

/* What tells most lines apart from some that are looked for: their lengths and first bytes. */
#define MARKS (1 << 13)
static size_t mark_of(const uint8_t *line, size_t size) { return (size * 32 + (size ? line[0] * 7 + line[size - 1] : 0)) % MARKS; }

/* Adds a value, which is released, to a list. */
static int add(PyObject *list, PyObject *value) {
    int bad = !value || PyList_Append(list, value);
    Py_XDECREF(value);
    return !bad;
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
    {"lines", lines, METH_VARARGS, "lines(text, known): (place, number from 1, line) of each line of a text that is in a dictionary."},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_knownlines", "Finds lines that are looked for.", 0, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__knownlines(void) { return PyModuleDef_Init(&module); }
