// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the kernel side does: fill a record at a stable hook and hand it over; drop and count when the ring is
// full. Facts that user space can't get back later are taken here, everything else is left to it.
#include "kernel.h"
#include "records.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

// Set by user space: 1 where containers are in the v1 controllers' hierarchies, 0 where in the unified one.
const volatile __u32 cgroup_v1 = 0;

// Hooks, in the order of the counters.
enum hook { HOOK_FORK, HOOK_EXEC, HOOK_EXIT, HOOK_STATE, HOOK_ACCEPT, HOOK_CGROUP, HOOKS };

struct counters {
	__u64 seen;
	__u64 submitted;
	__u64 dropped;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HOOKS);
	__type(key, __u32);
	__type(value, struct counters);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); // set from the configuration before load
} ring SEC(".maps");

// Control groups whose names user space has been told. An evicted one is told again.
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u8);
} told SEC(".maps");

struct exec_scratch {
	struct record_exec record;
	char bytes[PATH_BYTES + ARGS_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exec_scratch);
} exec_scratch SEC(".maps");

#define OVERLAYFS_MAGIC 0x794c7630
#define TMPFS_MAGIC 0x01021994
#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define TCP_SYN_SENT 2
#define TCP_LISTEN 10
#define IPPROTO_TCP 6
#define AF_INET 2
#define AF_INET6 10
#define PATH_COMPONENTS 64
// The reader looks every few milliseconds; waking it for each record would cost more than all else here.
#define FLAGS BPF_RB_NO_WAKEUP

static __always_inline struct counters *counters_of(__u32 hook)
{
	struct counters *counters = bpf_map_lookup_elem(&counts, &hook);
	if (counters)
		counters->seen++;
	return counters;
}

static __always_inline void counted(struct counters *counters, bool submitted)
{
	if (!counters)
		return;
	if (submitted)
		counters->submitted++;
	else
		counters->dropped++;
}

static __always_inline void fill_header(struct record_header *header, __u32 kind, __u32 length)
{
	header->kind = kind;
	header->length = length;
	header->time_ns = bpf_ktime_get_boot_ns();
}

static __always_inline void fill_key(struct process_key *key, struct task_struct *task)
{
	key->pid = BPF_CORE_READ(task, tgid);
	key->unused = 0;
	key->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
}

static __always_inline struct kernfs_node *cgroup_node(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);

	if (cgroup_v1) {
		__u64 index = 0;
		bool known = true;
		struct cgroup_subsys_state *state = 0;

		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id))
			index = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
		else if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
			index = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
		else
			known = false;
		if (known) {
			bpf_probe_read_kernel(&state, sizeof(state),
					      (void *)set + bpf_core_field_offset(struct css_set, subsys) + index * sizeof(void *));
			if (BPF_CORE_READ(state, cgroup, level) > 0)
				return BPF_CORE_READ(state, cgroup, kn);
		}
	}
	return BPF_CORE_READ(set, dfl_cgrp, kn);
}

static __always_inline struct kernfs_node *parent_node(struct kernfs_node *node)
{
	if (bpf_core_field_exists(struct kernfs_node___new, __parent))
		return BPF_CORE_READ((struct kernfs_node___new *)node, __parent);
	return BPF_CORE_READ(node, parent);
}

// Id of the task's control group; user space hears its names before it hears the id.
static __always_inline __u64 cgroup_of(struct task_struct *task)
{
	struct kernfs_node *node = cgroup_node(task);
	__u64 id = BPF_CORE_READ(node, id);
	struct record_cgroup *record;
	struct counters *counters;
	__u8 yes = 1;

	if (bpf_map_lookup_elem(&told, &id))
		return id;
	counters = counters_of(HOOK_CGROUP);
	// Reserved before it is marked as told: whoever finds the mark reserves behind this record.
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	counted(counters, record);
	if (!record)
		return id;
	bpf_map_update_elem(&told, &id, &yes, BPF_ANY);
	fill_header(&record->header, RECORD_CGROUP, sizeof(*record));
	record->cgroup = id;
	for (int level = 0; level < CGROUP_LEVELS; level++) {
		record->names[level][0] = 0;
		if (!node)
			continue;
		bpf_probe_read_kernel_str(record->names[level], CGROUP_NAME_BYTES, BPF_CORE_READ(node, name));
		node = parent_node(node);
	}
	bpf_ringbuf_submit(record, FLAGS);
	return id;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct record_fork *record;
	struct counters *counters;

	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return 0;
	counters = counters_of(HOOK_FORK);
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	counted(counters, record);
	if (!record)
		return 0;
	fill_header(&record->header, RECORD_FORK, sizeof(*record));
	fill_key(&record->child, child);
	fill_key(&record->parent, parent);
	record->mount_ns = BPF_CORE_READ(child, nsproxy, mnt_ns, ns.inum);
	record->unused = 0;
	bpf_ringbuf_submit(record, FLAGS);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct record_exit *record;
	struct counters *counters;

	if (BPF_CORE_READ(task, signal, live.counter) > 0)
		return 0;
	counters = counters_of(HOOK_EXIT);
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	counted(counters, record);
	if (!record)
		return 0;
	fill_header(&record->header, RECORD_EXIT, sizeof(*record));
	fill_key(&record->process, task);
	bpf_ringbuf_submit(record, FLAGS);
	return 0;
}

