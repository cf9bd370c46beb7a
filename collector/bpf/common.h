/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What all hooks share: the ring, the counters, and how a process, its control group and a path are read. */
#ifndef PLUMBLINE_COMMON_H
#define PLUMBLINE_COMMON_H

// Set by user space: in which hierarchy of control groups containers are looked for.
const volatile __u32 cgroup_hierarchy = HIERARCHY_UNIFIED;

// Hooks, in the order of the counters.
enum hook {
	HOOK_FORK,
	HOOK_EXEC,
	HOOK_EXIT,
	HOOK_CALL,
	HOOK_FLOW,
	HOOK_DNS,
	HOOK_CGROUP,
	HOOK_SUM, // no hook: what connections came to and how long datagrams were, where there was no room to add it up
	HOOKS
};

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

// Control groups whose names user space has been told, by their ids, in sets of one line of the cache: in a hash map
// a look-up would be several. Where a set is full one of it gives way, and is told again when it is met again.
#define TOLD_SETS 2048
#define TOLD_WAYS 8
struct told_set {
	__u64 ids[TOLD_WAYS]; // 0 where the place is free
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TOLD_SETS);
	__type(key, __u32);
	__type(value, struct told_set);
} told SEC(".maps");

#define OVERLAYFS_MAGIC 0x794c7630
#define TMPFS_MAGIC 0x01021994
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define PATH_COMPONENTS 64
#define PATH_CUT 0x80000000u
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

// A record in the ring; 0 where there is no room. That is looked at once: asked again whether there is a record, older
// verifiers (6.1) have forgotten that there is one.
static __always_inline void *reserve(struct counters *counters, __u64 bytes)
{
	void *record = bpf_ringbuf_reserve(&ring, bytes, 0);

	if (!record) {
		counted(counters, false);
		return 0;
	}
	counted(counters, true);
	return record;
}

// A length in bytes bounded so that older verifiers (5.15, 6.1) know it, too: of what the compiler makes of a comparison
// they lose the bound in copies of 32 bits.
static __always_inline __u64 at_most(__u64 bytes, const __u32 limit)
{
	asm volatile("if %0 <= %1 goto +1\n%0 = %1" : "+r"(bytes) : "i"(limit));
	return bytes;
}

// What a read of a string gave: its length in bytes, 0 where it failed.
static __always_inline __u64 text_bytes(long read, const __u32 limit)
{
	return read > 0 ? at_most(read, limit) : 0;
}

static __always_inline void fill_header_at(struct record_header *header, __u32 kind, __u32 length, __u64 time_ns)
{
	header->kind = kind;
	header->length = length;
	header->time_ns = time_ns;
}

static __always_inline void fill_header(struct record_header *header, __u32 kind, __u32 length)
{
	fill_header_at(header, kind, length, bpf_ktime_get_boot_ns());
}

static __always_inline void fill_key(struct process_key *key, struct task_struct *task)
{
	key->pid = task->tgid;
	key->program = 0;
	key->start_ns = task->group_leader->start_boottime;
}

#define ROOT_ID 1 // of the root of each hierarchy: the first that is given out

struct group {
	struct kernfs_node *node;
	__u64 id; // with UNIFIED_ID, if it is of another hierarchy than containers are looked for in
};

// The task's control group: in the hierarchy that containers are looked for in, or in the unified one if it is in none.
static __always_inline struct group group_of(struct task_struct *task)
{
	struct css_set *set = task->cgroups;
	struct group group = { set->dfl_cgrp->kn };

	group.id = group.node->id;
	if (cgroup_hierarchy != HIERARCHY_UNIFIED) {
		struct cgroup_subsys_state **states = (void *)set + bpf_core_field_offset(struct css_set, subsys);
		struct kernfs_node *node;
		__u64 index = 0;

		// A kernel without the one controller is not to be asked for its number.
		if (cgroup_hierarchy == HIERARCHY_MEMORY)
			index = bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)
					? bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) : 0;
		else
			index = bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id)
					? bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id) : 0;
		node = states[index]->cgroup->kn;
		if (node->id != ROOT_ID)
			return (struct group){ node, node->id };
		group.id |= UNIFIED_ID;
	}
	return group;
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
	struct group group = group_of(task);
	struct kernfs_node *node = group.node;
	__u64 id = group.id;
	__u32 number = id % TOLD_SETS, place;
	struct record_cgroup *record;
	struct counters *counters;
	struct told_set *set;

	set = bpf_map_lookup_elem(&told, &number);
	if (!set)
		return id;
	for (int way = 0; way < TOLD_WAYS; way++)
		if (set->ids[way] == id)
			return id;
	place = bpf_get_prandom_u32() % TOLD_WAYS;
	counters = counters_of(HOOK_CGROUP);
	// Reserved before it is marked as told: whoever finds the mark reserves behind this record.
	record = reserve(counters, sizeof(*record));
	if (!record)
		return id;
	set->ids[place] = id;
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

