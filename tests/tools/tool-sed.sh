# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# sed -i writes sedXXXXXX in the directory (O_RDWR|O_EXCL) and renames it.

needs sed

sets "-i, existing" OLD sed -i 's/.*/a-value/' "$directory/OLD"
sets "-i c, existing" OLD sed -i '1c a-value' "$directory/OLD"
sets "w, new" NEW sed -n "w $directory/NEW" value
sets "w, existing" OLD sed -n "w $directory/OLD" value
refused "-i, part of the line read" 'Invalid argument' sed -i 's/OLD/x/' "$directory/OLD"
refused "-i, new" 'No such file' sed -i 's/.*/a-value/' "$directory/NEW"
refused "-i.bak, existing" 'Operation not permitted' sed -i.bak 's/.*/a-value/' "$directory/OLD"
