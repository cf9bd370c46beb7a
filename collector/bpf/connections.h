/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Open TCP connections in sets of a few places each: to put an entry into a hash map and to take it out again costs
 * more than everything else that a connection costs. The address of the socket chooses the set, because the kernel
 * reuses first what was freed last: sockets that come and go fast have few addresses, so their sets stay in the
 * cache. Whose a place is says the socket's cookie, which is never used twice. Where a set is full the oldest of it
 * is given up: what it came to is not told, and that is counted. */
#ifndef PLUMBLINE_CONNECTIONS_H
#define PLUMBLINE_CONNECTIONS_H

#define SETS_BITS 14
#define WAYS 4

struct connection {
	__u64 cookie; // 0 where the place is free
	struct flow_key key;
	__u64 began_ns;
	__u64 established_ns;
};

struct connection_set {
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

static __always_inline struct connection *connection_of(struct connection_set *set, __u64 cookie)
{
	for (int way = 0; way < WAYS; way++)
		if (set->ways[way].cookie == cookie)
			return &set->ways[way];
	return 0;
}

static __always_inline void end_connection(struct connection *connection)
{
	connection->cookie = 0;
}

// A socket is at one processor at a time, but the places of a set are of several sockets.
static __always_inline void begin_connection(const void *sk, __u64 cookie, struct flow_key *key, __u64 now,
					     __u64 established)
{
	struct connection_set *set = set_of(sk);
	struct connection *connection;

	// Established before the hooks were there, or not yet (fast open): what it comes to is not told. 0 stands for a
	// free place, which another processor may be taking.
	if (!set || !cookie)
		return;
	connection = connection_of(set, cookie);
	for (int way = 0; way < WAYS && !connection; way++)
		if (!set->ways[way].cookie && !__sync_val_compare_and_swap(&set->ways[way].cookie, 0, cookie))
			connection = &set->ways[way];
	if (!connection) {
		connection = &set->ways[0];
		for (int way = 1; way < WAYS; way++)
			if (set->ways[way].began_ns < connection->began_ns)
				connection = &set->ways[way];
		connection->cookie = cookie;
		counted(counters_of(HOOK_STATE), false);
	}
	connection->key = *key;
	connection->began_ns = now;
	connection->established_ns = established;
}
#endif
