/* Damaged trees, and pairs of texts, in memory that ends where they end. Arguments: seed, rounds, a file of trees. */

#include "_fresh.h"
#include "fuzz.h"

static uint8_t *copy_of(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    return copy;
}

int main(int count, char **given) {
    if (count != 4) return 2;
    uint64_t size;
    state = strtoull(given[1], NULL, 10) * 2654435761u + 1;
    uint8_t *trees = slurp(given[3], &size);
    Seen *seen = calloc(1, sizeof(Seen));
    for (long rounds = strtol(given[2], NULL, 10); rounds--;) {
        size_t begin = chance(size + 1), length = chance(size - begin + 1);
        uint8_t *text = copy_of(trees + begin, length);
        for (uint64_t i = chance(4); i-- && length;) text[chance(length)] = (uint8_t)(chance(3) ? " \n"[chance(2)] : 0);
        for (size_t place = 0, before = 0; place < length; before = place) {
            size_t long_ = 0;
            const uint8_t *name = next_name(text, &place, length, chance(2) ? 20 : 32, &long_);
            if (place <= before || name < text || name + long_ > text + length) return 1;
            is_new(seen, name, long_);
        }
        /* Another text that shares its beginning and its end. */
        size_t first = chance(length + 1), last = chance(length - first + 1), more = chance(40);
        uint8_t *other = malloc(first + more + last + 1);
        memcpy(other, text, first), memset(other + first, 'x', more), memcpy(other + first + more, text + length - last, last);
        uint8_t *exact = copy_of(other, first + more + last);
        Range window;
        size_t line = chance(300);
        if (built_on(text, length, exact, first + more + last, line, &window) && (window.low > window.high || window.high > first + more + last)) return 1;
        free(text), free(other), free(exact);
    }
    free(trees), free(seen);
    return 0;
}
