// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel side: fill a record at a stable hook and hand it over; drop and count when the ring is full. Facts
// that user space can't get back later are taken here, everything else is left to it.
#include "kernel.h"
#include "records.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#include "common.h"
#include "enforce.h"
#include "process.h"
#include "syscalls.h"
#include "flows.h"
#include "connections.h"
#include "network.h"
#include "peers.h"
#include "calls.h"
