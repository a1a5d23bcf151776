# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# Python: plain writes, and the ways to replace a file at once.

needs python3

program()
{
	printf 'import os, pathlib, shutil, sys, tempfile\npath, directory = sys.argv[1], os.path.dirname(sys.argv[1])\n'
	cat
}

program >by_plain.py <<-'PYTHON'
	with open(path, "w") as file:
	    file.write("a-value\n")
PYTHON
program >by_pathlib.py <<-'PYTHON'
	pathlib.Path(path).write_text("a-value\n")
PYTHON
program >by_exclusive.py <<-'PYTHON'
	with open(path, "x") as file:
	    file.write("a-value\n")
PYTHON
program >by_rename.py <<-'PYTHON'
	temporary = os.path.join(directory, ".NEW.tmp")
	with open(temporary, "w") as file:
	    file.write("a-value\n")
	    file.flush()
	    os.fsync(file.fileno())
	os.rename(temporary, path)
PYTHON
program >by_tempfile.py <<-'PYTHON'
	with tempfile.NamedTemporaryFile("w", dir=directory, delete=False) as file:
	    file.write("a-value\n")
	os.replace(file.name, path)
PYTHON
program >by_mkstemp.py <<-'PYTHON'
	number, name = tempfile.mkstemp(dir=directory, prefix="SECRET")
	os.write(number, b"a-")
	os.write(number, b"value\n")
	os.fsync(number)
	os.fchmod(number, 0o640)
	os.close(number)
	os.replace(name, path)
PYTHON
program >by_abandoned.py <<-'PYTHON'
	with tempfile.NamedTemporaryFile("w", dir=directory, prefix="SECRET") as file:
	    file.write("a-value\n")
	    file.flush()
PYTHON
program >by_update.py <<-'PYTHON'
	with open(path, "r+") as file:
	    text = file.read()
	    file.seek(0)
	    file.write(text.replace("OLD", "NEW"))
PYTHON
program >by_copyfile.py <<-'PYTHON'
	shutil.copy2("value", path)
PYTHON
program >by_append.py <<-'PYTHON'
	with open(path, "a") as file:
	    file.write("a-value\n")
PYTHON
program >by_temporary_name.py <<-'PYTHON'
	temporary = path + ".tmp"
	with open(temporary, "w") as file:
	    file.write("a-value\n")
	os.rename(temporary, path)
PYTHON

for name in NEW OLD; do
	for way in plain pathlib rename tempfile mkstemp copyfile; do
		sets "$way, $name" "$name" python3 "by_$way.py" "$directory/$name"
	done
done
sets "open(x), NEW" NEW python3 by_exclusive.py "$directory/NEW"
refused "open(x), OLD" 'File exists' python3 by_exclusive.py "$directory/OLD"
sets "open(a), NEW" NEW python3 by_append.py "$directory/NEW"
refused "open(a), OLD" 'Invalid argument' python3 by_append.py "$directory/OLD"
changes_nothing "NamedTemporaryFile, dropped" python3 by_abandoned.py "$directory/OLD"
refused "open(r+), OLD" 'Invalid argument' python3 by_update.py "$directory/OLD"
# A temporary name without a leading dot is refused before anything of it is written.
refused "rename of NEW.tmp" 'Invalid argument' python3 by_temporary_name.py "$directory/NEW"
