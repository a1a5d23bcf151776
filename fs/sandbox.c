/* SPDX-License-Identifier: MIT */
#include "sandbox.h"
#include "../backends/dotenv_file.h"
#include "../backends/http.h"
#include "sanitized.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Of linux/landlock.h, whose age varies more than the kernel's: the numbers are part of its
 * interface and the same on all architectures.
 */
#define SYS_CREATE_RULESET 444
#define SYS_ADD_RULE 445
#define SYS_RESTRICT_SELF 446
#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH 1
#define RULE_NET_PORT 2

#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_REMOVE_FILE (1ULL << 5)
#define FS_MAKE_REG (1ULL << 8)
#define FS_TRUNCATE (1ULL << 14)
#define FS_ALL_1 ((1ULL << 13) - 1)
#define FS_REFER (1ULL << 13)	  /* version 2 */
#define FS_IOCTL_DEV (1ULL << 15) /* version 5 */
#define NET_BIND_TCP (1ULL << 0)
#define NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

#define READ (FS_READ_FILE | FS_READ_DIR)
#define WRITE (READ | FS_WRITE_FILE | FS_REMOVE_FILE | FS_MAKE_REG | FS_TRUNCATE)
#define OF_A_FILE (FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE)

struct ruleset {
	uint64_t files, ports, scopes;
};

struct path_rule {
	uint64_t rights;
	int32_t parent;
} __attribute__((packed));

struct port_rule {
	uint64_t rights, port;
};

#define DNS_PORT 53

static bool create(struct sandbox *sandbox)
{
	struct ruleset ruleset = {.files = FS_ALL_1};
	long version = syscall(SYS_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);

	if (version < 1)
		return false;
	if (version >= 2)
		ruleset.files |= FS_REFER;
	if (version >= 3)
		ruleset.files |= FS_TRUNCATE;
	if (version >= 4)
		ruleset.ports = NET_BIND_TCP | NET_CONNECT_TCP;
	if (version >= 5)
		ruleset.files |= FS_IOCTL_DEV;
	if (version >= 6)
		ruleset.scopes = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	sandbox->version = (int)version;
	sandbox->files = ruleset.files;
	sandbox->ports = ruleset.ports;
	sandbox->rules = (int)syscall(SYS_CREATE_RULESET, &ruleset, sizeof(ruleset), 0);
	return sandbox->rules >= 0;
}

/* ---- files ---- */

/* A rule that cannot be made leaves the thing out of reach, which is the safe side. */
static void add(const struct sandbox *sandbox, int type, const void *rule, const char *what)
{
	if (syscall(SYS_ADD_RULE, sandbox->rules, type, rule, 0) < 0)
		fprintf(stderr, "hsxfs: warning: sandbox: %s is out of reach: %s\n", what,
			strerror(errno));
}

/* What is not there needs no rule. */
static void allow(const struct sandbox *sandbox, const char *path, uint64_t rights)
{
	struct path_rule rule = {.rights = rights & sandbox->files};
	struct stat status;

	if (sandbox->rules < 0)
		return;
	rule.parent = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent < 0)
		return;
	if (fstat(rule.parent, &status) == 0 && !S_ISDIR(status.st_mode))
		rule.rights &= OF_A_FILE;
	add(sandbox, RULE_PATH_BENEATH, &rule, path);
	close(rule.parent);
}

/* The whole of the root directory would be no rule at all. */
static void allow_directory_of(const struct sandbox *sandbox, const char *file, uint64_t rights)
{
	char *copy = strdup(file), *directory = copy ? dirname(copy) : NULL;

	if (directory && strcmp(directory, "/") != 0)
		allow(sandbox, directory, rights);
	free(copy);
}

/* systemd-resolved, NetworkManager and resolvconf put a new file in the place of the old one. */
static void allow_name_servers(const struct sandbox *sandbox)
{
	char *target = realpath("/etc/resolv.conf", NULL);

	if (target && !strncmp(target, "/run/", 5) && strchr(target + 5, '/'))
		allow_directory_of(sandbox, target, READ);
	free(target);
}

/*
 * An ordinary user may read all of /etc that is anybody's: a file that is replaced there, such as
 * resolv.conf, would be out of reach otherwise. For root that has secrets, so root gets the files.
 */
