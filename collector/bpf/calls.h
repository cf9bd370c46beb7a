/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls that returned: the hook sees the result, runs in the thread that called, and still has the
 * arguments. User space attaches it to the calls of the table in syscalls.h, so all others cost nothing here. Calls
 * of 32-bit programs on a 64-bit kernel are not traced. */
#ifndef PLUMBLINE_CALLS_H
#define PLUMBLINE_CALLS_H

#define PTRACE_ATTACH 16
#define PTRACE_SEIZE 0x4206
#define BPF_PROG_LOAD 5
#define OPEN_TREE_CLONE 1
#define ANY_EXECUTE 0111
#define EPERM 1
#define EACCES 13
#define EADDRNOTAVAIL 99
#define ENETUNREACH 101
#define AT_FDCWD -100
#define MESSAGES 1024 // the kernel takes no more in one call
#define PIECES 16 // of one call on a connection to a server of names; beyond, only how long they are is told
#define MSG_PEEK 0x2
#define MSG_TRUNC 0x20

struct call_scratch {
	struct record_call record;
	char bytes[PATH_BYTES + 2 * TEXT_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct call_scratch);
} call_scratch SEC(".maps");

struct call_details {
	enum call call;
	long result;
	__u64 args[2];
	struct path *path; // in the kernel, or 0
	const void *text; // in the caller's memory, or 0
	const void *more; // in the caller's memory, or 0
	const char *kernel_text; // in the kernel instead of text, or 0
	__u32 kernel_bytes; // that may be read of it, with a NUL that is put behind
};

static __noinline int report(struct task_struct *task, struct call_details *details)
{
	struct counters *counters = counters_of(HOOK_CALL);
	struct call_scratch *scratch;
	struct record_call *record;
	__u64 path = 0, text, more;
	__u32 zero = 0;
	long read = 0;

	scratch = bpf_map_lookup_elem(&call_scratch, &zero);
	if (!scratch) {
		counted(counters, false);
		return 0;
	}
	record = &scratch->record;
	fill_key(&record->process, task);
	record->cgroup = cgroup_of(task);
	fill_identity(&record->identity, task);
	record->args[0] = details->args[0];
	record->args[1] = details->args[1];
	record->call = details->call;
	record->result = details->result;
	if (details->path)
		path = at_most(read_path(scratch->bytes, WALK_CALL, task, details->path) & ~PATH_CUT, PATH_BYTES);
	if (details->text)
		read = bpf_probe_read_user_str(scratch->bytes + path, TEXT_BYTES, details->text);
	else if (details->kernel_text)
		read = bpf_probe_read_kernel_str(scratch->bytes + path, at_most(details->kernel_bytes, TEXT_BYTES),
						 details->kernel_text);
	text = text_bytes(read, TEXT_BYTES);
	read = details->more ? bpf_probe_read_user_str(scratch->bytes + path + text, TEXT_BYTES, details->more) : 0;
	more = text_bytes(read, TEXT_BYTES);
	record->path_bytes = path;
	record->text_bytes = text;
	record->more_bytes = more;
	record->thread = task != task->group_leader;
	fill_header(&record->header, RECORD_CALL, sizeof(*record) + path + text + more);
	counted(counters, !bpf_ringbuf_output(&ring, scratch, sizeof(*record) + path + text + more, FLAGS));
	return 0;
}

// Where a name begins that does not begin at the root: at the working directory, or at a descriptor.
static __always_inline struct path *directory(struct task_struct *task, int at, const void *name)
{
	struct file *file;
	char first = 0;

	bpf_probe_read_user(&first, sizeof(first), name);
	if (first == '/')
		return 0;
	if (at == AT_FDCWD)
		return &task->fs->pwd;
	file = file_at(task, (__u32)at);
	return file ? &file->f_path : 0;
}

