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
        [-4.2582, 0.0000, 2.2851, 0.4447], // drift
        [-5.5054, 0.0000, 1.7272, 1.0803], // attack
    ],
    learned: [
        [-7.5083, 1.4157, 1.0268, 0.0000], // drift
        [-9.8190, 1.2202, 0.0000, 1.1821], // attack
    ],
    evidence: Cow::Borrowed(&[
        ("executable_written_after_build", 0.50, 1.75),
        ("executable_in_scratch_directory", 0.00, 0.96),
        ("egress_by_new_executable", 0.00, 4.73),
        ("service_started_shell", 0.00, 5.15),
        ("service_started_tool", 0.00, 3.07),
        ("service_looked_around", 0.00, 4.11),
        ("service_runs_new_code", 0.00, 3.07),
        ("nobody_at_work", 0.00, 0.50),
        ("reconnaissance_sequence", 0.00, 1.86),
        ("downloader_started", 0.30, 1.18),
        ("file_made_executable", 0.00, 2.19),
        ("network_relay_started", 0.30, 3.25),
        ("relay_listens", 0.30, 3.73),
        ("data_in_domain_names", 0.00, 4.56),
        ("unnamed_public_peer", 0.30, 1.65),
        ("remote_shell_port", 0.30, 1.83),
        ("service_calls_out", 0.30, 3.00),
        ("file_sent_to_new_peer", 0.50, 1.78),
        ("first_public_egress", 0.50, 1.50),
        ("new_listener", 1.00, 0.95),
        ("job_out_of_time", 0.30, 1.30),
        ("file_system_mounted", 0.50, 5.15),
        ("host_in_reach", 0.00, 2.05),
        ("runtime_socket_contacted", 0.30, 5.53),
        ("root_gained", 0.30, 3.84),
        ("session_of_another_user", 1.80, 1.42),
        ("code_from_network", 0.00, 5.64),
        ("encoded_code", 0.00, 3.18),
        ("password_hashes_named", 0.00, 5.51),
        ("accounts_looked_up", 0.30, 3.00),
        ("file_sent_away", 0.80, 0.65),
        ("library_injected", 0.30, 4.15),
        ("defences_stopped", 0.30, 4.61),
        ("persistence_location_named", 0.30, 2.73),
        ("persistence_written", 0.30, 3.57),
        ("host_interface_named", 0.00, 5.63),
        ("tracks_covered", 0.00, 5.85),
        ("file_forged", 0.30, 4.60),
        ("destruction", 0.00, 4.51),
        ("indicator_medium", 0.30, 0.40),
        ("runtime_exec_session", 1.50, 1.25),
        ("terminal", 1.00, 0.20),
        ("package_manager", 2.48, 0.00),
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
