/* What the notes on folders say of a few blobs: which commits brought or dropped them, at which paths, and which folders hold them.
   It is what git's log tells with all differences, at a small part of the cost. The notes come from another process, so their
   numbers are checked. */

#pragma once

#include "_foldernotes.h"

#define DEEPEST 1000 /* folders in one another */
#define ROUNDS 300   /* deeper folders are left to git, and those that hold themselves */
#define MOST_TOLD (1u << 19)

/* ---- notes, and what matters of them ---- */

/* Rows as in notes, and by tree where its own is, plus one. */
typedef struct { uint32_t *rows, *starts; size_t used; } Table;

typedef struct {
    const Pack *pack;
    Names names;
    Table all, few; /* `few`: folders and wanted blobs alone */
    uint32_t *roots; /* by commit: its tree plus one */
    uint8_t *wanted;
    uint64_t *sums, secret; /* by tree: the same for trees with the same wanted blobs at the same places, 0 for those with none */
    uint32_t *visited, *places, visit; /* by name */
    uint32_t *parents, parent_room;
    uint8_t *path;
    size_t path_room, told;
    /* Told of each wanted blob that a commit brings to a path, or with `gone` takes away from it; 0 to stop. */
    int (*tell)(void *context, int gone, uint32_t blob, const uint8_t *path, size_t length);
    void *context;
} Folders;

#define NOTHING UINT64_MAX

static uint32_t key_of(uint32_t word) { return word >> 4 << 1 | ((word & KIND) == FOLDER); }
static uint64_t value_of(const uint32_t *change) { return (uint64_t)(change[0] & KIND) << 32 | change[1]; }
static int is_wanted(const Folders *self, uint64_t value) {
    return value != NOTHING && value >> 32 < FOLDER && self->wanted[(uint32_t)value];
}

static int make_folders(Folders *self, const Pack *pack, uint64_t secret) {
    size_t count = (size_t)pack->count + 1;
    self->pack = pack, self->secret = secret;
    self->all.starts = calloc(count, 4), self->few.starts = calloc(count, 4), self->roots = calloc(count, 4);
    self->wanted = calloc(count, 1), self->sums = calloc(count, 8);
    return self->all.starts && self->few.starts && self->roots && self->wanted && self->sums;
}

static void release_folders(Folders *self) {
    release_names(&self->names);
    free(self->all.rows), free(self->all.starts), free(self->few.rows), free(self->few.starts), free(self->roots);
    free(self->wanted), free(self->sums), free(self->visited), free(self->places), free(self->parents), free(self->path);
}

/* Takes over notes with their names, which another walker has counted differently; 0 when they make no sense. */
static int add_notes(Folders *self, const uint32_t *rows, size_t used, const uint32_t *places, uint32_t count, const uint8_t *text,
                     size_t size) {
    Table *all = &self->all;
    uint32_t objects = self->pack->count, *numbers = malloc(((size_t)count + 1) * 4);
    uint32_t *grown = all->used + used < NONE ? realloc(all->rows, (all->used + used + 1) * 4) : NULL;
    int good = numbers && grown;
    if (grown) all->rows = grown;
    for (uint32_t i = 0; good && i < count; i++)
        good = places[i] < places[i + 1] && places[i + 1] <= size &&
               (numbers[i] = number_of(&self->names, text + places[i], places[i + 1] - places[i])) != NONE;
    for (size_t at = 0; good && at < used;) {
        const uint32_t *row = rows + at;
        good = used - at >= 3 && row[0] < objects && !all->starts[row[0]] && row[2] <= (used - at - 3) / 2 &&
               (row[1] == NONE || (row[1] < objects && all->starts[row[1]]));
        if (!good) break;
        uint32_t *to = all->rows + all->used, changes = row[2];
        all->starts[row[0]] = (uint32_t)all->used + 1;
        memcpy(to, row, 12);
        for (uint32_t i = 0; good && i < changes; i++) {
            const uint32_t *change = row + 3 + 2 * i;
            unsigned kind = change[0] & KIND;
            good = change[0] >> 4 < count && kind <= MODULE && (kind == MODULE || change[1] < objects);
            if (good) to[3 + 2 * i] = numbers[change[0] >> 4] << 4 | (change[0] & 15), to[4 + 2 * i] = change[1];
        }
        all->used += 3 + 2 * (size_t)changes, at += 3 + 2 * (size_t)changes;
    }
    free(numbers);
    return good;
}

static uint64_t mixed(uint64_t value) {
    value = (value ^ value >> 32) * 0xd6e8feb86659fd93u;
    value = (value ^ value >> 32) * 0xd6e8feb86659fd93u;
    return value ^ value >> 32;
}

/* Once blobs are wanted: gathers what matters of all rows, and sums it up. A sum is the base's, with what was added and without
   what is gone; so any order will do, once all sums of what is inside are right. */
