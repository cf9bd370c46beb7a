/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets: what a process does the first time in a window goes through the ring, repeats are counted in a map
 * that user space empties when the window is over. What a connection came to is added up in the same place. */
#ifndef PLUMBLINE_NETWORK_H
#define PLUMBLINE_NETWORK_H

// Set by user space. Unix time at boot, and the length of a window.
const volatile __u64 boot_unix_ns = 0;
const volatile __u64 window_ns = 60000000000ull;

#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_CLOSE 7
#define TCP_LISTEN 10
#define IPPROTO_TCP 6
#define IPPROTO_MPTCP 262
#define IPPROTO_UDP 17

static __always_inline __u64 window_of(__u64 time_ns)
{
	return (boot_unix_ns + time_ns) / window_ns;
}

// When the clock was last asked on a processor, by the kernel's ticks.
struct tick {
	__u64 jiffies; // 0 where it has to be asked again
	__u64 now;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tick);
} ticks SEC(".maps");

#define LONGEST_TICK_NS 10000000

// Nanoseconds since boot, late by a tick at most, which is enough for what is only counted: to ask the clock can cost
// more than all the rest. Always of the right window, though.
static __always_inline __u64 tick(void)
{
	__u64 jiffies = bpf_jiffies64(), now;
	struct tick *tick;
	__u32 zero = 0;

	tick = bpf_map_lookup_elem(&ticks, &zero);
	if (tick && tick->jiffies == jiffies)
		return tick->now;
	now = bpf_ktime_get_boot_ns();
	if (tick) {
		tick->now = now;
		tick->jiffies = window_of(now) == window_of(now + LONGEST_TICK_NS) ? jiffies : 0;
	}
	return now;
}

static __always_inline void fill_flow_key(struct flow_key *key, struct task_struct *task)
{
	fill_key(&key->process, task);
	// Another program is another flow, or it could hide behind what the process ran before.
	key->process.program = task->group_leader->self_exec_id;
}

// From a socket that a hook handed over; the verifier knows its type and loads cost next to nothing.
static __always_inline void fill_address(struct flow_key *key, const struct sock *sk, bool peer)
{
	const struct sock_common *common = &sk->__sk_common;

	key->family = common->skc_family;
	if (key->family == AF_INET6) {
		const struct in6_addr *address = peer ? &common->skc_v6_daddr : &common->skc_v6_rcv_saddr;

		for (int word = 0; word < 4; word++)
			((__be32 *)key->address)[word] = address->in6_u.u6_addr32[word];
	} else {
		*(__be32 *)key->address = peer ? common->skc_daddr : common->skc_rcv_saddr;
	}
}

// From the head of a socket that was found behind a descriptor.
static __always_inline void fill_peer(struct flow_key *key, struct sock_head *head)
{
	key->family = HEAD(head, __u16, skc_family);
	if (key->family == AF_INET6)
		__builtin_memcpy(key->address, HEAD_AT(head, skc_v6_daddr), sizeof(key->address));
	else
		__builtin_memcpy(key->address, HEAD_AT(head, skc_daddr), sizeof(__be32));
	key->net_ns = BPF_CORE_READ(HEAD(head, struct net *, skc_net.net), ns.inum);
}

// One more occurrence, at a tick. The key's window is set here. 0 if there is no room to count it.
static __always_inline struct flow *flow_event(struct flow_key *key, struct task_struct *task, __u64 now)
{
	struct counters *counters = counters_of(HOOK_FLOW);
	struct record_flow *record;
	struct flow *flow;
	__u64 hash;

	key->window = window_of(now);
	hash = hash_of(key);
	flow = find_flow(key, hash);
	if (flow) {
		__sync_fetch_and_add(&flow->counts.repeats, 1);
		flow->counts.last_ns = now;
		return flow;
	}
	flow = make_flow(key, hash);
	__u64 cgroup = cgroup_of(task);

	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		// It is told with the others of its flow, when the window is over, if its process is known then: nobody can say.
		counted(counters, false);
		if (flow) {
			__sync_fetch_and_add(&flow->counts.repeats, 1);
			flow->counts.last_ns = now;
		}
		return flow;
	}
	counted(counters, true);
	fill_header(&record->header, RECORD_FLOW, sizeof(*record));
	record->key = *key;
	record->cgroup = cgroup;
	bpf_ringbuf_submit(record, FLAGS);
	// It is told, but how long a datagram was is told by the counts alone.
	if (!flow && (key->action == FLOW_SEND || key->action == FLOW_RECEIVE))
		counted(counters_of(HOOK_SUM), false);
	return flow;
}

