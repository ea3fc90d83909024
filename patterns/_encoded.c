/* Finds where runs of encoded text may begin, several times quicker than expressions do.
 *
 * A run of base64 or hex has SHORTEST letters or more: bits that stand for bytes tell where there are so many in a row.
 * Escapes are found by their first byte. Every read is within the text.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define SHORTEST 16

/* What a byte may be, one bit each. */
enum {
    LETTER = 1,        /* of base64, in either alphabet */
    ALNUM = 2, HEX = 4,
    HIGH = 8,          /* first digit of a printable byte in hex */
    QUAD0 = 16,        /* first of four letters of base64 that hold three of ASCII; QUAD0 << 1 and << 2 the next two */
    PAIR0 = 128        /* first of eight letters that hold two-byte letters; PAIR0 << 1 to << 7 the next ones */
};

/* The forms, by their place in `_TRIGGERS` of encoded.py. */
enum { BASE64, BASE64_WIDE, HEX_RUN, BYTE_ESCAPES, PERCENT, UNICODE_ESCAPE };

static uint16_t kinds[256];

typedef struct {
    uint64_t *items; /* the place, and in the last three bits the form */
    size_t count, room;
    int failed;
} Found;

static void mark(const char *letters, uint16_t bit) {
    for (; *letters; letters++) kinds[(uint8_t)*letters] |= bit;
}

static void make_kinds(void) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char *const pair[8] = {"IJKLMNOPQRSTUVWXYZabcdef", "AQgw", "AB", alphabet, "A", "ABCDEFGH",
                                        "AEIMQUYcgkosw048", "A"};
    mark(alphabet, LETTER);
    mark("_-", LETTER);
    for (int value = 0; value < 64; value++) {
        uint16_t *kind = &kinds[(uint8_t)alphabet[value]];
        if (value < 62) *kind |= ALNUM;
        if ((value >= 8 && value < 32) || value == 2 || value == 3) *kind |= QUAD0;
        if (!(value & 8)) *kind |= QUAD0 << 1;
        if (!(value & 2)) *kind |= QUAD0 << 2;
    }
    mark("0123456789abcdefABCDEF", HEX);
    mark("234567", HIGH);
    for (int place = 0; place < 8; place++) mark(pair[place], (uint16_t)(PAIR0 << place));
}

static void add(Found *found, size_t place, unsigned form) {
    if (found->count == found->room) {
        size_t room = found->room ? 2 * found->room : 64;
        uint64_t *grown = realloc(found->items, room * sizeof *grown);
        if (!grown) {
            found->failed = 1;
            return;
        }
        found->items = grown;
        found->room = room;
    }
    found->items[found->count++] = (uint64_t)place << 3 | form;
}

/* True when each byte has its bit: the first `bit`, the next ones `bit` << 1 and so on, `width` of them in turn. */
static int follows(const uint8_t *text, unsigned bit, int width, int size) {
    for (int i = 0; i < size; i++)
        if (!(kinds[text[i]] & (bit << i % width))) return 0;
    return 1;
}

static int quads(const uint8_t *text) {
    for (int i = 0; i < 12; i += 4)
        if (!(kinds[text[i]] & QUAD0) || !(kinds[text[i + 1]] & QUAD0 << 1) || !(kinds[text[i + 2]] & QUAD0 << 2)) return 0;
    return 1;
}

static int hex_letters(const uint8_t *text, int size) {
    for (int i = 0; i < size; i += 2)
        if (!(kinds[text[i]] & HIGH) || !(kinds[text[i + 1]] & HEX)) return 0;
    return 1;
}

/* What may begin in a run of letters. */
static void look(const uint8_t *text, size_t low, size_t high, Found *found) {
    for (size_t place = low; place + SHORTEST <= high; place++) {
        if (place > low && kinds[text[place - 1]] & ALNUM) continue;
        if (quads(text + place)) add(found, place, BASE64);
        if (follows(text + place, PAIR0, 8, 16)) add(found, place, BASE64_WIDE);
    }
    /* A byte that is no digit tells that no run of digits has it. */
    for (size_t place = low; place + SHORTEST <= high;) {
        size_t first = place + SHORTEST, last = first;
        while (first > place && kinds[text[first - 1]] & HEX) first--;
        if (first == place) {
            if (kinds[text[place]] & HIGH && hex_letters(text + place, SHORTEST)) add(found, place, HEX_RUN);
            while (last < high && kinds[text[last]] & HEX) last++;
            place = last + 1;
        } else
            place = first;
    }
}

