# SPDX-License-Identifier: MIT
"""What can go wrong, by name. tests/faults/table says what must come of each."""

import asyncio
import gzip
import json
import os

# Of the mount, in seconds.
DEADLINE = int(os.environ["HSXFS_DEADLINE"])


class Fault:
    """early: acts when a connection begins, not on a request. deaf: nobody listens at all.
    applied: the emulator did what it was asked before the answer went wrong. quiet: the server
    asked for silence of a minute."""

    def __init__(self, act, early=False, deaf=False, applied=False, quiet=False):
        self.act, self.early, self.deaf, self.applied = act, early, deaf, applied
        self.quiet = quiet


FAULTS = {}


def fault(name, **kind):
    def keep(act):
        FAULTS[name] = Fault(act, **kind)
        return act
    return keep


def answers(name, status, body, *headers, quiet=False, **options):
    """A fault that is a whole answer with this body."""
    async def act(exchange):
        await exchange.answer(status, body, *headers, **options)
    FAULTS[name] = Fault(act, quiet=quiet)


def envelope(result):
    return json.dumps({"success": True, "errors": [], "messages": [], "result": result})


def refusal(code, message):
    return json.dumps({"success": False, "errors": [{"code": code, "message": message}],
                       "messages": [], "result": None})


# Before the request.

@fault("not-listening", early=True, deaf=True)
async def _(exchange):
    exchange.close()


@fault("closed-at-once", early=True)
async def _(exchange):
    exchange.close()


@fault("reset-at-once", early=True)
async def _(exchange):
    exchange.reset()


@fault("silent", early=True)
async def _(exchange):
    await asyncio.sleep(DEADLINE + 1)
    exchange.reset()


# During the request. It is read from the socket as it is, so what closes here has not taken it.

@fault("request-cut", early=True)
async def _(exchange):
    await exchange.reader.readexactly(20)
    exchange.close()


@fault("request-reset", early=True)
async def _(exchange):
    await exchange.reader.readexactly(20)
    exchange.reset()


@fault("request-stalled", early=True)
async def _(exchange):
    await exchange.reader.readexactly(20)
    await exchange.stall()


# After the request: it is done, but the answer does not come, or not whole.

@fault("no-answer-closed", applied=True)
async def _(exchange):
    await exchange.forward()
    exchange.close()


@fault("no-answer-reset", applied=True)
async def _(exchange):
    await exchange.forward()
    exchange.reset()


@fault("no-answer-stalled", applied=True)
async def _(exchange):
    await exchange.forward()
    await exchange.stall()


@fault("half-status-line", applied=True)
async def _(exchange):
    head, _ = await exchange.forward()
    await exchange.send(head[:9])
    exchange.close()


