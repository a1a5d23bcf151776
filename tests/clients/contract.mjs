// SPDX-License-Identifier: MIT
//
// Holds requests and answers to an OpenAPI 3.1 document, by ajv.
//
//   contract.mjs document DOCUMENT
//       the document is valid OpenAPI 3.1, its schemas are, and so are its examples
//   contract.mjs record DOCUMENT BASE RECORD [--accepted]
//       RECORD is what the emulator's /admin/requests answers while it records answers. Each request
//       below BASE and each answer must be as the document says; with --accepted a request that was
//       refused need not be. Prints how often each operation was answered with each status.
//
// Prints a line for each violation and ends with 1 if there is one, or if there was nothing to check.

import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const [command, documentFile, base, recordFile, option] = process.argv.slice(2);
const document = JSON.parse(readFileSync(documentFile, "utf8"));
const violations = [];

// As a bundle of definitions, so that ajv's strict mode finds keywords that are misspelt.
function relocate(schema) {
	return JSON.parse(
		JSON.stringify(schema).replaceAll('"#/components/schemas/', '"contract#/$defs/'),
	);
}

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: "contract", $defs: relocate(document.components.schemas) });

const compiled = new Map();

function problemsOf(schema, value) {
	const key = JSON.stringify(schema);

	if (!compiled.has(key))
		compiled.set(key, ajv.compile(relocate(schema)));
	const validate = compiled.get(key);
	return validate(value)
		? []
		: validate.errors.map((error) => `${error.instancePath || "it"} ${error.message}`);
}

function complain(where, problems) {
	for (const problem of problems)
		violations.push(`${where}: ${problem}`);
}

function resolve(object) {
	if (!object?.$ref)
		return object;
	return object.$ref
		.slice(2)
		.split("/")
		.reduce((place, name) => place[name], document);
}

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

function* operations() {
	for (const [path, item] of Object.entries(document.paths))
		for (const method of METHODS.filter((name) => item[name]))
			yield {
				path,
				method,
				operation: item[method],
				parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(
					resolve,
				),
			};
}

// ---- the document ----

function checkExamples() {
	for (const [name, schema] of Object.entries(document.components.schemas))
		for (const example of schema.examples ?? [])
			complain(`schema ${name}`,
				problemsOf({ $ref: `#/components/schemas/${name}` }, example));
	for (const { operation } of operations())
		for (const [status, response] of Object.entries(operation.responses)) {
			const media = resolve(response).content?.["application/json"];

			if (media?.example !== undefined)
				complain(`${operation.operationId} ${status}`,
					problemsOf(media.schema, media.example));
		}
}

// Every name in a path has its parameter, and the other way round.
function checkPaths() {
	for (const { path, operation, parameters } of operations()) {
		const named = (path.match(/\{[^}]*\}/g) ?? []).map((name) => name.slice(1, -1));
		const declared = parameters.filter(({ in: place }) => place === "path")
			.map(({ name }) => name);

		if (named.sort().join() !== declared.sort().join())
			complain(operation.operationId, [`the path names ${named}, not ${declared}`]);
	}
}

async function checkDocument() {
	const result = await new Validator().validate(structuredClone(document));

	if (!result.valid)
		complain("document", [].concat(result.errors)
			.map((error) => (typeof error === "string" ? error : JSON.stringify(error))));
	if (!document.openapi.startsWith("3.1."))
		complain("document", ["it is not OpenAPI 3.1"]);
	checkExamples();
	checkPaths();
	console.log(`${[...operations()].length} operations`);
}

// ---- a record ----

// The values of the path's parameters, or null where the template does not match.
function matchPath(template, path) {
	const wanted = template.split("/"), segments = path.split("/"), values = {};

	if (wanted.length !== segments.length)
		return null;
	for (const [index, part] of wanted.entries()) {
		if (part.startsWith("{"))
			values[part.slice(1, -1)] = decodeURIComponent(segments[index]);
		else if (part !== segments[index])
			return null;
	}
	return values;
}

function findOperation(request) {
	const path = request.path.slice(base.length);

	for (const candidate of operations()) {
		const values = matchPath(candidate.path, path);

		if (values && candidate.method === request.method.toLowerCase())
			return { ...candidate, values };
	}
	return null;
}

// What stands in a path or query is text.
function parameterValue(schema, text) {
	return resolve(schema).type === "integer" && /^-?[0-9]+$/.test(text) ? Number(text) : text;
}

