//! Every code that a client can see, a row each: its kind, when it happens, what a client should do.
//! docs/ERRORS.md (`make errors`) and the contract's list (`make openapi`) are made from these rows.

use super::ErrorCode;
use super::ErrorKind::{
    self, Conflict, Forbidden, Gone, Internal, Invalid, Malformed, NotFound, TooLarge, TooMany, Unauthenticated,
    Unavailable, Upstream, WrongMediaType, WrongMethod,
};
use super::nouns::{NOT_FOUND, UNAVAILABLE};

/// All rows, as docs/ERRORS.md shows them.
pub const ALL: [(&str, &[ErrorCode]); 5] = [
    ("Requests", REQUESTS),
    ("Signing in", ACCESS),
    ("Turns, models, tools and files", TURNS),
    ("What is not there", &NOT_FOUND),
    ("What cannot be reached", &UNAVAILABLE),
];

pub fn all() -> impl Iterator<Item = ErrorCode> {
    ALL.iter().flat_map(|(_, codes)| *codes).copied()
}

/// The row of this name.
pub fn named(name: &str) -> Option<ErrorCode> {
    all().find(|code| code.name() == name)
}

const fn code(kind: ErrorKind, name: &'static str) -> ErrorCode {
    ErrorCode::new(kind, name)
}

pub const MALFORMED_JSON: ErrorCode = code(Malformed, "malformed_json")
    .when("The body is not JSON.")
    .advice("Correct the body; `detail` says where it goes wrong.");
pub const BAD_QUERY: ErrorCode =
    code(Malformed, "bad_query").when("The query cannot be read.").advice("Correct the query.");
pub const BAD_CURSOR: ErrorCode = code(Malformed, "bad_cursor")
    .when("The cursor does not belong to this list.")
    .advice("Begin at the first page, or use a cursor from this list.");
pub const BAD_POSITION: ErrorCode = code(Malformed, "bad_position")
    .when("`after` or `Last-Event-ID` is no position.")
    .advice("Send the id of an event that you received.");
pub const BAD_IDEMPOTENCY_KEY: ErrorCode = code(Malformed, "bad_idempotency_key")
    .when("The `Idempotency-Key` is empty, too long or not visible ASCII.")
    .advice("Send 1 to 255 visible characters.");
pub const UNKNOWN_DIALECT: ErrorCode = code(Malformed, "unknown_dialect")
    .when("There is no such dialect.")
    .advice("Choose one of those that `detail` lists.");
pub const MISSING_FILE_ID: ErrorCode =
    code(Malformed, "missing_file_id").when("The file's id is missing.").advice("Send `file_id`.");
pub const TITLE_MISSING: ErrorCode =
    code(Malformed, "title_missing").when("The title is missing.").advice("Send `title`.");
pub const BODY_TOO_SLOW: ErrorCode =
    code(Malformed, "body_too_slow").when("The body did not come within 30 s.").advice("Send it again.");
pub const BODY_UNREADABLE: ErrorCode =
    code(Malformed, "body_unreadable").when("The body broke off.").advice("Send it again.");
pub const PATH_NOT_FOUND: ErrorCode =
    code(NotFound, "path_not_found").when("There is nothing at this path.").advice("Correct the path.");
pub const METHOD_NOT_ALLOWED: ErrorCode = code(WrongMethod, "method_not_allowed")
    .when("The path does not take this method.")
    .advice("Use a method from the contract.");
pub const TOO_LARGE: ErrorCode = code(TooLarge, "too_large").when("The body has more than 1 MB.").advice("Send less.");
pub const NOT_JSON: ErrorCode = code(WrongMediaType, "not_json")
    .when("The body does not say that it is JSON.")
    .advice("Send `Content-Type: application/json`.");
pub const INVALID: ErrorCode = code(Invalid, "invalid")
    .when("The request asks for something impossible.")
    .advice("Correct the fields that `errors` names.");
pub const IDEMPOTENCY_KEY_REUSED: ErrorCode = code(Invalid, "idempotency_key_reused")
    .when("The `Idempotency-Key` came with another request before.")
    .advice("Use a new key for each request.");
pub const QUESTION_TOO_LONG: ErrorCode = code(Invalid, "question_too_long")
    .when("The question does not fit into the model's context.")
    .advice("Shorten it, or ask a model that reads more.");
pub const UNKNOWN_MODEL: ErrorCode =
    code(Invalid, "unknown_model").when("There is no such model here.").advice("Choose one from `GET /models`.");
pub const TOOL_NOT_RUN: ErrorCode = code(Invalid, "tool_not_run")
    .when("The model's provider does not run this tool.")
    .advice("Ask without the tool, or ask another model.");
pub const TOOL_NOT_OFFERED: ErrorCode =
    code(Invalid, "tool_not_offered").when("This tool is not offered here.").advice("Choose one from `GET /tools`.");
