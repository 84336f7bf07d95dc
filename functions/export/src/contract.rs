//! What `export` serves, for the contract.

use shared::http::contract::{Contract, get};

pub fn contract() -> Contract {
    let about = "Lines of JSON, each with a `type`. The first is `export` (`version`, `user`, `at`), then one for each item: \
                 `profile`, `login`, `key`, `ticket`, `pickup`, `password`, `tries`, `usage`, `fingerprint`, `file`, and `session`, \
                 each session followed by its `message`s and their logs (`turn`, then `record`s). Times are milliseconds \
                 since 1970, costs pico-USD. What lets somebody in is not told. The last line is `end`, with `counts` by \
                 type: an export without it is cut, and one that failed says `error`.";
    let routes = [get("/me/export", "exportMe", "Everything of mine, as a file")
        .for_a_person()
        .about(about)
        .gives_pieces(200, "The lines.", "application/x-ndjson")
        .with_header("Content-Disposition", "A file.")];
    Contract::of("account", "Who I am.", routes)
}
