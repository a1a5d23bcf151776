# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# node: writeFile, a stream, and the usual write-then-rename.

needs node

for name in NEW OLD; do
	sets "writeFileSync, $name" $name node -e \
		'require("fs").writeFileSync(process.argv[1], "a-value\n")' "$directory/$name"
	sets "promises.writeFile, $name" $name node -e \
		'require("fs").promises.writeFile(process.argv[1], "a-value\n")' "$directory/$name"
	sets "createWriteStream, $name" $name node -e \
		'require("fs").createWriteStream(process.argv[1]).end("a-value\n")' "$directory/$name"
	sets "copyFileSync, $name" $name node -e \
		'require("fs").copyFileSync("value", process.argv[1])' "$directory/$name"
	sets "rename of .tmp, $name" $name node -e 'const fs = require("fs"), [directory, name] = process.argv.slice(1);
		fs.writeFileSync(`${directory}/.tmp`, "a-value\n");
		fs.renameSync(`${directory}/.tmp`, `${directory}/${name}`)' "$directory" $name
done
sets "flag wx, new" NEW node -e \
	'require("fs").writeFileSync(process.argv[1], "a-value\n", {flag: "wx"})' "$directory/NEW"
refused "flag wx, existing" 'EEXIST' node -e \
	'require("fs").writeFileSync(process.argv[1], "a-value\n", {flag: "wx"})' "$directory/OLD"
refused "appendFileSync, existing" 'EINVAL' node -e \
	'require("fs").appendFileSync(process.argv[1], "a-value\n")' "$directory/OLD"
