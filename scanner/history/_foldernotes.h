/* Notes while a pack is walked what each version of a folder changes against the one that it is built on.

   Objects are numbered by their place in the pack's index. Where a tree makes no sense, or names what the pack has not, the notes
   are `bad`: then git has to be asked. */

#pragma once

#include "_packindex.h"

#define MOST_NAMES (1u << 27)

enum { FILE_KIND, PROGRAM, LINK, FOLDER, MODULE, KIND = 7, GONE = 8 };

/* The texts of names, each once. */
typedef struct { uint8_t *text; uint32_t *places, *slots, count, room, mask; size_t used, text_room; } Names;

/* Rows: a tree, its base or NONE, the number of its changes, and those. A base comes before what is built on it. A change is
   an entry that a tree has and its base has not, or with GONE the other way round: 16 times the number of its name with its
   kind, and the object; of another repository's commit just some bytes of its id. */
typedef struct { uint32_t *rows; size_t used, room; Names names; int bad; } Notes;

typedef struct { const uint8_t *name, *id, *end; size_t length; unsigned kind; } Item;

/* ---- names ---- */

static uint32_t hash_of(const uint8_t *text, size_t size) {
    uint64_t hash = size * 0x9e3779b97f4a7c15u;
    for (; size >= 8; text += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, text, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    for (; size; text++, size--) hash = (hash ^ *text) * 0x100000001b3u;
    return (uint32_t)((hash * 0x9e3779b97f4a7c15u) >> 32);
}

static const uint8_t *name_text(const Names *self, uint32_t name, size_t *size) {
    *size = self->places[name + 1] - self->places[name];
    return self->text + self->places[name];
}

static int more_slots(Names *self) {
    uint32_t room = self->mask ? 2 * (self->mask + 1) : 1024, *slots = calloc(room, sizeof(uint32_t));
    if (!slots) return 0;
    free(self->slots);
    self->slots = slots, self->mask = room - 1;
    for (uint32_t name = 0; name < self->count; name++) {
        size_t size;
        const uint8_t *text = name_text(self, name, &size);
        uint32_t slot = hash_of(text, size) & self->mask;
        while (slots[slot]) slot = (slot + 1) & self->mask;
        slots[slot] = name + 1;
    }
    return 1;
}

/* The number of a name; NONE when there is no memory for it. */
static uint32_t number_of(Names *self, const uint8_t *text, size_t size) {
    if (2 * (uint64_t)self->count >= self->mask && (self->count >= MOST_NAMES || !more_slots(self))) return NONE;
    uint32_t slot = hash_of(text, size) & self->mask;
    for (; self->slots[slot]; slot = (slot + 1) & self->mask) {
        size_t known;
        const uint8_t *other = name_text(self, self->slots[slot] - 1, &known);
        if (known == size && !memcmp(other, text, size)) return self->slots[slot] - 1;
    }
    if (self->used + size > self->text_room) {
        size_t room = 2 * (self->used + size) + 4096;
        uint8_t *grown = room < NONE ? realloc(self->text, room) : NULL;
        if (!grown) return NONE;
        self->text = grown, self->text_room = room;
    }
    if (self->count + 2 > self->room) {
        uint32_t room = 2 * self->room + 512, *grown = realloc(self->places, room * sizeof(uint32_t));
        if (!grown) return NONE;
        self->places = grown, self->room = room;
        if (!self->count) self->places[0] = 0;
    }
    memcpy(self->text + self->used, text, size);
    self->used += size;
    self->places[self->count + 1] = (uint32_t)self->used;
    self->slots[slot] = self->count + 1;
    return self->count++;
}

/* ---- notes ---- */

static int note(Notes *self, uint32_t value) {
    if (self->used == self->room) {
        size_t room = 2 * self->room + 4096;
        uint32_t *grown = realloc(self->rows, room * sizeof(uint32_t));
        if (!grown) return 0;
        self->rows = grown, self->room = room;
    }
    self->rows[self->used++] = value;
    return 1;
}

static int read_entry(const uint8_t *at, const uint8_t *end, unsigned hash, Item *entry) {
    unsigned mode = 0;
    const uint8_t *begin = at;
    while (at < end && *at >= '0' && *at <= '7' && at - begin < 7) mode = mode << 3 | (*at++ - '0');
    if (at == begin || at == end || *at++ != ' ') return 0;
    const uint8_t *stop = memchr(at, 0, (size_t)(end - at));
    if (!stop || stop == at || (size_t)(end - stop) < 1 + hash) return 0;
    /* As git reads modes: old ones had other bits too. */
    unsigned type = mode & 0170000;
    entry->kind = type == 0040000 ? FOLDER : type == 0120000 ? LINK : type != 0100000 ? MODULE : mode & 0100 ? PROGRAM : FILE_KIND;
    entry->name = at, entry->length = (size_t)(stop - at), entry->id = stop + 1, entry->end = stop + 1 + hash;
    return 1;
}

/* In a tree's order, in which a folder's name ends with a slash. */
static int order_of(const Item *one, const Item *other) {
    size_t both = one->length < other->length ? one->length : other->length;
    int order = memcmp(one->name, other->name, both);
    if (order) return order;
    int next = one->length > both ? one->name[both] : one->kind == FOLDER ? '/' : 0;
    return next - (other->length > both ? other->name[both] : other->kind == FOLDER ? '/' : 0);
}

static int note_change(Notes *self, const Pack *pack, const Item *entry, unsigned gone) {
    uint32_t name = number_of(&self->names, entry->name, entry->length);
    uint32_t child = entry->kind == MODULE ? be32(entry->id) : find_id(pack, entry->id);
    if (name == NONE || (child == NONE && entry->kind != MODULE)) return 0;
    return note(self, name << 4 | entry->kind | gone) && note(self, child);
}

/* How many bytes two texts have in common at their beginnings. */
static size_t shared(const uint8_t *one, const uint8_t *other, size_t size) {
    size_t place = 0;
    while (size - place >= 64 && !memcmp(one + place, other + place, 64)) place += 64;
    while (place < size && one[place] == other[place]) place++;
    return place;
}

/* Notes what a tree has and its base has not, and the other way round. */
static int note_changes(Notes *self, const Pack *pack, const uint8_t *data, size_t size, const uint8_t *base, size_t base_size) {
    const uint8_t *at = data, *end = data + size, *old = base, *old_end = base + base_size;
    unsigned hash = pack->hash;
    int fresh = 0; /* whether what comes next has not stood behind `before` yet */
    Item entry = {0}, other, before = {0};
    for (;;) {
        size_t rest = (size_t)(end - at), old_rest = (size_t)(old_end - old);
        size_t same = rest && old_rest ? shared(at, old, rest < old_rest ? rest : old_rest) : 0;
        const uint8_t *until = at + same;
        int done = same == rest && same == old_rest;
        /* Of what is the same, only whole entries, and of a tree's end only one. */
        while (at < until) {
            if (!read_entry(at, end, hash, &entry) || (fresh && order_of(&before, &entry) >= 0)) return 0;
            if (entry.end > until) break;
            old += entry.end - at, at = entry.end, before = entry, fresh = 0;
            if (done) return 1;
        }
        if (at == end && old == old_end) return 1;
        int now = at < end, then = old < old_end;
        if ((now && !read_entry(at, end, hash, &entry)) || (then && !read_entry(old, old_end, hash, &other))) return 0;
        if (now && fresh && order_of(&before, &entry) >= 0) return 0;
        int order = !now ? 1 : !then ? -1 : order_of(&entry, &other);
        if (order >= 0) {
            if (!note_change(self, pack, &other, GONE)) return 0;
            old = other.end, fresh = before.name != NULL;
        }
        if (order <= 0) {
            if (!note_change(self, pack, &entry, 0)) return 0;
            at = entry.end, before = entry, fresh = 1;
        }
    }
}

static void note_tree(Notes *self, const Pack *pack, uint32_t tree, uint32_t base, const uint8_t *data, size_t size,
                      const uint8_t *base_data, size_t base_size) {
    size_t head = self->used;
    if (self->bad) return;
    if (!note(self, tree) || !note(self, base) || !note(self, 0) ||
        !note_changes(self, pack, data, size, base_data, base_size) || (self->used - head) / 2 >= NONE)
        self->bad = 1;
    else
        self->rows[head + 2] = (uint32_t)((self->used - head - 3) / 2);
}

static void release_names(Names *self) {
    free(self->text), free(self->places), free(self->slots);
}

static void release_notes(Notes *self) {
    release_names(&self->names);
    free(self->rows);
}
