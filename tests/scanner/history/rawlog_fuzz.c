/* Sifts damaged copies of a log. Arguments: seed, copies, file of the log, file of ids of 40 letters in a row. */

#include "_rawlog.h"
#include "fuzz.h"

/* A part of the data that ends where its memory ends, so that one byte too far is seen. */
static uint8_t *part(const uint8_t *data, size_t size, size_t *length) {
    size_t begin = chance(size + 1);
    *length = chance(size - begin + 1);
    uint8_t *copy = malloc(*length ? *length : 1);
    memcpy(copy, data + begin, *length);
    return copy;
}

int main(int count, char **given) {
    if (count != 5) return 2;
    uint64_t size, ids_size;
    state = strtoull(given[1], NULL, 10) * 2654435761u + 1;
    uint8_t *log = slurp(given[3], &size), *names = slurp(given[4], &ids_size);
    for (long copies = strtol(given[2], NULL, 10); copies--;) {
        size_t length, kept, named;
        uint8_t *text = part(log, size, &length);
        static const char marks[] = ":\n\1 0\t";
        for (uint64_t i = chance(6); i-- && length;) text[chance(length)] = (uint8_t)marks[chance(6)];
        Ids ids;
        if (!make_ids(&ids, names, chance(ids_size / 40 + 1), 40)) return 2;
        uint8_t *lines = malloc(length ? length : 1), *files = malloc(length ? length : 1);
        sift(&ids, (int)chance(2), text, length, lines, &kept, files, &named);
        if (kept > length || named > length || named % 40) return 1;
        free(text), free(lines), free(files), free(ids.slots);
    }
    free(log), free(names);
    return 0;
}
