/* Finds any of many thousands of values in a text, in any of their forms, by looking at a sample of its places.
 *
 * A value is looked for by a window of each kind of form: of the value itself, as each encoder writes it, of its
 * hexadecimal digits, and of base64 at its three alignments. All windows of a group have one width, so it is enough to
 * look at every STEP-th place of the text: wherever a window stands, one of its grams begins at such a place. A bitmap
 * rejects nearly all of them; what remains is compared with the whole window. Case is ignored, so that both kinds of
 * hexadecimal digits are one. The caller compares the whole form at what is found. Every read is within the text or a
 * window.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SHORTEST 8
#define WIDEST 24
/* Shorter forms have a group of their own. */
#define LONG 16
#define GRAM 6
#define LONG_GRAM 8
/* So many grams are looked up at once. */
#define BATCH 16
/* Windows may begin in this many first bytes of a form. */
#define REACH 512
#define TABLES 64
/* What a table makes of a byte at most. */
#define TEXT 8
/* So many entries in a chain are none too many. */
#define FEW 4
#define CROWDED 64
#define FOLD 0x2020202020202020ull

#define MOST (1 << 24)
#define LARGE_PAGE ((size_t)2 << 20)
/* So many grams to a word of the filter. */
#define SHARE 4

/* The kinds of forms: as the tables write the item, hexadecimal digits, base64 at three alignments, others. */
enum { WRITTEN, HEX, BASE64, OTHER = BASE64 + 3 };
static const char DIGITS64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

typedef uint8_t Bytes[256];

/* What an encoder makes of each byte, and which is the first that makes the same of it but for case. */
typedef struct {
    Bytes size, first;
    uint8_t text[256][TEXT];
} Table;

/* Encoders, and the bytes that none of them changes. */
typedef struct {
    const Table *tables;
    unsigned number;
    Bytes same;
} Writing;

/* Where windows come from: the item, the kind of form, and the place in it before any table. */
typedef struct {
    uint32_t item, family, offset;
} Core;

typedef struct {
    uint32_t window, next;
    uint32_t offset;
} Entry;

typedef struct {
    size_t gram, step, width;
    /* How many windows there are, room for how many, and how many entries. */
    size_t windows, window_room, count;
    unsigned bits, filter_bits;
    uint8_t *bytes;
    uint32_t *cores;
    Entry *entries;
    uint32_t *heads;
    uint64_t *filter;
} Group;

typedef struct {
    PyObject_HEAD
    Core *cores;
    size_t count, room;
    Writing written;
    Table *tables;
    /* Short forms and long ones. */
    Group groups[2];
} Finder;

typedef struct {
    Py_ssize_t *places;
    size_t count, size;
} Found;

/* Tables that change nothing, and that write base64 in its other alphabet. */
static Table standard[2];
static Writing as_it_is, as_base64;

static inline uint64_t gram_at(const uint8_t *place, size_t size) {
    uint64_t value;
    if (size == 8) {
        memcpy(&value, place, 8);
    } else {
        uint32_t low;
        uint16_t high;
        memcpy(&low, place, 4);
        memcpy(&high, place + 4, 2);
        value = low | ((uint64_t)high << 32);
    }
    return (value | FOLD) * 0x9E3779B97F4A7C15ull;
}

/* The bits that a gram sets in its word of the filter. */
static inline uint64_t marks(uint64_t hash) {
    return 1ull << (hash >> 32 & 63) | 1ull << (hash >> 26 & 63) | 1ull << (hash >> 20 & 63);
}

static inline uint64_t is_marked(uint64_t word, uint64_t hash) {
    return word >> (hash >> 32 & 63) & word >> (hash >> 26 & 63) & word >> (hash >> 20 & 63) & 1;
}

