//! When the host that serves a request will be gone.

use std::time::SystemTime;

/// A request extension, set where the host is known.
#[derive(Clone, Copy, Debug)]
pub struct HostDeadline(pub SystemTime);
