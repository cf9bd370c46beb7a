/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records that the kernel side hands to user space; src/raw.rs reads them and nothing else does. A fixed part,
 * then bytes whose lengths the fixed part states. All in the byte order of the machine, without padding. */
#ifndef PLUMBLINE_RECORDS_H
#define PLUMBLINE_RECORDS_H

enum record_kind {
	RECORD_FORK = 1,
	RECORD_EXEC = 2,
	RECORD_EXIT = 3,
	RECORD_FLOW = 4,
	RECORD_CALL = 5,
	RECORD_DNS = 6,
	RECORD_CGROUP = 7,
};

/* Bounds in bytes of what has no fixed length. */
#define PATH_BYTES 4096
#define ARGS_BYTES 65536
#define TEXT_BYTES 1024
#define DNS_BYTES 2048
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
#define EXEC_OTHER_MOUNT 128u
#define EXEC_BREAKS_IMMUTABLE 256u
#define EXEC_BREAKS_LIST 512u
/* Three bits: enum outcome, 0 where no policy is broken. */
#define EXEC_OUTCOME_SHIFT 10

/* What became of a program that breaks a policy; numbered as EnforcementOutcome of the wire. */
enum outcome {
	OUTCOME_OBSERVED = 1,
	OUTCOME_WARNED = 2,
	OUTCOME_KILLED = 3,
	OUTCOME_SPARED = 4,
	OUTCOME_FAILED = 5,
};

/* Policies, which user space numbers. */
#define POLICIES 1024

/* Bits of struct enforced.rules. */
#define RULE_IMMUTABLE 1u
#define RULE_LIST 2u

/* What is enforced in a control group: a value of the map `enforced`. */
struct enforced {
	__u32 policy;
	__u32 rules;
	__u32 outcome; /* of what breaks it: OBSERVED, WARNED or KILLED */
	__u32 unused;
	__s64 started_s; /* of its container, Unix time */
};

/* A key of the map `listed`: an executable's path as components, the last one first, each ended by a NUL, then zeros. */
#define LISTED_BYTES 252
struct listed {
	__u32 policy;
	char path[LISTED_BYTES];
};

/* Bits of its value. */
#define LISTED_ALLOWED 1u
#define LISTED_EXEMPT 2u

struct record_header {
	__u32 kind;
	__u32 length; /* of the whole record, in bytes */
	__u64 time_ns; /* since boot */
};

struct process_key {
	__u32 pid;
	__u32 program; /* which of its programs, where that matters: the kernel counts them up; else 0 */
	__u64 start_ns; /* since boot */
};

/* Who a process is, with what rights, where. */
struct identity {
	__u32 uid;
	__u32 gid;
	__u32 euid;
	__u32 egid;
	__u64 capabilities; /* effective */
	__u32 mount_ns;
	__u32 net_ns;
	__u32 user_ns;
	__u32 unused;
};

struct record_fork {
	struct record_header header;
	struct process_key child;
	struct process_key parent;
	__u32 mount_ns; /* 0 where it is the parent's */
	__u32 unused;
};

/* Followed by path_bytes of path components, the last one first, each ended by a NUL; then script_bytes, the
 * script's name if the program interprets one; then directory_bytes, components of the working directory where a
 * script may be relative to it (one NUL for the root); then args_bytes. */
struct record_exec {
	struct record_header header;
	struct process_key process;
	struct process_key parent;
	__u64 cgroup;
	struct identity identity;
	__u64 inode;
	__u64 size;
	__s64 modified_s; /* Unix time */
	__u32 device;
	__u32 namespace_pid;
	__u32 flags;
	__u32 path_bytes;
	__u32 script_bytes;
	__u32 args_bytes;
	__u32 args_total_bytes;
	__u32 directory_bytes;
};

struct record_exit {
	struct record_header header;
	struct process_key process;
	__u64 run_ns; /* what the scheduler gave it, in full but for the last tick */
	__u64 user_ns; /* of which: by sampling, so these tell the ratio only */
	__u64 system_ns;
	__u64 max_rss_pages;
	__u32 code; /* as wait(2) has it */
	__u32 unused;
};

