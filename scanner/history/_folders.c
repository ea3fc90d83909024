/* For Python: `Folders` tells what the notes of a walk say of wanted blobs. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "_folders.h"

typedef struct {
    PyObject_HEAD
    Pack pack;
    Folders folders;
    Py_buffer index;
    PyObject *brought, *dropped; /* of the commit that is told of */
} FoldersObject;

static PyObject *id_of(const FoldersObject *self, uint32_t number) {
    char text[64];
    const uint8_t *id = id_at(&self->pack, number);
    for (unsigned i = 0; i < self->pack.hash; i++) text[2 * i] = "0123456789abcdef"[id[i] >> 4], text[2 * i + 1] = "0123456789abcdef"[id[i] & 15];
    return PyUnicode_FromStringAndSize(text, 2 * (Py_ssize_t)self->pack.hash);
}

static int tell(void *context, int gone, uint32_t blob, const uint8_t *path, size_t length) {
    FoldersObject *self = context;
    PyObject *row = Py_BuildValue("Ny#", id_of(self, blob), (const char *)path, (Py_ssize_t)length);
    int good = row && !PyList_Append(gone ? self->dropped : self->brought, row);
    Py_XDECREF(row);
    return good;
}

static int folders_init(FoldersObject *self, PyObject *args, PyObject *Py_UNUSED(keywords)) {
    unsigned long long secret;
    if (self->index.obj) return PyErr_Format(PyExc_TypeError, "folders are made once"), -1;
    if (!PyArg_ParseTuple(args, "y*IK", &self->index, &self->pack.hash, &secret)) return -1;
    Pack *pack = &self->pack;
    pack->index = self->index.buf, pack->index_size = (uint64_t)self->index.len;
    if (pack->hash != 20 && pack->hash != 32) return PyErr_Format(PyExc_ValueError, "object ids have 20 or 32 bytes"), -1;
    uint32_t count = self->index.len < 1032 ? NONE : be32(pack->index + 8 + 4 * 255);
    if (count >= NONE / 2 || (pack->index_size - 1032) / pack->hash < count)
        return PyErr_Format(PyExc_ValueError, "the index makes no sense"), -1;
    pack->count = count;
    self->folders.tell = tell, self->folders.context = self;
    return make_folders(&self->folders, pack, secret) ? 0 : (PyErr_NoMemory(), -1);
}

static void folders_dealloc(FoldersObject *self) {
    release_folders(&self->folders);
    if (self->index.obj) PyBuffer_Release(&self->index);
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *folders_add(FoldersObject *self, PyObject *bytes) {
    uint32_t head[2];
    if (!PyBytes_Check(bytes)) return PyErr_Format(PyExc_TypeError, "notes are bytes"), NULL;
    const uint8_t *at = (const uint8_t *)PyBytes_AS_STRING(bytes);
    size_t size = (size_t)PyBytes_GET_SIZE(bytes);
    if (size < sizeof head || (uintptr_t)at % 4 || self->folders.few.rows) Py_RETURN_FALSE;
    memcpy(head, at, sizeof head), at += sizeof head, size -= sizeof head;
    size_t rows = 4 * (size_t)head[0], places = head[1] ? 4 * ((size_t)head[1] + 1) : 0;
    if (size < rows || size - rows < places) Py_RETURN_FALSE;
    return PyBool_FromLong(add_notes(&self->folders, (const uint32_t *)at, head[0], (const uint32_t *)(at + rows), head[1], at + rows + places,
                                     size - rows - places));
}

static PyObject *folders_want(FoldersObject *self, PyObject *ids) {
    if (!PyBytes_Check(ids) || self->folders.few.rows) return PyErr_Format(PyExc_TypeError, "ids are bytes, and wanted once"), NULL;
    const uint8_t *id = (const uint8_t *)PyBytes_AS_STRING(ids), *end = id + PyBytes_GET_SIZE(ids);
    for (; (size_t)(end - id) >= self->pack.hash; id += self->pack.hash) {
        uint32_t number = find_id(&self->pack, id);
        if (number != NONE) self->folders.wanted[number] = 1;
    }
    return PyBool_FromLong(sum_up(&self->folders));
}

static PyObject *folders_roots(FoldersObject *self, PyObject *text) {
    Py_ssize_t size;
    char *line;
    if (PyBytes_AsStringAndSize(text, &line, &size)) return NULL;
    const uint8_t *at = (const uint8_t *)line, *end = at + size;
    while (at < end) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        if (!add_root(&self->folders, at, stop)) Py_RETURN_FALSE;
        at = stop + (stop < end);
    }
    Py_RETURN_TRUE;
}

