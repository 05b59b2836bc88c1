// What the launcher, the set-up child, pid 1 and the waiter say to each other.
//
// One SOCK_SEQPACKET pair for each command: the launcher's end passes to the waiter by exec, the
// child's end to pid 1 of a box, or to the supervisor of a command that joins one. Every message is
// one packet of this struct.
#pragma once

#include <stdint.h>

namespace devbox::init {

enum class Say : int32_t {
  // From the set-up child, then pid 1:
  owner_ready = 1,  // the FIFO exists: open its write end
  failed,           // value: errno, step: kernel::Step, index: the operation it failed at
  started,          // the command runs
  stopped,          // value: the signal that stopped the command
  exited,           // value: its exit status; step: kBoxMayLive
  killed,           // value: the signal that ended it; step: kBoxMayLive
  // To the child and pid 1:
  ids_mapped,    // newuidmap and newgidmap are done
  owned,         // the launcher holds a write end of the FIFO
  signal,        // value: a signal for the command
  signal_group,  // value: a signal from the terminal, for the command's process group
  resume,        // value: 1 to give the command the terminal first
  grouped,       // the box is in its control group; value: 1 where it may divide it
  counted,       // what the group has counted is read: pid 1 may go
};

struct Message {
  Say say;
  int32_t value;
  int32_t step;
  int32_t index;
};

// Of `exited` and `killed`: others may own the box, and then it goes on. Else nothing of it is left
// but pid 1, which is about to go.
inline constexpr int32_t kBoxMayLive = 1;

// With this status the command at the end says that it has told why pid 1 was killed.
inline constexpr int32_t kToldStatus = 3;

// devbox-init's argv. Numbers are decimal but for the mask; -1 is "none".
//   pid 1:  devbox-init box SOCKET OWNER BOXES KEEP NAME TTY FOREGROUND MASK PASS HOLDS
//           RLIMITS CWD FILE ARGV0 [ARG…]
//   joined: devbox-init join, and the same; it has no OWNER, BOXES and KEEP
//   waiter: devbox-init wait SOCKET PID OWNER BOX BOXES NAME TTY GIVEN MODES LOCKS GROUP
//           RECORD ENTERED LEFT ENDED [WORD… ""] [COMMAND [ARG…]]
//   relay:  devbox-init relay WAITER FIRST EDITOR STARTER
// SOCKET  the packet socket
// OWNER   of pid 1: the read end of the FIFO; whoever joins writes a byte into it. Of the waiter:
//         its write end
// KEEP    a write end that pid 1 holds, so that the box stays until it is stopped
// PID     of the waiter's child: pid 1, or what supervises a command that joined
// BOX     a pidfd of pid 1 where that is not the waiter's child
// BOXES   a directory that holds the FIFO under NAME, to unlink it
// TTY     the standard descriptor that is the caller's terminal
// GIVEN   1: the command has the terminal from the start
// FOREGROUND 1: pid 1 gives the terminal to the command before it starts
// MASK    the signal mask that the command gets, 16 hex digits
// PASS    descriptors that the command keeps beside 0 to 2, "3,7", or "-"
// HOLDS   1: pid 1 stays, once everything else is dead, until it hears Say::counted
// RLIMITS what the command gets by setrlimit(2), "NUMBER:SOFT:HARD,…", or "-"
// CWD     where the command starts, resolved inside the box
// FILE    what to execute: a path where it has a slash, else looked up in the environment's PATH
// MODES   the terminal's modes before the start, the kernel's struct termios in hex, or "-"
// LOCKS   descriptors that are held until every process of the box is dead, "3,7", or "-"; pid 1
// holds
//         them too, without being told
// GROUP   the box's control group: where it has counted nothing that is worth a word, ENDED is not
//         run; "-": it always is
// RECORD  a file that goes with the box, or "-"
// ENTERED bytes for the terminal when the command goes on after a stop; may be empty
// LEFT    bytes for it when the command stops and at the end
// ENDED   how many words follow that are a command to be run once the box's own has ended, while
//         pid 1 still holds the box's control group; the last two, 12 bytes or more, are written
//         over: "exited", "killed" or "lost", and the status or signal. "" ends them.
// COMMAND then removes what the box leaves; an absolute path
inline constexpr int kRole = 1;  // where argv says which of these it is
inline constexpr const char* kBoxRole = "box";
inline constexpr const char* kJoinRole = "join";
inline constexpr const char* kWaitRole = "wait";
inline constexpr const char* kRelayRole = "relay";
// WAITER  the waiter's process id; it is the relay's parent
// FIRST   a file whose bytes go to the server before those of standard input
// EDITOR  a pidfd of the editor, and
// STARTER one of whoever started devbox: when one of them ends, the server's input does
enum BoxArg {
  kBoxSocket = 2,
  kBoxOwner,
  kBoxBoxes,
  kBoxKeep,
  kBoxName,
  kBoxTty,
  kBoxForeground,
  kBoxMask,
  kBoxPass,
  kBoxHolds,
  kBoxRlimits,
  kBoxCwd,
  kBoxFile,
  kBoxArgv0
};
enum WaitArg {
  kWaitSocket = 2,
  kWaitPid,
  kWaitOwner,
  kWaitBox,
  kWaitBoxes,
  kWaitName,
  kWaitTty,
  kWaitGiven,
  kWaitModes,
  kWaitLocks,
  kWaitGroup,
  kWaitRecord,
  kWaitEntered,
  kWaitLeft,
  kWaitEnded,
  kWaitCount
};
enum RelayArg { kRelayWaiter = 2, kRelayFirst, kRelayEditor, kRelayStarter, kRelayCount };

}  // namespace devbox::init
