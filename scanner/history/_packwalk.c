/* The delta walk for Python: `Pack` is an opened pack, `Walker` one thread's way through it, without the GIL. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "_packwalk.h"
#ifndef _WIN32
#include <dlfcn.h>
#endif

#define SPAN (1 << 26)

typedef struct {
    PyObject_HEAD
    Pack pack;
    Py_buffer data, index, turn;
    int linked;
} PackObject;

typedef struct {
    PyObject_HEAD
    Walker walker;
    Notes notes;
    PackObject *pack;
    Py_buffer out, starts;
    int ready, busy;
    void *library, (*drop)(void *context);
} WalkerObject;

static int pack_init(PackObject *self, PyObject *args, PyObject *Py_UNUSED(keywords)) {
    unsigned hash;
    if (self->data.obj) return PyErr_Format(PyExc_TypeError, "a pack is opened once"), -1;
    if (!PyArg_ParseTuple(args, "y*y*I", &self->data, &self->index, &hash)) return -1;
    if (hash != 20 && hash != 32) return PyErr_Format(PyExc_ValueError, "object ids have 20 or 32 bytes"), -1;
    const char *wrong;
    self->pack.pack = self->data.buf, self->pack.pack_size = (uint64_t)self->data.len;
    self->pack.index = self->index.buf, self->pack.index_size = (uint64_t)self->index.len;
    self->pack.hash = hash;
    Py_BEGIN_ALLOW_THREADS
    wrong = read_index(&self->pack);
    Py_END_ALLOW_THREADS
    if (!wrong) return 0;
    self->pack.count = self->pack.root_count = 0;
    PyErr_SetString(PyExc_ValueError, wrong);
    return -1;
}

static void pack_dealloc(PackObject *self) {
    free(self->pack.nodes);
    free(self->pack.roots);
    if (self->data.obj) PyBuffer_Release(&self->data);
    if (self->index.obj) PyBuffer_Release(&self->index);
    if (self->turn.obj) PyBuffer_Release(&self->turn);
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* Reads some of the pack's headers; true while there are more. So that the caller can give pages back in between. */
static PyObject *pack_read(PackObject *self, PyObject *Py_UNUSED(none)) {
    int more, good = 1;
    Py_BEGIN_ALLOW_THREADS
    more = read_headers(&self->pack, SPAN);
    if (!more && !self->linked) good = self->linked = build_trees(&self->pack);
    Py_END_ALLOW_THREADS
    return good ? PyBool_FromLong(more) : PyErr_NoMemory();
}

static Node *node_of(PackObject *self, PyObject *number) {
    unsigned long index = PyLong_AsUnsignedLong(number);
    if (index == (unsigned long)-1 && PyErr_Occurred()) return NULL;
    if (index >= self->pack.count) return PyErr_Format(PyExc_IndexError, "no such object"), NULL;
    return &self->pack.nodes[index];
}

static PyObject *pack_id(PackObject *self, PyObject *number) {
    Node *node = node_of(self, number);
    return node ? PyBytes_FromStringAndSize((const char *)id_at(&self->pack, node->position), self->pack.hash) : NULL;
}

static PyObject *pack_kind(PackObject *self, PyObject *number) {
    Node *node = node_of(self, number);
    return node ? PyLong_FromLong(node->kind) : NULL;
}

static PyObject *pack_flag(PackObject *self, PyObject *number) {
    Node *node = node_of(self, number);
    if (!node) return NULL;
    want(&self->pack, (uint32_t)(node - self->pack.nodes));
    Py_RETURN_NONE;
}

static PyObject *pack_hold(PackObject *self, PyObject *number) {
    Node *node = node_of(self, number);
    if (!node) return NULL;
    node->flags |= HELD;
    Py_RETURN_NONE;
}

static PyObject *pack_rewind(PackObject *self, PyObject *args) {
    unsigned first, last;
    if (!PyArg_ParseTuple(args, "II", &first, &last)) return NULL;
    rewind_to(&self->pack, first, last);
    Py_RETURN_NONE;
}

