/* SPDX-License-Identifier: MIT */
#include "kv_reply.h"
#include "cloudflare_reply.h"

#define TOKEN_ADVICE "check that the token is right, active and not limited to other addresses"
#define PERMISSION_ADVICE \
	"give the token the permission `Workers KV Storage: Edit' for this account"
#define NAMESPACE_ADVICE "check account_id and the namespace's id or title"
#define REPORT_ADVICE "this is a fault of hsxfs: please report it"
#define LATER_ADVICE "try again later"

/* Beside Cloudflare's pages: numbers that its live API was seen to send. */
static const struct cloudflare_meaning code_meanings[] = {
    {971, OUTCOME_RATE_LIMITED, "wait five minutes, then try again"},
    {1000, OUTCOME_TOKEN_REFUSED, TOKEN_ADVICE},
    {6003, OUTCOME_TOKEN_REFUSED, TOKEN_ADVICE},
    {7000, OUTCOME_NOT_FOUND, NAMESPACE_ADVICE},
    {7003, OUTCOME_NOT_FOUND, NAMESPACE_ADVICE},
    {9106, OUTCOME_TOKEN_REFUSED, TOKEN_ADVICE},
    {9109, OUTCOME_NOT_ALLOWED, PERMISSION_ADVICE},
    {10001, OUTCOME_SERVER_ERROR, LATER_ADVICE},
    {10002, OUTCOME_SERVER_ERROR, LATER_ADVICE},
    {10009, OUTCOME_NOT_FOUND, ""},
    {10011, OUTCOME_NOT_FOUND, NAMESPACE_ADVICE},
    {10012, OUTCOME_BAD_REPLY, REPORT_ADVICE},
    {10013, OUTCOME_NOT_FOUND, NAMESPACE_ADVICE},
    {10014, OUTCOME_NAME_TAKEN, "a namespace has this title already"},
    {10018, OUTCOME_TOO_MANY, "the account has as many namespaces as it may"},
    {10019, OUTCOME_BAD_REPLY, REPORT_ADVICE},
    {10022, OUTCOME_RATE_LIMITED, "a key may be written once a second: try again"},
    {10023, OUTCOME_BAD_NAME, "a key has 1 to 512 bytes and is neither `.' nor `..'"},
    {10024, OUTCOME_TOO_LARGE, "Cloudflare allows 25 MiB a value"},
    {10026, OUTCOME_NOT_ALLOWED, PERMISSION_ADVICE},
    {10028, OUTCOME_BAD_REPLY, REPORT_ADVICE},
    {10029, OUTCOME_BAD_VALUE, ""},
    {10030, OUTCOME_BAD_NAME, "a key has at most 512 bytes"},
    {10033, OUTCOME_BAD_VALUE, "the key's expiration must be at least a minute from now"},
    {10034, OUTCOME_BAD_VALUE, "the key's expiration must be at least a minute from now"},
    {10037, OUTCOME_NOT_ALLOWED, PERMISSION_ADVICE},
    {10041, OUTCOME_BAD_REPLY, "list again"},
    {10042, OUTCOME_BAD_NAME, "a key has 1 to 512 bytes and is neither `.' nor `..'"},
    {10046, OUTCOME_RATE_LIMITED, "wait, then try again"},
    {10047, OUTCOME_BAD_VALUE, "a key's metadata has at most 1024 bytes"},
    {10048, OUTCOME_TOO_MANY, "the account's free limit of the day is used up"},
    {10405, OUTCOME_BAD_REPLY, REPORT_ADVICE},
};

static const struct cloudflare_meaning status_meanings[] = {
    {400, OUTCOME_BAD_VALUE, ""},
    {401, OUTCOME_TOKEN_REFUSED, TOKEN_ADVICE},
    {403, OUTCOME_NOT_ALLOWED, PERMISSION_ADVICE},
    {404, OUTCOME_NOT_FOUND, NAMESPACE_ADVICE},
    {408, OUTCOME_TIMED_OUT, "try again"},
    {409, OUTCOME_CONFLICT, "try again"},
    {413, OUTCOME_TOO_LARGE, ""},
    {414, OUTCOME_BAD_NAME, "a key has at most 512 bytes"},
    {422, OUTCOME_BAD_VALUE, ""},
    {429, OUTCOME_RATE_LIMITED, "wait, then try again"},
};

static const struct cloudflare_family workers_kv = {
    .codes = code_meanings,
    .code_count = sizeof(code_meanings) / sizeof(*code_meanings),
    .statuses = status_meanings,
    .status_count = sizeof(status_meanings) / sizeof(*status_meanings),
};

/* KV sends 10000 for much; only beside these statuses is it about the token. */
static bool is_about_token(const struct outcome *outcome)
{
	return outcome->code == 10000 &&
	       (outcome->http_status == 400 || outcome->http_status == 401 ||
		outcome->http_status == 403);
}

struct outcome kv_outcome(const struct http_reply *reply, json_t **envelope)
{
	struct outcome outcome = cloudflare_envelope(&workers_kv, reply, envelope);

	if (outcome.kind == OUTCOME_OK || !is_about_token(&outcome))
		return outcome;
	outcome.kind = OUTCOME_TOKEN_REFUSED;
	return outcome_advise(outcome, "%s",
			      TOKEN_ADVICE ", and that it has `Workers KV Storage: Edit'");
}
