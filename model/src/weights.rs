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
        [-4.1401, 0.0000, 2.1595, 0.0000], // drift
        [-4.5237, 0.0000, 1.4581, 1.0211], // attack
    ],
    learned: [
        [-6.1501, 1.1555, 0.4854, 0.0000], // drift
        [-10.4182, 1.1456, 0.0000, 1.1494], // attack
    ],
    evidence: Cow::Borrowed(&[
        ("executable_written_after_build", 0.50, 2.76),
        ("executable_in_scratch_directory", 0.00, 1.73),
        ("egress_by_new_executable", 0.00, 4.38),
        ("listener_by_new_executable", 0.50, 3.01),
        ("service_started_shell", 0.00, 5.04),
        ("service_started_tool", 0.00, 2.35),
        ("service_runs_new_code", 0.00, 4.07),
        ("nobody_at_work", 0.00, 0.66),
        ("reconnaissance_sequence", 0.00, 1.16),
        ("downloader_started", 0.30, 0.23),
        ("file_made_executable", 0.00, 2.62),
        ("network_relay_started", 0.30, 4.11),
        ("data_in_domain_names", 0.00, 4.80),
        ("first_public_egress", 0.50, 3.32),
        ("new_listener", 1.00, 0.89),
        ("unusual_rate", 2.50, 0.47),
        ("file_system_mounted", 0.50, 5.01),
        ("host_in_reach", 0.00, 1.91),
        ("runtime_socket_contacted", 0.30, 5.51),
        ("root_gained", 0.30, 3.63),
        ("code_from_network", 0.00, 5.87),
        ("encoded_code", 0.00, 3.61),
        ("credentials_named", 0.00, 4.06),
        ("persistence_location_named", 0.30, 3.88),
        ("host_interface_named", 0.00, 5.61),
        ("privilege_tool_started", 0.50, 3.02),
        ("tracks_covered", 0.00, 5.97),
        ("destruction", 0.00, 4.51),
        ("indicator_low", 0.20, 1.63),
        ("indicator_medium", 0.30, 0.02),
        ("indicator_high", 0.00, 2.71),
        ("runtime_exec_session", 1.62, 0.00),
        ("terminal", 1.00, 0.19),
        ("package_manager", 3.24, 0.00),
    ]),
    thresholds: Cow::Borrowed(&[
        Threshold { alerts_per_week: 0.25, suspicion: 0.95 },
        Threshold { alerts_per_week: 0.50, suspicion: 0.95 },
        Threshold { alerts_per_week: 1.00, suspicion: 0.77 },
        Threshold { alerts_per_week: 2.00, suspicion: 0.50 },
        Threshold { alerts_per_week: 4.00, suspicion: 0.50 },
        Threshold { alerts_per_week: 8.00, suspicion: 0.50 },
        Threshold { alerts_per_week: 16.00, suspicion: 0.50 },
    ]),
    hierarchy: [
        Hierarchy { discount: 0.10, concentration: 0.088 }, // spawn
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
