/* SPDX-License-Identifier: MIT */
#include "options.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char options_help[] =
    "usage: hsxfs [-f] [-d] [CONFIG] MOUNTPOINT [-o OPTION,...]\n"
    "\n"
    "Mounts /<account>/<project>/<dev|staging|production>/{secrets,flags,routes,installs}.\n"
    "CONFIG is a JSON file; without it, $XDG_CONFIG_HOME/hsxfs/config.json or\n"
    "~/.config/hsxfs/config.json. Unmount with fusermount3 -u MOUNTPOINT.\n"
    "\n"
    "  -f                     stay in the foreground\n"
    "  -d                     as -f, and print every operation (never a value)\n"
    "  -h, --help             print this text\n"
    "  -V, --version          print the version\n"
    "  --check [CONFIG]       ask each API whether it takes the token and has what is configured\n"
    "  --verify-audit FILE    check that no line of a journal was changed\n"
    "\n"
    "  -o deadline=SECONDS    limit of a request with all its retries (10)\n"
    "  -o ttl=SECONDS         how long a listing of names is believed (30)\n"
    "  -o queue=SECONDS       how long a write may wait for other writes to its Worker (120)\n"
    "  -o newline=RULE        strip1: drop one final newline of a one-line value (default);\n"
    "                         keep: store every byte; trim: drop final white space, as wrangler\n"
    "  -o commit=write|close  send a value when it is whole (default), or only at close\n"
    "  -o rm=brake|free|off   three removals in 10 s a session (default), any number, none\n"
    "  -o unreadable          secrets cannot be opened for reading at all\n"
    "  -o ro                  nothing can be changed\n"
    "  -o allow_other         other users may enter as the modes let them (see umask)\n"
    "  -o umask=OCTAL         permissions that nobody gets (077)\n"
    "  -o uid=N, -o gid=N     whose files they are (the user who mounts)\n"
    "  -o state=DIRECTORY     where the journal of changes is (~/.local/state/hsxfs)\n"
    "  -o sandbox=on|off      keep the daemon from files, programs and ports it needs not (on)\n"
    "  -o spin=MICROSECONDS   look for the next request this long before sleeping (100)\n"
    "\n"
    "The options of mount(8) and fstab(5), such as noatime, _netdev and nofail, are accepted.\n";

static bool refuse(char *error, const char *format, const char *text)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(error, OPTIONS_ERROR_SIZE, format, text);
#pragma GCC diagnostic pop
	return false;
}

/* A number of seconds from 0 to a day, fractions allowed, as milliseconds. */
static bool read_seconds(const char *text, int64_t *milliseconds)
{
	char *end;
	double seconds;

	errno = 0;
	seconds = strtod(text, &end);
	if (errno || end == text || *end || !(seconds >= 0 && seconds <= 86400))
		return false;
	*milliseconds = (int64_t)(seconds * 1000);
	return true;
}

static bool read_choice(const char *text, const char *const *choices, unsigned *choice)
{
	for (*choice = 0; choices[*choice]; ++*choice)
		if (!strcmp(text, choices[*choice]))
			return true;
	return false;
}

static bool set_newline(struct options *options, const char *text)
{
	static const char *const rules[] = {"strip1", "keep", "trim", NULL};
	unsigned choice;
	bool known = read_choice(text, rules, &choice);

	options->newline = (enum newline_rule)choice;
	return known;
}

static bool set_removal(struct options *options, const char *text)
{
	static const char *const rules[] = {"brake", "free", "off", NULL};
	unsigned choice;
	bool known = read_choice(text, rules, &choice);

	options->removal = (enum removal)choice;
	return known;
}

static bool set_commit(struct options *options, const char *text)
{
	static const char *const rules[] = {"write", "close", NULL};
	unsigned choice;
	bool known = read_choice(text, rules, &choice);

	options->commit_at_close = choice == 1;
	return known;
}

/* A whole number in a base, up to a limit. */
static bool read_number(const char *text, int base, unsigned long limit, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, base);
	return *text >= '0' && *text <= '9' && !*end && !errno && *number <= limit;
}

static bool set_spin(struct options *options, const char *text)
{
	unsigned long number;
	bool good = read_number(text, 10, 10000, &number);

	options->spin = (unsigned)number;
	return good;
}

static bool set_umask(struct options *options, const char *text)
{
	unsigned long number;
	bool good = read_number(text, 8, 0777, &number);

	options->umask = (mode_t)number;
	return good;
}

