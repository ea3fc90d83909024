/* What of objects that come one after the other is new: names in trees, and the text between what two blobs share.
 *
 * The same few names are in thousands of versions of a folder. Those that were seen are kept in a table of fixed size,
 * with the whole name, so that none is taken for another; a name that is too long for it, or had to make room, is told
 * again. git packs the versions of a file side by side. Every read is within the text.
 */
#pragma once

#include "_windows.h"

#define SLOT 64
#define SLOTS (1 << 14)

/* Slots: the length of a name, 0 where there is none, and its bytes. */
typedef struct {
    uint8_t slots[SLOTS][SLOT];
} Seen;

/* True for a name that was not seen; it is now. */
static int is_new(Seen *seen, const uint8_t *name, size_t size) {
    if (!size) return 0;
    if (size >= SLOT) return 1;
    uint64_t hash = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < size; i++) hash = (hash ^ name[i]) * 0x100000001b3ull;
    uint8_t *slot = seen->slots[(hash ^ hash >> 32) % SLOTS];
    if (slot[0] == size && !memcmp(slot + 1, name, size)) return 0;
    slot[0] = (uint8_t)size;
    memcpy(slot + 1, name, size);
    return 1;
}

/* The next entry of a tree from `*place` on: its name, and `*place` behind it. Whatever is wrong is part of a name. */
static const uint8_t *next_name(const uint8_t *text, size_t *place, size_t end, size_t hash, size_t *size) {
    const uint8_t *first = text + *place, *zero = memchr(first, 0, end - *place);
    const uint8_t *last = zero ? zero : text + end, *space = memchr(first, ' ', (size_t)(last - first));
    size_t rest = end - (size_t)(last - text);
    *place = rest > hash + 1 ? (size_t)(last - text) + 1 + hash : end;
    if (space) first = space + 1;
    *size = (size_t)(last - first);
    return first;
}

/* What tells most lines apart from some that are looked for: their lengths and first bytes. */
#define MARKS (1 << 13)
static size_t mark_of(const uint8_t *line, size_t size) { return (size * 32 + (size ? line[0] * 7 + line[size - 1] : 0)) % MARKS; }

/* How many bytes two texts have in common at their beginnings, `most` at most. */
static size_t same_first(const uint8_t *one, const uint8_t *two, size_t most) {
    size_t size = 0;
    while (most - size >= 64 && !memcmp(one + size, two + size, 64)) size += 64;
    while (size < most && one[size] == two[size]) size++;
    return size;
}

/* The same at their ends. */
static size_t same_last(const uint8_t *one, const uint8_t *two, size_t most) {
    size_t size = 0;
    while (most - size >= 64 && !memcmp(one - size - 64, two - size - 64, 64)) size += 64;
    while (size < most && one[-1 - (ptrdiff_t)size] == two[-1 - (ptrdiff_t)size]) size++;
    return size;
}

/* Whether a text shares most of itself with another one; `window` is then what of it has to be matched all the same. */
static int built_on(const uint8_t *base, size_t base_size, const uint8_t *text, size_t size, size_t line, Range *window) {
    size_t most = size < base_size ? size : base_size, first = same_first(base, text, most);
    size_t last = same_last(base + base_size, text + size, most - first);
    if (first + last < size / 2) return 0;
    *window = window_of(text, size, (Range){first, size - last}, line);
    return 1;
}
