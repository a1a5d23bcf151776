# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# git makes directories, which secrets/ has none of.

needs git

refused "init" 'Operation not permitted' git init "$directory"
refused "init NEW" 'Operation not permitted' git init "$directory/NEW"
git init -q -b main source 2>/dev/null
git -C source -c user.name=n -c user.email=e@example.com commit -q --allow-empty -m first
refused "clone" 'Operation not permitted' git clone -q source "$directory/NEW"
refused "worktree add" 'Operation not permitted' git -C source worktree add -q "$directory/NEW"
sets "show >, new" NEW sh -c 'cp value source/ && cd source && git add value && git show :value >"$1"' - "$directory/NEW"
# NEW.lock is made with O_RDWR|O_EXCL and renamed.
sends "config --file, new" "set once" "PUT NEW," git config --file "$directory/NEW" a.b c