static __always_inline void fill_identity(struct identity *identity, struct task_struct *task)
{
	const struct cred *cred = task->cred;

	identity->uid = cred->uid.val;
	identity->gid = cred->gid.val;
	identity->euid = cred->euid.val;
	identity->egid = cred->egid.val;
	// Two words before 6.3, one since: the same eight bytes.
	if (bpf_core_field_exists(cred->cap_effective.val))
		identity->capabilities = cred->cap_effective.val;
	else
		bpf_probe_read_kernel(&identity->capabilities, sizeof(identity->capabilities), &cred->cap_effective);
	identity->mount_ns = task->nsproxy->mnt_ns->ns.inum;
	identity->net_ns = task->nsproxy->net_ns->ns.inum;
	identity->user_ns = cred->user_ns->ns.inum;
	identity->unused = 0;
}

static __always_inline struct file *file_at(struct task_struct *task, __u64 fd)
{
	struct file *file = 0;

	if (fd < task->files->fdt->max_fds)
		bpf_probe_read_kernel(&file, sizeof(file), task->files->fdt->fd + fd);
	return file;
}

// The head of struct socket, read at once.
struct socket_head {
	__u64 words[5];
};

#define SOCKET(head, type, field) (*(type *)((void *)(head) + bpf_core_field_offset(struct socket, field)))

// A socket and its file point at each other. That costs less to look at than the mode of the file's inode.
static __always_inline struct sock *socket_of(struct file *file)
{
	// Most files that are no sockets have nothing here.
	struct socket *socket = file ? BPF_CORE_READ(file, private_data) : 0;
	struct socket_head head;

	if (!socket || bpf_probe_read_kernel(&head, sizeof(head), socket) ||
	    SOCKET(&head, struct file *, file) != file)
		return 0;
	return SOCKET(&head, struct sock *, sk);
}

// Whether a file can be a socket's: their inodes are in one piece with them. That looks at nothing but the file.
static __always_inline bool may_be_socket(struct file *file)
{
	void *socket = file ? BPF_CORE_READ(file, private_data) : 0;

	return socket && (void *)BPF_CORE_READ(file, f_inode) ==
				 socket + bpf_core_field_offset(struct socket_alloc, vfs_inode);
}

// What is looked at of a socket, read at once: each read costs more than the bytes do.
struct sock_head {
	__u64 words[16];
};

#define HEAD_AT(head, field) ((void *)(head) + bpf_core_field_offset(struct sock_common, field))
#define HEAD(head, type, field) (*(type *)HEAD_AT(head, field))

static __always_inline long read_head(struct sock_head *head, struct sock *sk)
{
	return bpf_probe_read_kernel(head, sizeof(*head), sk);
}

static __always_inline bool is_inet(struct sock_head *head)
{
	__u16 family = HEAD(head, __u16, skc_family);

	return family == AF_INET || family == AF_INET6;
}

// A walk from a file or directory up to the root of the task, across mounts. One place for each hook that
// walks, as one can interrupt the other.
enum walker { WALK_EXEC, WALK_CALL, WALKERS };

struct walk {
	struct dentry *dentry;
	struct vfsmount *vfsmount;
	struct dentry *top; // of the mount
	struct dentry *root;
	struct vfsmount *root_mount;
	__u32 used;
	char bytes[PATH_BYTES + NAME_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WALKERS);
	__type(key, __u32);
	__type(value, struct walk);
} walks SEC(".maps");

