/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What sockets do, counted by flow and window. In sets of a few places, as told control groups and connections are:
 * to find a key in a hash map costs three times as much, and each connection asks four times. Whoever takes a place
 * marks it as used, and user space takes the mark away when it has read what was counted. The window is over by then; what
 * happens in it still, by a clock that stood (see tick()), takes a place anew. Where a set is full, what happens is told
 * one by one instead. */
#ifndef PLUMBLINE_FLOWS_H
#define PLUMBLINE_FLOWS_H

#define FLOW_SETS_BITS 10
#define FLOW_WAYS 16
#define NOWHERE (~0u) // no flow's place

// One line of the cache: where in a set to look.
struct flow_set {
	__u32 tags[FLOW_WAYS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << FLOW_SETS_BITS);
	__type(key, __u32);
	__type(value, struct flow_set);
} flow_sets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FLOW_WAYS << FLOW_SETS_BITS);
	__type(key, __u32);
	__type(value, struct flow);
} flows SEC(".maps");

// Apart from the flows, as user space can't write a part of a value.
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FLOW_WAYS << FLOW_SETS_BITS);
	__type(key, __u32);
	__type(value, enum place_state);
} flows_used SEC(".maps");

static __always_inline __u64 hash_of(const struct flow_key *key)
{
	const __u64 *words = (const __u64 *)key;
	__u64 hash = 0;

	for (int word = 0; word < sizeof(*key) / sizeof(__u64); word++) {
		hash = (hash ^ words[word]) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 32;
	}
	return hash;
}

static __always_inline bool same_key(const struct flow_key *one, const struct flow_key *other)
{
	const __u64 *left = (const __u64 *)one, *right = (const __u64 *)other;
	__u64 differs = 0;

	for (int word = 0; word < sizeof(*one) / sizeof(__u64); word++)
		differs |= left[word] ^ right[word];
	return !differs;
}

// The flow at a place if it is this one.
static __always_inline struct flow *flow_at(__u32 place, const struct flow_key *key)
{
	struct flow *flow = bpf_map_lookup_elem(&flows, &place);
	enum place_state *used = bpf_map_lookup_elem(&flows_used, &place);

	return flow && used && *used == PLACE_READY && same_key(&flow->key, key) ? flow : 0;
}

// Two flows of one set with the same tag, which is half of a hash, are not told apart: the second is told one by one.
static __always_inline struct flow *find_flow(const struct flow_key *key, __u64 hash)
{
	__u32 number = hash >> (64 - FLOW_SETS_BITS), tag = hash, way = 0;
	struct flow_set *set = bpf_map_lookup_elem(&flow_sets, &number);

	if (!set)
		return 0;
	while (way < FLOW_WAYS && set->tags[way] != tag)
		way++;
	// The verifier is to forget which one it was, or it checks what follows for each.
	asm volatile("%0 += %1\n%0 -= %1" : "+r"(way) : "r"(tag));
	return way < FLOW_WAYS ? flow_at(number * FLOW_WAYS + way, key) : 0;
}

// A place for a flow that has none; NOWHERE without room. Two processors that make the same one at once make two, whose
// counts add up. Not static: the verifier checks it once, not for each call.
__noinline __u32 take_place(const struct flow_key *key, __u64 hash)
{
	__u32 number = hash >> (64 - FLOW_SETS_BITS);
	struct flow_set *set = bpf_map_lookup_elem(&flow_sets, &number);

	if (!set || !key)
		return NOWHERE;
	for (__u32 way = 0; way < FLOW_WAYS; way++) {
		__u32 place = number * FLOW_WAYS + way;
		enum place_state *used = bpf_map_lookup_elem(&flows_used, &place);
		struct flow *flow = bpf_map_lookup_elem(&flows, &place);

		if (!used || !flow || *used || __sync_val_compare_and_swap(used, PLACE_FREE, PLACE_MAKING))
			continue;
		flow->key = *key;
		__builtin_memset(&flow->counts, 0, sizeof(flow->counts));
		flow->place = place;
		set->tags[way] = hash;
		// Whoever sees this sees all the rest.
		__sync_val_compare_and_swap(used, PLACE_MAKING, PLACE_READY);
		return place;
	}
	return NOWHERE;
}

static __always_inline struct flow *make_flow(const struct flow_key *key, __u64 hash)
{
	__u32 place = take_place(key, hash);

	return bpf_map_lookup_elem(&flows, &place);
}
#endif
