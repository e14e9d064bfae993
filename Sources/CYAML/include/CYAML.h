// libyaml's event parser, as Debian's libyaml-dev installs it, and the parts of an event that C keeps in a union.
#ifndef GITOPSCTL_CYAML_H
#define GITOPSCTL_CYAML_H

#include <stddef.h>
#include <string.h>
#include <yaml.h>

/// A text inside an event; it lives until the event is deleted. `bytes` is NULL where the event has no such text.
typedef struct {
    const unsigned char *bytes;
    size_t length;
} cyaml_text;

static inline cyaml_text cyaml_terminated(const yaml_char_t *text) {
    return (cyaml_text){text, text ? strlen((const char *)text) : 0};
}

static inline cyaml_text cyaml_scalar_value(const yaml_event_t *event) {
    return (cyaml_text){event->data.scalar.value, event->data.scalar.length};
}

static inline yaml_scalar_style_t cyaml_scalar_style(const yaml_event_t *event) {
    return event->data.scalar.style;
}

/// Whether a sequence or mapping is written in brackets.
static inline int cyaml_is_flow(const yaml_event_t *event) {
    return event->type == YAML_MAPPING_START_EVENT
        ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
        : event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
}

/// The explicit tag of a scalar, sequence or mapping.
static inline cyaml_text cyaml_tag(const yaml_event_t *event) {
    switch (event->type) {
        case YAML_SCALAR_EVENT: return cyaml_terminated(event->data.scalar.tag);
        case YAML_SEQUENCE_START_EVENT: return cyaml_terminated(event->data.sequence_start.tag);
        case YAML_MAPPING_START_EVENT: return cyaml_terminated(event->data.mapping_start.tag);
        default: return cyaml_terminated(NULL);
    }
}

/// The anchor that a node defines or that an alias names.
static inline cyaml_text cyaml_anchor(const yaml_event_t *event) {
    switch (event->type) {
        case YAML_ALIAS_EVENT: return cyaml_terminated(event->data.alias.anchor);
        case YAML_SCALAR_EVENT: return cyaml_terminated(event->data.scalar.anchor);
        case YAML_SEQUENCE_START_EVENT: return cyaml_terminated(event->data.sequence_start.anchor);
        case YAML_MAPPING_START_EVENT: return cyaml_terminated(event->data.mapping_start.anchor);
        default: return cyaml_terminated(NULL);
    }
}

#endif
