//! What `export` serves, for the contract.

use shared::http::contract::{Contract, get, tag};

pub fn contract() -> Contract {
    let about = "Lines of JSON, each with a `type`. The first is `export` (`version`, `user`, `at`), then one for each item: \
                 `profile`, `login`, `key`, `ticket`, `pickup`, `password`, `tries`, `usage`, `fingerprint`, `file`, and `session`, \
                 each session followed by its `message`s and their logs (`turn`, then `record`s). Times are milliseconds \
                 since 1970, costs pico-USD. Secrets are left out. The last line is `end`, with `counts` by type: an \
                 export without it is cut off, and one that failed has an `error` there.";
    let routes = [get("/me/export", "exportAccount", "Export all of the user's data")
        .for_a_person()
        .about(about)
        .gives_pieces(200, "The lines.", "application/x-ndjson")
        .with_header("Content-Disposition", "The file's name.")];
    Contract::of(tag::ACCOUNT, routes)
}
