/* A pack's index and headers, and its delta trees. Nothing in the files is trusted: each offset, size and length is checked
   against the mapping before it is used. */

#pragma once

#include "_packindex.h"

enum { COMMIT = 1, TREE = 2, BLOB = 3, TAG = 4, OFS_DELTA = 6, REF_DELTA = 7 };
enum { SEEN = 1, WANTED = 2, ABOVE = 4, HELD = 8, HEIR = 16 };

/* ---- the index and the headers ---- */

typedef struct { uint64_t offset; uint32_t position; } Entry;

/* Sorts by offset, eleven bits at a time; returns the sorted one of the two arrays, of which the first holds the entries. */
static Entry *sorted(Entry *from, Entry *to, uint32_t count, uint64_t largest) {
    for (unsigned shift = 0; shift < 64 && largest >> shift; shift += 11) {
        uint32_t places[2048] = {0}, place = 0;
        for (uint32_t i = 0; i < count; i++) places[from[i].offset >> shift & 2047]++;
        for (int i = 0; i < 2048; i++) {
            uint32_t number = places[i];
            places[i] = place;
            place += number;
        }
        for (uint32_t i = 0; i < count; i++) to[places[from[i].offset >> shift & 2047]++] = from[i];
        Entry *other = from;
        from = to, to = other;
    }
    return from;
}

static uint64_t end_of(const Pack *self, uint32_t node) {
    return node + 1 < self->count ? self->nodes[node + 1].offset : self->pack_size - self->hash;
}

/* Where the deflated bytes of an object begin; 0 when its header makes no sense. `base` gets the distance or the id. */
static uint64_t header(const Pack *self, uint32_t node, int *type, uint64_t *size, uint64_t *distance, const uint8_t **id) {
    const uint8_t *data = self->pack;
    uint64_t place = self->nodes[node].offset, end = end_of(self, node);
    unsigned shift = 4;
    uint8_t c = data[place++];
    *type = c >> 4 & 7;
    *size = c & 15;
    while (c & 128) {
        if (place >= end || shift > 53) return 0;
        c = data[place++];
        *size |= (uint64_t)(c & 127) << shift;
        shift += 7;
    }
    if (*type == OFS_DELTA) {
        *distance = 0;
        do {
            if (place >= end || *distance >> 53) return 0;
            c = data[place++];
            *distance = (*distance << 7) + (c & 127) + (c & 128 ? 1 : 0);
        } while (c & 128);
    } else if (*type == REF_DELTA) {
        if (end - place < self->hash) return 0;
        *id = data + place;
        place += self->hash;
    } else if (*type < COMMIT || *type > TAG)
        return 0;
    return place < end ? place : 0;
}

static uint32_t at_offset(const Pack *self, uint32_t high, uint64_t offset) {
    uint32_t low = 0, step = 1;
    /* Bases lie near: gallop backwards first. */
    while (step < high && self->nodes[high - step].offset > offset) step *= 2;
    if (step < high) low = high - step;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (self->nodes[middle].offset < offset) low = middle + 1; else high = middle;
    }
    return low < self->count && self->nodes[low].offset == offset ? low : NONE;
}

/* Where an object is in the pack, by its place in the index; 0 when the index makes no sense. */
static uint64_t offset_at(const Pack *self, uint32_t position) {
    const uint8_t *small = self->index + 8 + 1024 + (size_t)self->count * (self->hash + 4);
    const uint8_t *large = small + 4 * (size_t)self->count;
    uint64_t offset = be32(small + 4 * (size_t)position), where = offset & 0x7fffffff;
    if (!(offset >> 31)) return offset;
    if (where >= (self->index_size - 2 * self->hash - (uint64_t)(large - self->index)) / 8) return 0;
    return (uint64_t)be32(large + 8 * where) << 32 | be32(large + 8 * where + 4);
}