/* What a socket did. */
enum flow_action {
	FLOW_CONNECT = 1, /* TCP; the address is the peer's */
	FLOW_LISTEN = 2, /* TCP; the address is the local one */
	FLOW_ACCEPT = 3, /* TCP; the address is the peer's, the port the local one */
	FLOW_SEND = 4, /* UDP; the address is the peer's */
	FLOW_RECEIVE = 5, /* UDP; the address is the peer's, the port is its too */
};

/* What the kernel side counts repeats by. */
struct flow_key {
	struct process_key process;
	__u8 address[16];
	__u64 window; /* Unix time divided by the length of the window */
	__u32 net_ns;
	__u16 port;
	__u8 family;
	__u8 action;
};

/* What it counts of them. The first occurrence is not in it: it went through the ring. */
struct flow_counts {
	__u64 last_ns; /* since boot */
	__u64 sent_bytes;
	__u64 received_bytes;
	__u64 latency_ns; /* sum over the connections that are counted as closed, until they were established */
	__u64 duration_ns; /* sum over the connections that were closed */
	__u32 repeats;
	__u32 failed;
	__u32 error; /* errno of the last one that failed */
	__u32 closed; /* of those that had been established */
};

/* A value of the map `flows_used`: what is at the same place of `flows`. */
enum place_state {
	PLACE_FREE = 0,
	PLACE_MAKING = 1,
	PLACE_READY = 2, /* the key is there, and what happens is counted */
	PLACE_READING = 3, /* user space reads it: nothing is counted there any more */
};

/* A value of the map `flows`. */
struct flow {
	__u32 place; /* its own in the map */
	__u32 unused;
	struct flow_key key;
	struct flow_counts counts;
};

/* First occurrence in its window, or one that the map had no room for. */
struct record_flow {
	struct record_header header;
	struct flow_key key;
	__u64 cgroup;
};

enum call {
	CALL_EXEC_FAILED = 1, /* text: the file; path: the working directory */
	CALL_CREDENTIALS = 2,
	CALL_PTRACE = 3, /* args: request, pid of the target in the caller's namespace */
	CALL_MEMFD = 4, /* text: the name */
	CALL_SETNS = 5, /* args: kind of namespace, 0 for any */
	CALL_UNSHARE = 6, /* args: flags */
	CALL_MOUNT = 7, /* text: the source, or what it is; more: the target; path: the working directory, or the target; args: flags */
	CALL_MODULE = 8, /* path: the file, if it came from one */
	CALL_BPF = 9, /* args: type of the program */
	CALL_CHMOD = 10, /* text: the file; path: the working directory, or the file; args: mode */
	CALL_UNIX_CONNECT = 11, /* text: name the listener bound to */
};

/* A system call that returned. Followed by path_bytes of components as in record_exec, text_bytes and
 * more_bytes of text, each ended by a NUL if not empty. */
struct record_call {
	struct record_header header;
	struct process_key process;
	__u64 cgroup;
	struct identity identity;
	__u64 args[2];
	__u32 call;
	__s32 result;
	__u32 path_bytes;
	__u32 text_bytes;
	__u32 more_bytes;
	__u32 thread; /* 1 if it is not the process's first thread, whose rights are the process's */
};

/* A DNS message sent to or received from port 53 over UDP, or a piece of what passed a TCP connection to it. Followed by
 * its bytes, cut at DNS_BYTES or missing. */
struct record_dns {
	struct record_header header;
	struct process_key process;
	__u64 cgroup;
	__u64 connection; /* the socket's cookie; 0 for a datagram */
	__u32 received;
	__u32 bytes;
	__u32 length; /* of all that passed */
	__u32 unused;
};

/* In which hierarchy of control groups containers are looked for: that of a controller of v1, or the unified one. */
enum hierarchy { HIERARCHY_UNIFIED, HIERARCHY_PIDS, HIERARCHY_MEMORY };

/* Set in an id of the unified hierarchy where containers are looked for in another: each gives out ids from 1 on. */
#define UNIFIED_ID (1ULL << 63)

/* Names of a control group and of those above it, each ended by a NUL. */
struct record_cgroup {
	struct record_header header;
	__u64 cgroup;
	char names[CGROUP_LEVELS][CGROUP_NAME_BYTES];
};
#endif