static void group_free(Group *group) {
    if (group->bytes) memset(group->bytes, 0, group->windows * group->width);
    free(group->bytes);
    free(group->cores);
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

/* Add a window and its grams to the index; 0 when there is no memory. */
static int group_add(Group *group, const uint8_t *window, uint32_t core) {
    if (group->windows == group->window_room) {
        size_t room = 2 * group->window_room;
        uint8_t *bytes = realloc(group->bytes, room * group->width);
        if (bytes) group->bytes = bytes;
        uint32_t *cores = realloc(group->cores, room * sizeof *cores);
        if (cores) group->cores = cores;
        Entry *entries = realloc(group->entries, room * group->step * sizeof *entries);
        if (entries) group->entries = entries;
        if (!bytes || !cores || !entries || room * group->step > UINT32_MAX) return 0;
        group->window_room = room;
    }
    memcpy(group->bytes + group->windows * group->width, window, group->width);
    group->cores[group->windows] = core;
    for (size_t i = 0; i < group->step; i++) {
        uint64_t hash = gram_at(window + i, group->gram);
        uint32_t *head = &group->heads[hash >> (64 - group->bits)];
        Entry *entry = &group->entries[group->count++];
        entry->window = (uint32_t)group->windows;
        entry->offset = (uint32_t)i;
        entry->next = *head;
        *head = (uint32_t)group->count;
        group->filter[hash >> (64 - group->filter_bits)] |= marks(hash);
    }
    group->windows++;
    return 1;
}

/* How many entries share the chains of a window's outer grams, beyond the usual. */
static size_t crowd(const Group *group, const uint8_t *window) {
    size_t number = 0;
    for (size_t i = 0; i < group->step; i += group->step > 1 ? group->step - 1 : 1) {
        uint32_t at = group->heads[gram_at(window + i, group->gram) >> (64 - group->bits)];
        for (; at && number < CROWDED; number++) at = group->entries[at - 1].next;
    }
    return number > FEW ? number - FEW : 0;
}

/* Where the window of a form begins: where encoders change little, and few others have the same. */
static size_t best_offset(const Group *group, const uint8_t *form, size_t size, const uint8_t *same) {
    size_t end = size < REACH ? size : REACH;
    size_t changed = 0, best = 0, least = SIZE_MAX;
    for (size_t i = 0; i < end && least; i++) {
        changed += !same[form[i]];
        if (i >= group->width) changed -= !same[form[i - group->width]];
        if (i + 1 < group->width || changed >= least) continue;
        size_t all = changed + crowd(group, form + i + 1 - group->width);
        if (all < least) {
            least = all;
            best = i + 1 - group->width;
        }
    }
    return best;
}

/* Index a form as each of the tables writes it; 0 when there is no memory. */
static int add_form(Finder *self, const uint8_t *form, size_t size, Core core, const Writing *writing) {
    Group *group = &self->groups[size >= LONG];
    size_t before = group->windows;
    core.offset = (uint32_t)best_offset(group, form, size, writing->same);
    if (self->count == self->room) {
        size_t room = 2 * self->room;
        Core *cores = room > UINT32_MAX ? NULL : realloc(self->cores, room * sizeof *cores);
        if (!cores) return 0;
        self->cores = cores;
        self->room = room;
    }
    self->cores[self->count] = core;
    uint8_t changed[WIDEST];
    size_t changes = 0;
    for (size_t i = 0; i < group->width; i++)
        if (!writing->same[form[core.offset + i]]) changed[changes++] = form[core.offset + i];
    uint64_t seen[TABLES];
    for (unsigned i = 0; i < (changes ? writing->number : 1); i++) {
        const Table *table = &writing->tables[i];
        /* Most encoders agree on the few bytes that any of them changes. */
        int agrees = 0;
        seen[i] = 0;
        for (size_t at = 0; at < changes && changes <= sizeof *seen; at++)
            seen[i] = seen[i] << 8 | table->first[changed[at]];
        for (unsigned at = 0; at < i && changes <= sizeof *seen; at++) agrees |= seen[at] == seen[i];
        if (agrees) continue;
        uint8_t window[WIDEST + 2 * TEXT];
        size_t filled = 0;
        /* A table makes one byte or more of each. */
        for (size_t at = core.offset; filled < group->width; at++) {
            memcpy(window + filled, table->text[form[at]], TEXT);
            filled += table->size[form[at]];
        }
        for (size_t at = 0; at < group->width; at++) window[at] |= FOLD & 0xFF;
        int known = 0;
        for (size_t at = before; at < group->windows; at++)
            known |= !memcmp(group->bytes + at * group->width, window, group->width);
        if (!known && !group_add(group, window, (uint32_t)self->count)) return 0;
    }
    self->count++;
    return 1;
}

/* The characters of base64 that are sure when so many bytes come before the value, 0 to 2; returns how many. */
static size_t base64_of(const uint8_t *value, size_t size, unsigned before, uint8_t *form) {
    size_t first = before ? before + 1 : 0, end = (before + size) * 8 / 6;
    for (size_t i = first; i < end; i++) {
        size_t bit = 6 * i - 8 * before, byte = bit / 8;
        unsigned pair = (unsigned)value[byte] << 8 | (byte + 1 < size ? value[byte + 1] : 0);
        form[i - first] = (uint8_t)DIGITS64[pair >> (10 - bit % 8) & 63];
    }
    return end - first;
}

/* Index an item's hexadecimal digits and base64, and what the tables make of it if they `write` it. */
static int add_item(Finder *self, const uint8_t *value, size_t size, uint32_t item, int write) {
    if (write && !add_form(self, value, size, (Core){item, WRITTEN, 0}, &self->written)) return 0;
    size_t used = size < REACH ? size : REACH;
    uint8_t form[2 * REACH];
    for (size_t i = 0; i < used; i++) {
        form[2 * i] = (uint8_t)"0123456789abcdef"[value[i] >> 4];
        form[2 * i + 1] = (uint8_t)"0123456789abcdef"[value[i] & 15];
    }
    if (!add_form(self, form, 2 * used, (Core){item, HEX, 0}, &as_it_is)) return 0;
    for (unsigned before = 0; before < 3; before++) {
        size_t length = base64_of(value, used, before, form);
        if (!add_form(self, form, length, (Core){item, BASE64 + before, 0}, &as_base64)) return 0;
    }
    return 1;
}

/* Note in its group that a form of such a length comes. */
static void expect(Finder *self, size_t size) {
    Group *group = &self->groups[size >= LONG];
    if (size < group->width) group->width = size;
    group->window_room++;
}

/* Zeroed memory, in large pages if the system has them: tables are looked at here and there. */
static void *table_of(size_t count, size_t size) {
    size_t whole = (count * size + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    if (count * size < LARGE_PAGE / 4) return calloc(count, size);
    void *made = aligned_alloc(LARGE_PAGE, whole);
#ifdef MADV_HUGEPAGE
    if (made) madvise(made, whole, MADV_HUGEPAGE);
#endif
    return made ? memset(made, 0, count * size) : NULL;
}

/* Prepare for the windows to come; 0 when there is no memory. */
static int group_make(Group *group, size_t gram) {
    if (!group->window_room) return 1;
    group->gram = gram;
    group->step = group->width - gram + 1;
    size_t grams = group->window_room * group->step;
    group->bits = bits_for(grams, 10, 24);
    group->filter_bits = bits_for(grams / SHARE, 7, 19);
    group->bytes = malloc(group->window_room * group->width);
    group->cores = malloc(group->window_room * sizeof *group->cores);
    group->entries = table_of(grams, sizeof *group->entries);
    group->heads = table_of((size_t)1 << group->bits, sizeof *group->heads);
    group->filter = table_of((size_t)1 << group->filter_bits, sizeof *group->filter);
    return group->bytes && group->cores && group->entries && group->heads && group->filter;
}

static int found_add(Found *found, uint32_t core, size_t place) {
    if (found->count == found->size) {
        size_t size = found->size ? 2 * found->size : 64;
        Py_ssize_t *places = realloc(found->places, 2 * size * sizeof *places);
        if (!places) return 0;
        found->places = places;
        found->size = size;
    }
    found->places[2 * found->count] = (Py_ssize_t)core;
    found->places[2 * found->count + 1] = (Py_ssize_t)place;
    found->count++;
    return 1;
}

static int is_window(const uint8_t *text, const uint8_t *window, size_t width) {
    for (size_t i = 0; i < width; i++)
        if ((text[i] | (FOLD & 0xFF)) != window[i]) return 0;
    return 1;
}

/* Take what windows stand around a place whose gram is in the filter; 0 when there is no memory. */
static int group_look(const Group *group, const uint8_t *text, size_t size, size_t place, uint64_t hash, Found *found) {
    for (uint32_t at = group->heads[hash >> (64 - group->bits)]; at; at = group->entries[at - 1].next) {
        const Entry *entry = &group->entries[at - 1];
        if (entry->offset > place || group->width > size - (place - entry->offset)) continue;
        size_t start = place - entry->offset;
        if (!is_window(text + start, group->bytes + entry->window * group->width, group->width)) continue;
        if (!found_add(found, group->cores[entry->window], start)) return 0;
    }
    return 1;
}

/* Take the windows at every STEP-th place; 0 when there is no memory. */
static inline __attribute__((always_inline)) int group_scan(const Group *group, const uint8_t *text, size_t size,
                                                            size_t gram, Found *found) {
    if (!group->count || size < group->width) return 1;
    const unsigned shift = 64 - group->filter_bits;
    const size_t step = group->step;
    const uint64_t *filter = group->filter;
    uint64_t hashes[BATCH] = {0};
    for (size_t base = 0; base + gram <= size; base += BATCH * step) {
        size_t left = (size - gram - base) / step + 1, number = left < BATCH ? left : BATCH;
        uint64_t hit = 0;
        for (size_t i = 0; i < number; i++) {
            hashes[i] = gram_at(text + base + i * step, gram);
            /* Not into the second-level cache, where the rules' tables are. */
            __builtin_prefetch(&filter[hashes[i] >> shift], 0, 0);
        }
        for (size_t i = 0; i < number; i++) hit |= is_marked(filter[hashes[i] >> shift], hashes[i]);
        for (size_t i = 0; hit && i < number; i++)
            if (is_marked(filter[hashes[i] >> shift], hashes[i])
                && !group_look(group, text, size, base + i * step, hashes[i], found))
                return 0;
    }
    return 1;
}

static void finder_dealloc(Finder *self) {
    group_free(&self->groups[0]);
    group_free(&self->groups[1]);
    free(self->cores);
    free(self->tables);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static const uint8_t *bytes_of(PyObject *given, size_t least, size_t *size) {
    if (!PyBytes_Check(given) || (size_t)PyBytes_GET_SIZE(given) < least) {
        PyErr_Format(PyExc_ValueError, "expected at least %zu bytes", least);
        return NULL;
    }
    *size = (size_t)PyBytes_GET_SIZE(given);
    return (const uint8_t *)PyBytes_AS_STRING(given);
}

static int is_alike(const Table *one, const Table *other, int byte) {
    if (one->size[byte] != other->size[byte]) return 0;
    for (size_t i = 0; i < one->size[byte]; i++)
        if ((one->text[byte][i] | (FOLD & 0xFF)) != (other->text[byte][i] | (FOLD & 0xFF))) return 0;
    return 1;
}

/* Read the tables, each a sequence of what becomes of the 256 bytes; 0 with an error set if one is wrong. */
static int read_tables(Finder *self, PyObject *given) {
    Py_ssize_t number = PyTuple_GET_SIZE(given);
    if (number < 1 || number > TABLES) return PyErr_SetString(PyExc_ValueError, "wrong number of tables"), 0;
    self->tables = calloc((size_t)number, sizeof *self->tables);
    if (!self->tables) return PyErr_NoMemory(), 0;
    Writing *written = &self->written;
    written->tables = self->tables;
    written->number = (unsigned)number;
    memset(written->same, 1, sizeof(Bytes));
    for (Py_ssize_t i = 0; i < number; i++) {
        PyObject *row = PyTuple_GET_ITEM(given, i);
        if (!PyList_Check(row) || PyList_GET_SIZE(row) != 256)
            return PyErr_SetString(PyExc_ValueError, "a table is a list of 256 bytes objects"), 0;
        for (int byte = 0; byte < 256; byte++) {
            size_t size;
            const uint8_t *text = bytes_of(PyList_GET_ITEM(row, byte), 1, &size);
            if (!text) return 0;
            if (size > TEXT) return PyErr_SetString(PyExc_ValueError, "a table makes too much of a byte"), 0;
            self->tables[i].size[byte] = (uint8_t)size;
            memcpy(self->tables[i].text[byte], text, size);
            written->same[byte] &= size == 1 && text[0] == byte;
            uint8_t first = 0;
            while (first < i && !is_alike(&self->tables[first], &self->tables[i], byte)) first++;
            self->tables[i].first[byte] = first;
        }
    }
    return 1;
}

/* Index all, in two passes: which lengths there are, then the windows; 0 with an error set if something is wrong. */
static int fill(Finder *self, PyObject *items, PyObject *others, uint8_t *written) {
    Py_ssize_t count = PyList_GET_SIZE(items), more = PyList_GET_SIZE(others);
    if (count > MOST || more > MOST) return PyErr_SetString(PyExc_ValueError, "too many values"), 0;
    self->groups[0].width = self->groups[1].width = WIDEST;
    for (int pass = 0; pass < 2; pass++) {
        for (Py_ssize_t i = 0; i < more; i++) {
            Py_ssize_t item;
            PyObject *given;
            size_t size;
            PyObject *pair = PyList_GET_ITEM(others, i);
            if (!PyTuple_Check(pair)) return PyErr_SetString(PyExc_TypeError, "expected (item, form)"), 0;
            if (!PyArg_ParseTuple(pair, "nO", &item, &given)) return 0;
            if (item < 0 || item >= count) return PyErr_SetString(PyExc_ValueError, "there is no such value"), 0;
            const uint8_t *form = bytes_of(given, SHORTEST, &size);
            if (!form) return 0;
            written[item] = 0;
            Core core = {(uint32_t)item, (uint32_t)(OTHER + i), 0};
            if (!pass) expect(self, size);
            else if (!add_form(self, form, size, core, &as_it_is)) return PyErr_NoMemory(), 0;
        }
        for (Py_ssize_t i = 0; i < count; i++) {
            size_t size;
            const uint8_t *value = bytes_of(PyList_GET_ITEM(items, i), SHORTEST, &size);
            if (!value) return 0;
            if (!pass) {
                if (written[i]) expect(self, size);
                expect(self, 2 * size);
                for (size_t before = 0; before < 3; before++)
                    expect(self, (before + size) * 8 / 6 - (before ? before + 1 : 0));
            } else if (!add_item(self, value, size, (uint32_t)i, written[i])) {
                return PyErr_NoMemory(), 0;
            }
        }
        if (!pass) {
            self->room = (size_t)(5 * count + more + 1);
            self->cores = malloc(self->room * sizeof *self->cores);
            if (!self->cores || !group_make(&self->groups[0], GRAM) || !group_make(&self->groups[1], LONG_GRAM))
                return PyErr_NoMemory(), 0;
        }
    }
    return 1;
}

static PyObject *finder_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"items", "others", "tables", NULL};
    PyObject *items, *others, *tables;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O!O!", names, &PyList_Type, &items, &PyList_Type, &others,
                                     &PyTuple_Type, &tables))
        return NULL;
    Finder *self = (Finder *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    size_t count = (size_t)PyList_GET_SIZE(items);
    uint8_t *written = malloc(count + 1);
    if (!written) PyErr_NoMemory();
    else memset(written, 1, count + 1);
    if (!written || !read_tables(self, tables) || !fill(self, items, others, written)) Py_CLEAR(self);
    free(written);
    return (PyObject *)self;
}