static bool set_uid(struct options *options, const char *text)
{
	unsigned long number;
	bool good = read_number(text, 10, UINT32_MAX - 1, &number);

	options->uid = (uid_t)number;
	return good;
}

static bool set_gid(struct options *options, const char *text)
{
	unsigned long number;
	bool good = read_number(text, 10, UINT32_MAX - 1, &number);

	options->gid = (gid_t)number;
	return good;
}

static bool set_state(struct options *options, const char *text)
{
	free(options->state);
	options->state = text[0] == '/' ? strdup(text) : NULL;
	return options->state != NULL;
}

static bool set_deadline(struct options *options, const char *text)
{
	return read_seconds(text, &options->deadline) && options->deadline > 0;
}

static bool set_ttl(struct options *options, const char *text)
{
	return read_seconds(text, &options->time_to_live);
}

static bool set_queue(struct options *options, const char *text)
{
	return read_seconds(text, &options->queue);
}

static bool set_sandbox(struct options *options, const char *text)
{
	static const char *const states[] = {"on", "off", NULL};
	unsigned choice;
	bool known = read_choice(text, states, &choice);

	options->no_sandbox = choice == 1;
	return known;
}

static const struct setting {
	const char *name;
	bool (*set)(struct options *options, const char *text);
	const char *wanted;
} settings[] = {
    {"deadline", set_deadline, "-o deadline: expected seconds, more than 0, not `%s'"},
    {"ttl", set_ttl, "-o ttl: expected seconds, not `%s'"},
    {"queue", set_queue, "-o queue: expected seconds, not `%s'"},
    {"newline", set_newline, "-o newline: expected strip1, keep or trim, not `%s'"},
    {"commit", set_commit, "-o commit: expected write or close, not `%s'"},
    {"rm", set_removal, "-o rm: expected brake, free or off, not `%s'"},
    {"spin", set_spin, "-o spin: expected microseconds up to 10000, not `%s'"},
    {"umask", set_umask, "-o umask: expected an octal number such as 077, not `%s'"},
    {"uid", set_uid, "-o uid: expected a number, not `%s'"},
    {"gid", set_gid, "-o gid: expected a number, not `%s'"},
    {"sandbox", set_sandbox, "-o sandbox: expected on or off, not `%s'"},
    {"state", set_state, "-o state: expected an absolute path, not `%s'"},
};

/* What mount(8) and fstab(5) pass on and a mount of ours has no use for. */
static bool is_for_others(const char *option)
{
	static const char *const ignored[] = {
	    "rw",	  "defaults",	 "auto",       "noauto",      "user",	  "nouser",
	    "users",	  "_netdev",	 "nofail",     "owner",	      "group",	  "dev",
	    "suid",	  "relatime",	 "norelatime", "strictatime", "lazytime", "nostrictatime",
	    "nolazytime", "diratime",	 "nodiratime", "iversion",    "mand",	  "noiversion",
	    "nomand",	  "nosymfollow", "silent",     "loud",	      "nonempty", NULL};
	static const char *const beginnings[] = {"x-", "X-", "user=", "comment=", NULL};
	unsigned choice;

	for (unsigned i = 0; beginnings[i]; i++)
		if (!strncmp(option, beginnings[i], strlen(beginnings[i])))
			return true;
	return read_choice(option, ignored, &choice);
}

static bool is_for_kernel(const char *option)
{
	static const char *const passed[] = {"nodev", "nosuid", "noexec", "exec",    "noatime",
					     "atime", "sync",	"async",  "dirsync", NULL};
	unsigned choice;

	/* A label of SELinux that is not set must not be believed to be. */
	return read_choice(option, passed, &choice) || !strncmp(option, "context=", 8) ||
	       !strncmp(option, "fscontext=", 10) || !strncmp(option, "defcontext=", 11) ||
	       !strncmp(option, "rootcontext=", 12);
}

static bool pass_to_kernel(struct options *options, const char *option)
{
	char *joined;

	if (asprintf(&joined, "%s,%s", options->kernel, option) < 0)
		return false;
	free(options->kernel);
	options->kernel = joined;
	return true;
}

static bool set_named(struct options *options, const char *option, char *error)
{
	const char *equals = strchr(option, '=');
	size_t length = equals ? (size_t)(equals - option) : strlen(option);

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if (strlen(settings[i].name) != length ||
		    strncmp(settings[i].name, option, length) != 0)
			continue;
		if (equals && settings[i].set(options, equals + 1))
			return true;
		return refuse(error, settings[i].wanted, equals ? equals + 1 : "");
	}
	return refuse(error, "-o %s: no such option (see hsxfs --help)", option);
}