static __always_inline __u32 namespace_pid(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);
	int nr = 0;

	bpf_probe_read_kernel(&nr, sizeof(nr),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid) + bpf_core_field_offset(struct upid, nr));
	return nr;
}

static __always_inline bool is_upper(struct inode *inode)
{
	void *upper = 0;

	if (bpf_core_type_exists(struct ovl_inode)) {
		struct ovl_inode *overlay = (void *)inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);
		upper = BPF_CORE_READ(overlay, __upperdentry);
	} else {
		// overlayfs is a module and its types are not in the kernel's own BTF: the field follows the inode.
		bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	}
	return upper != 0;
}

static __always_inline __u32 file_flags(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	unsigned long magic = BPF_CORE_READ(inode, i_sb, s_magic);
	__u32 flags = 0;

	if (BPF_CORE_READ(inode, i_nlink) == 0)
		flags |= EXEC_UNLINKED;
	if (magic == TMPFS_MAGIC)
		flags |= EXEC_TMPFS;
	if (magic == OVERLAYFS_MAGIC && is_upper(inode))
		flags |= EXEC_UPPER_LAYER;
	return flags;
}

static __always_inline bool is_inet(const struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	return family == AF_INET || family == AF_INET6;
}

// The socket of a file, if it is an IP one. Programs that talk to their children over socket pairs are many.
static __always_inline struct sock *inet_socket(struct file *file)
{
	struct socket *socket;
	struct sock *sk;

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	return sk && is_inet(sk) ? sk : 0;
}

static __always_inline __u32 task_flags(struct task_struct *task)
{
	struct file **files = BPF_CORE_READ(task, files, fdt, fd);
	__u32 flags = BPF_CORE_READ(task, signal, tty) ? EXEC_TERMINAL : 0;

	for (int fd = 0; fd < 2; fd++) {
		struct file *file = 0;

		bpf_probe_read_kernel(&file, sizeof(file), files + fd);
		if (inet_socket(file))
			flags |= EXEC_SOCKET_STDIO;
	}
	return flags;
}

