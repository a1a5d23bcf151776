# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# unzip removes what is there and makes it anew.

needs unzip python3
python3 -c 'import zipfile
for name in "NEW", "OLD":
    with zipfile.ZipFile(name + ".zip", "w") as archive:
        archive.writestr(name, "a-value\n")'

sets "new" NEW unzip -q NEW.zip -d "$directory"
sends "-o, existing" "removed, then set" "DELETE OLD,PUT OLD," unzip -q -o OLD.zip -d "$directory"
changes_nothing "-n, existing" unzip -q -n OLD.zip -d "$directory"
