//! When the host will take this request's machine away.

use std::time::SystemTime;

/// A request extension: present where the host has a time wall (Lambda), absent elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostDeadline(pub SystemTime);
