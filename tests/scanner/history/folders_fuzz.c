/* Reads notes on folders and damaged copies of them. Arguments: seed, copies, then files: an index, notes as 32-bit words (how
   many, rows, numbers of names and where they begin), the names' text, and a log without changes. */

#include "_folders.h"
#include "fuzz.h"

static int tell(void *context, int gone, uint32_t blob, const uint8_t *path, size_t length) {
    const Folders *self = context;
    static volatile uint8_t last;
    if (gone < 0 || gone > 1 || blob >= self->pack->count || !self->wanted[blob]) abort();
    for (size_t i = 0; i < length; i++) last ^= path[i];
    return chance(5000) != 0;
}

static void *copied(const void *data, size_t size) {
    void *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    return copy;
}

static void read_once(const Pack *pack, const uint32_t *words, size_t count, const uint8_t *text, size_t size, const uint8_t *log,
                      size_t log_size) {
    Folders folders = {.tell = tell, .context = &folders};
    if (!make_folders(&folders, pack, 7)) exit(2);
    size_t used = words[0], names = words[1];
    if (used <= count - 2 && (!names || names + 1 <= count - 2 - used) && names < UINT32_MAX) {
        const uint32_t *rows = words + 2;
        if (add_notes(&folders, rows, used, rows + used, (uint32_t)names, text, size)) {
            for (uint32_t i = 0; i < pack->count; i++) folders.wanted[i] = chance(3) == 0;
            const uint8_t *at = log, *end = log + log_size;
            Listed listed = {0};
            int good = sum_up(&folders);
            while (good && at < end) {
                const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
                if (!stop) stop = end;
                if (add_root(&folders, at, stop)) tell_commit(&folders, at, stop);
                at = stop + (stop < end);
            }
            for (uint32_t i = 0; good && i < pack->count; i++) list(&folders, i, &listed);
            free(listed.found);
        }
    }
    release_folders(&folders);
}

int main(int count, char **words) {
    if (count < 7) return 2;
    state = 88172645463325252u + strtoull(words[1], NULL, 10);
    uint64_t index_size, size, text_size, log_size;
    uint8_t *index = slurp(words[3], &index_size), *notes = slurp(words[4], &size), *text = slurp(words[5], &text_size);
    uint8_t *log = slurp(words[6], &log_size);
    Pack pack = {.index = index, .index_size = index_size, .hash = 20, .count = be32(index + 8 + 4 * 255)};
    for (int copy = 0; copy <= atoi(words[2]); copy++) {
        uint64_t part = copy && chance(8) == 0 ? 8 + 4 * chance(size / 4 - 1) : size;
        uint64_t log_part = copy && chance(8) == 0 ? chance(log_size) : log_size;
        uint32_t *damaged = copied(notes, part);
        uint8_t *names = copied(text, text_size), *line = copied(log, log_part);
        for (uint64_t i = copy ? chance(4) : 0; i; i--) {
            uint32_t *word = damaged + chance(part / 4);
            *word = chance(2) ? *word ^ 1u << chance(32) : (uint32_t)chance(pack.count + 2);
        }
        if (copy && log_part && chance(3) == 0) line[chance(log_part)] ^= (uint8_t)(1 << chance(8));
        read_once(&pack, damaged, part / 4, names, text_size, line, log_part);
        free(damaged), free(names), free(line);
    }
    free(index), free(notes), free(text), free(log);
    return 0;
}