static void allow_system(const struct sandbox *sandbox)
{
	static const char *const paths[] = {
	    "/proc", "/dev/urandom", "/sys/devices/system/cpu",
	    /* libraries: modules of the name service are loaded when a name is first looked up */
	    "/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib",
	    "/nix/store", "/gnu/store", "/etc/ld.so.cache", "/etc/ld.so.preload",
	    /* names */
	    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf",
	    "/etc/host.conf", "/etc/services", "/etc/localtime", "/usr/share/zoneinfo",
	    /* authorities */
	    "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ssl/cert.pem", "/etc/pki/tls",
	    "/etc/pki/ca-trust", "/etc/ca-certificates", "/etc/crypto-policies",
	    "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
	    "/usr/share/crypto-policies", "/usr/share/pki", "/var/lib/ca-certificates"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		allow(sandbox, paths[i], READ);
	if (geteuid() != 0)
		allow(sandbox, "/etc", READ);
	allow(sandbox, "/dev/null", READ | FS_WRITE_FILE);
	allow_name_servers(sandbox);
}

/* A sanitized daemon that is already in here writes its reports where the tests look for them. */
static void allow_reports(const struct sandbox *sandbox)
{
#ifdef SANITIZED
	const char *directory = getenv("HSXFS_REPORTS");

	if (directory)
		allow(sandbox, directory, WRITE);
#else
	(void)sandbox;
#endif
}

/* Where the path leads now, links and all; a link that is changed later leads out of reach. */
static void allow_dotenv(struct sandbox *sandbox, const char *path, const char *mountpoint)
{
	struct outcome found;
	char *file;

	if (!path)
		return;
	found = dotenv_file_find(path, mountpoint, &file);
	if (found.kind == OUTCOME_OK) {
		allow_directory_of(sandbox, file, WRITE);
		sandbox->capabilities |= sandbox_capabilities_for(file);
	}
	free(file);
}

/* ---- ports ---- */

static void allow_port(const struct sandbox *sandbox, unsigned short port)
{
	struct port_rule rule = {.rights = NET_CONNECT_TCP, .port = port};

	if (sandbox->ports && port)
		add(sandbox, RULE_NET_PORT, &rule, "a port");
}

/* The variables that libcurl looks at for https; it takes no proxy for http to loopback. */
static void allow_proxies(const struct sandbox *sandbox)
{
	static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
						"ALL_PROXY"};

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		const char *proxy = getenv(variables[i]);

		if (proxy && *proxy)
			allow_port(sandbox, http_proxy_port(proxy));
	}
}

static void allow_api(const struct sandbox *sandbox, const struct api_config *api)
{
	if (api->url)
		allow_port(sandbox, http_url_port(api->url));
}

static void allow_config(struct sandbox *sandbox, const struct config *config,
			 const char *mountpoint)
{
	allow_api(sandbox, &config->cloudflare);
	allow_api(sandbox, &config->control_plane.api);
	for (unsigned i = 0; i < config->account_count; i++) {
		const struct account_config *account = &config->accounts[i];

		allow_api(sandbox, &account->cloudflare);
		allow_api(sandbox, &account->control_plane.api);
		for (unsigned j = 0; j < account->project_count; j++)
			for (int k = 0; k < ENVIRONMENTS; k++)
				allow_dotenv(sandbox, account->projects[j].environments[k].dotenv,
					     mountpoint);
	}
}

struct sandbox sandbox_prepare(const struct config *config, const char *state, bool writes_state,
			       const char *mountpoint)
{
	struct sandbox sandbox = SANDBOX_NONE;

	if (!create(&sandbox))
		sandbox.ports = 0;
	allow_system(&sandbox);
	if (state)
		allow(&sandbox, state, writes_state ? WRITE : READ);
	allow_config(&sandbox, config, mountpoint);
	allow_reports(&sandbox);
	allow_port(&sandbox, DNS_PORT);
	allow_proxies(&sandbox);
	return sandbox;
}

/* ---- in force ---- */

static bool say(bool holds, const char *layer)
{
	if (!holds)
		fprintf(stderr, "hsxfs: warning: sandbox: no %s here: %s\n", layer,
			strerror(errno));
	return holds;
}

static bool restrict_files(const struct sandbox *sandbox)
{
	if (sandbox->rules < 0)
		errno = EOPNOTSUPP;
	return sandbox->rules >= 0 && syscall(SYS_RESTRICT_SELF, sandbox->rules, 0) == 0;
}

void sandbox_enter(const struct sandbox *sandbox, struct sandbox_layers *layers)
{
	layers->on = true;
	layers->no_new_privs = say(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	if (say(restrict_files(sandbox), "Landlock")) {
		layers->landlock = sandbox->version;
		layers->network = sandbox->ports != 0;
	}
	layers->capabilities_kept = sandbox->capabilities;
	layers->capabilities =
	    say(sandbox_keep_capabilities(sandbox->capabilities), "way to give up capabilities");
	layers->seccomp = say(sandbox_filter(), "seccomp filter");
}

void sandbox_free(struct sandbox *sandbox)
{
	if (sandbox->rules >= 0)
		close(sandbox->rules);
	*sandbox = SANDBOX_NONE;
}