static const char *read_index(Pack *self) {
    const uint8_t *index = self->index, *pack = self->pack;
    uint64_t size = self->index_size, pack_size = self->pack_size, hash = self->hash;
    uint32_t before = 0;
    if (size < 8 + 1024 + 2 * hash || memcmp(index, "\377tOc\0\0\0\2", 8)) return "not a version 2 pack index";
    for (int i = 0; i < 256; i++) {
        uint32_t upto = be32(index + 8 + 4 * i);
        if (upto < before) return "the pack index is damaged";
        before = upto;
    }
    if (before >= NONE / 2 || size < 8 + 1024 + before * (hash + 8) + 2 * hash) return "the pack index is cut short";
    if (pack_size < 12 + hash || memcmp(pack, "PACK", 4) || (be32(pack + 4) != 2 && be32(pack + 4) != 3)) return "not a pack";
    if (be32(pack + 8) != before) return "the pack and its index do not fit";
    self->nodes = calloc((size_t)before + 1, sizeof(Node));
    self->roots = calloc((size_t)before + 1, sizeof(uint32_t));
    if (!self->nodes || !self->roots) return "out of memory";
    self->count = before;
    Entry *entries = malloc(((size_t)before + 1) * 2 * sizeof(Entry));
    if (!entries) return "out of memory";
    const char *wrong = NULL;
    for (uint32_t i = 0; i < before && !wrong; i++) {
        entries[i] = (Entry){offset_at(self, i), i};
        if (entries[i].offset < 12 || entries[i].offset >= pack_size - hash) wrong = "the pack index points outside the pack";
    }
    Entry *ordered = wrong ? entries : sorted(entries, entries + before, before, pack_size);
    for (uint32_t i = 0; i < before && !wrong; i++) {
        self->nodes[i] = (Node){ordered[i].offset, ordered[i].position, NONE, NONE, NONE, 1, 0, 0};
        if (i && ordered[i].offset == ordered[i - 1].offset) wrong = "the pack index is damaged";
    }
    free(entries);
    return wrong;
}

/* Reads the headers of the objects in the next `span` bytes of the pack; 0 when all are read. */
static int read_headers(Pack *self, uint64_t span) {
    Node *nodes = self->nodes;
    uint32_t first = self->headers;
    for (; self->headers < self->count && nodes[self->headers].offset - nodes[first].offset < span; self->headers++) {
        uint32_t i = self->headers;
        int type;
        uint64_t size, distance = 0;
        const uint8_t *id = NULL;
        if (!header(self, i, &type, &size, &distance, &id)) continue;
        if (type == OFS_DELTA) {
            if (distance && distance < nodes[i].offset) nodes[i].base = at_offset(self, i, nodes[i].offset - distance);
        } else if (type == REF_DELTA) {
            uint32_t position = find_id(self, id);
            if (position != NONE) nodes[i].base = at_offset(self, self->count, offset_at(self, position));
        } else {
            nodes[i].kind = (uint8_t)type;
            self->roots[self->root_count++] = i;
        }
    }
    return self->headers < self->count;
}

/* Links each delta under its base, the heaviest last: its base can be freed before it is entered, so the contents that
   are held at once are at most the logarithm of the tree's size. */
static int build_trees(Pack *self) {
    Node *nodes = self->nodes;
    uint32_t count = self->count, *heaviest = malloc(((size_t)count + 1) * sizeof(uint32_t));
    if (!heaviest) return 0;
    for (uint32_t i = 0; i < count; i++) heaviest[i] = NONE;
    for (uint32_t i = count; i-- > 0;)
        if (nodes[i].base != NONE) nodes[nodes[i].base].weight += nodes[i].weight;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t base = nodes[i].base;
        if (base != NONE && (heaviest[base] == NONE || nodes[i].weight > nodes[heaviest[base]].weight)) heaviest[base] = i;
    }
    for (uint32_t i = 0; i < count; i++)
        if (heaviest[i] != NONE) nodes[i].child = heaviest[i];
    for (uint32_t i = count; i-- > 0;) {
        uint32_t base = nodes[i].base;
        if (base == NONE || heaviest[base] == i) continue;
        nodes[i].next = nodes[base].child;
        nodes[base].child = i;
    }
    free(heaviest);
    return 1;
}
