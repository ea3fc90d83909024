/* Reads what `git log --raw` prints for the few lines that matter. Nothing in it is trusted: each field is checked against
   the end of its line. */

#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The ids that are looked for, in a row, in a table by their first letters; a slot holds the number of an id and one. */
typedef struct { const uint8_t *ids; uint32_t *slots, mask; size_t width; } Ids;

static uint32_t slot_of(const uint8_t *id, uint32_t mask) {
    uint64_t start;
    memcpy(&start, id, 8);
    return (uint32_t)(start * 0x9e3779b97f4a7c15u >> 32) & mask;
}

static int make_ids(Ids *self, const uint8_t *ids, size_t count, size_t width) {
    uint32_t room = 64;
    if (count > UINT32_MAX / 8) return 0;
    while (room < 4 * count) room *= 2;
    *self = (Ids){ids, calloc(room, sizeof(uint32_t)), room - 1, width};
    if (!self->slots) return 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t slot = slot_of(ids + i * width, self->mask);
        while (self->slots[slot]) slot = (slot + 1) & self->mask;
        self->slots[slot] = (uint32_t)i + 1;
    }
    return 1;
}

static int holds(const Ids *self, const uint8_t *id) {
    for (uint32_t slot = slot_of(id, self->mask); self->slots[slot]; slot = (slot + 1) & self->mask)
        if (!memcmp(self->ids + (size_t)(self->slots[slot] - 1) * self->width, id, self->width)) return 1;
    return 0;
}

static int zeros(const uint8_t *id, size_t width) {
    while (width && id[width - 1] == '0') width--;
    return !width;
}

/* Copies to `kept` the lines that name one of the ids, each with its commit's first line before it, and with `all` the first
   lines of all commits; to `named` the ids of all files that a commit has brought. Both have as much room as the text. */
static void sift(const Ids *ids, int all, const uint8_t *text, size_t size, uint8_t *kept, size_t *kept_size, uint8_t *named,
                 size_t *named_size) {
    const uint8_t *at = text, *end = text + size, *head = NULL;
    size_t width = ids->width, head_size = 0;
    *kept_size = *named_size = 0;
    while (at < end) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop + 1 : end) - at);
        int wanted = 0;
        if (*at == 1) {
            head = at, head_size = length;
            wanted = all || (length > width && holds(ids, at + 1));
        } else if (*at == ':') {
            /* As many colons as a merge has parents, one mode more and one id more: the last is of the new version. */
            size_t sides = 1;
            while (sides < length && at[sides] == ':') sides++;
            size_t first = sides + 7 * (sides + 1), last = first + sides * (width + 1);
            if (last + width <= length) {
                const uint8_t *mode = at + first - 7;
                for (size_t i = 0; i <= sides && !wanted; i++) wanted = holds(ids, at + first + i * (width + 1));
                if (memcmp(mode, "160000 ", 7) && memcmp(mode, "040000 ", 7) && !zeros(at + last, width)) {
                    memcpy(named + *named_size, at + last, width);
                    *named_size += width;
                }
            }
            if (wanted && head) {
                memcpy(kept + *kept_size, head, head_size);
                *kept_size += head_size;
                head = NULL;
            }
        }
        if (wanted) {
            memcpy(kept + *kept_size, at, length);
            *kept_size += length;
            if (*at == 1) head = NULL;
        }
        at += length;
    }
}
