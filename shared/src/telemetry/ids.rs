//! Ids of traces as W3C and X-Ray write them: <https://www.w3.org/TR/trace-context/>.

use http::HeaderMap;

use crate::crypto::random_number;

/// Where a request comes from, as its sender says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RemoteSpan {
    pub(super) trace: String,
    /// The span that has sent it.
    pub(super) span: Option<String>,
    pub(super) sampled: bool,
}

/// What the request's headers say: `traceparent`, or else what AWS puts into `X-Amzn-Trace-Id`.
pub(super) fn caller(headers: &HeaderMap) -> Option<RemoteSpan> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    text("traceparent").and_then(of_w3c).or_else(|| text("x-amzn-trace-id").and_then(of_xray))
}

/// `00-<trace>-<span>-<flags>`; a later version may say more behind them.
fn of_w3c(text: &str) -> Option<RemoteSpan> {
    let mut parts = text.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_whole = version != "00" || parts.next().is_none();
    let fits = is_hex(version, 2) && version != "ff" && is_hex(flags, 2) && is_id(trace, 32) && is_id(span, 16);
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
    (is_whole && fits).then(|| RemoteSpan { trace: trace.to_owned(), span: Some(span.to_owned()), sampled })
}

/// `Root=1-<8 digits>-<24 digits>;Parent=<16 digits>;Sampled=1`.
fn of_xray(text: &str) -> Option<RemoteSpan> {
    let field = |name: &str| text.split(';').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
    let (time, rest) = field("Root")?.strip_prefix("1-")?.split_once('-')?;
    let trace = format!("{time}{rest}");
    let span = field("Parent").filter(|span| is_id(span, 16)).map(str::to_owned);
    (time.len() == 8 && is_id(&trace, 32)).then(|| RemoteSpan { trace, span, sampled: field("Sampled") != Some("0") })
}

/// So many digits, not all of them zero.
fn is_id(text: &str, digits: usize) -> bool {
    is_hex(text, digits) && text.bytes().any(|digit| digit != b'0')
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

pub(super) fn fresh_trace() -> String {
    format!("{:016x}{:016x}", random(), random())
}

pub(super) fn fresh_span() -> String {
    format!("{:016x}", random())
}

/// Never nothing: an id of zeros is none.
fn random() -> u64 {
    random_number().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn heard(name: &'static str, value: &str) -> Option<RemoteSpan> {
        caller(&HeaderMap::from_iter([(http::HeaderName::from_static(name), value.parse().unwrap())]))
    }

    #[test]
    fn a_trace_goes_on_as_its_caller_says() {
        let caller = |sampled| RemoteSpan { trace: TRACE.to_owned(), span: Some(SPAN.to_owned()), sampled };
        let w3c = |end: &str| heard("traceparent", &format!("00-{TRACE}-{SPAN}-{end}"));
        assert_eq!(w3c("01"), Some(caller(true)));
        assert_eq!(w3c("00"), Some(caller(false)));
        assert_eq!(heard("traceparent", &format!("01-{TRACE}-{SPAN}-01-more")), Some(caller(true)), "a later version");
        let xray = |more: &str| heard("x-amzn-trace-id", &format!("Root=1-4bf92f35-77b34da6a3ce929d0e0e4736{more}"));
        assert_eq!(xray(&format!(";Parent={SPAN};Sampled=1")), Some(caller(true)));
        assert_eq!(xray(&format!(";Parent={SPAN};Sampled=0")), Some(caller(false)));
        assert_eq!(xray(""), Some(RemoteSpan { span: None, ..caller(true) }), "from a gateway that traces nothing");
    }

    #[test]
    fn what_is_no_trace_is_passed_over() {
        let zeros = "0".repeat(32);
        for odd in [
            String::new(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
        ] {
            assert_eq!(heard("traceparent", &odd), None, "{odd}");
        }
        for odd in ["Root=1-4bf92f35", "Self=1-4bf92f35-77b34da6a3ce929d0e0e4736", "my secret"] {
            assert_eq!(heard("x-amzn-trace-id", odd), None, "{odd}");
        }
    }
}