// What became of a connection goes to its flow.
static __always_inline void account(const struct sock *sk, struct connection *connection)
{
	struct flow_key *key = &connection->key;
	struct flow_counts *counts;
	__u64 now = tick();
	struct flow *flow;

	key->window = window_of(now);
	flow = flow_at(connection->place, key);
	if (!flow) {
		__u64 hash = hash_of(key);

		flow = find_flow(key, hash);
		if (!flow)
			flow = make_flow(key, hash);
	}
	if (!flow) {
		counted(counters_of(HOOK_SUM), false);
		return;
	}
	counts = &flow->counts;
	if (connection->established) {
		const struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)sk);

		if (key->action == FLOW_CONNECT)
			__sync_fetch_and_add(&counts->latency_ns, connection->latency_ns);
		__sync_fetch_and_add(&counts->closed, 1);
		// Ticks of two processors can be out of order.
		if (now > connection->established)
			__sync_fetch_and_add(&counts->duration_ns, now - connection->established);
		if (tcp) {
			__sync_fetch_and_add(&counts->sent_bytes, tcp->bytes_sent - tcp->bytes_retrans);
			// On some ways to the end the kernel has counted the peer's FIN as a byte.
			__sync_fetch_and_add(&counts->received_bytes, tcp->bytes_received);
		}
	} else {
		__sync_fetch_and_add(&counts->failed, 1);
		counts->error = sk->sk_err;
	}
	counts->last_ns = now;
}

// How long a connection took to come about: as long as its first packet was answered after, which the kernel has
// measured. Where that was sent again, by ticks: it took a second then.
static __always_inline __u64 handshake_ns(const struct sock *sk, struct connection *connection)
{
	const struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)sk);

	if (tcp && tcp->srtt_us && !tcp->total_retrans)
		return (tcp->srtt_us >> 3) * 1000ull;
	return connection->established > connection->began_ns ? connection->established - connection->began_ns : 0;
}

// The thread that began to connect an IP socket in connect, by processor. Who has not been switched out since is still
// in that call: it need not be asked for its peer's family, which costs more than all else that this hook does.
struct connecting {
	__u64 start_ns;
	__u64 switches;
	__u32 pid; // of the thread; 0 for none
	__u32 unused;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct connecting);
} connecting_threads SEC(".maps");

static __always_inline void begin_connecting(struct task_struct *task)
{
	unsigned long number = CALL_NUMBER(registers(task));
	struct connecting *connecting;
	__u32 zero = 0;

	connecting = bpf_map_lookup_elem(&connecting_threads, &zero);
	if (!connecting || number >= CALLS || handlers[number] != CONNECT)
		return;
	connecting->start_ns = task->start_boottime;
	connecting->switches = task->nvcsw + task->nivcsw;
	connecting->pid = task->pid;
}

// Whether the call of connect that returns is one in which an IP socket began to connect. Only its first return
// answers yes.
static __always_inline bool connected_here(struct task_struct *task)
{
	struct connecting *connecting;
	__u32 zero = 0;

	connecting = bpf_map_lookup_elem(&connecting_threads, &zero);
	if (!connecting || connecting->pid != task->pid)
		return false;
	connecting->pid = 0;
	return connecting->start_ns == task->start_boottime && connecting->switches == task->nvcsw + task->nivcsw;
}

