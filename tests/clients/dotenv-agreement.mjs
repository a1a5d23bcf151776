// SPDX-License-Identifier: MIT
//
// node dotenv-agreement.mjs EDITOR DIRECTORY: EDITOR is build/unit/dotenv_text, DIRECTORY is empty.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const dotenv = require('dotenv');
const [, , editor, directory] = process.argv;

const VALUES = 400;
const TEXTS = 10000;

let state = 20240229;

// mulberry32: the same values in every run.
function below(limit) {
	state = (state + 0x6d2b79f5) | 0;
	let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
	mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
	return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
}

const pick = (pieces) => pieces[below(pieces.length)];
const several = (limit, make) => Array.from({ length: below(limit) }, make).join('');

const VALUE_PIECES = [
	'a', 'Zz9', ' ', "'", '"', '`', '\\', '#', '=', '$A', '${A}', '\\$A', '\n', '\r\n', '\r',
	'A=b', '\nA=b\n', 'é', '\t', '\\n', '\\r', '\\\\', '//', ': ', '-', '😀', '{"a":[1]}', '%',
	'\u2028', '\u2029', '\u00a0', '\u3000', '\ufeff', '!', '&|;<>()', '*?[]', '~', '\x01', '\x7f',
	'\x0b', '\x0c', '\x85',
];
const REAL_VALUES = [
	'sk_live_51H8xYzABCdef',
	'postgres://user:p%40ss@db.example.com:5432/app?sslmode=require',
	'-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQ==\n-----END PRIVATE KEY-----\n',
	'{"type":"service_account","private_key":"-----BEGIN\\nabc==\\n-----END\\n"}',
	'pa$$w0rd$HOME${PATH}', "it's", 'a "quoted" word', 'C:\\new\\reports', 'x # y', '#x',
	' padded ', '',
];
const TEXT_PIECES = [
	'A=1', "B='two words'", 'C="x\\ny"', '# comment', "# it's", 'export D=4', 'E: five', 'F=`\n`',
	"A='\nB=3\n'", 'junk', '', '  ', 'G=a # c', 'C="\nA=1\n"', 'A=', "B = '1' #x", "D=it's",
	"E='a\\'", 'F="a\\"', '__proto__=x', 'G.h-1="a" b', 'export', 'A:', "'x'", 'B=\\', '=', '"',
	'A="\\""', "B='\\\\'", 'export\tA=1', 'C:\t"x', 'D = `x` `', '1=2', '\ufeffA=1',
	'# c\u2028A=7', 'A\u00a0=\u00a0"x"\u00a0', 'E=x\rF=y',
];

const randomValue = () =>
	several(7, () => pick([...'ab/9'])) + several(6, () => pick(VALUE_PIECES));

function randomText() {
	const newline = pick(['\n', '\n', '\r\n', '\r']);
	return several(10, () => pick(TEXT_PIECES) + newline) + pick(['', '', ...TEXT_PIECES]);
}

function startEditor() {
	const child = spawn(editor, ['--lines'], { stdio: ['pipe', 'pipe', 'inherit'] });
	const output = createInterface({ input: child.stdout, crlfDelay: Infinity });
	const lines = output[Symbol.asyncIterator]();
	const ask = async (question) => {
		child.stdin.write(JSON.stringify(question) + '\n');
		const { value, done } = await lines.next();
		assert(!done, 'the editor ended early');
		return JSON.parse(value);
	};
	const end = () =>
		new Promise((resolve, reject) => {
			child.on('error', reject);
			child.on('close', resolve);
			child.stdin.end();
		});
	return { ask, end };
}

const without = (object, name) => Object.entries(object).filter(([key]) => key !== name).sort();

async function checkOneFile(ask, readers) {
	const expected = {};
	let text = '# secrets for development\nexport KEPT="as it is" # really\n';

	for (let i = 0; i < VALUES; i++) {
		const name = `NAME_${i}`;
		const value = i < REAL_VALUES.length ? REAL_VALUES[i] : randomValue();
		const answer = await ask({ text, name, value });
		if (!answer.stored) {
			assert(i >= REAL_VALUES.length, `an everyday value was refused: ${value}`);
			continue;
		}
		expected[name] = value;
		text = answer.text;
	}
	assert(Object.keys(expected).length > VALUES / 2, 'most values were refused');
	assert(text.startsWith('# secrets for development\nexport KEPT="as it is" # really\n'));
	expected.KEPT = 'as it is';
	writeFileSync(join(directory, '.dev.vars'), text, { mode: 0o600 });
	for (const [reader, read] of Object.entries(readers)) {
		assert.deepEqual(read(text), expected, `${reader} reads other values`);
		console.log(`${reader}: ${Object.keys(expected).length} values read back the same`);
	}
	assert.deepEqual((await ask({ text })).sort(), Object.keys(expected).sort());
}

async function checkText(ask) {
	const text = randomText();
	const name = pick(['A', 'B', 'C', 'D', 'E', 'F', 'NEW', 'G.h-1']);
	const value = randomValue();
	const before = dotenv.parse(text);
	const shown = JSON.stringify({ text, name, value });

	assert.deepEqual((await ask({ text })).sort(), Object.keys(before).sort(), shown);
	const set = await ask({ text, name, value });
	if (set.stored) {
		const after = dotenv.parse(set.text);
		assert.equal(after[name], value, shown);
		assert.deepEqual(without(after, name), without(before, name), shown);
	}
	const unset = await ask({ text, name });
	if (unset.stored) {
		const after = dotenv.parse(unset.text);
		assert.deepEqual(Object.entries(after).sort(), without(before, name), shown);
	}
	assert(name in before || !unset.stored, shown);
	return set.stored + unset.stored;
}

function findReaders() {
	const readers = { dotenv: (text) => ({ ...dotenv.parse(text) }) };
	let wrangler;

	try {
		wrangler = require('wrangler');
	} catch {
		console.log('wrangler is not installed in tests/clients: dotenv alone reads the values');
		return readers;
	}
	readers.wrangler = () => {
		const bindings = wrangler.unstable_getVarsForDev(
			join(directory, 'wrangler.jsonc'), undefined, {}, undefined, true);
		const pairs = Object.entries(bindings).map(([name, { value }]) => [name, value]);
		return Object.fromEntries(pairs);
	};
	return readers;
}

const { ask, end } = startEditor();
await checkOneFile(ask, findReaders());
let edits = 0;
for (let i = 0; i < TEXTS; i++)
	edits += await checkText(ask);
assert(edits > TEXTS / 2, 'most edits were refused');
assert.equal(await end(), 0, 'the editor failed a check of its own');
console.log(`dotenv: ${TEXTS} odd texts hold the same names, ${edits} edits did as they should`);
