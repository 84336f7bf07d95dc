//! The official clients of the dialects that Counsel speaks, from npm and `PyPI`, against the running process.

mod anthropic;
mod client;
mod completions;
mod responses;
mod sdk;
mod starter;
