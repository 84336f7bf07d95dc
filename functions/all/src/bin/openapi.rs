//! Prints the contract, or with `errors` the page of error codes: `make openapi` keeps both where they belong.

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("errors") => print!("{}", all::contract::errors_page()),
        _ => println!("{:#}", all::contract::document()),
    }
}
