/* Walks the delta trees of a git pack: inflates, applies deltas, and gathers the text that can hold a new match.

   Nothing in a pack or its index is trusted: each offset, size and length is checked against the mapping and the limits
   before it is used. An object that can't be read is left unseen, with all that is built on it; git then reads those. */

#pragma once

#include "_foldernotes.h"
#include "_packtrees.h"
#include "_windows.h"
#include <zlib.h>

#define HEAD 4096 /* what scanner.decode samples */
#define SMALL 400 /* bytes; for less, zlib is as quick as libdeflate */
#define SLACK 320 /* bytes; the quick way of zlib takes 258 at once, and reads up to 8 */
#define SPARE 8   /* buffers kept for reuse, each of at most SPARE_ROOM */
#ifndef SPARE_ROOM
#define SPARE_ROOM (1 << 22)
#define ROOM(size) ((size) + (size) / 4 + 64)
#endif

typedef struct { uint8_t *data; size_t size, room; } Buffer;
typedef struct { Buffer content; uint32_t node, next; } Frame;

typedef struct {
    Pack *pack;
    uint8_t *out;     /* room for `target` and the largest window */
    uint32_t *starts; /* pairs: where in `out` an object's text begins, and which object that is */
    size_t line, target, most, limit, budget;
    size_t used, records, live, objects;
    uint64_t bytes;
    Frame *stack;
    size_t depth, stack_room;
    Buffer spare[SPARE], delta;
    Range *changes;
    size_t change_count, change_room;
    z_stream stream;
    uint32_t held, root; /* the object that is asked about, and the last delta tree that was taken, by their numbers */
    Notes *notes; /* of what the versions of folders change; NULL if nobody asks */
    int archives; /* whether blobs that are archives are wanted whatever their bytes say */
    /* The quicker libdeflate's way to inflate into exactly `size` bytes, and what it needs; NULL where there is only zlib. */
    int (*quick)(void *context, const void *from, size_t length, void *to, size_t size, size_t *written);
    void *context;
} Walker;

/* ---- contents ---- */

/* A buffer for `size` bytes; it counts as live until given back. */
static int take(Walker *self, Buffer *buffer, size_t size) {
    int best = -1;
    if (self->live + size > self->budget) return 0;
    for (int i = 0; i < SPARE; i++)
        if (self->spare[i].data && (best < 0 || (self->spare[best].room < size && self->spare[i].room > self->spare[best].room) ||
                                    (self->spare[i].room >= size && self->spare[i].room < self->spare[best].room)))
            best = i;
    *buffer = best < 0 ? (Buffer){NULL, 0, 0} : self->spare[best];
    if (best >= 0) self->spare[best].data = NULL;
    if (buffer->room < size || !buffer->data) {
        size_t room = ROOM(size);
        free(buffer->data);
        *buffer = (Buffer){malloc(room), 0, room};
        if (!buffer->data) return 0;
    }
    buffer->size = size;
    self->live += size;
    return 1;
}

static void give(Walker *self, Buffer *buffer) {
    if (!buffer->data) return;
    self->live -= buffer->size;
    int least = 0;
    for (int i = 0; i < SPARE; i++) {
        if (!self->spare[i].data) {
            least = i;
            break;
        }
        if (self->spare[i].room < self->spare[least].room) least = i;
    }
    if (buffer->room > SPARE_ROOM || (self->spare[least].data && self->spare[least].room > buffer->room)) free(buffer->data);
    else {
        free(self->spare[least].data);
        self->spare[least] = *buffer;
    }
    buffer->data = NULL;
}