static __noinline int unix_connected(struct task_struct *task, __u64 fd)
{
	struct call_details details = { .call = CALL_UNIX_CONNECT };
	struct sock *sk = socket_of(file_at(task, fd));
	struct unix_address *address;
	struct unix_sock *peer;
	__u32 own, listener;
	char first = 0;

	if (!sk || BPF_CORE_READ(sk, __sk_common.skc_family) != AF_UNIX)
		return 0;
	// Only what leaves the container: its listener is in a pid namespace above, where the runtime is.
	own = task->thread_pid->level;
	listener = BPF_CORE_READ(sk, sk_peer_pid, level);
	if (own && listener >= own)
		return 0;
	peer = (struct unix_sock *)BPF_CORE_READ((struct unix_sock *)sk, peer);
	address = BPF_CORE_READ(peer, addr);
	if (!address)
		return 0;
	details.kernel_text = (const char *)address + bpf_core_field_offset(struct unix_address, name) +
			      bpf_core_field_offset(struct sockaddr_un, sun_path);
	details.kernel_bytes = TEXT_BYTES;
	// An abstract one begins with a NUL and ends without one: its length is the family's, that NUL's and the name's.
	bpf_probe_read_kernel(&first, sizeof(first), details.kernel_text);
	if (!first) {
		details.args[0] = 1;
		details.kernel_text++;
		details.kernel_bytes = BPF_CORE_READ(address, len) - sizeof(unsigned short);
	}
	return report(task, &details);
}

// The beginning of struct msghdr and of struct mmsghdr of 64-bit programs.
struct message {
	__u64 name;
	__u64 name_bytes;
	__u64 vector;
	__u64 pieces;
};

struct piece {
	__u64 at;
	__u64 bytes;
};

#define MESSAGE_LENGTH 56 // where in struct mmsghdr its length is
#define MESSAGE_BYTES 64

// One message of a call, by where it is in the caller's memory. Where the call takes several its length is in it. Not
// static: the verifier checks it once, not in every round.
__noinline int message(__u64 fd, __u64 at, __u32 several, __u32 length, __u32 received)
{
	struct message message;
	__u64 vector;

	if (bpf_probe_read_user(&message, sizeof(message), (void *)at) ||
	    bpf_probe_read_user(&vector, sizeof(vector), (void *)message.vector) ||
	    (several && bpf_probe_read_user(&length, sizeof(length), (void *)at + MESSAGE_LENGTH))) {
		counted(counters_of(HOOK_FLOW), false);
		return 0;
	}
	return datagram(fd, message.name, vector, length, received);
}

static __noinline bool is_udp(struct task_struct *task, __u64 fd)
{
	struct sock *sk = socket_of(file_at(task, fd));

	return sk && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_UDP;
}

// Bytes that passed a TCP connection to a server of names, in pieces as the caller has them. Of those that are not in its
// memory, or in a call that is not known here, only the length is told.
static __noinline int passed_stream(const struct sock *sk, __u32 length, bool received, bool discarded)
{
	struct pt_regs *regs = registers(bpf_get_current_task_btf());
	__u64 connection = bpf_get_socket_cookie((void *)sk);
	unsigned long number = CALL_NUMBER(regs);
	struct message message = {};

	switch (number < CALLS && !discarded ? handlers[number] : IGNORE) {
	case SENDTO:
	case RECVFROM:
	case WRITE:
	case READ:
		return dns_piece(connection, ARG2(regs), length, received);
	case WRITEV:
	case READV:
		message.vector = ARG2(regs);
		message.pieces = ARG3(regs);
		break;
	case SENDMSG:
	case RECVMSG:
		if (bpf_probe_read_user(&message, sizeof(message), (void *)ARG2(regs)))
			message.pieces = 0;
	}
	for (__u32 index = 0; index < PIECES && index < message.pieces && length; index++) {
		struct piece piece = {};

		if (bpf_probe_read_user(&piece, sizeof(piece), (void *)message.vector + index * sizeof(piece)))
			break;
		if (piece.bytes > length)
			piece.bytes = length;
		if (piece.bytes)
			dns_piece(connection, piece.at, piece.bytes, received);
		length -= piece.bytes;
	}
	return length ? dns_piece(connection, 0, length, received) : 0;
}

