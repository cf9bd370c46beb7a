/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a program that was started may run. It is killed here, before its first instruction: whoever is told later
 * comes too late. User space says what is enforced where; nothing outside those control groups is ever touched. */
#ifndef PLUMBLINE_ENFORCE_H
#define PLUMBLINE_ENFORCE_H

// Set by user space: 1 if policies may come. Else none of this is in the program that is loaded.
const volatile __u32 enforces = 0;
// Set by user space. A runtime on its way into a container is in its control group, but still in this mount namespace,
// and runs from memory.
const volatile __u32 host_mount_ns = 0;

#define SIGKILL 9
#define MINUTE_NS 60000000000ull
// Tries to count a kill while other processors do.
#define COUNT_TRIES 8

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct enforced);
} enforced SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct listed);
	__type(value, __u32);
} listed SEC(".maps");

// Kills that a policy has left in a minute. User space alone writes it.
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POLICIES);
	__type(key, __u32);
	__type(value, __u32);
} limits SEC(".maps");

// The minute since boot and, in the lower 15 bits, its kills by policy; between them whether one was left out. From then on
// none is killed in any minute, until user space begins anew with 0.
#define LEFT_OUT 0x8000
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POLICIES);
	__type(key, __u32);
	__type(value, __u64);
} kills SEC(".maps");

// Until when user space stands behind all that, nanoseconds since boot: it renews this as long as it looks at what has
// expired and what was switched off, so that one which hangs kills nothing for long. User space alone writes it.
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lease SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct listed);
} listed_scratch SEC(".maps");

static __always_inline __s64 changed_s(struct inode *inode)
{
	if (bpf_core_field_exists(struct inode, i_ctime_sec))
		return inode->i_ctime_sec;
	if (bpf_core_field_exists(struct inode___older, __i_ctime))
		return BPF_CORE_READ((struct inode___older *)inode, __i_ctime.tv_sec);
	return BPF_CORE_READ((struct inode___old *)inode, i_ctime.tv_sec);
}

// What is said of an executable by its path: bits of LISTED_.
static __always_inline __u32 listed_as(__u32 policy, const char *path, __u64 bytes)
{
	__u32 zero = 0, *bits;
	struct listed *key = bpf_map_lookup_elem(&listed_scratch, &zero);

	if (!key || bytes > LISTED_BYTES)
		return 0;
	__builtin_memset(key, 0, sizeof(*key));
	key->policy = policy;
	bpf_probe_read_kernel(key->path, at_most(bytes, LISTED_BYTES), path);
	bits = bpf_map_lookup_elem(&listed, key);
	return bits ? *bits : 0;
}

// Counts one more kill of a policy, if it has one left in this minute. Without a lease it is only told of.
static __always_inline __u32 may_kill(__u32 policy)
{
	__u64 now_ns = bpf_ktime_get_boot_ns(), minute = now_ns / MINUTE_NS;
	__u64 *word = bpf_map_lookup_elem(&kills, &policy), *until;
	__u32 *limit = bpf_map_lookup_elem(&limits, &policy), zero = 0;

	until = bpf_map_lookup_elem(&lease, &zero);
	if (!word || !limit || !until)
		return OUTCOME_FAILED;
	if (now_ns > *until)
		return OUTCOME_WARNED;
	for (int count = 0; count < COUNT_TRIES; count++) {
		__u64 old = *(volatile __u64 *)word, killed = old >> 16 == minute ? old & (LEFT_OUT - 1) : 0, now;

		if (old & LEFT_OUT)
			return OUTCOME_SPARED;
		now = minute << 16 | (killed < *limit ? killed + 1 : killed | LEFT_OUT);
		if (__sync_val_compare_and_swap(word, old, now) == old)
			return now & LEFT_OUT ? OUTCOME_SPARED : OUTCOME_KILLED;
	}
	return OUTCOME_FAILED;
}

// Kills the task if it may not run this file. Gives bits of record_exec.flags: what was broken, and what became of it.
// flags: those of the file; path: its components, the last one first.
static __always_inline __u32 enforce(struct record_exec *record, struct file *file, const char *path, __u64 bytes)
{
	struct enforced *policy;
	__u32 breaks = 0, as, outcome, flags = record->flags;

	if (!enforces || record->identity.mount_ns == host_mount_ns)
		return 0;
	policy = bpf_map_lookup_elem(&enforced, &record->cgroup);
	if (!policy)
		return 0;
	as = flags & EXEC_PATH_CUT ? 0 : listed_as(policy->policy, path, bytes);
	if (policy->rules & RULE_IMMUTABLE && !(as & LISTED_EXEMPT)) {
		bool new = flags & (EXEC_UPPER_LAYER | EXEC_UNLINKED);

		// Below an overlay is the image. Elsewhere, as on a tmpfs or where layers are no overlay, the kernel's own
		// time of the last change tells, which no program can set.
		if (!new && file->f_inode->i_sb->s_magic != OVERLAYFS_MAGIC)
			new = changed_s(file->f_inode) > policy->started_s;
		breaks |= new ? EXEC_BREAKS_IMMUTABLE : 0;
	}
	if (policy->rules & RULE_LIST && !(as & LISTED_ALLOWED))
		breaks |= EXEC_BREAKS_LIST;
	if (!breaks)
		return 0;
	outcome = policy->outcome;
	if (outcome == OUTCOME_KILLED) {
		outcome = may_kill(policy->policy);
		if (outcome == OUTCOME_KILLED && bpf_send_signal(SIGKILL))
			outcome = OUTCOME_FAILED;
	}
	return breaks | outcome << EXEC_OUTCOME_SHIFT;
}
#endif
