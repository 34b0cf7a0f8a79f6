#!/bin/sh
# Runs one part of the embedded stack and sees to it that the part never outlives its launcher, however that ends.
# It lives in a session of its own, so neither a Ctrl-C nor a SIGKILL for the launcher's process group reaches it.
#
#   guard.sh NAME GRACE_TENTHS      NAME is only there for `ps`
#   stdin   the command, one word a line, then an empty line; it stays open for as long as the part should run.
#           (On the command line of the guard, the words would make it look like the part.)
#   fd 3    the part's process id is written here
#   fd 4    becomes the part's stdin; it closes when the launcher ends
#
# When stdin closes (the launcher asks for the stop, or is gone) the part gets TERM and, once the grace is over, KILL.
# The guard ends with the part, so it never signals a process id that was given to another process.

grace=$2
child=
stopped=

stop() {
  trap '' USR1 TERM HUP INT
  [ -n "$child" ] || exit 143
  stopped=yes
  kill -TERM "$child" 2>/dev/null
  while [ "$grace" -gt 0 ] && kill -0 "$child" 2>/dev/null; do
    command -p sleep 0.1
    grace=$((grace - 1))
  done
  [ "$grace" -gt 0 ] || kill -KILL "$child" 2>/dev/null
}
trap stop USR1 TERM HUP INT

set --
complete=
while IFS= read -r word; do
  if [ -z "$word" ]; then
    complete=yes
    break
  fi
  set -- "$@" "$word"
done
[ -n "$complete" ] || exit 143

exec 5<&0 </dev/null
"$@" <&4 3>&- 4<&- 5<&- &
child=$!
# Nothing more is ever written to stdin: the read ends when the pipe is closed.
{ read -r word; kill -USR1 "$$"; } <&5 >/dev/null 2>&1 3>&- 4<&- &
watcher=$!
# A launcher that is gone already must not end the guard by SIGPIPE.
trap '' PIPE
echo "$child" >&3
exec 3>&- 4<&- 5<&-

wait "$child"
status=$?
# A trapped signal ends `wait` early; when its handler is done, the part is gone and its status can be had.
if [ -n "$stopped" ]; then
  wait "$child"
  status=$?
fi
kill "$watcher" 2>/dev/null
exit "$status"