// Components from the file up to the root of the task, across mounts.
static __always_inline __u32 read_path(char *bytes, struct task_struct *task, struct file *file, __u32 *flags)
{
	const __u64 mount_offset = bpf_core_field_offset(struct mount, mnt);
	struct dentry *root = BPF_CORE_READ(task, fs, root.dentry);
	struct vfsmount *root_mount = BPF_CORE_READ(task, fs, root.mnt);
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct vfsmount *vfsmount = BPF_CORE_READ(file, f_path.mnt);
	__u32 used = 0;

	for (int component = 0; component < PATH_COMPONENTS; component++) {
		struct mount *mount = (void *)vfsmount - mount_offset;
		struct dentry *parent;
		long length;

		if (dentry == root && vfsmount == root_mount)
			return used;
		if (dentry == BPF_CORE_READ(vfsmount, mnt_root)) {
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);

			if (above == mount)
				return used;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			vfsmount = (void *)above + mount_offset;
			continue;
		}
		if (used > PATH_BYTES - NAME_BYTES)
			break;
		length = bpf_probe_read_kernel_str(bytes + used, NAME_BYTES, BPF_CORE_READ(dentry, d_name.name));
		if (length < 0)
			break;
		used += (__u32)length & (2 * NAME_BYTES - 1);
		parent = BPF_CORE_READ(dentry, d_parent);
		if (parent == dentry)
			return used;
		dentry = parent;
	}
	*flags |= EXEC_PATH_CUT;
	return used;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *binprm)
{
	struct counters *counters = counters_of(HOOK_EXEC);
	struct file *file = BPF_CORE_READ(binprm, file);
	unsigned long start, length;
	struct exec_scratch *scratch;
	struct record_exec *record;
	__u32 zero = 0, path, args;

	scratch = bpf_map_lookup_elem(&exec_scratch, &zero);
	if (!scratch)
		return 0;
	record = &scratch->record;
	fill_key(&record->process, task);
	fill_key(&record->parent, BPF_CORE_READ(task, real_parent));
	record->cgroup = cgroup_of(task);
	record->mount_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	record->namespace_pid = namespace_pid(task);
	record->uid = BPF_CORE_READ(task, cred, uid.val);
	record->gid = BPF_CORE_READ(task, cred, gid.val);
	record->flags = file_flags(file) | task_flags(task);

	path = read_path(scratch->bytes, task, file, &record->flags);
	if (path > PATH_BYTES)
		path = PATH_BYTES;
	start = BPF_CORE_READ(task, mm, arg_start);
	length = BPF_CORE_READ(task, mm, arg_end) - start;
	args = length > ARGS_BYTES ? ARGS_BYTES : length;
	// The compiler may keep the bound in another register than the length: bound what is passed.
	barrier_var(args);
	if (args > ARGS_BYTES)
		args = ARGS_BYTES;
	if (bpf_probe_read_user(scratch->bytes + path, args, (void *)start)) {
		record->flags |= EXEC_ARGS_UNREAD;
		args = 0;
	}
	record->path_bytes = path;
	record->args_bytes = args;
	record->args_total_bytes = length > 0xffffffff ? 0xffffffff : length;
	fill_header(&record->header, RECORD_EXEC, sizeof(*record) + path + args);
	counted(counters, !bpf_ringbuf_output(&ring, scratch, sizeof(*record) + path + args, FLAGS));
	return 0;
}

static __always_inline void socket_event(struct counters *counters, const struct sock *sk, __u32 kind, bool peer, __u16 port)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 cgroup = cgroup_of(task);
	struct record_socket *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

	counted(counters, record);
	if (!record)
		return;
	fill_header(&record->header, kind, sizeof(*record));
	fill_key(&record->process, task);
	record->cgroup = cgroup;
	record->port = port;
	record->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	__builtin_memset(record->address, 0, sizeof(record->address));
	if (record->family == AF_INET6) {
		if (peer)
			BPF_CORE_READ_INTO(&record->address, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
		else
			BPF_CORE_READ_INTO(&record->address, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
	} else {
		__be32 address = peer ? BPF_CORE_READ(sk, __sk_common.skc_daddr) : BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		__builtin_memcpy(record->address, &address, sizeof(address));
	}
	bpf_ringbuf_submit(record, FLAGS);
}

// Connecting and listening happen in the context of the process that asks for it.
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, const struct sock *sk, int old_state, int new_state)
{
	struct counters *counters;

	if (new_state != TCP_SYN_SENT && new_state != TCP_LISTEN)
		return 0;
	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP || !is_inet(sk))
		return 0;
	counters = counters_of(HOOK_STATE);
	if (new_state == TCP_SYN_SENT)
		socket_event(counters, sk, RECORD_CONNECT, true, __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport)));
	else
		socket_event(counters, sk, RECORD_LISTEN, false, BPF_CORE_READ(sk, __sk_common.skc_num));
	return 0;
}

// A connection is established in softirq, in whatever process is interrupted; the one that takes it is known
// only when accept returns.
struct syscall_exit {
	__u64 common;
	long id;
	long result;
};

static __always_inline int on_accept(struct syscall_exit *context)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	unsigned int max_fds = BPF_CORE_READ(task, files, fdt, max_fds);
	struct file **files = BPF_CORE_READ(task, files, fdt, fd);
	struct counters *counters;
	struct file *file = 0;
	struct sock *sk;

	if (context->result < 0 || context->result >= max_fds)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), files + context->result);
	sk = inet_socket(file);
	if (!sk || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	counters = counters_of(HOOK_ACCEPT);
	socket_event(counters, sk, RECORD_ACCEPT, true, BPF_CORE_READ(sk, __sk_common.skc_num));
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_accept4")
int on_accept4_exit(struct syscall_exit *context)
{
	return on_accept(context);
}

SEC("tracepoint/syscalls/sys_exit_accept")
int on_accept_exit(struct syscall_exit *context)
{
	return on_accept(context);
}
