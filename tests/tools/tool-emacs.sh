# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# emacs --batch: a lock (.#NAME, a symbolic link), a backup (NAME~) and an auto-save file (#NAME#).

needs emacs

saves()
{
	emacs -Q --batch --eval "(progn $1 (find-file \"$2\") (erase-buffer) (insert \"a-value\\n\") (save-buffer))"
}

# It keeps no backups of what is below /tmp, unless it is told to.
mkdir -p .emacs.d
sets "save-buffer, NEW" NEW saves '' "$directory/NEW"
complains_and_sets "save-buffer, OLD" OLD 'Cannot write backup file' \
	saves '(setq backup-enable-predicate (lambda (name) t))' "$directory/OLD"
