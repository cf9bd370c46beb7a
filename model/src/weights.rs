//! Weights of the model, written by `cargo run -p plumbline-tests --bin fit`; not by hand.
//!
//! Fitted on 4479 incidents of ordinary work, 153 of drifts and 174 of attacks, each under models that had learned all, some
//! or nothing.

use crate::params::{Hierarchy, Threshold, Weights};
use std::borrow::Cow;

/// What the model comes with.
#[rustfmt::skip]
#[allow(clippy::approx_constant, reason = "what is fitted may come near any constant")]
pub(crate) const FITTED: Weights = Weights {
    // bias, surprise, evidence for drift, evidence for attack
    unknown: [
        [-4.2849, 0.0000, 2.3071, 0.4534], // drift
        [-5.4753, 0.0000, 1.7148, 1.0797], // attack
    ],
    learned: [
        [-7.5155, 1.4169, 1.0204, 0.0000], // drift
        [-9.8143, 1.2196, 0.0000, 1.1830], // attack
    ],
    evidence: Cow::Borrowed(&[
        ("executable_written_after_build", 0.50, 1.75),
        ("executable_in_scratch_directory", 0.00, 0.97),
        ("egress_by_new_executable", 0.00, 4.72),
        ("service_started_shell", 0.00, 5.15),
        ("service_started_tool", 0.00, 3.07),
        ("service_looked_around", 0.00, 4.11),
        ("service_runs_new_code", 0.00, 3.07),
        ("nobody_at_work", 0.00, 0.50),
        ("reconnaissance_sequence", 0.00, 1.86),
        ("downloader_started", 0.30, 1.17),
        ("file_made_executable", 0.00, 2.19),
        ("network_relay_started", 0.30, 3.26),
        ("relay_listens", 0.30, 3.73),
        ("data_in_domain_names", 0.00, 4.56),
        ("unnamed_public_peer", 0.30, 1.65),
        ("remote_shell_port", 0.30, 1.83),
        ("service_calls_out", 0.30, 3.00),
        ("file_sent_to_new_peer", 0.50, 1.78),
        ("first_public_egress", 0.50, 1.50),
        ("new_listener", 1.00, 0.95),
        ("job_out_of_time", 0.30, 1.30),
        ("file_system_mounted", 0.50, 5.09),
        ("host_in_reach", 0.00, 1.99),
        ("runtime_socket_contacted", 0.30, 5.53),
        ("root_gained", 0.30, 3.81),
        ("code_from_network", 0.00, 5.63),
        ("encoded_code", 0.00, 3.18),
        ("password_hashes_named", 0.00, 5.51),
        ("accounts_looked_up", 0.30, 3.00),
        ("file_sent_away", 0.80, 0.65),
        ("library_injected", 0.30, 4.16),
        ("defences_stopped", 0.30, 4.61),
        ("persistence_location_named", 0.30, 2.74),
        ("persistence_written", 0.30, 3.56),
        ("host_interface_named", 0.00, 5.63),
        ("tracks_covered", 0.00, 5.84),
        ("file_forged", 0.30, 4.60),
        ("destruction", 0.00, 4.51),
        ("indicator_medium", 0.30, 0.40),
        ("runtime_exec_session", 1.50, 1.25),
        ("terminal", 1.00, 0.19),
        ("package_manager", 2.49, 0.00),
    ]),
    thresholds: Cow::Borrowed(&[
        Threshold { alerts_per_week: 0.25, suspicion: 0.95 },
        Threshold { alerts_per_week: 0.50, suspicion: 0.95 },
        Threshold { alerts_per_week: 1.00, suspicion: 0.50 },
        Threshold { alerts_per_week: 2.00, suspicion: 0.50 },
        Threshold { alerts_per_week: 4.00, suspicion: 0.50 },
        Threshold { alerts_per_week: 8.00, suspicion: 0.50 },
        Threshold { alerts_per_week: 16.00, suspicion: 0.50 },
    ]),
    hierarchy: [
        Hierarchy { discount: 0.10, concentration: 0.062 }, // spawn
        Hierarchy { discount: 0.50, concentration: 0.016 }, // arguments
        Hierarchy { discount: 0.00, concentration: 0.031 }, // origin
        Hierarchy { discount: 0.50, concentration: 1.000 }, // listen
        Hierarchy { discount: 0.00, concentration: 0.177 }, // connect
        Hierarchy { discount: 0.00, concentration: 0.044 }, // accept
        Hierarchy { discount: 0.00, concentration: 0.250 }, // identity
        Hierarchy { discount: 0.50, concentration: 1.000 }, // call
        Hierarchy { discount: 0.05, concentration: 0.088 }, // resolve
        Hierarchy { discount: 0.50, concentration: 1.000 }, // rate
    ],
};
