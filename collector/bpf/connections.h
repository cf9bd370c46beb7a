/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Open TCP connections in sets of a few places each: to put an entry into a hash map and to take it out again costs
 * more than everything else that a connection costs. The address of the socket chooses the set, because the kernel
 * reuses first what was freed last: sockets that come and go fast have few addresses, so their sets stay in the
 * cache. Whose a place is says that address, too: it becomes another socket's only after this one was closed, which
 * frees the place. Where a set is full the oldest of it is given up: what it came to is not told, and that is
 * counted. One that nobody has accepted yet has no process and is given up first. */
#ifndef PLUMBLINE_CONNECTIONS_H
#define PLUMBLINE_CONNECTIONS_H

// A set of few places is full by chance while most of the others are empty: with four of these even a third of
// the places taken lost connections.
#define SETS_BITS 12
#define WAYS 16

struct connection {
	struct flow_key key; // its action is 0 until it is known whose it is
	__u64 began_ns;
	__u64 latency_ns; // until it was established
	__u64 established; // at which tick, in nanoseconds since boot; 0 where it is not yet
	__u32 place; // where its flow was counted when it began; it may be another's by now
	__u32 unused;
};

struct connection_set {
	__u64 sockets[WAYS]; // 0 where the place is free
	struct connection ways[WAYS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << SETS_BITS);
	__type(key, __u32);
	__type(value, struct connection_set);
} connections SEC(".maps");

static __always_inline struct connection_set *set_of(const void *sk)
{
	__u32 address, set;

	// The verifier allows no arithmetic on a kernel pointer, but on a copy of its lower half.
	asm volatile("%0 = %1" : "=w"(address) : "w"((__u32)(__u64)sk));
	// Multiplicative hashing (Knuth, The Art of Computer Programming 3, section 6.4).
	set = address * 0x9e3779b9u >> (32 - SETS_BITS);
	return bpf_map_lookup_elem(&connections, &set);
}

// Where in its set a connection is; WAYS where it is not.
static __always_inline __u32 way_of(struct connection_set *set, const void *sk)
{
	__u32 way = 0;

	while (way < WAYS && set->sockets[way] != (__u64)sk)
		way++;
	return way;
}

static __always_inline void end_connection(struct connection_set *set, __u32 way)
{
	set->ways[way].key.action = 0;
	set->sockets[way] = 0;
}

// A place for a socket, the one it has or another; who takes it fills it in, the action last. A socket is at one
// processor at a time, but the places of a set are of several sockets.
static __always_inline struct connection *begin_connection(const void *sk)
{
	struct connection_set *set = set_of(sk);
	struct connection *connection;
	__u32 way;

	if (!set)
		return 0;
	way = way_of(set, sk);
	if (way == WAYS)
		for (way = 0; way < WAYS; way++)
			if (!set->sockets[way] && !__sync_val_compare_and_swap(&set->sockets[way], 0, (__u64)sk))
				break;
	if (way == WAYS) {
		way = 0;
		for (__u32 other = 1; other < WAYS; other++)
			if (set->ways[other].began_ns < set->ways[way].began_ns)
				way = other;
		if (set->ways[way].key.action)
			counted(counters_of(HOOK_SUM), false);
		set->sockets[way] = (__u64)sk;
	}
	connection = &set->ways[way];
	connection->key.action = 0;
	connection->began_ns = 0;
	connection->established = 0;
	return connection;
}
#endif
