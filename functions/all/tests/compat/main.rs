//! The APIs of the replaced systems, and the credentials that lie behind them, on real processes.

mod baid;
mod conversation_api;
mod conversations;
mod issuer;
mod keys_and_tickets;
mod leaving;
mod meai;
mod meai_rest;
mod plugin;
mod registered;
mod signing_key;
mod trusted;
