/* A pack's index: which objects there are. Nothing in the file is trusted: `count` is checked against the mapping when it is opened. */

#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

typedef struct {
    uint64_t offset;
    uint32_t position; /* in the index */
    uint32_t base, child, next, weight;
    uint8_t kind, flags;
} Node;

typedef struct {
    const uint8_t *pack, *index;
    uint64_t pack_size, index_size;
    Node *nodes;
    uint32_t *roots;
    uint32_t count, root_count, headers;
    volatile uint32_t next_root, *turn; /* `turn` counts roots for several processes, where it is set */
    volatile uint32_t next_judged;      /* the second walk's next root, and where that ends */
    uint32_t last_judged;
    uint32_t hash;
} Pack;

static uint32_t be32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

static const uint8_t *id_at(const Pack *self, uint32_t position) {
    return self->index + 8 + 1024 + (size_t)position * self->hash;
}

static uint32_t find_id(const Pack *self, const uint8_t *id) {
    const uint8_t *fanout = self->index + 8;
    uint32_t low = id[0] ? be32(fanout + 4 * (id[0] - 1)) : 0, high = be32(fanout + 4 * id[0]);
    if (low >= high || high > self->count) return NONE;
    /* Ids are spread evenly: it is near to where it should be, which saves most looks at memory far off. */
    uint32_t guess = low + (uint32_t)((uint64_t)(high - low) * be32(id + 1) >> 32), step = 16;
    if (memcmp(id_at(self, guess), id, self->hash) <= 0) {
        for (low = guess; step < high - low && memcmp(id_at(self, low + step), id, self->hash) <= 0; step *= 2) low += step;
        if (step < high - low) high = low + step;
    } else {
        for (high = guess; step < high - low && memcmp(id_at(self, high - step), id, self->hash) > 0; step *= 2) high -= step;
        if (step < high - low) low = high - step;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(id_at(self, middle), id, self->hash);
        if (!order) return middle;
        if (order < 0) low = middle + 1; else high = middle;
    }
    return NONE;
}
