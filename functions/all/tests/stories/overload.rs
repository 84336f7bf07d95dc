//! Too many at once, too slow, too long: nobody who is being answered is harmed, and afterwards all is as before.

#[cfg(target_os = "linux")]
mod flat;
mod rush;
mod slow;
mod turns;
