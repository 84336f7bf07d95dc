//! Long things come back whole, long lists page by page (promises S1–S5).

mod cursors;
mod expiry;
mod long;
mod pages;