@fault("half-headers", applied=True)
async def _(exchange):
    head, _ = await exchange.forward()
    await exchange.send(head[:len(head) // 2])
    exchange.close()


@fault("half-headers-stalled", applied=True)
async def _(exchange):
    head, _ = await exchange.forward()
    await exchange.send(head[:len(head) // 2])
    await exchange.stall()


@fault("body-cut", applied=True)
async def _(exchange):
    head, body = await exchange.forward()
    await exchange.send(head + body[:len(body) // 2])
    exchange.close()


@fault("body-reset", applied=True)
async def _(exchange):
    head, body = await exchange.forward()
    await exchange.send(head + body[:len(body) // 2])
    await asyncio.sleep(0.05)
    exchange.reset()


@fault("body-stalled", applied=True)
async def _(exchange):
    head, body = await exchange.forward()
    await exchange.send(head + body[:len(body) // 2])
    await exchange.stall()


@fault("body-dripping", applied=True)
async def _(exchange):
    head, body = await exchange.forward()
    await exchange.send(head)
    for byte in body:
        await exchange.send(bytes([byte]))
        await asyncio.sleep(0.2)


@fault("answer-late", applied=True)
async def _(exchange):
    head, body = await exchange.forward()
    await asyncio.sleep(DEADLINE + 1)
    await exchange.send(head + body)


# Answers whose framing is wrong.

@fault("length-short", applied=True)
async def _(exchange):
    _, body = await exchange.forward()
    await exchange.answer(200, body, length=len(body) - 5)


@fault("length-zero", applied=True)
async def _(exchange):
    _, body = await exchange.forward()
    await exchange.answer(200, body, length=0)


@fault("length-long-closed", applied=True)
async def _(exchange):
    _, body = await exchange.forward()
    await exchange.answer(200, body, length=len(body) + 100)
    exchange.close()


@fault("length-long-stalled", applied=True)
async def _(exchange):
    _, body = await exchange.forward()
    await exchange.answer(200, body, length=len(body) + 100)
    await exchange.stall()


@fault("answer-and-more", applied=True)
async def _(exchange):
    head, body = await exchange.forward()
    more = envelope(None).encode()
    await exchange.send(head + body + b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                        + b"Content-Length: %d\r\n\r\n" % len(more) + more)


answers("length-nonsense", 200, envelope(None), length="lots")
answers("length-negative", 200, envelope(None), length=-1)
answers("chunk-size-nonsense", 200, "zz\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked")


@fault("chunks-cut", applied=True)
async def _(exchange):
    _, body = await exchange.forward()
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body)
    exchange.close()


@fault("garbage")
async def _(exchange):
    await exchange.send(b"\x00\x16\xff garbage, not HTTP\r\n\r\n\x80\x81")
    exchange.close()


@fault("http-0.9")
async def _(exchange):
    await exchange.send(envelope(None).encode())
    exchange.close()


@fault("http-2-preface")
async def _(exchange):
    await exchange.send(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18))
    exchange.close()


@fault("http-1.0", applied=True)
async def _(exchange):
    _, body = await exchange.forward()
    await exchange.send(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + body)
    exchange.close()


@fault("header-huge")
async def _(exchange):
    await exchange.answer(200, envelope(None), "X-Long: " + "x" * 1000000)


@fault("headers-without-end")
async def _(exchange):
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    for _number in range(400):
        await exchange.send(b"X-More: " + b"x" * 10000 + b"\r\n")
    exchange.close()


# 1xx.

async def after_interim(exchange, interim):
    answer = await exchange.forward()
    await exchange.send(interim + b"".join(answer))


@fault("100-continue", applied=True)
async def _(exchange):
    await after_interim(exchange, b"HTTP/1.1 100 Continue\r\n\r\n")


@fault("103-early-hints", applied=True)
async def _(exchange):
    await after_interim(exchange, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3)


@fault("100-for-ever", applied=True)
async def _(exchange):
    await exchange.forward()
    while True:
        await exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(0.05)


@fault("100-alone", applied=True)
async def _(exchange):
    await exchange.forward()
    await exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    exchange.close()


answers("101-switching", 101, "", "Upgrade: websocket", "Connection: Upgrade")

# Answers that are not the API's.

PAGE = "<!DOCTYPE html><html><body><h1>Sorry</h1></body></html>"
answers("html-200", 200, PAGE, content_type="text/html")
answers("html-200-as-json", 200, PAGE)
answers("html-403", 403, PAGE, content_type="text/html")
answers("html-404", 404, PAGE, content_type="text/html")
answers("html-502", 502, PAGE, content_type="text/html")
answers("html-503-retry-60", 503, PAGE, "Retry-After: 60", quiet=True, content_type="text/html")
answers("empty-200", 200, "")
answers("empty-204", 204, "")
answers("gzip-unasked", 200, gzip.compress(envelope(None).encode()), "Content-Encoding: gzip")


@fault("wrong-type", applied=True)
async def _(exchange):
    _, body = await exchange.forward()
    await exchange.answer(200, body, content_type="text/html")


@fault("no-type", applied=True)
async def _(exchange):
    _, body = await exchange.forward()
    await exchange.answer(200, body, content_type=None)


# JSON that is not what was asked for.

answers("json-null", 200, "null")
answers("json-array", 200, "[]")
answers("json-text", 200, '"success"')
answers("json-empty-object", 200, "{}")
answers("json-truncated", 200, envelope(None)[:-1])
answers("json-twice", 200, envelope(None) * 2)
answers("json-duplicate-key", 200, '{"success": false, "success": true, "result": []}')
answers("json-duplicate-inside", 200,
        '{"success": true, "errors": [], "result": [{"name": "A", "name": "B"}]}')
answers("json-deep", 200, '{"success": true, "result": ' + "[" * 100000 + "]" * 100000 + "}")
answers("json-huge", 200, envelope(None) + " " * (6 << 20))
answers("json-bad-utf8", 200, b'{"success": true, "errors": [], "result": "\xff\xfe"}')
answers("json-mark-first", 200, b"\xef\xbb\xbf" + envelope(None).encode())
answers("json-utf16", 200, envelope(None).encode("utf-16"))
answers("json-number-huge", 200, '{"success": true, "result": 1' + "0" * 400 + "}")
answers("success-as-text", 200, '{"success": "true", "errors": [], "result": []}')
answers("success-as-one", 200, '{"success": 1, "errors": [], "result": []}')
answers("success-with-500", 500, envelope(None))
answers("failure-with-200", 200, refusal(10054, "too large"))
answers("failure-without-error", 200, '{"success": false, "errors": [], "result": null}')
answers("errors-of-numbers", 400, '{"success": false, "errors": [1, null], "result": null}')
answers("errors-as-text", 400, '{"success": false, "errors": "no", "result": null}')
answers("code-as-text", 400,
        '{"success": false, "errors": [{"code": "10054", "message": 5}], "result": null}')
answers("message-long", 400, refusal(10054, "x" * 100000))
answers("message-of-controls", 400, refusal(10054, "a\nb\rc\x1b[31md\x7fe"))


@fault("json-huge-chunked")
async def _(exchange):
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                        b"Transfer-Encoding: chunked\r\n\r\n")
    for _number in range(100):
        await exchange.send(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
    exchange.close()


# Redirects, to here and elsewhere: neither is followed.

def redirect(name, status, *headers):
    async def act(exchange):
        port = exchange.front.port
        await exchange.answer(status, "", *(header.format(port=port) for header in headers))
    FAULTS[name] = Fault(act)


redirect("redirect-301-same", 301, "Location: http://127.0.0.1:{port}/elsewhere")
redirect("redirect-302-relative", 302, "Location: /elsewhere")
redirect("redirect-307-other", 307, "Location: http://localhost:{port}/elsewhere")
redirect("redirect-308-same", 308, "Location: http://127.0.0.1:{port}/elsewhere")
redirect("redirect-nowhere", 302)

# Refusals in the middle of what went well before.

answers("401-in-the-middle", 401, refusal(10000, "Authentication error"))
answers("403-in-the-middle", 403, refusal(9109, "Unauthorized"))
answers("407-proxy", 407, PAGE, "Proxy-Authenticate: Basic", content_type="text/html")
answers("429-retry-60", 429, refusal(971, "slow down"), "Retry-After: 60", quiet=True)
answers("429-retry-nonsense", 429, refusal(971, "slow down"), "Retry-After: soon")
answers("500-always", 500, refusal(10013, "internal"))
answers("529-unknown", 529, PAGE, content_type="text/html")


@fault("echo-of-the-value")
async def _(exchange):
    said = exchange.request.body.decode() or "nothing"
    await exchange.answer(400, refusal(10054, said))


@fault("echo-of-the-token")
async def _(exchange):
    said = exchange.request.headers["authorization"]
    await exchange.answer(400, refusal(10054, "not good: " + said))


# Listings of names that no file can have.

def lists(name, names):
    answers(name, 200, envelope([{"name": one, "type": "secret_text"} for one in names]))


lists("name-with-slash", ["GOOD", "a/b", "/", "../../etc/passwd"])
lists("name-of-dots", ["GOOD", "..", "."])
lists("name-empty", ["GOOD", ""])
lists("name-of-300", ["GOOD", "N" * 300])
lists("name-with-nul", ["GOOD", "a\0b"])
lists("name-with-newline", ["GOOD", "a\nb"])
lists("name-twice", ["GOOD", "GOOD"])
lists("names-10000", [f"GOOD{number}" for number in range(10000)])
answers("name-missing", 200, envelope([{"type": "secret_text"}]))
answers("name-as-number", 200, envelope([{"name": 5, "type": "secret_text"}]))
answers("names-as-object", 200, envelope({"GOOD": "secret_text"}))
answers("type-missing", 200, envelope([{"name": "GOOD"}]))
