//! Stories with actors against real processes: each promise meets the fault it was made for.

mod cancel;
mod durable;
mod provider;
mod resume;
mod storage;
