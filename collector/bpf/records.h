/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records that the kernel side hands to user space; src/raw.rs reads them and nothing else does. A fixed part,
 * then bytes whose lengths the fixed part states. All in the byte order of the machine, without padding. */
#ifndef PLUMBLINE_RECORDS_H
#define PLUMBLINE_RECORDS_H

enum record_kind {
	RECORD_FORK = 1,
	RECORD_EXEC = 2,
	RECORD_EXIT = 3,
	RECORD_CONNECT = 4,
	RECORD_LISTEN = 5,
	RECORD_ACCEPT = 6,
	RECORD_CGROUP = 7,
};

/* Bounds in bytes of what has no fixed length. */
#define PATH_BYTES 4096
#define ARGS_BYTES 16384
#define NAME_BYTES 256
#define CGROUP_LEVELS 8
#define CGROUP_NAME_BYTES 128

/* Bits of record_exec.flags. */
#define EXEC_UPPER_LAYER 1u
#define EXEC_UNLINKED 2u
#define EXEC_TMPFS 4u
#define EXEC_PATH_CUT 8u
#define EXEC_ARGS_UNREAD 16u
#define EXEC_TERMINAL 32u
#define EXEC_SOCKET_STDIO 64u

struct record_header {
	__u32 kind;
	__u32 length; /* of the whole record, in bytes */
	__u64 time_ns; /* since boot */
};

struct process_key {
	__u32 pid;
	__u32 unused;
	__u64 start_ns; /* since boot */
};

struct record_fork {
	struct record_header header;
	struct process_key child;
	struct process_key parent;
	__u32 mount_ns;
	__u32 unused;
};

/* Followed by path_bytes of path components, the last one first, each ended by a NUL; then args_bytes. */
struct record_exec {
	struct record_header header;
	struct process_key process;
	struct process_key parent;
	__u64 cgroup;
	__u32 mount_ns;
	__u32 namespace_pid;
	__u32 uid;
	__u32 gid;
	__u32 flags;
	__u32 path_bytes;
	__u32 args_bytes;
	__u32 args_total_bytes;
};

struct record_exit {
	struct record_header header;
	struct process_key process;
};

struct record_socket {
	struct record_header header;
	struct process_key process;
	__u64 cgroup;
	__u32 port;
	__u32 family;
	__u8 address[16];
};

/* Names of a control group and of those above it, each ended by a NUL. */
struct record_cgroup {
	struct record_header header;
	__u64 cgroup;
	char names[CGROUP_LEVELS][CGROUP_NAME_BYTES];
};

_Static_assert(sizeof(struct record_fork) == 56, "raw.rs counts on it");
_Static_assert(sizeof(struct record_exec) == 88, "raw.rs counts on it");
_Static_assert(sizeof(struct record_exit) == 32, "raw.rs counts on it");
_Static_assert(sizeof(struct record_socket) == 64, "raw.rs counts on it");
_Static_assert(sizeof(struct record_cgroup) == 1048, "raw.rs counts on it");
#endif
