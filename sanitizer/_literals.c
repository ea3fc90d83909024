/* Finds any of many thousands of byte strings in a text, at about the speed of memory.
 *
 * Of each string a window is indexed. All windows of a group have one width, so it is enough to look at every STEP-th
 * place of the text: wherever a string stands, one of its indexed grams begins at such a place. A bitmap that fits the
 * cache rejects nearly all of them; what remains is compared in full. Every read is within the text or a string.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SHORTEST 8
#define WIDEST 40

typedef struct {
    uint32_t string, next;
    uint32_t offset;
} Entry;

typedef struct {
    size_t gram, step, count, size;
    unsigned bits, filter_bits;
    Entry *entries;
    uint32_t *heads;
    uint64_t *filter;
} Group;

typedef struct {
    PyObject_HEAD
    size_t number;
    uint8_t *bytes;
    size_t *starts;
    Group groups[2];
} Finder;

typedef struct {
    Py_ssize_t *places;
    size_t count, size;
} Found;

static inline uint64_t gram_at(const uint8_t *place, size_t size) {
    uint64_t value;
    if (size == 8) {
        memcpy(&value, place, 8);
        return value * 0x9E3779B97F4A7C15ull;
    }
    uint32_t low;
    uint16_t high;
    memcpy(&low, place, 4);
    memcpy(&high, place + 4, 2);
    value = low | ((uint64_t)high << 32);
    return value * 0x9E3779B97F4A7C15ull;
}

/* The bits that a gram sets in its word of the filter. */
static inline uint64_t marks(uint64_t hash) {
    return (1ull << ((hash >> 32) & 63)) | (1ull << ((hash >> 26) & 63)) | (1ull << ((hash >> 20) & 63));
}

static void group_free(Group *group) {
    free(group->entries);
    free(group->heads);
    free(group->filter);
    memset(group, 0, sizeof *group);
}

static unsigned bits_for(size_t number, unsigned least, unsigned most) {
    unsigned bits = least;
    while (bits < most && ((size_t)1 << bits) < number) bits++;
    return bits;
}

/* How often the most common gram of a window occurs among all windows that could be chosen. */
static uint32_t crowd(const uint8_t *window, const Group *group, const uint32_t *counts, unsigned bits) {
    uint32_t most = 0;
    for (size_t i = 0; i < group->step; i++) {
        uint32_t here = counts[gram_at(window + i, group->gram) >> (64 - bits)];
        if (here > most) most = here;
    }
    return most;
}

/* Index the strings from `low` to under `high` bytes; -1 when there is no memory. */
static int group_make(Finder *self, Group *group, size_t low, size_t high, size_t gram) {
    size_t width = WIDEST, members = 0;
    for (size_t i = 0; i < self->number; i++) {
        size_t length = self->starts[i + 1] - self->starts[i];
        if (length < low || length >= high) continue;
        members++;
        if (length < width) width = length;
    }
    if (!members) return 0;
    group->gram = gram;
    group->step = width - gram + 1;
    group->size = members * group->step;
    group->bits = bits_for(2 * group->size, 10, 26);
    group->filter_bits = bits_for(group->size / 4, 10, 19);
    unsigned count_bits = bits_for(4 * group->size, 12, 22);
    uint32_t *counts = calloc((size_t)1 << count_bits, sizeof *counts);
    group->entries = calloc(group->size, sizeof *group->entries);
    group->heads = calloc((size_t)1 << group->bits, sizeof *group->heads);
    group->filter = calloc((size_t)1 << group->filter_bits, sizeof *group->filter);
    if (!counts || !group->entries || !group->heads || !group->filter) {
        free(counts);
        return -1;
    }
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < self->number; i++) {
            size_t length = self->starts[i + 1] - self->starts[i];
            if (length < low || length >= high) continue;
            const uint8_t *string = self->bytes + self->starts[i];
            size_t offsets[3] = {length - width, (length - width) / 2, 0};
            if (pass == 0) {
                for (int k = 0; k < 3; k++) {
                    if (k && offsets[k] == offsets[k - 1]) continue;
                    for (size_t j = 0; j < group->step; j++)
                        counts[gram_at(string + offsets[k] + j, gram) >> (64 - count_bits)]++;
                }
                continue;
            }
            size_t best = offsets[0];
            uint32_t least = crowd(string + best, group, counts, count_bits);
            for (int k = 1; k < 3; k++) {
                uint32_t here = crowd(string + offsets[k], group, counts, count_bits);
                if (here < least) {
                    least = here;
                    best = offsets[k];
                }
            }
            for (size_t j = 0; j < group->step; j++) {
                uint64_t hash = gram_at(string + best + j, gram);
                size_t head = hash >> (64 - group->bits);
                Entry *entry = &group->entries[group->count++];
                entry->string = (uint32_t)i;
                entry->offset = (uint32_t)(best + j);
                entry->next = group->heads[head];
                group->heads[head] = (uint32_t)group->count;
                group->filter[hash >> (64 - group->filter_bits)] |= marks(hash);
            }
        }
    }
    free(counts);
    return 0;
}

