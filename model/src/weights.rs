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
        [-4.1555, 0.0000, 2.2435, 0.0000], // drift
        [-4.5520, 0.0000, 1.4517, 0.8785], // attack
    ],
    learned: [
        [-7.4365, 1.4293, 0.5586, 0.0000], // drift
        [-10.3775, 1.2545, 0.0000, 1.4853], // attack
    ],
    evidence: Cow::Borrowed(&[
        ("executable_written_after_build", 0.50, 2.92),
        ("executable_in_scratch_directory", 0.00, 2.02),
        ("egress_by_new_executable", 0.00, 4.28),
        ("listener_by_new_executable", 0.50, 3.02),
        ("service_started_shell", 0.00, 5.06),
        ("service_started_tool", 0.00, 2.42),
        ("service_runs_new_code", 0.00, 3.86),
        ("nobody_at_work", 0.00, 0.41),
        ("reconnaissance_sequence", 0.00, 1.51),
        ("downloader_started", 0.30, 0.78),
        ("file_made_executable", 0.00, 2.30),
        ("network_relay_started", 0.30, 3.70),
        ("relay_listens", 0.30, 3.56),
        ("data_in_domain_names", 0.00, 4.54),
        ("unnamed_public_peer", 0.30, 1.66),
        ("remote_shell_port", 0.30, 1.63),
        ("service_calls_out", 0.30, 2.64),
        ("first_public_egress", 0.50, 2.39),
        ("new_listener", 1.00, 0.92),
        ("unusual_rate", 2.50, 0.48),
        ("file_system_mounted", 0.50, 5.02),
        ("host_in_reach", 0.00, 1.91),
        ("runtime_socket_contacted", 0.30, 5.52),
        ("root_gained", 0.30, 3.71),
        ("code_from_network", 0.00, 5.64),
        ("encoded_code", 0.00, 3.28),
        ("accounts_looked_up", 0.30, 2.96),
        ("file_sent_away", 0.80, 0.28),
        ("defences_stopped", 0.30, 4.60),
        ("persistence_location_named", 0.30, 3.38),
        ("persistence_written", 0.30, 3.43),
        ("host_interface_named", 0.00, 5.62),
        ("tracks_covered", 0.00, 5.88),
        ("destruction", 0.00, 4.51),
        ("indicator_low", 0.20, 1.76),
        ("indicator_medium", 0.79, 0.00),
        ("runtime_exec_session", 1.50, 0.36),
        ("terminal", 1.00, 0.05),
        ("package_manager", 2.80, 0.00),
    ]),
    thresholds: Cow::Borrowed(&[
        Threshold { alerts_per_week: 0.25, suspicion: 0.93 },
        Threshold { alerts_per_week: 0.50, suspicion: 0.75 },
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
