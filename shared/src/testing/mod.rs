//! placeholder
pub mod eventually;
pub mod fault_proxy;
pub mod loopback;
pub mod process;
pub mod provider;
pub mod runtime_api;