/* Inflates exactly `size` bytes of what lies between two places of the pack. */
static int inflate_to(Walker *self, uint64_t place, uint64_t end, uint8_t *to, size_t size) {
    z_stream *stream = &self->stream;
    uint8_t small[SMALL + SLACK], *out = size < SMALL ? small : to;
    uint64_t more = self->pack->pack_size - end;
    if (end - place > UINT32_MAX - SLACK) return 0;
    if (self->quick && size >= SMALL && !self->quick(self->context, self->pack->pack + place, (size_t)(end - place), to, size, NULL)) return 1;
    if (inflateReset(stream) != Z_OK) return 0;
    /* zlib has a quick way only while there is room for more than it writes, and more to read than it needs. */
    stream->next_in = (Bytef *)self->pack->pack + place;
    stream->avail_in = (uInt)(end - place + (more < SLACK ? more : SLACK));
    stream->next_out = out;
    stream->avail_out = (uInt)(out == small ? sizeof small : size);
    int code = inflate(stream, Z_FINISH);
    if (code != Z_STREAM_END || stream->next_out != out + size || stream->next_in > self->pack->pack + end) return 0;
    if (out == small && size) memcpy(to, small, size);
    return 1;
}

static int changed(Walker *self, size_t low, size_t high) {
    if (self->change_count && self->changes[self->change_count - 1].high >= low) {
        self->changes[self->change_count - 1].high = high;
        return 1;
    }
    if (self->change_count == self->change_room) {
        size_t room = self->change_room ? 2 * self->change_room : 256;
        Range *grown = realloc(self->changes, room * sizeof(Range));
        if (!grown) return 0;
        self->changes = grown;
        self->change_room = room;
    }
    self->changes[self->change_count++] = (Range){low, high};
    return 1;
}

static int varint(const uint8_t **at, const uint8_t *end, uint64_t *value) {
    unsigned shift = 0;
    uint8_t c;
    *value = 0;
    do {
        if (*at >= end || shift > 49) return 0;
        c = *(*at)++;
        *value |= (uint64_t)(c & 127) << shift;
        shift += 7;
    } while (c & 128);
    return 1;
}

/* Applies a delta and notes what it changes: inserts, and the places where what meets did not meet in the base. */
static int apply(Walker *self, const Buffer *base, const uint8_t *at, const uint8_t *end, Buffer *result) {
    uint64_t base_size, size;
    size_t done = 0, met = 0; /* `met`: where in the base the next copy would go on unnoticed */
    self->change_count = 0;
    if (!varint(&at, end, &base_size) || !varint(&at, end, &size) || base_size != base->size || size > self->limit) return 0;
    if (!take(self, result, (size_t)size)) return 0;
    while (at < end) {
        uint8_t op = *at++;
        if (op & 128) {
            size_t from = 0, length = 0;
            for (int i = 0; i < 7; i++)
                if (op >> i & 1) {
                    if (at >= end) return 0;
                    if (i < 4) from |= (size_t)*at++ << 8 * i; else length |= (size_t)*at++ << 8 * (i - 4);
                }
            if (!length) length = 0x10000;
            if (from > base->size || length > base->size - from || length > size - done) return 0;
            if (from != met && !changed(self, done, done)) return 0;
            memcpy(result->data + done, base->data + from, length);
            met = from + length;
            done += length;
        } else {
            if (!op || op > end - at || op > size - done) return 0;
            memcpy(result->data + done, at, op);
            if (!changed(self, done, done + op)) return 0;
            at += op;
            done += op;
            met = SIZE_MAX;
        }
    }
    return done == size && (met == base->size || met == SIZE_MAX || changed(self, done, done));
}

/* ---- what is to be matched ---- */

static void emit(Walker *self, const uint8_t *data, size_t size) {
    memcpy(self->out + self->used, data, size);
    self->used += size;
    self->out[self->used++] = '\n';
}

static void emit_windows(Walker *self, const uint8_t *data, size_t size) {
    Range window = {0, 0};
    for (size_t i = 0; i < self->change_count; i++) {
        Range next = window_of(data, size, self->changes[i], self->line);
        if (window.high && next.low > window.high + JOINED) {
            emit(self, data + window.low, window.high - window.low);
            window.low = next.low;
        } else if (!window.high)
            window.low = next.low;
        if (next.high > window.high) window.high = next.high;
    }
    if (window.high) emit(self, data + window.low, window.high - window.low);
}

