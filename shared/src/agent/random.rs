//! Chance: for ids, and for names of writers that nobody else has.

pub(super) fn number() -> u64 {
    let mut bytes = [0; 8];
    // The system's generator does not fail on any host that we run on; twice the same number would meet a condition.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    u64::from_ne_bytes(bytes)
}

/// The name of one writer: who finds it in a record knows the record for its own.
pub(super) fn writer() -> String {
    format!("{:016x}", number())
}