pub const TOOLS_NOT_MIXED: ErrorCode = code(Invalid, "tools_not_mixed")
    .when("The model takes tools of its provider or of the client, not both.")
    .advice("Send one sort, or ask another model.");
pub const NOT_NEWEST: ErrorCode = code(Invalid, "not_newest")
    .when("The conversation has gone on since the answer that was named.")
    .advice("Name its newest answer.");
pub const NOT_CONFIRMED: ErrorCode =
    code(Invalid, "not_confirmed").when("`confirm` is not the user's id.").advice("Send the id that `GET /me` tells.");
pub const OVERLOADED: ErrorCode = code(Unavailable, "overloaded")
    .when("This process has as much to do as it may. Nothing was begun.")
    .advice("Wait for `Retry-After`, then ask again.");
pub const INTERNAL: ErrorCode =
    code(Internal, "internal").when("Something went wrong on our side.").advice("Report it with the `request_id`.");

const REQUESTS: &[ErrorCode] = &[
    MALFORMED_JSON,
    BAD_QUERY,
    BAD_CURSOR,
    BAD_POSITION,
    BAD_IDEMPOTENCY_KEY,
    UNKNOWN_DIALECT,
    MISSING_FILE_ID,
    TITLE_MISSING,
    BODY_TOO_SLOW,
    BODY_UNREADABLE,
    PATH_NOT_FOUND,
    METHOD_NOT_ALLOWED,
    TOO_LARGE,
    NOT_JSON,
    INVALID,
    IDEMPOTENCY_KEY_REUSED,
    QUESTION_TOO_LONG,
    UNKNOWN_MODEL,
    TOOL_NOT_RUN,
    TOOL_NOT_OFFERED,
    TOOLS_NOT_MIXED,
    NOT_NEWEST,
    NOT_CONFIRMED,
    OVERLOADED,
    INTERNAL,
];

pub const UNAUTHENTICATED: ErrorCode = code(Unauthenticated, "unauthenticated")
    .when("No token, key or cookie proves the caller.")
    .advice("Sign in, or renew the access token at `POST /token`.");
pub const LOGIN_ENDED: ErrorCode =
    code(Unauthenticated, "login_ended").when("The login has ended.").advice("Sign in again.");
pub const WRONG_PASSWORD: ErrorCode = code(Unauthenticated, "wrong_password")
    .when("E-mail address or password is wrong.")
    .advice("Ask the user to try again.");
pub const SIGN_IN_CANCELLED: ErrorCode = code(Unauthenticated, "sign_in_cancelled")
    .when("The user did not sign in at the provider.")
    .advice("Offer to sign in again.");
pub const SIGN_IN_REFUSED: ErrorCode = code(Unauthenticated, "sign_in_refused")
    .when("The provider did not confirm who the user is.")
    .advice("Start the sign-in again.");
pub const STALE_SIGN_IN: ErrorCode = code(Malformed, "stale_sign_in")
    .when("The sign-in has ended, was used, or began in another browser.")
    .advice("Start the sign-in again.");
pub const BAD_EMAIL: ErrorCode = code(Malformed, "bad_email").when("This is no e-mail address.").advice("Correct it.");
pub const BAD_PASSWORD: ErrorCode = code(Malformed, "bad_password")
    .when("The password is too short or too long.")
    .advice("Choose one of 8 to 256 characters.");
pub const EMAIL_TAKEN: ErrorCode =
    code(Malformed, "email_taken").when("A user with this e-mail address is registered.").advice("Log in instead.");
pub const CROSS_SITE: ErrorCode = code(Forbidden, "cross_site")
    .when("A page of another site sent the cookie.")
    .advice("Call from a page of our own, or send a token.");
pub const SIGN_IN_NEEDED: ErrorCode = code(Forbidden, "sign_in_needed")
    .when("An API key may not do this.")
    .advice("Use an access token of a user who has signed in.");
pub const BEING_ERASED: ErrorCode =
    code(Forbidden, "being_erased").when("The account is being erased.").advice("Sign in anew when that is done.");
pub const TOO_MANY_KEYS: ErrorCode =
    code(Conflict, "too_many_keys").when("The user has 50 API keys.").advice("Revoke one first.");
pub const TOO_MANY_TRIES: ErrorCode =
    code(TooMany, "too_many_tries").when("Too many wrong passwords.").advice("Wait for `Retry-After`.");

const ACCESS: &[ErrorCode] = &[
    UNAUTHENTICATED,
    LOGIN_ENDED,
    WRONG_PASSWORD,
    SIGN_IN_CANCELLED,
    SIGN_IN_REFUSED,
    STALE_SIGN_IN,
    BAD_EMAIL,
    BAD_PASSWORD,
    EMAIL_TAKEN,
    CROSS_SITE,
    SIGN_IN_NEEDED,
    BEING_ERASED,
    TOO_MANY_KEYS,
    TOO_MANY_TRIES,
];