/* From here on several processes take the trees in turn, by a counter in memory that they share. */
static PyObject *pack_share(PackObject *self, PyObject *counter) {
    if (self->turn.obj) return PyErr_Format(PyExc_RuntimeError, "a pack is shared once"), NULL;
    if (PyObject_GetBuffer(counter, &self->turn, PyBUF_WRITABLE)) return NULL;
    if (self->turn.len < 4 || (uintptr_t)self->turn.buf % 4) {
        PyBuffer_Release(&self->turn);
        return PyErr_Format(PyExc_ValueError, "the counter has four aligned bytes"), NULL;
    }
    self->pack.turn = self->turn.buf;
    Py_RETURN_NONE;
}

/* What this process has read, a byte for each object, and the same of another process taken over. */
static PyObject *pack_seen(PackObject *self, PyObject *Py_UNUSED(none)) {
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)self->pack.count);
    for (uint32_t i = 0; bytes && i < self->pack.count; i++)
        PyBytes_AS_STRING(bytes)[i] = self->pack.nodes[i].flags & SEEN ? (char)(self->pack.nodes[i].kind | 8) : 0;
    return bytes;
}

static PyObject *pack_merge(PackObject *self, PyObject *bytes) {
    if (!PyBytes_Check(bytes) || PyBytes_GET_SIZE(bytes) != (Py_ssize_t)self->pack.count)
        return PyErr_Format(PyExc_ValueError, "not a byte for each object"), NULL;
    const char *seen = PyBytes_AS_STRING(bytes);
    for (uint32_t i = 0; i < self->pack.count; i++)
        if (seen[i]) self->pack.nodes[i].flags |= SEEN, self->pack.nodes[i].kind = (uint8_t)(seen[i] & 7);
    Py_RETURN_NONE;
}

static PyObject *pack_has(PackObject *self, PyObject *id) {
    if (!PyBytes_Check(id) || PyBytes_GET_SIZE(id) != (Py_ssize_t)self->pack.hash)
        return PyErr_Format(PyExc_ValueError, "not an id of this pack's hash"), NULL;
    return PyBool_FromLong(find_id(&self->pack, (const uint8_t *)PyBytes_AS_STRING(id)) != NONE);
}

/* The ids of the objects that no walk could read. */
static PyObject *pack_unseen(PackObject *self, PyObject *Py_UNUSED(none)) {
    PyObject *ids = PyList_New(0);
    for (uint32_t i = 0; ids && i < self->pack.count; i++) {
        Node *node = &self->pack.nodes[i];
        /* An object whose base could not be read a second time is asked about again. */
        if (node->base != NONE && !(self->pack.nodes[node->base].flags & SEEN)) node->flags &= (uint8_t)~SEEN;
        if (node->flags & SEEN) continue;
        PyObject *id = PyBytes_FromStringAndSize((const char *)id_at(&self->pack, node->position), self->pack.hash);
        if (!id || PyList_Append(ids, id)) Py_CLEAR(ids);
        Py_XDECREF(id);
    }
    return ids;
}

/* How many objects of each kind were read, by kind number; without those that are in one of the given packs too. */
static PyObject *pack_counts(PackObject *self, PyObject *others) {
    unsigned long counts[8] = {0};
    if (!PyList_Check(others)) return PyErr_Format(PyExc_TypeError, "not a list of packs"), NULL;
    Py_ssize_t other_count = PyList_GET_SIZE(others);
    for (Py_ssize_t k = 0; k < other_count; k++)
        if (!Py_IS_TYPE(PyList_GET_ITEM(others, k), Py_TYPE(self))) return PyErr_Format(PyExc_TypeError, "not a pack"), NULL;
    for (uint32_t i = 0; i < self->pack.count; i++) {
        const Node *node = &self->pack.nodes[i];
        int known = !(node->flags & SEEN);
        for (Py_ssize_t k = 0; !known && k < other_count; k++) {
            const Pack *other = &((PackObject *)PyList_GET_ITEM(others, k))->pack;
            known = other->hash == self->pack.hash && find_id(other, id_at(&self->pack, node->position)) != NONE;
        }
        counts[node->kind & 7] += !known;
    }
    return Py_BuildValue("kkkkk", counts[0], counts[1], counts[2], counts[3], counts[4]);
}