// What passed a socket, in whatever call. The name of who sent a datagram is not there yet: where the caller asks for it,
// it is looked at when the call returns.
static __always_inline int passed(const struct sock *sk, int result, bool received, int flags)
{
	struct task_struct *task;
	struct pt_regs *regs;
	unsigned long number;
	__u64 fd, bytes;
	__u8 handler;

	if (result < 0 || (received && flags & MSG_PEEK))
		return 0;
	if (sk->sk_protocol != IPPROTO_UDP) {
		if (sk->__sk_common.skc_dport != __builtin_bswap16(DNS_PORT) ||
		    (sk->sk_protocol != IPPROTO_TCP && sk->sk_protocol != IPPROTO_MPTCP) || !result)
			return 0;
		return passed_stream(sk, result, received, received && flags & MSG_TRUNC);
	}
	task = bpf_get_current_task_btf();
	regs = registers(task);
	number = CALL_NUMBER(regs);
	if (number >= CALLS)
		return 0;
	handler = handlers[number];
	fd = ARG1(regs);
	bytes = ARG2(regs);
	switch (handler) {
	case SENDTO:
		return datagram(fd, ARG5(regs), bytes, result, false);
	case RECVFROM:
		return ARG5(regs) ? 0 : datagram(fd, 0, bytes, result, true);
	case WRITE:
	case READ:
		return datagram(fd, 0, bytes, result, handler == READ);
	case WRITEV:
	case READV:
		bpf_probe_read_user(&bytes, sizeof(bytes), (void *)ARG2(regs));
		return datagram(fd, 0, bytes, result, handler == READV);
	case SENDMSG:
		return message(fd, bytes, false, result, false);
	case RECVMSG: {
		__u64 name = 0;

		bpf_probe_read_user(&name, sizeof(name), (void *)bytes);
		return name ? 0 : message(fd, bytes, false, result, true);
	}
	default:
		return 0;
	}
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_sent, struct sock *sk, int result, int flags)
{
	return passed(sk, result, false, 0);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_received, struct sock *sk, int result, int flags)
{
	return passed(sk, result, true, flags);
}

// Set by user space: 1 where the two hooks above are there, so that the calls below leave to them what is theirs.
const volatile __u32 socket_hooks = 0;

struct syscall_exit {
	__u64 common;
	__s32 number;
	__u32 unused;
	long result;
};

SEC("tracepoint")
int on_accept(struct syscall_exit *context)
{
	return context->result < 0 ? 0 : accepted(bpf_get_current_task_btf(), context->result);
}

SEC("tracepoint")
int on_connect(struct syscall_exit *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs;
	__u16 family = 0;

	// What IP sockets do once they have begun is told elsewhere. These errors are, but for an answer of the network that came
	// much later, those of before; EHOSTUNREACH is mostly such an answer.
	if (connected_here(task))
		return 0;
	regs = registers(task);
	if (context->result == -EPERM || context->result == -EACCES || context->result == -EADDRNOTAVAIL ||
	    context->result == -ENETUNREACH)
		return refused_connection(ARG1(regs), ARG2(regs), -context->result);
	if (context->result)
		return 0;
	bpf_probe_read_user(&family, sizeof(family), (void *)ARG2(regs));
	return family == AF_UNIX ? unix_connected(task, ARG1(regs)) : 0;
}

static __noinline int exec_failed(unsigned long number, long result)
{
	struct call_details details = { .call = CALL_EXEC_FAILED, .result = result };
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = registers(task);
	bool at = number < CALLS && handlers[number] == EXECVEAT;

	details.text = (void *)(at ? ARG2(regs) : ARG1(regs));
	details.path = directory(task, at ? ARG1(regs) : AT_FDCWD, details.text);
	return report(task, &details);
}

// The program that was started tells of itself.
SEC("tracepoint")
int on_exec_call(struct syscall_exit *context)
{
	return context->result ? exec_failed(context->number, context->result) : 0;
}

