/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes begin, start programs and end. */
#ifndef PLUMBLINE_PROCESS_H
#define PLUMBLINE_PROCESS_H

struct exec_scratch {
	struct record_exec record;
	char bytes[3 * PATH_BYTES + ARGS_BYTES];
};

// One for each processor, by its number: values of a per-processor array can't be that large.
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64); // set to the number of processors before load
	__type(key, __u32);
	__type(value, struct exec_scratch);
} exec_scratch SEC(".maps");

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct record_fork *record;
	struct counters *counters;

	if (child->pid != child->tgid)
		return 0;
	counters = counters_of(HOOK_FORK);
	record = reserve(counters, sizeof(*record));
	if (!record)
		return 0;
	fill_key(&record->child, child);
	// The kernel asked the clock for it just now, which costs more than all else here.
	fill_header_at(&record->header, RECORD_FORK, sizeof(*record), record->child.start_ns);
	fill_key(&record->parent, parent);
	// Mostly its parent's, which need not be looked up then.
	record->mount_ns = child->nsproxy == parent->nsproxy && parent->nsproxy == parent->group_leader->nsproxy ?
				   0 :
				   child->nsproxy->mnt_ns->ns.inum;
	record->unused = 0;
	bpf_ringbuf_submit(record, FLAGS);
	return 0;
}

#define THREADS 512

// What a process with threads used: the kernel adds up those that are gone, and the first one and those that end just now
// are not. False where one went meanwhile: it may be in both then, or in neither. Of those that end at the same time it is the
// first 512 at most.
static __noinline bool add_threads(struct signal_struct *signal, struct record_exit *record)
{
	struct list_head *head = (void *)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	struct list_head *node = BPF_CORE_READ(signal, thread_head.next);
	__u32 before = BPF_CORE_READ(signal, stats_lock.seqcount.seqcount.sequence);

	record->run_ns = BPF_CORE_READ(signal, sum_sched_runtime);
	record->user_ns = BPF_CORE_READ(signal, utime);
	record->system_ns = BPF_CORE_READ(signal, stime);
	for (int thread = 0; thread < THREADS; thread++) {
		struct task_struct *task = (void *)node - bpf_core_field_offset(struct task_struct, thread_node);

		if (!node || node == head)
			break;
		record->run_ns += BPF_CORE_READ(task, se.sum_exec_runtime);
		record->user_ns += BPF_CORE_READ(task, utime);
		record->system_ns += BPF_CORE_READ(task, stime);
		node = BPF_CORE_READ(task, thread_node.next);
	}
	// Odd while one goes.
	return !(before & 1) && BPF_CORE_READ(signal, stats_lock.seqcount.seqcount.sequence) == before;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	struct record_exit *record;
	struct counters *counters;

	if (signal->live.counter > 0)
		return 0;
	counters = counters_of(HOOK_EXIT);
	record = reserve(counters, sizeof(*record));
	if (!record)
		return 0;
	fill_header(&record->header, RECORD_EXIT, sizeof(*record));
	fill_key(&record->process, task);
	// Of the threads that ended before, and of this last one.
	record->run_ns = signal->sum_sched_runtime + task->se.sum_exec_runtime;
	record->user_ns = signal->utime + task->utime;
	record->system_ns = signal->stime + task->stime;
	if (signal->nr_threads > 1 && !add_threads(signal, record) && !add_threads(signal, record))
		add_threads(signal, record);
	record->max_rss_pages = signal->maxrss;
	record->code = task->exit_code;
	record->unused = 0;
	bpf_ringbuf_submit(record, FLAGS);
	return 0;
}

