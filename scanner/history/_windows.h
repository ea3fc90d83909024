/* The text around a change of an object that can hold a match which was not there before. */

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PAD 16    /* bytes around a change that lookarounds may read */
#define JOINED 64 /* windows closer than this become one */

typedef struct { size_t low, high; } Range;

/* True when one of eight bytes is a line break. */
static int has_break(const uint8_t *data) {
    uint64_t bytes;
    memcpy(&bytes, data, 8);
    bytes ^= 0x0a0a0a0a0a0a0a0au;
    return ((bytes - 0x0101010101010101u) & ~bytes & 0x8080808080808080u) != 0;
}

/* The lines that hold a change, cut where no match on a line reaches; then as much more as lookarounds may read. */
static Range window_of(const uint8_t *data, size_t size, Range change, size_t line) {
    size_t low = change.low, high = change.high;
    low -= low < PAD ? low : PAD;
    high += size - high < PAD ? size - high : PAD;
    size_t first = low < line ? 0 : low - line;
    while (low - first >= 8 && !has_break(data + low - 8)) low -= 8;
    while (low > first && data[low - 1] != '\n') low--;
    size_t reach = size - high < line ? size - high : line;
    const uint8_t *newline = reach ? memchr(data + high, '\n', reach) : NULL;
    high = newline ? (size_t)(newline - data) : high + reach;
    low -= low < PAD ? low : PAD;
    high += size - high < PAD ? size - high : PAD;
    return (Range){low, high};
}
