//! Who asks: access tokens, local users, and what only we can have written.

mod key;
mod tokens;

pub use tokens::Tokens;
