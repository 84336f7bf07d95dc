//! That something was done, in a sentence: what clients of other systems are told.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = Done)]
pub struct DoneReply {
    message: &'static str,
}

impl DoneReply {
    pub fn saying(message: &'static str) -> Self {
        Self { message }
    }
}
