//! What is too much, too odd or not allowed is refused in words, and leaves nothing behind.

mod cors;
mod odd;
mod refusals;
mod text;
