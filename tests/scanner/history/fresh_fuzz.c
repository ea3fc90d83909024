/* Damaged trees in memory that ends where they end. Arguments: seed, rounds, a file of trees. */

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
        free(text);
    }
    free(trees), free(seen);
    return 0;
}