function checkQuery(where, found, query) {
	const declared = found.parameters.filter(({ in: place }) => place === "query");
	const sent = new URLSearchParams(query);

	for (const name of new Set(sent.keys())) {
		const parameter = declared.find((one) => one.name === name);

		if (!parameter || sent.getAll(name).length > 1)
			complain(where, [`query: ${name} is not declared, or there twice`]);
		else
			complain(where, problemsOf(parameter.schema,
				parameterValue(parameter.schema, sent.get(name)))
				.map((problem) => `query: ${name}: ${problem}`));
	}
	for (const { name } of declared.filter(({ required }) => required))
		if (!sent.has(name))
			complain(where, [`query: ${name} is missing`]);
}

function parse(text) {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function isJson(type) {
	return /^application\/json(;|$)/.test(type ?? "");
}

function checkBody(where, operation, request) {
	const body = resolve(operation.requestBody);

	if (!body && request.body)
		complain(where, ["body: there must be none"]);
	if (!body)
		return;
	if (!isJson(request.headers["content-type"]))
		complain(where, [`body: its type is ${request.headers["content-type"]}`]);
	const value = parse(request.body);
	complain(where, value === undefined
		? ["body: it is not JSON"]
		: problemsOf(body.content["application/json"].schema, value)
			.map((problem) => `body: ${problem}`));
}

function checkRequest(where, found, request) {
	if (!found) {
		complain(where, ["there is no such operation"]);
		return;
	}
	for (const { name, schema } of found.parameters.filter(({ in: place }) => place === "path"))
		complain(where, problemsOf(schema, parameterValue(schema, found.values[name]))
			.map((problem) => `path: ${name}: ${problem}`));
	checkQuery(where, found, request.query);
	if (!/^Bearer [^ ]+$/.test(request.headers.authorization ?? ""))
		complain(where, ["there is no bearer token"]);
	checkBody(where, found.operation, request);
}

// What answers a request that is no operation: one of the errors that all of them have.
const NO_OPERATION = {
	401: { $ref: "#/components/responses/Unauthorized" },
	404: { $ref: "#/components/responses/NotFound" },
	405: { $ref: "#/components/responses/MethodNotAllowed" },
};

function checkAnswer(where, found, request) {
	const responses = found?.operation.responses ?? NO_OPERATION;
	const response = resolve(responses[request.status] ??
		responses[`${String(request.status)[0]}XX`] ?? responses.default);
	const headers = new Map(Object.entries(request.answer_headers ?? {})
		.map(([name, value]) => [name.toLowerCase(), value]));

	if (!response) {
		complain(where, [`answer: ${request.status} is not among its statuses`]);
		return;
	}
	if (!isJson(headers.get("content-type")))
		complain(where, [`answer: its type is ${headers.get("content-type")}`]);
	for (const [name, header] of Object.entries(response.headers ?? {}))
		if (header.required && !headers.has(name.toLowerCase()))
			complain(where, [`answer: there is no ${name}`]);
	const value = parse(request.answer);
	complain(where, value === undefined
		? ["answer: it is not JSON"]
		: problemsOf(response.content["application/json"].schema, value)
			.map((problem) => `answer: ${problem}`));
}

function checkRecord() {
	const requests = JSON.parse(readFileSync(recordFile, "utf8"))
		.filter(({ path }) => path.startsWith(`${base}/`));
	const counts = new Map();

	for (const request of requests) {
		const where = `${request.number}: ${request.method} ${request.path}`;
		const found = findOperation(request);
		const name = `${found?.operation.operationId ?? "(none)"} ${request.status ?? "unanswered"}`;

		counts.set(name, (counts.get(name) ?? 0) + 1);
		if (option !== "--accepted" || request.status < 400)
			checkRequest(where, found, request);
		if (request.status !== null && request.answer === undefined)
			complain(where, ["its answer was not recorded"]);
		else if (request.status !== null)
			checkAnswer(where, found, request);
	}
	if (requests.length === 0)
		complain("record", [`it has no request below ${base}`]);
	for (const [name, count] of [...counts].sort())
		console.log(`${name} ${count}`);
}

if (command === "document")
	await checkDocument();
else
	checkRecord();
for (const violation of violations)
	console.log(`violation: ${violation}`);
process.exitCode = violations.length ? 1 : 0;