static PyObject *pack_count(PackObject *self, void *Py_UNUSED(closure)) { return PyLong_FromUnsignedLong(self->pack.count); }

static PyObject *pack_roots(PackObject *self, void *Py_UNUSED(closure)) { return PyLong_FromUnsignedLong(self->pack.root_count); }

/* Takes libdeflate's functions from a library that Python has loaded, the module of a package that is built around it. */
static void use_library(WalkerObject *self, const char *path) {
#ifdef RTLD_NOLOAD
    void *library = dlopen(path, RTLD_NOW | RTLD_NOLOAD), *(*make)(void) = NULL;
    if (!library) return;
    self->library = library;
    *(void **)&make = dlsym(library, "libdeflate_alloc_decompressor");
    *(void **)&self->drop = dlsym(library, "libdeflate_free_decompressor");
    *(void **)&self->walker.quick = dlsym(library, "libdeflate_zlib_decompress");
    if (make && self->drop && self->walker.quick) self->walker.context = make();
    if (!self->walker.context) self->walker.quick = NULL;
#endif
}

static int walker_init(WalkerObject *self, PyObject *args, PyObject *Py_UNUSED(keywords)) {
    int noting = 0;
    const char *library = NULL;
    PyObject *pack, *kind = PyObject_GetAttrString((PyObject *)Py_TYPE(self), "pack_type");
    unsigned long long line, target, limit, budget;
    Walker *walker = &self->walker;
    if (!kind) return -1;
    int good = !self->pack && PyArg_ParseTuple(args, "O!w*w*KKKKp|yp", kind, &pack, &self->out, &self->starts, &line, &target, &limit, &budget,
                                               &walker->archives, &library, &noting);
    Py_DECREF(kind);
    if (!good) return PyErr_Occurred() ? -1 : (PyErr_SetString(PyExc_TypeError, "a walker is made once"), -1);
    uint64_t room = (uint64_t)self->out.len, most = (uint64_t)self->starts.len / 8;
    /* At most one byte is added to each window, and windows are further apart than 64 bytes. */
    if (limit > room || target > room || room - limit - limit / JOINED < target || room - target < limit + limit / JOINED + 2 || !most)
        return PyErr_Format(PyExc_ValueError, "the buffers are too small"), -1;
    if (room > UINT32_MAX || (uintptr_t)self->starts.buf % 4) return PyErr_Format(PyExc_ValueError, "the buffers are of no use"), -1;
    self->pack = (PackObject *)Py_NewRef(pack);
    walker->pack = &self->pack->pack;
    walker->out = self->out.buf, walker->starts = self->starts.buf;
    walker->line = (size_t)line, walker->target = (size_t)target, walker->limit = (size_t)limit, walker->budget = (size_t)budget;
    walker->most = (size_t)most;
    if (library && *library) use_library(self, library);
    if (noting) walker->notes = &self->notes;
    self->ready = inflateInit(&walker->stream) == Z_OK;
    return self->ready ? 0 : (PyErr_NoMemory(), -1);
}