// Connecting and listening happen in the context of the process that asks for it; the rest may not.
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, const struct sock *sk, int old_state, int new_state)
{
	struct connection *connection;
	struct connection_set *set;
	__u32 way;

	if (new_state != TCP_SYN_SENT && new_state != TCP_LISTEN && new_state != TCP_CLOSE &&
	    new_state != TCP_ESTABLISHED)
		return 0;
	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (new_state == TCP_SYN_SENT || new_state == TCP_LISTEN) {
		struct task_struct *task = bpf_get_current_task_btf();
		bool connects = new_state == TCP_SYN_SENT;
		struct flow_key key = { .action = connects ? FLOW_CONNECT : FLOW_LISTEN };
		struct flow *flow;
		__u64 now = tick();

		fill_flow_key(&key, task);
		fill_address(&key, sk, connects);
		key.net_ns = sk->__sk_common.skc_net.net->ns.inum;
		key.port = connects ? __builtin_bswap16(sk->__sk_common.skc_dport) :
				      sk->__sk_common.skc_num;
		flow = flow_event(&key, task, now);
		if (connects)
			begin_connecting(task);
		connection = connects ? begin_connection(sk) : 0;
		if (connection) {
			connection->key = key;
			connection->began_ns = now;
			connection->place = flow ? flow->place : NOWHERE;
		}
		return 0;
	}
	set = set_of(sk);
	if (!set)
		return 0;
	way = way_of(set, sk);
	if (new_state == TCP_ESTABLISHED && old_state == TCP_SYN_SENT) {
		connection = way < WAYS ? &set->ways[way] : 0;
		if (connection && connection->key.action) {
			connection->established = tick();
			connection->latency_ns = handshake_ns(sk, connection);
		}
		return 0;
	}
	if (new_state == TCP_ESTABLISHED) {
		// One that can be accepted. Here its socket is at hand, and costs less to read than behind a descriptor.
		connection = begin_connection(sk);
		if (connection) {
			__builtin_memset(connection->key.address, 0, sizeof(connection->key.address));
			fill_address(&connection->key, sk, true);
			connection->key.net_ns = sk->__sk_common.skc_net.net->ns.inum;
			connection->key.port = sk->__sk_common.skc_num;
		}
		return 0;
	}
	if (way >= WAYS)
		return 0;
	connection = &set->ways[way];
	if (connection->key.action)
		account(sk, connection);
	end_connection(set, way);
	return 0;
}

// A connection is established in softirq, in whatever process is interrupted; the one that takes it is known
// only when accept returns. What became of one that was established before the hooks were there, or is not yet
// (fast open), is not told.
static __always_inline int accepted(struct task_struct *task, __u64 fd)
{
	struct sock *sk = socket_of(file_at(task, fd));
	struct connection *connection = 0;
	struct connection_set *set;
	struct flow_key key = {};
	struct flow *flow;
	__u64 now;

	if (!sk)
		return 0;
	set = set_of(sk);
	if (set) {
		__u32 way = way_of(set, sk);

		if (way < WAYS && !set->ways[way].key.action)
			connection = &set->ways[way];
	}
	if (connection) {
		key = connection->key;
	} else {
		struct sock_head head;
		__u16 protocol;

		if (read_head(&head, sk) || !is_inet(&head))
			return 0;
		protocol = BPF_CORE_READ(sk, sk_protocol);
		if (protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP)
			return 0;
		fill_peer(&key, &head);
		key.port = HEAD(&head, __u16, skc_num);
	}
	now = tick();
	fill_flow_key(&key, task);
	key.action = FLOW_ACCEPT;
	flow = flow_event(&key, task, now);
	// Asked of the pointer again, as older verifiers (5.15) don't know what was found out before.
	barrier_var(connection);
	if (connection) {
		connection->place = flow ? flow->place : NOWHERE;
		connection->key.process = key.process;
		connection->began_ns = now;
		connection->established = now;
		barrier();
		connection->key.action = FLOW_ACCEPT;
	}
	return 0;
}
#endif
