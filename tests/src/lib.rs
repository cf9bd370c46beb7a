//! The harness that the demo and the end-to-end tests share: it runs the real programs, real containers and
//! real traffic, and cleans up after itself however it ends.
//!
//! Nothing here is imported by the programs. Containers, networks and images carry the label
//! `plumbline-lab`, so that what is left after a kill can be found and removed.

pub mod browser;
pub mod containerd;
pub mod corpus;
pub mod docker;
pub mod enforcing;
pub mod feed;
pub mod field;
pub mod figures;
pub mod forests;
pub mod guest;
pub mod happened;
pub mod harness;
pub mod interrupt;
pub mod podman;
pub mod process;
pub mod programs;
pub mod recording;
pub mod shop;
pub mod told;
pub mod trial;
pub mod wait;