/* Which of 64 bytes are letters, one bit each. */
#ifdef __SSE2__
static inline uint64_t letters_of(const uint8_t *text) {
    const __m128i first = _mm_set1_epi8('a'), more = _mm_set1_epi8(25), slash = _mm_set1_epi8('/'), ten = _mm_set1_epi8(10);
    uint64_t mask = 0;
    for (int i = 0; i < 64; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(text + i));
        __m128i place = _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(32)), first), digit = _mm_sub_epi8(bytes, slash);
        __m128i found = _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(place, more), place), _mm_cmpeq_epi8(_mm_min_epu8(digit, ten), digit));
        found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('+')));
        found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
        found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));
        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(found) << i;
    }
    return mask;
}
#else
/* Compilers make this a few instructions for many bytes at once. */
static inline uint64_t letters_of(const uint8_t *text) {
    uint8_t flags[64];
    uint64_t mask = 0;
    for (int i = 0; i < 64; i++) {
        uint8_t byte = text[i], lower = byte | 32;
        flags[i] = (uint8_t)((uint8_t)(lower - 'a') < 26) | (uint8_t)((uint8_t)(byte - '/') < 11) |
                   (uint8_t)(byte == '+') | (uint8_t)(byte == '-') | (uint8_t)(byte == '_');
    }
    for (int i = 0; i < 64; i += 8) {
        uint64_t eight = 0;
        memcpy(&eight, flags + i, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        eight = __builtin_bswap64(eight);
#endif
        /* Moves the lowest bit of each byte to its place in the highest byte. */
        mask |= (eight * 0x0102040810204080ull >> 56) << i;
    }
    return mask;
}
#endif

/* The bits of a block of 64 bytes that stand for bytes at `done` or behind it. */
static uint64_t from_on(uint64_t bits, size_t block, size_t done) {
    if (done <= block) return bits;
    return done - block < 64 ? bits & ~0ull << (done - block) : 0;
}

/* The number of the lowest bit that is set. */
static size_t lowest(uint64_t bits) {
#if defined(__GNUC__)
    return (size_t)__builtin_ctzll(bits);
#else
    size_t number = 0;
    while (!(bits >> number & 1)) number++;
    return number;
#endif
}

/* Where the run of letters ends that a place is in. */
static size_t end_of_run(const uint8_t *text, size_t size, size_t place) {
    for (; size - place >= 64; place += 64) {
        uint64_t others = ~letters_of(text + place);
        if (others) return place + lowest(others);
    }
    while (place < size && kinds[text[place]] & LETTER) place++;
    return place;
}

/* Runs of SHORTEST letters or more: after four steps a bit stands for itself and the fifteen before it. */
static void letters(const uint8_t *text, size_t size, Found *found) {
    uint64_t one = 0, two = 0, four = 0, eight = 0;
    size_t done = 0;
    for (size_t block = 0; block < size; block += 64) {
        uint8_t rest[64] = {0};
        if (size - block < 64) memcpy(rest, text + block, size - block);
        uint64_t single = letters_of(size - block < 64 ? rest : text + block);
        uint64_t pairs = single & (single << 1 | one >> 63);
        uint64_t fours = pairs & (pairs << 2 | two >> 62);
        uint64_t eights = fours & (fours << 4 | four >> 60);
        uint64_t ends = eights & (eights << 8 | eight >> 56);
        one = single, two = pairs, four = fours, eight = eights;
        while ((ends = from_on(ends, block, done))) {
            size_t place = block + lowest(ends), end = end_of_run(text, size, place + 1);
            look(text, place + 1 - SHORTEST, end, found);
            done = end;
        }
    }
}

static void escapes(const uint8_t *text, size_t size, Found *found) {
    const uint8_t *end = text + size, *at = text;
    while ((at = memchr(at, '%', (size_t)(end - at)))) {
        if (end - at >= 3 && hex_letters(at + 1, 2)) add(found, (size_t)(at - text), PERCENT);
        at++;
    }
    at = text;
    while ((at = memchr(at, '\\', (size_t)(end - at)))) {
        if (end - at >= 6 && at[1] == 'u') {
            if (at[2] == '0' && at[3] == '0' && hex_letters(at + 4, 2)) add(found, (size_t)(at - text), UNICODE_ESCAPE);
        } else if (end - at >= 16 && at[1] == 'x') {
            int four = hex_letters(at + 2, 2);
            for (int i = 4; four && i < 16; i += 4) four = at[i] == '\\' && at[i + 1] == 'x' && hex_letters(at + i + 2, 2);
            if (four) add(found, (size_t)(at - text), BYTE_ESCAPES);
        }
        at++;
    }
}

static int compare(const void *one, const void *two) {
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)two;
    return a < b ? -1 : a > b;
}

