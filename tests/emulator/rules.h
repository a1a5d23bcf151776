/* SPDX-License-Identifier: MIT */
#ifndef RULES_H
#define RULES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct call;

/* How the emulator is told to misbehave; the README documents the members of a rule. */
struct rules {
	json_t *list; /* array of objects, each with id, matched and used besides its members */
	unsigned long last;
};

#define RULES_MAX 1000

void rules_init(struct rules *rules);
void rules_free(struct rules *rules);

/* Adds a rule and returns its id, or 0 with what is wrong with it in problem. */
unsigned long rules_add(struct rules *rules, json_t *rule, char *problem, size_t size);

/* The rule that acts on this call, counted as used, or NULL. The caller has a reference. */
json_t *rules_take(struct rules *rules, const struct call *call);

void rules_clear(struct rules *rules);

/* A number of a rule, 0 without it; a truth of a rule, false without it. */
long rule_number(json_t *rule, const char *member);
bool rule_true(json_t *rule, const char *member);

/* Whether the normal effect happens too. */
bool rule_applies(json_t *rule);

/* Puts the rule's answer in place of the normal one, where it has one, and adds its headers. */
void rule_answer(json_t *rule, struct call *call);

#endif
