/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Open TCP connections by the cookies of their sockets, in sets of a few places each. To put an entry into a hash
 * map and to take it out again costs more than everything else that a connection costs. Where a set is full the
 * oldest of it is given up: what it came to is not told, and that is counted. */
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

static __always_inline struct connection_set *set_of(__u64 cookie)
{
	// Multiplicative hashing (Knuth, The Art of Computer Programming 3, section 6.4).
	__u32 set = cookie * 0x9e3779b97f4a7c15ull >> (64 - SETS_BITS);

	return bpf_map_lookup_elem(&connections, &set);
}

static __always_inline struct connection *connection_of(__u64 cookie)
{
	struct connection_set *set = set_of(cookie);

	if (!set)
		return 0;
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
static __always_inline void begin_connection(__u64 cookie, struct flow_key *key, __u64 now,
					     __u64 established)
{
	struct connection_set *set = set_of(cookie);
	struct connection *connection;

	// Established before the hooks were there, or not yet (fast open): what it comes to is not told. 0 stands for a
	// free place, which another processor may be taking.
	if (!set || !cookie)
		return;
	connection = connection_of(cookie);
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