static void all_begins(const uint8_t *text, size_t size, Found *found) {
    letters(text, size, found);
    escapes(text, size, found);
    if (found->count) qsort(found->items, found->count, sizeof *found->items, compare);
}

static int printable(uint8_t byte) {
    return (byte >= 32 && byte < 127) || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Letters of one byte with a zero behind each, twelve or more; one more letter may end them. */
static void two_byte_letters(const uint8_t *text, size_t size, Found *found) {
    size_t place = 1;
    const uint8_t *zero;
    while (place < size && (zero = memchr(text + place, 0, size - place))) {
        size_t begin = (size_t)(zero - text) - 1, end = begin;
        while (end + 1 < size && printable(text[end]) && !text[end + 1]) end += 2;
        if (end - begin >= 24) {
            add(found, begin, 0);
            add(found, end + (end < size && printable(text[end])), 0);
        }
        place = end > begin ? end + 1 : begin + 2;
    }
}

/* What is found in the bytes, without the GIL; `found` has its items only if nothing went wrong. */
static int search(PyObject *data, void (*look_for)(const uint8_t *, size_t, Found *), Found *found) {
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)) return -1;
    Py_BEGIN_ALLOW_THREADS
    look_for(view.buf, (size_t)view.len, found);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&view);
    if (!found->failed) return 0;
    free(found->items);
    PyErr_NoMemory();
    return -1;
}

/* A list of pairs of numbers: of each item its form and place, or of two items their places. */
static PyObject *pairs(Found *found, size_t step) {
    PyObject *list = PyList_New((Py_ssize_t)(found->count / step));
    for (size_t i = 0; list && i + step <= found->count; i += step) {
        Py_ssize_t last = (Py_ssize_t)(found->items[i + step - 1] >> 3);
        Py_ssize_t first = (Py_ssize_t)(step == 1 ? found->items[i] & 7 : found->items[i] >> 3);
        PyObject *pair = Py_BuildValue("(nn)", first, last);
        if (!pair) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)(i / step), pair);
    }
    free(found->items);
    return list;
}

static PyObject *begins(PyObject *module, PyObject *data) {
    Found found = {NULL, 0, 0, 0};
    return search(data, all_begins, &found) ? NULL : pairs(&found, 1);
}

static PyObject *utf16(PyObject *module, PyObject *data) {
    Found found = {NULL, 0, 0, 0};
    return search(data, two_byte_letters, &found) ? NULL : pairs(&found, 2);
}

static PyMethodDef methods[] = {
    {"utf16", utf16, METH_O, "Return (start, end) of every run of twelve or more letters with a zero behind each, in order."},
    {"begins", begins, METH_O,
     "Return (number of the form, place) wherever encoded text may begin in a bytes-like object, in order."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_encoded", "Finds where encoded text may begin.", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__encoded(void) {
    make_kinds();
    return PyModule_Create(&module);
}
