//! Random numbers and digests, which many modules need and none should spell out.

use aws_lc_rs::{digest, rand};

/// The system's generator does not fail on any host that we run on; where the same bytes twice would cost more than a
/// failed condition, `identity` makes them and hears of a failure.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let _ = rand::fill(&mut bytes);
    bytes
}

pub fn random_number() -> u64 {
    u64::from_ne_bytes(random_bytes())
}

pub fn sha256(data: impl AsRef<[u8]>) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, data.as_ref()).as_ref());
    bytes
}