SEC("tracepoint")
int on_call(struct syscall_exit *context)
{
	unsigned long number = context->number;
	long result = context->result;
	struct call_details details = { .result = result };
	struct task_struct *task;
	struct pt_regs *regs;
	__u8 handler;

	if (number >= CALLS)
		return 0;
	handler = handlers[number];
	if (handler <= READV && result < 0)
		return 0;
	task = bpf_get_current_task_btf();
	regs = registers(task);
	switch (handler) {
	case SENDTO:
	case RECVFROM:
		if ((socket_hooks && !ARG5(regs)) || (handler == RECVFROM && ARG4(regs) & MSG_PEEK))
			return 0;
		return datagram(ARG1(regs), ARG5(regs), ARG2(regs), result, handler == RECVFROM);
	case SENDMSG:
	case RECVMSG: {
		__u64 name = 0;

		bpf_probe_read_user(&name, sizeof(name), (void *)ARG2(regs));
		if ((socket_hooks && !name) || (handler == RECVMSG && ARG3(regs) & MSG_PEEK) ||
		    !is_udp(task, ARG1(regs)))
			return 0;
		return message(ARG1(regs), ARG2(regs), false, result, handler == RECVMSG);
	}
	case SENDMMSG:
	case RECVMMSG:
		if ((handler == RECVMMSG && ARG4(regs) & MSG_PEEK) || !is_udp(task, ARG1(regs)))
			return 0;
		for (int index = 0; index < MESSAGES && index < result; index++)
			message(ARG1(regs), ARG2(regs) + index * MESSAGE_BYTES, true, 0, handler == RECVMMSG);
		return 0;
	case CREDENTIALS:
		if (result < 0)
			return 0;
		details.call = CALL_CREDENTIALS;
		break;
	case PTRACE:
		if (ARG1(regs) != PTRACE_ATTACH && ARG1(regs) != PTRACE_SEIZE)
			return 0;
		details.call = CALL_PTRACE;
		details.args[0] = ARG1(regs);
		details.args[1] = ARG2(regs);
		break;
	case MEMFD:
		details.call = CALL_MEMFD;
		details.text = (void *)ARG1(regs);
		break;
	case SETNS:
		details.call = CALL_SETNS;
		details.args[0] = ARG2(regs);
		break;
	case UNSHARE:
		details.call = CALL_UNSHARE;
		details.args[0] = ARG1(regs);
		break;
	case MOUNT:
		details.call = CALL_MOUNT;
		details.text = (void *)ARG1(regs);
		details.more = (void *)ARG2(regs);
		details.path = directory(task, AT_FDCWD, details.more);
		details.args[0] = ARG4(regs);
		break;
	case MOVE_MOUNT:
		details.call = CALL_MOUNT;
		details.text = (void *)ARG2(regs);
		details.more = (void *)ARG4(regs);
		details.path = directory(task, ARG3(regs), details.more);
		break;
	case FSOPEN:
	case OPEN_TREE:
		// What they made is told when it is moved to its place.
		if (result >= 0 || (handler == OPEN_TREE && !(ARG3(regs) & OPEN_TREE_CLONE)))
			return 0;
		details.call = CALL_MOUNT;
		details.text = (void *)(handler == FSOPEN ? ARG1(regs) : ARG2(regs));
		break;
	case INIT_MODULE:
	case FINIT_MODULE: {
		struct file *file = handler == FINIT_MODULE ? file_at(task, ARG1(regs)) : 0;

		details.call = CALL_MODULE;
		details.path = file ? &file->f_path : 0;
		break;
	}
	case BPF: {
		__u32 type = 0;

		if (ARG1(regs) != BPF_PROG_LOAD)
			return 0;
		bpf_probe_read_user(&type, sizeof(type), (void *)ARG2(regs));
		details.call = CALL_BPF;
		details.args[0] = type;
		break;
	}
	case CHMOD:
	case FCHMODAT: {
		__u64 mode = handler == CHMOD ? ARG2(regs) : ARG3(regs);

		if (result < 0 || !(mode & ANY_EXECUTE))
			return 0;
		details.call = CALL_CHMOD;
		details.text = (void *)(handler == CHMOD ? ARG1(regs) : ARG2(regs));
		details.path = directory(task, handler == CHMOD ? AT_FDCWD : ARG1(regs), details.text);
		details.args[0] = mode;
		break;
	}
	case FCHMOD: {
		struct file *file = file_at(task, ARG1(regs));

		if (result < 0 || !(ARG2(regs) & ANY_EXECUTE) || !file)
			return 0;
		details.call = CALL_CHMOD;
		details.path = &file->f_path;
		details.args[0] = ARG2(regs);
		break;
	}
	default:
		return 0;
	}
	return report(task, &details);
}
#endif
