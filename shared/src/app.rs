//! placeholder
#[derive(Clone)]
pub struct App;
