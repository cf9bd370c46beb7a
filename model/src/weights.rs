//! Weights of the model, written by `cargo run -p plumbline-tests --bin fit`; not by hand.
//!
//! Fitted on 2959 incidents of ordinary work, 111 of drifts and 174 of attacks, each under models that had learned all, some
//! or nothing.

use crate::params::{Hierarchy, Threshold, Weights};
use std::borrow::Cow;

/// What the model comes with.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "what is fitted may come near any constant")]
pub(crate) const FITTED: Weights = Weights {
    // bias, surprise, evidence for drift, evidence for attack
    unknown: [
        [-4.1252, 0.0000, 2.2094, 0.0000], // drift
        [-4.5908, 0.0000, 1.4726, 0.8904], // attack
    ],
    learned: [
        [-7.4593, 1.4357, 0.5688, 0.0000], // drift
        [-10.3141, 1.2498, 0.0000, 1.4845], // attack
    ],
    evidence: Cow::Borrowed(&[
        ("executable_written_after_build", 0.50, 2.91),
        ("executable_in_scratch_directory", 0.00, 1.97),
        ("egress_by_new_executable", 0.00, 4.22),
        ("listener_by_new_executable", 0.50, 3.01),
        ("service_started_shell", 0.00, 5.05),
        ("service_started_tool", 0.00, 2.38),
        ("service_runs_new_code", 0.00, 3.80),
        ("nobody_at_work", 0.00, 0.49),
        ("reconnaissance_sequence", 0.00, 1.55),
        ("downloader_started", 0.30, 0.83),
        ("file_made_executable", 0.00, 2.31),
        ("network_relay_started", 0.30, 3.77),
        ("relay_listens", 0.30, 3.57),
        ("data_in_domain_names", 0.00, 4.54),
        ("unnamed_public_peer", 0.30, 1.64),
        ("remote_shell_port", 0.30, 1.62),
        ("service_calls_out", 0.30, 2.63),
        ("first_public_egress", 0.50, 2.38),
        ("new_listener", 1.00, 0.93),
        ("unusual_rate", 2.50, 0.49),
        ("file_system_mounted", 0.50, 5.02),
        ("host_in_reach", 0.00, 1.91),
        ("runtime_socket_contacted", 0.30, 5.51),
        ("root_gained", 0.30, 3.75),
        ("code_from_network", 0.00, 5.63),
        ("encoded_code", 0.00, 3.29),
        ("accounts_looked_up", 0.30, 2.92),
        ("file_sent_away", 0.80, 0.29),
        ("defences_stopped", 0.30, 4.61),
        ("persistence_location_named", 0.30, 2.98),
        ("persistence_written", 0.30, 3.48),
        ("host_interface_named", 0.00, 5.62),
        ("tracks_covered", 0.00, 5.72),
        ("file_forged", 0.30, 4.99),
        ("destruction", 0.00, 4.51),
        ("indicator_medium", 0.76, 0.00),
        ("runtime_exec_session", 1.50, 0.30),
        ("terminal", 1.07, 0.00),
        ("package_manager", 2.67, 0.00),
    ]),
    thresholds: Cow::Borrowed(&[
        Threshold { alerts_per_week: 0.25, suspicion: 0.93 },
        Threshold { alerts_per_week: 0.50, suspicion: 0.76 },
        Threshold { alerts_per_week: 1.00, suspicion: 0.55 },
        Threshold { alerts_per_week: 2.00, suspicion: 0.50 },
        Threshold { alerts_per_week: 4.00, suspicion: 0.50 },
        Threshold { alerts_per_week: 8.00, suspicion: 0.50 },
        Threshold { alerts_per_week: 16.00, suspicion: 0.50 },
    ]),
    hierarchy: [
        Hierarchy { discount: 0.10, concentration: 0.062 }, // spawn
        Hierarchy { discount: 0.50, concentration: 0.016 }, // arguments
        Hierarchy { discount: 0.00, concentration: 0.022 }, // origin
        Hierarchy { discount: 0.50, concentration: 1.000 }, // listen
        Hierarchy { discount: 0.00, concentration: 0.177 }, // connect
        Hierarchy { discount: 0.00, concentration: 0.031 }, // accept
        Hierarchy { discount: 0.00, concentration: 0.177 }, // identity
        Hierarchy { discount: 0.50, concentration: 1.000 }, // call
        Hierarchy { discount: 0.05, concentration: 0.088 }, // resolve
        Hierarchy { discount: 0.50, concentration: 1.000 }, // rate
    ],
};
