/* Walks packs and damaged copies of them. Arguments: seed, copies a pack, then pairs of pack and index files. */

/* Buffers end where their content ends, so that one byte too far is seen. */
#define SPARE_ROOM 0
#define ROOM(size) ((size) ? (size) : 1)
#include "_packwalk.h"
#include "fuzz.h"

/* A copy that ends where its memory ends, so that one byte too far is seen. */
static uint8_t *damaged(const uint8_t *data, uint64_t *size, int how) {
    if (how == 1) *size = chance(*size + 1);
    uint8_t *copy = malloc(*size ? *size : 1);
    memcpy(copy, data, *size);
    for (uint64_t i = how == 2 ? 1 + chance(8) : 0; i && *size; i--) copy[chance(*size)] ^= (uint8_t)(1 << chance(8));
    return copy;
}

static void walk_once(const uint8_t *data, uint64_t size, const uint8_t *index, uint64_t index_size, unsigned hash) {
    enum { LIMIT = 1 << 16, TARGET = 1 << 9, MOST = 4 };
    Pack pack = {.pack = data, .pack_size = size, .index = index, .index_size = index_size, .hash = hash};
    if (!read_index(&pack)) {
        while (read_headers(&pack, 5000)) {
        }
        if (!build_trees(&pack)) exit(2);
        size_t room = TARGET + LIMIT + LIMIT / JOINED + 2;
        Walker walker = {.pack = &pack, .out = malloc(room), .starts = malloc(8 * MOST), .line = 100, .archives = 1};
        Notes notes = {0};
        walker.notes = chance(4) ? &notes : NULL;
        walker.target = TARGET, walker.most = MOST, walker.limit = LIMIT, walker.budget = 1 << 20;
        if (inflateInit(&walker.stream) != Z_OK) exit(2);
        while (step(&walker, 0)) {
            free(walker.delta.data);
            walker.delta = (Buffer){NULL, 0, 0};
            for (size_t i = 0; i < walker.records; i++)
                if (walker.starts[2 * i] >= walker.used || walker.starts[2 * i + 1] >= pack.count) abort();
                else if (chance(3) == 0) want(&pack, walker.starts[2 * i + 1]);
        }
        if (walker.live) abort();
        for (uint32_t first = 0, last; first < pack.root_count; first = last) {
            last = first + 1 + (uint32_t)chance(pack.root_count);
            rewind_to(&pack, first, last);
            while (step(&walker, 1) && walker.held != NONE)
                if (chance(2)) pack.nodes[walker.held].flags |= HELD;
        }
        for (size_t at = 0; !notes.bad && at < notes.used; at += 3 + 2 * (size_t)notes.rows[at + 2])
            if (notes.rows[at] >= pack.count || 3 + 2 * (size_t)notes.rows[at + 2] > notes.used - at) abort();
        release_notes(&notes);
        release_walker(&walker);
        inflateEnd(&walker.stream);
        free(walker.out);
        free(walker.starts);
    }
    free(pack.nodes);
    free(pack.roots);
}

int main(int count, char **words) {
    if (count < 3) return 2;
    state = 88172645463325252u + strtoull(words[1], NULL, 10);
    int copies = atoi(words[2]);
    for (int i = 3; i + 1 < count; i += 2) {
        uint64_t size, index_size;
        uint8_t *data = slurp(words[i], &size), *index = slurp(words[i + 1], &index_size);
        for (int copy = 0; copy <= copies; copy++) {
            uint64_t part = size, index_part = index_size;
            int which = copy ? (int)chance(3) : 3;
            uint8_t *one = damaged(data, &part, which == 0 ? 1 : which == 1 ? 2 : 0);
            uint8_t *other = damaged(index, &index_part, which == 2 ? 1 + (int)chance(2) : 0);
            walk_once(one, part, other, index_part, chance(8) ? 20 : 32);
            free(one);
            free(other);
        }
        free(data);
        free(index);
    }
    return 0;
}
