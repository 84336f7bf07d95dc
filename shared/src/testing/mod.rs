//! For tests: actors, worlds of real processes, and fakes of the systems outside.

mod actor;
mod canaries;
mod cassettes;
mod client;
mod cut_proxy;
mod eventually;
mod fault_proxy;
mod google_secrets;
pub mod hosted;
pub mod loopback;
mod plugin;
mod problem;
mod process;
mod provider;
mod runtime_api;
mod sse;
mod stories;
mod table;
mod world;

pub use actor::{Actor, AskedTurn, text_of_message};
pub use canaries::{CANARY, plant, plant_words};
pub use cassettes::{Cassette, Cassettes, Recorded};
pub use client::client;
pub use cut_proxy::CutProxy;
pub use eventually::{eventually, poll};
pub use fault_proxy::{FaultProxy, FaultRule, StoreFault, Units};
pub use google_secrets::GoogleSecrets;
pub use plugin::{HeardBlocks, HeardLines};
pub use problem::problem;
pub use process::{Process, free_port};
pub use provider::{FakeProvider, ProviderCall, Script, Step};
pub use runtime_api::{Invocation, Prelude, RuntimeApi};
pub use sse::{SseFrame, Stream, endings_of, text_of};
pub use stories::stories;
pub use world::{LEASE_MS, Server, World, make_token};
