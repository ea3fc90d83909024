/* Says of most random values that they are no placeholder, without a look at each by several expressions.
 *
 * It says so only where `placeholders.why_placeholder` would: of letters and digits that hold none of the words, show
 * many different characters at once, and don't count up or down. Every read is within the value or a word.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define SHORTEST 8
#define LONGEST 256
#define BEGINNING 12
#define VARIED 6
#define CROSSES 5

/* A letter or digit in lower case, or 0. */
static uint8_t lowered(uint8_t byte) {
    if (byte >= 'A' && byte <= 'Z') return byte | 0x20;
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ? byte : 0;
}

/* What comes next in a run: a after z, and 1 after 0 after 9. */
static uint8_t follower(uint8_t byte) { return byte == 'z' ? 'a' : byte == '9' ? '0' : byte + 1; }

static int is_random(const uint8_t *value, size_t size, const uint8_t *words, size_t words_size) {
    uint8_t body[LONGEST];
    size_t up = 0, down = 0, crosses = 0, varied = 0;
    if (size < SHORTEST || size > LONGEST) return 0;
    for (size_t i = 0; i < size; i++) {
        body[i] = lowered(value[i]);
        if (!body[i]) return 0;
        crosses = body[i] == 'x' ? crosses + 1 : 0;
        if (crosses == CROSSES) return 0;
        if (i) {
            up += follower(body[i - 1]) == body[i];
            down += follower(body[i]) == body[i - 1];
        }
        if (i < BEGINNING) varied += !memchr(value, value[i], i);
    }
    if (varied < VARIED || up * 5 >= size * 2 || down * 5 >= size * 2) return 0;
    /* Words are separated by zero bytes, and the last is followed by one. */
    for (const uint8_t *word = words; word < words + words_size;) {
        size_t length = strlen((const char *)word);
        for (const uint8_t *place = body; length && place + length <= body + size; place++) {
            place = memchr(place, word[0], (size_t)(body + size - place) - length + 1);
            if (!place) break;
            if (!memcmp(place, word, length)) return 0;
        }
        word += length + 1;
    }
    return 1;
}

static PyObject *plainly_random(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    if (count != 3 || !PyBytes_Check(args[0]) || !PyBytes_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "expected bytes, a number and bytes");
        return NULL;
    }
    Py_ssize_t begin = PyLong_AsSsize_t(args[1]), size = PyBytes_GET_SIZE(args[0]);
    if (begin == -1 && PyErr_Occurred()) return NULL;
    if (begin < 0 || begin > size) {
        PyErr_SetString(PyExc_ValueError, "the body begins in the value");
        return NULL;
    }
    const uint8_t *value = (const uint8_t *)PyBytes_AS_STRING(args[0]);
    const uint8_t *words = (const uint8_t *)PyBytes_AS_STRING(args[2]);
    /* A bytes object has a zero byte behind its end. */
    return PyBool_FromLong(
        is_random(value + begin, (size_t)(size - begin), words, (size_t)PyBytes_GET_SIZE(args[2])));
}

static PyMethodDef methods[] = {
    {"plainly_random", (PyCFunction)(void (*)(void))plainly_random, METH_FASTCALL,
     "True if a value, from a place on, is surely no placeholder; words, in lower case, are separated by zero bytes."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_plainness", "Knows random values.", 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__plainness(void) { return PyModule_Create(&definition); }
