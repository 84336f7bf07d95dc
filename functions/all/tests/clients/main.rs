//! The official clients of the dialects that Counsel speaks, from npm and `PyPI`, against the running process.

mod agui;
mod ai_sdk;
mod anthropic;
mod cited;
mod client;
mod completions;
mod conversation_api;
mod quickstarts;
mod responses;
mod responses_items;
mod sdk;
mod signal;
mod starter;
mod telemetry;
