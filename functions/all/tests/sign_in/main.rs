//! Signing in: a certified provider that nobody here wrote, the laptop's own, browsers with and without a screen.

mod apps;
mod browser;
mod chromium;
mod cookies;
mod flow;
mod issuer;
mod logins;
mod outages;
mod provider;
mod refused;
mod returning;
mod stage;
mod tickets;
