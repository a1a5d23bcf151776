#!/bin/sh
# SPDX-License-Identifier: MIT
#
# nightly-backup.sh MOUNT REPOSITORY: keeps what a mount shows in the directory `mount` of a git
# repository, and commits if something has changed. Of secrets that is the names; no value and no
# token can be read.
# Where a directory cannot be listed, or only as it was before an outage, nothing is deleted in the
# backup; what did come is committed, as incomplete. The exit status is 0 if everything is in the
# repository, else 1. It needs rsync, git, and getfattr from the package attr; git has to know who
# commits (git config user.name and user.email, in the repository).

set -u

[ $# = 2 ] || {
	echo "usage: nightly-backup.sh MOUNT REPOSITORY" >&2
	exit 1
}
mount=$1
repository=$2
message="What $mount shows"
status=0

give_up()
{
	echo "nightly-backup.sh: $*" >&2
	exit 1
}

command -v getfattr >/dev/null || give_up "getfattr is missing: install the package attr"
# The top of a mount has this file. An empty mount point must not empty the backup.
[ -e "$mount/.audit" ] || give_up "$mount: no hsxfs is mounted here; give the top of a mount"
# Nor may it go into a repository that only surrounds this directory.
[ "$(git -C "$repository" rev-parse --is-inside-work-tree --show-prefix)" = true ] ||
	give_up "$repository is not the top of a git repository: run git init there"

# rsync takes a directory whose listing is ENOENT for deleted, so all are listed first.
# By content: where a time is not known, it does not tell that a file has changed.
delete=
find "$mount" >/dev/null && delete=--delete
stale=$(find "$mount" -maxdepth 4 -type d -exec getfattr --absolute-names -n user.hsxfs.stale {} + 2>/dev/null)
[ -z "$stale" ] || {
	printf '%s\n' "$stale" | sed -n 's/^# file: /nightly-backup.sh: as it was before an outage: /p' >&2
	delete=
}
if ! rsync -a --checksum ${delete:+"$delete"} "$mount/" "$repository/mount/" || [ -z "$delete" ]; then
	echo "nightly-backup.sh: incomplete" >&2
	message="$message (incomplete)"
	status=1
fi

# --force: an ignored name, such as secrets/, is wanted all the same.
git -C "$repository" add --all --force mount || give_up "nothing was committed"
if ! git -C "$repository" diff --cached --quiet -- mount; then
	git -C "$repository" commit --quiet -m "$message" -- mount || give_up "nothing was committed"
fi
exit $status