/* The names of a tree's entries, as far as a change touches them. */
static void emit_names(Walker *self, const uint8_t *data, size_t size) {
    size_t place = 0, change = 0;
    while (place < size && change < self->change_count) {
        const uint8_t *stop = memchr(data + place, 0, size - place);
        size_t end = stop ? (size_t)(stop - data) : size;
        while (change < self->change_count && self->changes[change].high < place) change++;
        if (change < self->change_count && self->changes[change].low <= end) {
            const uint8_t *space = memchr(data + place, ' ', end - place);
            size_t name = space ? (size_t)(space - data) + 1 : place;
            emit(self, data + name, end - name);
        }
        place = size - end > self->pack->hash ? end + 1 + self->pack->hash : size;
    }
}

/* True for what scanner.decode may take for UTF-16 or UTF-32, which can't be matched as bytes. */
static int wide(const uint8_t *data, size_t size) {
    size_t half = (size < HEAD ? size : HEAD) / 2, even = 0, odd = 0;
    if (size >= 2 && ((data[0] == 0xff && data[1] == 0xfe) || (data[0] == 0xfe && data[1] == 0xff))) return 1;
    if (size >= 4 && !memcmp(data, "\0\0\376\377", 4)) return 1;
    if (half < 4 || !memchr(data, 0, 2 * half)) return 0;
    for (size_t i = 0; i < half; i++) even += !data[2 * i], odd += !data[2 * i + 1];
    return (10 * odd + 1 >= 7 * half && 20 * even <= half + 1) || (10 * even + 1 >= 7 * half && 20 * odd <= half + 1);
}

/* True for what scanner.archives.kind_of may take for an archive or a notebook. */
static int archive(const uint8_t *data, size_t size) {
    static const struct { uint8_t size; const char *magic; } kinds[] = {
        {4, "PK\3\4"}, {4, "PK\5\6"}, {3, "\x1f\x8b\x08"}, {3, "BZh"}, {6, "\xfd" "7zXZ"}, {4, "\x28\xb5\x2f\xfd"},
        {6, "7z\xbc\xaf\x27\x1c"}, {6, "Rar!\x1a\7"}};
    static const char *const words[] = {"\"cells\"", "\"nbformat\"", "\"worksheets\""};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (size >= kinds[i].size && !memcmp(data, kinds[i].magic, kinds[i].size)) return 1;
    if (size >= 262 && !memcmp(data + 257, "ustar", 5)) return 1;
    if (!size || *data != '{') return 0;
    const uint8_t *end = data + (size < HEAD ? size : HEAD), *at = data;
    while ((at = memchr(at, '"', (size_t)(end - at)))) {
        for (int i = 0; i < 3; i++)
            if ((size_t)(end - at) >= strlen(words[i]) && !memcmp(at, words[i], strlen(words[i]))) return 1;
        at++;
    }
    return 0;
}

/* Lets the second walk visit an object, and the way there. */
static void want(Pack *pack, uint32_t index) {
    pack->nodes[index].flags |= WANTED;
    for (uint32_t base = pack->nodes[index].base; base != NONE && !(pack->nodes[base].flags & ABOVE); base = pack->nodes[base].base)
        pack->nodes[base].flags |= ABOVE;
}

static void offer(Walker *self, uint32_t index, const Buffer *content, const Buffer *base) {
    Node *node = &self->pack->nodes[index];
    size_t before = self->used;
    if (node->kind == TREE) {
        emit_names(self, content->data, content->size);
        if (self->notes)
            note_tree(self->notes, self->pack, node->position, base ? self->pack->nodes[node->base].position : NONE, content->data,
                      content->size, base ? base->data : NULL, base ? base->size : 0);
    } else {
        emit_windows(self, content->data, content->size);
        if (node->kind == BLOB ? wide(content->data, content->size) : content->size && memchr(content->data, 0, content->size))
            want(self->pack, index);
        if (self->archives && node->kind == BLOB && archive(content->data, content->size)) want(self->pack, index);
    }
    node->flags |= SEEN;
    self->objects++;
    self->bytes += content->size;
    if (self->used == before) return;
    uint32_t *record = self->starts + 2 * self->records++;
    record[0] = (uint32_t)before;
    record[1] = index;
}

/* ---- the walk ---- */

