//! docs/ERRORS.md, made from the rows of `error/codes.rs` and `llm/fault.rs`.

use crate::error::{ErrorCode, codes};
use crate::http::problem::status;
use crate::llm::ModelFault;

const CODES: &str = "# Errors

Made from the code by `make errors`: a code is a row of `shared/src/error/codes.rs`.

A refusal is `application/problem+json` (RFC 9457): decide by `code`, show `detail`, quote `request_id` when you ask for
help. `errors` names the fields that cannot be used, `turn` the turn that stands in the way, the header `Retry-After` how
long to wait. A turn that failed after its stream began has the code in its last event and in `error` of
`GET /turns/{turn}`. SDK-compatible APIs and replaced systems have shapes of their own, without our code where their
clients know none.
";

const MODELS: &str = "
## What a model's provider says

Rows of `shared/src/llm/fault.rs`. Before the first token we ask again what may pass in a moment, three times in all, and
then the fallbacks. After it, nothing is asked again.

| the provider | code | asked again | a fallback takes over |
|---|---|---|---|
";

pub fn errors_page() -> String {
    let mut page = CODES.to_owned();
    for (title, codes) in codes::ALL {
        page.extend(["\n## ", title, "\n\n| code | status | when | what to do |\n|---|---|---|---|\n"]);
        page.extend(codes.iter().map(code_row));
    }
    page += MODELS;
    page.extend(ModelFault::table().into_iter().map(|(sign, fault)| fault_row(&sign, fault)));
    page
}

fn code_row(code: &ErrorCode) -> String {
    format!("| `{code}` | {} | {} | {} |\n", status(code.kind()).as_u16(), code.when, code.advice)
}

fn fault_row(sign: &str, fault: ModelFault) -> String {
    let yes = |is: bool| if is { "yes" } else { "no" };
    let (again, instead) = (yes(fault.is_transient()), yes(fault.may_fall_back()));
    format!("| {sign} | `{}` | {again} | {instead} |\n", fault.code())
}
