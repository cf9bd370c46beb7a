/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The few kernel types and fields that are read, relocated at load to where the running kernel has them. */
#ifndef PLUMBLINE_KERNEL_H
#define PLUMBLINE_KERNEL_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
enum { false, true };

/* uapi/linux/bpf.h, which does not go with the definitions below. */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { BPF_F_NO_PREALLOC = 1 };
enum { BPF_RB_NO_WAKEUP = 1 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct { int counter; } atomic_t;
typedef struct { __u32 val; } kuid_t;
typedef struct { __u32 val; } kgid_t;

struct qstr { union { struct { __u32 hash; __u32 len; }; __u64 hash_len; }; const unsigned char *name; };
struct super_block { unsigned long s_magic; unsigned int s_dev; };
struct timespec64 { __s64 tv_sec; };
struct inode {
	struct super_block *i_sb;
	unsigned int i_nlink;
	unsigned long i_ino;
	__s64 i_size;
	__s64 i_mtime_sec;
	__s64 i_ctime_sec;
};
struct inode___old { struct timespec64 i_mtime; struct timespec64 i_ctime; };
struct inode___older { struct timespec64 __i_mtime; struct timespec64 __i_ctime; };
struct dentry { struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; };
struct vfsmount { struct dentry *mnt_root; };
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; };
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct file { struct path f_path; struct inode *f_inode; void *private_data; };
struct fdtable { unsigned int max_fds; struct file **fd; };
struct files_struct { struct fdtable *fdt; };
struct fs_struct { struct path root; struct path pwd; };
struct ovl_inode { struct inode vfs_inode; struct dentry *__upperdentry; };

struct kernfs_node { const char *name; struct kernfs_node *parent; __u64 id; };
struct kernfs_node___new { struct kernfs_node *__parent; };
struct cgroup { int level; struct kernfs_node *kn; };
struct cgroup_subsys_state { struct cgroup *cgroup; };
struct css_set { struct cgroup_subsys_state *subsys[1]; struct cgroup *dfl_cgrp; };

struct ns_common { unsigned int inum; };
struct mnt_namespace { struct ns_common ns; };
struct net { struct ns_common ns; };
struct user_namespace { struct ns_common ns; };
struct upid { int nr; };
struct pid { unsigned int level; struct upid numbers[1]; };
struct nsproxy { struct mnt_namespace *mnt_ns; struct net *net_ns; };
typedef struct { __u64 val; } kernel_cap_t;
struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t euid;
	kgid_t egid;
	kernel_cap_t cap_effective;
	struct user_namespace *user_ns;
};
struct tty_struct;
struct list_head { struct list_head *next; };
typedef struct { unsigned int sequence; } seqcount_t;
struct seqcount_spinlock { seqcount_t seqcount; };
typedef struct { struct seqcount_spinlock seqcount; } seqlock_t;
struct signal_struct {
	atomic_t live;
	int nr_threads;
	struct list_head thread_head;
	struct tty_struct *tty;
	seqlock_t stats_lock;
	__u64 utime;
	__u64 stime;
	unsigned long long sum_sched_runtime;
	unsigned long maxrss;
};
struct mm_struct { unsigned long arg_start; unsigned long arg_end; };
struct sched_entity { __u64 sum_exec_runtime; };
struct task_struct {
	struct sched_entity se;
	int pid;
	int tgid;
	int exit_code;
	__u64 start_boottime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	__u32 self_exec_id;
	__u64 utime;
	__u64 stime;
	struct list_head thread_node;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct mm_struct *mm;
	struct pid *thread_pid;
	struct cred *cred;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct css_set *cgroups;
};
struct linux_binprm { struct file *file; const char *filename; const char *interp; };

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs { __u64 regs[31]; __u64 orig_x0; __s32 syscallno; };
#endif

struct in6_addr { union { __be32 u6_addr32[4]; } in6_u; };
struct sock_common {
	unsigned short skc_family;
	__be16 skc_dport;
	__u16 skc_num;
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	struct { struct net *net; } skc_net;
};
struct sock { struct sock_common __sk_common; __u16 sk_protocol; __u16 sk_type; int sk_err; struct pid *sk_peer_pid; };
struct socket { struct file *file; struct sock *sk; };
struct socket_alloc { struct socket socket; struct inode vfs_inode; };
struct tcp_sock {
	__u64 bytes_sent;
	__u64 bytes_retrans;
	__u64 bytes_received;
	__u32 srtt_us;
	__u32 total_retrans;
};
struct sockaddr_un { unsigned short sun_family; char sun_path[108]; };
struct unix_address { int len; struct sockaddr_un name[0]; };
struct unix_sock { struct unix_address *addr; struct sock *peer; };

#pragma clang attribute pop

enum cgroup_subsys_id { memory_cgrp_id = 1, pids_cgrp_id = 2 };
#endif
