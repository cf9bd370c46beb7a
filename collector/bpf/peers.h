/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Peers that a call names in its caller's memory: of datagrams, with what they ask of DNS, and of connections that could
 * not begin. What sockets themselves tell is in network.h; which call has what where, in calls.h. */
#ifndef PLUMBLINE_PEERS_H
#define PLUMBLINE_PEERS_H

struct message_scratch {
	struct record_dns record;
	char bytes[DNS_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct message_scratch);
} message_scratch SEC(".maps");

// What passed between a process and a server of names: a datagram, or of a connection (its cookie) a piece.
static __noinline int dns_message(struct flow_key *key, struct task_struct *task, void *bytes, __u64 length,
				  __u64 connection)
{
	bool received = key->action == FLOW_RECEIVE;
	struct counters *counters = counters_of(HOOK_DNS);
	struct message_scratch *scratch;
	__u32 zero = 0;

	scratch = bpf_map_lookup_elem(&message_scratch, &zero);
	if (!scratch) {
		counted(counters, false);
		return 0;
	}
	scratch->record.connection = connection;
	scratch->record.length = length;
	scratch->record.unused = 0;
	length = at_most(length, DNS_BYTES);
	if (bpf_probe_read_user(scratch->bytes, length, bytes))
		length = 0;
	scratch->record.process = key->process;
	scratch->record.cgroup = cgroup_of(task);
	scratch->record.received = received;
	scratch->record.bytes = length;
	fill_header(&scratch->record.header, RECORD_DNS, sizeof(scratch->record) + length);
	length = at_most(length, DNS_BYTES);
	counted(counters, !bpf_ringbuf_output(&ring, scratch, sizeof(scratch->record) + length, FLAGS));
	return 0;
}

#define DNS_PORT 53
struct socket_name {
	__u16 family;
	__be16 port;
	union {
		__u8 v4[4];
		struct {
			__u32 flow;
			__u8 v6[16];
		};
	};
};

static __always_inline void fill_named(struct flow_key *key, struct socket_name *name)
{
	key->family = name->family;
	__builtin_memset(key->address, 0, sizeof(key->address));
	if (name->family == AF_INET)
		__builtin_memcpy(key->address, name->v4, sizeof(name->v4));
	else
		__builtin_memcpy(key->address, name->v6, sizeof(name->v6));
}

// A connection of TCP that was refused before it began: there is no way to the peer, or somebody forbids it.
// Not static: the verifier checks it once.
__noinline int refused_connection(__u64 fd, __u64 name_at, __u32 error)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct sock *sk = socket_of(file_at(task, fd));
	struct flow_key key = { .action = FLOW_CONNECT };
	struct socket_name name = {};
	struct sock_head head;
	__u16 protocol;
	struct flow *flow;

	if (!sk || read_head(&head, sk) || !is_inet(&head))
		return 0;
	protocol = BPF_CORE_READ(sk, sk_protocol);
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP)
		return 0;
	if (bpf_probe_read_user(&name, sizeof(name), (void *)name_at)) {
		counted(counters_of(HOOK_FLOW), false);
		return 0;
	}
	if (name.family != AF_INET && name.family != AF_INET6)
		return 0;
	fill_flow_key(&key, task);
	fill_named(&key, &name);
	key.net_ns = BPF_CORE_READ(HEAD(&head, struct net *, skc_net.net), ns.inum);
	key.port = __builtin_bswap16(name.port);
	flow = flow_event(&key, task, tick());
	if (flow) {
		__sync_fetch_and_add(&flow->counts.failed, 1);
		flow->counts.error = error;
	} else {
		counted(counters_of(HOOK_SUM), false);
	}
	return 0;
}

// The peer that a UDP socket is connected to goes into a key. Gives its own port and, above it, the peer's; the key's
// family is 0 where it is no such socket. Apart from the next for the stack, on which the head is large.
static __noinline __u32 connected_peer(struct sock *sk, struct flow_key *key)
{
	struct sock_head head;

	if (!sk || read_head(&head, sk) || !is_inet(&head) || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_UDP)
		return 0;
	fill_peer(key, &head);
	return (__u32)__builtin_bswap16(HEAD(&head, __be16, skc_dport)) << 16 | HEAD(&head, __u16, skc_num);
}

// A datagram that a process sent or took: by a socket's descriptor, with its peer's name and its bytes in the caller's
// memory. The name is 0 where the socket is connected. An answer to what it sent counts there, as does what it answers.
// Not static: the verifier checks it once, not for each call.
__noinline int datagram(__u64 fd, __u64 name_at, __u64 bytes, __u32 length, __u32 received)
{
	struct flow_key key = {};
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 ports = connected_peer(socket_of(file_at(task, fd)), &key);
	__u16 own_port = ports, peer_port = ports >> 16;
	struct socket_name name = {};
	struct flow *flow;
	__u64 now;

	if (!key.family)
		return 0;
	now = tick();
	fill_flow_key(&key, task);
	if (name_at && bpf_probe_read_user(&name, sizeof(name), (void *)name_at)) {
		counted(counters_of(HOOK_FLOW), false);
		return 0;
	}
	if (name.family) {
		peer_port = __builtin_bswap16(name.port);
		fill_named(&key, &name);
	}
	if (!peer_port || (key.family != AF_INET && key.family != AF_INET6))
		return 0;
	key.window = window_of(now);
	key.action = received ? FLOW_SEND : FLOW_RECEIVE;
	key.port = received ? peer_port : own_port;
	flow = find_flow(&key, hash_of(&key));
	key.action = received ? FLOW_RECEIVE : FLOW_SEND;
	key.port = received ? own_port : peer_port;
	if (!flow)
		flow = flow_event(&key, task, now);
	if (flow) {
		flow->counts.last_ns = now;
		if (received)
			__sync_fetch_and_add(&flow->counts.received_bytes, length);
		else
			__sync_fetch_and_add(&flow->counts.sent_bytes, length);
	}
	if (peer_port == DNS_PORT)
		dns_message(&key, task, (void *)bytes, length, 0);
	return 0;
}

// A piece of what passed a connection to a server of names. Not static: the verifier checks it once, not in every round.
__noinline int dns_piece(__u64 connection, __u64 at, __u32 length, __u32 received)
{
	struct flow_key key = { .action = received ? FLOW_RECEIVE : FLOW_SEND };
	struct task_struct *task = bpf_get_current_task_btf();

	fill_flow_key(&key, task);
	return dns_message(&key, task, (void *)at, length, connection);
}
#endif