static void walker_dealloc(WalkerObject *self) {
    release_walker(&self->walker);
    release_notes(&self->notes);
    if (self->ready) inflateEnd(&self->walker.stream);
    if (self->out.obj) PyBuffer_Release(&self->out);
    if (self->starts.obj) PyBuffer_Release(&self->starts);
    if (self->walker.context) self->drop(self->walker.context);
#ifdef RTLD_NOLOAD
    if (self->library) dlclose(self->library);
#endif
    Py_XDECREF(self->pack);
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* (bytes used, records, objects so far, their bytes, the number of the first delta tree that may not be done), or None at
   the end. */
static PyObject *walker_step(WalkerObject *self, PyObject *Py_UNUSED(none)) {
    int more;
    if (!self->ready || self->busy) return PyErr_Format(PyExc_RuntimeError, "a walker belongs to one thread"), NULL;
    self->busy = 1;
    Py_BEGIN_ALLOW_THREADS
    more = step(&self->walker, 0);
    Py_END_ALLOW_THREADS
    self->busy = 0;
    if (!more) Py_RETURN_NONE;
    const Walker *walker = &self->walker;
    return Py_BuildValue("nnnKk", (Py_ssize_t)walker->used, (Py_ssize_t)walker->records, (Py_ssize_t)walker->objects,
                         (unsigned long long)walker->bytes, (unsigned long)walker->root + !walker->depth);
}

/* The next flagged object: its number, bytes used, whether deltas are built on it, its base's number or -1, and whether it
   is judged for its base's sake alone, nothing that its delta changes being suspect. None at the end. */
static PyObject *walker_judge(WalkerObject *self, PyObject *Py_UNUSED(none)) {
    int more;
    if (!self->ready || self->busy) return PyErr_Format(PyExc_RuntimeError, "a walker belongs to one thread"), NULL;
    self->busy = 1;
    Py_BEGIN_ALLOW_THREADS
    more = step(&self->walker, 1);
    Py_END_ALLOW_THREADS
    self->busy = 0;
    if (!more || self->walker.held == NONE) Py_RETURN_NONE;
    uint32_t held = self->walker.held;
    const Node *node = &self->pack->pack.nodes[held];
    return Py_BuildValue("knOLO", (unsigned long)held, (Py_ssize_t)self->walker.used, node->child == NONE ? Py_False : Py_True,
                         node->base == NONE ? -1LL : (long long)node->base, node->flags & HEIR ? Py_True : Py_False);
}

/* What was noted of folders, for `Folders`; None when it is of no use. */
static PyObject *walker_notes(WalkerObject *self, PyObject *Py_UNUSED(none)) {
    const Notes *notes = &self->notes;
    const Names *names = &notes->names;
    if (notes->bad || notes->used >= NONE) Py_RETURN_NONE;
    uint32_t head[2] = {(uint32_t)notes->used, names->count};
    size_t rows = 4 * notes->used, places = names->count ? 4 * ((size_t)names->count + 1) : 0;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(sizeof head + rows + places + names->used));
    if (!bytes) return NULL;
    char *at = PyBytes_AS_STRING(bytes);
    memcpy(at, head, sizeof head), at += sizeof head;
    if (rows) memcpy(at, notes->rows, rows), at += rows;
    if (places) memcpy(at, names->places, places), memcpy(at + places, names->text, names->used);
    return bytes;
}

static PyObject *walker_quick(WalkerObject *self, void *Py_UNUSED(closure)) { return PyBool_FromLong(self->walker.quick != NULL); }

static PyMethodDef pack_methods[] = {
    {"read", (PyCFunction)pack_read, METH_NOARGS, "Read some headers; return whether there are more. To be called until not."},
    {"id", (PyCFunction)pack_id, METH_O, "Return an object's id as bytes."},
    {"kind", (PyCFunction)pack_kind, METH_O, "Return an object's kind: 1 commit, 2 tree, 3 blob, 4 tag, 0 not known."},
    {"flag", (PyCFunction)pack_flag, METH_O, "Let the second walk judge an object."},
    {"hold", (PyCFunction)pack_hold, METH_O, "Let the second walk judge the deltas on an object."},
    {"rewind", (PyCFunction)pack_rewind, METH_VARARGS, "rewind(first, last): start the second walk of so many delta trees."},
    {"share", (PyCFunction)pack_share, METH_O, "Let first walks take delta trees by a counter in shared memory."},
    {"seen", (PyCFunction)pack_seen, METH_NOARGS, "Return a byte for each object: 0 when it was not read."},
    {"merge", (PyCFunction)pack_merge, METH_O, "Take over what another process has read."},
    {"has", (PyCFunction)pack_has, METH_O, "Tell whether an id is in this pack."},
    {"unseen", (PyCFunction)pack_unseen, METH_NOARGS, "Return the ids of objects that could not be read."},
    {"counts", (PyCFunction)pack_counts, METH_O, "Return how many objects of each kind were read, without those in other packs."},
    {NULL, NULL, 0, NULL}};
static PyGetSetDef pack_fields[] = {
    {"count", (getter)pack_count, NULL, "Number of objects.", NULL},
    {"roots", (getter)pack_roots, NULL, "Number of delta trees.", NULL},
    {NULL, NULL, NULL, NULL, NULL}};
