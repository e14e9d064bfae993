// What libyaml itself needs for a file, over and over for a time, in megabytes a second: its parser's events alone, or those and its
// emitter's text. Nothing is made of either.
//
//   libyaml scan|emit FILE SECONDS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yaml.h>

/// Bytes that the emitter has printed.
static size_t printed;

static int discard(void *data, unsigned char *buffer, size_t size) {
    (void)data;
    (void)buffer;
    printed += size;
    return 1;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pass(const unsigned char *text, size_t size, int emits) {
    yaml_parser_t parser;
    yaml_emitter_t emitter;
    yaml_event_t event;
    yaml_event_type_t type;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, text, size);
    if (emits) {
        yaml_emitter_initialize(&emitter);
        yaml_emitter_set_output(&emitter, discard, NULL);
        yaml_emitter_set_unicode(&emitter, 1);
    }
    do {
        if (!yaml_parser_parse(&parser, &event)) {
            fprintf(stderr, "libyaml: line %zu: %s\n", parser.problem_mark.line + 1, parser.problem);
            exit(1);
        }
        type = event.type;
        if (!emits) {
            yaml_event_delete(&event);
        } else if (!yaml_emitter_emit(&emitter, &event)) {
            fprintf(stderr, "libyaml: %s\n", emitter.problem);
            exit(1);
        }
    } while (type != YAML_STREAM_END_EVENT);
    if (emits) yaml_emitter_delete(&emitter);
    yaml_parser_delete(&parser);
}

/// Seconds of one pass.
static double pace(const unsigned char *text, size_t size, int emits, double seconds) {
    double start = now();
    long passes = 0;
    do {
        pass(text, size, emits);
        passes++;
    } while (now() - start < seconds);
    return (now() - start) / (double)passes;
}

int main(int count, char **arguments) {
    if (count != 4) return 64;
    FILE *file = fopen(arguments[2], "rb");
    if (!file) return 1;
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    unsigned char *text = malloc(size + 1);
    if (!text || fread(text, 1, size, file) != size) return 1;
    double seconds = atof(arguments[3]);
    if (strcmp(arguments[1], "emit") == 0) {
        // The emitter wants events, so that the parser's part is measured too and taken away.
        pass(text, size, 1);
        size_t output = printed;
        double scan = pace(text, size, 0, seconds / 2);
        printf("%f\n", (double)output / 1e6 / (pace(text, size, 1, seconds / 2) - scan));
    } else {
        printf("%f\n", (double)size / 1e6 / pace(text, size, 0, seconds));
    }
    return 0;
}
