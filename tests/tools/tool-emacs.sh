# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# emacs --batch: a lock (.#NAME, a symbolic link), a backup (NAME~) and an auto-save file (#NAME#).

needs emacs

saves()
{
	emacs -Q --batch --eval "(progn $1 (find-file \"$2\") (erase-buffer) (insert \"a-value\\n\") (save-buffer))"
}

for name in NEW OLD; do
	sets "save-buffer, $name" $name saves '' "$directory/$name"
done