pub const TURN_OPEN: ErrorCode = code(Conflict, "turn_open")
    .when("Another turn is open in this session; `turn` names it.")
    .advice("Follow it or cancel it, then ask again.");
pub const SESSION_EXISTS: ErrorCode = code(Conflict, "session_exists")
    .when("There is a session with this id.")
    .advice("Use that one, or choose another id.");
pub const CALL_NOT_WAITING: ErrorCode = code(Conflict, "call_not_waiting")
    .when("The call does not wait for that.")
    .advice("Read the turn: it may have gone on.");
pub const ANSWER_CANCELLED: ErrorCode = code(Conflict, "answer_cancelled")
    .when("The answer was cancelled.")
    .advice("Ask again if the answer is still wanted.");
pub const ANSWER_INTERRUPTED: ErrorCode = code(Upstream, "answer_interrupted")
    .when("The answer broke off; what was said is kept.")
    .advice("Read the turn, or ask again.");
pub const ANSWER_FAILED: ErrorCode = code(Upstream, "answer_failed")
    .when("The turn failed; `detail` says why.")
    .advice("Ask again later, or ask another model.");
pub const ANSWER_EMPTY: ErrorCode = code(Upstream, "answer_empty").when("The model said nothing.").advice("Ask again.");
pub const TOO_MANY_STEPS: ErrorCode = code(Upstream, "too_many_steps")
    .when("The model used up the turn without coming to an answer.")
    .advice("Ask for less at once.");
pub const MODEL_BUSY: ErrorCode = code(Upstream, "model_busy")
    .when("The model's provider gets too many requests.")
    .advice("Ask again after `retry_after`, or ask another model.");
pub const MODEL_UNAVAILABLE: ErrorCode = code(Upstream, "model_unavailable")
    .when("The model's provider is overloaded or down.")
    .advice("Ask again later, or ask another model.");
pub const MODEL_UNREACHABLE: ErrorCode = code(Upstream, "model_unreachable")
    .when("The model's provider could not be reached.")
    .advice("Ask again later, or ask another model.");
pub const MODEL_REFUSED: ErrorCode = code(Upstream, "model_refused")
    .when("The model's provider does not accept this request.")
    .advice("Change the question, its files or its options.");
pub const MODEL_REFUSED_US: ErrorCode = code(Upstream, "model_refused_us")
    .when("The model's provider does not accept our credentials.")
    .advice("Ask another model; the operator has to act.");
pub const MODEL_NOT_FOUND: ErrorCode = code(Upstream, "model_not_found")
    .when("The model's provider does not know this model.")
    .advice("Ask another model.");
pub const MODEL_FAILED: ErrorCode = code(Upstream, "model_failed")
    .when("The model's provider reported an error while it answered.")
    .advice("Ask again.");
pub const MODEL_GARBLED: ErrorCode =
    code(Upstream, "model_garbled").when("The model's answer could not be read.").advice("Ask again.");
pub const MODEL_CUT_OFF: ErrorCode =
    code(Upstream, "model_cut_off").when("The model's answer broke off.").advice("Ask again.");
pub const MODEL_SILENT: ErrorCode = code(Upstream, "model_silent")
    .when("The model was silent for too long.")
    .advice("Ask again, or ask another model.");
pub const TOOL_FAILED: ErrorCode =
    code(Upstream, "tool_failed").when("The tool could not do its work.").advice("Try again later.");
pub const FILE_GONE: ErrorCode =
    code(Gone, "file_gone").when("The provider keeps the file no more.").advice("Ask for it to be made again.");
pub const FILE_UNREACHABLE: ErrorCode =
    code(Upstream, "file_unreachable").when("The file's provider did not answer in time.").advice("Try again later.");
pub const FILE_CUT_OFF: ErrorCode = code(Upstream, "file_cut_off").when("The file broke off.").advice("Try again.");
pub const FILE_TOO_LARGE: ErrorCode =
    code(Upstream, "file_too_large").when("The file has more than 50 MB.").advice("Ask for a smaller one.");

const TURNS: &[ErrorCode] = &[
    TURN_OPEN,
    SESSION_EXISTS,
    CALL_NOT_WAITING,
    ANSWER_CANCELLED,
    ANSWER_INTERRUPTED,
    ANSWER_FAILED,
    ANSWER_EMPTY,
    TOO_MANY_STEPS,
    MODEL_BUSY,
    MODEL_UNAVAILABLE,
    MODEL_UNREACHABLE,
    MODEL_REFUSED,
    MODEL_REFUSED_US,
    MODEL_NOT_FOUND,
    MODEL_FAILED,
    MODEL_GARBLED,
    MODEL_CUT_OFF,
    MODEL_SILENT,
    TOOL_FAILED,
    FILE_GONE,
    FILE_UNREACHABLE,
    FILE_CUT_OFF,
    FILE_TOO_LARGE,
];
