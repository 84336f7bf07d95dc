//! Prints the page of error codes: `make openapi` keeps it.

fn main() {
    print!("{}", all::contract::errors_page());
}