enum step { STEP_ON, STEP_DONE, STEP_CUT };

// What is looked at of a directory entry, read at once.
struct dentry_head {
	__u64 words[8];
};

#define DENTRY(head, type, field) (*(type *)((void *)(head) + bpf_core_field_offset(struct dentry, field)))

// One component. Global, so that the verifier looks at it once and not in every round.
__noinline int walk_step(__u32 walker)
{
	struct walk *walk = bpf_map_lookup_elem(&walks, &walker);
	struct dentry *dentry, *parent;
	struct dentry_head head;
	__u32 used;
	long length;

	if (!walk)
		return STEP_CUT;
	dentry = walk->dentry;
	if (dentry == walk->root && walk->vfsmount == walk->root_mount)
		return STEP_DONE;
	if (dentry == walk->top) {
		const __u64 mount_offset = bpf_core_field_offset(struct mount, mnt);
		struct mount *mount = (void *)walk->vfsmount - mount_offset;
		struct mount *above = BPF_CORE_READ(mount, mnt_parent);

		if (above == mount)
			return STEP_DONE;
		walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->vfsmount = (void *)above + mount_offset;
		walk->top = BPF_CORE_READ(above, mnt.mnt_root);
		return STEP_ON;
	}
	used = walk->used;
	if (used > PATH_BYTES - NAME_BYTES || bpf_probe_read_kernel(&head, sizeof(head), dentry))
		return STEP_CUT;
	length = bpf_probe_read_kernel_str(walk->bytes + used, NAME_BYTES, DENTRY(&head, void *, d_name.name));
	if (length < 0)
		return STEP_CUT;
	walk->used = used + length;
	parent = DENTRY(&head, struct dentry *, d_parent);
	if (parent == dentry)
		return STEP_DONE;
	walk->dentry = parent;
	return STEP_ON;
}

#define NEAR_COMPONENTS (PATH_BYTES / NAME_BYTES)

// Components of the path of a file that is in the mount of the task's root and not deep, as most programs are: to walk
// there by pointers that the verifier knows takes half as many reads. Gives their length in bytes, 0 for any other file.
static __always_inline __u64 read_near(char *bytes, struct task_struct *task, struct file *file)
{
	struct dentry *dentry = file->f_path.dentry, *root = task->fs->root.dentry, *parent;
	__u64 used = 0;
	long length;

	if (file->f_path.mnt != task->fs->root.mnt)
		return 0;
	for (int component = 0; component < NEAR_COMPONENTS; component++) {
		if (dentry == root)
			return used;
		parent = dentry->d_parent;
		length = bpf_probe_read_kernel_str(bytes + used, NAME_BYTES, dentry->d_name.name);
		if (length < 0 || parent == dentry)
			return 0;
		used += at_most(length, NAME_BYTES);
		dentry = parent;
	}
	return 0;
}

// Components of a path, the last one first. Gives their length in bytes, and whether there were more.
static __always_inline __u32 read_path(char *bytes, __u32 walker, struct task_struct *task, struct path *path)
{
	struct walk *walk = bpf_map_lookup_elem(&walks, &walker);
	struct vfsmount *vfsmount;
	int step = STEP_ON;
	__u64 used;

	if (!walk)
		return PATH_CUT;
	vfsmount = BPF_CORE_READ(path, mnt);
	walk->dentry = BPF_CORE_READ(path, dentry);
	walk->vfsmount = vfsmount;
	walk->top = BPF_CORE_READ(vfsmount, mnt_root);
	walk->root = task->fs->root.dentry;
	walk->root_mount = task->fs->root.mnt;
	walk->used = 0;
	for (int component = 0; component < PATH_COMPONENTS && step == STEP_ON; component++)
		step = walk_step(walker);
	used = at_most(walk->used, PATH_BYTES);
	bpf_probe_read_kernel(bytes, used, walk->bytes);
	return step == STEP_DONE ? used : used | PATH_CUT;
}
#endif