static int found_add(Found *found, size_t start, size_t end) {
    if (found->count == found->size) {
        size_t size = found->size ? 2 * found->size : 64;
        Py_ssize_t *places = realloc(found->places, 2 * size * sizeof *places);
        if (!places) return -1;
        found->places = places;
        found->size = size;
    }
    found->places[2 * found->count] = (Py_ssize_t)start;
    found->places[2 * found->count + 1] = (Py_ssize_t)end;
    found->count++;
    return 0;
}

static int group_scan(const Finder *self, const Group *group, const uint8_t *text, size_t size, Found *found) {
    if (!group->count || size < group->gram) return 0;
    const unsigned shift = 64 - group->filter_bits, head_shift = 64 - group->bits;
    const size_t gram = group->gram, step = group->step, last = size - gram;
    const uint64_t *filter = group->filter;
    for (size_t place = 0; place <= last; place += step) {
        uint64_t hash = gram_at(text + place, gram);
        uint64_t wanted = marks(hash);
        if ((filter[hash >> shift] & wanted) != wanted) continue;
        for (uint32_t at = group->heads[hash >> head_shift]; at; at = group->entries[at - 1].next) {
            const Entry *entry = &group->entries[at - 1];
            size_t length = self->starts[entry->string + 1] - self->starts[entry->string];
            if (entry->offset > place || length > size - (place - entry->offset)) continue;
            size_t start = place - entry->offset;
            if (memcmp(text + start, self->bytes + self->starts[entry->string], length)) continue;
            if (found_add(found, start, start + length)) return -1;
        }
    }
    return 0;
}

static void finder_dealloc(Finder *self) {
    group_free(&self->groups[0]);
    group_free(&self->groups[1]);
    if (self->bytes) memset(self->bytes, 0, self->starts ? self->starts[self->number] : 0);
    free(self->bytes);
    free(self->starts);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *finder_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"strings", NULL};
    PyObject *given;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O", names, &given)) return NULL;
    PyObject *strings = PySequence_Fast(given, "strings must be a sequence");
    if (!strings) return NULL;
    Finder *self = (Finder *)type->tp_alloc(type, 0);
    if (!self) goto failed;
    Py_ssize_t number = PySequence_Fast_GET_SIZE(strings);
    size_t total = 0;
    for (Py_ssize_t i = 0; i < number; i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(strings, i);
        if (!PyBytes_Check(item) || PyBytes_GET_SIZE(item) < SHORTEST) {
            PyErr_SetString(PyExc_ValueError, "each string must be bytes, eight at least");
            goto failed;
        }
        total += (size_t)PyBytes_GET_SIZE(item);
    }
    if (number > (1 << 24) || total > ((size_t)1 << 30)) {
        PyErr_SetString(PyExc_ValueError, "too many strings");
        goto failed;
    }
    self->bytes = malloc(total ? total : 1);
    self->starts = calloc((size_t)number + 1, sizeof *self->starts);
    if (!self->bytes || !self->starts) goto no_memory;
    for (Py_ssize_t i = 0; i < number; i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(strings, i);
        size_t length = (size_t)PyBytes_GET_SIZE(item);
        memcpy(self->bytes + self->starts[i], PyBytes_AS_STRING(item), length);
        self->starts[i + 1] = self->starts[i] + length;
        self->number = (size_t)i + 1;
    }
    if (group_make(self, &self->groups[0], SHORTEST, 16, 6)) goto no_memory;
    if (group_make(self, &self->groups[1], 16, SIZE_MAX, 8)) goto no_memory;
    Py_DECREF(strings);
    return (PyObject *)self;
no_memory:
    PyErr_NoMemory();
failed:
    Py_DECREF(strings);
    Py_XDECREF(self);
    return NULL;
}

static PyObject *finder_find(Finder *self, PyObject *data) {
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)) return NULL;
    Found found = {NULL, 0, 0};
    int failed;
    Py_BEGIN_ALLOW_THREADS
    failed = group_scan(self, &self->groups[0], view.buf, (size_t)view.len, &found)
             || group_scan(self, &self->groups[1], view.buf, (size_t)view.len, &found);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&view);
    PyObject *list = failed ? PyErr_NoMemory() : PyList_New((Py_ssize_t)found.count);
    for (size_t i = 0; list && i < found.count; i++) {
        PyObject *pair = Py_BuildValue("(nn)", found.places[2 * i], found.places[2 * i + 1]);
        if (!pair) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, pair);
    }
    free(found.places);
    return list;
}

static PyMethodDef finder_methods[] = {
    {"find", (PyCFunction)finder_find, METH_O,
     "Return (start, end) of every place in a bytes-like object where one of the strings stands, in no order."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject FinderType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "scrubjay.sanitizer._literals.Finder",
    .tp_doc = "Finds byte strings of eight bytes or more. Immutable, may be shared between threads.",
    .tp_basicsize = sizeof(Finder),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = finder_new,
    .tp_dealloc = (destructor)finder_dealloc,
    .tp_methods = finder_methods,
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_literals", "Finds any of many byte strings.", -1, NULL, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__literals(void) {
    if (PyType_Ready(&FinderType) < 0) return NULL;
    PyObject *made = PyModule_Create(&module);
    if (made && PyModule_AddObjectRef(made, "Finder", (PyObject *)&FinderType) < 0) Py_CLEAR(made);
    return made;
}
