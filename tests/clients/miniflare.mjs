// SPDX-License-Identifier: MIT
//
// node miniflare.mjs URL-FILE TOKEN NAMESPACE-ID...: Workers KV as Cloudflare's own simulator has it,
// under the paths of the API. See miniflare.sh.
import { renameSync, writeFileSync } from 'node:fs';
import { createServer, request as send } from 'node:http';
import { Miniflare, convertV4MiniflareOptions } from 'miniflare';

const [, , urlFile, token, ...ids] = process.argv;

const API = /^\/client\/v4\/accounts\/[0-9a-f]{32}(\/storage\/kv\/[^?]*)(\?.*)?$/;
const EXPLORER = '/cdn-cgi/local/explorer/api';
const BODY_MAX = 32 * 1024 * 1024;

const simulator = new Miniflare(
	convertV4MiniflareOptions({
		host: '127.0.0.1',
		port: 0,
		modules: true,
		script: 'export default { fetch() { return new Response("") } }',
		name: 'kv',
		kvNamespaces: Object.fromEntries(ids.map((id) => [`KV_${id}`, id])),
		unsafeLocalExplorer: true,
		compatibilityDate: '2026-01-01',
		cf: false,
	}),
);
const peer = await simulator.ready;
const requests = [];

function answer(response, status, body, headers = {}) {
	response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
	response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
}

function refuse(response, status, code, message) {
	answer(response, status, { success: false, errors: [{ code, message }], messages: [], result: null });
}

async function read(stream) {
	const pieces = [];
	let length = 0;
	for await (const piece of stream) {
		length += piece.length;
		if (length > BODY_MAX) throw new Error('the body is too large');
		pieces.push(piece);
	}
	return Buffer.concat(pieces);
}

// The simulator allows no other Host and no Origin.
function forward(method, path, type, body) {
	return new Promise((resolve, reject) => {
		const headers = { Host: peer.host, 'Content-Length': body.length };
		if (type) headers['Content-Type'] = type;
		const call = send({ host: peer.hostname, port: peer.port, method, path, headers }, resolve);
		call.on('error', reject);
		call.end(body);
	});
}

async function passOn(request, response) {
	const place = API.exec(request.url);
	const body = await read(request);
	const note = {
		time_ms: Date.now(),
		method: request.method,
		path: request.url.split('?')[0],
		query: request.url.split('?')[1] ?? '',
		body: body.toString(),
	};

	requests.push(note);
	response.on('finish', () => {
		note.status = response.statusCode;
		note.answered_ms = Date.now();
	});
	if (request.headers.authorization !== `Bearer ${token}`) {
		refuse(response, 403, 10000, 'Authentication error');
		return;
	}
	if (!place) {
		refuse(response, 404, 7003, 'Could not route to that, perhaps your object identifier is invalid?');
		return;
	}
	const path = EXPLORER + place[1] + (place[2] ?? '');
	const reply = await forward(request.method, path, request.headers['content-type'], body);
	const headers = { 'Content-Type': reply.headers['content-type'] ?? 'application/octet-stream' };
	if (reply.headers.expiration) headers.expiration = reply.headers.expiration;
	answer(response, reply.statusCode, await read(reply), headers);
}

const toPattern = (glob) =>
	new RegExp(`^${(glob ?? '*').replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);

// What a Worker would see, not what the API says.
async function stored(id, prefix) {
	const namespace = await simulator.getKVNamespace(`KV_${id}`);
	const pairs = {};
	for (const { name, expiration } of (await namespace.list({ prefix })).keys) {
		const { value, metadata } = await namespace.getWithMetadata(name);
		pairs[name] = { value, metadata, expiration: expiration ?? null };
	}
	return pairs;
}

async function administer(request, response) {
	const url = new URL(request.url, 'http://127.0.0.1');
	const argument = (name) => url.searchParams.get(name) ?? undefined;

	if (url.pathname === '/admin/requests' && request.method === 'DELETE') {
		requests.length = 0;
		answer(response, 200, {});
	} else if (url.pathname === '/admin/requests') {
		const [method, path] = [toPattern(argument('method')), toPattern(argument('path'))];
		answer(response, 200, requests.filter((one) => method.test(one.method) && path.test(one.path)));
	} else if (url.pathname === '/admin/stored') {
		answer(response, 200, await stored(argument('namespace'), argument('prefix')));
	} else {
		answer(response, 404, {});
	}
}

const server = createServer((request, response) => {
	const handle = request.url.startsWith('/admin/') ? administer : passOn;
	handle(request, response).catch((error) => refuse(response, 500, 10002, String(error)));
});

server.listen(0, '127.0.0.1', () => {
	const url = `http://127.0.0.1:${server.address().port}/client/v4`;
	writeFileSync(`${urlFile}.tmp`, `${url}\n`);
	renameSync(`${urlFile}.tmp`, urlFile);
	console.log(url);
});

async function end() {
	server.close();
	server.closeAllConnections();
	await simulator.dispose();
	process.exit(0);
}

process.on('SIGTERM', end);
process.on('SIGINT', end);