static PyObject *folders_steps(FoldersObject *self, PyObject *text) {
    Py_ssize_t size;
    char *line;
    if (PyBytes_AsStringAndSize(text, &line, &size)) return NULL;
    if (!self->folders.few.rows) return PyErr_Format(PyExc_RuntimeError, "nothing is wanted yet"), NULL;
    const uint8_t *begin = (const uint8_t *)line, *at = begin, *end = at + size;
    PyObject *steps = PyList_New(0);
    while (steps && at < end) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        self->brought = PyList_New(0), self->dropped = PyList_New(0);
        int good = self->brought && self->dropped && tell_commit(&self->folders, at, stop), failed = PyErr_Occurred() != NULL;
        if (good && (PyList_GET_SIZE(self->brought) || PyList_GET_SIZE(self->dropped))) {
            PyObject *step = Py_BuildValue("y#OO", (const char *)at, (Py_ssize_t)(stop - at), self->brought, self->dropped);
            failed = !step || PyList_Append(steps, step);
            Py_XDECREF(step);
        }
        Py_CLEAR(self->brought);
        Py_CLEAR(self->dropped);
        if (failed) Py_CLEAR(steps);
        else if (!good) {
            Py_DECREF(steps);
            Py_RETURN_NONE;
        }
        at = stop + (stop < end);
    }
    return steps;
}

static PyObject *folders_root(FoldersObject *self, PyObject *args) {
    const char *id;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "y#", &id, &size)) return NULL;
    uint32_t number = size == (Py_ssize_t)self->pack.hash ? find_id(&self->pack, (const uint8_t *)id) : NONE;
    if (number != NONE && self->folders.roots[number]) number = self->folders.roots[number] - 1;
    if (number == NONE || !self->folders.all.starts[number]) Py_RETURN_NONE;
    return PyLong_FromUnsignedLong(number);
}

static PyObject *folders_inside(FoldersObject *self, PyObject *tree) {
    unsigned long number = PyLong_AsUnsignedLong(tree);
    if (number == (unsigned long)-1 && PyErr_Occurred()) return NULL;
    if (number >= self->pack.count || !self->folders.few.rows) return PyErr_Format(PyExc_IndexError, "no such tree"), NULL;
    Listed listed = {0};
    PyObject *blobs = PyList_New(0), *below = PyList_New(0), *found = NULL;
    int good = blobs && below;
    if (good && !list(&self->folders, (uint32_t)number, &listed)) good = 0, PyErr_NoMemory();
    for (size_t i = 0; good && i < listed.count; i++) {
        uint32_t child = (uint32_t)listed.found[i].value;
        PyObject *one = listed.found[i].key & 1 ? PyLong_FromUnsignedLong(child) : id_of(self, child);
        good = one && !PyList_Append(listed.found[i].key & 1 ? below : blobs, one);
        Py_XDECREF(one);
    }
    free(listed.found);
    if (good) found = PyTuple_Pack(2, blobs, below);
    Py_XDECREF(blobs);
    Py_XDECREF(below);
    return found;
}

static PyMethodDef folders_methods[] = {
    {"add", (PyCFunction)folders_add, METH_O, "Take over the notes of a walker; False when they are of no use."},
    {"want", (PyCFunction)folders_want, METH_O, "Want blobs by their ids, in a row, once all is added; False when that can't be told."},
    {"roots", (PyCFunction)folders_roots, METH_O, "Take in the first lines of commits; False when one can't be told of."},
    {"steps", (PyCFunction)folders_steps, METH_O,
     "Return [(first line, [(id, path) brought], [(id, path) dropped])] of commits with either; None when that can't be told."},
    {"root", (PyCFunction)folders_root, METH_VARARGS, "Return the number of a commit's tree, or of a tree, by its id; None when it is not known."},
    {"inside", (PyCFunction)folders_inside, METH_O, "Return the ids of the wanted blobs in a tree, and the numbers of the folders that hold more."},
    {NULL, NULL, 0, NULL}};
static PyType_Slot folders_slots[] = {
    {Py_tp_init, folders_init}, {Py_tp_dealloc, folders_dealloc}, {Py_tp_methods, folders_methods},
    {Py_tp_doc, "Folders(index, hash_bytes, secret): what notes say of wanted blobs; `secret` is any number that nobody knows."}, {0, NULL}};
static PyType_Spec folders_spec = {"scrubjay.scanner.history._folders.Folders", sizeof(FoldersObject), 0, Py_TPFLAGS_DEFAULT, folders_slots};

static int module_exec(PyObject *module) {
    PyObject *folders = PyType_FromModuleAndSpec(module, &folders_spec, NULL);
    int good = folders && !PyModule_AddType(module, (PyTypeObject *)folders);
    Py_XDECREF(folders);
    return good ? 0 : -1;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "_folders", "What commits did with a few blobs.", 0, NULL, module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__folders(void) { return PyModuleDef_Init(&module); }