static int sum_up(Folders *self) {
    Table *all = &self->all, *few = &self->few;
    size_t names = 2 * (size_t)self->names.count + 2;
    few->rows = malloc(all->used * 4 + 4);
    self->visited = calloc(names, 4), self->places = calloc(names, 4);
    if (!few->rows || !self->visited || !self->places) return 0;
    for (size_t at = 0; at < all->used;) {
        const uint32_t *row = all->rows + at, *change = row + 3, *end = change + 2 * (size_t)row[2];
        uint32_t *to = few->rows + few->used, *head = to;
        few->starts[row[0]] = (uint32_t)few->used + 1;
        memcpy(to, row, 8);
        for (to += 3; change < end; change += 2) {
            int folder = (change[0] & KIND) == FOLDER;
            if (folder && !all->starts[change[1]]) return 0;
            if (folder || is_wanted(self, value_of(change))) *to++ = change[0], *to++ = change[1];
        }
        head[2] = (uint32_t)((to - head - 3) / 2);
        few->used = (size_t)(to - few->rows);
        at += 3 + 2 * (size_t)row[2];
    }
    for (int round = 0, more = 1; more; round++) {
        if (round == ROUNDS) return 0;
        more = 0;
        for (size_t at = 0; at < few->used;) {
            const uint32_t *row = few->rows + at, *change = row + 3, *end = change + 2 * (size_t)row[2];
            uint64_t sum = row[1] == NONE ? 0 : self->sums[row[1]];
            for (; change < end; change += 2) {
                uint64_t inside = (change[0] & KIND) == FOLDER ? self->sums[change[1]] : change[1] + 1;
                if (!inside) continue;
                inside = mixed(mixed(inside ^ self->secret) + (change[0] & ~(uint32_t)GONE));
                sum += change[0] & GONE ? 0 - inside : inside;
            }
            more |= sum != self->sums[row[0]];
            self->sums[row[0]] = sum;
            at += 3 + 2 * (size_t)row[2];
        }
    }
    return 1;
}

static const uint32_t *row_of(const Table *self, uint32_t tree) {
    return tree == NONE || !self->starts[tree] ? NULL : self->rows + self->starts[tree] - 1;
}

/* What a tree has under a name. */
static uint64_t entry_of(const Table *self, uint32_t tree, uint32_t key) {
    for (const uint32_t *row; (row = row_of(self, tree)); tree = row[1]) {
        int gone = 0;
        for (const uint32_t *change = row + 3, *end = change + 2 * (size_t)row[2]; change < end; change += 2) {
            if (key_of(change[0]) != key) continue;
            if (!(change[0] & GONE)) return value_of(change);
            gone = 1;
        }
        if (gone) break;
    }
    return NOTHING;
}

typedef struct { uint32_t key; uint64_t value; } Found;
typedef struct { Found *found; size_t count, room; } Listed;

static int put(Listed *self, Found found) {
    if (self->count == self->room) {
        size_t room = 2 * self->room + 64;
        Found *grown = realloc(self->found, room * sizeof(Found));
        if (!grown) return 0;
        self->found = grown, self->room = room;
    }
    self->found[self->count++] = found;
    return 1;
}

/* The folders and wanted blobs of a tree. */
static int list(Folders *self, uint32_t tree, Listed *listed) {
    listed->count = 0;
    uint32_t visit = ++self->visit;
    for (const uint32_t *row; (row = row_of(&self->few, tree)); tree = row[1]) {
        /* What a row adds comes after what is gone by it. */
        for (uint32_t gone = 0; gone <= GONE; gone += GONE)
            for (const uint32_t *change = row + 3, *end = change + 2 * (size_t)row[2]; change < end; change += 2) {
                uint32_t key = key_of(change[0]);
                if ((change[0] & GONE) != gone || self->visited[key] == visit) continue;
                self->visited[key] = visit;
                if (gone || ((change[0] & KIND) == FOLDER && !self->sums[change[1]])) continue;
                if (!put(listed, (Found){key, value_of(change)})) return 0;
            }
    }
    return 1;
}

/* ---- commits ---- */

static int set_path(Folders *self, size_t length, uint32_t key, size_t *longer) {
    size_t size;
    const uint8_t *text = name_text(&self->names, key >> 1, &size);
    if (length + size + 1 > self->path_room) {
        size_t room = 2 * (length + size) + 256;
        uint8_t *grown = realloc(self->path, room);
        if (!grown) return 0;
        self->path = grown, self->path_room = room;
    }
    memcpy(self->path + length, text, size);
    if (key & 1) self->path[length + size++] = '/';
    *longer = length + size;
    return 1;
}

/* A few trees can make more paths than anybody can hold. */
static int say(Folders *self, int gone, uint32_t blob, size_t length) {
    return self->told++ < MOST_TOLD && self->tell(self->context, gone, blob, self->path, length);
}

/* Tells of the wanted blobs at paths at which a tree differs from all of its commit's parents, each of which has a tree here or
   NONE. What is at `length` of the path is to come. */