static int load(Walker *self, uint32_t index, const Buffer *base, Buffer *content) {
    Pack *pack = self->pack;
    int type;
    uint64_t size, distance;
    const uint8_t *id;
    uint64_t place = header(pack, index, &type, &size, &distance, &id);
    content->data = NULL;
    if (!place || size > self->limit) return 0;
    if (!base) {
        self->change_count = 0;
        return take(self, content, (size_t)size) && inflate_to(self, place, end_of(pack, index), content->data, (size_t)size) &&
               changed(self, 0, (size_t)size);
    }
    if (self->delta.room < size) {
        free(self->delta.data);
        self->delta = (Buffer){malloc(ROOM((size_t)size)), 0, ROOM((size_t)size)};
        if (!self->delta.data) self->delta.room = 0;
    }
    return self->delta.room >= size && inflate_to(self, place, end_of(pack, index), self->delta.data, (size_t)size) &&
           apply(self, base, self->delta.data, self->delta.data + size, content);
}

static int push(Walker *self, uint32_t node, Buffer content) {
    if (self->depth == self->stack_room) {
        size_t room = self->stack_room ? 2 * self->stack_room : 64;
        Frame *grown = realloc(self->stack, room * sizeof(Frame));
        if (!grown) return 0;
        self->stack = grown;
        self->stack_room = room;
    }
    self->stack[self->depth++] = (Frame){content, node, self->pack->nodes[node].child};
    return 1;
}

/* One more object: 1 when there was one, 0 at the end. With `judging`, `held` becomes an object that is asked about. */
static int advance(Walker *self, int judging) {
    Pack *pack = self->pack;
    Node *nodes = pack->nodes;
    Buffer content, *base = NULL;
    uint32_t index;
    if (!self->depth) {
        volatile uint32_t *turn = judging ? &pack->next_judged : pack->turn ? pack->turn : &pack->next_root;
        uint32_t root = __atomic_fetch_add(turn, 1, __ATOMIC_RELAXED);
        if (root >= (judging ? pack->last_judged : pack->root_count)) return 0;
        self->root = root;
        index = pack->roots[root];
        if (judging && !(nodes[index].flags & (WANTED | ABOVE))) return 1;
    } else {
        Frame *top = &self->stack[self->depth - 1];
        index = top->next;
        if (index == NONE) {
            give(self, &top->content);
            self->depth--;
            return 1;
        }
        top->next = nodes[index].next;
        base = &top->content;
        if (judging) {
            /* What a base holds, its deltas may have copied. */
            if (nodes[top->node].flags & HELD) nodes[index].flags |= nodes[index].flags & WANTED ? 0 : WANTED | HEIR;
            if (!(nodes[index].flags & (WANTED | ABOVE))) return 1;
        }
        nodes[index].kind = nodes[top->node].kind;
    }
    int good = load(self, index, base, &content);
    if (good && !judging) offer(self, index, &content, base);
    if (base && self->stack[self->depth - 1].next == NONE) {
        give(self, base);
        self->depth--;
    }
    if (!good) {
        give(self, &content);
        /* Unseen again: git is asked about it and all above. */
        nodes[index].flags &= (uint8_t)~SEEN;
        return 1;
    }
    if (judging && nodes[index].flags & WANTED) {
        memcpy(self->out, content.data, content.size);
        self->used = content.size;
        self->held = index;
    }
    if (nodes[index].child == NONE || !push(self, index, content)) give(self, &content);
    return 1;
}

/* Goes on until there is enough to match, or one object to judge. Returns 0 at the end of the walk. */
static int step(Walker *self, int judging) {
    self->used = self->records = 0;
    self->held = NONE;
    while (self->used < self->target && self->records < self->most && self->held == NONE)
        if (!advance(self, judging)) return self->used > 0;
    return 1;
}

/* Starts the second walk, of some of the delta trees, which the first one has been through. */
static void rewind_to(Pack *self, uint32_t first, uint32_t last) {
    self->next_judged = first;
    self->last_judged = last < self->root_count ? last : self->root_count;
}

static void release_walker(Walker *self) {
    while (self->depth) free(self->stack[--self->depth].content.data);
    for (int i = 0; i < SPARE; i++) free(self->spare[i].data);
    free(self->stack);
    free(self->delta.data);
    free(self->changes);
}
