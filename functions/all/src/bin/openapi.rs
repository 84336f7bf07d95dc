//! Prints the contract: `make openapi` keeps it where `health` serves it from.

fn main() {
    println!("{:#}", all::contract::document());
}