static PyGetSetDef walker_fields[] = {{"quick", (getter)walker_quick, NULL, "Whether libdeflate inflates.", NULL}, {NULL, NULL, NULL, NULL, NULL}};
static PyMethodDef walker_methods[] = {
    {"step", (PyCFunction)walker_step, METH_NOARGS, "Gather more text."},
    {"judge", (PyCFunction)walker_judge, METH_NOARGS, "Go to the next flagged object."},
    {"notes", (PyCFunction)walker_notes, METH_NOARGS, "Return what was noted of folders, None when it is of no use."},
    {NULL, NULL, 0, NULL}};
static PyType_Slot pack_slots[] = {
    {Py_tp_init, pack_init}, {Py_tp_dealloc, pack_dealloc}, {Py_tp_methods, pack_methods}, {Py_tp_getset, pack_fields},
    {Py_tp_doc, "Pack(pack, index, hash_bytes): an opened pack; ValueError when it makes no sense."}, {0, NULL}};
static PyType_Slot walker_slots[] = {
    {Py_tp_init, walker_init}, {Py_tp_dealloc, walker_dealloc}, {Py_tp_methods, walker_methods}, {Py_tp_getset, walker_fields},
    {Py_tp_doc, "Walker(pack, out, starts, line, target, limit, budget, archives, library=b\"\", noting=False): one thread's way through a pack."}, {0, NULL}};
static PyType_Spec pack_spec = {"scrubjay.scanner.history._packwalk.Pack", sizeof(PackObject), 0, Py_TPFLAGS_DEFAULT, pack_slots};
static PyType_Spec walker_spec = {"scrubjay.scanner.history._packwalk.Walker", sizeof(WalkerObject), 0, Py_TPFLAGS_DEFAULT, walker_slots};

/* Of many ids in a row, those that are not in an index. */
static PyObject *absent(PyObject *Py_UNUSED(module), PyObject *args) {
    Py_buffer index, ids;
    unsigned hash;
    PyObject *found = NULL;
    if (!PyArg_ParseTuple(args, "y*Iy*", &index, &hash, &ids)) return NULL;
    Pack pack = {.index = index.buf, .index_size = (uint64_t)index.len, .hash = hash};
    if (index.len >= 1032) pack.count = be32(pack.index + 8 + 4 * 255);
    size_t size = (size_t)ids.len, count = 0;
    if ((hash != 20 && hash != 32) || size % hash)
        PyErr_SetString(PyExc_ValueError, "not ids of this hash");
    else if (index.len < 1032 || memcmp(index.buf, "\377tOc\0\0\0\2", 8) || (pack.index_size - 1032) / hash < pack.count)
        PyErr_SetString(PyExc_ValueError, "the index makes no sense");
    else if ((found = PyBytes_FromStringAndSize(NULL, ids.len))) {
        uint8_t *out = (uint8_t *)PyBytes_AS_STRING(found);
        const uint8_t *id = ids.buf;
        Py_BEGIN_ALLOW_THREADS
        for (size_t place = 0; place < size; place += hash)
            if (find_id(&pack, id + place) == NONE) memcpy(out + count, id + place, hash), count += hash;
        Py_END_ALLOW_THREADS
        _PyBytes_Resize(&found, (Py_ssize_t)count);
    }
    PyBuffer_Release(&index);
    PyBuffer_Release(&ids);
    return found;
}

static int module_exec(PyObject *module) {
    PyObject *pack = PyType_FromModuleAndSpec(module, &pack_spec, NULL), *walker = PyType_FromModuleAndSpec(module, &walker_spec, NULL);
    int good = pack && walker && !PyObject_SetAttrString(walker, "pack_type", pack) &&
               !PyModule_AddType(module, (PyTypeObject *)pack) && !PyModule_AddType(module, (PyTypeObject *)walker);
    Py_XDECREF(pack);
    Py_XDECREF(walker);
    return good ? 0 : -1;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};
static PyMethodDef functions[] = {
    {"absent", absent, METH_VARARGS, "absent(index, hash_bytes, ids): which of the ids, given in a row, are not in an index."},
    {NULL, NULL, 0, NULL}};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "_packwalk", "Walks the delta trees of git packs.", 0, functions, module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__packwalk(void) { return PyModuleDef_Init(&module); }
