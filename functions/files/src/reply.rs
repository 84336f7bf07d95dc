//! A file on a response body. Nobody here knows what is in it: it is saved, never shown as a page of ours.

use std::fmt::Write;

use axum::body::Body;
use axum::response::Response;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use shared::domain::MadeFile;
use shared::llm::Download;

const MAX_NAME_CHARS: usize = 100;
/// Should a browser show it all the same, it runs nothing and is of no origin.
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");

pub(crate) fn download(file: &MadeFile, download: Download) -> Response {
    let name = name(file.name.as_deref().unwrap_or_default());
    let mut response = Response::new(Body::from_stream(download.pieces));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind(&name)));
    headers.insert(CONTENT_SECURITY_POLICY, SANDBOX);
    headers.extend(HeaderValue::try_from(disposition(&name)).map(|value| (CONTENT_DISPOSITION, value)));
    headers.extend(download.bytes.map(|bytes| (CONTENT_LENGTH, HeaderValue::from(bytes))));
    response
}

/// The last piece of a path, of what fits into a name.
fn name(told: &str) -> String {
    let last = told.rsplit(['/', '\\']).next().unwrap_or_default();
    let fits = |c: &char| !c.is_control() && !"\"<>:|?*".contains(*c);
    let name: String = last.chars().filter(fits).take(MAX_NAME_CHARS).collect();
    let name = name.trim().trim_start_matches('.');
    if name.is_empty() { "file".to_owned() } else { name.to_owned() }
}

/// By the end of its name; what a browser would run is of no kind. An image in a page may be a drawing: there it runs
/// nothing.
fn kind(name: &str) -> &'static str {
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    match end.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "csv" => "text/csv; charset=utf-8",
        "txt" | "md" | "log" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "zip" => "application/zip",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        _ => "application/octet-stream",
    }
}

/// For old clients in ASCII, for others as it is (RFC 6266).
fn disposition(name: &str) -> String {
    let ascii: String = name.chars().map(|c| if c.is_ascii() && c != '%' { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => encoded.push(byte.into()),
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_name_and_no_path_and_no_header() {
        for (told, kept) in [
            ("plot.png", "plot.png"),
            ("/mnt/data/plot.png", "plot.png"),
            ("..\\..\\evil.exe", "evil.exe"),
            ("a\"; filename=b\r\nX: y.png", "a; filename=bX y.png"),
            (".htaccess", "htaccess"),
            ("", "file"),
            ("..", "file"),
            ("Grüße 👋.csv", "Grüße 👋.csv"),
        ] {
            assert_eq!(name(told), kept, "{told:?}");
            assert!(HeaderValue::try_from(disposition(&name(told))).is_ok(), "{told:?}");
        }
        assert!(name(&"x".repeat(9_000)).len() <= MAX_NAME_CHARS);
    }

    #[test]
    fn a_name_is_told_to_old_and_new_clients() {
        let told = r#"attachment; filename="Gr__e 100_.csv"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20100%25.csv"#;
        assert_eq!(disposition("Grüße 100%.csv"), told);
    }

    #[test]
    fn no_page_is_called_one() {
        for name in ["a.html", "a.htm", "a.HTML", "a.xhtml", "a.js", "a.xml", "a", "a.png.html"] {
            assert_eq!(kind(name), "application/octet-stream", "{name}");
        }
        assert_eq!(kind("a.PNG"), "image/png");
    }
}
