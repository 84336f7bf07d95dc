//! Ids for clients that know UUIDs only. A UUID is its own id; a shorter id is spelled into a UUID of version 8, which
//! is free for that (RFC 9562), and is read from it again. So nothing has to be stored or looked up.

use super::Id;

/// 20 digits of 64 kinds, and how many there are, fit into the 122 bits that version and variant leave.
const MAX_CHARS: usize = 20;
const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const VERSION_8: u128 = 0x8000_8000_0000_0000_0000;
const FIXED: u128 = 0xf000_c000_0000_0000_0000;

impl<Kind> Id<Kind> {
    /// None for an id that is no UUID and longer than 20 characters.
    pub fn to_uuid(&self) -> Option<String> {
        match bits(self.as_str()) {
            Some(uuid) if text(uuid) == self.as_str() => (!is_ours(uuid)).then(|| text(uuid)),
            _ => spell(self.as_str()).map(text),
        }
    }

    /// None for what is no UUID.
    pub fn from_uuid(uuid: &str) -> Option<Self> {
        let uuid = bits(uuid)?;
        Self::parse(if is_ours(uuid) { read(uuid)? } else { text(uuid) }).ok()
    }
}

fn is_ours(uuid: u128) -> bool {
    uuid & FIXED == VERSION_8
}

/// The id as a number without a zero digit, so that no two ids are the same; in the bits that are free.
fn spell(id: &str) -> Option<u128> {
    let digit = |byte| DIGITS.iter().position(|digit| *digit == byte);
    let digits: Option<Vec<_>> = id.bytes().map(digit).collect();
    let digits = digits.filter(|digits| digits.len() <= MAX_CHARS)?;
    let number = digits.into_iter().fold(0, |number: u128, digit| number * 64 + digit as u128 + 1);
    let (high, middle, low) = (number >> 74, number >> 62 & 0xfff, number & ((1 << 62) - 1));
    Some(high << 80 | middle << 64 | low | VERSION_8)
}

fn read(uuid: u128) -> Option<String> {
    let mut number = uuid >> 80 << 74 | (uuid >> 64 & 0xfff) << 62 | uuid & ((1 << 62) - 1);
    let mut id = Vec::new();
    while number > 0 {
        number -= 1;
        id.push(DIGITS[usize::try_from(number % 64).ok()?]);
        number /= 64;
    }
    id.reverse();
    String::from_utf8(id).ok().filter(|id| id.len() <= MAX_CHARS)
}

fn text(uuid: u128) -> String {
    let digits = format!("{uuid:032x}");
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// Of either case, as RFC 9562 has it.
fn bits(text: &str) -> Option<u128> {
    let groups: Vec<&str> = text.split('-').collect();
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let lengths = groups.iter().map(|group| group.len());
    (is_hex && lengths.eq([8, 4, 4, 4, 12])).then(|| u128::from_str_radix(&groups.concat(), 16).ok())?
}

#[cfg(test)]
mod tests {
    use crate::domain::SessionId;

    fn id(text: &str) -> SessionId {
        SessionId::parse(text).unwrap()
    }

    #[test]
    fn an_id_is_read_from_its_uuid() {
        for known in [
            "243912337697051",
            "9007199254740991",
            "0",
            "00",
            "diary",
            "-",
            "____________________",
            "zzzzzzzzzzzzzzzzzzzz",
            "3f0c1f5e-6c1e-4a3c-9a77-0c0a3d9b8f11",
            "00000000-0000-0000-0000-000000000000",
        ] {
            let uuid = id(known).to_uuid().unwrap();
            assert_eq!(SessionId::from_uuid(&uuid), Some(id(known)), "{known} {uuid}");
            assert_eq!(SessionId::from_uuid(&uuid.to_uppercase()), Some(id(known)), "{known} {uuid}");
        }
        assert_eq!(id("243912337697051").to_uuid().unwrap(), "00000000-0c51-80a0-a0c4-1081ca201182");
    }

    #[test]
    fn what_cannot_be_read_back_has_no_uuid() {
        let spelled = id("diary").to_uuid().unwrap();
        for odd in [&"a".repeat(21), "3F0C1F5E-6C1E-4A3C-9A77-0C0A3D9B8F11", &spelled] {
            assert_eq!(id(odd).to_uuid(), None, "{odd}");
        }
    }

    #[test]
    fn what_is_no_uuid_names_nothing() {
        let empty = "00000000-0000-8000-8000-000000000000";
        let long = "ffffffff-ffff-8fff-bfff-ffffffffffff";
        for odd in
            ["", "1", "diary", "3f0c1f5e6c1e4a3c9a770c0a3d9b8f11", "+f0c1f5e-6c1e-4a3c-9a77-0c0a3d9b8f11", empty, long]
        {
            assert_eq!(SessionId::from_uuid(odd), None, "{odd}");
        }
    }
}