static int differ(Folders *self, uint32_t tree, const uint32_t *parents, uint32_t count, size_t length, int depth) {
    int same = 1;
    for (uint32_t i = 0; i < count; i++) {
        if (parents[i] == tree) return 1;
        same &= (parents[i] == NONE ? 0 : self->sums[parents[i]]) == (tree == NONE ? 0 : self->sums[tree]);
    }
    if (same) return 1;
    if (depth == DEEPEST) return 0;
    Listed listed = {0}, other = {0};
    uint32_t *below = malloc((size_t)count * 4 + 4);
    uint64_t *values = malloc((size_t)count * 8 + 8);
    int good = below && values && list(self, tree, &listed);
    size_t own = good ? listed.count : 0;
    /* The names of all; of those of the parents only what is not the same in this tree. */
    for (uint32_t i = 0; good && i < count; i++) {
        if (!(good = list(self, parents[i], &other))) break;
        uint32_t visit = ++self->visit;
        for (size_t k = 0; k < listed.count; k++)
            self->visited[listed.found[k].key] = visit, self->places[listed.found[k].key] = (uint32_t)k;
        for (size_t k = 0; k < other.count && good; k++) {
            uint32_t key = other.found[k].key;
            if (self->visited[key] == visit) {
                Found *mine = &listed.found[self->places[key]];
                if (self->places[key] < own && mine->value == other.found[k].value) mine->value = NOTHING;
            } else {
                self->visited[key] = visit, self->places[key] = (uint32_t)listed.count;
                good = put(&listed, other.found[k]);
            }
        }
    }
    for (size_t k = 0; good && k < listed.count; k++) {
        uint32_t key = listed.found[k].key, equal = 0, absent = 0;
        if (listed.found[k].value == NOTHING) continue;
        uint64_t value = entry_of(&self->all, tree, key);
        for (uint32_t i = 0; i < count && !equal; i++) {
            values[i] = entry_of(&self->all, parents[i], key);
            equal = values[i] == value, absent |= values[i] == NOTHING;
        }
        size_t longer;
        if (equal) continue;
        if (!(good = set_path(self, length, key, &longer))) break;
        if (key & 1) {
            for (uint32_t i = 0; i < count; i++) below[i] = values[i] == NOTHING ? NONE : (uint32_t)values[i];
            good = differ(self, value == NOTHING ? NONE : (uint32_t)value, below, count, longer, depth + 1);
            continue;
        }
        /* What one of the parents has not either is no difference to that one. */
        if (value == NOTHING && absent) continue;
        if (is_wanted(self, value)) good = say(self, 0, (uint32_t)value, longer);
        for (uint32_t i = 0; good && i < count; i++)
            if (is_wanted(self, values[i])) good = say(self, 1, (uint32_t)values[i], longer);
    }
    free(listed.found), free(other.found), free(below), free(values);
    return good;
}

static int digit_of(uint8_t c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* The number of the object with this id in hexadecimal. */
static uint32_t find_text(const Pack *pack, const uint8_t *text) {
    uint8_t id[32];
    for (unsigned i = 0; i < pack->hash; i++) {
        int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0) return NONE;
        id[i] = (uint8_t)(high << 4 | low);
    }
    return find_id(pack, id);
}

/* Reads a commit's first line in a log: a byte of one, then words up to a zero, of which those as long as an id are its own, its
   tree's and its parents'. Returns how many there are, 0 for a line that is none or names what is not in the pack. */
static uint32_t read_commit(Folders *self, const uint8_t *at, const uint8_t *end, uint32_t *commit, uint32_t *tree) {
    const uint8_t *stop = memchr(at, 0, (size_t)(end - at));
    uint32_t count = 0;
    if (!stop || at == stop || *at++ != 1) return 0;
    while (at < stop) {
        const uint8_t *blank = memchr(at, ' ', (size_t)(stop - at));
        if (!blank) blank = stop;
        if ((size_t)(blank - at) == 2 * self->pack->hash) {
            uint32_t number = find_text(self->pack, at);
            if (number == NONE) return 0;
            if (count >= 2 + self->parent_room) {
                uint32_t room = 2 * self->parent_room + 16, *grown = realloc(self->parents, room * 4);
                if (!grown) return 0;
                self->parents = grown, self->parent_room = room;
            }
            *(count == 0 ? commit : count == 1 ? tree : &self->parents[count - 2]) = number;
            count++;
        }
        at = blank + (blank < stop);
    }
    return count;
}

/* Notes the tree of a commit; 0 when that is not known. */
static int add_root(Folders *self, const uint8_t *line, const uint8_t *end) {
    uint32_t commit, tree;
    if (read_commit(self, line, end, &commit, &tree) < 2 || !self->all.starts[tree]) return 0;
    self->roots[commit] = tree + 1;
    return 1;
}

/* Tells what a commit changes against all of its parents; 0 when that is not known. */
static int tell_commit(Folders *self, const uint8_t *line, const uint8_t *end) {
    uint32_t commit, tree, count = read_commit(self, line, end, &commit, &tree), none = NONE;
    if (count < 2) return 0;
    if (count == 2) return differ(self, tree, &none, 1, 0, 0);
    for (uint32_t i = 0; i < count - 2; i++) {
        uint32_t root = self->roots[self->parents[i]];
        if (!root) return 0;
        self->parents[i] = root - 1;
    }
    return differ(self, tree, self->parents, count - 2, 0, 0);
}
