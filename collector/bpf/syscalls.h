/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls by number: what is to be done when one returns, and where its arguments are. */
#ifndef PLUMBLINE_SYSCALLS_H
#define PLUMBLINE_SYSCALLS_H

enum handler {
	IGNORE,
	CONNECT,
	SENDTO,
	RECVFROM,
	SENDMSG,
	RECVMSG,
	SENDMMSG,
	RECVMMSG,
	WRITE,
	READ,
	WRITEV,
	READV,
	EXECVE,
	EXECVEAT,
	CREDENTIALS,
	PTRACE,
	MEMFD,
	SETNS,
	UNSHARE,
	MOUNT,
	MOVE_MOUNT,
	FSOPEN,
	OPEN_TREE,
	INIT_MODULE,
	FINIT_MODULE,
	BPF,
	CHMOD,
	FCHMOD,
	FCHMODAT,
};

#define CALLS 512
#if defined(__TARGET_ARCH_x86)
static const volatile __u8 handlers[CALLS] = {
	[42] = CONNECT, [44] = SENDTO, [45] = RECVFROM, [46] = SENDMSG,
	[47] = RECVMSG, [307] = SENDMMSG, [299] = RECVMMSG, [1] = WRITE, [0] = READ, [20] = WRITEV, [19] = READV,
	[59] = EXECVE, [322] = EXECVEAT,
	// setuid, setgid, setreuid, setregid, setresuid, setresgid, setfsuid, setfsgid, capset
	[105] = CREDENTIALS, [106] = CREDENTIALS, [113] = CREDENTIALS, [114] = CREDENTIALS, [117] = CREDENTIALS,
	[119] = CREDENTIALS, [122] = CREDENTIALS, [123] = CREDENTIALS, [126] = CREDENTIALS,
	[101] = PTRACE, [319] = MEMFD, [308] = SETNS, [272] = UNSHARE, [165] = MOUNT,
	[429] = MOVE_MOUNT, [430] = FSOPEN, [428] = OPEN_TREE, [175] = INIT_MODULE,
	[313] = FINIT_MODULE, [321] = BPF, [90] = CHMOD, [91] = FCHMOD, [268] = FCHMODAT, [452] = FCHMODAT,
};
#define CALL_NUMBER(regs) ((regs)->orig_ax)
#define ARG1(regs) ((regs)->di)
#define ARG2(regs) ((regs)->si)
#define ARG3(regs) ((regs)->dx)
#define ARG4(regs) ((regs)->r10)
#define ARG5(regs) ((regs)->r8)
#elif defined(__TARGET_ARCH_arm64)
static const volatile __u8 handlers[CALLS] = {
	[203] = CONNECT, [206] = SENDTO, [207] = RECVFROM, [211] = SENDMSG,
	[212] = RECVMSG, [269] = SENDMMSG, [243] = RECVMMSG, [64] = WRITE, [63] = READ, [66] = WRITEV, [65] = READV,
	[221] = EXECVE, [281] = EXECVEAT,
	[146] = CREDENTIALS, [144] = CREDENTIALS, [145] = CREDENTIALS, [143] = CREDENTIALS, [147] = CREDENTIALS,
	[149] = CREDENTIALS, [151] = CREDENTIALS, [152] = CREDENTIALS, [91] = CREDENTIALS,
	[117] = PTRACE, [279] = MEMFD, [268] = SETNS, [97] = UNSHARE, [40] = MOUNT,
	[429] = MOVE_MOUNT, [430] = FSOPEN, [428] = OPEN_TREE, [105] = INIT_MODULE,
	[273] = FINIT_MODULE, [280] = BPF, [52] = FCHMOD, [53] = FCHMODAT, [452] = FCHMODAT,
};
#define CALL_NUMBER(regs) ((unsigned long)(regs)->syscallno)
#define ARG1(regs) ((regs)->orig_x0)
#define ARG2(regs) ((regs)->regs[1])
#define ARG3(regs) ((regs)->regs[2])
#define ARG4(regs) ((regs)->regs[3])
#define ARG5(regs) ((regs)->regs[4])
#endif

static __always_inline struct pt_regs *registers(struct task_struct *task)
{
	return (struct pt_regs *)bpf_task_pt_regs(task);
}
#endif
