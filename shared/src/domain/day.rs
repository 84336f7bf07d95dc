//! `Day`: a calendar day in UTC, `2026-11-21`.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use time::{Date, Month, OffsetDateTime};

use super::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    pub fn of(at: Timestamp) -> Self {
        Self(OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH).date())
    }

    pub fn first_of_month(self) -> Self {
        Self(self.0.replace_day(1).unwrap_or(self.0))
    }

    /// How many days it is from here to `later`, both counted; none when it is earlier.
    pub fn days_to(self, later: Self) -> Option<u32> {
        u32::try_from(later.0.to_julian_day() - self.0.to_julian_day()).ok().map(|days| days + 1)
    }
}

impl FromStr for Day {
    type Err = ();

    /// Exactly what is printed: so that days sort as texts do.
    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |digits: Option<&str>| digits.and_then(|digits| digits.parse::<u16>().ok()).ok_or(());
        let mut parts = text.splitn(3, '-');
        let (year, month, day) = (number(parts.next())?, number(parts.next())?, number(parts.next())?);
        let month = u8::try_from(month).ok().and_then(|month| Month::try_from(month).ok()).ok_or(())?;
        let date = Date::from_calendar_date(year.into(), month, u8::try_from(day).map_err(|_| ())?);
        date.map(Self).ok().filter(|day| day.to_string() == text).ok_or(())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let day = |millis| Day::of(Timestamp::from_millis(millis)).to_string();
        assert_eq!(day(1_763_683_199_999), "2025-11-20");
        assert_eq!(day(1_763_683_200_000), "2025-11-21");
    }

    #[test]
    fn only_a_day_as_it_is_printed_is_a_day() {
        let day: Day = "2024-02-29".parse().unwrap();
        assert_eq!(day.to_string(), "2024-02-29");
        for text in ["", "2024", "2024-2-29", "2024-02-29 ", "+2024-02-01", "2023-02-29", "2024-13-01", "20240229", "é"]
        {
            assert_eq!(text.parse::<Day>(), Err(()), "{text:?}");
        }
    }

    #[test]
    fn a_span_counts_both_its_ends() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(day("2024-02-28").days_to(day("2024-03-01")), Some(3));
        assert_eq!(day("2024-02-28").days_to(day("2024-02-28")), Some(1));
        assert_eq!(day("2024-02-28").days_to(day("2024-02-27")), None);
    }
}