static bool set_option(struct options *options, const char *option, char *error)
{
	if (!*option || is_for_others(option))
		return true;
	if (!strcmp(option, "unreadable"))
		return options->unreadable = true;
	if (!strcmp(option, "ro")) {
		options->read_only = true;
		return pass_to_kernel(options, option) || refuse(error, "%s", "out of memory");
	}
	/* Whose modes decide is the kernel's to check, for every caller. */
	if (!strcmp(option, "allow_other")) {
		options->allow_other = true;
		return pass_to_kernel(options, "allow_other,default_permissions") ||
		       refuse(error, "%s", "out of memory");
	}
	if (is_for_kernel(option))
		return pass_to_kernel(options, option) || refuse(error, "%s", "out of memory");
	return set_named(options, option, error);
}

static bool set_options(struct options *options, const char *list, char *error)
{
	char *copy = strdup(list), *rest = copy, *option;
	bool good = copy || refuse(error, "%s", "out of memory");

	while (good && (option = strsep(&rest, ",")))
		good = set_option(options, option, error);
	free(copy);
	return good;
}

static bool set_word(struct options *options, const char *word, char *error)
{
	if (options->config)
		return refuse(error, "`%s' is one argument too many (see hsxfs --help)", word);
	options->config = options->mountpoint;
	options->mountpoint = word;
	return true;
}

/* Letters such as -fd; the last may be an `o', with its options in the same word or the next. */
static bool set_letters(struct options *options, const char *word, const char **next, char *error)
{
	for (const char *letter = word + 1; *letter; letter++) {
		switch (*letter) {
		case 'h':
			options->help = true;
			break;
		case 'V':
			options->version = true;
			break;
		case 'd':
			options->foreground = options->debug = true;
			break;
		case 'f':
			options->foreground = true;
			break;
		case 'o':
			if (letter[1])
				return set_options(options, letter + 1, error);
			if (!*next)
				return refuse(error, "%s", "-o needs an option after it");
			word = *next;
			*next = NULL;
			return set_options(options, word, error);
		default:
			return refuse(error, "%s: no such option (see hsxfs --help)", word);
		}
	}
	return true;
}

static bool set_long(struct options *options, const char *word, char *error)
{
	if (!strcmp(word, "--help"))
		options->help = true;
	else if (!strcmp(word, "--version"))
		options->version = true;
	else if (!strcmp(word, "--verify-audit"))
		options->verify = true;
	else if (!strcmp(word, "--check"))
		options->check = true;
	else
		return refuse(error, "%s: no such option (see hsxfs --help)", word);
	return true;
}

/* *next is the word after this one, NULL if there is none, and afterwards if it was taken. */
static bool read_word(struct options *options, const char *word, const char **next, bool *ended,
		      char *error)
{
	if (*ended || word[0] != '-' || !word[1])
		return set_word(options, word, error);
	if (!strcmp(word, "--")) {
		*ended = true;
		return true;
	}
	if (word[1] == '-')
		return set_long(options, word, error);
	return set_letters(options, word, next, error);
}

bool options_read(struct options *options, int count, char **words,
		  char error[static OPTIONS_ERROR_SIZE])
{
	bool good = true, ended = false;

	*options = (struct options){.deadline = 10000, .time_to_live = 30000, .queue = 120000};
	options->uid = geteuid();
	options->gid = getegid();
	options->umask = 077;
	options->spin = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 100 : 0;
	options->kernel = strdup("nosuid,nodev");
	if (!options->kernel)
		return refuse(error, "%s", "out of memory");
	for (int i = 1; good && i < count; i++) {
		const char *next = i + 1 < count ? words[i + 1] : NULL, *after = next;

		good = read_word(options, words[i], &after, &ended, error);
		i += next != after;
	}
	if (good && options->check && options->config)
		return refuse(error, "--check takes one configuration: `%s' is one too many",
			      options->mountpoint);
	if (good && options->check) {
		options->config = options->mountpoint;
		options->mountpoint = NULL;
		return true;
	}
	if (good && options->verify && options->config)
		return refuse(error, "--verify-audit takes one journal: `%s' is one too many",
			      options->mountpoint);
	if (good && options->verify && !options->mountpoint)
		return refuse(error, "%s", "--verify-audit needs a journal after it");
	if (good && !options->mountpoint && !options->help && !options->version)
		return refuse(error, "%s", "a mount point is needed (see hsxfs --help)");
	return good;
}

void options_free(struct options *options)
{
	free(options->kernel);
	free(options->state);
	options->kernel = options->state = NULL;
}
