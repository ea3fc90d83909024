/* What of objects that come one after the other is new: names in trees; and how lines that are looked for are found.
 *
 * The same few names are in thousands of versions of a folder. Those that were seen are kept in a table of fixed size,
 * with the whole name, so that none is taken for another; a name that is too long for it, or had to make room, is told
 * again. Every read is within the text.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct { size_t low, high; } Range;

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