static __always_inline __u32 namespace_pid(struct task_struct *task)
{
	// A number to the verifier: older ones allow no arithmetic on a typed pointer that they can't bound.
	struct pid *pid = BPF_CORE_READ(task->group_leader, thread_pid);
	__u32 level = task->group_leader->thread_pid->level;
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

static __always_inline __s64 modified_s(struct inode *inode)
{
	if (bpf_core_field_exists(struct inode, i_mtime_sec))
		return inode->i_mtime_sec;
	if (bpf_core_field_exists(struct inode___older, __i_mtime))
		return BPF_CORE_READ((struct inode___older *)inode, __i_mtime.tv_sec);
	return BPF_CORE_READ((struct inode___old *)inode, i_mtime.tv_sec);
}

static __always_inline __u32 task_flags(struct task_struct *task)
{
	struct file *files[2] = {}; // standard input and output
	__u32 flags = task->signal->tty ? EXEC_TERMINAL : 0;

	bpf_probe_read_kernel(files, sizeof(files), task->files->fdt->fd);
	for (int fd = 0; fd < 2; fd++) {
		struct sock_head head;
		struct sock *sk;

		if (fd && files[0] == files[1])
			break;
		// Programs that talk to their children over socket pairs are many; only IP sockets tell.
		sk = may_be_socket(files[fd]) ? socket_of(files[fd]) : 0;
		if (sk && !read_head(&head, sk) && is_inet(&head))
			flags |= EXEC_SOCKET_STDIO;
	}
	return flags;
}

static __always_inline __u32 file_facts(struct record_exec *record, struct task_struct *task, struct file *file)
{
	struct inode *inode = file->f_inode;
	struct super_block *super = inode->i_sb;
	unsigned long magic = super->s_magic;
	__u32 flags = 0;

	record->inode = inode->i_ino;
	record->size = inode->i_size;
	record->modified_s = modified_s(inode);
	record->device = super->s_dev;
	if (inode->i_nlink == 0)
		flags |= EXEC_UNLINKED;
	if (magic == TMPFS_MAGIC)
		flags |= EXEC_TMPFS;
	if (magic == OVERLAYFS_MAGIC && is_upper(inode))
		flags |= EXEC_UPPER_LAYER;
	if (file->f_path.mnt != task->fs->root.mnt)
		flags |= EXEC_OTHER_MOUNT;
	return flags;
}

// Whether a file's name begins as that of an interpreter does, whose first argument can be a script.
static __always_inline bool may_interpret(const char *name)
{
	switch (name[0] << 8 | name[1]) {
	case 's' << 8 | 'h':
	case 'b' << 8 | 'a':
	case 'd' << 8 | 'a':
	case 'a' << 8 | 's':
	case 'k' << 8 | 's':
	case 'z' << 8 | 's':
	case 'b' << 8 | 'u':
	case 'p' << 8 | 'y':
	case 'p' << 8 | 'e':
	case 'r' << 8 | 'u':
	case 'n' << 8 | 'o':
	case 'p' << 8 | 'h':
	case 'l' << 8 | 'u':
	case 't' << 8 | 'c':
		return true;
	}
	return false;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *binprm)
{
	struct counters *counters = counters_of(HOOK_EXEC);
	struct file *file = binprm->file;
	const char *name = binprm->filename;
	unsigned long start, length;
	__u64 path, script = 0, directory = 0, args;
	struct exec_scratch *scratch;
	struct record_exec *record;
	__u32 processor = bpf_get_smp_processor_id();

	scratch = bpf_map_lookup_elem(&exec_scratch, &processor);
	if (!scratch) {
		counted(counters, false);
		return 0;
	}
	record = &scratch->record;
	fill_key(&record->process, task);
	fill_key(&record->parent, task->real_parent);
	record->cgroup = cgroup_of(task);
	fill_identity(&record->identity, task);
	record->namespace_pid = namespace_pid(task);
	record->flags = file_facts(record, task, file) | task_flags(task);

	path = read_near(scratch->bytes, task, file);
	if (!path)
		path = read_path(scratch->bytes, WALK_EXEC, task, &file->f_path);
	if (path & PATH_CUT)
		record->flags |= EXEC_PATH_CUT;
	path = at_most(path & ~PATH_CUT, PATH_BYTES);
	record->flags |= enforce(record, file, scratch->bytes, path);
	if (binprm->interp != name)
		script = text_bytes(bpf_probe_read_kernel_str(scratch->bytes + path, PATH_BYTES, name), PATH_BYTES);
	script = at_most(script, PATH_BYTES);
	// A script is known by its name only, and what that is relative to is known only now.
	if (script ? scratch->bytes[path] != '/' : may_interpret(scratch->bytes)) {
		directory = read_path(scratch->bytes + path + script, WALK_EXEC, task, &task->fs->pwd);
		if (directory & PATH_CUT) {
			directory = 0;
		} else if (!directory) {
			// The root has no components, but is known.
			scratch->bytes[path + script] = 0;
			directory = 1;
		}
	}
	directory = at_most(directory, PATH_BYTES);
	start = task->mm->arg_start;
	length = task->mm->arg_end - start;
	args = at_most(length, ARGS_BYTES);
	if (bpf_probe_read_user(scratch->bytes + path + script + directory, args, (void *)start)) {
		record->flags |= EXEC_ARGS_UNREAD;
		args = 0;
	}
	record->path_bytes = path;
	record->script_bytes = script;
	record->directory_bytes = directory;
	record->args_bytes = args;
	record->args_total_bytes = length > 0xffffffff ? 0xffffffff : length;
	length = sizeof(*record) + path + script + directory + args;
	fill_header(&record->header, RECORD_EXEC, length);
	counted(counters, !bpf_ringbuf_output(&ring, scratch, length, FLAGS));
	return 0;
}
#endif