static PyObject *finder_find(Finder *self, PyObject *data) {
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)) return NULL;
    Found found = {NULL, 0, 0};
    int done;
    Py_BEGIN_ALLOW_THREADS
    done = group_scan(&self->groups[0], view.buf, (size_t)view.len, GRAM, &found)
           && group_scan(&self->groups[1], view.buf, (size_t)view.len, LONG_GRAM, &found);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&view);
    PyObject *list = done ? PyList_New((Py_ssize_t)found.count) : PyErr_NoMemory();
    for (size_t i = 0; list && i < found.count; i++) {
        const Core *core = &self->cores[found.places[2 * i]];
        PyObject *one = Py_BuildValue("IIIn", core->item, core->family, core->offset, found.places[2 * i + 1]);
        if (!one) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, one);
    }
    free(found.places);
    return list;
}

static PyMethodDef finder_methods[] = {
    {"find", (PyCFunction)finder_find, METH_O,
     "Return (item, family, offset, place) of every place in a bytes-like object where a window stands, in no order."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject FinderType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "scrubjay.sanitizer._literals.Finder",
    .tp_doc = "Finder(items, others, tables): windows of items, as the tables write them unless `others` has their\n"
              "forms, (item, form) each, and of their hexadecimal digits and base64. Immutable, may be shared.",
    .tp_basicsize = sizeof(Finder),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = finder_new,
    .tp_dealloc = (destructor)finder_dealloc,
    .tp_methods = finder_methods,
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_literals", "Finds any of many values.", -1, NULL, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__literals(void) {
    for (int byte = 0; byte < 256; byte++) {
        for (int i = 0; i < 2; i++) {
            standard[i].size[byte] = 1;
            standard[i].text[byte][0] = (uint8_t)byte;
            standard[i].first[byte] = (uint8_t)(i && (byte == '+' || byte == '/'));
        }
        as_base64.same[byte] = byte != '+' && byte != '/';
    }
    standard[1].text['+'][0] = '-';
    standard[1].text['/'][0] = '_';
    as_it_is.tables = as_base64.tables = standard;
    as_it_is.number = 1;
    as_base64.number = 2;
    memset(as_it_is.same, 1, sizeof as_it_is.same);
    if (PyType_Ready(&FinderType) < 0) return NULL;
    PyObject *made = PyModule_Create(&module);
    if (made && PyModule_AddObjectRef(made, "Finder", (PyObject *)&FinderType) < 0) Py_CLEAR(made);
    return made;
}
